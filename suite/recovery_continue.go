package suite

import (
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// notContinued are the faults by which no session is continued.
var notContinued = []run.Catch{
	catch("recovery.claim-ignored", "data.pid: want"),
}

// continueScenarios are about sessions that are continued: after which ends, and with what.
var continueScenarios = []run.Scenario{
	{
		ID:    "recovery.recover",
		Title: "a client whose connection has ended comes back with its private id and an offset, and has the same socket id and private id again",
		Rules: rules("sio.csr.recover", "sio.csr.engine-close-packet"),
		Needs: needsRecovery(),
		On:    everyTransport,
		After: []string{"recovery.offset.events", "multiplex.lifecycle.hang-up"},
		Catches: []run.Catch{
			catch("recovery.claim-ignored", "data.pid: want"),
			catch("recovery.claim-refused", "got 44/custom"),
			catch("recovery.claim-unanswered", "got nothing"),
			catch("recovery.claim-closes", "the session was closed"),
			catch("recovery.sid-new", "data.sid: want"),
			catch("recovery.pid-new", "data.pid: want"),
			catch("recovery.never-recovered", "recovered: want true, got false"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			again, s := s.comesBack(p, "again")
			again.WantOp("/custom", peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%s,"recovered":true,...}`, peer.JSON(s.sid)))
		},
	},
	lostScenario("drop", "is lost without a word", "sio.csr.recover", needsRecovery(), overWebSocket, run.Traits{}, func(p *peer.Peer) {
		p.Drop()
	}),
	lostScenario("violation", "the server closes because of a packet that is malformed", "sio.csr.conn-close-recoverable", needsRecovery(), pollingAndWS, run.Traits{Malformed: true}, func(p *peer.Peer) {
		p.Send("42{}")
		p.WantClosed()
	}),
	lostScenario("ping-timeout", "ends because it answers no pings", "sio.csr.ping-timeout-recoverable", fastRecovery(), pollingAndWS, run.Traits{Slow: true}, func(p *peer.Peer) {
		p.Mute()
		p.WantPing(p.Config().PingInterval + p.Patience())
		p.Peer("other").LetPass("/custom", p.Config().PingTimeout)
	}),
	{
		ID:     "recovery.kept",
		Title:  "a session is there to be continued well within the time for which the server is to keep it",
		Rules:  rules("sio.csr.kept"),
		Needs:  needsRecovery(),
		On:     webSocketOnly,
		After:  []string{"recovery.recover"},
		Traits: run.Traits{Slow: true},
		Catches: []run.Catch{
			catch("recovery.expired-early", "data.pid: want"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			q.LetPass("/custom", 2*time.Second)
			s.comesBack(p, "again")
		},
	},
	{
		ID:      "recovery.other-transport",
		Title:   "a session is continued over another transport than that of the connection that has ended",
		Rules:   rules("sio.csr.recover"),
		Needs:   needsRecovery(),
		On:      pollingAndWS,
		After:   []string{"recovery.recover"},
		Catches: notContinued,
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			other := peer.WebSocket
			if p.Transport() == peer.WebSocket {
				other = peer.Polling
			}
			again := p.PeerOver("again", other)
			s.claimed(again).wantContinued(again)
		},
	},
	{
		ID:    "recovery.rooms",
		Title: "a client that continues its session is in the rooms in which it was, that of its own id too",
		Rules: rules("sio.csr.rooms-and-data"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover", "rooms.to.members"},
		Catches: []run.Catch{
			catch("recovery.rooms-forgotten", "the value of"),
			catch("recovery.own-room-forgotten", "the value of"),
			catch("recovery.rooms-unheard", "again: want 42/custom"),
		},
		Run: func(p *peer.Peer) {
			q, r1, r2 := witness(p), ownRoom(p), ownRoom(p)
			s := begin(p, "/custom")
			p.Join("/custom", r1, r2)
			s.lose(p, q)
			again, s := s.comesBack(p, "again")
			again.WantOp("/custom", peer.Op{"do": "rooms"}, peer.JSON(slices.Sorted(slices.Values([]string{s.sid, r1, r2}))))
			for i, room := range []string{r1, r2, s.sid} {
				q.Op("/custom", toRoom(room, "now", i))
				again.Want(s.event(fmt.Sprintf(`"now",%d`, i)))
			}
		},
	},
	{
		ID:    "recovery.members",
		Title: "a client whose connection has ended is a member of its rooms again when it has come back, and once only, but not meanwhile",
		Rules: rules("sio.csr.members"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.rooms"},
		Catches: []run.Catch{
			catch("recovery.member-meanwhile", "want 0 elements, got 1"),
			catch("recovery.member-twice", "the value of"),
			catch("recovery.member-missing", "the value of"),
		},
		Run: func(p *peer.Peer) {
			q, room := witness(p), ownRoom(p)
			members := peer.Op{"do": "members", "room": room}
			s := begin(p, "/custom")
			p.Join("/custom", room)
			s.lose(p, q)
			q.WantOp("/custom", members, "[]")
			again, s := s.comesBack(p, "again")
			again.WantOp("/custom", members, peer.JSON([]string{s.sid}))
		},
	},
	{
		ID:    "recovery.data",
		Title: "a client that continues its session has the data that the application had stored with its socket",
		Rules: rules("sio.csr.rooms-and-data"),
		Needs: needsRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.data-forgotten", "data[1].data: "),
			catch("recovery.data-of-middlewares-forgotten", `member "early" is missing`),
		},
		Run: func(p *peer.Peer) {
			q := witness(p)
			s := begin(p, "/orders", credentials(`{"mw":[[{"set":{"early":1}}]]}`))
			p.Op("/orders", peer.Op{"do": "set", "data": map[string]any{"late": []int{2}}})
			s.lose(p, q)
			again, _ := s.comesBack(p, "again")
			again.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"early":1,"late":[2],...},...}`)
		},
	},
	{
		ID:    "recovery.live",
		Title: "a client that continues its session gets each event once, is heard, and is asked and answered as before",
		Rules: rules("sio.csr.recover"),
		Needs: needsRecovery("ack.timeout"),
		On:    pollingAndWS,
		After: []string{"recovery.rooms", "ack.server.args"},
		Catches: []run.Catch{
			catch("recovery.live-twice", "got 42/custom"),
			catch("recovery.live-without-offset", "again: want 42/custom"),
			catch("recovery.deaf", "again"),
			catch("recovery.questions-lost", `["q"]`),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			again, s := s.comesBack(p, "again")
			q.Op("/custom", toRoom(s.sid, "now"))
			again.Want(s.event(`"now"`))
			again.WantNothing()
			s.look(again)
			asked := q.StartOp("/custom", peer.Op{"do": "emit", "via": "nsp", "to": []string{s.sid}, "args": []any{"q"}, "ack": p.Patience().Milliseconds()})
			caps := again.Want(`42/custom,<id:integer>["q"]`)
			again.Send("43/custom," + caps["id"] + `["answer"]`)
			q.WantJSON("the answers that the application got", `["answer"]`, asked.Value())
		},
	},
	{
		ID:    "recovery.handshake",
		Title: "the handshake of a socket that is continued, its credentials and its query, is that of the new connection",
		Rules: rules("sio.csr.handshake-new"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.credentials-old", `want "new", got "old"`),
			catch("recovery.query-old", "query.tag: want"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom", credentials(`{"token":"old"}`))
			s.lose(p, q)
			again := p.Peer("again")
			s = s.claimed(again, map[string]any{"token": "new"})
			s.wantContinued(again)
			again.WantOp("/custom", peer.Op{"do": "info"}, fmt.Sprintf(`{"auth":{"token":"new",...},"query":{"tag":%s,...},...}`, peer.JSON(s.tag)))
		},
	},
	{
		ID:    "recovery.connection",
		Title: "the connection handler runs once for a socket that is continued",
		Rules: rules("sio.csr.connection-event"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.connection-unrun", "the log of /custom: want"),
			catch("recovery.connection-twice", "the log of /custom: want"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			again, s := s.comesBack(p, "again")
			again.WantAuth("/custom", `<object>`)
			again.WantLog("/custom", s.tag, "/custom", `["connection","/custom"]`)
		},
	},
	{
		ID:    "recovery.again",
		Title: "a session that was continued is lost and continued again, with the same ids, with its rooms, and with what it missed this time only",
		Rules: rules("sio.csr.twice-in-a-row", "sio.csr.missed-packets"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.rooms", "recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.once", "data.pid: want"),
			catch("recovery.missed-of-last-time", `["missed",0`),
		},
		Run: func(p *peer.Peer) {
			q, room := witness(p), ownRoom(p)
			s := begin(p, "/custom")
			p.Join("/custom", room)
			for i := range 3 {
				s.lose(p, q)
				q.Op("/custom", toRoom(room, "missed", i))
				p, s = s.comesBack(p, fmt.Sprintf("again-%d", i), fmt.Sprintf(`"missed",%d`, i))
				s.look(p)
			}
		},
	},
	{
		ID:    "recovery.namespaces",
		Title: "each namespace of a connection that has ended is continued by itself, with its own ids and what was missed there",
		Rules: rules("sio.csr.custom-namespace"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover", "recovery.missed.rooms"},
		Catches: []run.Catch{
			catch("recovery.custom-ignored", "data.pid: want"),
			catch("recovery.main-ignored", "data.pid: want"),
			catch("recovery.missed-lost", `["missed","/custom",<text>] within`),
		},
		Run: func(p *peer.Peer) {
			q, room := witness(p), ownRoom(p)
			main := begin(p, "/")
			custom := beginTagged(p, main.tag, "/custom")
			for _, s := range []past{main, custom} {
				p.Join(s.namespace, room)
			}
			p.HangUp()
			main.lost(q)
			custom.lost(q)
			again := p.Peer("again")
			for _, s := range []past{main, custom} {
				q.Op("/custom", peer.Op{"do": "emit", "via": "nsp", "of": s.namespace, "to": []string{room}, "args": []any{"missed", s.namespace}})
			}
			for _, s := range []past{custom, main} {
				s.claimed(again).wantContinued(again, fmt.Sprintf(`"missed",%q`, s.namespace))
			}
		},
	},
	{
		ID:    "recovery.dynamic",
		Title: "a client that has lost its connection continues its session in a dynamic namespace, and gets what it missed there",
		Rules: rules("sio.csr.custom-namespace"),
		Needs: needsRecovery("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"recovery.namespaces", "dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("recovery.custom-ignored", "data.pid: want"),
			catch("recovery.missed-lost", `["missed",<text>] within`),
		},
		Run: func(p *peer.Peer) {
			q, name := witness(p), ownNamespace(p)
			q.Connect(name) // so that the namespace is never empty
			s := begin(p, name)
			s.lose(p, q)
			q.Op(name, toRoom(s.sid, "missed"))
			s.comesBack(p, "again", `"missed"`)
		},
	},
}

// lostScenario returns a scenario in which the connection of a client ends, and its session is continued.
func lostScenario(topic, how, rule string, needs run.Needs, on run.Axes, traits run.Traits, end func(p *peer.Peer)) run.Scenario {
	return run.Scenario{
		ID:      "recovery.lost." + topic,
		Title:   "a client whose connection " + how + " continues its session",
		Rules:   rules(rule),
		Needs:   needs,
		On:      on,
		After:   []string{"recovery.recover"},
		Traits:  traits,
		Catches: notContinued,
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			end(p)
			s.lost(q)
			p.Drop()
			s.comesBack(p, "again")
		},
	}
}
