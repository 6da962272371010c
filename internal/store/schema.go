package store

import (
	"database/sql/driver"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/uptrace/bun/schema"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/query"
)

// What the query tag of an entity's member says.
const (
	tagQuery     = "query"
	secretMember = "-"     // in no filter, sort or select
	ownerMember  = "owner" // whose the row is: a customer's id, or a relation to what is somebody's
)

// kinds are the entities that lists were asked of, each looked at once.
type kinds struct {
	mu    sync.Mutex
	known map[reflect.Type]*kind
}

// kind is what the list reader knows of an entity.
type kind struct {
	table  *schema.Table
	schema *query.Schema
	// narrow is schema for callers who see only what is a customer's: of the
	// relations, those that cannot lead to what is not.
	narrow    func() *query.Schema
	pks       []query.Key
	columns   []string // of the primary key and of the members that show
	relations map[*query.Relation]*relation
	indexes   []index       // of the table, on SQLite; nil: not looked up yet
	owner     *schema.Field // the customer's id; nil: ownedBy, or nobody
	ownedBy   *relation     // whose owner is the row's
}

// relation leads by one column to one row, or to many that have it in a column.
type relation struct {
	*schema.Relation
	target func() *kind
}

func (r *relation) many() bool          { return r.Type == schema.HasManyRelation }
func (r *relation) base() *schema.Field { return r.BasePKs[0] }
func (r *relation) join() *schema.Field { return r.JoinPKs[0] }

// kindOf looks at an entity by its struct: its bun tags say where a member is
// kept, its json tags how it is called.
func (s *Store) kindOf(typ reflect.Type) *kind {
	s.kinds.mu.Lock()
	defer s.kinds.mu.Unlock()
	if k := s.kinds.known[typ]; k != nil {
		return k
	}
	k := s.look(s.read.Table(typ))
	if s.kinds.known == nil {
		s.kinds.known = map[reflect.Type]*kind{}
	}
	s.kinds.known[typ] = k
	return k
}

func (s *Store) look(t *schema.Table) *kind {
	k := &kind{table: t, relations: map[*query.Relation]*relation{}, schema: &query.Schema{
		Name: strings.ReplaceAll(t.ModelName, "_", " "), Fields: map[string]*query.Field{}, Relations: map[string]*query.Relation{},
	}}
	for _, member := range reflect.VisibleFields(t.Type) {
		if member.IsExported() && !member.Anonymous {
			s.lookAt(k, member)
		}
	}
	for _, pk := range t.PKs {
		k.pks = append(k.pks, query.KeyOf(k.fieldOf(pk)))
	}
	k.narrow = sync.OnceValue(k.narrowed)
	return k
}

func (s *Store) lookAt(k *kind, member reflect.StructField) {
	name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
	tag, column, rel := member.Tag.Get(tagQuery), columnOf(k.table, member), k.table.Relations[member.Name]
	if column != nil && tag == ownerMember {
		k.owner = column
	}
	if column != nil && (name != "-" || column.IsPK) {
		k.columns = append(k.columns, column.Name)
	}
	switch {
	case name == "-" || tag == secretMember:
	case rel != nil:
		s.addRelation(k, name, rel, tag == ownerMember)
	default:
		k.addField(name, member.Type, column)
	}
}

// columnOf is the column of a member, kept or made when it is shown; nil: it
// has none.
func columnOf(t *schema.Table, member reflect.StructField) *schema.Field {
	for _, f := range t.FieldMap {
		if slices.Equal(f.Index, member.Index) {
			return f
		}
	}
	return nil
}

// fieldOf is the member of a column, or one that nobody can name.
func (k *kind) fieldOf(column *schema.Field) *query.Field {
	for _, f := range k.schema.Fields {
		if f.Column == column.Name {
			return f
		}
	}
	return &query.Field{Column: column.Name, Kind: valueKind(column.IndirectType)}
}

func (k *kind) addField(name string, typ reflect.Type, column *schema.Field) {
	f := &query.Field{Name: name}
	k.schema.Fields[entity.Fold(name)] = f
	if column == nil { // it is made when it is shown
		return
	}
	if typ.Kind() == reflect.Pointer {
		typ, f.Nullable = typ.Elem(), true
	}
	f.Column, f.Kind = column.Name, valueKind(typ)
	// bun writes no zero to a primary key that the books number themselves, and
	// still it is never null.
	f.Nullable = !column.IsPK && !column.NotNull && (f.Nullable || column.NullZero || f.Kind == query.Moment || f.Kind == query.Epoch)
	if f.Kind == 0 && typ.Kind() == reflect.Struct {
		object := objectSchema(name, column.Name, typ)
		k.schema.Relations[entity.Fold(name)] = &query.Relation{Name: name, Target: func() *query.Schema { return object }}
	}
}

// valueKind is what a filter compares; 0 is a list, an object or bytes.
func valueKind(typ reflect.Type) query.Kind {
	switch typ {
	case reflect.TypeFor[entity.Time]():
		return query.Moment
	case reflect.TypeFor[entity.Millis]():
		return query.Epoch
	}
	if typ.Implements(reflect.TypeFor[driver.Valuer]()) {
		return 0
	}
	switch typ.Kind() {
	case reflect.String:
		return query.Text
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return query.Int
	case reflect.Float32, reflect.Float64:
		return query.Float
	case reflect.Bool:
		return query.Bool
	}
	return 0
}

// objectSchema has the texts of an object that lies in a JSON column.
func objectSchema(name, column string, typ reflect.Type) *query.Schema {
	s := &query.Schema{Name: name, Fields: map[string]*query.Field{}}
	for _, member := range reflect.VisibleFields(typ) {
		name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
		if name != "" && name != "-" && valueKind(member.Type) == query.Text {
			s.Fields[entity.Fold(name)] = &query.Field{Name: name, Column: column, Kind: query.Text, Nullable: true, JSON: name}
		}
	}
	return s
}

// addRelation leaves out relations by several columns, or under conditions,
// which no entity has.
func (s *Store) addRelation(k *kind, name string, r *schema.Relation, owner bool) {
	if len(r.BasePKs) != 1 || len(r.JoinPKs) != 1 || r.Type == schema.ManyToManyRelation || len(r.Condition) > 0 || r.PolymorphicField != nil {
		return
	}
	rel := &relation{Relation: r, target: func() *kind { return s.kindOf(r.JoinTable.Type) }}
	wire := &query.Relation{
		Name: name, Many: rel.many(), Column: rel.base().Name, Join: rel.join().Name, Table: r.JoinTable.Name,
		Target: func() *query.Schema { return rel.target().schema },
	}
	k.schema.Relations[entity.Fold(name)] = wire
	k.relations[wire] = rel
	if owner {
		k.ownedBy = rel
	}
}
