package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
)

// step is an operation of the story. Its path keeps its wildcards; they, and
// {names} in its query and body, stand for what answers before it said.
type step struct {
	method, path, query, body string
	as                        string // "mailId=resourceId": also remember that member under another name
}

// everything says something in every collection of a license or template.
const everything = `"licensee":{"name":"Ada"},"product":{"id":"P","name":"x"},"components":["c"],
	"assemblies":[{"name":"a","version":"1.*"}],"fields":[{"name":"f","value":"v"}],
	"features":[{"id":"f","name":"F","expireDate":"2027-01-01T00:00:00Z","data":"AQID"}],
	"restrictions":[{"name":"Trial","properties":{"RunCount":"3"}}]`

// story does each documented operation of the management page once, in an order
// in which it can be done. The first deletion begins its end.
func story() []step {
	const release = "/v1/products/{productId}/releases"
	return []step{
		{"GET", "/v1/info", "", "", ""},
		{"GET", "/v1/settings", "", "", ""},
		{"PUT", "/v1/settings", "", `{"settings":[{"group":"Email","name":"Enabled","type":"bool","value":true},
			{"group":"Email","name":"Host","type":"string","value":"127.0.0.1"},{"group":"Email","name":"TLS","type":"string","value":"none"},
			{"group":"Email","name":"FromAddress","type":"string","value":"shop@example.com"}]}`, ""},
		{"POST", "/v1/resources", "", `{"resource":{"name":"map","type":"file","data":"x"}}`, "mapId=resourceId"},
		{"POST", "/v1/resources", "", `{"resource":{"name":"mail","type":"email","dataFormat":"html","data":"Hello {CustomerName}",
			"meta":"{\"email_subject\":\"{ProductName}\",\"enable_send\":\"true\"}"}}`, "mailId=resourceId"},
		{"POST", "/v1/resources", "", `{"resource":{"name":"key","type":"ed25519"}}`, ""},
		{"GET", "/v1/resources", "", "", ""},
		{"PUT", "/v1/resources", "", `{"resource":{"id":{resourceId},"name":"renamed"}}`, ""},
		{"POST", "/v1/customers", "", `{"customer":{"company":"Analytical","firstName":"Ada","contacts":[{"firstName":"B","email":"b@example.com","notify":true}]}}`, ""},
		{"GET", "/v1/customers", "include=Contacts", "", ""},
		{"PUT", "/v1/customers", "", `{"customer":{"id":{customerId},"company":"Engines"}}`, ""},
		{"POST", "/v1/contacts", "", `{"contact":{"firstName":"C","customerId":{customerId}}}`, ""},
		{"GET", "/v1/contacts", "", "", ""},
		{"PUT", "/v1/contacts", "", `{"contact":{"id":{contactId},"firstName":"D","customerId":{customerId}}}`, ""},
		{"GET", "/v1/customers/{customerId}/contacts", "", "", ""},
		{"POST", "/v1/users", "", `{"user":{"userName":"ada","email":"ada@example.com","roles":["Sales"]},"password":"correct horse battery"}`, ""},
		{"PUT", "/v1/users", "", `{"user":{"id":"{userId}","userName":"ada","email":"a@example.com"}}`, ""},
		{"POST", "/v1/users/{userId}/settings", "", `{"setting":{"category":"grid","group":"licenses","name":"layout","value":"{}","type":"string"}}`, ""},
		{"GET", "/v1/users/{userId}/settings", "", "", ""},
		{"PUT", "/v1/users/{userId}/settings", "", `{"setting":{"id":{settingId},"category":"grid","group":"licenses","name":"layout","value":"[]","type":"string"}}`, ""},
		{"GET", "/v1/roles", "", "", ""},
		{"POST", "/v1/users/{userId}/roles", "", `{"roles":"LicenseManager,Customer"}`, ""},
		{"GET", "/v1/users/{userId}/roles", "", "", ""},
		{"POST", "/v1/api-keys", "", `{"apiKey":{"name":"k","permissions":1,"clientSecret":"s","ownerId":"{userId}"}}`, ""},
		{"GET", "/v1/api-keys", "", "", ""},
		{"PUT", "/v1/api-keys", "", `{"apiKey":{"id":{apiKeyId},"name":"k2"}}`, ""},
		{"GET", "/v1/users", "include=ApiKeys,Settings&filter=userName%3D%22ada%22", "", ""},
		{"POST", "/v1/products", "", `{"product":{"name":"Editor","code":"P","signatureKeysId":{resourceId}}}`, ""},
		{"PUT", "/v1/products", "", `{"product":{"id":{productId},"code":"P","signatureKeysId":null}}`, ""},
		{"POST", release, "", `{"release":{"name":"First","version":"1.0","releaseDate":"2026-01-31T00:00:00Z"}}`, ""},
		{"GET", release, "", "", ""},
		{"PUT", release, "", `{"release":{"id":{releaseId},"name":"First","version":"1.1","releaseDate":"2026-02-01T00:00:00Z"}}`, ""},
		{"POST", "/v1/assemblies", "", `{"assembly":{"name":"free","version":"1.0.0.0","mappingFileId":{mapId}}}`, "freeId=assemblyId"},
		{"PUT", "/v1/assemblies", "", `{"assembly":{"id":{freeId},"name":"free","version":"2.0.0.0"}}`, ""},
		{"GET", "/v1/assemblies", "", "", ""},
		{"POST", release + "/{releaseId}/assemblies", "", `{"productId":{productId},"releaseId":{releaseId},"assembly":{"name":"core","version":"1.0.0.0"}}`, ""},
		{"GET", release + "/{releaseId}/assemblies", "", "", ""},
		{"PUT", release + "/{releaseId}/assemblies", "", `{"assembly":{"id":{assemblyId},"name":"core","version":"1.1.0.0"}}`, ""},
		{"POST", "/v1/license-templates", "", `{"licenseTemplate":{"name":"T","productId":{productId},"releaseId":{releaseId},"licensingMode":1,"expireDays":9,` + everything + `}}`, ""},
		{"GET", "/v1/license-templates", "", "", ""},
		{"PUT", "/v1/license-templates", "", `{"licenseTemplate":{"id":{templateId},"productId":{productId},"releaseId":{releaseId},"expireDays":8}}`, ""},
		{"GET", release + "/{releaseId}/license-templates", "", "", ""},
		{"POST", "/v1/orders", "", `{"order":{"customerId":{customerId},"total":10.5,"currency":"EUR","status":"new"}}`, ""},
		{"GET", "/v1/orders", "include=Customer", "", ""},
		{"PUT", "/v1/orders", "", `{"order":{"id":{orderId},"customerId":{customerId},"total":11}}`, ""},
		{"POST", "/v1/orders/{orderId}/products/{productId}", "", `{"productOrder":{"quantity":1,"unitPrice":10.5}}`, ""},
		{"PUT", "/v1/orders/{orderId}/products/{productId}", "", `{"productOrder":{"quantity":2,"unitPrice":10.5}}`, ""},
		{"GET", "/v1/orders/{orderId}/products", "include=Product,Order", "", ""},
		{"GET", "/v1/products/{productId}/orders", "include=Product,Order", "", ""},
		{"GET", "/v1/products", "include=SignatureKeys,ProductOrders", "", ""},
		{"GET", "/v1/customers/{customerId}/orders", "", "", ""},
		{"POST", "/v1/licenses", "", `{"license":{"templateId":{templateId},"customerId":{customerId},"orderId":{orderId},"trace":true,
			"licenseeEmail":"ada@example.com","maxAllowedSites":3,` + everything + `}}`, ""},
		{"GET", "/v1/licenses", "include=Customer,Order,Template", "", ""},
		{"PUT", "/v1/licenses", "", `{"license":{"id":{licenseId},"templateId":{templateId},"customerId":{customerId},"orderId":{orderId},"trace":true,"licenseeEmail":"ada@example.com"}}`, ""},
		{"GET", "/v1/license-templates/{templateId}/licenses", "", "", ""},
		{"GET", "/v1/customers/{customerId}/licenses", "", "", ""},
		{"GET", "/v1/orders/{orderId}/licenses", "", "", ""},
		{"POST", "/v1/licenses/{licenseId}/tokens", "", `{"licenseToken":{"machineId":"m","clientId":"c","clientName":"n"}}`, "tokenId=licenseTokenId"},
		{"GET", "/v1/license-tokens", "", "", ""},
		{"GET", "/v1/licenses/{licenseId}/tokens", "", "", ""},
		{"GET", "/v1/license-traces", "licenseId={licenseId}", "", ""},
		{"POST", "/v1/email/send", "", `{"to":[{"name":"Ada","email":"ada@example.com"}],"subject":"Hello","body":"World","isHtml":false}`, ""},
		{"POST", "/v1/email/license", "", `{"licenseId":{licenseId},"resourceId":{mailId}}`, ""},
		{"POST", "/v1/reports", "", `{"report":{"name":"ExceptionReport","userKey":"{userKey}","content":"boom","contentType":"text/plain","properties":[{"name":"os","value":"x"}]}}`, ""},
		{"GET", "/v1/reports", "include=Properties", "", ""},
		{"GET", "/v1/log", "", "", ""},
		{"GET", "/v1/log/levels", "", "", ""},

		{"DELETE", "/v1/log", "deleteAll=true", "", ""},
		{"DELETE", "/v1/reports/{reportId}", "", "", ""},
		{"DELETE", "/v1/license-traces", "", `{"licenseId":{licenseId}}`, ""},
		{"DELETE", "/v1/licenses/{licenseId}/tokens/{tokenId}", "", "", ""},
		{"DELETE", "/v1/licenses/{licenseId}", "", "", ""},
		{"DELETE", "/v1/orders/{orderId}/products/{productId}", "", "", ""},
		{"DELETE", "/v1/orders/{orderId}", "", "", ""},
		{"DELETE", "/v1/license-templates/{templateId}", "", "", ""},
		{"DELETE", release + "/{releaseId}/assemblies/{assemblyId}", "", "", ""},
		{"DELETE", release + "/{releaseId}", "", "", ""},
		{"DELETE", "/v1/assemblies/{assemblyId}", "", "", ""},
		{"DELETE", "/v1/products/{productId}", "", "", ""},
		{"DELETE", "/v1/api-keys/{apiKeyId}", "", "", ""},
		{"DELETE", "/v1/users/{userId}/roles", "", `{"roles":"Sales"}`, ""},
		{"DELETE", "/v1/users/{userId}/settings/{settingId}", "", "", ""},
		{"DELETE", "/v1/users/{userId}", "", "", ""},
		{"DELETE", "/v1/contacts/{contactId}", "", "", ""},
		{"DELETE", "/v1/customers/{customerId}", "", "", ""},
		{"DELETE", "/v1/resources/{resourceId}", "", "", ""},
	}
}

// teller tells the story to a server and remembers what it answered.
type teller struct {
	server *apptest.Server
	said   map[string]string
}

func newTeller(s *apptest.Server) *teller { return &teller{server: s, said: map[string]string{}} }

func (l *teller) filled(text string) string {
	for name, value := range l.said {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

func (l *teller) tell(t *testing.T, s step) apptest.Answer {
	t.Helper()
	if s.path == "/v1/assemblies/{assemblyId}" {
		l.said["assemblyId"] = l.said["freeId"] // the release's own is gone by then
	}
	path := l.filled(s.path)
	if s.query != "" {
		path += "?" + l.filled(s.query)
	}
	var body any
	if s.body != "" {
		body = l.filled(s.body)
	}
	a := l.server.Do(t, s.method, path, body)
	// The log is written behind the requests.
	for end := time.Now().Add(10 * time.Second); strings.HasPrefix(s.path, "/v1/log") && s.method == http.MethodGet && empty(a) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
		a = l.server.Do(t, s.method, path, body)
	}
	l.remember(a, s.as)
	return a
}

func empty(a apptest.Answer) bool {
	for _, name := range []string{"logEntries", "logLevels"} {
		if rows, ok := a.JSON[name].([]any); ok && len(rows) > 0 {
			return false
		}
	}
	return a.Status == http.StatusOK
}

func (l *teller) remember(a apptest.Answer, as string) {
	for name, v := range a.JSON {
		switch v := v.(type) {
		case string:
			l.said[name] = v
		case float64:
			l.said[name] = fmt.Sprint(int64(v))
		}
	}
	if alias, name, ok := strings.Cut(as, "="); ok {
		l.said[alias] = l.said[name]
	}
}
