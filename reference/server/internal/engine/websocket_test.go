package engine_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

func TestMessagesOverWebSocket(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		c := r.WebSocket("")
		c.Send("4hello", "0", "5", "6", "bAQID")
		c.SendBinary(4, 0xaa)
		c.Want("4hello", "bin 010203", "bin 04aa")
	})
}

func TestFragmentsAreOnePacket(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		w, err := c.WS.NextWriter(websocket.TextMessage)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // each more than the writer buffers
			_, _ = w.Write(bytes.Repeat([]byte("4"), 300))
		}
		_ = w.Close()
		c.Want(strings.Repeat("4", 900))
	})
}

func TestFramesThatEndTheSession(t *testing.T) {
	for _, row := range []struct {
		name, frame string
		reason      engine.Reason
	}{
		{"unknown type", "abc", engine.ParseError},
		{"type 7", "7", engine.ParseError},
		{"blank", " 4x", engine.ParseError},
		{"empty", "", engine.ParseError},
		{"invalid UTF-8", "4\xff", engine.ParseError},
		{"bad base64", "b!", engine.ParseError},
		{"ping", "2", engine.TransportError},
		{"close", "1", engine.TransportClose},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				c := r.WebSocket("")
				began := time.Now()
				c.Send(row.frame)
				c.WantClosed()
				if got := r.end(t); got != row.reason {
					t.Errorf("reason %q, want %q", got, row.reason)
				}
				if took := time.Since(began); took != 0 {
					t.Errorf("closed after %v", took)
				}
			})
		})
	}
}

func TestSeparatorInAFrameIsData(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		c := r.WebSocket("")
		c.Send("4a\x1e4b")
		c.Want("4a\x1e4b")
	})
}

func TestMessageLimit(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		most := "4" + strings.Repeat("x", 999)
		c.Send(most)
		c.Want(most)
		c.Send(most + "x")
		c.Want("closed 1009")
		if got := r.end(t); got != engine.TransportError {
			t.Errorf("reason %q", got)
		}
	})
}

func TestMessageLimitCountsBytesBeforeCompression(t *testing.T) {
	inBubble(t, func(c *engine.Config) { c.Compression = true }, func(t *testing.T, r rig) {
		c, negotiated := r.Compressed()
		if !negotiated {
			t.Fatal("no compression")
		}
		c.Send("4" + strings.Repeat("x", 1000))
		c.Want("closed 1009")
	})
}

func TestClientClosesWebSocket(t *testing.T) {
	for _, code := range []int{1000, 1001, 3000} {
		inBubble(t, nil, func(t *testing.T, r rig) {
			c := r.WebSocket("")
			_ = c.WS.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
			if got := r.end(t); got != engine.TransportClose {
				t.Errorf("code %d: reason %q", code, got)
			}
		})
	}
	t.Run("without a close frame", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			_ = r.WebSocket("").WS.NetConn().Close()
			if got := r.end(t); got != engine.TransportClose {
				t.Errorf("reason %q", got)
			}
		})
	})
}

func TestPollingWithTheSIDOfAWebSocket(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		query := "EIO=4&transport=polling&sid=" + c.SID
		wantStatus(t, r.Do("GET", query, ""), 400, errRequest)
		wantStatus(t, r.Do("POST", query, "4x"), 400, errRequest)
		c.Send("4alive")
		c.Want("4alive")
	})
}

func TestSessionThatOpenedOverWebSocketTakesNoSecondOne(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		first := r.WebSocket("")
		second := r.WebSocket("sid=" + first.SID)
		second.WantClosed()
		first.Send("4alive")
		first.Want("4alive")
	})
}

func TestClientThatDoesNotReadIsDisconnected(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		c.Send("4big", "4big")
		if got := r.end(t); got != engine.TransportError {
			t.Errorf("reason %q", got)
		}
		<-time.After(6 * time.Second) // the grace for a client to read the end
		synctest.Wait()
		if got := r.engine.Sessions(); got != 0 {
			t.Errorf("%d sessions", got)
		}
	})
}

func TestVolatileOverWebSocket(t *testing.T) {
	t.Run("client keeps up", func(t *testing.T) {
		inBubble(t, nil, func(_ *testing.T, r rig) {
			c := r.WebSocket("")
			c.Send("4volatile")
			c.Want("41", "42")
		})
	})
	t.Run("client is behind", func(t *testing.T) {
		inBubble(t, func(c *engine.Config) { c.MaxBuffered = 1 << 21 }, func(t *testing.T, r rig) {
			c := r.WebSocket("")
			c.Send("4big", "4volatile", "4kept")
			for range 1000 {
				c.Next()
			}
			c.Want("4kept")
		})
	})
}

func TestShutdown(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c, p := r.WebSocket(""), r.Polling("")
		answer := p.Park()
		drained := r.Polling("")
		drained.Post("4close")
		synctest.Wait()
		done := make(chan error, 1)
		go func() { done <- r.engine.Shutdown(t.Context()) }()
		c.WantClosed()
		wantStatus(t, <-answer, 200, "1")
		if err := <-done; err != nil {
			t.Error(err)
		}
		wantStatus(t, r.Do("GET", "EIO=4&transport=polling", ""), 503, "")
		for _, want := range []engine.Reason{engine.ForcedClose, engine.ServerShuttingDown, engine.ServerShuttingDown} {
			if got := r.end(t); got != want {
				t.Errorf("reason %q, want %q", got, want)
			}
		}
	})
}
