package suite

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// binaryScenarios are about events and acknowledgements with attachments.
var binaryScenarios = slices.Concat(binaryEventScenarios, binarySentScenarios)

// binaryEventScenarios are about attachments that the server receives.
var binaryEventScenarios = []run.Scenario{
	{
		ID:    "binary.event.echo",
		Title: "an event with two attachments reaches the application with the bytes where the placeholders stand, and so does one that it sends",
		Rules: rules("sio.packet.binary.event"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("binary.ignored", "got nothing"),
			catch("binary.dropped", "an attachment of 3 bytes"),
			catch("binary.bytes-changed", "the bytes of the attachment differ"),
			catch("binary.exchanged", "the bytes of the attachment differ"),
			catch("binary.first-only", "want 2 attachments, got 1"),
			catch("binary.as-json", "want BINARY_EVENT, got EVENT"),
			catch("binary.numbered-from-one", "num: want 0, got 1"),
			catch("binary.count-missing", "no attachment count"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`452-["message",`+blob(0)+`,`+blob(1)+`]`, []byte{1, 2, 3}, []byte{4, 5, 6})
			p.WantMessage(`452-["message-back",`+blob(0)+`,`+blob(1)+`]`, []byte{1, 2, 3}, []byte{4, 5, 6})
		},
	},
	{
		ID:    "binary.event.apart",
		Title: "a header and its attachments are one message however they are sent: together, or one by one",
		Rules: rules("sio.packet.binary.event"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.dispatched-early", "want 2 attachments, got 1"),
			catch("binary.ignored", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`452-["message",` + blob(0) + `,` + blob(1) + `]`)
			p.SendBinary([]byte{1, 2, 3})
			p.SendBinary([]byte{4, 5, 6})
			p.WantMessage(`452-["message-back",`+blob(0)+`,`+blob(1)+`]`, []byte{1, 2, 3}, []byte{4, 5, 6})
		},
	},
	{
		ID:    "binary.event.namespace",
		Title: "the number of attachments stands before the namespace, in both directions",
		Rules: rules("sio.packet.binary.namespace"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"binary.event.echo", "packet.event.namespace"},
		Catches: []run.Catch{
			catch("app.binary.truncated", "the bytes of the attachment differ"),
			catch("app.binary.text", "want BINARY_EVENT, got EVENT"),
			catch("app.binary.replaced", "want BINARY_EVENT, got EVENT"),
			catch("app.binary.emptied", "want BINARY_EVENT, got EVENT"),
			catch("binary.namespace-before-count", "no attachment count"),
			catch("binary.namespace-lost", "want namespace /custom, got /"),
			catch("binary.custom-ignored", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.SendMessage(`451-/custom,["message",`+blob(0)+`]`, []byte{0xff})
			p.WantMessage(`451-/custom,["message-back",`+blob(0)+`]`, []byte{0xff})
		},
	},
	{
		ID:    "binary.event.nested",
		Title: "placeholders stand at any depth and in any order, and their numbers say which attachment is meant",
		Rules: rules("sio.packet.binary.nested"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.by-appearance", "the bytes of the attachment differ"),
			catch("binary.nested-null", "data[1].a[0]: want"),
			catch("binary.exchanged", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`454-["message",{"a":[`+blob(1)+`,null],"b":{"c":{"d":`+blob(2)+`}}},`+blob(0)+`,"text",[["x",`+blob(3)+`]]]`,
				[]byte("zero"), []byte("one"), []byte("two"), []byte("three"))
			back := p.Want(`454-["message-back",{"a":[` + blobAs("one") + `,null],"b":{"c":{"d":` + blobAs("two") + `}}},` + blobAs("zero") + `,"text",[["x",` + blobAs("three") + `]]]`)
			texts := map[string]string{}
			for text, num := range back {
				texts[num] = text
			}
			for n := range 4 {
				p.WantBinary([]byte(texts[fmt.Sprint(n)]))
			}
		},
	},
	{
		ID:    "binary.event.same-twice",
		Title: "two placeholders may stand for the same attachment",
		Rules: rules("sio.packet.binary.duplicate-placeholder"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.first-only", "want 2 attachments, got 1"),
			catch("binary.duplicate-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`451-["message",`+blob(0)+`,`+blob(0)+`]`, []byte("same"))
			p.WantMessage(`452-["message-back",`+blob(0)+`,`+blob(1)+`]`, []byte("same"), []byte("same"))
		},
	},
	{
		ID:    "binary.event.unused",
		Title: "an attachment for which no placeholder stands is awaited and dropped",
		Rules: rules("sio.packet.binary.unused-attachment"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.unused-sent", "want 1 attachments, got 2"),
			catch("binary.unused-not-awaited", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`452-["message",`+blob(0)+`]`, []byte("used"), []byte("unused"))
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte("used"))
			p.SendMessage(`451-["message","none"]`, []byte("unused"))
			p.Want(`42["message-back","none"]`)
		},
	},
	{
		ID:    "binary.event.empty",
		Title: "an attachment may be empty",
		Rules: rules("sio.packet.binary.empty-attachment"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.empty-ignored", "got nothing"),
			catch("binary.empty-not-sent", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`452-["message",`+blob(0)+`,`+blob(1)+`]`, nil, []byte{7})
			p.WantMessage(`452-["message-back",`+blob(0)+`,`+blob(1)+`]`, nil, []byte{7})
		},
	},
	{
		ID:    "binary.event.bytes",
		Title: "attachments are the bytes themselves: every value, every first byte, every length",
		Rules: rules("sio.packet.binary.eio4-raw"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.type-byte-stripped", "the bytes of the attachment differ"),
			catch("binary.type-byte-added", "the bytes of the attachment differ"),
			catch("binary.as-utf8", "the bytes of the attachment differ"),
			catch("binary.seven-bits", "the bytes of the attachment differ"),
			catch("binary.padding-lost", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			every := everyByte()
			p.SendMessage(`451-["message",`+blob(0)+`]`, every)
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, every)
			for start := 0; start < 256; start += 8 {
				var some [][]byte
				for length := range 8 {
					some = append(some, append([]byte{byte(start + length)}, every[:length]...))
				}
				p.SendMessage(`458-["message",`+blobs(8)+`]`, some...)
				p.WantMessage(`458-["message-back",`+blobs(8)+`]`, some...)
			}
		},
	},
	{
		ID:    "binary.event.large",
		Title: "an attachment of 200,000 bytes is handled as any other",
		Rules: rules("sio.packet.binary.large", "sio.packet.binary.event"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.echo", "packet.event.large"},
		Catches: []run.Catch{
			catch("binary.large-cut", "the bytes of the attachment differ"),
			catch("binary.large-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			data := bytes.Repeat(everyByte(), affordable(p, 400_000)/2/256)
			p.SendMessage(`451-["message",`+blob(0)+`]`, data)
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, data)
			p.SendMessage(`451-7["message-with-ack",`+blob(0)+`]`, data)
			p.WantMessage(`461-7[`+blob(0)+`]`, data)
		},
	},
	{
		ID:    "binary.event.ten",
		Title: "a message with ten attachments is accepted",
		Rules: rules("sio.packet.binary.too-many"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("binary.ten-closes", "the session was closed"),
			catch("binary.count-one-digit", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`4510-["message",`+blobs(10)+`]`, tiny(10)...)
			p.WantMessage(`4510-["message-back",`+blobs(10)+`]`, tiny(10)...)
		},
	},
	{
		ID:     "binary.event.limit",
		Title:  "a message with more attachments than the server accepts closes the connection or is ignored, one with fewer is handled",
		Rules:  rules("sio.packet.binary.event"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		After:  []string{"binary.event.ten"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("binary.many-cut", "want all attachments or none"),
			catch("binary.many-deaf", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			accepted, refused := 10, 0
			for _, n := range []int{11, 20, 100, 1000} {
				q := p.Peer(fmt.Sprintf("who sends %d", n))
				q.Connect("/")
				q.SendMessage(fmt.Sprintf(`45%d-["message",%s]`, n, blobs(n)), tiny(n)...)
				packets, outcome := q.Settle()
				if outcome == peer.Closed || len(packets) == 0 {
					refused = n
					break
				}
				if len(packets) != n+1 || packets[0].AttachmentCount() != n {
					p.Failf("want all attachments or none of %d, got %d", n, len(packets)-1)
				}
				accepted = n
			}
			p.Observe("attachments accepted", "%d", accepted)
			p.Observe("attachments refused", "%d", refused)
		},
	},
	{
		ID:    "binary.event.names",
		Title: "names such as hasOwnProperty beside an attachment are ordinary data",
		Rules: rules("sio.packet.binary.proto-key"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"binary.event.echo", "packet.event.proto-key"},
		Catches: []run.Catch{
			catch("binary.names-close", "the session was closed"),
			catch("binary.names-lost", "is missing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`451-["message",{"hasOwnProperty":1,"constructor":{"prototype":{}},"toString":"t","length":9,"b":`+blob(0)+`}]`, []byte("b"))
			p.WantMessage(`451-["message-back",{"hasOwnProperty":1,"constructor":{"prototype":{}},"toString":"t","length":9,"b":`+blob(0)+`}]`, []byte("b"))
			p.SendMessage(`451-["message",{"_placeholder":false,"num":0},{"_placeholder":"true","num":0},`+blob(0)+`]`, []byte("b"))
			p.WantMessage(`451-["message-back",{"_placeholder":false,"num":0},{"_placeholder":"true","num":0},`+blob(0)+`]`, []byte("b"))
		},
	},
	{
		ID:     "binary.event.pong-between",
		Title:  "a heartbeat may come between a header and its attachment",
		Rules:  rules("sio.packet.binary.heartbeat-between"),
		Needs:  run.Needs{Level: peer.Echo, Profile: "fast"},
		On:     pollingAndWS,
		Traits: run.Traits{Slow: true},
		After:  []string{"binary.event.apart"},
		Catches: []run.Catch{
			catch5("binary.pong-as-attachment", "the bytes of the attachment differ"),
			catch4("revision4.ping-ends-message", "got nothing"),
			catch5("binary.pong-ends-message", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`451-["message",` + blob(0) + `]`)
			if p.Config().Revision == wire.Revision4 { // the client pings
				p.Send("2")
				p.SendBinary([]byte{1, 2, 3})
				p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte{1, 2, 3})
				return
			}
			for range p.Pings() + 2 { // when the next ping has come, the last one has been answered
				p.WantPing(p.Config().PingInterval + p.Slack())
			}
			p.SendBinary([]byte{1, 2, 3})
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte{1, 2, 3})
		},
	},
	{
		ID:    "binary.event.base64",
		Title: "a base64 packet in a text frame of a WebSocket is an attachment too",
		Rules: rules("sio.packet.binary.base64-on-ws"),
		Needs: needsEcho,
		On:    overWebSocket,
		After: []string{"binary.event.apart"},
		Catches: []run.Catch{
			catch4("revision4.base64-ignored", "got nothing"),
			catch5("binary.base64-ignored", "got nothing"),
			catch5("binary.base64-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			encoded := "bAQID"
			if p.Config().Revision == wire.Revision4 { // with the type of the packet
				encoded = "b4AQID"
			}
			p.Send(`451-["message",`+blob(0)+`]`, encoded)
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte{1, 2, 3})
		},
	},
	{
		ID:    "binary.event.upgrade",
		Title: "a header that came over long-polling and an attachment that comes over WebSocket are one message",
		Rules: rules("sio.packet.binary.any-transport"),
		Needs: needsEcho,
		On:    upgradeOnly,
		After: []string{"binary.event.apart"},
		Catches: []run.Catch{
			catch("binary.forgotten-by-upgrade", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			q := p.PeerOver("who upgrades", peer.Polling)
			q.Connect("/")
			q.Send(`452-["message",` + blob(0) + `,` + blob(1) + `]`)
			q.SendBinary([]byte("by polling"))
			q.Upgrade()
			q.SendBinary([]byte("by WebSocket"))
			q.WantMessage(`452-["message-back",`+blob(0)+`,`+blob(1)+`]`, []byte("by polling"), []byte("by WebSocket"))
		},
	},
	{
		ID:    "binary.event.two-clients",
		Title: "headers and attachments of two clients that alternate make two messages",
		Rules: rules("sio.packet.binary.per-connection"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.apart"},
		Catches: []run.Catch{
			catch("binary.clients-mixed", "the bytes of the attachment differ"),
			catch("binary.one-pending-only", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			p.Connect("/")
			q.Connect("/")
			p.Send(`452-["message","main",` + blob(0) + `,` + blob(1) + `]`)
			q.Send(`452-["message","other",` + blob(0) + `,` + blob(1) + `]`)
			p.SendBinary([]byte("main 0"))
			q.SendBinary([]byte("othe 0"))
			p.SendBinary([]byte("main 1"))
			p.WantMessage(`452-["message-back","main",`+blob(0)+`,`+blob(1)+`]`, []byte("main 0"), []byte("main 1"))
			q.SendBinary([]byte("othe 1"))
			q.WantMessage(`452-["message-back","other",`+blob(0)+`,`+blob(1)+`]`, []byte("othe 0"), []byte("othe 1"))
		},
	},
	{
		ID:    "binary.event.abandoned",
		Title: "a client that leaves between a header and its attachment leaves nothing behind for others",
		Rules: rules("sio.packet.binary.per-connection"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"binary.event.two-clients"},
		Catches: []run.Catch{
			catch("binary.left-behind", "want 42"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("who drops out")
			q.Connect("/")
			q.Send(`451-["message",` + blob(0) + `]`)
			q.Drop()
			p.Connect("/")
			wantEcho(p, `"text"`)
			p.SendMessage(`451-["message",`+blob(0)+`]`, []byte("mine"))
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte("mine"))
		},
	},
	{
		ID:    "binary.event.burst",
		Title: "fifteen events with large attachments sent at once come back whole",
		Rules: rules("sio.packet.binary.event", "sio.packet.burst-order"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"binary.event.large"},
		Catches: []run.Catch{
			catch("binary.text-overtakes", "want 451-"),
			catch("binary.large-cut", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			data := bytes.Repeat(everyByte(), affordable(p, 160_000)/256)
			for i := range 15 {
				data[0] = byte(i)
				p.SendMessage(fmt.Sprintf(`451-["message",%d,%s]`, i, blob(0)), bytes.Clone(data))
			}
			for i := range 15 {
				data[0] = byte(i)
				p.WantMessage(fmt.Sprintf(`451-["message-back",%d,%s]`, i, blob(0)), data)
			}
		},
	},
	{
		ID:    "binary.event.mixed",
		Title: "events with and without attachments are handled in the order in which they were sent",
		Rules: rules("sio.packet.burst-order", "sio.packet.binary.event"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.echo", "packet.event.order"},
		Catches: []run.Catch{
			catch("binary.text-overtakes", "want 451-"),
			catch("binary.attachment-late", "an attachment of 1 bytes"),
			catch("binary.dropped", "an attachment of 1 bytes"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for i := range 30 {
				p.Send(fmt.Sprintf(`42["message",%d]`, i))
				p.SendMessage(fmt.Sprintf(`451-["message",%d,%s]`, i, blob(0)), []byte{byte(i)})
			}
			for i := range 30 {
				p.Want(fmt.Sprintf(`42["message-back",%d]`, i))
				p.WantMessage(fmt.Sprintf(`451-["message-back",%d,%s]`, i, blob(0)), []byte{byte(i)})
			}
		},
	},
}

// blob returns the placeholder of attachment n as it stands in a packet.
func blob(n int) string { return fmt.Sprintf(`{"_placeholder":true,"num":%d}`, n) }

// blobAs returns the pattern of a placeholder whose number is captured under that name.
func blobAs(name string) string {
	return fmt.Sprintf(`{"_placeholder":true,"num":<%s:integer>}`, name)
}

// blobs returns the placeholders of n attachments.
func blobs(n int) string {
	var list []string
	for i := range n {
		list = append(list, blob(i))
	}
	return strings.Join(list, ",")
}

// tiny returns n attachments of one byte each.
func tiny(n int) [][]byte {
	var list [][]byte
	for i := range n {
		list = append(list, []byte{byte(i)})
	}
	return list
}

// everyByte returns all values of a byte in order.
func everyByte() []byte {
	var b []byte
	for i := range 256 {
		b = append(b, byte(i))
	}
	return b
}
