package server

import (
	"fmt"
	"sync"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// listeners are the functions that an application registers on a socket.
type listeners struct {
	listenersMu   sync.RWMutex // guards what follows
	handlers      map[string][]Handler
	middlewares   []EventMiddleware
	incoming      []func(event string, args Args)
	outgoing      []func(event string, args Args)
	failed        []func(error)
	disconnecting []func(Reason)
	disconnect    []func(Reason)
}

// register appends f to one of the lists of l.
func register[F any](l *listeners, list *[]F, f F) {
	l.listenersMu.Lock()
	defer l.listenersMu.Unlock()
	*list = append(*list, f)
}

// registered returns one of the lists of l as it is now.
func registered[F any](l *listeners, list *[]F) []F {
	l.listenersMu.RLock()
	defer l.listenersMu.RUnlock()
	return *list
}

// On registers a handler for an event. Several handlers of an event run in the
// order of their registration. An event whose name is a number has the name that
// JavaScript makes of it. Nobody handles the events connect, connect_error,
// disconnect, disconnecting, newListener and removeListener: a client that sends
// one is disconnected.
func (s *Socket) On(event string, h Handler) {
	l := &s.listeners
	l.listenersMu.Lock()
	defer l.listenersMu.Unlock()
	if l.handlers == nil {
		l.handlers = map[string][]Handler{}
	}
	l.handlers[event] = append(l.handlers[event], h)
}

// Off removes all handlers of an event.
func (s *Socket) Off(event string) {
	s.listeners.listenersMu.Lock()
	defer s.listeners.listenersMu.Unlock()
	delete(s.listeners.handlers, event)
}

func (s *Socket) handlersOf(event string) []Handler {
	s.listeners.listenersMu.RLock()
	defer s.listeners.listenersMu.RUnlock()
	return s.listeners.handlers[event]
}

// OnAny registers a function that sees every event of the client, also one that
// has no handler, before [Socket.Use] and the handlers.
func (s *Socket) OnAny(f func(event string, args Args)) {
	register(&s.listeners, &s.listeners.incoming, f)
}

// OnAnyOutgoing registers a function that sees every event that is sent to the
// client, by whatever operator, but no acknowledgement. It runs in the goroutine
// of the sender, which waits for it.
func (s *Socket) OnAnyOutgoing(f func(event string, args Args)) {
	register(&s.listeners, &s.listeners.outgoing, f)
}

// OnDisconnecting registers a function that runs when the socket has left its
// namespace; [Socket.Rooms] still returns the rooms that it was in.
func (s *Socket) OnDisconnecting(f func(Reason)) {
	register(&s.listeners, &s.listeners.disconnecting, f)
}

// OnDisconnect registers a function that runs when the socket has left its
// namespace, after those of [Socket.OnDisconnecting].
func (s *Socket) OnDisconnect(f func(Reason)) {
	register(&s.listeners, &s.listeners.disconnect, f)
}

// An Event is an event of the client on its way to the handlers.
type Event struct {
	Name string
	Args Args
	Ack  Ack // nil if the client wants no acknowledgement
}

// Replace replaces the arguments of the event. They are what the handlers get
// that [Socket.Emit] would send. The error says that one has no JSON form.
func (e *Event) Replace(args ...any) error {
	m, err := sio.EncodeAck(0, args...)
	if err != nil {
		return fmt.Errorf("server: event %q: %w", e.Name, err)
	}
	e.Args = m.Args()
	return nil
}

// An EventMiddleware decides whether an event of the client goes on to the
// handlers, and may change it. With nil the next one is asked; with an error the
// event is dropped.
type EventMiddleware func(*Event) error

// Use registers a middleware for the events of this socket. They run in the
// order of their registration, and the next event waits for them. Those of a
// namespace, which decide about sockets, are registered with [Namespace.Use].
func (s *Socket) Use(m EventMiddleware) {
	register(&s.listeners, &s.listeners.middlewares, m)
}

// OnError registers a function that is told of the errors of the middlewares of
// [Socket.Use]. The client is told in revision 4 only, as Socket.IO 2.5.1 does.
func (s *Socket) OnError(f func(error)) {
	register(&s.listeners, &s.listeners.failed, f)
}

// receive queues an event of the client. It returns false if too many wait.
func (s *Socket) receive(m sio.Message) bool {
	size := int64(len(m.Data))
	for _, b := range m.Binary {
		size += int64(len(b))
	}
	return s.events.push(item{event: true, bytes: size, run: func() { s.guard(func() { s.handle(m) }) }})
}

// handle brings an event before the middlewares and the handlers.
func (s *Socket) handle(m sio.Message) {
	name, args, err := m.Event()
	if err != nil {
		return // ParsePacket has checked the name
	}
	for _, f := range registered(&s.listeners, &s.listeners.incoming) {
		f(name, args)
	}
	e := &Event{name, args, s.ack(m.AckID)}
	for _, m := range registered(&s.listeners, &s.listeners.middlewares) {
		if err := m(e); err != nil {
			s.fail(e.Name, err)
			return
		}
	}
	for _, h := range s.handlersOf(e.Name) {
		h(e.Args, e.Ack)
	}
}

// fail tells the application, and a client of revision 4, that an event was
// dropped.
func (s *Socket) fail(event string, err error) {
	log := s.namespace.server.config.Logger
	if s.member.conn.revision == sio.Revision4 {
		refused := control(sio.ConnectError, s.namespace.name, refusal4(asError(log, err)))
		_ = s.send(outbound{member: s.member, message: refused}) // who has left needs none
	}
	listeners := registered(&s.listeners, &s.listeners.failed)
	if len(listeners) == 0 {
		log.Warn("event dropped", "namespace", s.namespace.name, "event", event, "err", err)
	}
	for _, f := range listeners {
		f(err)
	}
}

// notice tells the catch-all listeners of an event that was sent.
func (s *Socket) notice(m sio.Message) {
	listeners := registered(&s.listeners, &s.listeners.outgoing)
	if len(listeners) == 0 {
		return
	}
	name, args, err := m.Event()
	if err != nil {
		return // it was encoded here
	}
	for _, f := range listeners {
		s.guard(func() { f(name, args) })
	}
}
