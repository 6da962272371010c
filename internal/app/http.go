package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/licet/licet/internal/api/instances"
	"github.com/licet/licet/internal/api/licensing"
	"github.com/licet/licet/internal/api/management"
	"github.com/licet/licet/internal/api/orders"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
)

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// handler mounts the surfaces and the server's own pages.
func (a *App) handler() (http.Handler, error) {
	s := a.services
	keyless := func() bool { return s.settings.Licensing().Keyless }
	return httpx.NewRouter(httpx.Options{
		Logger:         a.log,
		Auth:           authenticator{s.identity},
		Registry:       a.registry,
		TrustedProxies: a.opt.Config.TrustedProxies,
		Info:           httpx.Info{Title: "licet", Version: a.opt.Version},
		Extra: map[string]http.Handler{
			"GET /healthz":               http.HandlerFunc(healthz),
			"GET /readyz":                http.HandlerFunc(a.readyz),
			"GET /metrics":               promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}),
			"GET /.well-known/jwks.json": http.HandlerFunc(a.jwks),
			"GET /{$}":                   http.RedirectHandler("/docs", http.StatusSeeOther),
		},
	},
		licensing.Surface(s.seats, s.guesses, keyless),
		management.Surface(management.Deps{
			Issuing: s.issuing, Books: s.books, Mail: s.mail, Settings: s.settings, Identity: s.identity, Log: s.events, Reports: s.reports, Orgs: s.orgs, Guesses: s.guesses, Keyless: keyless,
			Clock: a.opt.Clock, Version: a.opt.Version, Host: hostName(),
		}),
		instances.Surface(s.instances),
		orders.Surface(orders.Deps{Orders: s.orders, Identity: s.identity}),
	)
}

// authenticator gives the identity service the form that httpx asks for.
type authenticator struct{ identity *identity.Service }

// Authenticate tells who presents the credential.
func (a authenticator) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	p, err := a.identity.Authenticate(ctx, identity.Credential{APIKey: c.APIKey, ClientSecret: c.ClientSecret, Bearer: c.Bearer})
	if err != nil {
		return httpx.Caller{}, err
	}
	return httpx.Caller{
		UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, KeyID: p.KeyID, SessionID: p.SessionID, CustomerID: p.CustomerID,
	}, nil
}

// healthz says that the process answers.
func healthz(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// readyz says whether requests shall be sent here now.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	if a.draining.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	if err := a.store.Ping(r.Context()); err != nil {
		a.log.Error("not ready", "error", err)
		http.Error(w, "the books cannot be reached", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// jwks publishes the public signing keys (RFC 7517) for offline verification.
func (a *App) jwks(w http.ResponseWriter, r *http.Request) {
	set, err := a.services.issuing.PublicKeys(r.Context())
	if err != nil {
		a.log.Error("publish the signing keys", "error", err)
		http.Error(w, "the keys cannot be read now", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	httpx.WriteJSON(w, http.StatusOK, set)
}

// hostName is for people only, so a machine without a name is no failure.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

const (
	// readTime is how long a peer may take to send a request.
	readTime = 20 * time.Second
	// writeTime is how long it may take to read an answer; a streamed list gets
	// it anew with each piece.
	writeTime = time.Minute
)

// newServer bounds what a slow or hostile peer can hold open.
func newServer(c config.Config, h http.Handler, log *slog.Logger) (*http.Server, error) {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if c.TLSCert == "" {
		return s, nil
	}
	cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("load the TLS certificate: %w", err)
	}
	s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	return s, nil
}
