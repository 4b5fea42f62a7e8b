package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reports"
)

// A matrixDocument is a rendering of a matrix.
type matrixDocument struct {
	format string // as --format takes it
	file   string // under --out
	write  func(w io.Writer, m *reports.Matrix, badges string) error
}

var matrixDocuments = []matrixDocument{
	{"html", "matrix.html", reports.MatrixHTML},
	{"markdown", "README.md", reports.MatrixMarkdown},
	{"json", "matrix.json", func(w io.Writer, m *reports.Matrix, _ string) error { return reports.MatrixJSON(w, m) }},
}

// matrixFlags say what is made of a matrix.
type matrixFlags struct {
	format  string
	out     string
	badges  string
	alone   bool
	against string
}

func newMatrix() *cobra.Command {
	var f matrixFlags
	formats := []string{"terminal"}
	for _, d := range matrixDocuments {
		formats = append(formats, d.format)
	}
	c := &cobra.Command{
		Use:   "matrix RUN...",
		Short: "Put runs side by side",
		Long: "Put any number of runs side by side: implementations and areas, the scenarios on which they differ first, what they offer, what was observed. " +
			"A RUN is a folder that --out wrote or an event stream; NAME=RUN gives its column another name than that of the target. Runs of servers and of clients have a table each.\n\n" +
			"--out writes matrix.html, README.md and matrix.json, and for each run a badge, as a picture and for shields.io, and a page of what it does not pass. A cell leads to the report.html of its run, where there is one.\n\n" +
			"--against compares the verdicts with a matrix.json made earlier. What a run left out, it says nothing about.\n\n" +
			"Exit codes: 0 the matrix was made, and is as the earlier one; 1 it is not; 2 wrong use, or no event stream; 3 a stream is not a whole run, or the output cannot be written.",
		Example: "  sio-conform report matrix out/app-1.0 out/app-1.1 --out matrix\n" +
			"  sio-conform report matrix 'polling only=out/a' out/b --format markdown\n" +
			"  sio-conform report matrix out/* --against reports/published/matrix.json",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(formats, f.format) {
				return usageError(fmt.Errorf("--format %q: there are %s", f.format, strings.Join(formats, ", ")))
			}
			runs, cut, err := f.load(c.InOrStdin(), args)
			if err != nil {
				return err
			}
			m, err := reports.NewMatrix(runs)
			if err != nil {
				return usageError(err)
			}
			if err := f.write(c.OutOrStdout(), m); err != nil {
				return setupError(err)
			}
			return errors.Join(cut, f.compare(c.ErrOrStderr(), runs))
		},
	}
	c.Flags().StringVar(&f.format, "format", "terminal", "what goes to standard output: "+strings.Join(formats, ", "))
	_ = c.RegisterFlagCompletionFunc("format", completeFormats(formats)) // the flag is there
	c.Flags().StringVar(&f.out, "out", "", "write matrix.html, README.md, matrix.json and the folders badges and evidence to `DIR`")
	c.Flags().StringVar(&f.badges, "badges", "badges", "`ADDRESS` of the folder badges where the matrix is published, for what shows them elsewhere")
	c.Flags().BoolVar(&f.alone, "alone", false, "link to no report of a run: the matrix is published without them")
	c.Flags().StringVar(&f.against, "against", "", "compare the verdicts with those of a matrix.json, the `FILE`")
	return c
}

// load reads the runs. Of those that were cut off it takes what is there; cut says which they are.
func (f *matrixFlags) load(stdin io.Reader, args []string) (runs []reports.MatrixRun, cut, err error) {
	for _, arg := range args {
		name, file := "", arg
		if before, after, named := strings.Cut(arg, "="); named && !exists(arg) {
			name, file = before, after
		}
		m, broken := loadRun(stdin, file)
		if err := m.Salvage(); err != nil {
			return nil, nil, usageError(fmt.Errorf("%s: %w", file, errors.Join(broken, err)))
		}
		if broken != nil {
			cut = errors.Join(cut, setupError(fmt.Errorf("%s: %w", file, broken)))
		}
		runs = append(runs, reports.MatrixRun{Name: name, Run: m, Report: f.reportOf(m.Stream)})
	}
	return runs, cut, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// reportOf returns the address of the HTML report beside a stream, as the matrix may link to it; "" when there is none.
func (f *matrixFlags) reportOf(stream string) string {
	page := filepath.Join(filepath.Dir(stream), "report.html")
	if f.alone || stream == "" || !exists(page) {
		return ""
	}
	from, err := filepath.Abs(f.out) // where the matrix goes to standard output, it is taken to stay in the working directory
	if err != nil {
		return ""
	}
	to, err := filepath.Abs(page)
	if err != nil {
		return ""
	}
	relative, err := filepath.Rel(from, to)
	if err != nil {
		return ""
	}
	return (&url.URL{Path: filepath.ToSlash(relative)}).EscapedPath()
}

func (f *matrixFlags) write(stdout io.Writer, m *reports.Matrix) error {
	if f.out != "" {
		if err := f.files(m); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	for _, d := range matrixDocuments {
		if d.format == f.format {
			return d.write(stdout, m, f.badges)
		}
	}
	t := newTerminal(stdout, 0, 0)
	return reports.MatrixText(stdout, m, t.Width, t.Color, t.UTF8)
}

// files writes all documents, and for each run its badges and its evidence.
func (f *matrixFlags) files(m *reports.Matrix) error {
	badges, evidence := filepath.Join(f.out, "badges"), filepath.Join(f.out, "evidence")
	if err := errors.Join(os.MkdirAll(badges, 0o755), os.MkdirAll(evidence, 0o755)); err != nil {
		return err
	}
	var errs []error
	for _, d := range matrixDocuments {
		errs = append(errs, writeTo(filepath.Join(f.out, d.file), func(w io.Writer) error { return d.write(w, m, f.badges) }))
	}
	for _, b := range m.Badges() {
		errs = append(errs,
			writeTo(filepath.Join(badges, b.Name+".svg"), func(w io.Writer) error { return reports.ColumnBadgeSVG(w, b.Column) }),
			writeTo(filepath.Join(badges, b.Name+".json"), func(w io.Writer) error { return reports.ColumnBadgeJSON(w, b.Column) }),
			writeTo(filepath.Join(evidence, b.Name+".md"), func(w io.Writer) error { return reports.MatrixEvidence(w, m, b.Column) }))
	}
	return errors.Join(errs...)
}

// compare says on w where the runs are not as an earlier matrix has them.
func (f *matrixFlags) compare(w io.Writer, runs []reports.MatrixRun) error {
	if f.against == "" {
		return nil
	}
	file, err := os.Open(f.against)
	if err != nil {
		return usageError(fmt.Errorf("--against: %w", err))
	}
	defer file.Close() //nolint:errcheck // it was only read
	earlier, err := reports.ReadMatrix(file)
	if err != nil {
		return usageError(fmt.Errorf("--against: %s: %w", f.against, err))
	}
	differences := earlier.Differences(runs)
	for _, d := range differences {
		if _, err := fmt.Fprintln(w, reports.Printable(d)); err != nil {
			return setupError(err)
		}
	}
	if len(differences) > 0 {
		return &exitError{code: run.ExitNonConformant, err: fmt.Errorf("%d verdicts are not as %s has them", len(differences), f.against)}
	}
	return nil
}
