package instance

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// LicenseInput is a regulatory license as it was sent.
type LicenseInput struct {
	Name        *string        `json:"name"`
	Version     *string        `json:"version"`
	Status      *entity.Status `json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED"`
	Icon        *string        `json:"icon"`
	Params      *entity.Params `json:"params"`
	GroupScript *string        `json:"groupScript" jsonschema:"description=Kept and shown. Never run."`
	ScoreScript *string        `json:"scoreScript" jsonschema:"description=Kept and shown. Never run."`
}

// Licenses are the regulatory licenses. Members of organisations read all of
// them: they are what there is to be had. The vendor's staff writes them.
func (s *Service) Licenses() Desk[entity.RegulatoryLicense, LicenseInput] {
	return book[entity.RegulatoryLicense, *entity.RegulatoryLicense, LicenseInput]{
		Service: s, noun: "license", kind: "regulatoryLicense", include: "scoreGroups",
		says: func(l *entity.RegulatoryLicense) string { return l.Name + " " + l.Version },
		merge: func(in *LicenseInput, l *entity.RegulatoryLicense, isNew bool) error {
			put(&l.Name, in.Name)
			put(&l.Version, in.Version)
			put(&l.Status, in.Status)
			put(&l.Icon, in.Icon)
			put(&l.Params, in.Params)
			put(&l.GroupScript, in.GroupScript)
			put(&l.ScoreScript, in.ScoreScript)
			return nil
		},
		refer: func(ctx context.Context, tx *store.Tx, by Caller, l, was *entity.RegulatoryLicense) error {
			if err := mayWrite(ctx, tx, by, nil); err != nil {
				return err
			}
			return deletable(ctx, tx, l, was, "license", "license_id")
		},
	}
}

// GroupInput is a score group as it was sent.
type GroupInput struct {
	LicenseID   *int64         `json:"licenseId"`
	Name        *string        `json:"name"`
	Title       *string        `json:"title"`
	Description *string        `json:"description"`
	Status      *entity.Status `json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED"`
}

// Groups are the score groups of licenses.
func (s *Service) Groups() Desk[entity.ScoreGroup, GroupInput] {
	return book[entity.ScoreGroup, *entity.ScoreGroup, GroupInput]{
		Service: s, noun: "score group", kind: "scoreGroup",
		says: func(g *entity.ScoreGroup) string { return fmt.Sprintf("%s of license %d", g.Name, g.LicenseID) },
		merge: func(in *GroupInput, g *entity.ScoreGroup, isNew bool) error {
			put(&g.Name, in.Name)
			put(&g.Title, in.Title)
			put(&g.Description, in.Description)
			put(&g.Status, in.Status)
			if err := need(isNew, member{"licenseId", in.LicenseID != nil}); err != nil {
				return err
			}
			return fixed(&g.LicenseID, in.LicenseID, "licenseId", isNew)
		},
		refer: func(ctx context.Context, tx *store.Tx, by Caller, g, was *entity.ScoreGroup) error {
			if err := mayWrite(ctx, tx, by, nil); err != nil || was != nil {
				return err
			}
			if _, err := store.Lock[entity.RegulatoryLicense](ctx, tx, g.LicenseID); err != nil {
				return named("licenseId", "license", g.LicenseID, err)
			}
			return fewEnough(ctx, tx, "score_groups", "license_id", g.LicenseID, "license")
		},
	}
}

// maxOwned is how many rows of another kind a row shows with itself at most.
const maxOwned = 1000

// fewEnough refuses one more row of a parent that the transaction has locked.
func fewEnough(ctx context.Context, tx *store.Tx, table, column string, id int64, noun string) error {
	n, err := store.Referrer{Plural: table, Count: "SELECT COUNT(*) FROM " + table + " WHERE " + column + " = ?"}.CountOf(ctx, tx, id)
	if err == nil && n >= maxOwned {
		err = fault.New(fault.Conflict, "%s %d has %d of them, which is the most", noun, id, n)
	}
	return err
}

// named is the fault of a member that names a row that is not there.
func named(member, noun string, id int64, err error) error {
	if fault.IsKind(store.Missing(err, noun, id), fault.NotFound) {
		return fault.Bad(member, "there is no %s %d", noun, id)
	}
	return err
}

// deletable refuses to delete what active instances refer to.
func deletable[T any, R row[T]](ctx context.Context, tx *store.Tx, r, was R, noun, column string) error {
	base := r.Base()
	if was == nil || base.Status != entity.StatusDeleted || was.Base().Status == entity.StatusDeleted {
		return nil
	}
	return store.RefuseReferred(ctx, tx, fmt.Sprintf("%s %d", noun, base.ID), []store.Referrer{
		{Plural: "active license instances", Count: "SELECT COUNT(*) FROM license_instances WHERE status = 'ACTIVE' AND " + column + " = ?"},
	}, base.ID)
}
