package suite

import (
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// multiplexScenarios are about several namespaces on one connection.
var multiplexScenarios = slices.Concat(routingScenarios, isolationScenarios, lifecycleScenarios)

// routingScenarios are about packets finding their namespace.
var routingScenarios = []run.Scenario{
	{
		ID:    "multiplex.routing.echo",
		Title: "events of several namespaces on one connection are each answered in the namespace in which they were sent",
		Rules: rules("sio.ns.multiplex.ws"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("multiplex.answers-in-main", "want namespace /custom"),
			catch("multiplex.answers-in-last", "want namespace /"),
			catch("connect.deaf-events", "got nothing"),
			catch("app.namespaces.events-crossed", "want namespace"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			for i := range 3 {
				p.Send(fmt.Sprintf(`42/custom,["message","custom",%d]`, i))
				p.Want(fmt.Sprintf(`42/custom,["message-back","custom",%d]`, i))
				p.Send(fmt.Sprintf(`42["message","main",%d]`, i))
				p.Want(fmt.Sprintf(`42["message-back","main",%d]`, i))
			}
		},
	},
	{
		ID:    "multiplex.routing.acks",
		Title: "acknowledgements of several namespaces on one connection come in the namespace of their event",
		Rules: rules("sio.ns.multiplex.ws"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("multiplex.acks-in-main", "want namespace /custom"),
			catch("multiplex.acks-in-last", "want namespace /"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send(`42/custom,21["message-with-ack","custom"]`)
			p.Want(`43/custom,21["custom"]`)
			p.Send(`4222["message-with-ack","main"]`)
			p.Want(`4322["main"]`)
		},
	},
	{
		ID:    "multiplex.routing.interleaved",
		Title: "events of four namespaces sent together are each handled in their own, by the handlers of that namespace's socket",
		Rules: rules("sio.ns.multiplex.ws"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"multiplex.routing.echo"},
		Catches: []run.Catch{
			catch("multiplex.answers-in-last", "want namespace"),
			catch("multiplex.handlers-of-orders", "want namespace /users, got /orders"),
			catch("multiplex.answers-in-main", "want namespace"),
		},
		Run: func(p *peer.Peer) {
			var packets, answers []string
			for i, name := range []string{"/", "/orders", "/users", "/custom"} {
				sid := p.Connect(name)
				packets = append(packets, fmt.Sprintf(`42%s["message",%q]`, peer.Prefix(name), name), opPacket(name, 30+i, peer.Op{"do": "info"}))
				answers = append(answers, fmt.Sprintf(`42%s["message-back",%q]`, peer.Prefix(name), name),
					fmt.Sprintf(`43%s%d[{"ok":{"id":%q,"nsp":%q,...}}]`, peer.Prefix(name), 30+i, sid, name))
			}
			p.SendTogether(packets...)
			p.WantAnyOrder(answers...)
		},
	},
	{
		ID:    "multiplex.routing.connects-together",
		Title: "several CONNECTs that are sent together are all answered, each in its namespace",
		Rules: rules("sio.ns.multiplex.polling"),
		Needs: needsContract,
		On:    only(rev5, everyTransport),
		After: []string{"namespace.connect.main", "namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("multiplex.first-connect-only", "want CONNECT, got EVENT"),
			catch("connect-error.dropped", "got nothing"),
			catch("connect.answered-in-main", "want 40/orders"),
		},
		Run: func(p *peer.Peer) {
			p.SendTogether("40", "40/orders,", "40/sio-conform-unknown,", "40/users,", "40/custom,")
			p.WantAnyOrder(`40{"sid":<text>,...}`, `40/orders,{"sid":<text>,...}`, `44/sio-conform-unknown,{"message":<text>}`, `40/users,{"sid":<text>,...}`, `40/custom,{"sid":<text>,...}`)
			for _, name := range []string{"/", "/orders", "/users", "/custom"} {
				p.WantConnected(name)
			}
		},
	},
	{
		ID:    "multiplex.routing.many",
		Title: "fifty namespaces can be joined over one connection, and each answers in its own name",
		Rules: rules("sio.ns.multiplex.many"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"multiplex.routing.connects-together"},
		Catches: []run.Catch{
			catch("multiplex.ten-at-most", "got nothing"),
			catch("multiplex.answers-in-last", "want namespace"),
		},
		Run: func(p *peer.Peer) {
			names := make([]string, 50)
			for i := range names {
				names[i] = ownNamespace(p)
				p.SendConnect(names[i])
				p.WantConnect(names[i])
			}
			for i, name := range names {
				p.Send(fmt.Sprintf(`42%s,["message",%d]`, name, i))
				p.Want(fmt.Sprintf(`42%s,["message-back",%d]`, name, i))
			}
		},
	},
	{
		ID:    "multiplex.routing.upgrade",
		Title: "the namespaces that were joined before an upgrade are joined behind it, with the same socket ids",
		Rules: rules("sio.ns.multiplex.upgrade"),
		Needs: needsContract,
		On:    run.Axes{Transports: []peer.Transport{peer.Upgraded}},
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("multiplex.upgrade-forgets", "got nothing"),
			catch("multiplex.upgrade-new-sid", "data[1].id"),
		},
		Run: func(p *peer.Peer) {
			q := p.PeerOver("late", peer.Polling)
			main, users := q.Connect("/"), q.Connect("/users", map[string]any{"n": 1})
			q.Upgrade()
			q.WantOp("/users", peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":"/users","auth":{"n":1},...}`, users))
			q.WantOp("/", peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":"/",...}`, main))
			q.Send(`42/users,["message",1]`)
			q.Want(`42/users,["message-back",1]`)
		},
	},
	{
		ID:    "multiplex.routing.emit",
		Title: "what the application sends to a socket names the socket's namespace, and the main namespace not at all",
		Rules: rules("sio.ns.multiplex.ws"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"multiplex.routing.echo"},
		Catches: []run.Catch{
			catch("multiplex.answers-in-main", "want namespace /orders"),
			catch("multiplex.answers-in-last", "want namespace /orders"),
			catch("multiplex.events-twice", "want namespace /"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/orders", "/users"} {
				p.Connect(name)
			}
			for _, name := range []string{"/orders", "/", "/users"} {
				op := p.StartOp(name, peer.Op{"do": "emit", "via": "socket", "args": []any{"hi", name}})
				p.Want(fmt.Sprintf(`42%s["hi",%q]`, peer.Prefix(name), name))
				op.Value()
			}
		},
	},
}

// isolationScenarios are about what one namespace must not notice of another.
var isolationScenarios = []run.Scenario{
	{
		ID:    "multiplex.isolation.handlers",
		Title: "each namespace of a connection has a socket and handlers of its own",
		Rules: rules("sio.ns.isolation.handlers"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"multiplex.routing.echo"},
		Catches: []run.Catch{
			catch("multiplex.handlers-of-orders", "data[1].id"),
			catch("multiplex.socket-of-main", "data[1].nsp"),
		},
		Run: func(p *peer.Peer) {
			orders, users := p.Connect("/orders"), p.Connect("/users")
			p.WantOp("/users", peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":"/users",...}`, users))
			p.WantOp("/orders", peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":"/orders",...}`, orders))
		},
	},
	{
		ID:    "multiplex.isolation.data",
		Title: "what the application stores with the socket of one namespace is not seen at the connection's other sockets",
		Rules: rules("sio.ns.isolation.data"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"multiplex.isolation.handlers"},
		Catches: []run.Catch{
			catch("multiplex.data-shared", `unexpected member "colour"`),
			catch("app.namespaces.data-shared", "data[1].data"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/custom")
			p.Connect("/orders")
			p.WantConnected("/custom")
			p.Op("/orders", peer.Op{"do": "set", "data": map[string]any{"colour": "blue"}})
			p.WantOp("/orders", peer.Op{"do": "info"}, `{"data":{"colour":"blue",...},...}`)
			p.WantOp("/custom", peer.Op{"do": "info"}, `{"data":{},...}`)
		},
	},
	{
		ID:    "multiplex.isolation.ack-ids",
		Title: "one acknowledgement id can be under way in several namespaces of a connection, and is answered in each",
		Rules: rules("sio.ns.isolation.ack-ids"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"multiplex.routing.acks"},
		Catches: []run.Catch{
			catch("multiplex.acks-in-last", "want namespace"),
			catch("multiplex.ack-id-once", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/orders", "/users"} {
				p.Connect(name)
			}
			p.SendTogether(opPacket("/orders", 7, peer.Op{"do": "ack", "args": []any{"late"}, "wait": 100}), `42/users,7["message-with-ack","users"]`, `427["message-with-ack","main"]`)
			p.WantAnyOrder(`43/users,7["users"]`, `437["main"]`, `43/orders,7["late"]`)
		},
	},
	{
		ID:    "multiplex.isolation.server-acks",
		Title: "an acknowledgement from the client counts in its namespace only, when events are under way in two",
		Rules: rules("sio.ns.isolation.ack-ids"),
		Needs: needs("ack.timeout", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"multiplex.routing.emit"},
		Catches: []run.Catch{
			catch5("multiplex.client-acks-swapped", "the value of"),
			catch5("multiplex.client-acks-in-main", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			a, b := ownNamespace(p), ownNamespace(p)
			p.Connect(a)
			p.Connect(b)
			ask := func(name string) (*peer.Pending, string) {
				op := p.StartOp(name, peer.Op{"do": "emit", "via": "socket", "args": []any{"ask"}, "ack": p.Patience().Milliseconds()})
				return op, p.Want("42" + name + `,<id:integer>["ask"]`)["id"]
			}
			first, firstID := ask(a)
			second, secondID := ask(b)
			p.Send("43" + b + "," + secondID + `["second"]`)
			p.Send("43" + a + "," + firstID + `["first"]`)
			second.Want(`["second"]`)
			first.Want(`["first"]`)
		},
	},
	{
		ID:    "multiplex.isolation.server-ack-elsewhere",
		Title: "an acknowledgement that names another namespace than the event's is not taken for the event's",
		Rules: rules("sio.ns.isolation.ack-ids"),
		Needs: needs("ack.timeout", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"multiplex.isolation.server-acks"},
		Catches: []run.Catch{
			catch5("multiplex.client-acks-swapped", "the value of"),
			catch("multiplex.client-acks-of-all", "the value of"),
		},
		Run: func(p *peer.Peer) {
			a, b := ownNamespace(p), ownNamespace(p)
			p.Connect(a)
			p.Connect(b)
			op := p.StartOp(a, peer.Op{"do": "emit", "via": "socket", "args": []any{"ask"}, "ack": p.Patience().Milliseconds()})
			id := p.Want("42" + a + `,<id:integer>["ask"]`)["id"]
			p.Send("43" + b + "," + id + `["from elsewhere"]`)
			p.Send("43" + a + "," + id + `["from here"]`)
			op.Want(`["from here"]`)
		},
	},
	{
		ID:    "multiplex.isolation.broadcast",
		Title: "what is sent to all of a namespace reaches its members there, and neither their other namespaces nor other clients",
		Rules: rules("sio.ns.isolation.broadcast"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("multiplex.broadcast-in-all", "want nothing"),
			catch("multiplex.broadcast-to-all", "want nothing"),
			catch("multiplex.events-twice", "want nothing"),
			catch("multiplex.answers-in-main", "want namespace /dynamic-"),
			catch("app.namespaces.broadcast-everywhere", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			for _, n := range []string{"/", "/custom", name} {
				p.Connect(n)
			}
			q.Connect("/")
			q.Connect("/custom")
			q.Connect(ownNamespace(p))
			p.Op(name, peer.Op{"do": "emit", "via": "nsp", "args": []any{"hi", "everyone"}})
			p.Want("42" + name + `,["hi","everyone"]`)
			p.WantNothing()
			q.WantNothing()
		},
	},
	{
		ID:    "multiplex.isolation.broadcast-elsewhere",
		Title: "what the handler of one namespace sends to another reaches the other's members, and not its own",
		Rules: rules("sio.ns.isolation.broadcast"),
		Needs: needs("dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"multiplex.isolation.broadcast"},
		Catches: []run.Catch{
			catch("multiplex.broadcast-in-all", "want nothing"),
			catch("multiplex.broadcast-to-all", "want nothing"),
			catch("app.namespaces.of-ignored", "want namespace"),
		},
		Run: func(p *peer.Peer) {
			here, there, q := ownNamespace(p), ownNamespace(p), p.Peer("other")
			p.Connect(here)
			p.Connect(there)
			q.Connect(here)
			p.Op(here, peer.Op{"do": "emit", "via": "nsp", "of": there, "args": []any{"hi"}})
			p.Want("42" + there + `,["hi"]`)
			p.WantNothing()
			q.WantNothing()
		},
	},
	{
		ID:     "multiplex.isolation.server-emit",
		Title:  "what the server object sends reaches the clients of the main namespace, and not those that have joined others only",
		Rules:  rules("sio.ns.isolation.root-emit"),
		Needs:  needsContract,
		On:     pollingAndWS,
		After:  []string{"namespace.connect.main", "namespace.connect.custom"},
		Traits: run.Traits{Alone: true},
		Catches: []run.Catch{
			catch("multiplex.broadcast-to-all", "want nothing"),
			catch("multiplex.broadcast-in-all", "want namespace /"),
			catch("multiplex.server-emit-lost", "data[1]: want"),
			catch("app.namespaces.server-everywhere", "want namespace /"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			p.Connect("/")
			p.Connect("/custom")
			q.Connect("/custom")
			for _, op := range []peer.Op{
				{"do": "emit", "via": "server", "args": []any{"hi", "server"}},
				{"do": "emit", "via": "nsp", "args": []any{"hi", "namespace"}},
				{"do": "emit", "via": "nsp", "of": "/", "args": []any{"hi", "name"}},
			} {
				p.Op("/", op)
			}
			p.Want(`42["hi","server"]`, `42["hi","namespace"]`, `42["hi","name"]`)
			p.WantNothing()
			q.WantNothing()
		},
	},
	{
		ID:    "multiplex.isolation.members",
		Title: "the members of a namespace are those clients that have joined it, each once",
		Rules: rules("sio.ns.isolation.members"),
		Needs: needs("dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"multiplex.isolation.broadcast"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
		},
		Run: func(p *peer.Peer) {
			here, there, q := ownNamespace(p), ownNamespace(p), p.Peer("other")
			ids := []string{p.Connect(here), q.Connect(here)}
			p.Connect("/")
			q.Connect(there)
			slices.Sort(ids)
			p.WantOp(here, peer.Op{"do": "members"}, peer.JSON(ids))
		},
	},
}

// opPacket returns the event that asks for an operation, with that acknowledgement id.
func opPacket(namespace string, id int, op peer.Op) string {
	return fmt.Sprintf(`42%s%d["op",%s]`, peer.Prefix(namespace), id, peer.JSON(op))
}
