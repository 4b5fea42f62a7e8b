// Package driver judges client libraries. A driver is a small program around the library that speaks JSON lines (docs/driver.md); the harness plays the scripted server that the client meets, and
// judges by what arrives on the wire and by what the driver reports. Its verbs are what the scenarios for clients are written in.
package driver

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Config says which client a stage meets, and how.
type Config struct {
	Pool      *Pool
	Revision  wire.Revision
	Transport peer.Transport
	TimeScale float64 // 0 means 1
	Seed      uint64
	Tap       *Tap // nil: nothing stands between driver, wire and harness
}

// A Stage is one scenario's exchange with a client: a driver, scripted servers and the transcript of both. Its verbs are called from the scenario's goroutine only. A verb whose wish is not
// fulfilled ends the scenario.
type Stage struct {
	ctx        context.Context
	cancel     context.CancelFunc
	config     Config
	conn       *Conn
	transcript *wire.Transcript
	random     *rand.Rand
	began      time.Time
	background sync.WaitGroup
	failed     bool // by the driver's end or an escaped exception: it is not used again

	observations []event.Observation // scenario's goroutine only
	collecting   *[]Op               // not nil inside Batch
	allowed      []string            // parts of messages of exceptions that may escape
	fences       int
	labels       int

	stateMu  sync.Mutex // guards what arrives: also of servers, sessions and sockets
	changed  chan struct{}
	servers  []*Server
	sockets  []*Socket
	managers []Line
	uncaught []string
	drained  bool   // strays are not looked for at the end
	lie      string // what the driver said that cannot be

	tapMu   sync.Mutex // serializes the tap
	faulted atomic.Int64
}

// NewStage leases a driver and starts the scripted server. Close must be called when the scenario is over.
func NewStage(ctx context.Context, config Config) (*Stage, error) {
	if config.TimeScale == 0 {
		config.TimeScale = 1
	}
	conn, err := config.Pool.lease(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Stage{
		ctx: ctx, cancel: cancel, config: config, conn: conn, transcript: wire.NewTranscript(), began: time.Now(), changed: make(chan struct{}),
		random: rand.New(rand.NewPCG(config.Seed, 0)), //nolint:gosec // a seed must give the same scenario again
	}
	conn.attach(s.hear, s.overhear)
	if _, err := s.newServer("server"); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Config returns the stage's configuration.
func (s *Stage) Config() Config { return s.config }

// Revision4 reports whether the exchange is in revision 4 of the protocol.
func (s *Stage) Revision4() bool { return s.config.Revision == wire.Revision4 }

// Server returns the scripted server.
func (s *Stage) Server() *Server { return s.servers[0] }

// Transcript returns what went over the wire and between harness and driver so far.
func (s *Stage) Transcript() *wire.Transcript { return s.transcript }

// Faulted returns how often the tap changed something.
func (s *Stage) Faulted() int { return int(s.faulted.Load()) }

// Observe records a policy of the client as data. It is no verdict.
func (s *Stage) Observe(name, format string, args ...any) {
	s.observations = append(s.observations, event.Observation{Name: name, Value: fmt.Sprintf(format, args...)})
}

// Observations returns what was observed.
func (s *Stage) Observations() []event.Observation { return s.observations }

// Needs ends the scenario as unsupported when the driver lacks one of the capabilities.
func (s *Stage) Needs(capabilities ...string) {
	for _, c := range capabilities {
		if !s.conn.hello.Has(c) {
			panic(&peer.Unsupported{Feature: c})
		}
	}
}

// Has reports whether the driver announces the capability.
func (s *Stage) Has(capability string) bool { return s.conn.hello.Has(capability) }

// patience is a tenth of the heartbeat period that a scripted server announces when nothing else is said. It does not become shorter with a fast heartbeat, which says nothing of how soon a
// client acts.
var patience = (Script{}.interval() + Script{}.timeout()) / 10

// Patience is how long a stage waits for what must happen.
func (s *Stage) Patience() time.Duration {
	return time.Duration(float64(patience) * s.config.TimeScale)
}

// replyWithin is how long the driver may take to answer an operation: the library's call returns at once, whatever the network does.
func (s *Stage) replyWithin() time.Duration { return s.Scaled(10 * time.Second) }

// Scaled returns d times the time scale where that is above one: a time that the client itself waits does not become shorter with our patience.
func (s *Stage) Scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * max(1, s.config.TimeScale))
}

// await calls done, with what arrives locked, after every change until it is true or within is over, and returns its last answer. The end of the driver, and an exception that escaped
// from the library, end the scenario.
func (s *Stage) await(within time.Duration, done func() bool) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		s.stateMu.Lock()
		changed, ok := s.changed, done()
		s.stateMu.Unlock()
		if ok {
			return true
		}
		s.checkAlive()
		select {
		case <-changed:
		case <-timer.C:
			s.stateMu.Lock()
			defer s.stateMu.Unlock()
			return done()
		case <-s.ctx.Done():
			panic(context.Cause(s.ctx))
		}
	}
}

// notify makes await look again; stateMu is held.
func (s *Stage) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Stage) locked(f func()) {
	s.stateMu.Lock()
	defer s.stateMu.Unlock()
	f()
}

// checkAlive ends the scenario when the client did not survive what it was shown.
func (s *Stage) checkAlive() {
	var escaped, lie string
	s.locked(func() {
		for _, message := range s.uncaught {
			if !s.allows(message) {
				escaped = message
				break
			}
		}
		lie = s.lie
	})
	switch {
	case escaped != "":
		s.die(&Died{Reason: "an exception escaped from the client, which ends a program that does not expect it: " + firstLine(escaped), Printed: escaped})
	case s.conn.Broken() != nil:
		s.die(s.conn.death(s.conn.Broken()))
	case lie != "":
		s.Fail(&peer.Failure{Reason: lie, Expected: "a driver that keeps to its protocol", Actual: lie, Rules: []string{RuleDriver}})
	}
}

func (s *Stage) allows(message string) bool {
	for _, part := range s.allowed {
		if strings.Contains(message, part) {
			return true
		}
	}
	return false
}

func (s *Stage) die(d *Died) {
	if s.ctx.Err() != nil {
		panic(context.Cause(s.ctx))
	}
	s.failed = true
	s.transcript.Add(wire.Entry{Direction: wire.Note, Kind: wire.KindFailure, Text: d.Reason})
	panic(d)
}

// Fail ends the scenario. It does not return.
func (s *Stage) Fail(f *peer.Failure) {
	if s.ctx.Err() != nil {
		panic(context.Cause(s.ctx)) // what the scenario ran into is the end of its time, not the client
	}
	s.transcript.Add(wire.Entry{Direction: wire.Note, Kind: wire.KindFailure, Text: f.Reason})
	panic(f)
}

// Failf ends the scenario with a formatted reason.
func (s *Stage) Failf(format string, args ...any) {
	s.Fail(&peer.Failure{Reason: fmt.Sprintf(format, args...)})
}

// missing ends the scenario because what it wants did not come.
func (s *Stage) missing(want, actual string) {
	s.checkAlive()
	s.Fail(&peer.Failure{Reason: fmt.Sprintf("want %s within %v; got %s", want, s.Patience(), actual), Expected: want, Actual: actual})
}

// expect notes in the transcript what the scenario waits for.
func (s *Stage) expect(format string, args ...any) {
	s.transcript.Add(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: fmt.Sprintf(format, args...)})
}

// hear takes an event of the driver; nil says that there will be no more.
func (s *Stage) hear(l Line) {
	lines := []Line{l}
	if tap := s.config.Tap; l != nil && tap != nil && tap.Lines != nil {
		s.tapMu.Lock()
		lines = tap.Lines(l.clone())
		s.tapMu.Unlock()
		if len(lines) != 1 || JSON(lines[0]) != JSON(l) {
			s.noteFault("driver", []byte(JSON(l)), false)
		}
	}
	s.locked(func() {
		for _, line := range lines {
			s.dispatch(line)
		}
		s.notify()
	})
}

// dispatch files an event of the driver; stateMu is held.
func (s *Stage) dispatch(l Line) {
	switch ev := l.Text("ev"); ev {
	case "":
	case "uncaught":
		s.uncaught = append(s.uncaught, l.Text("message"))
	case "op_error":
		s.lie = "an operation inside a listener failed: " + l.Text("message")
	case "mgr":
		s.managers = append(s.managers, l)
	default:
		for _, k := range s.sockets {
			if k.label == l.Text("sock") {
				k.hear(ev, l)
				return
			}
		}
		s.lie = fmt.Sprintf("the driver reports %s of a socket that was not opened: %s", ev, JSON(l))
	}
}

// overhear records a line.
func (s *Stage) overhear(d wire.Direction, line []byte) {
	s.transcript.Add(wire.Entry{Session: "driver", Direction: d, Kind: wire.KindPacket, Data: bytes.TrimSpace(line)})
}

func (s *Stage) noteFault(session string, data []byte, binary bool) {
	s.faulted.Add(1)
	s.transcript.Add(wire.Entry{Session: session, Direction: wire.Note, Kind: wire.KindFault, Binary: binary, Data: data, Text: "dropped or replaced"})
}

// Close ends the exchange and gives the driver back. It may be called more than once.
func (s *Stage) Close() {
	if s.conn == nil {
		return
	}
	s.locked(func() {
		s.failed = s.failed || len(s.uncaught) > 0 || s.lie != ""
	})
	s.config.Pool.giveBack(s.conn, !s.failed)
	s.conn = nil
	s.cancel()
	for _, server := range s.servers {
		server.close()
	}
	s.background.Wait()
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
