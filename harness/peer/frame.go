package peer

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// A RawFrame is one WebSocket frame as RFC 6455 section 5.2 lays it out, right or wrong.
type RawFrame struct {
	Opcode   byte // 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong
	More     bool // not the last frame of its message
	Reserved byte // the bits RSV1 to RSV3, in [0, 7]
	Unmasked bool // clients must mask
	Payload  []byte
}

// maskingKey is the key of all masked frames. It need not be secret: nothing between the harness and the target could be fooled.
var maskingKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// appendRawFrame appends the bytes of a frame.
func appendRawFrame(dst []byte, f RawFrame) []byte {
	first := f.Opcode&0x0f | f.Reserved<<4
	if !f.More {
		first |= 0x80
	}
	mask := byte(0x80)
	if f.Unmasked {
		mask = 0
	}
	dst = append(dst, first)
	switch n := len(f.Payload); {
	case n < 126:
		dst = append(dst, mask|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, mask|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, mask|127), uint64(n))
	}
	if f.Unmasked {
		return append(dst, f.Payload...)
	}
	dst = append(dst, maskingKey[:]...)
	for i, b := range f.Payload {
		dst = append(dst, b^maskingKey[i%4])
	}
	return dst
}

// SendFrames writes WebSocket frames as they stand, together. It opens the session if need be, which must then travel over WebSocket. Taps do not see them.
func (p *Peer) SendFrames(frames ...RawFrame) {
	p.Open()
	l, ok := p.currentLink().(*wsLink)
	if !ok {
		panic("peer: SendFrames over " + string(p.currentLink().kind()))
	}
	var bytes []byte
	for _, f := range frames {
		p.said = fmt.Sprintf("a WebSocket frame with opcode %d", f.Opcode)
		p.record(wire.Entry{Direction: wire.Out, Kind: wire.KindPacket, Transport: string(WebSocket), Binary: f.Opcode != 1, Data: f.Payload, Text: fmt.Sprintf("WebSocket frame, opcode %d, more %v, RSV %d, unmasked %v", f.Opcode, f.More, f.Reserved, f.Unmasked)})
		bytes = appendRawFrame(bytes, f)
	}
	l.turn.take()
	defer l.turn.give()
	if _, err := l.conn.NetConn().Write(bytes); err != nil { // the reader sees the end of the connection
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindClose, Text: withoutAddress(err).Error()})
	}
}

// CloseWebSocket begins the closing handshake of RFC 6455 with the given code, or without one when it is 0. WantClosed then waits for the target's part.
func (p *Peer) CloseWebSocket(code int) {
	var payload []byte
	if code != 0 {
		payload = websocket.FormatCloseMessage(code, "")
	}
	p.SendFrames(RawFrame{Opcode: 8, Payload: payload})
	p.said = fmt.Sprintf("a WebSocket close frame with code %d", code)
	p.expects = true
}

// ponged remembers a WebSocket pong frame. It runs on the goroutines of links.
func (p *Peer) ponged(content string) error {
	for _, c := range p.tapPong(content) {
		select {
		case p.pongs <- c:
		default: // the scenario wants one
		}
	}
	return nil
}

// tapPong passes a WebSocket pong frame through the tap.
func (p *Peer) tapPong(content string) []string {
	tap := p.config.Tap
	if tap == nil || tap.Pong == nil {
		return []string{content}
	}
	p.tapMu.Lock()
	defer p.tapMu.Unlock()
	out := tap.Pong(content)
	if len(out) != 1 || out[0] != content {
		p.faulted.Add(1)
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindFault, Transport: string(WebSocket), Text: "pong frame changed"})
	}
	return out
}

// WantPong waits for a WebSocket pong frame with that content. It is no Engine.IO packet.
func (p *Peer) WantPong(content string) {
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: "a WebSocket pong frame with " + wire.Quote([]byte(content))})
	timer := time.NewTimer(p.Patience())
	defer timer.Stop()
	got := ""
	select {
	case got = <-p.pongs:
	case <-timer.C:
		p.Failf("%s: want a WebSocket pong frame within %v, after %s; got none", p.name, p.Patience(), p.said)
	case <-p.ctx.Done():
		p.Fail(&Failure{})
	}
	if got != content {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: the WebSocket pong frame has another content than the ping frame", p.name), Expected: content, Actual: wire.Quote([]byte(got))})
	}
}
