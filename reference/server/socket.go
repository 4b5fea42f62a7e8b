package server

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// Args are the arguments of an event or an acknowledgement: raw JSON that is
// decoded when it is asked for, with []byte for binary.
type Args = sio.Args

// A Handler handles an event. Ack is nil if the client wants no acknowledgement.
type Handler func(args Args, ack Ack)

// An Ack acknowledges an event, with arguments as for [Socket.Emit]. Only the
// first call has an effect. The error says that an argument has no JSON form or
// that the socket has left.
type Ack func(args ...any) error

// A Socket is one client in one namespace.
type Socket struct {
	id        string
	pid       string // "" if it cannot be recovered
	recovered bool
	entered   atomic.Bool // it is, or was, a member of the namespace
	namespace *Namespace
	member    *member
	handshake Handshake
	data      *Data
	events    queue
	listeners listeners

	roomsMu sync.Mutex // guards left and last, and orders joining against leaving
	left    bool
	last    []string // the rooms at the end, while the disconnecting handlers run
}

func newSocket(m *member, n *Namespace) *Socket {
	config := &n.server.config
	s := &Socket{
		id:        m.newSocketID(),
		namespace: n,
		member:    m,
		handshake: m.handshake,
		data:      &Data{},
		events:    queue{start: n.server.engine.Go, maxItems: config.MaxQueued, maxBytes: config.MaxBuffered},
	}
	switch past := m.past; {
	case past != nil:
		s.id, s.pid, s.data, s.recovered = past.SID, past.PID, past.Data, true
		s.Join(past.Rooms...)
	case config.Recovery != nil && m.conn.revision == sio.Revision5:
		s.pid = newID()
	}
	return s
}

// ID returns the id of the socket, which is also the name of a room that it is
// in. It is different in every namespace, and differs from the id of the
// Engine.IO session. In revision 4 it is made of that id, as its clients expect:
// who is shown the one knows the other.
func (s *Socket) ID() string { return s.id }

// Namespace returns the namespace of the socket, for a dynamic one the child.
func (s *Socket) Namespace() *Namespace { return s.namespace }

// Handshake returns what the client said when it connected.
func (s *Socket) Handshake() Handshake { return s.handshake }

// Data returns the store of the socket. What a middleware puts in is there in
// the handlers.
func (s *Socket) Data() *Data { return s.data }

// Context returns a context that ends when the socket has left its namespace.
func (s *Socket) Context() context.Context { return s.member.ctx }

// Disconnect removes the socket from its namespace, and tells the client. With
// close it removes the client from all namespaces and closes the connection.
// When it returns the socket has left its rooms. Events that wait for their
// handlers are dropped. It has no effect before the socket has joined: a
// middleware that refuses a socket returns an error.
func (s *Socket) Disconnect(close bool) {
	done := make(chan struct{})
	if s.member.conn.session.Post(expel{s.member, close, done}) {
		<-done
	}
}

// begin runs the connection handlers.
func (s *Socket) begin() {
	handlers := s.namespace.connectionHandlers()
	s.push(func() {
		for _, f := range handlers {
			f(s)
		}
	})
}

// end runs the handlers of the end. Rooms are those that the socket was in.
func (s *Socket) end(reason Reason, rooms []string) {
	s.push(func() {
		s.setLast(rooms)
		for _, f := range registered(&s.listeners, &s.listeners.disconnecting) {
			s.guard(func() { f(reason) })
		}
		s.setLast(nil)
		for _, f := range registered(&s.listeners, &s.listeners.disconnect) {
			s.guard(func() { f(reason) })
		}
	})
}

// push queues a function of the application that must run.
func (s *Socket) push(f func()) {
	s.events.push(item{run: func() { s.guard(f) }})
}

// guard runs a function of the application. A panic ends the socket.
func (s *Socket) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(s.namespace.server.config.Logger, "handler of "+s.namespace.name, v)
			s.Disconnect(false)
		}
	}()
	f()
}

// ack returns the function that acknowledges the event with the id.
func (s *Socket) ack(id int64) Ack {
	if id == sio.NoAck {
		return nil
	}
	var called atomic.Bool
	return func(args ...any) error {
		if called.Swap(true) {
			return nil
		}
		m, err := sio.EncodeAck(id, args...)
		if err != nil {
			return err
		}
		m.Namespace = s.namespace.name
		return s.send(outbound{member: s.member, message: wire(m, true)})
	}
}

// send hands a message to the session.
func (s *Socket) send(o outbound) error {
	if s.gone() != nil || !s.member.conn.session.Post(o) {
		return ErrDisconnected
	}
	return nil
}

// gone returns ErrDisconnected when the socket has left.
func (s *Socket) gone() error {
	if s.member.ctx.Err() != nil {
		return ErrDisconnected
	}
	return nil
}
