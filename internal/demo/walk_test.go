package demo_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/demo"
)

func TestWalk(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	var out bytes.Buffer
	if err := demo.Walk(t.Context(), &out, demo.Config{URL: f.URL, APIKey: "api_demo"}); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if left := f.left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	text := out.String()
	for _, want := range []string{
		"made a product, DEMO-", "issued license lic00000003 to Ada Lovelace; her user key is KEY-3",
		"activated the laptop: 1 of 1", "the same seat", "the desktop was denied, as it should be: NoSeatAvailable, 1 of 1",
		"verified the signed document offline: license lic00000003 for Ada Lovelace", "copied to the desktop, is refused there",
		"deactivated the laptop: 0 of 1", "Grace got a seat: 2 of 2", "Edsger was denied, as it should be: NoSeatAvailable, 2 of 2",
		"wants one every 5m0s", "Ada released her seat", "Edsger got a seat: 2 of 2", "floating license, 2 of 2 seats taken",
		"removed Grace's seat", "removed the product", "nothing was left behind",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the story does not tell: %s", want)
		}
	}
	for _, never := range []string{"api_demo", "removed Ada's seat", "removed the laptop's seat", "%!"} {
		if strings.Contains(text, never) {
			t.Errorf("the story tells: %s", never)
		}
	}
	line := regexp.MustCompile(`^ +[0-9.]+(µs|ms|s)  [^ ]`)
	steps := 0
	for l := range strings.Lines(text) {
		if line.MatchString(l) {
			steps++
		}
	}
	if steps < 20 {
		t.Errorf("%d lines with a time in\n%s", steps, text)
	}
	t.Log(text)
}

// Whatever goes wrong, the walk says so and takes back what it made.
func TestWalkThatGoesWrong(t *testing.T) {
	t.Parallel()
	answer := func(status int, v object) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { problem(w, status, v) }
	}
	ok := func(v object) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { reply(w, v) }
	}
	tests := []struct {
		call string
		does http.HandlerFunc
		says string
	}{
		{"POST /v1/products", answer(403, object{"success": false, "message": "not for you"}), "make a product: POST /v1/products: status 403: not for you"},
		{"POST /v1/license-templates", ok(object{"success": false}), "no reason given"},
		{"POST /v1/license-templates", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "is this a licet server?"},
		{"POST /v1/license/activate", answer(403, object{"code": "LicenseRevoked"}), "activate the laptop: LicenseRevoked"},
		{"POST /v1/license/validate", answer(404, object{"code": "TokenNotFound"}), "validate the laptop's seat"},
		{"GET /.well-known/jwks.json", ok(object{"keys": []any{}}), "fetch the keys"},
		{"POST /v1/license/request", answer(409, object{"code": "WrongLicensingMode"}), "request a seat for Ada: "},
		{"POST /v1/license/info", ok(object{"licenseId": "lic1", "activeClientCount": 3}), "the count of seats taken is 3 instead of 2"},
	}
	for _, tt := range tests {
		t.Run(tt.call, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.sabotage[tt.call] = tt.does
			var out bytes.Buffer
			err := demo.Walk(t.Context(), &out, demo.Config{URL: f.URL, APIKey: "api_demo", HTTPClient: f.Client()})
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(out.String(), "%!") {
				t.Errorf("got %v, want %q\n%s", err, tt.says, &out)
			}
			if left := f.left(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestWalkSaysWhatItLeaves(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.sabotage["DELETE /v1/license-templates/2"] = func(w http.ResponseWriter, _ *http.Request) {
		problem(w, 409, object{"success": false, "message": "in use"})
	}
	var out bytes.Buffer
	err := demo.Walk(t.Context(), &out, demo.Config{URL: f.URL, APIKey: "api_demo"})
	if err == nil || !strings.Contains(err.Error(), "remove the template") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(out.String(), "Left behind: the template (DELETE /v1/license-templates/2: status 409: in use)") {
		t.Errorf("got\n%s", &out)
	}
	if left := f.left(); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWalkInterrupted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.sabotage["POST /v1/license/validate"] = func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		problem(w, 503, object{"code": "Unavailable"})
	}
	err := demo.Walk(ctx, &bytes.Buffer{}, demo.Config{URL: f.URL, APIKey: "api_demo"})
	if !errors.Is(err, context.Canceled) && !errors.Is(err, client.Unavailable) {
		t.Errorf("got %v", err)
	}
	if left := f.left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWalkRefusesABadAddress(t *testing.T) {
	t.Parallel()
	if err := demo.Walk(t.Context(), &bytes.Buffer{}, demo.Config{URL: "localhost:8080"}); err == nil {
		t.Error("it was accepted")
	}
}
