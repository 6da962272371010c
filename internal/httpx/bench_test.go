package httpx_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/httpx"
)

// BenchmarkSeatCall is what this package adds to a seat call; an operation that
// does nothing, and no log.
func BenchmarkSeatCall(b *testing.B) {
	router, err := httpx.NewRouter(httpx.Options{Auth: door{}, Registry: prometheus.NewRegistry()}, seats())
	if err != nil {
		b.Fatal(err)
	}
	const body = `{"userKey":"JXYIK-WIMAR-8HTOW-5ULM7","machineId":"ADSQH","clientId":"ConsoleApp","clientName":"Mac"}`
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		r, err := http.NewRequestWithContext(b.Context(), "POST", "/v1/license/activate", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.RemoteAddr = "192.0.2.1:4711"
		r.Header.Set("X-Api-Key", "app")
		w.Body.Reset()
		router.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
