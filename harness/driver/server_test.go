package driver

import (
	"net"
	"testing"
)

// A placed listener is one at an address that was made up.
type placed struct {
	net.Listener
	address string
	closed  bool
}

func (l *placed) Addr() net.Addr {
	a, _ := net.ResolveTCPAddr("tcp", l.address) // a number needs no resolving
	return a
}

func (l *placed) Close() error {
	l.closed = true
	return nil
}

func TestADriverMeetsEachServerAtAnotherAddress(t *testing.T) {
	ports := []*placed{{address: "127.0.0.1:4001"}, {address: "127.0.0.1:4001"}, {address: "127.0.0.1:4002"}}
	next := 0
	listen := func() (net.Listener, error) {
		next++
		return ports[next-1], nil
	}
	c := &Conn{met: map[string]bool{}}
	for i, want := range []*placed{ports[0], ports[2]} {
		if got, err := c.listenElsewhere(listen); err != nil || got != want {
			t.Errorf("server %d: got %v (%v), want the one at %s", i, got.Addr(), err, want.address)
		}
	}
	if ports[0].closed || !ports[1].closed || ports[2].closed {
		t.Error("want the listener that was passed over closed, and no other")
	}
}
