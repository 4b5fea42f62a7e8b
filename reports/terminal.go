package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// A Terminal shows a run while it happens. It takes the events of a stream one by one, in their order: by Run from a reader, or by Event
// and at the end Close. It must not be used by several goroutines at once, and shows one run.
//
// What it prints holds no control character but the line end and, where asked for, its own colours and (on an interactive terminal) the
// carriage return of the progress line, whatever a target sent.
type Terminal struct {
	W           io.Writer
	Width       int  // columns; 0: lines are not wrapped, and the progress line takes 79
	Color       bool // ANSI colours and erase-line; the caller looks at NO_COLOR and TERM
	Interactive bool // W is a terminal: one progress line, written over and over, instead of a line each tenth
	UTF8        bool // W shows UTF-8; else everything is ASCII
	Verbose     int  // 1: a line for each result, notes on the target, observations; 2: also what begins, and whole transcripts
	Quiet       int  // 1: one line a failure, no progress; 2: the last line of the summary only

	Replay func(r *event.Result) string // the command that shows a failure again; nil or "": none is shown
	Next   []string                     // what to do next, beyond what the Terminal knows: lines for the end of the summary

	header   *event.Header
	tally    tally
	done     int
	progress string        // the progress line that stands there
	spaced   bool          // what was printed ends with an empty line
	worst    *event.Result // the first result that failed
	footer   bool
	err      error // W's first error
}

// Run shows the stream in r, to its end. When W fails, or the stream is not a whole run, it reads r to the end all the same, so that whoever
// writes the stream into a pipe is not held up. The error is W's first one, or else an *IncompleteError.
func (t *Terminal) Run(r io.Reader) error {
	for e, err := range event.Read(r) {
		if err != nil {
			_, _ = io.Copy(io.Discard, r)
			return t.incomplete(err)
		}
		_ = t.Event(e) // W's error is kept
	}
	return t.Close()
}

// Event shows one event. The error is W's; it comes again with each call, and nothing more is written.
func (t *Terminal) Event(e event.Event) error {
	p := t.page()
	switch e := e.(type) {
	case *event.Header:
		t.header = e
		if t.Quiet == 0 {
			t.opening(p, e)
		}
	case *event.Started:
		if t.Verbose > 1 && t.Quiet == 0 {
			p.line(4, dim("begins "), span{text: e.Scenario + "[" + e.Axes + "]", style: dimStyle, limit: nameLimit})
		}
	case *event.Result:
		t.result(p, e)
	case *event.TargetNote:
		if t.Verbose > 0 && t.Quiet == 0 {
			t.note(p, e)
		}
	case *event.Footer:
		t.footer = true
		t.summary(p, e)
	}
	return t.write(p)
}

// Close ends the output. It returns W's error, or an *IncompleteError when no footer came, which it also shows.
func (t *Terminal) Close() error {
	if t.footer {
		return t.err
	}
	return t.incomplete(nil)
}

// incomplete says that the run is not whole, on W too.
func (t *Terminal) incomplete(cause error) error {
	incomplete := &IncompleteError{Err: cause}
	if t.header == nil {
		incomplete.Missing = append(incomplete.Missing, "the header")
	}
	if !t.footer {
		incomplete.Missing = append(incomplete.Missing, "the footer")
	}
	t.footer = true // no progress line behind this
	p := t.page()
	p.gap()
	p.line(2, red("incomplete: "), plain(incomplete.Error()))
	p.line(2, plain("no verdict on the target; until here: "+t.tally.total.String()))
	if err := t.write(p); err != nil {
		return err
	}
	return incomplete
}

func (t *Terminal) page() *page {
	width := t.Width
	if width > 0 {
		width = max(width, minWidth)
	}
	return &page{width: width, color: t.Color, utf8: t.UTF8, spaced: t.spaced || t.header == nil}
}

// write writes what is on p over the progress line, and the progress line anew below it, in one piece.
func (t *Terminal) write(p *page) error {
	if t.err != nil {
		return t.err
	}
	text, line := p.text.String(), t.progressLine()
	t.spaced = p.endsSpaced()
	if text != "" || line != t.progress {
		text = t.erase() + text + line
		t.progress = line
	}
	if text != "" {
		if _, err := io.WriteString(t.W, text); err != nil {
			t.err = fmt.Errorf("reports: terminal: %w", err)
		}
	}
	return t.err
}

// erase returns what removes the progress line.
func (t *Terminal) erase() string {
	switch {
	case t.progress == "":
		return ""
	case t.Color:
		return "\r\x1b[K"
	default:
		return "\r" + strings.Repeat(" ", textColumns(t.progress)) + "\r"
	}
}

// progressLine returns how far the run is, on one line without its end, "12/300 2 fail | namespace 5, polling 7", or "".
func (t *Terminal) progressLine() string {
	if !t.Interactive || t.Quiet > 0 || t.header == nil || t.footer {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d/%d", t.done, t.header.Planned)
	for _, v := range []event.Verdict{event.Fail, event.Crashed, event.Differs, event.Error} {
		if n := t.tally.total[v]; n > 0 {
			fmt.Fprintf(&b, " %d %s", n, v)
		}
	}
	for i, a := range t.tally.areas {
		b.WriteString([]string{" | ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "%s %d", brief(a.Name, shortLimit, !t.UTF8), a.Counts.Total())
	}
	return shorten(b.String(), t.progressColumns(), t.page().mark("…", "..."))
}

func (t *Terminal) progressColumns() int {
	if t.Width <= 0 {
		return 79
	}
	return max(t.Width, minWidth) - 1 // a line that fills the terminal would wrap
}

// shorten cuts a printable s to so many columns, the mark of the cut included.
func shorten(s string, most int, mark string) string {
	if textColumns(s) <= most {
		return s
	}
	room, end := most-textColumns(mark), 0
	for i, r := range s {
		if room -= columns(r); room < 0 {
			break
		}
		end = i + len(string(r))
	}
	return s[:end] + mark
}
