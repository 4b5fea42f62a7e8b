package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// wsLink carries a session over a WebSocket.
type wsLink struct {
	peer *Peer
	conn *websocket.Conn
	turn turn          // gorilla allows one writer
	gone chan struct{} // closed when nothing more can arrive
}

// dialWebSocket opens a WebSocket with the given query and starts reading from it into p. On refusal it returns the HTTP answer.
func (p *Peer) dialWebSocket(query string, header http.Header) (*wsLink, Response) {
	u := *p.endpoint
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
	u.RawQuery = query
	dialer := websocket.Dialer{NetDialContext: p.config.Dial, TLSClientConfig: p.config.TLS}
	ctx, cancel := context.WithTimeout(p.ctx, p.Patience())
	defer cancel()
	h := http.Header{}
	p.addHeaders(h)
	maps.Copy(h, header)
	p.record(wire.Entry{Direction: wire.Out, Kind: wire.KindOpen, Transport: string(WebSocket), Text: "WebSocket " + redact(&u)})
	req := &http.Request{Method: http.MethodGet, URL: &u, Header: h}
	p.tapRequest(WebSocket, req)
	conn, answer, err := dialer.DialContext(ctx, req.URL.String(), req.Header)
	res := Response{Err: err}
	if answer != nil {
		res.Status, res.Header = answer.StatusCode, answer.Header
		res.Body, _ = io.ReadAll(io.LimitReader(answer.Body, maxBody)) // what there is; gorilla gives at most 1 KiB
	}
	if err != nil {
		p.record(wire.Entry{Direction: wire.In, Kind: wire.KindHTTP, Transport: string(WebSocket), Data: res.Body, Text: fmt.Sprintf("%d: %v", res.Status, err)})
		return nil, res
	}
	conn.SetReadLimit(maxBody)
	conn.SetPongHandler(p.ponged)
	l := &wsLink{peer: p, conn: conn, turn: newTurn(), gone: make(chan struct{})}
	return l, res
}

// A turn is held by one goroutine at a time, across writes to the network. It is a channel and no mutex, so that who waits for it does not hold up the clock
// of a synctest bubble.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }

// read passes on what arrives until the connection ends.
func (l *wsLink) read() {
	defer close(l.gone)
	for {
		kind, data, err := l.conn.ReadMessage()
		if err != nil {
			l.peer.ended(WebSocket, closingOf(err))
			l.conn.Close() //nolint:errcheck // it has ended
			return
		}
		l.peer.arrive(WebSocket, kind == websocket.BinaryMessage, l.peer.content(kind, data))
	}
}

// content returns what a WebSocket message holds: in revision 4, a binary one without the type in front. One of another type stays as it is.
func (p *Peer) content(kind int, data []byte) []byte {
	if kind == websocket.BinaryMessage && p.config.Revision == wire.Revision4 && len(data) > 0 && data[0] == messageType {
		return data[1:]
	}
	return data
}

// typed returns the binary WebSocket message with that content: in revision 4, the type is in front.
func (p *Peer) typed(content []byte) []byte {
	if p.config.Revision == wire.Revision4 {
		return append([]byte{messageType}, content...)
	}
	return content
}

func closingOf(err error) Closing {
	if c, ok := errors.AsType[*websocket.CloseError](err); ok {
		return Closing{Cause: fmt.Sprintf("WebSocket closed with %d", c.Code), Code: c.Code}
	}
	if errors.Is(err, net.ErrClosed) {
		return Closing{Cause: "WebSocket closed here"}
	}
	return Closing{Cause: "WebSocket torn: " + withoutAddress(err).Error()}
}

// withoutAddress removes the addresses and ports from a network error, so that the same failure has the same text.
func withoutAddress(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

func (l *wsLink) transmit(frames []Frame) error {
	l.turn.take()
	defer l.turn.give()
	for _, f := range frames {
		kind, data := websocket.TextMessage, f.Data
		if f.Binary {
			kind, data = websocket.BinaryMessage, l.peer.typed(f.Data)
		}
		if err := l.conn.SetWriteDeadline(time.Now().Add(l.peer.Patience())); err != nil {
			return fmt.Errorf("peer: write: %w", withoutAddress(err))
		}
		if err := l.conn.WriteMessage(kind, data); err != nil {
			return fmt.Errorf("peer: write: %w", withoutAddress(err))
		}
	}
	return nil
}

func (l *wsLink) hangUp() {
	deadline := time.Now().Add(time.Second)
	_ = l.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline) // the connection is given up either way
}

// closeHandshake completes the closing handshake: who cuts the connection before the target has answered may reset it, which is no polite end any more (RFC 6455,
// 7.1.1). A target that does not answer is waited for as long as d.
func (l *wsLink) closeHandshake(d time.Duration) {
	l.hangUp()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.gone:
	case <-timer.C:
	case <-l.peer.ctx.Done():
	}
}

func (l *wsLink) drop() { _ = l.conn.Close() } // closing twice is harmless

func (l *wsLink) kind() Transport { return WebSocket }

func (p *Peer) openWebSocket(extra string) {
	const rule = "eio.handshake.ws.open"
	l, res := p.dialWebSocket(p.Query(WebSocket, extra), nil)
	if l == nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("no WebSocket connection: %v (HTTP status %d)", res.Err, res.Status), Expected: "101 Switching Protocols", Actual: wire.Quote(res.Body), Rules: []string{rule}})
	}
	p.setLink(l)
	p.finishers.Go(l.read)
	p.setHandshake(p.awaitOpen(rule), rule)
}

// awaitOpen waits for the open packet.
func (p *Peer) awaitOpen(rule string) wire.Packet {
	var open wire.Packet
	got := p.in.await(p.ctx, p.Patience(), func() bool {
		select {
		case open = <-p.opening:
			return true
		default:
			return len(p.in.waiting()) > 0
		}
	})
	switch {
	case open.Raw != nil:
		return open
	case got:
		return p.in.waiting()[0]
	}
	actual := "nothing"
	if c := p.in.ended(); c != nil {
		actual = c.Cause
	}
	p.Fail(&Failure{Reason: fmt.Sprintf("no open packet within %v: %s", p.Patience(), actual), Expected: `0{"sid":<text>,...}`, Actual: actual, Rules: []string{rule}})
	return open
}

// Dial opens a WebSocket of its own with the given query, for scenarios about the transport. The returned peer shows every packet and answers nothing. When
// the target refuses the WebSocket, the peer is nil and the response says how.
func (p *Peer) Dial(name, query string) (*Peer, Response) { return p.DialWith(name, query, nil) }

// DialWith is Dial with headers.
func (p *Peer) DialWith(name, query string, header http.Header) (*Peer, Response) {
	q := p.PeerOver(name, WebSocket)
	q.Manual()
	l, res := q.dialWebSocket(query, header)
	if l == nil {
		return nil, res
	}
	q.opening <- wire.Packet{} // an open packet is the scenario's to see
	q.setLink(l)
	q.finishers.Go(l.read)
	return q, res
}

// Upgrade moves the session from long-polling to WebSocket: probe, pause of the polling, upgrade packet.
func (p *Peer) Upgrade() {
	const rule = "eio.upgrade.probe"
	polling, ok := p.currentLink().(*pollingLink)
	if !ok {
		panic("peer: Upgrade of a session that is not polling")
	}
	ws, res := p.dialWebSocket(p.SessionQuery(WebSocket), nil)
	if ws == nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("no WebSocket for the upgrade: %v (HTTP status %d)", res.Err, res.Status), Expected: "101 Switching Protocols", Actual: wire.Quote(res.Body), Rules: []string{rule}})
	}
	p.finishers.Go(ws.read)
	defer func() {
		if p.currentLink() != link(ws) {
			ws.drop() // nobody else knows of it
		}
	}()
	p.writeUpgrade(ws, "2probe")
	p.awaitProbe(rule)
	polling.pause()
	p.setLink(ws)
	p.writeUpgrade(ws, "5")
}

// writeUpgrade sends one packet of the upgrade over ws, past the session's present link.
func (p *Peer) writeUpgrade(ws *wsLink, packet string) {
	frames := p.cross(Frame{Session: p.name, Direction: wire.Out, Transport: WebSocket, Data: []byte(packet)})
	for _, f := range frames {
		p.recordFrame(f)
	}
	if err := ws.transmit(frames); err != nil {
		p.Fail(&Failure{Reason: "the upgrade's WebSocket is closed: " + err.Error(), Expected: "an open WebSocket", Actual: err.Error()})
	}
}

// awaitProbe waits for the answer to the probe of an upgrade.
func (p *Peer) awaitProbe(rule string) {
	timer := time.NewTimer(p.Patience())
	defer timer.Stop()
	select {
	case <-p.probed:
	case <-timer.C:
		p.Fail(&Failure{Reason: fmt.Sprintf("the probe of the upgrade was not answered within %v", p.Patience()), Expected: "3probe", Actual: "nothing", Rules: []string{rule}})
	case <-p.ctx.Done():
		p.Fail(&Failure{})
	}
}
