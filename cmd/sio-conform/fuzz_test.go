package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
)

// TestWhatIsFoundIsReplayedAndPromoted fuzzes a wrong app, and replays what was found on it and on one that is right.
func TestWhatIsFoundIsReplayedAndPromoted(t *testing.T) {
	wrong, right, out := appServer(t, "app.operator.sender-included"), appServer(t), t.TempDir()
	code, said, stderr := command(t.Context(), t, "fuzz", wrong, "--seed", "1", "--duration", "60s", "--out", out)
	if code != run.ExitNonConformant || !strings.Contains(said, "sio-conform replay "+out) || !strings.Contains(said, "cases/s") {
		t.Fatalf("fuzz: exit code %d: %s%s", code, said, stderr)
	}
	files, err := os.ReadDir(out)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	finding := filepath.Join(out, files[0].Name())

	code, again, stderr := command(t.Context(), t, "replay", finding)
	if code != run.ExitNonConformant || !strings.HasPrefix(again, "still failing\n") || !strings.Contains(again, "42[") && !strings.Contains(again, "42/") {
		t.Errorf("on the recorded target: exit code %d: %s%s", code, again, stderr)
	}
	code, fixed, stderr := command(t.Context(), t, "replay", finding, right)
	if code != run.ExitConformant || !strings.HasPrefix(fixed, "fixed\n") {
		t.Errorf("on a correct target: exit code %d: %s%s", code, fixed, stderr)
	}
	code, source, stderr := command(t.Context(), t, "promote", finding)
	if code != run.ExitConformant || !strings.HasPrefix(source, "package suite\n") || !strings.Contains(source, "WantMessage") {
		t.Errorf("promote: exit code %d: %s%s", code, source, stderr)
	}
}

// TestTheCorrectAppIsFuzzedWithoutAFinding plays a few cases on the embedded server.
func TestTheCorrectAppIsFuzzedWithoutAFinding(t *testing.T) {
	code, said, stderr := command(t.Context(), t, "fuzz", "--seed", "5", "--max-cases", "5", "--out", t.TempDir())
	if code != run.ExitConformant || !strings.Contains(said, "\n5 cases") || !strings.Contains(said, "; 0 found") {
		t.Errorf("exit code %d: %s%s", code, said, stderr)
	}
}

func TestFuzzRefusesWhatCannotBeMeant(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.json")
	for _, args := range [][]string{
		{"fuzz", "--duration", "-1s"}, {"fuzz", "--max-cases", "-1"}, {"fuzz", "--first-case", "-1"}, {"fuzz", "--time-scale", "0"}, {"fuzz", "ftp://host"},
		{"promote", none}, {"promote", "fuzz_test.go"}, {"replay", none},
	} {
		if code, _, stderr := command(t.Context(), t, args...); code != run.ExitUsage || stderr == "" {
			t.Errorf("%v: exit code %d: %s", args, code, stderr)
		}
	}
}
