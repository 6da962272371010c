package entity

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/licet/licet/internal/fault"
)

// What a member may hold at most: characters of a text, items of a list.
const (
	maxName        = 256
	maxDescription = 4096
	maxText        = 64 << 10
	maxBlob        = 1 << 20
	maxItems       = 1000
	maxDays        = 36500
	maxSites       = 1<<31 - 1
	maxCount       = 1<<31 - 1
	maxContacts    = 500
	maxTags        = 100
)

// check collects the first thing that is wrong with an entity.
type check struct{ err error }

func (c *check) fail(field, format string, args ...any) {
	if c.err == nil {
		c.err = fault.Bad(field, format, args...)
	}
}

// text bounds a text in characters.
func (c *check) text(field, value string, most int) {
	if len(value) <= most {
		return
	}
	if n := utf8.RuneCountInString(value); n > most {
		c.fail(field, "has %d characters, %d is the most", n, most)
	}
}

// line is text on one line, such as a name: no control characters.
func (c *check) line(field, value string, most int) {
	c.text(field, value, most)
	if strings.ContainsFunc(value, unicode.IsControl) {
		c.fail(field, "may not hold line breaks or other control characters")
	}
}

// amount judges a number of things or of money.
func (c *check) amount(field string, value float64) {
	if value < 0 {
		c.fail(field, "must not be negative")
	}
}

// bytes bounds a text in bytes.
func (c *check) bytes(field, value string, most int) {
	if len(value) > most {
		c.fail(field, "has %d bytes, %d is the most", len(value), most)
	}
}

// needed is text that must be there.
func (c *check) needed(field, value string, most int) {
	if value == "" {
		c.fail(field, "is missing")
	}
	c.text(field, value, most)
}

// key judges a key that people type and seat calls look up: visible characters
// only. Empty is for the service to fill.
func (c *check) key(field, value string) {
	c.bytes(field, value, maxName)
	for _, r := range value {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			c.fail(field, "may hold visible characters only, no white space")
			return
		}
	}
}

func (c *check) items(field string, n int) {
	if n > maxItems {
		c.fail(field, "has %d items, %d is the most", n, maxItems)
	}
}

func (c *check) base64(field, value string) {
	c.text(field, value, maxText)
	if _, err := base64.StdEncoding.DecodeString(value); err != nil {
		c.fail(field, "is not base64")
	}
}

func (c *check) between(field string, value *int64, least, most int64) {
	if value != nil && (*value < least || *value > most) {
		c.fail(field, "must be from %d to %d", least, most)
	}
}

// enums judges the two enumerations that licenses and templates share.
func (c *check) enums(f Format, m LicensingMode) {
	if f < FormatXML || f > FormatJWS {
		c.fail("format", "must be from %d to %d", FormatXML, FormatJWS)
	}
	if !m.Valid() {
		c.fail("licensingMode", "must be %d (file), %d (activation) or %d (floating)", File, Activation, Floating)
	}
}

func (c *check) product(p *ProductInfo) {
	if p == nil {
		return
	}
	c.text("product.id", p.ID, maxName)
	c.text("product.name", p.Name, maxName)
	c.text("product.version", p.Version, maxName)
	c.text("product.copyright", p.Copyright, maxDescription)
	c.text("product.url", p.URL, maxDescription)
	c.text("product.description", p.Description, maxDescription)
}

// contents judges the lists that licenses and templates share.
func (c *check) contents(v *Contents) {
	c.items("components", len(v.Components))
	c.items("assemblies", len(v.Assemblies))
	c.items("fields", len(v.Fields))
	c.items("features", len(v.Features))
	c.items("restrictions", len(v.Restrictions))
	for i, name := range v.Components {
		c.text(at("components", i, ""), name, maxName)
	}
	for i := range v.Assemblies {
		a := &v.Assemblies[i]
		c.text(at("assemblies", i, ".name"), a.Name, maxName)
		c.text(at("assemblies", i, ".version"), a.Version, maxName)
		c.text(at("assemblies", i, ".culture"), a.Culture, maxName)
		c.text(at("assemblies", i, ".publicKeyToken"), a.PublicKeyToken, maxName)
		c.text(at("assemblies", i, ".debugSymbolsKey"), a.DebugSymbolsKey, maxDescription)
	}
	for i := range v.Fields {
		c.text(at("fields", i, ".name"), v.Fields[i].Name, maxName)
		c.text(at("fields", i, ".value"), v.Fields[i].Value, maxText)
	}
	for i := range v.Features {
		f := &v.Features[i]
		c.text(at("features", i, ".id"), f.ID, maxName)
		c.text(at("features", i, ".name"), f.Name, maxName)
		c.text(at("features", i, ".description"), f.Description, maxDescription)
		c.text(at("features", i, ".key"), f.Key, maxText)
		c.base64(at("features", i, ".data"), f.Data)
	}
	for i := range v.Restrictions {
		c.restriction(i, &v.Restrictions[i])
	}
}

func (c *check) restriction(i int, r *Restriction) {
	c.text(at("restrictions", i, ".id"), r.ID, maxName)
	c.text(at("restrictions", i, ".name"), r.Name, maxName)
	c.text(at("restrictions", i, ".customXmlContent"), r.CustomXMLContent, maxText)
	c.items(at("restrictions", i, ".properties"), len(r.Properties))
	for name, value := range r.Properties {
		c.text(at("restrictions", i, ".properties"), name, maxName)
		c.text(at("restrictions", i, ".properties."+name), value, maxText)
	}
}

func at(list string, i int, member string) string { return fmt.Sprintf("%s[%d]%s", list, i, member) }
