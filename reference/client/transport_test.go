package client_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

const upgradable = `{"sid":"E","upgrades":["pigeon","websocket"],"pingInterval":25000,"pingTimeout":20000}`

// query returns a parameter of a request.
func query(t *testing.T, raw, name string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

// joinedPolling opens a polling session in which the main namespace is joined,
// and returns the GET that waits.
func (r *rig) joinedPolling(c client.Config, open string) (*client.Socket, *request) {
	r.t.Helper()
	c.Transports = []string{client.Polling, client.WebSocket}
	s := r.socket("/", c)
	p := r.want("GET", "")
	p.ok("0" + open)
	get, post := r.both()
	if post.body != "40" {
		r.t.Fatalf("the client sent %q", post.body)
	}
	post.ok("ok")
	get.ok(`40{"sid":"A"}`)
	get = r.want("GET", "")
	r.wantNotes("/ connect A")
	return s, get
}

// both returns the GET and the POST that come next.
func (r *rig) both() (get, post *request) {
	r.t.Helper()
	for range 2 {
		if p := next(r.t, r.poll); p.method == http.MethodGet {
			get = p
		} else {
			post = p
		}
	}
	return get, post
}

func TestPolling(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s, get := r.joinedPolling(client.Config{NoUpgrade: true, Header: http.Header{"X-Token": {"t"}}}, upgradable)
		if query(t, get.url, "sid") != "E" || query(t, get.url, "EIO") != "4" || query(t, get.url, "transport") != "polling" || get.header.Get("X-Token") != "t" {
			t.Errorf("request is %s %v", get.url, get.header)
		}
		_ = s.Emit("1")
		_ = s.Emit("2", []byte{1, 2, 3, 4})
		_ = s.Emit("3")
		post := r.want("POST", `42["1"]`)
		if kind := post.header.Get("Content-Type"); kind != "text/plain;charset=UTF-8" {
			t.Errorf("content type is %q", kind)
		}
		r.wantIdle()
		post.ok("ok")
		r.want("POST", "451-[\"2\",{\"_placeholder\":true,\"num\":0}]\x1ebAQIDBA==\x1e42[\"3\"]").ok("ok")
		get.ok("2\x1e42[\"a\"]\x1e451-[\"b\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID\x1e6")
		get, post = r.both()
		if post.body != "3" || query(t, get.url, "t") == query(t, post.url, "t") {
			t.Errorf("the client sent %q to %s", post.body, post.url)
		}
		post.ok("ok")
		r.wantNotes("/ a []", "/ b [[1 2 3]]")
		s.Disconnect()
		r.want("POST", "41").ok("ok")
		r.want("POST", "1").ok("ok")
		r.wantNotes("/ disconnect io client disconnect")
	})
}

func TestPollingRevision4(t *testing.T) {
	for _, base64 := range []bool{false, true} {
		t.Run(fmt.Sprint("base64 ", base64), func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s := r.socket("/a", client.Config{Revision: 4, Transports: []string{client.Polling}, ForceBase64: base64})
				p := r.want("GET", "")
				if b64 := query(t, p.url, "b64"); (b64 == "1") != base64 {
					t.Errorf("b64 is %q", b64)
				}
				open := "0" + handshake
				p.ok(fmt.Sprintf("%d:%s2:40", len(open), open))
				get, post := r.both()
				if post.body != "5:40/a," {
					t.Errorf("the client sent %q", post.body)
				}
				post.ok("ok")
				get.ok(`5:40/a,15:42/a,["x","é€"]`)
				get = r.want("GET", "")
				r.wantNotes("/a connect /a#E", "/a x [é€]")
				_ = s.Emit("é€")
				r.want("POST", `11:42/a,["é€"]`).ok("ok")
				_ = s.Emit("b", []byte{1, 2, 3, 4})
				const packet = `451-/a,["b",{"_placeholder":true,"num":0}]`
				if base64 {
					r.want("POST", fmt.Sprintf("%d:%s10:b4AQIDBA==", len(packet), packet)).ok("ok")
				} else {
					post := r.want("POST", "\x00\x04\x02\xff"+packet+"\x01\x05\xff\x04\x01\x02\x03\x04")
					if kind := post.header.Get("Content-Type"); kind != "application/octet-stream" {
						t.Errorf("content type is %q", kind)
					}
					post.ok("ok")
				}
				get.answer <- response{200, "application/octet-stream", "\x00\x04\x02\xff" + packet + "\x01\x03\xff\x04\x08\x09"}
				r.want("GET", "")
				r.wantNotes("/a b [[8 9]]")
			})
		})
	}
}

func TestMaxPayload(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s, _ := r.joinedPolling(client.Config{}, `{"sid":"E","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":60}`)
		_ = s.Emit("first")
		post := r.want("POST", `42["first"]`)
		var want []string
		for i := range 10 {
			_ = s.Emit("event", i, []byte{1})
			want = append(want, fmt.Sprintf(`451-["event",%d,{"_placeholder":true,"num":0}]`, i), "bAQ==")
		}
		_ = s.Emit("big", strings.Repeat("x", 100))
		want = append(want, fmt.Sprintf(`42["big",%q]`, strings.Repeat("x", 100)))
		post.ok("ok")
		var got []string
		for len(got) < len(want) {
			post = next(t, r.poll)
			if len(post.body) > 60 && !strings.Contains(post.body, "big") {
				t.Errorf("a body of %d bytes", len(post.body))
			}
			got = append(got, strings.Split(post.body, "\x1e")...)
			post.ok("ok")
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("packets are\n%q\nwant\n%q", got, want)
		}
	})
}

func TestPollingEnds(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer response
		reason string
		said   bool // the server is told
	}{
		{"close packet", response{200, "text/plain", "1"}, "transport close", false},
		{"status", response{400, "text/plain", `{"code":1}`}, "transport error", false},
		{"garbage", response{200, "text/plain", "\x1e\x1e"}, "transport error", true},
		{"empty", response{200, "text/plain", ""}, "transport error", true},
		{"unknown packet", response{200, "text/plain", "9"}, "transport error", true},
		{"too large", response{200, "text/plain", "4" + strings.Repeat("x", 1000)}, "transport error", false},
		{"bad Socket.IO packet", response{200, "text/plain", "42{}\x1e42[\"m\"]"}, "parse error", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				_, get := r.joinedPolling(client.Config{MaxMessage: 500}, handshake)
				get.answer <- row.answer
				r.wantNotes("/ disconnect " + row.reason)
				if row.said {
					r.want("POST", "1").ok("ok")
				}
				if p := r.want("GET", ""); query(t, p.url, "sid") != "" {
					t.Error("the next session has the id of the last one")
				}
			})
		})
	}
	t.Run("failed POST", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r *rig) {
			s, _ := r.joinedPolling(client.Config{}, handshake)
			_ = s.Emit("x")
			r.want("POST", `42["x"]`).fail(413, "")
			r.wantNotes("/ disconnect transport error")
		})
	})
}

func TestHandshakeFails(t *testing.T) {
	for _, row := range []struct{ name, body, want string }{
		{"broken JSON", `0{"sid":`, "open"},
		{"another packet", `42["x"]`, "open"},
		{"no payload", ``, "payload"},
		{"a page", `<html>`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s := r.socket("/", client.Config{Transports: []string{client.Polling}, NoReconnection: true})
				r.want("GET", "").ok(row.body)
				if err := s.WaitConnected(t.Context()); err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("error is %v", err)
				}
				s.Disconnect()
			})
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s := r.socket("/", client.Config{NoReconnection: true})
				next(t, r.ws).send(row.body)
				if err := s.WaitConnected(t.Context()); err == nil {
					t.Error("no error")
				}
			})
		})
	}
	t.Run("status", func(t *testing.T) {
		inBubble(t, http.NotFoundHandler(), func(t *testing.T, r *rig) {
			for _, transport := range []string{client.Polling, client.WebSocket} {
				s := r.socket("/", client.Config{Transports: []string{transport}, ForceNew: true})
				synctest.Wait()
				if want := fmt.Sprintf("/ connect_error %s: HTTP status 404: \"404 page not found\\n\"", transport); len(r.log) != 1 || <-r.log != want {
					t.Error("not reported, or not as it should be")
				}
				s.Disconnect()
			}
		})
	})
}

func TestTryAllTransports(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/", client.Config{Transports: []string{client.WebSocket, client.Polling}, TryAllTransports: true})
		c := next(t, r.ws)
		c.send("nonsense")
		r.want("GET", "").ok("0" + handshake)
		get, post := r.both()
		post.ok("ok")
		get.ok(`40{"sid":"A"}`)
		r.wantNotes("/ connect A")
	})
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/", client.Config{TryAllTransports: true, Transports: []string{client.Polling, client.WebSocket}})
		r.want("GET", "").ok("4x\x1e4y")
		r.accept().join("/")
		r.wantNotes("/ connect id-/")
	})
}

func TestUpgrade(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s, get := r.joinedPolling(client.Config{RememberUpgrade: true}, upgradable)
		c := next(t, r.ws)
		if query(t, c.url, "sid") != "E" {
			t.Errorf("url is %s", c.url)
		}
		c.want("2probe")
		_ = s.Emit("1")
		post := r.want("POST", `42["1"]`)
		c.send("3probe")
		synctest.Wait()
		_ = s.Emit("2")
		if s.Transport() != client.Polling {
			t.Error("it has switched too early")
		}
		get.ok("6")
		c.wantNothing()
		_ = s.Emit("3", []byte{1})
		post.ok("ok")
		c.want("5", `42["2"]`, `451-["3",{"_placeholder":true,"num":0}]`, "bin 01")
		r.wantIdle()
		c.send("2")
		c.want("3")
		if s.Transport() != client.WebSocket {
			t.Error("it has not switched")
		}
		c.cut()
		r.accept().join("/")
		r.wantNotes("/ disconnect transport close", "/ connect id-/")
	})
}

func TestUpgradeFails(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(c *wire)
	}{
		{"wrong answer", func(c *wire) { c.send("3prob") }},
		{"no answer", func(*wire) { <-time.After(20 * time.Second) }},
		{"cut", func(c *wire) { c.cut() }},
		{"cut after the answer", func(c *wire) {
			c.send("3probe")
			synctest.Wait()
			c.cut()
		}},
		{"more than an answer", func(c *wire) { c.send("3probe", "2") }},
		{"malformed", func(c *wire) { c.send("x") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s, get := r.joinedPolling(client.Config{}, upgradable)
				s.Manager().Notify(func(e client.Event) { r.log <- string(e.Kind) })
				c := next(t, r.ws)
				c.want("2probe")
				row.do(c)
				c.want("closed")
				r.wantNotes("upgrade_error")
				_ = s.Emit("x")
				r.want("POST", `42["x"]`).ok("ok")
				get.ok(`42["m"]`)
				r.want("GET", "")
				r.wantNotes("/ m []")
				r.wantIdle()
			})
		})
	}
}

func TestDisconnectWhileUpgrading(t *testing.T) {
	for _, answered := range []bool{false, true} {
		t.Run(fmt.Sprint("answered ", answered), func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s, _ := r.joinedPolling(client.Config{}, upgradable)
				c := next(t, r.ws)
				c.want("2probe")
				if answered {
					c.send("3probe")
					synctest.Wait()
				}
				_ = s.Emit("x")
				s.Disconnect()
				c.want("closed")
				p := next(t, r.poll)
				body := p.body
				if p.ok("ok"); !answered {
					p = next(t, r.poll)
					p.ok("ok")
					body += "\x1e" + p.body
				}
				if body != "42[\"x\"]\x1e41\x1e1" {
					t.Errorf("the client sent %q", body)
				}
				r.wantNotes("/ disconnect io client disconnect")
			})
		})
	}
}

func TestHeartbeat(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, _ := r.joined(client.Config{}, "/")
		for range 3 {
			<-time.After(44 * time.Second)
			c.send("2payload")
			c.want("3")
		}
		start := time.Now()
		<-time.After(44 * time.Second)
		c.send(`42["x"]`, "3", "6", "5", "0"+handshake)
		r.wantNotes("/ x []")
		c.want("closed")
		if took := time.Since(start); took != 45*time.Second {
			t.Errorf("ping timeout after %v", took)
		}
		r.wantNotes("/ disconnect ping timeout")
		r.accept().join("/")
	})
}

func TestHeartbeatRevision4(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/", client.Config{Revision: 4, NoReconnection: true})
		c := r.accept()
		c.send("40", "2")
		start := time.Now()
		c.want("2")
		c.send("3")
		c.want("2")
		if took := time.Since(start); took != 50*time.Second {
			t.Errorf("two pings took %v", took)
		}
		<-time.After(19 * time.Second)
		c.send(`42["x"]`) // counts as well
		<-time.After(44 * time.Second)
		c.send(`42["x"]`)
		start = time.Now()
		c.want("closed")
		if took := time.Since(start); took != 45*time.Second {
			t.Errorf("ping timeout after %v", took)
		}
	})
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/", client.Config{Revision: 4, NoReconnection: true})
		c := r.accept()
		c.send("40")
		start := time.Now()
		c.want("2", "closed")
		if took := time.Since(start); took != 45*time.Second {
			t.Errorf("ping timeout after %v", took)
		}
		r.wantNotes("/ connect E", "/ disconnect ping timeout")
	})
}

func TestForceBase64(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{ForceBase64: true, Path: "/socket.io/v9", Compression: true}, "/")
		if !strings.HasPrefix(c.url, "/socket.io/v9/?") || !strings.Contains(c.header.Get("Sec-WebSocket-Extensions"), "permessage-deflate") {
			t.Errorf("request is %s %v", c.url, c.header)
		}
		_ = sockets[0].Emit("x", []byte{1, 2, 3})
		c.want(`451-["x",{"_placeholder":true,"num":0}]`, "bAQID")
	})
}

func TestServerThatDoesNotAnswerTheClose(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s, _ := r.joinedPolling(client.Config{}, handshake)
		start := time.Now()
		s.Disconnect()
		r.want("POST", "41")
		if err := r.io.Close(t.Context()); err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("closed after %v: %v", time.Since(start), err)
		}
	})
}

func TestCloseCutsWhenTheContextEnds(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s, _ := r.joinedPolling(client.Config{}, handshake)
		_ = s
		done, cancel := r.expired()
		defer cancel()
		if err := r.io.Close(done); err == nil {
			t.Error("no error")
		}
		start := time.Now()
		synctest.Wait()
		if time.Since(start) != 0 {
			t.Error("it was not cut")
		}
	})
}
