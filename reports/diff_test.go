package reports

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/internal/schematest"
)

// sampleDiff compares the sample run with one in which each kind of change happened.
func sampleDiff(t testing.TB) *Diff {
	t.Helper()
	results := sampleResults()
	for _, r := range results {
		switch r.Name() {
		case "polling.order[rev5,polling]":
			r.Verdict, r.Reason = event.Pass, ""
		case "connect.main[rev5,websocket]":
			r.Observations[0].Value = "1000"
		case "connect.main[rev5,polling]":
			r.Verdict, r.Reason = event.Fail, "no answer within 4.5s; got `|<b>"
		case "connect.unknown[rev5,websocket]":
			r.Reason = "nothing came"
		case "dynamic.parent.emit[rev5,websocket]":
			r.Verdict, r.Reason = event.Blocked, "it builds on connect.main[rev5,websocket], which did not pass"
		case "malformed.type[rev5,websocket]":
			r.Axes = "rev4,websocket"
		}
	}
	h := sampleHeader()
	h.Target.Version, h.Target.Features, h.Target.Profiles = "1.3.0", []string{"middleware"}, h.Target.Profiles[:1]
	events := []event.Event{h}
	for _, r := range results {
		events = append(events, r)
	}
	return Compare(model(t, sampleEvents()), model(t, append(events, &event.Footer{ExitCode: 1})))
}

func renderDiff(t testing.TB, report func(io.Writer, *Diff) error, d *Diff) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func diffText(t testing.TB, d *Diff, width int) string {
	t.Helper()
	return string(renderDiff(t, func(w io.Writer, d *Diff) error { return DiffText(w, d, width, false, true) }, d))
}

func TestTheKindOfAChange(t *testing.T) {
	const pass, fail, differs, crashed = event.Pass, event.Fail, event.Differs, event.Crashed
	const unsupported, blocked, broken = event.Unsupported, event.Blocked, event.Error
	for _, r := range []struct {
		was, is       event.Verdict
		before, after string // reasons
		want          ChangeKind
	}{
		{pass, pass, "", "", ""},
		{pass, fail, "", "x", Regression},
		{pass, differs, "", "x", Regression},
		{pass, crashed, "", "x", Regression},
		{pass, unsupported, "", "x", Regression},
		{pass, broken, "", "x", Regression},
		{pass, blocked, "", "x", Changed},
		{differs, fail, "x", "x", Regression},
		{fail, crashed, "x", "x", Regression},
		{unsupported, fail, "x", "x", Regression},
		{blocked, fail, "x", "x", Regression},
		{unsupported, differs, "x", "x", Changed},
		{fail, unsupported, "x", "x", Changed},
		{crashed, fail, "x", "x", Changed},
		{fail, differs, "x", "x", Changed},
		{fail, blocked, "x", "x", Changed},
		{fail, pass, "x", "", Fixed},
		{unsupported, pass, "x", "", Fixed},
		{blocked, pass, "x", "", Changed},
		{fail, fail, "no answer", "two answers", Changed},
		{fail, fail, "no answer within 4.5s", "no answer within 900ms", ""},
		{fail, fail, "2 members of /dynamic-7059107715174096024", "2 members of /dynamic-11775451001921228511", ""},
		{fail, fail, "2 members of /dynamic-7059107715174096024", "3 members of /dynamic-7059107715174096024", Changed},
		{fail, fail, `join r-efd2441e85448dc3`, `join r-b54c44046a7b410b`, ""},
		{crashed, crashed, "the target ended: exit status 7; read tcp", "the target ended: exit status 7; dial tcp", ""},
		{crashed, crashed, "the target ended: exit status 7", "the target ended: exit status 8", Changed},
		{event.Skipped, fail, "", "x", New},
		{fail, event.Skipped, "x", "", Gone},
		{event.Skipped, event.Skipped, "", "", ""},
	} {
		t.Run(fmt.Sprintf("%s %s to %s %s", r.was, r.before, r.is, r.after), func(t *testing.T) {
			base := model(t, run(false, event.Footer{}, &event.Result{Scenario: "a.b", Axes: "rev5,polling", Verdict: r.was, Reason: r.before}))
			head := model(t, run(false, event.Footer{}, &event.Result{Scenario: "a.b", Axes: "rev5,polling", Verdict: r.is, Reason: r.after}))
			want := map[ChangeKind]int{}
			for _, k := range ChangeKinds() {
				want[k] = 0
			}
			if r.want != "" {
				want[r.want] = 1
			}
			if got := Compare(base, head).Counts(); !maps.Equal(got, want) {
				t.Errorf("got %v, want %s", got, r.want)
			}
		})
	}
}

func TestADiffOfARunWithItselfIsEmpty(t *testing.T) {
	m := model(t, fullEvents())
	if d := Compare(m, m); len(d.Changes) > 0 || !strings.Contains(diffText(t, d, 0), "nothing changed") {
		t.Errorf("got %+v", d.Changes)
	}
}

func TestObservationsOfWhatWasNotJudgedAreNoChange(t *testing.T) {
	seen := &event.Result{Scenario: "a.b", Verdict: event.Pass, Observations: []event.Observation{{Name: "limit", Value: "10"}, {Name: "limit", Value: "20"}}}
	base := model(t, run(false, event.Footer{}, seen))
	for v, want := range map[event.Verdict]int{event.Pass: 1, event.Fail: 1, event.Unsupported: 0, event.Blocked: 0} {
		head := model(t, run(false, event.Footer{}, &event.Result{Scenario: "a.b", Verdict: v}))
		if got := Compare(base, head).Counts()[Observation]; got != want {
			t.Errorf("%s: %d observations changed, want %d", v, got, want)
		}
	}
	if c := Compare(base, model(t, run(false, event.Footer{}, &event.Result{Scenario: "a.b", Verdict: event.Pass}))).Changes[0]; c.Before.Value != "10, 20" || c.After != nil {
		t.Errorf("got %+v", c)
	}
}

func TestDiffsAreValidByTheSchema(t *testing.T) {
	s := compile(t, "diff.schema.json")
	d := sampleDiff(t)
	for _, k := range ChangeKinds() {
		if d.Counts()[k] == 0 {
			t.Errorf("the sample has no %s", k)
		}
	}
	document := renderDiff(t, DiffJSON, d)
	if err := schematest.Validate(t, s, string(document)); err != nil {
		t.Error(err)
	}
	for old, wrong := range map[string]string{`"kind": "fixed"`: `"kind": "better"`, `"version": 1`: `"version": 2`, `"axes"`: `"axis"`, `"gone": 1,`: ``} {
		if !bytes.Contains(document, []byte(old)) {
			t.Fatalf("no %s in %s", old, document)
		}
		if err := schematest.Validate(t, s, strings.ReplaceAll(string(document), old, wrong)); err == nil {
			t.Errorf("accepted with %s", wrong)
		}
	}
}

func TestNothingThatATargetSendsLeavesItsPlaceInADiff(t *testing.T) {
	poison := "\x1b[2J\n# `` ` <script> | \u202e]]>\x00\xff" + strings.Repeat("x", 100_000)
	d := Compare(model(t, sampleEvents()), model(t, hostileEvents(poison)))
	control := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u202e]")
	text, markdown := diffText(t, d, 80), string(renderDiff(t, DiffMarkdown, d))
	for _, out := range []string{text, markdown} {
		if control.MatchString(out) || len(out) > 200_000 {
			t.Errorf("%d bytes, control characters: %q", len(out), control.FindString(out))
		}
	}
	starts := []string{"### Socket.IO conformance: ", "#### ", "| ", "|---", "- <code>", "- … "}
	for line := range strings.Lines(markdown) {
		if line != "\n" && !slices.ContainsFunc(starts, func(s string) bool { return strings.HasPrefix(line, s) }) {
			t.Errorf("a line of its own: %.100q", line)
		}
	}
	if err := schematest.Validate(t, compile(t, "diff.schema.json"), string(renderDiff(t, DiffJSON, d))); err != nil {
		t.Error(err)
	}
}

func TestADiffStaysBelowWhatACommentMayHave(t *testing.T) {
	var was, is []*event.Result
	for i := range 1000 {
		name := fmt.Sprintf("area.scenario-%04d", i)
		was = append(was, &event.Result{Scenario: name, Verdict: []event.Verdict{event.Pass, event.Fail, event.Skipped}[i%3], Reason: "x"})
		is = append(is, &event.Result{Scenario: name, Verdict: event.Fail, Reason: strings.Repeat("[|]", 500), Observations: []event.Observation{{Name: "n", Value: strings.Repeat("@", 500)}}})
	}
	out := string(renderDiff(t, DiffMarkdown, Compare(model(t, run(false, event.Footer{}, was...)), model(t, run(false, event.Footer{}, is...)))))
	if len(out) > 65_536 || !strings.Contains(out, "#### Regressions (334)") || !strings.Contains(out, "#### New scenarios (333)") || !strings.Contains(out, " more\n") {
		t.Errorf("%d bytes: %.500s", len(out), out)
	}
}
