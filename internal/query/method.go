package query

// method reads a method behind its dot.
func (p *parser) method(of value) (value, error) {
	t := p.peek()
	if !t.is("contains", "startswith", "endswith", "tolower", "toupper") {
		return nil, p.expected("Contains, StartsWith, EndsWith, ToLower or ToUpper")
	}
	if of.kind() != Text {
		return nil, p.fail(t.at, "expected a text before .%s, found %s", t.text, of.kind())
	}
	p.take()
	if t.is("tolower", "toupper") {
		return p.recased(of, t.is("toupper"))
	}
	part, err := p.argument()
	if err != nil {
		return nil, err
	}
	how := anywhere
	switch {
	case t.is("startswith"):
		how = atStart
	case t.is("endswith"):
		how = atEnd
	}
	return verdict{search{how, of, part}}, p.count(t.at)
}

func (p *parser) recased(of value, upper bool) (value, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	// The last change of case decides, however many there are.
	if before, ok := of.(recased); ok {
		of = before.text
	}
	r := recased{of, upper}
	if isLiteral(of) {
		return literal{Text, r.of(nil)}, nil
	}
	return r, nil
}

// argument reads one text in brackets.
func (p *parser) argument() (value, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	at := p.peek().at
	v, err := p.operand()
	if err != nil {
		return nil, err
	}
	if v.kind() != Text {
		return nil, p.fail(at, "expected a text, found %s", v.kind())
	}
	return v, p.expect(")")
}
