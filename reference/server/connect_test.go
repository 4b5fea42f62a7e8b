package server_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

func TestServerIsSilentUntilCONNECT(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		<-time.After(20 * time.Second)
		c.Connect("/")
	})
}

func TestCONNECTForms(t *testing.T) {
	for _, row := range []struct{ packet, answer string }{
		{"40", "40"},
		{"40{}", "40"},
		{"40/", "40"},
		{"40/,", "40"},
		{"40/,{}", "40"},
		{"40/a", "40/a,"},
		{"40/a,", "40/a,"},
		{"40/a,{}", "40/a,"},
		{"40/a,12", "40/a,"},
		{"40/unicodé-ж,", "40/unicodé-ж,"},
		{"40/with space,", "40/with space,"},
		{"40/q?x=1,", "40/q?x=1,"},
		{"40/noslash,", "40/noslash,"},
	} {
		t.Run(row.packet, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				for _, name := range []string{"/unicodé-ж", "/with space", "/q?x=1", "noslash"} {
					r.server.Of(name)
				}
				c := r.WebSocket("")
				c.Send(row.packet)
				answer := c.Next()
				id := strings.TrimSuffix(strings.TrimPrefix(answer, row.answer+`{"sid":"`), `"}`)
				if len(id) != 20 || id == c.SID {
					t.Errorf("got %s", answer)
				}
			})
		})
	}
}

func TestUnknownNamespaces(t *testing.T) {
	for _, name := range []string{
		"/random", "/A", "/a/", "//a", "/../a", "/__proto__", "/constructor", "/a?token=x", `/a{"token":1}`, "/_0",
		"/" + strings.Repeat("z", 5000),
	} {
		t.Run(name[:min(20, len(name))], func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				c := r.WebSocket("")
				for range 2 {
					c.Send("40" + name + ",")
					c.Want("44" + name + `,{"message":"Invalid namespace"}`)
				}
				c.Connect("/a")
				alive(c, "/a")
				if got := len(r.server.Namespaces()); got != 3 {
					t.Errorf("%d namespaces", got)
				}
			})
		})
	}
}

func TestPacketsThatCloseTheConnection(t *testing.T) {
	for _, row := range []struct {
		name   string
		joined bool // "/" before
		packet string
	}{
		{"EVENT first", false, `42["message",1]`},
		{"DISCONNECT first", false, "41"},
		{"ACK first", false, `431["x"]`},
		{"CONNECT_ERROR first", false, `44{"message":"x"}`},
		{"EVENT for a namespace first", false, `42/a,["message",1]`},
		{"header of a binary event first", false, `451-["message",{"_placeholder":true,"num":0}]`},
		{"malformed first", false, "4abc"},
		{"empty message", true, "4"},
		{"unknown type", true, "47"},
		{"CONNECT_ERROR", true, `44{"message":"x"}`},
		{"EVENT not joined", true, `42/a,["message",1]`},
		{"EVENT unknown namespace", true, `42/nope,["message"]`},
		{"EVENT without comma", true, `42/a["message"]`},
		{"DISCONNECT not joined", true, "41/a,"},
		{"ACK not joined", true, "43/a,1[]"},
		{"second CONNECT", true, "40"},
		{"second CONNECT, spelled out", true, "40/,"},
		{"CONNECT with array", true, "40/a,[]"},
		{"CONNECT with null", true, "40/a,null"},
		{"CONNECT with string", true, `40/a,"x"`},
		{"CONNECT with broken JSON", true, `40/a,{"a":`},
		{"comma in the name", true, "40/a,b,"},
		{"name without slash", true, "40admin"},
		{"DISCONNECT with payload", true, `41{"a":1}`},
		{"EVENT without payload", true, "42"},
		{"EVENT with id, without payload", true, "4212"},
		{"ACK without payload", true, "431"},
		{"EVENT with object", true, "42{}"},
		{"EVENT with empty array", true, "42[]"},
		{"EVENT named null", true, "42[null]"},
		{"EVENT named by an object", true, "42[{}]"},
		{"EVENT malformed", true, `42["message"`},
		{"EVENT with garbage behind", true, `42["message",1]x`},
		{"two packets in one", true, `42["message",1]42["message",2]`},
		{"ack id not a number", true, `42abc["message-with-ack",1]`},
		{"ack id negative", true, `42-1["message-with-ack"]`},
		{"event connect", true, `42["connect"]`},
		{"event connect_error", true, `42["connect_error"]`},
		{"event disconnect", true, `42["disconnect"]`},
		{"event disconnecting", true, `42["disconnecting"]`},
		{"event newListener", true, `42["newListener"]`},
		{"event removeListener", true, `42["removeListener"]`},
		{"binary event disconnect", true, `451-["disconnect",{"_placeholder":true,"num":0}]`},
		{"no attachments", true, `450-["message","x"]`},
		{"attachments uncounted", true, `45-["message","x"]`},
		{"too many attachments", true, `4511-["message",{"_placeholder":true,"num":0}]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				canary := r.joined("/")
				c := r.WebSocket("")
				if row.joined {
					c.Connect("/")
				}
				began := time.Now()
				c.Send(row.packet)
				c.WantClosed()
				if took := time.Since(began); took != 0 {
					t.Errorf("closed after %v", took)
				}
				var want []string
				if row.joined {
					want = []string{"/ disconnecting forced close []", "/ disconnect forced close []"}
				}
				wantNotes(t, r, want...)
				alive(canary, "/")
			})
		})
	}
}

func TestPacketsThatAreIgnored(t *testing.T) {
	for _, packet := range []string{
		`42["nobody",1]`, `427["nobody",1]`, `42["error","x"]`, `43999["x"]`, `43["x"]`, "43[]",
	} {
		t.Run(packet, func(t *testing.T) {
			inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
				c := r.joined("/")
				c.Send(packet)
				alive(c, "/")
			})
		})
	}
}

func TestSecondCONNECTInOnePayloadCloses(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		p := r.Polling("")
		p.Post("40/a,\x1e40/a,")
		body := p.Get().Body
		if !strings.HasPrefix(body, `40/a,{"sid":`) || strings.Count(body, "40/a,") != 1 {
			t.Errorf("got %q", body)
		}
		if body := p.Get().Body; body != "1" {
			t.Errorf("then got %q", body)
		}
		synctest.Wait()
		if got := len(r.server.Of("/a").LocalSockets()); got != 0 {
			t.Errorf("%d members", got)
		}
	})
}

func TestConnectTimeout(t *testing.T) {
	for _, row := range []struct{ name, packet, answer string }{
		{"nothing sent", "", ""},
		{"unknown namespace", "40/random,", `44/random,{"message":"Invalid namespace"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{ConnectTimeout: 5 * time.Second}, func(t *testing.T, r rig) {
				c := r.WebSocket("")
				began := time.Now()
				if row.packet != "" {
					c.Send(row.packet)
					c.Want(row.answer)
				}
				c.WantClosed()
				if took := time.Since(began); took != 5*time.Second {
					t.Errorf("closed after %v", took)
				}
			})
		})
	}
	t.Run("not once a namespace was joined", func(t *testing.T) {
		inBubble(t, server.Config{ConnectTimeout: 5 * time.Second}, func(_ *testing.T, r rig) {
			c := r.joined("/a")
			c.Send("41/a,")
			<-time.After(20 * time.Second)
			c.Connect("/b")
		})
	})
}

func TestAuthBelongsToOneNamespace(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		for _, name := range []string{"/", "/a"} {
			r.server.Of(name).OnConnection(func(s *server.Socket) { _ = s.Emit("auth", s.Handshake().Auth) })
		}
		c := r.WebSocket("")
		c.Send(`40{"token":"t"}`)
		c.Next()
		c.Want(`42["auth",{"token":"t"}]`)
		c.Send("40/a,")
		c.Next()
		c.Want(`42/a,["auth",{}]`)
	})
}

func TestHandshake(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		got := make(chan server.Handshake, 1)
		r.server.Of("/a").OnConnection(func(s *server.Socket) { got <- s.Handshake() })
		r.WebSocket("foo=b%20r&t=abc").Connect("/", "/a")
		h := <-got
		if h.Query.Get("foo") != "b r" || h.Query.Get("t") != "abc" || h.Query.Get("EIO") != "4" {
			t.Errorf("query %v", h.Query)
		}
		if h.Header.Get("Upgrade") != "websocket" || !strings.HasPrefix(h.URL, "/socket.io/?") || h.Secure || h.Time.IsZero() || h.Address == "" {
			t.Errorf("handshake %+v", h)
		}
		if h.Request.Context().Err() != nil {
			t.Errorf("context of the request has ended")
		}
	})
}

func TestCONNECTIsAnsweredBeforeEvents(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		n := r.server.Of("/greet")
		n.OnConnection(func(s *server.Socket) {
			_ = s.Emit("one")
			_ = s.Emit("two", map[string]int{"a": 1})
			_ = n.Emit("three")
		})
		c := r.joined("/greet")
		c.Want(`42/greet,["one"]`, `42/greet,["two",{"a":1}]`, `42/greet,["three"]`)
	})
}

func TestMultiplexing(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		ids := c.Connect("/", "/a", "/b")
		if ids[0] == ids[1] || ids[1] == ids[2] || ids[0] == ids[2] {
			t.Errorf("ids %v", ids)
		}
		c.Send(`42/b,["message",1]`, `42["message",2]`, `42/a,["message",3]`)
		got := map[string]bool{c.Next(): true, c.Next(): true, c.Next(): true}
		for _, want := range []string{`42/b,["message-back",1]`, `42["message-back",2]`, `42/a,["message-back",3]`} {
			if !got[want] {
				t.Errorf("no %s in %v", want, got)
			}
		}
	})
}

func TestCONNECTsInOnePayloadAreAnsweredInOrder(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		p := r.Polling("")
		p.Post("40/a,\x1e40/random,\x1e40/b,\x1e40")
		var names []string
		for packet := range strings.SplitSeq(p.Get().Body, "\x1e") {
			name, _, _ := strings.Cut(packet, "{")
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != "40/a, 44/random, 40/b, 40" {
			t.Errorf("got %s", got)
		}
	})
}

func TestNamespacesSurviveAnUpgrade(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		p := r.Polling("")
		p.Post("40\x1e40/a,")
		p.Get()
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		c.Send("5")
		alive(c, "/a")
		alive(c, "/")
	})
}

func TestTooManyNamespaces(t *testing.T) {
	inBubble(t, server.Config{MaxNamespaces: 2}, func(_ *testing.T, r rig) {
		c := r.joined("/", "/a")
		c.Send("40/b,")
		c.Want(`44/b,{"message":"too many namespaces"}`)
		c.Send("41/a,")
		c.Connect("/b")
	})
}

func TestDeclaredWhileRunning(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		c := r.WebSocket("")
		c.Send("40/late,")
		c.Want(`44/late,{"message":"Invalid namespace"}`)
		r.server.Of("/late")
		c.Connect("/late")
	})
}

func TestMainNamespaceAndServerAreOne(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		if r.server.Of("/") != r.server.Namespace || r.server.Sockets() != r.server.Namespace || r.server.Name() != "/" {
			t.Error("not one")
		}
		c, other := r.joined("/"), r.joined("/a")
		_ = r.server.Emit("hi", "everyone")
		c.Want(`42["hi","everyone"]`)
		alive(other, "/a")
	})
}
