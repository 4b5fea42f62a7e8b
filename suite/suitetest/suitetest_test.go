package suitetest_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/suite/suitetest"
)

// This is how a Go project puts the suite into its tests: it starts its server and hands over the address. The conformance app is what
// makes all scenarios run; any other server is judged at its level.
func TestConformance(t *testing.T) {
	a, err := app.New(server.Config{}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a)
	defer s.Close()
	defer a.Server().Close()
	suitetest.Run(t, s.URL, suitetest.Only("namespace.*"), suitetest.Skip("upgraded"))
}

// A recorder stands in for the test that a result is reported to.
type recorder struct {
	testing.TB
	failed, skipped bool
	text            string
}

func (r *recorder) Helper()                 {}
func (r *recorder) Logf(f string, a ...any) { r.text += fmt.Sprintf(f, a...) }
func (r *recorder) Error(a ...any)          { r.failed = true; r.text += fmt.Sprint(a...) }
func (r *recorder) Skipf(f string, a ...any) {
	r.skipped = true
	r.text += fmt.Sprintf(f, a...)
	runtime.Goexit()
}

func TestReport(t *testing.T) {
	rows := []struct {
		verdict         event.Verdict
		strict          bool
		failed, skipped bool
	}{
		{event.Pass, false, false, false},
		{event.Fail, false, true, false},
		{event.Crashed, false, true, false},
		{event.Blocked, false, true, false},
		{event.Error, false, true, false},
		{event.Differs, false, false, false},
		{event.Differs, true, true, false},
		{event.Unsupported, false, false, true},
		{event.Skipped, false, false, true},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%s, strict %v", row.verdict, row.strict), func(t *testing.T) {
			var r recorder
			done := make(chan struct{})
			go func() {
				defer close(done)
				suitetest.Report(&r, &event.Result{Verdict: row.verdict, Reason: "because", Rules: []string{"sio.ns.connect"}}, row.strict)
			}()
			<-done
			if r.failed != row.failed || r.skipped != row.skipped {
				t.Errorf("failed %v, skipped %v", r.failed, r.skipped)
			}
			if row.failed && (!strings.Contains(r.text, "because") || !strings.Contains(r.text, "sio.ns.connect (must)")) {
				t.Errorf("the reason or the rule is missing in %q", r.text)
			}
		})
	}
}
