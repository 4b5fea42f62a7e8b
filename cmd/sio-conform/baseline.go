package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/reports"
)

func newBaseline() *cobra.Command {
	return &cobra.Command{
		Use:   "baseline RUN",
		Short: "Write the list of the deviations in a run, for --baseline",
		Long: "Print the list of expected deviations with which the recorded RUN, a folder that --out wrote or an events.ndjson, would be as expected. Say in it why each deviation is so, and give it to run or client with --baseline, " +
			"or name it in target.yaml. What the run's own baseline says is kept. The file is described in docs/baseline.md.",
		Example: "  sio-conform run --spawn 'node app.js' --out report\n  sio-conform baseline report > baseline.yaml\n  sio-conform run --spawn 'node app.js' --baseline baseline.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			model, err := readRun(c.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			if err := reports.Baseline(c.OutOrStdout(), model); err != nil {
				return setupError(err)
			}
			return nil
		},
	}
}

// readRun reads a run that judged everything it was to judge: the stream in a folder that --out wrote, a stream, or that of standard input.
func readRun(stdin io.Reader, name string) (*reports.Model, error) {
	model, err := loadRun(stdin, name)
	switch {
	case err != nil:
		return nil, usageError(fmt.Errorf("%s: %w", name, err))
	case model.Footer.SetupError != "":
		return nil, usageError(fmt.Errorf("%s: the target could not be judged: %s", name, model.Footer.SetupError))
	case model.Footer.Interrupted:
		return nil, usageError(fmt.Errorf("%s: the run was interrupted", name))
	}
	return model, nil
}
