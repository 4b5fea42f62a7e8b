package engine

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// A webSocket is a WebSocket, as the transport of a session or as a candidate.
// It is read by the goroutine of its HTTP request and written by one of its
// own, which ends when batches is closed.
type webSocket struct {
	conn     *websocket.Conn
	batches  chan []*Message // room for maxUnwritten
	grace    time.Duration
	textOnly bool // the client takes no bytes

	// What follows belongs to the goroutine of the session.

	unwritten int  // batches that were sent and not yet written
	done      bool // finish was called
}

// maxUnwritten is how many batches wait at most: one while a WebSocket is the
// transport, some answers to probes before.
const maxUnwritten = 4

var errTooLarge = errors.New("engine: message is too large")

// acceptSocket turns the request into a WebSocket. When that fails the request
// has been answered.
func (e *Engine) acceptSocket(w http.ResponseWriter, r *http.Request) (*webSocket, bool) {
	upgrader := websocket.Upgrader{
		EnableCompression: e.config.Compression,
		CheckOrigin:       func(*http.Request) bool { return true }, // AllowRequest decides
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		e.config.Logger.Debug("no WebSocket", "err", err)
		return nil, false
	}
	conn.SetReadLimit(e.config.MaxPayload)
	return &webSocket{
		conn:     conn,
		batches:  make(chan []*Message, maxUnwritten),
		grace:    e.config.CloseGrace,
		textOnly: framingOf(r).textOnly,
	}, true
}

// serveSocket reads ws until it ends, for the session.
func (e *Engine) serveSocket(ws *webSocket, s *Session) {
	defer ws.cut()
	for {
		binary, data, err := ws.read(e.config.MaxPayload)
		if err != nil {
			s.Post(socketEnded{ws, socketReason(err)})
			return
		}
		s.Post(frame{ws, binary, data}) // when the session has ended, wait for the end of ws
	}
}

// read returns the next message.
func (ws *webSocket) read(limit int64) (binary bool, data []byte, err error) {
	kind, r, err := ws.conn.NextReader()
	if err != nil {
		return false, nil, err
	}
	// The read limit of the connection counts compressed bytes.
	data, err = io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		tooBig := websocket.FormatCloseMessage(websocket.CloseMessageTooBig, "")
		_ = ws.conn.WriteControl(websocket.CloseMessage, tooBig, time.Now().Add(ws.grace))
		err = errTooLarge
	}
	return kind == websocket.BinaryMessage, data, err
}

// socketReason says what the end of a WebSocket is for its session: an error if
// the client broke a rule or a limit, and else that it went away.
func socketReason(err error) Reason {
	if errors.Is(err, websocket.ErrReadLimit) || errors.Is(err, errTooLarge) {
		return TransportError
	}
	_, closed := errors.AsType[*websocket.CloseError](err)
	_, network := errors.AsType[net.Error](err)
	if closed || network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return TransportClose
	}
	return TransportError
}

// write writes batches until there are no more, and then the end.
func (ws *webSocket) write(s *Session) {
	for batch := range ws.batches {
		for _, m := range batch {
			ws.conn.EnableWriteCompression(m.Compress)
			for i := range m.packets {
				kind := websocket.TextMessage
				binary, content := m.frame(s.framing.revision, ws.textOnly, i)
				if binary {
					kind = websocket.BinaryMessage
				}
				if ws.conn.WriteMessage(kind, content) != nil {
					ws.cut() // ends the reader
				}
			}
		}
		s.Post(written{ws})
	}
	_ = ws.conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(ws.grace))
}

// cut ends the connection, whatever is under way.
func (ws *webSocket) cut() { _ = ws.conn.NetConn().Close() }

// send hands a batch to the writer, if that can take one.
func (ws *webSocket) send(batch []*Message) bool {
	if ws.unwritten == maxUnwritten {
		return false
	}
	ws.unwritten++
	ws.batches <- batch
	return true
}

// finish sends rest and the end. The client is given a short time to read both
// and to answer.
func (ws *webSocket) finish(rest []*Message) {
	if ws.done {
		return
	}
	ws.done = true
	if len(rest) > 0 {
		ws.send(rest)
	}
	close(ws.batches)
	time.AfterFunc(ws.grace, ws.cut)
}

// frame is what the client sent over a WebSocket.
type frame struct {
	ws     *webSocket
	binary bool
	data   []byte
}

func (t frame) Do(s *Session) {
	switch t.ws {
	case s.socket:
		s.onFrame(t.binary, t.data)
	case s.candidate:
		s.onCandidateFrame(t.binary, t.data)
	}
}

func (s *Session) onFrame(binary bool, data []byte) {
	if !s.alive() {
		return
	}
	p, err := eio.ParseFrame(s.framing.revision, binary, data)
	if err != nil {
		s.log.Debug("malformed frame", "sid", s.id, "err", err)
		s.fail(ParseError)
		return
	}
	s.onPacket(p)
}

// socketEnded says that a WebSocket can no longer be read.
type socketEnded struct {
	ws     *webSocket
	reason Reason
}

func (t socketEnded) Do(s *Session) {
	switch t.ws {
	case s.socket:
		s.fail(t.reason)
	case s.candidate:
		s.dropCandidate(string(t.reason))
	}
}

// written says that a batch is through.
type written struct{ ws *webSocket }

func (t written) Do(s *Session) {
	t.ws.unwritten--
	if t.ws == s.socket && t.ws.unwritten == 0 {
		s.writing = 0
	}
}
