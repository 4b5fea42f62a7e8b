package server_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// A ticket is what a client needs to take its socket up again.
type ticket struct{ sid, pid, offset string }

// request returns the CONNECT that claims a session.
func (k ticket) request(namespace string) string {
	if namespace != "" {
		namespace += ","
	}
	return "40" + namespace + `{"pid":"` + k.pid + `","offset":"` + k.offset + `"}`
}

var admitted = regexp.MustCompile(`^40(?:/\w+,)?\{"sid":"([\w-]+)","pid":"([\w-]+)"\}$`)

// admission returns the ids of a CONNECT answer.
func admission(t *testing.T, answer string) ticket {
	t.Helper()
	ids := admitted.FindStringSubmatch(answer)
	if ids == nil {
		t.Fatalf("CONNECT got %q", answer)
	}
	return ticket{sid: ids[1], pid: ids[2]}
}

// offset returns the last argument of an event, and the event without it.
func offset(t *testing.T, frame string) (event, offset string) {
	t.Helper()
	at := strings.LastIndex(frame, `,"`)
	if at < 0 || !strings.HasSuffix(frame, `"]`) {
		t.Fatalf("%q has no offset", frame)
	}
	return frame[:at] + "]", frame[at+2 : len(frame)-2]
}

// wantKept fails the test unless the next event is this one, with an offset,
// which it returns.
func wantKept(t *testing.T, c *servertest.Conn, want string) string {
	t.Helper()
	event, o := offset(t, c.Next())
	if event != want {
		t.Fatalf("event %q, want %q", event, want)
	}
	return o
}

// visited joins the main namespace, is in a room, has seen one event, and is lost.
func visited(t *testing.T, r rig) ticket {
	t.Helper()
	c := r.WebSocket("")
	c.Send("40")
	k := admission(t, c.Next())
	c.Send(`420["join","r"]`)
	c.Next()
	c.Send(`42["message","m0"]`)
	k.offset = wantKept(t, c, `42["message-back","m0"]`)
	_ = c.WS.Close()
	synctest.Wait()
	return k
}

func recovering(o server.Recovery) server.Config { return server.Config{Recovery: &o} }

func TestRecoveryRestoresSocket(t *testing.T) {
	inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
		r.server.OnConnection(func(s *server.Socket) { s.Data().Set("visits", 1) })
		k := visited(t, r)
		r.server.OnConnection(func(s *server.Socket) {
			_ = s.Emit("back", s.Recovered(), s.Data().All(), others(s))
		})
		_ = r.server.Emit("all")
		_ = r.server.To("r").Emit("room", []byte{1})
		_ = r.server.To("other").Emit("not for it")
		_ = r.server.Except("r").Emit("not for it")
		_ = r.server.Volatile().Emit("not kept")
		_ = r.server.To(k.sid).Emit("own")

		c := r.WebSocket("")
		c.Send(k.request(""))
		if got := admission(t, c.Next()); got.sid != k.sid || got.pid != k.pid {
			t.Errorf("admitted as %v, was %v", got, k)
		}
		wantKept(t, c, `42["all"]`)
		wantKept(t, c, `451-["room",{"_placeholder":true,"num":0}]`)
		c.Want("bin 01")
		wantKept(t, c, `42["own"]`)
		wantKept(t, c, `42["back",true,{"visits":1},"[r]"]`)
	})
}

func TestRecoveryOfEventsBehindOffsetOnly(t *testing.T) {
	inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
		k := visited(t, r)
		for _, name := range []string{"one", "two", "three"} {
			_ = r.server.Emit(name)
		}
		c := r.WebSocket("")
		c.Send(k.request(""))
		c.Next()
		wantKept(t, c, `42["one"]`)
		k.offset = wantKept(t, c, `42["two"]`)
		_ = c.WS.Close()
		synctest.Wait()

		c = r.WebSocket("")
		c.Send(k.request(""))
		c.Next()
		wantKept(t, c, `42["three"]`)
		alive(c, "/")
	})
}

func TestRecoveryIsRefused(t *testing.T) {
	for _, row := range []struct {
		name   string
		before func(r rig, k *ticket)
	}{
		{"unknown pid", func(_ rig, k *ticket) { k.pid = "unknown" }},
		{"unknown offset", func(_ rig, k *ticket) { k.offset = "zzz" }},
		{"offset to come", func(_ rig, k *ticket) { k.offset = k.offset[:len(k.offset)-1] + "z" }},
		{"too late", func(rig, *ticket) { <-time.After(2 * time.Minute) }},
		{"used", func(r rig, k *ticket) {
			c := r.WebSocket("")
			c.Send(k.request(""))
			c.Next()
		}},
		{"other namespace's", func(r rig, k *ticket) {
			c := r.WebSocket("")
			c.Send("40/a,")
			answer := admitted.FindStringSubmatch(c.Next())
			_ = c.WS.Close()
			synctest.Wait()
			k.pid = answer[2]
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
				k := visited(t, r)
				row.before(r, &k)
				c := r.WebSocket("")
				c.Send(k.request(""))
				if got := admission(t, c.Next()); got.sid == k.sid || got.pid == k.pid {
					t.Error("recovered")
				}
				alive(c, "/")
			})
		})
	}
}

func TestRecoveryNeedsAccident(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(r rig, c *servertest.Conn, sid string)
		want bool
	}{
		{"lost", func(_ rig, c *servertest.Conn, _ string) { _ = c.WS.Close() }, true},
		{"ping timeout", func(rig, *servertest.Conn, string) { <-time.After(46 * time.Second) }, true},
		{"forced close", func(_ rig, c *servertest.Conn, _ string) { c.Send("4nonsense") }, true},
		{"close packet", func(_ rig, c *servertest.Conn, _ string) { c.Send("1") }, true},
		{"parse error", func(_ rig, c *servertest.Conn, _ string) { c.Send("nonsense") }, false},
		{"client disconnect", func(_ rig, c *servertest.Conn, _ string) { c.Send("41") }, false},
		{"server disconnect", func(r rig, _ *servertest.Conn, sid string) { r.server.Socket(sid).Disconnect(false) }, false},
		{"server closes", func(r rig, _ *servertest.Conn, sid string) { r.server.Socket(sid).Disconnect(true) }, false},
		{"still there", func(rig, *servertest.Conn, string) {}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
				c := r.WebSocket("")
				c.Send("40", `42["message","m0"]`)
				k := admission(t, c.Next())
				k.offset = wantKept(t, c, `42["message-back","m0"]`)
				row.end(r, c, k.sid)
				synctest.Wait()

				c = r.WebSocket("")
				c.Send(k.request(""))
				if got := admission(t, c.Next()); (got.sid == k.sid) != row.want {
					t.Errorf("recovered: %v, want %v", got.sid == k.sid, row.want)
				}
			})
		})
	}
}

func TestRecoveryAndMiddlewares(t *testing.T) {
	for _, run := range []bool{false, true} {
		inBubble(t, recovering(server.Recovery{RunMiddlewares: run}), func(t *testing.T, r rig) {
			refuse := false
			r.server.Use(func(_ context.Context, s *server.Socket) error {
				r.log <- "middleware, recovered " + map[bool]string{true: "yes", false: "no"}[s.Recovered()]
				if refuse {
					return &server.Error{Message: "no"}
				}
				return nil
			})
			k := visited(t, r)
			r.notes()
			if run {
				refuse = true
				c := r.WebSocket("")
				c.Send(k.request(""))
				c.Want(`44{"message":"no"}`)
				wantNotes(t, r, "middleware, recovered yes")
				refuse = false
			}
			c := r.WebSocket("")
			c.Send(k.request(""))
			if got := admission(t, c.Next()); got.sid != k.sid {
				t.Errorf("not recovered, with middlewares: %v", run)
			}
			if run {
				wantNotes(t, r, "middleware, recovered yes")
			} else {
				wantNotes(t, r)
			}
		})
	}
}

func TestEventsThatAreNotKept(t *testing.T) {
	inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
		r.server.OnConnection(func(s *server.Socket) {
			_ = s.Volatile().Emit("volatile", "a")
			s.Ask(s.Context(), "asked", "b")
			_ = r.server.Volatile().Emit("volatile", "c")
			r.server.Ask(s.Context(), "asked", "d")
		})
		c := r.WebSocket("")
		c.Send("40")
		c.Next()
		c.Want(`42["volatile","a"]`, `420["asked","b"]`, `42["volatile","c"]`, `421["asked","d"]`)
	})
}

func TestNoRecoveryInRevision4(t *testing.T) {
	config := recovering(server.Recovery{})
	config.Revisions = []sio.Revision{sio.Revision4, sio.Revision5}
	inBubble(t, config, func(t *testing.T, r rig) {
		r.Speak("3")
		c := r.WebSocket("")
		c.Want("40")
		c.Send(`42["message","m0"]`)
		c.Want(`42["message-back","m0"]`)
	})
}

func TestRecoveryInCustomNamespace(t *testing.T) {
	inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
		r.server.Of("/a").OnConnection(func(s *server.Socket) { _ = s.Emit("auth", s.Handshake().Auth) })
		c := r.WebSocket("")
		c.Send(`40/a,{"token":"old"}`)
		k := admission(t, c.Next())
		k.offset = wantKept(t, c, `42/a,["auth",{"token":"old"}]`)
		_ = c.WS.Close()
		synctest.Wait()
		c = r.WebSocket("")
		c.Send(`40/a,{"token":"new","pid":"` + k.pid + `","offset":"` + k.offset + `"}`)
		if got := admission(t, c.Next()); got.sid != k.sid {
			t.Error("not recovered")
		}
		wantKept(t, c, `42/a,["auth",{"token":"new","pid":"`+k.pid+`","offset":"`+k.offset+`"}]`)
	})
}

func TestClaimsThatAreNone(t *testing.T) {
	for _, claim := range []string{`{}`, `{"pid":"PID"}`, `{"offset":"OFFSET"}`, `{"pid":1,"offset":{}}`, `{"Pid":"PID","Offset":"OFFSET"}`} {
		t.Run(claim, func(t *testing.T) {
			inBubble(t, recovering(server.Recovery{}), func(t *testing.T, r rig) {
				k := visited(t, r)
				c := r.WebSocket("")
				c.Send("40" + strings.NewReplacer("PID", k.pid, "OFFSET", k.offset).Replace(claim))
				if got := admission(t, c.Next()); got.sid == k.sid {
					t.Error("recovered")
				}
			})
		})
	}
}
