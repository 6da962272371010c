package store

import (
	"reflect"

	"github.com/licet/licet/internal/query"
)

// Waiting is how many commands wait for the writer.
func (s *Store) Waiting() int { return len(s.writer.seats) + len(s.writer.bulk) }

// SchemaOf is what can be asked of an entity.
func (s *Store) SchemaOf(entity any) *query.Schema { return s.kindOf(reflect.TypeOf(entity)).schema }
