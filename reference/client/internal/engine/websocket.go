package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// A webSocket is a WebSocket with a goroutine that reads and one that writes.
type webSocket struct {
	session   *Session
	conn      *websocket.Conn
	batches   chan []eio.Packet // has room for one: the writer takes the next when it is through
	unwritten int               // bytes that the writer has in hand
	busy      bool              // the writer has something in hand
	done      bool              // batches is closed
}

// dial opens a WebSocket and hands it to onDialed.
func (s *Session) dial(onDialed func(*webSocket, error)) {
	u := s.url(WebSocket)
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
	s.config.Crew.Go(func() {
		conn, err := s.connect(u.String())
		s.config.Strand.Do(func() { s.take(conn, err, onDialed) })
	})
}

// connect opens a WebSocket. A dialer looks at its context only until there is a
// network connection: the end of the session closes that.
func (s *Session) connect(target string) (*websocket.Conn, error) {
	dialer := *s.config.Dialer
	dialer.NetDialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := s.config.Dialer.NetDialContext(ctx, network, address)
		if err == nil {
			context.AfterFunc(s.ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	conn, res, err := dialer.DialContext(s.ctx, target, s.config.Header.Clone())
	if err != nil && res != nil {
		err = statusError(res)
	}
	return conn, err
}

// take starts the goroutines of a new WebSocket, unless the session has ended.
func (s *Session) take(conn *websocket.Conn, err error, onDialed func(*webSocket, error)) {
	if s.state == closing || s.state == closed {
		if err == nil {
			_ = conn.Close()
		}
		return
	}
	if err != nil {
		onDialed(nil, err)
		return
	}
	conn.SetReadLimit(s.config.MaxMessage)
	ws := &webSocket{session: s, conn: conn, batches: make(chan []eio.Packet, 1)}
	context.AfterFunc(s.ctx, ws.cut)
	onDialed(ws, nil)
	s.config.Crew.Go(ws.read)
	s.config.Crew.Go(ws.write)
}

// onDialed takes the WebSocket that a session is opened with.
func (s *Session) onDialed(ws *webSocket, err error) {
	if err != nil {
		s.failTransport(err)
		return
	}
	s.socket = ws
}

func (ws *webSocket) read() {
	defer ws.cut()
	for {
		binary, data, err := ws.next()
		alive := false
		ws.session.config.Strand.Do(func() {
			if alive = err == nil; alive {
				ws.onFrame(binary, data)
			} else {
				ws.onEnd(err)
			}
		})
		if !alive {
			return
		}
	}
}

// next returns the next message.
func (ws *webSocket) next() (binary bool, data []byte, err error) {
	kind, r, err := ws.conn.NextReader()
	if err != nil {
		return false, nil, err
	}
	// The read limit of the connection counts compressed bytes.
	data, err = readAll(r, ws.session.config.MaxMessage)
	return kind == websocket.BinaryMessage, data, err
}

func (ws *webSocket) onFrame(binary bool, data []byte) {
	s := ws.session
	p, err := eio.ParseFrame(s.config.Revision, binary, data)
	switch {
	case ws == s.candidate:
		s.onProbed(p, err)
	case ws != s.socket || s.state == closing || s.state == closed:
	case err != nil:
		s.failTransport(err)
	default:
		s.onPacket(p)
	}
}

// onEnd says that nothing more can be read.
func (ws *webSocket) onEnd(err error) {
	s := ws.session
	switch {
	case ws == s.candidate:
		s.dropCandidate(err)
	case ws != s.socket:
	case s.state == opening:
		s.failTransport(err)
	default:
		s.fail(endReason(err), &TransportFailure{WebSocket, err})
	}
}

// endReason says what the end of a WebSocket is: an error if the server broke a
// rule or a limit, and else that it went away.
func endReason(err error) Reason {
	_, said := errors.AsType[*websocket.CloseError](err)
	_, network := errors.AsType[net.Error](err)
	if said || network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return TransportClose
	}
	return TransportError
}

// write writes batches until there are no more, and then the end.
func (ws *webSocket) write() {
	for batch := range ws.batches {
		for _, p := range batch {
			if ws.frame(p) != nil {
				ws.cut() // ends the reader
				break
			}
		}
		ws.session.config.Strand.Post(ws.onWritten)
	}
	_ = ws.conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(ws.session.config.CloseGrace))
}

func (ws *webSocket) frame(p eio.Packet) error {
	r := ws.session.config.Revision
	if p.Binary && ws.session.config.ForceBase64 {
		return ws.conn.WriteMessage(websocket.TextMessage, eio.AppendText(nil, r, p))
	}
	kind := websocket.TextMessage
	if p.Binary {
		kind = websocket.BinaryMessage
	}
	return ws.conn.WriteMessage(kind, eio.AppendFrame(nil, r, p))
}

func (ws *webSocket) onWritten() {
	ws.busy, ws.unwritten = false, 0
	if ws == ws.session.socket {
		ws.session.flush()
	}
}

// send hands a batch to the writer, if that has nothing in hand.
func (ws *webSocket) send(batch []eio.Packet) bool {
	if ws.busy || ws.done {
		return false
	}
	ws.busy, ws.unwritten = true, size(batch)
	ws.batches <- batch
	return true
}

// finish sends rest and the end. The reader ends when the server has answered.
func (ws *webSocket) finish(rest []eio.Packet) {
	ws.done = true
	if len(rest) > 0 {
		ws.batches <- rest // the writer has at most one in hand, and there is room for one
	}
	close(ws.batches)
}

// abandon ends the connection of ws, whatever is under way. It may be nil.
func (s *Session) abandon(ws *webSocket) {
	if ws == nil {
		return
	}
	ws.cut()
	if !ws.done {
		ws.done = true
		close(ws.batches)
	}
}

func (ws *webSocket) cut() { _ = ws.conn.NetConn().Close() }
