package suite

import (
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// broadcastScenarios are about whom an event reaches.
var broadcastScenarios = []run.Scenario{
	{
		ID:    "rooms.to.members",
		Title: "an event sent to a room through the namespace reaches every member, the one who asked for it included, and nobody else",
		Rules: rules("sio.rooms.nsp-to"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.join.member"},
		Catches: []run.Catch{
			catch("emit.to-ignored", "d: want nothing"),
			catch("emit.sender-excluded", "main: want 42"),
			catch("emit.one-recipient", "b: want 42"),
			catch("emit.twice", "main: want nothing"),
			catch("emit.lost-arguments", "main: want 42"),
			catch("app.operator.to-ignored", "d: want nothing"),
			catch("app.operator.sender-excluded", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			d := c.enter(p.Peer("d"), "/orders")
			c.emit(a, through("nsp").to(r), a, b)
			c.emit(d, through("nsp").to(r), a, b)
		},
	},
	{
		ID:    "rooms.in.members",
		Title: "in means what to means, alone and beside it",
		Rules: rules("sio.rooms.nsp-in"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.in-ignored", "want nothing"),
			catch("emit.in-replaces-to", "main: want 42"),
			catch("app.operator.in-ignored", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", s)
			c.enter(p.Peer("d"), "/orders")
			c.emit(a, through("nsp").in(s), b)
			c.emit(b, through("broadcast").in(r), a)
			c.emit(b, through("nsp").to(r).in(s), a, b)
		},
	},
	{
		ID:    "rooms.to.without-sender",
		Title: "an event that a socket sends to a room does not reach the socket itself, though it is in the room",
		Rules: rules("sio.rooms.socket-to"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.sender-included", "main: want nothing"),
			catch("emit.to-ignored", "d: want nothing"),
			catch("emit.one-recipient", "b: want 42"),
			catch("app.operator.sender-included", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			c.enter(p.Peer("d"), "/orders")
			e := c.enter(p.Peer("e"), "/orders", r)
			c.emit(a, through("broadcast").to(r), b, e)
			c.emit(b, through("broadcast").to(r), a, e)
		},
	},
	{
		ID:    "rooms.to.from-outside",
		Title: "a socket that is not in a room can send to it",
		Rules: rules("sio.rooms.socket-to-not-member"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.outsiders-unheard", "b: want 42"),
			catch("emit.to-ignored", "d: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/users")
			b := c.enter(p.Peer("b"), "/users", r)
			c.enter(p.Peer("d"), "/users")
			c.emit(a, through("broadcast").to(r), b)
		},
	},
	{
		ID:    "rooms.union.members",
		Title: "an event sent to several rooms reaches whoever is in one of them",
		Rules: rules("sio.rooms.union"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.first-room-only", "b: want 42"),
			catch("emit.last-room-only", "main: want 42"),
			catch("emit.common-members-only", "main: want 42"),
			catch("emit.to-ignored", "d: want nothing"),
			catch("app.operator.last-room-only", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, t := c.room("r"), c.room("s"), c.room("t")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", s)
			c.enter(p.Peer("d"), "/orders", t)
			c.emit(a, through("nsp").to(r, s), a, b)
			c.emit(a, through("broadcast").to(r, s), b)
		},
	},
	{
		ID:    "rooms.union.once",
		Title: "a socket that is in several of the rooms gets the event once",
		Rules: rules("sio.rooms.union-no-duplicates"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.union.members"},
		Catches: []run.Catch{
			catch("emit.once-a-room", "main: want nothing"),
			catch("emit.twice", "main: want nothing"),
			catch("app.operator.duplicates", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, t := c.room("r"), c.room("s"), c.room("t")
			a := c.enter(p, "/orders", r, s, t)
			b := c.enter(p.Peer("b"), "/orders", s, t)
			c.emit(a, through("nsp").to(r, s, t), a, b)
			c.emit(a, through("nsp").to(s, s).in(s), a, b)
			c.emit(a, through("nsp").to(b.sid, t), a, b)
			c.emit(a, through("broadcast").to(t, s, r), b)
		},
	},
	{
		ID:    "rooms.unknown.nobody",
		Title: "an event sent to a room without members reaches nobody",
		Rules: rules("sio.rooms.unknown-room"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.unknown-to-all", "main: want nothing"),
			catch("emit.to-ignored", "main: want nothing"),
			catch("app.operator.unknown-room-broadcasts", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			c.enter(p.Peer("b"), "/orders", c.room("r"))
			c.emit(a, through("nsp").to(c.room("nobody")))
			c.emit(a, through("broadcast").to(c.room("none"), c.room("nowhere")))
		},
	},
	{
		ID:    "rooms.unknown.beside-known",
		Title: "a room without members among several takes nothing from the others",
		Rules: rules("sio.rooms.union", "sio.rooms.unknown-room"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.unknown.nobody", "rooms.union.members"},
		Catches: []run.Catch{
			catch("emit.unknown-stops", "main: want 42"),
			catch("emit.unknown-to-all", "d: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, nobody := c.room("r"), c.room("s"), c.room("nobody")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", s)
			c.enter(p.Peer("d"), "/orders")
			c.emit(a, through("nsp").to(nobody, r, s), a, b)
			c.emit(a, through("nsp").to(r, nobody, s), a, b)
			c.emit(a, through("broadcast").to(s, nobody), b)
		},
	},
	{
		ID:     "rooms.except.room",
		Title:  "except takes the members of a room out of what is sent to a whole namespace",
		Rules:  rules("sio.rooms.except"),
		Needs:  needs("except"),
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.except-ignored", "b: want nothing"),
			catch("emit.except-is-to", "main: want 42"),
			catch("emit.except-last-only", "b: want nothing"),
			catch("emit.except-sets-sender", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders", r)
			d := c.enter(p.Peer("d"), "/orders", s)
			c.enter(p.Peer("e"), "/orders", r, s)
			c.emit(a, through("nsp").except(r), a, d)
			c.emit(a, through("nsp").except(r, s), a)
			c.emit(b, through("nsp").except(s), a, b)
			c.emit(d, through("nsp").except(a.sid, r), d)
		},
	},
	{
		ID:    "rooms.except.wins",
		Title: "except takes out of the rooms that are sent to whoever is in one of the excepted rooms",
		Rules: rules("sio.rooms.except-with-to"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.union.members"},
		Catches: []run.Catch{
			catch("emit.except-ignored", "b: want nothing"),
			catch("emit.except-first-only", "e: want nothing"),
			catch("emit.except-last-only", "b: want nothing"),
			catch("emit.except-drops-to", "want nothing"),
			catch("emit.except-is-to", "b: want nothing"),
			catch("app.operator.except-ignored", "b: want nothing"),
			catch("app.operator.first-except-only", "e: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, x, y := c.room("r"), c.room("s"), c.room("x"), c.room("y")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r, x)
			d := c.enter(p.Peer("d"), "/orders", s)
			e := c.enter(p.Peer("e"), "/orders", s, y)
			c.enter(p.Peer("f"), "/orders")
			c.emit(a, through("nsp").to(r, s).except(x, y), a, d)
			c.emit(a, through("nsp").to(r, s).except(y), a, b, d)
			c.emit(a, through("nsp").in(s).except(x), d, e)
			c.emit(a, through("nsp").to(r).except(r))
		},
	},
	{
		ID:    "rooms.except.unknown",
		Title: "an excepted room without members takes nobody out, and nothing from the other excepted rooms",
		Rules: rules("sio.rooms.except"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("emit.except-unknown-all", "main: want 42"),
			catch("emit.except-unknown-stops", "b: want nothing"),
			catch("emit.except-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, x, nobody := c.room("r"), c.room("x"), c.room("nobody")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r, x)
			c.emit(a, through("nsp").to(r).except(nobody), a, b)
			c.emit(a, through("nsp").to(r).except(nobody, x), a)
			c.emit(a, through("broadcast").to(r).except(nobody), b)
		},
	},
	{
		ID:    "rooms.except.sender-too",
		Title: "what a socket sends to a room with an exception reaches neither the excepted ones nor the socket itself",
		Rules: rules("sio.rooms.except-socket"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins", "rooms.to.without-sender"},
		Catches: []run.Catch{
			catch("emit.except-unsets-sender", "main: want nothing"),
			catch("emit.except-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, x := c.room("r"), c.room("x")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/orders", r, x)
			d := c.enter(p.Peer("d"), "/orders", r)
			c.emit(a, through("broadcast").to(r).except(x), d)
		},
	},
	{
		ID:    "rooms.except.socket-id",
		Title: "a socket id can be excepted",
		Rules: rules("sio.rooms.except-sid"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("emit.except-ids-ignored", "b: want nothing"),
			catch("emit.except-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			d := c.enter(p.Peer("d"), "/orders", r)
			c.emit(a, through("nsp").to(r).except(b.sid), a, d)
			c.emit(b, through("nsp").to(r).except(a.sid, d.sid), b)
		},
	},
	{
		ID:     "rooms.namespace.all",
		Title:  "an event sent to a namespace reaches everybody in it, the one who asked for it included",
		Rules:  rules("sio.rooms.nsp-emit"),
		Needs:  needsContract,
		On:     everyTransport,
		Traits: run.Traits{Alone: true},
		Catches: []run.Catch{
			catch("emit.sender-excluded", "main: want 42"),
			catch("emit.one-recipient", "b: want 42"),
			catch("emit.twice", "main: want nothing"),
			catch("emit.to-sender-only", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders")
			d := c.enter(p.Peer("d"), "/orders", c.room("r"))
			c.emit(a, through("nsp"), a, b, d)
			c.emit(d, through("nsp"), a, b, d)
		},
	},
	{
		ID:    "rooms.socket.only",
		Title: "an event sent to a socket reaches it alone, and only in its namespace",
		Rules: rules("sio.rooms.socket-emit"),
		Needs: needsContract,
		On:    everyTransport,
		Catches: []run.Catch{
			catch("emit.socket-is-namespace", "b: want nothing"),
			catch("emit.in-main", "want namespace /orders"),
			catch("emit.twice", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			c.enter(p, "/", r)
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			c.emit(a, through("socket"), a)
			c.emit(b, through("socket"), b)
		},
	},
	{
		ID:     "rooms.broadcast.without-sender",
		Title:  "a socket's broadcast reaches everybody in the namespace but the socket itself",
		Rules:  rules("sio.rooms.socket-broadcast"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		Catches: []run.Catch{
			catch("emit.sender-included", "main: want nothing"),
			catch("emit.one-recipient", "b: want 42"),
			catch("emit.to-sender-only", "b: want 42"),
			catch("emit.in-main", "want namespace /orders"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders")
			d := c.enter(p.Peer("d"), "/orders", c.room("r"))
			c.emit(a, through("broadcast"), b, d)
			c.emit(d, through("broadcast"), a, b)
		},
	},
	{
		ID:     "rooms.namespace.members-only",
		Title:  "an event sent to a namespace does not reach those who have not joined it, nor those who have left it",
		Rules:  rules("sio.rooms.broadcast-only-members"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.namespace.all"},
		Catches: []run.Catch{
			catch("room.disconnect-ignored", "d: want nothing"),
			catch5("emit.everywhere", "b: want nothing"),
			catch("emit.sender-excluded", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/orders")
			c.enter(p.Peer("b"), "/")
			d := c.enter(p.Peer("d"), "/orders")
			c.enter(p.Peer("d"), "/users")
			d.Leave("/orders")
			c.settle("after leaving /orders")
			c.emit(a, through("nsp"), a)
			c.emit(a, through("broadcast"))
		},
	},
	{
		ID:     "rooms.namespace.isolated",
		Title:  "an event sent to a namespace reaches the sockets of that namespace only, also where one client is in several",
		Rules:  rules("sio.ns.isolation.broadcast"),
		Needs:  needsContract,
		On:     everyTransport,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.namespace.all"},
		Catches: []run.Catch{
			catch("emit.everywhere", "want nothing"),
			catch("emit.other-namespace", "want namespace /"),
			catch("emit.in-main", "want namespace /orders"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			main, orders, users := c.enter(p, "/"), c.enter(p, "/orders"), c.enter(p, "/users")
			b, inMain := c.enter(p.Peer("b"), "/orders"), c.enter(p.Peer("b"), "/")
			d := c.enter(p.Peer("d"), "/")
			c.emit(orders, through("nsp"), orders, b)
			c.emit(users, through("nsp"), users)
			c.emit(main, through("broadcast"), inMain, d)
		},
	},
	{
		ID:     "rooms.server.main",
		Title:  "what is sent through the server object is sent to the main namespace, and to nobody who is in others only",
		Rules:  rules("sio.ns.isolation.root-emit"),
		Needs:  needsContract,
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.namespace.all"},
		Catches: []run.Catch{
			catch("emit.server-is-namespace", "want namespace /, got"),
			catch("emit.server-everywhere", "main: want nothing"),
			catch("emit.server-unheard", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			main, orders := c.enter(p, "/"), c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/")
			c.enter(p.Peer("d"), "/orders")
			c.emit(orders, through("server"), main, b)
			c.emit(main, through("server"), main, b)
			c.emit(orders, through("nsp").of("/"), main, b)
		},
	},
	{
		ID:    "rooms.server.rooms",
		Title: "the server object's to, in and except mean rooms of the main namespace",
		Rules: rules("sio.ns.isolation.root-emit"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("emit.server-is-namespace", "want namespace /, got"),
			catch("emit.to-ignored", "b: want nothing"),
			catch("emit.in-ignored", "want nothing"),
			catch("emit.except-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			main, orders := c.enter(p, "/", r), c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/", s)
			c.enter(p.Peer("d"), "/orders", r, s)
			c.emit(orders, through("server").to(r), main)
			c.emit(orders, through("server").in(s), b)
			c.emit(orders, through("server").to(r, s).except(s), main)
		},
	},
	{
		ID:     "rooms.server.except",
		Title:  "the server object's except takes a room out of what is sent to the main namespace",
		Rules:  rules("sio.rooms.except", "sio.ns.isolation.root-emit"),
		Needs:  needs("except"),
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.except.room", "rooms.server.main"},
		Catches: []run.Catch{
			catch("emit.except-ignored", "b: want nothing"),
			catch("emit.except-is-to", "main: want 42"),
			catch("emit.server-is-namespace", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			x := c.room("x")
			main, orders := c.enter(p, "/"), c.enter(p, "/orders", x)
			c.enter(p.Peer("b"), "/", x)
			c.emit(orders, through("server").except(x), main)
		},
	},
	{
		ID:    "rooms.of.other-namespace",
		Title: "a handler of one namespace can send to a room of another; the packet names that other namespace",
		Rules: rules("sio.rooms.cross-namespace-emit"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.of-ignored", "want namespace /users"),
			catch("emit.in-main", "want namespace /users"),
			catch("emit.everywhere", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			orders, users := c.enter(p, "/orders", r), c.enter(p, "/users", r)
			c.enter(p.Peer("b"), "/orders", r)
			d := c.enter(p.Peer("d"), "/users", r)
			c.emit(orders, through("nsp").of("/users").to(r), users, d)
			c.emit(orders, through("nsp").of("/custom").to(r))
		},
	},
}
