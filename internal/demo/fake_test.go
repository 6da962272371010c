package demo_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// fake is a server with as many rules as the walk can see. It signs with the
// real package, so that the walk also proves client and document to agree.
type fake struct {
	*httptest.Server
	key keys.Key

	mu       sync.Mutex
	next     int64
	books    map[string]string // path -> body, of what was inserted
	licenses map[string]*entity.License
	held     map[string]map[string]string // user key -> identity -> token
	sabotage map[string]http.HandlerFunc  // "METHOD path" -> what it does instead
}

type object = map[string]any

func newFake(t *testing.T) *fake {
	t.Helper()
	key, err := keys.Generate(entity.ResourceEd25519)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{key: key, books: map[string]string{}, licenses: map[string]*entity.License{},
		held: map[string]map[string]string{}, sabotage: map[string]http.HandlerFunc{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// left is what is still in the books.
func (f *fake) left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []string
	for path := range f.books {
		left = append(left, path)
	}
	for _, seats := range f.held {
		for identity := range seats {
			left = append(left, identity)
		}
	}
	return left
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if instead := f.sabotage[r.Method+" "+r.URL.Path]; instead != nil {
		instead(w, r)
		return
	}
	switch {
	case r.URL.Path == "/.well-known/jwks.json":
		reply(w, object{"keys": []any{f.key.JWK()}})
	case r.Header.Get("x-api-key") != "api_demo":
		problem(w, 401, object{"code": "Unauthenticated", "success": false, "message": "who are you?"})
	case r.Method == http.MethodDelete:
		if _, ok := f.books[r.URL.Path]; !ok {
			problem(w, 404, object{"success": false, "code": 5, "message": "not found"})
			return
		}
		delete(f.books, r.URL.Path)
		reply(w, object{"success": true})
	case strings.HasPrefix(r.URL.Path, "/v1/license/"):
		f.licensing(w, r)
	default:
		f.insert(w, r)
	}
}

func (f *fake) insert(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	f.next++
	f.books[r.URL.Path+"/"+strconv.FormatInt(f.next, 10)] = string(raw)
	out := object{"success": true}
	switch r.URL.Path {
	case "/v1/products":
		out["productId"] = f.next
	case "/v1/license-templates":
		out["templateId"] = f.next
	case "/v1/licenses":
		var body struct{ License entity.License }
		if err := json.Unmarshal(raw, &body); err != nil {
			problem(w, 400, object{"message": err.Error()})
			return
		}
		l := &body.License
		l.ID, l.LicenseID, l.UserKey, l.Format = f.next, fmt.Sprintf("lic%08d", f.next), fmt.Sprintf("KEY-%d", f.next), entity.FormatJWS
		l.Licensee = &entity.Licensee{Name: l.LicenseeName}
		l.ExpireDate = entity.TimeOf(time.Now().AddDate(0, 0, 30))
		l.Features = []entity.Feature{{ID: "export", Name: "Export to PDF"}}
		f.licenses[l.UserKey], f.held[l.UserKey] = l, map[string]string{}
		out["licenseId"], out["licenseKeyId"], out["userKey"] = f.next, l.LicenseID, l.UserKey
	}
	reply(w, out)
}

func (f *fake) licensing(w http.ResponseWriter, r *http.Request) {
	var body struct{ UserKey, MachineID, ClientID, ClientName, LicenseToken string }
	json.NewDecoder(r.Body).Decode(&body)
	if body.LicenseToken != "" {
		body.UserKey, _, _ = strings.Cut(body.LicenseToken, "/")
	}
	l, seats := f.licenses[body.UserKey], f.held[body.UserKey]
	if l == nil {
		problem(w, 404, object{"code": "LicenseKeyNotFound"})
		return
	}
	identity := body.MachineID + "/" + body.ClientID
	_, holds := seats[identity]
	call := strings.TrimPrefix(r.URL.Path, "/v1/license/")
	claims := call == "activate" || call == "request"
	switch {
	case claims && !holds && int64(len(seats)) >= *l.MaxAllowedSites:
		problem(w, 409, object{"code": "NoSeatAvailable", "activeClientCount": len(seats), "maxClientCount": *l.MaxAllowedSites})
		return
	case claims && !holds:
		seats[identity] = body.UserKey + "/" + identity
	case !holds && call != "info":
		problem(w, 404, object{"code": "TokenNotFound"})
		return
	case call == "deactivate" || call == "release":
		delete(seats, identity)
	}
	f.seat(w, l, body.MachineID, identity)
}

// seat answers all seven calls: each reads the members that are its own.
func (f *fake) seat(w http.ResponseWriter, l *entity.License, machine, identity string) {
	copied := document.NodeLocked(*l, machine)
	doc, err := document.Sign(&copied, f.key)
	if err != nil {
		problem(w, 500, object{"code": "Internal", "detail": err.Error()})
		return
	}
	numbers := make([]int, len(doc))
	for i := range len(doc) {
		numbers[i] = int(doc[i])
	}
	soon := object{"seconds": time.Now().Add(15 * time.Minute).Unix(), "nanos": 0}
	tokens := []object{}
	for held, token := range f.held[l.UserKey] {
		tokens = append(tokens, object{"token": token, "clientName": held})
	}
	reply(w, object{
		"success": true, "granted": true, "active": true, "licenseId": l.LicenseID, "licensingMode": l.LicensingMode,
		"licenseToken": f.held[l.UserKey][identity], "tokenExpireAt": soon, "heartbeatInterval": object{"seconds": 300, "nanos": 0},
		"activeClientCount": len(f.held[l.UserKey]), "maxClientCount": *l.MaxAllowedSites, "licenseTokens": tokens,
		"license": object{"licenseId": l.LicenseID, "licensingMode": l.LicensingMode, "licenseKey": numbers,
			"expireAt": object{"seconds": l.ExpireDate.Std().Unix(), "nanos": 0}},
	})
}

func reply(w http.ResponseWriter, v any) { json.NewEncoder(w).Encode(v) }

func problem(w http.ResponseWriter, status int, v object) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	reply(w, v)
}
