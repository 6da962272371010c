package activation_test

import (
	"encoding/base64"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/licet/licet/internal/hostid"
)

// TestHostIDsInEverySpelling: base64 in both alphabets, padded or not, escaped
// or raw, means the same; what is no HostID says so, also with slashes.
func TestHostIDsInEverySpelling(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const text = "CUSTOM=a,USERNAME=x@y"
	standard := b64(text)
	for _, segment := range []string{
		standard, strings.TrimRight(standard, "="), base64.URLEncoding.EncodeToString([]byte(text)),
		url.PathEscape(standard), strings.ReplaceAll(standard, "=", "%3D"), b64("username=X@y,custom=A,CUSTOM=a"),
	} {
		h.books.asked = nil
		a := h.call("PUT", "/rest/v1/licenses/"+key+"/"+segment)
		if a.Code != 202 || a.Header().Get("Location") != "/rest/v1/license-queue/"+key+"/"+standard || len(h.books.asked) != 1 || h.books.asked[0] != "generate "+key+" "+text {
			t.Errorf("%s: %d %v %v", segment, a.Code, a.Header(), h.books.asked)
		}
	}
	h.books.asked = nil
	plus, slash := b64("CUSTOM=~~>"), b64("CUSTOM=???")
	if !strings.Contains(plus, "+") || !strings.Contains(slash, "/") {
		t.Fatal(plus, slash)
	}
	for _, segment := range []string{
		plus, slash, url.PathEscape(slash), strings.ReplaceAll(slash, "/", "%2f"), slash + "/", slash + "//", "a/b/c/d", "a/../../b", "a//b", "%25", "%00", "%ff/%fe",
		strings.Repeat("A/", 5000), b64("type1=value1,type2=value=2"), b64("CUSTOM"), b64("=a"), b64("CUSTOM=a,"), b64("CUSTOM=a\n"),
	} {
		for _, method := range []string{"PUT", "GET", "DELETE"} {
			a := h.call(method, "/rest/v2/licenses/"+key+"/"+segment)
			if a.Code != 400 && a.Code != 404 || a.object["message"] == "" || len(h.books.asked) > 0 {
				t.Errorf("%s %.60s: %d %s %v", method, segment, a.Code, a.Body, h.books.asked)
			}
		}
	}
	if a := h.call("PUT", "/rest/v2/licenses/"+key+"/"+slash); a.object["code"] != 1600.0 || a.object["detail"] == nil {
		t.Errorf("a raw slash: %s", a.Body)
	}
}

// FuzzPath: whatever follows the host, no answer is 5xx, and what gets to the
// books has the key and the HostIDs that stand in the path.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/rest/v1/licenses/" + key + "/" + b64("CUSTOM=a"), "/rest/v2/licenses/" + key + "/a/b+c==", "/rest/v2/license-queue/" + key + "/%2F%2e%2e/..",
		"/rest/v1/licenses/../license-orders/" + key, "/rest/v1/licenses//" + key, "/license-orders/" + key, "/rest/v1/licenses/" + key + "%2Fx/Y1==",
		"/rest/v2/license-removals/" + key + "/" + b64("NOT_LOCKED="), "/rest/v1/license-orders/%zz", "/rest/v1/licenses/" + key + "/%252F", "*", "",
	} {
		f.Add("GET", seed)
	}
	f.Add("PUT", "/rest/v1/licenses/"+key+"/"+b64("CUSTOM=a"))
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, method, path string) {
		if !token(method) {
			return
		}
		req := httptest.NewRequest(method, "http://host/", nil)
		setPath(req, path)
		req.Header.Set("Accept", "application/hal+json")
		h.books.asked = nil
		h.clock.Advance(1e12) // no guess is one too many
		w := httptest.NewRecorder()
		h.router.ServeHTTP(w, req)
		if w.Code >= 500 {
			t.Fatalf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
		if len(h.books.asked) == 0 {
			return
		}
		// what, key and HostIDs are in the path at their places, and nowhere else
		place := strings.TrimPrefix(strings.TrimPrefix(req.URL.EscapedPath(), "/rest/v1"), "/rest/v2")
		parts := strings.SplitN(place, "/", 4)
		k, err := url.PathUnescape(parts[2])
		_, asked, found := strings.Cut(h.books.asked[0], " "+k)
		if err != nil || !found && strings.TrimSpace(k) == k {
			t.Fatalf("%s %q asks for %q", method, path, h.books.asked)
		}
		if len(parts) < 4 || asked == "" {
			return
		}
		segment, err := url.PathUnescape(parts[3])
		if err != nil {
			t.Fatal(err)
		}
		ids, err := hostid.ParseSegment("hostids", segment)
		if err != nil || strings.TrimSpace(asked) != hostid.Text(ids) {
			t.Fatalf("%s %q asks for %q", method, path, h.books.asked)
		}
	})
}

func token(s string) bool {
	return s != "" && utf8.ValidString(s) && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
