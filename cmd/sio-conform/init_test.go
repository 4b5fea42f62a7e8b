package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
)

func TestInitWritesWhatATargetNeedsAndSaysWhatIsNext(t *testing.T) {
	for language, entry := range map[string]string{"node": "app.js", "go": "main.go", "python": "app.py"} {
		t.Run(language, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "my: app")
			code, stdout, stderr := command(t.Context(), t, "init", language, dir)
			if code != 0 || !strings.Contains(stdout, "cd "+dir) || !strings.HasSuffix(stdout, "sio-conform run --target .\n") {
				t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
			}
			spec, err := target.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if spec.Name != "my: app" || spec.Level != "contract" || len(spec.Profiles) != len(target.ProfileNames()) {
				t.Errorf("got %+v", spec)
			}
			if _, err := os.Stat(filepath.Join(dir, entry)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestInitOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "package.json")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command(t.Context(), t, "init", "node", dir)
	if code != run.ExitUsage || !strings.Contains(stderr, mine+" is there already; nothing was written") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
	code, _, stderr = command(t.Context(), t, "init", "cobol", dir)
	if code != run.ExitUsage || !strings.Contains(stderr, "init cobol: there are go, node, python") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestWhatInitWritesForGoIsJudged builds and judges it, with this module in place of a released one.
func TestWhatInitWritesForGoIsJudged(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := command(t.Context(), t, "init", "go", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	here, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":  "module conformance\n\ngo 1.26.0\n",
		"go.work": "go 1.26.0\n\nuse (\n\t.\n\t" + here + "\n)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr := command(t.Context(), t, "run", "--target", dir, "--only", "namespace.connect.*[rev5,websocket]", "--only", "dynamic.pattern.*[rev4,polling]")
	if code != run.ExitConformant || !strings.Contains(stdout, "pass") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
