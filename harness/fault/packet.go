package fault

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// packetFaults are the faults about well-formed packets: what is lost or changed on the way, and how headers are written and read.
var packetFaults = slices.Concat(eventFaults, spellingFaults)

// eventFaults are the faults about events and their arguments.
var eventFaults = []Fault{
	{"event.dropped", "does not send the events of the application", drop(emitted())},
	{"event.twice", "sends each event twice", duplicate(emitted(message("2")))},
	{"event.as-ack", "sends events as acknowledgements", parts(emitted(message("2")), func(p *wire.Packet) { p.Type = '3' })},
	{"event.args-lost", "sends events without their arguments", arguments(emitted(message("2")), func(list []json.RawMessage) []json.RawMessage { return list[:1] })},
	{"event.args-reversed", "sends the arguments of events in the wrong order", arguments(emitted(message("2")), func(list []json.RawMessage) []json.RawMessage {
		slices.Reverse(list[1:])
		return list
	})},
	{"event.args-quoted", "sends every argument as text", arguments(emitted(message("2")), func(list []json.RawMessage) []json.RawMessage {
		for i := range list[1:] {
			list[i+1] = json.RawMessage(strconv.Quote(string(list[i+1])))
		}
		return list
	})},
	{"event.null-to-object", "makes an object of null", replace(emitted(message("2")), "null", "{}")},
	{"event.falsy-lost", "drops arguments that are false, zero or empty", arguments(emitted(message("2")), func(list []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(list, func(v json.RawMessage) bool { return slices.Contains([]string{"false", "0", `""`}, string(v)) })
	})},
	{"event.empty-object-lost", "makes null of an empty object", replace(emitted(message("2")), "{}", "null")},
	{"event.dates-read", "takes a text that looks like a date for one", swapped(emitted(message("2")), `"2024-02-29T12:00:00Z"`, `"2024-02-29T12:00:00.000Z"`)},
	{"event.digits-to-number", "takes a text of digits for a number", swapped(emitted(message("2")), `"007"`, "7")},
	{"event.text-trimmed", "takes the blanks off a text", swapped(emitted(message("2")), `" blank "`, `"blank"`)},
	{"event.text-normalized", "normalizes a text", swapped(emitted(message("2")), "e\u0301", "\u00e9")},
	{"event.numbers-single", "keeps numbers in single precision", swapped(emitted(message("2")), "0.1,", "0.10000000149011612,")},
	{"event.numbers-truncated", "cuts off the fraction of a number", swapped(emitted(message("2")), "[\"message-back\",1.5,", "[\"message-back\",1,")},
	{"event.numbers-int32", "keeps whole numbers in 32 bits", swapped(emitted(message("2")), `"message-back",9007199254740991,`, `"message-back",-1,`)},
	{"event.name-only-dropped", "ignores events without arguments", drop(always(out(exactly(`42["message"]`))))},
	{"event.name-only-null", "gives an event without arguments one that is null", swapped(emitted(message("2")), `["message-back"]`, `["message-back",null]`)},
	{"event.hyphen-cut", "reads text up to a hyphen as a number of attachments", alter(emitted(message("2")), func(c *Crossing) []byte {
		return bytes.ReplaceAll(bytes.ReplaceAll(c.Data, []byte("my-event"), []byte("event")), []byte("1-/custom"), []byte("/custom"))
	})},
	{"event.separator-unescaped", "writes the separator of payloads as it is", replace(emitted(message("2")), `\u001e`, "\x1e")},
	{"event.namespace-lost", "sends the events of a custom namespace in the main one", parts(emitted(message("2")), func(p *wire.Packet) { p.Namespace = "/" })},
	{"event.namespace-dropped", "ignores the events of custom namespaces", drop(always(out(message("2"), not(namespace("/")))))},
	{"event.comma-lost", "leaves out the comma behind a namespace", alter(emitted(message("2"), not(namespace("/"))), func(c *Crossing) []byte {
		return written(c.Packet, c.Packet.Namespace)
	})},
	{"event.latin1", "reads UTF-8 as if each byte were a character", alter(emitted(message("2")), func(c *Crossing) []byte {
		var b []byte
		for _, octet := range c.Data {
			b = utf8.AppendRune(b, rune(octet))
		}
		return b
	})},
	{"event.astral-lost", "loses characters beyond the basic plane", alter(emitted(message("2")), func(c *Crossing) []byte {
		return bytes.Map(func(r rune) rune {
			if r > 0xffff {
				return utf8.RuneError
			}
			return r
		}, c.Data)
	})},
	{"event.nul-cut", "takes a null character for the end of a text", swapped(emitted(message("2")), `a\u0000b\u0001\u001f\u007f`, "a", "a\\u0000b\\u0001\\u001f\x7f", "a")},
	{"event.chunk-broken", "decodes each chunk of a long text by itself", alter(emitted(message("2"), longer(65_536)), func(c *Crossing) []byte {
		data := bytes.Clone(c.Data)
		for i := 65_536; i < len(data)-10; i++ {
			if utf8.RuneStart(data[i]) {
				return slices.Concat(data[:i], []byte("\ufffd\ufffd"), data[i+3:])
			}
		}
		return data
	})},
	{"event.large-dropped", "ignores events of more than 65,536 bytes", drop(always(out(message("2"), longer(65_536))))},
	{"event.large-cut", "cuts texts off", alter(emitted(longer(65_536)), func(c *Crossing) []byte { return append(bytes.Clone(c.Data[:65_536]), `"]`...) })},
	{"event.large-closes", "closes the connection at an event of more than 65,536 bytes", hangUp(always(out(message("2"), longer(65_536))))},
	{"event.reordered", "sends two events in the wrong order", swap(the(120))},
	{"event.unacknowledged-first", "handles events without an acknowledgement id before those with one", swap(func() Match { return nth(1, in(exactly("430[0]"))) })},
	{"event.one-lost", "loses one event of many", drop(the(120))},
	{"event.one-twice", "sends one event of many twice", duplicate(the(120))},
	{"event.burst-cut", "handles the first hundred packets of a payload", stateful(func() func(c *Crossing) []peer.Frame {
		n := 0
		return func(c *Crossing) []peer.Frame {
			if out(containing(`42["message",`))(c) {
				n++
				if n > 100 {
					return nil
				}
			}
			return passed(c)
		}
	})},
	{"event.unknown-acknowledged", "acknowledges events to which nobody listens", stateful(func() func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if out(message("2"), containing(`"nobody"`), not(id("")))(c) {
				return []peer.Frame{c.Frame, incoming(c, "43"+peer.Prefix(c.Packet.Namespace)+c.Packet.AckID+"[]")}
			}
			return passed(c)
		}
	})},
	{"event.unknown-closes", "closes the connection at an event to which nobody listens", hangUp(always(out(message("2"), containing(`"nobody"`))))},
	{"event.error-closes", "closes the connection at an event of the name error", hangUp(always(out(message("2"), containing(`["error"`))))},
	{"event.error-closes-all", "ends at an event of the name error", hangUpAll(always(out(message("2"), containing(`["error"`))), "canary")},
	{"event.number-closes", "closes the connection at an event with a number for a name", hangUp(always(out(containing("42[1,"))))},
	{"event.white-space-closes", "closes the connection at white space in the data", hangUp(always(out(containing("[ "))))},
	{"event.white-space-dropped", "ignores events with white space in the data", drop(always(out(containing("[ "))))},
	{"event.proto-lost", "drops members of the name __proto__", swapped(emitted(), `"__proto__":{"polluted":1},`, "")},
	{"event.proto-polluted", "takes a member of the name __proto__ for the prototype of all objects", stateful(func() func(c *Crossing) []peer.Frame {
		polluted := false
		return func(c *Crossing) []peer.Frame {
			polluted = polluted || out(containing(`"__proto__"`))(c)
			if polluted && in(message("2"))(c) {
				c.Data = bytes.ReplaceAll(c.Data, []byte("{}"), []byte(`{"polluted":1}`))
			}
			return passed(c)
		}
	})},
	{"event.proto-closes", "fails at an event of the name __proto__", hangUp(always(out(containing(`["__proto__"`))))},
	{"event.proto-answered", "finds a handler of the name constructor", stateful(func() func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if out(containing(`["constructor"`))(c) {
				return []peer.Frame{c.Frame, incoming(c, "43"+c.Packet.AckID+"[{}]")}
			}
			return passed(c)
		}
	})},
	{"event.placeholder-resolved", "resolves placeholders in events without attachments", swapped(emitted(message("2")), `{"_placeholder":true,"num":0}`, "null")},
	{"event.placeholder-awaited", "waits for attachments of an event that has none", drop(always(out(message("2"), containing("_placeholder"))))},
}

// spellingFaults are the faults about how headers are written and read.
var spellingFaults = []Fault{
	{"main.named", "names the main namespace in every packet", alter(always(in(message("0234"), namespace("/"))), named)},
	{"main.named-in-events", "names the main namespace in events", alter(emitted(message("2"), namespace("/")), named)},
	{"main.spelling-kept", "names the main namespace to whoever names it", stateful(func() func(c *Crossing) []peer.Frame {
		spelled := map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			if c.Direction == wire.Out && c.Packet.Namespace == "/" && len(c.Data) > 2 && c.Data[2] == '/' {
				spelled[c.Session] = true
			}
			if spelled[c.Session] && in(message("023"), namespace("/"))(c) {
				c.Data = named(c)
			}
			return passed(c)
		}
	})},
	{"main.spelled-ignored", "does not know the main namespace by its name in events", drop(always(out(message("2"), containing("42/,"))))},
	{"main.spelled-closes", "closes the connection at an event that names the main namespace", hangUp(always(out(message("2"), containing("42/,"))))},
	{"main.spelled-connect-ignored", "does not answer a CONNECT that names the main namespace without a comma", drop(always(out(exactly("40/"))))},
	{"main.spelled-connect-refused", "does not find the main namespace by its name", answer(always(out(message("0"), containing("40/,"))), `44{"message":"Invalid namespace"}`)},
	{"connect.no-comma-ignored", "does not answer a CONNECT without a comma", drop(always(out(exactly("40/custom"))))},
	{"connect.no-comma-refused", "does not find the namespace of a CONNECT without a comma", answer(always(out(exactly("40/custom"))), `44/custom,{"message":"Invalid namespace"}`)},
	{"connect.no-comma-closes", "closes the connection at a CONNECT without a comma", hangUp(always(out(exactly("40/custom"))))},
	{"connect.id-echoed", "answers a CONNECT with its id", replace(always(in(message("0"), namespace("/custom"))), "40/custom,", "40/custom,12")},
	{"connect.id-closes", "closes the connection at a CONNECT with an id", hangUp(always(out(exactly("40/custom,12"))))},
	{"connect.data-found", "finds the end of a namespace without a comma", change(always(out(exactly(`40/custom{"token":1}`))), func(c *Crossing) []peer.Frame {
		return []peer.Frame{outgoing(c, `40/custom,{"token":1}`)}
	})},
	{"disconnect.without-comma", "leaves out the comma of a DISCONNECT", replace(always(in(message("1"), not(namespace("/")))), ",", "")},
	{"disconnect.no-comma-ignored", "takes no notice of a DISCONNECT without a comma", func() *peer.Tap {
		sid := ""
		return frames(func(c *Crossing) []peer.Frame {
			switch {
			case in(message("0"), namespace("/custom"))(c) && sid == "":
				sid = string(c.Packet.Data)
			case in(message("0"), namespace("/custom"))(c):
				c.Data = []byte("40/custom," + sid)
			}
			return passed(c)
		})
	}},
	{"disconnect.no-comma-closes", "closes the connection at a DISCONNECT without a comma", hangUp(always(out(exactly("41/custom"))))},
	{"namespace.case-folded", "takes no notice of the case of a namespace", asked(strings.ToLower)},
	{"namespace.slash-trimmed", "takes no notice of a slash at the end of a namespace", asked(func(name string) string { return strings.TrimSuffix(name, "/") })},
	{"namespace.dots-resolved", "takes the name of a namespace for a path", asked(func(name string) string { return path.Clean(name) })},
	{"namespace.unescaped", "takes the name of a namespace for a part of a URL", asked(func(name string) string {
		if plain, err := url.PathUnescape(name); err == nil {
			return plain
		}
		return name
	})},
	{"namespace.prefix-matched", "finds a namespace by the beginning of its name", asked(func(name string) string {
		if strings.HasPrefix(name, "/custom") {
			return "/custom"
		}
		return name
	})},
	{"namespace.query-cut", "cuts a query off the name of a namespace", asked(func(name string) string {
		before, _, _ := strings.Cut(name, "?")
		return before
	})},
	{"namespace.query-cut-in-answer", "answers a CONNECT without the query of its namespace", parts(always(in(message("04"))), func(p *wire.Packet) {
		p.Namespace, _, _ = strings.Cut(p.Namespace, "?")
	})},
	{"namespace.percent-encoded", "writes the name of a namespace as a URL does", parts(always(in(message("024"))), func(p *wire.Packet) {
		p.Namespace = (&url.URL{Path: p.Namespace}).EscapedPath()
	})},
	{"namespace.last-segment", "takes what follows the last slash for the name of a namespace", parts(always(in(message("024"))), func(p *wire.Packet) {
		p.Namespace = p.Namespace[strings.LastIndexByte(p.Namespace, '/'):]
	})},
	{"namespace.digits-as-id", "takes digits at the end of a namespace for an acknowledgement id", parts(emitted(), func(p *wire.Packet) {
		p.Namespace = strings.TrimRight(p.Namespace, "0123456789")
	})},
	{"namespace.long-cut", "cuts off the name of a namespace", parts(always(in(message("4"))), func(p *wire.Packet) {
		p.Namespace = p.Namespace[:min(len(p.Namespace), 255)]
	})},
	{"namespace.long-closes", "closes the connection at a long name of a namespace", hangUp(always(out(message("0"), longer(1000))))},
}

// named writes a packet of the main namespace with its name.
func named(c *Crossing) []byte { return written(c.Packet, "/,") }

// asked makes a fault whose server reads the name of the namespace in a CONNECT in another way.
func asked(f func(name string) string) func() *peer.Tap {
	return parts(always(out(message("0"), not(namespace("/")))), func(p *wire.Packet) {
		if name := f(p.Namespace); name != "" {
			p.Namespace = name
		}
	})
}
