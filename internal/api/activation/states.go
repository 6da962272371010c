package activation

import (
	"context"
	"slices"
	"strings"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
)

type statesQuery struct {
	Key   string `path:"activationKey"`
	State string `query:"state" doc:"needed: success, failed, in_progress, with commas between"`
}

// roomOf is where what is in a state is read.
func roomOf(s order.State) string {
	switch s {
	case order.Success:
		return licenses
	case order.Failed:
		return failures
	}
	return queue
}

// statesOf reads the states that are asked for, each once and in their order.
func statesOf(text string) ([]order.State, error) {
	var states []order.State
	for name := range strings.SplitSeq(text, ",") {
		s := order.State(strings.TrimSpace(name))
		if s != order.Success && s != order.Failed && s != order.InProgress {
			return nil, fault.Bad("state", "%.40q is none of success, failed, in_progress", name)
		}
		if !slices.Contains(states, s) {
			states = append(states, s)
		}
	}
	return states, nil
}

// inState lists by state: links, and the things themselves.
func (v version) inState(ctx context.Context, q *statesQuery) (*statesAnswer, error) {
	states, err := statesOf(q.State)
	if err != nil {
		return nil, err
	}
	found, err := guarded(ctx, v, func() ([]order.Generated, error) { return v.orders.InState(ctx, q.Key, states) })
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.Named(fault.NotFound, fault.LicenseMissing, "there is none in these states")
	}
	a := &statesAnswer{}
	for _, state := range states {
		links, items := []link{}, []any{}
		for i := range found {
			if g := (asked{Generated: &found[i]}); g.State == state {
				links, items = append(links, link{v.path(roomOf(state), g)}), append(items, v.show(g))
			}
		}
		a.Links = append(a.Links, httpx.Member{Name: string(state), Value: links})
		a.Embedded = append(a.Embedded, httpx.Member{Name: string(state), Value: items})
	}
	return a, nil
}

// show is what is read in the room of a state.
func (v version) show(g asked) any {
	switch g.State {
	case order.Success:
		return v.showLicense(g)
	case order.Failed:
		return v.showErrors(g)
	}
	return v.showQueued(g)
}
