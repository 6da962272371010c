package activation

import (
	"net/http"
	"slices"
	"strings"
)

const hal = "application/hal+json"

// reroute makes one segment of all that follows the key: base64 may hold
// slashes. It works on the escaped path, so what was escaped stays so.
func (v version) reroute(_ *http.Request, escaped string) string {
	rest, ok := strings.CutPrefix(escaped, v.base+"/")
	if !ok {
		return ""
	}
	room, rest, _ := strings.Cut(rest, "/")
	if !slices.Contains([]string{licenses, queue, failures, removals}, room) {
		return ""
	}
	key, hostids, _ := strings.Cut(rest, "/")
	if key == "" || !strings.Contains(hostids, "/") {
		return ""
	}
	return v.base + "/" + room + "/" + key + "/" + strings.ReplaceAll(hostids, "/", "%2F")
}

// halAtTheBarePath also leads here who asks for HAL at the vendors' path of an
// order and shows no token: their page prints this answer there.
func (v version) halAtTheBarePath(req *http.Request, escaped string) string {
	key, ok := strings.CutPrefix(escaped, "/"+orders+"/")
	if !ok {
		return v.reroute(req, escaped)
	}
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	if !reads || key == "" || strings.Contains(key, "/") || req.Header.Get("Authorization") != "" || !asksForHAL(req.Header["Accept"]) {
		return ""
	}
	return v.base + escaped
}

func asksForHAL(accept []string) bool {
	for _, line := range accept {
		for item := range strings.SplitSeq(line, ",") {
			media, _, _ := strings.Cut(item, ";")
			if strings.EqualFold(strings.TrimSpace(media), hal) {
				return true
			}
		}
	}
	return false
}
