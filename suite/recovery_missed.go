package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// missedScenarios are about the events that a client gets when it continues its session.
var missedScenarios = []run.Scenario{
	{
		ID:     "recovery.missed.rooms",
		Title:  "a client that comes back gets the events that it missed in its namespace and its rooms, once and in their order, each with its offset, and none that were for others",
		Rules:  rules("sio.csr.missed-packets"),
		Needs:  needsRecovery("except"),
		On:     everyTransport,
		After:  []string{"recovery.recover", "rooms.namespace.all", "rooms.except.room"},
		Traits: run.Traits{Alone: true}, // an event for everybody is missed by everybody
		Catches: []run.Catch{
			catch("recovery.missed-lost", `["all",1,<text>] within`),
			catch("recovery.missed-first-only", `["room",2,<text>] within`),
			catch("recovery.missed-last-only", `["all",1,<text>]`),
			catch("recovery.missed-twice", `["all",1`),
			catch("recovery.missed-reversed", `["all",1,<text>]`),
			catch("recovery.missed-without-offset", `["all",1,<text>]`),
			catch("recovery.missed-of-all-rooms", `["elsewhere",4`),
			catch("recovery.missed-excepted", `["excepted",5`),
			catch("recovery.missed-of-both-rooms-twice", `["both",6`),
		},
		Run: func(p *peer.Peer) {
			q, r1, r2, elsewhere := witness(p), ownRoom(p), ownRoom(p), ownRoom(p)
			s := begin(p, "/custom")
			p.Join("/custom", r1, r2)
			s.lose(p, q)
			toAll := peer.Op{"do": "emit", "via": "broadcast", "args": []any{"all", 1}}
			excepted := peer.Op{"do": "emit", "via": "broadcast", "except": []string{r1}, "args": []any{"excepted", 5}}
			both := peer.Op{"do": "emit", "via": "nsp", "to": []string{r1, r2}, "args": []any{"both", 6}}
			for _, op := range []peer.Op{toAll, toRoom(r1, "room", 2), toRoom(s.sid, "own", 3), toRoom(elsewhere, "elsewhere", 4), excepted, both} {
				q.Op("/custom", op)
			}
			s.comesBack(p, "again", `"all",1`, `"room",2`, `"own",3`, `"both",6`)
		},
	},
	{
		ID:    "recovery.missed.many",
		Title: "a client that comes back gets a hundred events that it missed, each once, in their order",
		Rules: rules("sio.csr.missed-packets"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.missed-gap", `["n",50`),
			catch("recovery.missed-swapped", `["n",50`),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			var missed []string
			for n := range 100 {
				missed = append(missed, fmt.Sprintf(`"n",%d`, n))
			}
			q.Op("/custom", peer.Op{"do": "emit", "via": "nsp", "to": []string{s.sid}, "args": []any{"n", "<n>"}, "times": len(missed)})
			s.comesBack(p, "again", missed...)
		},
	},
	{
		ID:    "recovery.missed.binary",
		Title: "a client that comes back gets an event that it missed with its attachments",
		Rules: rules("sio.csr.binary-missed"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms", "recovery.offset.binary"},
		Catches: []run.Catch{
			catch("recovery.missed-attachments-lost", "want an attachment of 3 bytes"),
			catch("recovery.missed-attachments-emptied", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			q, s, data := witness(p), begin(p, "/custom"), []byte{7, 0, 255}
			s.lose(p, q)
			q.StartBinaryOp("/custom", peer.Op{"do": "emit", "via": "nsp", "to": []string{s.sid}, "args": []any{"bin", peer.Placeholder(0)}}, data).Value()
			q.Op("/custom", toRoom(s.sid, "behind"))
			again := p.Peer("again")
			s.claimed(again)
			event := `451-/custom,["bin",{"_placeholder":true,"num":0},<text>]`
			if again.WantEither(s.admission(), event) == 1 {
				again.WantBinary(data)
				again.WantAnyOrder(s.admission(), s.event(`"behind"`))
				return
			}
			again.Want(event)
			again.WantBinary(data)
			again.Want(s.event(`"behind"`))
		},
	},
	{
		ID:    "recovery.missed.not-kept",
		Title: "a client that comes back gets no volatile events that it missed, nor any that wanted an acknowledgement",
		Rules: rules("sio.csr.offset-not-on-ack"),
		Needs: needsRecovery("volatile", "ack.broadcast"),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.volatile-kept", `["volatile"`),
			catch("recovery.questions-kept", `["question"`),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			q.Op("/custom", peer.Op{"do": "emit", "via": "nsp", "to": []string{s.sid}, "flags": []string{"volatile"}, "args": []any{"volatile"}})
			q.StartOp("/custom", peer.Op{"do": "emit", "via": "nsp", "to": []string{s.sid}, "args": []any{"question"}, "ack": 1}).Reply()
			q.Op("/custom", toRoom(s.sid, "kept"))
			s.comesBack(p, "again", `"kept"`)
		},
	},
	{
		ID:    "recovery.missed.offset",
		Title: "a client that comes back with the offset of an earlier event gets those that came behind it, though they had been sent to it, and not that one",
		Rules: rules("sio.csr.offset-respected"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.missed-since-the-end", `["message-back",0,<text>] within`),
			catch("recovery.missed-since-the-beginning", `["message-back","look"`),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.look(p)
			for n := range 2 {
				p.Send(fmt.Sprintf(`42/custom,["message",%d]`, n))
				p.Want(s.event(fmt.Sprintf(`"message-back",%d`, n)))
			}
			s.lose(p, q)
			s.comesBack(p, "again", `"message-back",0`, `"message-back",1`)
		},
	},
	{
		ID:    "recovery.missed.left-room",
		Title: "a client that comes back gets no events for a room that it had left before its connection ended",
		Rules: rules("sio.csr.missed-packets"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("room.leave-ignored", `["left"`),
		},
		Run: func(p *peer.Peer) {
			q, left, stayed := witness(p), ownRoom(p), ownRoom(p)
			s := begin(p, "/custom")
			p.Join("/custom", left, stayed)
			p.LeaveRoom("/custom", left)
			s.lose(p, q)
			q.Op("/custom", toRoom(left, "left"))
			q.Op("/custom", toRoom(stayed, "stayed"))
			s.comesBack(p, "again", `"stayed"`)
		},
	},
	{
		ID:    "recovery.missed.other-namespace",
		Title: "a client that comes back to a namespace gets no events of another one, even for a room of the same name",
		Rules: rules("sio.csr.missed-packets"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.missed-of-all-namespaces", `["users"`),
		},
		Run: func(p *peer.Peer) {
			q, room := witness(p), ownRoom(p)
			q.Connect("/users")
			s := begin(p, "/custom")
			p.Join("/custom", room)
			s.lose(p, q)
			q.Op("/users", toRoom(room, "users"))
			q.Op("/custom", toRoom(room, "custom"))
			s.comesBack(p, "again", `"custom"`)
		},
	},
	{
		ID:    "recovery.missed.own-broadcast",
		Title: "a client that comes back does not get what it had broadcast itself",
		Rules: rules("sio.csr.missed-packets"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.missed-own-broadcast", `["mine"`),
		},
		Run: func(p *peer.Peer) {
			q, room := witness(p), ownRoom(p)
			s := begin(p, "/custom")
			p.Join("/custom", room)
			q.Join("/custom", room)
			p.Op("/custom", peer.Op{"do": "emit", "via": "broadcast", "to": []string{room}, "args": []any{"mine"}})
			q.Want(s.event(`"mine"`))
			s.lose(p, q)
			s.comesBack(p, "again")
		},
	},
	{
		ID:    "recovery.missed.meanwhile",
		Title: "events that are sent while a client comes back reach it once and in their order, be they missed or not (5 rounds of 24 events)",
		Rules: rules("sio.csr.missed-packets"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.missed.many", "recovery.again"},
		Catches: []run.Catch{
			catch("recovery.meanwhile-lost", "want the event 20"),
			catch("recovery.meanwhile-twice", "want the event 21"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			for round := range 5 {
				s.lose(p, q)
				p = p.Peer(fmt.Sprintf("again-%d", round))
				tag := openTagged(p)
				var sent []*peer.Pending
				for n := range 24 {
					if n == 8 {
						p.SendConnect("/custom", s.claim)
					}
					sent = append(sent, q.StartOp("/custom", toRoom(s.sid, "n", n)))
				}
				for _, op := range sent {
					op.Value()
				}
				s.tag = tag
				s.wantNumbered(p, len(sent))
				s.look(p)
			}
		},
	},
}

// wantNumbered waits for the CONNECT that continues the session and for that many numbered events, in their order.
func (s past) wantNumbered(p *peer.Peer, count int) {
	admitted := false
	for n := 0; n < count || !admitted; {
		want := []string{s.event(fmt.Sprintf(`"n",%d`, n))}
		if !admitted {
			want = append(want, s.admission())
		}
		p.About(fmt.Sprintf("want the event %d", n), func() {
			if p.WantEither(want...) == 1 {
				admitted = true
				return
			}
			n++
		})
	}
}
