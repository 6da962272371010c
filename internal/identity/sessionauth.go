package identity

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// sessionState is what a verified session has beyond a key.
type sessionState struct {
	kind   string
	usedAt entity.Time
	endAt  entity.Time
}

// AuthenticateSession tells who presents the token of a session of that kind.
// The session has every permission of its user's roles. A token that is
// unknown, expired, ended or of another kind is an Unauthenticated fault. Where
// the kind slides, a use makes the token live on.
func (s *Service) AuthenticateSession(ctx context.Context, kind SessionKind, token string) (Principal, error) {
	if token == "" || len(token) > maxKey {
		return Principal{}, invalidSession()
	}
	now, hash := s.clock.Read(), sha256.Sum256([]byte(token))
	v, epoch := s.cache.get(hash, now.Lease)
	cached := v != nil && v.session != nil && v.session.kind == kind.Name && v.admits(digest{}, now)
	if !cached {
		// One that has expired in the cache may have been used elsewhere.
		var err error
		v, err = s.readSession(ctx, kind, hash)
		if err != nil {
			return Principal{}, fmt.Errorf("look up a session: %w", sessionOver(err))
		}
		if !v.admits(digest{}, now) {
			return Principal{}, invalidSession()
		}
	}
	switch slid := s.slide(ctx, kind, v, now); {
	case !cached:
		s.cache.put(hash, slid, now.Lease, epoch)
	case slid != v:
		s.forgetSession(v.principal.SessionID) // its roles are not believed for longer
	}
	return v.principal, nil
}

func (s *Service) readSession(ctx context.Context, kind SessionKind, hash digest) (*verified, error) {
	var rows []struct {
		sessionRow
		CustomerID *int64      `bun:"customer_id"`
		Role       entity.Role `bun:"role"`
	}
	err := s.store.Read().NewSelect().
		TableExpr("sessions AS s").
		Join("JOIN users AS u ON u.id = s.user_id").
		Join("LEFT JOIN user_roles AS r ON r.user_id = u.id").
		ColumnExpr("s.*, u.customer_id, COALESCE(r.role, '') AS role").
		Where("s.token_hash = ? AND s.kind = ?", hash[:], kind.Name).
		OrderExpr("r.role").
		Scan(ctx, &rows)
	if err != nil {
		return nil, store.Normalise(err)
	}
	if len(rows) == 0 {
		return nil, store.ErrNoRow
	}
	first := rows[0]
	v := &verified{
		principal:  Principal{UserID: first.UserID, Permissions: entity.AllPermissions, SessionID: first.ID, CustomerID: first.CustomerID},
		expireDate: first.ExpireAt, session: &sessionState{kind: first.Kind, usedAt: first.UsedAt, endAt: first.EndAt},
	}
	for _, row := range rows {
		v.principal.addRole(row.Role)
	}
	return v, nil
}

// slideEvery is how often at most the use of a session is written down.
const slideEvery = time.Minute

// slide lets a session of a sliding kind live on, and returns it as it then is.
// A failure of the books is not the caller's: the token is valid, and the next
// use tries again.
func (s *Service) slide(ctx context.Context, kind SessionKind, v *verified, now clock.Reading) *verified {
	if !kind.Sliding || now.Wall.Sub(v.session.usedAt.Std()) < slideEvery {
		return v
	}
	used, expire := entity.TimeOf(now.Wall), kind.expiry(now.Wall, v.session.endAt)
	var changed int64
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.NewRaw("UPDATE sessions SET used_at = ?, expire_at = ? WHERE id = ? AND used_at = ?",
			used, expire, v.principal.SessionID, v.session.usedAt).Exec(ctx)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	if err != nil || changed == 0 { // none: another use was first, or the session is over
		return v
	}
	next, state := *v, *v.session
	state.usedAt = used
	next.expireDate, next.session = expire, &state
	return &next
}
