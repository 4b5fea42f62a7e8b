package app

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

var middlewareFaults = []Fault{
	{
		ID: "app.middleware.skipped", Title: "the second scripted middleware of a namespace is not run",
		commit: func(a *App, do *behaviour) {
			do.chain = changed(do.chain, func(namespace string, chain []server.Middleware) []server.Middleware {
				if namespace == "/custom" {
					return chain
				}
				i := len(chain) - 2
				chain[i] = a.instead(func(context.Context, *server.Socket) error { return nil })
				return chain
			})
		},
	},
	{
		ID: "app.middleware.reversed", Title: "middlewares run in the reverse order of their registration",
		commit: func(a *App, do *behaviour) {
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				slices.Reverse(chain)
				return a.firing(chain)
			})
		},
	},
	{
		ID: "app.middleware.twice", Title: "each middleware runs twice",
		commit: func(a *App, do *behaviour) {
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				var twice []server.Middleware
				for _, m := range chain {
					twice = append(twice, m, a.instead(m))
				}
				return twice
			})
		},
	},
	{
		ID: "app.middleware.goes-on", Title: "the middlewares behind one that refused run too",
		commit: func(a *App, do *behaviour) {
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				if len(chain) == 0 {
					return chain
				}
				return []server.Middleware{func(ctx context.Context, s *server.Socket) error {
					var first error
					for _, m := range chain {
						if first != nil {
							a.fire()
						}
						if err := m(ctx, s); first == nil {
							first = err
						}
					}
					return first
				}}
			})
		},
	},
	{
		ID: "app.middleware.error-ignored", Title: "a client that a middleware refuses is admitted",
		commit: func(a *App, do *behaviour) {
			do.refuse = func(*server.Socket, *server.Error) error {
				a.fire()
				return nil
			}
		},
	},
	{
		ID: "app.middleware.data-lost", Title: "the data of the error of a middleware is not sent",
		commit: func(a *App, do *behaviour) {
			do.refuse = func(_ *server.Socket, err *server.Error) error {
				if err.Data != nil {
					a.fire()
				}
				return &server.Error{Message: err.Message}
			}
		},
	},
	{
		ID: "app.middleware.message-lost", Title: "the message of the error of a middleware is replaced by another",
		commit: func(a *App, do *behaviour) {
			do.refuse = func(_ *server.Socket, err *server.Error) error {
				a.fire()
				return &server.Error{Message: "refused", Data: err.Data}
			}
		},
	},
	{
		ID: "app.middleware.refused-kept", Title: "a client that a middleware refused is listed as a member of the namespace",
		commit: func(a *App, do *behaviour) {
			g, refuse := ghostsOf(a, do), do.refuse
			do.refuse = func(s *server.Socket, err *server.Error) error {
				g.add(s, append(s.Rooms(), "")...)
				return refuse(s, err)
			}
		},
	},
	{
		ID: "app.middleware.not-awaited", Title: "a client is admitted before an asynchronous middleware has finished",
		commit: func(a *App, do *behaviour) {
			do.wait = func(_ context.Context, d time.Duration) error {
				if d > 0 {
					a.fire()
				}
				return nil
			}
		},
	},
	{
		ID: "app.middleware.serialized", Title: "a middleware that waits holds up the middlewares of all other requests",
		commit: func(a *App, do *behaviour) {
			turn := make(chan struct{}, 1)
			var holder atomic.Pointer[server.Socket] // until it is connected or refused
			release := func(s *server.Socket) {
				if holder.CompareAndSwap(s, nil) {
					<-turn
				}
			}
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				return each(chain, func(m server.Middleware) server.Middleware {
					return func(ctx context.Context, s *server.Socket) error {
						if holder.Load() != s {
							select {
							case turn <- struct{}{}:
							default:
								a.fire()
								select {
								case turn <- struct{}{}:
								case <-ctx.Done():
									return ctx.Err()
								}
							}
							holder.Store(s)
						}
						err := m(ctx, s)
						if err != nil {
							release(s)
						}
						return err
					}
				})
			})
			connected := do.connected
			do.connected = func(s *server.Socket) {
				release(s)
				connected(s)
			}
		},
	},
	{
		ID: "app.middleware.once", Title: "a connection that was admitted to a namespace is not asked again when it comes back",
		commit: func(a *App, do *behaviour) {
			var admitted sync.Map // of visit
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				return each(chain, func(m server.Middleware) server.Middleware {
					return func(ctx context.Context, s *server.Socket) error {
						if _, ok := admitted.Load(visitOf(s)); ok {
							a.fire()
							return nil
						}
						return m(ctx, s)
					}
				})
			})
			connected := do.connected
			do.connected = func(s *server.Socket) {
				admitted.Store(visitOf(s), true)
				connected(s)
			}
		},
	},
	{
		ID: "app.middleware.refusal-spreads", Title: "a connection that a middleware of one namespace has refused is refused by the middlewares of all others",
		commit: func(a *App, do *behaviour) {
			var refused sync.Map // of *http.Request to error
			refuse := do.refuse
			do.refuse = func(s *server.Socket, err *server.Error) error {
				refused.Store(s.Handshake().Request, err)
				return refuse(s, err)
			}
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				return append([]server.Middleware{func(_ context.Context, s *server.Socket) error {
					if err, ok := refused.Load(s.Handshake().Request); ok {
						a.fire()
						return err.(error)
					}
					return nil
				}}, chain...)
			})
		},
	},
	{
		ID: "app.middleware.guards-all", Title: "the token check of /guarded is made for every custom namespace",
		commit: func(a *App, do *behaviour) {
			do.chain = changed(do.chain, func(namespace string, chain []server.Middleware) []server.Middleware {
				if namespace == "/" || namespace == "/guarded" {
					return chain
				}
				return append([]server.Middleware{a.instead(a.checkToken)}, chain...)
			})
		},
	},
	{
		ID: "app.middleware.join-lost", Title: "a room that a middleware joined is lost when the client is admitted",
		commit: func(a *App, do *behaviour) {
			do.joinEarly = func(*server.Socket, string) { a.fire() }
		},
	},
	{
		ID: "app.middleware.data-forgotten", Title: "what a middleware stores in the data of a socket is not there in the handlers",
		commit: func(a *App, do *behaviour) {
			do.setEarly = func(*server.Socket, string, any) { a.fire() }
		},
	},
	{
		ID: "app.middleware.connected-twice", Title: "the connection handler runs twice for a client",
		commit: func(a *App, do *behaviour) {
			connected := do.connected
			do.connected = func(s *server.Socket) {
				a.fire()
				connected(s)
				connected(s)
			}
		},
	},
	{
		ID: "app.middleware.connected-early", Title: "the connection handler runs before the middlewares, if these have something to do",
		commit: func(a *App, do *behaviour) {
			var greeted sync.Map // of *server.Socket
			connected := do.connected
			do.chain = changed(do.chain, func(_ string, chain []server.Middleware) []server.Middleware {
				if len(chain) == 0 {
					return chain
				}
				return append([]server.Middleware{func(_ context.Context, s *server.Socket) error {
					if payload, _ := (node{raw: credentials(s)}).object(); payload["mw"].raw != nil {
						a.fire()
						greeted.Store(s, true)
						connected(s)
					}
					return nil
				}}, chain...)
			})
			do.connected = func(s *server.Socket) {
				if _, ok := greeted.LoadAndDelete(s); !ok {
					connected(s)
				}
			}
		},
	},
}

// changed returns a hook that changes a copy of what the hook before it returns.
func changed(before, change func(string, []server.Middleware) []server.Middleware) func(string, []server.Middleware) []server.Middleware {
	return func(namespace string, chain []server.Middleware) []server.Middleware {
		return change(namespace, slices.Clone(before(namespace, chain)))
	}
}

// each wraps every middleware of a chain.
func each(chain []server.Middleware, wrap func(server.Middleware) server.Middleware) []server.Middleware {
	for i, m := range chain {
		chain[i] = wrap(m)
	}
	return chain
}

// instead returns m as a middleware that is a fault whenever it runs.
func (a *App) instead(m server.Middleware) server.Middleware {
	return func(ctx context.Context, s *server.Socket) error {
		a.fire()
		return m(ctx, s)
	}
}

// firing returns a chain whose first middleware is a fault whenever it runs.
func (a *App) firing(chain []server.Middleware) []server.Middleware {
	if len(chain) > 0 {
		chain[0] = a.instead(chain[0])
	}
	return chain
}

// A visit is a connection in a namespace.
type visit struct {
	request   *http.Request
	namespace string
}

func visitOf(s *server.Socket) visit {
	return visit{s.Handshake().Request, s.Namespace().Name()}
}
