package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reports"
	"github.com/sio-conform/sio-conform/suite"
)

// judgeFragile judges the app that ends at a packet, or, without a packet, one that does not, with more arguments.
func judgeFragile(t *testing.T, packet string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv(fragile, packet)
	args = append([]string{"run", "--spawn", "'" + os.Args[0] + "'", "--only", "malformed.event.*[rev5,polling]", "--only", "packet.event.*[rev5,polling]"}, args...)
	return command(t.Context(), t, args...)
}

func TestABaselineExplainsWhatItListsAndNothingElse(t *testing.T) {
	out := t.TempDir()
	if code, stdout, stderr := judgeFragile(t, `42{}`, "--out", out); code != run.ExitNonConformant {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	code, list, stderr := command(t.Context(), t, "baseline", out)
	if code != 0 || strings.Count(list, "- id: ") != 1 || !strings.Contains(list, "- id: malformed.event.not-array[rev5,polling]\n  verdict: crashed\n  reason: ") {
		t.Fatalf("exit code %d: %s%s", code, list, stderr)
	}
	file := filepath.Join(t.TempDir(), "baseline.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(list, reports.Unexplained, "it is meant to")), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := judgeFragile(t, `42{}`, "--baseline", file, "--out", out)
	if code != run.ExitConformant || !strings.Contains(stdout, "crashed, expected malformed.event.not-array[rev5,polling]: it is meant to") || !strings.Contains(stdout, "of them expected) in") {
		t.Errorf("as listed: exit code %d: %s%s", code, stdout, stderr)
	}
	if _, again, _ := command(t.Context(), t, "baseline", out); !strings.Contains(again, "why: it is meant to\n") {
		t.Errorf("the reason is lost: %s", again)
	}
	code, stdout, _ = judgeFragile(t, `42[]`, "--baseline", file)
	if want := file + ":2: malformed.event.not-array[rev5,polling]: listed as crashed, and passes"; code != run.ExitNonConformant || !strings.Contains(stdout, want) {
		t.Errorf("stale: exit code %d, %q is missing in %s", code, want, stdout)
	}
}

func TestABaselineThatCannotBeMeantIsWrongUse(t *testing.T) {
	write := func(text string) string {
		name := filepath.Join(t.TempDir(), "baseline.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for want, args := range map[string][]string{
		"no such file":                                {"run", "--baseline", "no.yaml"},
		`baseline.yaml:2: unknown key "verdikt"`:      {"run", "--baseline", write("- id: a\n  verdikt: fail\n")},
		`baseline.yaml:1: "rooms.none" names no`:      {"run", "--baseline", write("- {id: rooms.none, verdict: fail, reason: x, why: y}")},
		`baseline.yaml:1: "client.mux.force-new" nam`: {"run", "--baseline", write("- {id: client.mux.force-new, verdict: fail, reason: x, why: y}")},
		"accepts 1 arg":                               {"baseline"},
		"no such file or directory":                   {"baseline", "no-such-run"},
		"line 1":                                      {"baseline", write("x")},
	} {
		if code, _, stderr := command(t.Context(), t, args...); code != run.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit code %d: %s, want %s", args, code, stderr, want)
		}
	}
}

// TestTheBaselinesKeptHereExplainThemselves reads the baseline of each target: it fits the suite, and each entry says why.
func TestTheBaselinesKeptHereExplainThemselves(t *testing.T) {
	files, err := filepath.Glob("../../harness/targets/*/target*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		spec, err := target.Load(file)
		if err != nil || spec.Baseline == "" {
			continue // what cannot be loaded is a matter of the package target
		}
		found++
		s := suite.Default()
		if spec.Role == target.RoleClient {
			s = suite.Clients()
		}
		b, err := run.ReadBaseline(spec.Baseline)
		if err == nil {
			err = b.Check(s)
		}
		if err != nil {
			t.Error(err)
			continue
		}
		for _, e := range b.Entries {
			if e.Why == reports.Unexplained {
				t.Errorf("%s:%d: %s is %s", b.File, e.Line, e.ID, e.Why)
			}
		}
	}
	if found < 4 {
		t.Errorf("%d baselines in %v", found, files)
	}
}
