package main

import (
	"fmt"

	"github.com/licet/licet/internal/config"
)

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Print the configuration in force, secrets masked."`
}

type configPrintCmd struct {
	config.Config `embed:""`
}

// Run prints the configuration as a JSON object.
func (c *configPrintCmd) Run(std streams) error {
	text, err := c.Masked()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, string(text))
	return err
}
