package driver

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Session is one Engine.IO session of the client with a scripted server. Frames belong to the session on which they came.
type Session struct {
	stage  *Stage
	server *Server

	writeMu sync.Mutex // serializes writes to the WebSocket

	// guarded by the stage's stateMu
	number    int
	name      string
	id        string
	eio       string
	base64    bool
	transport peer.Transport // Polling or WebSocket: where packets go now
	socket    *websocket.Conn
	probing   bool // the probe was answered and the upgrade has not come yet
	probed    int
	upgraded  bool
	probeOver bool // the WebSocket of an upgrade was closed before it came about
	ready     bool // the OPEN packet was sent
	claimed   bool // a verb has asked for it
	rootTaken bool // revision 4: a WantConnect of the main namespace has asked for it
	out       []peer.Frame
	polls     int
	failPoll  int      // the status with which the next poll fails
	failPost  int      // the status with which the next payload fails
	sayPoll   *string  // the raw answer to the next poll
	posts     [][]byte // payloads of the client
	in        []wire.Packet
	pings     int // heartbeats of the client: pings in revision 4, pongs in revision 5
	closed    *peer.Closing
	closedAt  time.Duration // since the stage began
}

func (c *Session) frame(packet string) peer.Frame {
	return peer.Frame{Session: c.name, Direction: wire.Out, Data: []byte(packet)}
}

// crossOut passes frames to the client over a transport through the tap and records them.
func (c *Session) crossOut(frames []peer.Frame, t peer.Transport) []peer.Frame {
	var out []peer.Frame
	for _, f := range frames {
		f.Transport = t
		out = append(out, c.stage.tapFrame(f)...)
	}
	send := []peer.Frame{}
	for _, f := range out {
		c.record(f)
		if f.Direction == wire.In { // made by a fault
			c.take(f)
			continue
		}
		send = append(send, f)
	}
	return send
}

func (c *Session) record(f peer.Frame) {
	p := wire.Dissect(c.stage.config.Revision, f.Binary, f.Data)
	c.stage.transcript.Add(wire.Entry{Session: c.name, Transport: string(f.Transport), Direction: f.Direction, Kind: wire.KindPacket, Binary: f.Binary, Data: f.Data, Text: p.String()})
}

// transmit sends frames to the client, over the transport at hand.
func (c *Session) transmit(frames []peer.Frame) {
	var socket *websocket.Conn
	var transport peer.Transport
	c.stage.locked(func() { transport = c.transport })
	frames = c.crossOut(frames, transport)
	c.stage.locked(func() {
		if c.transport == peer.WebSocket {
			socket = c.socket
			return
		}
		c.out = append(c.out, frames...)
		c.stage.notify()
	})
	if socket != nil {
		c.write(socket, frames)
	}
}

// writeWithin bounds a write to a client that does not read.
const writeWithin = 10 * time.Second

func (c *Session) write(socket *websocket.Conn, frames []peer.Frame) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	for _, f := range frames {
		kind, data := websocket.TextMessage, f.Data
		if f.Binary {
			kind = websocket.BinaryMessage
			if c.stage.Revision4() {
				data = append([]byte{4}, data...)
			}
		}
		_ = socket.SetWriteDeadline(time.Now().Add(writeWithin))
		if socket.WriteMessage(kind, data) != nil {
			return // the reader sees the end
		}
	}
}

// serveWebSocket serves a session that begins with WebSocket, until its end.
func (c *Session) serveWebSocket(w http.ResponseWriter, r *http.Request, first []peer.Frame) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		c.end(&peer.Closing{Cause: err.Error()})
		return
	}
	c.stage.locked(func() { c.socket = socket })
	c.beginHeartbeat()
	c.write(socket, c.crossOut(first, peer.WebSocket))
	c.begin()
	c.readAll(socket)
}

// begin lets the verbs see the session.
func (c *Session) begin() {
	c.stage.locked(func() {
		c.ready = true
		c.stage.notify()
	})
}

// serveUpgrade serves the WebSocket of an upgrade.
func (c *Session) serveUpgrade(w http.ResponseWriter, r *http.Request) {
	if c.server.Script.RefuseUpgrade {
		c.server.answer(w, http.StatusBadRequest, `{"code":3,"message":"Bad request"}`)
		return
	}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c.stage.locked(func() { c.socket = socket })
	c.readAll(socket)
}

func (c *Session) readAll(socket *websocket.Conn) {
	defer socket.Close() //nolint:errcheck // its end was seen
	for {
		kind, data, err := socket.ReadMessage()
		if err != nil {
			closing := &peer.Closing{Cause: "the WebSocket was closed: " + err.Error(), Code: websocket.CloseAbnormalClosure}
			if e, ok := err.(*websocket.CloseError); ok { //nolint:errorlint // gorilla returns it as it is
				closing.Code = e.Code
			}
			c.lost(closing)
			return
		}
		binary := kind == websocket.BinaryMessage
		if binary && c.stage.Revision4() && len(data) > 0 {
			data = data[1:]
		}
		c.receive(peer.Frame{Session: c.name, Direction: wire.In, Transport: peer.WebSocket, Binary: binary, Data: data})
	}
}

// lost ends the session when it travels over the WebSocket that ended; a probe that ended leaves the session to long-polling.
func (c *Session) lost(closing *peer.Closing) {
	over := false
	c.stage.locked(func() {
		over = c.transport == peer.WebSocket
		c.probing, c.probeOver = false, !over
		c.stage.notify()
	})
	if over {
		c.end(closing)
	}
}

func (c *Session) end(closing *peer.Closing) {
	c.stage.locked(func() {
		if c.closed != nil {
			return
		}
		c.closed, c.closedAt = closing, time.Since(c.stage.began)
		c.stage.transcript.Add(wire.Entry{Session: c.name, Transport: string(c.transport), Direction: wire.In, Kind: wire.KindClose, Text: closing.Cause})
		c.stage.notify()
	})
}

// abandon ends the session from our side.
func (c *Session) abandon(cause string) {
	c.end(&peer.Closing{Cause: cause})
	var socket *websocket.Conn
	c.stage.locked(func() { socket = c.socket })
	if socket != nil {
		_ = socket.NetConn().Close()
	}
}

// receive takes a packet from the client.
func (c *Session) receive(f peer.Frame) {
	for _, g := range c.stage.tapFrame(f) {
		if g.Direction == wire.Out { // made by a fault
			c.transmit([]peer.Frame{g})
			continue
		}
		c.record(g)
		c.take(g)
	}
}

func (c *Session) take(f peer.Frame) {
	p := wire.Dissect(c.stage.config.Revision, f.Binary, f.Data)
	switch {
	case p.Engine == '2' && f.Transport == peer.WebSocket && string(p.Body) == "probe":
		c.probe()
	case p.Engine == '5' && f.Transport == peer.WebSocket && c.finishUpgrade():
	case p.Engine == '2' && c.stage.Revision4():
		c.count()
		if !c.server.Script.SilentHeart {
			c.transmit([]peer.Frame{c.frame("3" + string(p.Body))})
		}
	case p.Engine == '3' && !c.stage.Revision4() && len(p.Body) == 0:
		c.count()
	case p.Engine == '1' && !p.Binary:
		c.end(&peer.Closing{Cause: "close packet"})
	default:
		c.stage.locked(func() {
			c.in = append(c.in, p)
			c.stage.notify()
		})
	}
}

func (c *Session) count() {
	c.stage.locked(func() {
		c.pings++
		c.stage.notify()
	})
}

// probe answers the probe of an upgrade, unless the scenario wants to.
func (c *Session) probe() {
	c.stage.locked(func() {
		c.probed++
		c.stage.notify()
	})
	if !c.server.Script.HoldProbe {
		c.AnswerProbe("3probe")
	}
}

// AnswerProbe answers the probe of an upgrade. Behind "3probe" every poll is answered with NOOP until the client upgrades.
func (c *Session) AnswerProbe(packet string) { c.answerProbe(packet, packet == "3probe") }

// AnswerProbeOnly answers the probe of an upgrade, and leaves it to the scenario to answer the poll for which the client waits before it upgrades.
func (c *Session) AnswerProbeOnly() { c.answerProbe("3probe", false) }

func (c *Session) answerProbe(packet string, release bool) {
	var socket *websocket.Conn
	c.stage.locked(func() {
		socket = c.socket
		c.probing = release
		c.stage.notify()
	})
	if socket == nil {
		return
	}
	c.write(socket, c.crossOut([]peer.Frame{c.frame(packet)}, peer.WebSocket))
}

// finishUpgrade moves the session to the WebSocket; what waited for a poll goes first.
func (c *Session) finishUpgrade() bool {
	var waiting []peer.Frame
	var socket *websocket.Conn
	c.writeMu.Lock()
	c.stage.locked(func() {
		if c.transport == peer.WebSocket {
			return
		}
		socket, waiting, c.out = c.socket, c.out, nil
		c.transport, c.upgraded, c.probing = peer.WebSocket, true, false
		c.stage.notify()
	})
	c.writeMu.Unlock()
	if socket == nil {
		return false
	}
	c.write(socket, waiting)
	return true
}

// beginHeartbeat sends the pings of revision 5.
func (c *Session) beginHeartbeat() {
	if c.stage.Revision4() || c.server.Script.SilentHeart {
		return
	}
	interval := c.server.Script.interval()
	c.stage.background.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if c.ended() != nil {
					return
				}
				c.transmit([]peer.Frame{c.frame("2")})
			case <-c.stage.ctx.Done():
				return
			}
		}
	})
}

func (c *Session) ended() *peer.Closing {
	c.stage.stateMu.Lock()
	defer c.stage.stateMu.Unlock()
	return c.closed
}

// encodeBase64 returns an attachment as long-polling carries it.
func encodeBase64(data []byte, rev4 bool) string {
	if rev4 {
		return "b4" + base64.StdEncoding.EncodeToString(data)
	}
	return "b" + base64.StdEncoding.EncodeToString(data)
}

func (c *Session) String() string { return fmt.Sprintf("session %s", c.name) }
