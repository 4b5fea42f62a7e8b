package engine

import "github.com/sio-conform/sio-conform/reference/eio"

// A Message is what the layer above sends in one go: packets that stay next to
// each other. It is encoded once and can be sent to any number of sessions.
type Message struct {
	// Compress asks for compression where the client negotiated it.
	Compress bool

	packets []eio.Packet
	frames  [][]byte // of revision 4, one a packet
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

// frame returns the content of the WebSocket frame of packet i.
func (m *Message) frame(r eio.Revision, i int) []byte {
	if r == eio.Revision4 {
		return m.frames[i]
	}
	return eio.AppendFrame(nil, r, m.packets[i])
}

var (
	pingMessage  = NewMessage(false, eio.Packet{Type: eio.Ping})
	closeMessage = NewMessage(false, eio.Packet{Type: eio.Close})
	noopMessage  = NewMessage(false, eio.Packet{Type: eio.Noop})
	probeMessage = NewMessage(false, eio.Packet{Type: eio.Pong, Data: []byte(probe)})
)
