package query

const (
	maxNesting     = 32  // brackets in each other, nots in a row, methods in a row
	maxComparisons = 200 // of a filter
	maxItems       = 200 // of a list behind in
	maxHops        = 5   // relations in one path
)

// parser reads a filter from the top down. What it has read agrees with the
// schema.
type parser struct {
	source
	schema      *Schema
	tokens      []token
	next        int
	depth       int
	comparisons int
}

// parse reads the whole of a filter.
func parse(s *Schema, text string) (condition, error) {
	p := &parser{source: source{field: "filter", text: text}, schema: s}
	var err error
	if p.tokens, err = p.source.tokens(); err != nil {
		return nil, err
	}
	v, err := p.either()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.expected("and, or or the end")
	}
	return p.condition(v, p.tokens[0].at)
}

func (p *parser) peek() token { return p.tokens[p.next] }

// take reads the next token. The end stays.
func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

// accept reads the next token if it is one of these.
func (p *parser) accept(words ...string) bool {
	if !p.peek().is(words...) {
		return false
	}
	p.next++
	return true
}

// follows says whether the token after the next one is this sign.
func (p *parser) follows(sign string) bool {
	return p.peek().kind != tokenEnd && p.tokens[p.next+1].is(sign)
}

// expected is the fault of the next token.
func (p *parser) expected(what string) error {
	return p.fail(p.peek().at, "expected %s, found %s", what, p.peek())
}

// expect reads a sign that must be there.
func (p *parser) expect(sign string) error {
	if !p.accept(sign) {
		return p.expected(sign)
	}
	return nil
}

// enter goes one level deeper, unless that is too deep.
func (p *parser) enter() error {
	if p.depth == maxNesting {
		return p.fail(p.peek().at, "expected at most %d brackets, nots or methods in each other", maxNesting)
	}
	p.depth++
	return nil
}

// either reads conditions with or between them, or a lone value.
func (p *parser) either() (value, error) { return p.join(false, p.both, "or", "||") }

func (p *parser) both() (value, error) { return p.join(true, p.unless, "and", "&&") }

func (p *parser) join(all bool, part func() (value, error), words ...string) (value, error) {
	at := p.peek().at
	v, err := part()
	if err != nil || !p.peek().is(words...) {
		return v, err
	}
	j := joined{all: all}
	for {
		c, err := p.condition(v, at)
		if err != nil {
			return nil, err
		}
		j.parts = append(j.parts, c)
		if !p.accept(words...) {
			return verdict{j}, nil
		}
		at = p.peek().at
		if v, err = part(); err != nil {
			return nil, err
		}
	}
}

// unless reads a comparison and the nots before it.
func (p *parser) unless() (value, error) {
	depth, nots := p.depth, 0
	for p.peek().is("not", "!") {
		if err := p.enter(); err != nil {
			return nil, err
		}
		p.take()
		nots++
	}
	at := p.peek().at
	v, err := p.comparison()
	p.depth = depth
	if err != nil || nots == 0 {
		return v, err
	}
	c, err := p.condition(v, at)
	if err != nil {
		return nil, err
	}
	if nots%2 == 1 {
		c = opposite{c}
	}
	return verdict{c}, nil
}

// condition makes a condition of the value that was read at a byte.
func (p *parser) condition(v value, at int) (condition, error) {
	if v, ok := v.(verdict); ok {
		return v.condition, nil
	}
	if v.kind() != Bool {
		return nil, p.fail(at, "expected a condition, found %s", v.kind())
	}
	return truth{v}, p.count(at)
}

// count counts the comparison at a byte.
func (p *parser) count(at int) error {
	if p.comparisons == maxComparisons {
		return p.fail(at, "expected at most %d comparisons", maxComparisons)
	}
	p.comparisons++
	return nil
}
