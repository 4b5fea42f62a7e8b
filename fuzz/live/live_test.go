package live_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/fuzz/live"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
	"github.com/sio-conform/sio-conform/suite"
)

// find fuzzes an app with a fault until it is found.
func find(t *testing.T, fault string) *live.Finding {
	t.Helper()
	summary, err := live.Fuzz(t.Context(), started(t, fault), live.Options{Seed: plantedSeed, Duration: plantedTime})
	if err != nil {
		t.Fatal(err)
	}
	if len(summary.Findings) != 1 {
		t.Fatalf("%d findings in %d cases, want 1", len(summary.Findings), summary.Cases)
	}
	return summary.Findings[0]
}

func TestTheSameSeedGivesTheSameFinding(t *testing.T) {
	first, second := find(t, "app.namespaces.disconnect-all"), find(t, "app.namespaces.disconnect-all")
	if peer.JSON(first.Steps) != peer.JSON(second.Steps) || first.Case != second.Case || first.Reason != second.Reason {
		t.Errorf("case %d: %s: %s\ncase %d: %s: %s", first.Case, first.Reason, peer.JSON(first.Steps), second.Case, second.Reason, peer.JSON(second.Steps))
	}
}

func TestAFindingIsReadAsItWasWritten(t *testing.T) {
	f := find(t, "app.namespaces.disconnect-all")
	name, err := f.Write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	read, err := live.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if peer.JSON(read.Steps) != peer.JSON(f.Steps) || read.Key() != f.Key() || len(read.Transcript) != len(f.Transcript) {
		t.Errorf("read %s of %s", peer.JSON(read.Steps), peer.JSON(f.Steps))
	}
}

func TestWhatIsNoFindingIsNotRead(t *testing.T) {
	name := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(name, []byte(`{"type":"header"}`+"\n"+`{"type":"footer"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := live.Read(name); !errors.Is(err, live.ErrNoFinding) {
		t.Errorf("got %v, want %v", err, live.ErrNoFinding)
	}
}

// TestReplaySaysWhatBecame plays a finding on the wrong app, twice, and on the correct one.
func TestReplaySaysWhatBecame(t *testing.T) {
	f := find(t, "app.namespaces.disconnect-all")
	wrong := started(t, "app.namespaces.disconnect-all")
	var before []string
	for range 2 {
		now, transcript, err := live.Replay(t.Context(), wrong, f, nil)
		if err != nil || now == nil || now.Key() != f.Key() {
			t.Fatalf("got %v, %v, want %s", now, err, f.Key())
		}
		texts := sent(transcript)
		if before != nil && strings.Join(before, "\n") != strings.Join(texts, "\n") {
			t.Errorf("the second replay sent\n%s\nwant\n%s", strings.Join(texts, "\n"), strings.Join(before, "\n"))
		}
		before = texts
	}
	now, _, err := live.Replay(t.Context(), started(t), f, nil)
	if err != nil || now != nil {
		t.Errorf("on the correct app: got %v, %v, want nothing", now, err)
	}
}

// sent returns the packets that we have sent.
func sent(transcript []wire.Entry) []string {
	var texts []string
	for _, e := range transcript {
		if e.Direction == wire.Out && e.Kind == wire.KindPacket {
			texts = append(texts, e.Session+" "+string(e.Data))
		}
	}
	return texts
}

// TestEveryRuleIsOneOfTheSuite shows that a finding names a requirement.
func TestEveryRuleIsOneOfTheSuite(t *testing.T) {
	for _, rule := range live.Rules() {
		if _, ok := suite.Default().Rule(rule); !ok {
			t.Errorf("there is no rule %s", rule)
		}
	}
}

// TestPromotedScenariosCompile puts the scenario of a case with every verb into the suite.
func TestPromotedScenariosCompile(t *testing.T) {
	source, err := live.Promote(&live.Finding{Rule: "robust.zombie", Reason: "every \"verb\"\n*/", Steps: live.Samples()})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "promoted.go"), filepath.Join(dir, "overlay.json")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: source, overlay: []byte(peer.JSON(map[string]any{"Replace": map[string]string{filepath.Join(root, "suite", "promoted.go"): file}}))} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "../../suite").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, source)
	}
}
