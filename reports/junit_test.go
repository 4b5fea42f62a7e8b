package reports

import (
	"strconv"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// junit returns the document that JUnit writes for events, after checking that it is valid.
func junit(t testing.TB, events []event.Event) *node {
	t.Helper()
	root, err := parseXML(render(t, JUnit, events))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range loadXSD(t, "testdata/junit.xsd").validate(root) {
		t.Error(wrong)
	}
	return root
}

// run returns the events of a run with these results.
func run(strict bool, footer event.Footer, results ...*event.Result) []event.Event {
	h := sampleHeader()
	h.Strict, h.Planned = strict, len(results)
	events := []event.Event{h}
	for _, r := range results {
		events = append(events, r)
	}
	return append(events, &footer)
}

// outcome returns what a testcase came to: the name of its element, or "".
func outcome(testcase *node) string {
	for _, c := range testcase.children {
		if c.name != "system-out" && c.name != "system-err" {
			return c.name
		}
	}
	return ""
}

func TestJUnitOutcome(t *testing.T) {
	tests := []struct {
		verdict       event.Verdict
		usual, strict string
	}{
		{event.Pass, "", ""},
		{event.Fail, "failure", "failure"},
		{event.Crashed, "failure", "failure"},
		{event.Differs, "", "failure"},
		{event.Unsupported, "skipped", "skipped"},
		{event.Blocked, "skipped", "skipped"},
		{event.Skipped, "skipped", "skipped"},
		{event.Error, "error", "error"},
	}
	if len(tests) != len(event.Verdicts()) {
		t.Fatalf("%d rows, want one a verdict", len(tests))
	}
	for _, tt := range tests {
		for _, strict := range []bool{false, true} {
			t.Run(string(tt.verdict)+" "+strconv.FormatBool(strict), func(t *testing.T) {
				want := tt.usual
				if strict {
					want = tt.strict
				}
				root := junit(t, run(strict, event.Footer{}, &event.Result{Scenario: "a.b", Axes: "rev5", Verdict: tt.verdict, Reason: "because"}))
				cases := root.all("testcase")
				if len(cases) != 1 || outcome(cases[0]) != want {
					t.Fatalf("%d testcases, outcome %q, want %q", len(cases), outcome(cases[0]), want)
				}
				if want != "" && !strings.Contains(cases[0].children[0].attrs["message"], "because") {
					t.Errorf("message %q", cases[0].children[0].attrs["message"])
				}
			})
		}
	}
}

func TestJUnitNamesCasesForScenarioAndAxes(t *testing.T) {
	c := junit(t, run(false, event.Footer{}, &event.Result{Scenario: "a.b", Axes: "rev5,polling", Verdict: event.Pass})).all("testcase")[0]
	if c.attrs["name"] != "a.b[rev5,polling]" || c.attrs["classname"] != "sio-conform.a" {
		t.Errorf("attributes %v", c.attrs)
	}
}

func TestJUnitNotesWhatDiffers(t *testing.T) {
	root := junit(t, run(false, event.Footer{}, &event.Result{Scenario: "a.b", Verdict: event.Differs, Reason: "another code", Rules: []string{"eio.order"}}))
	out := root.all("system-out")
	if len(out) != 1 || !strings.Contains(out[0].text, "differs") || !strings.Contains(out[0].text, "another code") || !strings.Contains(out[0].text, "eio.order (reference)") {
		t.Errorf("%+v", out)
	}
}

// The counts of each suite are those of its testcases, and the counts of the whole those of its suites.
func TestJUnitCounts(t *testing.T) {
	root := junit(t, sampleEvents())
	total := make(map[string]int)
	for _, s := range root.all("testsuite") {
		got := make(map[string]int)
		for _, c := range s.all("testcase") {
			got["tests"]++
			switch outcome(c) {
			case "failure":
				got["failures"]++
			case "error":
				got["errors"]++
			case "skipped":
				got["skipped"]++
			}
		}
		for _, name := range []string{"tests", "failures", "errors", "skipped"} {
			if want := strconv.Itoa(got[name]); s.attrs[name] != want {
				t.Errorf("suite %s has %s=%s, want %s", s.attrs["name"], name, s.attrs[name], want)
			}
			total[name] += got[name]
		}
	}
	for _, name := range []string{"tests", "failures", "errors"} {
		if want := strconv.Itoa(total[name]); root.attrs[name] != want {
			t.Errorf("%s=%s, want %s", name, root.attrs[name], want)
		}
	}
}

func TestJUnitHasOneSuiteAnArea(t *testing.T) {
	result := func(scenario string) *event.Result { return &event.Result{Scenario: scenario, Verdict: event.Pass} }
	var names []string
	for _, s := range junit(t, run(false, event.Footer{}, result("b.x"), result("a"), result("a-b.x"), result("a.x"))).all("testsuite") {
		names = append(names, s.attrs["name"]+" "+s.attrs["tests"])
	}
	if got := strings.Join(names, ", "); got != "a 2, a-b 1, b 1" {
		t.Errorf("suites %s", got)
	}
}

// A file that is green belongs to a run that is.
func TestJUnitIsGreenOnlyWhereTheRunIs(t *testing.T) {
	pass := &event.Result{Scenario: "a", Verdict: event.Pass}
	tests := []struct {
		name           string
		events         []event.Event
		errors, detail string
	}{
		{"as expected", run(false, event.Footer{}, pass), "0", ""},
		{"set-up error", run(false, event.Footer{SetupError: "connection refused", ExitCode: 3}), "1", "connection refused"},
		{"set-up error and failure", run(false, event.Footer{SetupError: "it went away", ExitCode: 3}, &event.Result{Scenario: "a", Verdict: event.Fail}), "1", "it went away"},
		{"interrupted", run(false, event.Footer{Interrupted: true, ExitCode: 130}, pass), "1", "interrupted: 1 of 1 planned"},
		{"exit code that no result explains", run(false, event.Footer{ExitCode: 4}, pass), "1", "exit code 4: a defect of sio-conform"},
		{"exit code that a result explains", run(false, event.Footer{ExitCode: 1}, &event.Result{Scenario: "a", Verdict: event.Fail}), "0", ""},
		{"nothing executed", run(false, event.Footer{ExitCode: 3}), "1", "exit code 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := junit(t, tt.events)
			if root.attrs["errors"] != tt.errors || len(root.all("error")) != len(tt.errors)-strings.Count(tt.errors, "0") {
				t.Fatalf("errors=%s and %d elements, want %s", root.attrs["errors"], len(root.all("error")), tt.errors)
			}
			if tt.detail != "" && !strings.Contains(root.all("error")[0].attrs["message"], tt.detail) {
				t.Errorf("message %q does not say %q", root.all("error")[0].attrs["message"], tt.detail)
			}
		})
	}
}

func TestJUnitSaysWhatItLeavesOutOfATranscript(t *testing.T) {
	r := &event.Result{Scenario: "a", Verdict: event.Fail, Transcript: numbered(250, 200)}
	out := junit(t, run(false, event.Footer{ExitCode: 1}, r)).all("system-out")[0].text
	for _, want := range []string{"transcript, 100 of 250 entries; the event stream has all", "117 earlier entries left out", "33 later entries left out"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if n := strings.Count(out, "\n"); n != 103 {
		t.Errorf("%d lines, want 103", n)
	}
}

func TestJUnitHasTheTargetsOutput(t *testing.T) {
	r := &event.Result{Scenario: "a", Verdict: event.Crashed, Output: strings.Repeat("line\n", 500) + "boom", Transcript: []wire.Entry{{Data: []byte("40")}}}
	err := junit(t, run(false, event.Footer{ExitCode: 1}, r)).all("system-err")[0].text
	if !strings.HasPrefix(err, "… 301 earlier lines left out\n| line\n") || !strings.HasSuffix(err, "| boom\n") {
		t.Errorf("%q", err)
	}
}

func TestJUnitOfAnUnknownVerdictIsAnError(t *testing.T) {
	if c := junitCase(sampleHeader(), &event.Result{Scenario: "a", Verdict: "great"}); c.outcome != "error" || !strings.Contains(c.message, "great") {
		t.Errorf("%+v", c)
	}
}

func TestSeconds(t *testing.T) {
	for us, want := range map[int64]string{0: "0.000", 1499: "0.001", 1500000: "1.500", 3600_000_000: "3600.000", -5: "0.000", 1<<63 - 1: "9223372036854.775"} {
		if got := seconds(us); got != want {
			t.Errorf("seconds(%d) is %s, want %s", us, got, want)
		}
	}
}
