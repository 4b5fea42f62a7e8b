package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// manySocketsScenarios are about operations on all the sockets that an operator names.
var manySocketsScenarios = []run.Scenario{
	{
		ID:    "rooms.fetch.matching",
		Title: "fetch tells id, rooms and data of the sockets that to, in and except name",
		Rules: rules("sio.rooms.fetch-sockets"),
		Needs: needs("fetch", "except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("fetch.data-lost", `the value of {"do":"fetch"`),
			catch("fetch.rooms-lost", `the value of {"do":"fetch"`),
			catch("fetch.except-ignored", `the value of {"do":"fetch"`),
			catch("fetch.first-room-only", `the value of {"do":"fetch"`),
			catch("fetch.once-a-room", `the value of {"do":"fetch"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, x := c.room("r"), c.room("s"), c.room("x")
			a := c.enter(p, "/custom", r)
			b := c.enter(p.Peer("b"), "/custom", r, s, x)
			d := c.enter(p.Peer("d"), "/custom", s)
			c.enter(p.Peer("d"), "/", r)
			a.Op("/custom", peer.Op{"do": "set", "data": map[string]any{"n": 1}})
			data := map[*attendee]string{a: `{"n":1}`}
			wantFetch(a, through("nsp").to(r), data, a, b)
			wantFetch(a, through("nsp").to(r, s), data, a, b, d)
			wantFetch(a, through("nsp").in(r).except(x), data, a)
			wantFetch(a, through("nsp").to(r, s).except(b.sid), data, a, d)
			wantFetch(d, through("nsp").to(a.sid), data, a)
			wantFetch(d, through("nsp").to(c.room("nobody")), data)
		},
	},
	{
		ID:    "rooms.fetch.namespace",
		Title: "fetch without rooms tells all sockets of the namespace",
		Rules: rules("sio.rooms.fetch-sockets", "sio.rooms.all-sockets"),
		Needs: needs("fetch", "except", "dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"rooms.fetch.matching"},
		Catches: []run.Catch{
			catch("fetch.first-only", `the value of {"do":"`),
			catch("fetch.except-ignored", `the value of {"do":"fetch"`),
			catch("room.disconnect-ignored", `the value of {"do":"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name := dynamicName(p)
			a := c.enter(p, name)
			b := c.enter(p.Peer("b"), name)
			gone := c.enter(p.Peer("d"), name)
			c.enter(p.Peer("d"), "/")
			gone.Leave(name)
			gone.WantNothing()
			c.awaitMembers(a, "", a, b)
			data := map[*attendee]string{a: "{...}", b: "{...}"}
			wantFetch(a, through("nsp"), data, a, b)
			wantFetch(a, through("nsp").except(b.sid), data, a)
		},
	},
	{
		ID:    "rooms.sockets.join-leave",
		Title: "sockets-join and sockets-leave move the matching sockets in and out of all the rooms that are named, and no others",
		Rules: rules("sio.rooms.sockets-join"),
		Needs: needs("sockets", "except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("sockets.join-ignored", "main: want 42"),
			catch("sockets.join-first-room-only", "main: want 42"),
			catch("sockets.leave-ignored", "b: want nothing"),
			catch("sockets.except-ignored", "d: want nothing"),
			catch("sockets.leave-for-all", "main: want 42"),
			catch("sockets.leave-first-room-only", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, x, g, h := c.room("r"), c.room("x"), c.room("g"), c.room("h")
			a := c.enter(p, "/custom", r)
			b := c.enter(p.Peer("b"), "/custom", r)
			c.enter(p.Peer("d"), "/custom", r, x)
			c.enter(p.Peer("e"), "/custom")
			move := func(do string, o operatorCall, rooms ...string) {
				op := o.matching()
				op["do"], op["via"], op["rooms"] = do, "nsp", rooms
				a.Op("/custom", op)
			}
			move("sockets-join", through("nsp").in(r).except(x), g, h)
			c.moved(a, g, a, b)
			c.moved(a, h, a, b)
			c.emit(a, through("nsp").to(g), a, b)
			c.emit(a, through("nsp").to(h), a, b)
			move("sockets-leave", through("nsp").to(b.sid), g, h)
			c.moved(a, g, a)
			c.moved(a, h, a)
			c.emit(a, through("nsp").to(g), a)
			c.emit(a, through("nsp").to(h), a)
		},
	},
	{
		ID:    "rooms.sockets.leave-except",
		Title: "sockets-leave leaves those in the room that except names",
		Rules: rules("sio.rooms.sockets-join"),
		Needs: needs("sockets", "except"),
		On:    webSocketOnly,
		After: []string{"rooms.sockets.join-leave"},
		Catches: []run.Catch{
			catch("sockets.except-ignored", "b: want 42"),
			catch("sockets.leave-ignored", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, x := c.room("r"), c.room("x")
			a := c.enter(p, "/custom", r)
			b := c.enter(p.Peer("b"), "/custom", r, x)
			d := c.enter(p.Peer("d"), "/custom", r)
			op := through("nsp").to(r).except(x, d.sid).matching()
			op["do"], op["via"], op["rooms"] = "sockets-leave", "nsp", []string{r}
			a.Op("/custom", op)
			c.moved(a, r, b, d)
			c.emit(a, through("nsp").to(r), b, d)
		},
	},
	{
		ID:    "rooms.sockets.namespace",
		Title: "sockets-join, sockets-leave and sockets-disconnect without rooms move all sockets of the namespace, and none of another",
		Rules: rules("sio.rooms.sockets-join", "sio.rooms.disconnect-sockets"),
		Needs: needs("sockets", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"rooms.sockets.join-leave"},
		Catches: []run.Catch{
			catch("sockets.join-ignored", "main: want 42"),
			catch("sockets.leave-ignored", "main: want nothing"),
			catch("sockets.disconnect-ignored", "want 41/dynamic-"),
			catch("sockets.first-only", "b: want 42"),
			catch("sockets.leave-elsewhere-too", "main: want 42/orders"),
			catch("sockets.close-ignored", "d: want the session closed"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name, r := dynamicName(p), c.room("r")
			other := c.enter(p, "/orders")
			a := c.enter(p, name)
			b := c.enter(p.Peer("b"), name)
			c.enter(p.Peer("b"), "/")
			a.Op(name, peer.Op{"do": "sockets-join", "via": "nsp", "rooms": []string{r}})
			c.moved(a, r, a, b)
			c.emit(a, through("nsp").to(r), a, b)
			c.emit(other, through("nsp").to(r))
			other.join(r)
			a.Op(name, peer.Op{"do": "sockets-leave", "via": "nsp", "rooms": []string{r}})
			c.moved(a, r)
			c.emit(a, through("nsp").to(r))
			c.emit(other, through("nsp").to(r), other)
			a.StartOp(name, peer.Op{"do": "sockets-disconnect", "via": "nsp", "close": false})
			wantSentAway(a.Peer, name)
			b.Want("41" + name + ",")
			c.settle("sockets-disconnect")
			d := p.Peer("d")
			name = dynamicName(p)
			d.Connect(name)
			d.StartOp(name, peer.Op{"do": "sockets-disconnect", "via": "nsp", "close": true})
			d.WantClosed()
			c.settle("sockets-disconnect with close")
		},
	},
	{
		ID:    "rooms.sockets.disconnect-many",
		Title: "all members of a full room can be disconnected at once; the room is empty then, and the others are served on",
		Rules: rules("sio.rooms.disconnect-sockets"),
		Needs: needs("sockets"),
		On:    webSocketOnly,
		After: []string{"rooms.sockets.disconnect"},
		Catches: []run.Catch{
			catch("sockets.first-only", "want 41/orders,"),
			catch("sockets.disconnect-unsaid", "want 41/orders,"),
			catch("sockets.disconnect-ignored", "want 41/orders,"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			for n := range 20 {
				q := p.Peer(fmt.Sprintf("m%d", n))
				c.enter(q, "/")
				c.enter(q, "/orders", r)
			}
			a.Op("/orders", peer.Op{"do": "sockets-disconnect", "via": "nsp", "close": false, "to": []string{r}})
			for _, q := range c.peers[1:] {
				q.Want("41/orders,")
			}
			c.awaitMembers(a, r)
			c.emit(a, through("nsp").to(r))
		},
	},
	{
		ID:    "rooms.sockets.disconnect",
		Title: "sockets-disconnect disconnects the matching sockets from this namespace only",
		Rules: rules("sio.rooms.disconnect-sockets"),
		Needs: needs("sockets", "except"),
		On:    everyTransport,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("sockets.disconnect-ignored", "b: want 41/custom,"),
			catch("sockets.disconnect-closes", "b"),
			catch("sockets.except-ignored", "d: want nothing"),
			catch("sockets.disconnect-unsaid", "b: want 41/custom,"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, x := c.room("r"), c.room("x")
			a := c.enter(p, "/custom")
			other := c.enter(p.Peer("b"), "/orders", r)
			c.enter(p.Peer("b"), "/custom", r)
			d := c.enter(p.Peer("d"), "/custom", r, x)
			a.Op("/custom", peer.Op{"do": "sockets-disconnect", "via": "nsp", "close": false, "in": []string{r}, "except": []string{x}})
			p.Peer("b").Want("41/custom,")
			c.settle("sockets-disconnect")
			c.awaitMembers(a, r, d)
			c.emit(a, through("nsp").to(r), d)
			c.emit(other, through("nsp").to(r), other)
		},
	},
	{
		ID:    "rooms.sockets.disconnect-close",
		Title: "sockets-disconnect with close ends the connections of the matching sockets, and no others",
		Rules: rules("sio.rooms.disconnect-sockets"),
		Needs: needs("sockets"),
		On:    everyTransport,
		After: []string{"rooms.sockets.disconnect"},
		Catches: []run.Catch{
			catch("sockets.close-ignored", "want the session closed"),
			catch("sockets.disconnect-ignored", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/custom", r)
			users := c.enter(p, "/users", r)
			c.enter(p.Peer("b"), "/users", r)
			b := c.enter(p.Peer("b"), "/custom", r)
			d := c.enter(p.Peer("d"), "/users", r)
			a.Op("/custom", peer.Op{"do": "sockets-disconnect", "via": "nsp", "close": true, "to": []string{b.sid}})
			p.Peer("b").WantClosed()
			c.dismiss(p.Peer("b"))
			c.awaitMembers(a, r, a)
			c.awaitMembers(users, r, users, d)
			c.emit(users, through("nsp").to(r), users, d)
		},
	},
}

// wantFetch shows whom fetch finds: their ids, rooms and data, which is {} where none is given.
func wantFetch(asker *attendee, o operatorCall, data map[*attendee]string, found ...*attendee) {
	op := o.matching()
	op["do"], op["via"] = "fetch", "nsp"
	var list []string
	for _, a := range found {
		text := data[a]
		if text == "" {
			text = "{}"
		}
		list = append(list, fmt.Sprintf(`{"id":%s,"rooms":%s,"data":%s}`, peer.JSON(a.sid), a.roomsJSON(), text))
	}
	slices.Sort(list) // by id, which comes first
	asker.WantOp(asker.nsp, op, "["+strings.Join(list, ",")+"]")
}

// wantSentAway shows that a peer is told of its disconnection from a namespace, which it asked for. The target may reply to that before it does it.
func wantSentAway(p *peer.Peer, name string) {
	goodbye := "41" + name + ","
	if p.WantEither(goodbye, "43"+name+`,<id:integer>[{"ok":null}]`) == 1 {
		p.Want(goodbye)
	}
}
