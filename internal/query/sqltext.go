package query

import (
	"strconv"
	"strings"
)

// ParseWhere reads a condition in the manner of SQL's WHERE, of which it knows
//
//	=  <>  !=  <  <=  >  >=  [not] in (…)  [not] like '…'  is [not] null  and  or  not  ( )
//
// between members and values: 'text' with two quotes for one, numbers, true and
// false. Words and members have any case. As in SQL a comparison with null is
// neither true nor false. A text that is a whole number serves as a number. The
// error is as that of ParseFilter, of the field "where".
func ParseWhere(s *Schema, text string) (*Filter, error) {
	p := &sqlParser{parser{source: source{field: "where", text: text, sql: true}, schema: s}}
	var err error
	if p.tokens, err = p.source.tokens(); err != nil {
		return nil, err
	}
	c, err := p.either()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != tokenEnd {
		return nil, p.expected("and, or or the end")
	}
	return &Filter{root: c(true)}, nil
}

// sqlParser reads clauses with the words, limits and kinds of parser.
type sqlParser struct{ parser }

func (p *sqlParser) either() (clause, error) { return p.join(false, p.both, "or") }

func (p *sqlParser) both() (clause, error) { return p.join(true, p.unless, "and") }

func (p *sqlParser) join(all bool, part func() (clause, error), word string) (clause, error) {
	var parts []clause
	for {
		c, err := part()
		if err != nil {
			return nil, err
		}
		if parts = append(parts, c); p.accept(word) {
			continue
		}
		if len(parts) == 1 {
			return c, nil
		}
		return joint(all, parts), nil
	}
}

// unless reads a comparison, or conditions in brackets, and the nots before.
func (p *sqlParser) unless() (clause, error) {
	if !p.peek().is("not", "(") {
		return p.predicate()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if p.accept("not") {
		c, err := p.unless()
		if err != nil {
			return nil, err
		}
		return c.not(), nil
	}
	p.take()
	c, err := p.either()
	if err != nil {
		return nil, err
	}
	return c, p.expect(")")
}

// predicate reads a value and what is said of it.
func (p *sqlParser) predicate() (clause, error) {
	a, err := p.operand()
	if err != nil {
		return nil, err
	}
	sign := p.take()
	if err := p.count(sign.at); err != nil {
		return nil, err
	}
	switch {
	case sign.is("=", "!=", "<>", "<", "<=", ">", ">="):
		b, err := p.operand()
		if err != nil {
			return nil, err
		}
		c, err := p.compares(a, sign, b)
		if err == nil && sign.is("!=", "<>") {
			c = c.not()
		}
		return c, err
	case sign.is("is"):
		not := p.accept("not")
		if !p.accept("null") {
			return nil, p.expected("null")
		}
		if not {
			return isNull(a).not(), nil
		}
		return isNull(a), nil
	case sign.is("not") && p.peek().is("in", "like"):
		c, err := p.matches(a, p.take())
		if err != nil {
			return nil, err
		}
		return c.not(), nil
	case sign.is("in", "like"):
		return p.matches(a, sign)
	}
	return nil, p.fail(sign.at, "expected an operator such as = or in, found %s", sign)
}

// matches reads what follows in or like.
func (p *sqlParser) matches(a value, word token) (clause, error) {
	if word.is("like") {
		return p.like(a, word)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var items []literal
	for {
		if len(items) == maxItems {
			return nil, p.fail(p.peek().at, "expected at most %d values", maxItems)
		}
		item := p.peek()
		b, err := p.operand()
		if err != nil {
			return nil, err
		}
		if !isLiteral(b) {
			return nil, p.fail(item.at, "expected a value such as 1 or 'a', found a member")
		}
		x, y, err := p.alike(a, word, b)
		if err != nil {
			return nil, err
		}
		if x.kind() != a.kind() { // an integer member beside a decimal item
			return nil, p.fail(item.at, "expected %s, found %s", a.kind(), y.kind())
		}
		if items = append(items, y.(literal)); p.accept(")") {
			return unlessNull(listed{a, items}, a), nil
		}
		if !p.accept(",") {
			return nil, p.expected(", or )")
		}
	}
}

func (p *sqlParser) like(a value, word token) (clause, error) {
	if a.kind() != Text {
		return nil, p.fail(word.at, "expected a text before like, found %s", a.kind())
	}
	t := p.peek()
	if t.kind != tokenText {
		return nil, p.expected("a pattern such as 'a%'")
	}
	p.take()
	pattern, ok := patternOf(t.text)
	if !ok {
		return nil, p.fail(t.at, `expected a character after the last \ of the pattern`)
	}
	return unlessNull(like{a, pattern}, a), nil
}

// compares is the clause of two values and the sign between; it takes <> for =.
func (p *sqlParser) compares(a value, sign token, b value) (clause, error) {
	a, b, err := p.alike(a, sign, b)
	if err != nil {
		return nil, err
	}
	order := sign.text
	if sign.is("!=", "<>") {
		order = "="
	}
	return comparison{order, a, b}.clause(), nil
}

// alike brings two values to one kind.
func (p *sqlParser) alike(a value, sign token, b value) (x, y value, err error) {
	a, b = counted(a, b), counted(b, a)
	if a, err = p.dated(a, b, sign); err != nil {
		return nil, nil, err
	}
	if b, err = p.dated(b, a, sign); err != nil {
		return nil, nil, err
	}
	if unset(a) || unset(b) {
		return nil, nil, p.fail(sign.at, "expected a date after year 1, or is null")
	}
	switch ka, kb := a.kind(), b.kind(); {
	case ka == Int && kb == Float:
		a = widened(a)
	case ka == Float && kb == Int:
		b = widened(b)
	case ka != kb:
		return nil, nil, p.fail(sign.at, "expected two values of one kind, found %s and %s", ka, kb)
	case ka == Bool && sign.is("<", "<=", ">", ">="):
		return nil, nil, p.fail(sign.at, "expected = or <> between %s and %s, found %s", ka, kb, sign)
	}
	return a, b, nil
}

// counted reads a text that is compared with a number as one, where it is a
// whole number.
func counted(v, other value) value {
	l, ok := v.(literal)
	if !ok || l.is != Text || other.kind() != Int && other.kind() != Float {
		return v
	}
	n, err := strconv.ParseInt(strings.TrimSpace(l.value.(string)), 10, 64)
	if err != nil {
		return v
	}
	return literal{Int, n}
}

// operand reads a member or a value.
func (p *sqlParser) operand() (value, error) {
	t := p.peek()
	switch {
	case t.kind == tokenText:
		p.take()
		return literal{Text, t.text}, nil
	case t.kind == tokenNumber, t.is("-"):
		return p.number()
	case t.is("true", "false"):
		p.take()
		return literal{Bool, t.is("true")}, nil
	case t.is("null"):
		return nil, p.fail(t.at, "expected a value; null is asked for by is null")
	case t.kind != tokenName, t.is("and", "or", "not", "in", "like", "is"):
		return nil, p.expected("a member or a value")
	}
	v, err := p.path()
	if err == nil && v.kind() == related {
		err = p.fail(t.at, "expected a member with a value, found %s", t)
	}
	return v, err
}

// sqlText reads a text between single quotes, with two of them for one.
func (s source) sqlText(at int) (token, int, error) {
	if s.text[at] != '\'' {
		return token{}, 0, s.fail(at, `texts are written in single quotes ('), members in none`)
	}
	var b strings.Builder
	for i := at + 1; i < len(s.text); i++ {
		if s.text[i] != '\'' {
			b.WriteByte(s.text[i])
			continue
		}
		if !strings.HasPrefix(s.text[i+1:], "'") {
			return token{tokenText, at, b.String()}, i + 1, nil
		}
		b.WriteByte('\'')
		i++
	}
	return token{}, 0, s.fail(len(s.text), "expected ', the end of a text")
}
