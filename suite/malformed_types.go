package suite

import (
	"fmt"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// malformedTypeScenarios are about packets of the other types, and of none.
var malformedTypeScenarios = []run.Scenario{
	{
		ID:     "malformed.type.unknown",
		Title:  "a packet of an unknown type closes the connection",
		Rules:  rules("sio.packet.type.unknown"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("malformed.type-ignored", "want the session closed"),
			catch("malformed.type-as-event", "want the session closed"),
			catch("malformed.type-handled-first", "was acted upon"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `47`, `47["message",1]`, `48["x"]`, `49`, `4abc`, `4-1`, `4/`, `4/custom,`, `4["message",1]`, `4{}`, `4é2["message",1]`, `4😀`, `4x2["message",1]`, "4\x002[\"message\",1]")
		},
	},
	{
		ID:     "malformed.connect.data",
		Title:  "a CONNECT whose data is not a JSON object does not join the namespace, and closes the connection",
		Rules:  rules("sio.packet.connect.payload-invalid"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("malformed.connect-ignored", "want the session closed"),
			catch("malformed.connect-mended", "want the session closed or the packet ignored"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachRefused(p, "sio.packet.connect.payload-invalid", inMain,
				`40/custom,[]`, `40/custom,null`, `40/custom,"x"`, `40/custom,true`, `40/custom,{"a":`, `40/custom,token`, `40/custom,{}x`, `40/custom,{'a':1}`, `40/custom,[{}]`, `40/custom,-1`)
		},
	},
	{
		ID:     "malformed.connect.name",
		Title:  "a CONNECT for a name without a slash at its beginning, or with a comma in it, joins nothing, and closes the connection",
		Rules:  rules("sio.packet.connect.payload-invalid"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("malformed.connect-ignored", "want the session closed"),
			catch("malformed.connect-slash-added", "want the session closed or the packet ignored"),
		},
		Run: func(p *peer.Peer) {
			eachRefused(p, "sio.packet.connect.payload-invalid", inMain, `40custom`, `40custom,`, `40custom,{}`, `40,`, `40\custom,`, `40/custom,b,`, `40/custom,/custom,`)
		},
	},
	{
		ID:     "malformed.disconnect.data",
		Title:  "a DISCONNECT with data closes the connection",
		Rules:  rules("sio.packet.disconnect.with-payload"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("malformed.disconnect-ignored", "want the session closed"),
			catch("malformed.disconnect-obeyed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inCustom, `41{"a":1}`, `41["x"]`, `41null`, `41x`, `41/custom,[]`, `41/custom,{}`, `41/custom,/`)
		},
	},
	{
		ID:     "malformed.error.from-client",
		Title:  "a CONNECT_ERROR from a client closes the connection, in its main namespace and in a custom one",
		Rules:  rules("sio.packet.type.connect-error-from-client"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("malformed.error-ignored", "want the session closed"),
			catch("malformed.error-in-custom-ignored", "after 44/custom,"),
			catch("malformed.error-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inCustom, `44{"message":"x"}`, `44"x"`, `44{}`, `44[]`, `44`, `44null`, `44/custom,{"message":"x"}`, `44/custom,`)
		},
	},
	{
		ID:     "malformed.ack.data",
		Title:  "an ACK whose data is not an array, or whose id is not a number, acknowledges nothing and closes the connection",
		Rules:  rules("sio.packet.ack.payload-not-array"),
		Needs:  needs("ack.timeout"),
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("malformed.ack-ignored", "want the session closed"),
			catch("malformed.ack-taken", "want the session closed or the packet ignored"),
			catch("malformed.deafens", "open but deaf"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			var ignored []string
			for _, form := range []string{`43%s{}`, `43%s"x"`, `43%snull`, `43%strue`, `43%s{"0":"x","length":1}`, `43%s["x"`, `43%s["x"]x`, `43%s[x]`, `43%s.0["x"]`, `43-%s["x"]`, `43+%s["x"]`, `43x%s["x"]`, `43,%s["x"]`} {
				q := apart(p, form, inMain)
				_, id := ask(q, "/", patient)
				packet := fmt.Sprintf(form, id)
				q.Send(packet)
				if closedOrIgnored(q) == peer.Ignored {
					ignored = append(ignored, packet)
				}
			}
			wantNoneIgnored(p, "sio.packet.malformed.closes", ignored)
		},
	},
	{
		ID:     "malformed.ack.no-data",
		Title:  "an ACK without data does no harm",
		Rules:  rules("sio.packet.ack.no-payload"),
		Needs:  needs("ack.timeout"),
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("malformed.deafens", "open but deaf"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, form := range []string{"43%s", "43", "43/,%s"} {
				q := apart(p, form, inMain)
				_, id := ask(q, "/", patient)
				q.Send(strings.ReplaceAll(form, "%s", id))
				packets, outcome := q.Settle()
				if outcome != peer.Closed {
					pause(q, "/", 10) // the application comes round to it
					more, _ := q.Settle()
					packets = append(packets, more...)
				}
				observeOutcome(q, "ACK without data "+strings.ReplaceAll(form, "%s", "<id>"), packets, outcome)
			}
		},
	},
}
