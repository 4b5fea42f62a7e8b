package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/suite"
)

// commands returns all commands that do something, but those that cobra adds.
func commands(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	if c.RunE != nil {
		all = append(all, c)
	}
	for _, sub := range c.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}

// wordsOf returns the arguments of a line that calls the command, as a shell splits it. What stands behind a redirection is left out.
func wordsOf(t *testing.T, line string) []string {
	t.Helper()
	for _, end := range []string{" >", " |", " <"} {
		line, _, _ = strings.Cut(line, end)
	}
	out, err := exec.CommandContext(t.Context(), "bash", "-c", `sio-conform() { printf '%s\n' "$@"; }; `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// TestEveryCommandHasExamplesThatAreRight shows that each example names a command that there is, with flags and a number of arguments that it takes.
func TestEveryCommandHasExamplesThatAreRight(t *testing.T) {
	all := commands(newRoot())
	if len(all) < 14 {
		t.Fatalf("%d commands", len(all))
	}
	for _, c := range all {
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example, or does not say what it is for", c.CommandPath())
		}
		for line := range strings.Lines(c.Example) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "sio-conform ") {
				takes(t, line)
			}
		}
	}
}

// takes checks that the command line is one that may be given.
func takes(t *testing.T, line string) {
	t.Helper()
	found, rest, err := newRoot().Find(wordsOf(t, line))
	if err == nil {
		err = found.ParseFlags(rest)
	}
	if err == nil {
		err = found.ValidateArgs(found.Flags().Args())
	}
	if err != nil || found.RunE == nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	for _, flag := range []string{"only", "skip"} {
		patterns, err := found.Flags().GetStringArray(flag)
		for _, p := range patterns {
			if err == nil && !strings.HasPrefix(p, "@") && !matches(p) {
				t.Errorf("%s: %q matches no scenario", line, p)
			}
		}
	}
}

// matches says whether a pattern selects something of one of the suites.
func matches(pattern string) bool {
	for _, s := range []*run.Suite{suite.Default(), suite.Clients()} {
		if _, _, err := (run.Selection{Only: []string{pattern}}).Select(s.Executions()); err == nil {
			return true
		}
	}
	return false
}

func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	if code, _, stderr := command(t.Context(), t, "man", dir); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, c := range commands(newRoot()) {
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, section := range []string{".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLE"} {
			if !strings.Contains(string(page), section) {
				t.Errorf("%s has no %s", name, section)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"re"}, "report\t"}, {[]string{"report", "ma"}, "matrix\t"}, {[]string{"run", "--format", "j"}, "json\njunit"}, {[]string{"diff", "--format", ""}, "terminal\nmarkdown\njson"},
		{[]string{"run", "--only", "namespace.connect.un"}, "namespace.connect.unknown\t"}, {[]string{"explain", "client.connect.cus"}, "client.connect.custom-frame\t"}, {[]string{"init", ""}, "node\npython"},
	} {
		code, stdout, stderr := command(t.Context(), t, append([]string{cobra.ShellCompRequestCmd}, row.args...)...)
		if code != 0 || !strings.Contains(stdout, row.want) {
			t.Errorf("%q: exit code %d, %q, want %q: %s", row.args, code, stdout, row.want, stderr)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := command(t.Context(), t, "completion", shell); code != run.ExitConformant || !strings.Contains(stdout, "sio-conform") {
			t.Errorf("%s: exit code %d", shell, code)
		}
	}
	_, script, _ := command(t.Context(), t, "completion", "bash")
	check := exec.CommandContext(t.Context(), "bash", "-n")
	check.Stdin = strings.NewReader(script)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("bash does not read its completion: %s", out)
	}
}
