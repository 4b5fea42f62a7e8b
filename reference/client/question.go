package client

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Question is an event that was sent with an acknowledgement.
type Question struct {
	event  string
	socket *Socket
	cancel context.CancelFunc
	stop   func() bool   // keeps the end of the context from having an effect
	done   chan struct{} // closed when args and err are there
	args   Args
	err    error

	// What follows belongs to the loop of the manager.

	id       int64
	over     bool
	then     []func(Args, error)
	finished func(Args, error) // runs on the loop; may be nil
}

// newQuestion returns a question that fails when ctx ends, or after the time-out
// unless that is 0.
func newQuestion(ctx context.Context, s *Socket, event string, timeout time.Duration) *Question {
	q := &Question{event: event, socket: s, id: -1, done: make(chan struct{})}
	ctx, q.cancel = context.WithCancel(ctx)
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, timeout, ErrAckTimeout)
		outer := q.cancel
		q.cancel = func() {
			cancel()
			outer()
		}
	}
	q.stop = context.AfterFunc(ctx, func() {
		s.manager.loop.Post(func() { q.finish(Args{}, fmt.Errorf("client: acknowledgement of %q: %w", event, context.Cause(ctx))) })
	})
	return q
}

// Wait waits for the acknowledgement and returns its arguments, or the error of
// [Sender.EmitWithAck].
func (q *Question) Wait() (Args, error) {
	<-q.done
	return q.args, q.err
}

// Then has f run where handlers run, with what [Question.Wait] returns, when that
// is known.
func (q *Question) Then(f func(Args, error)) {
	m := q.socket.manager
	m.loop.Do(func() {
		if q.over {
			m.handle(func() { m.guard(func() { f(q.args, q.err) }) })
			return
		}
		q.then = append(q.then, f)
	})
}

// finish ends the question, the first time it is called.
func (q *Question) finish(args Args, err error) {
	if q.over {
		return
	}
	q.over, q.args, q.err = true, args, err
	q.stop()
	q.cancel()
	close(q.done)
	s := q.socket
	if s.acks[q.id] == q {
		delete(s.acks, q.id)
	}
	s.withdraw(q)
	if q.finished != nil {
		q.finished(args, err)
	}
	for _, f := range q.then {
		s.manager.handle(func() { s.manager.guard(func() { f(args, err) }) })
	}
}

// pendingQuestions returns the questions that were sent, in that order.
func (s *Socket) pendingQuestions() []*Question {
	all := make([]*Question, 0, len(s.acks))
	for _, id := range slices.Sorted(maps.Keys(s.acks)) {
		all = append(all, s.acks[id])
	}
	return all
}
