package engine

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// A Session is one Engine.IO session. Post may be called from any goroutine, ID,
// Request, Revision and Context too; the other methods only from a [Task] and
// from an [Upper].
type Session struct {
	id      string
	framing framing
	request *http.Request
	engine  *Engine
	config  *Config // of the engine
	log     *slog.Logger
	inbox   chan Task       // without room: what it took is done
	ctx     context.Context // ends when the session has ended
	cancel  context.CancelFunc

	// What follows belongs to the goroutine of run.

	state     state
	upper     Upper
	polling   polling
	socket    *webSocket // the transport, nil while that is polling
	candidate *webSocket // that may become the transport
	queue     []*Message
	writing   int64 // bytes that the writer of the WebSocket has in hand
	waiting   int64 // bytes in queue
	overflow  bool
	beat      heartbeat
	upgrade   *time.Timer // nil without candidate
	release   *time.Timer // ends the GET that waits in upgrading, or nil
	drain     *time.Timer // nil outside closing
	last      *Message    // in closing: what ends the GET that comes
}

// A Task is something to do on the goroutine of a session.
type Task interface{ Do(s *Session) }

// ID returns the id of the session, which is a secret of its client.
func (s *Session) ID() string { return s.id }

// Request returns the request that opened the session. It has no body, and its
// context keeps the values of the original one and never ends.
func (s *Session) Request() *http.Request { return s.request }

// Revision returns the revision of Engine.IO that the client speaks.
func (s *Session) Revision() eio.Revision { return s.framing.revision }

// Context returns a context that ends with the session.
func (s *Session) Context() context.Context { return s.ctx }

// Post hands t to the goroutine of the session, which does it, whatever the
// state of the session then. It returns false when the session has ended, and t
// is not done. It must not be called on the goroutine of a session.
func (s *Session) Post(t Task) bool {
	select {
	case s.inbox <- t:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// run is the life of the session.
func (s *Session) run() {
	defer s.cancel()
	s.start()
	for s.state != closed {
		select {
		case t := <-s.inbox:
			t.Do(s)
		case <-s.beat.C():
			s.onBeat()
		case <-expired(s.upgrade):
			s.dropCandidate("upgrade timeout")
		case <-expired(s.release):
			s.endGET()
		case <-expired(s.drain):
			s.finish(s.last)
		}
		if s.overflow && s.alive() {
			s.log.Info("session closed: the client does not read", "address", s.request.RemoteAddr, "bytes", s.waiting+s.writing)
			s.queue, s.waiting = nil, 0
			s.fail(TransportError)
		}
		s.flush()
	}
}

// expired returns the channel of t, or nil for a timer that does not run.
func expired(t *time.Timer) <-chan time.Time {
	if t == nil {
		return nil
	}
	return t.C
}

func (s *Session) start() {
	h := eio.Handshake{
		SID:          s.id,
		PingInterval: s.config.PingInterval,
		PingTimeout:  s.config.PingTimeout,
	}
	if s.Revision() == eio.Revision4 {
		h.MaxPayload = s.config.MaxPayload
	}
	if s.socket == nil && s.config.Upgrades && s.config.serves(WebSocket) {
		h.Upgrades = []string{WebSocket}
	}
	s.enqueue(NewMessage(false, eio.Packet{Type: eio.Open, Data: eio.AppendOpen(nil, h)}))
	s.become(open)
	s.startBeat()
	s.upper = s.config.Open(s)
	s.flush()
}

// alive reports whether packets are taken from the client and for it.
func (s *Session) alive() bool { return s.state == open || s.state == upgrading }

// Send queues m. It drops it when the session has ended.
func (s *Session) Send(m *Message) {
	if s.alive() {
		s.enqueue(m)
	}
}

// volatileBacklog is how many bytes may wait for the client of a WebSocket that
// counts as keeping up. The original counts every message that it has not seen
// written; whether there is one is a matter of chance on a busy machine.
const volatileBacklog = 1 << 16

// SendVolatile sends m if the client keeps up, and drops it otherwise: over
// polling if no GET waits, over WebSocket if much is to be written before.
func (s *Session) SendVolatile(m *Message) {
	switch {
	case !s.alive():
	case s.socket != nil && s.waiting+s.writing <= volatileBacklog:
		s.enqueue(m)
	case s.socket == nil && len(s.queue) == 0 && s.writable():
		s.enqueue(m)
	}
}

func (s *Session) enqueue(m *Message) {
	s.queue = append(s.queue, m)
	s.waiting += m.size
	s.overflow = s.overflow || s.waiting+s.writing > s.config.MaxBuffered
}

// writable reports whether the transport takes packets now.
func (s *Session) writable() bool {
	switch {
	case s.socket != nil:
		return s.socket.unwritten == 0
	case s.state == upgrading:
		return false
	default:
		return s.polling.get != nil
	}
}

// flush hands the queue to the transport if that takes it.
func (s *Session) flush() {
	if len(s.queue) == 0 || s.state == closed || !s.writable() {
		return
	}
	if s.socket != nil {
		s.writing = s.waiting
		s.socket.send(s.queue)
	} else {
		s.answerGET(s.queue)
	}
	s.queue, s.waiting = nil, 0
}

// Close ends the session. The client is sent what is queued, and then the end.
// A polling client gets each with a GET of its own, if those come in time: the
// original client takes the end first when both come together, and does not see
// then that it was disconnected on purpose. The layer above is told at once.
func (s *Session) Close(reason Reason) {
	if !s.alive() {
		return
	}
	s.leave(reason)
	if s.socket == nil && (s.polling.get == nil || len(s.queue) > 0) {
		s.awaitGET(closeMessage, s.config.DrainTimeout)
		return
	}
	s.finish(closeMessage)
}

// awaitGET waits for a GET, and ends it with last.
func (s *Session) awaitGET(last *Message, d time.Duration) {
	s.become(closing)
	s.last, s.drain = last, time.NewTimer(d)
}

// fail ends the session at once. A GET that waits is answered.
func (s *Session) fail(reason Reason) {
	if !s.alive() {
		return
	}
	s.leave(reason)
	s.finish(closeMessage)
}

// leave stops everything but the transport, and tells the layer above.
func (s *Session) leave(reason Reason) {
	s.log.Debug("session ends", "sid", s.id, "reason", reason)
	s.beat.stop()
	s.dropCandidate("session ends")
	s.upper.Closed(reason)
}

// finish lets go of the transport. Last is what ends a GET.
func (s *Session) finish(last *Message) {
	switch {
	case s.socket != nil:
		s.socket.finish(s.queue)
	case s.polling.get != nil:
		s.answerGET(append(s.queue, last))
	}
	if s.polling.posted != nil {
		s.polling.posted <- posted
	}
	s.queue = nil
	s.become(closed)
}

// onPacket handles one packet of the client.
func (s *Session) onPacket(p eio.Packet) {
	s.heard()
	switch p.Type {
	case eio.Message:
		s.upper.Message(p)
	case eio.Ping:
		s.onPing(p)
	case eio.Pong:
		s.onPong()
	case eio.Close:
		s.onClose()
	case eio.Open, eio.Upgrade, eio.Noop:
		// They mean nothing on an established transport, as in Engine.IO 6.6.
	default:
		panic("engine: packet type " + strconv.Itoa(int(p.Type)))
	}
}

// onClose ends the session because the client says so, on either transport. The
// originals ignore it on WebSocket, against the text of both revisions.
//
// A GET that the client sent before is answered, also if it was overtaken.
func (s *Session) onClose() {
	s.leave(TransportClose)
	if s.socket == nil && s.polling.get == nil {
		s.awaitGET(noopMessage, overtaken)
		return
	}
	s.finish(noopMessage)
}

// shutdown ends a session because the server does.
type shutdown struct{}

func (shutdown) Do(s *Session) {
	if s.state == closing {
		s.finish(s.last)
		return
	}
	s.fail(ServerShuttingDown)
}
