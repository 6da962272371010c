package order

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/store"
)

// Insert issues a license order with an activation key of its own.
func (s *Service) Insert(ctx context.Context, in Input) (*entity.LicenseOrder, error) {
	if err := in.complete(); err != nil {
		return nil, err
	}
	tpl, generator, err := s.origin(ctx, int64(*in.TemplateID))
	if err != nil {
		return nil, err
	}
	if err := s.knownCustomer(ctx, int64(*in.CustomerID)); err != nil {
		return nil, err
	}
	var d draft
	if err := d.apply(&in.Terms, generator); err != nil {
		return nil, err
	}
	o := entity.LicenseOrder{License: &entity.License{CustomerID: (*int64)(in.CustomerID), TemplateID: &tpl.ID}}
	if err := s.change(&o, &in, d); err != nil {
		return nil, err
	}
	o.License.Features.KeepRest(tpl.Features) // what other surfaces said of them goes along
	if err := s.nameLicensee(ctx, &o); err != nil {
		return nil, err
	}
	written, err := s.issuing.InsertOrder(ctx, o)
	if err != nil {
		return nil, spelt(err)
	}
	return s.byID(ctx, written.LicenseID)
}

// Update merges what was sent into an order; lists replace those that were
// there. The activation key and the product do not change.
func (s *Service) Update(ctx context.Context, key string, in Input) (*entity.LicenseOrder, error) {
	found, err := s.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	if in.CustomerID != nil {
		if err := s.knownCustomer(ctx, int64(*in.CustomerID)); err != nil {
			return nil, err
		}
	}
	_, err = s.issuing.UpdateOrder(ctx, found.LicenseID, in.Sent(), func(o *entity.LicenseOrder) error {
		generator, err := s.retemplate(ctx, o, (*int64)(in.TemplateID))
		if err != nil {
			return err
		}
		if in.CustomerID != nil {
			o.License.CustomerID = (*int64)(in.CustomerID)
		}
		d := draft{o.OrderTerms, o.License.LicensingMode, o.License.Description, o.License.Features}
		if err := d.apply(&in.Terms, generator); err != nil {
			return err
		}
		if err := s.change(o, &in, d); err != nil {
			return err
		}
		return s.nameLicensee(ctx, o)
	})
	if err != nil {
		return nil, spelt(err)
	}
	return s.byID(ctx, found.LicenseID)
}

// change sets what was sent and judged.
func (s *Service) change(o *entity.LicenseOrder, in *Input, d draft) error {
	var c check
	o.OrderTerms = d.OrderTerms
	l := o.License
	l.LicensingMode, l.Description, l.Features = d.mode, d.description, d.features
	if in.Enabled != nil {
		l.Revoked = !*in.Enabled
	}
	if in.SettingsDescription != nil {
		o.SettingsDescription = c.text("settings_description", *in.SettingsDescription, maxText)
	}
	if in.Removal != nil && *in.Removal != o.Removal {
		o.Removal = *in.Removal
		o.RemovalRequestTime, o.RemovalConfirmationTime = entity.Time{}, entity.Time{}
		if o.Removal {
			o.RemovalRequestTime = s.now()
		}
	}
	return c.err
}

// nameLicensee makes the license name whom the order names.
func (s *Service) nameLicensee(ctx context.Context, o *entity.LicenseOrder) error {
	if o.LicenseeType == entity.LicenseeCustomer && o.License.CustomerID != nil {
		customer, err := store.Get[entity.Customer](ctx, s.store.Read(), *o.License.CustomerID)
		if err != nil {
			return fmt.Errorf("read the customer of an order: %w", err)
		}
		o.License.LicenseeName = clip(customer.ShownName())
		return nil
	}
	o.License.LicenseeName = o.LicenseeName()
	return nil
}

// clip keeps first and last names, joined, within one name's length.
func clip(name string) string {
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return name
}

// retemplate gives an order another template of its product, nil leaves it, and
// says by which generator's rules it is.
func (s *Service) retemplate(ctx context.Context, o *entity.LicenseOrder, to *int64) (hostid.Generator, error) {
	var product *int64
	generator := hostid.LMX
	if id := o.License.TemplateID; id != nil {
		tpl, g, err := s.origin(ctx, *id)
		if err != nil {
			return "", err
		}
		product, generator = tpl.ProductID, g
	}
	if to == nil || o.License.TemplateID != nil && *to == *o.License.TemplateID {
		return generator, nil
	}
	tpl, generator, err := s.origin(ctx, *to)
	if err != nil {
		return "", err
	}
	if o.License.TemplateID != nil && (product == nil) != (tpl.ProductID == nil) || product != nil && *product != *tpl.ProductID {
		return "", fault.Bad("product_template_id", "is a template of another product; the product of an order does not change")
	}
	o.License.TemplateID = to
	return generator, nil
}

// origin reads a template, and the generator of its product.
func (s *Service) origin(ctx context.Context, templateID int64) (*entity.LicenseTemplate, hostid.Generator, error) {
	tpl, err := store.Get[entity.LicenseTemplate](ctx, s.store.Read(), templateID)
	if errors.Is(err, store.ErrNoRow) {
		return nil, "", fault.Bad("product_template_id", "there is no product template %d", templateID)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the template: %w", err)
	}
	if tpl.ProductID == nil {
		return tpl, hostid.LMX, nil
	}
	product, err := store.Get[entity.Product](ctx, s.store.Read(), *tpl.ProductID)
	if err != nil {
		return nil, "", fmt.Errorf("read the product: %w", err)
	}
	return tpl, GeneratorOf(product), nil
}

// GeneratorOf is the generator of a product's licenses.
func GeneratorOf(p *entity.Product) hostid.Generator {
	if p.Generator == "" { // not made at /products
		return hostid.LMX
	}
	return hostid.Generator(p.Generator)
}

func (s *Service) knownCustomer(ctx context.Context, id int64) error {
	there, err := s.store.Read().NewSelect().Model((*entity.Customer)(nil)).Where("id = ?", id).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up the customer: %w", store.Normalise(err))
	}
	if !there {
		return fault.Bad("customer_id", "there is no customer %d", id)
	}
	return nil
}

// spelt names the member that is at fault as orders do.
func spelt(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	names := map[string]string{"customerId": "customer_id", "templateId": "product_template_id", "licenseeName": "licensee"}
	if name, ok := names[f.Field]; ok {
		return fault.Bad(name, "%s", f.Message)
	}
	if rest, ok := strings.CutPrefix(f.Field, "features["); ok {
		return fault.Bad("Features["+rest, "%s", f.Message)
	}
	return err
}

// Get finds an order by its activation key, in any case. NotFound where there is
// none.
func (s *Service) Get(ctx context.Context, key string) (*entity.LicenseOrder, error) {
	var rows []entity.LicenseOrder
	err := s.whole(&rows).Where("license.user_key IN (?, ?)", key, strings.ToUpper(key)).
		OrderExpr("license.user_key = ? DESC", key).Limit(1).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("find a license order: %w", store.Normalise(err))
	}
	if len(rows) == 0 {
		return nil, fault.New(fault.NotFound, "License order not found.")
	}
	return &rows[0], nil
}

func (s *Service) byID(ctx context.Context, id int64) (*entity.LicenseOrder, error) {
	o := new(entity.LicenseOrder)
	if err := s.whole(o).Where("?TableAlias.license_id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read license order %d: %w", id, store.Normalise(err))
	}
	return o, nil
}

// whole asks for orders with everything that their surface shows of them.
func (s *Service) whole(into any) *bun.SelectQuery {
	byID := func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") }
	return s.store.Read().NewSelect().Model(into).
		ColumnExpr("?TableColumns").
		ColumnExpr("COALESCE((SELECT p.held FROM seat_pools p WHERE p.license_id = ?TableAlias.license_id AND p.kind = ?), 0) AS activated", entity.PoolActivation).
		Relation("License", func(q *bun.SelectQuery) *bun.SelectQuery { return q.ExcludeColumn("license_key") }).
		Relation("License.Template", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Column("id", "name", "product_id", "license_file_name")
		}).
		Relation("License.Customer", func(q *bun.SelectQuery) *bun.SelectQuery { return q.ExcludeColumn("image", "meta") }).
		Relation("License.Customer.Contacts", byID).
		Relation("License.Customer.CustomTags", byID)
}
