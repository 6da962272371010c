package books

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
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
	p, err := s.sentProduct(ctx, in.Value)
	if err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p.CreatedAt = entity.TimeOf(s.clock.Read().Wall)
	var row entity.Product
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = p
		row.ID = 0
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a product: %w", err)
		}
		return s.entry(journal.Insert, "product", row.ID, "%s", row.Name), nil
	})
	if err != nil {
		return nil, productFault(err)
	}
	return &row, nil
}

// UpdateProduct replaces a product by what was sent. A name left out is
// unchanged, as it cannot be empty. Licenses keep the snapshot they were issued
// with.
func (s *Service) UpdateProduct(ctx context.Context, in entity.Sent[entity.Product]) (*entity.Product, error) {
	sent, err := s.sentProduct(ctx, in.Value)
	if err != nil {
		return nil, err
	}
	var next entity.Product
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		old, err := store.Lock[entity.Product](ctx, tx, sent.ID)
		if err != nil {
			return journal.Entry{}, missing(err, "product", sent.ID)
		}
		next = sent
		next.CreatedAt = old.CreatedAt
		if !in.Members.Has("name") {
			next.Name = old.Name
		}
		if err := next.Validate(); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewUpdate().Model(&next).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update product %d: %w", next.ID, err)
		}
		return s.entry(journal.Update, "product", next.ID, "%s; sent %s", next.Name, strings.Join(in.Members.Names(), " ")), nil
	})
	if err != nil {
		return nil, productFault(err)
	}
	return &next, nil
}

// sentProduct clears the relations, which are not written through, and looks
// up the signing key. A key id of 0 is none.
func (s *Service) sentProduct(ctx context.Context, p entity.Product) (entity.Product, error) {
	p.SignatureKeys, p.ProductOrders = nil, nil
	if p.SignatureKeysID == nil || *p.SignatureKeysID == 0 {
		p.SignatureKeysID = nil
		return p, nil
	}
	id := *p.SignatureKeysID
	r, err := store.Get[entity.Resource](ctx, s.store.Read(), id)
	if errors.Is(err, store.ErrNoRow) || err == nil && !r.IsSigningKey() {
		return p, fault.Bad("signatureKeysId", "there is no signing key %d", id)
	}
	return p, err
}

// productFault names the member behind what the books refused.
func productFault(err error) error {
	switch {
	case errors.Is(err, store.ErrDuplicate):
		return fault.Taken("code")
	case errors.Is(err, store.ErrReference):
		return fault.Bad("signatureKeysId", "the signing key was deleted meanwhile")
	}
	return err
}

// DeleteProduct deletes a product. Templates of it are in the way.
func (s *Service) DeleteProduct(ctx context.Context, id int64) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		p, err := store.Lock[entity.Product](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, missing(err, "product", id)
		}
		templates, err := tx.NewSelect().Model((*entity.LicenseTemplate)(nil)).Where("product_id = ?", id).Count(ctx)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("count the templates of product %d: %w", id, err)
		}
		if templates > 0 {
			return journal.Entry{}, inUse(id, templates)
		}
		if _, err := tx.NewDelete().Model(p).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("delete product %d: %w", id, err)
		}
		return s.entry(journal.Delete, "product", id, "%s", p.Name), nil
	})
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "product %d is in use", id)
	}
	return err
}

func inUse(id, templates int64) error {
	return fault.New(fault.Conflict, "product %d is in use: license templates that refer to it: %d", id, templates)
}
