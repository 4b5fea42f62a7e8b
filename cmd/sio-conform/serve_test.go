package main

import (
	"testing"
)

func TestServeUnderAProfileTakesWhatIsGivenBeforeWhatTheProfileSays(t *testing.T) {
	f := newServe().Flags()
	if err := f.Parse([]string{"--ping-timeout", "123ms"}); err != nil {
		t.Fatal(err)
	}
	if err := underProfile(f, "recovery-fast"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"ping-interval": "1.5s", "ping-timeout": "123ms", "recovery": "6s", "recovery-middlewares": "true", "max-payload": "1000000"} {
		if got := f.Lookup(name).Value.String(); got != want {
			t.Errorf("--%s: got %s, want %s", name, got, want)
		}
	}
}
