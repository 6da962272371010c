package issuing

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// largeChunk is small because one of these rows may be a megabyte or two.
const largeChunk = 32

// LicenseFilter narrows a list of licenses; what is nil does not. What the first
// three name must be there.
type LicenseFilter struct {
	TemplateID *int64
	CustomerID *int64
	OrderID    *int64
	Only       *int64 // the one customer whose licenses the caller may see
}

// Licenses lists licenses. Node-locked copies are not among them.
func (s *Service) Licenses(ctx context.Context, f LicenseFilter, page entity.Page) (*entity.List[entity.License], error) {
	if err := s.checkFilter(ctx, f); err != nil {
		return nil, err
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.License]{
		Chunk: largeChunk,
		Names: []string{"license_id", "user_key"}, // only copies have none, or their original's
		Only:  "parent_id IS NULL",
		Of:    f.parents(),
		Total: s.howMany,
	}, page)
}

func (f LicenseFilter) parents() (of []store.Parent) {
	for _, p := range []struct {
		column string
		id     *int64
	}{{"template_id", f.TemplateID}, {"customer_id", f.CustomerID}, {"order_id", f.OrderID}, {"customer_id", f.Only}} {
		if p.id != nil {
			of = append(of, store.Parent{Column: p.column, ID: *p.id})
		}
	}
	return of
}

// howMany licenses there are without node-locked copies: the books keep count.
func (s *Service) howMany(ctx context.Context) (n int64, err error) {
	err = s.store.Read().NewRaw(`SELECT CAST(COALESCE(SUM(licenses), 0) AS bigint) FROM license_figures`).Scan(ctx, &n)
	return n, err
}

// checkFilter is NotFound where a filter names what is not there, or not the
// caller's.
func (s *Service) checkFilter(ctx context.Context, f LicenseFilter) error {
	if f.TemplateID != nil {
		if _, err := store.Get[entity.LicenseTemplate](ctx, s.store.Read(), *f.TemplateID); err != nil {
			return store.Missing(err, "license template", *f.TemplateID)
		}
	}
	if f.CustomerID != nil {
		c, err := store.Get[entity.Customer](ctx, s.store.Read(), *f.CustomerID)
		if err == nil && f.Only != nil && c.ID != *f.Only {
			err = store.ErrNoRow
		}
		if err != nil {
			return store.Missing(err, "customer", *f.CustomerID)
		}
	}
	if f.OrderID == nil {
		return nil
	}
	o, err := store.Get[entity.Order](ctx, s.store.Read(), *f.OrderID)
	if err == nil && f.Only != nil && (o.CustomerID == nil || *o.CustomerID != *f.Only) {
		err = store.ErrNoRow
	}
	return store.Missing(err, "order", *f.OrderID)
}

// Templates lists license templates.
func (s *Service) Templates(ctx context.Context, page entity.Page) (*entity.List[entity.LicenseTemplate], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.LicenseTemplate]{
		Chunk: largeChunk,
	}, page)
}

// ReleaseTemplates lists the license templates of a product's release.
func (s *Service) ReleaseTemplates(ctx context.Context, productID, releaseID int64, page entity.Page) (*entity.List[entity.LicenseTemplate], error) {
	r, err := store.Get[entity.Release](ctx, s.store.Read(), releaseID)
	if err == nil && r.ProductID != productID {
		err = store.ErrNoRow
	}
	if err != nil {
		return nil, store.Missing(err, "release", releaseID)
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.LicenseTemplate]{
		Chunk: largeChunk,
		Where: func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.release_id = ?", releaseID) },
	}, page)
}

// Resources lists resources; of signing keys only the public part.
func (s *Service) Resources(ctx context.Context, page entity.Page) (*entity.List[entity.Resource], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Resource]{
		Chunk: largeChunk,
	}, page)
}
