package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// ackBroadcastScenarios are about broadcasts for which the application wants acknowledgements.
var ackBroadcastScenarios = []run.Scenario{
	{
		ID:    "ack.broadcast.all",
		Title: "a broadcast that wants acknowledgements collects the first argument of each recipient's answer",
		Rules: rules("sio.ack.broadcast.all"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    everyTransport,
		After: []string{"ack.server.args", "rooms.to.members"},
		Catches: []run.Catch{
			catch("app.ack.broadcast-first-only", "want the answers"),
			catch("app.ack.broadcast-doubled", "want the answers"),
			catch("ask.without-id", "want an acknowledgement id, got none"),
			catch("gather.first-only", "want nothing"),
			catch("gather.answers-lost", "want the answers"),
			catch("gather.one-left-out", "got nothing"),
			catch("ask.answer-ignored", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			room, q := freshName(p, "gather"), p.Peer("other")
			join(room, p, q)
			op := p.StartOp("/", gather(patient, peer.Op{"to": []string{room}}))
			mine, others := asked(p), asked(q)
			q.Send("43" + others + `["theirs","second argument"]`)
			q.WantOpen()
			wantUnanswered(p)
			p.Send("43" + mine + `["mine"]`)
			wantAnswers(p, op.Value(), `"mine"`, `"theirs"`)
		},
	},
	{
		ID:    "ack.broadcast.five",
		Title: "a broadcast that wants acknowledgements is done with the last answer and not before, however many there are",
		Rules: rules("sio.ack.broadcast.all"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.all"},
		Catches: []run.Catch{
			catch("app.ack.broadcast-first-only", "want the answers"),
			catch("gather.fourth-suffices", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			room, members := freshName(p, "gather"), []*peer.Peer{p}
			for i := range 4 {
				members = append(members, p.Peer(fmt.Sprintf("m%d", i)))
			}
			join(room, members...)
			op := p.StartOp("/", gather(patient, peer.Op{"to": []string{room}}))
			mine, answers := asked(p), []string{`"mine"`}
			for i, m := range slices.Backward(members[1:]) {
				m.Send(fmt.Sprintf("43%s[%d]", asked(m), i))
				m.WantOpen()
				p.About("behind the answer of "+m.Name(), func() { wantUnanswered(p) })
				answers = append(answers, fmt.Sprint(i))
			}
			p.Send("43" + mine + `["mine"]`)
			wantAnswers(p, op.Value(), answers...)
		},
	},
	{
		ID:    "ack.broadcast.namespace",
		Title: "a broadcast that wants acknowledgements from a whole namespace collects those of all members, in that namespace only",
		Rules: rules("sio.ack.broadcast.all", "sio.ack.server.wrong-namespace"),
		Needs: needs("ack.timeout", "ack.broadcast", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"ack.broadcast.all", "packet.namespace.number"},
		Catches: []run.Catch{
			catch("gather.one-left-out", "got nothing"),
			catch("ask.any-namespace", "want nothing"),
			catch("event.namespace-lost", "want namespace /dynamic-"),
		},
		Run: func(p *peer.Peer) {
			name, q := dynamicName(p), p.Peer("other")
			prefix := peer.Prefix(name)
			p.Connect("/")
			p.Connect(name)
			q.Connect(name)
			op := p.StartOp(name, gather(patient, nil))
			mine, others := p.Want("42" + prefix + `<id:integer>["ask"]`)["id"], q.Want("42" + prefix + `<id:integer>["ask"]`)["id"]
			q.Send("43" + prefix + others + `["theirs"]`)
			q.WantOpen()
			p.Send("43" + mine + `["main"]`)
			wantUnanswered(p)
			p.Send("43" + prefix + mine + `["mine"]`)
			wantAnswers(p, op.Value(), `"mine"`, `"theirs"`)
		},
	},
	{
		ID:    "ack.broadcast.beside",
		Title: "broadcasts and events to one client that wait for acknowledgements at the same time have different ids, and get each its own answer",
		Rules: rules("sio.ack.server.id-sequence", "sio.ack.broadcast.all"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.namespace", "ack.server.any-order"},
		Catches: []run.Catch{
			catch("ask.same-id", "the same id"),
			catch("ask.in-turn", "the value of"),
		},
		Run: func(p *peer.Peer) {
			const name = "/orders"
			to := []string{p.Connect(name)}
			var ops []peer.Op
			for i := range 4 {
				ops = append(ops,
					peer.Op{"do": "emit", "via": "socket", "args": []any{"ask", i}, "ack": patient},
					peer.Op{"do": "emit", "via": "nsp", "to": to, "args": []any{"ask", i}, "ack": patient})
			}
			op := p.StartOp(name, peer.Op{"do": "batch", "ops": ops})
			seen := map[string]bool{}
			var answers, values []string
			for i := range ops {
				id := p.Want(fmt.Sprintf(`42%s<id:integer>["ask",%d]`, peer.Prefix(name), i/2))["id"]
				if seen[id] {
					p.Failf("two events that wait have the same id %s", id)
				}
				seen[id] = true
				answers = append(answers, fmt.Sprintf("43%s%s[%d]", peer.Prefix(name), id, i))
				values = append(values, fmt.Sprintf(`{"ok":[%d]}`, i))
			}
			slices.Reverse(answers)
			p.SendTogether(answers...)
			op.Want("[" + strings.Join(values, ",") + "]")
		},
	},
	{
		ID:     "ack.broadcast.partial",
		Title:  "a broadcast to which not all answer in time fails when the time is over, not before, and hands out the answers that came",
		Rules:  rules("sio.ack.broadcast.partial"),
		Needs:  needs("ack.timeout", "ack.broadcast"),
		On:     pollingAndWS,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.broadcast.all"},
		Catches: []run.Catch{
			catch("app.ack.partial-lost", "want the answers"),
			catch("ask.time-out-early", "before its time was over"),
			catch("ask.time-out-never", "got nothing"),
			catch("ask.time-out-as-answer", "want a time-out of"),
			catch("gather.partial-lost", "want the answers"),
		},
		Run: func(p *peer.Peer) {
			const ms = 500
			room, q := freshName(p, "gather"), p.Peer("other")
			join(room, p, q)
			began := time.Now()
			op := p.StartOp("/", gather(ms, peer.Op{"to": []string{room}}))
			asked(p)
			q.Send("43" + asked(q) + `["theirs"]`)
			q.WantOpen()
			inTime := time.Since(began) < ms*time.Millisecond
			answers := op.WantTimeout()
			wantNotBefore(p, began, ms)
			if inTime {
				wantAnswers(p, answers, `"theirs"`)
			}
		},
	},
	{
		ID:     "ack.broadcast.operators",
		Title:  "a broadcast through the server to everybody, or through the namespace or the socket's operator to a room without some, fails when its time is over",
		Rules:  rules("sio.ack.broadcast.partial"),
		Needs:  needs("ack.timeout", "ack.broadcast", "except"),
		On:     webSocketOnly,
		Traits: run.Traits{Slow: true, Alone: true},
		After:  []string{"ack.broadcast.partial"},
		Catches: []run.Catch{
			catch("gather.server-never", "got nothing"),
			catch("gather.outsider-included", "want nothing"),
			catch("gather.partial-lost", "want the answers"),
		},
		Run: func(p *peer.Peer) {
			const ms = 300
			room, out := freshName(p, "gather"), freshName(p, "out")
			q, r, o := p.Peer("other"), p.Peer("silent"), p.Peer("outsider")
			join(room, p, q, r, o)
			o.Op("/", peer.Op{"do": "join", "rooms": []string{out}})
			aimed := peer.Op{"to": []string{room}, "except": []string{out}}
			for _, s := range []struct {
				via     string
				members peer.Op
				asked   []*peer.Peer
			}{
				{"server", peer.Op{}, []*peer.Peer{p, r, o}},
				{"nsp", aimed, []*peer.Peer{p, r}},
				{"broadcast", aimed, []*peer.Peer{r}},
			} {
				began := time.Now()
				op := gather(ms, s.members)
				op["via"] = s.via
				pending := p.StartOp("/", op)
				for _, silent := range s.asked {
					asked(silent)
				}
				q.Send("43" + asked(q) + `["theirs"]`)
				q.WantOpen()
				inTime := time.Since(began) < ms*time.Millisecond
				answers := pending.WantTimeout()
				wantNotBefore(p, began, ms)
				if inTime {
					wantAnswers(p, answers, `"theirs"`)
				}
				o.WantNothing()
			}
		},
	},
	{
		ID:    "ack.broadcast.nobody",
		Title: "a broadcast that wants acknowledgements from nobody is done at once",
		Rules: rules("sio.ack.broadcast.empty"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.all"},
		Catches: []run.Catch{
			catch("gather.nobody-waits", "got nothing"),
			catch("gather.nobody-null", "want the answers"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			op := p.StartOp("/", gather(patient, peer.Op{"to": []string{freshName(p, "nobody")}}))
			wantAnswers(p, op.Value())
		},
	},
	{
		ID:    "ack.broadcast.recipients",
		Title: "a broadcast to a room without the sender asks the other members, once each, and nobody else",
		Rules: rules("sio.ack.broadcast.recipients"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    pollingAndWS,
		After: []string{"ack.broadcast.all"},
		Catches: []run.Catch{
			catch("gather.sender-included", "nothing"),
			catch("gather.outsider-included", "want nothing more on outsider"),
			catch("gather.asked-twice", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			room, second := freshName(p, "gather"), freshName(p, "second")
			q, outsider := p.Peer("other"), p.Peer("outsider")
			join(room, p, q)
			q.Join("/", second)
			outsider.Connect("/")
			op := p.StartOp("/", gather(patient, peer.Op{"via": "broadcast", "to": []string{room, second}}))
			id := asked(q)
			p.WantNothing()
			q.WantNothing()
			q.Send("43" + id + `["theirs"]`)
			wantAnswers(p, op.Value(), `"theirs"`)
		},
	},
	{
		ID:    "ack.broadcast.outsider",
		Title: "an ACK of a client that was not asked does not count",
		Rules: rules("sio.ack.broadcast.recipients"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.recipients"},
		Catches: []run.Catch{
			catch("gather.outsider-counts", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			room := freshName(p, "gather")
			q, outsider := p.Peer("other"), p.Peer("outsider")
			join(room, q)
			p.Connect("/")
			outsider.Connect("/")
			op := p.StartOp("/", gather(patient, peer.Op{"to": []string{room}}))
			id := asked(q)
			outsider.Send("43" + id + `["stolen"]`)
			outsider.WantOpen()
			wantUnanswered(p)
			q.Send("43" + id + `["own"]`)
			wantAnswers(p, op.Value(), `"own"`)
		},
	},
	{
		ID:    "ack.broadcast.twice",
		Title: "a recipient that answers twice counts once",
		Rules: rules("sio.ack.broadcast.double"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.all"},
		Catches: []run.Catch{
			catch("gather.twice-counts", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			room, q := freshName(p, "gather"), p.Peer("other")
			join(room, p, q)
			op := p.StartOp("/", gather(patient, peer.Op{"to": []string{room}}))
			mine, others := asked(p), asked(q)
			q.SendTogether("43"+others+`["theirs"]`, "43"+others+`["again"]`)
			q.WantOpen()
			wantUnanswered(p)
			p.Send("43" + mine + `["mine"]`)
			wantAnswers(p, op.Value(), `"mine"`, `"theirs"`)
		},
	},
	{
		ID:    "ack.broadcast.late",
		Title: "answers to a broadcast that come after the time-out are ignored",
		Rules: rules("sio.ack.broadcast.late"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.partial"},
		Catches: []run.Catch{
			catch("ask.late-answer-replied", "want nothing"),
			catch("ask.late-answer-closes", "closed by the fault"),
		},
		Run: func(p *peer.Peer) {
			room, q := freshName(p, "gather"), p.Peer("other")
			join(room, p, q)
			op := p.StartOp("/", gather(100, peer.Op{"to": []string{room}}))
			mine, others := asked(p), asked(q)
			wantAnswers(p, op.WantTimeout())
			p.Send("43" + mine + `["late"]`)
			q.Send("43" + others + `["late"]`)
			q.WantNothing()
			p.WantNothing()
		},
	},
	{
		ID:    "ack.broadcast.binary",
		Title: "answers to a broadcast may have attachments",
		Rules: rules("sio.ack.broadcast.all", "sio.ack.server.binary"),
		Needs: needs("ack.timeout", "ack.broadcast"),
		On:    webSocketOnly,
		After: []string{"ack.broadcast.all", "ack.server.binary-answer"},
		Catches: []run.Catch{
			catch("ask.binary-answer-ignored", "got nothing"),
			catch("binary.bytes-changed", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			room, q := freshName(p, "gather"), p.Peer("other")
			join(room, q)
			p.Connect("/")
			op := p.StartOp("/", gather(patient, peer.Op{"to": []string{room}}))
			q.SendMessage("461-"+asked(q)+`[{"_placeholder":true,"num":0}]`, []byte{0, 0xff, 0x80})
			wantAnswers(p, op.Value(), `{"_placeholder":true,"num":0}`)
			p.WantBinary([]byte{0, 0xff, 0x80})
		},
	},
	{
		ID:     "ack.broadcast.left",
		Title:  "a recipient that leaves without an answer is missing from the answers, and does not hold up anything beyond the time-out",
		Rules:  rules("sio.ack.broadcast.disconnect"),
		Needs:  needs("ack.timeout", "ack.broadcast"),
		On:     webSocketOnly,
		Traits: run.Traits{Slow: true},
		After:  []string{"ack.broadcast.partial"},
		Catches: []run.Catch{
			catch("gather.answers-lost-at-time-out", "want the answers"),
			catch("ask.time-out-never", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			const ms = 500
			room, q := freshName(p, "gather"), p.Peer("other")
			join(room, p, q)
			began := time.Now()
			op := p.StartOp("/", gather(ms, peer.Op{"to": []string{room}}))
			asked(q)
			q.Leave("/")
			q.WantOpen()
			p.Send("43" + asked(p) + `["mine"]`)
			p.WantOpen()
			inTime := time.Since(began) < ms*time.Millisecond
			reply := op.Reply()
			answers, how := reply.OK, "done before the time was over"
			if reply.Error != "" {
				answers, how = reply.Answers, "timed out"
			}
			p.Observe("broadcast with a recipient that leaves", "%s", how)
			if inTime {
				wantAnswers(p, answers, `"mine"`)
			}
		},
	},
}

// join lets the peers into the main namespace and into the room.
func join(room string, peers ...*peer.Peer) {
	for _, q := range peers {
		q.Connect("/")
		q.Join("/", room)
	}
}

// gather returns the operation that broadcasts the event ask, to be acknowledged within ms milliseconds. members are those of the operation that say to whom.
func gather(ms int, members peer.Op) peer.Op {
	op := peer.Op{"do": "emit", "via": "nsp", "args": []any{"ask"}, "ack": ms}
	maps.Copy(op, members)
	return op
}

// asked waits for the event ask in the main namespace and returns its id.
func asked(p *peer.Peer) string { return p.Want(`42<id:integer>["ask"]`)["id"] }

// wantAnswers compares the answers to a broadcast, in any order.
func wantAnswers(p *peer.Peer, got json.RawMessage, want ...string) {
	var answers []any
	if err := json.Unmarshal(got, &answers); err != nil || answers == nil {
		p.Failf("want the answers %q, got %s", want, got)
	}
	var texts []string
	for _, a := range answers {
		texts = append(texts, peer.JSON(a))
	}
	slices.Sort(texts)
	slices.Sort(want)
	if !slices.Equal(texts, want) {
		p.Failf("want the answers %q, got %q", want, texts)
	}
}
