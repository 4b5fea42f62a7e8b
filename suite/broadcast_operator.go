package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// operatorScenarios are about operators that are used more than once, or not at all, and about flags.
var operatorScenarios = []run.Scenario{
	{
		ID:    "rooms.operator.derived",
		Title: "what is derived from an operator and not used changes nothing in it",
		Rules: rules("sio.rooms.operator-immutable"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("operator.mutable-rooms", "b: want nothing"),
			catch("operator.mutable-except", "main: want 42"),
			catch("app.operator.mutable", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", s)
			c.enter(p.Peer("d"), "/orders")
			c.emit(a, through("nsp").to(r).discard(through("").to(s)), a)
			c.emit(a, through("nsp").to(r).discard(through("").in(s)), a)
			c.emit(a, through("nsp").to(r).discard(through("").except(r)), a)
			c.emit(a, through("broadcast").to(s).discard(through("").to(r, b.sid).except(s)), b)
		},
	},
	{
		ID:     "rooms.operator.dropped",
		Title:  "an operator, used or not, does not narrow what is sent afterwards",
		Rules:  rules("sio.rooms.nsp-state-shared"),
		Needs:  needsContract,
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.namespace.all"},
		Catches: []run.Catch{
			catch("operator.mutable-rooms", "b: want 42"),
			catch("operator.leaks", "b: want 42"),
			catch("app.operator.sticky", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/", r)
			b := c.enter(p.Peer("b"), "/")
			c.emit(a, through("nsp").discard(through("").to(r)), a, b)
			c.emit(a, through("server").discard(through("").to(r)), a, b)
			c.emit(a, through("broadcast").discard(through("").to(r)), b)
			c.emit(a, through("nsp").to(r), a)
			c.emit(a, through("nsp"), a, b)
		},
	},
	{
		ID:    "rooms.operator.next",
		Title: "rooms, exceptions and flags count for one event only, and not for the next one in the same turn",
		Rules: rules("sio.rooms.flags.not-sticky"),
		Needs: needs("except"),
		On:    pollingAndWS,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("operator.sticky-rooms", `["to r"]`),
			catch("operator.sticky-except", `["to r`),
			catch("operator.sticky-sender", `main: want 42/orders,["to s"]`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders", r, s)
			b := c.enter(p.Peer("b"), "/orders", r)
			d := c.enter(p.Peer("d"), "/orders", s)
			a.batch(
				through("nsp").to(r).except(b.sid).with("compress").send("to r but b"),
				through("broadcast").to(r).send("to r but main"),
				through("nsp").to(s).send("to s"),
				through("nsp").to(r).send("to r"),
				through("socket").send("to main"),
			)
			a.WantAmong(`42/orders,["to main"]`) // in its own time, see sio.rooms.broadcast-order
			a.Want(`42/orders,["to r but b"]`, `42/orders,["to s"]`, `42/orders,["to r"]`)
			b.Want(`42/orders,["to r but main"]`, `42/orders,["to r"]`)
			d.Want(`42/orders,["to s"]`)
			c.settle("a batch")
		},
	},
	{
		ID:    "rooms.operator.concurrent",
		Title: "what two sockets send to two rooms at the same time does not get mixed up",
		Rules: rules("sio.rooms.operator-immutable"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.order.many"},
		Catches: []run.Catch{
			catch("operator.last-room-of-anyone", `42/orders,["s",0]`),
			catch("emit.to-ignored", `want 42/orders,["`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", s)
			d := c.enter(p.Peer("d"), "/orders", r)
			e := c.enter(p.Peer("e"), "/orders", s)
			toR, toS := through("nsp").to(r).send("r", "<n>"), through("nsp").to(s).send("s", "<n>")
			toR["times"], toS["times"] = 40, 40
			first, second := a.StartOp("/orders", toR), b.StartOp("/orders", toS)
			first.Value()
			second.Value()
			for n := range 40 {
				a.Want(fmt.Sprintf(`42/orders,["r",%d]`, n))
				b.Want(fmt.Sprintf(`42/orders,["s",%d]`, n))
				d.Want(fmt.Sprintf(`42/orders,["r",%d]`, n))
				e.Want(fmt.Sprintf(`42/orders,["s",%d]`, n))
			}
			c.settle("two senders")
		},
	},
	{
		ID:    "rooms.flags.target-kept",
		Title: "flags change nothing about whom an event reaches, nor in the event",
		Rules: rules("sio.rooms.flags.compress", "sio.rooms.flags.local"),
		Needs: needs("except"),
		On:    everyTransport,
		After: []string{"rooms.except.wins"},
		Catches: []run.Catch{
			catch("operator.flag-drops-rooms", "want nothing"),
			catch("operator.flag-drops-except", "b: want nothing"),
			catch("operator.flag-drops-sender", "main: want nothing"),
			catch("emit.local-unheard", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, x := c.room("r"), c.room("x")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/orders", r, x)
			d := c.enter(p.Peer("d"), "/orders", r)
			c.enter(p.Peer("e"), "/orders")
			for _, flags := range [][]string{{"compress"}, {"uncompressed"}, {"local"}, {"local", "compress"}} {
				c.emit(a, through("nsp").to(r).except(x).with(flags...), a, d)
				c.emit(a, through("broadcast").to(r).except(x).with(flags...), d)
			}
		},
	},
	{
		ID:     "rooms.flags.whole-namespace",
		Title:  "an event with a flag and without rooms is sent to the whole namespace",
		Rules:  rules("sio.rooms.flags.compress", "sio.rooms.flags.local"),
		Needs:  needsContract,
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.namespace.all"},
		Catches: []run.Catch{
			catch("emit.local-unheard", "main: want 42"),
			catch("emit.flagged-to-sender", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			a := c.enter(p, "/")
			b := c.enter(p.Peer("b"), "/")
			for _, flag := range []string{"compress", "uncompressed", "local"} {
				c.emit(a, through("nsp").with(flag), a, b)
				c.emit(a, through("server").with(flag), a, b)
				c.emit(a, through("broadcast").with(flag), b)
			}
		},
	},
	{
		ID:    "rooms.flags.volatile",
		Title: "a volatile event reaches the socket, or the members of the room, whose connection is idle, and nobody else",
		Rules: rules("sio.rooms.flags.volatile"),
		Needs: needs("volatile"),
		On:    overWebSocket,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.volatile-lost", "b: want 42"),
			catch("operator.flag-drops-rooms", "d: want nothing"),
			catch("operator.flag-drops-sender", "main: want nothing"),
			catch("emit.volatile-lost-to-socket", "main: want 42"),
			catch("app.operator.volatile-lost", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			c.enter(p.Peer("d"), "/orders")
			c.emit(a, through("broadcast").to(r).with("volatile"), b)
			c.emit(b, through("broadcast").to(r).with("volatile"), a)
			c.emit(a, through("nsp").to(b.sid).with("volatile"), b)
			c.emit(a, through("socket").with("volatile"), a)
		},
	},
	{
		ID:    "rooms.flags.volatile-binary",
		Title: "a volatile event with attachments reaches a client whose connection is idle with all of them",
		Rules: rules("sio.rooms.flags.volatile"),
		Needs: needs("volatile"),
		On:    webSocketOnly,
		After: []string{"rooms.flags.volatile", "rooms.binary.all"},
		Catches: []run.Catch{
			catch("emit.volatile-lost", "b: want 451"),
			catch("binary.dropped", "b: want an attachment"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders", r)
			for n := range 3 {
				data := []byte{byte(n), 0xff}
				a.StartBinaryOp("/orders", through("nsp").to(r).with("volatile").send("bin", peer.Placeholder(0)), data).Value()
				b.WantMessage(`451-/orders,["bin",`+blob(0)+`]`, data)
				b.WantOpen()
			}
		},
	},
	{
		ID:    "rooms.flags.volatile-namespace",
		Title: "a volatile event without rooms reaches the whole namespace",
		Rules: rules("sio.rooms.flags.volatile"),
		Needs: needs("volatile", "dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"rooms.flags.volatile"},
		Catches: []run.Catch{
			catch("emit.volatile-lost", "main: want 42"),
			catch("emit.flagged-to-sender", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name := dynamicName(p)
			a := c.enter(p, name)
			b := c.enter(p.Peer("b"), name)
			c.enter(p.Peer("d"), "/orders")
			c.emit(a, through("nsp").with("volatile"), a, b)
			c.emit(b, through("broadcast").with("volatile"), a)
		},
	},
	{
		ID:    "rooms.flags.volatile-polling",
		Title: "volatile events reach a client over long-polling whose GET is open",
		Rules: rules("sio.rooms.flags.volatile"),
		Needs: needs("volatile"),
		On:    pollingOnly,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.volatile-lost", "want at least one of ten volatile events"),
			catch("emit.twice", "want volatile events once and in order"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			b := c.enter(p.Peer("b"), "/orders", r)
			for n := range 10 { // one that comes between two GETs may be dropped
				a.Op("/orders", through("nsp").to(r).with("volatile").send("n", n))
				a.wait(20)
			}
			got, _ := b.Settle()
			if len(got) == 0 {
				p.Failf("b: want at least one of ten volatile events, got none")
			}
			last := ""
			for _, packet := range got {
				if text := string(packet.Raw); text <= last {
					p.Failf("b: want volatile events once and in order, got %s behind %s", text, last)
				}
				last = string(packet.Raw)
			}
		},
	},
	{
		ID:    "rooms.flags.volatile-not-ready",
		Title: "a volatile event for a client that cannot be written to just now is dropped; the next event is kept for it",
		Rules: rules("sio.rooms.flags.volatile-not-writable"),
		Needs: needs("volatile"),
		On:    pollingOnly,
		Catches: []run.Catch{
			catch("emit.volatile-kept", "the poll"),
			catch("operator.volatile-sticky", "the poll"),
			catch("app.operator.volatile-kept", "the polls"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders")
			b := p.Peer("b")
			joinWithoutPolling(b, r)
			a.Op("/orders", through("nsp").to(r).with("volatile").send("lost"))
			a.Op("/orders", through("nsp").to(r).send("kept"))
			b.Post(`42/orders,2["op",` + peer.JSON(through("socket").with("volatile").send("lost")) + "]")
			b.Post(`42/orders,3["op",` + peer.JSON(through("socket").send("kept")) + "]")
			b.Post(`42/orders,4["op",` + peer.JSON(through("broadcast").to(c.room("nobody")).with("volatile").send("lost")) + "]")
			b.Post(`42/orders,5["op",` + peer.JSON(through("socket").send("kept")) + "]")
			const kept, ok = `42/orders,["kept"]`, `[{"ok":null}]`
			got := strings.Join(slices.Sorted(slices.Values(pollUntil(b, "43/orders,5["))), " ") // in any order, see sio.rooms.broadcast-order
			if want := strings.Join([]string{kept, kept, kept, "43/orders,2" + ok, "43/orders,3" + ok, "43/orders,4" + ok, "43/orders,5" + ok}, " "); got != want {
				p.Fail(&peer.Failure{Reason: fmt.Sprintf("the polls of b: want %s, got %s", want, got), Expected: want, Actual: got})
			}
		},
	},
	{
		ID:    "rooms.flags.volatile-not-ready-namespace",
		Title: "a volatile event without rooms, and one that wants acknowledgements, is dropped for who cannot be written to just now, too",
		Rules: rules("sio.rooms.flags.volatile-not-writable"),
		Needs: needs("volatile", "dynamic.pattern", "ack.broadcast", "ack.timeout"),
		On:    pollingOnly,
		After: []string{"rooms.flags.volatile-not-ready"},
		Catches: []run.Catch{
			catch("emit.volatile-kept", "the polls"),
			catch("app.operator.volatile-kept", "the polls"),
		},
		Run: func(p *peer.Peer) {
			a, b := p.PeerOver("a", peer.WebSocket), p.Peer("b")
			name := dynamicName(p)
			a.Connect(name)
			b.Manual()
			b.Open()
			wantJoinedPolled(b) // in revision 4 what comes for the main namespace would come in between
			b.Post("40" + name + ",")
			pollUntil(b, "42"+name+`,["auth",`)
			a.Op(name, through("nsp").with("volatile").send("lost"))
			a.Op(name, through("broadcast").with("volatile").send("lost"))
			ask := through("broadcast").with("volatile").send("lost")
			ask["ack"] = 1
			a.StartOp(name, ask).Reply()
			a.Op(name, through("nsp").send("kept"))
			if got, want := strings.Join(pollUntil(b, "42"+name+`,["kept"`), " "), "42"+name+`,["kept"]`; got != want {
				p.Fail(&peer.Failure{Reason: fmt.Sprintf("the polls of b: want %s, got %s", want, got), Expected: want, Actual: got})
			}
			a.Want("42"+name+`,["lost"]`, "42"+name+`,["kept"]`)
		},
	},
	{
		ID:     "rooms.flags.volatile-not-ready-server",
		Title:  "a volatile event through the server is dropped for who cannot be written to just now, and the next one is kept",
		Rules:  rules("sio.rooms.flags.volatile-not-writable"),
		Needs:  needs("volatile"),
		On:     pollingOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"rooms.flags.volatile-not-ready"},
		Catches: []run.Catch{
			catch("emit.volatile-kept", "the polls"),
			catch("operator.server-volatile-kept", "the polls"),
			catch("operator.volatile-sticky", "the polls"),
		},
		Run: func(p *peer.Peer) {
			a, b := p.PeerOver("a", peer.WebSocket), p.Peer("b")
			a.Connect("/")
			b.Manual()
			b.Open()
			wantJoinedPolled(b)
			a.Op("/", through("server").with("volatile").send("lost"))
			a.Op("/", through("server").send("kept"))
			b.Post(`421["op",{"do":"echo","value":1}]`)
			if got, want := strings.Join(pollUntil(b, "431["), " "), `42["kept"] 431[{"ok":1}]`; got != want {
				p.Fail(&peer.Failure{Reason: fmt.Sprintf("the polls of b: want %s, got %s", want, got), Expected: want, Actual: got})
			}
			a.Want(`42["lost"]`, `42["kept"]`)
		},
	},
	{
		ID:    "rooms.flags.uncompressed",
		Title: "an event that is sent uncompressed is not compressed for a client over long-polling that accepts compression",
		Rules: rules("sio.rooms.flags.uncompressed"),
		Needs: needsContract,
		On:    only(rev5, pollingOnly),
		After: []string{"rooms.flags.target-kept", "polling.poll.compression"},
		Catches: []run.Catch{
			catch("engine.compression.flag-ignored", `is compressed with "gzip"`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a, b := c.enter(p.PeerBeside("a", peer.WebSocket), "/orders"), p.Peer("b")
			joinWithoutPolling(b, r)
			text := strings.Repeat("compressible ", 300)
			wantPlain := func(how string) {
				res := b.HTTP(peer.Request{Query: b.SessionQuery(peer.Polling), Header: http.Header{"Accept-Encoding": {"gzip"}}})
				if encoding := res.Header.Get("Content-Encoding"); encoding != "" {
					p.Failf("an event that %s uncompressed is compressed with %q", how, encoding)
				}
				if want := `42/orders,["news","` + text + `"]`; string(res.Body) != want {
					p.Failf("an event that %s uncompressed: want the %d bytes of %.40q, got %d of %.40q", how, len(want), want, len(res.Body), res.Body)
				}
			}
			for _, via := range []string{"nsp", "broadcast"} {
				a.Op("/orders", through(via).to(r).with("uncompressed").send("news", text))
				wantPlain(via + " sends")
			}
			b.Post(`42/orders,["op",` + peer.JSON(through("socket").with("uncompressed").send("news", text)) + "]")
			wantPlain("the socket sends")
		},
	},
	{
		ID:    "rooms.reserved.refused",
		Title: "a server does not send an event with a reserved name",
		Rules: rules("sio.rooms.reserved-emit"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.to.members"},
		// An operator that keeps its rooms, as in socket.io 3, changes what is sent next, in whichever scenario that is.
		Traits: run.Traits{Alone: true},
		Catches: []run.Catch{
			catch("emit.reserved-sent", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
				for _, o := range []operatorCall{through("nsp").to(r), through("broadcast").to(r), through("socket")} {
					a.StartOp("/orders", o.send(name, 1)).Reply()
				}
				c.settle(fmt.Sprintf("an event named %q", name))
			}
			c.emit(a, through("nsp").to(r), a, b)
		},
	},
}
