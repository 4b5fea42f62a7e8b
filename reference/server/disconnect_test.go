package server_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

func TestClientLeavesOneNamespace(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.joined("/", "/a", "/b")
		c.Send(`42/a,1["join","r"]`)
		c.Next()
		c.Send("41/a,")
		alive(c, "/b")
		alive(c, "/")
		wantNotes(t, r, "/a disconnecting client namespace disconnect [r]", "/a disconnect client namespace disconnect []")
		ids := c.Connect("/a")
		if got := r.server.Of("/a").Adapter().Members(nil); len(got) != 1 || got[0] != ids[0] {
			t.Errorf("members %v", got)
		}
	})
}

func TestEventBeforeDISCONNECTIsHandled(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("bye", func(server.Args, server.Ack) { r.log <- "bye" })
		})
		p := r.Polling("")
		p.Post("40/a,")
		p.Get()
		p.Post("42/a,[\"bye\"]\x1e41/a,")
		wantNotes(t, r, "bye", "/a disconnecting client namespace disconnect []", "/a disconnect client namespace disconnect []")
	})
}

func TestPacketBehindOwnDISCONNECTCloses(t *testing.T) {
	for _, packet := range []string{`42/a,["message"]`, "41/a,", `43/a,1[]`} {
		t.Run(packet, func(t *testing.T) {
			inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
				c := r.joined("/", "/a")
				c.Send("41/a,", packet)
				c.WantClosed()
			})
		})
	}
}

func TestEventBehindItsOwnCONNECTIsNotEarlierThanAdmission(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		release := make(chan struct{})
		r.server.Of("/slow").Use(waitFor(release))
		c := r.joined("/")
		c.Send("40/slow,", `42/slow,["message"]`)
		c.WantClosed()
		close(release)
		synctest.Wait()
		if got := len(r.server.Of("/slow").LocalSockets()); got != 0 {
			t.Errorf("%d members", got)
		}
	})
}

func TestServerDisconnectsOneNamespace(t *testing.T) {
	for _, name := range []string{"/", "/a"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				c := r.joined("/", "/a", "/b")
				s := r.server.Of(name).LocalSockets()[0]
				s.Join("r")
				s.Disconnect(false)
				if got := r.server.Of(name).Adapter().SocketRooms(s.ID()); len(got) != 0 {
					t.Errorf("rooms %v", got)
				}
				packet := "41"
				if name != "/" {
					packet += name + ","
				}
				c.Want(packet)
				alive(c, "/b")
				wantNotes(t, r, name+" disconnecting server namespace disconnect [r]", name+" disconnect server namespace disconnect []")
				if err := s.Emit("late"); !errors.Is(err, server.ErrDisconnected) {
					t.Errorf("emit: %v", err)
				}
				s.Join("late")
				if got := r.server.Of(name).Adapter().Members([]string{"late"}); len(got) != 0 {
					t.Errorf("members %v", got)
				}
			})
		})
	}
}

func TestServerDisconnectsEverything(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.joined("/", "/a", "/b")
		r.server.Of("/a").LocalSockets()[0].Disconnect(true)
		c.Want("41", "41/a,", "41/b,")
		c.WantClosed()
		got := map[string]bool{}
		for _, n := range r.notes() {
			got[n] = true
		}
		for _, name := range []string{"/", "/a", "/b"} {
			if !got[name+" disconnect server namespace disconnect []"] {
				t.Errorf("%s: notes %v", name, got)
			}
		}
	})
}

func TestServerDisconnectsInTheConnectionHandler(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		r.server.Of("/kick").OnConnection(func(s *server.Socket) { s.Disconnect(false) })
		c := r.joined("/", "/kick")
		c.Want("41/kick,")
		alive(c, "/")
	})
}

func TestPacketsThatCrossADISCONNECTOfTheServer(t *testing.T) {
	for _, row := range []struct {
		name   string
		frames []string
	}{
		{"EVENT", []string{`42/a,1["message-with-ack","late"]`}},
		{"ACK", []string{`43/a,1["late"]`}},
		{"DISCONNECT", []string{"41/a,"}},
		{"binary EVENT", []string{`451-/a,["message",{"_placeholder":true,"num":0}]`, "bAQID"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
				c := r.joined("/", "/a", "/b")
				r.server.Of("/a").LocalSockets()[0].Disconnect(false)
				c.Send(row.frames...)
				c.Want("41/a,")
				alive(c, "/b")
				c.Connect("/a")
				alive(c, "/a")
			})
		})
	}
}

func TestToleranceEndsWithTheNextAnsweredPing(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		c := r.joined("/", "/a")
		r.server.Of("/a").LocalSockets()[0].Disconnect(false)
		c.Want("41/a,", "2")
		c.Send(`42/a,["message"]`)
		alive(c, "/")
		c.Send("3", `42/a,["message"]`)
		c.WantClosed()
	})
}

func TestHandlersDoNotRunBehindADisconnectOfTheServer(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("kick", func(server.Args, server.Ack) {
				synctest.Wait() // the next event is here
				s.Disconnect(false)
			})
			s.On("next", func(server.Args, server.Ack) { r.log <- "next" })
		})
		c := r.joined("/a")
		c.Send(`42/a,["kick"]`, `42/a,["next"]`)
		c.Want("41/a,")
		wantNotes(t, r, "/a disconnecting server namespace disconnect []", "/a disconnect server namespace disconnect []")
	})
}

func TestReasons(t *testing.T) {
	for _, row := range []struct {
		reason server.Reason
		end    func(*testing.T, rig)
	}{
		{server.TransportClose, func(_ *testing.T, r rig) { _ = r.joined("/a").WS.Close() }},
		{server.TransportClose, func(_ *testing.T, r rig) { r.joined("/a").Send("1") }},
		{server.TransportError, func(_ *testing.T, r rig) { r.joined("/a").Send("2") }},
		{server.ParseError, func(_ *testing.T, r rig) { r.joined("/a").Send("x") }},
		{server.ForcedClose, func(_ *testing.T, r rig) { r.joined("/a").Send("4x") }},
		{server.PingTimeout, func(_ *testing.T, r rig) { r.joined("/a"); <-time.After(time.Minute) }},
		{server.ServerShuttingDown, func(t *testing.T, r rig) { r.joined("/a"); _ = r.server.Shutdown(t.Context()) }},
	} {
		t.Run(string(row.reason), func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				row.end(t, r)
				wantNotes(t, r, "/a disconnecting "+string(row.reason)+" []", "/a disconnect "+string(row.reason)+" []")
			})
		})
	}
}

func TestNothingIsSentInANamespaceThatWasLeft(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		release := make(chan struct{})
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("late-ack", func(_ server.Args, ack server.Ack) {
				<-release
				_ = ack("late")
				_ = s.Emit("late")
			})
			s.OnDisconnect(func(server.Reason) { _ = s.Emit("too-late") })
		})
		c := r.joined("/", "/a")
		c.Send(`42/a,1["late-ack"]`, "41/a,")
		synctest.Wait()
		close(release)
		alive(c, "/")
	})
}

func TestShutdownSendsNoDISCONNECT(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.joined("/", "/a")
		done := make(chan error, 1)
		go func() { done <- r.server.Shutdown(t.Context()) }()
		c.WantClosed()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if res := r.Do("GET", "EIO=4&transport=polling", ""); res.Status != 503 {
			t.Errorf("status %d", res.Status)
		}
	})
}

func TestCloseWaitsForNothing(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		release := make(chan struct{})
		r.server.OnConnection(func(*server.Socket) { <-release })
		c := r.joined("/")
		if err := r.server.Close(); err != nil {
			t.Error(err)
		}
		c.WantClosed()
		close(release)
	})
}
