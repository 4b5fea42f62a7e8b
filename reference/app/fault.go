package app

import (
	"net/http"
	"slices"
	"sync"

	"github.com/sio-conform/sio-conform/reference/server"
)

// A Fault is a way in which the app can be wrong.
type Fault struct {
	ID    string // "app.rooms.leave-ignored"
	Title string // what an app with this fault does

	// commit changes the behaviour. What it puts in calls a.fire whenever it
	// makes a difference, and else does what was there before.
	commit func(a *App, do *behaviour)
}

// Faults returns all faults. Their ids are unique.
func Faults() []Fault {
	return slices.Concat(middlewareFaults, roomFaults, operatorFaults, namespaceFaults, dynamicFaults, ackFaults, eventFaults)
}

func faultByID(id string) (Fault, bool) {
	all := Faults()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return Fault{}, false
	}
	return all[i], true
}

// A family knows which sockets belong to one connection, which is what a server
// that mixes up the namespaces of a connection goes by.
type family struct {
	socketsMu sync.Mutex // guards sockets
	sockets   map[*http.Request][]*server.Socket
}

// familyOf returns a family that knows all sockets from now on.
func familyOf(do *behaviour) *family {
	f := &family{sockets: map[*http.Request][]*server.Socket{}}
	connected := do.connected
	do.connected = func(s *server.Socket) {
		f.add(s)
		connected(s)
		s.OnDisconnect(func(server.Reason) { f.remove(s) })
	}
	return f
}

func (f *family) add(s *server.Socket) {
	f.socketsMu.Lock()
	defer f.socketsMu.Unlock()
	key := s.Handshake().Request
	f.sockets[key] = append(f.sockets[key], s)
}

func (f *family) remove(s *server.Socket) {
	f.socketsMu.Lock()
	defer f.socketsMu.Unlock()
	key := s.Handshake().Request
	f.sockets[key] = slices.DeleteFunc(f.sockets[key], func(other *server.Socket) bool { return other == s })
	if len(f.sockets[key]) == 0 {
		delete(f.sockets, key)
	}
}

// first returns the socket of the connection that came first.
func (f *family) first(s *server.Socket) *server.Socket {
	f.socketsMu.Lock()
	defer f.socketsMu.Unlock()
	return f.sockets[s.Handshake().Request][0]
}

// siblings returns the sockets that the connection has in other namespaces.
func (f *family) siblings(s *server.Socket) []*server.Socket {
	f.socketsMu.Lock()
	defer f.socketsMu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.sockets[s.Handshake().Request]), func(other *server.Socket) bool { return other == s })
}

// Ghosts are members that an app reports although they are gone.
type ghosts struct {
	idsMu sync.Mutex // guards ids
	ids   map[place][]string
}

// A place is a room of a namespace, or with the room "" the namespace.
type place struct{ namespace, room string }

// ghostsOf returns ghosts that are reported from now on, once they are there.
func ghostsOf(a *App, do *behaviour) *ghosts {
	g := &ghosts{ids: map[place][]string{}}
	members := do.members
	do.members = func(s *server.Socket, room string) []string {
		ids := members(s, room)
		more := g.at(place{s.Namespace().Name(), room})
		if len(more) == 0 {
			return ids
		}
		a.fire()
		ids = append(ids, more...)
		slices.Sort(ids)
		return slices.Compact(ids)
	}
	return g
}

func (g *ghosts) at(p place) []string {
	g.idsMu.Lock()
	defer g.idsMu.Unlock()
	return g.ids[p]
}

func (g *ghosts) add(s *server.Socket, rooms ...string) {
	g.idsMu.Lock()
	defer g.idsMu.Unlock()
	for _, room := range rooms {
		p := place{s.Namespace().Name(), room}
		g.ids[p] = append(g.ids[p], s.ID())
	}
}
