package suite

import (
	"testing"

	"github.com/sio-conform/sio-conform/harness/run"
)

func TestTheSuiteForClientsIsValid(t *testing.T) {
	s := Clients()
	for _, err := range s.Validate() {
		t.Error(err)
	}
	if len(s.Scenarios) < 200 {
		t.Errorf("%d scenarios, want at least 200", len(s.Scenarios))
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
