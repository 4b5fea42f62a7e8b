package suite

import (
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// connectScenarios are about joining and leaving namespaces.
var connectScenarios = slices.Concat(connectAnswerScenarios, connectNameScenarios, connectAuthScenarios, connectAgainScenarios, firstPacketScenarios, notJoinedScenarios,
	disconnectScenarios, serverDisconnectScenarios)

// connectAnswerScenarios are about the answer to a CONNECT.
var connectAnswerScenarios = []run.Scenario{
	{
		ID:    "namespace.connect.main",
		Title: "a CONNECT for the main namespace is answered with CONNECT and a socket id",
		Rules: rules("sio.ns.connect"),
		Needs: needsEcho,
		On:    everyTransport,
		Catches: []run.Catch{
			catch5("connect.unanswered", "got nothing"),
			catch5("connect.without-sid", `member "sid" is missing`),
			catch5("connect.sid-empty", "want a value of type text"),
			catch("connect.twice-answered", "want nothing more"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/")
			p.WantConnect("/")
			p.WantConnected("/")
		},
	},
	{
		ID:    "namespace.connect.custom",
		Title: "a CONNECT for a custom namespace is answered with CONNECT in that namespace",
		Rules: rules("sio.ns.connect.custom"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("connect.answered-in-main", "want namespace /custom"),
			catch("connect.custom-unanswered", "got nothing"),
			catch("connect.deaf-events", "got nothing"),
			catch("app.namespaces.custom-deaf", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/custom")
			p.WantConnect("/custom")
			p.WantConnected("/custom")
		},
	},
	{
		ID:    "namespace.connect.empty-object",
		Title: "a CONNECT with an empty object is answered as one without",
		Rules: rules("sio.ns.connect.spelling"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.object-unread", "got nothing"),
			catch("connect.twice-answered", "want namespace /custom, got /"),
		},
		Run: func(p *peer.Peer) {
			p.Send("40{}")
			p.WantConnect("/")
			p.WantConnected("/")
			p.Send("40/custom,{}")
			p.WantConnect("/custom")
			p.WantConnected("/custom")
			p.WantNothing()
		},
	},
	{
		ID:    "namespace.connect.without-comma",
		Title: "a CONNECT whose namespace reaches to the end of the packet joins that namespace",
		Rules: rules("sio.ns.connect.without-comma"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.comma-required", "got nothing"),
			catch("connect.comma-required-closes", "the session was closed"),
			catch("connect.comma-is-main", "want namespace /custom"),
			catch("connect.answered-in-main", "want namespace /custom"),
		},
		Run: func(p *peer.Peer) {
			p.Send("40/custom")
			p.WantConnect("/custom")
			p.WantConnected("/custom")
		},
	},
	{
		ID:    "namespace.connect.answered-once",
		Title: "each CONNECT is answered exactly once, in its own namespace, whether it is let in or refused",
		Rules: rules("sio.ns.connect.ack-of-connect"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect.twice-answered", "got CONNECT"),
			catch5("connect-error.twice", "got CONNECT_ERROR"),
			catch("connect-error.dropped", "got nothing"),
			catch("connect.answered-in-main", "want namespace /custom"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `<text>`)
			p.SendConnect("/")
			p.WantConnect("/")
			p.SendConnect("/sio-conform-other")
			p.WantRefused("/sio-conform-other", `<text>`)
			p.SendConnect("/custom")
			p.WantConnect("/custom")
			p.Send(`42/custom,["message",1]`)
			p.Want(`42/custom,["message-back",1]`)
		},
	},
	{
		ID:    "namespace.connect.silent-before",
		Title: "a server sends nothing in any namespace before the client has sent a CONNECT",
		Rules: rules("sio.ns.connect.root.explicit"),
		On:    everyTransport,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect.unasked", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `<text>`)
		},
	},
	{
		ID:    "namespace.connect.event-accepted",
		Title: "a client that has joined the main namespace may send events there, also those to which nobody listens",
		Rules: rules("sio.ns.connect"),
		On:    only(rev5, everyTransport),
		Catches: []run.Catch{
			catch("connect.without-sid", `member "sid" is missing`),
			catch("connect.events-close", "closed the connection"),
			catch("connect.events-deafen", "open but deaf"),
			catch("connect.main-unknown", "the main namespace does not exist"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/")
			switch p.WantEither(`40{"sid":<text>,...}`, `44{"message":"Invalid namespace"}`, `44{"message":<string>,...}`) {
			case 1:
				p.Failf("%s: the main namespace does not exist", p.Name())
			case 2:
				panic(&peer.Unsupported{Feature: "joining the main namespace without credentials"})
			}
			p.Send(`42["sio-conform-nobody-listens",1]`)
			if _, outcome := p.Settle(); outcome == peer.Closed {
				p.Failf("%s: an event in the main namespace closed the connection, which had joined it", p.Name())
			}
		},
	},
	{
		ID:    "namespace.connect.main-not-implied",
		Title: "who joins a custom namespace has not joined the main namespace",
		Rules: rules("sio.ns.connect.root.not-implied"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.main-implied", "want EVENT, got CONNECT"),
			catch("lifecycle.main-implied", "the log of /"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/custom")
			p.Send(`42/custom,["message",1]`)
			p.Want(`42/custom,["message-back",1]`)
			p.WantLog("/custom", tag, "/")
			p.WantLog("/custom", tag, "/custom", `["connection","/custom"]`)
		},
	},
	{
		ID:    "namespace.connect.before-events",
		Title: "events that the connection handler sends come behind the answer to the CONNECT",
		Rules: rules("sio.ns.order.connect-before-events"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.answered-late", "want CONNECT, got EVENT"),
			catch("connect.greeting-lost", "the event auth did not arrive"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/custom", credentials(`{"greet":"me"}`))
			p.Want(p.Connected("/custom"))
			p.WantAuth("/custom", `{"greet":"me"}`)
		},
	},
	{
		ID:    "namespace.connect.sid-distinct",
		Title: "the socket id differs in every namespace of a connection, and from the id of the Engine.IO session",
		Rules: rules("sio.ns.connect.sid-distinct"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.sid-shared", "are not distinct"),
			catch("connect.sid-engine", "are not distinct"),
		},
		Run: func(p *peer.Peer) {
			main, custom := p.Connect("/"), p.Connect("/custom")
			wantDistinct(p, p.Handshake().SID, main, custom)
		},
	},
	{
		ID:    "namespace.connect.sid-unguessable",
		Title: "a socket id cannot be guessed from those of other sockets: it is the name of a room that is this socket's own",
		Rules: rules("sio.ns.connect.sid-unguessable"),
		On:    only(rev5, webSocketOnly),
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("connect.sid-constant", "two sockets have the id"),
			catch("connect.sid-counted", "can be guessed from each other"),
		},
		Run: func(p *peer.Peer) {
			var ids []string
			for i := range 6 {
				ids = append(ids, p.Peer(fmt.Sprintf("p%d", i)).Connect("/"))
			}
			wantUnguessable(p, "socket", ids)
		},
	},
	{
		ID:    "namespace.connect.sid-known",
		Title: "the socket id that a CONNECT announces is the id that the application knows the socket by",
		Rules: rules("sio.ns.connect.sid-distinct"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.sid-unknown", "data[1].id"),
			catch("connect.sid-engine", "data[1].id"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/custom", "/orders"} {
				sid := p.Connect(name)
				p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":%q,...}`, sid, name))
			}
		},
	},
	{
		ID:    "namespace.connect.clients-apart",
		Title: "two connections to one namespace are two sockets, each with an id of its own and answers of its own",
		Rules: rules("sio.ns.connection.distinct-clients"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch5("connect.sid-constant", "are not distinct"),
			catch("multiplex.answers-to-all", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			wantDistinct(p, p.Connect("/custom"), q.Connect("/custom"))
			p.Send(`42/custom,["message","mine"]`)
			p.Want(`42/custom,["message-back","mine"]`)
			q.WantNothing()
			q.Send(`42/custom,["message","hers"]`)
			q.Want(`42/custom,["message-back","hers"]`)
			p.WantNothing()
		},
	},
}

// wantDistinct fails the scenario when an id is there twice.
func wantDistinct(p *peer.Peer, ids ...string) {
	sorted := slices.Sorted(slices.Values(ids))
	if len(slices.Compact(sorted)) < len(ids) {
		p.Failf("%s: the ids %q are not distinct", p.Name(), ids)
	}
}

// wantNewSocket fails the scenario when who has joined again has the old socket id. In revision 4 the id is that of the session.
func wantNewSocket(p *peer.Peer, before, after string) {
	if p.Config().Revision == wire.Revision5 {
		wantDistinct(p, before, after)
	}
}

// openTagged opens the peer's session with a tag of its own and returns the tag, under which the application's log has what the connection goes through.
func openTagged(p *peer.Peer) string {
	tag := fmt.Sprintf("%s-%x", p.Name(), p.Unique())
	p.Open("tag=" + tag)
	return tag
}

// ownNamespace returns the name of a dynamic namespace that no other execution joins, for what reaches a namespace's every member.
func ownNamespace(p *peer.Peer) string { return fmt.Sprintf("/dynamic-%d", p.Unique()) }
