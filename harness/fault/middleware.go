package fault

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// middlewareFaults are the faults about middlewares.
var middlewareFaults = slices.Concat(chainFaults, effectFaults, refuseFaults, pendingFaults)

// chainFaults are about which middlewares run, and when.
var chainFaults = []Fault{
	{"middleware.trace-reversed", "runs the middlewares in the reverse order", member("info", "data", traced(func(trace []any) []any {
		trace = slices.Clone(trace)
		slices.Reverse(trace)
		return trace
	}))},
	{"middleware.trace-short", "does not run the last middleware", member("info", "data", traced(func(trace []any) []any { return trace[:max(0, len(trace)-1)] }))},
	{"middleware.trace-doubled", "runs each middleware twice", member("info", "data", traced(func(trace []any) []any { return slices.Concat(trace, trace) }))},
	{"middleware.log-reversed", "runs the middlewares from the last to the first", logEntries(func(e entry) []entry {
		index, _ := e[2].(float64)
		return entryWith(2, 2-index)(e)
	}, "middleware")},
	{"middleware.last-unrun", "leaves the last middleware out", logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			if e.is("middleware") && e[2] == 2.0 {
				return nil
			}
			return []entry{e}
		}
	})},
	{"middleware.run-twice", "runs each middleware two times", logEntries(entryTwice, "middleware")},
	{"middleware.main-unrun", "does not run the middlewares of the main namespace", logEntries(entryOmitted, "middleware", "/")},
	{"middleware.main-for-all", "runs the middlewares of the main namespace for those that join another", logEntries(entryBehind(entry{"middleware", "/", 0}), "middleware", "/orders", 0.0)},
	{"middleware.of-others", "runs the middlewares of all namespaces for those that join one", logEntries(entryBehind(entry{"middleware", "/users", 0}), "middleware", "/orders", 0.0)},
	{"middleware.once-a-connection", "runs middlewares for the first namespace of a connection only", logEntries(entryOmitted, "middleware", "/users")},
	{"middleware.first-time-only", "runs the middlewares only the first time that a client joins", logRewritten(func() func(e entry) []entry {
		seen := map[string]bool{}
		return func(e entry) []entry {
			if e.is("middleware") {
				key := string(encode(e))
				if seen[key] {
					return nil
				}
				seen[key] = true
			}
			return []entry{e}
		}
	})},
	{"middleware.connection-first", "runs the connection handler before the middlewares", logRewritten(func() func(e entry) []entry {
		return func(e entry) []entry {
			switch {
			case e.is("middleware") && e[2] == 0.0:
				return []entry{{"connection", e[1]}, e}
			case e.is("connection"):
				return nil
			}
			return []entry{e}
		}
	})},
	{"middleware.goes-on", "runs the middlewares behind one that does not pass the client on", logEntries(entryBehind(entry{"middleware", "/orders", 2}), "middleware", "/orders", 1.0)},
	{"middleware.goes-on-behind-guard", "runs the middlewares behind a guard that refuses", logEntries(entryBehind(entry{"middleware", "/guarded", 0}), "connection", "/")},
	{"middleware.refused-connects", "runs the connection handler for a client that was refused", logEntries(entryBehind(entry{"connection", "/orders"}), "middleware", "/orders", 0.0)},
	{"middleware.refused-disconnects", "tells the application that a client has left who was refused", logEntries(entryBehind(entry{"disconnect", "/orders", "transport close"}), "disconnect", "/")},
	{"middleware.gone-connects", "runs the connection handler for a client that is gone", logRewritten(func() func(e entry) []entry {
		var pending any
		return func(e entry) []entry {
			switch {
			case e.is("middleware") && strings.HasPrefix(e[1].(string), "/dynamic-"):
				pending = e[1]
			case e.is("disconnect", "/custom"):
				return []entry{e, {"connection", pending}}
			}
			return []entry{e}
		}
	})},
	{"middleware.not-waited-for", "lets clients in before a middleware has passed them on", change(always(out(message("0"), containing(`"wait"`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, string(connectAnswer(c.Packet.Namespace, "made-up"))), c.Frame}
	})},
}

// traced returns a replyChange that changes the list of middlewares that have run, in a socket's data.
func traced(f func(trace []any) []any) func() replyChange {
	return plainly(func(_ *Crossing, value any) any {
		if data, ok := value.(map[string]any); ok {
			trace, _ := data["trace"].([]any)
			data["trace"] = f(trace)
		}
		return value
	})
}

// effectFaults are about what middlewares do to a socket.
var effectFaults = []Fault{
	{"middleware.state-lost", "loses what middlewares have stored with a socket", member("info", "data", plainly(func(_ *Crossing, value any) any {
		data, _ := value.(map[string]any)
		return map[string]any{"trace": data["trace"]}
	}))},
	{"middleware.room-lost", "has a socket leave the rooms that middlewares have joined", repliesTo("rooms", plainly(func(_ *Crossing, value any) any {
		rooms, _ := value.([]any)
		return slices.DeleteFunc(rooms, func(room any) bool {
			name, _ := room.(string)
			return strings.HasPrefix(name, "~")
		})
	}))},
	{"middleware.room-empty", "sends nothing to a room that was joined in a middleware", drop(always(in(appEvent, session("main"))))},
	{"middleware.emit-twice", "sends the events of middlewares twice", duplicate(always(in(appEvent, containing(`["early",`))))},
	{"middleware.disconnect-unanswered", "does not answer the CONNECT of a client whom a middleware disconnects", drop(always(out(message("0"), containing(`"disconnect"`))))},
	{"middleware.disconnect-and-admit", "tells a client whom a middleware disconnects so, and lets it in", change(always(out(message("0"), containing(`"disconnect"`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "41"+peer.Prefix(c.Packet.Namespace)), c.Frame}
	})},
	{"middleware.disconnect-deafens", "takes no notice of a connection whose client a middleware has disconnected", deafen(always(out(message("0"), containing(`"disconnect"`))))},
}

// refuseFaults are about middlewares that refuse.
var refuseFaults = []Fault{
	{"middleware.bypassed", "takes no notice of what middlewares pass on", scripts(func([]any) []any { return nil })},
	{"middleware.last-unheard", "takes no notice of what the last middleware passes on", scripts(func(list []any) []any { return list[:min(2, len(list))] })},
	{"middleware.first-unheard", "takes no notice of what the first middleware passes on", scripts(func(list []any) []any {
		list = slices.Clone(list)
		list[0] = []any{}
		return list
	})},
	{"middleware.late-refusal-unheard", "takes no notice of what a middleware passes on later", scripts(func(list []any) []any {
		return slices.DeleteFunc(list, func(script any) bool { return bytes.Contains(encode(script), []byte(`"wait"`)) })
	})},
	{"middleware.message-generic", "refuses with a message of its own", refusals(func(r map[string]any) { r["message"] = "Internal server error" })},
	{"middleware.message-mangled", "writes the message as something else than UTF-8", replace(always(in(message("4"))), "é", "Ã©")},
	{"middleware.message-empty-admitted", "lets in who is refused with an empty message", alter(always(in(message("4"), containing(`"message":""`))), func(c *Crossing) []byte {
		return connectAnswer(c.Packet.Namespace, "made-up")
	})},
	{"middleware.data-lost", "refuses without the data", refusals(func(r map[string]any) { delete(r, "data") })},
	{"middleware.data-falsy-lost", "refuses without the data where they are empty, zero or false", refusals(func(r map[string]any) {
		if v := r["data"]; v == nil || v == "" || v == 0.0 || v == false {
			delete(r, "data")
		}
	})},
	{"middleware.data-as-text", "refuses with the data as a text", refusals(func(r map[string]any) { r["data"] = string(encode(r["data"])) })},
	{"middleware.data-added", "refuses with null where there are no data", refusals(func(r map[string]any) {
		if _, ok := r["data"]; !ok {
			r["data"] = nil
		}
	})},
	{"middleware.data-instead", "refuses with the data in place of the object, as protocol revision 4 has it", alter(always(in(message("4"))), func(c *Crossing) []byte {
		var r map[string]any
		if json.Unmarshal(c.Packet.Data, &r) != nil || r["data"] == nil {
			return c.Data
		}
		return append([]byte("44"+peer.Prefix(c.Packet.Namespace)), encode(r["data"])...)
	})},
	{"middleware.main-refuses-all", "refuses a client everywhere that was refused in the main namespace", refusedSince(func(refused, c *Crossing) bool {
		return refused.Packet.Namespace == "/" && refused.Session == c.Session
	})},
	{"middleware.refuses-others", "refuses all clients when it has refused one", refusedSince(func(refused, c *Crossing) bool { return refused.Packet.Namespace == c.Packet.Namespace })},
	{"middleware.refusal-to-all", "tells all clients that it has refused one", toAll(in(message("4")))},
	{"middleware.refusals-swapped", "refuses clients with each other's messages", alter(always(in(message("4"))), func(c *Crossing) []byte {
		return []byte(strings.NewReplacer("the first", "the third", "the third", "the first").Replace(string(c.Data)))
	})},
	{"middleware.token-folded", "takes no notice of the case of credentials", alter(always(out(message("0"))), func(c *Crossing) []byte {
		return append([]byte("40"+peer.Prefix(c.Packet.Namespace)), bytes.ToLower(c.Packet.Data)...)
	})},
	{"middleware.guard-without-credentials", "lets those pass a guard who show no credentials at all", alter(always(out(exactly("40/guarded,"))), func(*Crossing) []byte {
		return []byte(`40/guarded,{"token":"secret"}`)
	})},
}

// scripts makes a fault that changes what the middlewares are asked to do.
func scripts(f func(list []any) []any) func() *peer.Tap {
	return alter(always(out(message("0"), containing(`"mw"`))), func(c *Crossing) []byte {
		var credentials map[string]any
		if json.Unmarshal(c.Packet.Data, &credentials) != nil {
			return c.Data
		}
		list, _ := credentials["mw"].([]any)
		credentials["mw"] = append([]any{}, f(list)...)
		return append([]byte("40"+peer.Prefix(c.Packet.Namespace)), encode(credentials)...)
	})
}

// refusals makes a fault that changes what refused clients are told.
func refusals(f func(r map[string]any)) func() *peer.Tap {
	return alter(always(in(message("4"))), func(c *Crossing) []byte {
		var r map[string]any
		if json.Unmarshal(c.Packet.Data, &r) != nil {
			return c.Data
		}
		f(r)
		return append([]byte("44"+peer.Prefix(c.Packet.Namespace)), encode(r)...)
	})
}

// refusedSince makes a fault that refuses whomever concerns relates to an earlier refusal.
func refusedSince(concerns func(refused, c *Crossing) bool) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		var refused *Crossing
		return func(c *Crossing) []peer.Frame {
			switch {
			case in(message("4"))(c) && refused == nil:
				kept := *c
				refused = &kept
			case in(message("0"))(c) && refused != nil && concerns(refused, c):
				c.Data = []byte("44" + peer.Prefix(c.Packet.Namespace) + string(refused.Packet.Data))
			}
			return passed(c)
		}
	})
}

// pendingFaults are about clients whose middlewares have not answered yet.
var pendingFaults = []Fault{
	{"middleware.blocks-connection", "answers nothing on a connection for which a middleware takes its time", blocksConnection},
	{"middleware.never-deafens", "takes no notice of a connection for which a middleware has not answered", deafen(always(out(neverAnswered)))},
	{"middleware.never-admits", "lets in whom a middleware has not passed on", change(always(out(neverAnswered)), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, string(connectAnswer(c.Packet.Namespace, "made-up")))}
	})},
	{"middleware.never-refuses", "refuses whom a middleware has not passed on", change(always(out(neverAnswered)), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, "44"+peer.Prefix(c.Packet.Namespace)+`{"message":"timeout"}`)}
	})},
	{"middleware.never-blocks-namespace", "lets nobody into a namespace while a middleware keeps one client waiting", neverBlocksNamespace},
}

// neverAnswered matches CONNECTs whose middlewares do not answer.
func neverAnswered(c *Crossing) bool { return message("0")(c) && containing(`"never"`)(c) }

// blocksConnection holds back what comes from the target until the CONNECT is answered that a middleware keeps waiting.
func blocksConnection() *peer.Tap {
	waiting, held := map[string]string{}, map[string][]peer.Frame{}
	return frames(func(c *Crossing) []peer.Frame {
		name := waiting[c.Session]
		switch {
		case out(message("0"), containing(`"wait"`))(c):
			waiting[c.Session] = c.Packet.Namespace
		case c.Direction == wire.In && name != "" && in(message("0"), namespace(name))(c):
			delete(waiting, c.Session)
			list := append(passed(c), held[c.Session]...)
			delete(held, c.Session)
			return list
		case c.Direction == wire.In && name != "" && c.Packet.Engine == '4':
			held[c.Session] = append(held[c.Session], c.Frame)
			return nil
		}
		return passed(c)
	})
}

// neverBlocksNamespace answers no CONNECT of other sessions for a namespace in which a middleware does not answer.
func neverBlocksNamespace() *peer.Tap {
	blocked := map[string]string{} // the session by namespace
	return frames(func(c *Crossing) []peer.Frame {
		name := c.Packet.Namespace
		if out(neverAnswered)(c) {
			blocked[name] = c.Session
		}
		if by, ok := blocked[name]; ok && by != c.Session && in(message("0"))(c) {
			return nil
		}
		return passed(c)
	})
}
