package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// maxDocument bounds what is read as a license document or key, in bytes.
const maxDocument = 4 << 20

type verifyCmd struct {
	File    string   `arg:"" help:"The license document, in any format; - is standard input."`
	Key     []string `required:"" sep:"none" placeholder:"FILE" help:"Public keys: PEM, or a JWK set such as the server's jwks.json. May be repeated."`
	At      string   `placeholder:"TIME" help:"When the license must be valid: a date, or RFC 3339 (default: now)."`
	Machine string   `placeholder:"ID" help:"The machine that the document must be tied to; for the file of a license order that names HostIDs, those of the machine as TYPE=value,TYPE=value."`
	Revoked []string `sep:"none" placeholder:"KEYID" help:"Id of a key that is no longer believed, as --revoked=KEYID, since an id may begin with a dash. May be repeated."`
}

// Run says whether a license document is valid, without any server. What keeps
// it from finding out is a usageError.
func (c *verifyCmd) Run(std streams) error {
	at, err := entity.ParseTime(c.At)
	if err != nil {
		return usageError{fmt.Errorf("--at: %w", err)}
	}
	if at.IsZero() {
		at = entity.TimeOf(time.Now())
	}
	known, err := c.readKeys()
	if err != nil {
		return usageError{err}
	}
	doc, err := readInput(c.File, std.in)
	if err != nil {
		return usageError{err}
	}
	verified, err := document.Verify(doc, known...)
	if err == nil {
		err = verified.Check(document.Use{At: at.Std(), MachineID: c.Machine, Revoked: c.Revoked})
	}
	if err != nil {
		return fmt.Errorf("%s is not valid: %w", c.File, err)
	}
	return describe(std.out, verified)
}

func (c *verifyCmd) readKeys() ([]keys.Public, error) {
	var known []keys.Public
	for _, file := range c.Key {
		text, err := readInput(file, nil)
		if err != nil {
			return nil, err
		}
		found, err := keys.ParseSet(text)
		if err != nil {
			return nil, fmt.Errorf("key file %s: %w", file, err)
		}
		known = append(known, found...)
	}
	return known, nil
}

func readInput(file string, stdin io.Reader) (string, error) {
	in := stdin
	if file != "-" || in == nil {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	if len(text) > maxDocument {
		return "", errors.New(file + " is too large for a license document or a key")
	}
	return string(text), nil
}

// describe says what a valid document states, a line each.
func describe(w io.Writer, v *document.Verified) error {
	c := v.Content
	var b strings.Builder
	fmt.Fprintf(&b, "valid: license %s, format %d, signed by key %s\n", printable(c.LicenseID), v.Format, v.KeyID)
	for _, line := range []struct{ name, value string }{
		{"product", c.Product.Name}, {"licensee", c.Licensee.Name}, {"company", c.Licensee.Company},
		{"expires", c.ExpireDate.String()}, {"machine", strings.Join(c.Machines(), ", ")},
	} {
		if line.value != "" {
			fmt.Fprintf(&b, "  %-9s %s\n", line.name, printable(line.value))
		}
	}
	describeOrder(&b, v.Order)
	_, err := io.WriteString(w, b.String())
	return err
}

// describeOrder says which features end when: the license lasts as long as the
// last of them.
func describeOrder(b *strings.Builder, o *document.Order) {
	if o == nil {
		return
	}
	for _, f := range o.Features {
		fmt.Fprintf(b, "  %-9s %s %s, ends %s\n", "feature", printable(f.Name), printable(f.Version), cmp.Or(f.End, "never"))
	}
}

// printable keeps a document from writing to the terminal what it likes.
func printable(s string) string {
	return strings.Trim(fmt.Sprintf("%q", s), `"`)
}
