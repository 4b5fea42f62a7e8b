package run

import (
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
)

func TestSelect(t *testing.T) {
	a := scenario("rooms.union", passes)
	a.On.Transports = []peer.Transport{peer.Polling, peer.WebSocket}
	a.Rules = []string{"sio.rooms.union"}
	b := scenario("ack.zero", passes)
	all := fakeSuite(a, b).Executions()
	rows := []struct {
		name       string
		only, skip []string
		want       int
	}{
		{"all", nil, nil, 3},
		{"an area", []string{"rooms.*"}, nil, 2},
		{"a full name", []string{"rooms.union[rev5,polling]"}, nil, 1},
		{"a rule", []string{"sio.rooms.*"}, nil, 2},
		{"an axis", []string{"websocket"}, nil, 1},
		{"a revision", []string{"rev5"}, nil, 3},
		{"without an axis", nil, []string{"polling"}, 1},
		{"an area without an axis", []string{"rooms.*"}, []string{"polling"}, 1},
		{"any character", []string{"ack.zer?"}, nil, 1},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			chosen, left, err := Selection{Only: r.only, Skip: r.skip}.Select(all)
			if err != nil || len(chosen) != r.want || len(chosen)+len(left) != len(all) {
				t.Errorf("chose %d, left %d, %v", len(chosen), len(left), err)
			}
		})
	}
}

func TestSelectRefusesAPatternThatMatchesNothing(t *testing.T) {
	all := fakeSuite(scenario("rooms.union", passes)).Executions()
	for _, s := range []Selection{{Only: []string{"rooms.*", "romms.*"}}, {Skip: []string{"rev6"}}, {Only: []string{""}}} {
		if _, _, err := s.Select(all); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}

func TestValidate(t *testing.T) {
	good := scenario("a.b", passes)
	good.Rules = []string{"must.rule", "documented.rule"}
	broken := func(change func(s *Suite)) string {
		s := fakeSuite(good)
		change(s)
		var texts []string
		for _, err := range s.Validate() {
			texts = append(texts, err.Error())
		}
		return strings.Join(texts, "\n")
	}
	rows := []struct {
		name, want string
		change     func(s *Suite)
	}{
		{"nothing is wrong", "", func(*Suite) {}},
		{"a scenario twice", "scenario a.b is there twice", func(s *Suite) { s.Scenarios = append(s.Scenarios, good) }},
		{"a rule twice", "rule must.rule is there twice", func(s *Suite) { s.Rules = append(s.Rules, s.Rules[0]) }},
		{"unknown level", `unknown level "should"`, func(s *Suite) { s.Rules[2].Level = "should" }},
		{"unknown rule", "unknown rule nope", func(s *Suite) { s.Scenarios[0].Rules = append(s.Scenarios[0].Rules, "nope") }},
		{"no fault", "no fault", func(s *Suite) { s.Scenarios[0].Catches = nil }},
		{"fault without reason", "without a reason", func(s *Suite) { s.Scenarios[0].Catches = []Catch{{Fault: "x"}} }},
		{"unknown base", "builds on the unknown scenario z", func(s *Suite) { s.Scenarios[0].After = []string{"z"} }},
		{"uncovered must", "rule must.rule of level must is covered by no scenario", func(s *Suite) { s.Scenarios[0].Rules = []string{"documented.rule"} }},
		{"no axes", "no axes", func(s *Suite) { s.Scenarios[0].On = Axes{} }},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := broken(r.change)
			if r.want == "" && got != "" || !strings.Contains(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestWrong(t *testing.T) {
	c := Catch{Fault: "f", Reason: "got nothing"}
	rows := []struct {
		name   string
		catch  Catch
		result event.Result
		fired  int
		want   string
	}{
		{"the correct app passes", Catch{}, event.Result{Verdict: event.Pass}, 0, ""},
		{"the correct app fails", Catch{}, event.Result{Verdict: event.Fail, Reason: "x"}, 0, "want pass, got fail: x"},
		{"the correct app is unsupported", Catch{}, event.Result{Verdict: event.Unsupported}, 0, "want pass"},
		{"caught", c, event.Result{Verdict: event.Fail, Reason: "want 43, got nothing"}, 1, ""},
		{"caught by a weaker rule", c, event.Result{Verdict: event.Differs, Reason: "got nothing"}, 1, ""},
		{"not caught", c, event.Result{Verdict: event.Pass}, 1, "not caught"},
		{"never in effect", c, event.Result{Verdict: event.Fail, Reason: "got nothing"}, 0, "never in effect"},
		{"another reason", c, event.Result{Verdict: event.Fail, Reason: "got 44"}, 1, "another reason"},
		{"our own defect", c, event.Result{Verdict: event.Error, Reason: "got nothing"}, 1, "not caught"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := wrong(Pair{Catch: r.catch}, &r.result, r.fired)
			if r.want == "" && got != "" || !strings.Contains(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestSeedsDependOnTheNameOnly(t *testing.T) {
	first, again := seedOf(1, "a"), seedOf(1, "a")
	if first != again || first == seedOf(1, "b") || first == seedOf(2, "a") {
		t.Error("seeds do not follow the run's seed and the name")
	}
}
