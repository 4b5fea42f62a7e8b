package app

import (
	"encoding/json"
	"slices"

	"github.com/sio-conform/sio-conform/reference/server"
)

var namespaceFaults = []Fault{
	{
		ID: "app.namespaces.events-crossed", Title: "the answer to an event arrives in another namespace of the connection",
		commit: func(a *App, do *behaviour) {
			f, back := familyOf(do), do.messageBack
			do.messageBack = func(s *server.Socket, args []any) {
				if others := f.siblings(s); len(others) > 0 {
					a.fire()
					s = others[0]
				}
				back(s, args)
			}
		},
	},
	{
		ID: "app.namespaces.broadcast-everywhere", Title: "an event for a whole namespace reaches all namespaces",
		commit: func(a *App, do *behaviour) {
			everywhere(a, do, func(e emission) bool { return e.Via == "nsp" && e.Of == "" || e.Via == "broadcast" })
		},
	},
	{
		ID: "app.namespaces.server-everywhere", Title: "an event of the server object reaches all namespaces",
		commit: func(a *App, do *behaviour) {
			everywhere(a, do, func(e emission) bool { return e.Via == "server" })
		},
	},
	{
		ID: "app.namespaces.of-ignored", Title: "an event for another namespace is sent in that of the socket",
		commit: altering(func(a *App, s *server.Socket, e *emission) {
			if e.Of != "" && e.Of != s.Namespace().Name() {
				a.fire()
				e.Of = ""
			}
		}),
	},
	{
		ID: "app.auth.first-namespace", Title: "the application sees the credentials of the first namespace that a connection joined in all others",
		commit: func(a *App, do *behaviour) {
			f, auth := familyOf(do), do.auth
			do.auth = func(s *server.Socket) json.RawMessage {
				first := f.first(s)
				if first != s {
					a.fire()
				}
				return auth(first)
			}
		},
	},
	{
		ID: "app.namespaces.disconnect-all", Title: "a socket that the server disconnects takes the client out of all its namespaces",
		commit: func(a *App, do *behaviour) {
			f, disconnect := familyOf(do), do.disconnect
			do.disconnect = func(s *server.Socket, close bool) {
				others := f.siblings(s)
				disconnect(s, close)
				for _, other := range others {
					if !close {
						a.fire()
						other.Disconnect(false)
					}
				}
			}
		},
	},
	{
		ID: "app.namespaces.disconnect-one", Title: "a socket whose connection the server wants closed is only taken out of its namespace",
		commit: func(a *App, do *behaviour) {
			disconnect := do.disconnect
			do.disconnect = func(s *server.Socket, close bool) {
				if close {
					a.fire()
				}
				disconnect(s, false)
			}
		},
	},
	{
		ID: "app.namespaces.disconnect-ignored", Title: "a socket that the server disconnects stays",
		commit: func(a *App, do *behaviour) {
			do.disconnect = func(*server.Socket, bool) { a.fire() }
		},
	},
	{
		ID: "app.namespaces.leaving-leaves-all", Title: "a client that leaves one namespace is taken out of all its namespaces",
		commit: func(a *App, do *behaviour) {
			f, connected := familyOf(do), do.connected
			do.connected = func(s *server.Socket) {
				s.OnDisconnect(func(reason server.Reason) { // before the log is told
					if reason != server.ClientNamespaceDisconnect {
						return
					}
					for _, other := range f.siblings(s) {
						a.fire()
						other.Disconnect(false)
					}
				})
				connected(s)
			}
		},
	},
	{
		ID: "app.namespaces.data-shared", Title: "the data of a socket is shared by all namespaces of the connection",
		commit: func(a *App, do *behaviour) {
			f, set := familyOf(do), do.set
			do.set = func(s *server.Socket, key string, value any) {
				set(s, key, value)
				for _, other := range f.siblings(s) {
					a.fire()
					other.Data().Set(key, value)
				}
			}
		},
	},
	{
		ID: "app.namespaces.custom-deaf", Title: "the connection handler of the main namespace does not run in others",
		commit: func(a *App, do *behaviour) {
			connected := do.connected
			do.connected = func(s *server.Socket) {
				if s.Namespace().Name() != "/" {
					a.fire()
					return
				}
				connected(s)
			}
		},
	},
}

// everywhere sends some events in all other namespaces too.
func everywhere(a *App, do *behaviour, which func(emission) bool) {
	emit := do.emit
	do.emit = func(s *server.Socket, e emission, args []any) error {
		if err := emit(s, e, args); err != nil || !which(e) || len(e.Rooms.rooms()) > 0 {
			return err
		}
		own := s.Namespace().Name()
		if e.Via == "server" {
			own = "/"
		}
		for _, name := range slices.DeleteFunc(a.server.Namespaces(), func(name string) bool { return name == own }) {
			a.fire()
			if err := a.server.Of(name).Emit(e.Event.name, args...); err != nil {
				return err
			}
		}
		return nil
	}
}
