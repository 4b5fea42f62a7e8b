package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// waitFor is a middleware that passes when the channel is closed.
func waitFor(release <-chan struct{}) server.Middleware {
	return func(ctx context.Context, _ *server.Socket) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// noting is a middleware that writes a note and returns err.
func (r rig) noting(note string, err error) server.Middleware {
	return func(context.Context, *server.Socket) error {
		r.log <- note
		return err
	}
}

func TestMiddlewaresRunInOrderForEveryCONNECT(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		n := r.server.Of("/mw")
		for _, note := range []string{"one", "two", "three"} {
			n.Use(r.noting(note, nil))
		}
		n.OnConnection(func(*server.Socket) { r.log <- "connection" })
		c := r.joined("/mw")
		wantNotes(t, r, "one", "two", "three", "connection")
		c.Send("41/mw,")
		c.Connect("/mw")
		wantNotes(t, r, "one", "two", "three", "connection")
		c.Connect("/", "/a")
		wantNotes(t, r)
	})
}

func TestRefusals(t *testing.T) {
	for _, row := range []struct {
		name    string
		err     error
		payload string
	}{
		{"text", errors.New("nope"), `{"message":"nope"}`},
		{"message", &server.Error{Message: "nope"}, `{"message":"nope"}`},
		{"object", &server.Error{Message: "nope", Data: map[string]any{"code": 42}}, `{"message":"nope","data":{"code":42}}`},
		{"string", &server.Error{Message: "nope", Data: "x"}, `{"message":"nope","data":"x"}`},
		{"empty string", &server.Error{Message: "nope", Data: ""}, `{"message":"nope","data":""}`},
		{"null", &server.Error{Message: "nope", Data: json.RawMessage("null")}, `{"message":"nope","data":null}`},
		{"binary", &server.Error{Message: "nope", Data: []byte{1, 2}}, `{"message":"nope","data":"AQI="}`},
		{"no JSON form", &server.Error{Message: "nope", Data: func() {}}, `{"message":"nope"}`},
		{"unicode", errors.New(`réfusé "quoted" <✓>`), `{"message":"réfusé \"quoted\" <✓>"}`},
		{"empty message", &server.Error{}, `{"message":""}`},
		{"wrapped", errors.Join(&server.Error{Message: "inner"}), `{"message":"inner"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				n := r.server.Of("/mw")
				n.Use(func(_ context.Context, s *server.Socket) error {
					s.Join("early")
					return nil
				})
				n.Use(r.noting("asked", row.err))
				n.Use(r.noting("never reached", nil))
				n.OnConnection(func(*server.Socket) { r.log <- "connection" })
				c := r.joined("/")
				for range 2 {
					c.Send("40/mw,")
					c.Want("44/mw," + row.payload)
					wantNotes(t, r, "asked")
				}
				_ = n.Emit("to nobody")
				_ = n.To("early").Emit("to nobody")
				alive(c, "/")
				if got := n.Adapter().Members([]string{"early"}); len(got) != 0 {
					t.Errorf("members %v", got)
				}
				c.Send(`42/mw,["message"]`)
				c.WantClosed()
			})
		})
	}
}

func TestSlowMiddlewareDelaysNobodyElse(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		release := make(chan struct{})
		n := r.server.Of("/slow")
		n.Use(waitFor(release))
		n.Use(r.noting("second", nil))
		c := r.WebSocket("")
		c.Send("40/slow,")
		c.Connect("/a")
		alive(c, "/a")
		wantNotes(t, r)

		_ = n.Emit("early")
		alive(c, "/a")
		close(release)
		if got := c.Next(); got[:10] != `40/slow,{"` {
			t.Errorf("got %s", got)
		}
		_ = n.Emit("late")
		c.Want(`42/slow,["late"]`)
	})
}

func TestQuickMiddlewaresKeepTheOrderOfTheRequests(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.OfFunc(func(context.Context, string, json.RawMessage) (bool, error) { return false, nil })
		names := []string{"/m1", "/refused", "/a", "/unknown", "/m2", "/b", "/m3"}
		for _, name := range []string{"/m1", "/m2", "/m3"} {
			r.server.Of(name).Use(func(context.Context, *server.Socket) error { return nil })
		}
		r.server.Of("/refused").Use(func(context.Context, *server.Socket) error { return errors.New("no") })
		c := r.WebSocket("")
		for _, name := range names {
			c.Send("40" + name + ",")
		}
		for _, name := range names {
			if got, _, _ := strings.Cut(c.Next()[2:], ","); got != name {
				t.Errorf("got an answer for %s, want one for %s", got, name)
			}
		}
	})
}

func TestSlowMiddlewareHoldsUpAnswersForAMomentOnly(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/never").Use(waitFor(nil))
		c := r.WebSocket("")
		began := time.Now()
		c.Send("40/never,")
		c.Connect("/a")
		if took := time.Since(began); took != 50*time.Millisecond {
			t.Errorf("took %v", took)
		}
		began = time.Now()
		c.Connect("/b")
		if took := time.Since(began); took != 0 {
			t.Errorf("then took %v", took)
		}
	})
}

func TestMiddlewareThatNeverReturns(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		ended := make(chan error, 1)
		r.server.Of("/never").Use(func(ctx context.Context, _ *server.Socket) error {
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
		r.server.Of("/never").OnConnection(func(*server.Socket) { t.Error("connection") })
		c := r.joined("/")
		c.Send("40/never,")
		alive(c, "/")
		_ = c.WS.Close()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ctx: %v", err)
		}
	})
}

func TestPendingMiddlewareDoesNotStopTheConnectTimeout(t *testing.T) {
	inBubble(t, server.Config{ConnectTimeout: 5 * time.Second}, func(t *testing.T, r rig) {
		r.server.Of("/never").Use(waitFor(nil))
		c := r.WebSocket("")
		began := time.Now()
		c.Send("40/never,")
		c.WantClosed()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("closed after %v", took)
		}
	})
}

func TestClientThatIsGoneIsNotAdmitted(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		release := make(chan struct{})
		n := r.server.Of("/slow")
		n.Use(func(_ context.Context, s *server.Socket) error {
			<-release // not the context
			s.Join("ghost")
			return nil
		})
		n.OnConnection(func(*server.Socket) { t.Error("connection") })
		c := r.joined("/")
		c.Send("40/slow,")
		synctest.Wait()
		_ = c.WS.Close()
		synctest.Wait()
		close(release)
		synctest.Wait()
		if got := n.Adapter().Members([]string{"ghost"}); len(got) != 0 || len(n.LocalSockets()) != 0 {
			t.Errorf("members %v", got)
		}
	})
}

func TestPacketsWhileAMiddlewareDecidesClose(t *testing.T) {
	for _, packet := range []string{"40/slow,", "41/slow,", `42/slow,["message"]`, "43/slow,1[]"} {
		t.Run(packet, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				release := make(chan struct{})
				n := r.server.Of("/slow")
				n.Use(waitFor(release))
				c := r.joined("/")
				c.Send("40/slow,", packet)
				c.WantClosed()
				close(release)
				synctest.Wait()
				if got := len(n.LocalSockets()); got != 0 {
					t.Errorf("%d members", got)
				}
			})
		})
	}
}

func TestWhatAMiddlewareDoesIsThereInTheHandlers(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		n := r.server.Of("/mw")
		n.Use(func(_ context.Context, s *server.Socket) error {
			s.Join("early")
			s.Data().Set("user", "ann")
			s.Disconnect(true) // without effect: the socket has not joined
			return s.Emit("first")
		})
		n.OnConnection(func(s *server.Socket) { _ = s.Emit("user", s.Data().Get("user"), others(s)) })
		c := r.WebSocket("")
		c.Send("40/mw,")
		c.Want(`42/mw,["first"]`)
		c.Next()
		c.Want(`42/mw,["user","ann","[early]"]`)
		_ = n.To("early").Emit("room")
		c.Want(`42/mw,["room"]`)
	})
}

func TestPanicInAMiddlewareRefuses(t *testing.T) {
	inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
		r.server.Of("/panic").Use(func(context.Context, *server.Socket) error { panic("boom") })
		c := r.joined("/")
		c.Send("40/panic,")
		c.Want(`44/panic,{"message":"internal server error"}`)
		alive(c, "/")
	})
}

func TestTooManyPending(t *testing.T) {
	inBubble(t, server.Config{MaxPending: 1}, func(_ *testing.T, r rig) {
		r.server.Of("/one").Use(waitFor(nil))
		r.server.Of("/two").Use(waitFor(nil))
		c := r.joined("/")
		c.Send("40/one,", "40/two,")
		c.Want(`44/two,{"message":"too many pending requests"}`)
		c.Connect("/a")
	})
}
