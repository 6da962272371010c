package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// shop is two customers, each with a contact, an order and a license that has
// one token. The second customer's order is also that of a third license, which
// is the first customer's.
type shop struct {
	*store.Store
	ada, bob           entity.Customer
	adas, bobs, strays entity.License
	tokens             []entity.LicenseToken
}

func newShop(t *testing.T, url string) *shop {
	s := &shop{Store: storetest.Open(t, url), ada: entity.Customer{Company: "Ada"}, bob: entity.Customer{Company: "Bob"}}
	put(t, s.Store, &s.ada, &s.bob)
	first, second := entity.Order{OrderNumber: "1", CustomerID: &s.ada.ID}, entity.Order{OrderNumber: "2", CustomerID: &s.bob.ID}
	template := entity.LicenseTemplate{Name: "T"}
	put(t, s.Store, &first, &second, &template,
		&entity.Contact{FirstName: "a1", CustomerID: s.ada.ID}, &entity.Contact{FirstName: "a2", CustomerID: s.ada.ID},
		&entity.Contact{FirstName: "b", CustomerID: s.bob.ID})
	s.adas = entity.License{LicenseID: "L1", UserKey: "K1", CustomerID: &s.ada.ID, OrderID: &first.ID, TemplateID: &template.ID}
	s.bobs = entity.License{LicenseID: "L2", UserKey: "K2", CustomerID: &s.bob.ID, OrderID: &second.ID, TemplateID: &template.ID}
	s.strays = entity.License{LicenseID: "L3", UserKey: "K3", CustomerID: &s.ada.ID, OrderID: &second.ID}
	for i, l := range []*entity.License{&s.adas, &s.bobs, &s.strays} {
		put(t, s.Store, l)
		token := entity.LicenseToken{Kind: entity.PoolFloating, Token: l.UserKey, LicenseID: l.ID,
			IssueDate: entity.TimeOfMicros(1), ExpireDate: entity.TimeOfMicros(int64(i + 1))}
		put(t, s.Store, &token)
		s.tokens = append(s.tokens, token)
	}
	return s
}

// read lists entities as JSON; member by member as they would be shown.
func read[T any](ctx context.Context, s *store.Store, l store.Listing[T], page entity.Page) (string, error) {
	list, err := store.ReadList(ctx, s, l, page)
	if err != nil {
		return "", err
	}
	all := []T{}
	for row, err := range list.Items {
		if err != nil {
			return "", err
		}
		all = append(all, row)
	}
	text, err := json.Marshal(all)
	return string(text), err
}

func TestRelationsComeWithEachRow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newShop(t, url)
		for _, c := range []struct{ include, has, hasNot string }{
			{"", `"customer":null`, `"company"`},
			{"customer", `"company":"Bob"`, `"firstName":"b"`},
			{"Customer.CONTACTS", `"firstName":"a2"`, `"contacts":null`},
			{"order . customer.contacts, Order", `"orderNumber":"2"`, `"contacts":null`},
			{"template", `"name":"T"`, `"components":null,"assemblies":null,"fields":null,"features":null,"restrictions":null},"licensee"`},
		} {
			text, err := read(t.Context(), s.Store, store.Listing[entity.License]{}, entity.Page{Include: c.include})
			if err != nil || !strings.Contains(text, c.has) || strings.Contains(text, c.hasNot) {
				t.Errorf("include %q: %v %s", c.include, err, text)
			}
		}
		text, err := read(t.Context(), s.Store, store.Listing[entity.License]{}, entity.Page{Include: "order, customer", Select: "Id, Customer"})
		if err != nil || strings.Contains(text, "orderNumber") || strings.Contains(text, "L1") || !strings.Contains(text, "Ada") {
			t.Errorf("a relation that is not selected is read, or one that is, not: %v %s", err, text)
		}
	})
}

// queries counts what is asked of the books.
type queries struct{ n int }

func (q *queries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (q *queries) AfterQuery(context.Context, *bun.QueryEvent)                        { q.n++ }

func TestARelationIsOneQueryAChunk(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		library(t, s, 64)
		count := &queries{}
		s.Watch(count)
		text, err := read(t.Context(), s, store.Listing[entity.License]{Chunk: 1000}, entity.Page{Include: "customer.contacts", Sort: "revoked"})
		if err != nil || strings.Count(text, `"company"`) != 48 {
			t.Fatal(err, text)
		}
		if want := 1 + 1 + 2*3; count.n != want { // the total, the keys, and two chunks with two relations
			t.Errorf("%d queries, want %d", count.n, want)
		}
	})
}

func TestSecretsAreNotIncluded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		key := entity.Resource{Type: entity.ResourceRSA, Data: "public", Sealed: []byte("SECRET")}
		put(t, s, &key)
		put(t, s, &entity.Product{Name: "P", SignatureKeysID: &key.ID})
		list, err := store.ReadList(t.Context(), s, store.Listing[entity.Product]{}, entity.Page{Include: "signatureKeys"})
		if err != nil {
			t.Fatal(err)
		}
		for p, err := range list.Items {
			if err != nil || p.SignatureKeys == nil || p.SignatureKeys.Data != "public" || p.SignatureKeys.Sealed != nil {
				t.Errorf("%+v, %v", p.SignatureKeys, err)
			}
		}
	})
}

// TestACustomerSeesNothingOfOthers asks for everything that could lead to
// another customer's rows.
func TestACustomerSeesNothingOfOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newShop(t, url)
		as := entity.ForCustomer(t.Context(), s.ada.ID)
		licenses := func(page entity.Page) (string, error) {
			return read(as, s.Store, store.Listing[entity.License]{}, page)
		}
		text, err := licenses(entity.Page{Include: "customer.contacts, order.customer.contacts", Sort: "Customer.Company, id desc"})
		if err != nil || !strings.Contains(text, `"L1"`) || !strings.Contains(text, `"L3"`) || !strings.Contains(text, `"a2"`) ||
			!strings.Contains(text, `"orderNumber":"1"`) || strings.Contains(text, `"L2"`) || strings.Contains(text, "Bob") ||
			strings.Contains(text, `"orderNumber":"2"`) || strings.Contains(text, `"firstName":"b"`) {
			t.Errorf("licenses: %v %s", err, text)
		}
		for _, page := range []entity.Page{
			{Filter: `Order.OrderNumber = "2"`}, {Filter: `order.customer.company.Contains("B")`}, {Filter: "order != null"},
			{Filter: `template.name = "T"`}, {Sort: "order.orderNumber"}, {Sort: "template.name"},
			{Include: "template"}, {Select: "id, template"}, {Include: "customer, template"},
		} {
			if text, err := licenses(page); !fault.IsKind(err, fault.Invalid) {
				t.Errorf("%+v: %v %s", page, err, text)
			}
		}
		text, err = read(as, s.Store, store.Listing[entity.LicenseToken]{}, entity.Page{Filter: "license.customer.company != null", Include: "license.order"})
		if err != nil || !strings.Contains(text, `"token":"K3"`) || strings.Contains(text, "K2") || strings.Contains(text, `"orderNumber":"2"`) {
			t.Errorf("tokens: %v %s", err, text)
		}
		if text, err := read(as, s.Store, store.Listing[entity.Customer]{}, entity.Page{}); err != nil || strings.Contains(text, "Bob") {
			t.Errorf("customers: %v %s", err, text)
		}
		if _, err := read(as, s.Store, store.Listing[entity.Product]{}, entity.Page{}); !fault.IsKind(err, fault.Forbidden) {
			t.Errorf("products: %v", err)
		}
	})
}

func TestWhatIsShownIsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newShop(t, url)
		shown := store.Listing[entity.LicenseToken]{
			Shown: map[string]string{"expire_at": "?TableAlias.expire_at + 10"},
			Where: func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.id > 0") },
		}
		for _, page := range []entity.Page{
			{Filter: `expireDate > "1970-01-01T00:00:00.000011Z"`, Sort: "expireDate desc"},
			{Filter: `expireDate > "1970-01-01T00:00:00.000011Z"`, Sort: "id desc", Select: "token, expireDate"},
		} {
			text, err := read(t.Context(), s.Store, shown, page)
			if err != nil || strings.Contains(text, "K1") || !strings.Contains(text, ".000013Z") || strings.Index(text, "K3") > strings.Index(text, "K2") {
				t.Errorf("%+v: %v %s", page, err, text)
			}
		}
	})
}
