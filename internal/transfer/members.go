package transfer

// eachMember hands out the members of an object that is known to be valid JSON, as
// they stand there. It finds them at a tenth of the cost of decoding anew.
func eachMember(object []byte, take func(name string, value []byte) error) error {
	for i := 1; ; {
		switch i = skipSpace(object, i); object[i] {
		case '}':
			return nil
		case ',':
			i++
			continue
		}
		end := stringEnd(object, i)
		name, err := unquote(object[i:end])
		if err != nil {
			return err
		}
		start := skipSpace(object, skipSpace(object, end)+1) // behind the colon
		i = valueEnd(object, start)
		if err := take(name, object[start:i]); err != nil {
			return err
		}
	}
}

func skipSpace(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n' {
		i++
	}
	return i
}

// stringEnd is behind the string that begins at i.
func stringEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// valueEnd is behind the value that begins at i.
func valueEnd(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		default:
			i++
		}
		if depth == 0 && (b[i] == ',' || b[i] == '}' || b[i] == ']' || b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
			return i
		}
	}
}
