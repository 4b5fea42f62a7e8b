package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	reference "github.com/sio-conform/sio-conform/reference/driver"
)

// embeddedClientName is the name of the client that is judged when none is named.
const embeddedClientName = "embedded reference client"

// embeddedClient returns the reference client behind its driver.
func embeddedClient(scale float64) *target.Target {
	t := target.New(embeddedClientName, driver.Starter{Launch: embeddedDriver(reference.Options{Version: release}), TimeScale: scale})
	t.Version = release
	return t
}

// embeddedDriver returns what starts drivers of the reference client in this process.
func embeddedDriver(o reference.Options) driver.Start {
	return func(context.Context) (driver.Link, error) {
		operations, in := io.Pipe()
		out, lines := io.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = lines.CloseWithError(reference.Serve(operations, lines, o)) // nil is the end of the output
		}()
		stop := func() {
			_ = in.Close()
			_ = out.Close() // nobody listens to what it still says
			<-ended
		}
		return driver.Link{In: in, Out: out, Stop: stop, Exited: ended, ExitStatus: func() string { return "it has returned" }}, nil
	}
}

// embeddedClientBench returns the reference client for the self-test, a driver and a network of its own for each pair.
func embeddedClientBench(listen func() (listening, error)) run.Bench {
	return run.Bench{Start: func(p target.Profile, _ string) (run.Rig, error) {
		n := &network{below: listen}
		starter := driver.Starter{Launch: embeddedDriver(reference.Options{Version: release, Dial: n.dial}), Listen: n.listen}
		pool, err := starter.Start(context.Background(), p)
		if err != nil {
			return run.Rig{}, err
		}
		return run.Rig{Instance: &target.Instance{Running: pool, Profile: p.Name}, Stop: pool.Stop}, nil
	}}
}

// A network is what scripted servers and the clients that look for them have in common: addresses with host and port, whatever carries the connections.
type network struct {
	below func() (listening, error)

	portsMu sync.Mutex // guards ports
	ports   []listening
}

// listen listens on the next free port.
func (n *network) listen() (net.Listener, error) {
	l, err := n.below()
	if err != nil {
		return nil, err
	}
	n.portsMu.Lock()
	defer n.portsMu.Unlock()
	n.ports = append(n.ports, l)
	return addressed{l, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: len(n.ports)}}, nil
}

// dial connects to the listener on the port, whatever the name of the host.
func (n *network) dial(ctx context.Context, kind, address string) (net.Conn, error) {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	n.portsMu.Lock()
	if err != nil || port < 1 || port > len(n.ports) {
		n.portsMu.Unlock()
		return nil, fmt.Errorf("dial %s: nobody listens", address)
	}
	l := n.ports[port-1]
	n.portsMu.Unlock()
	return l.dial(ctx, kind, address)
}

// An addressed is a listener with another address.
type addressed struct {
	net.Listener
	address net.Addr
}

func (l addressed) Addr() net.Addr { return l.address }
