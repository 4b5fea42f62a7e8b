package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
)

func TestVerdictOfAScenario(t *testing.T) {
	rows := []struct {
		name    string
		rules   []string
		run     func(p *peer.Peer)
		verdict event.Verdict
		reason  string
		exit    int
	}{
		{"it passes", []string{"must.rule"}, passes, event.Pass, "", ExitConformant},
		{"a must is broken", []string{"must.rule"}, fails, event.Fail, "wanted this", ExitNonConformant},
		{"a documented rule is broken", []string{"documented.rule"}, fails, event.Fail, "wanted this", ExitNonConformant},
		{"a reference rule is broken", []string{"reference.rule"}, fails, event.Differs, "wanted this", ExitConformant},
		{"a robust rule is broken", []string{"robust.rule"}, fails, event.Differs, "wanted this", ExitConformant},
		{"one of several weighs", []string{"robust.rule", "must.rule"}, fails, event.Fail, "wanted this", ExitNonConformant},
		{"another rule is to blame", []string{"must.rule"}, func(p *peer.Peer) {
			p.Fail(&peer.Failure{Reason: "stray", Rules: []string{"robust.rule"}})
		}, event.Differs, "stray", ExitConformant},
		{"an unknown rule weighs", []string{"must.rule"}, func(p *peer.Peer) {
			p.Fail(&peer.Failure{Reason: "x", Rules: []string{"no.such.rule"}})
		}, event.Fail, "x", ExitNonConformant},
		{"a Gomega assertion fails", []string{"must.rule"}, func(p *peer.Peer) { p.Expect(1).To(equal(2)) }, event.Fail, "not 2", ExitNonConformant},
		{"the target says unsupported", []string{"must.rule"}, func(*peer.Peer) { panic(&peer.Unsupported{Feature: "magic"}) }, event.Unsupported, "magic", ExitSetup},
		{"the scenario has a defect", []string{"must.rule"}, func(*peer.Peer) { panic("index out of range") }, event.Error, "index out of range", ExitDefect},
		{"the scenario has a defect that is an error", []string{"must.rule"}, func(*peer.Peer) { panic(errors.New("nil map")) }, event.Error, "nil map", ExitDefect},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := scenario("a.b", r.run)
			c.Rules = r.rules
			out := judge(t.Context(), t, fakeSuite(c), &fakeTarget{}, Options{})
			got := out.results["a.b"]
			if got.Verdict != r.verdict || !strings.Contains(got.Reason, r.reason) {
				t.Errorf("got %s: %s, want %s: %s", got.Verdict, got.Reason, r.verdict, r.reason)
			}
			if out.footer.ExitCode != r.exit || out.footer.Summary[r.verdict] != 1 {
				t.Errorf("got exit code %d and summary %v, want %d", out.footer.ExitCode, out.footer.Summary, r.exit)
			}
		})
	}
}

type equalMatcher int

func equal(n int) equalMatcher                                 { return equalMatcher(n) }
func (m equalMatcher) Match(actual any) (bool, error)          { return actual == int(m), nil }
func (m equalMatcher) FailureMessage(any) string               { return "not 2" }
func (m equalMatcher) NegatedFailureMessage(actual any) string { return "" }

func TestStrictCountsWhatDiffers(t *testing.T) {
	c := scenario("a.b", fails)
	c.Rules = []string{"robust.rule"}
	out := judge(t.Context(), t, fakeSuite(c), &fakeTarget{}, Options{Strict: true})
	if out.footer.ExitCode != ExitNonConformant {
		t.Errorf("exit code %d", out.footer.ExitCode)
	}
}

func TestWhatBuildsOnAFailureIsBlocked(t *testing.T) {
	base, on, top, free := scenario("a.base", fails), scenario("a.on", passes), scenario("a.top", passes), scenario("a.free", passes)
	on.After, top.After = []string{"a.base"}, []string{"a.on"}
	out := judge(t.Context(), t, fakeSuite(top, on, base, free), &fakeTarget{}, Options{})
	for id, want := range map[string]event.Verdict{"a.base": event.Fail, "a.on": event.Blocked, "a.top": event.Blocked, "a.free": event.Pass} {
		if got := out.results[id].Verdict; got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	if out.footer.ExitCode != ExitNonConformant {
		t.Errorf("exit code %d", out.footer.ExitCode)
	}
}

func TestBlockedAloneIsNoSuccess(t *testing.T) {
	f := &event.Footer{Summary: map[event.Verdict]int{event.Pass: 10, event.Blocked: 1}}
	if got := ExitCode(f, false); got != ExitNonConformant {
		t.Errorf("exit code %d", got)
	}
}

func TestNothingExecutedIsNoSuccess(t *testing.T) {
	c := scenario("a.b", passes)
	c.Needs.Level = peer.Contract
	out := judge(t.Context(), t, fakeSuite(c), &fakeTarget{}, Options{})
	if out.footer.ExitCode != ExitSetup || !strings.Contains(out.footer.SetupError, "nothing could be judged") {
		t.Errorf("got %+v", out.footer)
	}
	if got := out.results["a.b"]; got.Verdict != event.Unsupported || !strings.Contains(got.Reason, "level wire") {
		t.Errorf("got %s: %s", got.Verdict, got.Reason)
	}
}

func TestUnsupportedSaysWhatIsMissing(t *testing.T) {
	profile, feature, transport := scenario("a.profile", passes), scenario("a.feature", passes), scenario("a.transport", passes)
	profile.Needs.Profile = "fast"
	feature.Needs.Features = []string{"magic"}
	transport.On.Transports = []peer.Transport{peer.WebSocket}
	out := judge(t.Context(), t, fakeSuite(profile, feature, transport, scenario("a.b", passes)), &fakeTarget{}, Options{})
	for id, want := range map[string]string{"a.profile": "profile fast", "a.feature": "feature magic", "a.transport": "transport websocket"} {
		if got := out.results[id]; got.Verdict != event.Unsupported || !strings.Contains(got.Reason, want) {
			t.Errorf("%s: got %s: %s", id, got.Verdict, got.Reason)
		}
	}
}

func TestWhatIsDeclaredMustBeShown(t *testing.T) {
	offer := func(id, profile string) Scenario {
		c := scenario(id, fails)
		c.Needs = Needs{Level: peer.Contract, Profile: profile, Declared: true}
		return c
	}
	s := fakeSuite(offer("a.app", "default"), offer("a.fast", "fast"), offer("a.small", "small"), scenario("a.b", passes))
	declared, _ := target.Declare("contract", []int{5}, []string{"polling"}, []string{"default", "fast"})
	out := judge(t.Context(), t, s, &fakeTarget{declared: declared}, Options{})
	for id, want := range map[string]string{"a.app": "fail wanted this", "a.fast": "fail the profile fast is declared", "a.small": "unsupported the target is not offered"} {
		if got := string(out.results[id].Verdict) + " " + out.results[id].Reason; !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	out = judge(t.Context(), t, s, &fakeTarget{}, Options{})
	if got := out.results["a.app"]; got.Verdict != event.Unsupported || !strings.Contains(got.Reason, "does not declare the level contract") {
		t.Errorf("got %s: %s", got.Verdict, got.Reason)
	}
}

func TestATargetThatCannotBeStartedIsOneSetUpError(t *testing.T) {
	out := judge(t.Context(), t, fakeSuite(scenario("a.b", passes)), &fakeTarget{refuse: true}, Options{})
	if out.footer.ExitCode != ExitSetup || len(out.results) != 0 || !strings.Contains(out.footer.SetupError, "refuses to start") {
		t.Errorf("got %+v with %d results", out.footer, len(out.results))
	}
}

func TestACrashIsPutDownToTheScenarioThatRunsAlone(t *testing.T) {
	f := &fakeTarget{}
	guilty := scenario("a.guilty", func(p *peer.Peer) {
		f.last().die()
		p.Failf("no answer")
	})
	innocent := scenario("a.innocent", passes)
	out := judge(t.Context(), t, fakeSuite(innocent, guilty), f, Options{Jobs: 4})
	got := out.results["a.guilty"]
	if got.Verdict != event.Crashed || !strings.Contains(got.Reason, "exit status 7") || got.Output != "its last words" {
		t.Errorf("got %s: %s, output %q", got.Verdict, got.Reason, got.Output)
	}
	if out.results["a.innocent"].Verdict != event.Pass {
		t.Errorf("the innocent one: %+v", out.results["a.innocent"])
	}
	if out.footer.ExitCode != ExitNonConformant || len(out.notes) == 0 {
		t.Errorf("exit code %d, %d notes", out.footer.ExitCode, len(out.notes))
	}
}

func TestACrashIsPutDownToAScenarioThatPassedBeforeIt(t *testing.T) {
	f := &fakeTarget{}
	guilty := scenario("a.guilty", func(*peer.Peer) { f.last().die() })
	var others []Scenario
	for n := range 20 {
		others = append(others, scenario(fmt.Sprintf("b.n%d", n), answered))
	}
	out := judge(t.Context(), t, fakeSuite(append(others, guilty)...), f, Options{Jobs: 4})
	for id, got := range out.results {
		if want := map[bool]event.Verdict{true: event.Crashed, false: event.Pass}[id == "a.guilty"]; got.Verdict != want {
			t.Errorf("%s: got %s, want %s: %s", id, got.Verdict, want, got.Reason)
		}
	}
	if out.footer.ExitCode != ExitNonConformant {
		t.Errorf("exit code %d", out.footer.ExitCode)
	}
}

// answered passes if the target answers a handshake.
func answered(p *peer.Peer) {
	if got := p.HTTP(peer.Request{Query: "EIO=4&transport=polling"}); got.Status != http.StatusOK {
		p.Failf("status %d", got.Status)
	}
}

func TestOnlyWhoRanWhenTheTargetEndedRunsAgain(t *testing.T) {
	f := &fakeTarget{}
	runs := map[string]int{}
	var mu sync.Mutex
	body := func(id string) func(*peer.Peer) {
		return func(p *peer.Peer) {
			mu.Lock()
			runs[id]++
			mu.Unlock()
			if id == "a.n3" {
				f.last().die()
			}
			answered(p)
		}
	}
	var all []Scenario
	for n := range 10 {
		id := fmt.Sprintf("a.n%d", n)
		all = append(all, scenario(id, body(id)))
	}
	out := judge(t.Context(), t, fakeSuite(all...), f, Options{Jobs: 1})
	if got := out.results["a.n3"]; got.Verdict != event.Crashed || out.footer.Summary[event.Pass] != 9 {
		t.Errorf("got %s: %s, %v", got.Verdict, got.Reason, out.footer.Summary)
	}
	if runs["a.n3"] != 2 || runs["a.n0"] != 1 || runs["a.n9"] != 1 {
		t.Errorf("got %v", runs)
	}
}

func TestAnEndThatNobodyCausesAloneIsNoSuccess(t *testing.T) {
	f := &fakeTarget{}
	var once sync.Once
	c := scenario("a.b", func(p *peer.Peer) {
		once.Do(f.last().die)
		answered(p)
	})
	out := judge(t.Context(), t, fakeSuite(c, scenario("a.c", answered)), f, Options{Jobs: 4})
	if out.results["a.b"].Verdict != event.Pass || out.results["a.c"].Verdict != event.Pass {
		t.Errorf("got %+v and %+v", out.results["a.b"], out.results["a.c"])
	}
	if out.footer.ExitCode != ExitSetup || !strings.Contains(out.footer.SetupError, "ended 1 times") {
		t.Errorf("got %+v", out.footer)
	}
}

func TestADestructiveScenarioThatEndsTheTargetCrashedItThoughItPassed(t *testing.T) {
	f := &fakeTarget{}
	c := scenario("a.b", func(*peer.Peer) { f.last().die() })
	c.Traits.Destructive = true
	after := scenario("a.c", passes)
	after.Traits.Alone = true
	out := judge(t.Context(), t, fakeSuite(c, after), f, Options{})
	if out.results["a.b"].Verdict != event.Crashed || out.results["a.c"].Verdict != event.Pass {
		t.Errorf("got %s and %s", out.results["a.b"].Verdict, out.results["a.c"].Verdict)
	}
}

func TestATargetThatCannotBeRevivedBlocksTheRest(t *testing.T) {
	f := &fakeTarget{}
	c := scenario("a.b", func(*peer.Peer) {
		f.last().die()
		f.mu.Lock()
		f.refuse = true
		f.mu.Unlock()
	})
	c.Traits.Destructive = true
	after := scenario("a.c", passes)
	after.Traits.Alone = true
	out := judge(t.Context(), t, fakeSuite(c, after), f, Options{})
	if got := out.results["a.c"]; got.Verdict != event.Blocked || !strings.Contains(got.Reason, "could not be started again") {
		t.Errorf("got %s: %s", got.Verdict, got.Reason)
	}
}

func TestAnInterruptedRunIsWholeAndSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	first := scenario("a.first", func(p *peer.Peer) {
		cancel()
		p.Failf("whatever") // a failure under a cancelled context is the interruption
	})
	last := scenario("a.last", passes)
	last.Traits.Alone = true
	out := judge(ctx, t, fakeSuite(first, last), &fakeTarget{}, Options{})
	if out.results["a.first"].Verdict != event.Skipped || out.results["a.last"].Verdict != event.Skipped {
		t.Errorf("got %+v and %+v", out.results["a.first"], out.results["a.last"])
	}
	if !out.footer.Interrupted || out.footer.ExitCode != ExitInterrupted {
		t.Errorf("got %+v", out.footer)
	}
}

func TestAScenarioThatUsesUpItsTimeFails(t *testing.T) {
	c := scenario("a.b", func(p *peer.Peer) { p.Open(); p.Want("6") })
	out := judge(t.Context(), t, fakeSuite(c), &fakeTarget{}, Options{Timeout: 50 * time.Millisecond, TimeScale: 100})
	got := out.results["a.b"]
	if got.Verdict != event.Fail {
		t.Errorf("got %s: %s", got.Verdict, got.Reason)
	}
}

func TestAloneMeansAlone(t *testing.T) {
	var running, most atomic.Int32
	body := func(*peer.Peer) {
		most.Store(max(most.Load(), running.Add(1)))
		running.Add(-1)
	}
	var all []Scenario
	for _, id := range []string{"a.a", "a.b", "a.c", "a.d"} {
		c := scenario(id, body)
		c.Traits.Alone = true
		all = append(all, c)
	}
	out := judge(t.Context(), t, fakeSuite(all...), &fakeTarget{}, Options{Jobs: 8})
	if most.Load() != 1 || len(out.results) != 4 {
		t.Errorf("%d at once, %d results", most.Load(), len(out.results))
	}
}

func TestWhatIsLeftOutIsSkippedAndNamed(t *testing.T) {
	out := judge(t.Context(), t, fakeSuite(scenario("a.b", passes), scenario("c.d", passes)), &fakeTarget{}, Options{Selection: Selection{Only: []string{"a.*"}}})
	if out.results["c.d"].Verdict != event.Skipped || out.header.Planned != 2 {
		t.Errorf("got %+v, planned %d", out.results["c.d"], out.header.Planned)
	}
}

func TestWavesRespectWhatBuildsOnWhat(t *testing.T) {
	a, b, c, slow := scenario("x.a", passes), scenario("x.b", passes), scenario("x.c", passes), scenario("x.slow", passes)
	b.After, c.After = []string{"x.a"}, []string{"x.b"}
	slow.Traits.Slow = true
	var names [][]string
	for _, wave := range waves(fakeSuite(c, b, a, slow).Executions()) {
		var n []string
		for _, e := range wave {
			n = append(n, e.Scenario.ID)
		}
		names = append(names, n)
	}
	want := [][]string{{"x.slow", "x.a"}, {"x.b"}, {"x.c"}}
	if !slices.EqualFunc(names, want, slices.Equal) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestWavesEndOnACircle(t *testing.T) {
	a, b := scenario("x.a", passes), scenario("x.b", passes)
	a.After, b.After = []string{"x.b"}, []string{"x.a"}
	n := 0
	for _, wave := range waves(fakeSuite(a, b).Executions()) {
		n += len(wave)
	}
	if n != 2 {
		t.Errorf("%d of 2", n)
	}
}
