// Package suitetest runs the conformance suite under go test.
package suitetest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reports"
	"github.com/sio-conform/sio-conform/suite"
)

// An Option changes how the suite is run.
type Option func(*config)

type config struct {
	options    run.Options
	connection target.Connection
}

// Only runs only what matches one of the globs, over scenario ids, full names, rules and axes: "rooms.*", "polling", "sio.mw.*".
func Only(globs ...string) Option {
	return func(c *config) { c.options.Selection.Only = append(c.options.Selection.Only, globs...) }
}

// Skip leaves out what matches one of the globs. It is reported as skipped.
func Skip(globs ...string) Option {
	return func(c *config) { c.options.Selection.Skip = append(c.options.Selection.Skip, globs...) }
}

// Strict makes the verdict differs a failure too.
func Strict() Option { return func(c *config) { c.options.Strict = true } }

// Profile names the profile of docs/contract.md under which the server was started; "default" without this option.
func Profile(name string) Option { return func(c *config) { c.options.Profile = name } }

// Seed sets the seed of everything random; without it the seed is 1, so that each run is the same.
func Seed(seed uint64) Option { return func(c *config) { c.options.Seed = seed } }

// TimeScale multiplies all waits.
func TimeScale(factor float64) Option { return func(c *config) { c.options.TimeScale = factor } }

// Path sets the path of the endpoint; "/socket.io/" without this option.
func Path(path string) Option { return func(c *config) { c.connection.Path = path } }

// Header adds headers to all requests.
func Header(h http.Header) Option { return func(c *config) { c.connection.Header = h } }

// Run judges the server at url, as `sio-conform run` does. Each scenario on each combination of axes becomes a subtest of t with its
// full name: a failure fails it with the reason, the broken rules and the transcript; what the server does not support is skipped, and so is what was left out. A server that
// cannot be judged fails t.
func Run(t *testing.T, url string, opts ...Option) {
	t.Helper()
	c := config{options: run.Options{Tool: "suitetest", Seed: 1}}
	for _, o := range opts {
		o(&c)
	}
	profile := c.options.Profile
	if profile == "" {
		profile = "default"
	}
	judged := target.New(url, target.Attached{Address: url, Offers: profile})
	judged.Connection = c.connection
	if c.options.TimeScale > 0 {
		judged.TimeScale = c.options.TimeScale
	}
	var results []*event.Result
	footer, err := run.Run(t.Context(), suite.Default(), judged, c.options, func(e event.Event) {
		if r, ok := e.(*event.Result); ok {
			results = append(results, r)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Run(r.Name(), func(t *testing.T) { Report(t, r, c.options.Strict) })
	}
	if footer.SetupError != "" {
		t.Fatal(footer.SetupError)
	}
}

// Report ends a test according to a result: it fails, is skipped, or passes.
func Report(t testing.TB, r *event.Result, strict bool) {
	t.Helper()
	switch r.Verdict {
	case event.Pass:
	case event.Unsupported, event.Skipped:
		t.Skipf("%s: %s", r.Verdict, r.Reason)
	case event.Differs:
		if !strict {
			t.Logf("differs: %s", reports.Printable(r.Reason))
			return
		}
		t.Error(describe(r))
	default:
		t.Error(describe(r))
	}
}

func describe(r *event.Result) string {
	var b strings.Builder
	b.WriteString(string(r.Verdict) + ": " + reports.Printable(r.Reason) + "\n")
	for _, id := range r.Rules {
		if rule, ok := suite.Default().Rule(id); ok {
			b.WriteString("rule " + rule.ID + " (" + string(rule.Level) + "): " + rule.Statement + "\n")
		}
	}
	_ = reports.WriteTranscript(&b, r.Transcript, reports.TranscriptOptions{UTF8: true, Bytes: -1}) // a Builder cannot fail
	return b.String()
}
