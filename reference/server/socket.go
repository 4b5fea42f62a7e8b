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
	namespace *Namespace
	member    *member
	handshake Handshake
	data      Data
	events    queue

	handlersMu    sync.RWMutex // guards the functions that the application registers
	handlers      map[string][]Handler
	catchAll      []func(event string, args Args)
	disconnecting []func(Reason)
	disconnect    []func(Reason)

	roomsMu sync.Mutex // guards left and last, and orders joining against leaving
	left    bool
	last    []string // the rooms at the end, while the disconnecting handlers run
}

func newSocket(m *member, n *Namespace) *Socket {
	s := n.server
	return &Socket{
		id:        m.newSocketID(),
		namespace: n,
		member:    m,
		handshake: m.handshake,
		handlers:  map[string][]Handler{},
		events:    queue{start: s.engine.Go, maxItems: s.config.MaxQueued, maxBytes: s.config.MaxBuffered},
	}
}

// ID returns the id of the socket, which is also the name of a room that it is
// in. It differs from the id of the Engine.IO session and is different in every
// namespace.
func (s *Socket) ID() string { return s.id }

// Namespace returns the namespace of the socket, for a dynamic one the child.
func (s *Socket) Namespace() *Namespace { return s.namespace }

// Handshake returns what the client said when it connected.
func (s *Socket) Handshake() Handshake { return s.handshake }

// Data returns the store of the socket. What a middleware puts in is there in
// the handlers.
func (s *Socket) Data() *Data { return &s.data }

// Context returns a context that ends when the socket has left its namespace.
func (s *Socket) Context() context.Context { return s.member.ctx }

// On registers a handler for an event. Several handlers of an event run in the
// order of their registration. An event whose name is a number has the name that
// JavaScript makes of it. Nobody handles the events connect, connect_error,
// disconnect, disconnecting, newListener and removeListener: a client that sends
// one is disconnected.
func (s *Socket) On(event string, h Handler) {
	s.handlersMu.Lock()
	defer s.handlersMu.Unlock()
	s.handlers[event] = append(s.handlers[event], h)
}

// Off removes all handlers of an event.
func (s *Socket) Off(event string) {
	s.handlersMu.Lock()
	defer s.handlersMu.Unlock()
	delete(s.handlers, event)
}

// OnAny registers a function that sees every event, before its handlers.
func (s *Socket) OnAny(f func(event string, args Args)) {
	s.handlersMu.Lock()
	defer s.handlersMu.Unlock()
	s.catchAll = append(s.catchAll, f)
}

// OnDisconnecting registers a function that runs when the socket has left its
// namespace; [Socket.Rooms] still returns the rooms that it was in.
func (s *Socket) OnDisconnecting(f func(Reason)) {
	s.handlersMu.Lock()
	defer s.handlersMu.Unlock()
	s.disconnecting = append(s.disconnecting, f)
}

// OnDisconnect registers a function that runs when the socket has left its
// namespace, after those of [Socket.OnDisconnecting].
func (s *Socket) OnDisconnect(f func(Reason)) {
	s.handlersMu.Lock()
	defer s.handlersMu.Unlock()
	s.disconnect = append(s.disconnect, f)
}

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
		s.handlersMu.RLock()
		disconnecting, disconnect := s.disconnecting, s.disconnect
		s.handlersMu.RUnlock()

		s.setLast(rooms)
		for _, f := range disconnecting {
			s.guard(func() { f(reason) })
		}
		s.setLast(nil)
		for _, f := range disconnect {
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

// receive queues an event of the client. It returns false if too many wait.
func (s *Socket) receive(m sio.Message) bool {
	size := int64(len(m.Data))
	for _, b := range m.Binary {
		size += int64(len(b))
	}
	return s.events.push(item{event: true, bytes: size, run: func() { s.guard(func() { s.handle(m) }) }})
}

// handle runs the handlers of an event.
func (s *Socket) handle(m sio.Message) {
	name, args, err := m.Event()
	if err != nil {
		return // ParsePacket has checked the name
	}
	s.handlersMu.RLock()
	every, handlers := s.catchAll, s.handlers[name]
	s.handlersMu.RUnlock()
	for _, f := range every {
		f(name, args)
	}
	if len(handlers) == 0 {
		return
	}
	ack := s.ack(m.AckID)
	for _, h := range handlers {
		h(args, ack)
	}
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
	if s.member.ctx.Err() != nil || !s.member.conn.session.Post(o) {
		return ErrDisconnected
	}
	return nil
}
