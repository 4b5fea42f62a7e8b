package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/fuzz/live"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reports"
)

// replayFinding plays a finding's steps again, on its own target unless another one is named, and says what became of it. err is that of reading it.
func (t *targetFlags) replayFinding(c *cobra.Command, f *live.Finding, err error, args []string) error {
	if err != nil {
		return usageError(err)
	}
	if len(args) == 0 && t.spawn == "" && t.dir == "" {
		args = t.recorded(f.Target)
	}
	found, err := t.resolve(args)
	if err != nil {
		return err
	}
	defer found.Stop()
	found.TimeScale = f.TimeScale
	now, transcript, err := live.Replay(c.Context(), found, f, nil)
	if err != nil {
		return setupError(err)
	}
	w := c.OutOrStdout()
	_, _ = fmt.Fprintln(w, became(f, now)) // WriteTranscript returns the error
	if err := reports.WriteTranscript(w, transcript, reports.TranscriptOptions{UTF8: true, Bytes: -1}); err != nil {
		return setupError(err)
	}
	if now != nil {
		return &exitError{code: run.ExitNonConformant}
	}
	return nil
}

// became says what became of a finding. now is nil when nothing is wrong any more.
func became(f, now *live.Finding) string {
	was := fmt.Sprintf("%s: %s", f.Rule, reports.Printable(f.Reason))
	switch {
	case now == nil:
		return "fixed\n  was " + was
	case now.Rule == f.Rule && now.Reaction == f.Reaction:
		return fmt.Sprintf("still failing\n  %s: %s", now.Rule, reports.Printable(now.Reason))
	default:
		return fmt.Sprintf("different\n  was %s\n  now %s: %s", was, now.Rule, reports.Printable(now.Reason))
	}
}

func newPromote() *cobra.Command {
	return &cobra.Command{
		Use:   "promote FILE",
		Short: "Write a scenario that does what fuzz has found",
		Long: "Write the source of a scenario that plays the steps of a finding, a Go file for the folder suite, to standard output. It compiles as it is; to be part of the suite it needs a name of its own, a title, " +
			"the faults that it catches, and an eye on what its steps are for.",
		Example: "  sio-conform promote findings/sio.ns.connect.twice-zombie-a-member-twice-54615a.json > suite/promoted.go",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := live.Read(args[0])
			if errors.Is(err, live.ErrNoFinding) {
				err = fmt.Errorf("%s: %w", args[0], err)
			}
			if err != nil {
				return usageError(err)
			}
			source, err := live.Promote(f)
			if err != nil {
				return &exitError{code: run.ExitDefect, err: err}
			}
			if _, err := c.OutOrStdout().Write(source); err != nil {
				return setupError(err)
			}
			return nil
		},
	}
}
