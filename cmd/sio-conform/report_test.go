package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
)

// judge runs the scenarios against the embedded server and returns the folder with the run.
func judge(t *testing.T, args ...string) string {
	t.Helper()
	out := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, append([]string{"run", "--seed", "7", "--time-scale", "2", "--out", out}, args...)...)
	if code != run.ExitConformant {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	return out
}

func readFile(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReportMakesWhatTheRunMade renders the stream of a run again: every format is what the run itself wrote.
func TestReportMakesWhatTheRunMade(t *testing.T) {
	out := judge(t, "--only", "namespace.connect.*[rev5,websocket]")
	for _, d := range documents {
		t.Run(d.format, func(t *testing.T) {
			code, stdout, stderr := command(t.Context(), t, "report", out, "--format", d.format)
			if want := readFile(t, out, d.file); code != 0 || stdout != want {
				t.Errorf("exit code %d, %s; %d bytes, want the %d bytes of %s", code, stderr, len(stdout), len(want), d.file)
			}
		})
	}
	code, stdout, _ := command(t.Context(), t, "report", filepath.Join(out, streamName))
	if code != 0 || !strings.Contains(stdout, "exit code 0") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// TestReportOfACutStream shows that what is there of a run is rendered in every format, marked, and with exit code 3, and that the stream stays as it was.
func TestReportOfACutStream(t *testing.T) {
	out := judge(t, "--only", "namespace.connect.*[rev5,websocket]")
	name := filepath.Join(out, streamName)
	whole := readFile(t, name)
	cut := whole[:len(whole)-40]
	if err := os.WriteFile(name, []byte(cut), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			code, stdout, stderr := command(t.Context(), t, "report", out, "--format", format, "--out", out)
			if code != run.ExitSetup || !strings.Contains(stderr, "not a whole run") {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			if !strings.Contains(stdout, "not a whole run") && !strings.Contains(stdout, "incomplete") {
				t.Errorf("the report does not say so:\n%.2000s", stdout)
			}
		})
	}
	if readFile(t, name) != cut {
		t.Error("the stream was changed")
	}
}

func TestReportReadsStandardInput(t *testing.T) {
	out := judge(t, "--only", "namespace.connect.main[rev5,websocket]")
	root := newRoot()
	var stdout bytes.Buffer
	root.SetIn(strings.NewReader(readFile(t, out, streamName)))
	root.SetOut(&stdout)
	root.SetArgs([]string{"report", "-", "--format", "markdown"})
	if err := root.ExecuteContext(t.Context()); err != nil || !strings.Contains(stdout.String(), "Socket.IO conformance") {
		t.Errorf("error %v:\n%s", err, stdout.String())
	}
}

func TestMergeMakesOneRunOfShards(t *testing.T) {
	first := judge(t, "--only", "namespace.connect.*[rev5,websocket]")
	second := judge(t, "--only", "namespace.connect.*[rev5,polling]")
	out := filepath.Join(t.TempDir(), "all")
	code, stdout, stderr := command(t.Context(), t, "report", "merge", first, second, "--out", out)
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	counts := func(dir string) map[string]int {
		var report struct{ Summary map[string]int }
		readJSON(t, filepath.Join(dir, reportName), &report)
		return report.Summary
	}
	a, b, all := counts(first), counts(second), counts(out)
	if all["pass"] != a["pass"]+b["pass"] || all["skipped"] != a["skipped"]-b["pass"] || all["pass"] == 0 {
		t.Errorf("%v and %v make %v", a, b, all)
	}
	for _, again := range [][]string{{first, first}, {first, second, "--out", first}} {
		code, _, stderr = command(t.Context(), t, append([]string{"report", "merge"}, again...)...)
		if code != run.ExitUsage || stderr == "" {
			t.Errorf("merge %q: exit code %d: %s", again, code, stderr)
		}
	}
}

// TestMatrixOfTwoRuns puts two runs side by side, compares them with what was made of them, and finds what is not the same.
func TestMatrixOfTwoRuns(t *testing.T) {
	first := judge(t, "--only", "namespace.connect.*[rev5,websocket]")
	second := judge(t, "--only", "namespace.connect.*[rev5,polling]")
	dir := t.TempDir()
	code, stdout, stderr := command(t.Context(), t, "report", "matrix", first, "other="+second, "--out", dir)
	if code != 0 || !strings.Contains(stdout, "servers differ on 0 of") {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	for _, d := range matrixDocuments {
		if len(readFile(t, dir, d.file)) == 0 {
			t.Errorf("%s is empty", d.file)
		}
	}
	link, err := filepath.Rel(dir, filepath.Join(first, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if page := readFile(t, dir, "matrix.html"); !strings.Contains(page, `href="`+filepath.ToSlash(link)+`#namespace.connect.unknown"`) {
		t.Errorf("no cell leads to %s", link)
	}
	if badge := readFile(t, dir, "badges", "other.json"); !strings.Contains(badge, "brightgreen") {
		t.Errorf("the badge is %s", badge)
	}
	readFile(t, dir, "evidence", "other.md")
	against := filepath.Join(dir, "matrix.json")
	for _, row := range []struct {
		args []string
		want int
	}{
		{[]string{first, "other=" + second}, 0}, {[]string{first}, 0}, {[]string{"stranger=" + first}, run.ExitNonConformant}, {[]string{dir}, run.ExitUsage}, {[]string{first, "--format", "junit"}, run.ExitUsage},
		{[]string{first, "--against", filepath.Join(dir, "README.md")}, run.ExitUsage},
	} {
		if code, _, stderr := command(t.Context(), t, append([]string{"report", "matrix", "--against", against}, row.args...)...); code != row.want {
			t.Errorf("%q: exit code %d, want %d: %s", row.args, code, row.want, stderr)
		}
	}
}

// TestMatrixOfACutStream shows that what is there of a run is a column, marked, and that the command ends with 3.
func TestMatrixOfACutStream(t *testing.T) {
	out := judge(t, "--only", "namespace.connect.*[rev5,websocket]")
	name := filepath.Join(out, streamName)
	whole := readFile(t, name)
	if err := os.WriteFile(name, []byte(whole[:len(whole)-40]), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := command(t.Context(), t, "report", "matrix", out, "--format", "markdown")
	if code != run.ExitSetup || !strings.Contains(stderr, "not a whole run") || !strings.Contains(stdout, "not a whole run") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
