package engine_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

// An echo sends every message back, and notes how sessions end. The message
// "close" makes it close the session, "big" sends a kilobyte a thousand times,
// "volatile" sends "1" and "2", both volatile.
type echo struct {
	session *engine.Session
	ends    chan<- engine.Reason
}

func (e echo) Message(p eio.Packet) {
	switch string(p.Data) {
	case "close":
		e.session.Close(engine.ForcedClose)
	case "big":
		m := engine.NewMessage(false, eio.Packet{Type: eio.Message, Data: make([]byte, 1000)})
		for range 1000 {
			e.session.Send(m)
		}
	case "volatile":
		e.session.SendVolatile(engine.NewMessage(false, eio.Packet{Type: eio.Message, Data: []byte("1")}))
		e.session.SendVolatile(engine.NewMessage(false, eio.Packet{Type: eio.Message, Data: []byte("2")}))
	default:
		e.session.Send(engine.NewMessage(false, p))
	}
}

func (e echo) Pong(uint64)                 {}
func (e echo) Closed(reason engine.Reason) { e.ends <- reason }

// A rig is an engine under test.
type rig struct {
	*servertest.Net
	engine *engine.Engine
	ends   chan engine.Reason
}

// inBubble runs a test against an engine whose sessions echo. Change may be nil.
func inBubble(t *testing.T, change func(*engine.Config), test func(*testing.T, rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ends := make(chan engine.Reason, 100)
		c := engine.Config{
			Path:           "/engine.io/",
			Revisions:      []eio.Revision{eio.Revision4},
			Transports:     []string{engine.Polling, engine.WebSocket},
			Upgrades:       true,
			PingInterval:   25 * time.Second,
			PingTimeout:    20 * time.Second,
			UpgradeTimeout: 10 * time.Second,
			MaxPayload:     1000,
			MaxBuffered:    100_000,
			CloseGrace:     5 * time.Second,
			DrainTimeout:   30 * time.Second,
			Logger:         slog.New(slog.DiscardHandler),
			Open:           func(s *engine.Session) engine.Upper { return echo{s, ends} },
		}
		if change != nil {
			change(&c)
		}
		e := engine.New(c)
		r := rig{servertest.New(t, e, c.Path), e, ends}
		t.Cleanup(func() {
			if err := e.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		test(t, r)
	})
}

// end returns how the next session ended.
func (r rig) end(t *testing.T) engine.Reason {
	t.Helper()
	select {
	case reason := <-r.ends:
		return reason
	case <-time.After(time.Hour):
		t.Fatal("no session has ended")
		return ""
	}
}

func wantStatus(t *testing.T, r servertest.Response, status int, body string) {
	t.Helper()
	if r.Status != status || r.Body != body {
		t.Fatalf("got %d %q, want %d %q", r.Status, r.Body, status, body)
	}
}

const (
	errTransport = `{"code":0,"message":"Transport unknown"}`
	errSession   = `{"code":1,"message":"Session ID unknown"}`
	errMethod    = `{"code":2,"message":"Bad handshake method"}`
	errRequest   = `{"code":3,"message":"Bad request"}`
	errVersion   = `{"code":5,"message":"Unsupported protocol version"}`
)

func TestOpenPacketOverPolling(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Do(http.MethodGet, "EIO=4&transport=polling", "")
		want := `0{"sid":"` + sidOf(p.Body) + `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}`
		wantStatus(t, p, 200, want)
		if got := p.Header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
			t.Errorf("content type %q", got)
		}
	})
}

func TestOpenPacketOverWebSocket(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c, res, err := r.Dial("")
		if err != nil {
			t.Fatal(err)
		}
		open := c.Next()
		if want := `0{"sid":"` + sidOf(open) + `","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}`; open != want {
			t.Errorf("got %s, want %s", open, want)
		}
		if got := res.Header.Get("Sec-WebSocket-Extensions"); got != "" {
			t.Errorf("extensions %q", got)
		}
	})
}

func TestSessionIDIsFresh(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		a, b := r.Polling("").SID, r.Polling("").SID
		if a == b || len(a) != 20 || len(b) != 20 {
			t.Errorf("ids %q and %q", a, b)
		}
	})
}

func sidOf(open string) string {
	const prefix, size = len(`0{"sid":"`), 20
	if len(open) < prefix+size {
		return ""
	}
	return open[prefix : prefix+size]
}
