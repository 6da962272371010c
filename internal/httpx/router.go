package httpx

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/licet/licet/internal/fault"
)

// Router serves the operations of several surfaces. Make it with NewRouter.
type Router struct {
	mux      *http.ServeMux
	surfaces []Surface
	ops      []Operation
	openAPI  func() []byte // encoded when it is first asked for, which takes longer than all else at a start
	opt      Options
	log      *slog.Logger
	meter    *meter
	decoder  *decoder
	encoders encoderPool
}

// NewRouter checks the tables, builds the OpenAPI document and mounts
// everything: the operations, Options.Extra, /openapi.json and /docs.
func NewRouter(opt Options, surfaces ...Surface) (*Router, error) {
	if opt.MaxBody == 0 {
		opt.MaxBody = defaultMaxBody
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Info.Title == "" {
		opt.Info.Title = "licet"
	}
	if opt.Info.Version == "" {
		opt.Info.Version = "unversioned" // OpenAPI wants one
	}
	meter, err := newMeter(opt.Registry)
	if err != nil {
		return nil, err
	}
	r := &Router{
		mux: http.NewServeMux(), surfaces: slices.Clone(surfaces), opt: opt, log: opt.Logger,
		meter: meter, decoder: newDecoder(opt.MaxBody), encoders: newEncoderPool(),
	}
	for i := range r.surfaces {
		if err := r.mountSurface(&r.surfaces[i]); err != nil {
			return nil, err
		}
	}
	document, err := describeAll(opt.Info, r.surfaces, r.ops)
	if err != nil {
		return nil, fmt.Errorf("build the OpenAPI document: %w", err)
	}
	r.openAPI = sync.OnceValue(document.encode)
	for _, pattern := range sortedKeys(opt.Extra) {
		if err := r.mountExtra(pattern, opt.Extra[pattern]); err != nil {
			return nil, err
		}
	}
	for pattern, handler := range docsHandlers(r.openAPI) {
		if err := r.mountExtra(pattern, handler); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// OpenAPI returns the document that /openapi.json serves.
func (r *Router) OpenAPI() []byte { return slices.Clone(r.openAPI()) }

// Operations lists every operation, in the order of the tables.
func (r *Router) Operations() []Operation { return slices.Clone(r.ops) }

// route is a mounted pattern. Exactly one of op and extra is set.
type route struct {
	router  *Router
	pattern string // as the mux has it
	path    string // the pattern as logged: without its method
	label   string // names it in metrics and logs
	surface *Surface
	op      *Operation
	extra   http.Handler
}

func (r *Router) mountSurface(s *Surface) error {
	if s.WriteError == nil {
		return fmt.Errorf("surface %s: no WriteError", s.Name)
	}
	for i := range s.Ops {
		op := s.Ops[i]
		op.Surface = s.Name
		if err := r.checkOperation(s, &op); err != nil {
			return fmt.Errorf("surface %s: %s %s: %w", s.Name, op.Method, op.Path, err)
		}
		rt := &route{router: r, pattern: op.Method + " " + op.Path, path: op.Path, label: op.ID, surface: s, op: &op}
		if err := r.mount(rt); err != nil {
			return fmt.Errorf("surface %s: %w", s.Name, err)
		}
		r.ops = append(r.ops, op)
	}
	return nil
}

func (r *Router) checkOperation(s *Surface, op *Operation) error {
	if op.call == nil {
		return fmt.Errorf("not made with Op")
	}
	if own := r.surfaceFor(op.Path); own != s {
		return fmt.Errorf("the path is under none of the surface's prefixes, or another surface's is longer")
	}
	if op.plan.wantsItem() && op.item == "" {
		return fmt.Errorf("an ItemOf body without WithItem")
	}
	for _, other := range r.ops {
		if other.ID == op.ID {
			return fmt.Errorf("the id %q is taken by %s %s; use WithID", op.ID, other.Method, other.Path)
		}
	}
	return nil
}

func (r *Router) mountExtra(pattern string, h http.Handler) error {
	_, path, hasMethod := strings.Cut(pattern, " ")
	if !hasMethod {
		path = pattern
	}
	return r.mount(&route{router: r, pattern: pattern, path: path, label: pattern, extra: h})
}

// mount turns the mux's panic over a bad or conflicting pattern into an error:
// tables come from several packages, and none can see the others.
func (r *Router) mount(rt *route) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("mount %s: %v", rt.pattern, v)
		}
	}()
	r.mux.Handle(rt.pattern, rt)
	return nil
}

// surfaceFor returns the surface whose prefix covers the path most closely, or
// nil.
func (r *Router) surfaceFor(path string) *Surface {
	var best *Surface
	longest := -1
	for i := range r.surfaces {
		if n := r.surfaces[i].covers(path); n > longest {
			best, longest = &r.surfaces[i], n
		}
	}
	return best
}

// surfaceOf is surfaceFor a request whose path may be unclean.
func (r *Router) surfaceOf(req *http.Request) *Surface {
	return r.surfaceFor(path.Clean("/" + req.URL.Path))
}

// ServeHTTP finds the route. The mux is asked for its handler first, so that a
// path that it would redirect (a double or trailing slash) or refuse is
// answered in the form of the surface it is under.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	req, escaped := r.reroute(req)
	if !isClean(escaped) {
		r.refuse(w, req, fault.New(fault.NotFound, "no such path"))
		return
	}
	h, _ := r.mux.Handler(req)
	rt, ours := h.(*route)
	if ours && !strings.Contains(rt.pattern, "{") {
		rt.ServeHTTP(w, req)
		return
	}
	if ours {
		r.mux.ServeHTTP(w, req) // matches again, to set the path values
		return
	}
	probe := &headerProbe{header: http.Header{}}
	h.ServeHTTP(probe, req)
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		f := fault.New(fault.MethodNotAllowed, "the method %.20s is not there on this path", req.Method)
		f.Allow = probe.header.Get("Allow")
		r.refuse(w, req, f)
	case probe.header.Get("Location") != "" && r.surfaceOf(req) == nil:
		x := r.begin(w, req, nil, "none", "")
		defer x.end()
		h.ServeHTTP(x.w, req) // to an Extra tree, such as /console/
	default:
		r.refuse(w, req, fault.New(fault.NotFound, "no such path"))
	}
}

// reroute asks the surfaces for another path, and gives the request with the
// path that it is routed by.
func (r *Router) reroute(req *http.Request) (*http.Request, string) {
	escaped := req.URL.EscapedPath()
	for i := range r.surfaces {
		if r.surfaces[i].Reroute == nil {
			continue
		}
		to := r.surfaces[i].Reroute(req, escaped)
		if to == "" {
			continue
		}
		plain, err := url.PathUnescape(to)
		if err != nil {
			continue // it goes by its own
		}
		other, target := *req, *req.URL
		target.Path, target.RawPath = plain, to
		other.URL = &target
		return &other, to
	}
	return req, escaped
}

// isClean says whether the mux would take the escaped path as it is.
func isClean(escaped string) bool {
	if escaped == "" || escaped[0] != '/' {
		return false
	}
	clean := path.Clean(escaped)
	return clean == escaped || len(escaped) == len(clean)+1 && escaped[len(clean)] == '/' && clean != "/"
}

// headerProbe takes what the mux's own handlers answer; they write no more than
// a line.
type headerProbe struct {
	header http.Header
	status int
}

func (p *headerProbe) Header() http.Header         { return p.header }
func (p *headerProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *headerProbe) WriteHeader(status int)      { p.status = status }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
