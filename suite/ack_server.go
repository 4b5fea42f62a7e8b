package suite

import (
	"fmt"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// ackServerScenarios are about events for which the application wants an acknowledgement.
var ackServerScenarios = []run.Scenario{
	{
		ID:    "ack.server.args",
		Title: "an event for which the application wants an acknowledgement carries an id, and the arguments of the ACK with that id reach the application",
		Rules: rules("sio.ack.server.basic"),
		Needs: needs("ack.timeout"),
		On:    everyTransport,
		After: []string{"packet.event.sent", "ack.event.args"},
		Catches: []run.Catch{
			catch("app.ack.answer-lost", "got []"),
			catch("ask.without-id", "want an acknowledgement id, got none"),
			catch("ask.dropped", "got nothing"),
			catch("ask.answer-ignored", "got nothing"),
			catch("ask.answer-empty", "the value of"),
			catch("ask.first-arg-only", "the value of"),
			catch("ask.answer-shifted", "the value of"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", patient, 1, "two")
			p.Send("43" + id + `["r1",{"k":2},null,1.5,[]]`)
			op.Want(`["r1",{"k":2},null,1.5,[]]`)
		},
	},
	{
		ID:    "ack.server.no-args",
		Title: "an ACK with an empty array is an acknowledgement without arguments",
		Rules: rules("sio.ack.server.empty"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("ask.empty-answer-null", "the value of"),
			catch("ask.empty-answer-ignored", "got nothing"),
			catch("ask.empty-answer-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", patient)
			p.Send("43" + id + "[]")
			op.Want("[]")
		},
	},
	{
		ID:    "ack.server.namespace",
		Title: "an event of a custom namespace that wants an acknowledgement names the namespace, and so does its ACK",
		Rules: rules("sio.ack.server.namespace"),
		Needs: needs("ack.timeout"),
		On:    everyTransport,
		After: []string{"ack.server.args", "packet.event.namespace"},
		Catches: []run.Catch{
			catch("event.namespace-lost", "want namespace /custom, got /"),
			catch("ask.custom-answer-ignored", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			op, id := ask(p, "/custom", patient, "a")
			p.Send("43/custom," + id + `["r"]`)
			op.Want(`["r"]`)
		},
	},
	{
		ID:    "ack.server.first",
		Title: "the first events of a new namespace that want an acknowledgement get it, whatever their ids are",
		Rules: rules("sio.ack.server.namespace", "sio.packet.ack-id.zero"),
		Needs: needs("ack.timeout", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"ack.server.namespace", "packet.namespace.number"},
		Catches: []run.Catch{
			catch("ask.zero-without-id", "want an acknowledgement id, got none"),
			catch("ask.zero-ignored", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			name := dynamicName(p)
			p.Connect(name)
			for i := range 3 {
				op, id := ask(p, name, patient, i)
				p.Send("43" + peer.Prefix(name) + id + `["r"]`)
				op.Want(`["r"]`)
			}
		},
	},
	{
		ID:    "ack.server.binary-answer",
		Title: "the attachments of a BINARY_ACK reach the application",
		Rules: rules("sio.ack.server.binary"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.args", "binary.event.echo"},
		Catches: []run.Catch{
			catch("ask.binary-answer-ignored", "got nothing"),
			catch("ask.binary-answer-shifted", "the value of"),
			catch("binary.bytes-changed", "the bytes of the attachment differ"),
			catch("binary.dropped", "an attachment of 4 bytes"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", patient)
			p.SendMessage("461-"+id+`["b",{"_placeholder":true,"num":0}]`, []byte{1, 2, 0x80, 0xff})
			op.Want(`["b",{"_placeholder":true,"num":0}]`)
			p.WantBinary([]byte{1, 2, 0x80, 0xff})
		},
	},
	{
		ID:    "ack.server.binary-event",
		Title: "an event with attachments may want an acknowledgement",
		Rules: rules("sio.ack.server.binary", "sio.packet.encode.binary-auto"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.args", "binary.sent.socket"},
		Catches: []run.Catch{
			catch("ask.without-id", "want an acknowledgement id, got none"),
			catch("ask.answer-ignored", "got nothing"),
			catch("binary.dropped", "an attachment of 3 bytes"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			op := p.StartBinaryOp("/custom", peer.Op{"do": "emit", "via": "socket", "args": []any{"ask", peer.Placeholder(0)}, "ack": patient}, []byte{9, 8, 7})
			id := p.WantMessage(`451-/custom,<id:integer>["ask",{"_placeholder":true,"num":0}]`, []byte{9, 8, 7})["id"]
			p.Send("43/custom," + id + `["r"]`)
			op.Want(`["r"]`)
		},
	},
	{
		ID:    "ack.server.any-order",
		Title: "50 events that wait for their acknowledgement have different ids, and are answered in any order",
		Rules: rules("sio.ack.server.id-sequence", "sio.ack.server.out-of-order"),
		Needs: needs("ack.timeout"),
		On:    everyTransport,
		After: []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("ask.same-id", "the same id"),
			catch("ask.in-turn", "the value of"),
			catch("ask.one-answer-ignored", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			const n = 50
			p.Connect("/")
			var ops []peer.Op
			for i := range n {
				ops = append(ops, peer.Op{"do": "emit", "via": "socket", "args": []any{"ask", i}, "ack": patient})
			}
			op := p.StartOp("/", peer.Op{"do": "batch", "ops": ops})
			events := map[string]int{}
			var answers, values []string
			for i := range n {
				id := p.Want(fmt.Sprintf(`42<id:integer>["ask",%d]`, i))["id"]
				if before, taken := events[id]; taken {
					p.Failf("the events %d and %d have the same id %s", before, i, id)
				}
				events[id] = i
				answers = append(answers, fmt.Sprintf(`43%s["answer",%d]`, id, i))
				values = append(values, fmt.Sprintf(`{"ok":["answer",%d]}`, i))
			}
			p.Random().Shuffle(n, func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
			sendInTens(p, answers)
			op.Want("[" + strings.Join(values, ",") + "]")
		},
	},
	{
		ID:    "ack.server.clients",
		Title: "events that wait for their acknowledgement from several clients get each the answer of their own",
		Rules: rules("sio.ack.server.wrong-client"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("ask.any-client", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			p.Connect("/")
			q.Connect("/")
			op, id := ask(p, "/", patient)
			q.Send("43" + id + `["stolen"]`)
			q.WantOpen()
			wantUnanswered(p)
			p.Send("43" + id + `["own"]`)
			op.Want(`["own"]`)
		},
	},
	{
		ID:    "ack.server.other-id",
		Title: "an ACK with another id, or without one, does not acknowledge an event that waits",
		Rules: rules("sio.ack.server.wrong-id"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("ask.any-id", "want nothing"),
			catch("ask.without-id-answered", "want the session closed or the packet ignored"),
			catch("ask.id-prefix", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", patient)
			p.Send("4399999"+id+`["other"]`, "43"+id+`7["longer"]`)
			wantUnanswered(p)
			p.Send(`43["none"]`)
			if p.WantClosedOrIgnored() == peer.Closed {
				return // an ACK without an id is malformed
			}
			wantUnanswered(p)
			p.Send("43" + id + `["right"]`)
			op.Want(`["right"]`)
		},
	},
	{
		ID:    "ack.server.other-namespace",
		Title: "an ACK in another namespace does not acknowledge an event that waits",
		Rules: rules("sio.ack.server.wrong-namespace"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.namespace"},
		Catches: []run.Catch{
			catch("ask.any-namespace", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/custom", "/orders"} {
				p.Connect(name)
			}
			op, id := ask(p, "/custom", patient)
			p.Send("43"+id+`["main"]`, "43/orders,"+id+`["orders"]`)
			wantUnanswered(p)
			p.Send("43/custom," + id + `["custom"]`)
			op.Want(`["custom"]`)
		},
	},
	{
		ID:    "ack.server.twice",
		Title: "the first of two ACKs with the same id counts",
		Rules: rules("sio.ack.server.double"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("ask.last-answer-counts", "the value of"),
			catch("ask.second-answer-replied", "want nothing"),
			catch("ask.second-answer-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", patient)
			p.SendTogether("43"+id+`["first"]`, "43"+id+`["second"]`)
			op.Want(`["first"]`)
			p.WantNothing()
		},
	},
	{
		ID:    "ack.server.unknown",
		Title: "an ACK that the server never asked for is ignored",
		Rules: rules("sio.packet.ack.from-client-unknown"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"ack.event.args", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("ask.unknown-closes", "the session was closed"),
			catch("ask.unknown-echoed", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send(`43999999["x"]`, `430[]`, `43/custom,999999[]`)
			p.SendMessage(`461-999998[{"_placeholder":true,"num":0}]`, []byte{1})
			p.WantNothing()
		},
	},
	{
		ID:     "ack.server.timeout",
		Title:  "an event that is not acknowledged in time fails when the time is over, and not before",
		Rules:  rules("sio.ack.server.timeout"),
		Needs:  needs("ack.timeout"),
		On:     pollingAndWS,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.server.args"},
		Catches: []run.Catch{
			catch("app.ack.timeout-succeeds", "want a time-out of"),
			catch("app.ack.timeout-ignored", "want 431[<object>]"),
			catch("ask.time-out-early", "before its time was over"),
			catch("ask.time-out-never", "got nothing"),
			catch("ask.time-out-as-answer", "want a time-out of"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			began := time.Now()
			op, _ := ask(p, "/", 200)
			op.WantTimeout()
			wantNotBefore(p, began, 200)
		},
	},
	{
		ID:    "ack.server.timeout-others",
		Title: "each event has a time-out of its own: one is answered while another runs out",
		Rules: rules("sio.ack.server.timeout"),
		Needs: needs("ack.timeout"),
		On:    webSocketOnly,
		After: []string{"ack.server.timeout", "ack.server.any-order"},
		Catches: []run.Catch{
			catch("ask.time-out-of-all", "the operation"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			slow, id := ask(p, "/", patient, "slow")
			fast, _ := ask(p, "/", 100, "fast")
			fast.WantTimeout()
			p.Send("43" + id + `["r"]`)
			slow.Want(`["r"]`)
		},
	},
	{
		ID:    "ack.server.late",
		Title: "an ACK that comes after the time-out is ignored",
		Rules: rules("sio.ack.server.timeout-late"),
		Needs: needs("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"ack.server.timeout"},
		Catches: []run.Catch{
			catch("ask.late-answer-replied", "want nothing"),
			catch("ask.late-answer-closes", "closed by the fault"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", 100)
			op.WantTimeout()
			p.Send("43" + id + `["late"]`)
			p.WantNothing()
		},
	},
	{
		ID:     "ack.server.answered-in-time",
		Title:  "an event that was acknowledged does not time out afterwards",
		Rules:  rules("sio.ack.server.timeout"),
		Needs:  needs("ack.timeout"),
		On:     webSocketOnly,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.server.timeout"},
		Catches: []run.Catch{
			catch("ask.time-out-after-answer", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op, id := ask(p, "/", 400)
			p.Send("43" + id + `["r"]`)
			op.Want(`["r"]`)
			pause(p, "/", 500)
			p.WantNothing()
		},
	},
	{
		ID:     "ack.server.left",
		Title:  "clients that leave without acknowledging do no harm to others, neither then nor when the time is over",
		Rules:  rules("sio.ack.server.disconnect-pending"),
		Needs:  needs("ack.timeout"),
		On:     pollingAndWS,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.server.timeout", "namespace.disconnect.leaves-others"},
		Catches: []run.Catch{
			catch("ask.left-kills", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			leaver, dropper := p.Peer("who leaves"), p.Peer("who drops out")
			for _, q := range []*peer.Peer{leaver, dropper} {
				q.Connect("/")
				ask(q, "/", 100)
			}
			leaver.Leave("/")
			dropper.Drop()
			pause(p, "/", 300)
			p.WantConnected("/")
			packets, _ := leaver.Settle()
			for i := range packets {
				if !packets[i].IsAck() { // its operation may have timed out before it left
					p.Failf("want nothing but the reply to its operation on who leaves, got %q", packets[i].Raw)
				}
			}
		},
	},
}

// patient is a time-out, in milliseconds, that is not over before a scenario is.
const patient = 30_000

// ask has the application send the event ask with these arguments, to be acknowledged within ms milliseconds, and waits for it. It returns the operation, and the event's id.
func ask(p *peer.Peer, namespace string, ms int, args ...any) (*peer.Pending, string) {
	words := append([]any{"ask"}, args...)
	op := p.StartOp(namespace, peer.Op{"do": "emit", "via": "socket", "args": words, "ack": ms})
	return op, p.Want("42" + peer.Prefix(namespace) + "<id:integer>" + peer.JSON(words))["id"]
}

// wantUnanswered shows that an operation which waits for acknowledgements has not been replied to. The target gets time to come round to it.
func wantUnanswered(p *peer.Peer) {
	pause(p, "/", 10)
	p.WantNothing()
}

// clockGrain is how much sooner a time-out may be over for the target, whose clock counts whole milliseconds.
const clockGrain = 2 * time.Millisecond

// wantNotBefore shows that something which was asked for when began did not happen before ms milliseconds were over.
func wantNotBefore(p *peer.Peer, began time.Time, ms int) {
	if took := time.Since(began); took < time.Duration(ms)*time.Millisecond-clockGrain {
		p.Failf("the acknowledgement timed out after %v, before its time was over: %d ms", took.Round(time.Millisecond), ms)
	}
}
