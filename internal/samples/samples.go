package samples

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/issuing"
)

// The user keys of the sample licenses.
const (
	ActivationKey = "DEMO1-ACTIV-ATION-KEY01"
	FloatingKey   = "DEMO2-FLOAT-INGXX-KEY02"
	FileKey       = "DEMO3-FILEX-XXXXX-KEY03"
)

const (
	product = `{"code": "ACME-CAD", "name": "Acme CAD", "description": "The drawing office in a box",
		"copyright": "Acme Corp.", "url": "https://acme.example"}`

	template = `{"name": "Acme CAD Professional", "licenseType": "Professional", "format": 4, "licensingMode": 2,
		"issueDate": true, "expireDays": 365, "supportDays": 365, "productId": %d,
		"features": [{"id": "render", "name": "Rendering"}, {"id": "export", "name": "DWG export"}],
		"fields": [{"name": "region", "value": "EU"}]}`
)

// licenses are the samples, as a vendor would send them.
func licenses() []string {
	return []string{
		`{"userKey": "` + ActivationKey + `", "templateId": %d, "licensingMode": 1, "maxAllowedSites": 2, "trace": true,
			"licenseeName": "Ada Byron", "licenseeCompany": "Analytical Engines"}`,
		`{"userKey": "` + FloatingKey + `", "templateId": %d, "licensingMode": 2, "maxAllowedSites": 3,
			"licenseeName": "Grace Hopper", "licenseeCompany": "Compilers & Sons"}`,
		`{"userKey": "` + FileKey + `", "templateId": %d, "licensingMode": 0, "format": 0,
			"licenseeName": "Emmy Noether", "licenseeCompany": "Invariants Ltd."}`,
	}
}

// Fill makes the sample books if there is neither a product nor a license.
// Another node may do the same at the same time; one of them comes first.
func Fill(ctx context.Context, b *books.Service, i *issuing.Service) error {
	empty, err := isEmpty(ctx, b)
	if err != nil || !empty {
		return err
	}
	err = fill(ctx, b, i)
	if fault.Is(err, fault.Duplicate) {
		return nil
	}
	return err
}

func isEmpty(ctx context.Context, b *books.Service) (bool, error) {
	products, err := b.Products(ctx, entity.Page{})
	if err != nil {
		return false, err
	}
	figures, err := b.Figures(ctx)
	if err != nil {
		return false, err
	}
	return products.Total == 0 && figures.Licenses == 0, nil
}

func fill(ctx context.Context, b *books.Service, i *issuing.Service) error {
	p, err := insert(ctx, product, b.InsertProduct)
	if err != nil {
		return err
	}
	t, err := insert(ctx, fmt.Sprintf(template, p.ID), i.InsertTemplate)
	if err != nil {
		return err
	}
	for _, text := range licenses() {
		if _, err := insert(ctx, fmt.Sprintf(text, t.ID), i.InsertLicense); err != nil {
			return err
		}
	}
	return nil
}

func insert[T any](ctx context.Context, text string, do func(context.Context, entity.Sent[T]) (*T, error)) (*T, error) {
	var sent entity.Sent[T]
	if err := json.Unmarshal([]byte(text), &sent); err != nil {
		return nil, fmt.Errorf("read a sample: %w", err)
	}
	return do(ctx, sent)
}
