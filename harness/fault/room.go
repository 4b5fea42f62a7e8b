package fault

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// roomFaults are the faults about rooms and about sending to them.
var roomFaults = slices.Concat(membershipFaults, emitFaults, flagFaults, operatorFaults)

// membershipFaults are the faults about who is in which room.
var membershipFaults = []Fault{
	{"room.own-missing", "does not put a socket into the room of its own id", chain(
		knowing(func(r *roster, c *Crossing, op operation) operation {
			if op.text("do") != "emit" || !slices.ContainsFunc(op.targets(), r.isID) {
				return nil
			}
			return nothing()
		}),
		watching(func(r *roster) func(c *Crossing) []peer.Frame {
			inner := replies(func(_ operation, value any) any { return withoutItems(value, r.isID) }, "rooms")()
			return func(c *Crossing) []peer.Frame { return inner.Frames(c.Frame) }
		}),
	)},
	{"room.own-shared", "puts everybody into the rooms of the ids of those who come later", watching(func(r *roster) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			var list []peer.Frame
			var data struct {
				SID string `json:"sid"`
			}
			if in(message("0"))(c) && decode(c.Packet.Data, &data) {
				for _, p := range r.present {
					if p.namespace == c.Packet.Namespace {
						list = append(list, r.ask(c, p, operation{"do": "join", "rooms": []string{data.SID}}))
					}
				}
			}
			return append(list, c.Frame)
		}
	})},
	{"room.own-left-unheard", "sends nothing any more to who has left the room of its own id", watching(func(r *roster) func(c *Crossing) []peer.Frame {
		left := map[place]bool{}
		return func(c *Crossing) []peer.Frame {
			if op, ok := operationIn(c); ok && op.text("do") == "leave" && op.text("room") == r.sid[here(c)] {
				left[here(c)] = true
			}
			if left[here(c)] && broadcasted(c) {
				return nil
			}
			return passed(c)
		}
	})},
	{"room.ids-shared", "gives a client the same socket id in all namespaces", func() *peer.Tap {
		first := map[string]string{}
		return frames(func(c *Crossing) []peer.Frame {
			var data map[string]any
			if in(message("0"))(c) && decode(c.Packet.Data, &data) {
				sid, _ := data["sid"].(string)
				if first[c.Session] == "" {
					first[c.Session] = sid
				}
				data["sid"] = first[c.Session]
				withData(c, data)
			}
			return passed(c)
		})
	}},
	{"room.sid-reused", "gives a client that joins a namespace again its old socket id", func() *peer.Tap {
		first := map[place]any{}
		return frames(func(c *Crossing) []peer.Frame {
			var data map[string]any
			if in(message("0"))(c) && decode(c.Packet.Data, &data) {
				if first[here(c)] == nil {
					first[here(c)] = data["sid"]
				}
				data["sid"] = first[here(c)]
				withData(c, data)
			}
			return passed(c)
		})
	}},
	{"room.join-ignored", "does not join rooms", doing(func(operation) operation { return nothing() }, "join")},
	{"room.join-first-only", "joins the first of several rooms only", doing(func(op operation) operation {
		return op.with("rooms", op.list("rooms")[:1])
	}, "join")},
	{"room.join-counted", "counts joins, and wants as many leaves", reworking(func() reworker {
		joined := map[string]int{}
		return func(c *Crossing, op operation) operation {
			key := func(room string) string { return c.Session + c.Packet.Namespace + room }
			switch op.text("do") {
			case "join":
				for _, room := range op.list("rooms") {
					joined[key(room)]++
				}
			case "leave":
				room := op.text("room")
				if joined[key(room)]--; joined[key(room)] > 0 {
					return nothing()
				}
			}
			return nil
		}
	})},
	{"room.join-late", "joins at the end of the turn", deferred("join")},
	{"room.join-everywhere", "joins a room in all the namespaces of the client", everywhere("join")},
	{"room.early-join-lost", "forgets the rooms that were joined in a middleware", credentials(func() func(c *Crossing, auth map[string]any) bool {
		return func(_ *Crossing, auth map[string]any) bool { return dropSteps(auth, "join") }
	})},
	{"room.pending-admitted", "sends to who is still held up by a middleware", admittedInSecret("never", "")},
	{"room.refused-kept", "keeps who was refused by a middleware", admittedInSecret("reject", "44%s%s")},
	{"room.leave-ignored", "does not leave rooms", doing(func(operation) operation { return nothing() }, "leave")},
	{"room.leave-all", "leaves all rooms when asked to leave one", knowing(func(r *roster, c *Crossing, op operation) operation {
		if op.text("do") != "leave" {
			return nil
		}
		var ops []operation
		for _, room := range r.rooms[here(c)][1:] {
			ops = append(ops, op.with("room", room))
		}
		return several(ops...)
	})},
	{"room.leave-stranger-own", "leaves the room of its own id when asked to leave one that it is not in", knowing(func(r *roster, c *Crossing, op operation) operation {
		own := r.rooms[here(c)]
		if op.text("do") != "leave" || slices.Contains(own, op.text("room")) {
			return nil
		}
		return op.with("room", own[0])
	})},
	{"room.leave-for-all", "removes a room with all its members when one leaves it", doing(func(op operation) operation {
		return operation{"do": "sockets-leave", "via": "nsp", "to": []string{op.text("room")}, "rooms": []string{op.text("room")}}
	}, "leave")},
	{"room.leave-late", "leaves at the end of the turn", deferred("leave")},
	{"room.leave-everywhere", "leaves a room in all the namespaces of the client", everywhere("leave")},
	{"room.once-left-dead", "lets nobody into a room that was left by its last member", knowing(func(r *roster, c *Crossing, op operation) operation {
		if op.text("do") != "join" || !r.emptied[c.Packet.Namespace+" "+op.list("rooms")[0]] {
			return nil
		}
		return nothing()
	})},
	{"room.disconnect-ignored", "takes no notice when a client leaves a namespace", drop(always(out(message("1"))))},
	{"room.disconnect-leaves-all-rooms", "leaves the rooms of all namespaces when a client leaves one", watching(func(r *roster) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			list := []peer.Frame{c.Frame}
			for _, p := range r.present {
				if out(message("1"))(c) && p.session == c.Session && p.namespace != c.Packet.Namespace {
					for _, room := range r.rooms[p] {
						list = append(list, r.ask(c, p, operation{"do": "leave", "room": room}))
					}
				}
			}
			return list
		}
	})},
	{"room.remembered", "puts who joins a namespace again into the rooms of before", watching(func(r *roster) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			list := []peer.Frame{c.Frame}
			if old := r.rooms[here(c)]; in(message("0"))(c) && len(old) > 1 {
				list = []peer.Frame{r.ask(c, here(c), operation{"do": "join", "rooms": old[1:]}), c.Frame}
			}
			return list
		}
	})},
	{"room.members-remembered", "never forgets who was in a room", func() *peer.Tap {
		seen := map[string][]any{}
		return replies(func(op operation, value any) any {
			room := op.text("room")
			now, _ := value.([]any)
			for _, id := range now {
				if !slices.Contains(seen[room], id) {
					seen[room] = append(seen[room], id)
				}
			}
			return sortedItems(seen[room])
		}, "members")()
	}},
	{"room.sent-away-in-words", "tells a socket that it is disconnected and keeps it", func() *peer.Tap {
		swallowed := map[string]bool{}
		return frames(func(c *Crossing) []peer.Frame {
			if in(message("3"))(c) && swallowed[c.Session+c.Packet.AckID] {
				return nil
			}
			op, ok := operationIn(c)
			if !ok {
				return passed(c)
			}
			changed := reworked(c, op, func(_ *Crossing, op operation) operation {
				if op.text("do") != "disconnect" {
					return nil
				}
				return nothing()
			})
			if changed == nil {
				return passed(c)
			}
			swallowed[c.Session+c.Packet.AckID] = true
			withData(c, []any{"op", changed})
			return []peer.Frame{c.Frame, incoming(c, "41"+peer.Prefix(c.Packet.Namespace))}
		})
	}},
	{"room.disconnecting-empty", "leaves the rooms before the application hears of the disconnection", logged(func(e []any) []any {
		if e[0] == "disconnecting" {
			e[3] = []any{}
		}
		return e
	})},
	{"room.disconnecting-unheard", "does not tell the application that a socket is about to disconnect", logged(func(e []any) []any {
		if e[0] == "disconnecting" {
			return nil
		}
		return e
	})},
	{"room.names-folded", "does not tell capital letters from small ones in the names of rooms", renamed(strings.ToLower)},
	{"room.names-trimmed", "drops white space around the names of rooms", renamed(strings.TrimSpace)},
	{"room.names-prefix", "takes a room for all whose names begin with its name", knowing(func(r *roster, c *Crossing, op operation) operation {
		var longer []string
		for _, room := range op.targets() {
			for _, p := range r.present {
				for _, other := range r.rooms[p] {
					if strings.HasPrefix(other, room) && other != room {
						longer = append(longer, other)
					}
				}
			}
		}
		if op.text("do") != "emit" || longer == nil {
			return nil
		}
		return op.aimed(append(op.targets(), longer...))
	})},
	{"room.leave-prefix", "leaves all rooms whose names begin with the name of the one to leave", knowing(func(r *roster, c *Crossing, op operation) operation {
		var ops []operation
		for _, room := range r.rooms[here(c)] {
			if op.text("do") == "leave" && strings.HasPrefix(room, op.text("room")) {
				ops = append(ops, op.with("room", room))
			}
		}
		if ops == nil {
			return nil
		}
		return several(ops...)
	})},
	{"room.names-prototype", "loses rooms whose names mean something to its language", doing(func(op operation) operation {
		if !slices.Contains([]string{"__proto__", "constructor", "hasOwnProperty"}, op.list("rooms")[0]) {
			return nil
		}
		return nothing()
	}, "join")},
}

func (r *roster) isID(name string) bool {
	for _, sid := range r.sid {
		if sid == name {
			return true
		}
	}
	return false
}

// withoutItems returns a list without the texts for which f is true.
func withoutItems(value any, f func(string) bool) any {
	list, _ := value.([]any)
	return slices.DeleteFunc(list, func(v any) bool {
		s, ok := v.(string)
		return ok && f(s)
	})
}

func sortedItems(list []any) []any {
	return slices.SortedFunc(slices.Values(list), func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// deferred moves the operations with that name to the end of a batch.
func deferred(name string) func() *peer.Tap {
	return rework(func(_ *Crossing, op operation) operation {
		ops, _ := op["ops"].([]any)
		if ops == nil {
			return nil
		}
		late := func(v any) int {
			if m, ok := v.(map[string]any); ok && m["do"] == name {
				return 1
			}
			return 0
		}
		slices.SortStableFunc(ops, func(a, b any) int { return late(a) - late(b) })
		return op
	})
}

// everywhere repeats operations with that name in the other namespaces of the client.
func everywhere(name string) func() *peer.Tap {
	return watching(func(r *roster) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			var list []peer.Frame
			if op, ok := operationIn(c); ok && op.text("do") == name {
				for _, p := range r.present {
					if p.session == c.Session && p.namespace != c.Packet.Namespace {
						list = append(list, r.ask(c, p, op))
					}
				}
			}
			return append(list, c.Frame)
		}
	})
}

// dropSteps removes steps with that name from the scripts of middlewares.
func dropSteps(auth map[string]any, name string) bool {
	scripts, _ := auth["mw"].([]any)
	found := false
	for i := range scripts {
		steps, _ := scripts[i].([]any)
		scripts[i] = slices.DeleteFunc(steps, func(v any) bool {
			m, _ := v.(map[string]any)
			_, ok := m[name]
			found = found || ok
			return ok
		})
	}
	return found
}

// admittedInSecret lets a client in whom a middleware's step keeps out, and does not tell it; answer says what it is told, with the namespace and the data of the step.
func admittedInSecret(step, answer string) func() *peer.Tap {
	return func() *peer.Tap {
		kept := map[place]string{}
		return frames(func(c *Crossing) []peer.Frame {
			auth := map[string]any{}
			if out(message("0"))(c) && decode(c.Packet.Data, &auth) {
				data := stepData(auth, step)
				if dropSteps(auth, step) {
					kept[here(c)] = data
					withData(c, auth)
				}
				return passed(c)
			}
			data, ok := kept[here(c)]
			switch {
			case ok && in(message("0"))(c) && answer != "":
				return []peer.Frame{incoming(c, fmt.Sprintf(answer, peer.Prefix(c.Packet.Namespace), data))}
			case ok && in(message("0"))(c), ok && in(message("2"), containing(`["auth"`))(c):
				return nil
			}
			return passed(c)
		})
	}
}

// stepData returns the value of the first step with that name.
func stepData(auth map[string]any, name string) string {
	scripts, _ := auth["mw"].([]any)
	for _, script := range scripts {
		steps, _ := script.([]any)
		for _, v := range steps {
			if m, _ := v.(map[string]any); m[name] != nil {
				return string(encode(m[name]))
			}
		}
	}
	return ""
}

// logged changes the entries of the log, each as f does with it; nil drops it.
func logged(f func(entry []any) []any) func() *peer.Tap {
	return replies(func(_ operation, value any) any {
		entries, _ := value.([]any)
		changed := []any{}
		for _, v := range entries {
			if e, ok := v.([]any); ok {
				if e = f(e); e != nil {
					changed = append(changed, e)
				}
			}
		}
		return changed
	}, "log")
}

// renamed changes the names of rooms in all operations.
func renamed(f func(string) string) func() *peer.Tap {
	return rework(func(_ *Crossing, op operation) operation {
		changed := op
		for _, member := range []string{"rooms", "to", "in", "except"} {
			if names := op.list(member); names != nil {
				for i := range names {
					names[i] = f(names[i])
				}
				changed = changed.with(member, names)
			}
		}
		if room := op.text("room"); room != "" {
			changed = changed.with("room", f(room))
		}
		return changed
	})
}

// broadcasted matches events that the application was asked to send.
func broadcasted(c *Crossing) bool {
	return in(message("25"), not(containing(`["auth"`)), not(containing(`["message-back"`)))(c)
}
