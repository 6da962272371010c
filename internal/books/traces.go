package books

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// TraceFilter narrows traces; what is nil or empty does not.
type TraceFilter struct {
	ID        *int64
	LicenseID *int64
	Filter    string // in the query language; only for deleting, a list has its page
}

func (f TraceFilter) where(q *bun.SelectQuery) *bun.SelectQuery {
	if f.ID != nil {
		q = q.Where("?TableAlias.id = ?", *f.ID)
	}
	if f.LicenseID != nil {
		q = q.Where("?TableAlias.license_id = ?", *f.LicenseID)
	}
	return q
}

// Traces lists traces of seat calls. A license that is not there has none.
func (s *Service) Traces(ctx context.Context, licenseID *int64, page entity.Page) (*entity.List[entity.LicenseTrace], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.LicenseTrace]{Where: TraceFilter{LicenseID: licenseID}.where}, page)
}

// DeleteTraces deletes the traces that meet all of f, which must say something,
// and returns how many, in transactions of a few hundred: one that fails leaves
// those before it done. An id that is not there is NotFound.
func (s *Service) DeleteTraces(ctx context.Context, f TraceFilter) (int64, error) {
	if f.ID == nil && f.LicenseID == nil && f.Filter == "" {
		return 0, fault.New(fault.Invalid, "say which traces: traceId, licenseId or filter")
	}
	n, err := journal.Purge(ctx, s.store, journal.Purging[entity.LicenseTrace]{
		Rows: store.Listing[entity.LicenseTrace]{Where: f.where}, Filter: f.Filter,
		ID: func(t *entity.LicenseTrace) int64 { return t.ID },
		Entry: func(total int64) journal.Entry {
			return journal.Entry{
				At: s.clock.Read().Wall, Action: journal.Delete, Entity: "licenseTrace", EntityID: f.entityID(), Details: f.details(total),
			}
		},
	})
	if err != nil {
		return n, err
	}
	if f.ID != nil && n == 0 {
		return 0, fault.New(fault.NotFound, "there is no such license trace %d", *f.ID)
	}
	return n, nil
}

func (f TraceFilter) entityID() string {
	if f.ID != nil {
		return journal.ID(*f.ID)
	}
	return "several"
}

// details tells the audit how the traces were chosen.
func (f TraceFilter) details(total int64) string {
	by := []string{fmt.Sprintf("traces: %d", total)}
	if f.LicenseID != nil {
		by = append(by, fmt.Sprintf("license id %d", *f.LicenseID))
	}
	if f.Filter != "" {
		by = append(by, "by a filter")
	}
	return strings.Join(by, "; ")
}
