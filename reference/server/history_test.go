package server_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// TestRecoveryWhileBroadcasting lets a client come back in the middle of a
// stream of events: it gets each of them once, in their order.
func TestRecoveryWhileBroadcasting(t *testing.T) {
	inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
		const events = 500
		c := r.WebSocket("")
		c.Send("40")
		k := admission(t, c.Next())
		_ = r.server.Emit("start")
		k.offset = wantKept(t, c, `42["start"]`)
		go func() {
			for range events {
				_ = r.server.Emit("n")
				<-time.After(100 * time.Microsecond)
			}
			_ = r.server.Emit("end")
		}()
		seen := 0
		for done := false; !done; {
			var event string
			if event, k.offset = offset(t, c.Next()); event == `42["end"]` {
				done = true
				continue
			}
			if seen++; seen%20 == 0 {
				_ = c.WS.Close()
				for r.server.Socket(k.sid) != nil {
					<-time.After(time.Millisecond)
				}
				c = r.WebSocket("")
				c.Send(k.request(""))
				if got := admission(t, c.Next()); got.sid != k.sid {
					t.Fatalf("not recovered after %d", seen)
				}
			}
		}
		if seen != events {
			t.Errorf("%d of %d events", seen, events)
		}
	})
}

// TestHistoryIsBounded fills the history of a namespace.
func TestHistoryIsBounded(t *testing.T) {
	for _, row := range []struct {
		name   string
		config server.Config
		events int
		size   int
		want   bool
	}{
		{"within", server.Config{MaxQueued: 100}, 90, 10, true},
		{"number", server.Config{MaxQueued: 100}, 110, 10, false},
		{"bytes", server.Config{MaxBuffered: 100_000}, 60, 1000, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.config.Recovery = &server.Recovery{}
			inBubble(t, row.config, func(t *testing.T, r rig) {
				k := visited(t, r)
				for range row.events {
					_ = r.server.Emit("x", strings.Repeat("x", row.size))
				}
				c := r.WebSocket("")
				c.Send(k.request(""))
				if got := admission(t, c.Next()); (got.sid == k.sid) != row.want {
					t.Errorf("recovered: %v", got.sid == k.sid)
				}
			})
		})
	}
}

// TestHistoryIsForgotten lets a history grow old, with and without its namespace.
func TestHistoryIsForgotten(t *testing.T) {
	config := recovering(server.Recovery{MaxDisconnection: time.Second})
	config.CleanupEmptyChildren = true
	inBubble(t, config, func(t *testing.T, r rig) {
		r.server.OfPattern(regexp.MustCompile(`^/dyn-\d$`))
		for range 3 {
			k := visited(t, r)
			_ = r.joined("/").WS.Close()
			c := r.WebSocket("")
			c.Send("40/dyn-1,")
			c.Next()
			_ = c.WS.Close()
			<-time.After(5 * time.Second)
			c = r.WebSocket("")
			c.Send(k.request(""))
			if got := admission(t, c.Next()); got.sid == k.sid {
				t.Error("recovered")
			}
		}
	})
}

// TestOffsetsAreSentInTheirOrder has several goroutines emit at the same time: a
// client that is lost in between must not have seen a later event and missed an
// earlier one.
func TestOffsetsAreSentInTheirOrder(t *testing.T) {
	inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
		const senders, events = 8, 100
		c := r.WebSocket("")
		c.Send("40")
		k := admission(t, c.Next())
		s := r.server.Socket(k.sid)
		for i := range senders {
			go func() {
				for range events {
					if i%2 == 0 {
						_ = s.Emit("n")
					} else {
						_ = r.server.Emit("n")
					}
				}
			}()
		}
		last := -1
		for range senders * events {
			_, digits, _ := strings.Cut(wantKept(t, c, `42["n"]`), ".")
			n, err := strconv.ParseInt(digits, 36, 64)
			if err != nil || int(n) != last+1 {
				t.Fatalf("offset %d behind %d, %v", n, last, err)
			}
			last = int(n)
		}
	})
}
