package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// What a first start makes.
const (
	adminName      = "admin"
	adminKeyName   = "admin API Key"
	passwordFormat = "{token:6}-{token:6}-{token:6}-{token:6}" // 124 bits
	minGivenKey    = 20
)

// Admin are secrets that an operator gives for the first administrator; what
// is "" is made at random.
type Admin struct {
	Password string // as every password, see doc.go
	APIKey   string // 20 to 256 visible ASCII characters, not those of a login token
}

// FirstStart are the first administrator's secrets. They cannot be had again:
// show those that were made, once, and keep none.
type FirstStart struct {
	UserName     string
	Password     string
	APIKey       string
	PasswordMade bool // false: the operator gave it
	APIKeyMade   bool // false: the operator gave it
}

// userRole is one role of one user.
type userRole struct {
	UserID string      `bun:"user_id,pk"`
	Role   entity.Role `bun:"role,pk"`
}

// Bootstrap makes the administrator and an API key with every permission on
// books that have no user. Of several nodes that start at once, one does; the
// others, and every later start, get nil. Then given is not looked at: an
// administrator who has changed a password or revoked a key does not find the
// old one back after a restart.
func (s *Service) Bootstrap(ctx context.Context, given Admin) (*FirstStart, error) {
	if found, err := anyUser(ctx, s.store.Read()); err != nil || found {
		return nil, err
	}
	first, err := s.firstSecrets(given)
	if err != nil {
		return nil, err
	}
	hash, err := s.HashPassword(ctx, first.Password)
	if err != nil {
		return nil, err
	}
	won := false
	err = s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		won, err = s.insertAdmin(ctx, tx, hash, first.APIKey)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make the first administrator: %w", err)
	}
	if !won {
		return nil, nil
	}
	return first, nil
}

// firstSecrets checks what is given and makes the rest.
func (s *Service) firstSecrets(given Admin) (*FirstStart, error) {
	first := &FirstStart{UserName: adminName, Password: given.Password, APIKey: given.APIKey}
	if first.Password == "" {
		first.Password, first.PasswordMade = keyformat.Must(passwordFormat).Random(), true
	}
	if first.APIKey == "" {
		first.APIKey, first.APIKeyMade = s.settings().APIKey.Random(), true
	}
	if err := checkPassword(adminName, first.Password); err != nil {
		return nil, fmt.Errorf("the administrator's password: %w", err)
	}
	if n := len(first.APIKey); n < minGivenKey || n > maxKey || !visible(first.APIKey) {
		return nil, fmt.Errorf("the administrator's API key: must have %d to %d characters, all of them visible ASCII", minGivenKey, maxKey)
	}
	if strings.HasPrefix(first.APIKey, settings.LoginTokenPrefix) {
		return nil, fmt.Errorf("the administrator's API key: must not begin as a login token does, with %s", settings.LoginTokenPrefix)
	}
	return first, nil
}

// insertAdmin says false where another node was first. An insert waits for one
// of the same name that is not committed yet.
func (s *Service) insertAdmin(ctx context.Context, tx *store.Tx, passwordHash, apiKey string) (bool, error) {
	if found, err := anyUser(ctx, tx); err != nil || found {
		return false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return false, fmt.Errorf("make a user id: %w", err)
	}
	now := entity.TimeOf(s.clock.Read().Wall)
	user := entity.User{ID: id.String(), UserName: adminName, NameKey: entity.Fold(adminName), PasswordHash: passwordHash, CreatedAt: now, UpdatedAt: now}
	result, err := tx.NewInsert().Model(&user).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("insert the user: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	role := userRole{UserID: user.ID, Role: entity.Administrator}
	if _, err := tx.NewInsert().Model(&role).Exec(ctx); err != nil {
		return false, fmt.Errorf("insert the role: %w", err)
	}
	_, _, err = s.insertKey(ctx, tx, apiKey, entity.APIKey{
		Name: adminKeyName, OwnerID: user.ID, Permissions: entity.AllPermissions,
		Description: "made at the first start",
	})
	return err == nil, err
}

func anyUser(ctx context.Context, db bun.IDB) (bool, error) {
	found, err := db.NewSelect().Model((*entity.User)(nil)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for users: %w", store.Normalise(err))
	}
	return found, nil
}
