package management_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
)

// mailTemplate puts an e-mail template into the books.
func (h *house) mailTemplate(format, body, meta string) int64 {
	h.t.Helper()
	r := &entity.Resource{Name: "mail", Type: "email", DataFormat: format, Data: body, Meta: meta}
	h.write(r)
	return r.ID
}

const goodMail = `{"to":[{"name":"Ada","email":"ada@customer.example"}],"subject":"Hello","body":"b"}`

func TestEmailsAreQueuedListedAndForgotten(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/email/send", goodMail)
		if len(a.object) != 3 || a.text("message") != "queued" || a.id("code") != 0 {
			t.Errorf("answer: %s", a.body)
		}
		lic := h.ok("POST", "/v1/licenses", `{"license":{"licenseeName":"Bob","licenseeEmail":"bob@customer.example"}}`)
		tpl := h.mailTemplate("text", "{UserKey}", `{"email_subject":"For {LicenseeName}"}`)
		h.ok("POST", "/v1/email/license", fmt.Sprintf(`{"licenseId":%d,"resourceId":%d}`, lic.id("licenseId"), tpl))
		got := h.ok("GET", "/v1/emails", "")
		rows := got.list("emails")
		if len(rows) != 2 || got.id("totalEmailsCount") != 2 || strings.Contains(string(got.body), lic.text("userKey")) {
			t.Fatalf("list: %s", got.body)
		}
		to := rows[1]["recipients"].([]any)[0].(map[string]any)
		if rows[1]["subject"] != "For Bob" || rows[1]["state"] != "queued" || rows[1]["settledAt"] != nil || rows[1]["attempts"] != json.Number("0") ||
			to["email"] != "bob@customer.example" || to["kind"] != "to" || to["state"] != "waiting" {
			t.Errorf("row: %v", rows[1])
		}
		if rows := h.ok("GET", "/v1/emails?skip=1&take=5", "").list("emails"); len(rows) != 1 || rows[0]["subject"] != "For Bob" {
			t.Errorf("second page: %v", rows)
		}
		h.ok("DELETE", fmt.Sprintf("/v1/emails/%v", rows[0]["id"]), "")
		h.refused("DELETE", fmt.Sprintf("/v1/emails/%v", rows[0]["id"]), "", 404, 5, "there is no e-mail")
		if n := len(h.ok("GET", "/v1/emails", "").list("emails")); n != 1 {
			t.Errorf("%d are left", n)
		}
	})
}

func TestEmailsThatAreRefused(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.ok("POST", "/v1/licenses", `{"license":{"licenseeEmail":"bob@customer.example"}}`).id("licenseId")
		nobody := h.ok("POST", "/v1/licenses", `{"license":{}}`).id("licenseId")
		odd := h.ok("POST", "/v1/licenses", `{"license":{"licenseeEmail":"a@b.example, c@d.example"}}`).id("licenseId")
		good := h.mailTemplate("html", "x", `{"email_subject":"s"}`)
		off := h.mailTemplate("html", "x", `{"email_subject":"s","enable_send":"false"}`)
		blob := &entity.Resource{Type: "file", DataFormat: "html"}
		h.write(blob)
		key := h.ok("GET", "/v1/resources", "").list("resources")[0]["id"]
		entry := `{"name":"n","email":"a@b.example"}`
		many := "[" + strings.TrimSuffix(strings.Repeat(entry+",", 101), ",") + "]"
		for _, m := range []struct{ member, value, say string }{
			{"to", `[]`, "to: is missing"}, {"to", `null`, "to: is missing"}, {"to", `"a@b.example"`, "to: expected a list"},
			{"to", many, "to: has 101 recipients, 100 is the most"},
			{"to", `[{"email":""}]`, "to[0].email: is missing"}, {"to", `[{"email":"nobody"}]`, "to[0].email"},
			{"to", `[` + entry + `,{"email":"a@b.example\r\nBcc: x@y.example"}]`, "to[1].email"},
			{"to", `[{"email":"Ada <a@b.example>"}]`, "to[0].email"}, {"to", `[{"email":"a@b.example>"}]`, "to[0].email"},
			{"to", `[{"email":"a@b.example","name":"A\nB"}]`, "to[0].name"}, {"to", `[{"email":7}]`, "to[0].email: expected a string"},
			{"to", `[{"email":"` + strings.Repeat("x", 250) + `@b.example"}]`, "to[0].email: has"},
			{"subject", `""`, "subject: is missing"}, {"subject", quoted(999), "subject: has 999 bytes"},
			{"subject", `"a\r\nBcc: x@y.example"`, "subject: may not hold line breaks"}, {"subject", `null`, "subject: is missing"},
			{"isHtml", `"yes"`, "isHtml: expected true or false"}, {"body", `[]`, "body: expected a string"},
			{"attachments", manyItems(`{"fileName":"f"}`, 21), "attachments: has 21 files"},
			{"attachments", `[{"fileName":""}]`, "attachments[0].fileName: is missing"},
			{"attachments", `[{"fileName":"../x"}]`, "attachments[0].fileName: must be a plain"},
			{"attachments", `[{"fileName":"a\\b"}]`, "attachments[0].fileName: must be a plain"},
			{"attachments", `[{"fileName":".."}]`, "attachments[0].fileName: must be a plain"},
			{"attachments", `[{"fileName":"f","content":"###"}]`, "attachments[0].content: is not base64"},
			{"attachments", `[{"fileName":"f","contentType":"pdf"}]`, "attachments[0].contentType"},
			{"attachments", `[{"fileName":"f","contentType":"a/b\r\nX: y"}]`, "attachments[0].contentType"},
			{"attachments", `[{"fileName":"f","contentType":"multipart/mixed"}]`, "attachments[0].contentType"},
		} {
			body := goodMail[:len(goodMail)-1]
			var members map[string]json.RawMessage
			h.must(json.Unmarshal([]byte(body+"}"), &members))
			members[m.member] = json.RawMessage(m.value)
			raw, err := json.Marshal(members)
			h.must(err)
			h.refused("POST", "/v1/email/send", string(raw), 400, 3, m.say)
		}
		ask := func(license, resource any) string {
			return fmt.Sprintf(`{"licenseId":%v,"resourceId":%v}`, license, resource)
		}
		for _, b := range []bad{
			{"POST", "/v1/email/send", "", 400, 3, "to: is missing"},
			{"POST", "/v1/email/send", "[]", 400, 3, "expected an object"},
			{"POST", "/v1/email/license", "", 400, 3, "licenseId: is missing"},
			{"POST", "/v1/email/license", ask(lic, "null"), 400, 3, "resourceId: is missing"},
			{"POST", "/v1/email/license", ask(9999, good), 404, 5, "there is no license 9999"},
			{"POST", "/v1/email/license", ask(-1, good), 404, 5, "there is no license -1"},
			{"POST", "/v1/email/license", ask(lic, 9999), 404, 5, "there is no resource 9999"},
			{"POST", "/v1/email/license", ask(`"x"`, good), 400, 3, "licenseId: expected a whole number"},
			{"POST", "/v1/email/license", ask("9223372036854775808", good), 400, 3, "licenseId: the number"},
			{"POST", "/v1/email/license", ask(nobody, good), 400, 3, "has no licenseeEmail"},
			{"POST", "/v1/email/license", ask(odd, good), 400, 3, "is not an e-mail address"},
			{"POST", "/v1/email/license", ask(lic, off), 409, 9, "is switched off"},
			{"POST", "/v1/email/license", ask(lic, blob.ID), 400, 3, `is of type "file"`},
			{"POST", "/v1/email/license", ask(lic, key), 400, 3, `is of type`},
			{"DELETE", "/v1/emails/x", "", 400, 3, "emailId: expected a whole number"},
			{"DELETE", "/v1/emails/9999", "", 404, 5, "there is no e-mail 9999"},
			{"GET", "/v1/emails?take=-1", "", 400, 3, "take: must not be negative"},
		} {
			h.refused(b.method, b.path, b.body, b.status, b.code, b.say)
		}
		for _, set := range []settings.Email{{}, {Host: "h", FromAddress: "a@b.example"}, {Enabled: true, FromAddress: "a@b.example"}, {Enabled: true, Host: "h"},
			{Enabled: true, Host: "h", FromAddress: "nobody"}} {
			h.smtp = set
			h.refused("POST", "/v1/email/send", goodMail, 409, 9, "e-mail is not set up")
			h.refused("POST", "/v1/email/license", ask(lic, good), 409, 9, "e-mail is not set up")
		}
		if a := h.ok("GET", "/v1/emails", ""); a.id("totalEmailsCount") != 0 {
			t.Errorf("refused requests queued mails: %s", a.body)
		}
	})
}
