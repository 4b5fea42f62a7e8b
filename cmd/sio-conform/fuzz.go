package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sio-conform/sio-conform/fuzz/live"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reports"
)

// fuzzFlags say what is fuzzed and how long.
type fuzzFlags struct {
	target  targetFlags
	options live.Options
	out     string
}

func newFuzz() *cobra.Command {
	var f fuzzFlags
	c := &cobra.Command{
		Use:   "fuzz [URL]",
		Short: "Look for what no scenario asks for",
		Long: "Play random cases on a Socket.IO server with the conformance app, and compare after every step what each of several clients has received with a model of connections, namespaces, rooms, " +
			"acknowledgements and transports. What differs is played again, made as short as possible and written to --out as one file, which replay runs again and promote makes a scenario of.\n\n" +
			"The same seed and target give the same cases. Without --duration and --max-cases it goes on until something is found, with --continue until it is interrupted.\n\n" +
			"Exit codes: 0 nothing found, 1 something found, 2 wrong use, 3 the target cannot be fuzzed or a file not be written, 4 a defect of sio-conform, 130 interrupted.",
		Example: "  sio-conform fuzz --duration 1m\n  sio-conform fuzz http://127.0.0.1:3000 --seed 7 --out findings\n  sio-conform fuzz --target harness/targets/socketio-4 --duration 30m --continue --out findings",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			t, err := f.target.resolve(args)
			if err != nil {
				return err
			}
			defer t.Stop()
			return f.run(c, t, args)
		},
	}
	f.target.add(c.Flags())
	flags := c.Flags()
	flags.Uint64Var(&f.options.Seed, "seed", 0, "seed of everything random (a new one each time)")
	flags.DurationVar(&f.options.Duration, "duration", 0, "begin no case after this time")
	flags.IntVar(&f.options.MaxCases, "max-cases", 0, "play at most this many cases")
	flags.IntVar(&f.options.First, "first-case", 0, "number of the first case")
	flags.BoolVar(&f.options.Continue, "continue", false, "go on behind a finding")
	flags.Float64Var(&f.options.TimeScale, "time-scale", 1, "factor for all waits; larger for slow targets and machines")
	flags.StringVar(&f.out, "out", "findings", "`DIR` for the files of findings")
	return c
}

func (f *fuzzFlags) check() error {
	o := &f.options
	switch {
	case o.TimeScale <= 0 || o.TimeScale > 1000:
		return usageError(fmt.Errorf("--time-scale %v: above 0, at most 1000", o.TimeScale))
	case o.Duration < 0:
		return usageError(fmt.Errorf("--duration %v: not negative", o.Duration))
	case o.MaxCases < 0:
		return usageError(fmt.Errorf("--max-cases %d: not negative", o.MaxCases))
	case o.First < 0:
		return usageError(fmt.Errorf("--first-case %d: not negative", o.First))
	}
	return nil
}

// run fuzzes t and says what was found.
func (f *fuzzFlags) run(c *cobra.Command, t *target.Target, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	if !c.Flags().Changed("seed") {
		f.options.Seed = newSeed()
	}
	t.TimeScale = f.options.TimeScale
	w := c.OutOrStdout()
	o := f.options
	o.Tool, o.Profile, o.Command = tool(), f.target.profile, f.target.command("sio-conform fuzz", args)
	o.Shared = len(args) > 0 && f.target.spawn == ""
	var failed error
	status := newStatus(w)
	o.Progress = status.show
	o.Found = func(found *live.Finding) {
		status.clear()
		name, err := found.Write(f.out)
		failed = errors.Join(failed, err)
		f.report(w, found, name)
	}
	_, _ = fmt.Fprintf(w, "fuzzing %s with --seed %d\n", reports.Printable(t.Name), o.Seed) // a write that fails shows at the end
	summary, err := live.Fuzz(c.Context(), t, o)
	status.clear()
	if err == nil {
		err = failed
	}
	return f.end(c, w, summary, err)
}

// report says what was found.
func (f *fuzzFlags) report(w io.Writer, found *live.Finding, name string) {
	_, _ = fmt.Fprintf(w, "\nfound in case %d: %s: %s\n", found.Case, found.Rule, reports.Printable(found.Reason)) // see run
	for i, s := range found.Steps {
		_, _ = fmt.Fprintf(w, "  %2d  %s\n", i+1, reports.Printable(s.String()))
	}
	_, _ = fmt.Fprintf(w, "  sio-conform replay %s\n", name)
}

// end says how the campaign ended, and returns the exit code as an error.
func (f *fuzzFlags) end(c *cobra.Command, w io.Writer, s live.Summary, err error) error {
	for _, u := range s.Unconfirmed {
		_, _ = fmt.Fprintf(w, "seen once in case %d and not again: %s: %s\n", u.Case, u.Rule, reports.Printable(u.Reason))
	}
	if _, e := fmt.Fprintln(w, statusLine(s)); e != nil {
		return setupError(e)
	}
	_, unreachable := errors.AsType[*target.SetupError](err)
	switch {
	case c.Context().Err() != nil:
		return &exitError{code: run.ExitInterrupted}
	case errors.Is(err, live.ErrUnsuitable), unreachable, errors.Is(err, target.ErrNoProfile), errors.Is(err, os.ErrPermission):
		return setupError(err)
	case err != nil:
		return &exitError{code: run.ExitDefect, err: err}
	case len(s.Findings) > 0:
		return &exitError{code: run.ExitNonConformant}
	}
	return nil
}

// command returns the command line that begins with words and names the same target.
func (t *targetFlags) command(words string, args []string) string {
	parts := append([]string{words}, args...)
	for _, flag := range []struct{ name, value string }{{"--spawn", t.spawn}, {"--target", t.dir}} {
		if flag.value != "" {
			parts = append(parts, flag.name, "'"+strings.ReplaceAll(flag.value, "'", `'\''`)+"'")
		}
	}
	if t.profile != "default" {
		parts = append(parts, "--profile", t.profile)
	}
	return strings.Join(parts, " ")
}

// A status is the line on a terminal that says how far the campaign is; elsewhere nothing is shown.
type status struct {
	w     io.Writer
	last  time.Time
	shown bool
}

// newStatus returns the status on w.
func newStatus(w io.Writer) *status {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return &status{}
	}
	return &status{w: w}
}

// statusPause is how long a status stands at least.
const statusPause = 200 * time.Millisecond

func (s *status) show(summary live.Summary) {
	if s.w == nil || time.Since(s.last) < statusPause {
		return
	}
	s.last, s.shown = time.Now(), true
	_, _ = fmt.Fprintf(s.w, "\r\x1b[K%s", statusLine(summary)) // what cannot be shown is not missed
}

func (s *status) clear() {
	if s.shown {
		s.shown = false
		_, _ = fmt.Fprint(s.w, "\r\x1b[K") // as above
	}
}

func statusLine(s live.Summary) string {
	seconds := max(s.Elapsed.Seconds(), 0.001)
	return fmt.Sprintf("%d cases, %d steps in %v (%.1f cases/s, %.0f steps/s); %d pairs of state and reaction; %d found, %d times again, %d seen once only",
		s.Cases, s.Steps, s.Elapsed.Round(time.Second), float64(s.Cases)/seconds, float64(s.Steps)/seconds, s.Pairs, len(s.Findings), s.Again, len(s.Unconfirmed))
}
