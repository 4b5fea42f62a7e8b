package fault

import (
	"encoding/json"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// askFaults are the faults about events for which the application wants an acknowledgement.
var askFaults = []Fault{
	{"ask.dropped", "does not send an event that wants an acknowledgement", drop(always(inquiry))},
	{"ask.without-id", "sends an event that wants an acknowledgement without an id", parts(always(inquiry), func(p *wire.Packet) { p.AckID = "" })},
	{"ask.same-id", "gives all events that want an acknowledgement the same id", parts(always(inquiry), func(p *wire.Packet) { p.AckID = "7" })},
	{"ask.zero-without-id", "takes the id of the first event for none, and does not write it", parts(func() Match { return nth(1, inquiry) }, func(p *wire.Packet) { p.AckID = "" })},
	{"ask.zero-ignored", "takes no notice of the first acknowledgement in a namespace", drop(func() Match { return nth(1, answers()()) })},
	{"ask.answer-ignored", "takes no notice of acknowledgements", drop(answers())},
	{"ask.one-answer-ignored", "loses one acknowledgement of many", drop(func() Match { return nth(25, answers()()) })},
	{"ask.custom-answer-ignored", "takes no notice of acknowledgements in custom namespaces", drop(answers(not(namespace("/"))))},
	{"ask.answer-empty", "hands acknowledgements to the application without their arguments", parts(answers(message("3")), func(p *wire.Packet) { p.Data = []byte("[]") })},
	{"ask.first-arg-only", "hands the first argument of an acknowledgement to the application only", arguments(answers(), firstOnly)},
	{"ask.answer-shifted", "takes the first argument of an acknowledgement for an error", arguments(answers(message("3")), func(list []json.RawMessage) []json.RawMessage { return list[1:] })},
	{"ask.empty-answer-null", "makes an argument that is null of none", parts(answers(emptyArray), func(p *wire.Packet) { p.Data = []byte("[null]") })},
	{"ask.empty-answer-ignored", "takes no notice of an acknowledgement without arguments", drop(answers(emptyArray))},
	{"ask.empty-answer-closes", "closes the connection at an acknowledgement without arguments", hangUp(answers(emptyArray))},
	{"ask.binary-answer-ignored", "takes no notice of a BINARY_ACK", drop(always(anyOf(out(message("6")), out(binary))))},
	{"ask.binary-answer-shifted", "takes the first element of a BINARY_ACK for an event name", arguments(answers(message("6")), func(list []json.RawMessage) []json.RawMessage {
		return append([]json.RawMessage{json.RawMessage("null")}, list...)
	})},
	{"ask.in-turn", "takes acknowledgements for those of the events in their order", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers()()(c) && len(a.events) > 0 {
			p := c.Packet
			p.AckID = a.events[0].Packet.AckID
			c.Data = written(p, peer.Prefix(p.Namespace))
			a.events = a.events[1:]
		}
		return passed(c)
	})},
	{"ask.any-client", "takes an acknowledgement from any client", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers(session("other"))()(c) && a.event("main") != nil {
			c.Session = "main"
		}
		return passed(c)
	})},
	{"ask.any-id", "takes any id for that of the event that waits", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if e := a.event(c.Session); e != nil && answers(not(id("")))()(c) {
			return []peer.Frame{outgoing(c, "43"+peer.Prefix(e.Packet.Namespace)+e.Packet.AckID+string(c.Packet.Data))}
		}
		return passed(c)
	})},
	{"ask.without-id-answered", "takes an acknowledgement without an id for that of the event that waits", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if e := a.event(c.Session); e != nil && answers(id(""))()(c) {
			return []peer.Frame{outgoing(c, "43"+peer.Prefix(e.Packet.Namespace)+e.Packet.AckID+string(c.Packet.Data))}
		}
		return passed(c)
	})},
	{"ask.id-prefix", "finds the event that waits by the first digits of its id", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if e := a.event(c.Session); e != nil && answers(containing(`"longer"`))()(c) {
			return []peer.Frame{outgoing(c, "43"+peer.Prefix(e.Packet.Namespace)+e.Packet.AckID+string(c.Packet.Data))}
		}
		return passed(c)
	})},
	{"ask.any-namespace", "takes an acknowledgement in any namespace", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if e := a.event(c.Session); e != nil && answers(id(e.Packet.AckID))()(c) {
			c.Data = moved(c, e.Packet.Namespace)
		}
		return passed(c)
	})},
	{"ask.last-answer-counts", "takes the last of several acknowledgements", drop(func() Match { return nth(1, answers()()) })},
	{"ask.second-answer-replied", "hands a second acknowledgement to the application too", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if in(message("3"), containing(`{"ok":["first"]}`))(c) {
			return []peer.Frame{c.Frame, a.reply(`{"ok":["second"]}`)}
		}
		return passed(c)
	})},
	{"ask.second-answer-closes", "closes the connection at a second acknowledgement", hangUp(answers(containing(`"second"`)))},
	{"ask.unknown-closes", "closes the connection at an acknowledgement that it never asked for", hangUp(answers())},
	{"ask.unknown-echoed", "answers an acknowledgement that it never asked for", change(answers(message("3")), func(c *Crossing) []peer.Frame {
		return []peer.Frame{c.Frame, incoming(c, string(c.Data))}
	})},
	{"ask.time-out-early", "does not wait for acknowledgements", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if inquiry(c) && c.Session == a.operations[0].Session {
			return []peer.Frame{c.Frame, a.reply(`{"error":"failed","message":"timeout"}`)}
		}
		return passed(c)
	})},
	{"ask.time-out-never", "waits for acknowledgements for ever", drop(always(timedOut))},
	{"ask.time-out-as-answer", "takes the end of the time for an acknowledgement without arguments", parts(always(timedOut), func(p *wire.Packet) { p.Data = []byte(`[{"ok":[]}]`) })},
	{"ask.time-out-of-all", "lets all events time out with the first", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if timedOut(c) && len(a.operations) > 1 {
			return []peer.Frame{c.Frame, replyTo(a.operations[0], `{"error":"failed","message":"timeout"}`)}
		}
		return passed(c)
	})},
	{"ask.callback-again", "calls the callback of an event twice", logEntries(entryTwice, "answered")},
	{"ask.callback-unheard", "does not call the callback of an event", logEntries(entryOmitted, "answered")},
	{"ask.time-out-after-answer", "lets an event time out that was acknowledged", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if in(message("3"), containing(`{"ok":["r"]}`))(c) {
			late := a.reply(`{"error":"failed","message":"timeout"}`)
			late.Delay = 100 * time.Millisecond
			return []peer.Frame{c.Frame, late}
		}
		return passed(c)
	})},
	{"ask.late-answer-replied", "hands an acknowledgement to the application that comes after the time-out", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers(containing(`"late"`))()(c) {
			return []peer.Frame{c.Frame, a.reply(`{"ok":["late"]}`)}
		}
		return passed(c)
	})},
	{"ask.late-answer-closes", "closes the connection at an acknowledgement that comes after the time-out", hangUp(answers(containing(`"late"`)))},
	{"ask.left-kills", "ends when a client leaves that has not acknowledged an event", hangUpAll(always(out(message("1"))), "main", "who drops out")},
}

// gatherFaults are the faults about broadcasts for which the application wants acknowledgements.
var gatherFaults = []Fault{
	{"gather.first-only", "is done with a broadcast at the first answer", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers(session("other"))()(c) {
			return []peer.Frame{c.Frame, a.reply(`{"ok":["theirs"]}`)}
		}
		return passed(c)
	})},
	{"gather.fourth-suffices", "is done with a broadcast at the fourth answer", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers(session("m0"))()(c) {
			return []peer.Frame{c.Frame, a.reply(`{"ok":[3,2,1,0]}`)}
		}
		return passed(c)
	})},
	{"gather.answers-lost", "hands no answers to the application", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if len(a.operations) > 0 && in(message("3"), session(a.operations[0].Session), id(a.operations[0].Packet.AckID))(c) {
			return []peer.Frame{a.reply(`{"ok":[]}`)}
		}
		return passed(c)
	})},
	{"gather.one-left-out", "does not ask all recipients", drop(always(func(c *Crossing) bool { return inquiry(c) && c.Session == "other" }))},
	{"gather.partial-lost", "hands no answers to the application when the time is over", swapped(always(timedOut), `"answers":["theirs"]`, `"answers":[]`)},
	{"gather.answers-lost-at-time-out", "drops the answers to a broadcast when a recipient leaves", swapped(always(timedOut), `"answers":["mine"]`, `"answers":[]`)},
	{"gather.server-never", "waits for ever for the answers to what is sent through the server", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if timedOut(c) && containing(`"via":"server"`)(&a.operations[len(a.operations)-1]) {
			return nil
		}
		return passed(c)
	})},
	{"gather.nobody-waits", "waits for answers when there are no recipients", drop(acks(containing(`{"ok":[]}`)))},
	{"gather.nobody-null", "hands nothing to the application when there are no recipients", swapped(acks(), `{"ok":[]}`, `{"ok":null}`)},
	{"gather.sender-included", "asks the sender too", also("main")},
	{"gather.outsider-included", "asks clients outside the room too", also("outsider")},
	{"gather.asked-twice", "asks a member of two rooms twice", duplicate(always(inquiry))},
	{"gather.outsider-counts", "takes the acknowledgement of a client that was not asked", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers(session("outsider"))()(c) {
			return []peer.Frame{c.Frame, a.reply(`{"ok":["stolen"]}`)}
		}
		return passed(c)
	})},
	{"gather.twice-counts", "counts the answers and not who has answered", asking(func(a *inquiries, c *Crossing) []peer.Frame {
		if answers(containing(`"again"`))()(c) {
			return []peer.Frame{c.Frame, a.reply(`{"ok":["theirs","again"]}`)}
		}
		return passed(c)
	})},
}

// inquiry matches the event ask, which wants an acknowledgement.
func inquiry(c *Crossing) bool { return in(message("25"), containing(`["ask"`))(c) }

// answers matches the acknowledgements that the peer sends.
func answers(ms ...Match) func() Match { return always(out(append([]Match{message("36")}, ms...)...)) }

// timedOut matches the reply to an operation whose acknowledgement did not come in time.
func timedOut(c *Crossing) bool { return in(message("3"), containing(`"message":"timeout"`))(c) }

// inquiries are what a fault has seen: operations that want an acknowledgement, and the events that they have led to.
type inquiries struct {
	operations []Crossing
	events     []Crossing
}

// event returns the last event that the session was asked with, nil when there is none.
func (a *inquiries) event(session string) *Crossing {
	for i := range a.events {
		if e := &a.events[len(a.events)-1-i]; e.Session == session {
			return e
		}
	}
	return nil
}

// reply returns a reply to the last operation.
func (a *inquiries) reply(data string) peer.Frame {
	return replyTo(a.operations[len(a.operations)-1], data)
}

func replyTo(operation Crossing, data string) peer.Frame {
	return incoming(&operation, "43"+peer.Prefix(operation.Packet.Namespace)+operation.Packet.AckID+"["+data+"]")
}

// asking makes a fault of a function that knows which acknowledgements are wanted.
func asking(f func(a *inquiries, c *Crossing) []peer.Frame) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		a := &inquiries{}
		return func(c *Crossing) []peer.Frame {
			switch {
			case out(message("25"), containing(`"ack":`))(c):
				a.operations = append(a.operations, *c)
			case inquiry(c):
				a.events = append(a.events, *c)
			}
			return f(a, c)
		}
	})
}

// also makes a fault that asks a client too who should not be asked.
func also(session string) func() *peer.Tap {
	return change(always(inquiry), func(c *Crossing) []peer.Frame {
		extra := c.Frame
		extra.Session = session
		return []peer.Frame{c.Frame, extra}
	})
}
