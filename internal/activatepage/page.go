package activatepage

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
)

// Orders is what the page asks of the service of orders.
type Orders interface {
	Open(ctx context.Context, key string) (*entity.LicenseOrder, error)
	ProductOf(ctx context.Context, o *entity.LicenseOrder) (*entity.Product, error)
	Generate(ctx context.Context, key string, ids []hostid.HostID) (*order.Generated, error)
	Generated(ctx context.Context, key string, ids []hostid.HostID) (*order.Generated, error)
	InState(ctx context.Context, key string, states []order.State) ([]order.Generated, error)
	Deactivate(ctx context.Context, key string, ids []hostid.HostID) error
}

// Guesses slows down callers who look up keys that do not exist.
type Guesses interface {
	// Guard runs a look-up unless the network has guessed too often; a guess is
	// a look-up that fails with miss.
	Guard(network string, miss fault.Code, lookUp func() error) error
}

//go:embed ui/page.html ui/style.css ui/page.js
var files embed.FS

// policy lets the page load its own style sheet and script, and send its forms
// home; nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxForm bounds a form, in bytes.
const maxForm = 64 << 10

type page struct {
	orders  Orders
	guesses Guesses
	html    *template.Template
}

// Handlers are the routes of the page, by ServeMux pattern.
func Handlers(o Orders, g Guesses) (map[string]http.Handler, error) {
	html, err := template.New("page.html").Funcs(template.FuncMap{"when": when}).ParseFS(files, "ui/page.html")
	if err != nil {
		return nil, fmt.Errorf("read the activation page: %w", err)
	}
	p := &page{o, g, html}
	return map[string]http.Handler{
		"GET /activate":           http.HandlerFunc(p.empty),
		"POST /activate":          p.form(p.act),
		"POST /activate/download": p.form(p.download),
		"GET /activate/style.css": file("style.css", "text/css; charset=utf-8"),
		"GET /activate/page.js":   file("page.js", "text/javascript; charset=utf-8"),
	}, nil
}

func file(name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "max-age=3600")
		http.ServeFileFS(w, r, files, "ui/"+name)
	})
}

// form reads a form that this site's own page has sent.
func (p *page) form(do http.HandlerFunc) http.Handler {
	sites := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := sites.Check(r); err != nil {
			p.refuse(w, r, fault.New(fault.Forbidden, "The form was sent by another site. Enter your activation key here."))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			p.refuse(w, r, fault.New(fault.Invalid, "The form could not be read. Enter your activation key again."))
			return
		}
		do(w, r)
	})
}

// empty asks for the key.
func (p *page) empty(w http.ResponseWriter, r *http.Request) {
	p.write(w, r, http.StatusOK, &view{Title: "Activate your license", Focus: "key"})
}

// refuse asks for the key, and says what was wrong.
func (p *page) refuse(w http.ResponseWriter, r *http.Request, err error) {
	v := &view{Title: "Activate your license", Focus: "key", Key: keyOf(r)}
	v.KeyError = v.fault(err)
	p.write(w, r, v.status, v)
}

// write makes the whole page before the first byte is sent.
func (p *page) write(w http.ResponseWriter, r *http.Request, status int, v *view) {
	var out bytes.Buffer
	if err := p.html.Execute(&out, v); err != nil {
		httpx.Note(r.Context(), "error", err.Error())
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	headers(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(out.Len()))
	if v.retry > 0 {
		h.Set("Retry-After", strconv.FormatInt(v.retry, 10))
	}
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // who left gets nothing
}

// headers are those of every answer that a key led to. The policy of referrers
// is not no-referrer: with that, browsers send "Origin: null" with forms, and
// where there is no TLS nothing else says that a form is this site's own.
func headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// download sends the license as a file under its name.
func (p *page) download(w http.ResponseWriter, r *http.Request) {
	key, ids, err := keyOf(r), []hostid.HostID(nil), error(nil)
	if ids, err = hostid.ParseSegment("hostids", r.PostForm.Get("hostids")); err != nil {
		p.refuse(w, r, err)
		return
	}
	g, err := guarded(r.Context(), p, func() (*order.Generated, error) { return p.orders.Generated(r.Context(), key, ids) })
	if err == nil && g.State != order.Success {
		err = fault.New(fault.NotFound, "This license does not exist.")
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	h := w.Header()
	headers(h)
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": g.Filename}))
	h.Set("Content-Length", strconv.Itoa(len(g.Content)))
	_, _ = w.Write([]byte(g.Content))
}

// guarded looks a key up unless the caller's address has guessed too often.
func guarded[T any](ctx context.Context, p *page, do func() (T, error)) (answer T, err error) {
	err = p.guesses.Guard(httpx.ClientNetwork(ctx), fault.ActivationKeyInvalid, func() error {
		answer, err = do()
		return err
	})
	return answer, err
}
