package browsertest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestReportOfTheCarelessServer has the command judge harness/targets/lax, and opens what it wrote.
func TestReportOfTheCarelessServer(t *testing.T) {
	const root = "../.."
	binary, err := filepath.Abs(filepath.Join(t.TempDir(), "sio-conform"))
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/sio-conform")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out := t.TempDir()
	judge := exec.CommandContext(t.Context(), binary, "run", "--target", "harness/targets/lax", "--time-scale", "0.5", "--out", out,
		"--only", "namespace.connect.*[rev5,*]", "--only", "malformed.binary.count[rev5,*]", "--only", "malformed.engine.type[rev5,*]")
	judge.Dir = root
	text, err := judge.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
		t.Fatalf("%v, want exit code 1: %s", err, text)
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	b := openPage(t, page)
	b.do(t, chromedp.Evaluate[chromedp.Void](`location.hash = "#malformed.binary.count"`))
	b.want(t, `document.getElementById("malformed.binary.count").open`)
	b.want(t, `document.querySelector("#malformed\\.binary\\.count .spot").textContent === "a"`)
	b.want(t, `document.querySelector("#malformed\\.binary\\.count .verdict .got").textContent === "an open one"`)
	b.want(t, `document.querySelectorAll("#namespace\\.connect\\.unknown .packet.actual").length >= 1`)
	b.shot(t, "lax")
}
