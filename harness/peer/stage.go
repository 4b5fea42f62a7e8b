// Package peer is our end of a session. A Peer sends anything, waits with deadlines, answers heartbeats unless told not to, and records all
// that goes over the wire. Its verbs are what scenarios are written in.
package peer

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Transport is how a peer's session travels.
type Transport string

// The transports. Upgraded is a session that began with long-polling and went on over WebSocket.
const (
	Polling   Transport = "polling"
	WebSocket Transport = "websocket"
	Upgraded  Transport = "upgraded"
)

// A Level says how much of an application the target offers. Levels are ordered.
type Level int

// The levels, as in docs/contract.md.
const (
	Wire     Level = iota // any Socket.IO server
	Echo                  // the app of the official test suite
	Contract              // the conformance app
)

func (l Level) String() string { return [...]string{"wire", "echo", "contract"}[l] }

// A Config says where the target is and how a stage's peers behave.
type Config struct {
	URL    string // base, "http://127.0.0.1:3000"; no path
	Path   string // "/socket.io/" when empty
	Header http.Header
	TLS    *tls.Config
	Dial   func(ctx context.Context, network, address string) (net.Conn, error) // nil: the network

	Revision  wire.Revision
	Transport Transport
	Offered   []Transport // what the target offers; nil: everything
	Level     Level

	// What the target announced under the profile at hand. All waits derive from them.
	PingInterval, PingTimeout time.Duration
	MaxPayload                int64 // bytes; 0 when not announced

	TimeScale float64 // 0 means 1
	Seed      uint64
	Tap       *Tap // nil: nothing stands between harness and target
}

// A Failure ends a scenario: the target did not do what the scenario wants.
type Failure struct {
	Reason   string // one line
	Expected string
	Actual   string
	Rules    []string // the rules that are broken when they are not the scenario's own: something that the scenario takes for granted did not work
}

func (f *Failure) Error() string { return f.Reason }

// An Unsupported ends a scenario: the target says that it cannot do what the scenario needs.
type Unsupported struct{ Feature string }

func (u *Unsupported) Error() string { return "the target does not support " + u.Feature }

// A Stage is what the peers of one scenario share: the target, the transcript, the tap, the clock's scale and the context. Its verbs are
// called from the scenario's goroutine only.
type Stage struct {
	ctx        context.Context
	cancel     context.CancelFunc
	config     Config
	endpoint   *url.URL
	transcript *wire.Transcript
	http       *http.Client
	gomega     gomega.Gomega
	random     *rand.Rand
	finishers  sync.WaitGroup // goroutines of links

	observations []event.Observation // scenario's goroutine only

	peersMu sync.Mutex
	peers   []*Peer

	tapMu   sync.Mutex // serializes the tap
	faulted atomic.Int64

	lacking atomic.Bool // the target has replied to an operation, or to a CONNECT with a script, that it does not support it
}

// NewStage returns a stage for one scenario. Close must be called when the scenario is over. The error says what is wrong with config.
func NewStage(ctx context.Context, config Config) (*Stage, error) {
	if config.Path == "" {
		config.Path = "/socket.io/"
	}
	if config.TimeScale == 0 {
		config.TimeScale = 1
	}
	endpoint, err := url.Parse(strings.TrimSuffix(config.URL, "/") + config.Path)
	if err != nil {
		return nil, fmt.Errorf("peer: target: %w", err)
	}
	if endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Host == "" {
		return nil, fmt.Errorf("peer: target: %q is no http or https address", config.URL)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Stage{
		ctx:        ctx,
		cancel:     cancel,
		config:     config,
		endpoint:   endpoint,
		transcript: wire.NewTranscript(),
		random:     rand.New(rand.NewPCG(config.Seed, 0)), //nolint:gosec // a seed must give the same scenario again
	}
	s.http = &http.Client{
		Transport: &http.Transport{
			DialContext:         config.Dial,
			TLSClientConfig:     config.TLS,
			DisableCompression:  true,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     2 * time.Second, // shorter than any server's, so that no request meets a closing connection
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.gomega = gomega.NewGomega(func(message string, _ ...int) {
		s.Fail(&Failure{Reason: firstLine(message), Actual: message})
	})
	return s, nil
}

// Peer returns the peer of that name, a new one with the stage's transport at its first mention.
func (s *Stage) Peer(name string) *Peer { return s.PeerOver(name, s.config.Transport) }

// PeerBeside is PeerOver for a peer whose transport does not matter: it has the stage's where the target does not offer the given one.
func (s *Stage) PeerBeside(name string, t Transport) *Peer {
	if !s.Offers(t) {
		t = s.config.Transport
	}
	return s.PeerOver(name, t)
}

// Offers reports whether sessions of the target can be held by t.
func (s *Stage) Offers(t Transport) bool {
	return t == s.config.Transport || s.config.Offered == nil || slices.Contains(s.config.Offered, t)
}

// PeerOver returns the peer of that name; at its first mention it is made with the given transport. Where the target does not offer that, the scenario ends as unsupported.
func (s *Stage) PeerOver(name string, t Transport) *Peer {
	if !s.Offers(t) {
		panic(&Unsupported{Feature: "the transport " + string(t)})
	}
	s.peersMu.Lock()
	defer s.peersMu.Unlock()
	for _, p := range s.peers {
		if p.name == name {
			return p
		}
	}
	p := newPeer(s, name, t)
	s.peers = append(s.peers, p)
	return p
}

func (s *Stage) peerNamed(name string) *Peer {
	s.peersMu.Lock()
	defer s.peersMu.Unlock()
	for _, p := range s.peers {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (s *Stage) allPeers() []*Peer {
	s.peersMu.Lock()
	defer s.peersMu.Unlock()
	return append([]*Peer(nil), s.peers...)
}

// Fail ends the scenario. It must be called from the scenario's goroutine; it does not return.
func (s *Stage) Fail(f *Failure) {
	if err := s.ctx.Err(); err != nil {
		panic(context.Cause(s.ctx)) // what the scenario ran into is the end of its time, not the target
	}
	s.needAll()
	s.transcript.Add(wire.Entry{Direction: wire.Note, Kind: wire.KindFailure, Text: f.Reason})
	panic(f)
}

// needAll ends the scenario as unsupported if the target does not support an operation that it was asked for, whether the scenario has looked at the reply or not.
func (s *Stage) needAll() {
	if s.lacking.Load() {
		panic(&Unsupported{Feature: "an operation that the scenario needs"})
	}
}

// Failf ends the scenario with a formatted reason.
func (s *Stage) Failf(format string, args ...any) {
	s.Fail(&Failure{Reason: fmt.Sprintf(format, args...)})
}

// Expect makes a Gomega assertion whose failure ends the scenario.
func (s *Stage) Expect(actual any, extra ...any) types.Assertion {
	return s.gomega.Expect(actual, extra...)
}

// Observe records a policy of the target as data. It is no verdict.
func (s *Stage) Observe(name, format string, args ...any) {
	s.observations = append(s.observations, event.Observation{Name: name, Value: fmt.Sprintf(format, args...)})
}

// Observations returns what was observed.
func (s *Stage) Observations() []event.Observation { return s.observations }

// Transcript returns what went over the wire so far.
func (s *Stage) Transcript() *wire.Transcript { return s.transcript }

// Faulted returns how often the tap changed something.
func (s *Stage) Faulted() int { return int(s.faulted.Load()) }

// Random returns the scenario's source of randomness. The run's seed decides it.
func (s *Stage) Random() *rand.Rand { return s.random }

// Config returns the stage's configuration.
func (s *Stage) Config() Config { return s.config }

// patience is how long a target may take for what must happen, on a machine that has other work too.
const patience = 4500 * time.Millisecond

// Patience is how long a stage waits for what must happen: 4.5 seconds, times the time scale.
func (s *Stage) Patience() time.Duration { return s.scaled(patience) }

// Slack is how late a target's timers may be, and how late it may close a session because of what it was sent: a tenth of its heartbeat period, between one and five seconds, times the time
// scale. It is far shorter than a heartbeat that is not meant to be fast, so that one end of a session is not taken for the other.
func (s *Stage) Slack() time.Duration {
	period := (s.config.PingInterval + s.config.PingTimeout) / 10
	return s.scaled(min(max(period, time.Second), 5*time.Second))
}

func (s *Stage) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * s.config.TimeScale)
}

// Finish makes the checks with which every scenario ends: each session is closed or still works, and nothing has arrived that the scenario did not ask
// for.
func (s *Stage) Finish() {
	s.needAll()
	for _, p := range s.allPeers() {
		p.finish()
	}
}

// Close ends all sessions politely and frees everything. It may be called more than once.
func (s *Stage) Close() {
	for _, p := range s.allPeers() {
		p.leaveAll()
		p.hangUp()
	}
	s.cancel()
	s.finishers.Wait()
	s.http.CloseIdleConnections()
}

func firstLine(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", " ")), " ")
}
