package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// maxKey bounds an API key and a client secret, in characters.
const maxKey = 256

// Credential is what a caller presents. An API key may come in either of the
// first two; where both are set they are equal.
type Credential struct {
	APIKey       string
	Bearer       string
	ClientSecret string // "" if none
}

// verified is an API key or a session of the books with its user. It is shared
// between calls: only to be read.
type verified struct {
	principal  Principal
	secretHash []byte // nil: no client secret wanted
	expireDate entity.Time
	revoked    bool
	session    *sessionState // nil: an API key
}

// admits judges the credential anew on every use.
func (v *verified) admits(secret digest, now clock.Reading) bool {
	if v.revoked || v.expireDate.Reached(now.Wall) {
		return false
	}
	return v.secretHash == nil || subtle.ConstantTimeCompare(v.secretHash, secret[:]) == 1
}

// Authenticate tells who presents cred: an API key, or as bearer the token of a
// login session. A key that is unknown, expired or revoked, whose owner is gone,
// or that wants another client secret, is one and the same Unauthenticated
// fault. Other errors mean that it cannot tell. Revocation elsewhere is seen
// within cacheFor, expiry at once.
func (s *Service) Authenticate(ctx context.Context, cred Credential) (Principal, error) {
	if strings.HasPrefix(cred.Bearer, settings.LoginTokenPrefix) {
		return s.AuthenticateSession(ctx, s.login, cred.Bearer)
	}
	key := cred.APIKey
	if key == "" {
		key = cred.Bearer
	}
	if key == "" || len(key) > maxKey {
		return Principal{}, invalidKey()
	}
	now := s.clock.Read()
	hash, secret := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(cred.ClientSecret))
	cached, epoch := s.cache.get(hash, now.Lease)
	if cached != nil && cached.session == nil && cached.admits(secret, now) {
		return cached.principal, nil
	}
	// A cached key that does not admit is read again: its secret or its expiry
	// may have been changed by another node.
	read, err := s.readKey(ctx, hash)
	if errors.Is(err, store.ErrNoRow) {
		return Principal{}, invalidKey()
	}
	if err != nil {
		return Principal{}, fmt.Errorf("look up an API key: %w", err)
	}
	if !read.admits(secret, now) {
		return Principal{}, invalidKey()
	}
	s.cache.put(hash, read, now.Lease, epoch)
	return read.principal, nil
}

func invalidKey() error {
	return fault.New(fault.Unauthenticated, "the API key is not valid")
}

// readKey reads a key and its owner's roles in one statement. store.ErrNoRow
// where there is none.
func (s *Service) readKey(ctx context.Context, hash digest) (*verified, error) {
	var rows []struct {
		ID          int64             `bun:"id"`
		SecretHash  []byte            `bun:"secret_hash"`
		ExpireDate  entity.Time       `bun:"expire_date"`
		Revoked     bool              `bun:"revoked"`
		Permissions entity.Permission `bun:"permissions"`
		OwnerID     string            `bun:"owner_id"`
		CustomerID  *int64            `bun:"customer_id"`
		Role        entity.Role       `bun:"role"`
	}
	err := s.store.Read().NewSelect().
		TableExpr("api_keys AS k").
		Join("JOIN users AS u ON u.id = k.owner_id").
		Join("LEFT JOIN user_roles AS r ON r.user_id = u.id").
		ColumnExpr("k.id, k.secret_hash, k.expire_date, k.revoked, k.permissions, k.owner_id, u.customer_id").
		ColumnExpr("COALESCE(r.role, '') AS role").
		Where("k.key_hash = ?", hash[:]).
		OrderExpr("r.role").
		Scan(ctx, &rows)
	if err != nil {
		return nil, store.Normalise(err)
	}
	if len(rows) == 0 {
		return nil, store.ErrNoRow
	}
	first := rows[0]
	key := &verified{
		principal:  Principal{UserID: first.OwnerID, Permissions: first.Permissions, KeyID: first.ID, CustomerID: first.CustomerID},
		secretHash: first.SecretHash, expireDate: first.ExpireDate, revoked: first.Revoked,
	}
	for _, row := range rows {
		key.principal.addRole(row.Role)
	}
	return key, nil
}

// addRole takes a row of an outer join; "" is no role.
func (p *Principal) addRole(r entity.Role) {
	if r != "" {
		p.Roles = append(p.Roles, r)
	}
}

// ForgetKey makes this node read the key again. Call it after the commit of
// every change to it.
func (s *Service) ForgetKey(id int64) {
	s.cache.forget(func(v *verified) bool { return v.session == nil && v.principal.KeyID == id })
}

// forgetUser makes this node read the user's keys and sessions again. It is
// called after the commit of every change to the user, their roles or sessions.
func (s *Service) forgetUser(id string) {
	s.cache.forget(func(v *verified) bool { return v.principal.UserID == id })
}
