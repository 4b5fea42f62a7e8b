package client

import (
	"slices"
	"sync"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// Args are the arguments of an event or an acknowledgement: raw JSON that is
// decoded when it is asked for, with []byte for binary.
type Args = sio.Args

// A Handler handles an event. Ack is nil if the server wants no acknowledgement.
type Handler func(args Args, ack Ack)

// An Ack acknowledges an event, with arguments as for [Socket.Emit]. Only the
// first call has an effect. The error says that an argument has no JSON form,
// [ErrBufferFull], or [ErrDisconnected] if the connection that the event came
// with has ended.
type Ack func(args ...any) error

// functions are what the application registers with a socket.
type functions struct {
	functionsMu sync.RWMutex // guards what follows
	handlers    map[string][]*handler
	incoming    []*catchAll
	outgoing    []*catchAll
	connected   []func(id string, recovered bool)
	failed      []func(error)
	ended       []func(Reason, error)
}

type handler struct {
	run  Handler
	once bool
}

// A catchAll is a function that sees every event.
type catchAll struct{ run func(event string, args Args) }

// On registers a handler for an event. Several handlers of an event run in the
// order of their registration. An event whose name is a number has the name that
// JavaScript makes of it. What it returns removes the handler again.
func (s *Socket) On(event string, h Handler) (off func()) { return s.add(event, &handler{run: h}) }

// Once registers a handler for the next event of the name only. What it returns
// removes the handler before that.
func (s *Socket) Once(event string, h Handler) (off func()) { return s.add(event, &handler{h, true}) }

func (s *Socket) add(event string, h *handler) (off func()) {
	s.functionsMu.Lock()
	defer s.functionsMu.Unlock()
	if s.handlers == nil {
		s.handlers = map[string][]*handler{}
	}
	s.handlers[event] = append(s.handlers[event], h)
	return func() {
		s.functionsMu.Lock()
		defer s.functionsMu.Unlock()
		s.handlers[event] = without(s.handlers[event], h)
	}
}

// without returns a list without one of its elements. It leaves the list alone:
// somebody may be reading it.
func without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(e T) bool { return e == gone })
}

// Off removes all handlers of an event.
func (s *Socket) Off(event string) {
	s.functionsMu.Lock()
	defer s.functionsMu.Unlock()
	delete(s.handlers, event)
}

// OnAny registers a function that sees every event that comes, before its
// handlers. What it returns removes the function again.
func (s *Socket) OnAny(f func(event string, args Args)) (off func()) {
	return s.addCatchAll(&s.incoming, &catchAll{f})
}

func (s *Socket) addCatchAll(list *[]*catchAll, c *catchAll) (off func()) {
	s.functionsMu.Lock()
	defer s.functionsMu.Unlock()
	*list = append(*list, c)
	return func() {
		s.functionsMu.Lock()
		defer s.functionsMu.Unlock()
		*list = without(*list, c)
	}
}

// OnAnyOutgoing registers a function that sees every event when it is sent, which
// is later than [Socket.Emit] for one that waits, and not at all for one that is
// dropped. What it returns removes the function again.
func (s *Socket) OnAnyOutgoing(f func(event string, args Args)) (off func()) {
	return s.addCatchAll(&s.outgoing, &catchAll{f})
}

// OnConnect registers a function that runs when the server has let the socket
// into its namespace, the first time and after each reconnection, with what
// [Socket.ID] and [Socket.Recovered] returned then.
func (s *Socket) OnConnect(f func(id string, recovered bool)) {
	s.functionsMu.Lock()
	defer s.functionsMu.Unlock()
	s.connected = append(s.connected, f)
}

// OnConnectError registers a function that runs when the socket cannot connect.
// With a [*RefusedError] it is inactive and must be told to connect again; in
// revision 4 that also stands for an ERROR packet in a namespace that is
// connected, which goes on. An [*AuthError] makes it inactive too. Other errors
// are those of the connection; [Socket.Active] says whether it is tried again.
func (s *Socket) OnConnectError(f func(error)) {
	s.functionsMu.Lock()
	defer s.functionsMu.Unlock()
	s.failed = append(s.failed, f)
}

// OnDisconnect registers a function that runs when the socket was connected and
// is not any more. The error is the cause if there is more to say than the
// reason.
func (s *Socket) OnDisconnect(f func(Reason, error)) {
	s.functionsMu.Lock()
	defer s.functionsMu.Unlock()
	s.ended = append(s.ended, f)
}

// take returns the handlers of an event and of every event.
func (f *functions) take(event string) (handlers []*handler, every []*catchAll) {
	f.functionsMu.Lock()
	defer f.functionsMu.Unlock()
	handlers = slices.Clone(f.handlers[event])
	if rest := slices.DeleteFunc(f.handlers[event], func(h *handler) bool { return h.once }); len(rest) > 0 {
		f.handlers[event] = rest
	} else {
		delete(f.handlers, event)
	}
	return handlers, f.incoming
}

// run runs the functions for an event.
func (s *Socket) run(event string, args Args, ack Ack) {
	handlers, every := s.take(event)
	for _, c := range every {
		s.manager.guard(func() { c.run(event, args) })
	}
	for _, h := range handlers {
		s.manager.guard(func() { h.run(args, ack) })
	}
}

// tellConnect has the functions of [Socket.OnConnect] run.
func (s *Socket) tellConnect(id string, recovered bool) {
	s.manager.handle(func() {
		s.functionsMu.RLock()
		functions := s.connected
		s.functionsMu.RUnlock()
		for _, f := range functions {
			s.manager.guard(func() { f(id, recovered) })
		}
	})
}

func (s *Socket) tellConnectError(err error) {
	s.manager.handle(func() {
		s.functionsMu.RLock()
		functions := s.failed
		s.functionsMu.RUnlock()
		for _, f := range functions {
			s.manager.guard(func() { f(err) })
		}
	})
}

func (s *Socket) tellDisconnect(reason Reason, err error) {
	s.manager.handle(func() {
		s.functionsMu.RLock()
		functions := s.ended
		s.functionsMu.RUnlock()
		for _, f := range functions {
			s.manager.guard(func() { f(reason, err) })
		}
	})
}

func (s *Socket) tellOutgoing(m sio.Message) {
	s.functionsMu.RLock()
	functions := s.outgoing
	s.functionsMu.RUnlock()
	if len(functions) == 0 {
		return
	}
	s.manager.handle(func() {
		event, args, _ := m.Event()
		for _, c := range functions {
			s.manager.guard(func() { c.run(event, args) })
		}
	})
}

// handle has a function run where handlers run.
func (m *Manager) handle(f func()) { m.handlers.Post(f) }

// guard runs a function of the application.
func (m *Manager) guard(f func()) {
	if m.config.Panic != nil {
		defer func() {
			if v := recover(); v != nil {
				m.config.Panic(v)
			}
		}()
	}
	f()
}

// A backlog counts what waits for the handlers.
type backlog struct {
	maxItems int
	maxBytes int64

	countMu sync.Mutex // guards what follows
	items   int
	bytes   int64
}

// take counts an event. It returns false, and counts nothing, if that exceeds a
// limit.
func (b *backlog) take(size int64) bool {
	b.countMu.Lock()
	defer b.countMu.Unlock()
	if b.items >= b.maxItems || b.bytes+size > b.maxBytes {
		return false
	}
	b.items++
	b.bytes += size
	return true
}

// give counts an event off.
func (b *backlog) give(size int64) {
	b.countMu.Lock()
	defer b.countMu.Unlock()
	b.items--
	b.bytes -= size
}
