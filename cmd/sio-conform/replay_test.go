package main

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

// TestAFailureIsSeenAgain records failures, and replays them on the target that was recorded and on one that is right.
func TestAFailureIsSeenAgain(t *testing.T) {
	wrong, right := appServer(t, "app.middleware.data-lost"), appServer(t)
	out := t.TempDir()
	code, _, stderr := command(t.Context(), t, "run", wrong, "--only", "middleware.refuse.*[rev5,websocket]", "--out", out)
	if code != run.ExitNonConformant {
		t.Fatalf("run: exit code %d: %s", code, stderr)
	}
	stream := filepath.Join(out, streamName)

	code, again, stderr := command(t.Context(), t, "replay", stream)
	if code != run.ExitNonConformant || !strings.Contains(again, "still failing\n") || strings.Contains(again, "fixed\n") {
		t.Errorf("on the recorded target: exit code %d: %s%s", code, again, stderr)
	}
	if !strings.Contains(again, "44/") {
		t.Errorf("no exchange is shown: %s", again)
	}

	code, fixed, stderr := command(t.Context(), t, "replay", stream, right)
	if code != run.ExitConformant || !strings.Contains(fixed, "fixed\n") || strings.Contains(fixed, "still failing\n") {
		t.Errorf("on a correct target: exit code %d: %s%s", code, fixed, stderr)
	}

	code, _, stderr = command(t.Context(), t, "replay", stream, "--only", "handshake.*")
	if code != run.ExitUsage || !strings.Contains(stderr, "no failure that is selected") {
		t.Errorf("a selection without a failure: exit code %d: %s", code, stderr)
	}
}

// TestWhatOnlyDiffersIsAFailureToReplay shows that replay does not call a deviation that is still there success.
func TestWhatOnlyDiffersIsAFailureToReplay(t *testing.T) {
	wrong := appServer(t, "app.log.reason-wrong")
	out := t.TempDir()
	if code, stdout, stderr := command(t.Context(), t, "run", wrong, "--only", "multiplex.lifecycle.reason-leaving[rev5,websocket]", "--out", out); code != run.ExitConformant {
		t.Fatalf("run: exit code %d: %s%s", code, stdout, stderr)
	}
	code, again, stderr := command(t.Context(), t, "replay", filepath.Join(out, streamName))
	if code != run.ExitNonConformant || !strings.Contains(again, "still failing\n  differs: ") {
		t.Errorf("exit code %d: %s%s", code, again, stderr)
	}
}

// appServer serves a conformance app that commits these faults, and returns its address.
func appServer(t *testing.T, faults ...string) string {
	t.Helper()
	a, err := app.New(server.Config{}, app.Options{Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(a)
	t.Cleanup(func() {
		_ = a.Server().Close()
		s.Close()
	})
	return s.URL
}
