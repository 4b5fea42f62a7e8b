package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// ackScenarios are about acknowledgements in both directions.
var ackScenarios = slices.Concat(ackEventScenarios, ackServerScenarios, ackBroadcastScenarios, ackOnceScenarios)

// ackEventScenarios are about the acknowledgements that the application gives.
var ackEventScenarios = []run.Scenario{
	{
		ID:    "ack.event.args",
		Title: "an event with an id is answered by an ACK with that id and the arguments of the acknowledgement",
		Rules: rules("sio.packet.ack.basic"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("ack.dropped", "got nothing"),
			catch("ack.without-id", `want acknowledgement id "456", got ""`),
			catch("ack.id-cut", `want acknowledgement id "456", got "45"`),
			catch("ack.args-lost", "want at least 3 elements, got 0"),
			catch("ack.args-wrapped", "data[0]: want 1, got"),
			catch("ack.as-event", "want ACK, got EVENT"),
			catch("ack.twice", "want nothing more"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42456["message-with-ack",1,"2",{"3":[false]}]`)
			p.Want(`43456[1,"2",{"3":[false]}]`)
		},
	},
	{
		ID:    "ack.event.no-args",
		Title: "an acknowledgement without arguments has an empty array",
		Rules: rules("sio.ack.client.no-args"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.empty-without-data", "ACK without data"),
			catch("ack.empty-null", "want 0 elements, got 1"),
			catch("ack.empty-dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42457["message-with-ack"]`)
			p.Want(`43457[]`)
		},
	},
	{
		ID:    "ack.event.values",
		Title: "arguments of every kind survive in an acknowledgement, empty ones too",
		Rules: rules("sio.packet.ack.basic"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.falsy-lost", "data[1]: want false"),
			catch("ack.first-arg-only", "want at least 9 elements, got 1"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42458["message-with-ack",null,false,0,"",{},[],"é€😀",{"_placeholder":true,"num":0},9007199254740991]`)
			p.Want(`43458[null,false,0,"",{},[],"é€😀",{"_placeholder":true,"num":0},9007199254740991]`)
		},
	},
	{
		ID:    "ack.event.namespace",
		Title: "an event of a custom namespace is acknowledged in that namespace",
		Rules: rules("sio.ack.client.namespace"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"packet.event.namespace", "ack.event.args"},
		Catches: []run.Catch{
			catch("ack.namespace-lost", "want namespace /custom, got /"),
			catch("ack.custom-unanswered", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send(`42/custom,459["message-with-ack",1]`)
			p.Want(`43/custom,459[1]`)
		},
	},
	{
		ID:    "ack.event.equal-ids",
		Title: "events with the same id in several namespaces are acknowledged each in its own",
		Rules: rules("sio.ack.client.namespace"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"ack.event.namespace"},
		Catches: []run.Catch{
			catch("ack.first-namespace", "got 43/orders,460"),
			catch("ack.same-id-once", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/custom", "/orders"} {
				p.Connect(name)
			}
			p.SendTogether(`42/orders,460["message-with-ack","orders"]`, `42460["message-with-ack","main"]`, `42/custom,460["message-with-ack","custom"]`)
			p.WantAnyOrder(`43/orders,460["orders"]`, `43460["main"]`, `43/custom,460["custom"]`)
		},
	},
	{
		ID:    "ack.event.two-clients",
		Title: "events with the same id from two clients are acknowledged each to its own",
		Rules: rules("sio.packet.ack.basic"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.to-last-client", `want 43461["main"]`),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			p.Connect("/")
			q.Connect("/")
			p.Send(`42461["message-with-ack","main"]`)
			q.Send(`42461["message-with-ack","other"]`)
			p.Want(`43461["main"]`)
			q.Want(`43461["other"]`)
		},
	},
	{
		ID:    "ack.event.same-id-twice",
		Title: "two events with the same id are both acknowledged",
		Rules: rules("sio.ack.client.same-id-twice"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.same-id-once", "got nothing"),
			catch("ack.same-id-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendTogether(`42462["message-with-ack","a"]`, `42462["message-with-ack","b"]`)
			p.Want(`43462["a"]`, `43462["b"]`)
		},
	},
	{
		ID:    "ack.event.order",
		Title: "200 events sent at once are acknowledged in order, each of them once",
		Rules: rules("sio.packet.ack.basic", "sio.packet.burst-order"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"ack.event.args", "packet.event.order"},
		Catches: []run.Catch{
			catch("ack.one-lost", "want 431120[120]"),
			catch("ack.one-twice", "want 431121[121]"),
			catch("ack.reordered", "want 431120[120]"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			var burst []string
			for i := range 200 {
				burst = append(burst, fmt.Sprintf(`42%d["message-with-ack",%d]`, 1000+i, i))
			}
			sendInTens(p, burst)
			for i := range burst {
				p.Want(fmt.Sprintf(`43%d[%d]`, 1000+i, i))
			}
		},
	},
	{
		ID:    "ack.id.zero",
		Title: "0 is an acknowledgement id like any other, in every namespace",
		Rules: rules("sio.packet.ack-id.zero"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"ack.event.namespace"},
		Catches: []run.Catch{
			catch("ack.zero-unanswered", "got nothing"),
			catch("ack.zero-without-id", `want acknowledgement id "0", got ""`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send(`420["message-with-ack","x"]`)
			p.Want(`430["x"]`)
			p.Send(`42/custom,0["message-with-ack"]`)
			p.Want(`43/custom,0[]`)
		},
	},
	{
		ID:    "ack.id.range",
		Title: "every integer below 2^53 is an acknowledgement id and comes back digit by digit",
		Rules: rules("sio.packet.ack-id.range"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"ack.event.namespace"},
		Catches: []run.Catch{
			catch("ack.id-int32", "want 432147483648"),
			catch("ack.id-single", "want 4316777217["),
			catch("ack.id-power-of-ten", "want 4310["),
			catch("ack.id-one-digit", "want 4310["),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			for _, id := range []uint64{
				1, 9, 10, 11, 99, 100, 101, 999, 1000, 65_535, 65_536, 1_000_000, 16_777_217, 1_000_000_000, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32,
				10_000_000_000, 1_000_000_000_000_000, 1<<53 - 1,
			} {
				p.Send(fmt.Sprintf(`42%d["message-with-ack",%d]`, id, id))
				p.Want(fmt.Sprintf(`43%d[%d]`, id, id))
				p.Send(fmt.Sprintf(`42/custom,%d["message-with-ack",%d]`, id, id))
				p.Want(fmt.Sprintf(`43/custom,%d[%d]`, id, id))
			}
		},
	},
	{
		ID:    "ack.id.leading-zeros",
		Title: "zeros in front of an acknowledgement id are not kept",
		Rules: rules("sio.packet.ack-id.leading-zeros"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"ack.id.zero"},
		Catches: []run.Catch{
			catch("ack.id-as-text", `want acknowledgement id "7", got "007"`),
			catch("ack.id-octal", `want acknowledgement id "10", got "8"`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42007["message-with-ack"]`)
			p.Want(`437[]`)
			p.Send(`42010["message-with-ack"]`)
			p.Want(`4310[]`)
		},
	},
	{
		ID:     "ack.id.beyond",
		Title:  "acknowledgement ids beyond 2^53 do no harm",
		Rules:  rules("sio.packet.ack-id.huge"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		After:  []string{"ack.id.range"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("ack.huge-deaf", "open but deaf"),
			catch("ack.huge-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, id := range []struct{ name, digits string }{
				{"2^53+1", "9007199254740993"}, {"2^64", "18446744073709551616"}, {"22 digits", "7" + strings.Repeat("0", 21)},
				{"400 digits", strings.Repeat("9", 400)}, {"100,000 digits", strings.Repeat("9", 100_000)},
			} {
				q := p.Peer("who sends " + id.name)
				q.Connect("/")
				q.Send("42" + id.digits + `["message-with-ack","x"]`)
				observeReaction(q, "acknowledgement id of "+id.name)
			}
		},
	},
	{
		ID:     "ack.id.blank",
		Title:  "blanks where the acknowledgement id stands do no harm",
		Rules:  rules("sio.packet.ack-id.whitespace"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		After:  []string{"ack.event.args"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("ack.blank-deaf", "open but deaf"),
			catch("ack.blank-kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			for _, id := range []string{" ", " 5", "5 "} {
				q := p.Peer(fmt.Sprintf("who sends %q", id))
				q.Connect("/")
				q.Send("42" + id + `["message-with-ack","s"]`)
				observeReaction(q, fmt.Sprintf("acknowledgement id %q", id))
			}
		},
	},
	{
		ID:     "ack.late.other-first",
		Title:  "an event that is acknowledged late does not hold up the acknowledgement of the next",
		Rules:  rules("sio.ack.client.late"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.one-at-a-time", "want 43472"),
			catch("ack.late-lost", "want 43471"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendTogether(`42471["op",{"do":"ack","args":["late"],"wait":400}]`, `42472["message-with-ack","fast"]`)
			p.Want(`43472["fast"]`, `43471["late"]`)
		},
	},
	{
		ID:     "ack.late.upgrade",
		Title:  "an acknowledgement for an event that came over long-polling arrives after the upgrade too",
		Rules:  rules("sio.ack.client.late"),
		Needs:  needsContract,
		On:     upgradeOnly,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.late.other-first"},
		Catches: []run.Catch{
			catch("ack.late-lost", "want 43473"),
		},
		Run: func(p *peer.Peer) {
			q := p.PeerOver("who upgrades", peer.Polling)
			q.Connect("/")
			q.Send(`42473["op",{"do":"ack","args":["late"],"wait":200}]`)
			q.Upgrade()
			q.Want(`43473["late"]`)
			q.WantConnected("/")
		},
	},
	{
		ID:     "ack.late.left",
		Title:  "an acknowledgement that is given after its namespace was left does no harm to the connection",
		Rules:  rules("sio.ack.client.after-disconnect"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.late.other-first", "namespace.disconnect.leaves-others"},
		Catches: []run.Catch{
			catch("ack.left-closes", "the session was closed"),
			catch("ack.left-in-main", "want at most the ACK"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.WantAuth("/custom", "{}")
			p.Send(`42/custom,474["op",{"do":"ack","args":["late"],"wait":100}]`)
			p.Leave("/custom")
			pause(p, "/", 200)
			packets, outcome := p.Settle()
			switch {
			case outcome == peer.Closed:
				p.Failf("the session was closed when an event of a namespace that had been left was acknowledged")
			case len(packets) > 1 || len(packets) == 1 && string(packets[0].Raw) != `43/custom,474["late"]`:
				p.Failf(`want at most the ACK 43/custom,474["late"], got %q`, packets[0].Raw)
			}
			p.Observe("acknowledgement in a namespace that was left", "%d sent", len(packets))
		},
	},
	{
		ID:    "ack.app.never",
		Title: "no ACK is sent for an event that the application does not acknowledge",
		Rules: rules("sio.ack.client.never"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.by-itself", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42475["op",{"do":"ack","args":["x"],"times":0}]`)
			p.WantNothing()
		},
	},
	{
		ID:    "ack.app.twice",
		Title: "an application that acknowledges an event twice sends one ACK",
		Rules: rules("sio.ack.client.double"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.twice", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42476["op",{"do":"ack","args":["one"],"times":2}]`)
			p.Want(`43476["one"]`)
			p.WantNothing()
		},
	},
	{
		ID:    "ack.app.without-id",
		Title: "an event without an id is not acknowledged",
		Rules: rules("sio.ack.client.without-id"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"ack.event.args"},
		Catches: []run.Catch{
			catch("ack.id-invented", "want nothing"),
			catch("ack.without-id-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["message-with-ack","x"]`)
			p.WantNothing()
		},
	},
}

// upgradeOnly is for scenarios that do the upgrade themselves.
var upgradeOnly = run.Axes{Transports: []peer.Transport{peer.Upgraded}}

// pause lets the target wait for some milliseconds, by its own clock: whatever was due there before has happened then.
func pause(p *peer.Peer, namespace string, ms int) {
	p.StartOp(namespace, peer.Op{"do": "ack", "args": []any{map[string]any{"ok": nil}}, "wait": ms}).Value()
}

// observeReaction records what came of the packet that was sent last. Anything goes but a session that is open and deaf.
func observeReaction(p *peer.Peer, what string) {
	packets, outcome := p.Settle()
	observeOutcome(p, what, packets, outcome)
}

// observeOutcome records what came of a packet.
func observeOutcome(p *peer.Peer, what string, packets []wire.Packet, outcome peer.Outcome) {
	switch {
	case outcome == peer.Closed:
		p.Observe(what, "closed")
	case len(packets) == 0:
		p.Observe(what, "ignored")
	default:
		p.Observe(what, "answered with %.40q", packets[0].Raw)
	}
}

// turn is how long, in milliseconds by its own clock, a target that does several things at once gets to come round to what it was sent.
const turn = 20

// letCome gives the target time, by its own clock, to come round to what it was sent over other sessions or in other namespaces than this one. A peer of its own, which joins the namespace, asks for it.
func letCome(p *peer.Peer, namespace string) {
	clock := p.Peer("clock")
	if clock.SID(namespace) == "" {
		clock.Connect(namespace)
	}
	pause(clock, namespace, turn)
}
