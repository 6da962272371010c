package httpx

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
)

// A hostile body has 100,000 members or objects: what explaining it costs must
// not depend on how many fields the type has. Allocations tell, whatever else
// the machine does; they are counted without parallel tests.
func TestTheTypeIsLookedAtOnce(t *testing.T) {
	const n = 2000
	var members, objects strings.Builder
	for i := range n {
		fmt.Fprintf(&members, `"u%d":0,`, i)
		fmt.Fprintf(&objects, `{"u%d":0},`, i)
	}
	type bare struct {
		A int `json:"a"`
	}
	cost := func(body string, dst any, want string) float64 {
		return testing.AllocsPerRun(1, func() {
			if err := misfit([]byte(body), dst, errors.New("as told")); err == nil || err.Error() != want {
				t.Errorf("%T: %v, want %s", dst, err, want)
			}
		})
	}
	for name, c := range map[string]struct{ wide, narrow float64 }{
		"members": {
			cost(`{`+members.String()+`"maxAllowedSites":"x"}`, new(entity.License), "maxAllowedSites: expected a whole number, got a string"),
			cost(`{`+members.String()+`"a":"x"}`, new(bare), "a: expected a whole number, got a string"),
		},
		"objects": {
			cost(`[`+objects.String()+`{"maxAllowedSites":"x"}]`, new([]entity.License), "[2000].maxAllowedSites: expected a whole number, got a string"),
			cost(`[`+objects.String()+`{"a":"x"}]`, new([]bare), "[2000].a: expected a whole number, got a string"),
		},
	} {
		if extra := (c.wide - c.narrow) / n; extra > 1 {
			t.Errorf("%s: a type of many fields costs %.1f allocations more for each", name, extra)
		}
	}
}
