package clientfault

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// eventFaults are about events and attachments.
var eventFaults = []Fault{
	{"client.event.unsent", "sends no events", drop(sent("25"))},
	{"client.event.sent-twice", "sends each event twice", twice(sent("2"))},
	{"client.event.sent-in-main", "sends all events in the main namespace", alter(all(sent("25"), custom), inMain)},
	{"client.event.reordered", "sends events in another order", swap(sent("2"))},
	{"client.event.renamed", "sends events under another name", alter(sent("25"), func(c *crossing) string { return strings.Replace(string(c.Data), `["`, `["x`, 1) })},
	{"client.event.main-named", "names the main namespace in events", alter(all(sent("2"), main), func(c *crossing) string { return "42/," + string(c.Data[2:]) })},
	{"client.event.plain-name-unsent", "takes names that every object knows for reserved ones", drop(all(sent("2"), containing("toString")))},
	{"client.event.name-as-text", "sends a name that is a number as text", replace(sent("2"), `[7,`, `["7",`)},
	{"client.event.null-dropped", "leaves out arguments that are null", replace(sent("2"), ",null", "")},
	{"client.event.cut", "cuts large events", alter(all(sent("2"), func(c *crossing) bool { return len(c.Data) > 100_000 }), func(c *crossing) string {
		return string(c.Data[:50_000]) + `"]`
	})},
	{"client.event.name-lost", "delivers events under another name", says(reported("event"), "name", "message")},
	{"client.event.arguments-reversed", "delivers the arguments of an event in another order", changesArgs(reported("event"), func(args []json.RawMessage) []json.RawMessage {
		slices.Reverse(args)
		return args
	})},
	{"client.event.undelivered", "does not deliver events", silent(reported("event"))},
	{"client.event.delivered-twice", "delivers each event twice", reportedTwice(reported("event"))},
	{"client.event.delivered-reordered", "delivers events in another order", swap(received("2"))},
	{"client.event.deaf-behind-exception", "is deaf behind an exception of a listener", deafBehind(always(all(received("2"), containing("boom"))))},
	{"client.event.arguments-lost", "delivers events without their arguments", says(reported("event"), "args", []any{})},
	{"client.event.misrouted", "delivers events of every namespace to its first socket", lines(reported("event"), func(l driver.Line) []driver.Line {
		l["sock"] = json.RawMessage(`"a"`)
		return []driver.Line{l}
	})},
	{"client.event.of-main-everywhere", "delivers what was sent in the main namespace in every namespace", alter(all(received("2"), func(c *crossing) bool { return c.packet.Namespace == "/" }), func(c *crossing) string {
		return "42/a," + string(c.Data[2:])
	})},
	{"client.event.of-others", "delivers what was sent in a namespace that it has not joined", alter(all(received("2"), func(c *crossing) bool { return c.packet.Namespace == "/zzz" || c.packet.Namespace == "/left" }), func(c *crossing) string {
		return strings.Replace(strings.Replace(string(c.Data), "/zzz", "/a", 1), "/left", "/a", 1)
	})},
	{"client.event.early", "sends events before the namespace is connected", earlyEvents},
	{"client.event.repeated-after-loss", "sends again what it had sent before the connection was lost", repeatedAfterLoss},
	{"client.event.latin1", "sends text outside ASCII as question marks", alter(sent("2"), func(c *crossing) string {
		return strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, string(c.Data))
	})},
	{"client.event.catch-all-unreported", "does not call the catch-all listener", silent(func(l driver.Line) bool {
		return strings.HasPrefix(l.Text("ev"), "any") && l.Text("name") != "sio-conform-fence"
	})},
	{"client.event.catch-all-twice", "calls the catch-all listener twice", reportedTwice(func(l driver.Line) bool {
		return strings.HasPrefix(l.Text("ev"), "any") && l.Text("name") != "sio-conform-fence"
	})},
	{"client.event.volatile-kept", "keeps volatile events", ops("emit", func(op driver.Op) driver.Op { delete(op, "volatile"); return op })},
	{"client.event.volatile-dropped", "drops volatile events always", ops("emit", func(op driver.Op) driver.Op {
		if op["volatile"] != nil {
			return nil
		}
		return op
	})},
	{"client.event.volatile-sticks", "treats the events behind a volatile one as volatile", ops("emit", func(op driver.Op) driver.Op { op["volatile"] = true; return op })},
	{"client.event.reserved-sent", "sends events under reserved names", adds(all(sent("2"), containing(`"marker"`)), func(*crossing) string { return `42["disconnect"]` })},
	{"client.event.buffer-lost", "loses what is sent before the namespace is connected", dropFirst(sent("25"), 1)},
	{"client.binary.attachment-lost", "loses attachments", drop(all(direction(wire.In), attachment))},
	{"client.binary.attachment-altered", "alters attachments", frames(always(all(direction(wire.In), attachment)), func(c *crossing) []peer.Frame {
		c.Data = append([]byte{255}, c.Data...)
		return []peer.Frame{c.Frame}
	})},
	{"client.binary.reordered", "sends attachments in another order", swap(all(direction(wire.In), attachment))},
	{"client.binary.header-behind", "sends a binary event behind its attachment", swap(sent("56"))},
	{"client.binary.as-text", "sends binary events as plain ones", alter(sent("56"), func(c *crossing) string {
		return strings.Replace(string(c.Data), fmt.Sprintf("4%c%s-", c.packet.Type, c.packet.Attachments), fmt.Sprintf("4%c", c.packet.Type-3), 1)
	})},
	{"client.binary.nested-as-text", "does not see binary data inside of other values", alter(all(sent("5"), containing(`["b",{`)), func(c *crossing) string {
		return strings.Replace(string(c.Data), "451-", "42", 1)
	})},
	{"client.binary.falsy-lost", "sends nothing and false beside binary data as null", replace(sent("5"), ",false,", ",null,")},
	{"client.binary.wrong-count", "announces another number of attachments", alter(sent("56"), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.Attachments+"-", "9-", 1)
	})},
	{"client.binary.delivered-empty", "delivers binary data without its content", lines(func(l driver.Line) bool { return strings.Contains(l.JSON("args"), "$bin") }, func(l driver.Line) []driver.Line {
		l["args"] = json.RawMessage(`[{"$bin":""}]`)
		return []driver.Line{l}
	})},
	{"client.binary.text-behind-lost", "takes the first event behind a binary one for a part of it", textBehindLost},
	{"client.binary.plain-as-binary", "takes what looks like a placeholder for one", alter(all(sent("2"), containing("_placeholder")), func(c *crossing) string {
		return "451-" + string(c.Data[2:])
	})},
}

// textBehindLost drops the first plain event behind the header of a binary one, in whatever session it comes.
func textBehindLost() *driver.Tap {
	armed := false
	return frames(always(received("25")), func(c *crossing) []peer.Frame {
		lost := armed && c.packet.Type == '2'
		armed = c.packet.Type == '5'
		if lost {
			return nil
		}
		return []peer.Frame{c.Frame}
	})()
}

// changesArgs makes a fault that changes the arguments of the events that match.
func changesArgs(m lineMatch, f func(args []json.RawMessage) []json.RawMessage) func() *driver.Tap {
	return lines(m, func(l driver.Line) []driver.Line {
		var args []json.RawMessage
		if json.Unmarshal(l["args"], &args) == nil {
			l = maps.Clone(l)
			l["args"] = json.RawMessage(driver.JSON(f(args)))
		}
		return []driver.Line{l}
	})
}

func containing(text string) match {
	return func(c *crossing) bool { return strings.Contains(string(c.Data), text) }
}

// dropFirst drops the first n packets that match.
func dropFirst(m match, n int) func() *driver.Tap {
	return func() *driver.Tap {
		left := n
		return frames(always(m), func(c *crossing) []peer.Frame {
			if left--; left >= 0 {
				return nil
			}
			return []peer.Frame{c.Frame}
		})()
	}
}

// earlyEvents invents an event behind each CONNECT of the client.
func earlyEvents() *driver.Tap {
	return adds(sent("0"), func(c *crossing) string { return "42" + peer.Prefix(c.packet.Namespace) + `["x",1]` })()
}

// repeatedAfterLoss sends the events of the first session again in the second.
func repeatedAfterLoss() *driver.Tap {
	var before []peer.Frame
	last := ""
	return frames(always(direction(wire.In)), func(c *crossing) []peer.Frame {
		out := []peer.Frame{c.Frame}
		if sent("2")(c) && last == "" {
			before = append(before, c.Frame)
		}
		if sent("0")(c) && len(before) > 0 && c.Session != before[0].Session {
			last = c.Session
			for _, f := range before {
				f.Session = c.Session
				out = append(out, f)
			}
			before = nil
		}
		return out
	})()
}
