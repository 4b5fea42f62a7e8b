package engine

import (
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// A heartbeat shows that both sides are alive.
//
// In revision 4 the server pings, and the client has a limited time to answer.
// Nothing else that the client sends counts as an answer. In revision 3 the
// client pings, and the server waits for whatever packet the client sends. The
// direction is decided here and nowhere else.
type heartbeat struct {
	timer   *time.Timer
	due     time.Time // when the timer should go off
	pings   uint64    // sent so far
	waiting bool      // for the answer to the last one; in revision 3 always
}

// after makes the heartbeat due some time after from.
func (h *heartbeat) after(from time.Time, d time.Duration) {
	h.due = from.Add(d)
	h.timer.Reset(time.Until(h.due))
}

// C returns the channel on which the heartbeat asks for [Session.onBeat].
func (h *heartbeat) C() <-chan time.Time { return expired(h.timer) }

func (h *heartbeat) stop() {
	h.timer.Stop()
	h.timer = nil
}

// Pings returns how many pings the client was sent.
func (s *Session) Pings() uint64 { return s.beat.pings }

func (s *Session) startBeat() {
	first := s.config.PingInterval
	if s.Revision() == eio.Revision3 {
		first += s.config.PingTimeout
		s.beat.waiting = true
	}
	s.beat.timer = time.NewTimer(first)
	s.beat.due = time.Now().Add(first)
}

// onBeat sends the next ping, or ends a session whose client was not heard.
func (s *Session) onBeat() {
	if s.beat.waiting {
		s.fail(PingTimeout)
		return
	}
	s.enqueue(pingMessage)
	s.beat.pings++
	s.beat.waiting = true
	// A timer that goes off a little late puts nothing off. One that goes off
	// very late, because the machine stood still, costs no session its life.
	from := s.beat.due
	if time.Since(from) > s.config.PingTimeout/2 {
		from = time.Now()
	}
	s.beat.after(from, s.config.PingTimeout)
}

// catchUp ends a session whose time is up although its timer, on a busy machine,
// has not gone off. It is for what cannot be the answer to a ping.
func (s *Session) catchUp() {
	if s.alive() && s.beat.waiting && !time.Now().Before(s.beat.due) {
		s.onBeat()
	}
}

// heard takes any packet as a sign of life, as Engine.IO 3.6 does.
func (s *Session) heard() {
	if s.Revision() == eio.Revision3 {
		s.beat.after(time.Now(), s.config.PingInterval+s.config.PingTimeout)
	}
}

// onPong takes the answer to a ping. An answer that nobody asked for changes
// nothing, so that it cannot put the next ping off.
func (s *Session) onPong() {
	if !s.beat.waiting || s.Revision() == eio.Revision3 {
		return
	}
	s.beat.waiting = false
	s.beat.after(time.Now(), s.config.PingInterval)
	s.upper.Pong(s.beat.pings)
}

// onPing answers the ping of a client of revision 3, with its data as the text
// says; Engine.IO 3.6 leaves the data out. In revision 4 it refuses a heartbeat
// in the wrong direction, as Engine.IO 6.6 does.
func (s *Session) onPing(p eio.Packet) {
	if s.Revision() != eio.Revision3 {
		s.fail(TransportError)
		return
	}
	s.enqueue(NewMessage(false, eio.Packet{Type: eio.Pong, Data: p.Data}))
}
