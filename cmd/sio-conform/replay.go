package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/fuzz/live"
	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reports"
	"github.com/sio-conform/sio-conform/suite"
)

func newReplay() *cobra.Command {
	var t targetFlags
	var selection run.Selection
	c := &cobra.Command{
		Use:   "replay FILE [URL]",
		Short: "Run recorded failures again, and compare",
		Long: "Run again what failed in the recorded stream FILE (events.ndjson), or what fuzz has found (FILE is its file), with the seed and on the target of the recording, and print each exchange. Another target can be given as for run.\n\n" +
			"Exit codes: 0 nothing fails any more, 1 something still fails or fails differently, 2, 3, 4 and 130 as for run.",
		Example: "  sio-conform replay report/events.ndjson --only 'rooms.except.wins[rev5,polling]'\n  sio-conform replay report/events.ndjson http://127.0.0.1:3000",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if found, err := live.Read(args[0]); !errors.Is(err, live.ErrNoFinding) {
				return t.replayFinding(c, found, err, args[1:])
			}
			model, err := readStream(args[0])
			if err != nil {
				return err
			}
			s := suiteOf(model)
			chosen, err := failures(s, model, selection)
			if err != nil {
				return err
			}
			if len(args) == 1 && t.spawn == "" && t.dir == "" {
				args = append(args, t.recorded(model.Header.Target)...)
			}
			found, err := t.again(s, model.Header, args[1:])
			if err != nil {
				return err
			}
			defer found.Stop()
			return replay(c, s, model, chosen, found, t.profile)
		},
	}
	t.add(c.Flags())
	addSelection(c.Flags(), &selection)
	return c
}

// suiteOf returns the suite of which the recorded scenarios are.
func suiteOf(model *reports.Model) *run.Suite {
	for id := range model.Header.Scenarios {
		if _, ok := suite.Clients().Scenario(id); ok {
			return suite.Clients()
		}
	}
	return suite.Default()
}

// again returns what is to be judged again: what the flags name, or else what was recorded.
func (t *targetFlags) again(s *run.Suite, h *event.Header, args []string) (*target.Target, error) {
	switch {
	case s != suite.Clients():
		return t.resolve(args)
	case t.dir != "":
		return clientOf(t.dir, h.TimeScale)
	case t.spawn != "":
		spec, err := target.Command(t.spawn)
		if err != nil {
			return nil, usageError(fmt.Errorf("--spawn: %w", err))
		}
		return spawnedClient(spec, h.TimeScale), nil
	case h.Target.Name == embeddedClientName:
		return embeddedClient(h.TimeScale), nil
	default:
		return nil, usageError(errors.New("replay: the recorded client was started by somebody else; name it with --spawn or --target"))
	}
}

// readStream reads a recorded stream. One that was cut off is used as far as it goes.
func readStream(name string) (*reports.Model, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	model, err := reports.Read(f)
	if err != nil && (!errors.Is(err, event.ErrNoFooter) || model.Header == nil) {
		return nil, usageError(fmt.Errorf("%s: %w", name, err))
	}
	return model, nil
}

// failures returns what failed in the recording and is selected.
func failures(s *run.Suite, model *reports.Model, selection run.Selection) ([]event.Result, error) {
	selection, err := expand(selection)
	if err != nil {
		return nil, err
	}
	selected, _, err := selection.Select(s.Executions())
	if err != nil {
		return nil, usageError(err)
	}
	names := map[string]bool{}
	for _, e := range selected {
		names[e.Name()] = true
	}
	var failed []event.Result
	for _, r := range model.Results {
		switch r.Verdict {
		case event.Fail, event.Differs, event.Crashed, event.Error:
			if names[r.Name()] {
				failed = append(failed, r)
			}
		}
	}
	if len(failed) == 0 {
		return nil, usageError(errors.New("replay: the recording holds no failure that is selected"))
	}
	return failed, nil
}

// recorded sets the flags to the recorded target and returns its address if it had a fixed one.
func (t *targetFlags) recorded(d event.Target) []string {
	switch {
	case d.Name == embeddedName:
	case d.Dir != "":
		t.dir = d.Dir
	case d.Command != "":
		t.spawn = d.Command
	case len(d.Profiles) > 0:
		t.profile = d.Profiles[0].Name
		return []string{d.URL}
	}
	return nil
}

// replay runs the failures again and says what became of each.
func replay(c *cobra.Command, s *run.Suite, model *reports.Model, failed []event.Result, t *target.Target, profile string) error {
	options := run.Options{Tool: tool(), Profile: profile, Seed: model.Header.Seed, TimeScale: model.Header.TimeScale, Jobs: 1, Strict: true}
	for _, r := range failed {
		options.Selection.Only = append(options.Selection.Only, r.Name())
	}
	t.TimeScale = options.TimeScale
	now := map[string]*event.Result{}
	footer, err := run.Run(c.Context(), s, t, options, func(e event.Event) {
		if r, ok := e.(*event.Result); ok {
			now[r.Name()] = r
		}
	})
	if err != nil {
		return usageError(err)
	}
	if footer.SetupError != "" {
		return setupError(errors.New(footer.SetupError))
	}
	w := c.OutOrStdout()
	for _, before := range failed {
		after := now[before.Name()]
		_, _ = fmt.Fprintf(w, "%s: %s\n", before.Name(), compare(&before, after)) // WriteTranscript returns the error
		if err := reports.WriteTranscript(w, after.Transcript, reports.TranscriptOptions{UTF8: true, Bytes: -1}); err != nil {
			return setupError(err)
		}
	}
	if footer.ExitCode != 0 {
		return &exitError{code: footer.ExitCode}
	}
	return nil
}

// compare says what became of a failure.
func compare(before, after *event.Result) string {
	was := fmt.Sprintf("%s: %s", before.Verdict, reports.Printable(before.Reason))
	is := fmt.Sprintf("%s: %s", after.Verdict, reports.Printable(after.Reason))
	switch {
	case after.Verdict == event.Pass:
		return "fixed\n  was " + was
	case after.Verdict == before.Verdict && after.Expected == before.Expected:
		return "still failing\n  " + is
	default:
		return "different\n  was " + was + "\n  now " + is
	}
}
