package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// JUnit writes m as JUnit XML in the common form (that of Jenkins' junit-10.xsd): one testsuite an area, one testcase a result, named for
// the scenario and its axes.
//
//	pass                           nothing
//	fail, crashed                  <failure>
//	expected by the baseline       <skipped>, whatever the verdict: "expected fail: why"
//	differs                        <failure> in a strict run, else a note in <system-out>
//	error                          <error>
//	unsupported, blocked, skipped  <skipped>
//
// A run that did not end as a run should, which no testcase would show, is an <error> in a testsuite of its own ("run"): a set-up error,
// an interruption, a list of expected deviations that does not hold, an exit code that no result explains. So the file is green only where the run is.
//
// <system-out> has observations and the part of the transcript around the failure. Whatever the target sent is escaped as by Printable
// and cut where it is long. The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func JUnit(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	x := &xmlWriter{enc: xml.NewEncoder(w)}
	x.enc.Indent("", "  ")
	x.token(xml.ProcInst{Target: "xml", Inst: []byte(`version="1.0" encoding="UTF-8"`)})
	x.token(xml.CharData("\n"))
	suites := junitSuites(m)
	all := suite{name: "sio-conform"}
	for _, s := range suites {
		all.add(s.tests, s.failures, s.errors, s.skipped, 0)
	}
	x.element("testsuites", []string{
		"name", all.name, "tests", strconv.Itoa(all.tests), "failures", strconv.Itoa(all.failures), "errors", strconv.Itoa(all.errors),
		"time", seconds(m.Footer.DurationUS),
	}, func() {
		for i := range suites {
			x.suite(m, &suites[i])
		}
	})
	x.token(xml.CharData("\n"))
	if x.err == nil {
		x.err = x.enc.Close()
	}
	return x.err
}

// A suite is one testsuite.
type suite struct {
	name                             string
	cases                            []testCase
	tests, failures, errors, skipped int
	durationUS                       int64
}

func (s *suite) add(tests, failures, errors, skipped int, us int64) {
	s.tests, s.failures, s.errors, s.skipped = s.tests+tests, s.failures+failures, s.errors+errors, s.skipped+skipped
	s.durationUS += us
}

// put adds a testcase and counts it by its outcome.
func (s *suite) put(c testCase) {
	s.cases = append(s.cases, c)
	switch c.outcome {
	case "failure":
		s.add(1, 1, 0, 0, c.durationUS)
	case "error":
		s.add(1, 0, 1, 0, c.durationUS)
	case "skipped":
		s.add(1, 0, 0, 1, c.durationUS)
	default:
		s.add(1, 0, 0, 0, c.durationUS)
	}
}

// A testCase is one testcase, escaped.
type testCase struct {
	name       string
	class      string
	durationUS int64
	outcome    string // "failure", "error", "skipped" or "": passed
	kind       string // of the outcome
	message    string
	text       string
	out        string
	err        string
}

// junitSuites returns the suites of m, in the order of their names, and behind them the one of the run where it has something to say.
func junitSuites(m *Model) []suite {
	var suites []suite
	bad := 0
	for i := range m.Results {
		r := &m.Results[i]
		area := AreaOf(r.Scenario)
		at := len(suites) - 1
		for at >= 0 && suites[at].name != area {
			at--
		}
		if at < 0 {
			suites = append(suites, suite{name: area})
			at = len(suites) - 1
		}
		c := junitCase(m.Header, r)
		suites[at].put(c)
		if c.outcome == "failure" || c.outcome == "error" {
			bad++
		}
	}
	slices.SortFunc(suites, func(a, b suite) int { return strings.Compare(a.name, b.name) })
	if c, ok := junitRun(m, bad); ok {
		s := suite{name: "run"}
		s.put(c)
		suites = append(suites, s)
	}
	return suites
}

// junitRun returns the testcase of the run as a whole, when that has something to say that the results have not.
func junitRun(m *Model, bad int) (testCase, bool) {
	f := m.Footer
	c := testCase{name: "run", class: "sio-conform.run", outcome: "error", kind: "run"}
	switch {
	case f.SetupError != "":
		c.kind, c.message = "setup", f.SetupError
	case f.Interrupted:
		c.kind, c.message = "interrupted", fmt.Sprintf("interrupted: %d of %d planned results are here", len(m.Results), m.Header.Planned)
	case len(f.Baseline) > 0:
		c.kind, c.message = "baseline", count(len(f.Baseline), "result is", "results are")+" not as the baseline says"
		for _, problem := range f.Baseline {
			c.text += Printable(problem) + "\n"
		}
		return c, true
	case f.ExitCode != 0 && bad == 0:
		c.message = fmt.Sprintf("exit code %d: %s", f.ExitCode, exitMeaning(m.Header, f.ExitCode))
	default:
		return c, false
	}
	c.message = Printable(c.message)
	c.text = c.message + "\n" + exitMeaning(m.Header, f.ExitCode) + "\n"
	return c, true
}

func junitCase(h *event.Header, r *event.Result) testCase {
	c := testCase{
		name: printable(r.Name(), nameLimit, false), class: "sio-conform." + printable(AreaOf(r.Scenario), nameLimit, false),
		durationUS: r.DurationUS, kind: string(r.Verdict), message: Printable(r.Reason), out: junitOut(h, r),
	}
	if r.Deviation != nil {
		c.outcome, c.message = "skipped", "expected "+string(r.Verdict)+": "+Printable(r.Deviation.Why)
		return c
	}
	switch r.Verdict {
	case event.Pass:
		return c
	case event.Differs:
		if h.Strict {
			c.outcome = "failure"
		}
	case event.Fail, event.Crashed:
		c.outcome = "failure"
	case event.Unsupported, event.Blocked, event.Skipped:
		c.outcome = "skipped"
		c.message = string(r.Verdict)
		if r.Reason != "" {
			c.message += ": " + Printable(r.Reason)
		}
		return c
	case event.Error:
		c.outcome = "error"
	default: // a Model that was not read from a stream
		c.outcome, c.kind = "error", "error"
		c.message = "unknown verdict " + Printable(string(r.Verdict))
	}
	p := &page{utf8: true}
	p.explain(h, r)
	c.text = p.text.String()
	if r.Output != "" {
		p := &page{utf8: true}
		p.output(0, r.Output, junitLines)
		c.err = p.text.String()
	}
	return c
}

// Limits of what JUnit shows.
const (
	junitEntries = 100 // of a transcript
	junitLines   = 200 // of the target's output
)

// junitOut returns what a testcase has to say besides its outcome.
func junitOut(h *event.Header, r *event.Result) string {
	p := &page{utf8: true}
	if r.Deviation != nil {
		p.explain(h, r)
	}
	if r.Verdict == event.Differs && !h.Strict {
		p.line(0, plain("differs, which is a failure only in a strict run: "), plain(r.Reason))
		p.explain(h, r)
	}
	p.observations(0, r.Observations)
	if len(r.Transcript) > 0 {
		if len(r.Transcript) > junitEntries {
			p.line(0, plain(fmt.Sprintf("transcript, %d of %d entries; the event stream has all", junitEntries, len(r.Transcript))))
		}
		p.transcript(0, r.Transcript, TranscriptOptions{Entries: junitEntries, Bytes: entryLimit})
	}
	return p.text.String()
}

// suite writes one testsuite.
func (x *xmlWriter) suite(m *Model, s *suite) {
	x.element("testsuite", []string{
		"name", printable(s.name, nameLimit, false), "tests", strconv.Itoa(s.tests), "failures", strconv.Itoa(s.failures),
		"errors", strconv.Itoa(s.errors), "skipped", strconv.Itoa(s.skipped), "time", seconds(s.durationUS),
		"timestamp", m.Header.Started.UTC().Format("2006-01-02T15:04:05"),
	}, func() {
		x.element("properties", nil, func() {
			for _, p := range junitProperties(m) {
				x.element("property", []string{"name", p[0], "value", printable(p[1], nameLimit, false)}, nil)
			}
		})
		for i := range s.cases {
			x.testCase(&s.cases[i])
		}
	})
}

func junitProperties(m *Model) [][2]string {
	h := m.Header
	return [][2]string{
		{"tool", h.Tool},
		{"target", h.Target.Name},
		{"target.version", h.Target.Version},
		{"target.implementation", h.Target.Implementation},
		{"target.url", h.Target.URL},
		{"level", h.Target.Level},
		{"seed", strconv.FormatUint(h.Seed, 10)},
		{"strict", strconv.FormatBool(h.Strict)},
		{"exit_code", strconv.Itoa(m.Footer.ExitCode)},
	}
}

func (x *xmlWriter) testCase(c *testCase) {
	x.element("testcase", []string{"name", c.name, "classname", c.class, "time", seconds(c.durationUS)}, func() {
		switch c.outcome {
		case "":
		case "skipped":
			x.element("skipped", []string{"message", c.message}, nil)
		default:
			x.element(c.outcome, []string{"type", c.kind, "message", c.message}, func() { x.token(xml.CharData(c.text)) })
		}
		if c.out != "" {
			x.element("system-out", nil, func() { x.token(xml.CharData(c.out)) })
		}
		if c.err != "" {
			x.element("system-err", nil, func() { x.token(xml.CharData(c.err)) })
		}
	})
}

// seconds returns a duration as JUnit wants it, with three decimals.
func seconds(us int64) string {
	return strconv.FormatFloat(float64(max(us, 0))/1e6, 'f', 3, 64)
}

// An xmlWriter writes XML and keeps the first error.
type xmlWriter struct {
	enc *xml.Encoder
	err error
}

func (x *xmlWriter) token(t xml.Token) {
	if x.err == nil {
		x.err = x.enc.EncodeToken(t)
	}
}

// element writes an element with attributes (name, value, …) and what body writes.
func (x *xmlWriter) element(name string, attributes []string, body func()) {
	start := xml.StartElement{Name: xml.Name{Local: name}}
	for i := 0; i+1 < len(attributes); i += 2 {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: attributes[i]}, Value: attributes[i+1]})
	}
	x.token(start)
	if body != nil {
		body()
	}
	x.token(start.End())
}
