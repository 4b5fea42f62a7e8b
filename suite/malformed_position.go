package suite

import (
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// malformedPositionScenarios are about the same packets elsewhere: as the first one, in a custom namespace, in one that was not joined, and where an attachment is due.
var malformedPositionScenarios = []run.Scenario{
	{
		ID:     "malformed.first.text",
		Title:  "a malformed packet of any type as the first one closes the connection",
		Rules:  rules("sio.packet.malformed.first"),
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("malformed.first-ignored", "want the session closed"),
			catch("malformed.first-deafens", "want the session closed"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, asFirst, inNamespace("/", everyMalformed)...)
		},
	},
	{
		ID:     "malformed.first.custom",
		Title:  "a malformed packet of any type but CONNECT as the first one closes the connection, in whatever namespace",
		Rules:  rules("sio.packet.malformed.first"),
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.first.text"},
		Catches: []run.Catch{
			catch("malformed.first-ignored", "want the session closed"),
			catch("malformed.custom-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, asFirst, inNamespace("/sio-conform-unknown", everyMalformed)...)
		},
	},
	{
		ID:     "malformed.first.connect",
		Title:  "a CONNECT whose data is not a JSON object, as the first packet, joins nothing and closes the connection",
		Rules:  rules("sio.packet.connect.payload-invalid"),
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("malformed.connect-ignored", "want the session closed"),
			catch("malformed.connect-mended-first", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			eachRefused(p, "sio.packet.connect.payload-invalid", asFirst, `40[]`, `40null`, `40"x"`, `40true`, `40{"a":`, `40x`, `40{}x`, `40custom`, `40,`, `40/,[]`)
		},
	},
	{
		ID:     "malformed.first.attachment",
		Title:  "an attachment as the first packet, with a header or without, closes the connection",
		Rules:  rules("sio.packet.malformed.first"),
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("malformed.attachment-ignored", "want the session closed"),
			catch("malformed.first-header-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("without a header")
			q.SendBinary([]byte{1, 2})
			q.WantClosed()
			for _, header := range []string{`451-["message",` + blob(0) + `]`, `451-/custom,["message",` + blob(0) + `]`, `461-1[` + blob(0) + `]`} {
				q := apart(p, header, asFirst)
				q.SendMessage(header, []byte{1})
				q.WantClosed()
				wantUnheard(q)
			}
		},
	},
	{
		ID:     "malformed.custom.event",
		Title:  "a malformed event in the only namespace that was joined, a custom one, closes the connection",
		Rules:  rules("sio.packet.event.payload-not-array", "sio.packet.event.malformed-json"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("malformed.custom-ignored", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, onlyCustom, inNamespace("/custom", malformedEvents)...)
		},
	},
	{
		ID:     "malformed.custom.others",
		Title:  "a malformed packet of another type in the only namespace that was joined, a custom one, closes the connection",
		Rules:  rules("sio.packet.malformed.closes"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.type.unknown", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("malformed.custom-ignored", "want the session closed"),
			catch("malformed.error-in-custom-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, onlyCustom, inNamespace("/custom", malformedOthers)...)
		},
	},
	{
		ID:     "malformed.unjoined.event",
		Title:  "a malformed event in a namespace that was not joined closes the connection",
		Rules:  rules("sio.packet.event.payload-not-array", "sio.packet.event.malformed-json"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.custom-ignored", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, inNamespace("/custom", malformedEvents)...)
		},
	},
	{
		ID:     "malformed.unjoined.others",
		Title:  "a malformed packet of another type in a namespace that was not joined closes the connection",
		Rules:  rules("sio.packet.malformed.closes"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.type.unknown"},
		Catches: []run.Catch{
			catch("malformed.custom-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, inNamespace("/custom", malformedOthers)...)
		},
	},
	{
		ID:     "malformed.unjoined.attachment",
		Title:  "an event with an attachment in a namespace that was not joined is not heard",
		Rules:  rules("sio.packet.binary.per-connection"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch5("malformed.unjoined-answered", "was acted upon"),
			catch("malformed.header-deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			for _, header := range []string{`451-/custom,["message",` + blob(0) + `]`, `451-/sio-conform-unknown,["message",` + blob(0) + `]`, `461-/custom,1[` + blob(0) + `]`} {
				q := apart(p, header, inMain)
				q.SendMessage(header, []byte{1})
				p.Observe("attachment in a namespace that was not joined: "+header, "%s", closedOrIgnored(q))
			}
		},
	},
	{
		ID:     "malformed.pending.well-formed",
		Title:  "a packet of any type where an attachment is due closes the connection, and nothing of it or of the header is handled",
		Rules:  rules("sio.packet.binary.text-while-pending"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.apart"},
		Catches: []run.Catch{
			catch("malformed.text-while-pending-ignored", "want the session closed"),
			catch("malformed.text-as-attachment", "want the session closed"),
			catch("malformed.text-handled-while-pending", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, whilePending, `42["message",1]`, `42486["message-with-ack",1]`, `43487[]`, `40/custom,`, `41`, `451-["message",`+blob(0)+`]`, `461-1[`+blob(0)+`]`)
		},
	},
	{
		ID:     "malformed.pending.malformed",
		Title:  "a malformed packet of any type where an attachment is due closes the connection",
		Rules:  rules("sio.packet.binary.text-while-pending"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.pending.well-formed"},
		Catches: []run.Catch{
			catch("malformed.text-while-pending-ignored", "want the session closed"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, whilePending, inNamespace("/", everyMalformed)...)
		},
	},
	{
		ID:     "malformed.pending.second",
		Title:  "a packet where the second of two attachments is due closes the connection",
		Rules:  rules("sio.packet.binary.text-while-pending"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.pending.well-formed"},
		Catches: []run.Catch{
			catch("malformed.text-while-pending-ignored", "want the session closed"),
			catch("malformed.text-as-attachment", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`452-["message",` + blobs(2) + `]`)
			p.SendBinary([]byte{1})
			p.Send(`42["message",1]`)
			p.WantClosed()
			wantUnheard(p)
		},
	},
}

// Malformed packets with a %s where the namespace stands.
var (
	malformedEvents = []string{`42%s{}`, `42%s[]`, `42%snull`, `42%s"message"`, `42%s["message"`, `42%s["message",1]x`, `42%sabc["message"]`, `42%s-1["message"]`}
	malformedOthers = []string{`41%s{}`, `43%s1{}`, `43%s1["x"`, `44%s{"message":"x"}`, `47%s["x"]`, `4%s`, `45%s["message"]`, `45abc-%s["message",{"_placeholder":true,"num":0}]`, `451-%s[]`, `451-%s{}`, `46%s1["x"]`, `461-%s1{}`}
	everyMalformed  = append(slices.Clip(malformedEvents), malformedOthers...)
)

// inNamespace returns the packets as those of that namespace. The packet that would have nothing in it for the main namespace is left out.
func inNamespace(name string, forms []string) []string {
	var packets []string
	for _, form := range forms {
		if packet := fmt.Sprintf(form, peer.Prefix(name)); packet != "4" {
			packets = append(packets, packet)
		}
	}
	return packets
}

// asFirst leaves a peer as it is after the handshake.
func asFirst(q *peer.Peer) { q.Open() }

// onlyCustom lets a peer into a custom namespace.
func onlyCustom(q *peer.Peer) { q.Connect("/custom") }

// whilePending lets a peer into the main namespace, and has it send a header without its attachment.
func whilePending(q *peer.Peer) {
	q.Connect("/")
	q.Send(`451-["message",` + blob(0) + `]`)
}
