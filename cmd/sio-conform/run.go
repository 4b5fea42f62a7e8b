package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reports"
	"github.com/sio-conform/sio-conform/suite"
)

// runFlags say how a suite is run and what is written.
type runFlags struct {
	target   targetFlags
	options  run.Options
	baseline string
	out      string
	format   string
	quiet    int
	verbose  int
}

func newRun() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run [URL]",
		Short: "Judge a server",
		Long: "Judge a Socket.IO server with the conformance suite.\n\n" +
			"The target is the server at URL, one started with --spawn or --target, or, when none is named, the embedded reference server with the conformance app. " +
			"What it offers decides what runs: any server at all, one with the app of the official test suite, or one with the conformance app of docs/contract.md.\n\n" +
			"With --baseline, or where target.yaml names one, the run is as expected when the deviations listed there happen as they are listed, and nothing else.\n\n" +
			"Exit codes: 0 conformant or as listed, 1 not so, 2 wrong use, 3 the target cannot be judged or the output not be written, 4 a defect of sio-conform, 130 interrupted.",
		Example: "  sio-conform run\n" +
			"  sio-conform run http://127.0.0.1:3000\n" +
			"  sio-conform run --spawn 'node app.js' --out report\n" +
			"  sio-conform run --target harness/targets/socketio-4 --only 'middleware.*' --only 'sio.dyn.*' --skip polling",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			t, err := f.target.resolve(args)
			if err != nil {
				return err
			}
			defer t.Stop()
			return f.run(c, suite.Default(), t)
		},
	}
	f.target.add(c.Flags())
	f.add(c)
	return c
}

func (f *runFlags) add(c *cobra.Command) {
	flags := c.Flags()
	addSelection(flags, &f.options.Selection)
	flags.BoolVar(&f.options.Strict, "strict", false, "a verdict differs makes the target non-conformant too")
	flags.StringVar(&f.baseline, "baseline", "", "`FILE` with the deviations that are expected, see docs/baseline.md; none: not even those that the target's description names")
	flags.IntVar(&f.options.Jobs, "jobs", 16, "scenarios at once")
	flags.DurationVar(&f.options.Timeout, "timeout", 0, "longest time for one scenario (60s times the time scale)")
	flags.Float64Var(&f.options.TimeScale, "time-scale", 1, "factor for all waits; larger for slow targets and machines")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "seed of everything random (a new one each time)")
	flags.StringVar(&f.out, "out", "", outUsage())
	flags.StringVar(&f.format, "format", "terminal", "what goes to standard output: "+strings.Join(formats, ", "))
	_ = c.RegisterFlagCompletionFunc("format", completeFormats(formats)) // the flag is there
	flags.CountVarP(&f.quiet, "quiet", "q", "print less; twice: the last line only")
	flags.CountVarP(&f.verbose, "verbose", "v", "print more; twice: whole transcripts")
}

// check refuses what cannot be meant.
func (f *runFlags) check() error {
	switch {
	case f.options.Jobs < 1:
		return usageError(fmt.Errorf("--jobs %d: at least 1", f.options.Jobs))
	case f.options.TimeScale <= 0 || f.options.TimeScale > 1000:
		return usageError(fmt.Errorf("--time-scale %v: above 0, at most 1000", f.options.TimeScale))
	case f.options.Timeout < 0:
		return usageError(fmt.Errorf("--timeout %v: not negative", f.options.Timeout))
	}
	return checkFormat(f.format)
}

// run judges t with s and writes the reports.
func (f *runFlags) run(c *cobra.Command, s *run.Suite, t *target.Target) error {
	if err := f.check(); err != nil {
		return err
	}
	options := f.options
	options.Tool = tool()
	options.Profile = f.target.profile
	var err error
	if options.Selection, err = expand(f.options.Selection); err != nil {
		return err
	}
	if options.Baseline, err = f.readBaseline(s, t); err != nil {
		return err
	}
	if !c.Flags().Changed("seed") {
		options.Seed = newSeed()
	}
	t.TimeScale = options.TimeScale
	if _, _, err := options.Selection.Select(s.Executions()); err != nil {
		return usageError(err)
	}
	sink, err := f.open(c.OutOrStdout(), f.replayCommand())
	if err != nil {
		return setupError(err)
	}
	footer, err := run.Run(c.Context(), s, t, options, sink.event)
	if err != nil {
		return usageError(err)
	}
	if err := sink.close(); err != nil {
		return setupError(err)
	}
	if footer.SetupError != "" && f.format != "terminal" {
		return setupError(errors.New(footer.SetupError)) // the terminal report has said it
	}
	if footer.ExitCode != 0 {
		return &exitError{code: footer.ExitCode}
	}
	return nil
}

// noBaseline is what --baseline takes in place of a file.
const noBaseline = "none"

// readBaseline reads the expected deviations that the flag or the target's description names; nil when none are.
func (f *runFlags) readBaseline(s *run.Suite, t *target.Target) (*run.Baseline, error) {
	name := f.baseline
	if name == "" {
		name = t.Baseline
	}
	if name == "" || name == noBaseline {
		return nil, nil
	}
	b, err := run.ReadBaseline(name)
	if err == nil {
		err = b.Check(s)
	}
	if err != nil {
		return nil, usageError(err)
	}
	return b, nil
}

// replayCommand returns how a result is seen again.
func (f *runFlags) replayCommand() func(r *event.Result) string {
	return func(r *event.Result) string {
		return reports.ReplayCommand(f.streamFile(), r)
	}
}

// streamFile returns the file of the stream, "" without --out.
func (f *runFlags) streamFile() string {
	if f.out == "" {
		return ""
	}
	return filepath.Join(f.out, streamName)
}

func newSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}

// A sink takes the events of a run and writes what was asked for. All formats are made from the same stream.
type sink struct {
	flags    *runFlags
	stdout   io.Writer
	terminal *reports.Terminal
	stream   *event.Writer
	file     *os.File     // of the stream, nil without --out
	memory   bytes.Buffer // the stream where there is no file
	err      error        // first error of a write
}

func (f *runFlags) open(stdout io.Writer, replay func(*event.Result) string) (*sink, error) {
	s := &sink{flags: f, stdout: stdout}
	var w io.Writer = &s.memory
	if f.out != "" {
		if err := os.MkdirAll(f.out, 0o755); err != nil {
			return nil, fmt.Errorf("--out: %w", err)
		}
		file, err := os.Create(filepath.Join(f.out, streamName))
		if err != nil {
			return nil, fmt.Errorf("--out: %w", err)
		}
		s.file, w = file, file
	}
	switch f.format {
	case "terminal":
		s.terminal = newTerminal(stdout, f.quiet, f.verbose)
		s.terminal.Replay = replay
		if f.out == "" {
			s.terminal.Next = []string{"run again with --out DIR to keep transcripts and to replay failures"}
		}
	case "ndjson":
		w = io.MultiWriter(w, stdout)
	}
	s.stream = event.NewWriter(w)
	return s, nil
}

// newTerminal returns the terminal report for w: with progress and colours where w is a terminal, plain elsewhere.
func newTerminal(w io.Writer, quiet, verbose int) *reports.Terminal {
	t := &reports.Terminal{W: w, UTF8: true, Quiet: quiet, Verbose: verbose}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return t
	}
	t.Interactive = os.Getenv("TERM") != "dumb"
	t.Color = t.Interactive && os.Getenv("NO_COLOR") == ""
	t.UTF8 = isUTF8(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		t.Width = width
	}
	return t
}

// isUTF8 reports whether the first locale that is set uses UTF-8.
func isUTF8(locales ...string) bool {
	for _, l := range locales {
		if l != "" {
			l = strings.ToLower(l)
			return strings.Contains(l, "utf-8") || strings.Contains(l, "utf8")
		}
	}
	return false
}

// event takes the next event. A write that fails does not stop the run; the error is kept for the end.
func (s *sink) event(e event.Event) {
	if err := s.stream.Write(e); err != nil {
		s.fail(err)
		return
	}
	if s.terminal != nil {
		if err := s.terminal.Event(e); err != nil {
			s.fail(err)
		}
	}
}

func (s *sink) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// close writes the reports that need the whole stream.
func (s *sink) close() error {
	if s.terminal != nil {
		if err := s.terminal.Close(); err != nil {
			s.fail(err)
		}
	}
	model, err := s.model()
	if err != nil {
		s.fail(err)
	}
	if s.err != nil {
		return s.err
	}
	model.Stream, model.Others = s.flags.streamFile(), reports.Published()
	s.err = writeDocument(s.stdout, s.flags.format, model)
	if s.file != nil && s.err == nil {
		s.err = writeDocuments(s.flags.out, model)
	}
	return s.err
}

// model reads the stream back, as any later reader will.
func (s *sink) model() (*reports.Model, error) {
	if s.file == nil {
		return reports.Read(&s.memory)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	model, err := reports.Read(s.file)
	return model, errors.Join(err, s.file.Close())
}
