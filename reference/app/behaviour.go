package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// A behaviour is what the app does at the points where it can be wrong.
type behaviour struct {
	// chain returns the middlewares of a namespace, or of both parents.
	chain func(namespace string, chain []server.Middleware) []server.Middleware
	// refuse returns what a middleware returns that refuses.
	refuse func(s *server.Socket, err *server.Error) error
	// wait waits in a middleware.
	wait func(ctx context.Context, d time.Duration) error
	// joinEarly and setEarly do what a middleware does to a socket.
	joinEarly func(s *server.Socket, room string)
	setEarly  func(s *server.Socket, key string, value any)

	// pattern is that of /dynamic-<digits>, decide the function of /tenant-….
	pattern string
	decide  server.AllowFunc

	// connected is the connection handler.
	connected func(s *server.Socket)
	// auth returns the CONNECT payload that the app sees.
	auth func(s *server.Socket) json.RawMessage
	// name returns the name of the namespace of a socket.
	name func(s *server.Socket) string
	// echo returns arguments that are sent back.
	echo func(args []any) []any
	// messageBack answers the event "message".
	messageBack func(s *server.Socket, args []any)
	// acknowledge acknowledges "message-with-ack" and the operation ack.
	acknowledge func(ack server.Ack, args []any)
	// note writes an entry of the log.
	note func(tag string, entry ...any)

	// join, leave, set and disconnect carry out the operations of these names.
	join       func(s *server.Socket, rooms []string)
	leave      func(s *server.Socket, room string)
	set        func(s *server.Socket, key string, value any)
	disconnect func(s *server.Socket, close bool)
	// members returns the members of a room, "" for the namespace, sorted.
	members func(s *server.Socket, room string) []string
	// begin is told of each event "op", before it is carried out.
	begin func(s *server.Socket)
	// batch returns the operations of a batch in the order of their execution.
	batch func(ops []node) []node

	// emission returns what is sent, from what was asked for.
	emission func(s *server.Socket, e emission) emission
	// emit sends once.
	emit func(s *server.Socket, e emission, args []any) error
	// ask sends with an acknowledgement. What it returns waits for the answers.
	ask func(ctx context.Context, s *server.Socket, e emission) (wait func() ([]any, error))
}

// right returns the behaviour of the correct app.
func (a *App) right() behaviour {
	return behaviour{
		chain:     func(_ string, chain []server.Middleware) []server.Middleware { return chain },
		refuse:    func(_ *server.Socket, err *server.Error) error { return err },
		wait:      pause,
		joinEarly: func(s *server.Socket, room string) { s.Join(room) },
		setEarly:  func(s *server.Socket, key string, value any) { s.Data().Set(key, value) },

		pattern: `^/dynamic-\d+$`,
		decide:  a.decide,

		connected:   a.connected,
		auth:        credentials,
		name:        func(s *server.Socket) string { return s.Namespace().Name() },
		echo:        func(args []any) []any { return args },
		messageBack: func(s *server.Socket, args []any) { _ = s.Emit("message-back", args...) },
		acknowledge: func(ack server.Ack, args []any) { _ = ack(args...) },
		note:        a.log.add,

		join:       func(s *server.Socket, rooms []string) { s.Join(rooms...) },
		leave:      func(s *server.Socket, room string) { s.Leave(room) },
		set:        func(s *server.Socket, key string, value any) { s.Data().Set(key, value) },
		disconnect: func(s *server.Socket, close bool) { s.Disconnect(close) },
		members:    members,
		begin:      func(*server.Socket) {},
		batch:      func(ops []node) []node { return ops },

		emission: func(_ *server.Socket, e emission) emission { return e },
		emit:     a.emitOnce,
		ask:      a.ask,
	}
}

func members(s *server.Socket, room string) []string {
	var rooms []string
	if room != "" {
		rooms = []string{room}
	}
	return s.Namespace().Adapter().Members(rooms)
}
