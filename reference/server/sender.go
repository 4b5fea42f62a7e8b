package server

import (
	"context"
	"time"
)

// A Sender sends events to one socket. Its methods that select return a new one
// and change nothing.
type Sender struct {
	socket       *Socket
	volatile     bool
	uncompressed bool
	timeout      time.Duration
}

// Volatile drops the event if the client cannot take it at once.
func (s Sender) Volatile() Sender {
	s.volatile = true
	return s
}

// Compress says whether the event is compressed, where the client negotiated
// that. It is unless said otherwise.
func (s Sender) Compress(compress bool) Sender {
	s.uncompressed = !compress
	return s
}

// Timeout bounds how long an acknowledgement is waited for.
func (s Sender) Timeout(d time.Duration) Sender {
	s.timeout = d
	return s
}

// Emit sends an event, as [Socket.Emit] does.
func (s Sender) Emit(event string, args ...any) error {
	m, err := encodeEvent(s.socket.namespace.name, noAck, event, args)
	if err != nil {
		return err
	}
	if s.socket.keeps() && !s.volatile {
		s.socket.namespace.adapter.Broadcast(m, BroadcastOptions{Rooms: []string{s.socket.id}, Uncompressed: s.uncompressed})
		return s.socket.gone()
	}
	err = s.socket.send(outbound{member: s.socket.member, message: wire(m, !s.uncompressed), volatile: s.volatile})
	if err == nil {
		s.socket.notice(m)
	}
	return err
}

// Ask sends an event and returns at once. Its acknowledgement is had from
// [Question.Wait], until ctx or the time-out ends.
func (s Sender) Ask(ctx context.Context, event string, args ...any) *Question {
	member, id := s.socket.member, s.socket.namespace.nextAck()
	m, err := encodeEvent(s.socket.namespace.name, id, event, args)
	if err != nil {
		return &Question{err: err}
	}
	q := &Question{event: event, socket: s.socket, answer: make(chan Args, 1)}
	q.ctx, q.cancel = withTimeout(ctx, s.timeout)
	q.err = s.socket.send(outbound{
		member:   member,
		message:  wire(m, !s.uncompressed),
		volatile: s.volatile,
		id:       id,
		answer:   func(args Args) { q.answer <- args },
	})
	if q.err != nil {
		q.cancel()
		return q
	}
	s.socket.notice(m)
	q.stop = context.AfterFunc(q.ctx, func() { member.conn.session.Post(forget{member, id}) })
	return q
}

// EmitWithAck sends an event and waits for its acknowledgement, as
// [Question.Wait] does.
func (s Sender) EmitWithAck(ctx context.Context, event string, args ...any) (Args, error) {
	return s.Ask(ctx, event, args...).Wait()
}
