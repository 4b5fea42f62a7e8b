package fault

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// ackFaults are the faults about acknowledgements in both directions.
var ackFaults = slices.Concat(ackEventFaults, askFaults, gatherFaults)

// ackEventFaults are the faults about the acknowledgements that the application gives.
var ackEventFaults = []Fault{
	{"ack.dropped", "does not send acknowledgements", drop(acks())},
	{"ack.twice", "sends acknowledgements twice", duplicate(acks(message("3")))},
	{"ack.without-id", "sends acknowledgements without an id", parts(acks(), func(p *wire.Packet) { p.AckID = "" })},
	{"ack.id-cut", "loses the last digit of an id", parts(acks(), func(p *wire.Packet) { p.AckID = p.AckID[:max(1, len(p.AckID)-1)] })},
	{"ack.args-lost", "sends acknowledgements without their arguments", parts(acks(message("3")), func(p *wire.Packet) { p.Data = []byte("[]") })},
	{"ack.args-wrapped", "sends the arguments of an acknowledgement as one array", parts(acks(message("3")), func(p *wire.Packet) {
		p.Data = slices.Concat([]byte("["), p.Data, []byte("]"))
	})},
	{"ack.as-event", "sends acknowledgements as events", parts(acks(message("3")), func(p *wire.Packet) { p.Type = '2' })},
	{"ack.empty-without-data", "sends nothing for no arguments", parts(acks(emptyArray), func(p *wire.Packet) { p.Data = nil })},
	{"ack.empty-null", "sends null for no arguments", parts(acks(emptyArray), func(p *wire.Packet) { p.Data = []byte("[null]") })},
	{"ack.empty-dropped", "does not send an acknowledgement without arguments", drop(acks(emptyArray))},
	{"ack.falsy-lost", "drops arguments of an acknowledgement that are false, zero or empty", arguments(acks(), func(list []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(list, func(v json.RawMessage) bool { return slices.Contains([]string{"false", "0", `""`}, string(v)) })
	})},
	{"ack.first-arg-only", "sends the first argument of an acknowledgement only", arguments(acks(), firstOnly)},
	{"ack.namespace-lost", "acknowledges the events of a custom namespace in the main one", parts(acks(), func(p *wire.Packet) { p.Namespace = "/" })},
	{"ack.custom-unanswered", "does not acknowledge the events of custom namespaces", drop(acks(not(namespace("/"))))},
	{"ack.first-namespace", "keeps one list of ids for all namespaces of a connection", stateful(func() func(c *Crossing) []peer.Frame {
		first := map[string]string{}
		return func(c *Crossing) []peer.Frame {
			switch {
			case out(message("2"), not(id("")))(c):
				if _, seen := first[c.Packet.AckID]; !seen {
					first[c.Packet.AckID] = c.Packet.Namespace
				}
			case in(message("3"))(c):
				if name, seen := first[c.Packet.AckID]; seen && name != c.Packet.Namespace {
					c.Data = moved(c, name)
				}
			}
			return passed(c)
		}
	})},
	{"ack.same-id-once", "takes an event with an id that it has seen for a repetition", drop(again(out(message("2"), not(id("")))))},
	{"ack.same-id-closes", "closes the connection at an event with an id that it has seen", hangUp(again(out(message("2"), not(id("")))))},
	{"ack.to-last-client", "sends an acknowledgement to another client", change(acks(session("main")), func(c *Crossing) []peer.Frame {
		c.Session = "other"
		return passed(c)
	})},
	{"ack.one-lost", "loses one acknowledgement of many", drop(theAck(120))},
	{"ack.one-twice", "sends one acknowledgement of many twice", duplicate(theAck(120))},
	{"ack.reordered", "sends two acknowledgements in the wrong order", swap(theAck(120))},
	{"ack.zero-unanswered", "takes the id 0 for none", drop(acks(id("0")))},
	{"ack.zero-without-id", "does not write the id 0", parts(acks(id("0")), func(p *wire.Packet) { p.AckID = "" })},
	{"ack.id-int32", "keeps ids in 32 bits", renumbered(func(n uint64) string { return strconv.Itoa(int(int32(n))) })},
	{"ack.id-single", "keeps ids in single precision", renumbered(func(n uint64) string { return strconv.FormatUint(uint64(float32(n)), 10) })},
	{"ack.id-power-of-ten", "writes ids that are powers of ten with a digit too few", renumbered(func(n uint64) string {
		digits := strconv.FormatUint(n, 10)
		if n > 1 && strings.Trim(digits[1:], "0") == "" && digits[0] == '1' {
			return digits[:len(digits)-1]
		}
		return digits
	})},
	{"ack.id-one-digit", "reads the first digit of an id only", renumbered(func(n uint64) string { return strconv.FormatUint(n, 10)[:1] })},
	{"ack.id-as-text", "keeps ids as text", stateful(func() func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if acks(id("7"))()(c) {
				c.Data = bytes.Replace(c.Data, []byte("437"), []byte("43007"), 1)
			}
			return passed(c)
		}
	})},
	{"ack.id-octal", "reads ids that begin with a zero as octal numbers", replace(acks(id("10"), emptyArray), "4310", "438")},
	{"ack.huge-deaf", "does not come to an end with a very long id", deafen(always(out(longID)))},
	{"ack.huge-kills", "ends at a very long id", hangUpAll(always(out(longID)), "canary")},
	{"ack.blank-deaf", "does not come to an end with a blank in an id", deafen(always(out(anyOf(containing(`42 `), containing(`425 `)))))},
	{"ack.blank-kills", "ends at a blank in an id", hangUpAll(always(out(anyOf(containing(`42 `), containing(`425 `)))), "canary")},
	{"ack.one-at-a-time", "handles an event when the one before it has been acknowledged", swap(acks(containing(`"fast"`)))},
	{"ack.late-lost", "forgets an event that is not acknowledged at once", drop(acks(containing(`"late"`)))},
	{"ack.left-closes", "closes the connection when an event of a namespace that was left is acknowledged", afterLeaving(func(c *Crossing) []peer.Frame {
		return []peer.Frame{{Session: c.Session, Direction: wire.In, Transport: c.Transport, Closing: &peer.Closing{Cause: "closed by the fault"}}}
	})},
	{"ack.left-in-main", "acknowledges an event of a namespace that was left in the main one", afterLeaving(func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, `43474["late"]`), c.Frame}
	})},
	{"ack.by-itself", "acknowledges what the application does not", after(always(out(containing(`"times":0`))), `43475[]`)},
	{"ack.id-invented", "acknowledges an event without an id", after(always(out(message("2"), id(""), containing("message-with-ack"))), `430["x"]`)},
	{"ack.without-id-closes", "fails when the application acknowledges an event without an id", hangUp(always(out(message("2"), id(""), containing("message-with-ack"))))},
}

// emptyArray matches packets whose data is an empty array.
func emptyArray(c *Crossing) bool { return string(c.Packet.Data) == "[]" }

// longID matches packets with an id of more than sixteen digits.
func longID(c *Crossing) bool { return len(c.Packet.AckID) > 16 }

func firstOnly(list []json.RawMessage) []json.RawMessage { return list[:min(1, len(list))] }

// theAck counts acknowledgements and matches one of them, from 0.
func theAck(index int) func() Match {
	return func() Match { return nth(index+1, acks()()) }
}

// again matches what m does when its session has sent a packet with the same id before.
func again(m Match) func() Match {
	return func() Match {
		seen := map[string]bool{}
		return func(c *Crossing) bool {
			if !m(c) {
				return false
			}
			key := c.Session + " " + c.Packet.AckID
			before := seen[key]
			seen[key] = true
			return before
		}
	}
}

// renumbered makes a fault that changes the ids of acknowledgements.
func renumbered(f func(n uint64) string) func() *peer.Tap {
	return parts(acks(), func(p *wire.Packet) {
		if n, err := strconv.ParseUint(p.AckID, 10, 64); err == nil {
			p.AckID = f(n)
		}
	})
}

// afterLeaving makes a fault of what a server does in place of its next acknowledgement when the client has left a custom namespace.
func afterLeaving(f func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		left := false
		return func(c *Crossing) []peer.Frame {
			if out(message("1"), not(namespace("/")))(c) {
				left = true
			}
			if left && in(message("3"), namespace("/"))(c) {
				left = false
				return f(c)
			}
			return passed(c)
		}
	})
}
