package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// SessionKind says what sessions of one door are like. The token of one kind
// opens no other door.
type SessionKind struct {
	Name    string           // as the books have it, such as "login"
	Tokens  keyformat.Format // at least 120 bits
	Life    time.Duration    // of a token, from its making or, where Sliding, its last use
	Longest time.Duration    // of a session, however often it is renewed
	Sliding bool
	Roles   []entity.Role // who may begin one: users with one of them; none: everybody
}

// LoginSessions are those whose tokens are sent as bearer and live so long.
func LoginSessions(life time.Duration) SessionKind {
	return SessionKind{
		Name: "login", Tokens: keyformat.Must(settings.LoginTokenPrefix + "{token:26}"), // 134 bits
		Life: life, Longest: 12 * time.Hour,
	}
}

// OrderSessions are those of the license orders' surface: 40 hexadecimal digits
// that live for three hours, however they are used.
func OrderSessions() SessionKind {
	const life = 3 * time.Hour
	return SessionKind{
		Name: "orders", Tokens: keyformat.Must("{hex:40}"), Life: life, Longest: life,
		Roles: []entity.Role{entity.Administrator, entity.LicenseManager, entity.Sales},
	}
}

// OrganizationSessions are those of the organizations surface: 22 characters that
// live for 30 minutes from their last use and, as published, some more: up to 2.
// This grace covers that a use is written down at most once a minute.
func OrganizationSessions() SessionKind {
	const idle, grace = 30 * time.Minute, 2 * time.Minute
	return SessionKind{
		Name: "organizations", Tokens: keyformat.Base62Format(22), // 130 bits
		Life: idle + grace, Longest: 24 * time.Hour, Sliding: true,
	}
}

// Session is a login. Its token is seen this once.
type Session struct {
	ID       int64
	Token    string
	ExpireAt entity.Time // of the token
	EndAt    entity.Time // no renewal goes beyond it
	UserID   string
	UserName string // as it was given to the user, whatever its case at the login
	Roles    []entity.Role
}

// sessionRow is a session as the books keep it.
type sessionRow struct {
	ID        int64       `bun:"id,pk,autoincrement"`
	Kind      string      `bun:"kind"`
	TokenHash []byte      `bun:"token_hash"`
	UserID    string      `bun:"user_id"`
	CreatedAt entity.Time `bun:"created_at"`
	UsedAt    entity.Time `bun:"used_at"`
	ExpireAt  entity.Time `bun:"expire_at"`
	EndAt     entity.Time `bun:"end_at"`
}

// insertSession makes the session of a user whose row tx has locked. A renewal
// gives the end that the session has.
func (s *Service) insertSession(ctx context.Context, tx *store.Tx, kind SessionKind, user *entity.User, end entity.Time) (*Session, error) {
	now := s.clock.Read().Wall
	if end.IsZero() {
		end = entity.TimeOf(now.Add(kind.Longest))
	}
	token := kind.Tokens.Random()
	hash := sha256.Sum256([]byte(token))
	row := sessionRow{
		Kind: kind.Name, TokenHash: hash[:], UserID: user.ID, CreatedAt: entity.TimeOf(now), UsedAt: entity.TimeOf(now),
		ExpireAt: kind.expiry(now, end), EndAt: end,
	}
	if _, err := tx.NewInsert().ModelTableExpr("sessions").Model(&row).Exec(ctx); err != nil {
		return nil, fmt.Errorf("insert a session: %w", err)
	}
	roles, err := rolesOf(ctx, tx, user.ID)
	if err != nil {
		return nil, err
	}
	if len(kind.Roles) > 0 && !slices.ContainsFunc(roles, func(r entity.Role) bool { return slices.Contains(kind.Roles, r) }) {
		return nil, fault.New(fault.Forbidden, "this login is for the roles %v", kind.Roles)
	}
	return &Session{ID: row.ID, Token: token, ExpireAt: row.ExpireAt, EndAt: end, UserID: user.ID, UserName: user.UserName, Roles: roles}, nil
}

// expiry is when a token made or used now ends.
func (k SessionKind) expiry(now time.Time, end entity.Time) entity.Time {
	if at := now.Add(k.Life); at.Before(end.Std()) {
		return entity.TimeOf(at)
	}
	return end
}

// Renew ends the session of p and begins another of the same kind, with the
// same longest life. Of several renewals at once one is done. Who calls with
// something else than a session of that kind gets Invalid.
func (s *Service) Renew(ctx context.Context, kind SessionKind, p Principal) (*Session, error) {
	if p.SessionID == 0 {
		return nil, fault.New(fault.Invalid, "only a login token can be renewed, not an API key")
	}
	var next *Session
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// The user's row first, as whoever ends all sessions of a user does.
		user, err := lockUser(ctx, tx, p.UserID)
		if err != nil {
			return sessionOver(err)
		}
		var old sessionRow
		err = tx.NewRaw("DELETE FROM sessions WHERE id = ? AND kind = ? AND expire_at > ? RETURNING *",
			p.SessionID, kind.Name, entity.TimeOf(s.clock.Read().Wall)).Scan(ctx, &old)
		if err != nil {
			return sessionOver(store.Normalise(err))
		}
		next, err = s.insertSession(ctx, tx, kind, user, old.EndAt)
		return err
	})
	s.forgetSession(p.SessionID)
	if err != nil {
		return nil, fmt.Errorf("renew a session: %w", err)
	}
	return next, nil
}

func sessionOver(err error) error {
	if errors.Is(err, store.ErrNoRow) {
		return invalidSession()
	}
	return err
}

// Logout ends the session of p, here at once. An API key has none: Invalid.
func (s *Service) Logout(ctx context.Context, p Principal) error {
	if p.SessionID == 0 {
		return fault.New(fault.Invalid, "an API key does not log out; delete or revoke it")
	}
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		_, err := tx.NewRaw("DELETE FROM sessions WHERE id = ?", p.SessionID).Exec(ctx)
		return s.entry(journal.Delete, "session", journal.ID(p.SessionID), "logout"), err
	})
	s.forgetSession(p.SessionID) // also after an error: the commit may have happened
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// endSessions logs a user out everywhere. tx has locked their row; after the
// commit the caller calls forgetUser.
func endSessions(ctx context.Context, tx *store.Tx, userID string) error {
	if _, err := tx.NewRaw("DELETE FROM sessions WHERE user_id = ?", userID).Exec(ctx); err != nil {
		return fmt.Errorf("end the sessions of a user: %w", err)
	}
	return nil
}

// sweepBatch is how many dead sessions a login clears away.
const sweepBatch = 64

// sweepSessions clears dead sessions away. Expiry never waits for it.
func (s *Service) sweepSessions(ctx context.Context, tx *store.Tx, now time.Time) error {
	dead := "SELECT id FROM sessions WHERE expire_at <= ? ORDER BY expire_at LIMIT ?"
	if s.store.Engine() == store.Postgres {
		dead += " FOR UPDATE SKIP LOCKED" // logins at once sweep different rows
	}
	_, err := tx.NewRaw("DELETE FROM sessions WHERE id IN ("+dead+")", entity.TimeOf(now), sweepBatch).Exec(ctx)
	if err != nil {
		return fmt.Errorf("sweep dead sessions: %w", err)
	}
	return nil
}

func (s *Service) forgetSession(id int64) {
	s.cache.forget(func(v *verified) bool { return v.session != nil && v.principal.SessionID == id })
}

func invalidSession() error {
	return fault.New(fault.Unauthenticated, "the login token is not valid or has expired; log in again")
}
