package proof

import (
	"fmt"
	"slices"

	"github.com/licet/licet/internal/entity"
)

// Strictly says how an unanswered call may have ended.
type Strictly bool

// The two ways.
const (
	DoneOrNot Strictly = false // wholly or not at all
	NotDone   Strictly = true
)

// Compare says where the books are not what the loads were told: each
// acknowledged operation is there, in order, each pending one as strict says,
// and nothing else. Workers take over how their pending calls ended.
func (b *Books) Compare(strict Strictly, loads ...*Load) []string {
	c := comparison{strict: strict, ids: map[string]int64{}, tokens: map[seatKey]string{}, traces: map[seatKey][]entity.Action{}}
	for _, l := range b.Licenses {
		if l.Parent == 0 {
			c.ids[l.UserKey] = l.ID
		}
	}
	for _, t := range b.Tokens {
		c.tokens[seatKey{t.License, t.Client}] = t.Token
	}
	for _, t := range b.Traces {
		key := seatKey{t.License, t.Client}
		c.traces[key] = append(c.traces[key], t.Action)
	}
	for _, l := range loads {
		for _, w := range l.Workers {
			c.inserts(w)
			for userKey, s := range w.Seats {
				c.seat(w, userKey, s)
			}
			w.Pending = nil
		}
	}
	c.rest()
	return c.found
}

// comparison takes out of the books what a worker can account for.
type comparison struct {
	strict Strictly
	ids    map[string]int64
	tokens map[seatKey]string
	traces map[seatKey][]entity.Action
	found  []string
}

func (c *comparison) say(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *comparison) inserts(w *Worker) {
	if p := w.Pending; p != nil && p.Action == 0 && c.ids[p.UserKey] != 0 {
		if c.strict {
			c.say("the license %s is there, its making was not acknowledged", p.UserKey)
		}
		w.Inserted[p.UserKey] = c.ids[p.UserKey]
	}
	for userKey, id := range w.Inserted {
		if c.ids[userKey] != id {
			c.say("license %s was acknowledged as %d, the books have %d", userKey, id, c.ids[userKey])
		}
		delete(c.ids, userKey)
	}
}

func (c *comparison) seat(w *Worker, userKey string, s *Seat) {
	who := w.Identity(userKey)
	key := seatKey{c.ids[userKey], who.MachineID + "/" + who.ClientID}
	token, trace := c.tokens[key], c.traces[key]
	delete(c.tokens, key)
	delete(c.traces, key)
	if p := w.Pending; p != nil && p.Action != 0 && p.License.UserKey == userKey &&
		slices.Equal(trace, append(slices.Clone(s.Trace), p.Action)) {
		if c.strict {
			c.say("%s: %+v was done but not acknowledged", w.Name, *p)
		}
		s.ended(p.Action, token)
		if !s.agrees(p.Action, token) {
			c.say("%s: %+v was done by halves: traced, and the token is %q", w.Name, *p, token)
		}
	}
	if !slices.Equal(trace, s.Trace) || token != s.Token {
		c.say("%s on %s was told token %q after %v, the books have %q after %v", w.Name, userKey, s.Token, s.Trace, token, trace)
	}
}

// ended notes that an unanswered call was carried out. A seat that was held
// keeps its token; a new one's is only known from the books.
func (s *Seat) ended(a entity.Action, token string) {
	s.Trace = append(s.Trace, a)
	switch {
	case a == entity.TraceRelease || a == entity.TraceDeactivate:
		s.Token = ""
	case s.Token == "":
		s.Token = token
	}
}

// agrees says whether the token is what a carried out call leaves.
func (s *Seat) agrees(a entity.Action, token string) bool {
	return (token == "") == (a == entity.TraceRelease || a == entity.TraceDeactivate)
}

// rest is what nobody accounts for.
func (c *comparison) rest() {
	for userKey, id := range c.ids {
		if ours(userKey) {
			c.say("license %d %s is in the books and nobody made it", id, userKey)
		}
	}
	for key, token := range c.tokens {
		c.say("%+v holds %s and nobody asked for it", key, token)
	}
	for key := range c.traces {
		c.say("%+v has traces and nobody called", key)
	}
}
