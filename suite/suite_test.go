package suite

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestSuiteIsValid(t *testing.T) {
	s := Default()
	for _, err := range s.Validate() {
		t.Error(err)
	}
	if len(s.Scenarios) < 90 {
		t.Errorf("%d scenarios, want at least 90", len(s.Scenarios))
	}
}

func TestEveryScenarioIsWrittenForReaders(t *testing.T) {
	for _, c := range Default().Scenarios {
		if strings.HasSuffix(c.Title, ".") || c.Title != strings.TrimSpace(c.Title) {
			t.Errorf("%s: the title %q is no sentence without a full stop", c.ID, c.Title)
		}
		if parts := strings.Split(c.ID, "."); len(parts) < 2 || strings.ToLower(c.ID) != c.ID {
			t.Errorf("%s: the id is not area.topic.case in lower case", c.ID)
		}
	}
}

func TestReadRulesSaysWhereAFileIsWrong(t *testing.T) {
	files := fstest.MapFS{"rules/x.yaml": {Data: []byte("- id: a\n  titel: typo\n")}}
	_, err := readRules(files)
	if err == nil || !strings.Contains(err.Error(), "rules/x.yaml") || !strings.Contains(err.Error(), "titel") {
		t.Errorf("got %v, want an error with the file's name and the unknown member", err)
	}
}
