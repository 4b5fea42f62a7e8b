package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

// A crowd is four members of /a by name, with their sockets.
type crowd struct {
	rig
	t       *testing.T
	conns   map[string]*servertest.Conn
	sockets map[string]*server.Socket
}

// withCrowd runs a test with members A to D. Rooms give the members of rooms.
func withCrowd(t *testing.T, rooms map[string]string, test func(*testing.T, crowd)) {
	t.Helper()
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := crowd{r, t, map[string]*servertest.Conn{}, map[string]*server.Socket{}}
		for _, name := range []string{"A", "B", "C", "D"} {
			c.conns[name] = r.WebSocket("")
			id := c.conns[name].Connect("/a")[0]
			c.sockets[name] = r.server.Of("/a").Socket(id)
		}
		for room, members := range rooms {
			for name := range strings.SplitSeq(members, "") {
				c.sockets[name].Join(room)
			}
		}
		test(t, c)
	})
}

// wantReceived fails the test unless exactly these members get the event "ev",
// once each.
func (c crowd) wantReceived(names string) {
	c.t.Helper()
	for name, conn := range c.conns {
		if strings.Contains(names, name) {
			conn.Want(`42/a,["ev"]`)
		}
		alive(conn, "/a")
	}
}

func TestWhoReceivesABroadcast(t *testing.T) {
	rooms := map[string]string{"r": "AB", "s": "BC", "x": "C"}
	type namespace = *server.Namespace
	for _, row := range []struct {
		name     string
		emit     func(n namespace, sockets map[string]*server.Socket) error
		received string
	}{
		{"namespace", func(n namespace, _ map[string]*server.Socket) error { return n.Emit("ev") }, "ABCD"},
		{"local", func(n namespace, _ map[string]*server.Socket) error { return n.Local().Emit("ev") }, "ABCD"},
		{"volatile", func(n namespace, _ map[string]*server.Socket) error { return n.Volatile().Emit("ev") }, "ABCD"},
		{"compress", func(n namespace, _ map[string]*server.Socket) error { return n.Compress(false).Emit("ev") }, "ABCD"},
		{"to", func(n namespace, _ map[string]*server.Socket) error { return n.To("r").Emit("ev") }, "AB"},
		{"in", func(n namespace, _ map[string]*server.Socket) error { return n.In("r").Emit("ev") }, "AB"},
		{"union", func(n namespace, _ map[string]*server.Socket) error { return n.To("r").To("s").Emit("ev") }, "ABC"},
		{"several rooms", func(n namespace, _ map[string]*server.Socket) error { return n.To("r", "s").Emit("ev") }, "ABC"},
		{"unknown room", func(n namespace, _ map[string]*server.Socket) error { return n.To("nobody").Emit("ev") }, ""},
		{"except", func(n namespace, _ map[string]*server.Socket) error { return n.Except("r").Emit("ev") }, "CD"},
		{"to and except", func(n namespace, _ map[string]*server.Socket) error { return n.To("r", "s").Except("x").Emit("ev") }, "AB"},
		{"except and to", func(n namespace, _ map[string]*server.Socket) error { return n.Except("x").To("r", "s").Emit("ev") }, "AB"},
		{"private", func(n namespace, s map[string]*server.Socket) error { return n.To(s["D"].ID()).Emit("ev") }, "D"},
		{"except id", func(n namespace, s map[string]*server.Socket) error { return n.Except(s["D"].ID()).Emit("ev") }, "ABC"},
		{"socket", func(_ namespace, s map[string]*server.Socket) error { return s["A"].Emit("ev") }, "A"},
		{"socket volatile", func(_ namespace, s map[string]*server.Socket) error {
			return s["A"].Volatile().Compress(false).Emit("ev")
		}, "A"},
		{"broadcast", func(_ namespace, s map[string]*server.Socket) error { return s["A"].Broadcast().Emit("ev") }, "BCD"},
		{"socket local", func(_ namespace, s map[string]*server.Socket) error { return s["A"].Local().Emit("ev") }, "BCD"},
		{"socket to", func(_ namespace, s map[string]*server.Socket) error { return s["A"].To("r").Emit("ev") }, "B"},
		{"socket in", func(_ namespace, s map[string]*server.Socket) error { return s["A"].In("r").Emit("ev") }, "B"},
		{"socket to, not a member", func(_ namespace, s map[string]*server.Socket) error { return s["D"].To("r").Emit("ev") }, "AB"},
		{"socket to itself", func(_ namespace, s map[string]*server.Socket) error { return s["A"].To(s["A"].ID()).Emit("ev") }, ""},
		{"socket except", func(_ namespace, s map[string]*server.Socket) error { return s["A"].Except("x").Emit("ev") }, "BD"},
		{"derived and dropped", func(n namespace, _ map[string]*server.Socket) error {
			o := n.To("r")
			_, _ = o.To("s"), o.Except("r")
			return o.Emit("ev")
		}, "AB"},
		{"derived twice", func(n namespace, _ map[string]*server.Socket) error {
			o := n.To("nobody")
			_ = o.To("r")
			return o.To("x").Emit("ev")
		}, "C"},
		{"own room left", func(n namespace, s map[string]*server.Socket) error {
			s["B"].Leave(s["B"].ID())
			return n.To(s["B"].ID()).Emit("ev")
		}, ""},
		{"own room left, broadcast", func(_ namespace, s map[string]*server.Socket) error {
			s["B"].Leave(s["B"].ID())
			return s["B"].Broadcast().Emit("ev")
		}, "ACD"},
		{"room left", func(n namespace, s map[string]*server.Socket) error {
			s["A"].Leave("r")
			return n.To("r").Emit("ev")
		}, "B"},
		{"sockets join", func(n namespace, _ map[string]*server.Socket) error {
			n.In("r").SocketsJoin("new", "more")
			return n.To("new").Emit("ev")
		}, "AB"},
		{"sockets leave", func(n namespace, _ map[string]*server.Socket) error {
			n.In("s").SocketsLeave("r", "s")
			return n.To("r", "s").Emit("ev")
		}, "A"},
		{"everybody joins and leaves", func(n namespace, _ map[string]*server.Socket) error {
			n.SocketsJoin("all")
			n.SocketsLeave("r")
			return n.To("all").Except("r").Emit("ev")
		}, "ABCD"},
	} {
		t.Run(row.name, func(t *testing.T) {
			withCrowd(t, rooms, func(t *testing.T, c crowd) {
				if err := row.emit(c.server.Of("/a"), c.sockets); err != nil {
					t.Fatal(err)
				}
				c.wantReceived(row.received)
			})
		})
	}
}

func TestJoinAndLeave(t *testing.T) {
	withCrowd(t, nil, func(t *testing.T, c crowd) {
		s := c.sockets["A"]
		for i, step := range []struct {
			do    func()
			rooms string
		}{
			{func() {}, "[]"},
			{func() { s.Join("r1", "r2") }, "[r1 r2]"},
			{func() { s.Join("r1") }, "[r1 r2]"},
			{func() { s.Leave("r1") }, "[r2]"},
			{func() { s.Leave("never") }, "[r2]"},
			{func() { s.Join() }, "[r2]"},
		} {
			step.do()
			if got := others(s); got != step.rooms {
				t.Errorf("step %d: rooms %s, want %s", i, got, step.rooms)
			}
		}
		if !slices.Contains(s.Rooms(), s.ID()) {
			t.Error("not in its own room")
		}
	})
}

func TestRoomsBelongToANamespace(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.WebSocket("")
		ids := c.Connect("/a", "/b")
		r.server.Of("/a").Socket(ids[0]).Join("r")
		_ = r.server.Of("/b").To("r").Emit("from b")
		_ = r.server.Of("/b").To(ids[0]).Emit("from b")
		_ = r.server.Of("/a").To("r").Emit("from a")
		c.Want(`42/a,["from a"]`)
		alive(c, "/b")
		r.server.Of("/b").Socket(ids[1]).Join("r")
		c.Send("41/a,")
		_ = r.server.Of("/b").To("r").Emit("still")
		c.Want(`42/b,["still"]`)
	})
}

func TestRoomsOfALeaverAreEmpty(t *testing.T) {
	withCrowd(t, map[string]string{"r": "AB"}, func(t *testing.T, c crowd) {
		_ = c.conns["B"].WS.Close()
		delete(c.conns, "B")
		c.notes()
		if got := c.server.Of("/a").Adapter().Members([]string{"r"}); len(got) != 1 || got[0] != c.sockets["A"].ID() {
			t.Errorf("members %v", got)
		}
		_ = c.server.Of("/a").To("r").Emit("ev")
		c.wantReceived("A")
	})
}

func TestBroadcastsAndDirectEventsKeepTheirOrder(t *testing.T) {
	withCrowd(t, nil, func(_ *testing.T, c crowd) {
		s := c.sockets["A"]
		for i := range 6 {
			if i%2 == 0 {
				_ = s.Emit("n", i)
			} else {
				_ = c.server.Of("/a").Emit("n", i)
			}
		}
		c.conns["A"].Want(`42/a,["n",0]`, `42/a,["n",1]`, `42/a,["n",2]`, `42/a,["n",3]`, `42/a,["n",4]`, `42/a,["n",5]`)
	})
}

func TestBroadcastReachesPollingToo(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		p := r.Polling("")
		p.Post("40/a,")
		p.Get()
		c := r.joined("/a")
		_ = r.server.Of("/a").Emit("bin", []byte{1, 2})
		c.Want(`451-/a,["bin",{"_placeholder":true,"num":0}]`, "bin 0102")
		if got := p.Get().Body; got != "451-/a,[\"bin\",{\"_placeholder\":true,\"num\":0}]\x1ebAQI=" {
			t.Errorf("got %q", got)
		}
	})
}

func TestFetchSockets(t *testing.T) {
	withCrowd(t, map[string]string{"r": "AB", "x": "B"}, func(t *testing.T, c crowd) {
		c.sockets["A"].Data().Set("n", 1)
		n := c.server.Of("/a")
		for _, row := range []struct {
			operator server.Operator
			names    string
		}{
			{n.In("r"), "AB"},
			{n.In("r").Except("x"), "A"},
			{n.Except("r"), "CD"},
			{c.sockets["A"].Broadcast(), "BCD"},
		} {
			fetched, err := row.operator.FetchSockets(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range fetched {
				for name, s := range c.sockets {
					if s.ID() == f.ID {
						names = append(names, name)
					}
				}
			}
			slices.Sort(names)
			if got := strings.Join(names, ""); got != row.names {
				t.Errorf("got %s, want %s", got, row.names)
			}
		}
		fetched, err := n.In("r").Except("x").FetchSockets(t.Context())
		if err != nil || len(fetched) != 1 || fetched[0].Data["n"] != 1 || !slices.Contains(fetched[0].Rooms, "r") {
			t.Fatalf("fetched %+v, %v", fetched, err)
		}
		fetched[0].Join("new")
		fetched[0].Leave("r")
		if got := others(c.sockets["A"]); got != "[new]" {
			t.Errorf("rooms %s", got)
		}
		_ = fetched[0].Emit("ev")
		c.wantReceived("A")
		fetched[0].Disconnect(false)
		c.conns["A"].Want("41/a,")
		if all, err := n.FetchSockets(t.Context()); err != nil || len(all) != 3 {
			t.Errorf("%d left, %v", len(all), err)
		}
	})
}

func TestDisconnectSockets(t *testing.T) {
	withCrowd(t, map[string]string{"kick": "A", "kill": "B"}, func(_ *testing.T, c crowd) {
		c.conns["A"].Connect("/")
		n := c.server.Of("/a")
		n.In("kick").DisconnectSockets(false)
		n.In("kill").DisconnectSockets(true)
		c.conns["A"].Want("41/a,")
		alive(c.conns["A"], "/")
		c.conns["B"].Want("41/a,")
		c.conns["B"].WantClosed()
		n.DisconnectSockets(false)
		c.conns["C"].Want("41/a,")
	})
}
