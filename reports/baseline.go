package reports

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Unexplained is the reason that Baseline gives where nothing says why a deviation is so.
const Unexplained = "unexplained"

// A listed is an entry of a baseline, in the order of its members in the file.
type listed struct {
	ID      string        `yaml:"id"`
	Verdict event.Verdict `yaml:"verdict"`
	Reason  string        `yaml:"reason"`
	Why     string        `yaml:"why"`
	See     string        `yaml:"see,omitempty"`
	Until   string        `yaml:"until,omitempty"`
}

// Baseline writes the baseline with which the run m would be as expected: an entry for what failed, crashed or differs, one for several combinations of axes where they have verdict and
// reason in common. It keeps what the run's own baseline says of what happened as listed; of the rest it says what the notes of the rules do, or that it is Unexplained. Of a reason it
// takes the beginning, up to what another run would have otherwise: times, random names.
//
// The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func Baseline(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	var list []listed
	for results := range byScenario(m.Results) {
		list = append(list, entries(m.Header, results)...)
	}
	b := []byte("[]\n")
	if len(list) > 0 {
		var err error
		if b, err = yaml.MarshalWithOptions(list, yaml.UseSingleQuote(true)); err != nil {
			return fmt.Errorf("reports: baseline: %w", err)
		}
	}
	t := m.Header.Target
	_, err := fmt.Fprintf(w, "# Deviations that are expected of %s. Say why each is so; docs/baseline.md describes this file.\n%s",
		printable(strings.TrimSpace(t.Name+" "+t.Version), nameLimit, false), b)
	return err
}

// byScenario yields the results of each scenario, which must be sorted.
func byScenario(results []event.Result) func(yield func([]event.Result) bool) {
	return func(yield func([]event.Result) bool) {
		for len(results) > 0 {
			n := slices.IndexFunc(results, func(r event.Result) bool { return r.Scenario != results[0].Scenario })
			if n < 0 {
				n = len(results)
			}
			if !yield(results[:n]) {
				return
			}
			results = results[n:]
		}
	}
}

// entries returns the entries for the results of one scenario.
func entries(h *event.Header, results []event.Result) []listed {
	groups := map[listed][]event.Result{} // by the entry but for its id
	for _, r := range results {
		switch r.Verdict {
		case event.Fail, event.Differs, event.Crashed:
			e := listed{Verdict: r.Verdict, Reason: beginning(&r), Why: why(h, &r)}
			if d := r.Deviation; d != nil {
				e.Why, e.See, e.Until = d.Why, d.See, d.Until
			}
			groups[e] = append(groups[e], r)
		}
	}
	var list []listed
	for e, group := range groups {
		for _, id := range patterns(results, group) {
			e.ID = id
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b listed) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func why(h *event.Header, r *event.Result) string {
	var notes []string
	for _, id := range r.Rules {
		if note := h.Rules[id].Note; note != "" {
			notes = append(notes, note)
		}
	}
	return cmp.Or(strings.Join(notes, " "), Unexplained)
}

// patterns returns the globs that name the group and nothing else of the scenario's results that was or might be judged.
func patterns(all, group []event.Result) []string {
	id := group[0].Scenario
	candidates := []string{"*"}
	for _, r := range group {
		revision, transport, _ := strings.Cut(r.Axes, ",")
		candidates = append(candidates, revision+",*", "*,"+transport)
	}
	var found []string
	for _, axes := range candidates {
		named := func(r event.Result) bool { ok, _ := path.Match(axes, r.Axes); return ok }
		in := func(r event.Result) bool {
			return slices.ContainsFunc(group, func(g event.Result) bool { return g.Axes == r.Axes })
		}
		foreign := func(r event.Result) bool { return named(r) && !in(r) && r.Verdict != event.Unsupported }
		rest := slices.DeleteFunc(slices.Clone(group), named)
		if covered := len(group) - len(rest); slices.ContainsFunc(all, foreign) || covered == 0 || covered == 1 && axes != "*" {
			continue
		}
		if axes == "*" {
			return []string{id}
		}
		found, group = append(found, id+"["+axes+"]"), rest
	}
	for _, r := range group {
		found = append(found, r.Name())
	}
	return found
}

// varying matches what differs from one run to the next in the text of a reason: random names, session ids, times.
var varying = regexp.MustCompile(`[0-9]{5,}|[0-9a-f]{8,}|[A-Za-z0-9_-]{20,}|\b([0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h))+\b`)

// reasonLimit is about how many bytes of a reason a baseline has.
const reasonLimit = 100

// beginning returns the part of a result's reason by which it is known again. Of a crash that is how the target ended: what is noticed first besides is chance.
func beginning(r *event.Result) string {
	reason := r.Reason
	if r.Verdict == event.Crashed {
		reason, _, _ = strings.Cut(reason, "; ")
	}
	if at := varying.FindStringIndex(reason); at != nil && at[0] > 0 {
		reason = reason[:at[0]]
	}
	if at := strings.IndexFunc(reason, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }); at > 0 {
		reason = reason[:at]
	}
	if len(reason) > reasonLimit {
		if at := strings.LastIndexByte(reason[:reasonLimit], ' '); at > 0 {
			reason = reason[:at]
		}
	}
	return strings.TrimSpace(reason)
}
