package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
)

func TestDiffTellsWhatChangedAndExitsForWhatIsNamed(t *testing.T) {
	healthy, ill := t.TempDir(), t.TempDir()
	if code, stdout, stderr := judgeFragile(t, "nothing", "--out", healthy); code != run.ExitConformant {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := judgeFragile(t, `42{}`, "--out", ill); code != run.ExitNonConformant {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	for _, r := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"diff", healthy, ill}, 0, "malformed.event.not-array[rev5,polling]: pass, now crashed: the target ended"},
		{[]string{"diff", healthy, ill, "--fail-on", "regression"}, run.ExitNonConformant, "diff  1 regression"},
		{[]string{"diff", healthy, ill, "--fail-on", "fixed,new", "--fail-on", "gone"}, 0, "1 regression"},
		{[]string{"diff", ill, healthy, "--fail-on", "regression"}, 0, "diff  1 fixed"},
		{[]string{"diff", ill, healthy + "/events.ndjson", "--format", "markdown"}, 0, "#### Fixed (1)"},
		{[]string{"diff", healthy, healthy, "--fail-on", "regression,fixed,changed,new,gone,observation"}, 0, "nothing changed"},
	} {
		if code, stdout, stderr := command(t.Context(), t, r.args...); code != r.code || !strings.Contains(stdout, r.want) {
			t.Errorf("%v: exit code %d, want %d and %q in %s%s", r.args[3:], code, r.code, r.want, stdout, stderr)
		}
	}
	_, stdout, _ := command(t.Context(), t, "diff", healthy, ill, "--format", "json")
	var d struct{ Counts map[string]int }
	if err := json.Unmarshal([]byte(stdout), &d); err != nil || d.Counts["regression"] != 1 {
		t.Errorf("%v, %v", d.Counts, err)
	}
}

func TestDiffOfWhatIsNoRunIsWrongUse(t *testing.T) {
	unreachable := t.TempDir()
	if code, _, stderr := command(t.Context(), t, "run", "http://127.0.0.1:1", "-qq", "--out", unreachable); code != run.ExitSetup {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for want, args := range map[string][]string{
		"could not be judged":              {"diff", unreachable, unreachable},
		"no such file":                     {"diff", "no-such-run", "no-such-run"},
		`--format "html": there are termi`: {"diff", "a", "b", "--format", "html"},
		`--fail-on "failure": there are r`: {"diff", "a", "b", "--fail-on", "failure"},
		"accepts 2 arg":                    {"diff", "a"},
	} {
		if code, _, stderr := command(t.Context(), t, args...); code != run.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d: %s, want %s", args, code, stderr, want)
		}
	}
}
