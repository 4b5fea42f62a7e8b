package run

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/strictyaml"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// baseline writes a file and reads it.
func baseline(t *testing.T, text string) (*Baseline, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "baseline.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadBaseline(name)
}

func mustBaseline(t *testing.T, text string) *Baseline {
	t.Helper()
	b, err := baseline(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABaselineIsReadStrictly(t *testing.T) {
	const entry = "- id: a.b\n  verdict: fail\n  reason: wanted\n  why: old\n"
	for _, r := range []struct {
		text string
		line int
		want string
	}{
		{"", 1, "the file is empty"},
		{"id: a.b\n", 1, "must be a list, is a mapping"},
		{"- a.b\n", 1, `must be a mapping, is "a.b"`},
		{entry + "  seen: x\n", 5, `unknown key "seen"; there are id, reason, see, until, verdict, why`},
		{entry + "- verdict: fail\n  reason: x\n  why: y\n", 5, "id is missing"},
		{entry + "- id: c\n  reason: x\n  why: y\n", 5, "verdict is missing"},
		{entry + "- id: c\n  verdict: fail\n  why: y\n", 5, "reason is missing"},
		{entry + "- id: c\n  verdict: fail\n  reason: x\n", 5, "why is missing"},
		{entry + "- id: c\n  verdict: fail\n  reason: x\n  why: ' '\n", 5, "why is missing"},
		{entry + "- id: c\n  verdict: pass\n", 6, `verdict: unknown value "pass"; there are fail, differs, crashed`},
		{entry + "  until: soon\n", 5, `until: "soon" is no day`},
		{entry + "  until: 2027-02-30\n", 5, "is no day"},
		{entry + entry, 5, "a.b is listed already, in line 1"},
		{entry + "  why: twice\n", 5, "already defined"},
	} {
		t.Run(r.want, func(t *testing.T) {
			_, err := baseline(t, r.text)
			e, ok := errors.AsType[*strictyaml.Error](err)
			if !ok || e.Line != r.line || !strings.Contains(e.Error(), r.want) {
				t.Errorf("%q: got %v, want line %d: %s", r.text, err, r.line, r.want)
			}
		})
	}
}

func TestAnEmptyBaselineExpectsPassesOnly(t *testing.T) {
	c := scenario("a.b", fails)
	c.Rules = []string{"robust.rule"}
	out := judge(t.Context(), t, fakeSuite(c), &fakeTarget{}, Options{Baseline: mustBaseline(t, "[]\n")})
	if out.footer.ExitCode != ExitNonConformant || !out.header.Strict || out.header.Baseline == "" {
		t.Errorf("got exit code %d and the header %+v", out.footer.ExitCode, out.header)
	}
}

func TestAnEntryThatFitsNoExecutionIsWrongUse(t *testing.T) {
	for text, want := range map[string]string{
		"- {id: a.c, verdict: fail, reason: x, why: y}":                                                         `:1: "a.c" names no scenario`,
		"- {id: must.rule, verdict: fail, reason: x, why: y}":                                                   `:1: "must.rule" names no scenario`,
		"- {id: 'a.b[rev4,*]', verdict: fail, reason: x, why: y}":                                               `:1: "a.b[rev4,*]" names no scenario`,
		"- {id: a.b, verdict: fail, reason: x, why: y}\n- {id: 'a.*', verdict: fail, reason: x, why: y}":        ":2: a.b[rev5,polling] is listed already, in line 1",
		"- {id: 'a.b[*', verdict: fail, reason: x, why: y}\n- {id: 'a.?', verdict: crashed, reason: x, why: y}": ":2: a.b[rev5,polling] is listed already, in line 1",
	} {
		_, err := Run(t.Context(), fakeSuite(scenario("a.b", passes)), target.New("fake", &fakeTarget{t: t}), Options{Baseline: mustBaseline(t, text)}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// TestARunIsHeldAgainstItsBaseline runs one scenario that breaks a rule and one that breaks none, with one entry.
func TestARunIsHeldAgainstItsBaseline(t *testing.T) {
	for _, r := range []struct {
		name, entry string
		expected    int
		problem     string // the footer's, behind file and line
	}{
		{"as listed", "{id: a.bad, verdict: fail, reason: wanted this, why: it is old, see: CVE-1}", 1, ""},
		{"as listed, by a glob", "{id: 'a.b?d[*,polling]', verdict: fail, reason: wanted this, why: it is old, see: CVE-1}", 1, ""},
		{"as listed, and not expired", "{id: a.bad, verdict: fail, reason: wanted this, why: it is old, see: CVE-1, until: 9999-01-01}", 1, ""},
		{"stale", "{id: 'a.*', verdict: fail, reason: wanted this, why: it is old, see: CVE-1}", 1, "a.good[rev5,polling]: listed as fail, and passes"},
		{"another verdict", "{id: a.bad, verdict: crashed, reason: wanted this, why: y}", 0, "a.bad[rev5,polling]: listed as crashed, and is fail: wanted this, got that"},
		{"another reason", "{id: a.bad, verdict: fail, reason: got that, why: y}", 0, `a.bad[rev5,polling]: listed with the reason "got that", and has another: wanted this, got that`},
		{"expired", "{id: a.bad, verdict: fail, reason: wanted this, why: y, until: 2001-01-01}", 0, "a.bad[rev5,polling]: the entry has expired on 2001-01-01"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := mustBaseline(t, "# a list\n- "+r.entry)
			out := judge(t.Context(), t, fakeSuite(scenario("a.bad", fails), scenario("a.good", passes)), &fakeTarget{}, Options{Baseline: b})
			var problems []string
			exit := ExitConformant
			if r.problem != "" {
				problems, exit = []string{b.File + ":2: " + r.problem}, ExitNonConformant
			}
			if f := out.footer; f.ExitCode != exit || f.Expected != r.expected || !slices.Equal(f.Baseline, problems) {
				t.Errorf("got exit code %d, %d expected, problems %q", f.ExitCode, f.Expected, f.Baseline)
			}
			bad := out.results["a.bad"]
			if bad.Verdict != event.Fail || (bad.Deviation != nil) != (r.expected > 0) {
				t.Fatalf("got %s with %+v", bad.Verdict, bad.Deviation)
			}
			if d := bad.Deviation; d != nil && (d.Why != "it is old" || d.See != "CVE-1" || d.At != b.File+":2") {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestAFailureThatIsNotListedFailsTheRun(t *testing.T) {
	b := mustBaseline(t, "- {id: a.bad, verdict: fail, reason: wanted this, why: y}")
	out := judge(t.Context(), t, fakeSuite(scenario("a.bad", fails), scenario("a.worse", fails)), &fakeTarget{}, Options{Baseline: b})
	if out.footer.ExitCode != ExitNonConformant || out.footer.Expected != 1 || out.footer.Baseline != nil {
		t.Errorf("got %+v", out.footer)
	}
}

func TestWhatBuildsOnAnExpectedFailureIsExpected(t *testing.T) {
	base, on, top := scenario("a.base", fails), scenario("a.on", passes), scenario("a.top", passes)
	on.After, top.After = []string{"a.base"}, []string{"a.on"}
	b := mustBaseline(t, "- {id: a.base, verdict: fail, reason: wanted this, why: y}")
	out := judge(t.Context(), t, fakeSuite(top, on, base), &fakeTarget{}, Options{Baseline: b})
	if got := out.results["a.top"]; got.Verdict != event.Blocked || got.Deviation == nil || got.Deviation.Why != "y" {
		t.Errorf("got %s with %+v", got.Verdict, got.Deviation)
	}
	if out.footer.ExitCode != ExitConformant || out.footer.Expected != 3 {
		t.Errorf("got %+v", out.footer)
	}
}

func TestAnEntryThatIsNotJudgedIsStaleOnlyWhereTheTargetCouldBe(t *testing.T) {
	free, magic, slow := scenario("a.free", passes), scenario("a.magic", passes), scenario("a.slow", passes)
	magic.Needs.Features = []string{"magic"}
	slow.Needs.Profile = "fast"
	magic.On.Transports = []peer.Transport{peer.Polling}
	magic.On.Revisions = []wire.Revision{wire.Revision5}
	s := fakeSuite(free, magic, slow)
	entries := "- {id: a.magic, verdict: fail, reason: x, why: y}\n- {id: a.slow, verdict: fail, reason: x, why: y}\n"
	b := mustBaseline(t, entries)
	out := judge(t.Context(), t, s, &fakeTarget{}, Options{Baseline: b})
	want := []string{b.File + ":1: a.magic: listed as fail, and is unsupported: the target does not announce the feature magic"}
	if !slices.Equal(out.footer.Baseline, want) {
		t.Errorf("got %q, want %q", out.footer.Baseline, want)
	}
	out = judge(t.Context(), t, s, &fakeTarget{}, Options{Baseline: b, Selection: Selection{Only: []string{"a.free"}}})
	if out.footer.Baseline != nil || out.footer.ExitCode != ExitConformant {
		t.Errorf("what is not selected is not stale: got %q", out.footer.Baseline)
	}
}
