package query

import (
	"strings"

	"github.com/licet/licet/internal/entity"
)

// comparison reads a value and what it is compared with, if anything.
func (p *parser) comparison() (value, error) {
	a, err := p.operand()
	if err != nil {
		return nil, err
	}
	sign := p.peek()
	switch {
	case sign.is("=", "==", "!=", "<>", "<", "<=", ">", ">="):
		p.take()
		b, err := p.operand()
		if err != nil {
			return nil, err
		}
		return p.compared(a, sign, b)
	case sign.is("in"):
		p.take()
		return p.among(a, sign)
	case sign.is("not") && p.tokens[p.next+1].is("in"):
		p.take()
		p.take()
		v, err := p.among(a, sign)
		if err != nil {
			return nil, err
		}
		return verdict{opposite{v.condition}}, nil
	}
	// A value may stand alone in brackets, and must be a condition elsewhere.
	if a.kind() != Bool && !sign.is(")") {
		return nil, p.expected("an operator such as = or in")
	}
	return a, nil
}

// compared is the condition of two values and the sign between them.
func (p *parser) compared(a value, sign token, b value) (value, error) {
	if err := p.count(sign.at); err != nil {
		return nil, err
	}
	c, err := p.pair(a, sign, b)
	if err != nil {
		return nil, err
	}
	if sign.is("!=", "<>") {
		c = opposite{c}
	}
	return verdict{c}, nil
}

// pair brings two values to one kind. It takes != for =.
func (p *parser) pair(a value, sign token, b value) (condition, error) {
	equality := sign.is("=", "==", "!=", "<>", "in", "not")
	a, err := p.dated(a, b, sign)
	if err != nil {
		return nil, err
	}
	if b, err = p.dated(b, a, sign); err != nil {
		return nil, err
	}
	switch ka, kb := a.kind(), b.kind(); {
	case !equality && (ka == Bool || kb == Bool || ka == related || kb == related):
		return nil, p.fail(sign.at, "expected = or != between %s and %s, found %s", ka, kb, sign)
	case equality && kb == nothing, equality && unset(b) && ka == Moment:
		return missing{a}, nil
	case equality && ka == nothing, equality && unset(a) && kb == Moment:
		return missing{b}, nil
	case ka == nothing || kb == nothing:
		return truth{literal{Bool, false}}, nil
	case ka == related || kb == related:
		return nil, p.fail(sign.at, "a relation can be compared with null only")
	case ka == Int && kb == Float:
		a = widened(a)
	case ka == Float && kb == Int:
		b = widened(b)
	case ka != kb:
		return nil, p.fail(sign.at, "expected two values of one kind, found %s and %s", ka, kb)
	}
	if equality && a.kind() == Bool { // "Revoked = true" is "Revoked", also to an index
		if l, ok := b.(literal); ok && l.value == true {
			return truth{a}, nil
		}
		if l, ok := a.(literal); ok && l.value == true {
			return truth{b}, nil
		}
	}
	order := sign.text
	if equality {
		order = "="
	}
	return comparison{order, a, b}, nil
}

// dated reads a text that is compared with a date as a date.
func (p *parser) dated(v, other value, sign token) (value, error) {
	l, ok := v.(literal)
	if !ok || l.is != Text || other.kind() != Moment {
		return v, nil
	}
	text := l.value.(string)
	t, err := entity.ParseTime(text)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, p.fail(sign.at, "expected a date such as 2026-01-31T12:00:00Z, or null, found an empty text")
	case err != nil:
		return nil, p.fail(sign.at, "%s", err)
	case t.IsZero():
		return literal{Moment, int64(leastMoment)}, nil
	}
	return literal{Moment, t.Micros()}, nil
}

// widened makes an Int a Float.
func widened(v value) value {
	if l, ok := v.(literal); ok {
		return literal{Float, float64(l.value.(int64))}
	}
	return decimal{v}
}

// among reads the list behind in. The items are compared as by =, those of one
// kind at once.
func (p *parser) among(a value, word token) (verdict, error) {
	if err := p.count(word.at); err != nil {
		return verdict{}, err
	}
	if err := p.expect("("); err != nil {
		return verdict{}, err
	}
	var found joined
	for n := 1; ; n++ {
		if n > maxItems {
			return verdict{}, p.fail(p.peek().at, "expected at most %d values", maxItems)
		}
		item := p.peek()
		v, err := p.operand()
		if err != nil {
			return verdict{}, err
		}
		if !isLiteral(v) {
			return verdict{}, p.fail(item.at, "expected a value such as 1 or \"a\", found a member")
		}
		c, err := p.pair(a, token{tokenName, item.at, "in"}, v)
		if err != nil {
			return verdict{}, err
		}
		found.add(c)
		if p.accept(")") {
			return verdict{found}, nil
		}
		if !p.accept(",") {
			return verdict{}, p.expected(", or )")
		}
	}
}

// add puts a comparison with an item to those of its kind.
func (j *joined) add(c condition) {
	equal, ok := c.(comparison)
	if !ok {
		j.parts = append(j.parts, c)
		return
	}
	item := equal.b.(literal)
	for i := range j.parts {
		if l, ok := j.parts[i].(listed); ok && l.items[0].is == item.is {
			l.items = append(l.items, item)
			j.parts[i] = l
			return
		}
	}
	j.parts = append(j.parts, listed{equal.a, []literal{item}})
}
