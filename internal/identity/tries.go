package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/throttle"
)

// Wrong passwords that count together: of one user from one network, and of
// all users from one network, which may be an office. An account is never
// locked for another network, so nobody can lock out others from afar.
const (
	userBurst    = 5
	userEvery    = time.Minute
	networkBurst = 50
	networkEvery = 5 * time.Second
	triesTracked = 10_000
)

// tries slows down who guesses passwords.
type tries struct{ byUser, byNetwork *throttle.Throttle }

func newTries(c clock.Clock) tries {
	return tries{
		byUser:    throttle.New(c, throttle.Limits{Every: userEvery, Burst: userBurst, Keys: triesTracked}),
		byNetwork: throttle.New(c, throttle.Limits{Every: networkEvery, Burst: networkBurst, Keys: triesTracked}),
	}
}

// guess is a password that somebody gives for a user, who need not exist.
type guess struct {
	userName string
	password string
	network  string // where it comes from
}

func (g guess) key() string { return g.network + "\x00" + entity.Fold(g.userName) }

// allow is a Throttled fault for who has guessed wrong too often.
func (t tries) allow(g guess) error {
	userWait, userOK := t.byUser.Allow(g.key())
	networkWait, networkOK := t.byNetwork.Allow(g.network)
	if userOK && networkOK {
		return nil
	}
	f := fault.New(fault.Throttled, "too many wrong passwords from this address; try again later")
	f.Retry = max(userWait, networkWait)
	return f
}

func (t tries) fail(g guess) {
	t.byUser.Fail(g.key())
	t.byNetwork.Fail(g.network)
}

// tryPassword says whether g has the password that hash was made of; hash is ""
// for who does not exist or has none, and the time is the same. It judges the
// guesser again when a core is free, so of many guesses at once no more than
// there are cores go beyond the limit, and the others cost nothing.
func (s *Service) tryPassword(ctx context.Context, g guess, hash string) (bool, error) {
	if err := s.tries.allow(g); err != nil {
		return false, err
	}
	leave, err := s.hasher.enter(ctx)
	if err != nil {
		return false, fmt.Errorf("check a password: %w", err)
	}
	defer leave()
	if err := s.tries.allow(g); err != nil {
		return false, err
	}
	right, err := s.hasher.verify(hash, g.password)
	if err != nil {
		return false, err
	}
	if !right {
		s.tries.fail(g)
	}
	return right, nil
}
