package management_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/httpx/httpxtest"
)

// documented is an operation of the published page: its parameters and its
// examples, which show names and types.
type documented struct {
	Method, Path      string
	Parameters        []struct{ Name, In, Type string }
	Request, Response map[string]any
}

// contract is the whole page.
func contract(t *testing.T) []documented {
	t.Helper()
	raw, err := os.ReadFile("testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var ops []documented
	if err := json.Unmarshal(raw, &ops); err != nil {
		t.Fatal(err)
	}
	if len(ops) != 83 {
		t.Fatalf("%d operations on the page", len(ops))
	}
	return ops
}

// nullable are the documented members that may be null: references, limits and
// days that are not set, secrets, snapshots and relations that are not asked for.
func nullable(name string) bool {
	return slices.Contains([]string{
		"maxAllowedSites", "templateId", "signatureKeysId", "customerId", "orderId", "productId", "releaseId",
		"nodeLockedLicenseId", "expireDays", "supportDays", "mappingFileId", "password", "clientSecret",
		"product", "order", "customer", "template", "licensee", "license", "nodeLockedLicense", "signatureKeys",
		"expireDate", "supportExpireDate", "lastHeartbeat", "resellerId", "paymentDate", "birthDate", "lastDismissMessages", "lastLogIn",
	}, name)
}

// differences compares an answer with the documented example: every member is
// there and has the JSON type.
func differences(path string, want, got any) []string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if got == nil && nullable(name) {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		return objectDifferences(path, want, got)
	case []any:
		items, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %T, documented is a list", path, got)}
		}
		if len(items) == 0 {
			return nil
		}
		return differences(path+"[]", want[0], items[0])
	case nil:
		return nil // of any type
	case float64:
		if _, ok := got.(json.Number); ok {
			return nil
		}
	case string:
		if _, ok := got.(string); ok {
			return nil
		}
	case bool:
		if _, ok := got.(bool); ok {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s is %T, documented is %T", path, got, want)}
}

func objectDifferences(path string, want map[string]any, got any) []string {
	object, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %T, documented is an object", path, got)}
	}
	var all []string
	for _, member := range slices.Sorted(maps.Keys(want)) {
		v, there := object[member]
		if !there && member != "property1" && member != "property2" { // examples of names that are data
			all = append(all, fmt.Sprintf("%s.%s is missing", path, member))
		} else if there {
			all = append(all, differences(path+"."+member, want[member], v)...)
		}
	}
	return all
}

// fullLicense says something in every collection.
const fullLicense = `"licensee":{"name":"Ada"},"product":{"id":"P","name":"x"},"components":["c"],
	"assemblies":[{"name":"a","version":"1.*"}],"fields":[{"name":"f","value":"v"}],
	"features":[{"id":"f","name":"F","expireDate":"2027-01-01T00:00:00Z","data":"AQID"}],
	"restrictions":[{"name":"Trial","properties":{"RunCount":"3"}}]`

// story does each documented operation once, in an order in which it can be
// done. A path keeps its wildcards; ids are what the operations before answered.
func story() []step {
	return []step{
		{"GET", "/v1/info", ""},
		{"GET", "/v1/settings", ""},
		{"PUT", "/v1/settings", `{"settings":[{"group":"Licensing","name":"HeartbeatInterval","type":"duration","value":"00:00:30"}]}`},
		{"POST", "/v1/resources", `{"resource":{"name":"key","type":"ed25519"}}`},
		{"GET", "/v1/resources", ""},
		{"PUT", "/v1/resources", `{"resource":{"id":{resourceId},"name":"renamed"}}`},
		{"POST", "/v1/products", `{"product":{"name":"Editor","code":"P","signatureKeysId":{resourceId}}}`},
		{"GET", "/v1/products", ""},
		{"PUT", "/v1/products", `{"product":{"id":{productId},"code":"P","signatureKeysId":null}}`},
		{"POST", "/v1/license-templates", `{"licenseTemplate":{"name":"T","productId":{productId},"licensingMode":1,"expireDays":9,` + fullLicense + `}}`},
		{"GET", "/v1/license-templates", ""},
		{"PUT", "/v1/license-templates", `{"licenseTemplate":{"id":{templateId},"productId":{productId},"expireDays":8}}`},
		{"POST", "/v1/licenses", `{"license":{"templateId":{templateId},"maxAllowedSites":3,"licenseeEmail":"ada@customer.example",` + fullLicense + `}}`},
		{"POST", "/v1/email/license", `{"licenseId":{licenseId},"resourceId":{mailTemplateId}}`},
		{"POST", "/v1/email/send", `{"to":[{"name":"Ada","email":"ada@customer.example"}],"subject":"s","body":"b"}`},
		{"GET", "/v1/licenses", ""},
		{"PUT", "/v1/licenses", `{"license":{"id":{licenseId},"templateId":{templateId}}}`},
		{"GET", "/v1/license-templates/{templateId}/licenses", ""},
		{"POST", "/v1/licenses/{licenseId}/tokens", `{"licenseToken":{"machineId":"m","clientId":"c","clientName":"n"}}`},
		{"GET", "/v1/license-tokens", ""},
		{"GET", "/v1/licenses/{licenseId}/tokens", ""},
		{"DELETE", "/v1/licenses/{licenseId}/tokens/{tokenId}", ""},
		{"DELETE", "/v1/licenses/{licenseId}", ""},
		{"DELETE", "/v1/license-templates/{templateId}", ""},
		{"DELETE", "/v1/products/{productId}", ""},
		{"DELETE", "/v1/resources/{resourceId}", ""},
		{"POST", "/v1/api-keys", `{"apiKey":{"name":"k","permissions":1,"clientSecret":"s"}}`},
		{"GET", "/v1/api-keys", ""},
		{"PUT", "/v1/api-keys", `{"apiKey":{"id":{apiKeyId},"name":"k2"}}`},
		{"DELETE", "/v1/api-keys/{apiKeyId}", ""},
	}
}

// peopleStory is about users: their ids are texts.
func peopleStory() []step {
	const ofUser = "/v1/users/{userId}"
	return []step{
		{"GET", "/v1/roles", ""},
		{"POST", "/v1/users", `{"user":{"userName":"ada","roles":["Sales"]},"password":"correct horse battery"}`},
		{"PUT", "/v1/users", `{"user":{"id":"{userId}","userName":"ada","email":"ada@example.com"}}`},
		{"POST", ofUser + "/roles", `{"roles":"LicenseManager,Customer"}`},
		{"GET", ofUser + "/roles", ""},
		{"DELETE", ofUser + "/roles", `{"roles":"Customer"}`},
		{"POST", ofUser + "/settings", `{"setting":{"category":"grid","group":"licenses","name":"layout","value":"{}","type":"string"}}`},
		{"GET", ofUser + "/settings", ""},
		{"PUT", ofUser + "/settings", `{"setting":{"id":{settingId},"category":"grid","group":"licenses","name":"layout","value":"[]","type":"string"}}`},
		{"GET", "/v1/users", ""},
		{"DELETE", ofUser + "/settings/{settingId}", ""},
		{"DELETE", ofUser, ""},
	}
}

// recordStory reads and deletes what was recorded.
func recordStory() []step {
	return []step{
		{"GET", "/v1/license-traces", ""},
		{"DELETE", "/v1/license-traces", `{"licenseId":{tracedId}}`},
		{"GET", "/v1/reports", ""},
		{"DELETE", "/v1/reports/{reportId}", ""},
		{"GET", "/v1/log", ""},
		{"GET", "/v1/log/levels", ""},
		{"DELETE", "/v1/log", ""},
	}
}

// said is what answers have said, by the names of their members.
type said map[string]string

// told fills the wildcards of a story's step.
func (ids said) told(text string) string {
	for name, id := range ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// tell does a step of a story as the administrator and remembers its answer.
func (h *house) tell(s step, ids said) answer {
	h.t.Helper()
	path := ids.told(s.path)
	if s.method+s.path == "DELETE/v1/log" { // its answer is spelled in another way
		return h.call(adminKey, s.method, path+"?deleteAll=true", "")
	}
	a := h.ok(s.method, path, ids.told(s.body))
	for member, v := range a.object {
		ids[member] = fmt.Sprint(v)
	}
	ids["tokenId"] = ids["licenseTokenId"]
	return a
}

// beginnings are the ids of what no step of a story makes.
func (h *house) beginnings() said {
	lic := h.ok("POST", "/v1/licenses", `{"license":{}}`).id("licenseId")
	h.records(lic)
	return said{
		"mailTemplateId": fmt.Sprint(h.mailTemplate("html", "<p>{UserKey}</p>", `{"email_subject":"Yours"}`)),
		"tracedId":       fmt.Sprint(lic), "reportId": fmt.Sprint(h.ok("GET", "/v1/reports", "").list("reports")[0]["id"]),
	}
}

func TestEveryDocumentedOperationAnswersAsDocumented(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		httpxtest.ValidateDocument(t, h.router.OpenAPI())
		openAPI := httpxtest.Load(t, h.router.OpenAPI())
		want := map[string]documented{}
		for _, op := range contract(t) {
			want[op.Method+" "+op.Path] = op
		}
		left, ids := maps.Clone(want), h.beginnings()
		for _, step := range slices.Concat(bookStory(), story(), peopleStory(), recordStory()) {
			name := step.method + " " + step.path
			a := h.tell(step, ids)
			op, ok := want[name]
			if !ok {
				t.Fatalf("%s is not documented", name)
			}
			delete(left, name)
			openAPI.Answer(t, step.method, step.path, a.status, "application/json", a.body)
			if op.Response == nil { // DELETE /v1/log has an example in prose
				op.Response = map[string]any{"Success": true, "Message": "", "DeletedLogCount": 0.0}
			}
			for _, d := range differences(name, op.Response, any(a.object)) {
				t.Error(d)
			}
			for member, v := range op.Response {
				if list, is := a.object[member].([]any); is && len(list) == 0 {
					t.Errorf("%s: %s is empty, documented are %v", name, member, v)
				}
			}
		}
		if len(left) > 0 {
			t.Errorf("not told: %v", slices.Sorted(maps.Keys(left)))
		}
	})
}

// TestDocumentedExamplesAreReadable sends the examples as printed. Their values
// are nonsense (text that is no base64, references to nothing); they must be
// read, and refused in words, if at all.
func TestDocumentedExamplesAreReadable(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ids := said{"licenseId": "1", "productId": "1", "releaseId": "1", "orderId": "1", "userId": "x"}
		for _, op := range contract(t) {
			if op.Request == nil {
				continue
			}
			body, err := json.Marshal(op.Request)
			h.must(err)
			a := h.call(adminKey, op.Method, ids.told(op.Path), string(body))
			if a.status != 200 && (a.status < 400 || a.status >= 500 || a.text("message") == "") {
				t.Errorf("%s %s: %d %s", op.Method, op.Path, a.status, a.body)
			}
			if strings.Contains(a.text("message"), "expected") && !strings.HasPrefix(a.text("message"), "filter: ") {
				t.Errorf("%s %s: a member has another type: %s", op.Method, op.Path, a.body)
			}
		}
	})
}

// TestDocumentedParametersAreDeclared holds the operation table against the
// page: each parameter with its type, and a body where there is one.
// TestEveryListSpeaksTheQueryLanguage sees that the parameters are heeded.
func TestDocumentedParametersAreDeclared(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody *struct{} `json:"requestBody"`
			Parameters  []struct {
				Name, In string
				Schema   struct{ Type any }
			}
		}
	}
	h.must(json.Unmarshal(h.router.OpenAPI(), &doc))
	for _, op := range contract(t) {
		declared := doc.Paths[op.Path][strings.ToLower(op.Method)]
		if (op.Request != nil) != (declared.RequestBody != nil) {
			t.Errorf("%s %s: a body is declared: %v", op.Method, op.Path, declared.RequestBody != nil)
		}
		types := map[string]string{}
		for _, p := range declared.Parameters {
			types[p.In+" "+p.Name] = fmt.Sprint(p.Schema.Type)
		}
		for _, p := range op.Parameters {
			want, _, _ := strings.Cut(p.Type, "(")
			if strings.Contains(want, ".") {
				want = "string" // an object of the page's own, given as text
			}
			if got := types[p.In+" "+p.Name]; !strings.Contains(got, want) || got == "" {
				t.Errorf("%s %s: the parameter %s is %q, documented is %s", op.Method, op.Path, p.Name, got, p.Type)
			}
		}
	}
}

// TestAdditionsAreMarked: who reads our OpenAPI document sees what another
// server of the published API would not have, and what each operation is for.
func TestAdditionsAreMarked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	var doc struct {
		Paths map[string]map[string]struct{ Summary, Description string }
	}
	h.must(json.Unmarshal(h.router.OpenAPI(), &doc))
	page := map[string]bool{}
	for _, op := range contract(t) {
		page[strings.ToLower(op.Method)+" "+op.Path] = true
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if marked := strings.Contains(op.Description, "An addition of licet"); marked == page[method+" "+path] {
				t.Errorf("%s %s is marked as an addition: %v", method, path, marked)
			}
			if op.Summary == "" || strings.Contains(op.Summary, "keies") {
				t.Errorf("%s %s: %q", method, path, op.Summary)
			}
		}
	}
}
