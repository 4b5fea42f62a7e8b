package suite

import (
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// returnScenarios are about the middlewares of a namespace and clients that come back to it.
var returnScenarios = []run.Scenario{
	{
		ID:    "recovery.middleware.skipped",
		Title: "the middlewares of a namespace are not asked again about a client that continues its session",
		Rules: rules("sio.csr.middleware-skipped"),
		Needs: needsRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.recover", "middleware.refuse.message"},
		Catches: []run.Catch{
			catch("recovery.middlewares-asked", "got 44/orders"),
			catch("recovery.middlewares-run", "the log of /orders: want"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/orders")
			s.lose(p, q)
			again := p.Peer("again")
			s = s.claimed(again, map[string]any{"mw": rejecting("asked again")})
			s.wantContinued(again)
			q.WantLog("/custom", s.tag, "/orders", `["connection","/orders"]`)
		},
	},
	{
		ID:    "recovery.middleware.asked",
		Title: "where the middlewares are to run again for a client that comes back, they do, and it continues its session when they let it pass",
		Rules: rules("sio.csr.middleware-not-skipped"),
		Needs: fastRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.recover", "middleware.pass.order"},
		Catches: []run.Catch{
			catch("recovery.claim-ignored", "data.pid"),
			catch("recovery.middlewares-unrun", "the log of /orders: want"),
		},
		Run: func(p *peer.Peer) {
			q, s := witness(p), begin(p, "/orders")
			s.lose(p, q)
			q.Op("/custom", peer.Op{"do": "emit", "via": "nsp", "of": "/orders", "to": []string{s.sid}, "args": []any{"missed"}})
			_, s = s.comesBack(p, "again", `"missed"`)
			q.WantLog("/custom", s.tag, "/orders", `["middleware","/orders",0]`, `["middleware","/orders",1]`, `["middleware","/orders",2]`, `["connection","/orders"]`)
		},
	},
	{
		ID:    "recovery.middleware.refuses",
		Title: "where the middlewares are to run again for a client that comes back, one that refuses it keeps it out",
		Rules: rules("sio.csr.middleware-not-skipped"),
		Needs: fastRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.middleware.asked", "middleware.refuse.message"},
		Catches: []run.Catch{
			catch("recovery.middlewares-always-skipped", "want 44/orders"),
		},
		Run: func(p *peer.Peer) {
			again, _ := refusedAgain(p)
			again.WantUpTo(again.Refused("/orders", `"not any more"`))
			again.WantNothing()
		},
	},
	{
		ID:    "recovery.middleware.refused-once",
		Title: "a client that was refused when it came back may come back again, and continues its session when the middlewares let it pass",
		Rules: rules("sio.csr.refused-kept"),
		Needs: fastRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.middleware.refuses"},
		Catches: []run.Catch{
			catch("recovery.once", "data.pid: want"),
		},
		Run: func(p *peer.Peer) {
			again, s := refusedAgain(p)
			again.WantUpTo(again.Refused("/orders", `"not any more"`))
			again.HangUp()
			s.comesBack(p, "at-last", `"missed"`)
		},
	},
	{
		ID:    "recovery.middleware.untold",
		Title: "a client that is refused when it comes back gets nothing of what it missed",
		Rules: rules("sio.csr.refused-untold"),
		Needs: fastRecovery("middleware"),
		On:    pollingAndWS,
		After: []string{"recovery.middleware.refuses"},
		Catches: []run.Catch{
			catch("recovery.refused-told", "want 44/orders"),
		},
		Run: func(p *peer.Peer) {
			again, _ := refusedAgain(p)
			again.WantRefused("/orders", `"not any more"`)
			again.WantNothing()
		},
	},
}

// refusedAgain returns a client that comes back to /orders, where it has missed an event, and is to be refused.
func refusedAgain(p *peer.Peer) (*peer.Peer, past) {
	q, s := witness(p), begin(p, "/orders")
	s.lose(p, q)
	q.Op("/custom", peer.Op{"do": "emit", "via": "nsp", "of": "/orders", "to": []string{s.sid}, "args": []any{"missed"}})
	again := p.Peer("again")
	s.claimed(again, map[string]any{"mw": rejecting("not any more")})
	return again, s
}

// rejecting returns the scripts of middlewares of which the first one refuses.
func rejecting(message string) any {
	return [][]any{{map[string]any{"reject": map[string]any{"message": message}}}}
}
