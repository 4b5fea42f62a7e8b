package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/sio-conform/sio-conform/reference/server"
)

var ackFaults = []Fault{
	{
		ID: "app.ack.never", Title: "events with an acknowledgement id are not acknowledged",
		commit: func(a *App, do *behaviour) {
			do.acknowledge = func(server.Ack, []any) { a.fire() }
		},
	},
	{
		ID: "app.ack.arguments-lost", Title: "acknowledgements carry no arguments",
		commit: func(a *App, do *behaviour) {
			acknowledge := do.acknowledge
			do.acknowledge = func(ack server.Ack, args []any) {
				if len(args) > 0 {
					a.fire()
				}
				acknowledge(ack, nil)
			}
		},
	},
	{
		ID: "app.ack.first-argument-only", Title: "acknowledgements carry their first argument only",
		commit: func(a *App, do *behaviour) {
			acknowledge := do.acknowledge
			do.acknowledge = func(ack server.Ack, args []any) {
				if len(args) > 1 {
					a.fire()
					args = args[:1]
				}
				acknowledge(ack, args)
			}
		},
	},
	{
		ID: "app.ack.mixed-up", Title: "an acknowledgement carries the arguments of the one before",
		commit: func(a *App, do *behaviour) {
			var beforeMu sync.Mutex // guards before
			var before []any
			acknowledge := do.acknowledge
			do.acknowledge = func(ack server.Ack, args []any) {
				beforeMu.Lock()
				send := before
				before = args
				beforeMu.Unlock()
				if send == nil {
					send = args
				} else {
					a.fire()
				}
				acknowledge(ack, send)
			}
		},
	},
	{
		ID: "app.ack.answer-lost", Title: "the application does not get the arguments of an acknowledgement of the client",
		commit: collecting(func(a *App, _ emission, answers []any, err error) ([]any, error) {
			if len(answers) > 0 {
				a.fire()
			}
			return []any{}, err
		}),
	},
	{
		ID: "app.ack.timeout-succeeds", Title: "an acknowledgement that does not come in time counts as an empty one",
		commit: collecting(func(a *App, _ emission, answers []any, err error) ([]any, error) {
			if errors.Is(err, context.DeadlineExceeded) {
				a.fire()
				return append([]any{}, answers...), nil
			}
			return answers, err
		}),
	},
	{
		ID: "app.ack.timeout-ignored", Title: "the application waits a hundred times as long for an acknowledgement as it says",
		commit: func(a *App, do *behaviour) {
			ask := do.ask
			do.ask = func(ctx context.Context, s *server.Socket, e emission) func() ([]any, error) {
				a.fire()
				long := 100 * *e.Ack
				e.Ack = &long
				return ask(ctx, s, e)
			}
		},
	},
	{
		ID: "app.ack.partial-lost", Title: "the answers to a broadcast are lost when one is missing",
		commit: collecting(func(a *App, e emission, answers []any, err error) ([]any, error) {
			if err != nil && e.Via != "socket" && len(answers) > 0 {
				a.fire()
				return []any{}, err
			}
			return answers, err
		}),
	},
	{
		ID: "app.ack.broadcast-first-only", Title: "of the answers to a broadcast only one is kept",
		commit: collecting(func(a *App, e emission, answers []any, err error) ([]any, error) {
			if e.Via != "socket" && len(answers) > 1 {
				a.fire()
				return answers[:1], err
			}
			return answers, err
		}),
	},
	{
		ID: "app.ack.broadcast-doubled", Title: "each answer to a broadcast is counted twice",
		commit: collecting(func(a *App, e emission, answers []any, err error) ([]any, error) {
			if e.Via != "socket" && len(answers) > 0 {
				a.fire()
				return slices.Concat(answers, answers), err
			}
			return answers, err
		}),
	},
}

// collecting returns a commit that changes what a sender with an acknowledgement
// gets.
func collecting(change func(a *App, e emission, answers []any, err error) ([]any, error)) func(*App, *behaviour) {
	return func(a *App, do *behaviour) {
		ask := do.ask
		do.ask = func(ctx context.Context, s *server.Socket, e emission) func() ([]any, error) {
			wait := ask(ctx, s, e)
			return func() ([]any, error) {
				answers, err := wait()
				return change(a, e, answers, err)
			}
		}
	}
}
