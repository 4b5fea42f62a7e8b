package fault

import (
	"bytes"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// continuedFaults are about what a socket has that is continued.
var continuedFaults = []Fault{
	{"recovery.sid-new", "gives a socket another id that is continued", continued(func(data map[string]any) { data["sid"] = "another" })},
	{"recovery.pid-new", "gives a session another private id that is continued", continued(func(data map[string]any) { data["pid"] = "another" })},
	{"recovery.never-recovered", "does not mark sockets that are continued", member("info", "recovered", plainly(func(*Crossing, any) any { return false }))},
	{"recovery.always-recovered", "marks new sockets as continued", member("info", "recovered", plainly(func(*Crossing, any) any { return true }))},
	{"recovery.rooms-forgotten", "forgets the rooms of a session", repliesTo("rooms", plainly(func(_ *Crossing, value any) any {
		return withoutItems(value, func(room string) bool { return room[0] == 'r' && len(room) < 20 })
	}))},
	{"recovery.own-room-forgotten", "does not put a socket that is continued into the room of its own id", repliesTo("rooms", plainly(func(_ *Crossing, value any) any {
		return withoutItems(value, func(room string) bool { return len(room) >= 20 })
	}))},
	{"recovery.rooms-unheard", "does not put a socket that is continued back into its rooms", drop(always(in(session("again"), containing(`["now"`))))},
	{"recovery.member-meanwhile", "leaves a client in its rooms whose connection has ended", repliesTo("members", func() replyChange {
		return func(_ *Crossing, value any) any {
			if list, _ := value.([]any); len(list) == 0 {
				return []any{"who-is-lost"}
			}
			return value
		}
	})},
	{"recovery.member-twice", "puts a socket into its rooms twice that is continued", repliesTo("members", plainly(func(_ *Crossing, value any) any {
		list, _ := value.([]any)
		return append(list, list...)
	}))},
	{"recovery.member-missing", "does not count a socket as a member that is continued", repliesTo("members", plainly(func(*Crossing, any) any { return []any{} }))},
	{"recovery.data-forgotten", "forgets the data of a session", member("info", "data", plainly(func(*Crossing, any) any { return map[string]any{} }))},
	{"recovery.data-of-middlewares-forgotten", "forgets the data of a session that a middleware stored", member("info", "data", plainly(func(_ *Crossing, value any) any {
		data, _ := value.(map[string]any)
		delete(data, "early")
		return data
	}))},
	{"recovery.live-twice", "sends events twice to a socket that is continued", duplicate(always(in(session("again"), containing(`["now"`))))},
	{"recovery.live-without-offset", "sends events without an offset to a socket that is continued", arguments(always(in(session("again"), containing(`["now"`))), lastOmitted)},
	{"recovery.deaf", "takes no notice of what a socket sends that is continued", drop(always(out(session("again"), message("2"))))},
	{"recovery.questions-lost", "does not ask a socket that is continued", drop(always(in(session("again"), containing(`["q"`))))},
	{"recovery.credentials-old", "shows the application the credentials of the connection that was lost", member("info", "auth", plainly(func(_ *Crossing, value any) any {
		auth, _ := value.(map[string]any)
		auth["token"] = "old"
		return auth
	}))},
	{"recovery.query-old", "shows the application the query of the connection that was lost", member("info", "query", plainly(func(_ *Crossing, value any) any {
		query, _ := value.(map[string]any)
		query["tag"] = "old"
		return query
	}))},
	{"recovery.connection-unrun", "does not run the connection handler for a socket that is continued", newLog(entryOmitted)},
	{"recovery.connection-twice", "runs the connection handler twice for a socket that is continued", newLog(entryTwice)},
}

// continued makes a fault that changes the CONNECT by which a session is continued.
func continued(f func(data map[string]any)) func() *peer.Tap {
	return admissions(func(s *sessions, c *Crossing, data map[string]any) {
		if asked, ok := s.claimed[here(c)]; ok && asked.pid == data["pid"] {
			f(data)
		}
	})
}

// newLog makes a fault that changes the entries about connections in logs that hold no end of one.
func newLog(f func(e entry) []entry) func() *peer.Tap {
	return repliesTo("log", plainly(func(_ *Crossing, value any) any {
		list, _ := value.([]any)
		changed := []any{}
		for _, v := range list {
			e, _ := v.([]any)
			if entry(e).is("disconnect") {
				return value
			}
			for _, other := range f(e) {
				changed = append(changed, []any(other))
			}
		}
		return changed
	}))
}

// missedFaults are about the events that a client gets when it continues its session.
var missedFaults = []Fault{
	{"recovery.missed-lost", "does not send the events that were missed", missing(func([][]peer.Frame) [][]peer.Frame { return nil })},
	{"recovery.missed-first-only", "sends the first event only that was missed", missing(func(list [][]peer.Frame) [][]peer.Frame { return list[:min(1, len(list))] })},
	{"recovery.missed-last-only", "sends the last event only that was missed", missing(func(list [][]peer.Frame) [][]peer.Frame { return list[max(0, len(list)-1):] })},
	{"recovery.missed-twice", "sends the events twice that were missed", missing(func(list [][]peer.Frame) [][]peer.Frame { return slices.Concat(list, list) })},
	{"recovery.missed-reversed", "sends the events that were missed from the last to the first", missing(func(list [][]peer.Frame) [][]peer.Frame {
		slices.Reverse(list)
		return list
	})},
	{"recovery.missed-gap", "loses one of the events that were missed", missing(func(list [][]peer.Frame) [][]peer.Frame { return slices.Delete(list, 50, 51) })},
	{"recovery.missed-swapped", "swaps two of the events that were missed", missing(func(list [][]peer.Frame) [][]peer.Frame {
		list[50], list[51] = list[51], list[50]
		return list
	})},
	{"recovery.missed-without-offset", "sends the events that were missed without an offset", missing(func(list [][]peer.Frame) [][]peer.Frame {
		for _, group := range list {
			group[0].Data = append(slices.Clone(group[0].Data[:bytes.LastIndexByte(group[0].Data, ',')]), ']')
		}
		return list
	})},
	{"recovery.missed-attachments-lost", "sends the events that were missed without their attachments", missing(func(list [][]peer.Frame) [][]peer.Frame {
		for i := range list {
			list[i] = list[i][:1]
		}
		return list
	})},
	{"recovery.missed-attachments-emptied", "sends empty attachments with the events that were missed", missing(func(list [][]peer.Frame) [][]peer.Frame {
		for _, group := range list {
			for i := range group[1:] {
				group[i+1].Data = []byte{}
			}
		}
		return list
	})},
	{"recovery.missed-of-both-rooms-twice", "sends an event twice that was missed in two rooms", missing(func(list [][]peer.Frame) [][]peer.Frame {
		if n := len(list); n > 0 && bytes.Contains(list[n-1][0].Data, []byte(`["both"`)) {
			list = append(list, list[n-1])
		}
		return list
	})},
	{"recovery.missed-of-all-rooms", "sends the events too that were missed in other rooms", strays("elsewhere")},
	{"recovery.missed-excepted", "sends the events too that were not for who missed them", strays("excepted")},
	{"recovery.missed-of-last-time", "sends what was missed the time before, too", remembering(func(s *sessions) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if claim, ok := claimIn(c); ok && s.count(claim.pid) == 2 {
				withData(c, map[string]any{"pid": claim.pid, "offset": s.offset(-1)})
			}
			return passed(c)
		}
	})},
	{"recovery.missed-since-the-end", "sends again only what was sent after the connection had ended", claims(func(s *sessions, _ *Crossing, auth map[string]any) { auth["offset"] = s.offset(-1) })},
	{"recovery.missed-since-the-beginning", "sends all events again, whatever the client has seen", claims(func(s *sessions, _ *Crossing, auth map[string]any) { auth["offset"] = s.offset(0) })},
	{"recovery.volatile-kept", "keeps volatile events", strays("volatile")},
	{"recovery.questions-kept", "keeps events that want an acknowledgement", strays("question")},
	{"recovery.missed-of-all-namespaces", "sends what was missed in other namespaces", strays("users")},
	{"recovery.missed-own-broadcast", "sends a client what it had broadcast itself", strays("mine")},
	{"recovery.meanwhile-lost", "loses an event that is sent while a client comes back", drop(always(in(containing(`["n",20,`))))},
	{"recovery.meanwhile-twice", "sends an event twice that is sent while a client comes back", duplicate(always(in(containing(`["n",20,`))))},
}

// missing makes a fault that changes the events that a client gets when it continues its session, each with its attachments: those between the CONNECT and the event auth, with which the
// application greets.
func missing(f func(list [][]peer.Frame) [][]peer.Frame) func() *peer.Tap {
	return remembering(func(s *sessions) func(c *Crossing) []peer.Frame {
		var list [][]peer.Frame
		returning := ""
		return func(c *Crossing) []peer.Frame {
			_, claimed := s.claimed[here(c)]
			switch {
			case in(message("0"))(c) && claimed:
				returning = c.Session
			case c.Session != returning:
			case in(message("2"), containing(`["auth"`))(c):
				var passing []peer.Frame
				for _, group := range f(list) {
					passing = append(passing, group...)
				}
				list, returning = nil, ""
				return append(passing, c.Frame)
			case in(message("25"))(c):
				list = append(list, []peer.Frame{c.Frame})
				return nil
			case in(binary)(c) && len(list) > 0:
				list[len(list)-1] = append(list[len(list)-1], c.Frame)
				return nil
			}
			return passed(c)
		}
	})
}

// strays makes a fault by which a client that continues its session gets an event of that name which was not for it.
func strays(name string) func() *peer.Tap {
	return remembering(func(s *sessions) func(c *Crossing) []peer.Frame {
		var args []any
		return func(c *Crossing) []peer.Frame {
			if op, ok := operationIn(c); ok && op.text("do") == "emit" {
				if event, _ := op["args"].([]any); len(event) > 0 && event[0] == name {
					args = event
				}
			}
			_, claimed := s.claimed[here(c)]
			if !in(message("0"))(c) || !claimed || args == nil {
				return passed(c)
			}
			stray := "42" + peer.Prefix(c.Packet.Namespace) + string(encode(append(slices.Clone(args), "a-stray-offset")))
			return []peer.Frame{c.Frame, incoming(c, stray)}
		}
	})
}
