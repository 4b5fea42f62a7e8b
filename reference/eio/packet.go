package eio

import "strconv"

// A Revision is a revision of the Engine.IO protocol, the number that a client
// announces as EIO in the query of its requests.
type Revision int

// The revisions that this package reads and writes. Any other value is taken
// as Revision4.
const (
	Revision3 Revision = 3 // Socket.IO 2.x
	Revision4 Revision = 4 // Socket.IO 3.x and 4.x
)

// A Type is the type of a packet.
type Type byte

// The packet types of both revisions, with their numbers on the wire.
const (
	Open Type = iota
	Close
	Ping
	Pong
	Message
	Upgrade
	Noop
)

var typeNames = [...]string{"open", "close", "ping", "pong", "message", "upgrade", "noop"}

// String returns the name that the protocol gives to t, or "type(n)" for a
// number that has none.
func (t Type) String() string {
	if t.valid() {
		return typeNames[t]
	}
	return "type(" + strconv.Itoa(int(t)) + ")"
}

func (t Type) valid() bool { return t <= Noop }

// A Packet is one Engine.IO packet.
type Packet struct {
	Type   Type
	Binary bool   // the data is bytes and not text; only with Type Message
	Data   []byte // may alias the input it was parsed from, and be nil when empty
}
