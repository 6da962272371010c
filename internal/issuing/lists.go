package issuing

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// largeChunk is small because one of these rows may be a megabyte or two.
const largeChunk = 32

// LicenseFilter narrows a list of licenses; what is nil does not.
type LicenseFilter struct {
	TemplateID *int64
	CustomerID *int64
}

// Licenses lists licenses. Node-locked copies are not among them.
func (s *Service) Licenses(ctx context.Context, f LicenseFilter, page entity.Page) (*entity.List[entity.License], error) {
	if f.TemplateID != nil {
		if _, err := store.Get[entity.LicenseTemplate](ctx, s.store.Read(), *f.TemplateID); err != nil {
			return nil, missing(err, "license template", *f.TemplateID)
		}
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.License]{
		Chunk: largeChunk,
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("?TableAlias.parent_id IS NULL")
			if f.TemplateID != nil {
				q = q.Where("?TableAlias.template_id = ?", *f.TemplateID)
			}
			if f.CustomerID != nil {
				q = q.Where("?TableAlias.customer_id = ?", *f.CustomerID)
			}
			return q
		},
	}, page)
}

// Templates lists license templates.
func (s *Service) Templates(ctx context.Context, page entity.Page) (*entity.List[entity.LicenseTemplate], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.LicenseTemplate]{
		Chunk: largeChunk,
	}, page)
}

// Resources lists resources; of signing keys only the public part.
func (s *Service) Resources(ctx context.Context, page entity.Page) (*entity.List[entity.Resource], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Resource]{
		Chunk: largeChunk,
	}, page)
}
