package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
	"slices"
)

// connectAgainScenarios are about a CONNECT for a namespace that is already joined.
var connectAgainScenarios = []run.Scenario{
	{
		ID:     "namespace.connect.twice",
		Title:  "a CONNECT for a namespace that is already joined closes the connection",
		Rules:  rules("sio.ns.connect.twice"),
		Needs:  needsEcho,
		On:     everyTransport,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("connect.second-ignored", "want the session closed"),
			catch("connect.second-admitted", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send("40/custom,")
			p.WantClosed()
		},
	},
	{
		ID:     "namespace.connect.twice-main",
		Title:  "a CONNECT for the main namespace when it is already joined closes the connection",
		Rules:  rules("sio.ns.connect.twice"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		After:  []string{"namespace.connect.main"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("connect.second-ignored", "want the session closed"),
			catch("connect.second-admitted", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send("40")
			p.WantClosed()
		},
	},
	{
		ID:     "namespace.connect.twice-one-member",
		Title:  "who sends a second CONNECT is no second member: a broadcast reaches the connection once at most",
		Rules:  rules("sio.ns.connect.twice-zombie"),
		Needs:  needs("dynamic.pattern"),
		On:     everyTransport,
		After:  []string{"namespace.connect.main"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("connect.second-member", "became 2 members"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			q.Connect(name)
			p.Connect("/")
			p.Connect(name)
			p.Send("40" + name + ",")
			_, outcome := p.Settle()
			p.Observe("a second CONNECT for a namespace", "%s", outcome)
			wantOneMember(p, q, name)
		},
	},
	{
		ID:     "namespace.connect.twice-at-once",
		Title:  "who sends two CONNECTs for a namespace in one payload becomes one member at most",
		Rules:  rules("sio.ns.connect.twice-zombie"),
		Needs:  needs("dynamic.pattern"),
		On:     pollingOnly,
		After:  []string{"namespace.connect.twice-one-member"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("connect.second-member-at-once", "became 2 members"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			q.Connect(name)
			p.Connect("/")
			p.SendTogether("40"+name+",", "40"+name+",")
			packets, outcome := p.Settle()
			p.Observe("two CONNECTs for a namespace in one payload", "%s, %d let in", outcome, countType(packets, '0'))
			wantOneMember(p, q, name)
		},
	},
}

// wantOneMember shows that p is at most one member of the namespace, in which q is the only other: by the list of members, and by the copies of a broadcast.
func wantOneMember(p, q *peer.Peer, name string) {
	var ids []string
	q.OpInto(name, peer.Op{"do": "members"}, &ids)
	if len(ids) > 2 {
		p.Failf("%s: one connection became %d members of %s", p.Name(), len(ids)-1, name)
	}
	q.Op(name, peer.Op{"do": "emit", "via": "nsp", "args": []any{"hi"}})
	q.Want("42" + name + `,["hi"]`)
	packets, _ := p.Settle()
	packets = slices.DeleteFunc(packets, func(q wire.Packet) bool { return string(q.Data) != `["hi"]` })
	if len(packets) > 1 {
		p.Failf("%s: one connection became 2 members of %s: a broadcast arrived %d times", p.Name(), name, len(packets))
	}
}

// countType returns how many of the packets have that type digit.
func countType(packets []wire.Packet, digit byte) int {
	n := 0
	for i := range packets {
		if packets[i].Engine == '4' && packets[i].Type == digit {
			n++
		}
	}
	return n
}

// firstPacketScenarios are about a connection that begins with something else than a CONNECT.
var firstPacketScenarios = []run.Scenario{
	firstPacket("event", "an EVENT", "sio.ns.first-packet.event", `42["message",1]`),
	firstPacket("custom-event", "an EVENT in a custom namespace", "sio.ns.first-packet.event", `42/custom,1["message-with-ack",1]`),
	firstPacket("disconnect", "a DISCONNECT", "sio.ns.first-packet.event", "41"),
	firstPacket("custom-disconnect", "a DISCONNECT of a custom namespace", "sio.ns.first-packet.event", "41/custom,"),
	firstPacket("ack", "an ACK", "sio.ns.first-packet.event", `431["x"]`),
	firstPacket("connect-error", "a CONNECT_ERROR", "sio.ns.first-packet.event", `44{"message":"x"}`),
	firstPacket("malformed", "something that is no packet", "sio.ns.first-packet.malformed", "4abc", catch("first-packet.malformed-ignored", "want the session closed")),
}

// firstPacket returns a scenario in which the first packet of a connection closes it.
func firstPacket(topic, what, rule, packet string, catches ...run.Catch) run.Scenario {
	if catches == nil {
		catches = []run.Catch{catch("first-packet.ignored", "want the session closed"), catch("first-packet.handled", "want the session closed")}
	}
	return run.Scenario{
		ID:      "namespace.first-packet." + topic,
		Title:   what + " as the first packet closes the connection",
		Rules:   rules(rule),
		On:      everyTransport,
		Traits:  run.Traits{Malformed: true},
		Catches: catches,
		Run: func(p *peer.Peer) {
			p.Send(packet)
			p.WantClosed()
		},
	}
}

// notJoinedScenarios are about packets in a namespace that exists, or not, but that the client has not joined.
var notJoinedScenarios = []run.Scenario{
	{
		ID:     "namespace.not-joined.event",
		Title:  "an event in a namespace that the client has not joined never reaches the application",
		Rules:  rules("sio.ns.event.not-joined"),
		Needs:  needsEcho,
		On:     everyTransport,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("not-joined.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42/custom,1["message-with-ack","x"]`)
			p.Observe("an event in a namespace that is not joined", "%s", wantUnhandled(p))
		},
	},
	{
		ID:     "namespace.not-joined.similar",
		Title:  "an event in a namespace whose name resembles that of a joined one never reaches the application there",
		Rules:  rules("sio.ns.event.not-joined"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		After:  []string{"namespace.not-joined.event"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("not-joined.prefix-matched", "/custom/: what was sent in a namespace that is not joined was handled"),
			catch("not-joined.case-folded", "/CUSTOM: what was sent in a namespace that is not joined was handled"),
			catch5("not-joined.query-cut", "/custom?a=b: what was sent in a namespace that is not joined was handled"),
		},
		Run: func(p *peer.Peer) {
			names := []string{"/custom/", "/customs", "/custom/a", "/CUSTOM", "/cust"}
			if p.Config().Revision == wire.Revision5 { // in revision 4 a query is no part of the name
				names = append(names, "/custom?a=b")
			}
			for _, name := range names {
				q := p.Peer(name)
				q.Connect("/custom")
				q.Send(fmt.Sprintf(`42%s,%d["message-with-ack","x"]`, name, q.NextID()))
				settleUnhandled(q)
			}
		},
	},
	{
		ID:     "namespace.not-joined.after-leaving",
		Title:  "an event in a namespace that the client has left never reaches the application",
		Rules:  rules("sio.ns.disconnect.event-after"),
		Needs:  needsEcho,
		On:     everyTransport,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("not-joined.deafens", "open but deaf"),
			catch("disconnect.ignored", "was handled"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Leave("/custom")
			p.Send(`42/custom,1["message-with-ack","x"]`)
			p.Observe("an event in a namespace that was left", "%s", wantUnhandled(p))
		},
	},
	{
		ID:     "namespace.not-joined.behind-disconnect",
		Title:  "events behind a DISCONNECT in the same payload never reach the application",
		Rules:  rules("sio.ns.disconnect.event-same-payload"),
		Needs:  needsEcho,
		On:     everyTransport,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("disconnect.ignored", "was handled"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.SendTogether("41/custom,", `42/custom,["message","late"]`, `42/custom,1["message-with-ack","late"]`)
			p.Observe("events behind a DISCONNECT", "%s", wantUnhandled(p))
		},
	},
	{
		ID:     "namespace.not-joined.behind-connect",
		Title:  "an event that is sent before its CONNECT is answered does not reach the application before that",
		Rules:  rules("sio.ns.connect.pipelined-event"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("not-joined.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendTogether("40/custom,", `42/custom,1["message-with-ack","early"]`)
			packets, outcome := p.Settle()
			for i := range packets {
				switch {
				case packets[i].Type == '0':
					late, _ := p.Settle() // now that the namespace is joined the fence stands there too
					packets = append(packets, late...)
					p.Observe("an event that is sent behind its CONNECT", "%s, %d answers behind the CONNECT's", outcome, countType(packets[i:], '3'))
					return
				case packets[i].Engine == '4' && packets[i].Type != '4':
					p.Failf("%s: an event in a namespace that is not yet joined was handled: %s", p.Name(), wire.Quote(packets[i].Raw))
				}
			}
			p.Observe("an event that is sent behind its CONNECT", "%s", outcome)
		},
	},
	notJoinedCloses("event", "an EVENT", `42/custom,["message",1]`),
	notJoinedCloses("unknown-event", "an EVENT in a namespace that does not exist", `42/sio-conform-unknown,["message",1]`),
	notJoinedCloses("disconnect", "a DISCONNECT", "41/custom,"),
	notJoinedCloses("ack", "an ACK", `43/custom,1["x"]`),
	{
		ID:     "namespace.not-joined.disconnect-twice",
		Title:  "a second DISCONNECT for a namespace does no harm beyond the connection",
		Rules:  rules("sio.ns.disconnect.twice"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.deafens", "open but deaf"),
			catch("disconnect.answered", "was handled"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send("41/custom,")
			p.Send("41/custom,")
			p.Observe("a second DISCONNECT for a namespace", "%s", wantUnhandled(p))
		},
	},
}

// wantUnhandled shows that what was sent last was not acted upon, whether the session was closed or works, and that nothing came back.
func wantUnhandled(p *peer.Peer) peer.Outcome {
	outcome := settleUnhandled(p)
	if outcome == peer.Closed || p.Config().Level < peer.Contract {
		return outcome
	}
	letCome(p, "/")
	return settleUnhandled(p)
}

func settleUnhandled(p *peer.Peer) peer.Outcome {
	packets, outcome := p.Settle()
	for i := range packets {
		if packets[i].Binary || packets[i].Engine == '4' {
			p.Failf("%s: what was sent in a namespace that is not joined was handled: %s", p.Name(), wire.Quote(packets[i].Raw))
		}
	}
	return outcome
}

// notJoinedCloses returns a scenario in which a packet in a namespace that is not joined closes the connection.
func notJoinedCloses(topic, what, packet string) run.Scenario {
	return run.Scenario{
		ID:     "namespace.not-joined." + topic + "-closes",
		Title:  what + " in a namespace that the client has not joined closes the connection",
		Rules:  rules("sio.ns.event.not-joined-close"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		After:  []string{"namespace.connect.main"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(packet)
			p.WantClosed()
		},
	}
}
