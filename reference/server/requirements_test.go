package server_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// requirements is how many requirements on servers were established.
const requirements = 431

// root is the top of the repository.
const root = "../.."

// accounts says how each requirement is met.
type accounts struct {
	Suite     []string          `yaml:"suite"`
	Tests     map[string]string `yaml:"tests"`
	Decisions map[string]string `yaml:"decisions"`
	Open      map[string]string `yaml:"open"`
}

func readAccounts(t *testing.T) accounts {
	t.Helper()
	var a accounts
	if err := yaml.UnmarshalWithOptions([]byte(read(t, "testdata/requirements.yaml")), &a, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEveryRequirementIsAccountedForOnce(t *testing.T) {
	a := readAccounts(t)
	all := slices.Clone(a.Suite)
	for _, m := range []map[string]string{a.Tests, a.Decisions, a.Open} {
		all = slices.AppendSeq(all, maps.Keys(m))
	}
	slices.Sort(all)
	if len(all) != requirements || len(slices.Compact(all)) != requirements {
		t.Errorf("%d requirements are accounted for, want %d different ones", len(all), requirements)
	}
}

// TestRequirementsOfTheSuite looks whether the suite has the rules.
func TestRequirementsOfTheSuite(t *testing.T) {
	var rules strings.Builder
	files, err := filepath.Glob(root + "/suite/rules/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	for _, f := range files {
		rules.WriteString("\n" + read(t, f))
	}
	for _, id := range readAccounts(t).Suite {
		if !strings.Contains(rules.String(), "\n- id: "+id+"\n") {
			t.Errorf("the suite has no rule %s", id)
		}
	}
}

// TestTestsOfRequirements looks whether the tests exist.
func TestTestsOfRequirements(t *testing.T) {
	for id, name := range readAccounts(t).Tests {
		folder, function, _ := strings.Cut(name, ".Test")
		if !declares(t, filepath.Join(root, folder), "func Test"+function+"(") {
			t.Errorf("%s: there is no %s", id, name)
		}
	}
}

// declares reports whether a test file in a folder has the text.
func declares(t *testing.T, folder, text string) bool {
	t.Helper()
	files, err := filepath.Glob(folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(f string) bool { return strings.Contains(read(t, f), text) })
}

var quoted = regexp.MustCompile("`([^`]+)`")

// TestDecisionsAreExplained compares the list with the headings of the document
// and the requirements that are named below them.
func TestDecisionsAreExplained(t *testing.T) {
	explained := map[string]string{}
	heading := ""
	for line := range strings.Lines(read(t, root+"/docs/decisions.md")) {
		line = strings.TrimSpace(line)
		if h, ok := strings.CutPrefix(line, "### "); ok {
			heading = h
		}
		if !strings.HasPrefix(line, "Requirements:") {
			continue
		}
		for _, id := range quoted.FindAllStringSubmatch(line, -1) {
			if explained[id[1]] != "" {
				t.Errorf("%s is explained twice", id[1])
			}
			explained[id[1]] = heading
		}
	}
	if decisions := readAccounts(t).Decisions; !maps.Equal(decisions, explained) {
		t.Errorf("listed are\n%v\nexplained are\n%v", decisions, explained)
	}
}

func TestOpenRequirementsHaveAReason(t *testing.T) {
	for id, reason := range readAccounts(t).Open {
		if reason == "" {
			t.Errorf("%s has no reason", id)
		}
	}
}
