package run

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
)

// A comparer holds the results of a run against a baseline while they come. The zero comparer has no baseline and expects nothing.
type comparer struct {
	list     *Baseline
	now      time.Time
	entries  map[string]*Expectation     // by name of the execution
	listed   map[string]*event.Deviation // the results that happened as listed, by name of the execution
	settled  map[*Expectation]bool       // entries that were seen to hold or not
	silent   map[*Expectation]string     // entries of which an execution was not judged, with the reason; "" when it might be in another run
	problems []problem
	expected int // results that are expected deviations
}

// A problem is something that is not as the baseline says.
type problem struct {
	line int
	text string
}

func newComparer(list *Baseline, all []Execution, now time.Time) (*comparer, error) {
	c := &comparer{list: list, now: now, listed: map[string]*event.Deviation{}, settled: map[*Expectation]bool{}, silent: map[*Expectation]string{}}
	if list == nil {
		return c, nil
	}
	var err error
	c.entries, err = list.bind(all)
	return c, err
}

// compare notes in r whether it is as listed. Whether the target runs under the scenario's profile is said by offered.
func (c *comparer) compare(r *event.Result, offered bool) {
	e := c.entries[r.Name()]
	switch {
	case r.Verdict == event.Blocked && r.Deviation != nil:
		c.listed[r.Name()] = r.Deviation
		c.expected++
	case e == nil:
	case r.Verdict == event.Unsupported && offered:
		if _, noted := c.silent[e]; !noted {
			c.silent[e] = r.Reason
		}
	case r.Verdict == event.Unsupported, r.Verdict == event.Skipped, r.Verdict == event.Blocked, r.Verdict == event.Error:
		c.silent[e] = ""
	case r.Verdict == e.Verdict && strings.HasPrefix(r.Reason, e.Reason):
		c.asListed(r, e)
	case r.Verdict == event.Pass:
		c.add(e, "%s: listed as %s, and passes", r.Name(), e.Verdict)
	case r.Verdict != e.Verdict:
		c.add(e, "%s: listed as %s, and is %s: %s", r.Name(), e.Verdict, r.Verdict, r.Reason)
	default:
		c.add(e, "%s: listed with the reason %q, and has another: %s", r.Name(), e.Reason, r.Reason)
	}
}

func (c *comparer) asListed(r *event.Result, e *Expectation) {
	c.settled[e] = true
	if !e.Until.IsZero() && !c.now.Before(e.Until.AddDate(0, 0, 1)) {
		c.add(e, "%s: the entry has expired on %s", r.Name(), e.Until.Format(dateForm))
		return
	}
	r.Deviation = &event.Deviation{Why: e.Why, See: e.See, At: c.list.at(e)}
	if !e.Until.IsZero() {
		r.Deviation.Until = e.Until.Format(dateForm)
	}
	c.listed[r.Name()] = r.Deviation
	c.expected++
}

func (c *comparer) add(e *Expectation, format string, args ...any) {
	c.settled[e] = true
	c.problems = append(c.problems, problem{e.Line, fmt.Sprintf("%s: %s", c.list.at(e), fmt.Sprintf(format, args...))})
}

// close returns what in the whole run is not as the baseline says, in the order of the file.
func (c *comparer) close() []string {
	if c.list == nil {
		return nil
	}
	for i := range c.list.Entries {
		e := &c.list.Entries[i]
		if reason := c.silent[e]; reason != "" && !c.settled[e] {
			c.add(e, "%s: listed as %s, and is unsupported: %s", e.ID, e.Verdict, reason)
		}
	}
	slices.SortFunc(c.problems, func(a, b problem) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text)) })
	var texts []string
	for _, p := range c.problems {
		texts = append(texts, p.text)
	}
	return texts
}
