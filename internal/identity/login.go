package identity

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Login is what somebody gives to log in.
type Login struct {
	UserName string
	Password string
	Network  string // where it comes from: whose wrong passwords count together
}

func (l Login) check() error {
	switch {
	case l.UserName == "":
		return fault.Bad("userName", "is missing")
	case utf8.RuneCountInString(l.UserName) > maxKey:
		return fault.Bad("userName", "has more than %d characters", maxKey)
	case l.Password == "":
		return fault.Bad("password", "is missing")
	case len(l.Password) > maxPassword:
		return fault.Bad("password", "has more than %d bytes", maxPassword)
	}
	return nil
}

// Login begins a session. An unknown user, one without a password and a wrong
// password are one and the same Unauthenticated fault after the same time.
// After too many wrong ones it is Throttled, with the right one too, but for
// that network alone.
func (s *Service) Login(ctx context.Context, kind SessionKind, l Login) (*Session, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	var user entity.User
	err := s.store.Read().NewSelect().Model(&user).Column("id", "user_name", "password_hash").Where("name_key = ?", entity.Fold(l.UserName)).Scan(ctx)
	if err = store.Normalise(err); err != nil && !errors.Is(err, store.ErrNoRow) {
		return nil, fmt.Errorf("look up a user: %w", err)
	}
	right, err := s.tryPassword(ctx, guess{userName: l.UserName, password: l.Password, network: l.Network}, user.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, wrongLogin()
	}
	return s.begin(ctx, kind, &user)
}

func wrongLogin() error {
	return fault.New(fault.Unauthenticated, "the user name or the password is wrong")
}

// begin makes a session for a user whose password was right, unless it has been
// changed since.
func (s *Service) begin(ctx context.Context, kind SessionKind, user *entity.User) (*Session, error) {
	var session *Session
	err := journal.Write(journal.WithUser(ctx, user.ID), s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		now := s.clock.Read().Wall
		result, err := tx.NewRaw("UPDATE users SET last_log_in = ? WHERE id = ? AND password_hash = ?",
			entity.TimeOf(now), user.ID, user.PasswordHash).Exec(ctx)
		if err != nil {
			return journal.Entry{}, err
		}
		if n, err := result.RowsAffected(); err != nil {
			return journal.Entry{}, err
		} else if n == 0 {
			return journal.Entry{}, wrongLogin()
		}
		if err := s.sweepSessions(ctx, tx, now); err != nil {
			return journal.Entry{}, err
		}
		if session, err = s.insertSession(ctx, tx, kind, user, entity.Time{}); err != nil {
			return journal.Entry{}, err
		}
		return s.entry(journal.Insert, "session", journal.ID(session.ID), "%s", kind.Name), nil
	})
	if err != nil {
		return nil, fmt.Errorf("begin a session: %w", err)
	}
	return session, nil
}
