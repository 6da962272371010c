package identity

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func digestOfToken(token string) digest { return sha256.Sum256([]byte(token)) }

func (h *house) tryLogin(name, password, network string) error {
	_, err := h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: name, Password: password, Network: network})
	return err
}

func TestWrongPasswordsLockOutTheirNetworkAlone(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.SQLite))
	h.add("ann", goodPassword)
	for i := range userBurst {
		if err := h.tryLogin("ann", "wrong", "evil"); !fault.IsKind(err, fault.Unauthenticated) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	for _, name := range []string{"ann", "ANN"} {
		f := fault.Of(h.tryLogin(name, goodPassword, "evil"))
		if f == nil || f.Kind != fault.Throttled || f.Retry <= 0 || f.Retry > userEvery {
			t.Errorf("%s after %d wrong ones: %+v", name, userBurst, f)
		}
	}
	if err := h.tryLogin("ann", goodPassword, "home"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	h.add("bob", goodPassword)
	if err := h.tryLogin("bob", goodPassword, "evil"); err != nil {
		t.Errorf("another user of that network: %v", err)
	}
	h.clock.Step(24 * time.Hour)
	if err := h.tryLogin("ann", goodPassword, "evil"); !fault.IsKind(err, fault.Throttled) {
		t.Errorf("after a step of the wall clock: %v", err)
	}
	h.clock.Advance(userEvery)
	if err := h.tryLogin("ann", goodPassword, "evil"); err != nil {
		t.Errorf("after the wait that was told: %v", err)
	}
}

func TestManyNamesOfOneNetworkCountTogether(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.SQLite))
	h.add("ann", goodPassword)
	for i := range networkBurst {
		if err := h.tryLogin(fmt.Sprintf("user%d", i), "wrong", "evil"); !fault.IsKind(err, fault.Unauthenticated) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if err := h.tryLogin("ann", goodPassword, "evil"); !fault.IsKind(err, fault.Throttled) {
		t.Errorf("after %d names: %v", networkBurst, err)
	}
	if err := h.tryLogin("ann", goodPassword, "home"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

// A wrong current password is a wrong password like any other.
func TestCurrentPasswordCannotBeGuessed(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.SQLite))
	id := h.add("ann", goodPassword)
	sent := fmt.Sprintf(`{"id":%q}`, id)
	for range userBurst {
		if err := h.change(h.admin, sent, "wrong password", "another password"); !fault.IsKind(err, fault.Forbidden) {
			t.Fatal(err)
		}
	}
	if err := h.change(h.admin, sent, goodPassword, "another password"); !fault.IsKind(err, fault.Throttled) {
		t.Errorf("the right one after too many wrong ones: %v", err)
	}
	if err := h.tryLogin("ann", goodPassword, "10.0.0.1"); !fault.IsKind(err, fault.Throttled) {
		t.Errorf("a login from there: %v", err)
	}
}

// Of guesses at once, as many as there are cores may go beyond the limit.
func TestGuessesAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.SQLite))
	h.add("ann", goodPassword)
	var judged, throttled atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			switch err := h.tryLogin("ann", "wrong", "evil"); {
			case fault.IsKind(err, fault.Unauthenticated):
				judged.Add(1)
			case fault.IsKind(err, fault.Throttled):
				throttled.Add(1)
			default:
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	if most := int64(userBurst + cap(h.hasher.slots) - 1); judged.Load() < userBurst || judged.Load() > most || judged.Load()+throttled.Load() != 100 {
		t.Errorf("%d guesses were judged, %d is the most", judged.Load(), most)
	}
}

func TestTooManyWaitingAreSentAway(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.SQLite))
	h.add("ann", goodPassword)
	const most = 20
	h.hasher.most = most
	for range cap(h.hasher.slots) {
		h.hasher.slots <- struct{}{}
	}
	results := make(chan error, most)
	for i := range most {
		go func() { results <- h.tryLogin("ann", goodPassword, fmt.Sprint(i)) }()
	}
	for h.hasher.waiting.Load() < most {
		time.Sleep(time.Millisecond) // the goroutines are on their way
	}
	f := fault.Of(h.tryLogin("ann", goodPassword, "late"))
	if f == nil || f.Kind != fault.Unavailable || f.Retry <= 0 {
		t.Errorf("one too many: %+v", f)
	}
	if _, err := h.InsertUser(t.Context(), h.admin, entity.User{UserName: "x"}, goodPassword); !fault.IsKind(err, fault.Unavailable) {
		t.Errorf("a new password: %v", err)
	}
	for range cap(h.hasher.slots) {
		<-h.hasher.slots
	}
	for range most {
		if err := <-results; err != nil {
			t.Errorf("one who waited: %v", err)
		}
	}
	if n := h.hasher.waiting.Load(); n != 0 {
		t.Errorf("%d are waiting", n)
	}
}
