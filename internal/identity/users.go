package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// userChunk is small because a user may carry an image.
const userChunk = 64

// Users lists users, with their roles; only those who have one of roles, where
// any are named.
func (s *Service) Users(ctx context.Context, roles []entity.Role, page entity.Page) (*entity.List[entity.User], error) {
	list := "(SELECT json_group_array(r.role) FROM (SELECT role FROM user_roles WHERE user_id = ?TableAlias.id ORDER BY role) r)"
	if s.store.Engine() == store.Postgres {
		list = "(SELECT COALESCE(json_agg(r.role ORDER BY r.role)::text, '[]') FROM user_roles r WHERE r.user_id = ?TableAlias.id)"
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.User]{
		Chunk: userChunk,
		Shown: map[string]string{"roles": list},
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			if len(roles) > 0 {
				q = q.Where("?TableAlias.id IN (SELECT r.user_id FROM user_roles r WHERE r.role IN (?))", bun.List(roles))
			}
			return q
		},
	}, page)
}

// InsertUser adds a user on behalf of by. Without a password they cannot log
// in. Id, dates, keys and settings are not taken from what was sent.
func (s *Service) InsertUser(ctx context.Context, by Principal, in entity.User, password string) (*entity.User, error) {
	user := in
	if err := isAdministrator(by); err != nil {
		return nil, err
	}
	if err := s.prepare(&user); err != nil {
		return nil, err
	}
	if password != "" || len(user.Roles) > 0 || user.CustomerID != nil {
		if err := mayGive(by); err != nil {
			return nil, err
		}
	}
	hash, err := s.newHash(ctx, "password", user.UserName, password)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a user id: %w", err)
	}
	now := entity.TimeOf(s.clock.Read().Wall)
	user.ID, user.PasswordHash, user.CreatedAt, user.UpdatedAt, user.LastLogIn = id.String(), hash, now, now, entity.Time{}
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := mayManage(ctx, tx, by); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewInsert().Model(&user).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a user: %w", err)
		}
		return s.entry(journal.Insert, "user", user.ID, "%s; roles %v", user.UserName, user.Roles), setRoles(ctx, tx, user.ID, nil, user.Roles)
	})
	if err != nil {
		return nil, userFault(err)
	}
	return &user, nil
}

// prepare judges a user as sent, and clears what is not written through it.
func (s *Service) prepare(user *entity.User) error {
	if err := user.Validate(); err != nil {
		return err
	}
	roles, err := entity.KnownRoles("roles", user.Roles)
	if err != nil {
		return err
	}
	user.Roles, user.APIKeys, user.Settings = roles, nil, nil
	user.NameKey = entity.Fold(user.UserName)
	user.CustomerID = entity.OrNone(user.CustomerID)
	return nil
}

// userFault names the member behind what the books refused.
func userFault(err error) error {
	switch {
	case errors.Is(err, store.ErrDuplicate):
		return fault.Taken("userName")
	case errors.Is(err, store.ErrReference):
		return fault.Bad("customerId", "there is no such customer")
	}
	return err
}

// DeleteUser deletes a user on behalf of by, with their roles and sessions.
// API keys and settings of theirs are in the way.
func (s *Service) DeleteUser(ctx context.Context, by Principal, id string) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := mayManage(ctx, tx, by); err != nil {
			return journal.Entry{}, err
		}
		var name string
		err := s.keepingAWayIn(ctx, tx, func() error {
			user, err := lockUser(ctx, tx, id)
			if err != nil {
				return err
			}
			name = user.UserName
			if err := unused(ctx, tx, id); err != nil {
				return err
			}
			_, err = tx.NewDelete().Model(user).WherePK().Exec(ctx)
			return err
		})
		return s.entry(journal.Delete, "user", id, "%s", name), err
	})
	s.forgetUser(id) // also after an error: the commit may have happened
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "user %.80q is in use", id)
	}
	if err != nil {
		return fmt.Errorf("delete a user: %w", err)
	}
	return nil
}

// unused is a Conflict while something of the user must be removed first.
func unused(ctx context.Context, tx *store.Tx, id string) error {
	keys, err := tx.NewSelect().Model((*entity.APIKey)(nil)).Where("owner_id = ?", id).Count(ctx)
	if err != nil {
		return fmt.Errorf("count the API keys of a user: %w", err)
	}
	settings, err := tx.NewSelect().Model((*entity.UserSetting)(nil)).Where("user_id = ?", id).Count(ctx)
	if err != nil {
		return fmt.Errorf("count the settings of a user: %w", err)
	}
	var holds []string
	for _, h := range []struct {
		kind string
		n    int64
	}{{"API keys", keys}, {"settings", settings}} {
		if h.n > 0 {
			holds = append(holds, fmt.Sprintf("%s: %d", h.kind, h.n))
		}
	}
	if len(holds) > 0 {
		return fault.New(fault.Conflict, "user %.80q is in use: %s", id, strings.Join(holds, ", "))
	}
	return nil
}

// getUser reads a user. None is NotFound.
func getUser(ctx context.Context, db bun.IDB, id string) (*entity.User, error) {
	user := new(entity.User)
	err := store.Normalise(db.NewSelect().Model(user).Where("?TableAlias.id = ?", id).Scan(ctx))
	if errors.Is(err, store.ErrNoRow) {
		return nil, noUser(id)
	}
	if err != nil {
		return nil, fmt.Errorf("read a user: %w", err)
	}
	return user, nil
}

// lockUser is getUser for who is going to change the user, their roles,
// sessions or settings: until the end of tx nobody else does.
func lockUser(ctx context.Context, tx *store.Tx, id string) (*entity.User, error) {
	if _, err := tx.NewRaw("UPDATE users SET id = id WHERE id = ?", id).Exec(ctx); err != nil {
		return nil, fmt.Errorf("lock a user: %w", err)
	}
	return getUser(ctx, tx, id)
}

func noUser(id string) error {
	return fault.New(fault.NotFound, "there is no user %.80q", id)
}

// changedAt is when a change of the user happens: now, but always after the
// one before, so that who read the user in between is found out.
func (s *Service) changedAt(user *entity.User) entity.Time {
	now := entity.TimeOf(s.clock.Read().Wall)
	if !user.UpdatedAt.IsZero() && !now.Std().After(user.UpdatedAt.Std()) {
		return entity.TimeOf(user.UpdatedAt.Std().Add(time.Microsecond))
	}
	return now
}

func (s *Service) entry(a journal.Action, kind, id, format string, args ...any) journal.Entry {
	return journal.Entry{At: s.clock.Read().Wall, Action: a, Entity: kind, EntityID: id, Details: fmt.Sprintf(format, args...)}
}

func addsTo(has, want []entity.Role) bool {
	return slices.ContainsFunc(want, func(r entity.Role) bool { return !slices.Contains(has, r) })
}
