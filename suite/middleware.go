package suite

import (
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// middlewareScenarios are about the middlewares of namespaces.
var middlewareScenarios = slices.Concat(middlewarePassScenarios, middlewareEffectScenarios, middlewareRefuseScenarios, guardedScenarios, middlewarePendingScenarios)

// ran are the patterns of the log of a namespace with scripted middlewares that a client has joined.
func ran(namespace string) []string {
	return append(begun(namespace, 3), fmt.Sprintf(`["connection",%q]`, namespace))
}

// begun are the patterns of the log of a namespace whose first n scripted middlewares have run.
func begun(namespace string, n int) []string {
	var patterns []string
	for i := range n {
		patterns = append(patterns, fmt.Sprintf(`["middleware",%q,%d]`, namespace, i))
	}
	return patterns
}

// middlewarePassScenarios are about middlewares that let clients pass.
var middlewarePassScenarios = []run.Scenario{
	{
		ID:    "middleware.pass.joins",
		Title: "a client whom all middlewares let pass has joined the namespace",
		Rules: rules("sio.mw.accept"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("connect.custom-unanswered", "got nothing"),
			catch5("connect.twice-answered", "want nothing more"),
			catch("connect.deaf-events", "got nothing"),
			catch("app.middleware.guards-all", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders")
			p.WantConnect("/orders")
			p.WantConnected("/orders")
		},
	},
	{
		ID:    "middleware.pass.order",
		Title: "the middlewares of a namespace run one after the other in the order of their registration, once each",
		Rules: rules("sio.mw.order"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("middleware.trace-reversed", "data[1].data.trace"),
			catch("middleware.trace-short", "data[1].data.trace"),
			catch("middleware.trace-doubled", "data[1].data.trace"),
			catch("app.middleware.skipped", "data[1].data"),
			catch("app.middleware.reversed", "data[1].data"),
			catch("app.middleware.twice", "data[1].data"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/orders")
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"trace":[0,1,2]},...}`)
		},
	},
	{
		ID:    "middleware.pass.before-connection",
		Title: "the connection handler runs behind the last middleware, and once",
		Rules: rules("sio.mw.before-connection"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("lifecycle.connection-twice", "the log of /orders"),
			catch("middleware.log-reversed", "the log of /orders"),
			catch("middleware.last-unrun", "the log of /orders"),
			catch("middleware.connection-first", "the log of /orders"),
			catch("middleware.run-twice", "the log of /orders"),
			catch("app.middleware.skipped", "the log of /orders"),
			catch("app.middleware.reversed", "the log of /orders"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.Connect("/orders")
			p.WantLog("/", tag, "/orders", ran("/orders")...)
		},
	},
	{
		ID:    "middleware.pass.main",
		Title: "the middlewares of the main namespace run for those that join it, in order and once each",
		Rules: rules("sio.mw.order"),
		Needs: needs("middleware", "log"),
		On:    webSocketOnly,
		After: []string{"middleware.pass.before-connection"},
		Catches: []run.Catch{
			catch("middleware.log-reversed", "the log of /"),
			catch("middleware.last-unrun", "the log of /"),
			catch("middleware.main-unrun", "the log of /"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.WantLog("/", tag, "/", ran("/")...)
		},
	},
	{
		ID:    "middleware.pass.asynchronous",
		Title: "a middleware that takes its time is waited for by those behind it, and by the answer to the CONNECT",
		Rules: rules("sio.mw.async"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.order", "middleware.pass.before-connection"},
		Catches: []run.Catch{
			catch("middleware.trace-reversed", "data[1].data.trace"),
			catch("middleware.connection-first", "the log of /orders"),
			catch("middleware.not-waited-for", "want ACK, got CONNECT"),
			catch("app.middleware.not-awaited", "want ACK, got CONNECT"),
			catch("app.middleware.connected-early", "got EVENT"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/custom")
			p.SendTogether(opPacket("/custom", 9000, peer.Op{"do": "ack", "args": []any{}, "wait": 20}),
				p.ConnectPacket("/orders", credentials(`{"mw":[[{"wait":150}],[{"wait":1},{"set":{"by":1}}],[{"set":{"by":2}}]]}`)))
			p.Want("43/custom,9000[]")
			p.WantConnect("/orders")
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"trace":[0,1,2],"by":2},...}`)
			p.WantLog("/orders", tag, "/orders", ran("/orders")...)
		},
	},
	{
		ID:    "middleware.pass.each-time",
		Title: "the middlewares run again each time that a client joins, also on the same connection",
		Rules: rules("sio.mw.per-join"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.before-connection", "middleware.refuse.message", "namespace.disconnect.rejoin"},
		Catches: []run.Catch{
			catch("middleware.first-time-only", "the log of /orders"),
			catch("connect.auth-kept", "want CONNECT_ERROR, got CONNECT"),
			catch("app.middleware.once", "data[1].data"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.Connect("/orders")
			left := slices.Concat(ran("/orders"), []string{`["disconnecting","/orders",<string>,<array>]`, `["disconnect","/orders",<string>]`})
			p.Leave("/orders")
			p.WantLog("/", tag, "/orders", left...)
			p.Connect("/orders")
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"trace":[0,1,2]},...}`)
			p.WantLog("/", tag, "/orders", slices.Concat(left, ran("/orders"))...)
			p.Leave("/orders")
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"not this time"}}]]}`))
			p.WantRefused("/orders", `"not this time"`)
		},
	},
	{
		ID:    "middleware.pass.own-namespace",
		Title: "the middlewares of one namespace do not run for clients that join another, the main namespace's neither",
		Rules: rules("sio.mw.independent", "sio.mw.root.v5-not-for-custom"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.before-connection"},
		Catches: []run.Catch{
			catch("middleware.main-for-all", "the log of /"),
			catch("middleware.of-others", "the log of /users"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/custom")
			p.Connect("/orders")
			p.WantLog("/custom", tag, "/orders", ran("/orders")...)
			for _, name := range []string{"/", "/users", "/guarded"} {
				p.WantLog("/custom", tag, name)
			}
		},
	},
	{
		ID:    "middleware.pass.both",
		Title: "clients that join two namespaces pass the middlewares of each, and those of one do not count for the other",
		Rules: rules("sio.mw.independent"),
		Needs: needs("middleware", "log"),
		On:    webSocketOnly,
		After: []string{"middleware.pass.own-namespace"},
		Catches: []run.Catch{
			catch("middleware.once-a-connection", "the log of /users"),
			catch("middleware.of-others", "the log of /users"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/orders")
			p.Connect("/users")
			for _, name := range []string{"/orders", "/users"} {
				p.WantLog("/users", tag, name, ran(name)...)
			}
		},
	},
}

// middlewareEffectScenarios are about what middlewares do to the socket that is about to join.
var middlewareEffectScenarios = []run.Scenario{
	{
		ID:    "middleware.effect.state",
		Title: "what a middleware stores with the socket is there for the middlewares behind it and for the handlers",
		Rules: rules("sio.mw.state-visible"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.order"},
		Catches: []run.Catch{
			catch("middleware.state-lost", "is missing"),
			catch("app.middleware.data-forgotten", "is missing"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"mw":[[{"set":{"user":{"name":"ann"}}}],[{"set":{"second":true}}]]}`))
			p.WantConnect("/orders")
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"user":{"name":"ann"},"second":true,"trace":[0,1,2]},...}`)
		},
	},
	{
		ID:    "middleware.effect.state-apart",
		Title: "what a middleware stores with one client's socket is not seen at another client's, nor in another namespace",
		Rules: rules("sio.mw.state-apart"),
		Needs: needs("middleware"),
		On:    webSocketOnly,
		After: []string{"middleware.effect.state"},
		Catches: []run.Catch{
			catch("multiplex.data-shared", "data[1].data"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			p.SendConnect("/orders", credentials(`{"mw":[[{"wait":40},{"set":{"user":"one"}}]]}`))
			q.SendConnect("/orders", credentials(`{"mw":[[{"set":{"user":"two"}},{"wait":20}]]}`))
			p.WantConnect("/orders")
			q.WantConnect("/orders")
			p.Connect("/users")
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"user":"one","trace":[0,1,2]},...}`)
			q.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"user":"two","trace":[0,1,2]},...}`)
			p.WantOp("/users", peer.Op{"do": "info"}, `{"data":{"trace":[0,1,2]},...}`)
		},
	},
	{
		ID:    "middleware.effect.room",
		Title: "a room that a middleware joins is kept when the client has joined the namespace",
		Rules: rules("sio.mw.join-inside"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("middleware.room-lost", "the value of"),
			catch("middleware.room-empty", "got nothing"),
			catch("app.middleware.join-lost", "the value of"),
		},
		Run: func(p *peer.Peer) {
			q, room := p.Peer("other"), fmt.Sprintf("~r%x", p.Unique())
			q.Connect("/orders")
			sid := p.Connect("/orders", map[string]any{"mw": []any{[]any{map[string]any{"join": room}}}})
			p.WantOp("/orders", peer.Op{"do": "rooms"}, peer.JSON([]string{sid, room}))
			q.Op("/orders", peer.Op{"do": "emit", "via": "nsp", "to": []string{room}, "args": []any{"hi"}})
			p.Want(`42/orders,["hi"]`)
			q.WantNothing()
		},
	},
	{
		ID:    "middleware.effect.emit",
		Title: "an event that a middleware sends reaches the client once at most",
		Rules: rules("sio.mw.emit-inside"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("middleware.emit-twice", "2 times"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/custom")
			p.SendConnect("/orders", credentials(`{"mw":[[],[{"emit":["early",1]}]]}`))
			early := p.WantUpTo(p.Connected("/orders"))
			late, _ := p.Settle()
			before, behind := countType(early, '2'), countType(late, '2')
			if before+behind > 1 {
				p.Failf("%s: an event that a middleware sent once arrived %d times", p.Name(), before+behind)
			}
			p.Observe("an event that a middleware sends", "%s", map[[2]int]string{{1, 0}: "arrives before the CONNECT", {0, 1}: "arrives behind the CONNECT", {0, 0}: "is lost"}[[2]int{before, behind}])
		},
	},
	{
		ID:    "middleware.effect.disconnect",
		Title: "a client that a middleware disconnects is refused, disconnected or let in: one of them, and not none",
		Rules: rules("sio.mw.disconnect-inside"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("middleware.disconnect-unanswered", "without an answer"),
			catch("middleware.disconnect-and-admit", "both told so and let in"),
			catch("middleware.disconnect-deafens", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[{"disconnect":false}]]}`))
			p.LetPass("/", p.Patience()/20)
			packets, outcome := p.Settle()
			connects, disconnects, errors := countType(packets, '0'), countType(packets, '1'), countType(packets, '4')
			if outcome == peer.Ignored && connects+disconnects+errors == 0 {
				p.Failf("%s: a client that a middleware has disconnected is left without an answer", p.Name())
			}
			if connects > 0 && disconnects > 0 {
				p.Failf("%s: a client that a middleware has disconnected is both told so and let in", p.Name())
			}
			p.Observe("a middleware that disconnects the client", "%d CONNECT, %d DISCONNECT, %d CONNECT_ERROR, connection %s", connects, disconnects, errors, outcome)
		},
	},
}
