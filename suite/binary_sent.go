package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// binarySentScenarios are about attachments that the server sends.
var binarySentScenarios = []run.Scenario{
	{
		ID:    "binary.sent.socket",
		Title: "an event with binary arguments is sent as a BINARY_EVENT with numbered placeholders and the bytes behind it",
		Rules: rules("sio.packet.encode.binary-auto"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"binary.event.echo", "packet.event.sent"},
		Catches: []run.Catch{
			catch("binary.as-json", "want BINARY_EVENT, got EVENT"),
			catch("binary.dropped", "an attachment of 2 bytes"),
			catch("binary.exchanged", "the bytes of the attachment differ"),
			catch("binary.numbered-from-one", "num: want 0, got 1"),
			catch("binary.count-one-more", "want 2 attachments, got 3"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			args := []any{"bin", 1, peer.Placeholder(0), map[string]any{"a": []any{peer.Placeholder(1)}}}
			p.StartBinaryOp("/", peer.Op{"do": "emit", "via": "socket", "args": args}, []byte{0xca, 0xfe}, []byte{}).Value()
			p.WantMessage(`452-["bin",1,`+blob(0)+`,{"a":[`+blob(1)+`]}]`, []byte{0xca, 0xfe}, []byte{})
		},
	},
	{
		ID:    "binary.sent.text-beside",
		Title: "text beyond ASCII beside an attachment arrives as it was sent",
		Rules: rules("sio.packet.binary.event", "sio.packet.event.unicode"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"binary.sent.socket"},
		Catches: []run.Catch{
			catch("binary.text-mangled", `["bin"`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.StartBinaryOp("/", peer.Op{"do": "emit", "via": "socket", "args": []any{"bin", "hé€😀", peer.Placeholder(0)}}, []byte{0xca, 0xfe}).Value()
			p.WantMessage(`451-["bin","hé€😀",`+blob(0)+`]`, []byte{0xca, 0xfe})
		},
	},
	{
		ID:    "binary.sent.namespace",
		Title: "an event with attachments of a custom namespace has the number of attachments first and the namespace behind it",
		Rules: rules("sio.packet.binary.namespace"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"binary.sent.socket", "binary.event.namespace"},
		Catches: []run.Catch{
			catch("binary.namespace-before-count", "no attachment count"),
			catch("binary.namespace-lost", "want namespace /orders, got /"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/orders")
			p.StartBinaryOp("/orders", peer.Op{"do": "emit", "via": "socket", "args": []any{"bin", peer.Placeholder(0)}}, []byte{1}).Value()
			p.WantMessage(`451-/orders,["bin",`+blob(0)+`]`, []byte{1})
		},
	},
	{
		ID:    "binary.sent.adjacent",
		Title: "each of 50 events with two attachments is followed directly by its own, and text comes before or behind but not between",
		Rules: rules("sio.packet.encode.adjacent"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"binary.sent.socket", "packet.event.sent-order"},
		Catches: []run.Catch{
			catch("binary.attachment-late", "an attachment of"),
			catch("binary.text-between", "want an attachment, got EVENT"),
			catch("binary.exchanged", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			binary := peer.Op{"do": "emit", "via": "socket", "args": []any{"bin", peer.Placeholder(0), peer.Placeholder(1)}}
			text := peer.Op{"do": "emit", "via": "socket", "args": []any{"text"}}
			var ops []peer.Op
			for range 50 {
				ops = append(ops, binary, text)
			}
			p.StartBinaryOp("/", peer.Op{"do": "batch", "ops": ops}, []byte{1, 2}, []byte{3}).Value()
			for range 50 {
				p.WantMessage(`452-["bin",`+blobs(2)+`]`, []byte{1, 2}, []byte{3})
				p.Want(`42["text"]`)
			}
		},
	},
	{
		ID:    "binary.sent.room",
		Title: "a broadcast with attachments brings the header and all attachments to each recipient",
		Rules: rules("sio.packet.encode.adjacent", "sio.packet.encode.binary-auto"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"binary.sent.socket", "rooms.to.members"},
		Catches: []run.Catch{
			catch("binary.first-recipient-only", "an attachment of"),
			catch("binary.text-between", "want an attachment, got EVENT"),
		},
		Run: func(p *peer.Peer) {
			room := freshName(p, "binary")
			q, r := p.Peer("second"), p.Peer("third")
			join(room, p, q, r)
			for i := range 3 {
				args := []any{"bin", i, peer.Placeholder(1), peer.Placeholder(0)}
				p.StartBinaryOp("/", peer.Op{"do": "emit", "via": "nsp", "to": []string{room}, "args": args}, []byte("zero"), []byte("one")).Value()
			}
			for _, member := range []*peer.Peer{p, q, r} {
				for i := range 3 {
					member.WantMessage(fmt.Sprintf(`452-["bin",%d,%s]`, i, blobs(2)), []byte("one"), []byte("zero"))
				}
			}
		},
	},
	{
		ID:    "binary.ack.echo",
		Title: "an acknowledgement with binary arguments is a BINARY_ACK with the id of the event",
		Rules: rules("sio.packet.binary.ack"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"binary.event.echo", "ack.event.args"},
		Catches: []run.Catch{
			catch("binary.ack-as-text", "want BINARY_ACK, got ACK"),
			catch("binary.ack-as-event", "want BINARY_ACK, got BINARY_EVENT"),
			catch("binary.ack-without-id", `want acknowledgement id "789", got ""`),
			catch("binary.dropped", "an attachment of 3 bytes"),
			catch("ack.dropped", "want 462-789"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`452-789["message-with-ack",`+blobs(2)+`]`, []byte{1, 2, 3}, []byte{4, 5, 6})
			p.WantMessage(`462-789[`+blobs(2)+`]`, []byte{1, 2, 3}, []byte{4, 5, 6})
		},
	},
	{
		ID:    "binary.ack.namespace",
		Title: "a BINARY_ACK of a custom namespace has the number of attachments, the namespace and the id in this order; 0 is an id",
		Rules: rules("sio.packet.binary.ack", "sio.packet.ack-id.zero"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"binary.ack.echo", "binary.event.namespace", "ack.id.zero"},
		Catches: []run.Catch{
			catch("app.ack.first-argument-only", "want BINARY_ACK, got ACK"),
			catch("binary.ack-in-main", "want namespace /custom, got /"),
			catch("ack.zero-unanswered", "want 461-/custom,0"),
			catch("ack.zero-without-id", `want acknowledgement id "0", got ""`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			for _, id := range []int64{4, 0, 10, 100, 1 << 31, 1<<53 - 1} {
				p.SendMessage(fmt.Sprintf(`451-/custom,%d["message-with-ack","t",%s]`, id, blob(0)), []byte{0x0a, 0x0b})
				p.WantMessage(fmt.Sprintf(`461-/custom,%d["t",%s]`, id, blob(0)), []byte{0x0a, 0x0b})
			}
		},
	},
	{
		ID:    "binary.ack.text",
		Title: "an acknowledgement without binary arguments for an event with attachments is an ACK",
		Rules: rules("sio.packet.binary.ack"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"binary.ack.echo", "binary.sent.socket"},
		Catches: []run.Catch{
			catch("binary.text-ack-as-binary", "want ACK, got BINARY_ACK"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`451-790["op",{"do":"emit","via":"socket","args":["bin",`+blob(0)+`]}]`, []byte{1})
			p.WantMessage(`451-["bin",`+blob(0)+`]`, []byte{1})
			p.Want(`43790[{"ok":null}]`)
		},
	},
	{
		ID:    "binary.ack.nested",
		Title: "binary values at any depth of an acknowledgement are attachments",
		Rules: rules("sio.packet.binary.ack", "sio.packet.binary.nested"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"binary.ack.echo"},
		Catches: []run.Catch{
			catch("binary.ack-as-text", "want BINARY_ACK, got ACK"),
			catch("binary.exchanged", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`452-791["op",{"do":"echo","value":{"a":[{"b":`+blob(1)+`},`+blob(0)+`],"c":null}}]`, []byte("zero"), []byte("one"))
			p.WantMessage(`462-791[{"ok":{"a":[{"b":`+blob(0)+`},`+blob(1)+`],"c":null}}]`, []byte("one"), []byte("zero"))
		},
	},
}
