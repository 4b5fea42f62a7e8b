package app

import (
	"sync"

	"github.com/sio-conform/sio-conform/reference/server"
)

var roomFaults = []Fault{
	{
		ID: "app.rooms.joined-everywhere", Title: "a client that joins a room joins it in all its namespaces",
		commit: func(a *App, do *behaviour) {
			f, join := familyOf(do), do.join
			do.join = func(s *server.Socket, rooms []string) {
				join(s, rooms)
				for _, other := range f.siblings(s) {
					a.fire()
					other.Join(rooms...)
				}
			}
		},
	},
	{
		ID: "app.rooms.shared-across-namespaces", Title: "an event for a room reaches the rooms of the same name in all namespaces",
		commit: func(a *App, do *behaviour) {
			emit := do.emit
			do.emit = func(s *server.Socket, e emission, args []any) error {
				if err := emit(s, e, args); err != nil || len(e.Rooms.rooms()) == 0 {
					return err
				}
				for _, name := range a.server.Namespaces() {
					if name == s.Namespace().Name() || name == e.Of {
						continue
					}
					a.fire()
					if err := a.server.Of(name).To(e.Rooms.rooms()...).Except(s.ID()).Emit(e.Event.name, args...); err != nil {
						return err
					}
				}
				return nil
			}
		},
	},
	{
		ID: "app.rooms.leave-ignored", Title: "a client that leaves a room stays in it",
		commit: func(a *App, do *behaviour) {
			do.leave = func(*server.Socket, string) { a.fire() }
		},
	},
	{
		ID: "app.rooms.leave-leaves-all", Title: "a client that leaves a room leaves all its rooms",
		commit: func(a *App, do *behaviour) {
			do.leave = func(s *server.Socket, _ string) {
				a.fire()
				for _, room := range s.Rooms() {
					if room != s.ID() {
						s.Leave(room)
					}
				}
			}
		},
	},
	{
		ID: "app.rooms.leave-empties", Title: "a client that leaves a room takes all its members out",
		commit: func(a *App, do *behaviour) {
			do.leave = func(s *server.Socket, room string) {
				a.fire()
				s.Namespace().In(room).SocketsLeave(room)
			}
		},
	},
	{
		ID: "app.rooms.join-replaces", Title: "a client that joins a room leaves the rooms that it was in",
		commit: func(a *App, do *behaviour) {
			join := do.join
			do.join = func(s *server.Socket, rooms []string) {
				for _, room := range s.Rooms() {
					if room != s.ID() {
						a.fire()
						s.Leave(room)
					}
				}
				join(s, rooms)
			}
		},
	},
	{
		ID: "app.rooms.kept-after-drop", Title: "a client whose connection is lost stays in its rooms",
		commit: func(a *App, do *behaviour) {
			keepMembers(a, do, func(reason server.Reason) bool {
				return reason != server.ClientNamespaceDisconnect && reason != server.ServerNamespaceDisconnect
			})
		},
	},
	{
		ID: "app.rooms.kept-after-leaving", Title: "a client that leaves a namespace stays in its rooms",
		commit: func(a *App, do *behaviour) {
			keepMembers(a, do, func(reason server.Reason) bool { return reason == server.ClientNamespaceDisconnect })
		},
	},
	{
		ID: "app.rooms.kept-after-kick", Title: "a client that the server disconnects stays in its rooms",
		commit: func(a *App, do *behaviour) {
			keepMembers(a, do, func(reason server.Reason) bool { return reason == server.ServerNamespaceDisconnect })
		},
	},
	{
		ID: "app.rooms.join-after-disconnect", Title: "a socket that is disconnected becomes a member of the rooms that it joins",
		commit: func(a *App, do *behaviour) {
			g, join := ghostsOf(a, do), do.join
			do.join = func(s *server.Socket, rooms []string) {
				if s.Context().Err() != nil {
					g.add(s, rooms...)
				}
				join(s, rooms)
			}
		},
	},
	{
		ID: "app.rooms.join-deferred", Title: "a room is joined only when the next operation arrives",
		commit: func(a *App, do *behaviour) {
			var deferred sync.Map // of *server.Socket to []string
			do.join = func(s *server.Socket, rooms []string) {
				a.fire()
				before, _ := deferred.Load(s)
				all, _ := before.([]string)
				deferred.Store(s, append(all, rooms...))
			}
			do.begin = func(s *server.Socket) {
				if rooms, ok := deferred.LoadAndDelete(s); ok {
					s.Join(rooms.([]string)...)
				}
			}
		},
	},
	{
		ID: "app.rooms.own-room-missing", Title: "a socket is not in the room named by its id",
		commit: func(a *App, do *behaviour) {
			connected := do.connected
			do.connected = func(s *server.Socket) {
				a.fire()
				s.Leave(s.ID())
				connected(s)
			}
		},
	},
	{
		ID: "app.rooms.gone-when-disconnecting", Title: "the disconnecting handler does not see the rooms of the socket",
		commit: func(a *App, do *behaviour) {
			note := do.note
			do.note = func(tag string, entry ...any) {
				if entry[0] == "disconnecting" {
					a.fire()
					entry[3] = []string{}
				}
				note(tag, entry...)
			}
		},
	},
}

// keepMembers makes ghosts of the sockets that leave for some reasons.
func keepMembers(a *App, do *behaviour, keep func(server.Reason) bool) {
	g, connected := ghostsOf(a, do), do.connected
	do.connected = func(s *server.Socket) {
		s.OnDisconnecting(func(reason server.Reason) {
			if keep(reason) {
				g.add(s, append(s.Rooms(), "")...)
			}
		})
		connected(s)
	}
}
