// Package entity holds the nouns of the house: products, templates, licenses,
// tokens, keys, users. They are plain structs with json tags (the spelling of
// the published pages), bun tags (the columns) and a Validate method.
//
// Flow: a surface decodes into an entity, a service validates and completes it,
// the store keeps it. It must never contain SQL, HTTP or a rule that needs to
// look at another row.
package entity
