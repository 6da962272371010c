package orders

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
)

// operations is the table of the surface.
func operations(d Deps) []httpx.Operation {
	const (
		get, post, patch = http.MethodGet, http.MethodPost, http.MethodPatch
		customer         = "/customers/{customer_id}"
		product          = "/products/{product_id}"
		templates        = product + "/product-templates"
		one              = "/license-orders/{activation_key}"
	)
	s, r := surface{d.Orders, d.Identity}, roleGroups()
	return []httpx.Operation{
		op(post, "/auth/tokens", "Get a token", httpx.Public(), s.logIn).WithID("vendor-token").WithDescription(
			"For Administrator, LicenseManager and Sales. The token goes into Authorization: Bearer and lives for 3 hours, used or not."),
		op(get, "/activation-counters", "Read the account's activations", r.staff, s.counters).WithID("activation-counters"),

		op(post, "/customers", "Create a customer", r.sellers, s.insertCustomer).WithID("vendor-customers-create"),
		op(get, "/customers", "List customers", r.sellers, s.customers).WithID("vendor-customers-read"),
		op(get, customer, "Read a customer", r.sellers, s.customer).WithID("vendor-customers-read-one"),
		op(patch, customer, "Change a customer", r.sellers, s.updateCustomer).WithID("vendor-customers-patch"),

		op(post, "/products", "Create a product with its Default template", r.keepers, s.insertProduct).WithID("vendor-products-create"),
		op(get, "/products", "List products", r.keepers, s.products).WithID("vendor-products-read"),
		op(get, product, "Read a product", r.keepers, s.product).WithID("vendor-products-read-one"),
		op(patch, product, "Change a product", r.keepers, s.updateProduct).WithID("vendor-products-patch"),
		op(get, templates, "List the templates of a product", r.keepers, s.templates).WithID("vendor-product-templates-read"),
		op(post, templates, "Create a template of a product", r.keepers, s.insertTemplate).WithID("vendor-product-templates-create"),
		op(get, templates+"/{product_template_id}", "Read a template of a product", r.keepers, s.template).WithID("vendor-product-templates-read-one"),

		op(post, "/license-orders", "Create a license order", r.staff, s.insertOrder),
		op(get, "/license-orders", "List license orders", r.staff, s.orders),
		op(get, one, "Read a license order", r.staff, s.order),
		op(patch, one, "Change a license order", r.staff, s.updateOrder).WithDescription(
			"What is left out or null stays; Hostids and Features replace those that were there. The product does not change. Licenses that were generated stay as they are."),
		op(get, one+"/licenses", "List the active licenses of a license order", r.staff, s.orderLicenses),
		op(get, "/licenses", "List active licenses", r.staff, s.licenses).WithID("vendor-licenses-read"),
	}
}

// surface is what the operations share.
type surface struct {
	books *order.Service
	ids   logins
}

func (s surface) counters(ctx context.Context, _ *struct{}) (*countersAnswer, error) {
	v, err := s.books.Counters(ctx)
	return answer(showCounters, v, err)
}

type customerPath struct {
	ID int64 `path:"customer_id"`
}

type customerQuery struct {
	Offset   int64  `query:"offset"`
	Name     string `query:"name"`
	Email    string `query:"email"`
	TagName  string `query:"custom_tag_name"`
	TagValue string `query:"custom_tag_value"`
}

type customerPatch struct {
	ID   int64               `path:"customer_id" json:"-"`
	Body order.CustomerInput `body:""`
}

func (s surface) insertCustomer(ctx context.Context, in *order.CustomerInput) (*customerAnswer, error) {
	v, err := s.books.InsertCustomer(ctx, *in)
	return answer(showCustomer, v, err)
}

func (s surface) customers(ctx context.Context, q *customerQuery) (*[]customerAnswer, error) {
	v, err := s.books.Customers(ctx, order.CustomerFilter(*q))
	return answers(showCustomer, v, err)
}

func (s surface) customer(ctx context.Context, q *customerPath) (*customerAnswer, error) {
	v, err := s.books.Customer(ctx, q.ID)
	return answer(showCustomer, v, err)
}

func (s surface) updateCustomer(ctx context.Context, q *customerPatch) (*customerAnswer, error) {
	v, err := s.books.UpdateCustomer(ctx, q.ID, q.Body)
	return answer(showCustomer, v, err)
}

type productPath struct {
	ID int64 `path:"product_id"`
}

type productQuery struct {
	Offset int64  `query:"offset"`
	Name   string `query:"name"`
}

type productPatch struct {
	ID   int64              `path:"product_id" json:"-"`
	Body order.ProductInput `body:""`
}

func (s surface) insertProduct(ctx context.Context, in *order.ProductInput) (*productAnswer, error) {
	v, err := s.books.InsertProduct(ctx, *in)
	return answer(showProduct, v, err)
}

func (s surface) products(ctx context.Context, q *productQuery) (*[]productAnswer, error) {
	v, err := s.books.Products(ctx, q.Offset, q.Name)
	return answers(showProduct, v, err)
}

func (s surface) product(ctx context.Context, q *productPath) (*productAnswer, error) {
	v, err := s.books.Product(ctx, q.ID)
	return answer(showProduct, v, err)
}

func (s surface) updateProduct(ctx context.Context, q *productPatch) (*productAnswer, error) {
	v, err := s.books.UpdateProduct(ctx, q.ID, q.Body)
	return answer(showProduct, v, err)
}

type templateNew struct {
	ID   int64               `path:"product_id" json:"-"`
	Body order.TemplateInput `body:""`
}

type templatePath struct {
	ProductID int64 `path:"product_id"`
	ID        int64 `path:"product_template_id"`
}

func (s surface) insertTemplate(ctx context.Context, q *templateNew) (*templateAnswer, error) {
	v, err := s.books.InsertTemplate(ctx, q.ID, q.Body)
	return answer(showTemplate, v, err)
}

func (s surface) templates(ctx context.Context, q *productPath) (*[]templateAnswer, error) {
	v, err := s.books.Templates(ctx, q.ID)
	return answers(showTemplate, v, err)
}

func (s surface) template(ctx context.Context, q *templatePath) (*templateAnswer, error) {
	v, err := s.books.Template(ctx, q.ProductID, q.ID)
	return answer(showTemplate, v, err)
}

type orderPath struct {
	Key string `path:"activation_key"`
}

type orderQuery struct {
	Offset        int64  `query:"offset"`
	Key           string `query:"activation_key" doc:"part of it"`
	Customers     string `query:"customer_ids" doc:"ids with commas between; goes with customer_ids_exclude"`
	Exclude       *bool  `query:"customer_ids_exclude"`
	Templates     string `query:"product_template_ids" doc:"ids with commas between"`
	CreatedAfter  string `query:"created_date_after" doc:"inclusive"`
	CreatedBefore string `query:"created_date_before" doc:"inclusive"`
	Disabled      bool   `query:"disabled" doc:"true: only disabled ones"`
}

type orderPatch struct {
	Key  string      `path:"activation_key" json:"-"`
	Body order.Input `body:""`
}

func (s surface) insertOrder(ctx context.Context, in *order.Input) (*orderAnswer, error) {
	v, err := s.books.Insert(ctx, *in)
	return answer(showOrder, v, err)
}

func (s surface) orders(ctx context.Context, q *orderQuery) (*[]orderAnswer, error) {
	v, err := s.books.List(ctx, order.Filter(*q))
	return answers(showOrder, v, err)
}

func (s surface) order(ctx context.Context, q *orderPath) (*orderAnswer, error) {
	v, err := s.books.Get(ctx, q.Key)
	return answer(showOrder, v, err)
}

func (s surface) updateOrder(ctx context.Context, q *orderPatch) (*orderAnswer, error) {
	v, err := s.books.Update(ctx, q.Key, q.Body)
	return answer(showOrder, v, err)
}

type orderLicensesQuery struct {
	Key    string `path:"activation_key"`
	Offset int64  `query:"offset"`
}

type licensesQuery struct {
	Offset        int64  `query:"offset"`
	Key           string `query:"activation_key"`
	ExpiresAfter  string `query:"expiration_date_after" doc:"inclusive; goes with expiration_date_before"`
	ExpiresBefore string `query:"expiration_date_before" doc:"inclusive"`
}

func (s surface) orderLicenses(ctx context.Context, q *orderLicensesQuery) (*[]licenseAnswer, error) {
	v, err := s.books.OrderActivations(ctx, q.Key, q.Offset)
	return answers(showLicense, v, err)
}

func (s surface) licenses(ctx context.Context, q *licensesQuery) (*[]licenseAnswer, error) {
	v, err := s.books.Activations(ctx, order.ActivationFilter(*q))
	return answers(showLicense, v, err)
}

// answer shows a thing, unless there is an error instead.
func answer[T, A any](show func(*T) A, v *T, err error) (*A, error) {
	if err != nil {
		return nil, err
	}
	a := show(v)
	return &a, nil
}

// answers is answer for each of a list.
func answers[T, A any](show func(*T) A, list []T, err error) (*[]A, error) {
	if err != nil {
		return nil, err
	}
	all := make([]A, len(list))
	for i := range list {
		all[i] = show(&list[i])
	}
	return &all, nil
}
