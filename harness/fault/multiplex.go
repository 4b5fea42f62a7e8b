package fault

import (
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// multiplexFaults are about several namespaces on one connection.
var multiplexFaults = []Fault{
	{"multiplex.answers-in-main", "sends the events of all namespaces in the main namespace", alter(always(in(appEvent)), func(c *Crossing) []byte { return moved(c, "/") })},
	{"multiplex.answers-in-last", "sends the events of all namespaces in the one that the client has joined last", inLast(appEvent)},
	{"multiplex.acks-in-main", "sends the acknowledgements of all namespaces in the main namespace", alter(always(in(message("3"))), func(c *Crossing) []byte { return moved(c, "/") })},
	{"multiplex.acks-in-last", "sends the acknowledgements of all namespaces in the one that the client has joined last", inLast(message("3"))},
	{"multiplex.ack-id-once", "answers an acknowledgement id in one namespace of a connection only", drop(ackIDAgain)},
	{"multiplex.client-acks-swapped", "takes an acknowledgement from the client for one of another namespace", acksSwapped},
	{"multiplex.client-acks-of-all", "finds the event that an acknowledgement is for by the id alone", acksOfAll},
	{"multiplex.client-acks-in-main", "takes the acknowledgements from the client for ones of the main namespace", alter(always(out(message("3"))), func(c *Crossing) []byte { return moved(c, "/") })},
	{"multiplex.handlers-of-orders", "has the handlers of one namespace handle the events of another", handlersOfOrders},
	{"multiplex.socket-of-main", "has the sockets of all namespaces belong to the main namespace", member("info", "nsp", plainly(func(*Crossing, any) any { return "/" }))},
	{"multiplex.data-shared", "keeps the data of all sockets in one place", member("info", "data", func() replyChange {
		var first any
		return func(_ *Crossing, value any) any {
			if first == nil {
				first = value
			}
			return first
		}
	})},
	{"multiplex.first-connect-only", "answers only the first CONNECT of a connection", drop(func() Match { return notFirst(in(message("0"))) })},
	{"multiplex.ten-at-most", "answers no more than ten CONNECTs of a connection", drop(func() Match {
		joined := 0
		return func(c *Crossing) bool {
			if !in(message("0"))(c) {
				return false
			}
			joined++
			return joined > 10
		}
	})},
	{"multiplex.upgrade-forgets", "forgets the namespaces of a connection when it is upgraded", drop(func() Match { return behindUpgrade(out(engine("4"))) })},
	{"multiplex.upgrade-new-sid", "gives the sockets of a connection new ids when it is upgraded", upgradeNewSID},
	{"multiplex.events-twice", "sends each event twice", duplicate(always(in(appEvent)))},
	{"multiplex.answers-to-all", "sends the answers to one client to all others", toAll(in(appEvent, containing("message-back")))},
	{"multiplex.broadcast-to-all", "sends what is for a namespace to clients that have not joined it", toAll(in(appEvent))},
	{"multiplex.broadcast-in-all", "sends what is for a namespace in all namespaces of a connection", inAll},
	{"multiplex.server-emit-lost", "does not send what the server object sends", drop(always(in(appEvent, containing(`"server"`))))},
}

// appEvent matches events that the scenario asked for, and not the one with which the app greets.
func appEvent(c *Crossing) bool { return message("2")(c) && !containing(`["auth",`)(c) }

// inLast makes a fault that moves packets to the namespace that their session has joined last.
func inLast(m Match) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		last := map[string]string{}
		return func(c *Crossing) []peer.Frame {
			if in(message("0"))(c) {
				last[c.Session] = c.Packet.Namespace
			}
			if in(m)(c) && last[c.Session] != "" {
				c.Data = moved(c, last[c.Session])
			}
			return passed(c)
		}
	})
}

// ackIDAgain matches acknowledgements whose id the session has seen before, in whatever namespace.
func ackIDAgain() Match {
	seen := map[string]bool{}
	return func(c *Crossing) bool {
		if !in(message("3"))(c) {
			return false
		}
		key := c.Session + " " + c.Packet.AckID
		before := seen[key]
		seen[key] = true
		return before
	}
}

// acksSwapped hands the client's acknowledgements in each of the first two namespaces of a session to the other one.
func acksSwapped() *peer.Tap {
	names := map[string][]string{}
	return frames(func(c *Crossing) []peer.Frame {
		if in(message("0"))(c) {
			names[c.Session] = append(names[c.Session], c.Packet.Namespace)
		}
		if list := names[c.Session]; out(message("3"))(c) && len(list) > 1 {
			other := list[0]
			if other == c.Packet.Namespace {
				other = list[1]
			}
			c.Data = moved(c, other)
		}
		return passed(c)
	})
}

// acksOfAll hands the client's acknowledgements to the namespace in which an event with that id waits.
func acksOfAll() *peer.Tap {
	waiting := map[string]string{} // the namespace by session and id
	return frames(func(c *Crossing) []peer.Frame {
		key := c.Session + " " + c.Packet.AckID
		switch {
		case in(message("2"))(c) && c.Packet.AckID != "":
			waiting[key] = c.Packet.Namespace
		case out(message("3"))(c) && waiting[key] != "":
			c.Data = moved(c, waiting[key])
		}
		return passed(c)
	})
}

// handlersOfOrders hands the events of /users to /orders, and the acknowledgements back.
func handlersOfOrders() *peer.Tap {
	asked := map[string]bool{}
	return frames(func(c *Crossing) []peer.Frame {
		key := c.Session + " " + c.Packet.AckID
		switch {
		case out(message("2"), namespace("/users"))(c):
			asked[key] = c.Packet.AckID != ""
			c.Data = moved(c, "/orders")
		case in(message("3"), namespace("/orders"))(c) && asked[key]:
			c.Data = moved(c, "/users")
		}
		return passed(c)
	})
}

// behindUpgrade matches packets of sessions that have been upgraded.
func behindUpgrade(m Match) Match {
	upgraded := map[string]bool{}
	return func(c *Crossing) bool {
		if out(engine("5"))(c) {
			upgraded[c.Session] = true
		}
		return upgraded[c.Session] && m(c)
	}
}

// upgradeNewSID shows the application other socket ids behind an upgrade.
func upgradeNewSID() *peer.Tap {
	a, isUpgraded := opsAsked{}, behindUpgrade(everything)
	return frames(func(c *Crossing) []peer.Frame {
		upgraded := isUpgraded(c)
		if a.reply(c, "info") && upgraded {
			c.Data = reworded(c, func(value any) any {
				if object, ok := value.(map[string]any); ok {
					object["id"] = "made-up"
				}
				return value
			})
		}
		return passed(c)
	})
}

// toAll makes a fault that copies packets to all other sessions.
func toAll(m Match) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		sessions := map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			sessions[c.Session] = true
			list := passed(c)
			if !m(c) {
				return list
			}
			for name := range sessions {
				if name != c.Session {
					list = append(list, peer.Frame{Session: name, Direction: wire.In, Transport: c.Transport, Data: c.Data})
				}
			}
			return list
		}
	})
}

// inAll copies events to all other namespaces that their session has joined.
func inAll() *peer.Tap {
	m := membership{}
	return frames(func(c *Crossing) []peer.Frame {
		m.see(c)
		list := passed(c)
		if !in(appEvent)(c) {
			return list
		}
		for key, state := range m {
			if name, found := strings.CutPrefix(key, c.Session+" "); found && state == joinedIt && name != c.Packet.Namespace {
				list = append(list, incoming(c, string(moved(c, name))))
			}
		}
		return list
	})
}

// lifecycleFaults are about what the application hears of the sockets of a connection.
var lifecycleFaults = []Fault{
	{"lifecycle.connection-twice", "runs the connection handler twice", logEntries(entryTwice, "connection")},
	{"lifecycle.connection-missing", "does not run the connection handler", logEntries(entryOmitted, "connection")},
	{"lifecycle.connection-in-main", "runs the connection handler of the main namespace for all others", logEntries(entryWith(1, "/"), "connection")},
	{"lifecycle.connection-first-only", "runs the connection handler only the first time that a client joins", logRewritten(firstConnections)},
	{"lifecycle.main-implied", "runs the connection handler of the main namespace for those too that join another", logEntries(entryBehind(entry{"connection", "/"}), "connection", "/custom")},
	{"lifecycle.disconnect-missing", "does not tell the application that a client has left", logEntries(entryOmitted, "disconnect", "/custom")},
	{"lifecycle.disconnect-twice", "tells the application twice that a client has left", logEntries(entryTwice, "disconnect", "/custom")},
	{"lifecycle.disconnecting-missing", "does not tell the application that a client is about to leave", logEntries(entryOmitted, "disconnecting", "/custom")},
	{"lifecycle.disconnecting-last", "tells the application that a client is about to leave when it has left", logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			switch {
			case e.is("disconnecting"):
				return []entry{{"disconnect", e[1], e[2]}, e}
			case e.is("disconnect"):
				return nil
			}
			return []entry{e}
		}
	})},
	{"lifecycle.disconnect-everywhere", "tells the application that a client has left all namespaces when it has left one", logEntries(entryBehind(entry{"disconnect", "/", "left"}), "disconnect", "/custom")},
	{"lifecycle.main-only", "tells the application of the end of a connection in the main namespace only", logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			if (e.is("disconnect") || e.is("disconnecting")) && e[1] != "/" {
				return nil
			}
			return []entry{e}
		}
	})},
	{"lifecycle.rooms-left-early", "has a socket leave its rooms before the application is told", logEntries(entryWith(3, []any{}), "disconnecting")},
	{"lifecycle.reason-of-another", "gives the application the reason of another cause", logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			if e.is("disconnect") {
				return entryWith(2, "server shutting down")(e)
			}
			return []entry{e}
		}
	})},
	{"lifecycle.reason-other", "tells the application another reason", logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			if e.is("disconnect") || e.is("disconnecting") {
				return entryWith(2, "other reason")(e)
			}
			return []entry{e}
		}
	})},
	{"lifecycle.rooms-kept-custom", "keeps sockets that are gone in the rooms of custom namespaces", appended("members", not(namespace("/")), "somebody gone")},
}

// firstConnections omits all connections to a namespace but the first.
func firstConnections() func(e entry) []entry {
	seen := map[any]bool{}
	return func(e entry) []entry {
		if e.is("connection") {
			if seen[e[1]] {
				return nil
			}
			seen[e[1]] = true
		}
		return []entry{e}
	}
}
