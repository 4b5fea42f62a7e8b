package driver

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Pool is a client that is judged, through as many drivers as scenarios run at once. A driver serves one scenario at a time, and another one afterwards when it can be reset.
type Pool struct {
	start  Start
	scale  float64
	listen Listen

	idleMu sync.Mutex
	idle   []*Conn
	hello  *Hello // of the first
	closed bool
}

// A Starter makes a Pool of a Start.
type Starter struct {
	Launch    Start
	TimeScale float64
	Listen    Listen // nil: on loopback
}

// A Listen gives a scripted server something to listen on. The drivers reach it by its address.
type Listen func() (net.Listener, error)

func loopback() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// Start returns the pool. A client has the default profile only: the scripted server decides what others are for.
func (s Starter) Start(ctx context.Context, p target.Profile) (target.Running, error) {
	if p.Name != "default" {
		return nil, target.ErrNoProfile
	}
	pool := &Pool{start: s.Launch, scale: max(s.TimeScale, 1), listen: s.Listen}
	if pool.listen == nil {
		pool.listen = loopback
	}
	c, err := open(ctx, pool.start, pool.scale)
	if err != nil {
		return nil, err
	}
	pool.hello = &c.hello
	pool.idle = append(pool.idle, c)
	return pool, nil
}

// Probe returns what the first driver said of itself.
func (p *Pool) Probe(context.Context) (target.Probe, error) {
	probe := target.Probe{Implementation: p.hello.Client + " " + p.hello.Version, Features: p.hello.Capabilities}
	for _, r := range p.hello.Revisions {
		probe.Revisions = append(probe.Revisions, wire.Revision(r))
	}
	has := map[string]bool{}
	for _, t := range p.hello.Transports {
		has[t] = true
		probe.Transports = append(probe.Transports, peer.Transport(t))
	}
	if has["polling"] && has["websocket"] {
		probe.Transports = append(probe.Transports, peer.Upgraded)
	}
	return probe, nil
}

// Alive reports that further drivers can be started.
func (p *Pool) Alive() bool { return true }

// URL returns nothing: a client has no address.
func (p *Pool) URL() string { return "" }

var never = make(chan struct{})

// Exited never happens to a pool: a driver that ends is replaced.
func (p *Pool) Exited() <-chan struct{} { return never }

// ExitStatus returns nothing.
func (p *Pool) ExitStatus() string { return "" }

// Printed returns nothing; what a driver printed stands with the scenario that it did not survive.
func (p *Pool) Printed() string { return "" }

// Stop ends all drivers that are not in use.
func (p *Pool) Stop() {
	p.idleMu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.idleMu.Unlock()
	var all sync.WaitGroup
	for _, c := range idle {
		all.Go(c.Close)
	}
	all.Wait()
}

// lease returns a driver that nobody else uses.
func (p *Pool) lease(ctx context.Context) (*Conn, error) {
	p.idleMu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.idleMu.Unlock()
		return c, nil
	}
	p.idleMu.Unlock()
	return open(ctx, p.start, p.scale)
}

// resetWithin is how long a driver may take to forget a scenario.
const resetWithin = 5 * time.Second

// giveBack takes a driver back: it is used again when it is healthy and can be reset, and ended elsewhere.
func (p *Pool) giveBack(c *Conn, healthy bool) {
	c.attach(nil, nil)
	if healthy && c.hello.Has("reset") && c.Broken() == nil {
		reply, err := c.Call(context.Background(), Op{"op": "reset"}, time.Duration(float64(resetWithin)*p.scale))
		if err == nil && reply.True("ok") && p.keep(c) {
			return
		}
	}
	c.Close()
}

func (p *Pool) keep(c *Conn) bool {
	p.idleMu.Lock()
	defer p.idleMu.Unlock()
	if !p.closed {
		p.idle = append(p.idle, c)
	}
	return !p.closed
}
