package fault

import (
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// orderFaults are about packets at the wrong time: before a CONNECT, and in namespaces that are not joined.
var orderFaults = []Fault{
	{"connect.second-ignored", "takes no notice of a second CONNECT", second(silent)},
	{"connect.second-admitted", "lets a client into a namespace that it has joined already", second(func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, string(connectAnswer(c.Packet.Namespace, "made-up")))}
	})},
	{"connect.second-member", "makes a second member of a client that has joined already", secondMember(func(m membership, c *Crossing) bool {
		return m.joined(c, c.Packet.Namespace)
	})},
	{"connect.second-member-at-once", "makes a second member of a client that asks twice before it is answered", secondMember(func(m membership, c *Crossing) bool {
		return m.pending(c, c.Packet.Namespace)
	})},
	{"first-packet.ignored", "takes no notice of packets before the first CONNECT", notJoined(silent, anywhere)},
	{"first-packet.handled", "hands events of clients to the application that have joined nothing", notJoined(handled, anywhere)},
	{"first-packet.malformed-ignored", "takes no notice of a message that is no Socket.IO packet", drop(always(out(engine("4"), malformed)))},
	{"not-joined.ignored", "takes no notice of packets in a namespace that is not joined", notJoined(silent, joinedOther)},
	{"not-joined.handled", "hands events in a namespace to the application that the client has not joined", notJoined(handled, joinedOther)},
	{"not-joined.prefix-matched", "hands an event to the namespace whose name is the beginning of that of the event", heardIn(func(name string) bool {
		return strings.HasPrefix(name, "/custom")
	})},
	{"not-joined.case-folded", "hands an event to the namespace that has the same name in other letters", heardIn(func(name string) bool {
		return strings.EqualFold(name, "/custom")
	})},
	{"not-joined.query-cut", "hands an event to the namespace whose name is that of the event without a query", heardIn(func(name string) bool {
		return strings.HasPrefix(name, "/custom?")
	})},
	{"not-joined.deafens", "takes no notice of a connection after a packet in a namespace that is not joined", deafNotJoined},
}

// A membership tells which namespaces each session has asked for and joined, as far as the wire shows.
type membership map[string]byte

const (
	askedFor = 'a'
	joinedIt = 'j'
	leftIt   = 'l'
)

func (m membership) see(c *Crossing) {
	key := c.Session + " " + c.Packet.Namespace
	switch {
	case out(message("0"))(c) && m[key] != joinedIt:
		m[key] = askedFor
	case in(message("0"))(c):
		m[key] = joinedIt
	case c.Closing == nil && c.Packet.Engine == '4' && c.Packet.Type == '1':
		m[key] = leftIt
	}
}

func (m membership) joined(c *Crossing, name string) bool  { return m[c.Session+" "+name] == joinedIt }
func (m membership) pending(c *Crossing, name string) bool { return m[c.Session+" "+name] == askedFor }

// second makes a fault of what a server does with a CONNECT for a namespace that is already joined.
func second(f func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		m := membership{}
		return func(c *Crossing) []peer.Frame {
			m.see(c)
			if out(message("0"))(c) && m.joined(c, c.Packet.Namespace) {
				return f(c)
			}
			return passed(c)
		}
	})
}

// secondMember makes a fault that hides a second CONNECT from the target and counts its client twice: in the list of members, and with every broadcast.
func secondMember(again func(m membership, c *Crossing) bool) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		m, a, twice := membership{}, opsAsked{}, map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			isSecond := out(message("0"))(c) && again(m, c)
			m.see(c)
			name := c.Packet.Namespace
			switch {
			case isSecond:
				twice[c.Session+name] = true
				return nil
			case in(message("0"))(c) && twice[c.Session+name]:
				return []peer.Frame{c.Frame, incoming(c, string(connectAnswer(name, "made-up")))}
			case a.reply(c, "members") && len(twice) > 0:
				c.Data = reworded(c, func(value any) any {
					ids, _ := value.([]any)
					return append(ids, "made-up")
				})
			case in(message("2"))(c) && twice[c.Session+name]:
				return []peer.Frame{c.Frame, c.Frame}
			}
			return passed(c)
		}
	})
}

// anywhere and joinedOther say for which packets in a namespace that is not joined a fault holds: for all, or for those of connections that have joined another.
func anywhere(membership, *Crossing) bool { return true }

func joinedOther(m membership, c *Crossing) bool {
	return slices.ContainsFunc([]string{"/", "/custom", "/orders", "/users"}, func(name string) bool { return m.joined(c, name) })
}

// notJoined makes a fault of what a server does with packets in a namespace that is not joined.
func notJoined(f func(c *Crossing) []peer.Frame, concerns func(m membership, c *Crossing) bool) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		m := membership{}
		return func(c *Crossing) []peer.Frame {
			stray := out(message("1234"))(c) && !m.joined(c, c.Packet.Namespace) && concerns(m, c)
			m.see(c)
			if stray {
				return f(c)
			}
			return passed(c)
		}
	})
}

// heardIn makes a fault that takes the namespaces that taken names for /custom in all packets but CONNECT.
func heardIn(taken func(name string) bool) func() *peer.Tap {
	return parts(always(out(message("123456"), func(c *Crossing) bool {
		return c.Packet.Namespace != "/custom" && taken(c.Packet.Namespace)
	})), func(p *wire.Packet) { p.Namespace = "/custom" })
}

// deafNotJoined goes deaf on a packet in a namespace that is not joined.
func deafNotJoined() *peer.Tap {
	m := membership{}
	return deafen(func() Match {
		return func(c *Crossing) bool {
			stray := out(message("1234"))(c) && !m.joined(c, c.Packet.Namespace)
			m.see(c)
			return stray
		}
	})()
}

// handled answers an event as the application does where the client has joined.
func handled(c *Crossing) []peer.Frame {
	if c.Packet.AckID == "" {
		return []peer.Frame{incoming(c, "42"+peer.Prefix(c.Packet.Namespace)+`["message-back"]`)}
	}
	return []peer.Frame{incoming(c, "43"+peer.Prefix(c.Packet.Namespace)+c.Packet.AckID+`["handled"]`)}
}

// silent takes no notice of a packet.
func silent(*Crossing) []peer.Frame { return nil }
