package suite

import (
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// deliveryScenarios send through many operators and compare each delivery with a model.
var deliveryScenarios = []run.Scenario{
	{
		ID:    "rooms.matrix.operators",
		Title: "each event reaches exactly those that its operator names: peers, namespaces, rooms and operators by chance",
		Rules: rules("sio.rooms.delivery"),
		Needs: needs("except"),
		On:    everyTransport,
		After: []string{"rooms.except.wins", "rooms.transports.alike"},
		Catches: []run.Catch{
			catch("emit.to-ignored", "by"),
			catch("emit.except-ignored", "by"),
			catch("emit.sender-included", "by"),
			catch("emit.once-a-room", "by"),
			catch("emit.everywhere", "by"),
			catch("emit.third-lost", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s, t := c.room("r"), c.room("s"), c.room("t")
			names := []string{"/orders", "/users", "/"}
			some := [][]string{{r}, {s}, {r, s}, {t}, {r, t}, {s, t}, {r, s, t}, nil}
			for n, q := range []*peer.Peer{p, p.PeerBeside("b", peer.Polling), p.PeerBeside("d", peer.WebSocket), p.Peer("e")} {
				c.enter(q, names[n%2], some[2*n]...)
				c.enter(q, names[n%2+1], some[2*n+1]...)
			}
			operators := []operatorCall{through("nsp"), through("broadcast"), through("server"), through("nsp").of("/users")}
			for n := range 48 {
				from := c.all[n%8]
				o := c.narrowed(operators[(n+n/8)%4].to(some[n%3]...), some)
				c.cast(from, o, c.reach(from, o)...)
			}
			c.settle("48 operators")
		},
	},
	{
		ID:    "rooms.matrix.namespaces",
		Title: "each event reaches exactly those that its operator names, also without any room",
		Rules: rules("sio.rooms.delivery"),
		Needs: needs("except", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"rooms.matrix.operators"},
		Catches: []run.Catch{
			catch("emit.except-ignored", "by"),
			catch("emit.sender-excluded", "by"),
			catch("emit.of-ignored", "by"),
			catch("operator.sticky-rooms", "by"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			rooms := []string{c.room("r"), c.room("s")}
			names := []string{dynamicName(p), dynamicName(p)}
			some := [][]string{nil, rooms[:1], rooms[1:], rooms}
			for n, q := range []*peer.Peer{p, p.Peer("b"), p.Peer("d"), p.Peer("e")} {
				c.enter(q, names[0], some[n]...)
			}
			c.enter(p, names[1], rooms...)
			c.enter(p.Peer("b"), names[1])
			for _, o := range []operatorCall{through("nsp"), through("broadcast"), through("nsp").of(names[1])} {
				for _, to := range some {
					for _, except := range some {
						from, o := c.all[c.sent%len(c.all)], o.to(to...).except(except...)
						c.cast(from, o, c.reach(from, o)...)
					}
				}
			}
			c.settle("all operators")
		},
	},
	{
		ID:    "rooms.matrix.churn",
		Title: "each event reaches exactly those that are in the rooms at that time, while sockets come and go by chance",
		Rules: rules("sio.rooms.delivery"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.matrix.operators", "rooms.gone.rejoined"},
		Catches: []run.Catch{
			catch("room.leave-ignored", "by"),
			catch("room.remembered", "by"),
			catch("room.join-everywhere", "by"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			rooms := []string{c.room("r"), c.room("s")}
			for _, q := range []*peer.Peer{p, p.Peer("b"), p.Peer("d")} {
				c.enter(q, "/orders", rooms[0])
				c.enter(q, "/users")
			}
			steps := map[*attendee][]string{}
			for _, a := range c.all {
				steps[a] = []string{"join r", "leave r", "join s", "come again", "join r", "join s", "leave s", "come again"}
			}
			for range 8 * len(c.all) {
				a := c.all[p.Random().IntN(len(c.all))]
				for len(steps[a]) == 0 {
					a = c.all[p.Random().IntN(len(c.all))]
				}
				a.step(steps[a][0], rooms)
				steps[a] = steps[a][1:]
				for _, o := range []operatorCall{through("nsp").to(rooms[0]), through("broadcast").to(rooms[1])} {
					c.cast(a, o, c.reach(a, o)...)
				}
			}
			c.settle("all steps")
		},
	},
}

// step lets a socket come or go.
func (a *attendee) step(what string, rooms []string) {
	switch what {
	case "join r":
		a.join(rooms[0])
	case "join s":
		a.join(rooms[1])
	case "leave r":
		a.leave(rooms[0])
	case "leave s":
		a.leave(rooms[1])
	case "come again":
		a.Leave(a.nsp)
		a.WantNothing() // a CONNECT right behind is too early for socket.io 4
		a.sid = a.Connect(a.nsp)
		a.rooms = map[string]bool{a.sid: true}
	}
}

// narrowed adds more rooms, ids and exceptions to an operator, by chance.
func (c *crowd) narrowed(o operatorCall, some [][]string) operatorCall {
	chance := c.main.Random()
	switch chance.IntN(4) {
	case 0:
		o = o.to(some[chance.IntN(len(some))]...)
	case 1:
		o = o.in(some[chance.IntN(len(some))]...)
	case 2:
		o = o.to(c.all[chance.IntN(len(c.all))].sid)
	}
	switch chance.IntN(4) {
	case 0:
		o = o.except(some[chance.IntN(len(some))]...)
	case 1:
		o = o.except(c.all[chance.IntN(len(c.all))].sid)
	}
	return o
}
