package main

import (
	"context"

	"github.com/licet/licet/internal/demo"
)

type demoCmd struct {
	URL    string `help:"Where the server is." default:"http://127.0.0.1:8080"`
	APIKey string `name:"api-key" help:"An administrator's API key." required:"" secret:""`
}

// Run walks the whole life of a license and prints what happens.
func (c *demoCmd) Run(ctx context.Context, std streams) error {
	return demo.Walk(ctx, std.out, demo.Config{URL: c.URL, APIKey: c.APIKey})
}
