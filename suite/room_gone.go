package suite

import (
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// goneScenarios are about the rooms of sockets that are disconnected.
var goneScenarios = []run.Scenario{
	{
		ID:    "rooms.gone.namespace-left",
		Title: "who leaves a namespace leaves its rooms",
		Rules: rules("sio.rooms.disconnect-leaves-all"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.disconnect-ignored", `the value of {"do":"members"`),
			catch("room.members-remembered", `the value of {"do":"members"`),
			catch("app.rooms.kept-after-leaving", `the value of {"do":"members"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/")
			b := c.enter(p.Peer("b"), "/orders", r)
			c.wantMembers(a, r, a, b)
			b.Leave("/orders")
			b.WantNothing()
			c.awaitMembers(a, r, a)
			c.emit(a, through("nsp").to(r), a)
			c.emit(a, through("nsp").to(b.sid))
			c.wantMembers(a, r, a)
			c.wantMembers(a, b.sid)
		},
	},
	{
		ID:    "rooms.gone.others-kept",
		Title: "who leaves a namespace keeps the rooms of the other namespaces of the connection",
		Rules: rules("sio.rooms.disconnect-one-ns-keeps-other-rooms"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.gone.namespace-left"},
		Catches: []run.Catch{
			catch("room.disconnect-leaves-all-rooms", "main: want 42"),
			catch("room.disconnect-ignored", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			users := c.enter(p, "/users", r)
			c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			p.Leave("/orders")
			p.WantNothing()
			c.emit(b, through("nsp").to(r), b)
			c.emit(users, through("nsp").to(r), users)
		},
	},
	{
		ID:    "rooms.gone.rejoined",
		Title: "who leaves a namespace and joins it again is a new socket without the rooms of the old one",
		Rules: rules("sio.rooms.disconnect-leaves-all"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.gone.namespace-left"},
		Catches: []run.Catch{
			catch("room.remembered", `the value of {"do":"rooms"}`),
			catch5("room.sid-reused", "the socket id of the old socket"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			old := c.enter(p.Peer("b"), "/orders", r)
			old.Leave("/orders")
			old.WantNothing() // a CONNECT right behind is too early for socket.io 4
			b := c.enter(p.Peer("b"), "/orders")
			if p.Config().Revision == wire.Revision5 && b.sid == old.sid {
				p.Failf("want a new socket id, got the socket id of the old socket, %q", b.sid)
			}
			b.wantRooms()
			c.emit(a, through("nsp").to(r), a)
			if b.sid != old.sid {
				c.emit(a, through("nsp").to(old.sid))
			}
			b.join(r)
			c.emit(a, through("nsp").to(r), a, b)
		},
	},
	{
		ID:    "rooms.gone.sent-away",
		Title: "a socket that the server disconnects from a namespace leaves its rooms",
		Rules: rules("sio.rooms.disconnect-leaves-all"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.gone.namespace-left"},
		Catches: []run.Catch{
			catch("room.members-remembered", `the value of {"do":"members"`),
			catch("room.sent-away-in-words", `the value of {"do":"members"`),
			catch("app.rooms.kept-after-kick", `the value of {"do":"members"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/")
			b := c.enter(p.Peer("b"), "/orders", r)
			c.wantMembers(a, r, a, b)
			b.StartOp("/orders", peer.Op{"do": "disconnect", "close": false})
			b.Want("41/orders,")
			c.awaitMembers(a, r, a)
			c.emit(a, through("nsp").to(r), a)
			c.wantMembers(a, r, a)
		},
	},
	{
		ID:    "rooms.gone.dropped",
		Title: "a client whose connection is lost leaves the rooms of all its namespaces",
		Rules: rules("sio.rooms.disconnect-leaves-all"),
		Needs: needsContract,
		On:    overWebSocket,
		After: []string{"rooms.gone.namespace-left"},
		Catches: []run.Catch{
			catch("room.members-remembered", `the value of {"do":"members"`),
			catch("app.rooms.kept-after-drop", `the value of {"do":"members"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			names := []string{"/", "/orders", "/users"}
			here := map[string]*attendee{}
			for _, nsp := range names {
				here[nsp] = c.enter(p, nsp, r)
				c.wantMembers(here[nsp], r, here[nsp], c.enter(p.Peer("b"), nsp, r))
			}
			c.dismiss(p.Peer("b"))
			p.Peer("b").Drop()
			for _, nsp := range names {
				c.awaitMembers(here[nsp], r, here[nsp])
				c.emit(here[nsp], through("nsp").to(r), here[nsp])
			}
		},
	},
	{
		ID:    "rooms.gone.hung-up",
		Title: "a client that ends its session leaves the rooms of all its namespaces",
		Rules: rules("sio.rooms.disconnect-leaves-all"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.gone.namespace-left"},
		Catches: []run.Catch{
			catch("room.members-remembered", `the value of {"do":"members"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/custom", r)
			c.enter(p.Peer("b"), "/", r)
			b := c.enter(p.Peer("b"), "/custom", r)
			c.wantMembers(a, r, a, b)
			c.dismiss(p.Peer("b"))
			p.Peer("b").HangUp()
			c.awaitMembers(a, r, a)
			c.awaitMembers(c.enter(p, "/"), r)
		},
	},
	{
		ID:    "rooms.gone.refused",
		Title: "a client that joins a room in a middleware and is then refused is not in it",
		Rules: rules("sio.rooms.refused"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"rooms.join.in-middleware"},
		Catches: []run.Catch{
			catch("room.refused-kept", `the value of {"do":"members"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/")
			b.SendConnect("/orders", scripted(scriptStep{"join": r}, scriptStep{"reject": map[string]any{"message": "no"}}))
			b.WantRefused("/orders", `"no"`)
			c.awaitMembers(a, r, a)
			c.emit(a, through("nsp").to(r), a)
			c.wantMembers(a, r, a)
		},
	},
	{
		ID:    "rooms.gone.join-afterwards",
		Title: "a socket that joins a room when it is already disconnected does not become a member",
		Rules: rules("sio.rooms.join-after-disconnect"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.gone.sent-away"},
		Catches: []run.Catch{
			catch("app.rooms.join-after-disconnect", `the value of {"do":"members"`),
			catch("room.sent-away-in-words", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/")
			b := c.enter(p.Peer("b"), "/orders", c.room("s"))
			b.StartOp("/orders", peer.Op{"do": "batch", "ops": []peer.Op{
				{"do": "disconnect", "close": false}, {"do": "join", "rooms": []string{r}},
			}})
			b.Want("41/orders,")
			letCome(p, "/custom")
			b.WantNothing()
			c.emit(a, through("nsp").to(r), a)
			c.wantMembers(a, r, a)
		},
	},
	{
		ID:    "rooms.disconnecting.rooms",
		Title: "the handler of disconnecting still sees the rooms of the socket",
		Rules: rules("sio.rooms.disconnecting-sees-rooms"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"rooms.gone.namespace-left"},
		Catches: []run.Catch{
			catch("room.disconnecting-empty", "want the log entries"),
			catch("room.disconnecting-unheard", "want the log entries"),
			catch("app.rooms.gone-when-disconnecting", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			b := p.Peer("b")
			tag := openTagged(b)
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			c.enter(b, "/")
			gone := c.enter(b, "/orders", s, r)
			b.Leave("/orders")
			b.WantNothing()
			wantEntries(p, awaitEntries(b, "/", tag, `["disconnect"`, `["disconnect`), `["disconnecting","/orders",<string>,`+gone.roomsJSON()+`]`, `["disconnect","/orders",<string>]`)
		},
	},
}
