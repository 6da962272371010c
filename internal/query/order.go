package query

import "slices"

// maxKeys is how many members a list can be sorted by.
const maxKeys = 8

// Key is a member that a list is sorted by: of the row itself, or of what it
// refers to.
type Key struct {
	Descending bool
	of         member
	filled     bool
}

// KeyOf sorts by a member of the row itself.
func KeyOf(f *Field) Key { return Key{of: member{field: f}} }

// ParseSort reads keys with commas between, each a member, or a path to one
// through relations, and asc or desc: "CreatedAt desc, Customer.Company". The
// error is a *fault.Error, Invalid, of the field "sort".
func ParseSort(s *Schema, text string) ([]Key, error) {
	l, err := newList("sort", text)
	if err != nil {
		return nil, err
	}
	var keys []Key
	for {
		if len(keys) == maxKeys {
			return nil, l.fail(l.here().at, "expected at most %d members", maxKeys)
		}
		k, err := l.key(s)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
		if l.here().kind == tokenEnd {
			return keys, nil
		}
		if !l.here().is(",") {
			return nil, l.expected("a comma, asc or desc")
		}
		l.next()
	}
}

// KeyAt sorts by the member that a path leads to. field names the path in the
// fault of a bad one.
func KeyAt(s *Schema, field, path string, descending bool) (k Key, err error) {
	l, err := newList(field, path)
	if err != nil {
		return k, err
	}
	names, err := l.names("a member")
	if err != nil {
		return k, err
	}
	if l.here().kind != tokenEnd {
		return k, l.expected("the end")
	}
	k.Descending = descending
	k.of, err = l.member(s, names)
	return k, err
}

func (l *list) key(s *Schema) (k Key, err error) {
	path, err := l.names("a member")
	if err != nil {
		return k, err
	}
	if k.of, err = l.member(s, path); err != nil {
		return k, err
	}
	switch here := l.here(); {
	case here.is("desc", "descending"):
		k.Descending = true
		l.next()
	case here.is("asc", "ascending"):
		l.next()
	}
	return k, nil
}

// Same says whether two keys are the same member, whatever the direction.
func (k Key) Same(o Key) bool {
	return k.of.field == o.of.field && slices.Equal(k.of.way, o.of.way)
}

// Column is where the value is kept in the row itself; "" for a value elsewhere,
// or for a part of what a column holds.
func (k Key) Column() string {
	if len(k.of.way) > 0 || k.of.field.JSON != "" {
		return ""
	}
	return k.of.field.Column
}

// Filled is the key where it is known that no row has null.
func (k Key) Filled() Key {
	k.filled = true
	return k
}

// Nullable says whether the value may be null: as the member itself, or because
// a relation on the way is not there.
func (k Key) Nullable() bool {
	return !k.filled && (k.of.field.Nullable || len(k.of.way) > 0)
}

// SQL writes the value as an expression that sorts the same on both engines:
// texts by their bytes. alias names the entity's own table.
func (k Key) SQL(d Dialect, alias string) string {
	w := &writer{dialect: d, alias: alias}
	if k.of.field.Kind == Text && d == Postgres {
		w.put("(", k.of, ` COLLATE "C")`)
	} else {
		w.put(k.of)
	}
	return w.text.String()
}
