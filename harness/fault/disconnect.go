package fault

import (
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// disconnectFaults are about leaving a namespace, and about being disconnected from one.
var disconnectFaults = []Fault{
	{"disconnect.answered", "answers a DISCONNECT with a DISCONNECT", change(always(out(message("1"))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{c.Frame, incoming(c, string(c.Data))}
	})},
	{"disconnect.leaves-all", "leaves all namespaces when asked to leave one", change(always(out(message("1"))), leftEverywhere)},
	{"disconnect.ignored", "takes no notice of a DISCONNECT", drop(always(out(message("1"))))},
	{"disconnect.closes", "closes the connection on a DISCONNECT", hangUp(always(out(message("1"))))},
	{"disconnect.deafens", "takes no notice of a connection that has left a namespace", deafen(always(out(message("1"))))},
	{"disconnect.comma-required", "does not take a DISCONNECT whose namespace no comma follows", drop(always(out(message("1"), withoutComma)))},
	{"disconnect.comma-is-main", "takes a DISCONNECT whose namespace no comma follows for one of the main namespace", alter(always(out(message("1"), withoutComma)), func(*Crossing) []byte {
		return []byte("41")
	})},
	{"disconnect.rejoin-refused", "refuses a client that it was in the namespace before", rejoin(out(message("1")), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"left"}`)}
	})},
	{"disconnect.member-kept", "keeps among the members somebody who is not there any more", appended("members", everything, "somebody else")},
	{"disconnect.broadcasts-kept", "goes on sending the broadcasts of a namespace to those who have left it", broadcastsKept},

	{"server-disconnect.silent", "does not tell a client that it was disconnected", drop(always(in(message("1"))))},
	{"server-disconnect.in-main", "tells a client in the main namespace that it was disconnected from another", alter(always(in(message("1"))), func(*Crossing) []byte { return []byte("41") })},
	{"server-disconnect.twice", "tells a client twice that it was disconnected", duplicate(always(in(message("1"))))},
	{"server-disconnect.as-error", "tells a client with CONNECT_ERROR that it was disconnected", alter(always(in(message("1"))), func(c *Crossing) []byte {
		return []byte("44" + peer.Prefix(c.Packet.Namespace) + `{"message":"disconnected"}`)
	})},
	{"server-disconnect.no-comma", "writes a DISCONNECT without the comma behind the namespace", alter(always(in(message("1"))), func(c *Crossing) []byte {
		return []byte(strings.TrimSuffix(string(c.Data), ","))
	})},
	{"server-disconnect.closes", "closes the connection of a client that it disconnects from one namespace", hangUp(always(in(message("1"))))},
	{"server-disconnect.stays-open", "does not close a connection that the application wants closed", staysOpen(in(message("1")))},
	{"server-disconnect.leaves-all", "disconnects a client from all namespaces when told to do so from one", change(always(in(message("1"))), leftEverywhere)},
	{"server-disconnect.own-only", "says goodbye only in the namespace in which the application closes the connection", drop(always(in(message("1"), not(namespace("/orders")))))},
	{"server-disconnect.first-only", "disconnects only the first of a namespace's members", drop(always(in(message("1"), session("other"))))},
	{"server-disconnect.bans", "refuses a client that it has disconnected before", rejoin(in(message("1")), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"disconnected"}`)}
	})},
	{"server-disconnect.still-handled", "hands events of a client to the application that it has disconnected", stillHandled},
	{"server-disconnect.handled-before", "handles the events of a payload before it carries out the disconnection in it", answer(always(out(message("2"), containing("9000"))), `43/orders,9000["late"]`)},
	{"server-disconnect.deafens", "takes no notice of a connection that it has disconnected from a namespace", deafen(always(in(message("1"))))},
}

// leftEverywhere passes c and takes the client out of all other namespaces.
func leftEverywhere(c *Crossing) []peer.Frame {
	list := passed(c)
	for _, name := range []string{"/", "/custom", "/orders", "/users"} {
		if name != c.Packet.Namespace {
			list = append(list, outgoing(c, "41"+peer.Prefix(name)))
		}
	}
	return list
}

// rejoin makes a fault of what a server does with the CONNECT of a client that has left the namespace, with a packet that matches.
func rejoin(leaves Match, f func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		left := map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			key := c.Session + " " + c.Packet.Namespace
			if leaves(c) {
				left[key] = true
			}
			if out(message("0"))(c) && left[key] {
				return f(c)
			}
			return passed(c)
		}
	})
}

// broadcastsKept copies the events of a namespace to the sessions that have left it.
func broadcastsKept() *peer.Tap {
	m := membership{}
	return frames(func(c *Crossing) []peer.Frame {
		m.see(c)
		list := passed(c)
		if !in(message("2"), not(containing(`["auth",`)))(c) {
			return list
		}
		for key, state := range m {
			if name, found := strings.CutSuffix(key, " "+c.Packet.Namespace); found && state == leftIt {
				list = append(list, peer.Frame{Session: name, Direction: wire.In, Transport: c.Transport, Data: c.Data})
			}
		}
		return list
	})
}

// stillHandled answers events in namespaces from which the server has disconnected the client.
func stillHandled() *peer.Tap {
	gone := map[string]bool{}
	return frames(func(c *Crossing) []peer.Frame {
		key := c.Session + " " + c.Packet.Namespace
		if in(message("1"))(c) {
			gone[key] = true
		}
		if out(message("2"))(c) && gone[key] {
			return handled(c)
		}
		return passed(c)
	})
}
