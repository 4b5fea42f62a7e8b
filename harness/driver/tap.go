package driver

import (
	"bytes"
	"net/http"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// A Tap stands between the driver, the wire and the harness and changes what passes. The functions are called one at a time; any may be nil. Taps are how the faults of clients are made.
type Tap struct {
	// Op returns what the driver is asked in place of op; nil: nothing, and the harness sees a reply that all is well.
	Op func(op Op) Op
	// Lines returns what the driver seems to report in place of an event.
	Lines func(l Line) []Line
	// Frames returns what passes in place of f. The direction is out for what the scripted server sends.
	Frames func(f peer.Frame) []peer.Frame
	// Request may change a request of the client before the server sees it, and reports whether it did.
	Request func(r *http.Request) bool
}

// tapOp passes an operation through the tap.
func (s *Stage) tapOp(op Op) Op {
	tap := s.config.Tap
	if tap == nil || tap.Op == nil {
		return op
	}
	before := JSON(op)
	s.tapMu.Lock()
	op = tap.Op(op)
	s.tapMu.Unlock()
	if op == nil || JSON(op) != before {
		s.noteFault("driver", []byte(before), false)
	}
	return op
}

// tapFrame passes a frame through the tap.
func (s *Stage) tapFrame(f peer.Frame) []peer.Frame {
	tap := s.config.Tap
	if tap == nil || tap.Frames == nil {
		return []peer.Frame{f}
	}
	s.tapMu.Lock()
	out := tap.Frames(f)
	s.tapMu.Unlock()
	if len(out) != 1 || out[0].Direction != f.Direction || out[0].Binary != f.Binary || !bytes.Equal(out[0].Data, f.Data) {
		s.noteFault(f.Session, f.Data, f.Binary)
	}
	return out
}

// tapRequest passes a request through the tap.
func (s *Stage) tapRequest(r *http.Request) {
	tap := s.config.Tap
	if tap == nil || tap.Request == nil {
		return
	}
	before := r.URL.String()
	s.tapMu.Lock()
	changed := tap.Request(r)
	s.tapMu.Unlock()
	if changed {
		s.noteFault("server", []byte(r.Method+" "+before), false)
	}
}
