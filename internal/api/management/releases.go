package management

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

// releases are the operations on the releases of a product.
func releases(d Deps, r roles) []httpx.Operation {
	return append(releaseBook(d, r).operations(),
		listOf("/v1/products/{productId}/releases/{releaseId}/license-templates", "licenseTemplates", "List the license templates of a release",
			r.keepers, func(t *entity.LicenseTemplate) { t.FillLists() },
			func(ctx context.Context, in []int64, page entity.Page) (*entity.List[entity.LicenseTemplate], error) {
				return d.Issuing.ReleaseTemplates(ctx, in[0], in[1], page)
			}))
}

func releaseBook(d Deps, r roles) collection[entity.Release] {
	return collection[entity.Release]{
		path: "/v1/products/{productId}/releases", id: "releaseId", item: "release", items: "releases", noun: "release",
		onDelete: "Its assemblies go with it. 409 while license templates refer to it.",
		read:     r.keepers, write: r.keepers, remove: r.keepers,
		within: func(c *collection[entity.Release], in []int64) {
			of := d.Books.ReleasesOf(in[0])
			c.list, c.insert, c.update, c.delete = of.List, of.Insert, of.Update, of.Delete
		},
		key:     func(v *entity.Release) int64 { return v.ID },
		updated: func(v *entity.Release) httpx.Object { return httpx.Object{{Name: "releaseId", Value: v.ID}} },
	}
}

// assemblies are the operations on all assemblies, and on those of a release.
func assemblies(d Deps, r roles) []httpx.Operation {
	all := assemblyBook(r)
	all.path = "/v1/assemblies"
	all.onInsert = "It stands alone; one of a release is inserted at the release."
	all.onUpdate = "It stays with its release."
	of := d.Books.Assemblies()
	all.list, all.insert, all.update, all.delete = of.List, of.Insert, of.Update, of.Delete

	nested := assemblyBook(r)
	nested.path = "/v1/products/{productId}/releases/{releaseId}/assemblies"
	nested.namesParents = true
	nested.within = func(c *collection[entity.Assembly], in []int64) {
		of := d.Books.AssembliesOf(in[0], in[1])
		c.list, c.insert, c.update, c.delete = of.List, of.Insert, of.Update, of.Delete
	}
	nested.updated = func(v *entity.Assembly) httpx.Object { return httpx.Object{{Name: "assemblyId", Value: v.ID}} }
	return append(all.operations(), nested.operations()...)
}

func assemblyBook(r roles) collection[entity.Assembly] {
	return collection[entity.Assembly]{
		id: "assemblyId", item: "assembly", items: "assemblies", noun: "assembly",
		read: r.keepers, write: r.keepers, remove: r.keepers,
		key: func(v *entity.Assembly) int64 { return v.ID },
	}
}
