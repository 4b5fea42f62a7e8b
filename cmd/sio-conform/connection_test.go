package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

// TestAServerBehindTLSAPathAndAHeader judges one over each transport: with its certificate, with none checked, and without what is needed to get in.
func TestAServerBehindTLSAPathAndAHeader(t *testing.T) {
	a, err := app.New(server.Config{Path: "/live/"}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "secret" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		a.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		_ = a.Server().Close()
		s.Close()
	})
	certificate := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	token, path := []string{"-H", "X-Token: secret"}, []string{"--path", "/live/"}
	for _, row := range []struct {
		name string
		args [][]string
		want int
	}{
		{"its certificate is known", [][]string{token, path, {"--cacert", certificate}}, run.ExitConformant},
		{"no certificate is checked", [][]string{token, path, {"--insecure"}}, run.ExitConformant},
		{"its certificate is not known", [][]string{token, path}, run.ExitSetup},
		{"no header", [][]string{path, {"--insecure"}}, run.ExitSetup},
		{"another path", [][]string{token, {"--insecure"}}, run.ExitSetup},
	} {
		t.Run(row.name, func(t *testing.T) {
			args := []string{"run", s.URL, "--only", "namespace.connect.custom", "--only", "binary.event.echo*", "--only", "handshake.*.open"}
			for _, more := range row.args {
				args = append(args, more...)
			}
			out := t.TempDir()
			code, stdout, stderr := command(t.Context(), t, append(args, "--out", out)...)
			if code != row.want {
				t.Fatalf("exit code %d, want %d: %s%s", code, row.want, stdout, stderr)
			}
			var report struct{ Summary map[string]int }
			readJSON(t, filepath.Join(out, reportName), &report)
			if passed := report.Summary["pass"] > 0; passed != (row.want == run.ExitConformant) {
				t.Errorf("%d passes", report.Summary["pass"])
			}
		})
	}
}
