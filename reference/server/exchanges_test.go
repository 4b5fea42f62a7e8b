package server_test

import (
	"context"
	hexadecimal "encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// TestExchanges plays one exchange over WebSocket for each requirement that has
// neither a rule of the suite nor a test of its own. A line is "> frame" that is
// sent, "< frame" or "<~ beginning of a frame" that comes next, or "closed".
func TestExchanges(t *testing.T) {
	for _, row := range []struct {
		id, eio, query string
		lines          []string
	}{
		{"sio.packet.nsp.nested", "4", "", []string{"> 40/x/y,", `<~ 40/x/y,{"sid":`}},
		{"sio.packet.nsp.space", "4", "", []string{"> 40/a b,", `<~ 40/a b,{"sid":`}},
		{"sio.packet.nsp.server-adds-slash", "4", "", []string{"> 40/slash,", `<~ 40/slash,{"sid":`}},
		{"sio.packet.nsp.dot-segments", "4", "", []string{
			"> 40/../a,", `< 44/../a,{"message":"Invalid namespace"}`, "> 40//a,", `< 44//a,{"message":"Invalid namespace"}`}},
		{"sio.packet.nsp.query-v5", "4", "", []string{"> 40/a?x=1,", `< 44/a?x=1,{"message":"Invalid namespace"}`}},
		{"sio.packet.nsp.query-v4", "3", "", []string{"< 40", "> 40/q?x=1,", "< 40/q,", `< 42/q,["query","1"]`}},
		{"sio.packet.nsp.error-echo", "3", "", []string{"< 40", "> 40/nope?x=1,", `< 44/nope,"Invalid namespace"`}},
		{"sio.packet.binary.eio3-type-byte", "3", "", []string{
			"< 40", `> 451-["message",{"_placeholder":true,"num":0}]`, "> bin 040102", `< 451-["message-back",{"_placeholder":true,"num":0}]`, "< bin 040102"}},
		{"sio.packet.binary.b64-client", "3", "b64=1", []string{
			"< 40", `> 451-["message",{"_placeholder":true,"num":0}]`, "> b4AQI=", `< 451-["message-back",{"_placeholder":true,"num":0}]`, "< b4AQI="}},
		{"sio.ns.connect.root.implicit", "3", "", []string{"< 40", `> 42["message",1]`, `< 42["message-back",1]`}},
		{"sio.ns.connect.root.implicit-before-custom", "3", "", []string{"> 40/a,", "< 40", "< 40/a,"}},
		{"sio.ns.connect.root.repeat-v4", "3", "", []string{"< 40", "> 40", "< 40", `> 42["message",1]`, `< 42["message-back",1]`, `> 420["message-with-ack"]`, "< 430[]"}},
		{"sio.ns.connect.auth-v4-ignored", "3", "", []string{"< 40", `> 40/q,{"x":1}`, "< 40/q,", `< 42/q,["query",""]`}},
		{"sio.ns.disconnect.root-v4", "3", "", []string{"< 40", "> 40/a,", "< 40/a,", "> 41", `> 42/a,["message",1]`, `< 42/a,["message-back",1]`}},
		{"sio.ns.disconnect.root-v4-then-join", "3", "", []string{"< 40", "> 41", "> 40/a,", "< 40/a,"}},
		{"sio.ns.order.root-greeting", "3", "greet=1", []string{"< 40", `< 42["hello"]`}},
		{"sio.mw.root.v4-for-custom", "3", "note=1", []string{"> 40/a,", `< 42["middleware"]`, "< 40", "< 40/a,"}},
		{"sio.mw.root.v4-slow-buffers", "3", "slow=1", []string{"> 40/a,", "< 40", "< 40/a,"}},
		{"sio.mw.root.v4-deny", "3", "deny=1", []string{`< 44"denied"`, "> 2", "< 3"}},
		{"sio.mw.root.v4-deny-blocks-custom", "3", "deny=1", []string{`< 44"denied"`, "> 40/a,", "> 2", "< 3"}},
		{"sio.dyn.query.v4", "3", "", []string{"< 40", "> 40/dyn-1?x=1,", "< 40/dyn-1,"}},
		{"sio.mw.express-error", "4", "", []string{"> 40/express-error,", `< 44/express-error,{"message":"express says no"}`}},
		{"sio.mw.deny-data-binary", "4", "", []string{"> 40/deny-binary,", `< 44/deny-binary,{"message":"no","data":"AQI="}`}},
		{"sio.dyn.namespace-of-parent-emit-empty", "4", "", []string{"> 40", `<~ 40{"sid":`, `> 420["parent emit"]`, "< 430[]"}},
		{"eio.heartbeat.client-ping", "3", "", []string{"< 40", "> 2", "< 3"}},
		{"eio.heartbeat.ping-data-echo", "3", "", []string{"< 40", "> 2data", "< 3data"}},
		{"eio.packet.empty-frame", "4", "", []string{"> ", "closed"}},
	} {
		t.Run(row.id, func(t *testing.T) {
			inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4, sio.Revision5}}, func(t *testing.T, r rig) {
				furnish(r)
				r.Speak(row.eio)
				play(t, r.WebSocket(row.query), row.lines)
			})
		})
	}
}

// furnish makes what the exchanges need beyond the standard namespaces.
func furnish(r rig) {
	for _, name := range []string{"/x/y", "/a b", "slash"} {
		r.server.Of(name)
	}
	parent := r.server.OfPattern(regexp.MustCompile(`^/dyn-\d$`))
	r.server.Of("/q").OnConnection(func(s *server.Socket) { _ = s.Emit("query", s.Handshake().Query.Get("x")) })
	r.server.Of("/express-error").Use(func(context.Context, *server.Socket) error { return errors.New("express says no") })
	r.server.Of("/deny-binary").Use(func(context.Context, *server.Socket) error { return &server.Error{Message: "no", Data: []byte{1, 2}} })
	r.server.Use(func(_ context.Context, s *server.Socket) error {
		query := s.Handshake().Query
		if query.Get("note") != "" {
			_ = s.Emit("middleware")
		}
		if query.Get("slow") != "" {
			<-time.After(time.Second)
		}
		if query.Get("deny") != "" {
			return errors.New("denied")
		}
		return nil
	})
	r.server.OnConnection(func(s *server.Socket) {
		if s.Handshake().Query.Get("greet") != "" {
			_ = s.Emit("hello")
		}
		s.On("parent emit", func(_ server.Args, ack server.Ack) {
			if parent.Emit("x") == nil {
				_ = ack()
			}
		})
	})
}

// play plays an exchange, and fences it.
func play(t *testing.T, c *servertest.Conn, lines []string) {
	t.Helper()
	for _, line := range lines {
		kind, frame, _ := strings.Cut(line, " ")
		switch kind {
		case ">":
			if hex, ok := strings.CutPrefix(frame, "bin "); ok {
				data, _ := hexadecimal.DecodeString(hex)
				c.SendBinary(data...)
			} else {
				c.Send(frame)
			}
		case "<":
			c.Want(frame)
		case "<~":
			if got := c.Next(); !strings.HasPrefix(got, frame) {
				t.Fatalf("got %q, want %q…", got, frame)
			}
		default:
			c.WantClosed()
		}
	}
	synctest.Wait()
}

func TestSocketIDInRevision4(t *testing.T) {
	inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4}}, func(t *testing.T, r rig) {
		r.Speak("3")
		c := r.WebSocket("")
		c.Want("40")
		c.Send("40/a,")
		c.Want("40/a,")
		if r.server.Socket(c.SID) == nil || r.server.Of("/a").Socket("/a#"+c.SID) == nil {
			t.Error("a client cannot know the ids of its sockets")
		}
	})
}

// TestPayloadsOfEngineIO3 posts a payload and looks at the answer and at the
// payload that comes back.
func TestPayloadsOfEngineIO3(t *testing.T) {
	const binary = `51-["message",{"_placeholder":true,"num":0}]`
	for _, row := range []struct {
		id, query, payload, contentType string
		status                          int
		back                            string
	}{
		{"eio.payload.eio3-char-count", "", `18:42["message","é"]`, "", 400, ""},
		{"eio.payload.eio3-char-count", "", `17:42["message","é"]`, "", 200, `22:42["message-back","é"]`},
		{"eio.payload.eio3-malformed", "", `42["message"]`, "", 400, ""},
		{"eio.payload.eio3-malformed", "", `99:42["message"]`, "", 400, ""},
		{"eio.payload.binary-in-base64", "b64=1", `45:4` + binary + `6:b4AQI=`, "", 200,
			`50:451-["message-back",{"_placeholder":true,"num":0}]6:b4AQI=`},
		{"eio.payload.binary-in-octets", "b64=1", "\x00\x01\x07\xff" + `42["message",1]`, "application/octet-stream", 400, ""},
		{"eio.payload.binary-in-octets", "b64=1", "\x00\x01\x05\xff" + `42["message",1]`, "application/octet-stream", 200, `20:42["message-back",1]`},
		{"eio.payload.binary-out", "", `45:4` + binary + `6:b4AQI=`, "", 200,
			"\x00\x05\x00\xff" + `451-["message-back",{"_placeholder":true,"num":0}]` + "\x01\x03\xff\x04\x01\x02"},
		{"eio.jsonp.post", "j=0", "d=" + url.QueryEscape(`15:42["message",1]`), "application/x-www-form-urlencoded", 200,
			`___eio[0]("20:42[\"message-back\",1]");`},
	} {
		t.Run(row.id, func(t *testing.T) {
			inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4}}, func(t *testing.T, r rig) {
				open := r.Do("GET", "EIO=3&transport=polling&"+row.query, "")
				session := "EIO=3&transport=polling&" + row.query + "&sid=" + sidOf(strings.ReplaceAll(open.Body, `\"`, `"`))
				if got := r.Do("POST", session, row.payload, "Content-Type", row.contentType); got.Status != row.status {
					t.Fatalf("POST answered %d %q", got.Status, got.Body)
				}
				if got := r.Do("GET", session, ""); row.back != "" && got.Body != row.back {
					t.Errorf("got %q, want %q", got.Body, row.back)
				} else if row.back == "" && got.Status != 400 {
					t.Errorf("the session goes on: %d %q", got.Status, got.Body)
				}
			})
		})
	}
}

func TestPreflightLeavesSessionAlone(t *testing.T) {
	inBubble(t, server.Config{CORS: server.AllowOrigins("http://ok.example")}, func(t *testing.T, r rig) {
		p := r.Polling("")
		got := r.Do("OPTIONS", "EIO=4&transport=polling&sid="+p.SID, "", "Origin", "http://ok.example", "Access-Control-Request-Method", "POST")
		if got.Status != 204 || got.Header.Get("Access-Control-Allow-Origin") != "http://ok.example" {
			t.Errorf("got %d %v", got.Status, got.Header)
		}
		p.Post("40")
		if got := p.Get(); !strings.HasPrefix(got.Body, `40{"sid":`) {
			t.Errorf("got %q", got.Body)
		}
	})
}

func TestNamespaceIsNotThePath(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		open := r.Get("/socket.io/a/?EIO=4&transport=polling")
		session := "EIO=4&transport=polling&sid=" + sidOf(open.Body)
		r.Do("POST", session, "40")
		if got := r.Do("GET", session, ""); !strings.HasPrefix(got.Body, `40{"sid":`) {
			t.Errorf("got %q", got.Body)
		}
	})
}

// TestHeartbeatOfRevision3 lets a client of Engine.IO 3 send something, and at
// last nothing.
func TestHeartbeatOfRevision3(t *testing.T) {
	inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4}}, func(t *testing.T, r rig) {
		r.Speak("3")
		c := r.WebSocket("")
		c.Want("40")
		for _, frame := range []string{"2", `42["nobody"]`, "2"} {
			<-time.After(44 * time.Second)
			c.Send(frame)
		}
		c.Want("3", "3")
		began := time.Now()
		c.WantClosed()
		if took := time.Since(began); took != 45*time.Second {
			t.Errorf("closed after %v", took)
		}
		wantNotes(t, r, "/ disconnecting ping timeout []", "/ disconnect ping timeout []")
	})
}

func TestMainNamespaceOfRevision4IsNotInTheHandshakeOfASlowMiddleware(t *testing.T) {
	inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4}}, func(t *testing.T, r rig) {
		furnish(r)
		r.Speak("3")
		open := r.Do("GET", "EIO=3&transport=polling&slow=1", "")
		if strings.Contains(open.Body, "2:40") {
			t.Errorf("handshake %q", open.Body)
		}
		if got := r.Do("GET", "EIO=3&transport=polling&sid="+sidOf(open.Body), ""); got.Body != "2:40" {
			t.Errorf("got %q", got.Body)
		}
	})
}

func TestCatchAllParent(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.OfPattern(regexp.MustCompile(``)).OnConnection(func(s *server.Socket) { r.log <- s.Namespace().Name() })
		r.joined("/", "/a", "/any name at all")
		wantNotes(t, r, "/any name at all")
	})
}

func TestCompressionIsOffByDefault(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		if _, negotiated := r.Compressed(); negotiated {
			t.Error("the server compresses")
		}
	})
}
