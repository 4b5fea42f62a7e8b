package suite

import (
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// revision4Scenarios are about what only revision 4 has.
var revision4Scenarios = slices.Concat(implicitScenarios, querySuffixScenarios, clientHeartbeatScenarios, lengthPayloadScenarios, jsonpScenarios)

// implicitScenarios are about the main namespace, which is joined unasked.
var implicitScenarios = []run.Scenario{
	{
		ID:    "namespace.implicit.main",
		Title: "a session joins the main namespace unasked, and what its connection handler sends comes behind the CONNECT",
		Rules: rules("sio.ns.connect.root.implicit"),
		Needs: needsEcho,
		On:    pollingAndWS,
		Catches: []run.Catch{
			catch("connect.answered-late", "want CONNECT, got EVENT"),
			catch("connect.unanswered", "want CONNECT, got EVENT"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			wantUnasked(p, "40", `42["auth",<object>]`)
		},
	},
	{
		ID:    "namespace.implicit.without-data",
		Title: "the CONNECT that admits a client to a custom namespace says its name and nothing else",
		Rules: rules("sio.ns.connect.without-data"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("revision4.connect-list", "want no data"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/custom")
			for p.WantEither("40/custom,", `42/custom,["auth",<object>]`) != 0 {
			}
		},
	},
	{
		ID:    "namespace.implicit.before-custom",
		Title: "who asks for a custom namespace at once joins the main namespace first",
		Rules: rules("sio.ns.connect.root.implicit-before-custom"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("revision4.custom-first", "joined before the main namespace"),
			catch("connect.custom-unanswered", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Send("40/custom,")
			before, ok := arrivalsUpTo(p, func(q *wire.Packet) bool { return q.Engine == '4' && q.Type == '0' && q.Namespace == "/custom" })
			switch {
			case !ok:
				p.Failf("%s: want 40/custom, after 40/custom; got nothing", p.Name())
			case !slices.Contains(before, "40"):
				p.Failf("%s: /custom was joined before the main namespace", p.Name())
			}
		},
	},
	{
		ID:    "middleware.main.for-custom",
		Title: "the middlewares of the main namespace run once for a client that asks for a custom namespace only",
		Rules: rules("sio.mw.root.v4-for-custom"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("revision4.main-middlewares-skipped", "the log of /"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/orders")
			p.Connect("/users")
			p.WantLog("/orders", tag, "/", ran("/")...)
		},
	},
	{
		ID:    "middleware.main.refuses",
		Title: "a client that the main namespace refuses is told so without a namespace, and its connection stays open",
		Rules: rules("sio.mw.root.v4-deny"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("connect-error.dropped", "got nothing"),
			catch("connect-error.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/", scripted(refusal("not here", map[string]any{"why": "x"})))
			p.WantRefused("/", `"not here"`, `{"why":"x"}`)
			p.Send("40/sio-conform-unknown,")
			p.WantRefused("/sio-conform-unknown", "<any>")
		},
	},
	{
		ID:    "namespace.implicit.waits",
		Title: "who asks for custom namespaces while the main one has not decided joins each of them afterwards, once",
		Rules: rules("sio.ns.connect.root.waits-v4"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"namespace.implicit.before-custom"},
		Catches: []run.Catch{
			catch("revision4.custom-first", "got 40"),
			catch("connect.custom-unanswered", "want 40/custom,"),
			catch("revision4.waiting-kept", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/", scripted(scriptStep{"wait": 200}))
			p.SendTogether("40/custom,", "40/orders,", "40/users,")
			names := []string{"/custom", "/orders", "/users"}
			p.WantConnect("/", "sio.ns.connect.root.waits-v4")
			p.WantAnyOrder(p.Connected(names[0]), p.Connected(names[1]), p.Connected(names[2]))
			p.Leave("/")
			p.Send("40")
			p.Want("40")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.implicit.asked-meanwhile",
		Title: "a CONNECT for a custom namespace is answered, once, also when it comes while the main namespace has not decided",
		Rules: rules("sio.ns.connect.custom", "sio.ns.connect.ack-of-connect"),
		Needs: needs("middleware"),
		On:    only(rev4Only, pollingAndWS),
		After: []string{"namespace.implicit.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("revision4.waiting-forgotten", "answers to 40/custom,: want 1, got 0"),
			catch("revision4.waiting-twice", "answers to 40/custom,: want 1, got 2"),
			catch("connect.custom-unanswered", "answers to 40/custom,: want 1, got 0"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.SendConnect("/", scripted(scriptStep{"wait": 200}))
			p.Send("40/custom,")
			answers, main := 0, false
			look := func(q *wire.Packet) {
				main = main || string(q.Raw) == "40"
				if q.Engine == '4' && q.Type == '0' && q.Namespace == "/custom" {
					answers++
				}
			}
			arrivalsUpTo(p, func(q *wire.Packet) bool { look(q); return main && answers > 0 })
			p.Send("40/sio-conform-unknown,")
			arrivalsUpTo(p, func(q *wire.Packet) bool { look(q); return q.Namespace == "/sio-conform-unknown" })
			if answers != 1 {
				p.Failf("%s: answers to 40/custom,: want 1, got %d", p.Name(), answers)
			}
		},
	},
	{
		ID:    "middleware.main.keeps-out",
		Title: "a client that the main namespace has refused does not get into a custom one",
		Rules: rules("sio.mw.root.v4-keeps-out"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.main.refuses"},
		Catches: []run.Catch{
			catch("revision4.refused-let-in", "got 40/custom,"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/", scripted(refusal("not here", nil)))
			p.WantRefused("/", `"not here"`)
			p.Send("40/custom,", "40/orders,", "40/sio-conform-unknown,")
			p.WantRefused("/sio-conform-unknown", "<any>")
		},
	},
	{
		ID:    "namespace.implicit.left",
		Title: "who leaves the main namespace stays in the custom ones",
		Rules: rules("sio.ns.disconnect.root-v4"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("disconnect.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/custom")
			p.Send("41")
			p.WantConnected("/custom")
		},
	},
	{
		ID:     "namespace.not-joined.ignored",
		Title:  "packets in a namespace that the client has not joined are ignored, and the connection goes on",
		Rules:  rules("sio.ns.event.not-joined-v4"),
		Needs:  needsEcho,
		On:     pollingAndWS,
		After:  []string{"namespace.not-joined.event"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("revision4.not-joined-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42/custom,["message",1]`, `42/sio-conform-unknown,["message",1]`, `43/custom,1["x"]`, "41/custom,")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.implicit.socket-id",
		Title: "the application knows a socket by the id that the client makes up from the session's",
		Rules: rules("sio.ns.connect.sid-v4-derivation"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("revision4.socket-id-bare", "data[1].id"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/custom", "/orders"} {
				sid := p.Connect(name)
				p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":%q,...}`, sid, name))
			}
		},
	},
}

// querySuffixScenarios are about the query in the namespace of a CONNECT.
var querySuffixScenarios = []run.Scenario{
	{
		ID:    "namespace.query.bare",
		Title: "a query behind the name of a namespace reaches the application and is no part of the name",
		Rules: rules("sio.packet.nsp.query-v4"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("connect.auth-lost", "the credentials that the application sees in /orders"),
			catch("connect.custom-unanswered", "got"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send("40/orders?colour=blue%20sky&auth=%7B%22n%22%3A1%7D,")
			p.WantConnect("/orders")
			p.WantAuth("/orders", `{"n":1}`)
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"nsp":"/orders",...}`)
		},
	},
	{
		ID:    "namespace.query.merged",
		Title: "the application sees the query of the URL in every namespace, and in its place what the namespace's own query says",
		Rules: rules("sio.packet.nsp.query-merged-v4"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.query.bare"},
		Catches: []run.Catch{
			catch("connect.query-main-only", `member "colour" is missing`),
			catch("revision4.url-query-wins", `want "blue", got "red"`),
			catch("revision4.query-kept", `want "red", got "blue"`),
		},
		Run: func(p *peer.Peer) {
			p.Open("colour=red&shape=round")
			p.Connect("/")
			p.Send("40/orders?colour=blue,")
			p.Want("40/orders")
			p.Connect("/users")
			for name, colour := range map[string]string{"/": "red", "/orders": "blue", "/users": "red"} {
				p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"query":{"colour":%q,"shape":"round",...},...}`, colour))
			}
		},
	},
	{
		ID:    "namespace.query.unknown",
		Title: "a namespace that does not exist is refused by its bare name",
		Rules: rules("sio.packet.nsp.error-echo"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect-error.dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			p.Send("40/sio-conform-unknown?colour=blue,")
			p.WantRefused("/sio-conform-unknown", "<any>")
		},
	},
	{
		ID:    "dynamic.query.bare",
		Title: "the query of a CONNECT is no part of the name of a dynamic namespace",
		Rules: rules("sio.dyn.query.v4"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("dynamic.unanswered", "got"),
		},
		Run: func(p *peer.Peer) {
			name := ownNamespace(p)
			p.Connect("/")
			p.Send("40" + name + "?colour=blue,")
			p.Want("40" + name)
			p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"nsp":%q,...}`, name))
		},
	},
	{
		ID:    "namespace.query.data-ignored",
		Title: "an object behind the namespace of a CONNECT makes no difference",
		Rules: rules("sio.ns.connect.auth-v4-ignored"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.implicit.main"},
		Catches: []run.Catch{
			catch("connect.custom-unanswered", "got"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`40/custom,{"token":"x"}`)
			p.WantConnect("/custom")
			p.WantAuth("/custom", "{}")
		},
	},
}

// wantUnasked waits for packets that nobody has asked for, polling where that is needed.
func wantUnasked(p *peer.Peer, patterns ...string) {
	if p.Transport() == peer.Polling {
		p.WantPolled(patterns...)
		return
	}
	p.Want(patterns...)
}
