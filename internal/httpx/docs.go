package httpx

import (
	"bytes"
	"embed"
	"net/http"
	"time"
)

//go:embed docsui/page.html docsui/page.js docsui/swagger-ui-bundle.js docsui/swagger-ui.css
var docsFiles embed.FS

// docsPolicy keeps the viewer on this server: its script talks to nobody else.
// Its style sheet holds images as data.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsHandlers serves the document at /openapi.json and a viewer for it at /docs.
func docsHandlers(openAPI func() []byte) map[string]http.Handler {
	return map[string]http.Handler{
		"GET /openapi.json":              openAPIHandler(openAPI),
		"GET /docs":                      docsFile("page.html", "text/html; charset=utf-8"),
		"GET /docs/page.js":              docsFile("page.js", "text/javascript; charset=utf-8"),
		"GET /docs/swagger-ui-bundle.js": docsFile("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
		"GET /docs/swagger-ui.css":       docsFile("swagger-ui.css", "text/css; charset=utf-8"),
	}
}

func docsFile(name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "max-age=3600")
		http.ServeFileFS(w, r, docsFiles, "docsui/"+name)
	})
}

func openAPIHandler(document func() []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(document()))
	})
}
