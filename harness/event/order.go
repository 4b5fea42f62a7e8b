package event

import (
	"errors"
	"fmt"
	"maps"
)

// What may be wrong with a stream as a whole. The Writer refuses to write such a stream and the Reader to go on reading it.
var (
	// ErrNoHeader says that a stream does not begin with a header, or that it is empty.
	ErrNoHeader = errors.New("event: the stream does not begin with a header")
	// ErrSecondHeader says that a header stands behind another one: two streams in one.
	ErrSecondHeader = errors.New("event: the stream has a second header")
	// ErrNoFooter says that a stream ends without a footer: the run was cut short and no report may speak for it.
	ErrNoFooter = errors.New("event: the stream has no footer")
	// ErrAfterFooter says that something stands behind the footer.
	ErrAfterFooter = errors.New("event: the stream goes on behind its footer")
	// ErrTorn says that the last line is not whole: its writer was stopped in the middle of it. It comes with ErrNoFooter or, behind
	// a footer, with ErrAfterFooter.
	ErrTorn = errors.New("event: the last line is torn")
	// ErrVersion says that a header has another version than Version.
	ErrVersion = errors.New("event: unknown version of the stream")
	// ErrKind says that a line is an event of a kind that this version does not know.
	ErrKind = errors.New("event: unknown kind of event")
	// ErrVerdict says that a result or a footer has a verdict that is none of Verdicts.
	ErrVerdict = errors.New("event: unknown verdict")
	// ErrCounts says that the footer's summary, or the header's plan, does not agree with the results between them.
	ErrCounts = errors.New("event: the counts do not agree with the results")
)

// A state is where a stream stands.
//
//	empty ──header──▶ open ──footer──▶ closed
//	                  │  ▲
//	                  └──┘ started, result, target
type state int

const (
	empty state = iota
	open
	closed
)

// An order is the law of the stream, for who writes and for who reads: which event may follow, and what a footer may claim.
type order struct {
	state   state
	planned int
	counts  map[Verdict]int // of the results so far
	listed  int             // results with a Deviation so far
}

// accept takes e as the next event of the stream, or says why it cannot be.
func (o *order) accept(e Event) error {
	switch {
	case o.state == closed:
		return fmt.Errorf("%w: %s", ErrAfterFooter, e.kind())
	case o.state == empty && e.kind() != "header":
		return fmt.Errorf("%w: %s", ErrNoHeader, e.kind())
	}
	switch e := e.(type) {
	case *Header:
		return o.begin(e)
	case *Result:
		return o.count(e)
	case *Footer:
		if err := o.agree(e); err != nil {
			return err
		}
		o.state = closed
	}
	return nil
}

func (o *order) begin(h *Header) error {
	if o.state != empty {
		return ErrSecondHeader
	}
	if h.Version != Version {
		return fmt.Errorf("%w: %d, want %d", ErrVersion, h.Version, Version)
	}
	o.state, o.planned, o.counts = open, h.Planned, make(map[Verdict]int)
	for _, v := range Verdicts() {
		o.counts[v] = 0
	}
	return nil
}

func (o *order) count(r *Result) error {
	if r.Scenario == "" {
		return errors.New("event: a result without a scenario")
	}
	if _, known := o.counts[r.Verdict]; !known {
		return fmt.Errorf("%w: %q of %q", ErrVerdict, r.Verdict, r.Name())
	}
	if r.Deviation != nil {
		if r.Verdict == Pass {
			return fmt.Errorf("event: %q passes, and has a deviation", r.Name())
		}
		o.listed++
	}
	o.counts[r.Verdict]++
	return nil
}

// agree says what in f contradicts the results. A run that was interrupted, or that could not judge everything, may have fewer results
// than planned; no run has more.
func (o *order) agree(f *Footer) error {
	for v := range f.Summary {
		if _, known := o.counts[v]; !known {
			return fmt.Errorf("%w: %q in the summary", ErrVerdict, v)
		}
	}
	total := 0
	for _, v := range Verdicts() {
		n, listed := f.Summary[v]
		if !listed {
			return fmt.Errorf("%w: the summary does not list %q", ErrCounts, v)
		}
		if n != o.counts[v] {
			return fmt.Errorf("%w: the summary has %d %q and the results %d", ErrCounts, n, v, o.counts[v])
		}
		total += n
	}
	if f.Expected != o.listed {
		return fmt.Errorf("%w: the footer has %d expected deviations and the results %d", ErrCounts, f.Expected, o.listed)
	}
	short := f.Interrupted || f.SetupError != ""
	if total > o.planned || total < o.planned && !short {
		return fmt.Errorf("%w: %d planned, %d there", ErrCounts, o.planned, total)
	}
	return nil
}

// summary returns a copy of the counts so far.
func (o *order) summary() map[Verdict]int { return maps.Clone(o.counts) }
