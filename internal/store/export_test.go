package store

import (
	"reflect"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/query"
)

// Waiting is how many commands wait for the writer.
func (s *Store) Waiting() int { return len(s.writer.seats) + len(s.writer.bulk) }

// Watch has reads pass a hook.
func (s *Store) Watch(hook bun.QueryHook) { s.read = s.read.WithQueryHook(hook) }

// SchemaOf is what can be asked of an entity.
func (s *Store) SchemaOf(entity any) *query.Schema { return s.kindOf(reflect.TypeOf(entity)).schema }

// Watched is the store with a hook that sees what lists read.
func (s *Store) Watched(hook bun.QueryHook) *Store {
	return &Store{engine: s.engine, read: s.read.WithQueryHook(hook)}
}
