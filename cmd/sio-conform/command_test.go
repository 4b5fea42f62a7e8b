package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/suite"
)

// command runs the command line and returns the exit code and both outputs.
func command(ctx context.Context, t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestWrongUseIsExitCode2AndSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "patterns")
	if err := os.WriteFile(file, []byte("# nothing\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"jump"}, "unknown command"},
		{"unknown flag", []string{"run", "--fast"}, "unknown flag: --fast"},
		{"flag value of the wrong type", []string{"run", "--jobs", "many"}, `"many"`},
		{"no jobs", []string{"run", "--jobs", "0"}, "--jobs 0: at least 1"},
		{"negative time-out", []string{"run", "--timeout", "-1s"}, "--timeout -1s"},
		{"time scale of nothing", []string{"run", "--time-scale", "0"}, "--time-scale 0"},
		{"unknown format", []string{"run", "--format", "pdf"}, `--format "pdf": there are terminal`},
		{"unknown profile", []string{"run", "--profile", "slow"}, `--profile "slow"`},
		{"pattern that matches nothing", []string{"run", "--only", "romms.*"}, `"romms.*" matches no scenario`},
		{"pattern file that does not exist", []string{"run", "--only", "@" + file + "x"}, "patterns:"},
		{"pattern file without a pattern", []string{"run", "--only", "@" + file}, "holds no pattern"},
		{"no URL", []string{"run", "127.0.0.1:3000"}, "the URL cannot be read"},
		{"host without a scheme", []string{"run", "localhost:3000"}, "no URL of a server"},
		{"another scheme", []string{"run", "ftp://127.0.0.1"}, "no URL of a server"},
		{"namespace in the URL", []string{"run", "http://127.0.0.1:3000/orders"}, "namespaces are no part of the URL"},
		{"two targets", []string{"run", "http://127.0.0.1:3000", "--target", "x"}, "excludes a URL"},
		{"two URLs", []string{"run", "http://a", "http://b"}, "accepts at most 1 arg"},
		{"relative path", []string{"run", "--path", "socket.io"}, "a path begins with /"},
		{"header without a value", []string{"run", "-H", "secret"}, "NAME: VALUE"},
		{"certificates that do not exist", []string{"run", "--cacert", file + "x", "https://127.0.0.1:1"}, "--cacert"},
		{"certificates that are none", []string{"run", "--cacert", file, "https://127.0.0.1:1"}, "no certificate in PEM form"},
		{"target folder that does not exist", []string{"run", "--target", file + "x"}, "--target"},
		{"two clients", []string{"client", "--url-only", "--", "node"}, "name one client"},
		{"client that is a server", []string{"client", "--target", "../../harness/targets/socketio-4"}, "is no client"},
		{"server that is a client", []string{"run", "--target", "../../harness/targets/socketio-client"}, "is a client"},
		{"client scenario that does not exist", []string{"client", "--only", "nope", "--", "node"}, "matches no scenario"},
		{"explain what does not exist", []string{"explain", "no.such"}, `no scenario, rule or fault "no.such"`},
		{"explain nothing", []string{"explain"}, "accepts 1 arg"},
		{"replay what does not exist", []string{"replay", file + "x"}, "no such file"},
		{"replay what is no stream", []string{"replay", file}, "patterns"},
		{"list what does not exist", []string{"list", "--only", "nope"}, "matches no scenario"},
		{"serve under an unknown profile", []string{"serve", "--profile", "quick"}, `--profile "quick": there are default, fast, small, recovery, recovery-fast`},
		{"report of what does not exist", []string{"report", file + "x"}, "no such file"},
		{"report of what is no stream", []string{"report", file}, "patterns"},
		{"report in an unknown format", []string{"report", file, "--format", "pdf"}, `--format "pdf": there are terminal`},
		{"report of nothing", []string{"report"}, "accepts 1 arg"},
		{"merge of nothing", []string{"report", "merge"}, "requires at least 1 arg"},
		{"serve an unknown revision", []string{"serve", "--revisions", "3"}, "--revisions 3: there are 4 and 5"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			code, stdout, stderr := command(t.Context(), t, r.args...)
			if code != run.ExitUsage || !strings.Contains(stderr, r.want) {
				t.Errorf("got exit code %d, standard error %q, want 2 and %q", code, stderr, r.want)
			}
			if stdout != "" {
				t.Errorf("standard output: %q", stdout)
			}
		})
	}
}

func TestSecretsOfTheURLAppearNowhere(t *testing.T) {
	out := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, "run", "http://user:hunter2@127.0.0.1:1", "-H", "X-Token: hunter3", "--out", out)
	if code != run.ExitSetup {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	all := stdout + stderr
	files, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(files) != 1+len(documents) {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	for _, secret := range []string{"hunter2", "hunter3", "dXNlcjpodW50ZXIy"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s stands in the output", secret)
		}
	}
}

func TestOutputThatCannotBeWrittenIsExitCode3(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command(t.Context(), t, "run", "--only", "handshake.*", "--out", file)
	if code != run.ExitSetup || !strings.Contains(stderr, "--out") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestTheEmbeddedServerConforms(t *testing.T) {
	out := t.TempDir()
	// What must keep times of a fraction of a second is judged where nothing else runs, by .ci/run; beside other tests the clock of a small machine is not to be relied on.
	code, stdout, stderr := command(t.Context(), t, "run", "--out", out, "--time-scale", "2",
		"--skip", "heartbeat.*", "--skip", "namespace.timeout.*", "--skip", "multiplex.lifecycle.*", "--skip", "upgrade.*")
	if code != run.ExitConformant {
		t.Fatalf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	var report struct {
		Summary   map[string]int
		Scenarios []struct{ ID, Axes, Verdict, Reason string }
	}
	readJSON(t, filepath.Join(out, reportName), &report)
	for _, s := range report.Scenarios {
		if s.Verdict != "pass" && s.Verdict != "skipped" && s.Verdict != "differs" {
			t.Errorf("%s[%s]: %s: %s", s.ID, s.Axes, s.Verdict, s.Reason)
		}
	}
	if report.Summary["pass"] < 900 {
		t.Errorf("summary %v of %d", report.Summary, len(report.Scenarios))
	}
}

// TestTheEmbeddedClientConforms judges it over loopback; the test of the matrix judges it whole.
func TestTheEmbeddedClientConforms(t *testing.T) {
	out := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, "client", "--out", out, "--time-scale", "2", "--strict", "--only", "client.mux.*", "--only", "client.binary.*")
	if code != run.ExitConformant {
		t.Fatalf("exit code %d: %s\n%s", code, stderr, stdout)
	}
	var report struct{ Summary map[string]int }
	readJSON(t, filepath.Join(out, reportName), &report)
	if report.Summary["pass"] < 150 || report.Summary["pass"]+report.Summary["skipped"] != len(suite.Clients().Executions()) {
		t.Errorf("summary %v", report.Summary)
	}
}

func readJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func TestAnInterruptedRunEndsSoonWithAWholeReport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept() // the probe is under way
		cancel()
		if err == nil {
			conn.Close()
		}
	}()
	code, _, stderr := command(ctx, t, "run", "http://"+listener.Addr().String(), "--out", out)
	if code != run.ExitInterrupted {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	var report struct {
		Interrupted bool
		ExitCode    int `json:"exit_code"`
	}
	readJSON(t, filepath.Join(out, reportName), &report)
	if !report.Interrupted || report.ExitCode != run.ExitInterrupted {
		t.Errorf("got %+v", report)
	}
}

func TestListAndExplain(t *testing.T) {
	rows := []struct {
		args []string
		want []string
	}{
		{[]string{"list", "--only", "namespace.connect.unknown"}, []string{"namespace.connect.unknown", "polling,websocket,upgraded", "1 scenarios, 6 executions"}},
		{[]string{"list", "--rules", "--only", "namespace.connect.unknown"}, []string{"sio.ns.connect.unknown", "must", "1 rules"}},
		{[]string{"explain", "namespace.connect.unknown[rev5,polling]"}, []string{"rules", "sio.ns.connect.unknown", "source:", "connect-error.dropped"}},
		{[]string{"explain", "sio.ns.connect.unknown"}, []string{"scenarios that cover it", "namespace.connect.unknown"}},
		{[]string{"list", "--client", "--only", "client.mux.force-new"}, []string{"client.mux.force-new", "polling,websocket", "1 scenarios, 4 executions"}},
		{[]string{"explain", "client.mux.force-new"}, []string{"rules", "client.multiplex.always", "its reason then"}},
		{[]string{"explain", "client.multiplex.always"}, []string{"client.mux.force-new"}},
		{[]string{"explain", "connect.unanswered"}, []string{"does not answer a CONNECT", "namespace.connect.main"}},
		{[]string{"version"}, []string{"sio-conform " + release}},
	}
	for _, r := range rows {
		t.Run(strings.Join(r.args, " "), func(t *testing.T) {
			code, stdout, stderr := command(t.Context(), t, r.args...)
			if code != 0 {
				t.Fatalf("exit code %d: %s", code, stderr)
			}
			for _, want := range r.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q is missing in\n%s", want, stdout)
				}
			}
		})
	}
}
