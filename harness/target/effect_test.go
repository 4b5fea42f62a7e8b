package target

import (
	"context"
	"strings"
	"testing"
	"time"
)

// driven is a client.
type driven struct{ attached }

func (driven) Probe(context.Context) (Probe, error) { return Probe{}, nil }
func (driven) Alive() bool                          { return true }

func TestAProfileIsInEffect(t *testing.T) {
	fast := Probe{PingInterval: 1500 * time.Millisecond, PingTimeout: 1200 * time.Millisecond, MaxPayload: 1_000_000}
	slow := Probe{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, MaxPayload: 1_000_000}
	other := Probe{PingInterval: 5 * time.Second, PingTimeout: 5 * time.Second}
	recovering := func(p Probe) Probe {
		p.Features = []string{"log", "recovery"}
		return p
	}
	for _, test := range []struct {
		name, profile string
		probe         Probe
		running       Running
		want          string
	}{
		{"as in the profile", "fast", fast, attached(""), ""},
		{"another heartbeat", "fast", slow, attached(""), "a heartbeat of 25s and 20s"},
		{"another heartbeat by default", "default", other, attached(""), ""},
		{"another limit", "small", slow, attached(""), "payloads of up to 1000000 bytes"},
		{"recovery", "recovery", recovering(slow), attached(""), ""},
		{"recovery with a fast heartbeat", "recovery-fast", recovering(fast), attached(""), ""},
		{"recovery with another heartbeat", "recovery-fast", recovering(slow), attached(""), "a heartbeat of 25s and 20s"},
		{"no recovery", "recovery", slow, attached(""), "no feature recovery"},
		{"recovery by default", "default", recovering(slow), attached(""), "the feature recovery"},
		{"a client that recovers", "default", recovering(slow), driven{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, _ := ProfileByName(test.profile)
			if got := notInEffect(p, test.probe, test.running); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRecoveryIsDeclaredByNameOnly(t *testing.T) {
	if got := strings.Join(StandardProfileNames(), " "); got != "default fast small" {
		t.Errorf("got %s", got)
	}
}
