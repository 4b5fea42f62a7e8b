package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/suite"
)

// TestEveryScenarioIsProved runs the matrix of scenarios and faults that sio-conform selftest runs, each pair in a bubble of its own where waiting takes no
// time.
func TestEveryScenarioIsProved(t *testing.T) {
	apps, err := bench(t.Context(), pipes)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range run.Unproved(suite.Default(), apps) {
		t.Error(err)
	}
	start := apps.Start
	apps.Start = func(p target.Profile, fault string) (run.Rig, error) {
		rig, err := start(p, fault)
		dial := rig.Connection.Dial
		rig.Connection.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			return slowConn{conn}, err
		}
		return rig, err
	}
	for _, pair := range run.Pairs(suite.Default().Executions()) {
		t.Run(pair.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if proof := run.Prove(t.Context(), suite.Default(), apps, pair, 1, 1); proof.Wrong != "" {
					t.Error(proof.Wrong)
				}
				time.Sleep(time.Minute) //nolint:forbidigo // takes no time here; net/http lingers on a connection that it has closed
			})
		})
	}
}

// TestEveryScenarioIsProvedForClients runs the matrix of the suite for clients, on the reference client, each pair in a bubble of its own.
func TestEveryScenarioIsProvedForClients(t *testing.T) {
	clients := embeddedClientBench(slowPipes)
	for _, err := range run.Unproved(suite.Clients(), clients) {
		t.Error(err)
	}
	for _, pair := range run.Pairs(suite.Clients().Executions()) {
		t.Run(pair.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if proof := run.Prove(t.Context(), suite.Clients(), clients, pair, 1, 1); proof.Wrong != "" {
					t.Error(proof.Wrong)
				}
				time.Sleep(time.Minute) //nolint:forbidigo // takes no time here; net/http lingers on a connection that it has closed
			})
		})
	}
}

// slowPipes listens in memory, for clients that write slowly.
func slowPipes() (listening, error) {
	l, err := pipes()
	dial := l.dial
	l.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return slowConn{conn}, err
	}
	return l, err
}

// A slowConn takes a millisecond for each write. In a bubble the clock stands still while anybody is busy, so that without it whoever looks again and again until a time
// has come would never see it come.
type slowConn struct{ net.Conn }

func (c slowConn) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond) //nolint:forbidigo // takes no time here
	return c.Conn.Write(b)
}

// pipes listens in memory.
func pipes() (listening, error) {
	l := newPipeListener()
	return listening{l, l.dial}, nil
}

// A pipeListener is a listener in memory.
type pipeListener struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{accepted: make(chan net.Conn), closed: make(chan struct{})}
}

var errPipeClosed = errors.New("the listener is closed")

// dial connects to whoever accepts.
func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.accepted <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, errPipeClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("dial: %w", ctx.Err())
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.closed:
		return nil, errPipeClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
