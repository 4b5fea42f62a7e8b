package peer

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Frame is what crosses a tap: one Engine.IO packet, or the end of a connection.
type Frame struct {
	Session   string // the peer's name
	Revision  wire.Revision
	Direction wire.Direction
	Transport Transport // Polling or WebSocket
	Binary    bool
	Data      []byte
	Closing   *Closing      // not nil: the connection ended, and there is no packet
	Delay     time.Duration // set by a tap: deliver this much later
}

// A Tap stands between the harness and the target and changes what passes. The functions are called one at a time; any may be nil. Taps are
// how wire faults are made.
type Tap struct {
	// Request may change a plain HTTP request, or the one that opens a WebSocket, before it goes out, and reports whether it did.
	Request func(r *http.Request) bool
	// Frames returns what passes in place of f: nothing, f, or others. A frame in the other direction is sent back, one of another
	// session goes to that peer.
	Frames func(f Frame) []Frame
	// Pong returns what arrives in place of a WebSocket pong frame with that content.
	Pong func(content string) []string
	// Response may change the answer to a plain HTTP request, and reports whether it did.
	Response func(r *http.Request, res *Response) bool
}

// A Closing says how a connection ended, as seen from here.
type Closing struct {
	Cause string // "WebSocket closed with 1005", "close packet", "GET answered 400 …"
	Code  int    // the WebSocket close code, 0 elsewhere
	at    time.Time
}

// cross sends f through the tap and delivers what comes out. It returns the frames that go out over f's own session, in order.
func (s *Stage) cross(f Frame) []Frame {
	f.Revision = s.config.Revision
	out := []Frame{f}
	if tap := s.config.Tap; tap != nil && tap.Frames != nil {
		s.tapMu.Lock()
		out = tap.Frames(f)
		s.tapMu.Unlock()
		s.noteFault(f, out)
	}
	var send []Frame
	for _, o := range out {
		switch {
		case o.Delay > 0:
			s.later(o)
		case o.Direction == wire.In:
			s.deliver(o)
		case o.Session == f.Session && f.Direction == wire.Out:
			send = append(send, o)
		default:
			s.forward(o)
		}
	}
	return send
}

func (s *Stage) later(f Frame) {
	delay := f.Delay
	f.Delay = 0
	s.finishers.Go(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		if f.Direction == wire.In {
			s.deliver(f)
			return
		}
		s.forward(f)
	})
}

// deliver hands an inbound frame to its peer.
func (s *Stage) deliver(f Frame) {
	if p := s.peerNamed(f.Session); p != nil {
		p.receive(f)
	}
}

// forward sends an outbound frame that the tap made over its session.
func (s *Stage) forward(f Frame) {
	if p := s.peerNamed(f.Session); p != nil {
		p.send([]Frame{f})
	}
}

// tapRequest passes a request through the tap.
func (p *Peer) tapRequest(t Transport, r *http.Request) {
	tap := p.config.Tap
	if tap == nil || tap.Request == nil {
		return
	}
	p.tapMu.Lock()
	changed := tap.Request(r)
	p.tapMu.Unlock()
	if changed {
		p.faulted.Add(1)
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindFault, Transport: string(t), Text: "request changed to " + r.Method + " " + redact(r.URL)})
	}
}

// tapResponse passes the answer to a request through the tap.
func (p *Peer) tapResponse(r *http.Request, res *Response) {
	tap := p.config.Tap
	if tap == nil || tap.Response == nil {
		return
	}
	p.tapMu.Lock()
	changed := tap.Response(r, res)
	p.tapMu.Unlock()
	if changed {
		p.faulted.Add(1)
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindFault, Transport: string(Polling), Text: "answer changed"})
	}
}

// hold waits as long as a tap delays the answer.
func (r *Response) hold(ctx context.Context) {
	if r.Delay <= 0 {
		return
	}
	timer := time.NewTimer(r.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		*r = Response{Err: ctx.Err()}
	}
}

// noteFault records what the tap did to f, if anything.
func (s *Stage) noteFault(f Frame, out []Frame) {
	if len(out) == 1 && out[0].Session == f.Session && out[0].Direction == f.Direction && out[0].Delay == 0 &&
		out[0].Closing == f.Closing && bytes.Equal(out[0].Data, f.Data) {
		return
	}
	s.faulted.Add(1)
	text := "dropped"
	if len(out) > 0 {
		text = "replaced"
	}
	s.transcript.Add(wire.Entry{Session: f.Session, Transport: string(f.Transport), Direction: wire.Note, Kind: wire.KindFault, Binary: f.Binary, Data: f.Data, Text: text})
}
