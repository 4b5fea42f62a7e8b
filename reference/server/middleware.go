package server

import (
	"context"
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

// run runs a chain. A panic counts as a refusal.
func run(ctx context.Context, chain []Middleware, s *Socket) (err error) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(s.namespace.server.config.Logger, "middleware", v)
			err = errInternal
		}
	}()
	for _, m := range chain {
		if err := m(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// errInternal is what a client learns about a panic in a middleware.
var errInternal = &Error{Message: "internal server error"}

// asError returns what a client learns about the error of a middleware.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Message: err.Error()}
}

func logPanic(log *slog.Logger, where string, v any) {
	log.Error("panic", "in", where, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
}
