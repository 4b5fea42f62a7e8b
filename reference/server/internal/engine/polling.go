package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// polling is the session's side of long-polling: at most one GET that waits for
// packets, and at most one POST that brings some.
type polling struct {
	get    chan<- answer // of the GET that waits, or nil
	post   bool          // a POST is under way
	posted chan<- answer // of the POST whose answer waits for the end of the session, or nil
}

// overtaken is how long a request is waited for that a client may have sent
// before another one: they come over different connections, and what was sent
// first can be seen second.
const overtaken = 50 * time.Millisecond

// An answer is the response to a polling request. A nil body stands for an
// empty one, and no content type.
type answer struct {
	status      int
	contentType string
	body        []byte
}

func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	if a.contentType != "" {
		header.Set("Content-Type", a.contentType)
	}
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that is gone is noticed by the heartbeat
}

// The content types of Engine.IO 6.6. The text of the protocol has text/plain
// for both.
var (
	posted     = answer{http.StatusOK, "text/html", []byte("ok")}
	badRequest = answer{status: http.StatusBadRequest}
)

// servePoll serves a GET: it waits for packets.
func (e *Engine) servePoll(w http.ResponseWriter, r *http.Request, s *Session) {
	e.exchange(w, r, s, func(reply chan<- answer) Task { return poll{reply} })
}

// servePost serves a POST: it brings packets.
func (e *Engine) servePost(w http.ResponseWriter, r *http.Request, s *Session) {
	octets := strings.HasPrefix(r.Header.Get("Content-Type"), "application/octet-stream")
	begun := make(chan answer, 1)
	if !s.Post(postBegin{octets, begun}) {
		unknownSession.answer().write(w)
		return
	}
	if a, ok := await(r, s, begun); !ok || a.status != http.StatusOK {
		a.write(w)
		return
	}
	body, err := e.readBody(w, r, s)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		s.Post(postDropped{})
		answer{status: http.StatusRequestEntityTooLarge}.write(w)
		return
	}
	e.exchange(w, r, s, func(reply chan<- answer) Task { return postEnd{octets, body, err, reply} })
}

// exchange hands the session a task and writes its answer.
func (e *Engine) exchange(w http.ResponseWriter, r *http.Request, s *Session, task func(chan<- answer) Task) {
	reply := make(chan answer, 1)
	if !s.Post(task(reply)) {
		unknownSession.answer().write(w)
		return
	}
	a, ok := await(r, s, reply)
	if !ok && r.Context().Err() != nil {
		s.Post(aborted{reply})
		return
	}
	a.write(w)
}

// await waits for the answer of the session. Without one the session has ended,
// or the client went away.
func await(r *http.Request, s *Session, reply <-chan answer) (a answer, ok bool) {
	select {
	case a = <-reply:
		return a, true
	case <-r.Context().Done():
		return badRequest, false
	case <-s.ctx.Done():
	}
	select {
	case a = <-reply:
		return a, true
	default:
		return unknownSession.answer(), false
	}
}

// readBody reads the body of a POST, in bounded size and time, and only while
// the session lives. A body that is too large gives an *http.MaxBytesError.
func (e *Engine) readBody(w http.ResponseWriter, r *http.Request, s *Session) ([]byte, error) {
	if r.ContentLength > e.config.MaxPayload {
		return nil, &http.MaxBytesError{Limit: e.config.MaxPayload}
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(e.config.PingInterval + e.config.PingTimeout)) // where it is supported
	stop := context.AfterFunc(s.ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, e.config.MaxPayload))
	if !stop() {
		err = errSessionEnded
	}
	if err != nil {
		// A read that net/http has begun in the background meets the deadline
		// too, and would take the next request of the connection with it.
		w.Header().Set("Connection", "close")
		return nil, err
	}
	_ = conn.SetReadDeadline(time.Time{})
	return body, nil
}

var errSessionEnded = errors.New("engine: the session has ended")

// poll is a GET.
type poll struct{ reply chan<- answer }

func (t poll) Do(s *Session) {
	s.catchUp()
	switch {
	case s.state == closed:
		t.reply <- unknownSession.answer()
	case s.socket != nil:
		t.reply <- mismatch.answer() // upgraded since the request was checked
	case s.polling.get != nil:
		t.reply <- badRequest
		s.fail(TransportError)
	case s.state == upgrading:
		s.polling.get = t.reply
		s.release = time.NewTimer(overtaken)
	case s.state == closing && len(s.queue) == 0:
		s.polling.get = t.reply
		s.finish(s.last)
	default:
		s.polling.get = t.reply
	}
}

// aborted says that the client of a GET, or of a POST, went away.
type aborted struct{ reply chan<- answer }

func (t aborted) Do(s *Session) {
	if s.polling.get == t.reply && s.socket == nil {
		s.polling.get = nil
		s.fail(TransportError)
	}
}

// answerGET answers the GET that waits with messages.
func (s *Session) answerGET(messages []*Message) {
	var packets []eio.Packet
	for _, m := range messages {
		packets = append(packets, m.packets...)
	}
	s.polling.get <- s.framing.answer(packets)
	s.polling.get = nil
}

// postBegin asks for the permission to read the body of a POST.
type postBegin struct {
	octets bool
	reply  chan<- answer
}

func (t postBegin) Do(s *Session) {
	if s.Revision() == eio.Revision3 {
		s.catchUp() // in revision 4 the POST may bring the answer to a ping
	}
	switch {
	case s.state == closed:
		t.reply <- unknownSession.answer()
	case s.socket != nil:
		t.reply <- mismatch.answer()
	case s.polling.post, t.octets && s.Revision() == eio.Revision4:
		t.reply <- badRequest
		s.fail(TransportError)
	default:
		s.polling.post = true
		t.reply <- answer{status: http.StatusOK}
	}
}

// postDropped says that the body of a POST was not taken.
type postDropped struct{}

func (postDropped) Do(s *Session) { s.polling.post = false }

// postEnd brings the body of a POST.
type postEnd struct {
	octets bool
	body   []byte
	err    error // the client went away, or was too slow
	reply  chan<- answer
}

func (t postEnd) Do(s *Session) {
	s.polling.post = false
	switch {
	case t.err != nil:
		t.reply <- badRequest
		s.fail(TransportError)
	case s.socket != nil:
		t.reply <- mismatch.answer() // the client upgraded before its POST was through
	case !s.alive():
		t.reply <- posted
	default:
		a := s.onPayload(t.octets, t.body)
		if s.state == closing && s.last == noopMessage {
			s.polling.posted = t.reply // a GET may have been overtaken
			return
		}
		t.reply <- a
	}
}

// onPayload handles the packets of a body, those before an error included. The
// originals answer 200 to a malformed body, the official test suite expects 400.
func (s *Session) onPayload(octets bool, body []byte) answer {
	packets, err := s.framing.parse(octets, body)
	for _, p := range packets {
		s.onPacket(p)
		if !s.alive() {
			return posted
		}
	}
	if err != nil {
		s.log.Debug("malformed payload", "sid", s.id, "err", err)
		s.fail(ParseError)
		return badRequest
	}
	return posted
}
