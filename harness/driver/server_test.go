package driver

import (
	"net"
	"net/http"
	"net/http/httptest"
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

func TestAPreflightIsOfTheBrowser(t *testing.T) {
	for _, row := range []struct {
		name, method, header string
		preflight            bool
	}{
		{"preflight", http.MethodOptions, "x-test", true},
		{"request of a page", http.MethodGet, "", false},
	} {
		r := httptest.NewRequest(row.method, "/socket.io/?EIO=4", nil)
		r.Header.Set("Origin", "http://127.0.0.1:1")
		if row.header != "" {
			r.Header.Set("Access-Control-Request-Method", http.MethodGet)
			r.Header.Set("Access-Control-Request-Headers", row.header)
		}
		w := httptest.NewRecorder()
		preflight := allowOrigin(w, r)
		h := w.Header()
		if preflight != row.preflight || h.Get("Access-Control-Allow-Origin") != "http://127.0.0.1:1" || h.Get("Access-Control-Allow-Credentials") != "true" ||
			h.Get("Access-Control-Allow-Headers") != row.header {
			t.Errorf("%s: got %v and %v", row.name, preflight, h)
		}
	}
}
