package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// malformedScenarios are about packets that the grammar does not allow. Each of them is sent over a session of its own.
var malformedScenarios = slices.Concat(malformedEventScenarios, malformedTypeScenarios, malformedBinaryScenarios, malformedPositionScenarios)

// malformedEventScenarios are about events.
var malformedEventScenarios = []run.Scenario{
	{
		ID:     "malformed.event.not-array",
		Title:  "an event whose data is not an array closes the connection",
		Rules:  rules("sio.packet.event.payload-not-array"),
		Needs:  needsEcho,
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		After:  []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("malformed.event-ignored", "want the session closed"),
			catch("malformed.event-answered", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `42{}`, `42{"a":["message"]}`, `42"message"`, `42null`, `42true`, `42false`, `42{"0":"message","length":1}`)
		},
	},
	{
		ID:     "malformed.event.bystander",
		Title:  "a malformed event of one client does not keep others from being served, those there are and new ones",
		Rules:  rules("sio.packet.event.payload-not-array"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.hangs", "other: want 42"),
			catch("malformed.closes-all", "closed by the fault"),
		},
		Run: func(p *peer.Peer) {
			other, newcomer := p.Peer("other"), p.Peer("newcomer")
			p.Connect("/")
			other.Connect("/")
			p.Send(`42{"toString":"message"}`)
			p.WantClosed()
			wantEcho(other, `"still there"`)
			newcomer.Connect("/")
			wantEcho(newcomer, `"new"`)
		},
	},
	{
		ID:     "malformed.event.empty",
		Title:  "an event with an empty array closes the connection",
		Rules:  rules("sio.packet.event.payload-not-array"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.empty-ignored", "want the session closed"),
			catch("malformed.empty-acknowledged", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `42[]`, `42 [ ]`, `42480[]`, `42/,[]`)
		},
	},
	{
		ID:     "malformed.event.json",
		Title:  "an event whose data is not JSON closes the connection",
		Rules:  rules("sio.packet.event.malformed-json"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.json-ignored", "want the session closed"),
			catch("malformed.json-mended", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain,
				`42["message"`, `42["message",1`, `42["message",{"a":]`, `42["message",{"a":1]`, `42["message" 1]`, `42["message",1,]`, `42[,"message"]`, `42["message`,
				`42['message']`, `42[message]`, `42["message",NaN]`, `42["message",undefined]`, `42["message",Infinity]`, `42["message",01]`, `42["message",+1]`, `42["message",.5]`,
				`42["message",0x1]`, `42["message","\x"]`, `42["message","\u12"]`, "42[\"message\",\"\x01\"]", "42[\"message\",\"\n\"]", `42["message",{a:1}]`, `42["message"/**/]`, `42]`, `42[`)
		},
	},
	{
		ID:     "malformed.event.trailing",
		Title:  "an event with something behind its array closes the connection, another packet too",
		Rules:  rules("sio.packet.event.malformed-json"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.json"},
		Catches: []run.Catch{
			catch("malformed.trailing-ignored", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `42["message",1]garbage`, `42["message",1]42["message",2]`, `42["message",1],`, `42["message",1]]`, `42["message",1]["message",2]`, `42["message",1]null`, "42[\"message\",1]\x00")
		},
	},
	{
		ID:     "malformed.event.id",
		Title:  "an event with something other than digits for an acknowledgement id closes the connection",
		Rules:  rules("sio.packet.ack-id.invalid"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.json"},
		Catches: []run.Catch{
			catch("malformed.json-ignored", "want the session closed"),
			catch("malformed.id-dropped", "want the session closed"),
			catch("malformed.id-answered-first", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			for _, args := range []string{`["message-with-ack",1]`, `["message",1]`} {
				eachClosed(p, inMain, `42abc`+args, `42-1`+args, `421.5`+args, `421e3`+args, `42+1`+args, `420x1`+args, `421_000`+args, `421,000`+args, `42١`+args)
			}
		},
	},
	{
		ID:     "malformed.event.no-slash",
		Title:  "an event with a namespace that does not begin with a slash closes the connection",
		Rules:  rules("sio.packet.nsp.missing-slash"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.json"},
		Catches: []run.Catch{
			catch("malformed.json-ignored", "want the session closed"),
			catch("malformed.slash-added", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inCustom, `42custom,["message",1]`, `42,["message",1]`, `42custom["message",1]`, `42\custom,["message",1]`, `42 /custom,["message",1]`, `42%2Fcustom,["message",1]`)
		},
	},
	{
		ID:     "malformed.event.no-comma",
		Title:  "an event whose namespace has no comma behind it does not reach that namespace",
		Rules:  rules("sio.packet.nsp.no-comma-event"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"packet.event.namespace"},
		Catches: []run.Catch{
			catch("malformed.comma-added", "want the session closed or the packet ignored"),
			catch("malformed.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			eachUnheard(p, "event with a namespace without a comma", inCustom, `42/custom["message",1]`, `42/custom["message"]`, `42/custom7["message-with-ack"]`)
		},
	},
	{
		ID:     "malformed.event.no-data",
		Title:  "an event without data closes the connection or is ignored, and is not acknowledged",
		Rules:  rules("sio.packet.event.no-payload"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("malformed.no-data-acknowledged", "want the session closed or the packet ignored"),
			catch("malformed.deafens", "open but deaf"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachUnheard(p, "event without data", inCustom, `42`, `42481`, `42/,`, `42/custom,`, `42/custom,482`, `42/custom`)
		},
	},
	{
		ID:     "malformed.event.name",
		Title:  "an event whose name is neither a string nor a number closes the connection",
		Rules:  rules("sio.packet.event.name-invalid-type"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.event-ignored", "want the session closed"),
			catch("malformed.event-handled-first", "was acted upon"),
			catch("malformed.kills", "closed canary unasked"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, `42[null,1]`, `42[true]`, `42[false,1]`, `42[{},1]`, `42[{"toString":"message"}]`, `42[["message"],1]`, `42[[]]`)
		},
	},
	{
		ID:     "malformed.event.reserved",
		Title:  "an event with a name that is reserved for the life of a socket closes the connection",
		Rules:  rules("sio.packet.event.reserved"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.reserved-ignored", "want the session closed"),
			catch("malformed.one-reserved-ignored", `after 42["disconnecting","forged"]`),
		},
		Run: func(p *peer.Peer) {
			for _, name := range reserved {
				eachClosed(p, inMain, fmt.Sprintf(`42[%q,"forged"]`, name), fmt.Sprintf(`42483[%q]`, name))
			}
		},
	},
	{
		ID:     "malformed.event.forged",
		Title:  "an event of the name disconnect does not make the application believe that its socket has disconnected",
		Rules:  rules("sio.packet.event.reserved-forged"),
		Needs:  needs("log"),
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"packet.event.unknown"},
		Catches: []run.Catch{
			catch("malformed.forged", "the application was told"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for _, name := range []string{"disconnect", "disconnecting"} {
				tag, q := fmt.Sprintf("%s-%x", name, p.Unique()), p.Peer("who sends "+name)
				q.Open("tag=" + tag)
				q.Connect("/")
				q.Send(fmt.Sprintf(`42[%q,"forged by the client"]`, name))
				closedOrIgnored(q)
				for _, entry := range p.Log("/", tag) {
					if strings.Contains(entry, "forged") {
						p.Failf("the application was told %s, after an event %s of the client", entry, name)
					}
				}
			}
		},
	},
	{
		ID:     "malformed.event.utf8",
		Title:  "a text message that is not UTF-8 fails the WebSocket",
		Rules:  rules("sio.packet.invalid-utf8"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		After:  []string{"packet.event.unicode"},
		Catches: []run.Catch{
			catch("malformed.event-ignored", "want the session closed"),
			catch("malformed.utf8-replaced", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			eachClosed(p, inMain, "42[\"message\",\"\xff\"]", "42[\"message\",\"\xc3\"]", "42[\"message\",\"\xc0\x80\"]", "42[\"message\",\"\xed\xa0\x80\"]", "42[\"message\",\"\xf4\x90\x80\x80\"]")
		},
	},
	{
		ID:     "malformed.event.followed",
		Title:  "what follows a malformed event is not handled any more",
		Rules:  rules("sio.packet.event.payload-not-array"),
		Needs:  needsEcho,
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		After:  []string{"malformed.event.not-array"},
		Catches: []run.Catch{
			catch("malformed.event-ignored", "want the session closed"),
			catch("malformed.followed", "was acted upon"),
		},
		Run: func(p *peer.Peer) {
			for i, packet := range []string{`42{}`, `42["message"`, `42[]`} {
				q := p.Peer(fmt.Sprintf("session %d", i+1))
				q.Connect("/")
				q.SendTogether(packet, `42["message","behind"]`, `42484["message-with-ack","behind"]`)
				q.WantClosed()
				wantUnheard(q)
			}
		},
	},
}

// reserved are the names of events that only the library itself may emit.
var reserved = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// inMain lets a peer into the main namespace.
func inMain(q *peer.Peer) { q.Connect("/") }

// inCustom lets a peer into the main namespace and a custom one.
func inCustom(q *peer.Peer) {
	q.Connect("/")
	q.Connect("/custom")
}

// apart makes a session of its own for a packet, in the given state.
func apart(p *peer.Peer, packet string, prepare func(q *peer.Peer)) *peer.Peer {
	q := p.Peer(fmt.Sprintf("who sends %.60q", packet))
	prepare(q)
	return q
}

// eachClosed shows that each of the packets closes its session and is not acted upon before that.
func eachClosed(p *peer.Peer, prepare func(q *peer.Peer), packets ...string) {
	for _, packet := range packets {
		q := apart(p, packet, prepare)
		q.Send(packet)
		q.WantClosed()
		wantUnheard(q)
	}
}

// closedOrIgnored shows that what was sent last was not acted upon: the session was closed, with nothing before that, or it works and nothing has arrived.
func closedOrIgnored(q *peer.Peer) peer.Outcome {
	outcome := q.WantClosedOrIgnored()
	wantUnheard(q)
	return outcome
}

// wantUnheard shows that no CONNECT and no event came on a session that was closed, and no acknowledgement but the answers to fences.
func wantUnheard(q *peer.Peer) {
	for _, packet := range q.Unread() {
		if packet.Engine == '4' && packet.Type == '0' || packet.IsEvent() || packet.IsAck() && !strings.Contains(string(packet.Data), "fence") {
			q.Failf("%s: a malformed packet was acted upon before the session was closed: got %q", q.Name(), packet.Raw)
		}
	}
}

// eachUnheard shows that none of the packets is acted upon, and records whether it closes its session.
func eachUnheard(p *peer.Peer, what string, prepare func(q *peer.Peer), packets ...string) {
	for _, packet := range packets {
		q := apart(p, packet, prepare)
		q.Send(packet)
		p.Observe(what+": "+packet, "%s", closedOrIgnored(q))
	}
}

// eachRefused shows that none of the packets is acted upon, and at the level of the rule closes that each of them closes its session.
func eachRefused(p *peer.Peer, closes string, prepare func(q *peer.Peer), packets ...string) {
	var ignored []string
	for _, packet := range packets {
		q := apart(p, packet, prepare)
		q.Send(packet)
		if closedOrIgnored(q) == peer.Ignored {
			ignored = append(ignored, packet)
		}
	}
	wantNoneIgnored(p, closes, ignored)
}

// wantNoneIgnored fails the scenario, at the level of the rule closes, when packets were ignored that should have closed their sessions.
func wantNoneIgnored(p *peer.Peer, closes string, ignored []string) {
	if len(ignored) > 0 {
		p.Fail(&peer.Failure{
			Reason:   fmt.Sprintf("want the session closed, after %s; the packet was ignored, and so were %d others", ignored[0], len(ignored)-1),
			Expected: "a closed session", Actual: "an open one", Rules: []string{closes},
		})
	}
}
