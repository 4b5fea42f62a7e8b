package reports

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Merge joins whole runs that judged different scenarios of one target. Of a result that one run left out and another has, it keeps the
// latter. The outcome is that of the run that ended worst. The runs must agree on the target (but for the addresses that a started one got), the
// version of sio-conform, seed, strictness and time scale, and on what they know of scenarios and rules; a result that two runs have is an error.
func Merge(parts []*Model) (*Model, error) {
	if len(parts) == 0 {
		return nil, errors.New("reports: merge: no run")
	}
	h, f := *parts[0].Header, event.Footer{}
	h.Only, h.Skip, h.Planned = nil, nil, 0
	joined := map[string]*event.Result{}
	var notes []event.TargetNote
	for _, part := range parts {
		if err := agree(parts[0], part); err != nil {
			return nil, err
		}
		if err := join(joined, part); err != nil {
			return nil, err
		}
		notes = append(notes, part.Notes...)
		h.Target = commonTarget(h.Target, part.Header.Target)
		h.Jobs = max(h.Jobs, part.Header.Jobs)
		if part.Header.Started.Before(h.Started) {
			h.Started = part.Header.Started
		}
		addFooter(&f, part.Footer)
	}
	slices.SortStableFunc(notes, func(a, b event.TargetNote) int { return a.At.Compare(b.At) })
	h.Planned = len(joined)
	f.DurationUS = f.Ended.Sub(h.Started).Microseconds()
	m := &Model{Header: &h, Notes: notes, Footer: &f}
	for _, r := range joined {
		m.Add(r)
	}
	f.Summary, f.Expected = m.Counts(), m.expected()
	return m, m.Check()
}

// agree says what in two headers does not belong together.
func agree(first, part *Model) error {
	a, b := first.Header, part.Header
	for _, about := range []struct {
		what string
		a, b any
	}{
		{"version of sio-conform", a.Tool, b.Tool}, {"target", withoutAddresses(a.Target), withoutAddresses(b.Target)}, {"seed", a.Seed, b.Seed},
		{"strictness", a.Strict, b.Strict}, {"time scale", a.TimeScale, b.TimeScale},
		{"baseline", a.Baseline, b.Baseline}, {"scenarios", a.Scenarios, b.Scenarios}, {"rules", a.Rules, b.Rules},
	} {
		if reflect.DeepEqual(about.a, about.b) {
			continue
		}
		if reflect.TypeOf(about.a).Kind() == reflect.Map {
			return fmt.Errorf("reports: merge: %s and %s are not of one suite: their %s differ", name(first), name(part), about.what)
		}
		return fmt.Errorf("reports: merge: %s and %s have not the same %s: %s and %s", name(first), name(part), about.what,
			Printable(fmt.Sprint(about.a)), Printable(fmt.Sprint(about.b)))
	}
	return nil
}

func name(m *Model) string {
	if m.Stream == "" {
		return "a run"
	}
	return printable(m.Stream, nameLimit, false)
}

// withoutAddresses returns t without what each start of a target has anew, and without what depends on the scenarios that were chosen.
func withoutAddresses(t event.Target) event.Target {
	t.URL, t.Profiles = "", nil
	return t
}

// commonTarget returns a with the profiles of both, and only the addresses that both have.
func commonTarget(a, b event.Target) event.Target {
	if a.URL != b.URL {
		a.URL = ""
	}
	a.Profiles = slices.Clone(a.Profiles)
	for _, p := range b.Profiles {
		i := slices.IndexFunc(a.Profiles, func(q event.Profile) bool { return q.Name == p.Name })
		switch {
		case i < 0:
			a.Profiles = append(a.Profiles, p)
		case a.Profiles[i].URL != p.URL:
			a.Profiles[i].URL = ""
		}
	}
	return a
}

// addFooter adds how a part ended.
func addFooter(f, part *event.Footer) {
	worst := []int{0, 1, 4, 3, 130} // as a single run decides it
	if slices.Index(worst, part.ExitCode) > slices.Index(worst, f.ExitCode) {
		f.ExitCode = part.ExitCode
	}
	if part.Ended.After(f.Ended) {
		f.Ended = part.Ended
	}
	for _, problem := range part.Baseline {
		if !slices.Contains(f.Baseline, problem) {
			f.Baseline = append(f.Baseline, problem)
		}
	}
	f.Interrupted = f.Interrupted || part.Interrupted
	if part.SetupError != "" && !strings.Contains(f.SetupError, part.SetupError) {
		f.SetupError = strings.TrimPrefix(f.SetupError+"\n"+part.SetupError, "\n")
	}
}

// join adds the results of a part.
func join(all map[string]*event.Result, part *Model) error {
	for i := range part.Results {
		r := &part.Results[i]
		have := all[r.Name()]
		switch {
		case have == nil || have.Verdict == event.Skipped:
			all[r.Name()] = r
		case r.Verdict != event.Skipped:
			return fmt.Errorf("reports: merge: %s has a result in more than one run", Printable(r.Name()))
		}
	}
	return nil
}

// Events returns m as the events of a stream: the header, what the target did, the results in their order, the footer. What only began is not
// among them.
func (m *Model) Events() iter.Seq[event.Event] {
	return func(yield func(event.Event) bool) {
		if !yield(m.Header) {
			return
		}
		for i := range m.Notes {
			if !yield(&m.Notes[i]) {
				return
			}
		}
		for i := range m.Results {
			if !yield(&m.Results[i]) {
				return
			}
		}
		yield(m.Footer)
	}
}

// WriteStream writes m as an event stream. The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func (m *Model) WriteStream(w io.Writer) error {
	if err := m.Check(); err != nil {
		return err
	}
	stream := event.NewWriter(w)
	for e := range m.Events() {
		if err := stream.Write(e); err != nil {
			return err
		}
	}
	return nil
}
