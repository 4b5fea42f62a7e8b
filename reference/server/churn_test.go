package server_test

import (
	"context"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// TestChurn lets clients come and go at any moment, while the server broadcasts,
// moves and disconnects them. What it shows is that nothing is left: no member,
// no room, no child, no session and, as the bubble would tell, no goroutine.
func TestChurn(t *testing.T) {
	t.Run("revision 5", func(t *testing.T) {
		churn(t, "4", func(frames ...string) string { return strings.Join(frames, "\x1e") })
	})
	t.Run("revision 4", func(t *testing.T) { churn(t, "3", payload3) })
}

// churn runs the test with clients that speak a revision of Engine.IO, in which
// payload returns what carries frames.
func churn(t *testing.T, eio string, payload func(frames ...string) string) {
	t.Helper()
	config := server.Config{
		Revisions:            []sio.Revision{sio.Revision4, sio.Revision5},
		CleanupEmptyChildren: true,
		ConnectTimeout:       5 * time.Second,
		UpgradeTimeout:       time.Second,
	}
	inBubble(t, config, func(t *testing.T, r rig) {
		r.Speak(eio)
		r.server.OfPattern(regexp.MustCompile(`^/dyn-\d$`)).OnConnection(func(s *server.Socket) { s.Join("r") })
		r.server.Of("/slow").Use(func(ctx context.Context, s *server.Socket) error {
			s.Join("early")
			select {
			case <-time.After(time.Duration(rand.IntN(50)) * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() { r.wander(rand.New(rand.NewPCG(1, uint64(i))), payload) })
		}
		all.Go(func() {
			for range 200 {
				<-time.After(5 * time.Millisecond)
				_ = r.server.Of("/a").To("r", "s").Except("x").Emit("ev", []byte{1}, "text")
				_ = r.server.Emit("all")
				r.server.Of("/a").In("r").SocketsJoin("s")
				r.server.Of("/a").In("s").DisconnectSockets(rand.IntN(10) == 0)
			}
		})
		drained := make(chan struct{})
		go func() {
			for range r.log { // what the handlers note
			}
			close(drained)
		}()
		all.Wait()
		<-time.After(time.Hour)
		synctest.Wait()
		for _, name := range []string{"/", "/a", "/b", "/slow"} {
			n := r.server.Of(name)
			if got := len(n.LocalSockets()) + len(n.Adapter().Members([]string{"r", "s", "early"})); got != 0 {
				t.Errorf("%s has %d members", name, got)
			}
		}
		if got := r.server.Namespaces(); len(got) != 4 {
			t.Errorf("namespaces %v", got)
		}
		if got := r.server.Connections(); got != 0 {
			t.Errorf("%d connections", got)
		}
		close(r.log)
		<-drained
	})
}

// wander is a client without a plan.
func (r rig) wander(random *rand.Rand, payload func(frames ...string) string) {
	frames := []string{
		"40", "40/a,", "40/a,", "40/slow,", "40/dyn-1,", "40/dyn-2,", "40/unknown,", "41", "41/a,", "41/slow,", "2", "3", "1",
		`42/a,["join","r"]`, `42/a,1["join","r"]`, `42["message",1]`, `42/a,["message",{}]`, `42/dyn-1,["x"]`,
		`451-/a,["message",{"_placeholder":true,"num":0}]`, "bAQID", "b4AQID", "4nonsense", "nonsense",
	}
	for range 15 {
		if random.IntN(3) == 0 {
			r.poll(random, frames, payload)
			continue
		}
		c, _, err := r.Dial("")
		if err != nil {
			continue
		}
		var reading sync.WaitGroup
		reading.Go(func() {
			for {
				if _, _, err := c.WS.ReadMessage(); err != nil {
					return
				}
			}
		})
		for range random.IntN(20) {
			_ = c.WS.WriteMessage(websocket.TextMessage, []byte(frames[random.IntN(len(frames))]))
			<-time.After(time.Duration(random.IntN(10)) * time.Millisecond)
		}
		_ = c.WS.Close()
		reading.Wait()
	}
}

// poll is a session over polling that is upgraded, maybe, and left alone.
func (r rig) poll(random *rand.Rand, frames []string, payload func(frames ...string) string) {
	p := r.Polling("")
	for range random.IntN(6) {
		p.Post(payload(frames[random.IntN(len(frames))], frames[random.IntN(len(frames))]))
		if random.IntN(2) == 0 {
			answer := p.Park()
			<-time.After(time.Duration(random.IntN(10)) * time.Millisecond)
			p.Post(payload("6"))
			defer func() { <-answer }()
		}
	}
	if c, _, err := r.Dial("sid=" + p.SID); err == nil {
		for _, f := range []string{"2probe", "5", "40/a,", `42/a,1["join","r"]`}[:random.IntN(5)] {
			_ = c.WS.WriteMessage(websocket.TextMessage, []byte(f))
			<-time.After(time.Duration(random.IntN(10)) * time.Millisecond)
		}
		_ = c.WS.Close()
	}
}
