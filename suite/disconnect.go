package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// disconnectScenarios are about clients that leave a namespace.
var disconnectScenarios = []run.Scenario{
	{
		ID:    "namespace.disconnect.leaves-others",
		Title: "a DISCONNECT for one namespace leaves the other namespaces of the connection joined, and is not answered",
		Rules: rules("sio.ns.disconnect.custom"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("app.ack.never", "got nothing"),
			catch("app.ack.arguments-lost", "want at least 1 elements, got 0"),
			catch("app.ack.mixed-up", "data[0]: want"),
			catch("disconnect.leaves-all", "want 43"),
			catch("disconnect.answered", "want nothing"),
			catch("disconnect.closes", "the session was closed"),
			catch("disconnect.deafens", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.Connect("/users")
			p.Send("41/orders,")
			p.WantConnected("/users")
			p.Silent(p.Patience() / 100)
			p.WantConnected("/users")
			p.WantConnected("/")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.disconnect.one-of-five",
		Title: "each namespace of a connection can be left and joined again while all the others stay joined",
		Rules: rules("sio.ns.disconnect.custom"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"namespace.disconnect.leaves-others"},
		Catches: []run.Catch{
			catch("disconnect.leaves-all", "after 41/custom,"),
			catch("disconnect.rejoin-refused", "want 40/"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			names := []string{"/custom", "/orders", "/users", "/guarded"}
			auth := credentials(`{"token":"secret"}`)
			for _, name := range names {
				p.Connect(name, auth)
			}
			for i, name := range names {
				p.Leave(name)
				for j, other := range names {
					if j != i {
						p.WantConnected(other)
					}
				}
				p.WantConnected("/")
				p.Connect(name, auth)
			}
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.disconnect.main",
		Title: "a DISCONNECT for the main namespace leaves the custom ones joined, and the main namespace can be joined again",
		Rules: rules("sio.ns.disconnect.root-v5"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("disconnect.leaves-all", "the session was closed"),
			catch("disconnect.answered", "want EVENT, got DISCONNECT"),
			catch("disconnect.ignored", "the session was closed"),
			catch("disconnect.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.Send("41")
			p.Send(`42/custom,["message",1]`)
			p.Want(`42/custom,["message-back",1]`)
			p.SendConnect("/")
			p.WantConnect("/")
			p.WantConnected("/")
			p.WantConnected("/custom")
		},
	},
	{
		ID:    "namespace.disconnect.rejoin",
		Title: "a namespace that was left can be joined again, with a new socket id",
		Rules: rules("sio.ns.connect.after-disconnect"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch5("connect.sid-reused", "are not distinct"),
			catch5("disconnect.ignored", "the session was closed"),
			catch("disconnect.rejoin-refused", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			first := p.Connect("/custom")
			p.Leave("/custom")
			p.SendConnect("/custom")
			second := p.WantConnect("/custom")
			wantNewSocket(p, first, second)
			p.WantConnected("/custom")
		},
	},
	{
		ID:    "namespace.disconnect.last",
		Title: "a connection that has left its last namespace is closed, or a namespace can be joined over it again",
		Rules: rules("sio.ns.disconnect.last-keeps-connection"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("disconnect.deafens", "open but deaf"),
			catch("disconnect.rejoin-refused", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send("41")
			_, outcome := p.Settle()
			p.Observe("a connection that has left its last namespace", "%s", map[peer.Outcome]string{peer.Closed: "closed", peer.Ignored: "kept open"}[outcome])
			if outcome == peer.Ignored {
				p.SendConnect("/")
				p.WantConnect("/")
				p.WantConnected("/")
			}
		},
	},
	{
		ID:    "namespace.disconnect.no-member",
		Title: "who has left a namespace is no member of it any more, and gets none of its broadcasts",
		Rules: rules("sio.ns.disconnect.no-member"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("disconnect.ignored", "the value of"),
			catch("disconnect.member-kept", "the value of"),
			catch("disconnect.broadcasts-kept", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			stays := q.Connect(name)
			p.Connect("/")
			p.Connect(name)
			p.Leave(name)
			q.WantOp(name, peer.Op{"do": "members"}, fmt.Sprintf("[%q]", stays))
			q.Op(name, peer.Op{"do": "emit", "via": "nsp", "args": []any{"hi"}})
			q.Want("42" + name + `,["hi"]`)
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.disconnect.without-comma",
		Title: "a DISCONNECT whose namespace reaches to the end of the packet leaves that namespace",
		Rules: rules("sio.ns.disconnect.without-comma"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.disconnect.no-member"},
		Catches: []run.Catch{
			catch("disconnect.comma-required", "the value of"),
			catch("disconnect.comma-is-main", "want 43"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			stays := q.Connect(name)
			p.Connect("/")
			p.Connect(name)
			p.Send("41" + name)
			p.WantConnected("/")
			q.WantOp(name, peer.Op{"do": "members"}, fmt.Sprintf("[%q]", stays))
		},
	},
}

// serverDisconnectScenarios are about clients whom the application disconnects.
var serverDisconnectScenarios = []run.Scenario{
	{
		ID:    "namespace.server-disconnect.one",
		Title: "a client that the application disconnects from one namespace is told so there, and stays in the others",
		Rules: rules("sio.ns.server-disconnect.one"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("server-disconnect.silent", "got nothing"),
			catch("server-disconnect.in-main", "want namespace /orders"),
			catch("server-disconnect.twice", "want nothing"),
			catch("server-disconnect.closes", "the session was closed"),
			catch5("server-disconnect.leaves-all", "the session was closed"),
			catch("server-disconnect.as-error", "want DISCONNECT, got CONNECT_ERROR"),
			catch("app.namespaces.disconnect-all", "message-with-ack"),
			catch("app.namespaces.disconnect-ignored", "want DISCONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.Connect("/users")
			p.WantOpen()
			p.StartOp("/orders", peer.Op{"do": "disconnect", "close": false})
			p.Want("41/orders,")
			p.WantConnected("/")
			p.WantConnected("/users")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.server-disconnect.main",
		Title: "a client that the application disconnects from the main namespace stays in the custom ones",
		Rules: rules("sio.ns.server-disconnect.root"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("server-disconnect.silent", "got nothing"),
			catch("server-disconnect.closes", "the session was closed"),
			catch("server-disconnect.leaves-all", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.StartOp("/", peer.Op{"do": "disconnect", "close": false})
			p.Want("41")
			p.WantConnected("/orders")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.server-disconnect.comma",
		Title: "the server's DISCONNECT for a custom namespace has the comma behind the name",
		Rules: rules("sio.ns.server-disconnect.comma"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("server-disconnect.no-comma", "want the bytes 41/orders,"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.StartOp("/orders", peer.Op{"do": "disconnect", "close": false})
			if packet := p.WantPacket("41/orders,"); string(packet.Raw) != "41/orders," {
				p.Failf("%s: want the bytes 41/orders, and got %s", p.Name(), wire.Quote(packet.Raw))
			}
		},
	},
	{
		ID:    "namespace.server-disconnect.again",
		Title: "a socket that the application disconnects twice is sent one DISCONNECT",
		Rules: rules("sio.ns.server-disconnect.again"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("server-disconnect.twice", "want nothing"),
			catch("server-disconnect.silent", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.StartOp("/orders", peer.Op{"do": "batch", "ops": []peer.Op{{"do": "disconnect", "close": false}, {"do": "disconnect", "close": false}}})
			p.Want("41/orders,")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.server-disconnect.rejoin",
		Title: "a client that the application has disconnected from a namespace can join it again, with a new socket id",
		Rules: rules("sio.ns.server-disconnect.rejoin"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.server-disconnect.one", "namespace.disconnect.rejoin"},
		Catches: []run.Catch{
			catch5("connect.sid-reused", "are not distinct"),
			catch("server-disconnect.bans", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			first := p.Connect("/orders")
			p.StartOp("/orders", peer.Op{"do": "disconnect", "close": false})
			p.Want("41/orders,")
			wantNewSocket(p, first, p.Connect("/orders"))
			p.WantConnected("/orders")
		},
	},
	{
		ID:    "namespace.server-disconnect.no-member",
		Title: "who was disconnected from a namespace by the application is no member of it any more, and gets none of its broadcasts",
		Rules: rules("sio.ns.server-disconnect.no-member"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"namespace.server-disconnect.one", "namespace.disconnect.no-member"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
			catch("disconnect.broadcasts-kept", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			stays := q.Connect(name)
			p.Connect("/")
			p.Connect(name)
			p.StartOp(name, peer.Op{"do": "disconnect", "close": false})
			p.Want("41" + name + ",")
			q.WantOp(name, peer.Op{"do": "members"}, fmt.Sprintf("[%q]", stays))
			q.Op(name, peer.Op{"do": "emit", "via": "nsp", "args": []any{"hi"}})
			q.Want("42" + name + `,["hi"]`)
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.server-disconnect.joins-no-room",
		Title: "a socket that the application has disconnected cannot join a room any more",
		Rules: rules("sio.ns.server-disconnect.no-member"),
		Needs: needs("dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"namespace.server-disconnect.no-member"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			q.Connect(name)
			p.Connect("/")
			p.Connect(name)
			p.StartOp(name, peer.Op{"do": "batch", "ops": []peer.Op{{"do": "disconnect", "close": false}, {"do": "join", "rooms": []string{"late"}}}})
			p.Want("41" + name + ",")
			q.WantOp(name, peer.Op{"do": "members", "room": "late"}, "[]")
		},
	},
	{
		ID:    "namespace.server-disconnect.crossing",
		Title: "an event that crosses the server's DISCONNECT of its namespace never reaches the application",
		Rules: rules("sio.ns.server-disconnect.race"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("server-disconnect.still-handled", "was handled"),
			catch("server-disconnect.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.StartOp("/orders", peer.Op{"do": "disconnect", "close": false})
			p.Want("41/orders,")
			p.Send(`42/orders,9000["message-with-ack","late"]`)
			p.Observe("an event that crosses the server's DISCONNECT of its namespace", "%s", wantUnhandled(p))
		},
	},
	{
		ID:    "namespace.server-disconnect.same-payload",
		Title: "an event in the same payload as the one on which the application disconnects the client never reaches it",
		Rules: rules("sio.ns.server-disconnect.race"),
		Needs: needsContract,
		On:    pollingOnly,
		After: []string{"namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("server-disconnect.silent", "got nothing"),
			catch("server-disconnect.handled-before", "want DISCONNECT, got ACK"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.SendTogether(`42/orders,8000["op",{"do":"disconnect","close":false}]`, `42/orders,9000["message-with-ack","late"]`)
			p.Want("41/orders,")
			p.Observe("an event behind the one that disconnects the client", "%s", wantUnhandled(p))
		},
	},
	{
		ID:    "namespace.server-disconnect.close",
		Title: "the application can close a client's connection from any of its namespaces",
		Rules: rules("sio.ns.server-disconnect.close"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("server-disconnect.stays-open", "want the session closed"),
			catch("app.namespaces.disconnect-one", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.StartOp("/orders", peer.Op{"do": "disconnect", "close": true})
			p.WantClosed()
		},
	},
	{
		ID:    "namespace.server-disconnect.close-goodbye",
		Title: "a client whose connection the application closes is sent a DISCONNECT in each of its namespaces before",
		Rules: rules("sio.ns.server-disconnect.close-goodbye"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.server-disconnect.close"},
		Catches: []run.Catch{
			catch("server-disconnect.silent", "the session was closed"),
			catch("server-disconnect.own-only", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.Connect("/users")
			p.StartOp("/orders", peer.Op{"do": "disconnect", "close": true})
			p.WantAnyOrder("41", "41/orders,", "41/users,")
			p.WantClosed()
		},
	},
	{
		ID:    "namespace.server-disconnect.everybody",
		Title: "all members that the application disconnects from a namespace are told so, and their connections stay open",
		Rules: rules("sio.ns.server-disconnect.everybody"),
		Needs: needs("dynamic.pattern", "sockets"),
		On:    pollingAndWS,
		After: []string{"namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("server-disconnect.first-only", "other: want 41"),
			catch("server-disconnect.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			name, q := ownNamespace(p), p.Peer("other")
			p.Connect("/")
			p.Connect(name)
			q.Connect("/")
			q.Connect(name)
			p.StartOp(name, peer.Op{"do": "sockets-disconnect", "via": "nsp", "close": false})
			wantSentAway(p, name)
			q.Want("41" + name + ",")
			p.WantConnected("/")
			q.WantConnected("/")
		},
	},
}
