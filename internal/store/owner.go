package store

import (
	"maps"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/query"
)

// isOwned says whether rows of this kind can be a customer's.
func (k *kind) isOwned() bool { return k.owner != nil || k.ownedBy != nil }

// owned is the condition that a row is the customer's; alias names its table.
func (k *kind) owned(alias string, customer int64) (sql string, args []any) {
	if k.owner != nil {
		return column(alias, k.owner.Name) + " = ?", []any{customer}
	}
	target := k.ownedBy.target()
	inner := "owning_" + alias
	sql, args = target.owned(inner, customer)
	return column(alias, k.ownedBy.base().Name) + " IN (SELECT " + column(inner, k.ownedBy.join().Name) +
		" FROM " + quoted(target.table.Name) + " AS " + quoted(inner) + " WHERE " + sql + ")", args
}

// narrowed leaves the relations that lead from a customer's row to rows of the
// same customer, whatever the books hold: those by the customer's id itself.
func (k *kind) narrowed() *query.Schema {
	s := *k.schema
	s.Relations = maps.Clone(s.Relations)
	for name, r := range s.Relations {
		rel := k.relations[r]
		if rel == nil { // an object of the row itself
			continue
		}
		if !k.staysOwned(rel) {
			delete(s.Relations, name)
			continue
		}
		narrow := *r
		narrow.Target = func() *query.Schema { return rel.target().narrow() }
		s.Relations[name] = &narrow
	}
	return &s
}

func (k *kind) staysOwned(rel *relation) bool {
	if rel == k.ownedBy {
		return true
	}
	to := rel.target().owner
	return k.owner != nil && to != nil && k.owner.Name == rel.base().Name && to.Name == rel.join().Name
}

// mayInclude refuses relations to what is no customer's. The others are read
// with the condition that they are this customer's.
func (k *kind) mayInclude(all []*query.Include) error {
	for _, node := range all {
		target := k.relations[node.Relation].target()
		if !target.isOwned() {
			return fault.Bad("include", "%s is not shown to customers", node.Relation.Name)
		}
		if err := target.mayInclude(node.With); err != nil {
			return err
		}
	}
	return nil
}

func column(alias, name string) string { return quoted(alias) + "." + quoted(name) }

// quoted writes an identifier of ours; none has a quote in it.
func quoted(name string) string { return `"` + name + `"` }
