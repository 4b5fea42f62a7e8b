package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// malformedBinaryScenarios are about headers of attachments, and attachments, that the grammar does not allow.
var malformedBinaryScenarios = []run.Scenario{
	{
		ID:     "malformed.binary.count",
		Title:  "a binary header with something other than a number of attachments before its array closes the connection",
		Rules:  rules("sio.packet.binary.count-invalid"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.header-ignored", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `45abc-["message",`+blob(0)+`]`, `451.5-["message",`+blob(0)+`]`, `45-1-["message",`+blob(0)+`]`, `45invalid`, `45/,1-["message",`+blob(0)+`]`, `45a`, `45--["message"]`)
		},
	},
	{
		ID:     "malformed.binary.no-dash",
		Title:  "a binary header without a dash, or without anything behind it, closes the connection",
		Rules:  rules("sio.packet.binary.no-dash"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.binary.count"},
		Catches: []run.Catch{
			catch("malformed.header-ignored", "want the session closed"),
			catch("malformed.dash-not-missed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain,
				`451["message",`+blob(0)+`]`, `45["message"]`, `451["message","a-b"]`, `45`, `451`,
				`461["x"]`, `46["x"]`, `46`, `461`, `46abc-1["x"]`, `461.5-1["x"]`, `46-1-1["x"]`)
		},
	},
	{
		ID:     "malformed.binary.count-empty",
		Title:  "a binary header with a dash and no number before it closes the connection",
		Rules:  rules("sio.packet.binary.zero-attachments"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.binary.count"},
		Catches: []run.Catch{
			catch("malformed.header-ignored", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `45-["message","x"]`, `46-1["x"]`)
		},
	},
	{
		ID:     "malformed.binary.zero",
		Title:  "after a binary header that announces no attachment the session is closed or works, for text and for attachments",
		Rules:  rules("robust.zombie"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.zero-deafens", "open but deaf"),
			catch("malformed.zero-poisons", "want 451-"),
			catch("malformed.zero-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, packet := range []string{`450-["message","x"]`, `4500-["message","x"]`, `450-["message",` + blob(0) + `]`, `460-1["x"]`} {
				q := apart(p, packet, inMain)
				q.Send(packet)
				packets, outcome := q.Settle()
				p.Observe("binary header without attachments "+packet, "%s, %d packets", outcome, len(packets))
				if outcome == peer.Closed {
					continue
				}
				wantEcho(q, `"text"`)
				q.SendMessage(`451-["message",`+blob(0)+`]`, []byte{1})
				q.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte{1})
			}
		},
	},
	{
		ID:     "malformed.binary.zero-closes",
		Title:  "a binary header that announces no attachment closes the connection",
		Rules:  rules("sio.packet.binary.zero-attachments"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.binary.zero"},
		Catches: []run.Catch{
			catch("malformed.zero-ignored", "want the session closed"),
			catch("malformed.zero-dispatched", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `450-["message","x"]`, `4500-["message","x"]`, `460-1["x"]`)
		},
	},
	{
		ID:     "malformed.binary.exotic",
		Title:  "numbers of attachments in other notations than decimal digits do no harm",
		Rules:  rules("sio.packet.binary.count-exotic"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.header-deafens", "open but deaf"),
			catch("malformed.header-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, count := range []string{"0x1", "1e0", "01", " 1", "1 ", "+1", "1.0", "0b1", "١"} {
				q := apart(p, count, inMain)
				q.SendMessage("45"+count+`-["message",`+blob(0)+`]`, []byte{1})
				observeReaction(q, fmt.Sprintf("number of attachments %q", count))
			}
		},
	},
	{
		ID:     "malformed.binary.huge",
		Title:  "a binary header that announces more attachments than anybody would send closes the connection",
		Rules:  rules("sio.packet.binary.count-huge"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.huge-awaited", "want the session closed"),
			catch("malformed.huge-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, count := range []string{"100000", "2147483648", "4294967297", "99999999999999999999", "1e400"} {
				eachClosed(p, inMain, "45"+count+`-["message",`+blob(0)+`]`, "46"+count+`-1[`+blob(0)+`]`)
			}
		},
	},
	{
		ID:     "malformed.binary.event-data",
		Title:  "a binary header whose data is no array, or an empty one, closes the connection before its attachments come",
		Rules:  rules("sio.packet.binary.payload-invalid"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array", "binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.header-ignored", "want the session closed"),
			catch("malformed.one-header-ignored", `after 451-[]`),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `451-{"a":`+blob(0)+`}`, `451-[]`, `451-null`, `451-"x"`, `451-["message"`, `451-["message",`+blob(0)+`]x`, `451-485{}`, `452-x`)
		},
	},
	{
		ID:     "malformed.binary.name",
		Title:  "a binary header whose name is a placeholder, or reserved, closes the connection",
		Rules:  rules("sio.packet.binary.name-invalid"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.name", "binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.header-ignored", "want the session closed"),
			catch("malformed.reserved-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `451-[`+blob(0)+`]`, `451-[null,`+blob(0)+`]`, `451-["disconnect",`+blob(0)+`]`, `451-["connect",`+blob(0)+`]`, `451-["disconnecting",`+blob(0)+`]`)
		},
	},
	{
		ID:     "malformed.binary.ack-data",
		Title:  "a BINARY_ACK whose data is not an array closes the connection before its attachments come",
		Rules:  rules("sio.packet.malformed.closes"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.binary.event-data"},
		Catches: []run.Catch{
			catch("malformed.header-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `461-1{"a":`+blob(0)+`}`, `461-1"x"`, `461-1null`, `461-1[`)
		},
	},
	{
		ID:     "malformed.binary.placeholder",
		Title:  "a placeholder that stands for no attachment closes the connection, and the event is not handled",
		Rules:  rules("sio.packet.binary.placeholder-invalid"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.placeholder-ignored", "want the session closed"),
			catch("malformed.placeholder-null", "want the session closed or the packet ignored"),
			catch("malformed.placeholder-kept", "want the session closed or the packet ignored"),
		},
		Run: func(p *peer.Peer) {
			var ignored []string
			for _, num := range []string{`,"num":1`, `,"num":-1`, `,"num":1000000000`, `,"num":"0"`, `,"num":"splice"`, `,"num":"length"`, `,"num":null`, ``, `,"num":[0]`, `,"num":{}`, `,"num":true`, `,"num":""`, `,"Num":0`} {
				q := apart(p, num, inMain)
				packet := `451-["message",{"_placeholder":true` + num + `}]`
				q.SendMessage(packet, []byte{1})
				if closedOrIgnored(q) == peer.Ignored {
					ignored = append(ignored, packet)
				}
			}
			wantNoneIgnored(p, "sio.packet.binary.placeholder-invalid", ignored)
		},
	},
	{
		ID:     "malformed.binary.fraction",
		Title:  "a placeholder with a fraction for a number does no harm",
		Rules:  rules("sio.packet.binary.fractional-index"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.binary.placeholder"},
		Catches: []run.Catch{
			catch("malformed.header-deafens", "open but deaf"),
			catch("malformed.header-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, num := range []string{"0.5", "-0.5", "1e-7", "-0", "0e5"} {
				q := apart(p, num, inMain)
				q.SendMessage(`451-["message",{"_placeholder":true,"num":`+num+`}]`, []byte{1})
				observeReaction(q, "placeholder number "+num)
			}
		},
	},
	{
		ID:     "malformed.binary.unannounced",
		Title:  "an attachment that no header has announced closes the connection",
		Rules:  rules("sio.packet.binary.unannounced"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.echo"},
		Catches: []run.Catch{
			catch("malformed.attachment-ignored", "want the session closed"),
			catch("malformed.attachment-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, data := range [][]byte{{1, 2}, {}, []byte(`42["message",1]`), []byte("2[\"message\",1]")} {
				q := apart(p, fmt.Sprintf("the bytes %x", data), inMain)
				q.SendBinary(data)
				q.WantClosed()
				wantUnheard(q)
			}
		},
	},
	{
		ID:     "malformed.binary.extra",
		Title:  "an attachment more than the header has announced closes the connection",
		Rules:  rules("sio.packet.binary.unannounced"),
		Needs:  needsEcho,
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.binary.unannounced"},
		Catches: []run.Catch{
			catch("malformed.second-attachment-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendMessage(`451-["message",`+blob(0)+`]`, []byte{1})
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte{1})
			p.SendBinary([]byte{2})
			p.WantClosed()
		},
	},
	{
		ID:     "malformed.binary.left-in-between",
		Title:  "a client that leaves a namespace between a header and its attachment is not heard there any more, and harms nobody",
		Rules:  rules("sio.packet.binary.text-while-pending"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"binary.event.namespace"},
		Catches: []run.Catch{
			catch("malformed.left-header-answered", "want the session closed or the packet ignored"),
			catch("malformed.left-header-deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			q := apart(p, "41/custom,", inCustom)
			q.WantAuth("/custom", "{}")
			q.Send(`451-/custom,["message",`+blob(0)+`]`, "41/custom,")
			q.SendBinary([]byte{1})
			if closedOrIgnored(q) == peer.Ignored {
				wantNoneIgnored(p, "sio.packet.binary.text-while-pending", []string{"41/custom, while an attachment was due"})
			}
		},
	},
	{
		ID:     "malformed.binary.never-completed",
		Title:  "a binary header before the first CONNECT does not keep a connection open beyond the connect time-out",
		Rules:  rules("sio.packet.binary.never-completed"),
		Needs:  run.Needs{Profile: "fast"},
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true, Slow: true},
		Catches: []run.Catch{
			catch("malformed.header-keeps-open", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Send(`4510-["message",` + blobs(10) + `]`)
			p.SendBinary([]byte{1})
			p.WantClosedWithin(3 * p.Slack())
		},
	},
}
