package suite

import (
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// roomScenarios are about rooms and about sending to them.
var roomScenarios = slices.Concat(membershipScenarios, goneScenarios, broadcastScenarios, sendingScenarios, operatorScenarios, manySocketsScenarios, deliveryScenarios)

// membershipScenarios are about joining and leaving rooms, and about who is in them.
var membershipScenarios = []run.Scenario{
	{
		ID:    "rooms.own.member",
		Title: "a socket is in the room that is named by its id, and in no other, once it is connected",
		Rules: rules("sio.rooms.own-room"),
		Needs: needsContract,
		On:    pollingAndWS,
		Catches: []run.Catch{
			catch("room.own-missing", `the value of {"do":"rooms"}`),
			catch("room.own-shared", `the value of {"do":"rooms"}`),
			catch("app.rooms.own-room-missing", `the value of {"do":"rooms"}`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders")
			a.wantRooms()
			b.wantRooms()
			c.wantMembers(a, b.sid, b)
		},
	},
	{
		ID:    "rooms.own.private-message",
		Title: "an event for the room that is named by a socket's id reaches that socket and no other",
		Rules: rules("sio.rooms.private-message"),
		Needs: needsContract,
		On:    everyTransport,
		Catches: []run.Catch{
			catch("room.own-missing", "b: want 42"),
			catch("emit.to-ignored", "main: want nothing"),
			catch("emit.other-namespace", "want namespace /orders"),
			catch("room.own-shared", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders")
			c.enter(p.Peer("c"), "/orders")
			c.emit(a, through("nsp").to(b.sid), b)
			c.emit(a, through("broadcast").to(b.sid), b)
		},
	},
	{
		ID:    "rooms.own.message-to-self",
		Title: "an event for a socket's own id reaches it from its namespace, and reaches nobody from the socket itself",
		Rules: rules("sio.rooms.private-message-self"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.own.private-message"},
		Catches: []run.Catch{
			catch("emit.sender-included", "main: want nothing"),
			catch("emit.sender-excluded", "main: want 42"),
			catch("emit.unknown-to-all", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/users")
			c.enter(p.Peer("b"), "/users")
			c.emit(a, through("broadcast").to(a.sid))
			c.emit(a, through("nsp").to(a.sid), a)
		},
	},
	{
		ID:     "rooms.own.left",
		Title:  "a socket that has left the room of its own id gets no private messages any more, but what is sent to its namespace",
		Rules:  rules("sio.rooms.leave-own-room"),
		Needs:  needsContract,
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.own.private-message"},
		Catches: []run.Catch{
			catch("room.leave-ignored", "b: want nothing"),
			catch("room.own-left-unheard", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders")
			b.leave(b.sid)
			c.emit(a, through("nsp").to(b.sid))
			c.emit(a, through("nsp"), a, b)
		},
	},
	{
		ID:    "rooms.own.per-namespace",
		Title: "the id of a socket in one namespace is no room in another, not even for the same client",
		Rules: rules("sio.rooms.ns-sid-scope"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.own.private-message"},
		Catches: []run.Catch{
			catch5("room.ids-shared", "the same socket id"),
			catch("emit.everywhere", "main: want nothing"),
			catch("emit.unknown-to-all", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			orders := c.enter(p, "/orders")
			users := c.enter(p, "/users")
			if orders.sid == users.sid {
				p.Failf("want a socket id for each namespace, got the same socket id %q in /orders and /users", users.sid)
			}
			c.emit(users, through("nsp").to(orders.sid))
			c.emit(users, through("nsp").to(users.sid), users)
		},
	},
	{
		ID:    "rooms.join.member",
		Title: "join makes a socket a member of all the rooms that are named, and leave ends one membership",
		Rules: rules("sio.rooms.join-leave"),
		Needs: needsContract,
		On:    everyTransport,
		Catches: []run.Catch{
			catch("room.join-ignored", `the value of {"do":"rooms"}`),
			catch("room.join-first-only", `the value of {"do":"rooms"}`),
			catch("room.leave-ignored", `the value of {"do":"rooms"}`),
			catch("room.leave-all", `the value of {"do":"rooms"}`),
			catch("room.leave-for-all", `the value of {"do":"members"`),
			catch("app.rooms.join-replaces", `the value of {"do":"rooms"}`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, t := c.room("r"), c.room("s"), c.room("t")
			a := c.enter(p, "/", r, s)
			b := c.enter(p.Peer("b"), "/", r)
			a.wantRooms(r, s)
			a.join(t)
			a.wantRooms(r, s, t)
			c.wantMembers(b, r, a, b)
			c.wantMembers(b, s, a)
			a.leave(r)
			a.wantRooms(s, t)
			c.wantMembers(b, r, b)
		},
	},
	{
		ID:    "rooms.join.twice",
		Title: "a socket that joins a room twice is in it once: it gets an event once, and one leave is enough",
		Rules: rules("sio.rooms.join-leave"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.join-counted", "b: want nothing"),
			catch("emit.twice", "b: want nothing"),
			catch("room.leave-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders", r)
			b.join(r)
			c.emit(a, through("nsp").to(r), b)
			b.leave(r)
			c.emit(a, through("nsp").to(r))
		},
	},
	{
		ID:    "rooms.join.at-once",
		Title: "a join counts for what is sent right behind it",
		Rules: rules("sio.rooms.join-then-emit-sync"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.join-late", "got nothing"),
			catch("room.join-ignored", "got nothing"),
			catch("app.rooms.join-deferred", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			a.batch(
				peer.Op{"do": "join", "rooms": []string{r}},
				through("nsp").to(r).send("now", 1),
			)
			a.Want(`42/orders,["now",1]`)
		},
	},
	{
		ID:    "rooms.join.in-middleware",
		Title: "a room joined in a middleware holds once the socket is admitted",
		Rules: rules("sio.rooms.join-in-middleware"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.early-join-lost", "b: want 42"),
			catch("emit.to-ignored", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			b := c.enterWith(p.Peer("b"), "/orders", scripted(scriptStep{"join": r}))
			c.emit(a, through("nsp").to(r), b)
		},
	},
	{
		ID:    "rooms.join.not-before-admission",
		Title: "who has joined a room in a middleware gets nothing that is sent to it before being admitted",
		Rules: rules("sio.rooms.pending"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"rooms.join.in-middleware"},
		Catches: []run.Catch{
			catch("room.pending-admitted", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/")
			b.SendConnect("/orders", scripted(scriptStep{"join": r}, scriptStep{"never": true}))
			letCome(p, "/custom")
			b.WantNothing()
			c.emit(a, through("nsp").to(r), a)
		},
	},
	{
		ID:    "rooms.leave.stops",
		Title: "who has left a room gets nothing more of what is sent to it; the others in it still do",
		Rules: rules("sio.rooms.leave-stops"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.leave-ignored", "b: want nothing"),
			catch("room.leave-for-all", "main: want 42"),
			catch("room.leave-all", "b: want 42"),
			catch("app.rooms.leave-ignored", "b: want nothing"),
			catch("app.rooms.leave-leaves-all", "b: want 42"),
			catch("app.rooms.leave-empties", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r, s)
			d := c.enter(p.Peer("d"), "/orders", r)
			c.emit(a, through("nsp").to(r), a, b, d)
			b.leave(r)
			c.emit(a, through("nsp").to(r), a, d)
			c.emit(a, through("nsp").to(s), b)
		},
	},
	{
		ID:    "rooms.leave.not-joined",
		Title: "leaving a room that the socket is not in changes nothing, neither for it nor for those who are in it",
		Rules: rules("sio.rooms.join-leave"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.leave.stops"},
		Catches: []run.Catch{
			catch("room.leave-for-all", "b: want 42"),
			catch("room.leave-all", "main: want 42"),
			catch("room.leave-stranger-own", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/users", r)
			b := c.enter(p.Peer("b"), "/users", s)
			a.leave(s)
			a.leave(c.room("nobody"))
			c.emit(a, through("nsp").to(r), a)
			c.emit(a, through("nsp").to(s), b)
			c.emit(a, through("nsp").to(a.sid), a)
		},
	},
	{
		ID:    "rooms.leave.rejoined",
		Title: "who leaves a room and joins it again at once is in it",
		Rules: rules("sio.rooms.rejoin"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.leave.stops"},
		Catches: []run.Catch{
			catch("room.leave-late", "b: want 42"),
			catch("room.leave-for-all", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			d := c.enter(p.Peer("d"), "/orders", r)
			b.batch(peer.Op{"do": "leave", "room": r}, peer.Op{"do": "join", "rooms": []string{r}})
			c.emit(a, through("nsp").to(r), a, b, d)
			b.leave(r)
			b.join(r)
			c.emit(b, through("broadcast").to(r), a, d)
			c.emit(a, through("broadcast").to(r), b, d)
		},
	},
	{
		ID:    "rooms.leave.returned",
		Title: "who has left a room and joins it again later is in it",
		Rules: rules("sio.rooms.rejoin"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.leave.stops"},
		Catches: []run.Catch{
			catch("room.once-left-dead", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders", r)
			for range 2 {
				b.leave(r)
				c.emit(a, through("nsp").to(r))
				b.join(r)
				c.emit(a, through("nsp").to(r), b)
			}
		},
	},
	{
		ID:    "rooms.leave.last",
		Title: "a room whose last member has left is like one that never was, and can be joined again",
		Rules: rules("sio.rooms.unknown-room", "sio.rooms.rejoin"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.leave.stops"},
		Catches: []run.Catch{
			catch("room.leave-ignored", `the value of {"do":"members"`),
			catch("emit.unknown-to-all", "want nothing"),
			catch("room.once-left-dead", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders")
			a.leave(r)
			c.wantMembers(b, r)
			c.emit(b, through("nsp").to(r))
			b.join(r)
			c.emit(a, through("nsp").to(r), b)
		},
	},
	{
		ID:    "rooms.isolation.two-clients",
		Title: "rooms of the same name in two namespaces have nothing to do with each other",
		Rules: rules("sio.rooms.ns-isolation"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("emit.everywhere", "b: want nothing"),
			catch("emit.other-namespace", "want namespace /orders"),
			catch("emit.in-main", "want namespace /orders"),
			catch("app.rooms.shared-across-namespaces", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/users", r)
			d := c.enter(p.Peer("d"), "/", r)
			for _, s := range []*attendee{a, b, d} {
				c.wantMembers(s, r, s)
				c.emit(s, through("nsp").to(r), s)
				c.emit(s, through("broadcast").to(r))
			}
		},
	},
	{
		ID:    "rooms.isolation.one-client",
		Title: "a client that is in two namespaces is in a room of the one in which it has joined it, and not of the other",
		Rules: rules("sio.rooms.ns-isolation-one-client"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.join-everywhere", "main: want nothing"),
			catch("emit.everywhere", "b: want nothing"),
			catch("emit.other-namespace", "want namespace /orders"),
			catch("app.rooms.joined-everywhere", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			users := c.enter(p, "/users")
			p.WantOpen()
			orders := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/users", r)
			c.emit(orders, through("nsp").to(r), orders)
			c.emit(users, through("nsp").to(r), b)
			users.wantRooms()
		},
	},
	{
		ID:    "rooms.isolation.leave",
		Title: "leaving a room in one namespace keeps the membership of the room of that name in another",
		Rules: rules("sio.rooms.ns-isolation-one-client"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.isolation.one-client"},
		Catches: []run.Catch{
			catch("room.leave-everywhere", "main: want 42"),
			catch("room.leave-ignored", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			orders := c.enter(p, "/orders", r)
			main := c.enter(p, "/", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			orders.leave(r)
			c.emit(main, through("nsp").to(r), main)
			c.emit(orders, through("nsp").to(r), b)
		},
	},
	{
		ID:    "rooms.names.exact",
		Title: "rooms are told apart by their exact names",
		Rules: rules("sio.rooms.names"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.names-folded", "b: want nothing"),
			catch("room.names-trimmed", "b: want nothing"),
			catch("room.names-prefix", "b: want nothing"),
			catch("room.leave-prefix", `the value of {"do":"rooms"}`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			others := []string{r + "0", strings.ToUpper(r), " " + r, r + " ", r[:len(r)-1], r + ",", "/orders#" + r, r + "é"}
			b := c.enter(p.Peer("b"), "/orders", others...)
			c.emit(a, through("nsp").to(r), a)
			for _, room := range others {
				c.emit(a, through("nsp").to(room), b)
			}
			b.join(r)
			b.leave(r)
			b.wantRooms(others...)
		},
	},
	{
		ID:     "rooms.names.any",
		Title:  "any text can be the name of a room, also one that means something elsewhere",
		Rules:  rules("sio.rooms.names.any"),
		Needs:  needsContract,
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("room.names-prototype", "b: want 42"),
			catch("emit.to-ignored", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			names := []string{"__proto__", "constructor", "hasOwnProperty", "0", "null", "/", "*", "日本 \u2028\"\\"}
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders")
			for _, room := range names {
				c.emit(a, through("nsp").to(room))
				b.join(room)
				c.emit(a, through("nsp").to(room), b)
				c.wantMembers(a, room, b)
				b.leave(room)
				c.emit(a, through("nsp").to(room))
			}
		},
	},
}
