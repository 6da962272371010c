package books

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Releases are the releases of one product. What they are asked about another
// product's is NotFound, and so is everything if there is no such product.
type Releases struct {
	books     *Service
	productID int64
}

// ReleasesOf is the releases of a product.
func (s *Service) ReleasesOf(productID int64) Releases { return Releases{s, productID} }

// List lists them.
func (r Releases) List(ctx context.Context, page entity.Page) (*entity.List[entity.Release], error) {
	if err := there[entity.Product](ctx, r.books.store.Read(), "product", r.productID); err != nil {
		return nil, err
	}
	return store.ReadList(ctx, r.books.store, store.Listing[entity.Release]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.product_id = ?", r.productID) },
	}, page)
}

// Insert adds one.
func (r Releases) Insert(ctx context.Context, in entity.Sent[entity.Release]) (*entity.Release, error) {
	return r.plain().insert(ctx, r.books, in)
}

// Update replaces one by what was sent.
func (r Releases) Update(ctx context.Context, in entity.Sent[entity.Release]) (*entity.Release, error) {
	return r.plain().update(ctx, r.books, in)
}

// Delete deletes one with its assemblies. License templates of it are in the way.
func (r Releases) Delete(ctx context.Context, id int64) error {
	return r.plain().delete(ctx, r.books, id)
}

func (r Releases) plain() plain[entity.Release] {
	return plain[entity.Release]{
		kind: "release",
		id:   func(v *entity.Release) *int64 { return &v.ID },
		name: func(v *entity.Release) string { return v.Version },
		before: func(ctx context.Context, tx *store.Tx, _ int64, _ *entity.Release) error {
			return there[entity.Product](ctx, tx, "product", r.productID)
		},
		mine: func(v *entity.Release) bool { return v.ProductID == r.productID },
		ready: func(_ context.Context, _ *store.Tx, next, _ *entity.Release, _ entity.Members) error {
			next.ProductID = r.productID
			return next.Validate()
		},
		holders: []store.Referrer{
			{Plural: "license templates", Count: `SELECT COUNT(*) FROM license_templates WHERE release_id = ?`},
		},
		goes: []store.Referrer{{Plural: "assemblies", Count: `SELECT COUNT(*) FROM assemblies WHERE release_id = ?`}},
	}
}

// see is NotFound unless the product has that release.
func (r Releases) see(ctx context.Context, db bun.IDB, id int64) error {
	if err := there[entity.Product](ctx, db, "product", r.productID); err != nil {
		return err
	}
	v, err := store.Get[entity.Release](ctx, db, id)
	if err == nil && v.ProductID != r.productID {
		err = store.ErrNoRow
	}
	return store.Missing(err, "release", id)
}
