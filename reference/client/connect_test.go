package client_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/sio"
)

func TestConnect(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.open("http://server/admin?token=a b&u=é", client.Config{Auth: map[string]any{"k": 1}})
		r.wantIdle()
		s.Connect()
		s.Connect()
		c := next(t, r.ws)
		if want := "/socket.io/?EIO=4&token=a+b&transport=websocket&u=%C3%A9"; c.url != want {
			t.Errorf("url is %q, want %q", c.url, want)
		}
		c.wantNothing()
		c.send("0" + handshake)
		c.want(`40/admin,{"k":1}`)
		if s.Connected() || !s.Active() {
			t.Error("connected before the answer, or not active")
		}
		s.Connect()
		c.wantNothing()
		c.send(`40/admin,{"sid":"X","more":true}`)
		r.wantNotes("/admin connect X")
		if !s.Connected() || s.ID() != "X" || s.Recovered() {
			t.Error("not connected")
		}
		s.Disconnect()
		if s.Connected() || s.Active() || s.ID() != "" {
			t.Error("still connected")
		}
		s.Disconnect()
		c.want("41/admin,", "closed")
		r.wantNotes("/admin disconnect io client disconnect")
	})
}

func TestConnectPayloads(t *testing.T) {
	for _, row := range []struct {
		name, answer string
		notes        []string
	}{
		{"without sid", `40{}`, []string{"/ connect_error " + client.ErrIncompatible.Error()}},
		{"without payload", `40`, []string{"/ connect_error " + client.ErrIncompatible.Error()}},
		{"empty sid", `40{"sid":""}`, []string{"/ connect_error " + client.ErrIncompatible.Error()}},
		{"number as sid", `40{"sid":1}`, []string{"/ connect_error " + client.ErrIncompatible.Error()}},
		{"other case", `40{"SID":"a"}`, []string{"/ connect_error " + client.ErrIncompatible.Error()}},
		{"other namespace", `40/b,{"sid":"a"}`, nil},
		{"twice", `40{"sid":"a"}|40{"sid":"b"}`, []string{"/ connect a", "/ connect b"}},
		{"refused", `44{"message":"no","data":{"x":[1]}}`, []string{`/ refused no {"x":[1]}`}},
		{"refused without data", `44{"message":"no"}`, []string{`/ refused no `}},
		{"refused without payload", `44`, []string{`/ refused  `}},
		{"refused with a number as id", `445`, []string{`/ refused  `}},
		{"refused with a string", `44"no"`, []string{`/ refused no `}},
		{"left", `41`, []string{"/ connect_error " + client.ErrServerDisconnect.Error()}},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s := r.socket("/", client.Config{})
				c := r.accept()
				c.want("40")
				for frame := range strings.SplitSeq(row.answer, "|") {
					c.send(frame)
					synctest.Wait()
				}
				r.wantNotes(row.notes...)
				if connected := row.name == "twice"; s.Connected() != connected {
					t.Errorf("connected is %v", !connected)
				}
			})
		})
	}
}

func TestRefusedAloneClosesAndComesBackOnDemand(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.socket("/admin", client.Config{})
		_ = s.Emit("x")
		c := r.accept()
		c.want("40/admin,")
		c.send(`44/admin,{"message":"no"}`)
		c.want("closed")
		var refused *client.RefusedError
		if err := s.WaitConnected(t.Context()); !errors.As(err, &refused) || refused.Message != "no" {
			t.Errorf("error is %v", err)
		}
		if s.Active() {
			t.Error("still active")
		}
		<-time.After(patience)
		r.wantIdle()
		s.Connect()
		c = r.accept()
		c.join("/admin")
		c.want(`42/admin,["x"]`)
		r.wantNotes("/admin refused no ", "/admin connect id-/admin")
	})
}

func TestRefusalLeavesOthers(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		a, b := r.socket("/a", client.Config{}), r.socket("/", client.Config{})
		c := r.accept()
		c.want("40/a,", "40")
		c.send(`44{"message":"no"}`, `40/a,{"sid":"A"}`)
		r.wantNotes("/ refused no ", "/a connect A")
		_ = a.Emit("x")
		c.want(`42/a,["x"]`)
		b.Connect()
		c.join("/")
		c.send(`44/a,{"message":"late"}`)
		r.wantNotes("/ connect id-/", "/a refused late ")
		if !a.Connected() {
			t.Error("a CONNECT_ERROR has disconnected a socket that was connected")
		}
	})
}

func TestAuthFunction(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		n := 0
		a := r.socket("/a", client.Config{AuthFunc: func(ctx context.Context) (any, error) {
			n++
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
			}
			return map[string]int{"n": n}, nil
		}})
		r.socket("/b", client.Config{})
		c := r.accept()
		c.want("40/b,", `40/a,{"n":1}`)
		c.send(`40/a,{"sid":"A"}`, `40/b,{"sid":"B"}`)
		r.wantNotes("/a connect A", "/b connect B")
		c.cut()
		c = r.accept()
		c.want("40/b,", `40/a,{"n":2}`)
		c.cut()
		c = r.accept()
		c.want("40/b,")
		a.Disconnect() // while the function is at work
		<-time.After(time.Second)
		c.wantNothing()
	})
}

func TestAuthErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, row := range []struct {
		name string
		f    func(context.Context) (any, error)
	}{
		{"error", func(context.Context) (any, error) { return nil, broken }},
		{"no object", func(context.Context) (any, error) { return []int{1}, nil }},
		{"no JSON", func(context.Context) (any, error) { return func() {}, nil }},
		{"panic", func(context.Context) (any, error) { panic("no") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s := r.socket("/", client.Config{AuthFunc: row.f, Panic: func(any) {}})
				c := r.accept()
				c.want("closed")
				var auth *client.AuthError
				if err := s.WaitConnected(t.Context()); !errors.As(err, &auth) {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

func TestAuthMutation(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.socket("/", client.Config{Auth: map[string]int{"n": 1}, Query: url.Values{"q": {"1"}}})
		c := r.accept()
		c.want(`40{"n":1}`)
		if err := s.SetAuth(map[string]int{"n": 2}); err != nil {
			t.Fatal(err)
		}
		s.SetQuery(url.Values{"q": {"2"}})
		c.cut()
		c = r.accept()
		c.want(`40{"n":2}`)
		if want := "/socket.io/?EIO=4&q=2&transport=websocket"; c.url != want {
			t.Errorf("url is %q, want %q", c.url, want)
		}
		if _, ok := errors.AsType[*client.AuthError](s.SetAuth(1)); !ok {
			t.Error("credentials that are no object are taken")
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	var io client.Client
	for _, row := range []struct {
		url    string
		config client.Config
	}{
		{"/orders", client.Config{}},
		{"ftp://server", client.Config{}},
		{"http:///orders", client.Config{}},
		{"http://ser ver/", client.Config{}},
		{"http://server/?a=%zz", client.Config{}},
		{"http://server/a,b", client.Config{}},
		{"http://server", client.Config{Revision: 3}},
		{"http://server", client.Config{Transports: []string{"pigeon"}}},
		{"http://server", client.Config{Auth: "secret"}},
	} {
		if s, err := io.Open(row.url, row.config); err == nil {
			t.Errorf("%s %+v is taken: %v", row.url, row.config, s)
		}
	}
}

func TestRevision4(t *testing.T) {
	config := client.Config{Revision: sio.Revision4, Query: url.Values{"k": {"a b"}}}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/", config)
		a := r.socket("/a", config)
		c := r.accept()
		if want := "/socket.io/?EIO=3&k=a+b&transport=websocket"; c.url != want {
			t.Errorf("url is %q, want %q", c.url, want)
		}
		c.want("40/a?k=a%20b,")
		c.wantNothing()
		r.wantNotes()
		c.send("40")
		r.wantNotes("/ connect E")
		c.send("40/a,")
		r.wantNotes("/a connect /a#E")
		_ = a.Emit("x")
		c.want(`42/a,["x"]`)
		c.send(`44/a,"late"`)
		r.wantNotes(`/a refused late "late"`)
		if !a.Connected() {
			t.Error("an ERROR has disconnected a socket that was connected")
		}
		a.Disconnect()
		c.want("41/a,")
	})
}

func TestRevision4Refusals(t *testing.T) {
	config := client.Config{Revision: sio.Revision4}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/", config)
		r.socket("/a", config)
		b := r.socket("/b", config)
		c := r.accept()
		c.want("40/a,", "40/b,")
		c.send("40", `44/a,{"message":"no","code":1}`)
		r.wantNotes("/ connect E", `/a refused no {"message":"no","code":1}`)
		c.send(`44"all"`)
		r.wantNotes(`/ refused all "all"`, `/b refused all "all"`)
		b.Connect()
		c.want("40/b,")
	})
}

func TestRevision4MainNamespace(t *testing.T) {
	config := client.Config{Revision: sio.Revision4}
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.socket("/a", config)
		c := r.accept()
		c.send("40")
		c.want("40/a,")
		c.send("40/a,")
		r.wantNotes("/a connect /a#E")
		s := r.socket("/", config) // the server has joined it already
		r.wantNotes("/ connect E")
		s.Disconnect()
		c.want("41")
		s.Connect()
		c.want("40", "2")
		r.wantNotes("/ disconnect io client disconnect")
		c.send("3")
		r.wantNotes("/ connect E")
		c.send("40") // which a server sends only if it has a middleware there
		r.wantNotes()
		s.Disconnect()
		s.Connect()
		c.want("41", "40", "2")
		c.send("3", `44"no"`)
		r.wantNotes("/ disconnect io client disconnect", "/ connect E", `/a refused no "no"`, `/ refused no "no"`, "/ disconnect io server disconnect")
		if s.Active() {
			t.Error("still active")
		}
	})
}

func TestRevision4MainNamespaceLeftWhileAsking(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		config := client.Config{Revision: sio.Revision4}
		r.socket("/a", config)
		s := r.socket("/", config)
		c := r.accept()
		c.want("40/a,")
		c.send("40", "3") // a pong that answers nothing
		r.wantNotes("/ connect E")
		s.Disconnect()
		s.Connect()
		s.Disconnect()
		c.want("41", "40", "2")
		c.send("3")
		c.want("41")
		s.Connect()
		c.want("40", "2")
		c.send("40", "3")
		r.wantNotes("/ disconnect io client disconnect", "/ connect E")
	})
}

func TestLeftBeforeTheAnswer(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		a, _ := r.socket("/a", client.Config{}), r.socket("/b", client.Config{})
		c := r.accept()
		c.want("40/a,", "40/b,")
		a.Disconnect()
		c.wantNothing()
		c.send(`40/a,{"sid":"A"}`)
		c.want("41/a,")
		a.Connect()
		c.want("40/a,")
		a.Disconnect()
		a.Connect()
		c.wantNothing() // the answer is still to come
		c.send(`40/a,{"sid":"B"}`)
		r.wantNotes("/a connect B")
	})
}

func TestWaitConnected(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.open("http://server/", client.Config{})
		if err := s.WaitConnected(t.Context()); !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("error is %v", err)
		}
		s.Connect()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.WaitConnected(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		r.accept().join("/")
		if err := s.WaitConnected(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
