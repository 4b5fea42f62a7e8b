package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

// A rig is a server under test.
type rig struct {
	*servertest.Net
	server *server.Server
	log    chan string // what handlers noted
}

// inBubble runs a test against a server on which every socket of the namespaces
// "/", "/a" and "/b" has the handlers of standard.
func inBubble(t *testing.T, config server.Config, test func(*testing.T, rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := server.New(config)
		r := rig{servertest.New(t, s, "/socket.io/"), s, make(chan string, 1000)}
		for _, name := range []string{"/", "/a", "/b"} {
			s.Of(name).OnConnection(r.standard)
		}
		t.Cleanup(func() {
			if err := s.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
		test(t, r)
	})
}

// standard registers the handlers that tests use: echo, an echo by
// acknowledgement, join and leave, and notes about the end.
func (r rig) standard(s *server.Socket) {
	s.On("message", func(args server.Args, _ server.Ack) { _ = s.Emit("message-back", args.Forward()...) })
	s.On("message-with-ack", func(args server.Args, ack server.Ack) {
		if ack != nil {
			_ = ack(args.Forward()...)
		}
	})
	s.On("join", func(args server.Args, ack server.Ack) {
		s.Join(words(args)...)
		_ = ack(s.Rooms())
	})
	s.On("leave", func(args server.Args, ack server.Ack) {
		for _, room := range words(args) {
			s.Leave(room)
		}
		_ = ack(s.Rooms())
	})
	name := s.Namespace().Name()
	s.OnDisconnecting(func(reason server.Reason) {
		r.log <- name + " disconnecting " + string(reason) + " " + others(s)
	})
	s.OnDisconnect(func(reason server.Reason) {
		r.log <- name + " disconnect " + string(reason) + " " + others(s)
	})
}

// words decodes arguments that are strings.
func words(args server.Args) []string {
	var all []string
	for _, a := range args.All() {
		var w string
		_ = a.Decode(&w)
		all = append(all, w)
	}
	return all
}

// others returns the rooms of a socket but its own.
func others(s *server.Socket) string {
	rooms := slices.DeleteFunc(s.Rooms(), func(room string) bool { return room == s.ID() })
	return "[" + strings.Join(rooms, " ") + "]"
}

// notes returns what was noted since the last call, when everything is idle.
func (r rig) notes() []string {
	synctest.Wait()
	var all []string
	for {
		select {
		case n := <-r.log:
			all = append(all, n)
		default:
			return all
		}
	}
}

func wantNotes(t *testing.T, r rig, want ...string) {
	t.Helper()
	if got := r.notes(); !slices.Equal(got, want) {
		t.Fatalf("notes are\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// joined opens a WebSocket and joins namespaces.
func (r rig) joined(namespaces ...string) *servertest.Conn {
	c := r.WebSocket("")
	c.Connect(namespaces...)
	return c
}

// alive fails the test unless the connection answers on a namespace, and
// nothing else comes before the answer: a fence.
func alive(c *servertest.Conn, namespace string) {
	prefix := namespace + ","
	if namespace == "/" {
		prefix = ""
	}
	c.Send("42" + prefix + `99["message-with-ack","fence"]`)
	c.Want("43" + prefix + `99["fence"]`)
}
