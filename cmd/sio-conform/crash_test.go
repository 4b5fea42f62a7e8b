package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

// fragile names the variable that makes this test binary a conformance app that ends, with exit code 7, when a POST holds the packet that is the variable's value.
const fragile = "SIO_CONFORM_TEST_FRAGILE"

func TestMain(m *testing.M) {
	if packet := os.Getenv(fragile); packet != "" {
		fmt.Fprintln(os.Stderr, serveFragile(packet))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func serveFragile(packet string) error {
	a, err := app.New(server.Config{}, app.Options{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening on http://" + listener.Addr().String())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			if string(body) == packet {
				fmt.Println("cannot go on")
				os.Exit(7)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		a.ServeHTTP(w, r)
	}))
}

// TestASpawnedTargetThatCrashesIsStartedAgain shows that a crash is put down to the scenario that caused it, with what the target printed, and that all the others
// are judged.
func TestASpawnedTargetThatCrashesIsStartedAgain(t *testing.T) {
	t.Setenv(fragile, `42{}`)
	out := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, "run", "--spawn", "'"+os.Args[0]+"'", "--only", "malformed.event.*[rev5,polling]", "--only", "packet.event.*[rev5,polling]", "--out", out)
	if code != run.ExitNonConformant {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	var report struct {
		Summary   map[string]int
		Scenarios []struct{ ID, Axes, Verdict, Reason, Output string }
	}
	readJSON(t, filepath.Join(out, reportName), &report)
	for _, s := range report.Scenarios {
		switch crashed := s.ID == "malformed.event.not-array" && s.Axes == "rev5,polling"; {
		case crashed && (s.Verdict != "crashed" || !strings.Contains(s.Reason, "7")):
			t.Errorf("%s: %s %q, want crashed with exit code 7", s.ID, s.Verdict, s.Reason)
		case !crashed && s.Verdict != "pass" && s.Verdict != "skipped" && s.Verdict != "blocked":
			t.Errorf("%s[%s]: %s %s", s.ID, s.Axes, s.Verdict, s.Reason)
		}
	}
	if s := report.Summary; s["crashed"] != 1 || s["pass"] < 10 {
		t.Errorf("got %v, want one crash and the rest judged", s)
	}
}
