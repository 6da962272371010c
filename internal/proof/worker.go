package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/entity"
)

// Worker makes one call after the other, so that at most one of its calls is
// unanswered when the server goes. Nobody else uses its identity.
type Worker struct {
	Name     string
	Seats    map[string]*Seat // by user key
	Inserted map[string]int64 // made licenses by user key, with their ids
	Pending  *Call            // sent, not answered
	Last     *Call            // the newest that was acknowledged
	rnd      *rand.Rand
	serial   int
}

// Seat is what one identity was told of one license.
type Seat struct {
	Token string // "": none
	Trace []entity.Action
}

// Call is what a worker asks for.
type Call struct {
	Action  entity.Action // 0: insert a license
	License apptest.License
	UserKey string // of the license to insert
}

func newWorker(name string, seed uint64) *Worker {
	return &Worker{Name: name, Seats: map[string]*Seat{}, Inserted: map[string]int64{}, rnd: rand.New(rand.NewPCG(seed, 1))}
}

// Clone is the worker as it stands, for looking back.
func (w *Worker) Clone() *Worker {
	c := newWorker(w.Name, 0)
	c.Pending, c.Last = w.Pending, w.Last
	for key, s := range w.Seats {
		c.Seats[key] = &Seat{s.Token, slices.Clone(s.Trace)}
	}
	for key, id := range w.Inserted {
		c.Inserted[key] = id
	}
	return c
}

func (w *Worker) seat(userKey string) *Seat {
	if w.Seats[userKey] == nil {
		w.Seats[userKey] = &Seat{}
	}
	return w.Seats[userKey]
}

// Identity is who the worker is on a license.
func (w *Worker) Identity(userKey string) client.Seat {
	return client.Seat{UserKey: userKey, MachineID: "m-" + w.Name, ClientID: w.Name}
}

// next decides what to do: every eighth call makes a license, the others take
// a seat, ask for it again, or give it back.
func (w *Worker) next(l *Load) Call {
	if w.rnd.IntN(8) == 0 {
		w.serial++
		return Call{UserKey: fmt.Sprintf("PROOF-%s-%d", w.Name, w.serial)}
	}
	i := w.rnd.IntN(len(l.Licenses))
	lic, floating := l.Licenses[i], l.floating(i)
	give := w.seat(lic.UserKey).Token != "" && w.rnd.IntN(3) != 0
	switch {
	case floating && give:
		return Call{Action: entity.TraceRelease, License: lic}
	case floating:
		return Call{Action: entity.TraceRequest, License: lic}
	case give:
		return Call{Action: entity.TraceDeactivate, License: lic}
	}
	return Call{Action: entity.TraceActivate, License: lic}
}

// do makes the call and notes what was acknowledged.
func (w *Worker) do(ctx context.Context, c *client.Client, v apptest.Vendor, call Call) error {
	w.Pending = &call
	if call.Action == 0 {
		id, err := insert(ctx, v, call.UserKey)
		if err == nil {
			w.Inserted[call.UserKey], w.Pending, w.Last = id, nil, &call
		}
		return err
	}
	s := w.seat(call.License.UserKey)
	token, err := ask(ctx, c, w.Identity(call.License.UserKey), call.Action, s.Token)
	if client.IsDenied(err) {
		return w.denied(s, err)
	}
	if err != nil {
		return err
	}
	w.Pending, w.Last = nil, &call
	if s.Token != "" && token != "" && token != s.Token {
		return fmt.Errorf("%s holds %s and was given %s", w.Name, s.Token, token)
	}
	s.Token, s.Trace = token, append(s.Trace, call.Action)
	return nil
}

// denied is right only for a seat that the worker does not hold, when others
// hold them all.
func (w *Worker) denied(s *Seat, err error) error {
	w.Pending = nil
	var e *client.Error
	if s.Token == "" && asError(err, &e) && e.Code == client.NoSeatAvailable && e.ActiveClientCount >= e.MaxClientCount {
		return nil
	}
	return fmt.Errorf("%s, holding %q, was denied: %w", w.Name, s.Token, err)
}

// ask makes a seat call; it returns the token that the identity has afterwards.
func ask(ctx context.Context, c *client.Client, who client.Seat, action entity.Action, token string) (string, error) {
	var g *client.Grant
	var err error
	switch action {
	case entity.TraceRequest:
		g, err = c.Request(ctx, who)
	case entity.TraceActivate:
		g, err = c.Activate(ctx, who)
	case entity.TraceRelease:
		_, err = c.Release(ctx, token, who)
	default:
		_, err = c.Deactivate(ctx, who)
	}
	if err != nil || g == nil {
		return "", err
	}
	return g.Token, nil
}

// outage is an insertion that was not acknowledged.
type outage struct{ cause error }

func (o outage) Error() string { return "no answer: " + o.cause.Error() }

// insert makes a license with the user key and returns its id.
func insert(ctx context.Context, v apptest.Vendor, userKey string) (int64, error) {
	body, err := json.Marshal(map[string]any{"license": map[string]any{"userKey": userKey, "licensingMode": 2, "maxAllowedSites": 3, "trace": true}})
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.URL+"/v1/licenses", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("x-api-key", v.Key)
	resp, err := v.HTTP.Do(req)
	if err != nil {
		return 0, outage{err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, outage{err}
	}
	var answer struct {
		Success   bool  `json:"success"`
		Code      int   `json:"code"`
		LicenseID int64 `json:"licenseId"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return 0, fmt.Errorf("insert a license: %d %s", resp.StatusCode, text)
	}
	const unavailable = 14 // the gRPC status number
	switch {
	case resp.StatusCode == http.StatusOK && answer.Success && answer.LicenseID != 0:
		return answer.LicenseID, nil
	case resp.StatusCode == http.StatusServiceUnavailable && answer.Code == unavailable:
		return 0, outage{fmt.Errorf("%s", text)}
	}
	return 0, fmt.Errorf("insert a license: %d %s", resp.StatusCode, text)
}
