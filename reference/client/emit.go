package client

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// Emit sends an event to the server, when the socket is connected; until then it
// waits. Arguments are marshalled as encoding/json does, with []byte, at any
// depth, as binary; [Args.Forward] passes on what was received. The error says
// that an argument has no JSON form, is a [*ReservedEventError], [ErrBufferFull]
// or [ErrClosed].
func (s *Socket) Emit(event string, args ...any) error { return s.Sender().Emit(event, args...) }

// EmitWithAck sends an event and waits for its acknowledgement, as
// [Sender.EmitWithAck] does.
func (s *Socket) EmitWithAck(ctx context.Context, event string, args ...any) (Args, error) {
	return s.Sender().EmitWithAck(ctx, event, args...)
}

// Ask sends an event and returns at once, as [Sender.Ask] does.
func (s *Socket) Ask(ctx context.Context, event string, args ...any) *Question {
	return s.Sender().Ask(ctx, event, args...)
}

// Volatile returns a sender that drops an event if the connection cannot take it
// at once.
func (s *Socket) Volatile() Sender { return s.Sender().Volatile() }

// Timeout returns a sender that does not wait longer for an acknowledgement, in
// place of [Config.AckTimeout].
func (s *Socket) Timeout(d time.Duration) Sender { return s.Sender().Timeout(d) }

// EmitNumber sends an event whose name is a number, as programs in JavaScript may
// name one. It does what [Socket.Emit] does.
func (s *Socket) EmitNumber(name int64, args ...any) error {
	m, err := sio.EncodeAck(sio.NoAck, append([]any{name}, args...)...)
	if err != nil {
		return fmt.Errorf("client: event %d: %w", name, err)
	}
	if m.Type = sio.Event; len(m.Binary) > 0 {
		m.Type = sio.BinaryEvent
	}
	return s.Sender().dispatch(m, nil)
}

// Sender returns a sender with the options of the socket.
func (s *Socket) Sender() Sender { return Sender{socket: s, timeout: s.ackTimeout} }

// A Sender sends events with the options that it was made with.
type Sender struct {
	socket   *Socket
	volatile bool
	timeout  time.Duration
}

// Volatile does what [Socket.Volatile] does.
func (e Sender) Volatile() Sender {
	e.volatile = true
	return e
}

// Timeout does what [Socket.Timeout] does.
func (e Sender) Timeout(d time.Duration) Sender {
	e.timeout = d
	return e
}

// Emit does what [Socket.Emit] does. A volatile event that is dropped is
// [ErrDropped].
func (e Sender) Emit(event string, args ...any) error { return e.send(event, args, nil) }

// EmitWithAck sends an event and waits for its acknowledgement, whose arguments it
// returns. The error is one of [Sender.Emit], that of ctx, [ErrAckTimeout], or
// [ErrDisconnected] if the connection ends after the event was sent. An event that
// still waits when ctx ends is never sent.
func (e Sender) EmitWithAck(ctx context.Context, event string, args ...any) (Args, error) {
	return e.Ask(ctx, event, args...).Wait()
}

// Ask does what [Sender.EmitWithAck] does, except that it returns at once: the
// acknowledgement is had from the question.
func (e Sender) Ask(ctx context.Context, event string, args ...any) *Question {
	timeout := e.timeout
	if e.queued() {
		timeout = 0 // it is for each try
	}
	q := newQuestion(ctx, e.socket, event, timeout)
	if err := e.send(event, args, q); err != nil {
		e.socket.manager.loop.Do(func() { q.finish(Args{}, err) })
	}
	return q
}

// queued reports whether an event is sent when the one before is acknowledged.
func (e Sender) queued() bool { return e.socket.retries > 0 && !e.volatile }

func (e Sender) send(event string, args []any, q *Question) error {
	s := e.socket
	if reserved(event) || s.manager.config.Revision == sio.Revision4 && reserved4(event) {
		return &ReservedEventError{event}
	}
	m, err := sio.EncodeEvent(event, args...)
	if err != nil {
		return fmt.Errorf("client: event %q: %w", event, err)
	}
	return e.dispatch(m, q)
}

// dispatch hands an event over that nobody else writes to from now on.
func (e Sender) dispatch(m sio.Message, q *Question) (err error) {
	s := e.socket
	m.Binary = cloned(m.Binary)
	m.Data = slices.Clone(m.Data)
	o := &outgoing{message: m, size: int(messageSize(m)), question: q, timeout: e.timeout}
	s.manager.loop.Do(func() { err = s.emit(o, e) })
	return err
}

// reserved4 reports whether name is one of the further events that a client of
// revision 4 emits itself.
func reserved4(name string) bool {
	switch name {
	case "error", "ping", "pong", "connecting", "connect_timeout",
		"reconnect", "reconnect_attempt", "reconnecting", "reconnect_error", "reconnect_failed":
		return true
	default:
		return false
	}
}

// cloned returns attachments that nobody else writes to.
func cloned(attachments [][]byte) [][]byte {
	all := make([][]byte, len(attachments))
	for i, b := range attachments {
		all[i] = bytes.Clone(b)
	}
	return all
}

// messageSize returns what a message is taken to measure, in bytes.
func messageSize(m sio.Message) int64 {
	const overhead = 64
	n := int64(len(m.Data) + overhead)
	for _, b := range m.Binary {
		n += int64(len(b) + overhead)
	}
	return n
}

// An outgoing is an event that was emitted.
type outgoing struct {
	message  sio.Message
	size     int
	question *Question     // nil if the application wants no acknowledgement
	attempt  *Question     // the acknowledgement that a retry waits for, or nil
	timeout  time.Duration // of each try
	tries    int
}

// finish tells the application what became of the event, if it asked.
func (o *outgoing) finish(args Args, err error) {
	if o.question != nil {
		o.question.finish(args, err)
	}
}

// emit sends an event, or has it wait.
func (s *Socket) emit(o *outgoing, e Sender) error {
	m := s.manager
	switch {
	case m.closed:
		return ErrClosed
	case o.question != nil && o.question.over: // the context has ended
		return nil
	case e.volatile && (s.state != joined || !m.session.Writable()):
		return ErrDropped
	case !m.room(int64(o.size)):
		return ErrBufferFull
	case e.queued():
		m.buffered += o.size
		s.queue = append(s.queue, o)
		s.drain()
	case s.state == joined:
		s.transmit(o.message, o.question)
	default:
		m.buffered += o.size
		s.buffer = append(s.buffer, o)
	}
	return nil
}

// room reports whether size more bytes may wait for the server.
func (m *Manager) room(size int64) bool {
	n := int64(m.buffered) + size
	if m.session != nil {
		n += int64(m.session.Buffered())
	}
	return n <= m.config.MaxBuffered
}

// transmit hands an event to the session.
func (s *Socket) transmit(m sio.Message, q *Question) {
	m.AckID = sio.NoAck
	if q != nil {
		m.AckID, q.id = s.nextID, s.nextID
		s.acks[s.nextID] = q
		s.nextID++
	}
	s.send(m)
	s.tellOutgoing(m)
}

// flush sends what has waited for the answer to CONNECT.
func (s *Socket) flush() {
	buffer := s.buffer
	s.buffer = nil
	for _, o := range buffer {
		s.manager.buffered -= o.size
		s.transmit(o.message, o.question)
	}
}

// drain sends the first event of the queue, unless that is under way.
func (s *Socket) drain() {
	if s.state != joined || len(s.queue) == 0 || s.queue[0].attempt != nil {
		return
	}
	o := s.queue[0]
	o.tries++
	o.attempt = newQuestion(context.Background(), s, "", o.timeout)
	o.attempt.finished = func(args Args, err error) { s.tried(o, args, err) }
	s.transmit(o.message, o.attempt)
}

// tried takes what became of a try to send the first event of the queue.
func (s *Socket) tried(o *outgoing, args Args, err error) {
	o.attempt = nil
	if err == nil || o.tries > s.retries {
		s.queue = s.queue[1:]
		s.manager.buffered -= o.size
		o.finish(args, err)
	}
	s.drain()
}

// withdraw has an event that waits with the question never sent.
func (s *Socket) withdraw(q *Question) {
	asks := func(o *outgoing) bool { return o.question == q }
	if i := slices.IndexFunc(s.buffer, asks); i >= 0 {
		s.manager.buffered -= s.buffer[i].size
		s.buffer = slices.Delete(s.buffer, i, i+1)
	}
	if i := slices.IndexFunc(s.queue, asks); i >= 0 {
		o := s.queue[i]
		s.manager.buffered -= o.size
		s.queue = slices.Delete(s.queue, i, i+1)
		if o.attempt != nil {
			o.attempt.finished = nil
			o.attempt.finish(Args{}, ErrDropped)
		}
		s.drain()
	}
}
