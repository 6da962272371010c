package query

// Bounds of an include: relations one behind the other, and all together.
const (
	maxNested    = 4
	maxRelations = 16
)

// Include is a relation that comes with each row, and what comes with that.
type Include struct {
	Relation *Relation
	With     []*Include
}

// ParseInclude reads relations with commas between, each with those of its own
// behind dots: "Template, Order.Customer.Contacts". The error is a
// *fault.Error, Invalid, of the field "include".
func ParseInclude(s *Schema, text string) ([]*Include, error) {
	l, err := newList("include", text)
	if err != nil {
		return nil, err
	}
	var all []*Include
	for count := 0; ; {
		path, err := l.names("a relation")
		if err != nil {
			return nil, err
		}
		if len(path) > maxNested {
			return nil, l.fail(path[maxNested].at, "expected at most %d relations one behind the other", maxNested)
		}
		if err := l.include(s, path, &all, &count); err != nil {
			return nil, err
		}
		if count > maxRelations {
			return nil, l.fail(path[0].at, "expected at most %d relations", maxRelations)
		}
		if l.here().kind == tokenEnd {
			return all, nil
		}
		if !l.here().is(",") {
			return nil, l.expected("a comma or a dot")
		}
		l.next()
	}
}

// include adds a path to a tree and counts what is new.
func (l *list) include(s *Schema, path []token, into *[]*Include, count *int) error {
	for _, name := range path {
		r, err := l.relation(s, name)
		if err != nil {
			return err
		}
		if r.Table == "" {
			return l.fail(name.at, "%s is always there", r.Name)
		}
		node := Included(*into, r)
		if node == nil {
			node = &Include{Relation: r}
			*into = append(*into, node)
			*count++
		}
		s, into = r.Target(), &node.With
	}
	return nil
}

// Included finds a relation among others; nil when it is not there.
func Included(all []*Include, r *Relation) *Include {
	for _, node := range all {
		if node.Relation == r {
			return node
		}
	}
	return nil
}
