package fault

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// binaryFaults are the faults about attachments and the headers that announce them.
var binaryFaults = []Fault{
	{"binary.ignored", "does not handle messages with attachments", drop(always(anyOf(out(message("56")), out(binary))))},
	{"binary.dropped", "does not send attachments", drop(sentBinary())},
	{"binary.bytes-changed", "changes the bytes of attachments", alter(sentBinary(longer(0)), func(c *Crossing) []byte {
		data := bytes.Clone(c.Data)
		data[len(data)-1] ^= 1
		return data
	})},
	{"binary.exchanged", "sends the attachments of a message in the wrong order", swap(func() Match { return nth(1, sentBinary()()) })},
	{"binary.first-only", "finds the first attachment of a message only", parts(sentHeader(), func(p *wire.Packet) { p.Attachments = "1" })},
	{"binary.as-json", "writes binary arguments as JSON", parts(sentHeader(message("5")), func(p *wire.Packet) { p.Type = '2' })},
	{"binary.numbered-from-one", "numbers placeholders from one", swapped(sentHeader(), `"num":1`, `"num":2`, `"num":0`, `"num":1`)},
	{"binary.count-missing", "leaves out the number of attachments", alter(sentHeader(), func(c *Crossing) []byte {
		return append([]byte("4"+string(c.Packet.Type)), c.Data[len("45-")+len(c.Packet.Attachments):]...)
	})},
	{"binary.count-one-more", "announces more attachments than it sends", parts(sentHeader(), func(p *wire.Packet) { p.Attachments = fmt.Sprint(p.AttachmentCount() + 1) })},
	{"binary.dispatched-early", "hands a message to the application at its first attachment", stateful(func() func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if out(binary)(c) {
				return []peer.Frame{incoming(c, `451-["message-back",{"_placeholder":true,"num":0},null]`)}
			}
			return passed(c)
		}
	})},
	{"binary.namespace-before-count", "writes the namespace before the number of attachments", alter(sentHeader(not(namespace("/"))), func(c *Crossing) []byte {
		p := c.Packet
		return append([]byte("4"+string(p.Type)+peer.Prefix(p.Namespace)+p.Attachments+"-"+p.AckID), p.Data...)
	})},
	{"binary.namespace-lost", "sends messages with attachments in the main namespace", parts(sentHeader(message("5")), func(p *wire.Packet) { p.Namespace = "/" })},
	{"binary.custom-ignored", "does not handle messages with attachments in custom namespaces", drop(always(anyOf(out(message("5"), not(namespace("/"))), out(binary))))},
	{"binary.by-appearance", "takes placeholders in the order in which they stand", alter(always(out(message("5"))), func(c *Crossing) []byte {
		n := -1
		return placeholderNumber.ReplaceAllFunc(c.Data, func([]byte) []byte {
			n++
			return fmt.Appendf(nil, `"num":%d`, n)
		})
	})},
	{"binary.nested-null", "does not find placeholders in arrays", alter(sentHeader(), func(c *Crossing) []byte {
		return nestedPlaceholder.ReplaceAll(c.Data, []byte(`"a":[null`))
	})},
	{"binary.text-mangled", "reads the text of a message with attachments as something else than UTF-8", replace(always(in(message("5"))), "é", "Ã©")},
	{"binary.duplicate-closes", "closes the connection at two placeholders with the same number", hangUp(always(out(message("5"), func(c *Crossing) bool {
		return bytes.Count(c.Data, []byte(`"num":0`)) > 1
	})))},
	{"binary.unused-sent", "keeps attachments that nothing refers to", parts(sentHeader(), func(p *wire.Packet) { p.Attachments = "2" })},
	{"binary.unused-not-awaited", "does not expect attachments that nothing refers to", hangUp(always(out(binary, containing("unused"))))},
	{"binary.empty-ignored", "takes no notice of empty attachments", drop(always(out(binary, not(longer(0)))))},
	{"binary.empty-not-sent", "does not send empty attachments", drop(sentBinary(not(longer(0))))},
	{"binary.type-byte-stripped", "takes a first byte of 4 for a packet type", alter(sentBinary(), func(c *Crossing) []byte { return bytes.TrimPrefix(c.Data, []byte{4}) })},
	{"binary.type-byte-added", "writes a packet type before attachments", alter(sentBinary(), func(c *Crossing) []byte { return append([]byte{4}, c.Data...) })},
	{"binary.as-utf8", "takes attachments for text", alter(sentBinary(), func(c *Crossing) []byte { return bytes.ToValidUTF8(c.Data, []byte("\ufffd")) })},
	{"binary.seven-bits", "loses the highest bit of each byte", alter(sentBinary(), func(c *Crossing) []byte {
		data := bytes.Clone(c.Data)
		for i := range data {
			data[i] &= 0x7f
		}
		return data
	})},
	{"binary.padding-lost", "loses the end of attachments whose length is not a multiple of three", alter(sentBinary(), func(c *Crossing) []byte { return c.Data[:len(c.Data)-len(c.Data)%3] })},
	{"binary.large-cut", "cuts large attachments off", alter(sentBinary(longer(65_536)), func(c *Crossing) []byte { return c.Data[:65_536] })},
	{"binary.large-closes", "closes the connection at a large attachment", hangUp(always(out(binary, longer(65_536))))},
	{"binary.ten-closes", "closes the connection at ten attachments", hangUp(always(out(message("5"), containing("4510-"))))},
	{"binary.count-one-digit", "reads the first digit of the number of attachments only", parts(always(out(message("5"))), func(p *wire.Packet) { p.Attachments = p.Attachments[:1] })},
	{"binary.many-cut", "drops attachments beyond the tenth", stateful(func() func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			switch {
			case out(message("5"))(c):
				first := incoming(c, "\x01")
				first.Binary = true
				return []peer.Frame{incoming(c, `451-["message-back",{"_placeholder":true,"num":0}]`), first}
			case out(binary)(c):
				return nil
			}
			return passed(c)
		}
	})},
	{"binary.many-deaf", "does not come to an end with more than ten attachments", deafen(always(out(message("5"), func(c *Crossing) bool { return c.Packet.AttachmentCount() > 10 })))},
	{"binary.names-close", "fails at a member of the name hasOwnProperty beside an attachment", hangUp(always(out(message("5"), containing("hasOwnProperty"))))},
	{"binary.names-lost", "drops members of the name hasOwnProperty beside an attachment", swapped(sentHeader(), `"hasOwnProperty":1,`, "")},
	{"binary.pong-as-attachment", "takes a heartbeat for an attachment", pending(engine("3"), func(c *Crossing) []peer.Frame {
		attachment := outgoing(c, "pong")
		attachment.Binary = true
		return []peer.Frame{attachment, c.Frame}
	})},
	{"binary.pong-ends-message", "forgets a header at a heartbeat", stateful(func() func(c *Crossing) []peer.Frame {
		waiting, forgotten := false, false
		return func(c *Crossing) []peer.Frame {
			waiting = waiting || out(message("5"))(c)
			forgotten = forgotten || waiting && out(engine("3"))(c)
			if forgotten && out(binary)(c) {
				return nil
			}
			return passed(c)
		}
	})},
	{"binary.base64-ignored", "takes no notice of base64 packets over WebSocket", drop(always(out(exactly("bAQID"))))},
	{"binary.base64-closes", "closes the connection at a base64 packet over WebSocket", hangUp(always(out(exactly("bAQID"))))},
	{"binary.forgotten-by-upgrade", "forgets at the upgrade what it waits for", stateful(func() func(c *Crossing) []peer.Frame {
		upgraded := false
		return func(c *Crossing) []peer.Frame {
			upgraded = upgraded || out(engine("5"))(c)
			if upgraded && out(binary)(c) {
				return nil
			}
			return passed(c)
		}
	})},
	{"binary.clients-mixed", "keeps one list of attachments for all clients", swapped(sentBinary(session("main")), "main 1", "othe 0")},
	{"binary.one-pending-only", "keeps one header for all clients", stateful(func() func(c *Crossing) []peer.Frame {
		replaced := false
		return func(c *Crossing) []peer.Frame {
			replaced = replaced || out(message("5"), session("other"))(c)
			if replaced && out(binary, session("main"))(c) {
				return nil
			}
			return passed(c)
		}
	})},
	{"binary.left-behind", "expects of the next client what one has not sent", hangUp(always(out(message("2"), session("main"), containing(`"text"`))))},
	{"binary.text-overtakes", "sends a header behind its attachment", swap(func() Match { return nth(10, sentHeader()()) })},
	{"binary.attachment-late", "sends an attachment behind the next packet", swap(func() Match { return nth(10, sentBinary()()) })},
	{"binary.text-between", "lets other packets get between a header and its attachments", after(sentHeader(), `42["text"]`)},
	{"binary.first-recipient-only", "sends attachments to the first recipient of a broadcast only", drop(sentBinary(not(session("main"))))},
	{"binary.ack-as-text", "sends acknowledgements with attachments as such without", parts(sentHeader(message("6")), func(p *wire.Packet) { p.Type = '3' })},
	{"binary.ack-as-event", "sends acknowledgements with attachments as events", parts(sentHeader(message("6")), func(p *wire.Packet) { p.Type = '5' })},
	{"binary.ack-without-id", "sends acknowledgements with attachments without an id", parts(sentHeader(message("6")), func(p *wire.Packet) { p.AckID = "" })},
	{"binary.ack-in-main", "sends acknowledgements with attachments in the main namespace", parts(sentHeader(message("6")), func(p *wire.Packet) { p.Namespace = "/" })},
	{"binary.text-ack-as-binary", "answers an event with attachments by a BINARY_ACK in any case", parts(acks(message("3"), containing(`{"ok":null}`)), func(p *wire.Packet) {
		p.Type, p.Attachments = '6', "0"
	})},
}

var (
	placeholderNumber = regexp.MustCompile(`"num":\d+`)
	nestedPlaceholder = regexp.MustCompile(`"a":\[\{[^}]*\}`)
)

// sentBinary matches the attachments that the target sends.
func sentBinary(ms ...Match) func() Match { return always(in(append([]Match{binary}, ms...)...)) }

// sentHeader matches the headers of attachments that the target sends.
func sentHeader(ms ...Match) func() Match {
	return always(in(append([]Match{message("56")}, ms...)...))
}

// pending makes a fault of what a server does with a packet of the peer while it waits for attachments. What it takes for an attachment is one less to wait for.
func pending(m Match, f func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		due := map[string]int{}
		return func(c *Crossing) []peer.Frame {
			switch {
			case out(message("56"))(c):
				due[c.Session] = c.Packet.AttachmentCount()
			case out(binary)(c):
				due[c.Session]--
			case due[c.Session] > 0 && out(m)(c):
				list := f(c)
				for _, frame := range list {
					if frame.Binary {
						due[c.Session]--
					}
				}
				return list
			}
			return passed(c)
		}
	})
}
