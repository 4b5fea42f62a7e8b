package engine

import (
	"context"
	"slices"

	"github.com/sio-conform/sio-conform/reference/client/internal/strand"
	"github.com/sio-conform/sio-conform/reference/eio"
)

// A Session is one Engine.IO session.
type Session struct {
	config Config
	upper  Upper
	ctx    context.Context // ends when the session has ended
	cancel context.CancelFunc

	state     state
	handshake eio.Handshake
	attempt   int // the transport under way, in config.Transports
	polling   polling
	socket    *webSocket // the transport, nil while that is polling
	candidate *webSocket // that may become the transport
	queue     []eio.Packet
	waiting   int // bytes in queue
	deadline  *strand.Alarm
	beat      heartbeat
}

// Open starts to open a session. Upper hears of it. When ctx ends the connections
// of the session are cut.
func Open(ctx context.Context, c Config, upper Upper) *Session {
	s := &Session{config: c, upper: upper, deadline: strand.NewAlarm(c.Strand)}
	s.beat = newHeartbeat(s)
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.setDeadline(func() { s.fail(TransportError, ErrTimeout) })
	s.try()
	return s
}

// setDeadline has f run if the step under way takes too long.
func (s *Session) setDeadline(f func()) {
	if s.config.Timeout >= 0 {
		s.deadline.Set(s.config.Timeout, f)
	}
}

// try opens the transport under way.
func (s *Session) try() {
	if s.config.Transports[s.attempt] == WebSocket {
		s.dial(s.onDialed)
		return
	}
	s.poll()
}

// SID returns the id of the session, empty before the handshake.
func (s *Session) SID() string { return s.handshake.SID }

// Transport returns the name of the transport.
func (s *Session) Transport() string {
	if s.socket != nil || s.config.Transports[s.attempt] == WebSocket {
		return WebSocket
	}
	return Polling
}

// alive reports whether packets are taken from the server and for it.
func (s *Session) alive() bool { return s.state == open || s.state == probing || s.state == pausing }

// Send queues packets that travel next to each other. It drops them if the
// session is not open.
func (s *Session) Send(packets ...eio.Packet) {
	if !s.alive() {
		return
	}
	s.enqueue(packets...)
	s.flush()
}

func (s *Session) enqueue(packets ...eio.Packet) {
	s.queue = append(s.queue, packets...)
	s.waiting += size(packets)
}

// overhead is what a packet is taken to measure beyond its data, in bytes.
const overhead = 64

func size(packets []eio.Packet) int {
	n := 0
	for _, p := range packets {
		n += len(p.Data) + overhead
	}
	return n
}

// Buffered returns how many bytes wait for the server to take them.
func (s *Session) Buffered() int {
	n := s.waiting + s.polling.unsent
	if s.socket != nil {
		n += s.socket.unwritten
	}
	return n
}

// volatileBacklog is how many bytes may wait for the server on a WebSocket that
// counts as ready for more. The original counts every message that it has not
// seen written; whether there is one is a matter of chance.
const volatileBacklog = 1 << 16

// Writable reports whether the transport takes packets now.
func (s *Session) Writable() bool {
	switch {
	case !s.alive() || s.state == pausing:
		return false
	case s.socket != nil:
		return s.Buffered() <= volatileBacklog
	default:
		return !s.polling.posting
	}
}

// flush hands the queue to the transport if that takes it.
func (s *Session) flush() {
	switch {
	case len(s.queue) == 0 || s.state == closed || s.state == pausing:
	case s.socket == nil && !s.polling.posting:
		s.post()
	case s.socket != nil && s.socket.send(s.queue):
		s.queue, s.waiting = nil, 0
	}
}

// onPacket takes a packet of the transport.
func (s *Session) onPacket(p eio.Packet) {
	if s.state == opening {
		s.onOpen(p)
		return
	}
	if !s.alive() {
		return
	}
	s.beat.sign()
	switch p.Type {
	case eio.Close:
		s.fail(TransportClose, errClosePacket)
	case eio.Ping:
		s.onPing()
	case eio.Pong:
		s.onPong()
	case eio.Message:
		s.upper.Received(p)
	default: // a second open, a stray upgrade, a noop: without meaning here
	}
}

// onOpen takes the first packet.
func (s *Session) onOpen(p eio.Packet) {
	if p.Type != eio.Open {
		s.failTransport(errNotOpen)
		return
	}
	h, err := eio.ParseOpen(s.config.Revision, p.Data)
	if err != nil {
		s.failTransport(err)
		return
	}
	s.handshake = h
	s.deadline.Stop()
	s.become(open)
	s.beat.start()
	s.upper.Opened(h)
	if s.state == open && s.socket == nil && s.upgradable() {
		s.probe()
	}
}

func (s *Session) upgradable() bool {
	return !s.config.NoUpgrade && slices.Contains(s.config.Transports, WebSocket) &&
		slices.Contains(s.handshake.Upgrades, WebSocket)
}

// failTransport ends the session because its transport failed, or tries the next
// one if it was never open.
func (s *Session) failTransport(err error) {
	if s.state == opening && s.config.TryAll && s.attempt+1 < len(s.config.Transports) {
		s.config.Logger.Debug("next transport", "err", err)
		s.abandon(s.socket)
		s.socket = nil
		s.attempt++
		s.try()
		return
	}
	s.fail(TransportError, &TransportFailure{s.Transport(), err})
}

// giveUp ends an open session over what the server has sent. On polling the server
// would not know otherwise before the heartbeat is over.
func (s *Session) giveUp(err error) {
	failure := &TransportFailure{s.Transport(), err}
	s.Close()
	s.upper.Closed(TransportError, failure)
}

// fail ends the session at once and tells the layer above.
func (s *Session) fail(reason Reason, err error) {
	if s.state == closed {
		return
	}
	told := s.state == closing
	s.end()
	if !told {
		s.upper.Closed(reason, err)
	}
}

// Close ends the session after what is queued has been sent, or when that takes
// too long. The layer above hears no more.
func (s *Session) Close() {
	if s.state == opening {
		s.end()
	}
	if !s.alive() {
		return
	}
	s.abandon(s.candidate)
	s.candidate = nil
	s.become(closing)
	s.beat.stop()
	s.deadline.Set(s.config.CloseGrace, s.end)
	if s.socket != nil {
		s.socket.finish(s.queue)
		s.queue, s.waiting = nil, 0
		return
	}
	s.enqueue(eio.Packet{Type: eio.Close})
	s.flush()
}

func (s *Session) end() {
	s.become(closed)
	s.cancel()
	s.beat.stop()
	s.deadline.Stop()
	s.queue, s.waiting = nil, 0
	s.abandon(s.socket)
	s.abandon(s.candidate)
	s.config.HTTP.CloseIdleConnections()
}
