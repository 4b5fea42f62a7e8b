package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
)

// part returns a run of the sample's target in which the named results were judged and the others left out.
func part(t *testing.T, change func(*event.Header, *event.Footer), judged ...string) *Model {
	t.Helper()
	h, f := sampleHeader(), &event.Footer{Ended: start.Add(time.Second), DurationUS: 1000000}
	change(h, f)
	events := []event.Event{h, &event.TargetNote{At: start, Text: "started"}}
	for _, r := range sampleResults() {
		if !slices.Contains(judged, r.Scenario) {
			r = &event.Result{Scenario: r.Scenario, Axes: r.Axes, Verdict: event.Skipped, Reason: "left out by the selection", Rules: r.Rules}
		}
		events = append(events, r)
	}
	return model(t, append(events, f))
}

func unchanged(*event.Header, *event.Footer) {}

func TestMergeJoinsWhatEachPartJudged(t *testing.T) {
	first := part(t, func(h *event.Header, f *event.Footer) {
		h.Only, f.ExitCode = []string{"connect.*"}, 1
		h.Target.URL, h.Target.Profiles = "http://127.0.0.1:1/", h.Target.Profiles[:1]
	}, "connect.main", "connect.unknown")
	second := part(t, func(h *event.Header, f *event.Footer) {
		h.Skip, h.Jobs, h.Started, f.Ended = []string{"connect.*"}, 8, start.Add(-time.Second), start.Add(3*time.Second)
	}, "polling.order", "middleware.error.others")
	m, err := Merge([]*Model{first, second})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Counts().String(), "2 pass, 1 fail, 1 differs, 1 blocked, 4 skipped"; got != want {
		t.Errorf("counts %s, want %s", got, want)
	}
	h, f := m.Header, m.Footer
	if h.Planned != 9 || h.Jobs != 8 || len(h.Only)+len(h.Skip) > 0 || h.Target.URL != "" || len(h.Target.Profiles) != 2 || !h.Started.Equal(start.Add(-time.Second)) {
		t.Errorf("header %+v", h)
	}
	if f.ExitCode != 1 || f.DurationUS != 4000000 || len(m.Notes) != 2 {
		t.Errorf("footer %+v, notes %v", f, m.Notes)
	}
	if !slices.IsSortedFunc(m.Results, func(a, b event.Result) int { return strings.Compare(a.Scenario, b.Scenario) }) {
		t.Error("the results are not sorted")
	}
	if first.Header.Target.Profiles[0].URL == "" || first.Header.Only == nil {
		t.Error("the parts were changed")
	}
}

func TestMergeEndsAsTheWorstPart(t *testing.T) {
	tests := []struct{ a, b, want int }{{0, 0, 0}, {0, 1, 1}, {4, 1, 4}, {3, 4, 3}, {3, 130, 130}, {1, 0, 1}}
	for _, tt := range tests {
		end := func(code int) func(*event.Header, *event.Footer) {
			return func(_ *event.Header, f *event.Footer) {
				f.ExitCode, f.Interrupted = code, code == 130
				if code == 3 {
					f.SetupError = "no answer"
				}
			}
		}
		m, err := Merge([]*Model{part(t, end(tt.a)), part(t, end(tt.b))})
		if err != nil {
			t.Fatal(err)
		}
		setup := tt.a == 3 || tt.b == 3
		if m.Footer.ExitCode != tt.want || m.Footer.Interrupted != (tt.want == 130) || (m.Footer.SetupError != "") != setup {
			t.Errorf("%d and %d make %+v", tt.a, tt.b, m.Footer)
		}
	}
}

func TestMergeRefusesWhatDoesNotBelongTogether(t *testing.T) {
	tests := []struct {
		name   string
		change func(*event.Header, *event.Footer)
		judged string
		want   string
	}{
		{"other target", func(h *event.Header, _ *event.Footer) { h.Target.Version = "2" }, "", "target"},
		{"other seed", func(h *event.Header, _ *event.Footer) { h.Seed = 1 }, "", "have not the same seed: 18446744073709551615 and 1"},
		{"other version", func(h *event.Header, _ *event.Footer) { h.Tool = "sio-conform 9" }, "", "version of sio-conform"},
		{"strict", func(h *event.Header, _ *event.Footer) { h.Strict = true }, "", "strictness"},
		{"other scale", func(h *event.Header, _ *event.Footer) { h.TimeScale = 2 }, "", "time scale"},
		{"other baseline", func(h *event.Header, _ *event.Footer) { h.Baseline = "b.yaml" }, "", "baseline"},
		{"other suite", func(h *event.Header, _ *event.Footer) { delete(h.Scenarios, "connect.main") }, "", "not of one suite: their scenarios differ"},
		{"other rules", func(h *event.Header, _ *event.Footer) { delete(h.Rules, "eio.ping") }, "", "not of one suite: their rules differ"},
		{"judged twice", unchanged, "connect.unknown", "connect.unknown[rev5,websocket] has a result in more than one run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Merge([]*Model{part(t, unchanged, "connect.unknown"), part(t, tt.change, tt.judged)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Merge(nil); err == nil {
		t.Error("no run is merged without an error")
	}
}

func TestMergeOfOneIsThatRun(t *testing.T) {
	before := model(t, sampleEvents())
	m, err := Merge([]*Model{before})
	if err != nil || m.Counts().String() != before.Counts().String() || m.Footer.ExitCode != 4 {
		t.Errorf("error %v, %+v", err, m)
	}
}

func TestMergeKeepsWhatIsExpected(t *testing.T) {
	whole := model(t, listedEvents())
	m, err := Merge([]*Model{whole})
	if err != nil || m.Footer.Expected != 2 || len(m.Footer.Baseline) != 1 || m.Header.Baseline != whole.Header.Baseline {
		t.Errorf("error %v, footer %+v", err, m.Footer)
	}
}
