package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const root = "../.."

// build builds the command as a static file in dir.
func build(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "sio-conform")
	c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", file, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// shell runs a script with bash in dir and returns what it wrote and its exit code.
func shell(t *testing.T, dir, script string, env ...string) (string, int) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), c.ProcessState.ExitCode()
}

func parseYAML(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalWithOptions([]byte(text), into, yaml.DisallowUnknownField()); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}

// An actionFile is what the tests know of action.yml: whatever else stands in it is an error.
type actionFile struct {
	Name        string
	Description string
	Inputs      map[string]struct{ Description, Default string }
	Outputs     map[string]struct{ Description, Value string }
	Runs        struct {
		Using string
		Steps []struct {
			Name, ID, Shell, Run string
			Env                  map[string]string
		}
	}
}

var expression = regexp.MustCompile(`\$\{\{ *([a-z.-]+) *\}\}`)

// TestAction does what a runner does with action.yml: it runs the steps one after the other.
func TestAction(t *testing.T) {
	var action actionFile
	parseYAML(t, readFile(t, root, "action.yml"), &action)
	if action.Runs.Using != "composite" || len(action.Runs.Steps) != 2 {
		t.Fatalf("%+v", action.Runs)
	}
	for _, row := range []struct {
		name, command, args string
		code                int
		summary             string
	}{
		{"a server", "run", "--only\nnamespace.connect.*[rev5,websocket]\n\n--seed\n7\n", 0, "Socket.IO conformance"},
		{"a client", "client", "--only\nclient.connect.custom-frame", 0, "Socket.IO conformance"},
		{"an argument with what shells know", "run", "--only\n$(touch executed); `touch executed` *", 2, ""},
		{"no server", "run", "http://127.0.0.1:1", 3, "refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			inputs := map[string]string{"inputs.command": row.command, "inputs.args": row.args, "inputs.out": action.Inputs["out"].Default}
			absolute, err := filepath.Abs(root)
			if err != nil {
				t.Fatal(err)
			}
			env := []string{"GITHUB_ACTION_PATH=" + absolute, "RUNNER_TEMP=" + dir, "GITHUB_OUTPUT=" + filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(dir, "summary")}
			code := 0
			for _, step := range action.Runs.Steps {
				if step.Shell != "bash" || expression.MatchString(step.Run) {
					t.Errorf("the step %s: a script takes its inputs from the environment only", step.Name)
				}
				own := env
				for name, value := range step.Env {
					own = append(own, name+"="+expression.ReplaceAllStringFunc(value, func(e string) string { return inputs[expression.FindStringSubmatch(e)[1]] }))
				}
				var out string
				if out, code = shell(t, dir, step.Run, own...); code != 0 && code != row.code {
					t.Fatalf("the step %s: exit code %d: %s", step.Name, code, out)
				}
			}
			if code != row.code || !strings.Contains(readFile(t, dir, "output"), "exit-code="+string(rune('0'+row.code))) {
				t.Errorf("exit code %d, want %d; output %q", code, row.code, readFile(t, dir, "output"))
			}
			if row.summary != "" && !strings.Contains(readFile(t, dir, "summary"), row.summary) {
				t.Errorf("the summary has no %q", row.summary)
			}
			if _, err := os.Stat(filepath.Join(dir, "executed")); err == nil {
				t.Error("an argument was executed")
			}
		})
	}
}

// A block is a fenced part of a page of Markdown.
type block struct{ language, text string }

func blocks(page string) []block {
	var all []block
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```").FindAllStringSubmatch(page, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

// TestPageOnCI does what docs/ci.md says, as far as that needs no other machine: it installs the command, runs the commands, and reads the YAML.
func TestPageOnCI(t *testing.T) {
	page := readFile(t, root, "docs", "ci.md")
	dir := t.TempDir()
	build(t, dir)
	only := "--only 'namespace.connect.main[rev5,websocket]' --seed 7"
	kinds := map[string]int{}
	for _, b := range blocks(page) {
		kinds[b.language]++
		switch b.language {
		case "yaml":
			workflow(t, b.text)
		case "sh":
			if strings.Contains(b.text, "go install") {
				if out, code := shell(t, root, b.text, "GOBIN="+filepath.Join(dir, "installed")); code != 0 {
					t.Errorf("exit code %d: %s", code, out)
				}
				continue
			}
			if out, code := shell(t, dir, "sio-conform run "+only+" --out main/report; sio-conform run "+only+" --out report", "PATH="+dir+":"+os.Getenv("PATH")); code != 0 {
				t.Fatalf("exit code %d: %s", code, out)
			}
			script := strings.ReplaceAll(b.text, "sio-conform run ", "sio-conform run "+only+" ")
			if out, code := shell(t, dir, script, "PATH="+dir+":"+os.Getenv("PATH")); code != 0 {
				t.Errorf("exit code %d: %s", code, out)
			}
		}
	}
	if kinds["yaml"] != 2 || kinds["sh"] < 3 {
		t.Errorf("the page has %v", kinds)
	}
	for _, name := range []string{"installed/sio-conform", "comment.md", "summary.md", "ctrf.json", "matrix/matrix.html"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, file := range regexp.MustCompile("`([a-z]+\\.(?:xml|json|svg|har|html))`").FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join(dir, "report", file[1])); err != nil {
			t.Error(err)
		}
	}
}

// workflow checks a file for GitHub or GitLab: that actions of others are pinned, inputs are those of ours, and commands are ones that may be given.
func workflow(t *testing.T, text string) {
	t.Helper()
	var github struct {
		Name        string
		On          []string
		Permissions map[string]string
		Jobs        map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Steps  []struct {
				ID, If, Uses string
				With         map[string]string
			}
		}
	}
	if strings.Contains(text, "jobs:") {
		parseYAML(t, text, &github)
		pinned := regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
		for _, step := range github.Jobs["socket-io"].Steps {
			if args := step.With["args"]; args != "" {
				takes(t, "sio-conform run "+strings.ReplaceAll(strings.ReplaceAll(args, "node app.js", "'node app.js'"), "\n", " "))
			} else if !pinned.MatchString(step.Uses) {
				t.Errorf("%s is not pinned", step.Uses)
			}
		}
		if len(github.Jobs["socket-io"].Steps) != 3 {
			t.Errorf("%+v", github.Jobs)
		}
		return
	}
	var gitlab struct {
		Conformance struct {
			Image     string
			Script    []string
			Artifacts struct {
				When     string
				ExposeAs string `yaml:"expose_as"`
				Paths    []string
				Reports  struct{ Junit string }
			}
		}
	}
	parseYAML(t, text, &gitlab)
	if len(gitlab.Conformance.Script) != 2 || gitlab.Conformance.Artifacts.Reports.Junit != "report/junit.xml" {
		t.Fatalf("%+v", gitlab.Conformance)
	}
	takes(t, gitlab.Conformance.Script[1])
}

// TestContainerfile shows that what it copies is enough: the command is static, and judges a server with nothing else in its file system.
func TestContainerfile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the image is one for Linux")
	}
	dir := t.TempDir()
	text := readFile(t, root, "Containerfile")
	if !strings.Contains(text, "FROM scratch\nCOPY sio-conform /sio-conform\nWORKDIR /data\nENTRYPOINT [\"/sio-conform\"]\n") {
		t.Fatalf("the test does not know this file:\n%s", text)
	}
	binary, err := elf.Open(build(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	for _, p := range binary.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the command is not static")
		}
	}
	if os.Getuid() != 0 {
		t.Skip("only root changes the root directory")
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, code := shell(t, dir, "chroot . /sio-conform run --only 'namespace.connect.*[rev5,websocket]' --out /data/report")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	readFile(t, dir, "data", "report", "report.html")
}
