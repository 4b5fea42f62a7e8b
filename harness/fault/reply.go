package fault

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// stateful makes a fault of a function that is made anew for each tap, so that it may remember what it has seen.
func stateful(f func() func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return func() *peer.Tap { return frames(f()) }
}

// passed passes c as it is.
func passed(c *Crossing) []peer.Frame { return []peer.Frame{c.Frame} }

// incoming returns a packet from the target to c's session.
func incoming(c *Crossing, packet string) peer.Frame {
	return peer.Frame{Session: c.Session, Direction: wire.In, Transport: c.Transport, Data: []byte(packet)}
}

// outgoing returns a packet to the target over c's session.
func outgoing(c *Crossing, packet string) peer.Frame {
	return peer.Frame{Session: c.Session, Direction: wire.Out, Transport: c.Transport, Data: []byte(packet)}
}

// opsAsked remembers the operations that were asked for, so that their replies can be told: their names by session, namespace and acknowledgement id.
type opsAsked map[string]string

// reply reports whether c is the reply to an operation of that name. It must see every packet.
func (a opsAsked) reply(c *Crossing, do string) bool {
	key := fmt.Sprintf("%s %s %s", c.Session, c.Packet.Namespace, c.Packet.AckID)
	switch {
	case out(message("2"))(c):
		if name := opName(c); name != "" {
			a[key] = name
		}
	case in(message("3"))(c) && a[key] == do:
		delete(a, key)
		return true
	}
	return false
}

// opName returns the name of the operation that an event asks for, "" when it asks for none.
func opName(c *Crossing) string {
	var args []json.RawMessage
	var op struct {
		Do string `json:"do"`
	}
	if json.Unmarshal(c.Packet.Data, &args) != nil || len(args) != 2 || string(args[0]) != `"op"` || json.Unmarshal(args[1], &op) != nil {
		return ""
	}
	return op.Do
}

// reworded returns the reply c with another value.
func reworded(c *Crossing, f func(value any) any) []byte {
	var args []map[string]any
	if json.Unmarshal(c.Packet.Data, &args) != nil || len(args) != 1 || args[0]["ok"] == nil {
		return c.Data
	}
	args[0]["ok"] = f(args[0]["ok"])
	return append(c.Data[:c.Packet.DataOffset:c.Packet.DataOffset], encode(args)...)
}

// A replyChange changes the value of a reply: it gets the packet that carries it and the value, and returns the value in its place.
type replyChange func(c *Crossing, value any) any

// repliesTo makes a fault that changes the values with which the app answers an operation: what an app on a broken server would see. The function is made anew for each tap.
func repliesTo(do string, f func() replyChange) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		a, change := opsAsked{}, f()
		return func(c *Crossing) []peer.Frame {
			if a.reply(c, do) {
				c.Data = reworded(c, func(value any) any { return change(c, value) })
			}
			return passed(c)
		}
	})
}

// plainly makes a replyChange without memory usable where a fresh one is asked for.
func plainly(r replyChange) func() replyChange { return func() replyChange { return r } }

// member makes a fault that replaces one member of the object with which the app answers an operation.
func member(do, name string, f func() replyChange) func() *peer.Tap {
	return repliesTo(do, func() replyChange {
		change := f()
		return func(c *Crossing, value any) any {
			if object, ok := value.(map[string]any); ok {
				object[name] = change(c, object[name])
			}
			return value
		}
	})
}

// appended makes a fault that adds an element to the list with which the app answers an operation, where m matches the reply.
func appended(do string, m Match, element any) func() *peer.Tap {
	return repliesTo(do, plainly(func(c *Crossing, value any) any {
		if list, ok := value.([]any); ok && m(c) {
			return append(list, element)
		}
		return value
	}))
}

// An entry is one of the app's log.
type entry []any

// is reports whether the entry begins with these words.
func (e entry) is(words ...any) bool {
	return len(e) >= len(words) && slices.Equal(e[:len(words)], words)
}

// logRewritten makes a fault that changes each entry of the app's log to others, none or several: what the log would hold if the server had told the app something else. The function is made anew
// for each reading of the log.
func logRewritten(f func() func(e entry) []entry) func() *peer.Tap {
	return repliesTo("log", plainly(func(_ *Crossing, value any) any {
		changed, change := []any{}, f()
		list, _ := value.([]any)
		for _, v := range list {
			e, _ := v.([]any)
			for _, other := range change(e) {
				changed = append(changed, []any(other))
			}
		}
		return changed
	}))
}

// logEntries makes a fault that replaces those entries of the app's log that begin with the given words.
func logEntries(f func(e entry) []entry, words ...any) func() *peer.Tap {
	return logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			if e.is(words...) {
				return f(e)
			}
			return []entry{e}
		}
	})
}

// What becomes of an entry of the log.
func entryOmitted(entry) []entry { return nil }
func entryTwice(e entry) []entry { return []entry{e, e} }
func entryBehind(others ...entry) func(e entry) []entry {
	return func(e entry) []entry { return append([]entry{e}, others...) }
}

// entryWith returns a function that replaces one word of an entry.
func entryWith(i int, word any) func(e entry) []entry {
	return func(e entry) []entry {
		e = slices.Clone(e)
		e[i] = word
		return []entry{e}
	}
}

// moved returns the packet c as one of another namespace.
func moved(c *Crossing, namespace string) []byte {
	head := "4" + string(c.Packet.Type)
	if c.Packet.IsBinaryHeader() {
		head += c.Packet.Attachments + "-"
	}
	return append([]byte(head+peer.Prefix(namespace)+c.Packet.AckID), c.Packet.Data...)
}

// takenFor makes a fault that takes one namespace for another: what the peer calls by one name the target hears by the name that f returns, and the other way round.
func takenFor(f func(name string) string) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		called := map[string]string{} // by session and the name that the target heard
		return func(c *Crossing) []peer.Frame {
			if c.Packet.Engine != '4' {
				return passed(c)
			}
			name := c.Packet.Namespace
			heard := f(name)
			switch before, known := called[c.Session+" "+name]; {
			case c.Direction == wire.Out && heard != name:
				called[c.Session+" "+heard] = name
				c.Data = moved(c, heard)
			case c.Direction == wire.In && known:
				c.Data = moved(c, before)
			}
			return passed(c)
		}
	})
}

// staysOpen makes a fault whose target does not close the connections of sessions for which m has matched: the peer does not learn of their end.
func staysOpen(m Match) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		open := map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			if c.Closing == nil && m(c) {
				open[c.Session] = true
			}
			if open[c.Session] && (c.Closing != nil || c.Direction == wire.In && c.Packet.Engine == '1') {
				return nil
			}
			return passed(c)
		}
	})
}

// textMember returns a member of a JSON object that is a text, "" when there is none.
func textMember(data []byte, name string) string {
	var object map[string]any
	if json.Unmarshal(data, &object) != nil {
		return ""
	}
	text, _ := object[name].(string)
	return text
}
