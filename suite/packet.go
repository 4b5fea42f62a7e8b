package suite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// packetScenarios are about well-formed packets: what stands in them arrives, and how they are written.
var packetScenarios = slices.Concat(eventScenarios, spellingScenarios)

// eventScenarios are about events and their arguments.
var eventScenarios = []run.Scenario{
	{
		ID:    "packet.event.echo",
		Title: "an event reaches the application with its arguments unchanged and in order, and so does one the application sends",
		Rules: rules("sio.packet.event.basic"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("event.dropped", "got nothing"),
			catch("event.twice", "want nothing more"),
			catch("event.args-lost", "want at least 4 elements, got 1"),
			catch("event.args-reversed", "data[1]: want 1, got"),
			catch("event.args-quoted", "data[1]: want 1, got"),
			catch("event.as-ack", "want EVENT, got ACK"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["message",1,"2",{"3":[true]}]`)
			p.Want(`42["message-back",1,"2",{"3":[true]}]`)
		},
	},
	{
		ID:    "packet.event.values",
		Title: "every kind of JSON value survives the way there and back, empty and deep ones too",
		Rules: rules("sio.packet.event.basic"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.null-to-object", "want null, got"),
			catch("event.falsy-lost", "data[2]: want false, got"),
			catch("event.empty-object-lost", "data[6]: want an object, got null"),
			catch("event.dates-read", `want "2024-02-29T12:00:00Z", got`),
			catch("event.digits-to-number", `want "007", got 7`),
			catch("event.text-trimmed", `want " blank ", got "blank"`),
			catch("event.text-normalized", "data[2]: want"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `null,false,true,0,"",{},[]`)
			wantEcho(p, `{"a":{"b":[null,{"c":["d",{}]}]},"":0,"A":1}`)
			wantEcho(p, strings.Repeat("[", 100)+strings.Repeat("]", 100))
			wantEcho(p, strings.Repeat(`0,`, 1500)+`1`)
			wantEcho(p, `[`+strings.Repeat(`0,`, 1500)+`1]`)
			wantEcho(p, `"2024-02-29T12:00:00Z","2024-02-29T12:00:00.5+01:00","2024-02-29","007","1e3","true","null","undefined","NaN"`)
			wantEcho(p, `" blank ","`+"e\u0301"+`","<a href=\"x\">&amp;%20+</a>","\\n\\u0041","AQID","[1]","{\"a\":1}"`)
		},
	},
	{
		ID:    "packet.event.numbers",
		Title: "numbers survive the way there and back with the precision of a double",
		Rules: rules("sio.packet.event.basic"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.numbers-single", "want 0.1, got"),
			catch("event.numbers-truncated", "want 1.5, got 1"),
			catch("event.numbers-int32", "want 9007199254740991, got"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `1.5,-1,-1.5,1e3,1E-7`)
			wantEcho(p, `2147483647,2147483648,-2147483649,4294967296`)
			wantEcho(p, `9007199254740991,-9007199254740991`)
			wantEcho(p, `0.1,3.141592653589793,1.7976931348623157e308,5e-324`)
		},
	},
	{
		ID:    "packet.event.name-only",
		Title: "an event with a name only has no arguments",
		Rules: rules("sio.packet.event.name-only"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.name-only-dropped", "got nothing"),
			catch("event.name-only-null", "want 1 elements, got 2"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["message"]`)
			p.Want(`42["message-back"]`)
		},
	},
	{
		ID:    "packet.event.sent",
		Title: "an event that the application sends arrives with its name and its arguments",
		Rules: rules("sio.packet.event.basic", "sio.packet.event.name-only"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.dropped", "got nothing"),
			catch("event.twice", "want 42"),
			catch("event.args-lost", "want at least 6 elements, got 1"),
			catch("event.hyphen-cut", `data[0]: want "my-event, 1-2/x"`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Op("/", peer.Op{"do": "emit", "via": "socket", "args": []any{"my-event, 1-2/x", nil, 1.5, "é", []any{}, map[string]any{"a": "b"}}})
			p.Want(`42["my-event, 1-2/x",null,1.5,"é",[],{"a":"b"}]`)
			p.Op("/", peer.Op{"do": "emit", "via": "socket", "args": []any{"ping"}})
			p.Want(`42["ping"]`)
		},
	},
	{
		ID:    "packet.event.lookalikes",
		Title: "text that looks like a packet, a header, a namespace or a separator is text",
		Rules: rules("sio.packet.event.basic"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.separator-unescaped", "invalid"),
			catch("event.hyphen-cut", `data[2]: want "1-/custom,12[]"`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `"42[\"message\"]","1-/custom,12[]","/custom,","]","\u001e","b00=="`)
			wantEcho(p, `"null","","0","[object Object]","<any>"`)
		},
	},
	{
		ID:    "packet.event.namespace",
		Title: "an event of a custom namespace is answered in that namespace",
		Rules: rules("sio.packet.event.namespace"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.connect.custom", "packet.event.echo"},
		Catches: []run.Catch{
			catch("app.events.twice", "want nothing more"),
			catch("app.events.reversed", "data[1]: want"),
			catch("event.namespace-lost", "want namespace /custom, got"),
			catch("event.comma-lost", `got 42/custom["message-back"`),
			catch("event.namespace-dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send(`42/custom,["message",1,{"a":","}]`)
			p.Want(`42/custom,["message-back",1,{"a":","}]`)
		},
	},
	{
		ID:    "packet.event.unicode",
		Title: "text in all scripts, with characters of every length and escaped control characters, survives the way there and back",
		Rules: rules("sio.packet.event.unicode"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.latin1", "data[1]: want"),
			catch("event.astral-lost", "data[1]: want"),
			catch("event.nul-cut", "data[2]: want"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `"é€😀 ß ж 語 \u00e9\u20ac\ud83d\ude00","a\u0000b\u0001\u001f\u007f\u2028\u2029","\\\"\/\b\f\n\r\t"`)
			wantEcho(p, `{"é€😀":"\ufeff\ufffd\uffff"}`)
		},
	},
	{
		ID:    "packet.event.unicode-large",
		Title: "a long text of characters of several bytes survives, wherever the transport divides it",
		Rules: rules("sio.packet.event.unicode", "sio.packet.large-event"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"packet.event.unicode", "packet.event.large"},
		Catches: []run.Catch{
			catch("event.chunk-broken", "data[1]: want"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `"`+strings.Repeat("€", affordable(p, 200_000)/3)+`"`)
		},
	},
	{
		ID:    "packet.event.large",
		Title: "an event of 200,000 bytes is handled as any other",
		Rules: rules("sio.packet.large-event", "sio.packet.event.basic"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.large-dropped", "got nothing"),
			catch("event.large-cut", "data[1]: want"),
			catch("event.large-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `"`+strings.Repeat("0123456789", affordable(p, 200_000)/10)+`"`)
			wantEcho(p, `"small again"`)
		},
	},
	{
		ID:    "packet.event.order",
		Title: "200 events sent at once are handled in order, each of them once",
		Rules: rules("sio.packet.burst-order"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.reordered", `want 42["message-back",120]`),
			catch("event.one-lost", `want 42["message-back",120]`),
			catch("event.one-twice", `want 42["message-back",121]`),
			catch("event.burst-cut", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			var burst []string
			for i := range 200 {
				burst = append(burst, fmt.Sprintf(`42["message",%d]`, i))
			}
			sendInTens(p, burst)
			for i := range burst {
				p.Want(fmt.Sprintf(`42["message-back",%d]`, i))
			}
		},
	},
	{
		ID:    "packet.event.order-mixed",
		Title: "events with and without an acknowledgement id are handled in the order in which they were sent",
		Rules: rules("sio.packet.burst-order-mixed"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"packet.event.order", "ack.event.args"},
		Catches: []run.Catch{
			catch("event.unacknowledged-first", `want 430[0]`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			var burst []string
			for i := range 5 {
				burst = append(burst, fmt.Sprintf(`42%d["message-with-ack",%d]`, i, i), fmt.Sprintf(`42["message",%d]`, i))
			}
			p.SendTogether(burst...)
			for i := range 5 {
				p.Want(fmt.Sprintf("43%d[%d]", i, i), fmt.Sprintf(`42["message-back",%d]`, i))
			}
		},
	},
	{
		ID:    "packet.event.sent-order",
		Title: "200 events that the application sends at once arrive in order, each of them once",
		Rules: rules("sio.packet.burst-order"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"packet.event.sent"},
		Catches: []run.Catch{
			catch("event.reordered", `want 42["tick",120]`),
			catch("event.one-lost", `want 42["tick",120]`),
			catch("event.one-twice", `want 42["tick",121]`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Op("/", peer.Op{"do": "emit", "via": "socket", "times": 200, "args": []any{"tick", "<n>"}})
			for i := range 200 {
				p.Want(fmt.Sprintf(`42["tick",%d]`, i))
			}
		},
	},
	{
		ID:    "packet.event.unknown",
		Title: "an event to which nobody listens is ignored and not acknowledged",
		Rules: rules("sio.packet.event.unknown"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.unknown-acknowledged", "want nothing"),
			catch("event.unknown-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["nobody",1]`, `42777["nobody",1]`)
			p.WantNothing()
		},
	},
	{
		ID:     "packet.event.error-name",
		Title:  "an event of the name error is an event to which nobody listens, and does no harm",
		Rules:  rules("sio.packet.event.error-name"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		After:  []string{"packet.event.unknown"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("event.error-closes", "the session was closed"),
			catch("event.error-closes-all", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["error","x"]`, `42["error"]`, `42["error",{"message":"x"}]`)
			p.WantNothing()
			wantEcho(p, `"still there"`)
		},
	},
	{
		ID:    "packet.event.name-number",
		Title: "a number is a legal event name",
		Rules: rules("sio.packet.event.name-number"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.event.unknown"},
		Catches: []run.Catch{
			catch("event.number-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42[1,"x"]`, `42[0]`, `42[1.5]`)
			p.WantNothing()
		},
	},
	{
		ID:    "packet.event.white-space",
		Title: "white space between the tokens of the data has no meaning",
		Rules: rules("sio.packet.event.whitespace-json"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.white-space-closes", "the session was closed"),
			catch("event.white-space-dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send("42[ \"message\" ,\t{ \"a\" :\r\n 1 } , \" \" ] ")
			p.Want(`42["message-back",{"a":1}," "]`)
		},
	},
	{
		ID:    "packet.event.proto-key",
		Title: "names such as __proto__ and constructor in the data are ordinary names, and change nothing elsewhere",
		Rules: rules("sio.packet.event.proto-key"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.event.values"},
		Catches: []run.Catch{
			catch("event.proto-lost", `member "__proto__" is missing`),
			catch("event.proto-polluted", "data[1]: unexpected member"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `{"__proto__":{"polluted":1},"y":2}`)
			wantEcho(p, `{"constructor":{"prototype":{"polluted":1}},"hasOwnProperty":1,"toString":"t","toJSON":0,"length":-1}`)
			wantEcho(p, `{}`)
		},
	},
	{
		ID:    "packet.event.proto-name",
		Title: "events of names such as __proto__ and constructor are events to which nobody listens",
		Rules: rules("sio.packet.event.proto-key", "sio.packet.event.unknown"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.event.unknown"},
		Catches: []run.Catch{
			catch("event.proto-closes", "the session was closed"),
			catch("event.proto-answered", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for _, name := range []string{"__proto__", "constructor", "toString", "hasOwnProperty", "emit", "_events", ""} {
				p.Send(fmt.Sprintf(`42778[%q,{}]`, name))
				p.About("the event "+name, p.WantNothing)
			}
		},
	},
	{
		ID:    "packet.event.placeholder",
		Title: "what looks like a placeholder is plain data in an event without attachments",
		Rules: rules("sio.packet.event.placeholder-in-text"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("event.placeholder-resolved", "data[1]: want an object, got null"),
			catch("event.placeholder-awaited", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			wantEcho(p, `{"_placeholder":true,"num":0},[{"_placeholder":true,"num":7}]`)
		},
	},
}

// wantEcho sends an event with these arguments, as JSON, and wants them back.
func wantEcho(p *peer.Peer, args string) {
	p.Send(`42["message",` + args + `]`)
	p.Want(`42["message-back",` + args + `]`)
}

// sendInTens sends many packets at once. A payload has no more than ten of them, as some servers do not take many more.
func sendInTens(p *peer.Peer, packets []string) {
	for some := range slices.Chunk(packets, 10) {
		p.SendTogether(some...)
	}
}

// unannounced is how many bytes any target takes that has not announced a limit.
const unannounced = 32_768

// affordable returns size, or half of the payload limit that the target announced where that is less.
func affordable(p *peer.Peer, size int) int {
	p.Open()
	if limit := int(cmp.Or(p.Handshake().MaxPayload, p.Config().MaxPayload)); limit > 0 { // revision 4 announces none
		return min(size, limit/2)
	}
	return min(size, unannounced)
}
