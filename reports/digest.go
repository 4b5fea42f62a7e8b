package reports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// byGravity are the verdicts, gravest first.
var byGravity = []event.Verdict{
	event.Crashed, event.Fail, event.Error, event.Differs, event.Blocked, event.Unsupported, event.Skipped, event.Pass,
}

// gravity says how grave a verdict is: 0 is gravest.
func gravity(v event.Verdict) int {
	if i := slices.Index(byGravity, v); i >= 0 {
		return i
	}
	return 0
}

// wrong says whether a verdict asks to be looked at: something failed, or differs.
func wrong(v event.Verdict) bool {
	return gravity(v) <= gravity(event.Differs)
}

// news says whether a result asks to be looked at and is not expected.
func news(r *event.Result) bool { return wrong(r.Verdict) && r.Deviation == nil }

// reasonOf returns the reason of a result, or why it is expected.
func reasonOf(r *event.Result) string {
	if r.Deviation != nil {
		return r.Deviation.Why
	}
	return r.Reason
}

// A group is a scenario with its results, which are sorted by axes.
type group struct {
	id      string
	results []event.Result
}

// groups returns the scenarios that have results, sorted by id.
func (m *Model) groups() []group {
	var all []group
	for results := range byScenario(m.Results) {
		all = append(all, group{results[0].Scenario, results})
	}
	return all
}

// worst returns the gravest verdict of the group.
func (g *group) worst() event.Verdict {
	r := slices.MinFunc(g.results, func(a, b event.Result) int { return cmp.Compare(gravity(a.Verdict), gravity(b.Verdict)) })
	return r.Verdict
}

// counts returns how many results of the group have which verdict.
func (g *group) counts() Counts {
	c := newCounts()
	for i := range g.results {
		c[g.results[i].Verdict]++
	}
	return c
}

// byWeight returns the results that are chosen: what is not expected first, the gravest of it before the rest, and else in the order of m.Results.
func (m *Model) byWeight(chosen func(*event.Result) bool) []*event.Result {
	var list []*event.Result
	for i := range m.Results {
		if chosen(&m.Results[i]) {
			list = append(list, &m.Results[i])
		}
	}
	weight := func(r *event.Result) int {
		if r.Deviation != nil {
			return len(byGravity) + gravity(r.Verdict)
		}
		return gravity(r.Verdict)
	}
	slices.SortStableFunc(list, func(a, b *event.Result) int { return cmp.Compare(weight(a), weight(b)) })
	return list
}

// outcomeText says in words what a run came to: of one that was interrupted or cut off that, whatever its exit code.
func outcomeText(h *event.Header, f *event.Footer) string {
	if f.Interrupted {
		return exitMeaning(h, 130)
	}
	return exitMeaning(h, f.ExitCode)
}

// A level of rules.
type level struct {
	name   string
	source string // who says so, in a few words
	means  string
}

// levels are the levels of rules, strictest first.
var levels = []level{
	{"must", "protocol text", "the protocol text says so"},
	{"documented", "user documentation", "the user documentation says so"},
	{"reference", "official implementation", "the official implementation does so, and no text says it"},
	{"robust", "safety", "users count on it for safety, and no text says it"},
}

// levelNamed returns the level with that name; the zero level when there is none.
func levelNamed(name string) level {
	i := slices.IndexFunc(levels, func(l level) bool { return l.name == name })
	if i < 0 {
		return level{}
	}
	return levels[i]
}

// levelOf returns the strictest level of the rules of a result, "(none)" when they have none.
func levelOf(h *event.Header, r *event.Result) string {
	for _, l := range levels {
		if slices.ContainsFunc(r.Rules, func(id string) bool { return h.Rules[id].Level == l.name }) {
			return l.name
		}
	}
	return "(none)"
}

// levels returns how many results there are by the strictest level of their rules, strictest first.
func (m *Model) levels() []Area {
	byLevel := map[string]Counts{}
	for i := range m.Results {
		name := levelOf(m.Header, &m.Results[i])
		if byLevel[name] == nil {
			byLevel[name] = newCounts()
		}
		byLevel[name][m.Results[i].Verdict]++
	}
	var all []Area
	for _, l := range append(slices.Clone(levels), level{name: "(none)"}) {
		if c := byLevel[l.name]; c != nil {
			all = append(all, Area{Name: l.name, Counts: c})
		}
	}
	return all
}

// shownVerdicts returns the verdicts that a table has a column for: pass, fail, and what there is.
func (m *Model) shownVerdicts() []event.Verdict {
	counts := m.Counts()
	return slices.DeleteFunc(event.Verdicts(), func(v event.Verdict) bool { return counts[v] == 0 && v != event.Pass && v != event.Fail })
}

// A policy is one thing that was observed, with the results that saw the same.
type policy struct {
	name, value string
	seen        []*event.Result
}

// policies returns what was observed, sorted by name; the same value of the same name is one of them.
func (m *Model) policies() []policy {
	var all []policy
	at := map[event.Observation]int{}
	for i := range m.Results {
		r := &m.Results[i]
		for _, o := range r.Observations {
			n, known := at[o]
			if !known {
				n = len(all)
				at[o], all = n, append(all, policy{name: o.Name, value: o.Value})
			}
			all[n].seen = append(all[n].seen, r)
		}
	}
	slices.SortStableFunc(all, func(a, b policy) int { return strings.Compare(a.name, b.name) })
	return all
}

// split says whether the observation before or behind all[i] has the same name: the target does not do the same everywhere.
func split(all []policy, i int) bool {
	return i > 0 && all[i-1].name == all[i].name || i+1 < len(all) && all[i+1].name == all[i].name
}
