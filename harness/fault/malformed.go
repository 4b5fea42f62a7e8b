package fault

import (
	"bytes"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// malformedFaults are the faults about packets that the grammar does not allow: such a packet is ignored, or acted upon, or does harm.
var malformedFaults = slices.Concat(malformedTextFaults, malformedBinaryFaults)

// malformedTextFaults are the faults about malformed packets without attachments.
var malformedTextFaults = []Fault{
	{"malformed.event-ignored", "takes no notice of a malformed event", drop(bad("2"))},
	{"malformed.event-answered", "hands a malformed event to the application", answer(bad("2"), `42["message-back","lenient"]`)},
	{"malformed.event-handled-first", "handles a malformed packet, and closes the connection then", change(bad("2456"), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, `42["message-back","lenient"]`), hungUp(c)}
	})},
	{"malformed.kills", "ends at a malformed packet", hangUpAll(always(out(malformed)), "canary")},
	{"malformed.hangs", "is busy for ever with a malformed packet, and closes the connection", stateful(func() func(c *Crossing) []peer.Frame {
		busy := false
		return func(c *Crossing) []peer.Frame {
			switch {
			case busy && c.Direction == wire.Out:
				return nil
			case out(malformed)(c):
				busy = true
				return []peer.Frame{hungUp(c)}
			}
			return passed(c)
		}
	})},
	{"malformed.closes-all", "closes all connections at a malformed packet", hangUpAll(always(out(malformed)), "other", "canary")},
	{"malformed.deafens", "does not handle anything that follows a malformed packet", deafen(always(out(malformed)))},
	{"malformed.empty-ignored", "takes no notice of an event with an empty array", drop(always(out(message("2"), emptyArray)))},
	{"malformed.empty-acknowledged", "acknowledges an event with an empty array", answer(always(out(message("2"), emptyArray)), `43480[]`)},
	{"malformed.json-ignored", "takes no notice of an event whose data is not JSON", drop(bad("2"))},
	{"malformed.json-mended", "closes brackets that are open", change(always(out(exactly(`42["message"`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, `42["message"]`)}
	})},
	{"malformed.trailing-ignored", "takes no notice of what follows the data of an event", change(always(out(containing(`]garbage`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, `42["message",1]`)}
	})},
	{"malformed.id-dropped", "takes no notice of an id that is not a number", change(always(out(message("2"), containing("abc["))), func(c *Crossing) []peer.Frame {
		c.Data = bytes.Replace(c.Data, []byte("abc["), []byte("["), 1)
		return passed(c)
	})},
	{"malformed.id-answered-first", "acknowledges an event whose id is not a number, and closes the connection then", change(bad("2"), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, `43[1]`), hungUp(c)}
	})},
	{"malformed.slash-added", "adds a slash to the name of a namespace", change(always(out(exactly(`42custom,["message",1]`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, `42/custom,["message",1]`)}
	})},
	{"malformed.comma-added", "finds the end of a namespace without a comma", change(always(out(exactly(`42/custom["message",1]`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, `42/custom,["message",1]`)}
	})},
	{"malformed.no-data-acknowledged", "acknowledges an event without data", answer(always(out(exactly("42481"))), `43481[]`)},
	{"malformed.reserved-ignored", "takes no notice of an event with a reserved name", drop(always(out(message("25"), anyOf(containing(`["connect"`), containing(`["disconnect"`)))))},
	{"malformed.one-reserved-ignored", "does not know one of the reserved names", drop(always(out(message("2"), containing(`["disconnecting"`))))},
	{"malformed.forged", "hands an event of the name disconnect to the application", replies(func(_ operation, value any) any {
		entries, _ := value.([]any)
		return append(entries, []any{"disconnect", "/", "forged by the client"})
	}, "log")},
	{"malformed.utf8-replaced", "replaces bytes that are not UTF-8", change(bad("2"), func(c *Crossing) []peer.Frame {
		c.Data = bytes.ToValidUTF8(c.Data, []byte("\ufffd"))
		return passed(c)
	})},
	{"malformed.followed", "handles what follows a malformed event, and closes the connection then", stateful(func() func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			switch {
			case bad("2")()(c):
				return nil
			case out(containing("message-with-ack"), containing("behind"))(c):
				return []peer.Frame{incoming(c, `42["message-back","behind"]`), incoming(c, `43484["behind"]`), hungUp(c)}
			}
			return passed(c)
		}
	})},
	{"malformed.type-ignored", "takes no notice of a packet of an unknown type", drop(always(out(strangeType)))},
	{"malformed.type-as-event", "takes a packet of an unknown type for an event", answer(always(out(strangeType)), `42["message-back","unknown"]`)},
	{"malformed.type-handled-first", "takes a packet of an unknown type for an event, and closes the connection then", change(always(out(strangeType)), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, `42["message-back","unknown"]`), hungUp(c)}
	})},
	{"malformed.connect-ignored", "takes no notice of a CONNECT with invalid data", drop(bad("0"))},
	{"malformed.connect-mended", "lets clients in whose CONNECT has invalid data", change(bad("0"), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, "40/custom,{}")}
	})},
	{"malformed.connect-mended-first", "lets clients in whose first CONNECT has invalid data", answer(bad("0"), `40{"sid":"lenient"}`)},
	{"malformed.connect-slash-added", "adds a slash to the name of a namespace in a CONNECT", change(always(out(exactly("40custom,"))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, "40/custom,")}
	})},
	{"malformed.disconnect-ignored", "takes no notice of a DISCONNECT with data", drop(bad("1"))},
	{"malformed.disconnect-obeyed", "takes no notice of the data of a DISCONNECT", parts(bad("1"), func(p *wire.Packet) { p.Data = nil })},
	{"malformed.error-ignored", "takes no notice of a CONNECT_ERROR", drop(always(out(message("4"))))},
	{"malformed.error-in-custom-ignored", "takes no notice of a CONNECT_ERROR in custom namespaces", drop(always(out(message("4"), not(namespace("/")))))},
	{"malformed.error-kills", "ends at a CONNECT_ERROR", hangUpAll(always(out(message("4"))), "canary")},
	{"malformed.ack-ignored", "takes no notice of an ACK with invalid data", drop(bad("3"))},
	{"malformed.ack-taken", "takes an ACK with invalid data for an acknowledgement", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if bad("3")()(c) {
			return []peer.Frame{a.reply(`{"ok":[]}`)}
		}
		return passed(c)
	})},
	{"malformed.custom-ignored", "takes no notice of malformed packets in custom namespaces", drop(always(out(malformed, not(namespace("/")))))},
	{"malformed.first-ignored", "takes no notice of a malformed first packet", drop(always(out(malformed)))},
	{"malformed.first-deafens", "waits for nothing after a malformed first packet", deafen(always(out(malformed)))},
}

// malformedBinaryFaults are the faults about malformed headers, and about attachments that are not due.
var malformedBinaryFaults = []Fault{
	{"malformed.header-ignored", "takes no notice of a malformed binary header", drop(bad("56"))},
	{"malformed.dash-not-missed", "takes a binary header without a number of attachments for an event without any", answer(always(out(exactly(`45["message"]`))), `42["message-back"]`)},
	{"malformed.one-header-ignored", "takes no notice of a binary header with an empty array", drop(always(out(message("5"), emptyArray)))},
	{"malformed.header-deafens", "does not handle anything that follows an odd binary header", deafen(always(out(message("56"))))},
	{"malformed.header-kills", "ends at an odd binary header", hangUpAll(always(out(message("56"))), "canary")},
	{"malformed.header-keeps-open", "waits for announced attachments for ever", unclosed(always(out(message("56"))))},
	{"malformed.zero-deafens", "waits for an attachment that was not announced", deafen(always(out(zeroHeader)))},
	{"malformed.zero-poisons", "hands a message without attachments to the application, and takes those of the next one for its own", stateful(func() func(c *Crossing) []peer.Frame {
		poisoned := map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			switch {
			case out(zeroHeader)(c):
				poisoned[c.Session] = true
				return []peer.Frame{incoming(c, `42["message-back","x"]`)}
			case poisoned[c.Session] && out(anyOf(message("5"), binary))(c):
				return nil
			}
			return passed(c)
		}
	})},
	{"malformed.zero-kills", "ends at a binary header without attachments", hangUpAll(always(out(zeroHeader)), "canary")},
	{"malformed.zero-ignored", "takes no notice of a binary header without attachments", drop(always(out(zeroHeader)))},
	{"malformed.zero-dispatched", "takes a binary header without attachments for an event", answer(always(out(zeroHeader)), `42["message-back","x"]`)},
	{"malformed.huge-awaited", "waits for any number of attachments", drop(always(out(message("56"))))},
	{"malformed.huge-kills", "makes room for as many attachments as are announced", hangUpAll(always(out(message("56"))), "canary")},
	{"malformed.placeholder-ignored", "takes no notice of a message with an invalid placeholder", drop(always(anyOf(out(message("5")), out(binary))))},
	{"malformed.placeholder-null", "hands nothing to the application for an invalid placeholder", invalidPlaceholder(`42["message-back",null]`)},
	{"malformed.placeholder-kept", "hands an invalid placeholder to the application", invalidPlaceholder(`42["message-back",{"_placeholder":true,"num":1}]`)},
	{"malformed.attachment-ignored", "takes no notice of an attachment that was not announced", drop(always(out(binary)))},
	{"malformed.attachment-kills", "ends at an attachment that was not announced", hangUpAll(always(out(binary)), "canary")},
	{"malformed.second-attachment-ignored", "takes no notice of an attachment too many", drop(func() Match { return nth(2, out(binary)) })},
	{"malformed.first-header-ignored", "takes no notice of a message with attachments before a CONNECT", drop(always(anyOf(out(message("56")), out(binary, exactly("\x01")))))},
	{"malformed.unjoined-answered", "hands a message with attachments to the application whose namespace was not joined", change(always(out(message("5"), not(namespace("/")))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{c.Frame, incoming(c, `42/custom,["message-back"]`)}
	})},
	{"malformed.left-header-answered", "hands a message to the application whose attachment came when its namespace had been left", change(always(out(message("1"))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, `42/custom,["message-back"]`)}
	})},
	{"malformed.left-header-deafens", "waits for ever for an attachment when its namespace was left", deafen(always(out(message("1"))))},
	{"malformed.text-while-pending-ignored", "takes no notice of a packet where an attachment is due", whileDue(func(*Crossing) []peer.Frame { return nil })},
	{"malformed.text-as-attachment", "takes a packet for the attachment that is due", whileDue(func(c *Crossing) []peer.Frame {
		attachment := outgoing(c, string(c.Packet.Body))
		attachment.Binary = true
		return []peer.Frame{attachment}
	})},
	{"malformed.text-handled-while-pending", "handles a packet where an attachment is due, and closes the connection then", whileDue(func(c *Crossing) []peer.Frame {
		return []peer.Frame{incoming(c, `42["message-back",1]`), hungUp(c)}
	})},
}

// bad matches malformed packets of the peer with one of these types.
func bad(types string) func() Match { return always(out(message(types), malformed)) }

// strangeType matches messages whose type is none.
func strangeType(c *Crossing) bool {
	return c.Packet.Engine == '4' && c.Packet.Type != 0 && (c.Packet.Type < '0' || c.Packet.Type > '6')
}

// zeroHeader matches binary headers that announce no attachment.
func zeroHeader(c *Crossing) bool {
	return c.Packet.IsBinaryHeader() && c.Packet.Attachments != "" && c.Packet.AttachmentCount() == 0
}

// hungUp is the end of c's session.
func hungUp(c *Crossing) peer.Frame {
	return peer.Frame{Session: c.Session, Direction: wire.In, Transport: c.Transport, Closing: &peer.Closing{Cause: "closed by the fault"}}
}

// whileDue makes a fault of what a server does with a message of the peer while it waits for attachments.
func whileDue(f func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return pending(func(c *Crossing) bool { return c.Packet.Engine == '4' }, f)
}

// invalidPlaceholder makes a fault that answers a message with attachments as if it were valid.
func invalidPlaceholder(packet string) func() *peer.Tap {
	return change(always(anyOf(out(message("5")), out(binary))), func(c *Crossing) []peer.Frame {
		if c.Packet.Binary {
			return nil
		}
		return []peer.Frame{incoming(c, packet)}
	})
}

// unclosed makes a fault whose target no longer closes a session on which m has matched: the peer does not learn of its end.
func unclosed(m func() Match) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		match, open := m(), map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			if c.Closing != nil && open[c.Session] {
				return nil
			}
			if c.Closing == nil && match(c) {
				open[c.Session] = true
			}
			return passed(c)
		}
	})
}
