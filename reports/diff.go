package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// A ChangeKind says what became of a result from one run to another.
type ChangeKind string

// The kinds of changes, in the order in which reports list them.
const (
	Regression  ChangeKind = "regression"  // a new failure or a worse one, or what was judged and cannot be any more
	Fixed       ChangeKind = "fixed"       // passes now, and did not
	Changed     ChangeKind = "changed"     // has another verdict or reason, and is neither of the above: blocked now, or no longer, by what is listed itself
	New         ChangeKind = "new"         // was not run before
	Gone        ChangeKind = "gone"        // is not run any more
	Observation ChangeKind = "observation" // what is recorded and not judged is different
)

// ChangeKinds returns all kinds.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{Regression, Fixed, Changed, New, Gone, Observation}
}

// A Change is one difference between two runs.
type Change struct {
	Kind        ChangeKind `json:"kind"`
	Scenario    string     `json:"scenario"`    // empty for an observation of the target itself
	Axes        string     `json:"axes"`        // as above
	Observation string     `json:"observation"` // its name; empty for all other kinds
	Before      *Outcome   `json:"before"`      // nil when there was none
	After       *Outcome   `json:"after"`       // nil when there is none
}

// Name returns of what the change is: "namespace.connect.unknown[rev5,websocket]", "target".
func (c *Change) Name() string {
	if c.Scenario == "" {
		return "target"
	}
	return c.Scenario + "[" + c.Axes + "]"
}

// An Outcome is a result, or the value of an observation.
type Outcome struct {
	Verdict event.Verdict `json:"verdict"` // empty for an observation
	Reason  string        `json:"reason"`
	Value   string        `json:"value"` // of an observation
}

// A Diff is what changed from one run to another.
type Diff struct {
	Base, Head *Model
	Changes    []Change // in the order of ChangeKinds, then of scenarios and axes
}

// Compare returns what changed from base to head, which must be whole runs. Times and random names within a reason are no difference. What was left out on request counts as not run.
func Compare(base, head *Model) *Diff {
	d := &Diff{Base: base, Head: head}
	before, after := executed(base), executed(head)
	for name, was := range before {
		if is, ok := after[name]; ok {
			d.result(was, is)
		} else {
			d.add(Change{Kind: Gone, Scenario: was.Scenario, Axes: was.Axes, Before: outcomeOf(was)})
		}
	}
	for name, is := range after {
		if _, ok := before[name]; !ok {
			d.add(Change{Kind: New, Scenario: is.Scenario, Axes: is.Axes, After: outcomeOf(is)})
		}
	}
	d.observations(Change{}, traits(base.Header.Target), traits(head.Header.Target))
	slices.SortFunc(d.Changes, func(a, b Change) int {
		return cmp.Or(
			cmp.Compare(slices.Index(ChangeKinds(), a.Kind), slices.Index(ChangeKinds(), b.Kind)),
			cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Axes, b.Axes), cmp.Compare(a.Observation, b.Observation),
		)
	})
	return d
}

// Counts returns how many changes there are of each kind, zero included.
func (d *Diff) Counts() map[ChangeKind]int {
	counts := map[ChangeKind]int{}
	for _, k := range ChangeKinds() {
		counts[k] = 0
	}
	for _, c := range d.Changes {
		counts[c.Kind]++
	}
	return counts
}

func (d *Diff) add(c Change) { d.Changes = append(d.Changes, c) }

// result adds what changed in one result.
func (d *Diff) result(was, is *event.Result) {
	c := Change{Scenario: is.Scenario, Axes: is.Axes, Before: outcomeOf(was), After: outcomeOf(is)}
	if c.Kind = kindOf(was, is); c.Kind != "" {
		d.add(c)
	}
	if judged(was) && judged(is) {
		d.observations(c, was.Observations, is.Observations)
	}
}

// badness orders verdicts for kindOf. What could not be judged is worse than what merely differs.
var badness = map[event.Verdict]int{
	event.Pass: 0, event.Differs: 1, event.Unsupported: 2, event.Blocked: 2, event.Error: 2, event.Fail: 3, event.Crashed: 4,
}

// kindOf returns the kind of the change between two results of one execution, "" when there is none.
func kindOf(was, is *event.Result) ChangeKind {
	switch {
	case was.Verdict == is.Verdict && (is.Verdict == event.Pass || known(was) == known(is)):
		return ""
	case is.Verdict == event.Pass && was.Verdict != event.Blocked:
		return Fixed
	case is.Verdict != event.Blocked && badness[is.Verdict] > badness[was.Verdict]:
		return Regression
	default:
		return Changed
	}
}

// known returns what of a reason stays from run to run.
func known(r *event.Result) string {
	reason := r.Reason
	if r.Verdict == event.Crashed {
		reason = beginning(r)
	}
	return varying.ReplaceAllLiteralString(reason, "*")
}

func judged(r *event.Result) bool {
	return slices.Contains([]event.Verdict{event.Pass, event.Fail, event.Differs, event.Crashed}, r.Verdict)
}

// observations adds what was recorded otherwise. An observation that was made several times has all its values.
func (d *Diff) observations(of Change, was, is []event.Observation) {
	before, after := values(was), values(is)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for name := range names {
		if slices.Equal(before[name], after[name]) {
			continue
		}
		d.add(Change{
			Kind: Observation, Scenario: of.Scenario, Axes: of.Axes, Observation: name, Before: valueOf(before[name]), After: valueOf(after[name]),
		})
	}
}

func values(list []event.Observation) map[string][]string {
	m := map[string][]string{}
	for _, o := range list {
		m[o.Name] = append(m[o.Name], o.Value)
	}
	return m
}

func valueOf(values []string) *Outcome {
	if values == nil {
		return nil
	}
	return &Outcome{Value: strings.Join(values, ", ")}
}

func outcomeOf(r *event.Result) *Outcome { return &Outcome{Verdict: r.Verdict, Reason: r.Reason} }

// executed returns the results of a run but those that were left out on request, by name.
func executed(m *Model) map[string]*event.Result {
	all := map[string]*event.Result{}
	for i := range m.Results {
		if r := &m.Results[i]; r.Verdict != event.Skipped {
			all[r.Name()] = r
		}
	}
	return all
}

// traits returns what a target said of itself as observations. Its name, version and address are none.
func traits(t event.Target) []event.Observation {
	list := []event.Observation{{Name: "level", Value: t.Level}}
	for _, r := range t.Revisions {
		list = append(list, event.Observation{Name: fmt.Sprintf("revision %d", r), Value: "offered"})
	}
	for _, x := range t.Transports {
		list = append(list, event.Observation{Name: "transport " + x, Value: "offered"})
	}
	for _, f := range t.Features {
		list = append(list, event.Observation{Name: "feature " + f, Value: "offered"})
	}
	for _, p := range t.Profiles {
		value := fmt.Sprintf("pingInterval %d ms, pingTimeout %d ms, maxPayload %d", p.PingInterval, p.PingTimeout, p.MaxPayload)
		list = append(list, event.Observation{Name: "profile " + p.Name, Value: value})
	}
	return list
}
