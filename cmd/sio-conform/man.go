package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages",
		Long:    "Write a manual page for each command into DIR.",
		Example: "  sio-conform man share/man/man1\n  man share/man/man1/sio-conform-run.1",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return setupError(fmt.Errorf("man: %w", err))
			}
			date := time.Unix(0, 0) // the same pages whenever they are written
			header := &doc.GenManHeader{Section: "1", Source: "sio-conform " + release, Manual: "sio-conform", Date: &date}
			root := c.Root()
			root.DisableAutoGenTag = true
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return setupError(fmt.Errorf("man: %w", err))
			}
			return nil
		},
	}
}
