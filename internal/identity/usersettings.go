package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// maxSettings is how many settings a user may have. A user writes their own, so
// there must be an end.
const maxSettings = 1000

// settingChunk is small because a value may be large.
const settingChunk = 64

// UserSettings lists what is kept for a user. To whoever is neither that user
// nor an administrator it is as if the user did not exist: NotFound.
func (s *Service) UserSettings(ctx context.Context, by Principal, userID string, page entity.Page) (*entity.List[entity.UserSetting], error) {
	if !mayTouch(by, userID) {
		return nil, noUser(userID)
	}
	if _, err := getUser(ctx, s.store.Read(), userID); err != nil {
		return nil, err
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.UserSetting]{
		Chunk: settingChunk,
		Where: func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.user_id = ?", userID) },
	}, page)
}

// InsertUserSetting keeps something for a user. Category, group and name are
// unique together. Only an administrator makes it read-only.
func (s *Service) InsertUserSetting(ctx context.Context, by Principal, userID string, in entity.UserSetting) (*entity.UserSetting, error) {
	if err := checkSetting(by, userID, &in); err != nil {
		return nil, err
	}
	var row entity.UserSetting
	err := s.changeSettings(ctx, by, userID, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		n, err := tx.NewSelect().Model((*entity.UserSetting)(nil)).Where("user_id = ?", userID).Count(ctx)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("count the settings of a user: %w", err)
		}
		if n >= maxSettings {
			return journal.Entry{}, fault.New(fault.Conflict, "the user has %d settings, which is the most", n)
		}
		row = in
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a setting: %w", err)
		}
		return s.entry(journal.Insert, "userSetting", journal.ID(row.ID), "%s of user %s", row.Name, userID), nil
	})
	return &row, err
}

// UpdateUserSetting replaces a setting of the user by what was sent. A name
// left out is unchanged, as it cannot be empty.
func (s *Service) UpdateUserSetting(ctx context.Context, by Principal, userID string, in entity.Sent[entity.UserSetting]) (*entity.UserSetting, error) {
	var next entity.UserSetting
	err := s.changeSettings(ctx, by, userID, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		old, err := readSetting(ctx, tx, by, userID, in.Value.ID)
		if err != nil {
			return journal.Entry{}, err
		}
		next = in.Value
		if !in.Members.Has("name") {
			next.Name = old.Name
		}
		if err := checkSetting(by, userID, &next); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewUpdate().Model(&next).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update a setting: %w", err)
		}
		return s.entry(journal.Update, "userSetting", journal.ID(next.ID), "%s of user %s; sent %s",
			next.Name, userID, strings.Join(in.Members.Names(), " ")), nil
	})
	return &next, err
}

// DeleteUserSetting deletes a setting of the user.
func (s *Service) DeleteUserSetting(ctx context.Context, by Principal, userID string, id int64) error {
	return s.changeSettings(ctx, by, userID, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		old, err := readSetting(ctx, tx, by, userID, id)
		if err != nil {
			return journal.Entry{}, err
		}
		_, err = tx.NewDelete().Model(old).WherePK().Exec(ctx)
		return s.entry(journal.Delete, "userSetting", journal.ID(id), "%s of user %s", old.Name, userID), err
	})
}

// changeSettings runs a change of the settings of one user, one at a time.
func (s *Service) changeSettings(ctx context.Context, by Principal, userID string, change func(context.Context, *store.Tx) (journal.Entry, error)) error {
	if !mayTouch(by, userID) {
		return noUser(userID)
	}
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if _, err := lockUser(ctx, tx, userID); err != nil {
			return journal.Entry{}, err
		}
		return change(ctx, tx)
	})
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Taken("name")
	}
	return err
}

// checkSetting judges a setting as sent about the user of the path.
func checkSetting(by Principal, userID string, in *entity.UserSetting) error {
	if in.UserID != "" && in.UserID != userID {
		return fault.Bad("userId", "is not the user of the path")
	}
	in.UserID = userID
	if in.ReadOnly && !by.Is(entity.Administrator) {
		return readOnly()
	}
	return in.Validate()
}

// readSetting reads a setting that by is going to change.
func readSetting(ctx context.Context, tx *store.Tx, by Principal, userID string, id int64) (*entity.UserSetting, error) {
	row := new(entity.UserSetting)
	err := store.Normalise(tx.NewSelect().Model(row).Where("id = ? AND user_id = ?", id, userID).Scan(ctx))
	if errors.Is(err, store.ErrNoRow) {
		return nil, fault.New(fault.NotFound, "there is no setting %d of this user", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read a setting: %w", err)
	}
	if row.ReadOnly && !by.Is(entity.Administrator) {
		return nil, readOnly()
	}
	return row, nil
}

func readOnly() error {
	return fault.New(fault.Forbidden, "a read-only setting is for the role %s", entity.Administrator)
}
