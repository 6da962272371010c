package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

const serverKey = "LICET_SERVER_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// TestFirstStart prints the secrets once, works with them, and finds everything
// again after SIGTERM.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	p := apptest.Serve(t, nil, "--data="+data)
	p.Key = p.Announced(`password +\S+\n +API key +(\S+)\n`)[1]
	lic := p.Issue(t, map[string]any{"licensingMode": 2})
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Fatalf("SIGTERM: %v\n%s", err, p.Log)
	}
	if strings.Contains(p.Log.String(), p.Key) {
		t.Error("the API key is in the log")
	}
	again := apptest.Serve(t, nil, "--data="+data)
	again.Key = p.Key
	again.Must(t, "POST", "/v1/license/request", map[string]any{"userKey": lic.UserKey, "clientId": "c"})
	for _, name := range []string{"licet.db", "licet.db-wal", "licet.db-shm", "server.key"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if err := again.Stop(syscall.SIGTERM); err != nil || again.Out.String() != "" {
		t.Errorf("the second start ended with %v and printed:\n%s", err, again.Out)
	}
}

func TestGivenSecretsAreUsedAndNotPrinted(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(apptest.AdminKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := apptest.Serve(t, []string{"LICET_ADMIN_PASSWORD=correct horse battery", "LICET_ADMIN_API_KEY_FILE=" + file})
	p.Key = apptest.AdminKey
	p.Must(t, "GET", "/v1/info", nil)
	p.Announced("as configured")
	if s := p.Out.String(); strings.Contains(s, apptest.AdminKey) || strings.Contains(s, "correct horse") {
		t.Errorf("given secrets were printed:\n%s", s)
	}
}

func TestSecondServerOnTheSameFileIsRefused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	apptest.Serve(t, nil, "--data="+data)
	_, stderr, code := output(t, nil, "serve", "--addr=127.0.0.1:0", "--data="+data)
	if code != 1 || !strings.Contains(stderr, "another licet server has this database open") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

func TestStartIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := apptest.Serve(t, nil, "--data="+data).Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		env  []string
		args []string
		want string
	}{
		{nil, []string{"--database=mysql://x"}, "database must be"},
		{nil, []string{"--database=postgres://localhost/x"}, "server-key"},
		{nil, []string{"--tls-cert=x.pem"}, "go together"},
		{nil, []string{"--addr="}, "--addr is empty"},
		{[]string{"LICET_DATA="}, nil, "--data is empty"},
		{nil, []string{"--lease=1m"}, "longer than the heartbeat interval"},
		{nil, []string{"--user-key-format=abc"}, "no placeholder"},
		{nil, []string{"--addr=127.0.0.1:notaport", "--data=" + t.TempDir()}, "listen"},
		{[]string{serverKey}, []string{"--data=" + data}, "server key is not the one"},
		{[]string{"LICET_SERVER_KEY=short"}, nil, "server key"},
		{[]string{serverKey, "LICET_SERVER_KEY_FILE=/x"}, nil, "both"},
	} {
		_, stderr, code := output(t, c.env, append([]string{"serve", "--addr=127.0.0.1:0"}, c.args...)...)
		if code == 0 || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "panic") {
			t.Errorf("serve %v %v: code %d, %s", c.env, c.args, code, stderr)
		}
	}
}

// TestTwoNodesRaceForTheLastSeats: two processes on one PostgreSQL never grant
// more than the license allows, and agree on who holds what.
func TestTwoNodesRaceForTheLastSeats(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.Postgres)
	env := []string{serverKey, "LICET_DATABASE=" + url, "LICET_ADMIN_API_KEY=" + apptest.AdminKey}
	nodes := make([]*apptest.Process, 2)
	var started sync.WaitGroup
	for i := range nodes {
		started.Go(func() { nodes[i] = apptest.Serve(t, env) })
	}
	started.Wait()
	if t.Failed() {
		return
	}
	var clients []*client.Client
	for _, n := range nodes {
		n.Key = apptest.AdminKey
		clients = append(clients, n.Client(t))
	}
	for _, limit := range []int64{1, 7, 40} {
		lic := nodes[0].Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": limit})
		act := nodes[1].Issue(t, map[string]any{"licensingMode": 1, "maxAllowedSites": limit})
		for _, c := range []struct {
			lic  apptest.License
			take func(*client.Client, client.Seat) (*client.Grant, error)
		}{
			{lic, func(c *client.Client, s client.Seat) (*client.Grant, error) { return c.Request(t.Context(), s) }},
			{act, func(c *client.Client, s client.Seat) (*client.Grant, error) { return c.Activate(t.Context(), s) }},
		} {
			var granted atomic.Int64
			var wg sync.WaitGroup
			for i := range 2 * 60 {
				wg.Go(func() {
					// Every identity asks on both nodes at once.
					g, err := c.take(clients[i%2], client.Seat{UserKey: c.lic.UserKey, MachineID: fmt.Sprint("m", i/2)})
					if err == nil && g.ActiveClients <= limit {
						granted.Add(1)
					} else if !errors.Is(err, client.NoSeatAvailable) {
						t.Errorf("%+v, %v", g, err)
					}
				})
			}
			wg.Wait()
			for i, n := range nodes {
				info, err := clients[i].Info(t.Context(), client.Seat{UserKey: c.lic.UserKey})
				if err != nil || info.ActiveClients != limit || int64(len(info.Tokens)) != limit {
					t.Errorf("node %s: %+v, %v; want %d holders", n.URL, info, err, limit)
				}
			}
			if n := granted.Load(); n < limit || n > 2*limit {
				t.Errorf("%d answers granted, %d seats", n, limit)
			}
		}
	}
	for _, n := range nodes {
		if err := n.Stop(syscall.SIGTERM); err != nil {
			t.Errorf("SIGTERM: %v\n%s", err, n.Log)
		}
	}
}

func TestTLSByTwoFlags(t *testing.T) {
	t.Parallel()
	cert, key, pool := selfSigned(t)
	p := apptest.Serve(t, []string{"LICET_ADMIN_API_KEY=" + apptest.AdminKey}, "--tls-cert="+cert, "--tls-key="+key)
	p.Key = apptest.AdminKey
	p.HTTP = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	if !strings.HasPrefix(p.URL, "https://") {
		t.Fatalf("serving at %s", p.URL)
	}
	p.Must(t, "GET", "/v1/info", nil)
}

func selfSigned(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "licet test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, pool
}
