package fault

import (
	"bytes"
	"encoding/json"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// parts makes a fault of a function that changes the parts of a message: type, attachments, namespace, id and data. The packet is written anew from them.
func parts(m func() Match, f func(p *wire.Packet)) func() *peer.Tap {
	return alter(m, func(c *Crossing) []byte {
		p := c.Packet
		f(&p)
		return written(p, peer.Prefix(p.Namespace))
	})
}

// written returns a message with these parts, and prefix for its namespace.
func written(p wire.Packet, prefix string) []byte {
	head := "4" + string(p.Type)
	if p.IsBinaryHeader() {
		head += p.Attachments + "-"
	}
	return append([]byte(head+prefix+p.AckID), p.Data...)
}

// arguments makes a fault of a function that changes the elements of a message's data. An event's name is the first one.
func arguments(m func() Match, f func(list []json.RawMessage) []json.RawMessage) func() *peer.Tap {
	return parts(m, func(p *wire.Packet) {
		var list []json.RawMessage
		if json.Unmarshal(p.Data, &list) != nil {
			return
		}
		p.Data = joined(f(list))
	})
}

// joined returns the JSON array of the elements, each as it stands.
func joined(list []json.RawMessage) []byte {
	data := []byte("[")
	for i, element := range list {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, element...)
	}
	return append(data, ']')
}

// emitted matches the events that the application sends, but for the one that follows every CONNECT.
func emitted(ms ...Match) func() Match {
	return always(in(append([]Match{message("25"), not(containing(`["auth"`))}, ms...)...))
}

// the counts those events and matches one of them, from 0.
func the(index int) func() Match {
	return func() Match { return nth(index+1, emitted()()) }
}

// acks matches the acknowledgements that the target sends.
func acks(ms ...Match) func() Match { return always(in(append([]Match{message("36")}, ms...)...)) }

// id matches packets with that acknowledgement id, "" for none.
func id(digits string) Match { return func(c *Crossing) bool { return c.Packet.AckID == digits } }

// anyOf matches what one of the matches does.
func anyOf(ms ...Match) Match {
	return func(c *Crossing) bool {
		for _, m := range ms {
			if m(c) {
				return true
			}
		}
		return false
	}
}

// swapped replaces text by text in turn: from[0] by to[0], and so on.
func swapped(m func() Match, pairs ...string) func() *peer.Tap {
	return alter(m, func(c *Crossing) []byte {
		data := c.Data
		for i := 0; i < len(pairs); i += 2 {
			data = bytes.ReplaceAll(data, []byte(pairs[i]), []byte(pairs[i+1]))
		}
		return data
	})
}

// hangUpAll ends the sessions of all the peers named, and that of what matches, as the end of the whole server does.
func hangUpAll(m func() Match, sessions ...string) func() *peer.Tap {
	return change(m, func(c *Crossing) []peer.Frame {
		closing := &peer.Closing{Cause: "closed by the fault"}
		list := []peer.Frame{{Session: c.Session, Direction: wire.In, Transport: c.Transport, Closing: closing}}
		for _, name := range sessions {
			list = append(list, peer.Frame{Session: name, Direction: wire.In, Transport: c.Transport, Closing: closing})
		}
		return list
	})
}
