package sio

import "strconv"

// A Revision is a revision of the Socket.IO protocol.
type Revision int

// The revisions that this package reads. Any other value is taken as
// Revision5. What a packet looks like on the wire does not depend on it.
const (
	Revision4 Revision = 4 // Socket.IO 2.x
	Revision5 Revision = 5 // Socket.IO 3.x and 4.x
)

// A Type is the type of a packet.
type Type byte

// The packet types of both revisions, with their numbers on the wire.
const (
	Connect Type = iota
	Disconnect
	Event
	Ack
	ConnectError // named ERROR in revision 4
	BinaryEvent
	BinaryAck
)

var typeNames = [...]string{"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"}

// String returns the name that revision 5 gives to t, or "type(n)" for a number
// that has none.
func (t Type) String() string {
	if t.valid() {
		return typeNames[t]
	}
	return "type(" + strconv.Itoa(int(t)) + ")"
}

func (t Type) valid() bool { return t <= BinaryAck }

// Binary reports whether packets of type t announce attachments.
func (t Type) Binary() bool { return t == BinaryEvent || t == BinaryAck }

// IsEvent reports whether the data of packets of type t begins with an event
// name.
func (t Type) IsEvent() bool { return t == Event || t == BinaryEvent }

// IsAck reports whether packets of type t answer an event.
func (t Type) IsAck() bool { return t == Ack || t == BinaryAck }

// NoAck is the AckID of a packet that has none. It is not the zero value of
// AckID, because 0 is an id.
const NoAck = -1

// A Packet is one Socket.IO packet.
type Packet struct {
	Type        Type
	Namespace   string // "/" when the wire omits it
	Query       string // revision 4: what follows the "?" in the namespace
	AckID       int64  // NoAck when absent
	Attachments int    // announced count; binary types only
	Data        []byte // raw JSON without white space around it, nil when absent; aliases the input of ParsePacket
}

// AppendPacket appends the text of p, which travels as one Engine.IO message.
// It omits the namespace "/" (and "") unless there is a query, and ends every
// other namespace with a comma. Binary types always carry their count.
func AppendPacket(dst []byte, p Packet) []byte {
	dst = append(dst, '0'+byte(p.Type))
	if p.Type.Binary() {
		dst = strconv.AppendInt(dst, int64(p.Attachments), 10)
		dst = append(dst, '-')
	}
	if name := p.Namespace; p.Query != "" || name != "" && name != "/" {
		dst = append(dst, name...)
		if p.Query != "" {
			dst = append(dst, '?')
			dst = append(dst, p.Query...)
		}
		dst = append(dst, ',')
	}
	if p.AckID != NoAck {
		dst = strconv.AppendInt(dst, p.AckID, 10)
	}
	return append(dst, p.Data...)
}
