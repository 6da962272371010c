package query

import (
	"strings"

	"github.com/licet/licet/internal/fault"
)

type condition interface {
	where(w *writer, want bool)
	holds(row Row) bool
}

type writer struct {
	text    strings.Builder
	args    []any
	dialect Dialect
	alias   string
}

func parse(*Schema, string) (condition, error) {
	return nil, fault.Bad("filter", "the language is not there yet")
}
