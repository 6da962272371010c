package store_test

import (
	"slices"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/query"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// asked are the schemas of entities that are listed.
func asked(s *store.Store) map[string]*query.Schema {
	return map[string]*query.Schema{
		"products": s.SchemaOf(entity.Product{}), "license_templates": s.SchemaOf(entity.LicenseTemplate{}),
		"licenses": s.SchemaOf(entity.License{}), "resources": s.SchemaOf(entity.Resource{}), "api_keys": s.SchemaOf(entity.APIKey{}),
		"license_tokens": s.SchemaOf(entity.LicenseToken{}), "license_traces": s.SchemaOf(entity.LicenseTrace{}),
		"customers": s.SchemaOf(entity.Customer{}), "contacts": s.SchemaOf(entity.Contact{}), "orders": s.SchemaOf(entity.Order{}),
		"users": s.SchemaOf(entity.User{}), "regulatory_licenses": s.SchemaOf(entity.RegulatoryLicense{}),
		"license_instances": s.SchemaOf(entity.LicenseInstance{}), "license_instance_meta": s.SchemaOf(entity.LicenseInstanceMeta{}),
		"projects": s.SchemaOf(entity.Project{}),
	}
}

// TestNullsOfSchemasAreThoseOfTheBooks: a column that may be null is known as
// such, or it would be lost between two chunks of a sorted list.
func TestNullsOfSchemasAreThoseOfTheBooks(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	for table, schema := range asked(s) {
		var nullable []string
		err := s.Read().NewRaw(`SELECT name FROM pragma_table_info(?) WHERE NOT "notnull" AND NOT pk`, table).Scan(t.Context(), &nullable)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range schema.Fields {
			if slices.Contains(nullable, f.Column) && !f.Nullable && f.Kind != 0 {
				t.Errorf("%s: %s may be null and its schema does not say so", table, f.Name)
			}
		}
	}
}

func TestSchemasAreDerived(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	all := asked(s)
	for _, c := range []struct {
		table, member string
		want          query.Field
	}{
		{"licenses", "licenseid", query.Field{Name: "licenseId", Column: "license_id", Kind: query.Text}},
		{"licenses", "expiredate", query.Field{Name: "expireDate", Column: "expire_date", Kind: query.Moment, Nullable: true}},
		{"licenses", "maxallowedsites", query.Field{Name: "maxAllowedSites", Column: "max_allowed_sites", Kind: query.Int, Nullable: true}},
		{"licenses", "userkey", query.Field{Name: "userKey", Column: "user_key", Kind: query.Text, Nullable: true}},
		{"licenses", "licensingmode", query.Field{Name: "licensingMode", Column: "licensing_mode", Kind: query.Int}},
		{"licenses", "revoked", query.Field{Name: "revoked", Column: "revoked", Kind: query.Bool}},
		{"licenses", "features", query.Field{Name: "features", Column: "features"}},
		{"products", "price", query.Field{Name: "price", Column: "price", Kind: query.Float}},
	} {
		if got := all[c.table].Fields[c.member]; got == nil || *got != c.want {
			t.Errorf("%s.%s: %+v", c.table, c.member, got)
		}
	}
	product := all["licenses"].Relations["product"].Target()
	if got := product.Fields["name"]; got == nil || *got != (query.Field{Name: "name", Column: "product", Kind: query.Text, Nullable: true, JSON: "name"}) {
		t.Errorf("product.name: %+v", got)
	}
	customer := all["orders"].Relations["customer"]
	if customer.Many || customer.Column != "customer_id" || customer.Join != "id" || customer.Table != "customers" || customer.Target() != all["customers"] {
		t.Errorf("%+v", customer)
	}
	if contacts := all["customers"].Relations["contacts"]; !contacts.Many || contacts.Column != "id" || contacts.Join != "customer_id" {
		t.Errorf("%+v", contacts)
	}
}

func TestSecretsAreInNoQuestion(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	all := asked(s)
	for table, members := range map[string][]string{
		"resources": {"password", "sealed"}, "api_keys": {"clientsecret", "keyhash", "key_hash", "secrethash"},
		"users": {"passwordhash", "password_hash"}, "licenses": {"revision", "parentid"},
	} {
		for _, member := range members {
			if all[table].Fields[member] != nil {
				t.Errorf("%s.%s can be asked for", table, member)
			}
		}
	}
}
