package httpx

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/licet/licet/internal/entity"
)

// Member is a named value of an Object.
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object whose member names are data, in this order: an answer
// of a table-driven operation, or the declaration of one by example values.
type Object []Member

// MarshalJSON writes the members in order. A nil Object is {}.
func (o Object) MarshalJSON() ([]byte, error) {
	j := newJSONWriter()
	j.open('{')
	if err := j.members(o); err != nil {
		return nil, err
	}
	j.close('}')
	return j.buf.Bytes(), nil
}

// ItemOf is a body that holds one value in a named member, such as
// {"license": {…}}. The operation names it with WithItem.
type ItemOf[T any] struct {
	Value  T
	Given  bool                       // the member was there and not null
	Beside map[string]json.RawMessage // the other members, by the entity.Fold of their names

	name string
}

// UnmarshalJSON takes the named member, in any case.
func (i *ItemOf[T]) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return fmt.Errorf("expected an object")
	}
	i.Beside = make(map[string]json.RawMessage, len(members))
	for name, raw := range members {
		switch {
		case !strings.EqualFold(name, i.name):
			i.Beside[entity.Fold(name)] = raw
		case string(raw) != "null":
			i.Given = true
			if err := json.Unmarshal(raw, &i.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *ItemOf[T]) setName(name string) { i.name = name }

func (i *ItemOf[T]) itemName() string { return i.name }

func (i *ItemOf[T]) item() any { return &i.Value }

// named is a *ItemOf of any T.
type named interface {
	setName(string)
	itemName() string
	item() any // pointer to the value
}

// Streamer is an answer that writes its own JSON piece by piece. An error
// before the writer was flushed is answered in the surface's form; one after
// that aborts the connection, so that no client takes a half for the whole.
type Streamer interface {
	StreamJSON(ctx context.Context, w *bufio.Writer) error
}

// Appender is an answer that writes its own JSON, for those that are asked for
// thousands of times a second. It must write what encoding/json would.
type Appender interface {
	AppendJSON(b []byte) []byte
}

// Empty is the answer of an operation that says no more than that it is done:
// 200 and no body at all.
type Empty struct{}

// Raw is an answer that is not JSON of ours, sent as it is.
type Raw interface {
	ContentType() string
	Bytes() []byte
}

// ListOf is a streamed answer around a list whose name is data:
// {"success":true,"licenses":[…],"totalLicensesCount":1}.
type ListOf[T any] struct {
	Head  Object              // members before the list
	Name  string              // the list's
	Only  []string            // the members that items show, by their JSON names; nil: all of them
	Items iter.Seq2[T, error] // nil: an empty list; an error ends the answer
	Tail  func() Object       // members after the list, asked for after its last item; may be nil
}

// StreamJSON writes the answer; it holds one item at a time.
func (l *ListOf[T]) StreamJSON(_ context.Context, w *bufio.Writer) error {
	j := newJSONWriter()
	j.open('{')
	if err := j.members(l.Head); err != nil {
		return err
	}
	if err := j.name(l.Name); err != nil {
		return err
	}
	j.open('[')
	only := pickMembers(reflect.TypeFor[T](), l.Only)
	if l.Items != nil {
		for item, err := range l.Items {
			if err != nil {
				return err
			}
			if err := j.element(only.of(item)); err != nil {
				return err
			}
			if err := j.drain(w); err != nil {
				return err
			}
		}
	}
	j.close(']')
	if l.Tail != nil {
		if err := j.members(l.Tail()); err != nil {
			return err
		}
	}
	j.close('}')
	return j.drain(w)
}
