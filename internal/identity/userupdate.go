package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// UserChange is an update of a user.
type UserChange struct {
	User entity.Sent[entity.User]
	PasswordChange
}

// UpdateUser replaces a user by what was sent, on behalf of by. A name and
// roles that are left out are unchanged; dates that the server sets, keys and
// settings always are. A new password ends the user's sessions. An updatedAt
// that is not the user's is a Conflict.
func (s *Service) UpdateUser(ctx context.Context, by Principal, in UserChange) (*entity.User, error) {
	id := in.User.Value.ID
	if err := isAdministrator(by); err != nil {
		return nil, err
	}
	old, err := getUser(ctx, s.store.Read(), id)
	if err != nil {
		return nil, err
	}
	if _, err := s.merged(old, in.User); err != nil { // before it costs a password's check
		return nil, err
	}
	hash, err := s.changedHash(ctx, by, old, in.PasswordChange)
	if err != nil {
		return nil, err
	}
	var next *entity.User
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := mayManage(ctx, tx, by); err != nil {
			return journal.Entry{}, err
		}
		change := func() (err error) {
			next, err = s.updateUser(ctx, tx, by, in.User, old.PasswordHash, hash)
			return err
		}
		if in.User.Members.Has("roles") {
			err = s.keepingAWayIn(ctx, tx, change)
		} else {
			err = change()
		}
		if err != nil {
			return journal.Entry{}, fmt.Errorf("update user %.80q: %w", id, err)
		}
		details := next.UserName + "; sent " + strings.Join(in.User.Members.Names(), " ")
		if hash != "" {
			details += "; a new password"
		}
		return s.entry(journal.Update, "user", id, "%s", details), nil
	})
	s.forgetUser(id) // also after an error: the commit may have happened
	if err != nil {
		return nil, userFault(err)
	}
	return next, nil
}

// updateUser is the change inside the transaction. believed is the hash that
// the current password was judged by, hash the new one, "" if none.
func (s *Service) updateUser(ctx context.Context, tx *store.Tx, by Principal, in entity.Sent[entity.User], believed, hash string) (*entity.User, error) {
	old, err := lockUser(ctx, tx, in.Value.ID)
	if err != nil {
		return nil, err
	}
	if err := entity.RefuseStale(in.Value.UpdatedAt, old.UpdatedAt); err != nil {
		return nil, err
	}
	if hash != "" && old.PasswordHash != believed {
		return nil, changedMeanwhile()
	}
	next, err := s.merged(old, in)
	if err != nil {
		return nil, err
	}
	if next.CustomerID != nil && (old.CustomerID == nil || *old.CustomerID != *next.CustomerID) {
		if err := mayGive(by); err != nil {
			return nil, err
		}
	}
	if hash != "" {
		next.PasswordHash = hash
	}
	if _, err := tx.NewUpdate().Model(next).WherePK().Exec(ctx); err != nil {
		return nil, err
	}
	if hash != "" {
		if err := endSessions(ctx, tx, next.ID); err != nil {
			return nil, err
		}
	}
	if !in.Members.Has("roles") {
		return next, nil
	}
	has, err := rolesOf(ctx, tx, next.ID)
	if err != nil {
		return nil, err
	}
	if addsTo(has, next.Roles) {
		if err := mayGive(by); err != nil {
			return nil, err
		}
	}
	return next, setRoles(ctx, tx, next.ID, has, next.Roles)
}

// merged is the user as sent, with what stays of the old one.
func (s *Service) merged(old *entity.User, in entity.Sent[entity.User]) (*entity.User, error) {
	next := in.Value
	if !in.Members.Has("userName") {
		next.UserName = old.UserName
	}
	if err := s.prepare(&next); err != nil {
		return nil, err
	}
	next.PasswordHash, next.CreatedAt, next.LastLogIn = old.PasswordHash, old.CreatedAt, old.LastLogIn
	next.UpdatedAt = s.changedAt(old)
	return &next, nil
}
