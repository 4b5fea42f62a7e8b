package target

import (
	"testing"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

func TestDeclaration(t *testing.T) {
	for _, test := range []struct {
		name      string
		text      string
		level     peer.Level
		revision  wire.Revision
		transport peer.Transport
		profile   string
		want      bool
	}{
		{"nothing is declared without a level", "", peer.Wire, 5, peer.Polling, "default", false},
		{"everything", "level: contract\n", peer.Contract, 5, peer.Upgraded, "fast", true},
		{"a lower level", "level: contract\n", peer.Echo, 5, peer.WebSocket, "small", true},
		{"a higher level", "level: echo\n", peer.Contract, 5, peer.WebSocket, "default", false},
		{"another transport", "level: contract\ntransports: [websocket]\n", peer.Contract, 5, peer.Polling, "default", false},
		{"no upgrade with one transport", "level: contract\ntransports: [websocket]\n", peer.Contract, 5, peer.Upgraded, "default", false},
		{"another revision", "level: contract\nrevisions: [5]\n", peer.Contract, 4, peer.Polling, "default", false},
		{"another profile", "level: contract\nprofiles: [default]\n", peer.Contract, 5, peer.Polling, "fast", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := load(t, "name: x\nstart: [a]\n"+test.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Declaration().Covers(test.level, test.revision, test.transport, test.profile); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
	if _, err := load(t, "name: x\nstart: [a]\nlevel: all\n"); err == nil {
		t.Error("an unknown level was taken")
	}
}
