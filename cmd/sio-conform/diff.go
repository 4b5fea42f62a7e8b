package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reports"
)

// diffFormats are what diff --format takes.
var diffFormats = []string{"terminal", "markdown", "json"}

func newDiff() *cobra.Command {
	var failOn []string
	var format string
	c := &cobra.Command{
		Use:   "diff BASE HEAD",
		Short: "Compare two runs",
		Long: "Compare two recorded runs, each a folder that --out wrote or an events.ndjson: what fails and did not (regression), what passes and did not (fixed), what fails otherwise (changed), " +
			"scenarios that were not run before (new) or are not run any more (gone), and what is observed otherwise (observation). Times and random names in a reason are no change.\n\n" +
			"What passed and is unsupported now counts as a regression.\n\n" +
			"Exit codes: 0 nothing that --fail-on names, 1 something, 2 wrong use, a stream that is not a whole run included, 3 the output cannot be written.",
		Example: "  sio-conform diff main/report report --fail-on regression\n  sio-conform diff main/report report --format markdown > comment.md",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(diffFormats, format) {
				return usageError(fmt.Errorf("--format %q: there are %s", format, strings.Join(diffFormats, ", ")))
			}
			for _, kind := range failOn {
				if !slices.Contains(reports.ChangeKinds(), reports.ChangeKind(kind)) {
					return usageError(fmt.Errorf("--fail-on %q: there are %s", kind, kindNames()))
				}
			}
			base, err := readRun(c.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			head, err := readRun(c.InOrStdin(), args[1])
			if err != nil {
				return err
			}
			return diff(c.OutOrStdout(), reports.Compare(base, head), format, failOn)
		},
	}
	c.Flags().StringSliceVar(&failOn, "fail-on", nil, "exit with 1 when there is a change of this `KIND`: "+kindNames()+"; repeatable")
	c.Flags().StringVar(&format, "format", "terminal", "what goes to standard output: "+strings.Join(diffFormats, ", "))
	_ = c.RegisterFlagCompletionFunc("format", completeFormats(diffFormats)) // the flag is there
	return c
}

func kindNames() string {
	var names []string
	for _, k := range reports.ChangeKinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func diff(w io.Writer, d *reports.Diff, format string, failOn []string) error {
	var err error
	switch format {
	case "markdown":
		err = reports.DiffMarkdown(w, d)
	case "json":
		err = reports.DiffJSON(w, d)
	default:
		t := newTerminal(w, 0, 0)
		err = reports.DiffText(w, d, t.Width, t.Color, t.UTF8)
	}
	if err != nil {
		return setupError(err)
	}
	counts := d.Counts()
	for _, kind := range failOn {
		if counts[reports.ChangeKind(kind)] > 0 {
			return &exitError{code: run.ExitNonConformant}
		}
	}
	return nil
}
