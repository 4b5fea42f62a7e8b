package engine

import "github.com/sio-conform/sio-conform/reference/eio"

// A Message is what the layer above sends in one go: packets that stay next to
// each other. It is encoded once and can be sent to any number of sessions.
type Message struct {
	// Compress asks for compression where the client negotiated it.
	Compress bool

	packets []eio.Packet
	frames  [][]byte // of revision 4, one a packet; those of text are the same in revision 3
	size    int64
}

// NewMessage returns the message that carries the packets. Their data is not
// copied when it is binary.
func NewMessage(compress bool, packets ...eio.Packet) *Message {
	m := &Message{Compress: compress, packets: packets, frames: make([][]byte, len(packets))}
	for i, p := range packets {
		if p.Binary {
			m.frames[i] = p.Data
		} else {
			m.frames[i] = eio.AppendFrame(make([]byte, 0, 1+len(p.Data)), eio.Revision4, p)
		}
		m.size += int64(len(m.frames[i]))
	}
	return m
}

// frame returns the content of the WebSocket frame of packet i, and whether the
// frame is binary. A client that is textOnly is sent base64 for bytes.
func (m *Message) frame(r eio.Revision, textOnly bool, i int) (binary bool, content []byte) {
	switch p := m.packets[i]; {
	case r == eio.Revision4 || !p.Binary:
		return p.Binary, m.frames[i]
	case textOnly:
		return false, eio.AppendText(nil, r, p)
	default:
		return true, eio.AppendFrame(nil, r, p)
	}
}

var (
	pingMessage  = NewMessage(false, eio.Packet{Type: eio.Ping})
	closeMessage = NewMessage(false, eio.Packet{Type: eio.Close})
	noopMessage  = NewMessage(false, eio.Packet{Type: eio.Noop})
	probeMessage = NewMessage(false, eio.Packet{Type: eio.Pong, Data: []byte(probe)})
)
