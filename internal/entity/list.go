package entity

import (
	"iter"

	"github.com/licet/licet/internal/fault"
)

// Page is the part of a list that a caller wants.
type Page struct {
	Skip *int64 // rows to leave out at the start; nil: none
	Take *int64 // rows at most; nil: all

	// The query language, docs/query-language.md; "" asks for nothing.
	Filter  string // which rows
	Sort    string // in which order; ties, and no order, are by the primary key
	Select  string // which members of each
	Include string // which relations with each
}

// Validate refuses negative numbers.
func (p Page) Validate() error {
	for _, n := range []struct {
		name  string
		value *int64
	}{{"skip", p.Skip}, {"take", p.Take}} {
		if n.value != nil && *n.value < 0 {
			return fault.Bad(n.name, "must not be negative")
		}
	}
	return nil
}

// List is a part of a list, read while it is ranged over, and the number of
// rows that the whole list has.
type List[T any] struct {
	Total   int64
	Members []string // that a caller selected, as on the wire; nil: all
	Items   iter.Seq2[T, error]
}
