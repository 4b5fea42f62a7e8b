package peer

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestRawFrameHasTheLayoutOfRFC6455(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame RawFrame
		want  string
	}{
		{"text", RawFrame{Opcode: 1, Payload: []byte("6")}, "818137fa213d01"},
		{"unmasked", RawFrame{Opcode: 1, Unmasked: true, Payload: []byte("6")}, "810136"},
		{"first fragment", RawFrame{Opcode: 1, More: true}, "018037fa213d"},
		{"reserved bits", RawFrame{Opcode: 1, Reserved: 7, Unmasked: true}, "f100"},
		{"126 bytes", RawFrame{Opcode: 2, Unmasked: true, Payload: make([]byte, 126)}, "827e007e" + strings.Repeat("00", 126)},
		{"64 KiB", RawFrame{Opcode: 2, Unmasked: true, Payload: make([]byte, 1<<16)}, "827f0000000000010000" + strings.Repeat("00", 1<<16)},
	} {
		if got := hex.EncodeToString(appendRawFrame(nil, c.frame)); got != c.want {
			t.Errorf("%s: %.80s, want %.80s", c.name, got, c.want)
		}
	}
}

func TestSendFramesSendsAMessageInFragments(t *testing.T) {
	s := stage(t, serve(t, correct))
	if got := failure(s, func(p *Peer) {
		p.Connect("/")
		p.SendFrames(RawFrame{Opcode: 1, More: true, Payload: []byte(`42["mess`)}, RawFrame{Payload: []byte(`age",1]`)})
		p.Want(`42["message-back",1]`)
	}); got != "" {
		t.Error(got)
	}
}

func TestWantPongWantsTheContentOfThePing(t *testing.T) {
	s := stage(t, serve(t, correct), func(c *Config) {
		c.Tap = &Tap{Pong: func(content string) []string { return []string{content + "?"} }}
	})
	got := failure(s, func(p *Peer) {
		p.SendFrames(RawFrame{Opcode: 9, Payload: []byte("a")})
		p.WantPong("a")
	})
	if got != "main: the WebSocket pong frame has another content than the ping frame" {
		t.Error(got)
	}
}

func TestWantPingCountsThePings(t *testing.T) {
	s := stage(t, serve(t, correct, "2", "2", "2"))
	if got := failure(s, func(p *Peer) {
		p.WantPing(5 * time.Second)
		p.WantPing(5 * time.Second)
		p.WantOpen()
		if n := p.Pings(); n != 1 {
			p.Failf("%d pings are left", n)
		}
	}); got != "" {
		t.Error(got)
	}
}

func TestWantPingFailsWithoutOne(t *testing.T) {
	s := stage(t, serve(t, correct))
	if got := failure(s, func(p *Peer) { p.WantPing(time.Millisecond) }); got != "main: want a ping within 1ms; got none" {
		t.Error(got)
	}
}

func TestWantPingWaitsForATargetThatIsHeldUp(t *testing.T) {
	heldUp := func(packet string) []string {
		if strings.Contains(packet, "fence") {
			return append([]string{"2"}, correct(packet)...)
		}
		return correct(packet)
	}
	s := stage(t, serve(t, heldUp))
	if got := failure(s, func(p *Peer) { p.WantPing(time.Millisecond) }); got != "" {
		t.Error(got)
	}
}

func TestWantClosedBetween(t *testing.T) {
	for _, c := range []struct {
		name             string
		push             []string
		earliest, latest time.Duration
		want             string
	}{
		{"in time", []string{"close"}, 0, 5 * time.Second, ""},
		{"too early", []string{"close"}, time.Minute, time.Hour, "main: the session was closed earlier than 1m0s after the handshake: WebSocket closed with 1006"},
		{"not at all", nil, 0, time.Millisecond, "main: want the session closed within 1ms of the handshake; it is still open"},
	} {
		s := stage(t, serve(t, correct, c.push...))
		if got := failure(s, func(p *Peer) { p.WantClosedBetween(time.Now(), c.earliest, c.latest) }); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// servePolling starts a fake server that speaks long-polling with one session, and returns its address.
func servePolling(t *testing.T, s script) string {
	t.Helper()
	queue := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch sid := r.URL.Query().Get("sid"); {
		case sid == "":
			_, _ = io.WriteString(w, fakeOpen)
		case sid != "engine":
			http.Error(w, "unknown", http.StatusBadRequest)
		case r.Method == http.MethodPost:
			body, _ := io.ReadAll(r.Body)
			for part := range bytes.SplitSeq(body, []byte{separator}) {
				for _, answer := range s(string(part)) {
					queue <- answer
				}
			}
			_, _ = io.WriteString(w, "ok")
		default:
			select {
			case packet := <-queue:
				_, _ = io.WriteString(w, packet)
			case <-r.Context().Done():
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func polling(c *Config) { c.Transport, c.TimeScale = Polling, 0.3 }

func TestAManualSessionPollsForWhatIsWanted(t *testing.T) {
	s := stage(t, servePolling(t, func(packet string) []string { return append([]string{"6"}, correct(packet)...) }), polling)
	if got := failure(s, func(p *Peer) {
		p.Manual()
		p.Send("40")
		p.WantPolled(`40{"sid":<text>}`, `42["auth",{}]`)
		p.Send(`42["message",1]`)
		p.WantPolled("6", `42["message-back",1]`)
		p.WantPolledNothing()
	}); got != "" {
		t.Error(got)
	}
}

func TestWantPolledNothingFailsForAnEvent(t *testing.T) {
	s := stage(t, servePolling(t, correct), polling)
	got := failure(s, func(p *Peer) {
		p.Manual()
		p.Send(`42["message",1]`)
		p.WantPolledNothing()
	})
	if !strings.HasPrefix(got, `want nothing, after 42["message",1]; got 42["message-back",1]`) {
		t.Error(got)
	}
}

func TestAdoptTakesASessionOfAPlainRequest(t *testing.T) {
	s := stage(t, servePolling(t, correct), polling)
	if got := failure(s, func(p *Peer) {
		q := p.Peer("other")
		q.Adopt(p.HTTP(Request{Query: p.Query(Polling, "")}))
		q.Send("40")
		q.WantPolled(`40{"sid":<text>}`)
	}); got != "" {
		t.Error(got)
	}
}

func TestATapMayChangeRequestsAndDelayAnswers(t *testing.T) {
	s := stage(t, servePolling(t, correct), polling, func(c *Config) {
		c.Tap = &Tap{
			Request: func(r *http.Request) bool {
				r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "sid=other", "")
				return true
			},
			Response: func(_ *http.Request, res *Response) bool {
				res.Delay = time.Hour
				return true
			},
		}
	})
	got := failure(s, func(p *Peer) { p.HTTP(Request{Query: "sid=other"}) })
	if !strings.Contains(got, "was not answered within") || s.Faulted() < 2 {
		t.Errorf("%q, %d changes", got, s.Faulted())
	}
}

func TestRawSpeaksHTTPByHand(t *testing.T) {
	s := stage(t, servePolling(t, correct), polling)
	if got := failure(s, func(p *Peer) {
		p.Manual()
		p.Open()
		raw := p.Raw()
		raw.Request(http.MethodPost, p.SessionQuery(Polling), "Content-Length: 2", "Expect: 100-continue")
		if !raw.WantContinue() {
			p.Failf("no 100 Continue")
		}
		raw.Write("40")
		if res := raw.Response(); res.Status != http.StatusOK || string(res.Body) != "ok" {
			p.Failf("got %d %q", res.Status, res.Body)
		}
		p.WantPolled(`40{"sid":<text>}`)
	}); got != "" {
		t.Error(got)
	}
}

// A target that takes the WebSocket of an upgrade and is silent on it must not hold up the end of the stage.
func TestUpgradeUnanswered(t *testing.T) {
	over := make(chan struct{})
	upgrader := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") != "websocket" {
			_, _ = io.WriteString(w, fakeOpen)
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		<-over
		_ = conn.Close()
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	s := stage(t, server.URL, func(c *Config) { c.Transport = Upgraded })
	if got, want := failure(s, func(p *Peer) { p.Open() }), "probe"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	s.Close()
}

func TestHangUpWaitsForTheTargetsCloseFrame(t *testing.T) {
	upgrader := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		conn.SetCloseHandler(func(int, string) error {
			return errors.Join(
				conn.WriteMessage(websocket.TextMessage, []byte(`42["late"]`)),
				conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Time{}))
		})
		if conn.WriteMessage(websocket.TextMessage, []byte(fakeOpen)) == nil {
			_, _, _ = conn.ReadMessage() // the close frame
		}
	}))
	t.Cleanup(server.Close)
	s := stage(t, server.URL)
	p := s.Peer("main")
	p.Open()
	p.HangUp()
	if got := p.Unread(); len(got) != 1 || string(got[0].Raw) != `42["late"]` {
		t.Errorf("what the target sent before it closed: %v", got)
	}
}
