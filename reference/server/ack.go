package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/reference/sio"
)

const noAck = sio.NoAck

// A Question is an event that was sent with an acknowledgement.
type Question struct {
	event  string
	socket *Socket
	answer chan Args // with room for one
	ctx    context.Context
	cancel context.CancelFunc
	stop   func() bool // keeps the end of ctx from withdrawing the question
	err    error       // it was not sent
}

// Wait waits for the acknowledgement and returns its arguments. The error is
// that of the context, or of the time-out, if that ends first,
// [ErrDisconnected] if the client leaves, or says why the event was not sent.
func (q *Question) Wait() (Args, error) {
	if q.err != nil {
		return Args{}, q.err
	}
	defer q.cancel()
	select {
	case args := <-q.answer:
		q.stop()
		return args, nil
	case <-q.ctx.Done():
		return Args{}, fmt.Errorf("server: acknowledgement of %q: %w", q.event, q.ctx.Err())
	case <-q.socket.member.ctx.Done():
	}
	select {
	case args := <-q.answer:
		return args, nil
	default:
		return Args{}, ErrDisconnected
	}
}

// Questions is an event that was sent with an acknowledgement to several
// sockets.
type Questions struct {
	event    string
	complete chan struct{} // closed when no answer is missing
	ctx      context.Context
	cancel   context.CancelFunc
	err      error // it was not sent

	answersMu sync.Mutex // guards what follows
	answers   []Args
	missing   int
}

// Wait waits for the acknowledgements of all sockets. It returns their
// arguments, in the order in which they came, and an error if the context or
// the time-out ended before all were there; then what came is returned too.
func (q *Questions) Wait() ([]Args, error) {
	if q.err != nil {
		return nil, q.err
	}
	defer q.cancel()
	select {
	case <-q.complete:
		return q.result(), nil
	case <-q.ctx.Done():
		return q.result(), fmt.Errorf("server: acknowledgements of %q: %w", q.event, q.ctx.Err())
	}
}

// expect says that there are n more recipients.
func (q *Questions) expect(n int) {
	q.answersMu.Lock()
	defer q.answersMu.Unlock()
	q.miss(n)
}

func (q *Questions) take(args Args) {
	q.answersMu.Lock()
	defer q.answersMu.Unlock()
	q.answers = append(q.answers, args)
	q.miss(-1)
}

func (q *Questions) miss(n int) {
	q.missing += n
	if q.missing == 0 {
		close(q.complete)
	}
}

func (q *Questions) result() []Args {
	q.answersMu.Lock()
	defer q.answersMu.Unlock()
	return append([]Args{}, q.answers...)
}

// Ask sends an event to the selected sockets, and returns at once. Their
// acknowledgements are had from [Questions.Wait], until ctx or the time-out
// ends. It is not supported on a parent.
func (o Operator) Ask(ctx context.Context, event string, args ...any) *Questions {
	if o.parent != nil {
		return &Questions{err: ErrParent}
	}
	n := o.namespace
	m, err := encodeEvent(n.name, n.nextAck(), event, args)
	if err != nil {
		return &Questions{err: err}
	}
	q := &Questions{event: event, complete: make(chan struct{}), missing: 1} // one for the broadcast itself
	q.ctx, q.cancel = withTimeout(ctx, o.timeout)
	n.adapter.BroadcastWithAck(q.ctx, m, o.options, q.expect, q.take)
	q.expect(-1)
	return q
}

// EmitWithAck sends an event to the selected sockets and waits for their
// acknowledgements, as [Questions.Wait] does. Without a time-out and a deadline
// it waits for as long as it takes. It is not supported on a parent.
func (o Operator) EmitWithAck(ctx context.Context, event string, args ...any) ([]Args, error) {
	return o.Ask(ctx, event, args...).Wait()
}

// withTimeout returns a context that ends with ctx, after d unless that is 0,
// and when it is cancelled.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}
