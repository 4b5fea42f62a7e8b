package reports

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// A Model is a run as the reports see it: plain values, collected from a stream. The zero Model is a stream of which nothing was read.
type Model struct {
	Header     *event.Header      // nil when missing
	Results    []event.Result     // sorted by scenario, then axes
	Notes      []event.TargetNote // in the order of the stream
	Footer     *event.Footer      // nil when missing
	Unfinished []event.Started    // what began and has no result, in the order of the stream
	Stream     string             // the file of the stream as a command may name it; "": no report has commands that need it
	Others     *Matrix            // what other implementations do, for reports that compare; nil: nothing is known
	Earlier    []*Model           // runs of the same target that were made before, oldest first; with headers
	Err        error              // why reading ended before the end of the stream; nil when it did not
}

// Read reads a whole stream. When the stream is not one run from header to footer, the error is an *IncompleteError, and the Model holds
// what is there; it is never nil.
func Read(r io.Reader) (*Model, error) {
	m := new(Model)
	for e, err := range event.Read(r) {
		if err != nil {
			m.Err = err
			break
		}
		m.Add(e)
	}
	return m, m.Check()
}

// Add takes the next event of a stream. It keeps the Model sorted and does not judge the order of events: that is the reader's.
func (m *Model) Add(e event.Event) {
	switch e := e.(type) {
	case *event.Header:
		m.Header = e
	case *event.Started:
		m.Unfinished = append(m.Unfinished, *e)
	case *event.Result:
		if i := slices.IndexFunc(m.Unfinished, func(s event.Started) bool { return s.Scenario == e.Scenario && s.Axes == e.Axes }); i >= 0 {
			m.Unfinished = slices.Delete(m.Unfinished, i, i+1)
		}
		at, _ := slices.BinarySearchFunc(m.Results, e, func(have event.Result, want *event.Result) int {
			if c := cmp.Or(cmp.Compare(have.Scenario, want.Scenario), cmp.Compare(have.Axes, want.Axes)); c != 0 {
				return c
			}
			return -1 // behind its equals
		})
		m.Results = slices.Insert(m.Results, at, *e)
	case *event.TargetNote:
		m.Notes = append(m.Notes, *e)
	case *event.Footer:
		m.Footer = e
	}
}

// An IncompleteError says that a stream is not a whole run, and what is missing.
type IncompleteError struct {
	Missing []string // in words: "the footer", "12 of 300 results"
	Err     error    // where reading ended, nil when a Model was not read
}

// Error lists what is missing.
func (e *IncompleteError) Error() string {
	s := "reports: the stream is not a whole run"
	if len(e.Missing) > 0 {
		s += ": missing " + strings.Join(e.Missing, ", ")
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns where reading ended.
func (e *IncompleteError) Unwrap() error { return e.Err }

// Missing says in words what a whole run has and this Model has not. It is empty when the Model is whole.
func (m *Model) Missing() []string {
	var missing []string
	if m.Header == nil {
		missing = append(missing, "the header")
	}
	if m.Footer != nil {
		return missing
	}
	missing = append(missing, "the footer")
	if m.Header != nil && len(m.Results) < m.Header.Planned {
		missing = append(missing, fmt.Sprintf("%d of %d results", m.Header.Planned-len(m.Results), m.Header.Planned))
	}
	const most = 5
	var names []string
	for i, s := range m.Unfinished {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(m.Unfinished)-most))
			break
		}
		names = append(names, printable(s.Scenario+"["+s.Axes+"]", nameLimit, false))
	}
	if len(names) > 0 {
		missing = append(missing, "the end of "+strings.Join(names, " and of "))
	}
	return missing
}

// Check returns an *IncompleteError when the Model is not a whole run: the header or the footer is missing, reading ended too early, or
// the footer's summary does not agree with the results.
func (m *Model) Check() error {
	missing, err := m.Missing(), m.Err
	if err == nil && len(missing) == 0 {
		counts := m.Counts()
		listed := maps.Clone(m.Footer.Summary)
		maps.DeleteFunc(listed, func(_ event.Verdict, n int) bool { return n == 0 })
		maps.DeleteFunc(counts, func(_ event.Verdict, n int) bool { return n == 0 })
		if !maps.Equal(listed, counts) {
			err = errors.New("reports: the footer's summary does not agree with the results")
		}
	}
	if err == nil && len(missing) == 0 {
		return nil
	}
	return &IncompleteError{Missing: missing, Err: err}
}

// Counts returns how many results have which verdict, with every verdict listed, zero included.
func (m *Model) Counts() Counts {
	counts := newCounts()
	for i := range m.Results {
		counts[m.Results[i].Verdict]++
	}
	return counts
}

// Areas returns the areas of the run, sorted by name.
func (m *Model) Areas() []Area {
	var t tally
	for i := range m.Results {
		t.add(&m.Results[i])
	}
	return t.areas
}

// Salvage makes of what is there of a stream a Model that reports render: with a footer that says that the run was interrupted and what is missing,
// and with exit code 3. It leaves a whole run as it is. Without a header there is nothing to render; the error is then m.Check's.
func (m *Model) Salvage() error {
	incomplete := m.Check()
	if incomplete == nil || m.Header == nil {
		return incomplete
	}
	ended := m.Header.Started
	if m.Footer != nil {
		ended = m.Footer.Ended
	}
	m.Footer = &event.Footer{
		Ended: ended, DurationUS: ended.Sub(m.Header.Started).Microseconds(), Summary: m.Counts(), Expected: m.expected(),
		Interrupted: true, SetupError: incomplete.Error(), ExitCode: 3,
	}
	m.Err, m.Unfinished = nil, nil
	return nil
}

// expected returns how many results are expected deviations.
func (m *Model) expected() int {
	n := 0
	for i := range m.Results {
		if m.Results[i].Deviation != nil {
			n++
		}
	}
	return n
}
