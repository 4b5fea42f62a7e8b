package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Probe is what was found out about a running target before it is judged.
type Probe struct {
	Level          peer.Level
	Implementation string // what the conformance app says of itself
	Features       []string
	Revisions      []wire.Revision
	Transports     []peer.Transport
	PingInterval   time.Duration
	PingTimeout    time.Duration
	MaxPayload     int64 // bytes; 0 when not announced
}

// A SetupError says why a target cannot be judged at all.
type SetupError struct {
	URL   string
	Cause string
	Err   error
}

func (e *SetupError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("target %s %s: %v", e.URL, e.Cause, e.Err)
	}
	return fmt.Sprintf("target %s %s", e.URL, e.Cause)
}

func (e *SetupError) Unwrap() error { return e.Err }

// The heartbeat that is assumed until the target has announced its own: the default of the official implementation.
const (
	assumedInterval = 25 * time.Second
	assumedTimeout  = 20 * time.Second
)

// ProbeTarget finds out what runs at the address. The error is a *SetupError when there is nothing to judge.
func ProbeTarget(ctx context.Context, address string, c Connection, scale float64) (Probe, error) {
	p := prober{ctx: ctx, url: address, connection: c, scale: scale, result: Probe{PingInterval: assumedInterval, PingTimeout: assumedTimeout}}
	if err := p.transports(); err != nil {
		return Probe{}, err
	}
	return p.result, p.application()
}

type prober struct {
	ctx        context.Context
	url        string
	connection Connection
	scale      float64
	result     Probe
}

func (p *prober) config(r wire.Revision, t peer.Transport) peer.Config {
	i := Instance{Running: attached(p.url), Probe: p.result}
	c := i.Config(p.connection, r, t)
	c.TimeScale = p.scale
	c.Level = peer.Contract // so that every event is shown
	return c
}

// on runs f with a peer and returns why it failed.
func (p *prober) on(r wire.Revision, t peer.Transport, f func(*peer.Peer)) (err error) {
	stage, err := peer.NewStage(p.ctx, p.config(r, t))
	if err != nil {
		return &SetupError{URL: p.url, Cause: "is no address", Err: err}
	}
	defer stage.Close()
	defer func() {
		if r := recover(); r != nil {
			failure, ok := r.(error)
			if !ok {
				panic(r)
			}
			err = failure
		}
	}()
	f(stage.Peer("probe"))
	return nil
}

// handshake opens a session over long-polling and returns what was announced. It answers with a *SetupError when nothing listens or what listens is no
// Socket.IO server.
func (p *prober) handshake(r wire.Revision) (peer.Handshake, error) {
	var h peer.Handshake
	var res peer.Response
	patient := *p
	patient.scale *= startup
	err := patient.on(r, peer.Polling, func(q *peer.Peer) {
		x := q.StartHTTP(peer.Request{Query: q.Query(peer.Polling, "")})
		if !x.WaitDone() {
			res.Err = fmt.Errorf("no answer within %v", q.Patience())
			return
		}
		res = x.Result()
		for _, part := range peer.DecodePayload(r, res.Header, res.Body) {
			if r == wire.Revision4 && len(part.Data) == len(res.Body) {
				continue // not framed as in revision 4: a server that does not look at EIO answers so
			}
			if open := wire.Dissect(r, part.Binary, part.Data); open.Engine == '0' && json.Unmarshal(open.Body, &h) == nil && h.SID != "" {
				h.Raw = string(open.Body)
				return
			}
		}
	})
	switch {
	case err != nil:
		return h, err
	case res.Err != nil:
		return h, &SetupError{URL: p.url, Cause: "does not answer", Err: res.Err}
	case h.Raw == "":
		return h, &SetupError{URL: p.url, Cause: fmt.Sprintf("is no Socket.IO server under %s, or does not speak EIO=%d: the handshake was answered with HTTP status %d and %s",
			p.path(), r.EIO(), res.Status, wire.Quote(res.Body))}
	}
	return h, nil
}

// startup is by how much the first answer may be later than any other: the target has just been started, it may be with many others.
const startup = 4

func (p *prober) path() string {
	if p.connection.Path == "" {
		return "/socket.io/"
	}
	return p.connection.Path
}

// transports finds the revisions, and the transports that all of them offer.
func (p *prober) transports() error {
	var first error
	for _, r := range []wire.Revision{wire.Revision5, wire.Revision4} {
		offered, err := p.offered(r)
		if setup, ok := errors.AsType[*SetupError](err); ok && setup.Err != nil {
			return err // nothing listens, or it does not answer: another revision will not do better
		}
		if first == nil {
			first = err
		}
		if len(offered) == 0 {
			continue
		}
		if len(p.result.Revisions) > 0 {
			offered = slices.DeleteFunc(p.result.Transports, func(t peer.Transport) bool { return !slices.Contains(offered, t) })
		}
		p.result.Revisions, p.result.Transports = append(p.result.Revisions, r), offered
	}
	if len(p.result.Transports) > 0 {
		return nil
	}
	if cause := context.Cause(p.ctx); cause != nil {
		return cause
	}
	return first
}

// offered returns the transports over which the target speaks the revision. The error is that of long-polling.
func (p *prober) offered(r wire.Revision) ([]peer.Transport, error) {
	var list []peer.Transport
	h, err := p.handshake(r)
	if setup, ok := errors.AsType[*SetupError](err); ok && setup.Err != nil {
		return nil, err
	}
	if err == nil {
		list = append(list, peer.Polling)
		p.announced(h)
	}
	if p.on(r, peer.WebSocket, func(q *peer.Peer) { p.speaks(q, r) }) == nil {
		list = append(list, peer.WebSocket)
		if slices.Contains(h.Upgrades, "websocket") {
			list = append(list, peer.Upgraded)
		}
	}
	return list, err
}

// speaks opens a session over WebSocket, where both revisions have the same open packet, and fails when the target speaks another revision: only in revision 4 it says unasked whether the
// main namespace is joined.
func (p *prober) speaks(q *peer.Peer, r wire.Revision) {
	q.Manual()
	q.Open()
	open := q.Handshake()
	q.Send("40/sio-conform-probe,")
	packet, answered := q.Next(q.Patience())
	unasked := answered && packet.Engine == '4' && packet.Namespace == "/" && (packet.Type == '0' || packet.Type == '4')
	if unasked != (r == wire.Revision4) {
		q.Failf("the target speaks another revision than %d over WebSocket", r)
	}
	p.announced(open)
}

// absurd bounds what is believed of announced timings; a target that announces more is judged with the assumed ones.
const absurd = 24 * time.Hour

func (p *prober) announced(h peer.Handshake) {
	interval, timeout := time.Duration(h.PingInterval)*time.Millisecond, time.Duration(h.PingTimeout)*time.Millisecond
	if interval > 0 && interval < absurd {
		p.result.PingInterval = interval
	}
	if timeout > 0 && timeout < absurd {
		p.result.PingTimeout = timeout
	}
	if h.MaxPayload > 0 { // revision 4 announces none
		p.result.MaxPayload = h.MaxPayload
	}
}

// application finds the level: whether the main namespace can be joined, whether the handlers of the official test suite answer, and whether there is a conformance
// app, one that tells the truth. What the target shows over one transport counts, as the others may be what is broken in it.
func (p *prober) application() error {
	for _, t := range p.result.Transports {
		if err := p.applicationOver(t); err != nil || p.result.Level == peer.Contract {
			return err
		}
	}
	return nil
}

func (p *prober) applicationOver(t peer.Transport) error {
	var lie error
	err := p.on(p.result.Revisions[0], t, func(q *peer.Peer) {
		q.Connect("/")
		q.Send(`42["message","sio-conform"]`)
		q.WantNextEvent(`42["message-back","sio-conform",...]`) // with an offset where connections are recovered
		p.result.Level = max(p.result.Level, peer.Echo)
		p.hello(q)
		lie = p.honesty(q)
	})
	if cause := context.Cause(p.ctx); cause != nil {
		return cause
	}
	if _, failed := errors.AsType[*peer.Failure](err); err != nil && !failed {
		if _, unsupported := errors.AsType[*peer.Unsupported](err); !unsupported {
			return err
		}
	}
	return lie
}

func (p *prober) hello(q *peer.Peer) {
	var hello struct {
		Contract       int      `json:"contract"`
		Implementation string   `json:"implementation"`
		Features       []string `json:"features"`
	}
	q.OpInto("/", peer.Op{"do": "hello"}, &hello)
	if hello.Contract != 1 {
		q.Failf("contract version %d", hello.Contract)
	}
	p.result.Level, p.result.Implementation, p.result.Features = peer.Contract, hello.Implementation, hello.Features
}

// honesty asks for an operation that does not exist. Whoever claims to have carried it out cannot be judged by its answers.
func (p *prober) honesty(q *peer.Peer) error {
	name := fmt.Sprintf("sio-conform-%x", q.Random().Uint64())
	var reply peer.Reply
	err := p.honest(q, name, &reply)
	if _, unsupported := errors.AsType[*peer.Unsupported](err); unsupported {
		return nil
	}
	return &SetupError{URL: p.url, Cause: fmt.Sprintf("has a conformance app that does not say %q to the operation %q, which does not exist; it said %s %s", "unsupported", name, wire.Quote(reply.OK), reply.Error)}
}

func (p *prober) honest(q *peer.Peer, name string, reply *peer.Reply) (err error) {
	defer func() {
		if r := recover(); r != nil {
			failure, ok := r.(error)
			if !ok {
				panic(r)
			}
			err = failure
		}
	}()
	*reply = q.StartOp("/", peer.Op{"do": name}).Reply()
	return nil
}
