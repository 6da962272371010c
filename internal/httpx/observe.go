package httpx

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// statusGone counts requests whose client left before the answer.
const statusGone = 499

// meter holds the request metrics.
type meter struct {
	requests *prometheus.CounterVec   // operation, status
	seconds  *prometheus.HistogramVec // operation
	inFlight prometheus.Gauge
}

func newMeter(registry *prometheus.Registry) (*meter, error) {
	m := &meter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "licet_http_requests_total", Help: "Requests answered, by operation and HTTP status.",
		}, []string{"operation", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "licet_http_request_seconds", Help: "Time from a request's arrival to its answer, by operation.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"operation"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "licet_http_requests_in_flight", Help: "Requests being answered now.",
		}),
	}
	if registry == nil {
		return m, nil
	}
	err := errors.Join(registry.Register(m.requests), registry.Register(m.seconds), registry.Register(m.inFlight))
	if err != nil {
		return nil, fmt.Errorf("register the request metrics: %w", err)
	}
	return m, nil
}

// outcome is the status as counted: what was meant, also where the client did
// not get it.
func (x *exchange) outcome() int {
	switch {
	case x.gone:
		return statusGone
	case x.aborted:
		return http.StatusInternalServerError
	case x.w.status == 0:
		return http.StatusOK // net/http sends it for a handler that wrote nothing
	}
	return x.w.status
}

// observe counts the request and writes its one log line. The path is logged
// as its pattern: paths and queries may hold keys.
func (x *exchange) observe() {
	took := time.Since(x.start)
	status := x.outcome()
	x.router.meter.requests.WithLabelValues(x.label, strconv.Itoa(status)).Inc()
	x.router.meter.seconds.WithLabelValues(x.label).Observe(took.Seconds())

	level := slog.LevelInfo
	switch {
	case x.gone:
		level = slog.LevelDebug
	case status >= http.StatusInternalServerError && x.err != nil:
		level = slog.LevelError
	}
	if x.router.log.Enabled(x.ctx, level) {
		x.router.log.LogAttrs(x.ctx, level, "request", x.facts(status, took)...)
	}
}

// facts are the attributes of the log line. Package eventlog knows their names.
func (x *exchange) facts(status int, took time.Duration) []slog.Attr {
	attrs := make([]slog.Attr, 0, 20)
	attrs = append(attrs,
		slog.String("operation", x.label),
		slog.String("method", knownMethod(x.r.Method)),
		slog.String("route", x.path),
		slog.Int("status", status),
		slog.Float64("latency_ms", float64(took.Microseconds())/1000),
		slog.String("request_id", x.scope.requestID),
		slog.Int64("bytes", x.w.bytes),
		slog.String("address", ClientAddr(x.ctx)),
		slog.String("protocol", x.r.Proto),
	)
	if x.surface != nil {
		attrs = append(attrs, slog.String("surface", x.surface.Name))
	}
	if c := x.scope.caller; c.UserID != "" {
		attrs = append(attrs, slog.String("user", c.UserID))
		if c.KeyID != 0 {
			attrs = append(attrs, slog.Int64("key_id", c.KeyID))
		}
	}
	attrs = append(attrs, x.scope.notes...)
	if x.code != "" {
		attrs = append(attrs, slog.String("code", string(x.code)))
	}
	if x.err != nil {
		attrs = append(attrs, slog.String("error", x.err.Error()))
	}
	if x.stack != nil {
		attrs = append(attrs, slog.String("stack", string(x.stack)))
	}
	if x.aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	return attrs
}

// knownMethod keeps what a caller invents out of the log.
func knownMethod(m string) string {
	known := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
	}
	if slices.Contains(known, m) {
		return m
	}
	return "other"
}
