package management

import (
	"context"
	"net/http"
	"slices"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/issuing"
)

// roles are the groups of roles that the pages name.
type roles struct{ admin, keepers, sellers, staff []entity.Role }

func roleGroups() roles {
	return roles{
		admin:   []entity.Role{entity.Administrator},
		keepers: []entity.Role{entity.Administrator, entity.LicenseManager},
		sellers: []entity.Role{entity.Administrator, entity.Sales},
		staff:   []entity.Role{entity.Administrator, entity.LicenseManager, entity.Sales},
	}
}

// orCustomer adds the customers themselves, who see what is theirs.
func orCustomer(staff []entity.Role) []entity.Role {
	return append(slices.Clone(staff), entity.CustomerRole)
}

// operations is the table of the surface.
func operations(d Deps) []httpx.Operation {
	r := roleGroups()
	return slices.Concat(
		products(d, r).operations(),
		releases(d, r),
		assemblies(d, r),
		customers(d, r),
		orders(d, r),
		templates(d, r).operations(),
		[]httpx.Operation{templateLicenses(d, r)},
		licenses(d, r).operations(),
		tokenOperations(d, r),
		resources(d, r).operations(),
		keyOperations(d, r),
		apiKeys(d, r).operations(),
		emailOperations(d, r),
		settingOperations(d, r),
		userOperations(d, r),
		sessionOperations(d),
		logOperations(d, r),
		traceOperations(d, r),
		reports(d, r).operations(),
		entitlements(d, r),
		[]httpx.Operation{infoOperation(d, r)},
	)
}

func products(d Deps, r roles) collection[entity.Product] {
	return collection[entity.Product]{
		path: "/v1/products", id: "productId", item: "product", items: "products", noun: "product",
		onUpdate: "The name is unchanged.",
		onDelete: "Takes its releases and their assemblies along, and leaves the orders that it is on. 409 while license templates refer to it or to a release of it.",
		read:     r.keepers, write: r.keepers, remove: r.keepers,
		list: d.Books.Products, insert: d.Books.InsertProduct, update: d.Books.UpdateProduct, delete: d.Books.DeleteProduct,
		key: func(p *entity.Product) int64 { return p.ID }, show: (*entity.Product).FillLists,
	}
}

func templates(d Deps, r roles) collection[entity.LicenseTemplate] {
	skeleton := func(t *entity.LicenseTemplate) httpx.Object {
		return httpx.Object{{Name: "template", Value: t.Template}}
	}
	return collection[entity.LicenseTemplate]{
		path: "/v1/license-templates", id: "templateId", item: "licenseTemplate", items: "licenseTemplates", noun: "license template",
		onInsert: "Format left out is 4 (JWS), licensingMode left out is 0 (file). The answer's template is the unsigned document that its licenses begin with.",
		onUpdate: "Name, format, licensingMode and product are unchanged. Licenses keep what they were issued with.",
		onDelete: "409 while licenses refer to it.",
		read:     r.keepers, write: r.keepers, remove: r.keepers,
		list: d.Issuing.Templates, insert: d.Issuing.InsertTemplate, update: d.Issuing.UpdateTemplate, delete: d.Issuing.DeleteTemplate,
		key:      func(t *entity.LicenseTemplate) int64 { return t.ID },
		show:     func(t *entity.LicenseTemplate) { t.FillLists() },
		inserted: skeleton, updated: skeleton,
	}
}

func licenses(d Deps, r roles) collection[entity.License] {
	names := func(l *entity.License) httpx.Object {
		return httpx.Object{{Name: "licenseKeyId", Value: l.LicenseID}, {Name: "userKey", Value: l.UserKey}, {Name: "licenseKey", Value: l.LicenseKey}}
	}
	return collection[entity.License]{
		path: "/v1/licenses", id: "licenseId", item: "license", items: "licenses", noun: "license",
		onInsert: "The template fills what is left out or null. Without one: format 4 (JWS), licensingMode 0 (file), issued now. maxAllowedSites left out or null is unlimited, 0 is none. A userKey or licenseId that is given is kept and must be free.",
		onUpdate: "userKey, licenseId, format, licensingMode, issueDate, product and licensee are unchanged. The license is signed anew; its template is not applied again.",
		onDelete: "409 while it has tokens. Its traces go with it.",
		read:     orCustomer(r.staff), write: r.staff, remove: r.keepers,
		list: func(ctx context.Context, page entity.Page) (*entity.List[entity.License], error) {
			customer, err := onlyOf(ctx, r.staff)
			if err != nil {
				return nil, err
			}
			return d.Issuing.Licenses(ctx, issuing.LicenseFilter{Only: customer}, page)
		},
		insert: d.Issuing.InsertLicense, update: d.Issuing.UpdateLicense, delete: d.Issuing.DeleteLicense,
		key: func(l *entity.License) int64 { return l.ID }, show: (*entity.License).FillLists,
		inserted: names, updated: names,
	}
}

func templateLicenses(d Deps, r roles) httpx.Operation {
	return listOf("/v1/license-templates/{templateId}/licenses", "licenses", "List the licenses of a license template", r.keepers, (*entity.License).FillLists,
		func(ctx context.Context, in []int64, page entity.Page) (*entity.List[entity.License], error) {
			return d.Issuing.Licenses(ctx, issuing.LicenseFilter{TemplateID: &in[0]}, page)
		})
}

func resources(d Deps, r roles) collection[entity.Resource] {
	return collection[entity.Resource]{
		path: "/v1/resources", id: "resourceId", item: "resource", items: "resources", noun: "resource",
		onInsert: "Type RSA or Ed25519 (in any case) is a signing key: data is SNK or PFX (base64, with its password) or PEM; without data a key is made. What is shown of it is its public PEM.",
		onUpdate: "Type, data and dataFormat are unchanged. The material of a signing key cannot be replaced.",
		onDelete: "409 while something refers to it, for the server's own signing keys, and for a revoked one.",
		read:     r.staff, write: r.staff, remove: r.keepers,
		list: d.Issuing.Resources, insert: d.Issuing.InsertResource, update: d.Issuing.UpdateResource, delete: d.Issuing.DeleteResource,
		key: func(v *entity.Resource) int64 { return v.ID },
	}
}

// keyOperations are ours: the published page has no way to change keys without
// losing the old one.
func keyOperations(d Deps, r roles) []httpx.Operation {
	change := func(path, summary, description string, change func(context.Context, int64) error) httpx.Operation {
		return op(http.MethodPut, "/v1/resources/{resourceId}/"+path, summary, httpx.Roles(r.keepers...),
			func(ctx context.Context, q *byID) (*httpx.Object, error) {
				if err := change(ctx, q.ID); err != nil {
					return nil, err
				}
				answer := done()
				return &answer, nil
			}).WithResponseSchema(done()).WithDescription(description).AsAddition()
	}
	return []httpx.Operation{
		change("default", "Make a signing key the server's own",
			"It signs from now on where no license, template or product names a key. What the one before it signed stays valid.", d.Issuing.SetDefault),
		change("revoked", "Revoke a signing key",
			"It signs nothing any more and leaves jwks.json, for good. If it is the server's own, a new one is made. Licenses, templates and products that name it must be given another.", d.Issuing.RevokeKey),
	}
}

func apiKeys(d Deps, r roles) collection[entity.APIKey] {
	return collection[entity.APIKey]{
		path: "/v1/api-keys", id: "apiKeyId", item: "apiKey", items: "apiKeys", noun: "API key",
		onInsert: "A key that is sent is ignored: one is made and shown this once. Left out: ownerId is the caller, permissions are the caller's.",
		onUpdate: "Owner, permissions and revoked are unchanged; clientSecret \"\" takes it away. The key itself never changes.",
		onDelete: "409 for the last valid key of an administrator with every permission.",
		read:     r.admin, write: r.admin, remove: r.admin,
		list: d.Books.APIKeys,
		insert: func(ctx context.Context, in entity.Sent[entity.APIKey]) (*entity.APIKey, error) {
			return d.Books.InsertAPIKey(ctx, principal(ctx), in)
		},
		update: func(ctx context.Context, in entity.Sent[entity.APIKey]) (*entity.APIKey, error) {
			return d.Books.UpdateAPIKey(ctx, principal(ctx), in)
		},
		delete: func(ctx context.Context, id int64) error { return d.Books.DeleteAPIKey(ctx, principal(ctx), id) },
		key:    func(k *entity.APIKey) int64 { return k.ID },
		inserted: func(k *entity.APIKey) httpx.Object {
			return httpx.Object{{Name: "apiKey", Value: k.Key}}
		},
	}
}
