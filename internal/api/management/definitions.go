package management

import (
	"slices"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

// definitions are what organizations can be given: licenses, editions of them
// and limits.
func definitions(d Deps, r roles) []httpx.Operation {
	const named = "The name must be free. publicId, by which the organizations API names it, is made."
	return slices.Concat(
		collection[entity.LicenseDefinition]{
			ours: true,
			path: "/v1/license-definitions", id: "licenseDefinitionId", item: "licenseDefinition", items: "licenseDefinitions", noun: "license definition",
			onInsert: named + " Category is feature, connector, custom (left out), bundle or hierarchy; inheritable left out is true where the category allows it.",
			onUpdate: "Name, publicId, category and inheritable are unchanged.",
			onDelete: "409 while editions or organizations have it.",
			read:     r.staff, write: r.keepers, remove: r.keepers,
			list: d.Books.LicenseDefinitions, insert: d.Books.InsertLicenseDefinition, update: d.Books.UpdateLicenseDefinition, delete: d.Books.DeleteLicenseDefinition,
			key:      func(v *entity.LicenseDefinition) int64 { return v.ID },
			inserted: func(v *entity.LicenseDefinition) httpx.Object { return publicID(v.PublicID) },
		}.operations(),
		collection[entity.Edition]{
			ours: true,
			path: "/v1/editions", id: "editionId", item: "edition", items: "editions", noun: "edition",
			onInsert: named + " licenseDefs are publicIds of license definitions.",
			onUpdate: "Name and publicId are unchanged. Organizations that have the edition have its new licenseDefs at once.",
			onDelete: "409 while organizations have it.",
			read:     r.staff, write: r.keepers, remove: r.keepers,
			list: d.Books.Editions, insert: d.Books.InsertEdition, update: d.Books.UpdateEdition, delete: d.Books.DeleteEdition,
			key: func(v *entity.Edition) int64 { return v.ID }, show: (*entity.Edition).FillLists,
			inserted: func(v *entity.Edition) httpx.Object { return publicID(v.PublicID) },
		}.operations(),
		collection[entity.LimitDefinition]{
			ours: true,
			path: "/v1/limit-definitions", id: "limitDefinitionId", item: "limitDefinition", items: "limitDefinitions", noun: "limit definition",
			onInsert: named,
			onUpdate: "Name and publicId are unchanged.",
			onDelete: "409 while organizations have it.",
			read:     r.staff, write: r.keepers, remove: r.keepers,
			list: d.Books.LimitDefinitions, insert: d.Books.InsertLimitDefinition, update: d.Books.UpdateLimitDefinition, delete: d.Books.DeleteLimitDefinition,
			key:      func(v *entity.LimitDefinition) int64 { return v.ID },
			inserted: func(v *entity.LimitDefinition) httpx.Object { return publicID(v.PublicID) },
		}.operations(),
	)
}

// publicID is what the organizations API calls a new row.
func publicID(id string) httpx.Object { return httpx.Object{{Name: "publicId", Value: id}} }
