package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/event"
)

// ctrfVersion is the version of the Common Test Report Format that CTRF writes.
const ctrfVersion = "0.0.0"

type ctrfReport struct {
	Format  string      `json:"reportFormat"`
	Version string      `json:"specVersion"`
	Results ctrfResults `json:"results"`
}

type ctrfResults struct {
	Tool    ctrfTool    `json:"tool"`
	Summary ctrfSummary `json:"summary"`
	Tests   []ctrfTest  `json:"tests"`
}

type ctrfTool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type ctrfSummary struct {
	Tests    int            `json:"tests"`
	Passed   int            `json:"passed"`
	Failed   int            `json:"failed"`
	Skipped  int            `json:"skipped"`
	Pending  int            `json:"pending"`
	Other    int            `json:"other"`
	Start    int64          `json:"start"`
	Stop     int64          `json:"stop"`
	Duration int64          `json:"duration"`
	Extra    map[string]any `json:"extra"`
}

type ctrfTest struct {
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	RawStatus string   `json:"rawStatus"`
	Duration  int64    `json:"duration"`
	Suite     []string `json:"suite"`
	Message   string   `json:"message,omitempty"`
	Trace     string   `json:"trace,omitempty"`
	Tags      []string `json:"tags,omitempty"`
}

// CTRF writes m in the Common Test Report Format, https://ctrf.io: a test for each result, with its verdict as rawStatus. What fails the run is "failed", also an error of sio-conform; what differs in
// a run that is not strict, and what the baseline lists, is "other"; what was not judged is "skipped". What fails the run as a whole is a test named "run". Strings are escaped as by Printable.
//
// The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func CTRF(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	h, f := m.Header, m.Footer
	name, version, _ := strings.Cut(h.Tool, " ")
	if name == "" {
		name = "sio-conform"
	}
	report := ctrfReport{Format: "CTRF", Version: ctrfVersion, Results: ctrfResults{
		Tool: ctrfTool{Name: nameText(name), Version: nameText(version)},
		Summary: ctrfSummary{
			Start: h.Started.UnixMilli(), Stop: f.Ended.UnixMilli(), Duration: f.DurationUS / 1000,
			Extra: map[string]any{"exitCode": f.ExitCode, "verdicts": m.Counts(), "target": nameText(strings.TrimSpace(h.Target.Name + " " + h.Target.Version))},
		},
	}}
	failed := 0
	for i := range m.Results {
		t := newCTRFTest(h, &m.Results[i])
		if t.Status == "failed" {
			failed++
		}
		report.Results.add(t)
	}
	if c, ok := junitRun(m, failed); ok {
		report.Results.add(ctrfTest{Name: c.name, Status: "failed", RawStatus: c.kind, Suite: []string{"run"}, Message: c.message, Trace: c.text})
	}
	b, err := event.AppendJSON(nil, report, jsontext.WithIndent("  "), json.WithMarshalers(json.MarshalToFunc(clipString)))
	if err != nil {
		return fmt.Errorf("reports: ctrf: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// add adds a test, and counts it.
func (r *ctrfResults) add(t ctrfTest) {
	r.Tests = append(r.Tests, t)
	s := &r.Summary
	s.Tests++
	switch t.Status {
	case "passed":
		s.Passed++
	case "failed":
		s.Failed++
	case "skipped":
		s.Skipped++
	default:
		s.Other++
	}
}

func newCTRFTest(h *event.Header, r *event.Result) ctrfTest {
	t := ctrfTest{
		Name: nameText(r.Name()), Status: ctrfStatus(h, r), RawStatus: string(r.Verdict), Duration: r.DurationUS / 1000, Suite: []string{nameText(AreaOf(r.Scenario)), nameText(r.Scenario)},
		Message: Printable(r.Reason), Tags: []string{levelOf(h, r)},
	}
	for axis := range strings.SplitSeq(clip(r.Axes, nameLimit), ",") {
		t.Tags = append(t.Tags, nameText(axis))
	}
	if r.Deviation != nil {
		t.RawStatus, t.Message = "expected "+t.RawStatus, Printable(r.Deviation.Why)
	}
	if t.Status != "passed" && t.Status != "skipped" {
		p := &page{utf8: true}
		p.explain(h, r)
		t.Trace = p.text.String()
	}
	return t
}

// ctrfStatus returns the status that stands for a verdict.
func ctrfStatus(h *event.Header, r *event.Result) string {
	switch r.Verdict {
	case event.Pass:
		return "passed"
	case event.Unsupported, event.Skipped, event.Blocked:
		return "skipped"
	case event.Differs:
		if !h.Strict || r.Deviation != nil {
			return "other"
		}
	case event.Fail, event.Crashed, event.Error:
		if r.Deviation != nil {
			return "other"
		}
	}
	return "failed"
}
