package engine_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

func TestServerPings(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		began := time.Now()
		for i := range 3 {
			<-time.After(20 * time.Second)
			c.Want("2")
			if took, want := time.Since(began), time.Duration(i+1)*25*time.Second; took != want {
				t.Errorf("ping %d after %v, want %v", i, took, want)
			}
			c.Send("3")
		}
	})
}

func TestPingAnswersAWaitingGET(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		for range 3 {
			wantStatus(t, p.Get(), 200, "2")
			wantStatus(t, p.Post("3"), 200, "ok")
		}
	})
}

func TestUnansweredPingEndsTheSession(t *testing.T) {
	t.Run("WebSocket", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			c := r.WebSocket("")
			began := time.Now()
			<-time.After(16 * time.Second)
			c.Want("2")
			<-time.After(16 * time.Second)
			c.WantClosed()
			if took := time.Since(began); took != 45*time.Second {
				t.Errorf("closed after %v", took)
			}
			if got := r.end(t); got != engine.PingTimeout {
				t.Errorf("reason %q", got)
			}
		})
	})
	t.Run("polling", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			if got := r.end(t); got != engine.PingTimeout {
				t.Errorf("reason %q", got)
			}
			synctest.Wait()
			wantStatus(t, p.Get(), 400, errSession)
		})
	})
}

func TestOnlyAPongCounts(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		var chatter sync.WaitGroup
		defer chatter.Wait()
		chatter.Go(func() {
			for r.engine.Sessions() > 0 {
				_ = c.WS.WriteMessage(websocket.TextMessage, []byte("4x"))
				<-time.After(time.Second)
			}
		})
		began := time.Now()
		for {
			if frame := c.Next(); frame != "4x" && frame != "2" {
				break
			}
		}
		if took := time.Since(began); took < 45*time.Second || took > 46*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

func TestPongThatNobodyAskedForChangesNothing(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		began := time.Now()
		for range 20 {
			c.Send("3")
			<-time.After(time.Second)
		}
		c.Want("2")
		if took := time.Since(began); took != 25*time.Second {
			t.Errorf("ping after %v", took)
		}
	})
}

func TestPongJustInTime(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		<-time.After(25 * time.Second)
		c.Want("2")
		<-time.After(20*time.Second - time.Millisecond)
		c.Send("3", "4alive")
		c.Want("4alive")
	})
}
