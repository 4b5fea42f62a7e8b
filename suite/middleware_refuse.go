package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// middlewareRefuseScenarios are about middlewares that refuse clients.
var middlewareRefuseScenarios = []run.Scenario{
	{
		ID:    "middleware.refuse.message",
		Title: "a client that a middleware refuses gets CONNECT_ERROR with the message, and nothing else in it",
		Rules: rules("sio.mw.deny"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("connect-error.dropped", "got nothing"),
			catch5("connect-error.message-lost", `member "message" is missing`),
			catch5("connect-error.text", "the data of CONNECT_ERROR is not an object"),
			catch("connect-error.in-main", "want namespace /orders"),
			catch("connect-error.twice", "want nothing more"),
			catch("connect-error.closes", "the session was closed"),
			catch5("middleware.message-generic", "data.message"),
			catch5("middleware.data-added", `unexpected member "data"`),
			catch("middleware.bypassed", "want CONNECT_ERROR, got CONNECT"),
			catch("app.middleware.error-ignored", "want CONNECT_ERROR, got CONNECT"),
			catch5("app.middleware.message-lost", "data.message"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"no entry"}}]]}`))
			p.WantRefused("/orders", `"no entry"`)
		},
	},
	{
		ID:    "middleware.refuse.any",
		Title: "each of a namespace's middlewares can refuse, the last one as well",
		Rules: rules("sio.mw.deny"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch5("app.middleware.refusal-spreads", "data.message: want"),
			catch("middleware.last-unheard", "want CONNECT_ERROR, got CONNECT"),
			catch5("middleware.first-unheard", "data.message"),
			catch("connect-error.dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"mw":[[],[{"reject":{"message":"the second"}}]]}`))
			p.WantRefused("/orders", `"the second"`)
			p.SendConnect("/orders", credentials(`{"mw":[[],[],[{"reject":{"message":"the third"}}]]}`))
			p.WantRefused("/orders", `"the third"`)
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"the first"}}],[{"reject":{"message":"the second"}}],[{"reject":{"message":"the third"}}]]}`))
			p.WantRefused("/orders", `"the first"`)
		},
	},
	refusedWith("data-object", "an object", "sio.mw.deny-data-object", `{"code":42,"details":["x",{"y":null}],"":false}`,
		catch5("middleware.data-lost", `member "data" is missing`),
		catch4("middleware.data-lost", "data: want"),
		catch5("app.middleware.data-lost", `member "data" is missing`),
		catch5("middleware.data-instead", `member "data" is missing`),
		catch("middleware.data-as-text", "want an object, got"),
		catch("connect-error.message-lost", "is missing")),
	refusedWith("data-text", "a text", "sio.mw.deny-data-string", `"just a text"`,
		catch5("middleware.data-lost", `member "data" is missing`),
		catch4("middleware.message-generic", "data: want")),
	refusedWith("data-number", "a number", "sio.mw.deny-data-string", `-1.5e3`,
		catch5("middleware.data-lost", `member "data" is missing`),
		catch4("middleware.data-lost", "data: want")),
	refusedWith("data-array", "an array", "sio.mw.deny-data-string", `[1,[2,{"three":3}]]`,
		catch5("middleware.data-lost", `member "data" is missing`),
		catch4("middleware.data-lost", "data: want"),
		catch("middleware.data-as-text", "want an array, got")),
	refusedWith("data-empty-text", "an empty text", "sio.mw.deny-data-falsy", `""`,
		catch5("middleware.data-falsy-lost", `member "data" is missing`),
		catch4("connect-error.dropped", "got nothing")),
	refusedWith("data-zero", "the number zero", "sio.mw.deny-data-falsy", `0`,
		catch5("middleware.data-falsy-lost", `member "data" is missing`),
		catch4("connect-error.dropped", "got nothing")),
	refusedWith("data-false", "the value false", "sio.mw.deny-data-falsy", `false`,
		catch5("middleware.data-falsy-lost", `member "data" is missing`),
		catch4("connect-error.dropped", "got nothing")),
	{
		ID:    "middleware.refuse.text",
		Title: "messages of any script, with quotes and control characters, reach the client unchanged",
		Rules: rules("sio.mw.deny-unicode"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("middleware.message-mangled", "is missing"),
			catch5("middleware.message-generic", "data.message"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"refusé \"ω\" 日本 🦄 \\ \u2028\n","data":{"é":"\u001f"}}}]]}`))
			p.WantRefused("/orders", `"refusé \"ω\" 日本 🦄 \\ \u2028\n"`, `{"é":"\u001f"}`)
		},
	},
	{
		ID:    "middleware.refuse.empty-message",
		Title: "a middleware that refuses with an empty message refuses",
		Rules: rules("sio.mw.deny-empty-message"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("middleware.message-empty-admitted", "want CONNECT_ERROR, got CONNECT"),
			catch5("connect-error.message-lost", `member "message" is missing`),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":""}}]]}`))
			p.WantRefused("/orders", `""`)
		},
	},
	{
		ID:    "middleware.refuse.asynchronous",
		Title: "a middleware that takes its time can refuse as any other",
		Rules: rules("sio.mw.async-deny"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("middleware.late-refusal-unheard", "want CONNECT_ERROR, got CONNECT"),
			catch("connect-error.dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(`{"mw":[[],[{"wait":60},{"reject":{"message":"late","data":{"after":60}}}]]}`))
			p.WantRefused("/orders", `"late"`, `{"after":60}`)
		},
	},
	{
		ID:    "middleware.refuse.stops-chain",
		Title: "no middleware behind the one that refuses runs, and the connection handler does not either",
		Rules: rules("sio.mw.deny-stops-chain"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message", "middleware.pass.before-connection"},
		Catches: []run.Catch{
			catch("middleware.goes-on", "the log of /orders"),
			catch("middleware.refused-connects", "the log of /orders"),
			catch("app.middleware.goes-on", "the log of /orders"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[],[{"reject":{"message":"stop"}}]]}`))
			p.WantRefused("/orders", `"stop"`)
			p.WantLog("/", tag, "/orders", begun("/orders", 2)...)
		},
	},
	{
		ID:    "middleware.refuse.no-connection",
		Title: "the application hears nothing of a socket that was refused, when it is refused nor when its connection ends",
		Rules: rules("sio.mw.deny-no-connection"),
		Needs: needs("middleware", "log"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.stops-chain"},
		Catches: []run.Catch{
			catch("middleware.refused-connects", "the log of /orders"),
			catch("middleware.refused-disconnects", "the log of /orders"),
		},
		Run: func(p *peer.Peer) {
			q, tag := p.Peer("other"), openTagged(p)
			q.Connect("/")
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"no"}}]]}`))
			p.WantRefused("/orders", `"no"`)
			p.HangUp()
			q.WantLog("/", tag, "/", gone("/", "<string>")...)
			q.WantLog("/", tag, "/orders", begun("/orders", 1)...)
		},
	},
	{
		ID:     "middleware.refuse.events",
		Title:  "an event in a namespace in which the client was refused never reaches the application",
		Rules:  rules("sio.mw.deny-no-connection"),
		Needs:  needs("middleware"),
		On:     everyTransport,
		After:  []string{"middleware.refuse.message"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("not-joined.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"no"}}]]}`))
			p.WantRefused("/orders", `"no"`)
			p.Send(`42/orders,1["message-with-ack","x"]`)
			p.Observe("an event in a namespace in which the client was refused", "%s", wantUnhandled(p))
		},
	},
	{
		ID:    "middleware.refuse.no-member",
		Title: "who was refused is no member of the namespace, and gets none of its broadcasts",
		Rules: rules("sio.mw.connection-after-deny-count"),
		Needs: needs("middleware", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
			catch("multiplex.broadcast-to-all", "want nothing"),
			catch("app.middleware.refused-kept", "the value of"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			stays := q.Connect(name)
			p.Connect("/")
			p.SendConnect(name, credentials(`{"mw":[[{"reject":{"message":"no"}}]]}`))
			p.WantRefused(name, `"no"`)
			q.WantOp(name, peer.Op{"do": "members"}, fmt.Sprintf("[%q]", stays))
			q.Op(name, peer.Op{"do": "emit", "via": "nsp", "args": []any{"members only"}})
			q.Want("42" + name + `,["members only"]`)
			p.WantNothing()
		},
	},
	{
		ID:    "middleware.refuse.rooms-released",
		Title: "a room that a middleware joined is empty again when the client is refused",
		Rules: rules("sio.mw.join-inside-denied"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message", "middleware.effect.room"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
		},
		Run: func(p *peer.Peer) {
			q, room := p.Peer("other"), fmt.Sprintf("r%x", p.Unique())
			q.Connect("/orders")
			p.Connect("/")
			p.SendConnect("/orders", credentials(fmt.Sprintf(`{"mw":[[{"join":%q}],[{"reject":{"message":"no"}}]]}`, room)))
			p.WantRefused("/orders", `"no"`)
			q.WantOp("/orders", peer.Op{"do": "members", "room": room}, "[]")
			q.Op("/orders", peer.Op{"do": "emit", "via": "nsp", "to": []string{room}, "args": []any{"hi"}})
			p.WantNothing()
		},
	},
	{
		ID:    "middleware.refuse.leaves-others",
		Title: "a client that one namespace refuses stays in those that it has joined, and can join others",
		Rules: rules("sio.mw.error-is-local"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("connect-error.leaves-others", "want 43"),
			catch("connect-error.closes", "the session was closed"),
			catch("connect-error.deafens", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"no"}}]]}`))
			p.WantRefused("/orders", `"no"`)
			p.WantConnected("/")
			p.WantConnected("/custom")
			p.Connect("/users")
			p.WantConnected("/users")
			p.WantNothing()
		},
	},
	{
		ID:    "middleware.refuse.main",
		Title: "a client that the main namespace refuses can join custom ones",
		Rules: rules("sio.mw.root.v5-deny"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("connect-error.closes", "the session was closed"),
			catch("connect-error.deafens", "got nothing"),
			catch("middleware.data-lost", `member "data" is missing`),
			catch("middleware.main-refuses-all", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			p.Send(`40{"mw":[[{"reject":{"message":"not here","data":{"why":"x"}}}]]}`)
			p.Want(`44{"message":"not here","data":{"why":"x"}}`)
			p.SendConnect("/orders")
			p.WantConnect("/orders")
			p.WantConnected("/orders")
		},
	},
	{
		ID:    "middleware.refuse.other-clients",
		Title: "a client that is refused does not keep others out of the namespace, nor does it drive them out",
		Rules: rules("sio.mw.error-is-local"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("middleware.refuses-others", "want CONNECT, got CONNECT_ERROR"),
			catch("middleware.refusal-to-all", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			q, r := p.Peer("member"), p.Peer("newcomer")
			q.Connect("/orders")
			p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"no"}}]]}`))
			p.WantRefused("/orders", `"no"`)
			r.SendConnect("/orders")
			r.WantConnect("/orders")
			q.WantConnected("/orders")
			q.WantNothing()
			r.WantNothing()
		},
	},
	{
		ID:    "middleware.refuse.again",
		Title: "a client that was refused may try again over the same connection: each time is answered, and the last one lets it in",
		Rules: rules("sio.mw.try-again"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("connect.refused-for-good", "want CONNECT, got CONNECT_ERROR"),
			catch("connect-error.deafens", "got nothing"),
			catch("connect-error.first-only", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			for range 2 {
				p.SendConnect("/orders", credentials(`{"mw":[[{"reject":{"message":"no"}}]]}`))
				p.WantRefused("/orders", `"no"`)
			}
			p.SendConnect("/orders")
			p.WantConnect("/orders")
			p.WantConnected("/orders")
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"trace":[0,1,2]},...}`)
		},
	},
}

// refusedWith returns a scenario in which a middleware refuses with a message and with data, given as JSON text.
func refusedWith(topic, what, rule, data string, catches ...run.Catch) run.Scenario {
	return run.Scenario{
		ID:      "middleware.refuse." + topic,
		Title:   fmt.Sprintf("what a middleware refuses with beside the message reaches the client unchanged where it is %s", what),
		Rules:   rules(rule),
		Needs:   needs("middleware"),
		On:      pollingAndWS,
		After:   []string{"middleware.refuse.message"},
		Catches: catches,
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(fmt.Sprintf(`{"mw":[[{"reject":{"message":"no","data":%s}}]]}`, data)))
			p.WantRefused("/orders", `"no"`, data)
		},
	}
}

// guardedScenarios are about a namespace that only authorized clients may join.
var guardedScenarios = []run.Scenario{
	{
		ID:    "middleware.guarded.token",
		Title: "a guarded namespace lets in who has the token, and refuses who has none or another",
		Rules: rules("sio.mw.auth-token"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"middleware.refuse.message"},
		Catches: []run.Catch{
			catch("connect.unknown-accepted", "want CONNECT_ERROR, got CONNECT"),
			catch("connect.auth-lost", "want CONNECT, got CONNECT_ERROR"),
			catch5("middleware.data-lost", `member "data" is missing`),
			catch("middleware.token-folded", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/guarded")
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
			for _, wrong := range []string{"{}", `{"token":"wrong"}`, `{"token":"Secret"}`, `{"Token":"secret"}`, `{"token":["secret"]}`, `{"token":null}`} {
				p.SendConnect("/guarded", credentials(wrong))
				p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
			}
			p.SendConnect("/guarded", credentials(`{"token":"secret"}`))
			p.WantConnect("/guarded")
			p.WantConnected("/guarded")
		},
	},
	{
		ID:    "middleware.guarded.leaves-others",
		Title: "who is refused by a guarded namespace stays connected to the main namespace",
		Rules: rules("sio.mw.error-is-local"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"middleware.guarded.token"},
		Catches: []run.Catch{
			catch("connect-error.closes", "the session was closed"),
			catch5("connect-error.leaves-others", "the session was closed"),
			catch("connect-error.deafens", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendConnect("/guarded", credentials(`{"token":"wrong"}`))
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
			p.WantConnected("/")
			p.WantNothing()
		},
	},
	{
		ID:    "middleware.guarded.own-credentials",
		Title: "a token that was given in another namespace does not open a guarded one",
		Rules: rules("sio.ns.connect.root-auth-then-custom", "sio.mw.auth-token"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.guarded.token"},
		Catches: []run.Catch{
			catch("connect.auth-inherited", "want CONNECT_ERROR, got CONNECT"),
			catch("connect.auth-first", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/", map[string]any{"token": "secret"})
			p.Connect("/orders", map[string]any{"token": "secret"})
			p.SendConnect("/guarded")
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
		},
	},
	{
		ID:    "middleware.guarded.own-query",
		Title: "a token in the query of the handshake does not open a namespace whose guard asks for credentials",
		Rules: rules("sio.mw.auth-token"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.guarded.token"},
		Catches: []run.Catch{
			catch("middleware.guard-without-credentials", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Open("token=secret")
			p.SendConnect("/guarded")
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
		},
	},
	{
		ID:    "middleware.guarded.each-time",
		Title: "who has left a guarded namespace is asked for the token again",
		Rules: rules("sio.mw.per-join", "sio.mw.auth-token"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.guarded.token", "namespace.disconnect.rejoin"},
		Catches: []run.Catch{
			catch("connect.auth-kept", "want CONNECT_ERROR, got CONNECT"),
			catch("connect.auth-inherited", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/guarded", map[string]any{"token": "secret"})
			p.Leave("/guarded")
			p.SendConnect("/guarded")
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
		},
	},
	{
		ID:    "middleware.guarded.each-client",
		Title: "a client that has the token opens a guarded namespace for no other client",
		Rules: rules("sio.mw.auth-token"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.guarded.token"},
		Catches: []run.Catch{
			catch("connect.auth-of-others", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("member")
			q.Connect("/guarded", map[string]any{"token": "secret"})
			p.SendConnect("/guarded")
			p.WantRefused("/guarded", `"not authorized"`, `{"code":"TOKEN"}`)
			q.WantConnected("/guarded")
			q.WantNothing()
		},
	},
	{
		ID:    "middleware.guarded.first",
		Title: "the middlewares behind a namespace's guard run for those only whom it lets pass",
		Rules: rules("sio.mw.deny-stops-chain", "sio.mw.order"),
		Needs: needs("middleware", "log"),
		On:    webSocketOnly,
		After: []string{"middleware.guarded.token"},
		Catches: []run.Catch{
			catch("middleware.goes-on-behind-guard", "the log of /guarded"),
			catch("middleware.last-unrun", "the log of /guarded"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.SendConnect("/guarded")
			p.WantRefused("/guarded", `"not authorized"`, "<any>")
			p.WantLog("/", tag, "/guarded")
			p.Connect("/guarded", map[string]any{"token": "secret"})
			p.WantLog("/", tag, "/guarded", ran("/guarded")...)
		},
	},
}
