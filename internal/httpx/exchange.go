package httpx

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/licet/licet/internal/fault"
)

// exchange is one request and its answer.
type exchange struct {
	router  *Router
	surface *Surface // nil outside the surfaces
	label   string
	path    string // the route's, never the request's
	scope   *scope
	w       *recorder
	r       *http.Request
	ctx     context.Context
	start   time.Time
	err     error      // what went wrong, for the log; never sent
	code    fault.Code // of the fault that was answered; "" where it has none
	stack   []byte
	gone    bool // the client left before its answer
	aborted bool // the connection must be cut after the log line
}

func (r *Router) begin(w http.ResponseWriter, req *http.Request, s *Surface, label, path string) *exchange {
	x := &exchange{router: r, surface: s, label: label, path: path, r: req, start: time.Now()}
	x.scope = &scope{
		requestID: requestID(s, req.Header.Get("X-Request-Id")), request: req, trusted: r.opt.TrustedProxies,
	}
	x.ctx = context.WithValue(req.Context(), scopeKey{}, x.scope)
	x.w = &recorder{ResponseWriter: w}
	h := w.Header()
	h.Set("X-Request-Id", x.scope.requestID)
	h.Set("X-Content-Type-Options", "nosniff")
	if s != nil {
		h.Set("Cache-Control", "no-store")
	}
	r.meter.inFlight.Inc()
	return x
}

// ServeHTTP runs one request from its route to the log line.
func (rt *route) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	x := rt.router.begin(w, req, rt.surface, rt.label, rt.path)
	defer x.end()
	if rt.extra != nil {
		rt.extra.ServeHTTP(x.w, req.WithContext(x.ctx))
		return
	}
	if err := x.operate(rt.op); err != nil {
		x.fail(err)
	}
}

// refuse answers a request that has no route.
func (r *Router) refuse(w http.ResponseWriter, req *http.Request, f *fault.Error) {
	x := r.begin(w, req, r.surfaceOf(req), "none", "")
	defer x.end()
	x.fail(f)
}

func (x *exchange) operate(op *Operation) error {
	if err := x.admit(op.Access); err != nil {
		return err
	}
	answer, err := op.call(x.ctx, x.r, op, x.router.decoder)
	if err != nil {
		return err
	}
	switch a := answer.(type) {
	case interface{ bare() *Bare }:
		if b := a.bare(); b.Status != 0 {
			return x.sendBare(op, b)
		}
	case Streamer:
		return x.stream(a)
	case Raw:
		return x.send(a.ContentType(), a.Bytes())
	}
	return x.sendJSON(answer)
}

// admit finds the caller and judges whether the operation is theirs.
func (x *exchange) admit(a Access) error {
	if a.Public {
		return nil
	}
	cred, present, err := x.surface.credential(x.r.Header)
	if err != nil {
		return err
	}
	if !present {
		if a.Keyless != nil && a.Keyless() {
			return nil
		}
		return fault.New(fault.Unauthenticated, "a credential is needed: %s", x.surface.credentialNames())
	}
	auth := x.router.opt.Auth
	if x.surface.Auth != nil {
		auth = x.surface.Auth
	}
	if auth == nil {
		return fault.New(fault.Unauthenticated, "the credential is not known")
	}
	if x.scope.caller, err = auth.Authenticate(x.ctx, cred); err != nil {
		return err
	}
	return a.Allows(x.scope.caller)
}

// end runs whatever happened: it turns a panic into an answer, counts, writes
// the log line, and cuts the connection where the answer is only half there.
func (x *exchange) end() {
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			x.aborted = true
		} else {
			x.stack = debug.Stack()
			x.fail(fmt.Errorf("panic: %v", v))
		}
	}
	x.gone = x.gone || x.w.failed
	x.router.meter.inFlight.Dec()
	x.observe()
	if x.aborted {
		panic(http.ErrAbortHandler)
	}
}

// fail answers err in the surface's form, or cuts the connection when the
// answer has begun.
func (x *exchange) fail(err error) {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		x.err = err
	}
	if f == nil || f.Kind == fault.Internal {
		f = fault.New(fault.Internal, "internal error")
	}
	if errors.Is(err, context.Canceled) && x.r.Context().Err() != nil {
		x.gone = true
		f = fault.New(fault.Unavailable, "the request was cancelled")
	}
	if x.w.status != 0 {
		x.err, x.aborted = err, true
		return
	}
	x.code = f.Code
	x.writeFault(f)
}

// requestID takes over an id that is fit for headers, logs and the surface, or
// makes one.
func requestID(s *Surface, incoming string) string {
	if s != nil && s.RequestID != nil {
		return s.RequestID(incoming)
	}
	if incoming == "" || len(incoming) > 64 {
		return rand.Text()
	}
	for i := range len(incoming) {
		c := incoming[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return rand.Text()
		}
	}
	return incoming
}
