// Package fault holds the wire faults: what a broken implementation would do to the packets between the harness and a target. A scenario is proved by the faults that it catches.
package fault

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Fault is one way of being wrong.
type Fault struct {
	ID    string // "connect-error.dropped"
	Title string // what a server with this fault does
	New   func() *peer.Tap
}

// All returns all wire faults. Their ids are unique.
func All() []Fault {
	all := slices.Concat(engineFaults, packetFaults, namespaceFaults, middlewareFaults, roomFaults, dynamicFaults, ackFaults, binaryFaults, malformedFaults, recoveryFaults)
	for i, f := range all {
		all[i].New = func() *peer.Tap { return inRevision4(f.New()) }
	}
	return append(all, revision4Faults...)
}

// ByID returns the wire fault with that id.
func ByID(id string) (Fault, bool) {
	all := All()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return Fault{}, false
	}
	return all[i], true
}

// A Crossing is a packet that passes a tap.
type Crossing struct {
	peer.Frame
	Packet wire.Packet
}

// A Match says whether a fault concerns a packet.
type Match func(c *Crossing) bool

// in matches packets from the target that pass all of the given matches.
func in(ms ...Match) Match { return directed(wire.In, ms) }

// out matches packets to the target that pass all of the given matches.
func out(ms ...Match) Match { return directed(wire.Out, ms) }

func directed(d wire.Direction, ms []Match) Match {
	return func(c *Crossing) bool {
		return c.Direction == d && c.Closing == nil && !slices.ContainsFunc(ms, func(m Match) bool { return !m(c) })
	}
}

// message matches Socket.IO packets of the given type digits.
func message(types string) Match {
	return func(c *Crossing) bool {
		return c.Packet.Engine == '4' && c.Packet.Type != 0 && bytes.IndexByte([]byte(types), c.Packet.Type) >= 0
	}
}

// engine matches Engine.IO packets of the given type digits.
func engine(types string) Match {
	return func(c *Crossing) bool {
		return c.Packet.Engine != 0 && bytes.IndexByte([]byte(types), c.Packet.Engine) >= 0
	}
}

// binary matches attachments.
func binary(c *Crossing) bool { return c.Packet.Binary }

// namespace matches Socket.IO packets of that namespace.
func namespace(name string) Match {
	return func(c *Crossing) bool { return c.Packet.Engine == '4' && c.Packet.Namespace == name }
}

// containing matches packets whose bytes contain text.
func containing(text string) Match {
	return func(c *Crossing) bool { return bytes.Contains(c.Data, []byte(text)) }
}

// exactly matches one packet.
func exactly(text string) Match {
	return func(c *Crossing) bool { return string(c.Data) == text }
}

// session matches packets of the peer with that name.
func session(name string) Match {
	return func(c *Crossing) bool { return c.Session == name }
}

// malformed matches packets with which something is wrong.
func malformed(c *Crossing) bool { return len(c.Packet.Problems) > 0 }

func not(m Match) Match { return func(c *Crossing) bool { return !m(c) } }

// nth matches the n-th packet, from 1, for which m is true.
func nth(n int, m Match) Match {
	seen := 0
	return func(c *Crossing) bool {
		if !m(c) {
			return false
		}
		seen++
		return seen == n
	}
}

// frames makes a tap of a function on packets. Ends of connections pass.
func frames(f func(c *Crossing) []peer.Frame) *peer.Tap {
	return &peer.Tap{Frames: func(fr peer.Frame) []peer.Frame {
		c := &Crossing{Frame: fr}
		if fr.Closing == nil {
			c.Packet = wire.Dissect(wire.Revision5, fr.Binary, fr.Data)
		}
		return f(c)
	}}
}

// drop makes what matches disappear: from the target, it never answered; to the target, it takes no notice.
func drop(m func() Match) func() *peer.Tap {
	return change(m, func(*Crossing) []peer.Frame { return nil })
}

// duplicate passes what matches twice.
func duplicate(m func() Match) func() *peer.Tap {
	return change(m, func(c *Crossing) []peer.Frame { return []peer.Frame{c.Frame, c.Frame} })
}

// alter replaces the bytes of what matches.
func alter(m func() Match, f func(c *Crossing) []byte) func() *peer.Tap {
	return change(m, func(c *Crossing) []peer.Frame {
		c.Data = f(c)
		return []peer.Frame{c.Frame}
	})
}

// replace replaces text in the bytes of what matches.
func replace(m func() Match, from, to string) func() *peer.Tap {
	return alter(m, func(c *Crossing) []byte { return bytes.ReplaceAll(c.Data, []byte(from), []byte(to)) })
}

// answer keeps what matches from the target and answers it in its place.
func answer(m func() Match, packets ...string) func() *peer.Tap {
	return change(m, func(c *Crossing) []peer.Frame {
		var answers []peer.Frame
		for _, p := range packets {
			answers = append(answers, peer.Frame{Session: c.Session, Direction: wire.In, Transport: c.Transport, Data: []byte(p)})
		}
		return answers
	})
}

// after passes what matches, and sends the peer the packets behind it.
func after(m func() Match, packets ...string) func() *peer.Tap {
	return change(m, func(c *Crossing) []peer.Frame {
		list := []peer.Frame{c.Frame}
		for _, p := range packets {
			list = append(list, peer.Frame{Session: c.Session, Direction: wire.In, Transport: c.Transport, Data: []byte(p)})
		}
		return list
	})
}

// hangUp ends the session instead of passing what matches.
func hangUp(m func() Match) func() *peer.Tap {
	return change(m, func(c *Crossing) []peer.Frame {
		return []peer.Frame{{Session: c.Session, Direction: wire.In, Transport: c.Transport, Closing: &peer.Closing{Cause: "closed by the fault"}}}
	})
}

// deafen makes the target take no notice of what matches, nor of anything that its session sends afterwards, heartbeats aside: open but deaf.
func deafen(m func() Match) func() *peer.Tap {
	return func() *peer.Tap {
		match, deaf := m(), map[string]bool{}
		return frames(func(c *Crossing) []peer.Frame {
			if match(c) {
				deaf[c.Session] = true
			}
			if deaf[c.Session] && c.Direction == wire.Out && c.Closing == nil && c.Packet.Engine != '3' {
				return nil
			}
			return []peer.Frame{c.Frame}
		})
	}
}

// swap holds back what matches first until the next packet of the same session and direction has passed.
func swap(m func() Match) func() *peer.Tap {
	return func() *peer.Tap {
		match := m()
		held := map[string]*peer.Frame{}
		return frames(func(c *Crossing) []peer.Frame {
			if h := held[c.Session]; h != nil && h.Direction == c.Direction {
				delete(held, c.Session)
				return []peer.Frame{c.Frame, *h}
			}
			if match(c) {
				f := c.Frame
				held[c.Session] = &f
				return nil
			}
			return []peer.Frame{c.Frame}
		})
	}
}

// change makes a fault that does something to what matches and passes the rest. Each tap has a match of its own, so that counting ones start anew.
func change(m func() Match, f func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return func() *peer.Tap {
		match := m()
		return frames(func(c *Crossing) []peer.Frame {
			if c.Closing == nil && match(c) {
				return f(c)
			}
			return []peer.Frame{c.Frame}
		})
	}
}

// always makes a match without memory usable where a fresh one is asked for.
func always(m Match) func() Match { return func() Match { return m } }

// response makes a fault that changes answers to plain HTTP requests. f reports whether it changed something.
func response(f func(r *http.Request, res *peer.Response) bool) func() *peer.Tap {
	return func() *peer.Tap { return &peer.Tap{Response: f} }
}
