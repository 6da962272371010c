package query_test

import (
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/query"
)

// licenses is a schema such as package store derives it: a license with its
// customer and, by way of it, a country; and an object in a JSON column.
func licenses() *query.Schema {
	country := &query.Schema{Name: "country", Fields: fields(
		query.Field{Name: "id", Column: "id", Kind: query.Int},
		query.Field{Name: "name", Column: "name", Kind: query.Text},
	)}
	customer := &query.Schema{Name: "customer", Fields: fields(
		query.Field{Name: "id", Column: "id", Kind: query.Int},
		query.Field{Name: "company", Column: "company", Kind: query.Text},
		query.Field{Name: "rating", Column: "rating", Kind: query.Int, Nullable: true},
		query.Field{Name: "isReseller", Column: "is_reseller", Kind: query.Bool},
	), Relations: relations(
		query.Relation{Name: "country", Column: "country_id", Join: "id", Table: "lands",
			Target: func() *query.Schema { return country }},
	)}
	product := &query.Schema{Name: "product", Fields: fields(
		query.Field{Name: "name", Column: "product", Kind: query.Text, Nullable: true, JSON: "name"},
	)}
	license := &query.Schema{Name: "license", Fields: fields(
		query.Field{Name: "id", Column: "id", Kind: query.Int},
		query.Field{Name: "licenseType", Column: "license_type", Kind: query.Text},
		query.Field{Name: "userKey", Column: "user_key", Kind: query.Text, Nullable: true},
		query.Field{Name: "maxAllowedSites", Column: "max_allowed_sites", Kind: query.Int, Nullable: true},
		query.Field{Name: "price", Column: "price", Kind: query.Float, Nullable: true},
		query.Field{Name: "total", Column: "total", Kind: query.Float},
		query.Field{Name: "revoked", Column: "revoked", Kind: query.Bool},
		query.Field{Name: "trace", Column: "trace", Kind: query.Bool, Nullable: true},
		query.Field{Name: "createdAt", Column: "created_at", Kind: query.Moment, Nullable: true},
		query.Field{Name: "expireDate", Column: "expire_date", Kind: query.Moment, Nullable: true},
		query.Field{Name: "features"},
		query.Field{Name: "product", Column: "product"},
	), Relations: relations(
		query.Relation{Name: "customer", Column: "customer_id", Join: "id", Table: "buyers",
			Target: func() *query.Schema { return customer }},
		query.Relation{Name: "product", Target: func() *query.Schema { return product }},
		query.Relation{Name: "tokens", Many: true, Column: "id", Join: "license_id", Table: "license_tokens",
			Target: func() *query.Schema { return customer }},
	)}
	for _, name := range []string{"licenses", "contacts"} {
		customer.Relations[name] = &query.Relation{Name: name, Many: true, Column: "id", Join: "customer_id", Table: name,
			Target: func() *query.Schema { return license }}
	}
	for _, name := range []string{"order", "template"} { // of which only the way through them counts
		license.Relations[name] = &query.Relation{Name: name, Column: name + "_id", Join: "id", Table: name + "s",
			Target: func() *query.Schema { return license }}
	}
	country.Relations = relations(query.Relation{Name: "capital", Column: "capital_id", Join: "id", Table: "lands",
		Target: func() *query.Schema { return country }})
	return license
}

func fields(all ...query.Field) map[string]*query.Field {
	found := map[string]*query.Field{}
	for _, f := range all {
		found[entity.Fold(f.Name)] = &f
	}
	return found
}

func relations(all ...query.Relation) map[string]*query.Relation {
	found := map[string]*query.Relation{}
	for _, r := range all {
		found[entity.Fold(r.Name)] = &r
	}
	return found
}

// row is a row by its paths, with dots between.
type row map[string]any

func (r row) Value(path ...string) any { return r[strings.Join(path, ".")] }
