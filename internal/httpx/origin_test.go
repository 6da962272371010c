package httpx

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOrigin(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		name, remote, host string
		tls                bool
		proto, forwarded   []string
		want               string
	}{
		{"plain", "192.0.2.7:1", "a.example:8080", false, nil, nil, "http://a.example:8080"},
		{"own TLS", "192.0.2.7:1", "a.example", true, nil, nil, "https://a.example"},
		{"a stranger's headers", "192.0.2.7:1", "a.example", false, []string{"https"}, []string{"evil.example"}, "http://a.example"},
		{"a proxy's", "10.1.2.3:1", "inner:8080", false, []string{"HTTPS"}, []string{"a.example"}, "https://a.example"},
		{"the nearest proxy's", "10.1.2.3:1", "inner", false, []string{"http, https"}, []string{"evil.example, b.example", "a.example:444"}, "https://a.example:444"},
		{"a proxy's that says nothing", "10.1.2.3:1", "a.example", false, nil, nil, "http://a.example"},
		{"a proxy's nonsense", "10.1.2.3:1", "a.example", false, []string{"javascript"}, []string{"a/b?\"<"}, "http://a.example"},
		{"nonsense", "192.0.2.7:1", "a';b(c)*", false, nil, nil, "http://192.0.2.1:8080"},
		{"an IPv6 proxy's", "[::ffff:10.1.2.3]:1", "inner", false, []string{"https"}, []string{"[2001:db8::1]:8443"}, "https://[2001:db8::1]:8443"},
	} {
		r := httptest.NewRequest("POST", "/login", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080})))
		r.RemoteAddr, r.Host = c.remote, c.host
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"] = c.proto, c.forwarded
		if got := origin(r, trusted); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
