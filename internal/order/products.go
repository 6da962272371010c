package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// ProductInput is a product as it was sent; what is nil was not.
type ProductInput struct {
	Name          *string       `json:"name"`
	Version       *string       `json:"version"`
	Description   *string       `json:"description"`
	GeneratorType *string       `json:"license_generator_type"`
	GeneratorID   *entity.Whole `json:"license_generator_id"`
	FeatureName   *string       `json:"feature_name"`
}

// Product is a product with its templates.
type Product struct {
	entity.Product
	Templates []entity.LicenseTemplate // id, name and product only
}

const noProduct = "Product ID does not exist."

// BuiltInGenerator is the id of the server's own generator, of LM-X texts. It is
// the only one that there is: products of the other types have none.
const BuiltInGenerator = 1

// HasGenerator says whether the server can make the license texts of a product.
func HasGenerator(p *entity.Product) bool { return GeneratorOf(p) == hostid.LMX }

// put sets what was sent and judges the product. Type and feature name are of
// new products only.
func (in *ProductInput) put(p *entity.Product) error {
	var c check
	if in.Name != nil {
		p.Name = c.needed("name", in.Name)
	}
	if in.Version != nil {
		p.Version = c.needed("version", in.Version)
	}
	if in.Description != nil {
		p.Description = c.text("description", *in.Description, maxText)
	}
	if in.GeneratorID != nil && (*in.GeneratorID != BuiltInGenerator || !HasGenerator(p)) {
		c.bad("license_generator_id", "there is no license generator %d for %s", *in.GeneratorID, GeneratorOf(p))
	}
	if c.err != nil {
		return c.err
	}
	return p.Validate()
}

// newProduct is the product that the input asks for.
func (in *ProductInput) newProduct() (*entity.Product, error) {
	var c check
	c.needed("name", in.Name)
	c.needed("version", in.Version)
	p := &entity.Product{Generator: c.needed("license_generator_type", in.GeneratorType)}
	c.choice("license_generator_type", p.Generator, string(hostid.LMX), string(hostid.FlexNet), string(hostid.Reprise))
	p.FeatureName = c.needed("feature_name", in.FeatureName)
	c.featureName("feature_name", p.FeatureName)
	if c.err != nil {
		return nil, c.err
	}
	return p, in.put(p)
}

// InsertProduct adds a product with a template named Default.
func (s *Service) InsertProduct(ctx context.Context, in ProductInput) (*Product, error) {
	p, err := in.newProduct()
	if err != nil {
		return nil, err
	}
	p.CreatedAt = s.now()
	var id int64
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row := *p
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a product: %w", err)
		}
		id = row.ID
		if err := journal.Record(ctx, tx, s.entry(journal.Insert, "product", row.ID, "%s", row.Name)); err != nil {
			return journal.Entry{}, err
		}
		tpl := defaultTemplate(&row)
		if err := issuing.FinishTemplate(tpl, &row); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewInsert().Model(tpl).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert the Default template: %w", err)
		}
		return s.entry(journal.Insert, "licenseTemplate", tpl.ID, "%s", tpl.Name), nil
	})
	if err != nil {
		return nil, err
	}
	return s.Product(ctx, id)
}

// UpdateProduct merges what was sent into a product. The type of its generator
// and its feature name do not change; sent again as they are, they are passed
// over.
func (s *Service) UpdateProduct(ctx context.Context, id int64, in ProductInput) (*Product, error) {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		p, err := store.Lock[entity.Product](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, missing(err, noProduct)
		}
		if in.GeneratorType != nil && *in.GeneratorType != string(GeneratorOf(p)) {
			return journal.Entry{}, fault.Bad("license_generator_type", "does not change: it is %s", GeneratorOf(p))
		}
		if in.FeatureName != nil && *in.FeatureName != p.FeatureName {
			return journal.Entry{}, fault.Bad("feature_name", "does not change: it is %q", p.FeatureName)
		}
		if err := in.put(p); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewUpdate().Model(p).WherePK().Column("name", "version", "description").Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update product %d: %w", id, err)
		}
		return s.entry(journal.Update, "product", id, "%s", p.Name), nil
	})
	if err != nil {
		return nil, err
	}
	return s.Product(ctx, id)
}

// Product reads a product.
func (s *Service) Product(ctx context.Context, id int64) (*Product, error) {
	found, err := s.products(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", id) })
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, noProduct)
	}
	return &found[0], nil
}

// Products lists products, the oldest first, a page at a time. name is part of
// theirs, in any case; "" is all.
func (s *Service) Products(ctx context.Context, skip int64, name string) ([]Product, error) {
	n, err := offset(skip)
	if err != nil {
		return nil, err
	}
	return s.products(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		if name != "" {
			q = q.Where(s.contains("name"), lower(name))
		}
		return q.Order("id").Offset(n).Limit(PageSize)
	})
}

func (s *Service) products(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Product, error) {
	var rows []entity.Product
	if err := which(s.store.Read().NewSelect().Model(&rows).ExcludeColumn("image", "meta")).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read products: %w", store.Normalise(err))
	}
	found, ids, place := make([]Product, len(rows)), make([]int64, len(rows)), make(map[int64]int, len(rows))
	for i, row := range rows {
		found[i].Product, ids[i], place[row.ID] = row, row.ID, i
	}
	if len(ids) == 0 {
		return found, nil
	}
	var templates []entity.LicenseTemplate
	err := s.store.Read().NewSelect().Model(&templates).Column("id", "name", "product_id").Where("product_id IN (?)", bun.List(ids)).Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the templates of products: %w", store.Normalise(err))
	}
	for _, t := range templates {
		p := &found[place[*t.ProductID]]
		p.Templates = append(p.Templates, t)
	}
	return found, nil
}

// product reads the row of a product that a path names.
func (s *Service) product(ctx context.Context, id int64) (*entity.Product, error) {
	p, err := store.Get[entity.Product](ctx, s.store.Read(), id)
	if errors.Is(err, store.ErrNoRow) {
		return nil, fault.New(fault.NotFound, noProduct)
	}
	return p, err
}
