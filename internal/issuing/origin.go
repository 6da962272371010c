package issuing

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// origin is what a license comes from; either may be nil.
type origin struct {
	template *entity.LicenseTemplate
	product  *entity.Product
}

// originOf reads the template of a license, and its product: the template's, or
// the one whose code the license's product names.
func (s *Service) originOf(ctx context.Context, lic *entity.License) (o origin, err error) {
	if lic.TemplateID != nil {
		o.template, err = store.Get[entity.LicenseTemplate](ctx, s.store.Read(), *lic.TemplateID)
		if errors.Is(err, store.ErrNoRow) {
			return o, fault.Bad("templateId", "there is no license template %d", *lic.TemplateID)
		}
		if err != nil {
			return o, fmt.Errorf("read the template: %w", err)
		}
	}
	switch {
	case o.template != nil && o.template.ProductID != nil:
		o.product, err = store.Get[entity.Product](ctx, s.store.Read(), *o.template.ProductID)
	case lic.Product != nil && lic.Product.ID != "":
		o.product, err = s.productByCode(ctx, lic.Product.ID)
	}
	if errors.Is(err, store.ErrNoRow) {
		return o, nil // a snapshot of something that the books do not know
	}
	return o, err
}

func (s *Service) productByCode(ctx context.Context, code string) (*entity.Product, error) {
	p := new(entity.Product)
	if err := s.store.Read().NewSelect().Model(p).Where("code = ?", code).Scan(ctx); err != nil {
		return nil, fmt.Errorf("find the product by its code: %w", store.Normalise(err))
	}
	return p, nil
}

// keyIDs are the signing keys that the origin names, nearest first.
func (o origin) keyIDs() []int64 {
	var ids []int64
	if o.template != nil && o.template.SignatureKeysID != nil {
		ids = append(ids, *o.template.SignatureKeysID)
	}
	if o.product != nil && o.product.SignatureKeysID != nil {
		ids = append(ids, *o.product.SignatureKeysID)
	}
	return ids
}

// snapshot completes what a license or template says of its product from the
// books; nil when neither knows anything. A snapshot that names another product
// is left as it is.
func snapshot(said *entity.ProductInfo, from *entity.Product) *entity.ProductInfo {
	if from == nil {
		return said
	}
	var p entity.ProductInfo
	if said != nil {
		p = *said
	}
	if p.ID != "" && p.ID != from.Code {
		return said
	}
	p.ID = from.Code
	p.Name = cmp.Or(p.Name, from.Name)
	p.Version = cmp.Or(p.Version, from.Version)
	p.Copyright = cmp.Or(p.Copyright, from.Copyright)
	p.URL = cmp.Or(p.URL, from.URL)
	p.Description = cmp.Or(p.Description, from.Description)
	return &p
}

// options is how documents of the origin are written.
func (o origin) options() []document.Option {
	if o.template != nil && o.template.GenerateKeyInfo {
		return []document.Option{document.WithKeyValue()}
	}
	return nil
}
