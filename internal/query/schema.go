package query

// Kind is what a member holds, as far as filters care.
type Kind int

// The kinds. A member of another kind cannot be filtered or sorted by.
const (
	Text   Kind = iota + 1 // string
	Int                    // int64
	Float                  // float64
	Bool                   // bool
	Moment                 // time, microseconds since 1970 UTC in the books
	Epoch                  // time like a Moment, but asked for and shown as an integer: whole milliseconds since 1970 UTC
)

// Schema is what can be asked of an entity. Package store derives it from the
// entity's own struct, so a member is written down once. Secret members and
// columns that never show are not in it.
type Schema struct {
	Name      string               // of the entity, for error messages: "license"
	Fields    map[string]*Field    // by entity.Fold of the member's name
	Relations map[string]*Relation // by entity.Fold of the relation's name
}

// Field is a member that holds one value.
type Field struct {
	Name     string // as on the wire: "expireDate"
	Column   string // in the books, without its table: "expire_date"; "" where it cannot be asked for
	Kind     Kind   // 0 where it can be selected but neither filtered nor sorted by
	Nullable bool   // absent is null, and not the zero value
	JSON     string // the member inside Column, where that holds a JSON object: "name"; else ""
}

// Relation is a member that holds another entity, or a list of them. An object
// that lies in a JSON column of the row itself is a Relation without Table,
// Column and Join; the fields of its Target have the Column, and JSON.
type Relation struct {
	Name   string // as on the wire: "customer"
	Many   bool   // a list: can be included, but not walked through by a filter
	Column string // "customer_id" here is ...
	Join   string // ... "id" in ...
	Table  string // ... "customers"
	Target func() *Schema
}
