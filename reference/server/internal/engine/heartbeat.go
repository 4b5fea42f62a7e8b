package engine

import "time"

// A heartbeat is the server's side of the heartbeat of revision 4: the server
// pings, and the client has a limited time to answer. Nothing else that the
// client sends counts as an answer.
//
// Revision 3 has it the other way round. The direction is decided here and
// nowhere else.
type heartbeat struct {
	timer   *time.Timer
	due     time.Time // when the timer should go off
	pings   uint64    // sent so far
	waiting bool      // for the answer to the last one
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
	s.beat.timer = time.NewTimer(s.config.PingInterval)
	s.beat.due = time.Now().Add(s.config.PingInterval)
}

// onBeat sends the next ping, or ends a session that did not answer the last.
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

// onPong takes the answer to a ping. An answer that nobody asked for changes
// nothing, so that it cannot put the next ping off.
func (s *Session) onPong() {
	if !s.beat.waiting {
		return
	}
	s.beat.waiting = false
	s.beat.after(time.Now(), s.config.PingInterval)
	s.upper.Pong(s.beat.pings)
}

// onPing refuses a heartbeat in the wrong direction, as Engine.IO 6.6 does.
func (s *Session) onPing() { s.fail(TransportError) }
