package engine_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

// inBubble3 runs a test against an engine that serves both revisions, and whose
// clients speak revision 3.
func inBubble3(t *testing.T, test func(*testing.T, rig)) {
	t.Helper()
	both := func(c *engine.Config) { c.Revisions = []eio.Revision{eio.Revision3, eio.Revision4} }
	inBubble(t, both, func(t *testing.T, r rig) {
		r.Speak("3")
		test(t, r)
	})
}

func TestOpenPacketOfRevision3(t *testing.T) {
	open := func(sid, upgrades string) string {
		return `0{"sid":"` + sid + `","upgrades":[` + upgrades + `],"pingInterval":25000,"pingTimeout":20000}`
	}
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Do(http.MethodGet, "EIO=3&transport=polling", "")
		wantStatus(t, p, 200, "97:"+open(sidOf(p.Body[len("97:"):]), `"websocket"`))

		c, _, err := r.Dial("")
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Next(); got != open(sidOf(got), "") {
			t.Errorf("got %s", got)
		}
	})
}

func TestRevisionsThatAreServed(t *testing.T) {
	for _, row := range []struct {
		name   string
		served []eio.Revision
		query  string
		status int
	}{
		{"both, 3", []eio.Revision{3, 4}, "EIO=3", 200},
		{"both, 4", []eio.Revision{3, 4}, "EIO=4", 200},
		{"both, none", []eio.Revision{3, 4}, "", 400},
		{"3 only, 3", []eio.Revision{3}, "EIO=3", 200},
		{"3 only, 4", []eio.Revision{3}, "EIO=4", 400},
		{"4 only, 3", []eio.Revision{4}, "EIO=3", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, func(c *engine.Config) { c.Revisions = row.served }, func(t *testing.T, r rig) {
				got := r.Do(http.MethodGet, "transport=polling&"+row.query, "")
				if got.Status != row.status || row.status == 400 && got.Body != errVersion {
					t.Errorf("got %d %s", got.Status, got.Body)
				}
			})
		})
	}
}

func TestSessionKeepsItsRevision(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		wantStatus(t, r.Do(http.MethodGet, "EIO=4&transport=polling&sid="+p.SID, ""), 400, errRequest)
		p.Post("2:4x")
		wantStatus(t, p.Get(), 200, "2:4x")
	})
}

// form returns what a JSONP client posts for a payload.
func form(payload string) string {
	payload = strings.ReplaceAll(payload, `\n`, `\\n`)
	return "d=" + url.QueryEscape(strings.ReplaceAll(payload, "\n", `\n`))
}

func TestPayloadsOfRevision3(t *testing.T) {
	const (
		text   = "text/plain; charset=UTF-8"
		octets = "application/octet-stream"
		mixed  = "\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04"
	)
	for _, row := range []struct{ name, query, contentType, posted, answerType, answer string }{
		{"text", "", "", "6:4hello", text, "6:4hello"},
		{"UTF-16 lengths", "", "", "4:4€😀2:4b", text, "4:4€😀2:4b"},
		{"base64 is answered with bytes", "", "", "6:4hello10:b4AQIDBA==", octets, mixed},
		{"bytes", "", octets, mixed, octets, mixed},
		{"lengths of bytes", "", octets, "\x00\x08\xff4€😀\x01\x01\xff\x04", octets, "\x00\x08\xff4€😀\x01\x01\xff\x04"},
		{"b64=1", "b64=1", "", "6:4hello10:b4AQIDBA==", text, "6:4hello10:b4AQIDBA=="},
		{"b64=1, bytes", "b64=1", octets, mixed, text, "6:4hello10:b4AQIDBA=="},
		{"b64=0", "b64=0", "", "6:b4AQID", text, "6:b4AQID"},
		{"JSONP", "j=12", "application/x-www-form-urlencoded", form("6:4hello"), text, `___eio[12]("6:4hello");`},
		{"JSONP without number", "j=", "", form("6:4hello"), text, `___eio[]("6:4hello");`},
		{"JSONP with more than digits", "j=4;x(1)", "", form("6:4hello"), text, `___eio[41]("6:4hello");`},
		{"JSONP, newlines", "j=0", "", form("7:4a\nb\\nc"), text, `___eio[0]("7:4a\nb\\nc");`},
		{"JSONP, JavaScript", "j=0", "", form("7:4\u2028\"</\\€"), text, `___eio[0]("7:4\u2028\"\u003c/\\€");`},
		{"JSONP, binary", "j=0", octets, form("6:b4AQID"), text, `___eio[0]("6:b4AQID");`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble3(t, func(t *testing.T, r rig) {
				p := r.Polling(url.PathEscape(row.query))
				wantStatus(t, p.Post(row.posted, "Content-Type", row.contentType), 200, "ok")
				answer := p.Get()
				wantStatus(t, answer, 200, row.answer)
				if got := answer.Header.Get("Content-Type"); got != row.answerType {
					t.Errorf("content type %q", got)
				}
			})
		})
	}
}

func TestBodiesThatEndASessionOfRevision3(t *testing.T) {
	for _, row := range []struct{ name, query, contentType, body string }{
		{"no length", "", "", "4x"},
		{"length is no number", "", "", "x:40"},
		{"length is too large", "", "", "99:40"},
		{"length in bytes", "", "", "8:4€€"},
		{"unknown type", "", "", "3:abc"},
		{"payload of revision 4", "", "", "4a\x1e4b"},
		{"base64 of revision 4", "", "", "5:bAQID"},
		{"empty", "", "", ""},
		{"octets that are none", "", "application/octet-stream", "2:4x"},
		{"JSONP without form", "j=0", "", "2:4x"},
		{"JSONP, malformed form", "j=0", "", "d=%zz"},
		{"JSONP, two payloads", "j=0", "", form("2:4x") + "&" + form("2:4x")},
		{"JSONP, malformed payload", "j=0", "", form("9:4x")},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble3(t, func(t *testing.T, r rig) {
				p := r.Polling(row.query)
				wantStatus(t, p.Post(row.body, "Content-Type", row.contentType), 400, "")
				if got := r.end(t); got != engine.ParseError {
					t.Errorf("reason %q", got)
				}
				wantStatus(t, p.Get(), 400, errSession)
			})
		})
	}
}

func TestFramesOfRevision3(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		c.SendBinary(4, 1, 2)
		c.Send("b4AQI=", "4€")
		c.Want("bin 040102", "bin 040102", "4€")
	})
	inBubble3(t, func(t *testing.T, r rig) {
		c := r.WebSocket("b64=1")
		c.SendBinary(4, 1, 2)
		c.Send("4€")
		c.Want("b4AQI=", "4€")
	})
	for _, frame := range [][]byte{{}, {1}, {0xaa, 1}, {'4', 'x'}} {
		inBubble3(t, func(t *testing.T, r rig) {
			c := r.WebSocket("")
			c.SendBinary(frame...)
			c.WantClosed()
			if got := r.end(t); got != engine.ParseError {
				t.Errorf("reason %q", got)
			}
		})
	}
}

func TestClientPings(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		c.Send("2", "2probe", "2€", "3", "0", "5", "6", "4x")
		c.Want("3", "3probe", "3€", "4x")
	})
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		synctest.Wait()
		wantStatus(t, p.Post("1:2"), 200, "ok")
		wantStatus(t, <-answer, 200, "1:3")
	})
}

func TestSilenceEndsASessionOfRevision3(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		began := time.Now()
		c.WantClosed()
		if took := time.Since(began); took != 45*time.Second {
			t.Errorf("closed after %v", took)
		}
		if got := r.end(t); got != engine.PingTimeout {
			t.Errorf("reason %q", got)
		}
	})
}

func TestAPollIsNoSignOfLife(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		<-time.After(45 * time.Second)
		wantStatus(t, p.Post("1:2"), 400, errSession)
		wantStatus(t, <-answer, 200, "1:1")
		if got := r.end(t); got != engine.PingTimeout {
			t.Errorf("reason %q", got)
		}
	})
}

func TestEveryPacketIsASignOfLife(t *testing.T) {
	for _, packet := range []string{"2", "3", "4x", "6"} {
		inBubble3(t, func(t *testing.T, r rig) {
			c := r.WebSocket("")
			for range 10 {
				<-time.After(45*time.Second - time.Millisecond)
				c.Send(packet)
				synctest.Wait()
			}
			if got := r.engine.Sessions(); got != 1 {
				t.Errorf("%q: %d sessions", packet, got)
			}
		})
	}
}

func TestServerOfRevision3DoesNotPing(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		<-time.After(40 * time.Second)
		c.Send("4fence")
		c.Want("4fence")
	})
}

func TestUpgradeOfRevision3(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		p.Post("10:b4AQIDBA==")
		answer := p.Park()
		wantStatus(t, <-answer, 200, "\x01\x05\xff\x04\x01\x02\x03\x04")
		answer = p.Park()
		synctest.Wait()
		c := r.WebSocket("sid=" + p.SID)
		c.Send("2probe")
		c.Want("3probe")
		wantStatus(t, <-answer, 200, "1:6")
		c.Send("5", "2")
		c.SendBinary(4, 9)
		c.Want("3", "bin 0409")
		wantStatus(t, p.Get(), 400, errRequest)
	})
}

func TestUpgradeWithBase64(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("b64=1")
		c := r.WebSocket("b64=1&sid=" + p.SID)
		c.Send("2probe", "5", "b4CQ==")
		c.Want("3probe", "b4CQ==")
	})
}

func TestCloseOfRevision3(t *testing.T) {
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		synctest.Wait()
		wantStatus(t, p.Post("1:1"), 200, "ok")
		wantStatus(t, <-answer, 200, "1:6")
		wantStatus(t, p.Get(), 400, errSession)
	})
	inBubble3(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		wantStatus(t, p.Post("2:4x6:4close"), 200, "ok")
		wantStatus(t, p.Get(), 200, "2:4x")
		wantStatus(t, p.Get(), 200, "1:1")
		wantStatus(t, p.Get(), 400, errSession)
	})
}
