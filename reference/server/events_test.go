package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

func TestEventsAreEchoed(t *testing.T) {
	const p0, p1 = `{"_placeholder":true,"num":0}`, `{"_placeholder":true,"num":1}`
	for _, row := range []struct {
		name         string
		sent, echoed []string
	}{
		{"arguments", []string{`42["message",1,"2",{"3":[true]}]`}, []string{`42["message-back",1,"2",{"3":[true]}]`}},
		{"none", []string{`42["message"]`}, []string{`42["message-back"]`}},
		{"namespace spelled out", []string{`42/,["message",1]`}, []string{`42["message-back",1]`}},
		{"white space", []string{`42[ "message" , { "a" : 1 } ]`}, []string{`42["message-back",{"a":1}]`}},
		{"unicode", []string{`42["message","é€😀\u0000"]`}, []string{`42["message-back","é€😀\u0000"]`}},
		{"big number", []string{`42["message",9007199254740993]`}, []string{`42["message-back",9007199254740993]`}},
		{"placeholder in text", []string{`42["message",` + p0 + `]`}, []string{`42["message-back",` + p0 + `]`}},
		{"acknowledged", []string{`42456["message-with-ack",1]`}, []string{`43456[1]`}},
		{"id 0", []string{`420["message-with-ack","x"]`}, []string{`430["x"]`}},
		{"id with zeros", []string{`42007["message-with-ack"]`}, []string{`437[]`}},
		{"same id twice", []string{`425["message-with-ack","a"]`, `425["message-with-ack","b"]`}, []string{`435["a"]`, `435["b"]`}},
		{"binary", []string{`452-["message",` + p0 + `,` + p1 + `]`, "bAQID", "bBAUG"}, []string{`452-["message-back",` + p0 + `,` + p1 + `]`, "bin 010203", "bin 040506"}},
		{"binary, nested", []string{`452-["message",{"a":[` + p1 + `],"b":` + p0 + `}]`, "bqg==", "buw=="}, []string{`452-["message-back",{"a":[` + p0 + `],"b":` + p1 + `}]`, "bin bb", "bin aa"}},
		{"binary, twice the same", []string{`451-["message",` + p0 + `,` + p0 + `]`, "bAQ=="}, []string{`452-["message-back",` + p0 + `,` + p1 + `]`, "bin 01", "bin 01"}},
		{"binary, one unused", []string{`452-["message",` + p0 + `]`, "bAQ==", "bAg=="}, []string{`451-["message-back",` + p0 + `]`, "bin 01"}},
		{"binary, empty", []string{`451-["message",` + p0 + `]`, "b"}, []string{`451-["message-back",` + p0 + `]`, "bin "}},
		{"binary acknowledged", []string{`451-789["message-with-ack",` + p0 + `]`, "bAQID"}, []string{`461-789[` + p0 + `]`, "bin 010203"}},
		{"pong in between", []string{`451-["message",` + p0 + `]`, "3", "bAQ=="}, []string{`451-["message-back",` + p0 + `]`, "bin 01"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
				c := r.joined("/")
				c.Send(row.sent...)
				c.Want(row.echoed...)
				alive(c, "/")
			})
		})
	}
}

func TestBinaryThatClosesTheConnection(t *testing.T) {
	for _, row := range []struct {
		name   string
		frames []string
	}{
		{"unannounced", []string{"bAQ=="}},
		{"text while one is missing", []string{`451-["message",{"_placeholder":true,"num":0}]`, `42["message",1]`}},
		{"placeholder out of range", []string{`451-["message",{"_placeholder":true,"num":1}]`, "bAQ=="}},
		{"placeholder without num", []string{`451-["message",{"_placeholder":true}]`, "bAQ=="}},
		{"placeholder is no number", []string{`451-["message",{"_placeholder":true,"num":"splice"}]`, "bAQ=="}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
				c := r.joined("/")
				c.Send(row.frames...)
				c.WantClosed()
			})
		})
	}
}

func TestEventsOfOneSocketAreHandledInOrder(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		c := r.joined("/")
		for i := range 200 {
			c.Send(fmt.Sprintf(`42["message",%d]`, i))
		}
		for i := range 200 {
			c.Want(fmt.Sprintf(`42["message-back",%d]`, i))
		}
	})
}

func TestBlockedHandlerDelaysOnlyItsSocket(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		release := make(chan struct{})
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("block", func(server.Args, server.Ack) { <-release })
		})
		c := r.joined("/", "/a")
		c.Send(`42/a,["block"]`, `42/a,["message","behind"]`)
		alive(c, "/")
		for range 3 {
			c.Want("2")
			c.Send("3")
		}
		close(release)
		c.Want(`42/a,["message-back","behind"]`)
	})
}

func TestTooManyEventsWait(t *testing.T) {
	for _, config := range []server.Config{{MaxQueued: 3}, {MaxBuffered: 200}} {
		inBubble(t, config, func(t *testing.T, r rig) {
			release := make(chan struct{})
			defer close(release)
			r.server.Of("/a").OnConnection(func(s *server.Socket) {
				s.On("block", func(server.Args, server.Ack) { <-release })
			})
			c := r.joined("/a")
			c.Send(`42/a,["block"]`)
			synctest.Wait()
			for range 4 {
				c.Send(`42/a,["message","` + strings.Repeat("x", 50) + `"]`)
			}
			c.WantClosed()
		})
	}
}

func TestPanicEndsTheSocketOnly(t *testing.T) {
	for _, where := range []string{"event", "connection", "disconnect"} {
		t.Run(where, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				n := r.server.Of("/panic")
				n.OnConnection(func(s *server.Socket) {
					s.On("boom", func(server.Args, server.Ack) { panic("boom") })
					s.OnDisconnecting(func(server.Reason) { panic("again") })
					s.OnDisconnect(func(reason server.Reason) { r.log <- string(reason) })
					if where == "connection" {
						panic("boom")
					}
				})
				c := r.joined("/", "/panic")
				switch where {
				case "event":
					c.Send(`42/panic,["boom"]`)
					c.Want("41/panic,")
				case "connection":
					c.Want("41/panic,")
				case "disconnect":
					c.Send("41/panic,")
				}
				alive(c, "/")
				reason := "server namespace disconnect"
				if where == "disconnect" {
					reason = "client namespace disconnect"
				}
				wantNotes(t, r, reason)
			})
		})
	}
}

func TestListeners(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			s.OnAny(func(event string, args server.Args) { r.log <- fmt.Sprint("any ", event, " ", args.Len()) })
			s.On("ev", func(args server.Args, ack server.Ack) {
				var n int
				err := args.Decode(&n)
				r.log <- fmt.Sprint("first ", n, " ", err, " ", ack == nil)
			})
			s.On("ev", func(server.Args, server.Ack) { r.log <- "second" })
			s.On("1", func(server.Args, server.Ack) { r.log <- "number" })
			s.On("off", func(server.Args, server.Ack) { r.log <- "off" })
			s.Off("off")
		})
		c := r.joined("/a")
		c.Send(`42/a,["ev",7,8]`, `42/a,[1]`, `42/a,["off"]`, `42/a,["nobody"]`)
		wantNotes(t, r, "any ev 2", "first 7 <nil> true", "second", "any 1 0", "number", "any off 0", "any nobody 0")
	})
}

func TestAckOnlyOnce(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("twice", func(_ server.Args, ack server.Ack) {
				_ = ack("one")
				_ = ack("two")
			})
			s.On("bad", func(_ server.Args, ack server.Ack) {
				if err := ack(func() {}); err == nil {
					t.Error("a function has no JSON form")
				}
			})
		})
		c := r.joined("/a")
		c.Send(`42/a,7["twice"]`, `42/a,8["bad"]`)
		c.Want(`43/a,7["one"]`)
		alive(c, "/a")
	})
}

func TestWhatCannotBeEmitted(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.joined("/a")
		s := r.server.Of("/a").LocalSockets()[0]
		for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
			for _, err := range []error{s.Emit(name), r.server.Of("/a").Emit(name), s.Broadcast().Emit(name)} {
				if _, ok := errors.AsType[*server.ReservedEventError](err); !ok {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if err := s.Emit("ev", make(chan int)); err == nil {
			t.Error("a channel has no JSON form")
		}
		alive(c, "/a")
	})
}

func TestSend(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		c := r.joined("/a")
		_ = r.server.Of("/a").Send(1)
		_ = r.server.Of("/a").LocalSockets()[0].Send(2)
		c.Want(`42/a,["message",1]`, `42/a,["message",2]`)
	})
}

func TestEmitWithAck(t *testing.T) {
	type result struct {
		args server.Args
		err  error
	}
	ask := func(ctx context.Context, s *server.Socket, event string) <-chan result {
		answered := make(chan result, 1)
		go func() {
			args, err := s.Timeout(5*time.Second).EmitWithAck(ctx, event)
			answered <- result{args, err}
		}()
		synctest.Wait()
		return answered
	}
	wantAnswer := func(t *testing.T, answered <-chan result, want string) {
		t.Helper()
		got := <-answered
		if got.err != nil || fmt.Sprint(words(got.args)) != want {
			t.Errorf("got %v, %v, want %s", words(got.args), got.err, want)
		}
	}
	t.Run("answers find their events", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			c := r.joined("/", "/a")
			s := r.server.Of("/a").LocalSockets()[0]
			one, two := ask(t.Context(), s, "one"), ask(t.Context(), s, "two")
			c.Want(`42/a,0["one"]`, `42/a,1["two"]`)
			other := r.joined("/a")
			other.Send(`43/a,0["wrong client"]`)
			alive(other, "/a")
			c.Send(`43/a,1["b"]`, `43/a,999["x"]`, `430["wrong namespace"]`, `43/a,0["a","c"]`, `43/a,0["again"]`)
			wantAnswer(t, one, "[a c]")
			wantAnswer(t, two, "[b]")
			alive(c, "/a")
		})
	})
	t.Run("binary and empty", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			c := r.joined("/a")
			s := r.server.Of("/a").LocalSockets()[0]
			one, two := ask(t.Context(), s, "one"), ask(t.Context(), s, "two")
			c.Want(`42/a,0["one"]`, `42/a,1["two"]`)
			c.Send(`461-/a,0[{"_placeholder":true,"num":0}]`, "bAQI=", "43/a,1[]")
			if got := <-one; got.err != nil {
				t.Error(got.err)
			} else if b, ok := got.args.At(0).Binary(); !ok || string(b) != "\x01\x02" {
				t.Errorf("got %x", b)
			}
			wantAnswer(t, two, "[]")
		})
	})
	t.Run("time-out", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			c := r.joined("/a")
			began := time.Now()
			got := <-ask(t.Context(), r.server.Of("/a").LocalSockets()[0], "q")
			if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
				t.Errorf("got %v after %v", got.err, time.Since(began))
			}
			c.Want(`42/a,0["q"]`)
			c.Send(`43/a,0["late"]`)
			alive(c, "/a")
		})
	})
	t.Run("client leaves", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			c := r.joined("/a")
			answered := ask(t.Context(), r.server.Of("/a").LocalSockets()[0], "q")
			_ = c.WS.Close()
			if got := <-answered; !errors.Is(got.err, server.ErrDisconnected) {
				t.Errorf("got %v", got.err)
			}
		})
	})
	t.Run("client has left", func(t *testing.T) {
		inBubble(t, server.Config{}, func(t *testing.T, r rig) {
			c := r.joined("/a")
			s := r.server.Of("/a").LocalSockets()[0]
			_ = c.WS.Close()
			synctest.Wait()
			if got := <-ask(t.Context(), s, "q"); !errors.Is(got.err, server.ErrDisconnected) {
				t.Errorf("got %v", got.err)
			}
		})
	})
}

func TestBroadcastWithAck(t *testing.T) {
	for _, row := range []struct {
		name    string
		answer  string // who answers
		emit    func(crowd) ([]server.Args, error)
		answers int
		late    bool
	}{
		{"all", "ABCD", func(c crowd) ([]server.Args, error) {
			return c.server.Of("/a").Timeout(5*time.Second).EmitWithAck(c.t.Context(), "q")
		}, 4, false},
		{"without a time-out", "ABCD", func(c crowd) ([]server.Args, error) {
			return c.server.Of("/a").EmitWithAck(c.t.Context(), "q")
		}, 4, false},
		{"some", "AC", func(c crowd) ([]server.Args, error) {
			return c.server.Of("/a").Timeout(5*time.Second).EmitWithAck(c.t.Context(), "q")
		}, 2, true},
		{"room without the sender", "B", func(c crowd) ([]server.Args, error) {
			return c.sockets["A"].To("r").Timeout(5*time.Second).EmitWithAck(c.t.Context(), "q")
		}, 1, false},
		{"nobody", "", func(c crowd) ([]server.Args, error) {
			return c.server.Of("/a").To("nobody").EmitWithAck(c.t.Context(), "q")
		}, 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			withCrowd(t, map[string]string{"r": "AB"}, func(t *testing.T, c crowd) {
				for name := range strings.SplitSeq(row.answer, "") {
					if conn := c.conns[name]; conn != nil {
						go func() {
							conn.Want(`42/a,0["q"]`)
							conn.Send(`43/a,0["answer"]`)
						}()
					}
				}
				answers, err := row.emit(c)
				if len(answers) != row.answers || errors.Is(err, context.DeadlineExceeded) != row.late || (err != nil) != row.late {
					t.Errorf("%d answers, %v", len(answers), err)
				}
			})
		})
	}
}
