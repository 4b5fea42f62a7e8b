package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// A Middleware decides whether a socket may join a namespace. With nil the next
// one is asked, an error ends the chain and refuses the socket: an [*Error] goes
// out with its message and data, any other with its text.
//
// It may take its time: the client waits, and the other namespaces of the same
// connection go on. Ctx ends when the client has left; what the middleware
// returns then is of no interest.
type Middleware func(ctx context.Context, s *Socket) error

// run runs a chain, and returns what a client learns if it is refused. A panic
// counts as a refusal.
func run(ctx context.Context, chain []Middleware, s *Socket) (refused *Error) {
	log := s.namespace.server.config.Logger
	defer func() {
		if v := recover(); v != nil {
			logPanic(log, "middleware", v)
			refused = errInternal
		}
	}()
	for _, m := range chain {
		if err := m(ctx, s); err != nil {
			return asError(log, err)
		}
	}
	return nil
}

// errInternal is what a client learns about a panic in a middleware.
var errInternal = &Error{Message: "internal server error"}

// asError returns what a client learns about the error of a middleware. The data
// is JSON already, or left out if it has no such form.
func asError(log *slog.Logger, err error) *Error {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return &Error{Message: err.Error()}
	case e.Data == nil:
		return e
	}
	data, failed := marshal(e.Data)
	if failed != nil {
		log.Error("refusal without its data", "err", failed)
		return &Error{Message: e.Message}
	}
	return &Error{Message: e.Message, Data: json.RawMessage(data)}
}

func logPanic(log *slog.Logger, where string, v any) {
	log.Error("panic", "in", where, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
}
