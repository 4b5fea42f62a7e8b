package app

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sio-conform/sio-conform/reference/server"
)

var dynamicFaults = []Fault{
	{
		ID: "app.dynamic.pattern-too-wide", Title: "names that only begin like the pattern of a parent are accepted",
		commit: func(a *App, do *behaviour) {
			right := regexp.MustCompile(do.pattern)
			do.pattern = `^/dynamic-`
			do.chain = changed(do.chain, func(namespace string, chain []server.Middleware) []server.Middleware {
				if namespace != parents {
					return chain
				}
				return append([]server.Middleware{func(_ context.Context, s *server.Socket) error {
					if name := s.Namespace().Name(); strings.HasPrefix(name, "/dynamic-") && !right.MatchString(name) {
						a.fire()
					}
					return nil
				}}, chain...)
			})
		},
	},
	{
		ID: "app.dynamic.answer-ignored", Title: "a namespace that the function of a parent refuses is created",
		commit: deciding(func(a *App, name string, ok bool, err error) bool {
			if !ok && err == nil && strings.HasPrefix(name, "/tenant-") {
				a.fire()
				return true
			}
			return ok && err == nil
		}),
	},
	{
		ID: "app.dynamic.error-ignored", Title: "a namespace is created although the function of a parent fails",
		commit: deciding(func(a *App, _ string, ok bool, err error) bool {
			if err != nil {
				a.fire()
				return true
			}
			return ok
		}),
	},
	{
		ID: "app.dynamic.auth-lost", Title: "the function of a parent does not see the credentials",
		commit: func(a *App, do *behaviour) {
			decide := do.decide
			do.decide = func(ctx context.Context, name string, auth json.RawMessage) (bool, error) {
				if string(auth) != "{}" {
					a.fire()
				}
				return decide(ctx, name, json.RawMessage("{}"))
			}
		},
	},
	{
		ID: "app.dynamic.asked-again", Title: "the function of a parent is asked about a namespace that exists",
		commit: func(a *App, do *behaviour) {
			var known sync.Map // of string
			connected := do.connected
			do.connected = func(s *server.Socket) {
				name := s.Namespace().Name()
				if _, again := known.LoadOrStore(name, true); again && strings.HasPrefix(name, "/tenant-") {
					a.fire()
					do.note(tag(s.Handshake().Request), "decide", name)
				}
				connected(s)
			}
		},
	},
	{
		ID: "app.dynamic.middleware-skipped", Title: "the middlewares of a parent do not run in its children",
		commit: func(a *App, do *behaviour) {
			do.chain = changed(do.chain, func(namespace string, chain []server.Middleware) []server.Middleware {
				if namespace != parents {
					return chain
				}
				return []server.Middleware{a.instead(func(context.Context, *server.Socket) error { return nil })}
			})
		},
	},
	{
		ID: "app.dynamic.middleware-first-only", Title: "the middlewares of a parent run only for the first client of a child",
		commit: func(a *App, do *behaviour) {
			var first sync.Map // of sockets, by name of the child
			do.chain = skipping(a, do.chain, func(s *server.Socket) bool {
				known, _ := first.LoadOrStore(s.Namespace().Name(), s)
				return known != s
			})
		},
	},
	{
		ID: "app.dynamic.touched-unguarded", Title: "the middlewares of a parent do not run in a child that the server declared before its first client came",
		commit: func(a *App, do *behaviour) {
			do.chain = skipping(a, do.chain, func(s *server.Socket) bool {
				a.declaredMu.Lock()
				defer a.declaredMu.Unlock()
				return a.declared[s.Namespace().Name()]
			})
		},
	},
	{
		ID: "app.dynamic.parent-first-child", Title: "an event of a parent reaches its first child only",
		commit: func(a *App, do *behaviour) {
			toChildren(a, do, func(p *server.Parent, _ *server.Socket) []*server.Namespace { return p.Children()[:1] })
		},
	},
	{
		ID: "app.dynamic.parent-own-child", Title: "an event of a parent reaches only the child in which it was sent",
		commit: func(a *App, do *behaviour) {
			toChildren(a, do, func(_ *server.Parent, s *server.Socket) []*server.Namespace {
				return []*server.Namespace{s.Namespace()}
			})
		},
	},
	{
		ID: "app.dynamic.parent-rooms-ignored", Title: "an event of a parent for a room reaches everybody in its children",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if e.Via == "parent" && len(e.Rooms.rooms()) > 0 {
				a.fire()
				e.Rooms.To, e.Rooms.In = nil, nil
			}
		}),
	},
	{
		ID: "app.dynamic.parent-everywhere", Title: "an event of a parent reaches all namespaces",
		commit: func(a *App, do *behaviour) {
			everywhere(a, do, func(e emission) bool { return e.Via == "parent" })
		},
	},
	{
		ID: "app.dynamic.children-share-rooms", Title: "a room of one child is a room of all children of the parent",
		commit: func(a *App, do *behaviour) {
			emit := do.emit
			do.emit = func(s *server.Socket, e emission, args []any) error {
				p := s.Namespace().Parent()
				if p == nil || e.Via != "nsp" || e.Of != "" || len(e.Rooms.rooms()) == 0 {
					return emit(s, e, args)
				}
				a.fire()
				return e.Rooms.narrow(p.To()).Emit(e.Event.name, args...)
			}
		},
	},
	{
		ID: "app.dynamic.children-are-one", Title: "an event for a child reaches all children of the parent",
		commit: func(a *App, do *behaviour) {
			emit := do.emit
			do.emit = func(s *server.Socket, e emission, args []any) error {
				p := s.Namespace().Parent()
				if p == nil || e.Via != "nsp" || e.Of != "" || len(e.Rooms.rooms()) > 0 {
					return emit(s, e, args)
				}
				a.fire()
				return e.Rooms.narrow(p.To()).Emit(e.Event.name, args...)
			}
		},
	},
	{
		ID: "app.dynamic.name-wrong", Title: "the application sees the name of the parent instead of that of the child",
		commit: func(a *App, do *behaviour) {
			name := do.name
			do.name = func(s *server.Socket) string {
				if s.Namespace().Parent() == nil {
					return name(s)
				}
				a.fire()
				return "/_0"
			}
		},
	},
	{
		ID: "app.dynamic.two-children", Title: "two clients that ask for one dynamic namespace end up in two",
		commit: func(a *App, do *behaviour) {
			var sizes sync.Map // of string to chan int with one number in it
			connected := do.connected
			halves := [2]string{"this", "that"}
			do.connected = func(s *server.Socket) {
				if s.Namespace().Parent() != nil {
					counter, known := sizes.LoadOrStore(s.Namespace().Name(), make(chan uint32, 1))
					var n uint32
					if known {
						n = <-counter.(chan uint32)
					}
					counter.(chan uint32) <- n + 1
					s.Data().Set("half", halves[n%2])
				}
				connected(s)
			}
			emit := do.emit
			do.emit = func(s *server.Socket, e emission, args []any) error {
				own := s.Data().Get("half")
				if own == nil || e.Via == "socket" || e.Via == "server" || e.Of != "" {
					return emit(s, e, args)
				}
				a.fire()
				for _, other := range s.Namespace().LocalSockets() {
					if other.Data().Get("half") != own {
						e.Rooms.Except = append(slices.Clone(e.Rooms.Except), other.ID())
					}
				}
				return emit(s, e, args)
			}
		},
	},
}

// deciding returns a commit that changes the answer of the function of a parent.
func deciding(change func(a *App, name string, ok bool, err error) bool) func(*App, *behaviour) {
	return func(a *App, do *behaviour) {
		decide := do.decide
		do.decide = func(ctx context.Context, name string, auth json.RawMessage) (bool, error) {
			ok, err := decide(ctx, name, auth)
			return change(a, name, ok, err), nil
		}
	}
}

// skipping returns a hook that skips the middlewares of parents for some
// sockets.
func skipping(a *App, before func(string, []server.Middleware) []server.Middleware, skip func(*server.Socket) bool) func(string, []server.Middleware) []server.Middleware {
	return changed(before, func(namespace string, chain []server.Middleware) []server.Middleware {
		if namespace != parents {
			return chain
		}
		return each(chain, func(m server.Middleware) server.Middleware {
			return func(ctx context.Context, s *server.Socket) error {
				if skip(s) {
					a.fire()
					return nil
				}
				return m(ctx, s)
			}
		})
	})
}

// toChildren sends the events of a parent to some of its children only.
func toChildren(a *App, do *behaviour, which func(*server.Parent, *server.Socket) []*server.Namespace) {
	emit := do.emit
	do.emit = func(s *server.Socket, e emission, args []any) error {
		p := s.Namespace().Parent()
		if p == nil || e.Via != "parent" {
			return emit(s, e, args)
		}
		a.fire()
		for _, n := range which(p, s) {
			if err := e.Rooms.narrow(n.To()).Emit(e.Event.name, args...); err != nil {
				return err
			}
		}
		return nil
	}
}
