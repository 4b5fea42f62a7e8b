package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

// TestTargetsThatCannotBeJudged shows that each is one set-up error with exit code 3, a reason that says what is the matter, and a whole report.
func TestTargetsThatCannotBeJudged(t *testing.T) {
	rows := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"no Socket.IO", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, "<h1>Not Found</h1>")
		}, "is no Socket.IO server under /socket.io/"},
		{"a page for everything", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<!doctype html>\x1b[2J") }, "is no Socket.IO server"},
		{"another protocol revision", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"code":5,"message":"Unsupported protocol version"}`)
		}, "does not speak EIO=4"},
		{"an open packet without a sid", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `0{}`) }, "is no Socket.IO server"},
		{"a redirect in a circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }, "302"},
		{"hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer within"},
		{"hangs in the middle of the body", func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprint(w, `0{"sid":`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "no answer within"},
		{"never stops sending", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, "does not answer"},
		{"promises more than it sends", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = fmt.Fprint(w, "0{")
		}, "does not answer"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			server := httptest.NewServer(r.handler)
			defer server.Close()
			setUpError(t, server.URL, r.want)
		})
	}
}

func TestAnUnreachableTargetIsOneSetUpError(t *testing.T) {
	setUpError(t, "http://127.0.0.1:1", "refused")
}

func TestATargetThatSpeaksNoHTTP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("220 mail.example ESMTP\r\n"))
			conn.Close()
		}
	}()
	setUpError(t, "http://"+listener.Addr().String(), "does not answer")
}

func TestATargetWithAnotherCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	setUpError(t, server.URL, "certificate")
}

// setUpError runs the command against a target that cannot be judged.
func setUpError(t *testing.T, url, want string) {
	t.Helper()
	out := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, "run", url, "--time-scale", "0.2", "--out", out)
	if code != run.ExitSetup {
		t.Errorf("exit code %d, want 3: %s", code, stderr)
	}
	var report struct {
		SetupError string `json:"setup_error"`
		Summary    map[string]int
		Scenarios  []any
	}
	readJSON(t, filepath.Join(out, reportName), &report)
	if !strings.Contains(report.SetupError, want) || len(report.Scenarios) != 0 {
		t.Errorf("got the set-up error %q with %d results, want %q with none", report.SetupError, len(report.Scenarios), want)
	}
	if !strings.Contains(stdout, want) || strings.Contains(stdout, "\x1b") {
		t.Errorf("standard output: %q", stdout)
	}
}

// TestATargetThatDiesHalfWay shows that the scenario at hand is put down as a crash and the rest as blocked, whatever was judged before stays.
func TestATargetThatDiesHalfWay(t *testing.T) {
	a, err := app.New(server.Config{}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Server().Close()
	var requests atomic.Int32
	var dying *httptest.Server
	dying = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 60 {
			dying.Listener.Close()
			dying.CloseClientConnections()
			return
		}
		a.ServeHTTP(w, r)
	}))
	defer dying.Close()
	out := t.TempDir()
	code, _, stderr := command(t.Context(), t, "run", dying.URL, "--only", "namespace.connect.*", "--only", "malformed.event.*", "--jobs", "1", "--time-scale", "0.2", "--out", out)
	if code != run.ExitNonConformant {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var report struct{ Summary map[string]int }
	readJSON(t, filepath.Join(out, reportName), &report)
	if report.Summary["pass"] == 0 || report.Summary["crashed"]+report.Summary["fail"] == 0 || report.Summary["error"] != 0 {
		t.Errorf("got %v, want passes from before, a crash or failure, and no error", report.Summary)
	}
}

// TestTheCarelessServerFailsOnItsPoints judges harness/targets/lax, which accepts every namespace, ignores DISCONNECT and every malformed packet and has no connect time-out.
func TestTheCarelessServerFailsOnItsPoints(t *testing.T) {
	want := []string{
		"namespace.connect.unknown", "namespace.not-joined.after-leaving", "namespace.timeout.none", "namespace.first-packet.event",
		"malformed.engine.type", "malformed.event.not-array", "malformed.binary.count", "malformed.first.text",
	}
	args := []string{"run", "--target", filepath.Join("..", "..", "harness", "targets", "lax"), "--time-scale", "0.5", "--out", t.TempDir()}
	for _, id := range want {
		args = append(args, "--only", id+"[rev5,websocket]")
	}
	code, stdout, stderr := command(t.Context(), t, args...)
	if code != run.ExitNonConformant {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	var report struct {
		Summary   map[string]int
		Scenarios []struct{ ID, Axes, Verdict, Reason string }
	}
	readJSON(t, filepath.Join(args[6], reportName), &report)
	for _, s := range report.Scenarios {
		if s.Verdict != "fail" && s.Verdict != "skipped" {
			t.Errorf("%s[%s]: %s: %s", s.ID, s.Axes, s.Verdict, s.Reason)
		}
	}
	if report.Summary["fail"] != len(want) {
		t.Errorf("%d failures, want %d", report.Summary["fail"], len(want))
	}
}
