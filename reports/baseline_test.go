package reports

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sio-conform/sio-conform/harness/event"
)

// baselineOf returns the entries that Baseline writes for results.
func baselineOf(t *testing.T, results ...*event.Result) []listed {
	t.Helper()
	header := sampleHeader()
	header.Baseline = "baseline.yaml"
	footer := &event.Footer{ExitCode: 1}
	events := []event.Event{header}
	for _, r := range results {
		events = append(events, r)
		if r.Deviation != nil {
			footer.Expected++
		}
	}
	header.Planned = len(results)
	var list []listed
	if err := yaml.UnmarshalWithOptions(render(t, Baseline, append(events, footer)), &list, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return list
}

func result(axes string, v event.Verdict, reason string) *event.Result {
	return &event.Result{Scenario: "a.b", Axes: axes, Verdict: v, Reason: reason}
}

func TestABaselineNamesWhatDeviatesAndNothingElse(t *testing.T) {
	const fail, pass, none, skip = event.Fail, event.Pass, event.Unsupported, event.Skipped
	axes := []string{"rev4,polling", "rev4,websocket", "rev5,polling", "rev5,websocket"}
	for _, r := range []struct {
		name     string
		verdicts []event.Verdict // of axes
		want     []string
	}{
		{"all", []event.Verdict{fail, fail, fail, fail}, []string{"a.b"}},
		{"one", []event.Verdict{pass, fail, pass, pass}, []string{"a.b[rev4,websocket]"}},
		{"one revision", []event.Verdict{fail, fail, pass, pass}, []string{"a.b[rev4,*]"}},
		{"one transport", []event.Verdict{pass, fail, pass, fail}, []string{"a.b[*,websocket]"}},
		{"all but one", []event.Verdict{fail, fail, fail, pass}, []string{"a.b[rev4,*]", "a.b[rev5,polling]"}},
		{"what is not supported does not matter", []event.Verdict{none, none, fail, fail}, []string{"a.b"}},
		{"what was not judged is not claimed", []event.Verdict{skip, fail, fail, fail}, []string{"a.b[*,websocket]", "a.b[rev5,polling]"}},
		{"crossed", []event.Verdict{fail, pass, pass, fail}, []string{"a.b[rev4,polling]", "a.b[rev5,websocket]"}},
		{"none", []event.Verdict{pass, none, skip, event.Blocked}, nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			var results []*event.Result
			for i, v := range r.verdicts {
				results = append(results, result(axes[i], v, "no answer"))
			}
			var got []string
			for _, e := range baselineOf(t, results...) {
				got = append(got, e.ID)
			}
			slices.Sort(got)
			slices.Sort(r.want)
			if !slices.Equal(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestABaselineTellsReasonsApart(t *testing.T) {
	got := baselineOf(t, result("rev5,polling", event.Fail, "no answer within 4.5s"), result("rev5,websocket", event.Fail, `got "x"`))
	want := []listed{
		{ID: "a.b[rev5,polling]", Verdict: event.Fail, Reason: "no answer within", Why: Unexplained},
		{ID: "a.b[rev5,websocket]", Verdict: event.Fail, Reason: `got "x"`, Why: Unexplained},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestABaselineKeepsWhatWasSaidAndTakesTheNotesOfRules(t *testing.T) {
	known, noted := result("rev5,polling", event.Fail, "x"), result("rev5,polling", event.Differs, "y")
	known.Deviation = &event.Deviation{Why: "it's old: #1", See: "issue 1", Until: "2027-06-30", At: "b:1"}
	noted.Scenario, noted.Rules = "a.c", []string{"eio.order", "eio.ping"}
	got := baselineOf(t, known, noted)
	want := []listed{
		{ID: "a.b", Verdict: event.Fail, Reason: "x", Why: "it's old: #1", See: "issue 1", Until: "2027-06-30"},
		{ID: "a.c", Verdict: event.Differs, Reason: "y", Why: "no text says so"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTheBeginningOfAReasonIsWhatStays(t *testing.T) {
	for reason, want := range map[string]string{
		"main: one connection became 2 members of /dynamic-7059107715174096024": "main: one connection became 2 members of /",
		"want HTTP status 400, got 500":                                         "want HTTP status 400, got 500",
		"still open after 1m30s":                                                "still open after",
		`got 40{"sid":"2HJJB47BW34CFUUJZNHIOVM4LL"}`:                            `got 40{"sid":"`,
		"got \x1b[2J":                "got",
		"got \xff":                   "got",
		strings.Repeat("words ", 40): strings.TrimSpace(strings.Repeat("words ", 16)),
		"4.5s passed":                "4.5s passed",
		"the target ended: exit status 7; GET got no whole answer: read tcp 127.0.0.1": "the target ended: exit status 7",
	} {
		v := event.Fail
		if strings.HasPrefix(reason, "the target ended") {
			v = event.Crashed
		}
		if got := beginning(result("", v, reason)); got != want || !strings.HasPrefix(reason, got) {
			t.Errorf("%q: got %q, want %q", reason, got, want)
		}
	}
}

func TestABaselineOfWhatPassesIsAnEmptyList(t *testing.T) {
	events := run(false, event.Footer{}, &event.Result{Scenario: "a", Verdict: event.Pass})
	if got := string(render(t, Baseline, events)); !strings.HasSuffix(got, "\n[]\n") {
		t.Errorf("got %q", got)
	}
	var incomplete *IncompleteError
	if err := Baseline(new(bytes.Buffer), new(Model)); !errors.As(err, &incomplete) {
		t.Errorf("got %v of a run that is not whole", err)
	}
}
