package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// inBubble4 runs a test against a server that serves both revisions, and whose
// clients speak revision 4.
func inBubble4(t *testing.T, test func(*testing.T, rig)) {
	t.Helper()
	inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4, sio.Revision5}}, func(t *testing.T, r rig) {
		r.Speak("3")
		test(t, r)
	})
}

// greeted opens a WebSocket of revision 4 and joins namespaces.
func (r rig) greeted(namespaces ...string) *servertest.Conn {
	c := r.WebSocket("")
	c.Want("40")
	for _, name := range namespaces {
		c.Send("40" + name + ",")
		c.Want("40" + name + ",")
	}
	return c
}

func TestMainNamespaceIsImplicit(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		r.server.OnConnection(func(s *server.Socket) { _ = s.Emit("hello") })
		c := r.WebSocket("")
		c.Want("40", `42["hello"]`)
		alive(c, "/")
	})
}

func TestImplicitCONNECTComesWithTheOpenPacket(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		p := r.Do("GET", "EIO=3&transport=polling", "")
		if !strings.HasPrefix(p.Body, "97:0{") || !strings.HasSuffix(p.Body, `"pingTimeout":20000}2:40`) {
			t.Errorf("got %q", p.Body)
		}
	})
}

func TestConnectTimeoutIsNotForRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		r.server.Use(func(ctx context.Context, _ *server.Socket) error {
			<-ctx.Done()
			return ctx.Err()
		})
		c := r.WebSocket("")
		for range 3 {
			<-time.After(40 * time.Second)
			c.Send("2")
			c.Want("3")
		}
	})
}

func TestCONNECTFormsOfRevision4(t *testing.T) {
	for _, row := range []struct{ packet, answer string }{
		{"40/a", "40/a,"},
		{"40/a,", "40/a,"},
		{`40/a,{"token":"x"}`, "40/a,"},
		{"40/a,12", "40/a,"},
		{"40/a?token=1,", "40/a,"},
		{"40/a?token=1", "40/a,"},
		{"40/a?,", "40/a,"},
		{"40/unicodé-ж,", "40/unicodé-ж,"},
		{"40/with space,", "40/with space,"},
		{"40/random", `44/random,"Invalid namespace"`},
		{"40/random?x=1,", `44/random,"Invalid namespace"`},
		{"40/../a,", `44/../a,"Invalid namespace"`},
		{"40//a,", `44//a,"Invalid namespace"`},
		{"40", "40"},
		{"40/a,[]", "closed 1005"},
		{"40a", "closed 1005"},
	} {
		t.Run(row.packet, func(t *testing.T) {
			inBubble4(t, func(t *testing.T, r rig) {
				r.server.Of("/unicodé-ж")
				r.server.Of("/with space")
				c := r.greeted()
				c.Send(row.packet)
				c.Want(row.answer)
			})
		})
	}
}

func TestIDsOfRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		c := r.greeted("/a")
		c.Send(`421["join","r"]`, `42/a,1["join","r"]`)
		got := []string{c.Next(), c.Next()}
		slices.Sort(got)
		rooms := func(id string) string {
			rooms := []string{id, "r"}
			slices.Sort(rooms)
			return fmt.Sprintf(`["%s","%s"]`, rooms[0], rooms[1])
		}
		if want := []string{"43/a,1[" + rooms("/a#"+c.SID) + "]", "431[" + rooms(c.SID) + "]"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestRefusalsOfRevision4(t *testing.T) {
	for _, row := range []struct {
		name    string
		err     error
		payload string
	}{
		{"message", errors.New("no <&>"), `"no <&>"`},
		{"empty message", errors.New(""), `""`},
		{"unicode", &server.Error{Message: `réfusé "x"`}, `"réfusé \"x\""`},
		{"data instead of the message", &server.Error{Message: "no", Data: map[string]any{"code": 1}}, `{"code":1}`},
		{"text", &server.Error{Message: "no", Data: "text"}, `"text"`},
		{"array", &server.Error{Message: "no", Data: []int{}}, `[]`},
		{"true", &server.Error{Message: "no", Data: true}, `true`},
		{"false", &server.Error{Message: "no", Data: false}, `"no"`},
		{"zero", &server.Error{Message: "no", Data: json.RawMessage("-0.0")}, `"no"`},
		{"empty text", &server.Error{Message: "no", Data: ""}, `"no"`},
		{"null", &server.Error{Message: "no", Data: json.RawMessage("null")}, `"no"`},
		{"no JSON", &server.Error{Message: "no", Data: func() {}}, `"no"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble4(t, func(t *testing.T, r rig) {
				r.server.Of("/a").Use(func(context.Context, *server.Socket) error { return row.err })
				c := r.greeted()
				c.Send("40/a,")
				c.Want("44/a," + row.payload)
				alive(c, "/")
			})
		})
	}
}

func TestMainNamespaceComesFirst(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		var order []string
		pass := func(name string, d time.Duration) {
			r.server.Of(name).Use(func(context.Context, *server.Socket) error {
				<-time.After(d)
				order = append(order, name)
				return nil
			})
		}
		pass("/", time.Second)
		pass("/a", 0)
		c := r.WebSocket("")
		c.Send("40/a,", "40/b,", "40/random,", `42["message"]`)
		c.Want(`44/random,"Invalid namespace"`, "40")
		if got := []string{c.Next(), c.Next()}; !slices.Contains(got, "40/a,") || !slices.Contains(got, "40/b,") {
			t.Errorf("got %q", got)
		}
		alive(c, "/")
		alive(c, "/a")
		alive(c, "/b")
		if !slices.Equal(order, []string{"/", "/a"}) {
			t.Errorf("middlewares ran in the order %q", order)
		}
	})
}

func TestMainNamespaceRefuses(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		attempts := 0
		r.server.Use(func(context.Context, *server.Socket) error {
			attempts++
			if attempts < 3 {
				return &server.Error{Message: "no", Data: json.RawMessage(`{"n":1}`)}
			}
			return nil
		})
		c := r.WebSocket("")
		c.Want(`44{"n":1}`)
		c.Send("40/a,", "40/random,", `42["message"]`, `42/a,["message"]`)
		c.Want(`44/random,"Invalid namespace"`)
		c.Send("40")
		c.Want(`44{"n":1}`)
		<-time.After(40 * time.Second)
		c.Send("2")
		c.Want("3")
		if n := len(r.server.Of("/a").LocalSockets()); n != 0 {
			t.Errorf("%d members", n)
		}
		c.Send("40")
		c.Want("40", "40/a,")
		alive(c, "/a")
	})
}

func TestConnectionEndsWhileNamespacesWait(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		r.server.Use(func(context.Context, *server.Socket) error { return errors.New("no") })
		r.server.OfPattern(regexp.MustCompile(`^/dynamic-\d+$`))
		c := r.WebSocket("")
		c.Want(`44"no"`)
		c.Send("40/a,", "40/dynamic-1,", "2")
		c.Want("3")
		_ = c.WS.Close()
		synctest.Wait()
		if n := r.server.Connections(); n != 0 {
			t.Errorf("%d connections", n)
		}
	})
}

func TestRepeatedCONNECT(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		joins := 0
		a := r.server.Of("/a")
		a.Use(func(context.Context, *server.Socket) error {
			<-time.After(time.Second)
			return nil
		})
		a.OnConnection(func(*server.Socket) { joins++ })
		r.server.Of("/b").Use(func(context.Context, *server.Socket) error {
			<-time.After(time.Second)
			return errors.New("no")
		})
		c := r.greeted()
		c.Send("40/a,", "40/a,")
		c.Want("40/a,", "40/a,")
		c.Send("40/a,", "40", "40/b,", "40/b,")
		c.Want("40/a,", "40", `44/b,"no"`, `44/b,"no"`)
		_ = a.Emit("once")
		c.Want(`42/a,["once"]`)
		c.Send("41/a,")
		alive(c, "/")
		_ = a.Emit("nobody")
		alive(c, "/")
		if joins != 1 {
			t.Errorf("%d sockets", joins)
		}
	})
}

func TestQueryOfRevision4(t *testing.T) {
	type seen struct {
		auth  string
		query map[string][]string
	}
	for _, row := range []struct {
		name, url, connect string
		want               seen
	}{
		{"main", "foo=base&x=%2C", "40", seen{
			`{"EIO":"3","foo":"base","transport":"websocket","x":","}`, map[string][]string{"foo": {"base"}, "x": {","}},
		}},
		{"namespace", "foo=base", "40/a?token=1%202&uid=a+b,", seen{
			`{"token":"1 2","uid":"a b"}`, map[string][]string{"foo": {"base"}, "token": {"1 2"}, "uid": {"a b"}},
		}},
		{"over", "foo=base&foo=other", "40/a?foo=over&x=1&x=2,", seen{
			`{"foo":"over","x":["1","2"]}`, map[string][]string{"foo": {"over"}, "x": {"1", "2"}},
		}},
		{"none", "foo=base", "40/a,", seen{"{}", map[string][]string{"foo": {"base"}}}},
		{"malformed", "", "40/a?a=%zz&b=1,", seen{`{"b":"1"}`, map[string][]string{"b": {"1"}}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble4(t, func(t *testing.T, r rig) {
				var h server.Handshake
				name := "/a"
				if row.connect == "40" {
					name = "/"
				}
				r.server.Of(name).Use(func(_ context.Context, s *server.Socket) error {
					h = s.Handshake()
					return nil
				})
				c := r.WebSocket(row.url)
				c.Want("40")
				c.Send(row.connect)
				c.Next()
				row.want.query["EIO"], row.want.query["transport"] = []string{"3"}, []string{"websocket"}
				if string(h.Auth) != row.want.auth || !maps.EqualFunc(h.Query, row.want.query, slices.Equal) {
					t.Errorf("got %s and %v, want %+v", h.Auth, h.Query, row.want)
				}
			})
		})
	}
}

func TestDynamicNamespacesOfRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		r.server.OfPattern(regexp.MustCompile(`^/dynamic-\d+$`)).OnConnection(r.standard)
		asked := make(chan string, 10)
		r.server.OfFunc(func(_ context.Context, name string, auth json.RawMessage) (bool, error) {
			asked <- name + " " + string(auth)
			return strings.Contains(string(auth), "secret"), nil
		}).OnConnection(r.standard)
		c := r.greeted()
		c.Send("40/dynamic-1?foo=1,")
		c.Want("40/dynamic-1,")
		alive(c, "/dynamic-1")
		c.Send("40/tenant?token=bad,")
		c.Want(`44/tenant,"Invalid namespace"`)
		c.Send("40/tenant?token=secret,")
		c.Want("40/tenant,")
		alive(c, "/tenant")
		if a, b := <-asked, <-asked; a != `/tenant {"token":"bad"}` || b != `/tenant {"token":"secret"}` {
			t.Errorf("asked about %s, then %s", a, b)
		}
	})
}

func TestLeavingInRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		c := r.greeted("/a")
		c.Send("41")
		alive(c, "/a")
		c.Send(`42["message"]`, "40/b,")
		c.Want("40/b,")
		c.Send("40")
		c.Want("40")
		alive(c, "/")
		c.Send("41/a,", "41/a,", `42/a,["message"]`, "40/a,")
		c.Want("40/a,")
		alive(c, "/a")
		wantNotesInAnyOrder(t, r,
			"/ disconnecting client namespace disconnect []", "/ disconnect client namespace disconnect []",
			"/a disconnecting client namespace disconnect []", "/a disconnect client namespace disconnect []")
	})
}

func TestSocketThatHasLeftDoesNotTouchItsSuccessor(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		var sockets []*server.Socket
		r.server.Of("/a").OnConnection(func(s *server.Socket) { sockets = append(sockets, s) })
		c := r.greeted("/a")
		c.Send("41/a,", "40/a,")
		c.Want("40/a,")
		alive(c, "/a")
		old, current := sockets[0], sockets[1]
		current.Join("r")
		old.Leave("r")
		old.Join("s")
		old.Disconnect(false)
		if got := current.Rooms(); old.ID() != current.ID() || !slices.Equal(got, []string{"/a#" + c.SID, "r"}) {
			t.Errorf("ids %s and %s, rooms %q", old.ID(), current.ID(), got)
		}
		alive(c, "/a")
	})
}

func TestServerDisconnectsInRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		c := r.greeted("/a", "/b")
		r.server.Of("/a").DisconnectSockets(false)
		c.Want("41/a,")
		c.Send(`42/a,1["message-with-ack"]`)
		alive(c, "/b")
		r.server.Of("/b").DisconnectSockets(true)
		c.Want("41", "41/b,")
		c.WantClosed()
	})
}
