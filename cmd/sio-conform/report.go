package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/reports"
)

// reportFlags say which reports are made.
type reportFlags struct {
	format  string
	out     string
	earlier []string
	quiet   int
	verbose int
}

func (f *reportFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.format, "format", "terminal", "what goes to standard output: "+strings.Join(formats, ", "))
	_ = c.RegisterFlagCompletionFunc("format", completeFormats(formats)) // the flag is there
	c.Flags().StringVar(&f.out, "out", "", outUsage())
	c.Flags().CountVarP(&f.quiet, "quiet", "q", "print less; twice: the last line only")
	c.Flags().CountVarP(&f.verbose, "verbose", "v", "print more; twice: whole transcripts")
}

func newReport() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Make reports of a recorded run",
		Long: "Make reports of a recorded run: RUN is the folder that was given to run --out, an event stream, or - for one on standard input.\n\n" +
			"A stream that was cut off is shown as far as it goes, and marked as no whole run.\n\n" +
			"Exit codes: 0 the report was made, whatever it says; 2 wrong use, or no event stream; 3 the stream is not a whole run, or the report cannot be written.",
		Example: "  sio-conform report out --format markdown >>\"$GITHUB_STEP_SUMMARY\"\n" +
			"  sio-conform report out/events.ndjson --format html --earlier last-week >report.html\n" +
			"  sio-conform report merge shard-1 shard-2 --out all\n" +
			"  sio-conform report matrix out/app-1.0 out/app-1.1 --out matrix",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkFormat(f.format); err != nil {
				return err
			}
			model, broken := loadRun(c.InOrStdin(), args[0])
			if model.Header == nil {
				return usageError(fmt.Errorf("%s: %w", args[0], broken))
			}
			if broken != nil {
				broken = setupError(fmt.Errorf("%s: %w", args[0], broken))
			}
			var err error
			if model.Earlier, err = f.history(); err != nil {
				return err
			}
			return errors.Join(f.write(c.OutOrStdout(), model), broken)
		},
	}
	c.Flags().StringArrayVar(&f.earlier, "earlier", nil, "a `RUN` that was made before, for the history in the HTML report; repeatable")
	f.add(c)
	c.AddCommand(newMerge(), newMatrix())
	return c
}

func newMerge() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "merge RUN...",
		Short: "Join the parts of a run",
		Long: "Join runs that judged different scenarios of one target into one run. All must be whole, be of the same target, and have been made by the same version, with the same seed and strictness. " +
			"What one left out another may have judged; nothing may be judged in two.\n\n" +
			"Exit codes: 0 the runs were joined, whatever they say; 2 wrong use, or runs that do not belong together; 3 a run is not whole, or the output cannot be written.",
		Example: "  sio-conform run --target app --seed 1 --only 'namespace.*' --out part-1\n" +
			"  sio-conform run --target app --seed 1 --skip 'namespace.*' --out part-2\n" +
			"  sio-conform report merge part-1 part-2 --out all",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkFormat(f.format); err != nil {
				return err
			}
			var parts []*reports.Model
			for _, name := range args {
				model, err := loadRun(c.InOrStdin(), name)
				if err != nil {
					return setupError(fmt.Errorf("%s: %w", name, err))
				}
				parts = append(parts, model)
			}
			whole, err := reports.Merge(parts)
			if err != nil {
				return usageError(err)
			}
			if f.out != "" && slices.ContainsFunc(parts, func(p *reports.Model) bool { return sameFile(p.Stream, filepath.Join(f.out, streamName)) }) {
				return usageError(fmt.Errorf("--out %s: that is one of the runs", f.out))
			}
			return f.write(c.OutOrStdout(), whole)
		},
	}
	f.add(c)
	return c
}

// streamOf returns the file of the stream that a folder or a file names.
func streamOf(name string) string {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return filepath.Join(name, streamName)
	}
	return name
}

// loadRun reads the stream of a folder, of a file, or of standard input. The Model is never nil; the error says why it is no whole run.
func loadRun(stdin io.Reader, name string) (*reports.Model, error) {
	if name == "-" {
		return reports.Read(stdin)
	}
	name = streamOf(name)
	f, err := os.Open(name)
	if err != nil {
		return new(reports.Model), err
	}
	defer f.Close() //nolint:errcheck // it was only read
	m, err := reports.Read(f)
	m.Stream = name
	return m, err
}

// history reads the runs that were made before, and returns them oldest first.
func (f *reportFlags) history() ([]*reports.Model, error) {
	var all []*reports.Model
	for _, name := range f.earlier {
		m, err := loadRun(strings.NewReader(""), name)
		if m.Header == nil {
			return nil, usageError(fmt.Errorf("--earlier %s: %w", name, err))
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b *reports.Model) int { return a.Header.Started.Compare(b.Header.Started) })
	return all, nil
}

// write makes the reports of m, salvaged if it is no whole run.
func (f *reportFlags) write(stdout io.Writer, m *reports.Model) error {
	if err := m.Salvage(); err != nil {
		return usageError(err)
	}
	m.Others = reports.Published()
	if f.out != "" {
		if err := f.files(m); err != nil {
			return setupError(fmt.Errorf("--out: %w", err))
		}
	}
	var err error
	switch f.format {
	case "terminal":
		err = f.terminal(stdout, m)
	case "ndjson":
		err = m.WriteStream(stdout)
	default:
		err = writeDocument(stdout, f.format, m)
	}
	if err != nil {
		return setupError(err)
	}
	return nil
}

// files writes the stream and all documents. The stream that was read stays as it is, whole or not.
func (f *reportFlags) files(m *reports.Model) error {
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return err
	}
	if stream := filepath.Join(f.out, streamName); !sameFile(m.Stream, stream) {
		m.Stream = stream
		if err := writeFile(stream, m, func(w io.Writer, m *reports.Model) error { return m.WriteStream(w) }); err != nil {
			return err
		}
	}
	return writeDocuments(f.out, m)
}

func (f *reportFlags) terminal(stdout io.Writer, m *reports.Model) error {
	t := newTerminal(stdout, f.quiet, f.verbose)
	t.Replay = func(r *event.Result) string { return reports.ReplayCommand(m.Stream, r) }
	for e := range m.Events() {
		if err := t.Event(e); err != nil {
			return err
		}
	}
	return t.Close()
}

// sameFile says whether both names are of one file that exists.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
