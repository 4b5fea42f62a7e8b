package suite

import (
	"fmt"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
)

// wantFresh waits for the CONNECT that admits a client as a new one, which has nothing of the session.
func (s past) wantFresh(q *peer.Peer, namespace string) past {
	admission := "40" + peer.Prefix(namespace) + `{"sid":<text>,"pid":<text>,...}`
	before := q.WantUpTo(admission)
	fresh := past{namespace: namespace, sid: q.SID(namespace)}
	switch {
	case fresh.sid == s.sid:
		q.Failf("%s: the session of %s was continued, want a new one", q.Name(), s.sid)
	case len(before) > 0:
		q.Failf("%s: want %s first, got %s", q.Name(), admission, before[0].Raw)
	}
	q.WantOp(namespace, peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%s,"recovered":false,...}`, peer.JSON(fresh.sid)))
	q.WantNothing()
	return fresh
}

// freshScenarios are about claims by which no session is continued: the client gets a new one, and no error.
var freshScenarios = []run.Scenario{
	freshScenario("unknown-pid", "with a private id that was never given out", "sio.csr.unknown-pid", "recovery.pid-unchecked", func(s *past) { s.claim.PID = "unknown" }),
	freshScenario("prefix-pid", "with the beginning of its private id", "sio.csr.unknown-pid", "recovery.pid-prefix", func(s *past) { s.claim.PID = s.claim.PID[:len(s.claim.PID)-1] }),
	freshScenario("sid-as-pid", "with its socket id in the place of its private id", "sio.csr.pid-unguessable", "recovery.sid-accepted", func(s *past) { s.claim.PID = s.sid }),
	freshScenario("unknown-offset", "with an offset that was never given out", "sio.csr.unknown-offset", "recovery.offset-unchecked", func(s *past) { s.claim.Offset = "zzz" }),
	{
		ID:    "recovery.fresh.no-offset",
		Title: "a client that comes back with its private id and without an offset is a new one, as nobody knows what it has missed",
		Rules: rules("sio.csr.missing-offset"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.offset-optional", "was continued"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			again := p.Peer("again")
			again.SendConnect("/custom", map[string]any{"pid": s.claim.PID})
			s.wantFresh(again, "/custom")
		},
	},
	{
		ID:    "recovery.fresh.garbage",
		Title: "what is no claim is ignored: a client with a private id and an offset of other types, of no or of great length, or with odd names, is a new one",
		Rules: rules("sio.csr.wrong-types"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.connect.pid"},
		Catches: []run.Catch{
			catch("recovery.numbers-refused", `{"pid":1,"offset":2}`),
			catch("recovery.objects-close", `{"pid":{},"offset":[]}`),
			catch("recovery.empty-unanswered", `{"pid":"","offset":""}`),
			catch("recovery.long-refused", "a private id and an offset of 5000 characters"),
		},
		Run: func(p *peer.Peer) {
			s := begin(p, "/custom")
			long := strings.Repeat("x", 5000)
			for i, auth := range []string{
				`{"pid":1,"offset":2}`, `{"pid":{},"offset":[]}`, `{"pid":null,"offset":null}`, `{"pid":"","offset":""}`, `{"pid":true,"offset":"x"}`,
				`{"pid":["x"],"offset":"x"}`, `{"pid":"__proto__","offset":"constructor"}`, `{"pid":"x","offset":"\u0000"}`, fmt.Sprintf(`{"pid":"%s","offset":"%s"}`, long, long),
			} {
				about := auth
				if len(auth) > 100 {
					about = "a private id and an offset of 5000 characters"
				}
				p.About(about, func() {
					q := p.Peer(fmt.Sprintf("client %d", i))
					q.SendConnect("/custom", credentials(auth))
					s.wantFresh(q, "/custom")
				})
			}
		},
	},
	{
		ID:    "recovery.fresh.other-namespace",
		Title: "the private id of one namespace is unknown in another",
		Rules: rules("sio.csr.wrong-namespace"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.namespace-disregarded", "was continued"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			again := p.Peer("again")
			again.SendConnect("/users", s.claim)
			s.wantFresh(again, "/users")
		},
	},
	{
		ID:    "recovery.fresh.still-connected",
		Title: "a client that claims a session whose connection is open is a new one, and the session goes on where it is",
		Rules: rules("sio.csr.still-connected"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.taken-over", "was continued"),
			catch("recovery.claimed-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			again := p.Peer("again")
			s.claimed(again)
			fresh := s.wantFresh(again, "/custom")
			q.Op("/custom", toRoom(s.sid, "first"))
			p.Want(s.event(`"first"`))
			q.Op("/custom", toRoom(fresh.sid, "second"))
			again.Want(s.event(`"second"`))
			s.look(p)
		},
	},
	{
		ID:    "recovery.fresh.single-use",
		Title: "a session is continued by the first who claims it and by nobody else: no two sockets have one id",
		Rules: rules("sio.csr.single-use"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.not-consumed", "was continued"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			first, _ := s.comesBack(p, "again")
			second := p.Peer("second")
			s.claimed(second)
			s.wantFresh(second, "/custom")
			q.Op("/custom", toRoom(s.sid, "now"))
			first.Want(s.event(`"now"`))
		},
	},
	{
		ID:    "recovery.fresh.race",
		Title: "of four clients who claim a session at the same time one continues it, and the others are new (8 rounds)",
		Rules: rules("sio.csr.single-use"),
		Needs: needsRecovery(),
		On:    webSocketOnly,
		After: []string{"recovery.fresh.single-use"},
		Catches: []run.Catch{
			catch("recovery.not-consumed", "was continued by 4 clients"),
			catch("recovery.claim-ignored", "was continued by 0 clients"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			for round := range 8 {
				s.lose(p, q)
				winners := claimedAtOnce(p, s, round)
				if len(winners) != 1 {
					p.Failf("the session of %s was continued by %d clients of 4, want 1", s.sid, len(winners))
				}
				p, s = winners[0].peer, winners[0].past
				s.look(p)
			}
		},
	},
	{
		ID:     "recovery.fresh.expired",
		Title:  "a client that comes back later than sessions are kept is a new one",
		Rules:  rules("sio.csr.expired"),
		Needs:  fastRecovery(),
		On:     pollingAndWS,
		After:  []string{"recovery.recover"},
		Traits: run.Traits{Slow: true},
		Catches: []run.Catch{
			catch("recovery.expired-kept", "was continued"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			kept, _ := target.ProfileByName("recovery-fast")
			q.LetPass("/custom", kept.Recovery+100*time.Millisecond)
			again := p.Peer("again")
			s.claimed(again)
			s.wantFresh(again, "/custom")
		},
	},
	endedScenario("client-disconnect", "that has left the namespace", "sio.csr.client-disconnect", func(p *peer.Peer, _ past) {
		p.Leave("/custom")
	}),
	endedScenario("server-disconnect", "whom the application has disconnected from the namespace", "sio.csr.server-disconnect", func(p *peer.Peer, _ past) {
		p.StartOp("/custom", peer.Op{"do": "disconnect", "close": false})
		p.Want("41/custom,")
	}),
	endedScenario("server-close", "whose connection the application has closed", "sio.csr.server-disconnect", func(p *peer.Peer, _ past) {
		p.StartOp("/custom", peer.Op{"do": "disconnect", "close": true})
		p.WantClosed()
	}),
	{
		ID:    "recovery.fresh.middleware",
		Title: "a client that claims a session and does not get it is brought before the middlewares of the namespace like any other",
		Rules: rules("sio.csr.middleware-for-new"),
		Needs: needsRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.recover", "middleware.refuse.message", "middleware.guarded.token"},
		Catches: []run.Catch{
			catch("recovery.middlewares-always-skipped", "want 44/orders"),
			catch("recovery.guard-always-skipped", "want 44/guarded"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"pid":"made-up","offset":"x","mw":[[{"reject":{"message":"no"}}]]}`))
			p.WantRefused("/orders", `"no"`)
			p.SendConnect("/guarded", credentials(`{"pid":"made-up","offset":"x"}`))
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
		},
	},
}

// unrecoveredScenarios are about servers that do not recover.
var unrecoveredScenarios = []run.Scenario{
	{
		ID:    "recovery.off",
		Title: "a server on which recovery is not switched on gives out no private ids and no offsets, and takes who claims a session for a new client",
		Rules: rules("sio.csr.disabled"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("recovery.pid-unasked", "holds a private id, and recovery is not switched on"),
			catch("recovery.offset-unasked", `["auth",{`),
			catch("recovery.claim-refused", "got 44/custom"),
			catch("recovery.always-recovered", "recovered: want false, got true"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/custom", claim{PID: "x", Offset: "y"})
			if p.WantEither(`40/custom,{"sid":<text>,"pid":<any>,...}`, `40/custom,{"sid":<text>,...}`) == 0 {
				p.Failf("%s: the answer to the CONNECT holds a private id, and recovery is not switched on", p.Name())
			}
			p.Send(`42/custom,["message","m"]`)
			p.Want(`42/custom,["message-back","m"]`)
			p.WantOp("/custom", peer.Op{"do": "info"}, `{"recovered":false,...}`)
		},
	},
}

// A winner is a client that continued a session.
type winner struct {
	peer *peer.Peer
	past past
}

// claimedAtOnce has four clients claim the session at the same time, and returns those that continue it.
func claimedAtOnce(p *peer.Peer, s past, round int) []winner {
	var all, winners []winner
	for i := range 4 {
		q := p.Peer(fmt.Sprintf("claimant-%d-%d", round, i))
		all = append(all, winner{q, past{namespace: s.namespace, tag: openTagged(q), sid: s.sid, claim: s.claim}})
	}
	for _, w := range all {
		w.peer.SendConnect(s.namespace, s.claim)
	}
	for _, w := range all {
		w.peer.WantUpTo("40" + peer.Prefix(s.namespace) + `{"sid":<text>,"pid":<text>,...}`)
		if w.peer.SID(s.namespace) == s.sid {
			winners = append(winners, w)
		}
	}
	return winners
}

// freshScenario returns a scenario in which a client comes back with a claim that is spoilt.
func freshScenario(topic, how, rule, fault string, spoil func(s *past)) run.Scenario {
	return run.Scenario{
		ID:      "recovery.fresh." + topic,
		Title:   "a client that comes back " + how + " is a new one",
		Rules:   rules(rule),
		Needs:   needsRecovery(),
		On:      pollingAndWS,
		After:   []string{"recovery.recover"},
		Catches: []run.Catch{catch(fault, "was continued")},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			s.lose(p, q)
			spoilt := s
			spoil(&spoilt)
			again := p.Peer("again")
			spoilt.claimed(again)
			s.wantFresh(again, "/custom")
		},
	}
}

// endedScenario returns a scenario about a client whose session did not end by accident.
func endedScenario(topic, who, rule string, end func(p *peer.Peer, s past)) run.Scenario {
	return run.Scenario{
		ID:    "recovery.fresh." + topic,
		Title: "a client " + who + " does not continue its session: it is a new one",
		Rules: rules(rule),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.recover"},
		Catches: []run.Catch{
			catch("recovery.ended-kept", "was continued"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/custom")
			end(p, s)
			s.lost(q)
			again := p.Peer("again")
			s.claimed(again)
			s.wantFresh(again, "/custom")
		},
	}
}
