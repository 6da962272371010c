// Command licet is the license server and its tools. Each command is a file
// here; what they do is in internal/.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/issuing"
)

// version is set by the build: -ldflags "-X main.version=v1.2.3".
var version = "devel"

// cli is the command line.
type cli struct {
	Config string `help:"JSON file with settings under the names of these flags." placeholder:"FILE"`

	Serve    serveCmd   `cmd:"" help:"Run the server."`
	Verify   verifyCmd  `cmd:"" help:"Check a license document offline."`
	Demo     demoCmd    `cmd:"" help:"Walk through a running server: issue, activate, float, release."`
	Export   exportCmd  `cmd:"" help:"Write all books to a file, also while the server runs."`
	Import   importCmd  `cmd:"" help:"Bring the books of a file into a database that no server has open."`
	Backup   backupCmd  `cmd:"" help:"Copy the embedded books and the server key, also beside a running server."`
	Restore  restoreCmd `cmd:"" help:"Put a backup back where there are no books."`
	Keys     keysCmd    `cmd:"" help:"Look after the server key."`
	Settings configCmd  `cmd:"" name:"config" help:"Look at the configuration."`
	Version  versionCmd `cmd:"" help:"Print the version."`
}

// streams are what a command reads and where it writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a command that could not do its work because of how it was
// called.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, keys.Generate)
	stop()
	os.Exit(code)
}

// run is the program without the process: 0 is success, 1 a failure, 2 a command
// line or configuration that is wrong. newKey makes the signing keys of a server.
func run(ctx context.Context, args []string, std streams, newKey issuing.KeyMaker) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("licet"),
		kong.Description("A license server: who may run what, who is running it, and documents that prove it offline."),
		kong.DefaultEnvars("LICET"),
		kong.Resolvers(config.NewResolver(os.LookupEnv)),
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std, newKey),
	)
	if err != nil {
		fmt.Fprintln(std.err, "licet:", err)
		return 2
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help has been answered
		return exit
	}
	if err != nil {
		fmt.Fprintln(std.err, "licet:", err)
		return 2
	}
	if err := k.Run(); err != nil {
		fmt.Fprintln(std.err, "licet:", err)
		if errors.As(err, new(usageError)) {
			return 2
		}
		return 1
	}
	return 0
}
