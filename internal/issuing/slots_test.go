package issuing

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/settings"
)

func TestSigningIsBoundedByTheCores(t *testing.T) {
	t.Parallel()
	s := New(nil, nil, settings.DefaultLicensing, clock.NewSystem())
	var wg sync.WaitGroup
	entered, leave := make(chan struct{}, 100), make(chan struct{})
	for range 3 * runtime.NumCPU() {
		wg.Go(func() {
			_ = s.inSlot(context.Background(), func() error {
				entered <- struct{}{}
				<-leave
				return nil
			})
		})
	}
	for range runtime.NumCPU() {
		<-entered
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.inSlot(ctx, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left while all slots were taken: %v", err)
	}
	if n := len(entered); n != 0 {
		t.Errorf("%d more are signing than there are cores", n)
	}
	close(leave)
	wg.Wait()
	func() {
		defer func() { _ = recover() }()
		_ = s.inSlot(t.Context(), func() error { panic("boom") })
	}()
	if len(s.slots) != 0 {
		t.Error("a panic kept its slot")
	}
}

func TestTheKeyringIsBounded(t *testing.T) {
	t.Parallel()
	r := newKeyring()
	for id := range int64(3 * maxKeyring) {
		r.put(id, keys.Key{})
		if _, ok := r.get(id); !ok {
			t.Fatalf("key %d was not kept", id)
		}
	}
	if len(r.byID) > maxKeyring {
		t.Errorf("%d keys are kept", len(r.byID))
	}
}
