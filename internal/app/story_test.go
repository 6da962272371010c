package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/mail/mailtest"
)

// story is a vendor, a customer and an application, from the first login to the
// last deletion.
type story struct {
	t         *testing.T
	s         *apptest.Server
	vendor    apptest.Vendor   // who has logged in
	ids       map[string]int64 // what was made, by name
	seller    string           // the user ids
	robot     string
	app       *client.Client // the application, with its own API key
	lic       apptest.License
	seat      client.Seat
	grant     *client.Grant
	published *client.KeySet // what the application ships
	end       time.Time      // of the license
}

// TestTheWholeStory plays what a vendor does with the server, and what their
// application does, once through.
func TestTheWholeStory(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		st := &story{t: t, s: s, ids: map[string]int64{}, end: time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)}
		before := st.figures(s.Vendor)
		for _, chapter := range []func(){
			st.logsIn, st.sells, st.mails, st.runs, st.reports, st.traced, st.logged, st.asks, st.revokes, st.isInTheWay, st.tidiesUp,
		} {
			chapter()
		}
		if after := st.figures(s.Vendor); !maps.Equal(before, after) {
			t.Errorf("info at the end: %v, at the beginning: %v", after, before)
		}
	})
}

// make inserts an item and keeps its id under a name.
func (st *story) make(name, path, item, id, members string) {
	st.t.Helper()
	a := st.vendor.Must(st.t, "POST", path, fmt.Sprintf(`{%q:%s}`, item, members))
	st.ids[name] = int64(a[id].(float64))
}

// rows asks a list and returns its items; query is name and value in turn.
func (st *story) rows(v apptest.Vendor, path string, query ...string) []any {
	st.t.Helper()
	q := url.Values{}
	for i := 0; i < len(query); i += 2 {
		q.Set(query[i], query[i+1])
	}
	a := v.Must(st.t, "GET", path+"?"+q.Encode(), nil)
	for name, member := range a {
		if list, is := member.([]any); is {
			if total := a["total"+strings.ToUpper(name[:1])+name[1:]+"Count"]; total != float64(len(list)) {
				st.t.Errorf("%s %v: %d items, in all %v", path, query, len(list), total)
			}
			return list
		}
	}
	st.t.Fatalf("%s: no list in %v", path, a)
	return nil
}

// figures are the counts of /v1/info.
func (st *story) figures(v apptest.Vendor) map[string]float64 {
	st.t.Helper()
	counts := map[string]float64{}
	for name, value := range v.Must(st.t, "GET", "/v1/info", nil) {
		if n, is := value.(float64); is && (strings.HasSuffix(name, "Tokens") || strings.HasSuffix(name, "Licenses")) {
			counts[name] = n
		}
	}
	if len(counts) != 11 {
		st.t.Fatalf("%d counts in info: %v", len(counts), counts)
	}
	return counts
}

func (st *story) logsIn() {
	const password = "correct horse battery"
	user := func(name, role string) string {
		return st.s.Must(st.t, "POST", "/v1/users", fmt.Sprintf(`{"user":{"userName":%q,"roles":[%q]},"password":%q}`, name, role, password))["userId"].(string)
	}
	st.seller, st.robot = user("seller", "Administrator"), user("robot", "Application")
	login := apptest.Vendor{URL: st.s.URL}.Must(st.t, "POST", "/v1/login", fmt.Sprintf(`{"userName":"seller","password":%q}`, password))
	st.vendor = apptest.Vendor{URL: st.s.URL, Bearer: login["token"].(string)}
	key := st.vendor.Must(st.t, "POST", "/v1/api-keys", fmt.Sprintf(`{"apiKey":{"name":"the application","ownerId":%q,"permissions":15}}`, st.robot))
	st.ids["apiKey"] = int64(key["apiKeyId"].(float64))
	application := apptest.Vendor{URL: st.s.URL, Key: key["apiKey"].(string)}
	st.app = application.Client(st.t)
	if a := application.Do(st.t, "GET", "/v1/licenses", nil); a.Status != http.StatusForbidden {
		st.t.Errorf("the application lists licenses: %d", a.Status)
	}
}

// sells makes everything up to the license.
func (st *story) sells() {
	st.make("key", "/v1/resources", "resource", "resourceId", `{"name":"our key","type":"Ed25519"}`)
	st.make("product", "/v1/products", "product", "productId", fmt.Sprintf(
		`{"code":"CAD","name":"Acme CAD","url":"https://acme.example/get","signatureKeysId":%d}`, st.ids["key"]))
	st.make("template", "/v1/license-templates", "licenseTemplate", "templateId", fmt.Sprintf(
		`{"name":"Pro","licenseType":"Pro","licensingMode":1,"productId":%d,"signatureKeysId":%d,"features":[{"id":"export","name":"Export"}]}`,
		st.ids["product"], st.ids["key"]))
	st.make("customer", "/v1/customers", "customer", "customerId",
		`{"company":"Analytical Engines","contacts":[{"firstName":"Charles","email":"charles@engines.example","notify":true},{"email":"other@engines.example"}]}`)
	st.make("order", "/v1/orders", "order", "orderId", fmt.Sprintf(`{"orderNumber":"O-1","customerId":%d,"status":"paid","total":499.5}`, st.ids["customer"]))
	line := fmt.Sprintf("/v1/orders/%d/products/%d", st.ids["order"], st.ids["product"])
	st.vendor.Must(st.t, "POST", line, `{"productOrder":{"quantity":1,"unitPrice":499.5}}`)
	st.lic = st.vendor.Issue(st.t, map[string]any{
		"templateId": st.ids["template"], "customerId": st.ids["customer"], "orderId": st.ids["order"], "maxAllowedSites": 1, "trace": true,
		"licenseeName": "Ada Byron", "licenseeEmail": "ada@engines.example", "expireDate": st.end,
	})
	st.ids["license"] = st.lic.ID
	st.ids["other"] = st.vendor.Issue(st.t, map[string]any{"customerId": st.ids["customer"], "licensingMode": 2, "licenseType": "Trial"}).ID
}

// mails sends the license by e-mail, by a mail server that wants a password.
func (st *story) mails() {
	left := make(chan struct{}, 1)
	server := mailtest.Serve(st.t, &mailtest.Server{User: "shop", OnQuit: func() { left <- struct{}{} }}, mailtest.Open)
	set(st.t, st.vendor, "Email.EnableSend", true, "Email.Host", "127.0.0.1", "Email.Port", server.Addr.Port, "Email.Tls", "none",
		"Email.Username", "shop", "Email.Password", mailtest.Password, "Email.FromAddress", "shop@vendor.example")
	for _, item := range st.vendor.Must(st.t, "GET", "/v1/settings?request=Email", nil)["settings"].([]any) {
		setting := item.(map[string]any)
		if setting["name"] == "Password" && setting["value"] != "********" || setting["value"] == mailtest.Password {
			st.t.Errorf("the password shows: %v", setting)
		}
	}
	st.make("mailTemplate", "/v1/resources", "resource", "resourceId", `{"name":"New license","type":"email","dataFormat":"text","meta":"{\"email_subject\":\"Your {ProductName}\"}",`+
		`"data":"Dear {CustomerName}, {UserKey} is good until {ExpireDate}: {ProductDownload}"}`)
	st.vendor.Must(st.t, "POST", "/v1/email/license", fmt.Sprintf(`{"licenseId":%d,"resourceId":%d}`, st.lic.ID, st.ids["mailTemplate"]))
	select {
	case <-left: // the worker has noted what became of it, and hung up
	case <-time.After(time.Minute):
		st.t.Fatal("no e-mail came")
	}
	got := server.Got()
	if len(got) != 1 || strings.Join(got[0].To, " ") != "ada@engines.example charles@engines.example" {
		st.t.Fatalf("the mail server got %+v", got)
	}
	head, parts := mailtest.Read(st.t, got[0].Data)
	want := "Dear Analytical Engines, " + st.lic.UserKey + " is good until 2099-12-31: https://acme.example/get"
	if subject := head.Get("Subject"); subject != "Your Acme CAD" || len(parts) != 1 || strings.TrimSpace(parts[0].Body) != want {
		st.t.Errorf("%s: %+v, want %s", subject, parts, want)
	}
	if list := st.rows(st.vendor, "/v1/emails", "filter", `State = "sent"`, "select", "id, attempts"); len(list) != 1 {
		st.t.Errorf("e-mails: %v", list)
	} else {
		st.ids["email"] = int64(list[0].(map[string]any)["id"].(float64))
	}
}

// runs is the application with the key from the e-mail.
func (st *story) runs() {
	var err error
	if st.published, err = st.app.FetchKeys(st.t.Context()); err != nil {
		st.t.Fatal(err)
	}
	st.seat = client.Seat{UserKey: st.lic.UserKey, MachineID: "engine-1", ClientID: "cad", ClientName: "Ada's engine"}
	if st.grant, err = st.app.Activate(st.t.Context(), st.seat); err != nil || st.grant.ActiveClients != 1 || st.grant.MaxClients != 1 {
		st.t.Fatalf("activate: %+v, %v", st.grant, err)
	}
	license, err := client.VerifyLicense(st.grant.License.Document, st.published, client.Check{At: st.end.Add(-time.Second), MachineID: "engine-1"})
	if err != nil || license.ID != st.lic.KeyID || license.Licensee.Name != "Ada Byron" || license.Product.ID != "CAD" || len(license.Features) != 1 {
		st.t.Errorf("offline: %+v, %v", license, err)
	}
	for _, check := range []client.Check{{At: st.end, MachineID: "engine-1"}, {At: st.end.Add(-time.Second), MachineID: "engine-2"}} {
		if _, err := client.VerifyLicense(st.grant.License.Document, st.published, check); err == nil {
			st.t.Errorf("the document is good by %+v", check)
		}
	}
	_, err = st.app.Activate(st.t.Context(), client.Seat{UserKey: st.lic.UserKey, MachineID: "engine-2"})
	wantCode(st.t, err, client.NoSeatAvailable)
	if f := st.figures(st.vendor); f["activationTokens"] != 1 || f["activationLicenses"] != 1 || f["floatingLicenses"] != 1 || f["tracedLicenses"] != 1 {
		st.t.Errorf("info: %v", f)
	}
}

func (st *story) reports() {
	for _, runs := range []int{2, 3} {
		err := st.app.Report(st.t.Context(), client.Report{
			Seat: st.seat, Name: client.LicenseReport, Version: "1.2", ContentType: "application/json",
			Content: fmt.Sprintf(`{"runs":%d}`, runs), Properties: map[string]string{"os": "linux", "run": fmt.Sprint(runs)},
		})
		if err != nil {
			st.t.Fatal(err)
		}
	}
	wantCode(st.t, st.app.Report(st.t.Context(), client.Report{Name: "Crash", Seat: client.Seat{UserKey: "NO-SUCH-KEY"}}), client.LicenseKeyNotFound)
	list := st.rows(st.vendor, "/v1/reports", "include", "Properties", "filter", `UserKey = "`+st.lic.UserKey+`"`)
	if len(list) != 1 {
		st.t.Fatalf("reports: %v", list)
	}
	report := list[0].(map[string]any)
	st.ids["report"] = int64(report["id"].(float64))
	var details []string
	for _, p := range report["properties"].([]any) {
		details = append(details, fmt.Sprint(p.(map[string]any)["name"], "=", p.(map[string]any)["value"]))
	}
	if slices.Sort(details); report["content"] != `{"runs":5}` || report["clientName"] != "Ada's engine" || report["address"] != "127.0.0.1" ||
		strings.Join(details, " ") != "os=linux run=3" {
		st.t.Errorf("the report: %v", report)
	}
}

func (st *story) traced() {
	list := st.rows(st.vendor, "/v1/license-traces", "licenseId", fmt.Sprint(st.lic.ID), "select", "action, machineId, clientIp")
	st.same("the traces", list, `[{"action":1,"machineId":"engine-1","clientIp":"127.0.0.1"}]`)
}

// logged looks for the activation, and that nobody can use what the log says.
func (st *story) logged() {
	list := st.rows(st.vendor, "/v1/log", "filter", `Properties.Contains("license-activate") and Level = "Information"`)
	if len(list) != 1 || !strings.Contains(list[0].(map[string]any)["properties"].(string), st.lic.KeyID) {
		st.t.Errorf("activations in the log: %v", list)
	}
	all := string(st.vendor.Do(st.t, "GET", "/v1/log", nil).Body)
	for _, secret := range []string{st.lic.UserKey, st.grant.Token, st.vendor.Bearer, mailtest.Password, "correct horse battery"} {
		if strings.Contains(all, secret) {
			st.t.Errorf("the log tells %s", secret)
		}
	}
}

// asks puts one question to each book.
func (st *story) asks() {
	ofCustomer := `Customer.Company.StartsWith("Analytical")`
	for _, q := range []struct{ path, filter, sort, choose, want string }{
		{"/v1/licenses", ofCustomer, "LicenseType desc", "licenseType, trace", `[{"licenseType":"Trial","trace":false},{"licenseType":"Pro","trace":true}]`},
		{"/v1/licenses", ofCustomer + " and not Trace", "", "maxAllowedSites", `[{"maxAllowedSites":null}]`},
		{"/v1/licenses", `ExpireDate > "2099-01-01" and LicenseType in ("Pro", "Trial")`, "", "new(licenseeName)", `[{"licenseeName":"Ada Byron"}]`},
		{"/v1/license-tokens", `License.Customer.Company = "Analytical Engines"`, "", "machineId, clientName", `[{"clientName":"Ada's engine","machineId":"engine-1"}]`},
		{"/v1/orders", ofCustomer + " and Total > 499", "", "orderNumber", `[{"orderNumber":"O-1"}]`},
		{"/v1/contacts", "", "Email desc", "email", `[{"email":"other@engines.example"},{"email":"charles@engines.example"}]`},
		{"/v1/products", `Name.ToLower().EndsWith("cad")`, "", "code", `[{"code":"CAD"}]`},
		{"/v1/license-templates", `ProductId = ` + fmt.Sprint(st.ids["product"]), "", "name", `[{"name":"Pro"}]`},
		{"/v1/resources", `Type = "email"`, "", "name", `[{"name":"New license"}]`},
		{"/v1/users", `UserName != "admin"`, "UserName", "userName", `[{"userName":"robot"},{"userName":"seller"}]`},
		{"/v1/api-keys", `OwnerId = "` + st.robot + `"`, "", "name", `[{"name":"the application"}]`},
		{"/v1/license-traces", `Action = 2`, "", "id", `[]`},
		{"/v1/reports", `Version = "1.2" and Content.Contains("runs")`, "Date desc, Id", "name", `[{"name":"LicenseReport"}]`},
	} {
		st.same(q.path+" "+q.filter, st.rows(st.vendor, q.path, "filter", q.filter, "sort", q.sort, "select", q.choose), q.want)
	}
	list := st.rows(st.vendor, "/v1/licenses", "filter", "Trace", "include", "Template, Order.Customer.Contacts")
	license := list[0].(map[string]any)
	customer := license["order"].(map[string]any)["customer"].(map[string]any)
	if license["template"].(map[string]any)["name"] != "Pro" || len(customer["contacts"].([]any)) != 2 || license["customer"] != nil {
		st.t.Errorf("included: %v", license)
	}
}

// same compares items with JSON.
func (st *story) same(what string, got []any, want string) {
	st.t.Helper()
	text, err := json.Marshal(got)
	var wanted []any
	if err == nil {
		err = json.Unmarshal([]byte(want), &wanted)
	}
	if err != nil {
		st.t.Fatal(err)
	}
	if sorted, _ := json.Marshal(wanted); string(text) != string(sorted) {
		st.t.Errorf("%s: %s, want %s", what, text, sorted)
	}
}

// revokes ends the license; the application hears of it and gives its seat back.
func (st *story) revokes() {
	if _, err := st.app.Validate(st.t.Context(), st.seat); err != nil {
		st.t.Errorf("before: %v", err)
	}
	list := st.rows(st.vendor, "/v1/licenses", "filter", fmt.Sprintf("Id = %d", st.lic.ID))
	row := list[0].(map[string]any)
	row["revoked"] = true
	st.vendor.Must(st.t, "PUT", "/v1/licenses", map[string]any{"license": row})
	if a := st.vendor.Do(st.t, "PUT", "/v1/licenses", map[string]any{"license": row}); a.Status != http.StatusConflict {
		st.t.Errorf("with what was read before the change: %d %s", a.Status, a.Body)
	}
	_, err := st.app.Validate(st.t.Context(), st.seat)
	wantCode(st.t, err, client.LicenseRevoked)
	wantCode(st.t, st.app.Report(st.t.Context(), client.Report{Seat: st.seat, Name: "Crash"}), client.LicenseRevoked)
	if f := st.figures(st.vendor); f["revokedLicenses"] != 1 || f["activationTokens"] != 1 {
		st.t.Errorf("info: %v", f)
	}
}

// isInTheWay tries to delete what others hold, then lets the seat go.
func (st *story) isInTheWay() {
	for _, c := range []struct{ path, says string }{
		{fmt.Sprintf("/v1/licenses/%d", st.lic.ID), "tokens"},
		{fmt.Sprintf("/v1/license-templates/%d", st.ids["template"]), "licenses that refer to it: 1"},
		{fmt.Sprintf("/v1/customers/%d", st.ids["customer"]), "licenses that refer to it: 2"},
		{fmt.Sprintf("/v1/orders/%d", st.ids["order"]), "licenses that refer to it: 1"},
		{fmt.Sprintf("/v1/products/%d", st.ids["product"]), "license templates that refer to it: 1"},
		{fmt.Sprintf("/v1/resources/%d", st.ids["key"]), "products that refer to it: 1"},
		{"/v1/users/" + st.robot, "API keys"},
	} {
		st.stays(c.path, c.says)
	}
	if left, err := st.app.Deactivate(st.t.Context(), st.seat); err != nil || left.ActiveClients != 0 {
		st.t.Fatalf("deactivate: %+v, %v", left, err)
	}
	_, err := st.app.Deactivate(st.t.Context(), st.seat)
	wantCode(st.t, err, client.TokenNotFound)
}

// stays tries a deletion that is refused.
func (st *story) stays(path, says string) {
	st.t.Helper()
	if a := st.vendor.Do(st.t, "DELETE", path, nil); a.Status != http.StatusConflict || !strings.Contains(string(a.Body), says) {
		st.t.Errorf("DELETE %s: %d %s, want %s", path, a.Status, a.Body, says)
	}
}

// tidiesUp deletes everything, in the order in which nothing is in the way.
func (st *story) tidiesUp() {
	drop := func(path, name string) {
		st.t.Helper()
		st.vendor.Must(st.t, "DELETE", fmt.Sprintf("/v1/%s/%d", path, st.ids[name]), nil)
	}
	drop("licenses", "license")
	drop("licenses", "other")
	st.stays(fmt.Sprintf("/v1/customers/%d", st.ids["customer"]), "orders that refer to it: 1")
	drop("license-templates", "template")
	st.stays(fmt.Sprintf("/v1/resources/%d", st.ids["key"]), "products that refer to it: 1")
	for _, c := range [][2]string{
		{"orders", "order"}, {"customers", "customer"}, {"products", "product"}, {"reports", "report"}, {"resources", "key"}, {"resources", "mailTemplate"}, {"emails", "email"}, {"api-keys", "apiKey"},
	} {
		drop(c[0], c[1])
	}
	set(st.t, st.vendor, "Email.EnableSend", nil, "Email.Host", nil, "Email.Password", "")
	if _, err := st.app.Validate(st.t.Context(), st.seat); err == nil || client.IsDenied(err) {
		st.t.Errorf("with a deleted API key: %v", err) // a mistake of the caller's, no word on the license
	}
	st.vendor.Must(st.t, "POST", "/v1/logout", nil)
	if a := st.vendor.Do(st.t, "GET", "/v1/licenses", nil); a.Status != http.StatusUnauthorized {
		st.t.Errorf("after the logout: %d", a.Status)
	}
	for _, id := range []string{st.robot, st.seller} {
		st.s.Must(st.t, "DELETE", "/v1/users/"+id, nil)
	}
	for path, left := range map[string]int{
		"licenses": 0, "license-tokens": 0, "license-traces": 0, "license-templates": 0, "products": 0, "orders": 0, "customers": 0, "contacts": 0,
		"reports": 0, "emails": 0, "api-keys": 1, "users": 1, "resources": 2, // the server's own two keys
	} {
		if list := st.rows(st.s.Vendor, "/v1/"+path); len(list) != left {
			st.t.Errorf("%d %s are left: %v", len(list), path, list)
		}
	}
	keys, err := st.s.Client(st.t).FetchKeys(st.t.Context())
	if err != nil {
		st.t.Fatal(err)
	}
	check := client.Check{At: st.end.Add(-time.Second), MachineID: "engine-1"}
	if _, err := client.VerifyLicense(st.grant.License.Document, keys, check); err == nil {
		st.t.Error("a deleted key is still published")
	}
	if _, err := client.VerifyLicense(st.grant.License.Document, st.published, check); err != nil {
		st.t.Errorf("what the application shipped is worth nothing: %v", err)
	}
}
