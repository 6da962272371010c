package throttle

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/clock"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestOnlyFailuresCountAndTimeForgives(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	th := New(c, Limits{Burst: 3, Every: 10 * time.Second, Keys: 100})
	for range 50 {
		if _, ok := th.Allow("a"); !ok {
			t.Fatal("a key without failures was refused")
		}
	}
	for i := range 3 {
		if _, ok := th.Allow("a"); !ok {
			t.Fatalf("refused after %d failures", i)
		}
		th.Fail("a")
	}
	wait, ok := th.Allow("a")
	if ok || wait != 10*time.Second {
		t.Fatalf("after the burst: %v, %v; want a wait of 10s", wait, ok)
	}
	c.Advance(wait - time.Millisecond)
	if wait, ok := th.Allow("a"); ok || wait <= 0 || wait > 2*time.Millisecond {
		t.Errorf("just before the end: %v, %v", wait, ok)
	}
	c.Advance(time.Millisecond)
	if _, ok := th.Allow("a"); !ok {
		t.Error("refused after the wait it was told")
	}
	th.Fail("a")
	if _, ok := th.Allow("a"); ok {
		t.Error("time forgave more than one failure")
	}
}

func TestNoKeyIsRefusedForAnothers(t *testing.T) {
	t.Parallel()
	th := New(clock.NewFake(start), Limits{Burst: 1, Every: time.Hour, Keys: 4})
	for i := range 1000 {
		key := fmt.Sprint(i)
		if _, ok := th.Allow(key); !ok {
			t.Fatalf("key %d was refused for the failures of others", i)
		}
		th.Fail(key)
		if _, ok := th.Allow(key); ok {
			t.Fatalf("the failure of key %d was not remembered", i)
		}
	}
}

func TestAWallClockStepChangesNothing(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	th := New(c, Limits{Burst: 1, Every: time.Minute, Keys: 4})
	th.Fail("a")
	for _, step := range []time.Duration{-24 * time.Hour, 48 * time.Hour} {
		c.Step(step)
		if wait, ok := th.Allow("a"); ok || wait != time.Minute {
			t.Errorf("after a step of %v: %v, %v", step, wait, ok)
		}
	}
}

// Many tries are let in before the first of them fails; all are paid for.
func TestParallelGuessesArePaidFor(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	th := New(c, Limits{Burst: 5, Every: time.Second, Keys: 10})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			th.Allow("a")
			th.Fail("a")
		})
	}
	wg.Wait()
	if wait, ok := th.Allow("a"); ok || wait != 6*time.Second {
		t.Errorf("after 100 parallel failures: %v, %v; want 6s, the debt of one burst and the next try", wait, ok)
	}
	c.Advance(10 * time.Second)
	allowed := 0
	for ; allowed < 100; allowed++ {
		if _, ok := th.Allow("a"); !ok {
			break
		}
		th.Fail("a")
	}
	if allowed != 5 {
		t.Errorf("%d failures fit after a full refill, want 5", allowed)
	}
}

// A model with unbounded memory: while there are fewer keys than are
// remembered, dropping buckets must not show.
func TestForgettingDoesNotShow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{Burst: rapid.IntRange(1, 4).Draw(t, "burst"), Every: time.Second, Keys: 16}
		c := clock.NewFake(start)
		th := New(c, limits)
		last, tokens := start, map[string]float64{}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			c.Advance(time.Duration(rapid.SampledFrom([]int{0, 0, 250, 500, 1000, 5000, 20000}).Draw(t, "ms")) * time.Millisecond)
			now := c.Read().Lease
			for key := range tokens {
				tokens[key] = min(tokens[key]+now.Sub(last).Seconds(), float64(limits.Burst))
			}
			last = now
			key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
			if _, known := tokens[key]; !known {
				tokens[key] = float64(limits.Burst)
			}
			wait, ok := th.Allow(key)
			if want := tokens[key] >= 1; ok != want {
				t.Fatalf("%s with %v tokens: allowed %v", key, tokens[key], ok)
			}
			if !ok && (wait-time.Duration((1-tokens[key])*1e9)).Abs() > time.Microsecond {
				t.Fatalf("%s with %v tokens: wait %v", key, tokens[key], wait)
			}
			if rapid.Bool().Draw(t, "fails") {
				th.Fail(key)
				if tokens[key]-1 >= -float64(limits.Burst) {
					tokens[key]--
				}
			}
		}
	})
}

// A bucket in debt is not dropped before it would be full again.
func TestDebtIsNotForgottenEarly(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	th := New(c, Limits{Burst: 2, Every: time.Second, Keys: 100})
	c.Advance(1990 * time.Millisecond)
	for range 10 {
		th.Fail("a")
	}
	for _, pass := range []time.Duration{10 * time.Millisecond, 2 * time.Second} {
		c.Advance(pass)
		th.Fail("b")
	}
	if wait, ok := th.Allow("a"); ok || wait.Round(time.Millisecond) != 990*time.Millisecond {
		t.Errorf("2.01s after a debt of 2: %v, %v; want a wait of 990ms", wait, ok)
	}
}

func TestWhoWaitsAsToldIsLetIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewFake(start)
		every := time.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Hour)).Draw(t, "every"))
		th := New(c, Limits{Burst: rapid.IntRange(1, 20).Draw(t, "burst"), Every: every, Keys: 4})
		for range 30 {
			c.Advance(time.Duration(rapid.Int64Range(0, int64(every)).Draw(t, "passes")))
			th.Fail("a")
		}
		if wait, ok := th.Allow("a"); !ok {
			c.Advance(wait)
		}
		if wait, ok := th.Allow("a"); !ok {
			t.Fatalf("after the wait: still %v", wait)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	limits := Limits{Burst: 2, Every: time.Second, Keys: 100}
	th := New(c, limits)
	for i := range 10_000 {
		th.Allow(fmt.Sprint("never failed ", i))
		th.Fail(fmt.Sprint(i))
		if held := len(th.young) + len(th.old); held > limits.Keys {
			t.Fatalf("%d buckets are held after %d keys, %d are allowed", held, i, limits.Keys)
		}
	}
	for range 2 {
		c.Advance(4 * time.Second)
		th.Fail("a")
	}
	if held := len(th.young) + len(th.old); held != 1 {
		t.Errorf("%d buckets are held long after their last failure, want 1", held)
	}
}

func TestNonsenseLimitsAreMadeUsable(t *testing.T) {
	t.Parallel()
	th := New(clock.NewFake(start), Limits{})
	if _, ok := th.Allow("a"); !ok {
		t.Error("refused without a failure")
	}
	th.Fail("a")
	if _, ok := th.Allow("a"); ok {
		t.Error("allowed after the burst")
	}
}
