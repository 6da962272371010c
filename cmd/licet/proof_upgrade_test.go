package main

import (
	"database/sql"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/oldbooks"
	"github.com/licet/licet/internal/store/storetest"
)

// oldServerKey is the server key of the old books.
var oldServerKey = "LICET_SERVER_KEY=" + strings.Repeat("ab", 32)

// TestProofKilledWhileUpgrading: a server that is killed in the middle of the
// migrations has lost nothing: the next start goes on where it was.
func TestProofKilledWhileUpgrading(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(engine.String(), func(t *testing.T) {
			t.Parallel()
			cut := map[int64]int{}
			for range proof.Pick(2, 25) {
				cut[killedWhileUpgrading(t, engine)]++
				if t.Failed() {
					t.FailNow()
				}
			}
			t.Logf("killed at schema: %v", cut)
		})
	}
}

// killedWhileUpgrading returns the schema that the killed server left.
func killedWhileUpgrading(t *testing.T, engine store.Engine) (left int64) {
	t.Helper()
	versions, err := oldbooks.Versions()
	if err != nil {
		t.Fatal(err)
	}
	from := versions[rand.IntN(len(versions)-1)]
	url := storetest.Empty(t, engine)
	books, err := oldbooks.Read(from)
	if err != nil {
		t.Fatal(err)
	}
	thicken(books, proof.Pick(500, 5000))
	if err := books.Load(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	db := open(t, engine, url)
	until := from + rand.Int64N(versions[len(versions)-1]-from+1)
	env := []string{oldServerKey, "LICET_DATABASE=" + url}
	killWhen(t, func() bool { return schemaOf(t, db) >= until }, 10*time.Millisecond, env, apptest.ServeArgs()...)
	left = schemaOf(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if engine == store.Postgres {
		storetest.AwaitIdle(t, url) // what the killed server has begun may still be under way
	}
	st := storetest.Open(t, url)
	for _, wrong := range books.Compare(t.Context(), st) {
		if left > versions[len(versions)-1] && startDoes(wrong) {
			continue // the migrations were through
		}
		t.Errorf("from schema %d, killed at %d: %s", from, left, wrong)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	p := apptest.Serve(t, env)
	p.Key = apptest.AdminKey
	g, err := p.Client(t).Validate(t.Context(), client.Seat{UserKey: "OLD-ACT", MachineID: "m-1", ClientID: "c-1"})
	if err != nil || g.Token == "" {
		t.Errorf("from schema %d, killed at %d: %+v, %v", from, left, g, err)
	}
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	return left
}

// startDoes says whether a difference is of what a server does when it starts: it
// marks the clock, makes what no books may lack, and takes up jobs.
func startDoes(wrong string) bool {
	return strings.HasPrefix(wrong, "server_state: ") || strings.HasPrefix(wrong, "order_jobs: ") ||
		strings.HasPrefix(wrong, "audit_entries: ") && strings.HasSuffix(wrong, "came from nowhere")
}

// thicken adds traces, so that migrations take a while.
func thicken(b *oldbooks.Books, n int) {
	traces := b.Table("license_traces")
	id := slices.Index(traces.Columns, "id")
	for i := range n {
		row := slices.Clone(traces.Rows[0])
		row[id] = int64(1000 + i)
		traces.Rows = append(traces.Rows, row)
	}
}

// open opens a database to look at its schema.
func open(t *testing.T, engine store.Engine, url string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if engine == store.SQLite {
		driver, url = "sqlite", "file:"+strings.TrimPrefix(url, "sqlite:")+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // where the test has not
	return db
}

func schemaOf(t *testing.T, db *sql.DB) (version int64) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}
