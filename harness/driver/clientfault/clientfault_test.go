package clientfault

import (
	"strings"
	"testing"
)

func TestFaultsAreNamedOnceAndSayWhatTheyDo(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		if seen[f.ID] {
			t.Errorf("%s is there twice", f.ID)
		}
		seen[f.ID] = true
		if !strings.HasPrefix(f.ID, "client.") || f.Title == "" || f.New == nil || f.New() == nil {
			t.Errorf("%s is not whole", f.ID)
		}
	}
	if len(seen) < 190 {
		t.Errorf("%d faults", len(seen))
	}
}
