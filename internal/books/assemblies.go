package books

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Assemblies are all assemblies, or those of one release. What they are asked
// about one that is not among them is NotFound.
type Assemblies struct {
	books   *Service
	of      Releases
	release *int64 // nil: all
}

// Assemblies is all assemblies. One that is inserted here stands alone.
func (s *Service) Assemblies() Assemblies { return Assemblies{books: s} }

// AssembliesOf is the assemblies of a product's release.
func (s *Service) AssembliesOf(productID, releaseID int64) Assemblies {
	return Assemblies{s, s.ReleasesOf(productID), &releaseID}
}

// List lists them.
func (a Assemblies) List(ctx context.Context, page entity.Page) (*entity.List[entity.Assembly], error) {
	if err := a.parent(ctx, a.books.store.Read()); err != nil {
		return nil, err
	}
	return store.ReadList(ctx, a.books.store, store.Listing[entity.Assembly]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			if a.release == nil {
				return q
			}
			return q.Where("?TableAlias.release_id = ?", *a.release)
		},
	}, page)
}

// Insert adds one.
func (a Assemblies) Insert(ctx context.Context, in entity.Sent[entity.Assembly]) (*entity.Assembly, error) {
	return a.plain().insert(ctx, a.books, in)
}

// Update replaces one by what was sent; it stays with its release.
func (a Assemblies) Update(ctx context.Context, in entity.Sent[entity.Assembly]) (*entity.Assembly, error) {
	return a.plain().update(ctx, a.books, in)
}

// Delete deletes one.
func (a Assemblies) Delete(ctx context.Context, id int64) error {
	return a.plain().delete(ctx, a.books, id)
}

// parent is NotFound unless the release is there and of its product.
func (a Assemblies) parent(ctx context.Context, db bun.IDB) error {
	if a.release == nil {
		return nil
	}
	return a.of.see(ctx, db, *a.release)
}

func (a Assemblies) plain() plain[entity.Assembly] {
	return plain[entity.Assembly]{
		kind:   "assembly",
		id:     func(v *entity.Assembly) *int64 { return &v.ID },
		name:   func(v *entity.Assembly) string { return v.Name },
		before: func(ctx context.Context, tx *store.Tx, _ int64, _ *entity.Assembly) error { return a.parent(ctx, tx) },
		mine: func(v *entity.Assembly) bool {
			return a.release == nil || v.ReleaseID != nil && *v.ReleaseID == *a.release
		},
		ready: func(ctx context.Context, tx *store.Tx, next, old *entity.Assembly, _ entity.Members) error {
			next.ReleaseID, next.MappingFileID = a.release, entity.OrNone(next.MappingFileID)
			if old != nil {
				next.ReleaseID = old.ReleaseID
			}
			if err := next.Validate(); err != nil {
				return err
			}
			return known[entity.Resource](ctx, tx, "mappingFileId", "resource", next.MappingFileID)
		},
	}
}
