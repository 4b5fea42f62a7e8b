package suite

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// sendingScenarios are about the form and the order in which events reach the members of a room, over all transports.
var sendingScenarios = []run.Scenario{
	{
		ID:    "rooms.order.mixed",
		Title: "events sent to a socket arrive in their order, and so do those sent to its room in between",
		Rules: rules("sio.rooms.broadcast-order"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("app.operator.batch-reversed", `main: want 42/orders,["n",0]`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			var ops []peer.Op
			for n := range 4 {
				ops = append(ops, through("nsp").to(r).send("n", 2*n), through("socket").send("n", 2*n+1))
			}
			a.batch(ops...)
			var order []int
			for next := [2]int{0, 1}; len(order) < 2*4; {
				i := a.WantEither(fmt.Sprintf(`42/orders,["n",%d]`, next[0]), fmt.Sprintf(`42/orders,["n",%d]`, next[1]))
				order = append(order, next[i])
				next[i] += 2
			}
			p.Observe("order of events to a room and to a socket", "%v", order)
			b.Want(`42/orders,["n",0]`, `42/orders,["n",2]`, `42/orders,["n",4]`, `42/orders,["n",6]`)
			c.settle("a batch")
		},
	},
	{
		ID:    "rooms.order.many",
		Title: "fifty events in a row arrive at every member, in order, and none is missing",
		Rules: rules("sio.rooms.broadcast-order"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.overtaken", `main: want 42/orders,["n",0]`),
			catch("emit.last-missing", `["n",49]`),
			catch("emit.twice", `want 42/orders,["n",1]`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/orders", r)
			c.enter(p.Peer("d"), "/orders", r)
			op := through("nsp").to(r).send("n", "<n>")
			op["times"] = 50
			a.Op("/orders", op)
			for _, q := range c.peers {
				for n := range 50 {
					q.Want(fmt.Sprintf(`42/orders,["n",%d]`, n))
				}
			}
			c.settle("fifty events")
		},
	},
	{
		ID:    "rooms.payload.unchanged",
		Title: "whatever the arguments are, every member gets them unchanged",
		Rules: rules("sio.rooms.payload"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.lost-arguments", "main: want 42"),
			catch("emit.nulls-lost", "main: want 42"),
			catch("emit.text-damaged", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			for _, args := range [][]any{
				{"none"},
				{"empty", ""},
				{"plain", nil, true, false, 0, -1, 1.5, 9007199254740991, "", []any{}, map[string]any{}},
				{"text", "é 日本 \U0001F600 \u2028\u2029 \x00\x1e\x1f\x7f \"\\/", `42["x"]`, `451-["x"]`},
				{"nested", map[string]any{"a": []any{map[string]any{"b": nil}, []any{[]any{}}}, "": 1, "é": map[string]any{"_placeholder": false}}},
			} {
				a.Op("/orders", through("nsp").to(r).send(args...))
				a.Want("42/orders," + peer.JSON(args))
				b.Want("42/orders," + peer.JSON(args))
			}
			c.settle("plain arguments")
		},
	},
	{
		ID:    "rooms.payload.many",
		Title: "an event may have many arguments, whoever sends it, and all of them arrive",
		Rules: rules("sio.rooms.payload"),
		Needs: needs("dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"rooms.payload.unchanged", "dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("emit.later-arguments-lost", "want 42"),
			catch("emit.lost-arguments", "want 42"),
		},
		Run: func(p *peer.Peer) {
			name, q := dynamicName(p), p.Peer("b")
			p.Connect(name)
			q.Connect(name)
			args := []any{"many", 1, "2", nil, true, []any{5}, map[string]any{"six": 6}, 7.5, "", false, 10, "eleven"}
			for _, s := range []struct {
				via string
				to  []*peer.Peer
			}{{"nsp", []*peer.Peer{p, q}}, {"broadcast", []*peer.Peer{q}}, {"socket", []*peer.Peer{p}}} {
				p.Op(name, through(s.via).send(args...))
				for _, member := range s.to {
					member.About("sent through "+s.via, func() { member.Want("42" + name + "," + peer.JSON(args)) })
				}
			}
			p.WantNothing()
			q.WantNothing()
		},
	},
	{
		ID:    "rooms.payload.sizes",
		Title: "an event of any size reaches every member whole",
		Rules: rules("sio.rooms.payload"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.payload.unchanged"},
		Catches: []run.Catch{
			catch("emit.long-cut", "the event of"),
			catch("emit.long-lost", "the event of"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			for _, size := range []int{124, 125, 126, 127, 4096, 65535, 65536, 70001} { // where the length takes another form in a WebSocket frame
				args := []any{"size", strings.Repeat("x", size-len(`42/orders,["size",""]`))}
				p.About(fmt.Sprintf("the event of %d bytes", size), func() {
					a.Op("/orders", through("nsp").to(r).send(args...))
					a.Want("42/orders," + peer.JSON(args))
					b.Want("42/orders," + peer.JSON(args))
				})
			}
			c.settle("long events")
		},
	},
	{
		ID:    "rooms.binary.all",
		Title: "a binary event reaches every member as a packet with its attachments behind it",
		Rules: rules("sio.rooms.broadcast-binary"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.attachments-lost", "an attachment"),
			catch("emit.attachments-late", "the bytes of the attachment differ"),
			catch("emit.attachments-for-one", "b: want an attachment"),
			catch("emit.attachments-emptied", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			c.enter(p.Peer("d"), "/orders")
			first, second := []byte{0, 1, 2, 0xff}, []byte(`42["not a packet"]`)
			op := through("nsp").to(r).send("file", peer.Placeholder(0), map[string]any{"more": []any{peer.Placeholder(1)}})
			a.StartBinaryOp("/orders", op, first, second).Value()
			for _, q := range c.peers[:2] {
				q.Want(`452-/orders,["file",{"_placeholder":true,"num":0},{"more":[{"_placeholder":true,"num":1}]}]`)
				q.WantBinary(first, second)
			}
			c.settle("a binary event")
			op = through("broadcast").to(r).send("file", peer.Placeholder(0))
			a.StartBinaryOp("/orders", op, nil).Value()
			b.Want(`451-/orders,["file",{"_placeholder":true,"num":0}]`)
			b.WantBinary(nil)
			c.settle("an empty attachment")
		},
	},
	{
		ID:    "rooms.binary.adjacent",
		Title: "the attachments of an event stand right behind it, whatever is sent around it",
		Rules: rules("sio.rooms.broadcast-binary"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.binary.all"},
		Catches: []run.Catch{
			catch("emit.attachments-late", "want an attachment"),
			catch("emit.attachments-lost", "want an attachment"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			c.enter(p.Peer("b"), "/orders", r)
			a.StartBinaryOp("/orders", peer.Op{"do": "batch", "ops": []peer.Op{
				through("nsp").to(r).send("a", 1),
				through("nsp").to(r).send("b", peer.Placeholder(0)),
				through("nsp").to(r).send("c", 2),
				through("nsp").to(r).send("d", peer.Placeholder(1)),
			}}, []byte("one"), []byte("two")).Value()
			for _, q := range c.peers {
				q.Want(`42/orders,["a",1]`, `451-/orders,["b",{"_placeholder":true,"num":0}]`)
				q.WantBinary([]byte("one"))
				q.Want(`42/orders,["c",2]`, `451-/orders,["d",{"_placeholder":true,"num":0}]`)
				q.WantBinary([]byte("two"))
			}
			c.settle("binary events among others")
		},
	},
	{
		ID:    "rooms.binary.concurrent",
		Title: "when two sockets send binary events to one room at the same time, each event keeps its own attachment",
		Rules: rules("sio.rooms.broadcast-binary"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.binary.adjacent", "rooms.order.many"},
		Catches: []run.Catch{
			catch("emit.attachments-late", "want an attachment"),
			catch("emit.attachments-lost", "want an attachment"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			b := c.enter(p.Peer("b"), "/orders", r)
			c.enter(p.Peer("d"), "/orders", r)
			data := map[string][]byte{`"a"`: {'a', 0, 'a'}, `"b"`: {'b', 0xff}}
			fromA, fromB := through("nsp").to(r).send("file", "a", peer.Placeholder(0)), through("nsp").to(r).send("file", "b", peer.Placeholder(0))
			fromA["times"], fromB["times"] = 20, 20
			first, second := a.StartBinaryOp("/orders", fromA, data[`"a"`]), b.StartBinaryOp("/orders", fromB, data[`"b"`])
			first.Value()
			second.Value()
			for _, q := range c.peers {
				for range 40 {
					who := q.Want(`451-/orders,["file",<who:text>,{"_placeholder":true,"num":0}]`)["who"]
					q.WantBinary(data[who])
				}
			}
			c.settle("binary events of two senders")
		},
	},
	{
		ID:    "rooms.transports.alike",
		Title: "members over long-polling, over WebSocket and after an upgrade get the same events",
		Rules: rules("sio.rooms.broadcast-polling"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"rooms.to.members", "rooms.binary.all"},
		Catches: []run.Catch{
			catch("emit.polling-unheard", "want 42"),
			catch("emit.websocket-unheard", "want 42"),
			catch("emit.polling-text-only", "poller: want an attachment"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			poller := c.enter(p.PeerOver("poller", peer.Polling), "/orders", r)
			socket := c.enter(p.PeerOver("socket", peer.WebSocket), "/orders", r)
			c.emit(a, through("nsp").to(r), a, poller, socket)
			if p.Offers(peer.Upgraded) {
				mover := c.enter(p.PeerOver("mover", peer.Polling), "/orders", r)
				c.emit(a, through("nsp").to(r), a, poller, socket, mover)
				mover.Upgrade()
			}
			c.emit(a, through("broadcast").to(r), c.all[1:]...)
			a.StartBinaryOp("/orders", through("broadcast").to(r).send("file", peer.Placeholder(0)), []byte{1, 0, 2}).Value()
			for _, q := range c.peers[1:] {
				q.Want(`451-/orders,["file",{"_placeholder":true,"num":0}]`)
				q.WantBinary([]byte{1, 0, 2})
			}
			c.settle("a binary event")
		},
	},
	{
		ID:    "rooms.stalled.others-served",
		Title: "a member that does not read holds up nobody, and gets everything in order once it reads",
		Rules: rules("sio.rooms.stalled-member"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"rooms.order.many"},
		Catches: []run.Catch{
			catch("emit.last-missing", `["n",39,`),
			catch("emit.stalled-by-member", `want 42/orders,["n",`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, "/orders", r)
			d := c.enter(p.Peer("d"), "/orders", r)
			b := p.PeerOver("b", peer.Polling)
			joinWithoutPolling(b, r)
			op := through("nsp").to(r).send("n", "<n>", strings.Repeat("x", 500))
			op["times"] = 40
			a.Op("/orders", op)
			for _, q := range c.peers {
				for n := range 40 {
					q.Want(fmt.Sprintf(`42/orders,["n",%d,<text>]`, n))
				}
			}
			d.leave(r)
			d.join(r)
			c.emit(d, through("broadcast").to(r), a)
			var got []string
			for _, packet := range pollUntil(b, `42/orders,["news"`) {
				name, _, _ := strings.Cut(packet, `,"x`)
				got = append(got, name)
			}
			for n := range 40 {
				if want := fmt.Sprintf(`42/orders,["n",%d`, n); n >= len(got) || got[n] != want {
					p.Failf("b: want %s as packet %d of the polls, got %q", want, n, got)
				}
			}
		},
	},
	{
		ID:    "rooms.many.members",
		Title: "an event reaches each of thirty members of a room, and each once",
		Rules: rules("sio.rooms.many-members"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"rooms.to.members"},
		Catches: []run.Catch{
			catch("emit.fifteen-recipients", "m14: want 42"),
			catch("emit.once-a-room", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, s := c.room("r"), c.room("s")
			a := c.enter(p, "/orders", r, s)
			for n := range 29 {
				c.enter(p.Peer(fmt.Sprintf("m%d", n)), "/orders", r, s)
			}
			c.emit(a, through("nsp").to(r), c.all...)
			c.emit(a, through("broadcast").to(r, s), c.all[1:]...)
		},
	},
}

// joinWithoutPolling joins a room of /orders over long-polling and then leaves no GET open: until the next one the peer cannot be written to.
func joinWithoutPolling(p *peer.Peer, room string) {
	p.Manual()
	p.Open()
	wantJoinedPolled(p)
	p.Post("40/orders,")
	pollUntil(p, `42/orders,["auth",`)
	p.Post(`42/orders,1["op",` + peer.JSON(peer.Op{"do": "join", "rooms": []string{room}}) + "]")
	pollUntil(p, "43/orders,1[")
}

// pollUntil polls a manual session until a packet begins with prefix, and returns all that came.
func pollUntil(p *peer.Peer, prefix string) []string {
	var packets []string
	for found := false; !found; {
		res := p.Get()
		if res.Status != http.StatusOK {
			p.Failf("%s: want packets up to one that begins with %s, got HTTP status %d", p.Name(), prefix, res.Status)
		}
		for _, part := range peer.DecodePayload(p.Config().Revision, res.Header, res.Body) {
			packets = append(packets, string(part.Data))
			found = found || strings.HasPrefix(string(part.Data), prefix)
		}
	}
	return packets
}
