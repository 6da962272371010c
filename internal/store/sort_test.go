package store_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// put inserts rows.
func put(t testing.TB, s *store.Store, rows ...any) {
	t.Helper()
	err := s.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, row := range rows {
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sortable are members of a license, with what the rows hold of them; nil is
// null.
func sortable() map[string]func(l *entity.License) any {
	ofCustomer := func(member func(c *entity.Customer) any) func(l *entity.License) any {
		return func(l *entity.License) any {
			if l.Customer == nil {
				return nil
			}
			return member(l.Customer)
		}
	}
	moment := func(t entity.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.Micros()
	}
	return map[string]func(l *entity.License) any{
		"id":          func(l *entity.License) any { return l.ID },
		"LicenseId":   func(l *entity.License) any { return l.LicenseID },
		"userKey":     func(l *entity.License) any { return l.UserKey },
		"description": func(l *entity.License) any { return l.Description },
		"ExpireDate":  func(l *entity.License) any { return moment(l.ExpireDate) },
		"revoked":     func(l *entity.License) any { return map[bool]int64{true: 1}[l.Revoked] },
		"Format":      func(l *entity.License) any { return int64(l.Format) },
		"maxAllowedSites": func(l *entity.License) any {
			if l.MaxAllowedSites == nil {
				return nil
			}
			return *l.MaxAllowedSites
		},
		"Product.Name": func(l *entity.License) any {
			if l.Product == nil {
				return nil
			}
			return l.Product.Name
		},
		"Customer.Company":        ofCustomer(func(c *entity.Customer) any { return c.Company }),
		"customer.mapZoomLevel":   ofCustomer(func(c *entity.Customer) any { return c.MapZoomLevel }),
		"CUSTOMER.CREATEDAT":      ofCustomer(func(c *entity.Customer) any { return moment(c.CreatedAt) }),
		"Order.Customer.Company":  func(*entity.License) any { return nil },
		"template.product.name":   func(*entity.License) any { return nil },
		"licensee.company":        func(*entity.License) any { return nil },
		"Customer.UpdatedAt":      func(*entity.License) any { return nil },
		"customer . mapZoomLevel": ofCustomer(func(c *entity.Customer) any { return c.MapZoomLevel }),
	}
}

// library are licenses whose members have few values, with nulls and ties and
// what engines are known to sort in ways of their own.
func library(t testing.TB, s *store.Store, n int) []*entity.License {
	texts := []string{"", "a", "A", "b", "ä", "Z", "\U0001F600", "\uFFFD", "a'b", "a?b", `"`, " a", "10", "9"}
	floats := []float64{0, 0.1, -0.1, 1.0 / 3, 2.0 / 3, math.Nextafter(2.0/3, 1), 123456.789, 1e300, 5e-324, -1e-7, 7, math.MaxFloat64, 0.30000000000000004}
	var customers []*entity.Customer
	for i := range floats {
		c := &entity.Customer{Company: texts[i%5], MapZoomLevel: floats[i]}
		if i%3 > 0 {
			c.CreatedAt = entity.TimeOfMicros(int64(i%3) * 1e15)
		}
		customers = append(customers, c)
		put(t, s, c)
	}
	var all []*entity.License
	for i := range n {
		l := &entity.License{
			LicenseID: fmt.Sprintf("lic%03d", i*7919%1000), UserKey: fmt.Sprint("key", i), Description: texts[i*5%len(texts)],
			Revoked: i%2 == 0, Format: entity.Format(i % 3),
		}
		if i%4 > 0 {
			l.Customer = customers[i*3%len(customers)]
			l.CustomerID = &l.Customer.ID
			l.ExpireDate = entity.TimeOfMicros(int64(i%5-2) * 1e12)
		}
		if i%3 > 0 {
			l.Product = &entity.ProductInfo{Name: texts[i%len(texts)]}
			l.MaxAllowedSites = []*int64{new(int64), ptr(math.MaxInt64), ptr(5)}[i%3]
		}
		all = append(all, l)
		put(t, s, l)
	}
	return all
}

func ptr(n int64) *int64 { return &n }

// compare puts null first.
func compare(a, b any) int {
	switch a := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return -1
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case float64:
		if b, ok := b.(float64); ok {
			return cmp.Compare(a, b)
		}
	}
	return 1 // b is null
}

type filter struct {
	text  string
	holds func(l *entity.License) bool
}

// filters are some of which parts may be left for an index to find.
func filters() []filter {
	epoch := entity.TimeOfMicros(0).Std()
	return []filter{
		{"Revoked", func(l *entity.License) bool { return l.Revoked }},
		{"Revoked = true and Format != 1", func(l *entity.License) bool { return l.Revoked && l.Format != 1 }},
		{`ExpireDate > "1970-01-01" and (LicenseId < "lic5" or Revoked)`, func(l *entity.License) bool {
			return l.ExpireDate.Std().After(epoch) && (l.LicenseID < "lic5" || l.Revoked)
		}},
		{`ExpireDate = null and userKey >= "key3" and customerId = null`, func(l *entity.License) bool {
			return l.ExpireDate.IsZero() && l.UserKey >= "key3" && l.CustomerID == nil
		}},
		{`customerId = 2 and id > 5`, func(l *entity.License) bool { return l.CustomerID != nil && *l.CustomerID == 2 && l.ID > 5 }},
		{`"lic3" <= LicenseId and LicenseId.Contains("5")`, func(l *entity.License) bool {
			return l.LicenseID >= "lic3" && strings.Contains(l.LicenseID, "5")
		}},
		{"id < 0", func(*entity.License) bool { return false }},
	}
}

// TestAListIsSortedAsInMemory compares random sorts, skips and takes, read in
// chunks of few rows, with a sort of the same rows in memory.
func TestAListIsSortedAsInMemory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		all := library(t, s, 60)
		members := sortable()
		names := make([]string, 0, len(members))
		for name := range members {
			names = append(names, name)
		}
		slices.Sort(names)
		rapid.Check(t, func(t *rapid.T) {
			var keys []string
			want := slices.Clone(all)
			byID := func(a, b *entity.License) int { return cmp.Compare(a.ID, b.ID) }
			order := byID
			for i := rapid.IntRange(0, 5).Draw(t, "keys"); i > 0; i-- {
				name := rapid.SampledFrom(names).Draw(t, "member")
				way := rapid.SampledFrom([]string{"", " asc", " Ascending", " desc", " DESCENDING "}).Draw(t, "way")
				keys = append([]string{name + way}, keys...)
				member, before := members[name], order
				sign := 1
				if strings.Contains(strings.ToLower(way), "desc") {
					sign = -1
				}
				order = func(a, b *entity.License) int {
					return cmp.Or(sign*compare(member(a), member(b)), before(a, b))
				}
			}
			slices.SortFunc(want, order)
			page := entity.Page{Sort: strings.Join(keys, " , ")}
			listing := store.Listing[entity.License]{
				Chunk: rapid.Int64Range(1, 20).Draw(t, "chunk"), KeyChunk: rapid.Int64Range(1, 20).Draw(t, "key chunk"),
				Names: rapid.SampledFrom([][]string{nil, {"license_id", "user_key"}}).Draw(t, "names"),
				Only:  rapid.SampledFrom([]string{"", "parent_id IS NULL"}).Draw(t, "only"),
				Few:   rapid.SampledFrom([]int64{0, 1, 20}).Draw(t, "few"), // each way of reading keys
			}
			if rapid.Bool().Draw(t, "filters") {
				filter := rapid.SampledFrom(filters()).Draw(t, "filter")
				page.Filter = filter.text
				want = slices.DeleteFunc(want, func(l *entity.License) bool { return !filter.holds(l) })
			}
			if rapid.IntRange(0, 3).Draw(t, "of") == 0 {
				listing.Of = []store.Parent{{Column: "customer_id", ID: 1}}
				want = slices.DeleteFunc(want, func(l *entity.License) bool { return l.CustomerID == nil || *l.CustomerID != 1 })
			}
			total := int64(len(want))
			if rapid.Bool().Draw(t, "skips") {
				page.Skip = ptr(rapid.Int64Range(0, 70).Draw(t, "skip"))
				want = want[min(*page.Skip, int64(len(want))):]
			}
			if rapid.Bool().Draw(t, "takes") {
				page.Take = ptr(rapid.Int64Range(0, 70).Draw(t, "take"))
				want = want[:min(*page.Take, int64(len(want)))]
			}
			list, err := store.ReadList(context.Background(), s, listing, page)
			if err != nil {
				t.Fatalf("%+v: %v", page, err)
			}
			var got, ids []int64
			for l, err := range list.Items {
				if err != nil {
					t.Fatalf("%+v: %v", page, err)
				}
				got = append(got, l.ID)
			}
			for _, l := range want {
				ids = append(ids, l.ID)
			}
			if !slices.Equal(got, ids) || list.Total != total {
				t.Fatalf("sort %q: got %v of %d; want %v of %d", page.Sort, got, list.Total, ids, total)
			}
		})
	})
}

// userRole has a primary key of two texts.
type userRole struct {
	bun.BaseModel `bun:"table:user_roles"`
	UserID        string `bun:"user_id,pk" json:"userId"`
	Role          string `bun:"role,pk" json:"role"`
}

func TestListsOfRowsWithTwoKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		for _, id := range []string{"a", "b'"} {
			put(t, s, &entity.User{ID: id, UserName: id})
			for _, role := range []string{"x", "y", "z"} {
				put(t, s, &userRole{UserID: id, Role: role})
			}
		}
		for sort, want := range map[string]string{
			"":                       "ax ay az b'x b'y b'z",
			"userId desc":            "b'x b'y b'z ax ay az",
			"userId desc, role desc": "b'z b'y b'x az ay ax",
			"ROLE":                   "ax b'x ay b'y az b'z",
		} {
			for chunk := range int64(4) {
				list, err := store.ReadList(t.Context(), s, store.Listing[userRole]{Chunk: 1 + chunk, KeyChunk: 4 - chunk}, entity.Page{Sort: sort, Select: "role"})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for r, err := range list.Items {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, r.UserID+r.Role)
				}
				if strings.Join(got, " ") != want {
					t.Errorf("sort %q: %v, want %s", sort, got, want)
				}
			}
		}
	})
}
