package mail

import (
	"cmp"
	"html"
	"net/url"
	"strings"

	"github.com/licet/licet/internal/entity"
)

// values are what the placeholders of a template stand for, by their names.
type values map[string]string

// valuesOf are the values of a license and its customer, who may be empty.
func valuesOf(l *entity.License, c *entity.Customer) values {
	product := l.Product
	if product == nil {
		product = &entity.ProductInfo{}
	}
	return values{
		"CustomerName": customerName(l, c), "ProductName": product.Name, "ProductVersion": product.Version,
		"ProductDownload": plainLink(product.URL), "LicenseId": l.LicenseID, "UserKey": l.UserKey, "LicenseType": l.LicenseType,
		"LicenseeName": l.LicenseeName, "LicenseeCompany": l.LicenseeCompany, "LicenseeEmail": l.LicenseeEmail,
		"IssueDate": day(l.IssueDate), "ExpireDate": day(l.ExpireDate), "SupportExpireDate": day(l.SupportExpireDate),
	}
}

// customerName is the customer's, as orders show it, or else the licensee's.
func customerName(l *entity.License, c *entity.Customer) string {
	return cmp.Or(c.Company, strings.TrimSpace(c.FirstName+" "+c.LastName), l.LicenseeName, l.LicenseeCompany)
}

// plainLink is a link that leads somewhere; those that run something are none.
func plainLink(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "", "http", "https", "ftp", "ftps":
		return link
	}
	return ""
}

func day(t entity.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Std().Format("2006-01-02")
}

// fill replaces the placeholders {Name} whose names are known by their values,
// once: a value that looks like a placeholder stays what it is.
func (v values) fill(text string, escape func(string) string) string {
	return v.replace(text, [][2]string{{"{", "}"}}, escape)
}

// fillHTML unwraps the editor's variables and fills the placeholders with
// escaped values. Editors also write the braces of a link as %7B and %7D.
func (v values) fillHTML(text string) string {
	return v.replace(unwrap(text), [][2]string{{"{", "}"}, {"%7B", "%7D"}, {"%7b", "%7d"}}, html.EscapeString)
}

// The text ends soon beyond maxBody: a template is full of placeholders if
// somebody wants it so, and a value may be long.
func (v values) replace(text string, braces [][2]string, escape func(string) string) string {
	var out strings.Builder
	for i := 0; i < len(text) && out.Len() <= maxBody; {
		name, length := placeholder(text[i:], braces)
		if value, known := v[name]; known && length > 0 {
			out.WriteString(escape(value))
			i += length
			continue
		}
		out.WriteByte(text[i])
		i++
	}
	return out.String()
}

// placeholder is the name of the placeholder that text begins with, and how
// many bytes it takes; 0: text does not begin with one.
func placeholder(text string, braces [][2]string) (name string, length int) {
	for _, b := range braces {
		rest, ok := strings.CutPrefix(text, b[0])
		if !ok {
			continue
		}
		n := 0
		for n < len(rest) && isLetter(rest[n]) {
			n++
		}
		if n > 0 && strings.HasPrefix(rest[n:], b[1]) {
			return rest[:n], len(b[0]) + n + len(b[1])
		}
	}
	return "", 0
}

func isLetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

// plain is the escaping of texts that need none.
func plain(s string) string { return s }
