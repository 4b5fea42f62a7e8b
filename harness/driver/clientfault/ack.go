package clientfault

import (
	"encoding/json"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
)

// ackFaults are about acknowledgements.
var ackFaults = []Fault{
	{"client.ack.unsent", "does not acknowledge", drop(sent("36"))},
	{"client.ack.sent-twice", "acknowledges twice", twice(sent("3"))},
	{"client.ack.sent-in-main", "acknowledges in the main namespace", alter(all(sent("36"), custom), inMain)},
	{"client.ack.other-id", "acknowledges another id", alter(sent("3"), func(c *crossing) string { return strings.Replace(string(c.Data), c.packet.AckID+"[", "9[", 1) })},
	{"client.ack.rounded-id", "keeps no more than 32 bits of an id", alter(all(sent("3"), func(c *crossing) bool { return len(c.packet.AckID) > 9 }), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.AckID, "0", 1)
	})},
	{"client.ack.no-array", "acknowledges without arguments by sending no array", replace(sent("3"), "[]", "")},
	{"client.ack.unasked", "acknowledges what nobody has asked for", adds(received("2"), func(c *crossing) string { return "43" + peer.Prefix(c.packet.Namespace) + "0[]" })},
	{"client.ack.no-id", "asks for acknowledgements without an id", alter(sent("25"), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.AckID+"[", "[", 1)
	})},
	{"client.ack.same-id", "asks for all acknowledgements with the same id", alter(sent("2"), func(c *crossing) string {
		if c.packet.AckID == "" {
			return string(c.Data)
		}
		return strings.Replace(string(c.Data), c.packet.AckID+"[", "0[", 1)
	})},
	{"client.ack.undelivered", "does not hand over acknowledgements", silent(reported("ack"))},
	{"client.ack.delivered-twice", "hands over each acknowledgement twice", reportedTwice(reported("ack"))},
	{"client.ack.arguments-lost", "hands over acknowledgements without arguments", says(reported("ack"), "args", []any{})},
	{"client.ack.first-argument-only", "hands over the first argument of an acknowledgement only", changesArgs(reported("ack"), func(args []json.RawMessage) []json.RawMessage {
		return args[:min(1, len(args))]
	})},
	{"client.ack.late-too", "hands over an acknowledgement that has failed before", invents(both(reported("ack"), func(l driver.Line) bool { return l.JSON("err") != "null" }), "ack",
		map[string]any{"label": "k", "err": nil, "args": []any{"late"}})},
	{"client.ack.stale", "hands over an acknowledgement of the next session for an event of the session before", staleAck},
	{"client.ack.wish-lost", "does not say that an event is to be acknowledged", says(reported("event"), "ack", false)},
	{"client.ack.arguments-invented", "hands over acknowledgements with an argument that was not sent", says(reported("ack"), "args", []any{"invented"})},
	{"client.ack.by-id-only", "does not look at the namespace of an acknowledgement", alter(all(received("3"), func(c *crossing) bool { return c.packet.Namespace == "/b" }), func(c *crossing) string {
		return strings.Replace(string(c.Data), "/b,", "/a,", 1)
	})},
	{"client.ack.any-id", "takes any acknowledgement for the one that it waits for", alter(all(received("3"), func(c *crossing) bool { return c.packet.AckID == "99" }), func(c *crossing) string {
		return strings.Replace(string(c.Data), "99[", "0[", 1)
	})},
	{"client.ack.error-lost", "does not say that an acknowledgement did not come", says(reported("ack"), "err", nil)},
	{"client.ack.error-invented", "says of every acknowledgement that it did not come", says(reported("ack"), "err", "invented")},
	{"client.ack.timeout-ignored", "waits for acknowledgements without end", ops("emit", func(op driver.Op) driver.Op { delete(op, "timeout"); return op })},
	{"client.ack.timeout-longer", "waits for acknowledgements twice as long as it was told", ops("emit", func(op driver.Op) driver.Op {
		if ms, ok := op["timeout"].(int); ok {
			op["timeout"] = 2 * ms
		}
		return op
	})},
	{"client.ack.timeout-sticks", "treats the events behind one with a time-out as if they had it", ops("emit", func(op driver.Op) driver.Op {
		if op["ack"] != nil && op["timeout"] == nil {
			op["timeout"] = 150
		}
		return op
	})},
	{"client.retry.never", "does not send again what was not acknowledged", dropLaterCopies(1)},
	{"client.retry.once", "sends again only once what was not acknowledged", dropLaterCopies(2)},
	{"client.retry.volatile-too", "sends volatile events one by one, too", ops("emit", func(op driver.Op) driver.Op { delete(op, "volatile"); return op })},
}

// staleAck reports an acknowledgement behind the second connect.
func staleAck() *driver.Tap {
	connects := 0
	return &driver.Tap{Lines: func(l driver.Line) []driver.Line {
		if l.Text("ev") == "connect" {
			connects++
		}
		if l.Text("ev") != "connect" || connects != 2 {
			return []driver.Line{l}
		}
		return invents(reported("connect"), "ack", map[string]any{"label": "k", "err": nil, "args": []any{"stale"}})().Lines(l)
	}}
}

// dropLaterCopies drops events with the same data as earlier ones, but the first n.
func dropLaterCopies(n int) func() *driver.Tap {
	return func() *driver.Tap {
		seen := map[string]int{}
		return frames(always(sent("2")), func(c *crossing) []peer.Frame {
			if seen[string(c.packet.Data)]++; seen[string(c.packet.Data)] > n {
				return nil
			}
			return []peer.Frame{c.Frame}
		})()
	}
}
