package report

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Service keeps reports. Make it with New; it is safe for concurrent use.
type Service struct {
	store *store.Store
	clock clock.Clock
}

// New keeps reports in st.
func New(st *store.Store, c clock.Clock) *Service { return &Service{store: st, clock: c} }

// listChunk is small because a report may be large.
const listChunk = 16

// List lists reports.
func (s *Service) List(ctx context.Context, page entity.Page) (*entity.List[entity.Report], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Report]{Chunk: listChunk}, page)
}

// Delete deletes a report with its properties.
func (s *Service) Delete(ctx context.Context, id int64) error {
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		r, err := store.Lock[entity.Report](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, store.Missing(err, "report", id)
		}
		if _, err := tx.NewDelete().Model(r).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("delete report %d: %w", id, err)
		}
		return journal.Entry{
			At: s.clock.Read().Wall, Action: journal.Delete, Entity: "report", EntityID: journal.ID(id), Details: r.UID,
		}, nil
	})
}

// Send takes a report in, from an address, and returns the row that holds it now.
// Its license must exist and not be revoked; an expired one may report. A date
// left out, or in the future, is now. Faults: LicenseKeyNotFound, LicenseRevoked,
// Conflict where the license has ten thousand already.
func (s *Service) Send(ctx context.Context, r entity.Report, address string) (*entity.Report, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, r.UserKey); err != nil {
		return nil, err
	}
	now := entity.TimeOf(s.clock.Read().Wall)
	if r.Date.IsZero() || now.Std().Before(r.Date.Std()) {
		r.Date = now
	}
	r.ID, r.UID, r.Address = 0, uuid.NewString(), address
	r.Merges = r.Name == entity.LicenseReport && merges(r.ContentType, r.Content)
	var kept *entity.Report
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if r.Merges {
			kept, err = add(ctx, tx, r)
		} else {
			kept, err = insert(ctx, tx, r)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// admit finds the license of a report.
func (s *Service) admit(ctx context.Context, userKey string) error {
	var lic entity.License
	err := s.store.Read().NewSelect().Model(&lic).Column("id", "revoked").Where("?TableAlias.user_key = ?", userKey).Scan(ctx)
	switch err := store.Normalise(err); {
	case errors.Is(err, store.ErrNoRow):
		return fault.Named(fault.NotFound, fault.LicenseKeyNotFound, "License key not found")
	case err != nil:
		return fmt.Errorf("find the license of a report: %w", err)
	case lic.Revoked:
		return fault.Named(fault.Forbidden, fault.LicenseRevoked, "The license has been revoked")
	}
	return nil
}

// maxPerLicense is how many reports of one license are kept: an application, or
// who has its user key, must not fill the disk.
const maxPerLicense = 10_000

// insert makes a row of a report. On PostgreSQL reports that race for the last
// places may all get one.
func insert(ctx context.Context, tx *store.Tx, r entity.Report) (*entity.Report, error) {
	n, err := tx.NewSelect().Model((*entity.Report)(nil)).Where("user_key = ?", r.UserKey).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count the reports of a license: %w", err)
	}
	if n >= maxPerLicense {
		return nil, fault.New(fault.Conflict, "there are %d reports of this license: no more are taken until some are deleted", n)
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return nil, fmt.Errorf("insert a report: %w", err)
	}
	return &r, setProperties(ctx, tx, &r)
}

// setProperties writes the properties of a report that has none.
func setProperties(ctx context.Context, tx *store.Tx, r *entity.Report) error {
	if len(r.Properties) == 0 {
		return nil
	}
	rows := make([]entity.ReportProperty, len(r.Properties))
	for i, p := range r.Properties {
		rows[i] = entity.ReportProperty{Name: p.Name, Value: p.Value, ReportID: r.ID}
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("insert the properties of a report: %w", err)
	}
	return nil
}
