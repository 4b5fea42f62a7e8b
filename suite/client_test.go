package suite

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sio-conform/sio-conform/harness/run"
)

func TestTheSuiteForClientsIsValid(t *testing.T) {
	s := Clients()
	for _, err := range s.Validate() {
		t.Error(err)
	}
	if len(s.Scenarios) < 300 {
		t.Errorf("%d scenarios, want at least 300", len(s.Scenarios))
	}
	for i := range s.Scenarios {
		if c := &s.Scenarios[i]; c.Client == nil || c.Run != nil {
			t.Errorf("%s is no scenario for clients", c.ID)
		}
	}
}

func TestEveryFaultOfClientsIsCaught(t *testing.T) {
	for _, err := range run.Unproved(Clients(), run.Bench{}) {
		t.Error(err)
	}
}

// clientRequirements is how many requirements on clients were established.
const clientRequirements = 335

func TestEveryRequirementOnClientsIsShownOrLeftOutWithAReason(t *testing.T) {
	text, err := os.ReadFile("testdata/client-requirements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Suite   []string          `yaml:"suite"`
		As      map[string]string `yaml:"as"`
		LeftOut map[string]string `yaml:"left-out"`
	}
	if err := yaml.UnmarshalWithOptions(text, &a, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(a.Suite, slices.Collect(maps.Keys(a.As)), slices.Collect(maps.Keys(a.LeftOut)))
	slices.Sort(all)
	if len(all) != clientRequirements || len(slices.Compact(all)) != clientRequirements {
		t.Errorf("%d requirements are accounted for, want %d different ones", len(all), clientRequirements)
	}
	shown := map[string]bool{}
	for _, c := range Clients().Scenarios {
		for _, id := range c.Rules {
			shown[id] = true
		}
	}
	for _, id := range slices.AppendSeq(slices.Clone(a.Suite), maps.Values(a.As)) {
		if !shown[id] {
			t.Errorf("no scenario shows %s", id)
		}
	}
	for id, reason := range a.LeftOut {
		if _, isRule := Clients().Rule(id); isRule || reason == "" {
			t.Errorf("%s is a rule, or left out without a reason", id)
		}
	}
}
