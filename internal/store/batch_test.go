package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestSeatCommandFailsAlone: a seat command that fails in a batch is undone,
// and its neighbours are written, once each.
func TestSeatCommandFailsAlone(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	ctx := t.Context()
	errOdd := errors.New("odd")
	insert := func(n int) func(context.Context, *store.Tx) error {
		return func(_ context.Context, tx *store.Tx) error {
			st, err := tx.Stmt(`INSERT INTO server_state (name, value) VALUES (?, 'batch')`)
			if err != nil {
				return err
			}
			if _, err := st.Exec(fmt.Sprint(n)); err != nil {
				return err
			}
			if n%2 == 1 {
				return errOdd
			}
			return nil
		}
	}
	const commands = 20
	started, waiting := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { // keeps the writer busy until the others wait
		_ = s.Write(ctx, func(context.Context, *store.Tx) error {
			close(started)
			<-waiting
			return nil
		})
	})
	<-started
	errs := make([]error, commands)
	for n := range commands {
		all.Go(func() { errs[n] = s.WriteSeat(ctx, insert(n)) })
	}
	for s.Waiting() < commands {
		runtime.Gosched()
	}
	close(waiting)
	all.Wait()
	for n, err := range errs {
		if odd := n%2 == 1; odd != errors.Is(err, errOdd) || !odd && err != nil {
			t.Errorf("command %d: %v", n, err)
		}
	}
	var rows int64
	found, err := s.Row(ctx, `SELECT count(*) FROM server_state WHERE value = 'batch' AND name % 2 = 0`, nil, &rows)
	if err != nil || !found || rows != commands/2 {
		t.Errorf("%d rows of even commands, %v", rows, err)
	}
	found, err = s.Row(ctx, `SELECT name FROM server_state WHERE value = 'batch' AND name % 2 = 1`, nil, new(string))
	if err != nil || found {
		t.Errorf("a failed command has left a row: %v", err)
	}
}

// TestRowRefusesWrongTypes: a column that does not fit is an error, no zero.
func TestRowRefusesWrongTypes(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	for name, c := range map[string]struct {
		query string
		dest  any
	}{
		"text into a number": {`SELECT 'a'`, new(int64)},
		"number into text":   {`SELECT 1`, new(string)},
		"null into a number": {`SELECT NULL`, new(int64)},
		"text into a bool":   {`SELECT 'true'`, new(bool)},
		"an unknown kind":    {`SELECT 1`, new(float32)},
		"a write":            {`INSERT INTO server_state VALUES ('a', 'b') RETURNING 1`, new(int64)},
	} {
		if _, err := s.Row(t.Context(), c.query, nil, c.dest); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
