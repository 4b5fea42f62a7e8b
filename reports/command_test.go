package reports

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Names come from the stream, and the stream from anybody: a command that is pasted must not do more than it shows.
func TestReplayCommandIsWhatAShellTakesItFor(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, s := range []string{
		"connect.main", "a b", "it's", `back\slash`, "$(touch x)`id`", "; rm -rf /", "-v", "\x1b[2J", "a\nb", "\u202eabc", "日本", "", "\xff",
	} {
		r := &event.Result{Scenario: s, Axes: "rev5"}
		command := ReplayCommand(s+".ndjson", r)
		wantPrintable(t, command)
		out, err := exec.CommandContext(t.Context(), shell, "-c", `sio-conform() { printf '%s\0' "$@"; }; `+command).Output()
		if err != nil {
			t.Fatalf("%v in %s", err, command)
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if want := []string{"replay", s + ".ndjson", "--only", s + "[rev5]"}; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("the shell reads %q, want %q", got, want)
		}
	}
}

func TestReplayCommandNeedsAStream(t *testing.T) {
	if got := ReplayCommand("", &event.Result{}); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestRepeatCommand(t *testing.T) {
	client := map[string]event.Scenario{"client.connect.main": {}}
	server := map[string]event.Scenario{"connect.main": {}}
	tests := []struct {
		name   string
		header event.Header
		want   string
	}{
		{"embedded", event.Header{Seed: 7, TimeScale: 1, Scenarios: server, Target: event.Target{Name: "embedded reference server", URL: "http://127.0.0.1:41/"}}, "sio-conform run --seed 7"},
		{"attached", event.Header{Seed: 7, TimeScale: 2, Scenarios: server, Target: event.Target{Name: "127.0.0.1:3000", URL: "http://127.0.0.1:3000"}}, "sio-conform run http://127.0.0.1:3000 --seed 7 --time-scale 2"},
		{"spawned", event.Header{TimeScale: 1, Strict: true, Scenarios: server, Target: event.Target{Command: "node app.js"}}, "sio-conform run --spawn 'node app.js' --seed 0 --strict"},
		{"folder", event.Header{TimeScale: 1, Scenarios: server, Only: []string{"rooms.*"}, Skip: []string{"polling"}, Target: event.Target{Dir: "targets/app", Command: "node app.js"}}, "sio-conform run --target targets/app --seed 0 --baseline none --only 'rooms.*' --skip polling"},
		{"client", event.Header{TimeScale: 1, Scenarios: client, Target: event.Target{Command: "node driver.js 4"}}, "sio-conform client --seed 0 -- node driver.js 4"},
		{"client in a folder", event.Header{TimeScale: 1, Baseline: "b.yaml", Scenarios: client, Target: event.Target{Dir: "targets/client", Command: "node driver.js 4"}}, "sio-conform client --target targets/client --seed 0 --baseline b.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := repeatCommand(&tt.header); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
