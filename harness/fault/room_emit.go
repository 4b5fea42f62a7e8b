package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// emitFaults are the faults about whom an event reaches, and in which form and order.
var emitFaults = []Fault{
	{"emit.to-ignored", "sends to the whole namespace instead of to the rooms", emits(func(op operation) operation {
		if op["to"] == nil {
			return nil
		}
		return op.without("to")
	})},
	{"emit.in-ignored", "sends to the whole namespace where in is used", emits(func(op operation) operation {
		if op["in"] == nil {
			return nil
		}
		return op.without("in")
	})},
	{"emit.in-replaces-to", "forgets the rooms of to when in is called", emits(func(op operation) operation {
		if op["in"] == nil || op["to"] == nil {
			return nil
		}
		return op.without("to")
	})},
	{"emit.everywhere", "sends to the rooms of that name in all namespaces", rework(func(c *Crossing, op operation) operation {
		if op.text("do") != "emit" || op.text("via") != "nsp" && op.text("via") != "broadcast" {
			return nil
		}
		ops := []operation{op}
		for _, name := range staticNames {
			if name != namespaceOf(c, op) {
				ops = append(ops, op.with("via", "nsp").with("of", name))
			}
		}
		return several(ops...)
	})},
	{"emit.other-namespace", "puts the name of another namespace on what is sent", inNamespace(func(name string) string {
		return map[string]string{"/orders": "/users", "/users": "/orders"}[name]
	})},
	{"emit.in-main", "sends in the main namespace what is for another", inNamespace(func(string) string { return "/" })},
	{"emit.sender-included", "sends to the sender too what it sends to others", emits(func(op operation) operation {
		if op.text("via") != "broadcast" {
			return nil
		}
		return op.with("via", "nsp")
	})},
	{"emit.sender-excluded", "does not send to the one who asked for it what is for a namespace", emits(func(op operation) operation {
		if op.text("via") != "nsp" || op["of"] != nil {
			return nil
		}
		return op.with("via", "broadcast")
	})},
	{"emit.to-sender-only", "sends back to the socket what is for its namespace", emits(func(op operation) operation {
		return op.without("to", "in", "except", "of", "discard").with("via", "socket")
	})},
	{"emit.socket-is-namespace", "sends to the whole namespace what is for a socket", emits(func(op operation) operation {
		if op.text("via") != "socket" {
			return nil
		}
		return op.with("via", "nsp")
	})},
	{"emit.unknown-to-all", "sends to the whole namespace when there is nobody to send to", knowing(func(r *roster, c *Crossing, op operation) operation {
		reached := r.members(namespaceOf(c, op), op.targets()...)
		if op.text("via") == "broadcast" {
			reached = slices.DeleteFunc(reached, func(p place) bool { return p == here(c) })
		}
		if op.text("do") != "emit" || len(op.targets()) == 0 || len(reached) > 0 && !slices.ContainsFunc(op.targets(), r.unseen(c, op)) {
			return nil
		}
		return op.aimed(nil)
	})},
	{"emit.unknown-stops", "sends to no room behind one that nobody is in", knowing(func(r *roster, c *Crossing, op operation) operation {
		n := slices.IndexFunc(op.targets(), r.unseen(c, op))
		if op.text("do") != "emit" || n < 0 {
			return nil
		}
		return op.aimed(op.targets()[:n+1])
	})},
	{"emit.outsiders-unheard", "sends to a room only what comes from a member", knowing(func(r *roster, c *Crossing, op operation) operation {
		if op.text("do") != "emit" || len(op.targets()) == 0 || slices.Contains(r.members(c.Packet.Namespace, op.targets()...), here(c)) {
			return nil
		}
		return nothing()
	})},
	{"emit.common-members-only", "sends to those who are in all the rooms", knowing(func(r *roster, c *Crossing, op operation) operation {
		if op.text("do") != "emit" || len(op.targets()) < 2 {
			return nil
		}
		common := []string{"nobody"}
		for _, p := range r.members(namespaceOf(c, op), op.targets()...) {
			if !slices.ContainsFunc(op.targets(), func(room string) bool { return !slices.Contains(r.rooms[p], room) }) {
				common = append(common, r.sid[p])
			}
		}
		return op.aimed(common)
	})},
	{"emit.first-room-only", "sends to the first of several rooms", emits(func(op operation) operation {
		if len(op.targets()) < 2 {
			return nil
		}
		return op.aimed(op.targets()[:1])
	})},
	{"emit.last-room-only", "sends to the last of several rooms", emits(func(op operation) operation {
		n := len(op.targets())
		if n < 2 {
			return nil
		}
		return op.aimed(op.targets()[n-1:])
	})},
	{"emit.once-a-room", "sends once for each room, also to the same socket", emits(func(op operation) operation {
		var ops []operation
		for _, room := range op.targets() {
			ops = append(ops, op.aimed([]string{room}))
		}
		if len(ops) < 2 {
			return nil
		}
		return several(ops...)
	})},
	{"emit.except-ignored", "sends to those who are excepted", emits(func(op operation) operation {
		if op["except"] == nil {
			return nil
		}
		return op.without("except")
	})},
	{"emit.except-is-to", "takes except for to", emits(func(op operation) operation {
		if op["except"] == nil {
			return nil
		}
		return op.aimed(append(op.targets(), op.list("except")...)).without("except")
	})},
	{"emit.except-drops-to", "forgets the rooms when except is called", emits(func(op operation) operation {
		if op["except"] == nil {
			return nil
		}
		return op.aimed(nil)
	})},
	{"emit.except-first-only", "excepts the first of several rooms", excepting(func(list []string) []string { return list[:1] })},
	{"emit.except-last-only", "excepts the last of several rooms", excepting(func(list []string) []string { return list[len(list)-1:] })},
	{"emit.except-sets-sender", "excepts the one who asked for it with the room", emits(func(op operation) operation {
		if op["except"] == nil || op.text("via") != "nsp" {
			return nil
		}
		return op.with("via", "broadcast")
	})},
	{"emit.except-unsets-sender", "excepts a room instead of the sender", emits(func(op operation) operation {
		if op["except"] == nil || op.text("via") != "broadcast" {
			return nil
		}
		return op.with("via", "nsp")
	})},
	{"emit.except-ids-ignored", "sends to those whose socket ids are excepted", knowing(func(r *roster, _ *Crossing, op operation) operation {
		if op.text("do") != "emit" || !slices.ContainsFunc(op.list("except"), r.isID) {
			return nil
		}
		return op.with("except", append([]string{"nobody"}, slices.DeleteFunc(op.list("except"), r.isID)...))
	})},
	{"emit.except-unknown-all", "sends to nobody when nobody is in an excepted room", knowing(func(r *roster, c *Crossing, op operation) operation {
		if op.text("do") != "emit" || !slices.ContainsFunc(op.list("except"), r.unseen(c, op)) {
			return nil
		}
		return nothing()
	})},
	{"emit.except-unknown-stops", "excepts no room behind one that nobody is in", knowing(func(r *roster, c *Crossing, op operation) operation {
		n := slices.IndexFunc(op.list("except"), r.unseen(c, op))
		if op.text("do") != "emit" || n < 0 {
			return nil
		}
		return op.with("except", op.list("except")[:n+1])
	})},
	{"emit.server-is-namespace", "sends to the socket's namespace what goes through the server object", emits(func(op operation) operation {
		if op.text("via") != "server" {
			return nil
		}
		return op.with("via", "nsp")
	})},
	{"emit.server-everywhere", "sends to all namespaces what goes through the server object", emits(func(op operation) operation {
		if op.text("via") != "server" {
			return nil
		}
		ops := []operation{op}
		for _, name := range staticNames[1:] {
			ops = append(ops, op.with("via", "nsp").with("of", name))
		}
		return several(ops...)
	})},
	{"emit.server-unheard", "sends nothing that goes through the server object", emits(func(op operation) operation {
		if op.text("via") != "server" {
			return nil
		}
		return nothing()
	})},
	{"emit.of-ignored", "sends to the socket's namespace what is for another", emits(func(op operation) operation {
		if op["of"] == nil {
			return nil
		}
		return op.without("of")
	})},
	{"emit.reserved-sent", "sends events with reserved names", emits(func(op operation) operation {
		args, _ := op["args"].([]any)
		return op.with("args", append([]any{"reserved"}, args[1:]...))
	})},
	{"emit.last-missing", "loses the last of many events", emits(func(op operation) operation {
		n, ok := op["times"].(json.Number)
		if times, err := n.Int64(); ok && err == nil {
			return op.with("times", times-1)
		}
		return nil
	})},
	{"emit.third-lost", "loses every third event", reworking(func() reworker {
		n := 0
		return func(_ *Crossing, op operation) operation {
			if op.text("do") != "emit" {
				return nil
			}
			if n++; n%3 != 0 {
				return nil
			}
			return nothing()
		}
	})},
	{"emit.twice", "sends each event twice", duplicate(always(broadcasted))},
	{"emit.one-recipient", "sends each event to one recipient", drop(always(func(c *Crossing) bool { return broadcasted(c) && c.Session != "main" }))},
	{"emit.fifteen-recipients", "sends each event to no more than fifteen", drop(always(func(c *Crossing) bool {
		return broadcasted(c) && len(c.Session) == 3 && c.Session > "m13"
	}))},
	{"emit.overtaken", "lets an event be overtaken by the next one", swap(func() Match { return nth(1, func(c *Crossing) bool { return broadcasted(c) && c.Session == "main" }) })},
	{"emit.later-arguments-lost", "sends no more than eight arguments", arguments(always(in(message("2"))), func(list []json.RawMessage) []json.RawMessage { return list[:min(len(list), 9)] })},
	{"emit.lost-arguments", "sends no more than one argument", alter(always(broadcasted), func(c *Crossing) []byte {
		var args []json.RawMessage
		if !decode(c.Packet.Data, &args) || len(args) < 3 {
			return c.Data
		}
		return append(slices.Clone(c.Data[:c.Packet.DataOffset]), encode(args[:2])...)
	})},
	{"emit.nulls-lost", "leaves arguments out that are null", replace(always(broadcasted), "null,", "")},
	{"emit.text-damaged", "writes text in another encoding", replace(always(broadcasted), "é", "Ã©")},
	{"emit.long-cut", "cuts long events", alter(always(longerThan(65535)), func(c *Crossing) []byte {
		return bytes.Replace(c.Data, []byte("xxx"), nil, 1)
	})},
	{"emit.long-lost", "loses events of more than 125 bytes", drop(always(longerThan(126)))},
	{"emit.attachments-lost", "sends no attachments", drop(always(in(binary)))},
	{"emit.attachments-for-one", "sends the attachments to one recipient", drop(always(in(binary, not(session("main")))))},
	{"emit.attachments-emptied", "sends empty attachments", alter(always(in(binary)), func(*Crossing) []byte { return nil })},
	{"emit.attachments-late", "sends an attachment behind the next packet", swap(always(in(binary)))},
	{"emit.stalled-by-member", "waits for a member that does not read", drop(func() Match { return nth(20, broadcasted) })},
	{"emit.polling-unheard", "does not send events over long-polling", drop(always(func(c *Crossing) bool { return broadcasted(c) && c.Transport == peer.Polling }))},
	{"emit.websocket-unheard", "does not send events over WebSocket", drop(always(func(c *Crossing) bool { return broadcasted(c) && c.Transport == peer.WebSocket }))},
	{"emit.polling-text-only", "does not send attachments over long-polling", drop(always(in(binary, func(c *Crossing) bool { return c.Transport == peer.Polling })))},
}

// operatorFaults are the faults about operators that keep what they should not, and about the operations on many sockets.
var operatorFaults = []Fault{
	{"operator.mutable-rooms", "changes an operator when another is derived from it with to or in", emits(func(op operation) operation {
		d := operation(discarded(op))
		if len(d.targets()) == 0 {
			return nil
		}
		return op.aimed(append(op.targets(), d.targets()...))
	})},
	{"operator.mutable-except", "changes an operator when another is derived from it with except", emits(func(op operation) operation {
		d := operation(discarded(op))
		if d.list("except") == nil {
			return nil
		}
		return op.with("except", append(op.list("except"), d.list("except")...))
	})},
	{"operator.leaks", "narrows the next event to the rooms of an operator that was not used", kept(func(last, op operation) operation {
		rooms := operation(discarded(last)).targets()
		if len(rooms) == 0 {
			return nil
		}
		return op.aimed(append(op.targets(), rooms...))
	})},
	{"operator.sticky-rooms", "sends to the rooms of the event before as well", kept(func(last, op operation) operation {
		return op.aimed(append(op.targets(), last.targets()...))
	})},
	{"operator.sticky-except", "excepts the rooms of the event before as well", kept(func(last, op operation) operation {
		if last["except"] == nil {
			return nil
		}
		return op.with("except", append(op.list("except"), last.list("except")...))
	})},
	{"operator.sticky-sender", "does not send to the sender behind a broadcast", kept(func(last, op operation) operation {
		if last.text("via") != "broadcast" || op.text("via") != "nsp" {
			return nil
		}
		return op.with("via", "broadcast")
	})},
	{"operator.volatile-sticky", "takes events behind a volatile one for volatile", kept(func(last, op operation) operation {
		if !slices.Contains(last.list("flags"), "volatile") {
			return nil
		}
		return op.with("flags", []string{"volatile"})
	})},
	{"operator.last-room-of-anyone", "keeps the rooms in one place for all senders", reworking(func() reworker {
		var last []string
		return func(_ *Crossing, op operation) operation {
			if op["times"] == nil {
				return nil
			}
			rooms := last
			last = op.targets()
			if rooms == nil {
				return nil
			}
			return op.aimed(rooms)
		}
	})},
	{"operator.flag-drops-rooms", "forgets the rooms when a flag is set", emits(func(op operation) operation {
		if op["flags"] == nil {
			return nil
		}
		return op.aimed(nil)
	})},
	{"operator.flag-drops-except", "forgets the exceptions when a flag is set", emits(func(op operation) operation {
		if op["flags"] == nil {
			return nil
		}
		return op.without("except")
	})},
	{"operator.flag-drops-sender", "sends to the sender too when a flag is set", emits(func(op operation) operation {
		if op["flags"] == nil || op.text("via") != "broadcast" {
			return nil
		}
		return op.with("via", "nsp")
	})},

	{"fetch.except-ignored", "finds sockets that are excepted", doing(func(op operation) operation { return op.without("except") }, "fetch")},
	{"fetch.first-room-only", "finds the sockets of the first of several rooms", doing(func(op operation) operation {
		if len(op.targets()) < 2 {
			return nil
		}
		return op.aimed(op.targets()[:1])
	}, "fetch")},
	{"fetch.once-a-room", "finds sockets once for each of their rooms", replies(func(op operation, value any) any {
		list, _ := value.([]any)
		if len(op.targets()) > 1 {
			list = append(list, list...)
		}
		return list
	}, "fetch")},
	{"fetch.data-lost", "finds sockets without their data", described("data", map[string]any{})},
	{"fetch.rooms-lost", "finds sockets without their rooms", described("rooms", []any{})},
	{"fetch.first-only", "finds the first socket", replies(func(_ operation, value any) any {
		list, _ := value.([]any)
		return list[:min(1, len(list))]
	}, "fetch", "members")},
	{"sockets.join-ignored", "does not make the matching sockets join", doing(func(operation) operation { return nothing() }, "sockets-join")},
	{"sockets.join-first-room-only", "makes the matching sockets join the first of several rooms", doing(func(op operation) operation {
		return op.with("rooms", op.list("rooms")[:1])
	}, "sockets-join")},
	{"sockets.leave-ignored", "does not make the matching sockets leave", doing(func(operation) operation { return nothing() }, "sockets-leave")},
	{"sockets.leave-first-room-only", "makes the matching sockets leave the first of several rooms", doing(func(op operation) operation {
		return op.with("rooms", op.list("rooms")[:1])
	}, "sockets-leave")},
	{"sockets.leave-for-all", "makes all sockets leave", doing(func(op operation) operation { return op.aimed(nil) }, "sockets-leave")},
	{"sockets.leave-elsewhere-too", "makes the clients of the matching sockets leave their rooms in other namespaces", watching(func(r *roster) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			list := []peer.Frame{c.Frame}
			if !out(message("2"))(c) || opName(c) != "sockets-leave" {
				return list
			}
			for _, p := range r.present {
				for _, room := range r.rooms[p] {
					if p.session == c.Session && p.namespace != c.Packet.Namespace {
						list = append(list, r.ask(c, p, operation{"do": "leave", "room": room}))
					}
				}
			}
			return list
		}
	})},
	{"sockets.except-ignored", "moves sockets that are excepted", doing(func(op operation) operation {
		return op.without("except")
	}, "sockets-join", "sockets-leave", "sockets-disconnect")},
	{"sockets.disconnect-ignored", "does not disconnect the matching sockets", doing(func(operation) operation { return nothing() }, "sockets-disconnect")},
	{"sockets.disconnect-closes", "closes the connections of sockets that it should disconnect", doing(func(op operation) operation {
		return op.with("close", true)
	}, "sockets-disconnect")},
	{"sockets.close-ignored", "disconnects sockets whose connections it should close", doing(func(op operation) operation {
		return op.with("close", false)
	}, "sockets-disconnect")},
	{"sockets.first-only", "moves one of the matching sockets", knowing(func(r *roster, c *Crossing, op operation) operation {
		if !strings.HasPrefix(op.text("do"), "sockets-") {
			return nil
		}
		first := slices.IndexFunc(r.present, func(p place) bool {
			return p.namespace == c.Packet.Namespace && (len(op.targets()) == 0 || slices.Contains(r.members(p.namespace, op.targets()...), p))
		})
		return op.aimed([]string{r.sid[r.present[first]]})
	})},
	{"sockets.disconnect-unsaid", "does not tell clients that they are disconnected", drop(always(in(message("1"))))},
}

// staticNames are the namespaces of the conformance app that are always there, the main one first.
var staticNames = []string{"/", "/orders", "/users", "/custom"}

// inNamespace sends events in another namespace where f names one.
func inNamespace(f func(name string) string) func() *peer.Tap {
	return alter(always(broadcasted), func(c *Crossing) []byte {
		name := f(c.Packet.Namespace)
		if name == "" {
			return c.Data
		}
		head := string(c.Data[:2])
		if c.Packet.Attachments != "" {
			head += c.Packet.Attachments + "-"
		}
		return fmt.Appendf(nil, "%s%s%s", head, peer.Prefix(name), c.Packet.Data)
	})
}

// excepting changes the excepted rooms where there are several.
func excepting(f func(list []string) []string) func() *peer.Tap {
	return emits(func(op operation) operation {
		list := op.list("except")
		if len(list) < 2 {
			return nil
		}
		return op.with("except", f(list))
	})
}

// discarded returns the rooms of the operator that was derived from the one of op and not used.
func discarded(op operation) map[string]any {
	d, _ := op["discard"].(map[string]any)
	return d
}

// kept changes events by the one before them; those for the socket itself have no rooms.
func kept(f func(last, op operation) operation) func() *peer.Tap {
	return reworking(func() reworker {
		var last operation
		return func(_ *Crossing, op operation) operation {
			if op.text("do") != "emit" {
				return nil
			}
			before := last
			last = op
			if before == nil || op.text("via") == "socket" && op["flags"] == nil && !slices.Contains(before.list("flags"), "volatile") {
				return nil
			}
			return f(before, op)
		}
	})
}

// described changes a member of the sockets that fetch finds.
func described(member string, to any) func() *peer.Tap {
	return replies(func(_ operation, value any) any {
		list, _ := value.([]any)
		for _, v := range list {
			if m, ok := v.(map[string]any); ok {
				m[member] = to
			}
		}
		return value
	}, "fetch")
}

func longerThan(n int) Match {
	return func(c *Crossing) bool {
		return broadcasted(c) && len(c.Data) > n && strings.Contains(string(c.Data), "xxx")
	}
}
