package identity

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// PasswordChange is a new password, with what must be known for it.
type PasswordChange struct {
	CurrentPassword string // must be right where it is given; needed for a password of one's own
	NewPassword     string // "": the password is unchanged
	Network         string // where it comes from: whose wrong passwords count together
}

// ChangePassword gives the caller another password and ends their sessions,
// this one too.
func (s *Service) ChangePassword(ctx context.Context, by Principal, in PasswordChange) error {
	if in.NewPassword == "" {
		return fault.Bad("newPassword", "is missing")
	}
	user, err := getUser(ctx, s.store.Read(), by.UserID)
	if err != nil {
		return err
	}
	hash, err := s.changedHash(ctx, by, user, in)
	if err != nil {
		return err
	}
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		now, err := lockUser(ctx, tx, user.ID)
		if err != nil {
			return journal.Entry{}, err
		}
		if now.PasswordHash != user.PasswordHash {
			return journal.Entry{}, changedMeanwhile()
		}
		if _, err := tx.NewRaw("UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ?", hash, s.changedAt(now), user.ID).Exec(ctx); err != nil {
			return journal.Entry{}, err
		}
		return s.entry(journal.Update, "user", user.ID, "%s; a new password of their own", user.UserName), endSessions(ctx, tx, user.ID)
	})
	s.forgetUser(user.ID) // also after an error: the commit may have happened
	if err != nil {
		return fmt.Errorf("change a password: %w", err)
	}
	return nil
}

// changedHash judges the passwords of a change and hashes the new one; "" where
// there is none.
func (s *Service) changedHash(ctx context.Context, by Principal, user *entity.User, in PasswordChange) (string, error) {
	if in.NewPassword == "" {
		return "", nil
	}
	if err := mayGive(by); err != nil {
		return "", err
	}
	if user.ID == by.UserID && in.CurrentPassword == "" {
		return "", fault.New(fault.Forbidden, "currentPassword: is needed to change one's own password")
	}
	if len(in.CurrentPassword) > maxPassword {
		return "", fault.Bad("currentPassword", "has more than %d bytes", maxPassword)
	}
	if in.CurrentPassword != "" {
		g := guess{userName: user.UserName, password: in.CurrentPassword, network: in.Network}
		right, err := s.tryPassword(ctx, g, user.PasswordHash)
		if err != nil {
			return "", err
		}
		if !right {
			return "", fault.New(fault.Forbidden, "currentPassword: is wrong")
		}
	}
	return s.newHash(ctx, "newPassword", user.UserName, in.NewPassword)
}

// newHash judges and hashes a new password; "" is none.
func (s *Service) newHash(ctx context.Context, field, userName, password string) (string, error) {
	if password == "" {
		return "", nil
	}
	if err := checkPassword(userName, password); err != nil {
		return "", fault.Bad(field, "%s", err.Error())
	}
	return s.HashPassword(ctx, password)
}

func changedMeanwhile() error {
	return fault.New(fault.Conflict, "the password was changed meanwhile")
}
