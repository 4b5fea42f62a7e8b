package reports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

func TestMarkdownCodeIsNoMarkup(t *testing.T) {
	tests := []struct{ text, want string }{
		{"namespace.connect.unknown[rev5,polling]", "<code>namespace.connect.unknown&#91;rev5,polling&#93;</code>"},
		{`{"a":1}`, `<code>{"a":1}</code>`},
		{"a | b", "<code>a &#124; b</code>"},
		{"**x** _y_ `z` ~s~", "<code>&#42;&#42;x&#42;&#42; &#95;y&#95; &#96;z&#96; &#126;s&#126;</code>"},
		{"<b>&lt;", "<code>&#60;b&#62;&#38;lt;</code>"},
		{"@user #12 !x $y$", "<code>&#64;user &#35;12 &#33;x &#36;y&#36;</code>"},
		{"https://a.example", "<code>https&#58;&#47;/a.example</code>"},
		{"Www.a.example", "<code>Www&#46;a.example</code>"},
		{"a\nb\x1b", "<code>a&#92;x0ab&#92;x1b</code>"},
		{"日本", "<code>日本</code>"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := markdownCode(tt.text, nameLimit); got != tt.want {
			t.Errorf("markdownCode(%q) is %s, want %s", tt.text, got, tt.want)
		}
	}
}

// manyFailures is a run with so many failures, each with a reason of its own.
func manyFailures(n int, reason string) []event.Event {
	var results []*event.Result
	for i := range n {
		results = append(results, &event.Result{Scenario: fmt.Sprintf("area%d.s%04d", i%7, i), Axes: "rev5,polling", Verdict: event.Fail, Reason: fmt.Sprint(reason, i), Transcript: connectTranscript()})
	}
	return run(false, event.Footer{ExitCode: 1}, results...)
}

func TestMarkdownStaysBelowWhatGitHubShows(t *testing.T) {
	b := render(t, Markdown, manyFailures(3000, strings.Repeat("<|>", 200)))
	if len(b) > 1<<20 {
		t.Errorf("%d bytes", len(b))
	}
	if want := fmt.Sprintf("%d results more", 3000-markdownRows); !strings.Contains(string(b), want) {
		t.Errorf("does not say %q", want)
	}
}

func TestMarkdownJoinsAxesWithOneReason(t *testing.T) {
	b := string(render(t, Markdown, run(false, event.Footer{ExitCode: 1},
		&event.Result{Scenario: "a", Axes: "rev4", Verdict: event.Fail, Reason: "x"},
		&event.Result{Scenario: "a", Axes: "rev5", Verdict: event.Fail, Reason: "x"},
		&event.Result{Scenario: "a", Axes: "rev6", Verdict: event.Fail, Reason: "y"})))
	for _, want := range []string{
		"| fail | <code>a</code> | <code>rev4 rev5</code> | <code>x</code> |", "| fail | <code>a</code> | <code>rev6</code> | <code>y</code> |",
	} {
		if !strings.Contains(b, want) {
			t.Errorf("%q is missing in\n%s", want, b)
		}
	}
}
