package server

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// A Namespace is a channel of communication with its own event handlers, rooms
// and middlewares. Many namespaces share one connection.
type Namespace struct {
	name    string
	server  *Server
	parent  *Parent // nil unless it was created by one
	adapter Adapter
	acks    atomic.Int64 // ids given so far
	holders int          // members, pending or joined; guarded by Server.namespacesMu

	handlersMu  sync.RWMutex // guards middlewares, connection and serverSide
	middlewares []Middleware
	connection  []func(*Socket)
	serverSide  map[string][]Handler

	socketsMu sync.RWMutex // guards sockets
	sockets   map[string]*Socket
}

func newNamespace(s *Server, name string) *Namespace {
	n := &Namespace{name: name, server: s, sockets: map[string]*Socket{}}
	n.adapter = s.config.Adapter(n)
	return n
}

// Name returns the name of the namespace, which begins with a slash.
func (n *Namespace) Name() string { return n.name }

// Parent returns the parent that created the namespace, nil for one that was
// declared.
func (n *Namespace) Parent() *Parent { return n.parent }

// Adapter returns the adapter of the namespace.
func (n *Namespace) Adapter() Adapter { return n.adapter }

// OnConnection registers a function that runs for each socket that joins, after
// the middlewares. What it sends reaches the client after the answer to its
// CONNECT.
func (n *Namespace) OnConnection(f func(*Socket)) {
	n.handlersMu.Lock()
	defer n.handlersMu.Unlock()
	n.connection = append(n.connection, f)
}

// Use registers a middleware. Middlewares run in the order of their
// registration, anew for every CONNECT.
func (n *Namespace) Use(m Middleware) {
	n.handlersMu.Lock()
	defer n.handlersMu.Unlock()
	n.middlewares = append(n.middlewares, m)
}

func (n *Namespace) chain() []Middleware {
	n.handlersMu.RLock()
	defer n.handlersMu.RUnlock()
	return slices.Clip(n.middlewares)
}

func (n *Namespace) connectionHandlers() []func(*Socket) {
	n.handlersMu.RLock()
	defer n.handlersMu.RUnlock()
	return slices.Clip(n.connection)
}

// Socket returns the socket with the id if it is a member on this server, or
// nil.
func (n *Namespace) Socket(id string) *Socket {
	n.socketsMu.RLock()
	defer n.socketsMu.RUnlock()
	return n.sockets[id]
}

// LocalSockets returns the members on this server, in no order.
func (n *Namespace) LocalSockets() []*Socket {
	n.socketsMu.RLock()
	defer n.socketsMu.RUnlock()
	return slices.Collect(maps.Values(n.sockets))
}

func (n *Namespace) add(s *Socket) {
	s.Join(s.id)
	n.socketsMu.Lock()
	defer n.socketsMu.Unlock()
	n.sockets[s.id] = s
}

func (n *Namespace) remove(s *Socket) {
	n.socketsMu.Lock()
	defer n.socketsMu.Unlock()
	if n.sockets[s.id] == s { // and not the one that has recovered it
		delete(n.sockets, s.id)
	}
}

// release says that a member is gone. An empty child is removed if the
// configuration says so.
func (n *Namespace) release() { n.server.release(n) }

// nextAck returns an id that no other event of the namespace has.
func (n *Namespace) nextAck() int64 { return n.acks.Add(1) - 1 }
