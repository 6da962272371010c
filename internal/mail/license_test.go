package mail_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/mail/mailtest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// licensed is a license with all that an e-mail about it can say.
func (h *house) licensed(change ...func(*entity.License)) *entity.License {
	h.t.Helper()
	customer := &entity.Customer{FirstName: "Ada", LastName: "<b>Love</b>"}
	template := &entity.LicenseTemplate{Name: "T", LicenseFileName: "editor.lic"}
	h.write(customer, template)
	h.write(
		&entity.Contact{CustomerID: customer.ID, FirstName: "Eve", LastName: "Ops", Email: "eve@customer.example", Notify: true},
		&entity.Contact{CustomerID: customer.ID, Email: "silent@customer.example"},
		&entity.Contact{CustomerID: customer.ID, FirstName: "Nobody", Notify: true},
		&entity.Contact{CustomerID: customer.ID, Email: "Ada@Customer.example", Notify: true}, // the licensee again
	)
	lic := &entity.License{
		LicenseID: "lic1234", UserKey: "K&Y-1", Format: entity.FormatJWS, LicenseKey: "eyJ.document", LicensingMode: entity.File,
		LicenseeName: "Ada\r\nBcc: evil@x.example", LicenseeEmail: "ada@customer.example", ExpireDate: entity.TimeOf(testStart),
		CustomerID: &customer.ID, TemplateID: &template.ID,
		Product: &entity.ProductInfo{Name: "Editor {UserKey}", URL: "https://vendor.example/get?a=1&b=2"},
	}
	for _, f := range change {
		f(lic)
		lic.LicenseID = "lic" + lic.UserKey
	}
	h.write(lic)
	return lic
}

func (h *house) template(format, body, meta string) *entity.Resource {
	h.t.Helper()
	r := &entity.Resource{Type: "email", DataFormat: format, Data: body, Meta: meta}
	h.write(r)
	return r
}

const fullMeta = `{"enable_send":"true","email_subject":"{ProductName} License for {LicenseeName} {Unknown}",` +
	`"email_cc":"Sales <sales@vendor.example>; eve@customer.example","email_bcc":"archive@vendor.example","attach_license_file":"true"}`

func TestTheEmailOfALicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		lic := h.licensed()
		body := `<p>Dear <span class="dx-variable" data-var-start-esc-char="{" data-var-end-esc-char="}" data-var-value="CustomerName">` +
			`<span contenteditable="false">{CustomerName}</span></span>, <a href="{ProductDownload}">get</a> <a href="%7BProductDownload%7D">it</a>: ` +
			`{LicenseId} {UserKey} {ExpireDate} {SupportExpireDate} {Unknown} {userkey} {</p>`
		h.must(h.mail.SendLicense(t.Context(), lic.ID, h.template("html", body, fullMeta).ID))
		h.deliver(1)
		got := server.Got()[0]
		if !slices.Equal(got.To, []string{"ada@customer.example", "sales@vendor.example", "eve@customer.example", "archive@vendor.example"}) {
			t.Errorf("to %v", got.To)
		}
		head, parts := mailtest.Read(t, got.Data)
		if s := mailtest.Words(t, head.Get("Subject")); s != "Editor {UserKey} License for Ada  Bcc: evil@x.example {Unknown}" {
			t.Errorf("Subject: %q", s)
		}
		if head.Get("Bcc") != "" || strings.Contains(header(got.Data), "archive@") || strings.Contains(header(got.Data), "\nbcc") {
			t.Errorf("the hidden copy shows:\n%s", header(got.Data))
		}
		cc, err := head.AddressList("Cc")
		if err != nil || len(cc) != 2 || cc[0].Name != "Sales" || cc[1].Address != "eve@customer.example" {
			t.Errorf("Cc: %v, %v", cc, err)
		}
		want := `<p>Dear Ada &lt;b&gt;Love&lt;/b&gt;, <a href="https://vendor.example/get?a=1&amp;b=2">get</a> <a href="https://vendor.example/get?a=1&amp;b=2">it</a>: ` +
			`lic1234 K&amp;Y-1 2026-03-01 never {Unknown} {userkey} {</p>`
		if len(parts) != 2 || parts[0].Body != want || !strings.HasPrefix(parts[0].Kind, "text/html") {
			t.Fatalf("%+v", parts)
		}
		if parts[1].Body != "eyJ.document" || parts[1].Disposition != "attachment; filename=editor.lic" || parts[1].Kind != "text/plain" {
			t.Errorf("license file: %+v", parts[1])
		}
	})
}

func TestTheTextEmailOfALicense(t *testing.T) {
	t.Parallel()
	server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
	lic := h.licensed(func(l *entity.License) {
		l.LicensingMode, l.CustomerID, l.LicenseeName, l.LicenseeCompany = entity.Floating, nil, "", "A & B"
		l.Product = nil
	})
	h.must(h.mail.SendLicense(t.Context(), lic.ID, h.template("Text", "For {CustomerName}: {UserKey} [{ProductName}{ProductDownload}]", fullMeta).ID))
	h.deliver(1)
	_, parts := mailtest.Read(t, server.Got()[0].Data)
	if len(parts) != 1 || strings.TrimSpace(parts[0].Body) != "For A & B: K&Y-1 []" || !strings.HasPrefix(parts[0].Kind, "text/plain") {
		t.Errorf("%+v", parts)
	}
}

func TestTemplatesAndLicensesThatCannotBeMailed(t *testing.T) {
	t.Parallel()
	server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
	good := h.template("html", "x", `{"email_subject":"s"}`)
	lic := h.licensed()
	wordy := h.licensed(func(l *entity.License) { l.UserKey, l.LicenseeCompany = "K4", strings.Repeat("'", 256) })
	many := strings.Repeat("{LicenseeCompany}", 1<<20/len("{LicenseeCompany}"))
	for name, c := range map[string]struct {
		license  *entity.License
		template *entity.Resource
		kind     fault.Kind
		says     string
	}{
		"no address":      {h.licensed(func(l *entity.License) { l.UserKey, l.LicenseeEmail = "K2", "" }), good, fault.Invalid, "has no licenseeEmail"},
		"bad address":     {h.licensed(func(l *entity.License) { l.UserKey, l.LicenseeEmail = "K3", "a@b\r\nBcc: c@d" }), good, fault.Invalid, "is not an e-mail address"},
		"node-locked":     {h.licensed(func(l *entity.License) { l.UserKey, l.ParentID = "", &lic.ID }), good, fault.Invalid, "node-locked copy"},
		"no subject":      {lic, h.template("html", "x", ""), fault.Invalid, "no email_subject"},
		"blank subject":   {lic, h.template("html", "x", `{"email_subject":"\r\n "}`), fault.Invalid, "no email_subject"},
		"long subject":    {lic, h.template("html", "x", `{"email_subject":"`+strings.Repeat("{CustomerName}", 100)+`"}`), fault.Invalid, "998 is the most"},
		"long body":       {wordy, h.template("html", many, `{"email_subject":"s"}`), fault.Invalid, "the body would have more than"},
		"long text":       {wordy, h.template("text", many, `{"email_subject":"s"}`), fault.Invalid, "the body would have more than"},
		"meta no JSON":    {lic, h.template("html", "x", `email_subject`), fault.Invalid, "meta that is not"},
		"meta a list":     {lic, h.template("html", "x", `[]`), fault.Invalid, "meta that is not"},
		"meta of numbers": {lic, h.template("html", "x", `{"email_subject":1}`), fault.Invalid, "meta that is not"},
		"cc":              {lic, h.template("html", "x", `{"email_subject":"s","email_cc":"nobody"}`), fault.Invalid, "email_cc"},
		"bcc":             {lic, h.template("html", "x", `{"email_subject":"s","email_bcc":"a@b.example, x"}`), fault.Invalid, "email_bcc"},
		"too many":        {lic, h.template("html", "x", `{"email_subject":"s","email_cc":"`+manyAddresses(100)+`"}`), fault.Invalid, "100 is the most"},
		"enable_send":     {lic, h.template("html", "x", `{"email_subject":"s","enable_send":"maybe"}`), fault.Invalid, "enable_send"},
		"switched off":    {lic, h.template("html", "x", `{"email_subject":"s","enable_send":"FALSE"}`), fault.Conflict, "switched off"},
		"data format":     {lic, h.template("PEM", "x", `{"email_subject":"s"}`), fault.Invalid, "data format"},
	} {
		err := h.mail.SendLicense(t.Context(), c.license.ID, c.template.ID)
		if !fault.IsKind(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if n := len(h.rows()); n != 0 {
		t.Errorf("%d were queued", n)
	}
}

func manyAddresses(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("a%d@vendor.example", i))
	}
	return strings.Join(all, ",")
}

// TestTheAuditNamesNoKey: which license, by which template, to whom, and never
// the subject, which may hold the user key.
func TestTheAuditNamesNoKey(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		lic := h.licensed()
		tpl := h.template("html", "{UserKey}", `{"email_subject":"{UserKey}"}`)
		ctx := journal.WithActor(t.Context(), journal.Actor{UserID: "admin"})
		h.must(h.mail.SendLicense(ctx, lic.ID, tpl.ID))
		h.must(h.mail.Delete(ctx, h.only().ID))
		var got []struct{ UserID, Action, Entity, Details string }
		h.must(h.store.Read().NewRaw("SELECT user_id, action, entity, details FROM audit_entries ORDER BY id").Scan(t.Context(), &got))
		if len(got) != 2 || got[0].Action != "insert" || got[1].Action != "delete" ||
			got[0].Details != fmt.Sprintf("license lic1234 by resource %d to ada@customer.example, eve@customer.example", tpl.ID) {
			t.Errorf("%+v", got)
		}
		for _, e := range got {
			if e.UserID != "admin" || e.Entity != "email" || strings.Contains(e.Details, lic.UserKey) {
				t.Errorf("%+v", e)
			}
		}
		if h.contents() != 0 || len(h.rows()) != 0 {
			t.Error("a cancelled mail is still there")
		}
	})
}
