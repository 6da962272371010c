package books

import (
	"context"
	"errors"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// productChunk is small because a product may carry a large image.
const productChunk = 32

// Products lists products.
func (s *Service) Products(ctx context.Context, page entity.Page) (*entity.List[entity.Product], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Product]{
		Chunk: productChunk,
	}, page)
}

// InsertProduct adds a product. Its code is unique where it has one.
func (s *Service) InsertProduct(ctx context.Context, in entity.Sent[entity.Product]) (*entity.Product, error) {
	return s.products().insert(ctx, s, in)
}

// UpdateProduct replaces a product by what was sent. A name left out is
// unchanged, as it cannot be empty. Licenses keep the snapshot they were issued
// with.
func (s *Service) UpdateProduct(ctx context.Context, in entity.Sent[entity.Product]) (*entity.Product, error) {
	return s.products().update(ctx, s, in)
}

// DeleteProduct deletes a product with its releases, their assemblies, and its
// places on orders. Templates of it or of a release are in the way.
func (s *Service) DeleteProduct(ctx context.Context, id int64) error {
	return s.products().delete(ctx, s, id)
}

func (s *Service) products() plain[entity.Product] {
	return plain[entity.Product]{
		kind: "product", unique: "code",
		id:   func(p *entity.Product) *int64 { return &p.ID },
		name: func(p *entity.Product) string { return p.Name },
		ready: func(ctx context.Context, tx *store.Tx, next, old *entity.Product, sent entity.Members) error {
			next.SignatureKeys, next.ProductOrders = nil, nil // relations are not written through
			next.SignatureKeysID = entity.OrNone(next.SignatureKeysID)
			next.CreatedAt = entity.TimeOf(s.clock.Read().Wall)
			if old != nil {
				next.CreatedAt = old.CreatedAt
				next.Version, next.FeatureName, next.Generator = old.Version, old.FeatureName, old.Generator
				if !sent.Has("name") {
					next.Name = old.Name
				}
			}
			if err := next.Validate(); err != nil {
				return err
			}
			return knownKey(ctx, tx, next.SignatureKeysID)
		},
		holders: []store.Referrer{
			{Plural: "license templates", Count: `SELECT COUNT(*) FROM license_templates WHERE product_id = ?`},
			{Plural: "license templates (by one of its releases)", Count: `SELECT COUNT(*) FROM license_templates
				WHERE release_id IN (SELECT id FROM releases WHERE product_id = ?)`},
		},
		goes: []store.Referrer{
			{Plural: "releases", Count: `SELECT COUNT(*) FROM releases WHERE product_id = ?`},
			{Plural: "product orders", Count: `SELECT COUNT(*) FROM product_orders WHERE product_id = ?`},
		},
	}
}

// knownKey wants a signing key; nil is none.
func knownKey(ctx context.Context, tx *store.Tx, id *int64) error {
	if id == nil {
		return nil
	}
	r, err := store.Get[entity.Resource](ctx, tx, *id)
	if errors.Is(err, store.ErrNoRow) || err == nil && !r.IsSigningKey() {
		return fault.Bad("signatureKeysId", "there is no signing key %d", *id)
	}
	return err
}
