package server_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// withEventMiddlewares gives the sockets of /use two middlewares, the first of
// which acts on the name of the event.
func withEventMiddlewares(r rig) {
	r.server.Of("/use").OnConnection(func(s *server.Socket) {
		r.standard(s)
		s.Use(func(e *server.Event) error {
			r.log <- "first " + e.Name
			switch e.Name {
			case "refuse":
				return &server.Error{Message: "refused", Data: map[string]string{"ev": e.Name}}
			case "refuse plainly":
				return errors.New("plain")
			case "panic":
				panic("out of order")
			case "rename":
				e.Name = "message"
				return e.Replace("renamed", []byte{1})
			case "answer":
				_ = e.Ack("by the middleware")
				return errors.New("answered")
			case "kick":
				s.Disconnect(false)
			}
			return nil
		})
		s.Use(func(e *server.Event) error {
			r.log <- "second " + e.Name
			return nil
		})
		s.OnAny(func(event string, args server.Args) { r.log <- fmt.Sprint("any ", event, " ", args.Len()) })
		s.OnError(func(err error) { _ = s.Emit("failed", err.Error()) })
	})
}

func TestEventMiddlewares(t *testing.T) {
	for _, row := range []struct {
		send, want string
		more       []string
		notes      []string
	}{
		{`42/use,["message",1]`, `42/use,["message-back",1]`, nil, []string{"any message 1", "first message", "second message"}},
		{`42/use,["refuse",1]`, `42/use,["failed","refused"]`, nil, []string{"any refuse 1", "first refuse"}},
		{`42/use,["rename",1]`, `451-/use,["message-back","renamed",{"_placeholder":true,"num":0}]`, []string{"bin 01"},
			[]string{"any rename 1", "first rename", "second message"}},
		{`42/use,7["answer"]`, `43/use,7["by the middleware"]`, []string{`42/use,["failed","answered"]`}, []string{"any answer 0", "first answer"}},
		{`42/use,["panic"]`, `41/use,`, nil, []string{"any panic 0", "first panic",
			"/use disconnecting server namespace disconnect []", "/use disconnect server namespace disconnect []"}},
	} {
		t.Run(row.send, func(t *testing.T) {
			inBubble(t, server.Config{}, func(t *testing.T, r rig) {
				withEventMiddlewares(r)
				c := r.joined("/", "/use")
				c.Send(row.send)
				c.Want(row.want)
				c.Want(row.more...)
				wantNotes(t, r, row.notes...)
				alive(c, "/")
			})
		})
	}
}

func TestEventMiddlewareErrorInRevision4(t *testing.T) {
	inBubble(t, server.Config{Revisions: []sio.Revision{sio.Revision4}}, func(_ *testing.T, r rig) {
		withEventMiddlewares(r)
		r.Speak("3")
		c := r.WebSocket("")
		c.Want("40")
		c.Send("40/use,")
		c.Want("40/use,")
		c.Send(`42/use,["refuse"]`)
		c.Want(`44/use,{"ev":"refuse"}`, `42/use,["failed","refused"]`)
		c.Send(`42/use,["refuse plainly"]`)
		c.Want(`44/use,"plain"`, `42/use,["failed","plain"]`)
	})
}

func TestOnAnyOutgoing(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/out").OnConnection(func(s *server.Socket) {
			s.OnAnyOutgoing(func(event string, args server.Args) { r.log <- fmt.Sprint(event, " ", args.Len()) })
			s.On("go", func(_ server.Args, ack server.Ack) {
				_ = s.Emit("direct", 1)
				_ = r.server.Of("/out").Emit("broadcast", 1, 2)
				_ = s.Broadcast().Emit("to others")
				s.Ask(s.Context(), "asked")
				r.server.Of("/out").Ask(s.Context(), "asked all", 1)
				_ = ack("no event")
			})
		})
		c := r.joined("/out")
		c.Send(`42/out,1["go"]`)
		c.Want(`42/out,["direct",1]`, `42/out,["broadcast",1,2]`, `42/out,0["asked"]`, `42/out,1["asked all",1]`, `43/out,1["no event"]`)
		wantNotes(t, r, "direct 1", "broadcast 2", "asked 0", "asked all 1")
	})
}

func TestEventMiddlewaresSeeEventsOnly(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		withEventMiddlewares(r)
		c := r.joined("/", "/use")
		c.Send(`43/use,999["x"]`, "41/use,")
		alive(c, "/")
		wantNotes(t, r, "/use disconnecting client namespace disconnect []", "/use disconnect client namespace disconnect []")
	})
}
