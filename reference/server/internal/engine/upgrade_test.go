package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

func TestUpgrade(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		wantStatus(t, <-answer, 200, "6")
		c.Send("5", "4after")
		c.Want("4after")
		wantStatus(t, p.Get(), 400, errRequest)
		wantStatus(t, p.Post("4x"), 400, errRequest)
		c.Send("4alive")
		c.Want("4alive")
	})
}

func TestEveryGETWhileUpgradingIsAnsweredWithANoop(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		p.Post("4queued")
		for range 3 {
			wantStatus(t, p.Get(), 200, "6")
		}
		c.Send("5")
		c.Want("4queued")
	})
}

func TestGETThatTheUpgradeOvertookIsRefused(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		answer := p.Park()
		synctest.Wait()
		c.Send("5", "4x")
		c.Want("4x")
		wantStatus(t, <-answer, 400, errRequest)
	})
}

func TestGETWaitsAgainWhenTheUpgradeIsAbandoned(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		answer := p.Park()
		synctest.Wait()
		_ = c.WS.Close()
		synctest.Wait()
		<-time.After(time.Second)
		p.Post("4x")
		wantStatus(t, <-answer, 200, "4x")
	})
}

func TestQueueIsFlushedInOrderBehindTheUpgrade(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		p := r.Polling("")
		p.Post("4a\x1ebAQ==\x1e4b")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		p.Post("4c")
		c.Send("5", "4d")
		c.Want("4a", "bin 01", "4b", "4c", "4d")
	})
}

func TestPollingGoesOnUntilTheProbe(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		synctest.Wait()
		p.Post("4x")
		wantStatus(t, p.Get(), 200, "4x")
		c.Send("2probe")
		c.Want("3probe")
	})
}

func TestUpgradeWithoutProbe(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		synctest.Wait()
		c := r.WebSocket("sid=" + p.SID)
		c.Send("5", "4x")
		c.Want("4x")
		wantStatus(t, <-answer, 200, "6")
	})
}

func TestProbeTwice(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe", "2probe")
		c.Want("3probe", "3probe")
		c.Send("5", "4x")
		c.Want("4x")
	})
}

func TestAbandonedUpgrades(t *testing.T) {
	for _, row := range []struct {
		name  string
		probe bool
		end   func(*websocket.Conn)
	}{
		{"bare ping", false, write("2")},
		{"other data", false, write("2foo")},
		{"message", false, write("4x")},
		{"message behind the probe", true, write("4x")},
		{"malformed", false, write("abc")},
		{"malformed behind the probe", true, write("abc")},
		{"closed before the probe", false, func(ws *websocket.Conn) { ws.Close() }},
		{"closed behind the probe", true, func(ws *websocket.Conn) { ws.Close() }},
		{"time-out", true, func(*websocket.Conn) { <-time.After(11 * time.Second) }},
		{"time-out without probe", false, func(*websocket.Conn) { <-time.After(11 * time.Second) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				p := r.Polling("")
				c := r.WebSocket("sid=" + p.SID)
				if row.probe {
					c.Send("2probe")
					c.Want("3probe")
				}
				p.Post("4queued")
				row.end(c.WS)
				synctest.Wait()
				wantStatus(t, p.Get(), 200, "4queued")

				again := r.WebSocket("sid=" + p.SID)
				again.Send("2probe")
				again.Want("3probe")
				again.Send("5", "4x")
				again.Want("4x")
			})
		})
	}
}

func write(frame string) func(*websocket.Conn) {
	return func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.TextMessage, []byte(frame)) }
}

func TestTimeoutClosesTheCandidate(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		began := time.Now()
		<-time.After(9 * time.Second)
		c.WantClosed()
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

func TestSecondWebSocketIsClosed(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		p := r.Polling("")
		first := r.WebSocket("sid=" + p.SID)
		first.Send("2probe")
		first.Want("3probe")
		r.WebSocket("sid=" + p.SID).WantClosed()
		first.Send("5")
		synctest.Wait()
		r.WebSocket("sid=" + p.SID).WantClosed()
		first.Send("4alive")
		first.Want("4alive")
	})
}

func TestNoUpgrades(t *testing.T) {
	inBubble(t, func(c *engine.Config) { c.Upgrades = false }, func(t *testing.T, r rig) {
		p := r.Polling("")
		r.WebSocket("sid=" + p.SID).WantClosed()
		p.Post("4x")
		wantStatus(t, p.Get(), 200, "4x")
	})
}

func TestSessionEndsWhileUpgrading(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		p.Post("1")
		c.WantClosed()
		if got := r.end(t); got != engine.TransportClose {
			t.Errorf("reason %q", got)
		}
	})
}
