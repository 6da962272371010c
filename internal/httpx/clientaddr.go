package httpx

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// clientAddr walks from the peer to the left of X-Forwarded-For for as long as
// the hop at hand is a trusted proxy. What a hop that is not trusted claims is
// ignored, and so is everything left of an entry that is not an address.
func clientAddr(remote string, forwarded []string, trusted []netip.Prefix) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = plain(addr)
	for _, header := range slices.Backward(forwarded) {
		for header != "" {
			if !contains(trusted, addr) {
				return addr.String()
			}
			var entry string
			if i := strings.LastIndexByte(header, ','); i >= 0 {
				header, entry = header[:i], header[i+1:]
			} else {
				header, entry = "", header
			}
			next, ok := parseHop(strings.TrimSpace(entry))
			if !ok {
				return addr.String()
			}
			addr = next
		}
	}
	return addr.String()
}

// parseHop reads an address with or without a port, as proxies write them.
func parseHop(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return plain(a), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return plain(ap.Addr()), true
	}
	return netip.Addr{}, false
}

func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}
