package mail

import (
	"html"
	"strings"
)

// variableClass marks the element that the editor puts around a placeholder:
//
//	<span class="dx-variable" data-var-value="UserKey"><span contenteditable="false">{UserKey}</span></span>
const variableClass = "dx-variable"

// maxVariable is how many bytes such an element, or a tag of it, has at most. Only
// so many are read to find an end, so that the time taken grows with the text and
// not with its square.
const maxVariable = 2048

// unwrap replaces the editor's variables by their bare placeholders. What is
// not one, or has no end, stays as it is.
func unwrap(text string) string {
	if !strings.Contains(text, variableClass) {
		return text
	}
	var out strings.Builder
	for text != "" {
		at := strings.IndexByte(text, '<')
		if at < 0 {
			break
		}
		out.WriteString(text[:at])
		text = text[at:]
		t, ok := readTag(text)
		if !ok {
			out.WriteByte('<')
			text = text[1:]
			continue
		}
		if t.name == "span" && hasWord(t.attributes["class"], variableClass) {
			if inner, length, ok := element(text, t); ok {
				out.WriteString(bare(t, inner))
				text = text[length:]
				continue
			}
		}
		out.WriteString(text[:t.length])
		text = text[t.length:]
	}
	return out.String() + text
}

// bare is what a variable is without its wrapping.
func bare(t tag, inner string) string {
	if name := t.attributes["data-var-value"]; name != "" {
		return "{" + html.EscapeString(name) + "}"
	}
	var out strings.Builder
	for inner != "" {
		if t, ok := readTag(inner); ok {
			inner = inner[t.length:]
			continue
		}
		out.WriteByte(inner[0])
		inner = inner[1:]
	}
	return strings.Trim(out.String(), "\ufeff \t\r\n")
}

// element is what is inside the span that text begins with, and how many bytes
// the whole takes.
func element(text string, start tag) (inner string, length int, ok bool) {
	text = text[:min(len(text), maxVariable)]
	depth := 1
	for i := start.length; i < len(text); {
		t, ok := readTag(text[i:])
		if !ok {
			i++
			continue
		}
		switch t.name {
		case "span":
			depth++
		case "/span":
			depth--
		}
		if depth == 0 {
			return text[start.length:i], i + t.length, true
		}
		i += t.length
	}
	return "", 0, false
}

// tag is a start or end tag of HTML.
type tag struct {
	name       string // in lower case; of an end tag with its slash
	attributes map[string]string
	length     int // bytes from < to >
}

// readTag reads the tag that text begins with.
func readTag(text string) (tag, bool) {
	if !strings.HasPrefix(text, "<") {
		return tag{}, false
	}
	text = text[:min(len(text), maxVariable)]
	i := 1
	for i < len(text) && (isLetter(text[i]) || text[i] == '/' && i == 1 || isDigit(text[i]) && i > 1) {
		i++
	}
	if i == 1 || text[:i] == "</" {
		return tag{}, false
	}
	t := tag{name: strings.ToLower(text[1:i])}
	for i < len(text) {
		switch {
		case text[i] == '>':
			t.length = i + 1
			return t, true
		case isBlank(text[i]) || text[i] == '/':
			i++
		default:
			name, value, n := attribute(text[i:])
			if n == 0 {
				return tag{}, false
			}
			if t.attributes == nil {
				t.attributes = map[string]string{}
			}
			if _, twice := t.attributes[name]; !twice {
				t.attributes[name] = value
			}
			i += n
		}
	}
	return tag{}, false
}

// attribute reads one attribute: name, name=value, name="value", name='value'.
func attribute(text string) (name, value string, length int) {
	end := strings.IndexAny(text, "=<> \t\r\n\f/")
	if end <= 0 || text[end] == '<' {
		return "", "", 0
	}
	name = strings.ToLower(text[:end])
	if text[end] != '=' {
		return name, "", end
	}
	rest := text[end+1:]
	if rest == "" {
		return "", "", 0
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		n := strings.IndexByte(rest[1:], quote)
		if n < 0 {
			return "", "", 0
		}
		return name, html.UnescapeString(rest[1 : n+1]), end + n + 3
	}
	n := strings.IndexAny(rest, "<> \t\r\n\f")
	if n < 0 || rest[n] == '<' {
		return "", "", 0
	}
	return name, html.UnescapeString(rest[:n]), end + 1 + n
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func isBlank(b byte) bool { return strings.IndexByte(" \t\r\n\f", b) >= 0 }

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}
