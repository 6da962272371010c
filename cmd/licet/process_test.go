package main

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) {
	apptest.Become(func(ctx context.Context, args []string, out, err io.Writer, newKey apptest.KeyMaker) int {
		return run(ctx, args, streams{os.Stdin, out, err}, newKey)
	})
	storetest.Main(m)
}

// output runs the program to its end.
func output(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return apptest.Output(t, apptest.Command(t, env, args...))
}
