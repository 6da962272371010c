package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/pgcluster"
)

const (
	apiKey    = "api_bench_0123456789abcdefghij"
	serverKey = "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"
	password  = "correct horse battery staple"
	// heartbeatEvery makes leases that outlive the run.
	heartbeatEvery = time.Hour
	lease          = 3 * heartbeatEvery
	// allowed is a limit that no run reaches; it is there so that it is kept.
	allowed = 2 * maxSeats
	// fillSpace separates the numbers of filled licenses, firstNewcomer those
	// of identities that come while measuring.
	fillSpace     = maxSeats
	firstNewcomer = 100 * fillSpace
)

// license is one that calls name.
type license struct {
	ID      int64  `json:"licenseId"`
	UserKey string `json:"userKey"`
}

// target is a server with licenses to measure on, and the bare handler with
// answers as long as its.
type target struct {
	licet, bare *process
	floating    license // that newcomers claim from
	activation  license
	holders     fill
	sizes       []fill // those for claims at a size
	close       []func() error
}

func newTarget(ctx context.Context, o Options, engine store.Engine) (_ *target, err error) {
	t := &target{}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.stop())
		}
	}()
	dir, err := os.MkdirTemp(o.Dir, "licet-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	t.close = append(t.close, func() error { return os.RemoveAll(dir) })
	url, err := t.database(ctx, engine, dir)
	if err != nil {
		return nil, err
	}
	if err := t.startLicet(ctx, o, dir, url); err != nil {
		return nil, err
	}
	if err := t.issue(ctx, o); err != nil {
		return nil, err
	}
	if err := t.licet.stop(); err != nil {
		return nil, err
	}
	t.licet = nil
	if err := fillSeats(ctx, url, append(t.sizes, t.holders), lease); err != nil {
		return nil, err
	}
	if err := t.startLicet(ctx, o, dir, url); err != nil {
		return nil, err
	}
	lengths, err := t.answerLengths()
	if err != nil {
		return nil, err
	}
	t.bare, err = startProcess(ctx, dir, "bare", append(o.Bare, lengths...), nil)
	return t, err
}

func (t *target) database(ctx context.Context, engine store.Engine, dir string) (string, error) {
	if engine == store.SQLite {
		return "sqlite:" + filepath.Join(dir, "licet.db"), nil
	}
	cluster, err := pgcluster.Start(ctx, pgcluster.Options{Durable: true})
	if err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	t.close = append(t.close, cluster.Stop)
	return cluster.Database(ctx)
}

func (t *target) startLicet(ctx context.Context, o Options, dir, url string) (err error) {
	command := append([]string{}, o.Licet...)
	command = append(command, "--addr=127.0.0.1:0", "--data="+dir, "--heartbeat-interval="+heartbeatEvery.String())
	t.licet, err = startProcess(ctx, dir, "licet", append(command, o.Server...), []string{
		"LICET_DATABASE=" + url, "LICET_ADMIN_API_KEY=" + apiKey, "LICET_SERVER_KEY=" + serverKey,
		"LICET_ADMIN_PASSWORD=" + password,
	})
	return err
}

// issue makes the licenses.
func (t *target) issue(ctx context.Context, o Options) (err error) {
	if t.floating, err = t.newLicense(ctx, "floating", 2); err != nil {
		return err
	}
	if t.activation, err = t.newLicense(ctx, "activation", 1); err != nil {
		return err
	}
	t.holders = fill{seats: o.Holders}
	if t.holders.license, err = t.newLicense(ctx, "holders", 2); err != nil {
		return err
	}
	for i, n := range o.Seats {
		f := fill{first: uint64(i+1) * fillSpace, seats: n}
		if f.license, err = t.newLicense(ctx, strconv.Itoa(n)+" seats", 2); err != nil {
			return err
		}
		t.sizes = append(t.sizes, f)
	}
	return nil
}

func (t *target) newLicense(ctx context.Context, name string, mode int) (license, error) {
	body, err := json.Marshal(map[string]any{"license": map[string]any{
		"licensingMode": mode, "maxAllowedSites": allowed, "licenseeName": name,
		"product":  map[string]any{"name": "Bench", "version": "1.0"},
		"features": []map[string]any{{"name": "export", "value": "on"}},
	}})
	if err != nil {
		return license{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.licet.url+"/v1/licenses", bytes.NewReader(body))
	if err != nil {
		return license{}, err
	}
	req.Header.Set("x-api-key", apiKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return license{}, fmt.Errorf("issue a license: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return license{}, fmt.Errorf("issue a license: %s", resp.Status)
	}
	var l license
	if err := json.NewDecoder(resp.Body).Decode(&l); err != nil {
		return license{}, fmt.Errorf("issue a license: %w", err)
	}
	return l, nil
}

// answerLengths makes each call once and tells how long its answer is, as
// arguments of the bare handler.
func (t *target) answerLengths() ([]string, error) {
	c, err := dial(t.licet.addr)
	if err != nil {
		return nil, err
	}
	defer c.net.Close()
	guest := t.guest(t.floating, firstNewcomer-1, 1)
	var lengths []string
	for _, call := range []struct {
		op   op
		from source
	}{
		{claim, guest}, {release, guest},
		{activate, t.newcomer(activate, t.activation, firstNewcomer-1, 1)},
		{heartbeat, t.holder(heartbeat)}, {validate, t.holder(validate)},
	} {
		request, _ := call.from.next()
		status, body, err := c.call(request)
		if err != nil {
			return nil, fmt.Errorf("try %s: %w", call.op, err)
		}
		if status != http.StatusOK {
			return nil, fmt.Errorf("try %s: status %d %s", call.op, status, body)
		}
		call.from.answered(body)
		lengths = append(lengths, fmt.Sprintf("%s=%d", call.op, len(body)))
	}
	return lengths, nil
}

// stop ends both servers and removes what they left.
func (t *target) stop() error {
	var errs []error
	if t.bare != nil {
		t.bare.kill()
	}
	if t.licet != nil {
		errs = append(errs, t.licet.stop())
	}
	for i := len(t.close) - 1; i >= 0; i-- {
		errs = append(errs, t.close[i]())
	}
	return errors.Join(errs...)
}
