package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
)

// operand reads a value and the methods behind it.
func (p *parser) operand() (value, error) {
	depth := p.depth
	defer func() { p.depth = depth }()
	v, err := p.primary()
	for err == nil && p.peek().is(".") {
		if err := p.enter(); err != nil {
			return nil, err
		}
		p.take()
		v, err = p.method(v)
	}
	return v, err
}

func (p *parser) primary() (value, error) {
	t := p.peek()
	switch {
	case t.kind == tokenText:
		p.take()
		return literal{Text, t.text}, nil
	case t.kind == tokenNumber, t.is("-"):
		return p.number()
	case t.is("("):
		return p.bracket()
	case t.is("true", "false"):
		p.take()
		return literal{Bool, t.is("true")}, nil
	case t.is("null"):
		p.take()
		return literal{nothing, nil}, nil
	case t.kind != tokenName, t.is("and", "or", "not", "in"):
		return nil, p.expected("a member or a value")
	case t.is("datetime") && p.follows("("):
		return p.date()
	case t.is("string") && p.follows("."):
		return p.empty()
	}
	return p.path()
}

func (p *parser) bracket() (value, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.take()
	v, err := p.either()
	if err != nil {
		return nil, err
	}
	return v, p.expect(")")
}

// number reads a number and the sign before it.
func (p *parser) number() (value, error) {
	at, text := p.peek().at, ""
	if p.accept("-") {
		text = "-"
	}
	t := p.peek()
	if t.kind != tokenNumber {
		return nil, p.expected("a number")
	}
	p.take()
	text += t.text
	if strings.ContainsAny(text, ".eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, p.fail(at, "expected a number of at most 1.7e308, found %.40s", text)
		}
		return literal{Float, f}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, p.fail(at, "expected an integer from -9223372036854775808 to 9223372036854775807, found %.40s", text)
	}
	return literal{Int, n}, nil
}

// date reads DateTime(year, month, day), with hours, minutes and seconds, and
// with milliseconds, in UTC.
func (p *parser) date() (value, error) {
	at := p.take().at
	var n [7]int
	given := 0
	for sign := "("; given < len(n) && p.accept(sign); sign = "," {
		t := p.peek()
		v, err := strconv.ParseUint(t.text, 10, 16)
		if t.kind != tokenNumber || err != nil {
			return nil, p.expected("a part of a date, a whole number")
		}
		p.take()
		n[given] = int(v)
		given++
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if given != 3 && given < 6 {
		return nil, p.fail(at, "expected a date of 3, 6 or 7 numbers, found %d", given)
	}
	d := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6]*int(time.Millisecond), time.UTC)
	back := [7]int{d.Year(), int(d.Month()), d.Day(), d.Hour(), d.Minute(), d.Second(), d.Nanosecond() / int(time.Millisecond)}
	if back != n || n[0] < 1 || n[0] > 9999 {
		return nil, p.fail(at, "expected a day and a time that exist, from year 1 to 9999")
	}
	if n[0] == 1 {
		return literal{Moment, int64(leastMoment)}, nil
	}
	return literal{Moment, d.UnixMicro()}, nil
}

// empty reads string.IsNullOrEmpty(text).
func (p *parser) empty() (value, error) {
	p.take()
	p.take()
	if !p.accept("isnullorempty") {
		return nil, p.expected("IsNullOrEmpty")
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	at := p.peek().at
	v, err := p.argument()
	if err != nil {
		return nil, err
	}
	none := joined{parts: []condition{missing{v}, comparison{"=", v, literal{Text, ""}}}}
	return verdict{none}, p.count(at)
}

// path reads a member, through the relations before it.
func (p *parser) path() (value, error) {
	if p.peek().is("it") && p.follows(".") {
		p.take()
		p.take()
	}
	s := p.schema
	var way []*Relation
	for {
		t := p.peek()
		if t.kind != tokenName {
			return nil, p.expected("a member of " + s.Name)
		}
		key, dot := entity.Fold(t.text), p.follows(".")
		field, relation := s.Fields[key], s.Relations[key]
		switch {
		case relation == nil && field == nil:
			return nil, p.fail(t.at, "expected a member of %s, found %s", s.Name, t)
		case relation == nil, !dot && relation.Table == "" && field != nil:
			if field.Kind == 0 || field.Column == "" {
				return nil, p.fail(t.at, "expected a member that can be asked for, found %s of %s", field.Name, s.Name)
			}
			p.take()
			return member{field, way}, nil
		case relation.Many:
			return nil, p.fail(t.at, "expected one value, found the list %s of %s", relation.Name, s.Name)
		case !dot && relation.Table == "":
			return nil, p.fail(t.at, "expected a member of %s, found %s alone", relation.Name, relation.Name)
		case len(way) == maxHops:
			return nil, p.fail(t.at, "expected at most %d relations in a path", maxHops)
		}
		p.take()
		way, s = append(way, relation), relation.Target()
		if !dot {
			return relative{way}, nil
		}
		p.take()
	}
}
