package httpx

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Origin returns the scheme and host by which the client reached the server,
// such as "https://licenses.example.com"; "" outside a request. What proxies
// listed in Options.TrustedProxies say in X-Forwarded-Proto and
// X-Forwarded-Host counts: of several values that of the nearest proxy.
func Origin(ctx context.Context) string {
	s := scopeOf(ctx)
	if s == nil || s.request == nil {
		return ""
	}
	return origin(s.request, s.trusted)
}

func origin(r *http.Request, trusted []netip.Prefix) string {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && !isHost(host) { // HTTP/1.0, or nonsense
		host = local.String()
	}
	if fromTrusted(r, trusted) {
		if said := strings.ToLower(nearest(r.Header["X-Forwarded-Proto"])); said == "http" || said == "https" {
			scheme = said
		}
		if said := nearest(r.Header["X-Forwarded-Host"]); isHost(said) {
			host = said
		}
	}
	return scheme + "://" + host
}

// fromTrusted says whether the peer itself is a trusted proxy.
func fromTrusted(r *http.Request, trusted []netip.Prefix) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && contains(trusted, plain(addr))
}

// nearest is the last entry of a header whose entries proxies append.
func nearest(values []string) string {
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// isHost says whether s can be the host of a URL, with or without a port.
func isHost(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(".-_:[]", r):
			return false
		}
		return true
	})
}
