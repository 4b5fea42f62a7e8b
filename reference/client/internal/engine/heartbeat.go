package engine

import (
	"time"

	"github.com/sio-conform/sio-conform/reference/client/internal/strand"
	"github.com/sio-conform/sio-conform/reference/eio"
)

// A heartbeat watches over a session. In revision 4 the server pings, and only
// its pings count. In revision 3 the client pings, and whatever comes after a
// ping counts as a sign of life.
type heartbeat struct {
	session  *Session
	deadline *strand.Alarm
	ping     *strand.Alarm // revision 3
	sent     []func()      // revision 3: what to do when each ping under way is answered
}

func newHeartbeat(s *Session) heartbeat {
	return heartbeat{s, strand.NewAlarm(s.config.Strand), strand.NewAlarm(s.config.Strand), nil}
}

func (h *heartbeat) start() {
	if h.session.config.Revision == eio.Revision3 {
		h.schedule()
	}
	h.expect(h.round())
}

// round is how long the server may be silent.
func (h *heartbeat) round() time.Duration {
	return h.session.handshake.PingInterval + h.session.handshake.PingTimeout
}

func (h *heartbeat) stop() {
	h.deadline.Stop()
	h.ping.Stop()
}

// expect ends the session unless a sign of life comes within d.
func (h *heartbeat) expect(d time.Duration) {
	why := errNoPing
	if h.session.config.Revision == eio.Revision3 {
		why = errNoPong
	}
	h.deadline.Set(d, func() { h.session.fail(PingTimeout, why) })
}

// schedule sends a ping after the interval.
func (h *heartbeat) schedule() {
	h.ping.Set(h.session.handshake.PingInterval, func() { h.session.Ping(func() {}) })
}

// Ping sends a ping, and has f run when the server has answered it and with that
// seen what was sent before. It is for sessions of revision 3.
func (s *Session) Ping(f func()) {
	s.beat.sent = append(s.beat.sent, f)
	s.beat.expect(s.handshake.PingTimeout)
	s.Send(eio.Packet{Type: eio.Ping})
}

// sign says that something came.
func (h *heartbeat) sign() {
	if h.session.config.Revision == eio.Revision3 {
		h.expect(h.round())
	}
}

func (s *Session) onPing() {
	if s.config.Revision == eio.Revision3 {
		return // not the part of the server
	}
	if int64(s.Buffered()) > s.config.MaxBuffered {
		s.fail(TransportError, errNotRead)
		return
	}
	s.beat.expect(s.beat.round())
	s.Send(eio.Packet{Type: eio.Pong})
	s.upper.Pinged()
}

func (s *Session) onPong() {
	if len(s.beat.sent) == 0 {
		return // it answers nothing
	}
	f := s.beat.sent[0]
	s.beat.sent = s.beat.sent[1:]
	s.beat.schedule()
	s.upper.Pinged()
	f()
}
