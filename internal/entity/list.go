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

	// The same in the manner of the instances API.
	Where     string   // which rows, as in SQL's WHERE
	OrderBy   []SortBy // goes with no Sort
	Uncounted bool     // the whole list need not be counted; its Total is then 0
}

// SortBy is a member that a list is sorted by.
type SortBy struct {
	Member     string // or a path to one: "license.name"
	Descending bool
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
