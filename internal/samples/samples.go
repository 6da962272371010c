package samples

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/issuing"
)

// The user keys of the sample licenses.
const (
	ActivationKey = "DEMO1-ACTIV-ATION-KEY01"
	FloatingKey   = "DEMO2-FLOAT-INGXX-KEY02"
	FileKey       = "DEMO3-FILE0-00000-KEY03"
)

const (
	customerCode = "C-ANALYTIC"
	orderNumber  = "O-ENGINE01"

	customerText = `{"code": "` + customerCode + `", "company": "Analytical Engines", "firstName": "Ada", "lastName": "Byron",
		"email": "ada@example.com", "city": "London", "contacts": [{"firstName": "Charles", "email": "charles@example.com", "notify": true}]}`

	orderText = `{"orderNumber": "` + orderNumber + `", "customerId": %d, "status": "paid", "total": 499, "currency": "EUR"}`

	productCode  = "ACME-CAD"
	templateName = "Acme CAD Professional"

	productText = `{"code": "` + productCode + `", "name": "Acme CAD", "description": "The drawing office in a box",
		"copyright": "Acme Corp.", "url": "https://acme.example"}`

	templateText = `{"name": "` + templateName + `", "licenseType": "Professional", "format": 4, "licensingMode": 2,
		"issueDate": true, "expireDays": 365, "supportDays": 365, "productId": %d,
		"features": [{"id": "render", "name": "Rendering"}, {"id": "export", "name": "DWG export"}],
		"fields": [{"name": "region", "value": "EU"}]}`
)

// licenses are the samples, as a vendor would send them.
func licenses() []string {
	return []string{
		`{"userKey": "` + ActivationKey + `", "templateId": {template}, "licensingMode": 1, "maxAllowedSites": 2, "trace": true,
			"licenseeName": "Ada Byron", "licenseeCompany": "Analytical Engines", "customerId": {customer}, "orderId": {order}}`,
		`{"userKey": "` + FloatingKey + `", "templateId": {template}, "licensingMode": 2, "maxAllowedSites": 3,
			"licenseeName": "Grace Hopper", "licenseeCompany": "Compilers & Sons"}`,
		`{"userKey": "` + FileKey + `", "templateId": {template}, "licensingMode": 0, "format": 0,
			"licenseeName": "Emmy Noether", "licenseeCompany": "Invariants Ltd."}`,
	}
}

// Fill makes the sample books if there is no other product or license. What
// an interrupted start, or another node at the same time, has made of them is
// completed.
func Fill(ctx context.Context, b *books.Service, i *issuing.Service) error {
	product, only, err := sampleProduct(ctx, b)
	if err != nil || !only {
		return err
	}
	template, only, err := sampleTemplate(ctx, i)
	if err != nil || !only {
		return err
	}
	if product == nil {
		if product, err = insert(ctx, productText, b.InsertProduct); err != nil {
			return ignoreTaken(err)
		}
	}
	if template == nil {
		if template, err = insert(ctx, fmt.Sprintf(templateText, product.ID), i.InsertTemplate); err != nil {
			return err
		}
	}
	order, err := sampleOrder(ctx, b)
	if err != nil {
		return err
	}
	ids := strings.NewReplacer("{template}", fmt.Sprint(template.ID), "{customer}", fmt.Sprint(*order.CustomerID), "{order}", fmt.Sprint(order.ID))
	for _, text := range licenses() {
		if _, err := insert(ctx, ids.Replace(text), i.InsertLicense); ignoreTaken(err) != nil {
			return err
		}
	}
	return nil
}

// sampleOrder makes the sample customer and its order, or finds them.
func sampleOrder(ctx context.Context, b *books.Service) (*entity.Order, error) {
	customer, err := insert(ctx, customerText, b.InsertCustomer)
	if fault.Is(err, fault.Duplicate) {
		customer, err = find(ctx, func(ctx context.Context, page entity.Page) (*entity.List[entity.Customer], error) {
			return b.Customers(ctx, nil, page)
		}, func(c *entity.Customer) bool { return c.Code == customerCode })
	}
	if err != nil {
		return nil, err
	}
	order, err := insert(ctx, fmt.Sprintf(orderText, customer.ID), b.InsertOrder)
	if fault.Is(err, fault.Duplicate) {
		order, err = find(ctx, func(ctx context.Context, page entity.Page) (*entity.List[entity.Order], error) {
			return b.Orders(ctx, books.OrderFilter{CustomerID: &customer.ID}, page)
		}, func(o *entity.Order) bool { return o.OrderNumber == orderNumber })
	}
	return order, err
}

// find is the first of a list that is it.
func find[T any](ctx context.Context, list func(context.Context, entity.Page) (*entity.List[T], error), it func(*T) bool) (*T, error) {
	all, err := list(ctx, entity.Page{})
	if err != nil {
		return nil, err
	}
	for v, err := range all.Items {
		if err != nil || it(&v) {
			return &v, err
		}
	}
	return nil, fault.New(fault.Conflict, "a sample was changed while it was being made")
}

// ignoreTaken passes over a sample that is there already.
func ignoreTaken(err error) error {
	if fault.Is(err, fault.Duplicate) {
		return nil
	}
	return err
}

// sampleProduct is the sample product, nil if it is not there, and whether
// there is no other.
func sampleProduct(ctx context.Context, b *books.Service) (found *entity.Product, only bool, err error) {
	all, err := b.Products(ctx, entity.Page{})
	if err != nil {
		return nil, false, err
	}
	for p, err := range all.Items {
		if err != nil || p.Code != productCode {
			return nil, false, err
		}
		found = &p
	}
	return found, true, nil
}

// sampleTemplate is likewise; a license that is no sample counts as well.
func sampleTemplate(ctx context.Context, i *issuing.Service) (found *entity.LicenseTemplate, only bool, err error) {
	all, err := i.Templates(ctx, entity.Page{})
	if err != nil {
		return nil, false, err
	}
	for t, err := range all.Items {
		if err != nil || t.Name != templateName {
			return nil, false, err
		}
		found = &t
	}
	issued, err := i.Licenses(ctx, issuing.LicenseFilter{}, entity.Page{})
	if err != nil {
		return nil, false, err
	}
	for l, err := range issued.Items {
		if err != nil || !slices.Contains([]string{ActivationKey, FloatingKey, FileKey}, l.UserKey) {
			return nil, false, err
		}
	}
	return found, true, nil
}

func insert[T any](ctx context.Context, text string, do func(context.Context, entity.Sent[T]) (*T, error)) (*T, error) {
	var sent entity.Sent[T]
	if err := json.Unmarshal([]byte(text), &sent); err != nil {
		return nil, fmt.Errorf("read a sample: %w", err)
	}
	return do(ctx, sent)
}
