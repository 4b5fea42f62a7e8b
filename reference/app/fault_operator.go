package app

import (
	"slices"
	"sync"

	"github.com/sio-conform/sio-conform/reference/server"
)

var operatorFaults = []Fault{
	{
		ID: "app.operator.to-ignored", Title: "an event for a room reaches the whole namespace",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if len(e.Rooms.rooms()) > 0 {
				a.fire()
				e.Rooms.To, e.Rooms.In = nil, nil
			}
		}),
	},
	{
		ID: "app.operator.in-ignored", Title: "in() does not select",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if len(e.Rooms.In) > 0 {
				a.fire()
				e.Rooms.In = nil
			}
		}),
	},
	{
		ID: "app.operator.last-room-only", Title: "of several rooms only the last one gets the event",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if rooms := e.Rooms.rooms(); len(rooms) > 1 {
				a.fire()
				e.Rooms.To, e.Rooms.In = rooms[len(rooms)-1:], nil
			}
		}),
	},
	{
		ID: "app.operator.except-ignored", Title: "except() does not leave anybody out",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if len(e.Rooms.Except) > 0 {
				a.fire()
				e.Rooms.Except = nil
			}
		}),
	},
	{
		ID: "app.operator.first-except-only", Title: "of several except() only the first one leaves somebody out",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if len(e.Rooms.Except) > 1 {
				a.fire()
				e.Rooms.Except = e.Rooms.Except[:1]
			}
		}),
	},
	{
		ID: "app.operator.sender-included", Title: "a broadcast of a socket reaches the socket itself",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if e.Via == "broadcast" {
				a.fire()
				e.Via = "nsp"
			}
		}),
	},
	{
		ID: "app.operator.sender-excluded", Title: "an event of the namespace does not reach the client that asked for it",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if e.Via == "nsp" && e.Of == "" {
				a.fire()
				e.Via = "broadcast"
			}
		}),
	},
	{
		ID: "app.operator.duplicates", Title: "a client that is in two of the rooms gets the event twice",
		commit: func(a *App, do *behaviour) {
			emit := do.emit
			do.emit = func(s *server.Socket, e emission, args []any) error {
				rooms := e.Rooms.rooms()
				if len(rooms) < 2 {
					return emit(s, e, args)
				}
				a.fire()
				for _, room := range rooms {
					e.Rooms.To, e.Rooms.In = []string{room}, nil
					if err := emit(s, e, args); err != nil {
						return err
					}
				}
				return nil
			}
		},
	},
	{
		ID: "app.operator.unknown-room-broadcasts", Title: "an event for a room without members reaches the whole namespace",
		commit: altering(func(a *App, s *server.Socket, e *emission) {
			rooms := e.Rooms.rooms()
			if len(rooms) > 0 && e.Via == "nsp" && len(s.Namespace().Adapter().Members(rooms)) == 0 {
				a.fire()
				e.Rooms.To, e.Rooms.In = nil, nil
			}
		}),
	},
	{
		ID: "app.operator.mutable", Title: "an operator that is derived and dropped changes the one it was derived from",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if d := e.Discard; d.To != nil || d.In != nil || d.Except != nil {
				a.fire()
				e.Rooms.To = slices.Concat(e.Rooms.To, d.To)
				e.Rooms.In = slices.Concat(e.Rooms.In, d.In)
				e.Rooms.Except = slices.Concat(e.Rooms.Except, d.Except)
			}
		}),
	},
	{
		ID: "app.operator.sticky", Title: "the rooms of an operator still apply to the next event of the namespace",
		commit: func(a *App, do *behaviour) {
			var last sync.Map // of string to selection
			altering(func(a *App, s *server.Socket, e *emission) {
				if e.Via != "nsp" || e.Of != "" {
					return
				}
				name := s.Namespace().Name()
				if before, ok := last.LoadAndDelete(name); ok && len(e.Rooms.rooms()) == 0 {
					a.fire()
					e.Rooms = before.(selection)
					return
				}
				if len(e.Rooms.rooms()) > 0 {
					last.Store(name, e.Rooms)
				}
			})(a, do)
		},
	},
	{
		ID: "app.operator.batch-reversed", Title: "events that are sent in one turn arrive in the reverse order",
		commit: func(a *App, do *behaviour) {
			do.batch = func(ops []node) []node {
				if len(ops) > 1 {
					a.fire()
				}
				ops = slices.Clone(ops)
				slices.Reverse(ops)
				return ops
			}
		},
	},
	{
		ID: "app.operator.volatile-lost", Title: "volatile events are never sent",
		commit: func(a *App, do *behaviour) {
			emit := do.emit
			do.emit = func(s *server.Socket, e emission, args []any) error {
				if slices.Contains(e.Flags, "volatile") {
					a.fire()
					return nil
				}
				return emit(s, e, args)
			}
		},
	},
	{
		ID: "app.operator.volatile-kept", Title: "volatile events are kept for a client that cannot take them",
		commit: altering(func(a *App, _ *server.Socket, e *emission) {
			if i := slices.Index(e.Flags, "volatile"); i >= 0 {
				a.fire()
				e.Flags = slices.Delete(slices.Clone(e.Flags), i, i+1)
			}
		}),
	},
}

// altering returns a commit that alters what is sent.
func altering(alter func(a *App, s *server.Socket, e *emission)) func(*App, *behaviour) {
	return func(a *App, do *behaviour) {
		before := do.emission
		do.emission = func(s *server.Socket, e emission) emission {
			e = before(s, e)
			alter(a, s, &e)
			return e
		}
	}
}
