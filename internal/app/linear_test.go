package app_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
)

// seatInput is one call of the history, seatOutput its answer.
type (
	seatInput struct {
		op, who, token string
	}
	seatOutput struct {
		ok     bool
		token  string
		active int64
	}
)

// holders is the model's state, who=token in order, as text so that porcupine
// can compare it.
type holders string

func (h holders) read() map[string]string {
	m := map[string]string{}
	for _, pair := range strings.Fields(string(h)) {
		who, token, _ := strings.Cut(pair, "=")
		m[who] = token
	}
	return m
}

func write(m map[string]string) holders {
	var pairs []string
	for _, who := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, who+"="+m[who])
	}
	return holders(strings.Join(pairs, " "))
}

// floatingModel is a license of limit seats whose leases never lapse.
func floatingModel(limit int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return holders("") },
		Step: func(state, input, output any) (bool, any) {
			in, out := input.(seatInput), output.(seatOutput)
			held := state.(holders).read()
			own, has := held[in.who]
			switch {
			case in.op == "request" && has:
				return out.ok && out.token == own && out.active == int64(len(held)), state
			case in.op == "request" && len(held) >= limit:
				return !out.ok && out.active == int64(len(held)), state
			case in.op == "request":
				held[in.who] = out.token
				return out.ok && out.active == int64(len(held)), write(held)
			case own != in.token || !has:
				return !out.ok, state
			case in.op == "heartbeat":
				return out.ok && out.active == int64(len(held)), state
			}
			delete(held, in.who)
			return out.ok && out.active == int64(len(held)), write(held)
		},
	}
}

// TestSeatCallsAreLinearizable: what concurrent clients saw over HTTP could
// have happened one call after the other.
func TestSeatCallsAreLinearizable(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		for limit := 1; limit <= 3; limit++ {
			lic := s.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": limit})
			ops := record(t, s.Client(t), lic.UserKey, 8, 24)
			if len(ops) > 200 {
				t.Fatalf("%d operations", len(ops))
			}
			if result := porcupine.CheckOperationsTimeout(floatingModel(limit), ops, time.Minute); result != porcupine.Ok {
				t.Fatalf("limit %d: %v", limit, result)
			}
		}
	})
}

// record lets clients call at random, several of them as the same identity,
// and notes when each call began and ended.
func record(t *testing.T, c *client.Client, userKey string, clients, calls int) []porcupine.Operation {
	t.Helper()
	var mu sync.Mutex
	var ops []porcupine.Operation
	var wg sync.WaitGroup
	begin := time.Now()
	for id := range clients {
		wg.Go(func() {
			tokens := map[string]string{}
			for range calls {
				in := seatInput{op: "request", who: fmt.Sprint("w", rand.IntN(5))}
				if token := tokens[in.who]; token != "" {
					in.op = []string{"request", "heartbeat", "release"}[rand.IntN(3)]
					in.token = token
				}
				called := time.Since(begin)
				out, err := perform(t.Context(), c, userKey, in)
				returned := time.Since(begin)
				if err != nil {
					t.Error(err)
					return
				}
				if tokens[in.who] = out.token; in.op == "heartbeat" && out.ok {
					tokens[in.who] = in.token
				}
				mu.Lock()
				ops = append(ops, porcupine.Operation{ClientId: id, Input: in, Call: int64(called), Output: out, Return: int64(returned)})
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ops
}

func perform(ctx context.Context, c *client.Client, userKey string, in seatInput) (out seatOutput, err error) {
	seat := client.Seat{UserKey: userKey, ClientID: in.who}
	switch in.op {
	case "request":
		var g *client.Grant
		if g, err = c.Request(ctx, seat); err == nil {
			return seatOutput{ok: true, token: g.Token, active: g.ActiveClients}, nil
		}
	case "heartbeat":
		var b *client.Beat
		if b, err = c.Heartbeat(ctx, in.token, seat); err == nil {
			return seatOutput{ok: true, active: b.ActiveClients}, nil
		}
	default:
		var left *client.Counts
		if left, err = c.Release(ctx, in.token, seat); err == nil {
			return seatOutput{ok: true, active: left.ActiveClients}, nil
		}
	}
	var denial *client.Error
	if errors.As(err, &denial) && client.IsDenied(err) {
		return seatOutput{active: denial.ActiveClientCount}, nil
	}
	return seatOutput{}, err
}
