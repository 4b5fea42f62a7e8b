package suite

import (
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientEventScenarios are about events, both ways.
var clientEventScenarios = []run.Scenario{
	forClients("client.emit.root-frame", "an event of the main namespace is its type and an array of name and arguments", clientEverywhere,
		caught("client.event.unsent", "want 42", "client.event.sent-twice", "want nothing; got 42", "client.event.renamed", "want \"hello\"", "client.call.emit", "want 42"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Emit("hello", 1, "2", map[string]any{"a": []any{3, nil, true}})
			k.Session().Want(`42["hello",1,"2",{"a":[3,null,true]}]`)
		}),
	forClients("client.emit.root-unnamed", "an event of the main namespace does not name it", clientBoth,
		caught("client.event.main-named", "the bytes differ", "client.event.unsent", "want 42"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Emit("hello")
			k.Session().WantRaw(`42["hello"]`)
		}),
	forClients("client.emit.custom-frame", "an event of a custom namespace names it", clientEverywhere,
		caught("client.event.sent-in-main", "want namespace /admin", "client.event.unsent", "want 42/admin", "client.event.sent-twice", "want nothing; got 42/admin"),
		func(s *driver.Stage) {
			k := s.Connected("/admin")
			k.Emit("bar")
			k.Session().Want(`42/admin,["bar"]`)
		}),
	forClients("client.emit.plain-names", "names that the language of the client knows otherwise are names like any other for events, both ways", clientBoth,
		caught("client.event.plain-name-unsent", "want 42", "client.event.undelivered", "want event constructor", "client.event.unsent", "want 42"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			for _, name := range []string{"constructor", "toString", "hasOwnProperty"} {
				k.Emit(name, 1)
				k.Session().Want(`42["` + name + `",1]`)
				k.On(name)
				k.Session().Send(`42["` + name + `",2]`)
				k.WantEvent(name, "[2]")
			}
		}),
	forClients("client.emit.order", "events are sent in the order in which the application sends them, across namespaces too", clientBoth,
		caught("client.event.reordered", "want 42/", "client.event.sent-in-main", "want namespace"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			var want []string
			s.Batch(func() {
				for i := range 10 {
					a.Emit("n", 2*i)
					b.Emit("n", 2*i+1)
					want = append(want, fmt.Sprintf(`42/a,["n",%d]`, 2*i), fmt.Sprintf(`42/b,["n",%d]`, 2*i+1))
				}
			})
			a.Session().Want(want...)
		}),
	forClients("client.emit.utf8", "text outside ASCII is sent as UTF-8", clientEverywhere,
		caught("client.event.latin1", "data[0]"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Emit("tést", "てすと — 😀")
			k.Session().Want(`42["tést","てすと — 😀"]`)
		}),
	forClients("client.emit.undefined-argument", "an argument that JSON does not have is sent as null", clientBoth,
		caught("client.event.unsent", "want 42", "client.event.null-dropped", "want 42"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Emit("x", driver.Undefined, 1)
			k.Session().Want(`42["x",null,1]`)
		}),
	forClients("client.emit.numeric-event-name", "an event may have a number as its name", clientBoth,
		caught("client.event.unsent", "want 42", "client.event.name-as-text", "want 42[7"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			op := k.OpEmit("", "x")
			k.EmitWith(driver.Op{"event": 7, "args": op["args"]}, "")
			k.Session().Want(`42[7,"x"]`)
		}),
	forClients("client.emit.buffered-until-connected", "what is sent before the namespace is connected is sent, in order, when it is", clientEverywhere,
		caught("client.event.early", "want", "client.event.reordered", "want 42/a", "client.event.buffer-lost", "want 42/a"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.Emit("x", 1)
				k.Emit("x", 2)
			})
			c := s.WantConnect("/a")
			s.LetPass(s.Scaled(50 * time.Millisecond))
			wantNoPackets(s, c)
			k.AcceptOn(c)
			c.Want(`42/a,["x",1]`, `42/a,["x",2]`)
		}),
	forClients("client.emit.buffer-per-namespace", "that one namespace is connected does not send what waits for another", clientBoth,
		caught("client.event.early", "want", "client.event.buffer-lost", "want 42/"),
		func(s *driver.Stage) {
			var a, b *driver.Socket
			s.Batch(func() {
				a, b = s.Open("/a"), s.Open("/b")
				b.Emit("y")
				a.Emit("x")
			})
			c := s.WantConnect("/a")
			s.WantConnect("/b")
			a.AcceptOn(c)
			c.Want(`42/a,["x"]`)
			a.WantNothing()
			b.AcceptOn(c)
			c.Want(`42/b,["y"]`)
		}),
	forClients("client.emit.receive-buffer", "what is received before the namespace is connected is delivered when it is, and not before", clientBoth,
		caught("client.event.undelivered", "want event m", "client.event.delivered-twice", "want nothing"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.On("m")
			})
			c := s.WantConnect("/a")
			c.Send(`42/a,["m",1]`)
			s.LetPass(s.Scaled(50 * time.Millisecond))
			k.WantNoEvents("want nothing delivered before the namespace is connected")
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.Tolerate("connect")
			k.WantEvent("m", "[1]")
		}),
	needing(forClients("client.emit.volatile-connected", "a volatile event is sent while the socket is connected", client5WS,
		caught("client.event.volatile-dropped", "want 42"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			s.LetPass(s.Scaled(50 * time.Millisecond))
			k.EmitWith(driver.Op{"volatile": true}, "x")
			k.Session().Want(`42["x"]`)
		}), "volatile"),
	needing(forClients("client.emit.volatile-dropped-offline", "a volatile event is dropped while there is no connection", client5Both,
		caught("client.event.volatile-kept", `got 42/a,["v"]`),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.EmitWith(driver.Op{"volatile": true}, "v")
				k.Emit("n")
			})
			k.Accept().Want(`42/a,["n"]`)
		}), "volatile"),
	needing(forClients("client.emit.volatile-not-ready", "a volatile event is dropped while the connection is busy with another one", client5Polling,
		caught("client.event.volatile-kept", `got 42/a,["v"]`, "client.event.unsent", "want 42/a"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			s.Batch(func() {
				k.Emit("n", 1)
				k.EmitWith(driver.Op{"volatile": true}, "v")
				k.Emit("n", 2)
			})
			k.Session().Want(`42/a,["n",1]`, `42/a,["n",2]`)
			k.WantNothing()
		}), "volatile"),
	needing(forClients("client.emit.volatile-flag-single-use", "the event behind a volatile one is not volatile", client5Both,
		caught("client.event.volatile-sticks", `want 42/a,["n1"]`),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.EmitWith(driver.Op{"volatile": true}, "v")
				k.Emit("n1")
				k.Emit("n2")
			})
			k.Accept().Want(`42/a,["n1"]`, `42/a,["n2"]`)
		}), "volatile"),
	forClients("client.emit.after-disconnect-buffered", "what is sent behind a disconnect is sent when the socket is connected again", clientBoth,
		caught("client.event.unsent", "want 42/a", "client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			c := k.Session()
			k.Disconnect()
			k.Emit("x")
			k.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			c.WantClosed()
			k.Connect()
			k.Accept().Want(`42/a,["x"]`)
		}),
	forClients("client.recv.args", "the arguments of an event are delivered as they were sent", clientEverywhere,
		caught("client.event.arguments-lost", "args", "client.event.undelivered", "want event m", "client.event.delivered-twice", "want nothing", "client.call.listen", "want event m", "client.event.arguments-reversed", "args", "client.event.name-lost", "name"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m")
			k.Session().Send(`42["m",1,"two",[3],{"f":false},null,"é😀"]`)
			k.WantEvent("m", `[1,"two",[3],{"f":false},null,"é😀"]`)
		}),
	forClients("client.recv.order", "events are delivered in the order in which they came", clientBoth,
		caught("client.event.delivered-reordered", "want event n with [0]", "client.event.undelivered", "want event n", "client.event.misrouted", "want"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.On("n")
			b.On("n")
			var packets []string
			for i := range 20 { // two in each namespace in turn
				packets = append(packets, fmt.Sprintf(`42/%c,["n",%d]`, "aabb"[i%4], i))
			}
			a.Session().SendTogether(packets...)
			last := 0.0
			for i := range 20 {
				l := []*driver.Socket{a, a, b, b}[i%4].WantEvent("n", fmt.Sprintf("[%d]", i))
				if t := l.Number("t"); t < last {
					s.Failf("event %d was delivered before the one before it", i)
				} else {
					last = t
				}
			}
		}),
	forClients("client.recv.unlistened-event", "an event that nobody listens to does not disturb", clientBoth,
		caught("client.event.undelivered", "want event m", "client.ack.unasked", "want nothing; got 43"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m")
			k.Session().Send(`42["nobody"]`, `42["m"]`)
			k.WantEvent("m", "[]")
		}),
	forClients("client.recv.unknown-namespace", "packets of a namespace that is not open have no effect", clientBoth,
		caught("client.event.of-others", "want event m with [1]", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.On("m")
			k.Session().Send(`42/zzz,["m",0]`, `43/zzz,0[]`, "41/zzz,", `44/zzz,{"message":"x"}`, `42/a,["m",1]`)
			k.WantEvent("m", "[1]")
		}),
	forClients("client.recv.root-event-custom-client", "an event of the main namespace does not reach a client that has joined a custom one only", clientBoth,
		caught("client.event.of-main-everywhere", "want event m with [1]"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.On("m")
			k.Session().Send(`42["m",0]`, `42/a,["m",1]`)
			k.WantEvent("m", "[1]")
		}),
	forClients("client.recv.after-local-disconnect", "an event of a namespace that was left is not delivered", clientBoth,
		caught("client.event.of-others", "want nothing; got"),
		func(s *driver.Stage) {
			a, left := s.Connected("/a"), s.Connected("/left")
			a.On("m")
			left.On("m")
			left.Disconnect()
			left.WantDisconnected("io client disconnect")
			a.Session().Want("41/left,")
			a.Session().Send(`42/left,["m"]`)
			a.WantNothing()
		}),
	needing(forClients("client.recv.catch-all", "a catch-all listener is called for every event of its namespace, before the listener of the event", client5Both,
		caught("client.event.catch-all-unreported", "another kind", "client.event.catch-all-twice", "another kind", "client.call.catch-all", "another kind"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.Any("in")
			a.On("m")
			b.On("m")
			a.Session().Send(`42/a,["m",1]`, `42/a,["x",2]`, `42/b,["m",3]`)
			a.WantAny("any", "m", "[1]")
			a.WantEvent("m", "[1]")
			a.WantAny("any", "x", "[2]")
			b.WantEvent("m", "[3]")
		}), "any-in"),
	needing(forClients("client.recv.catch-all-outgoing", "an outgoing catch-all listener is called for each event when it is sent, and not for acknowledgements", client5Both,
		caught("client.event.catch-all-unreported", "want any_out", "client.event.catch-all-twice", "want"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.Any("out")
				k.Emit("x")
			})
			c := s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.Tolerate("connect")
			k.WantAny("any_out", "x", "[]")
			c.Want(`42/a,["x"]`)
			k.On("q", driver.Reply())
			c.Send(`42/a,1["q"]`)
			k.WantEvent("q", "[]")
			c.Want("43/a,1[]")
		}), "any-out"),
	needing(forClients("client.recv.listener-exception", "an exception of a listener does not end the session", clientBoth,
		caught("client.event.deaf-behind-exception", "does not work", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			s.ExpectUncaught("thrown by the listener")
			k.ThrowOn("boom")
			k.On("m")
			k.Session().Send(`42["boom"]`, `42["m"]`)
			k.WantEvent("m", "[]")
		}), "throw"),
	forClients("client.transport.large-message", "large events pass whole, both ways", clientEverywhere,
		caught("client.event.arguments-lost", "args", "client.event.unsent", "want 42", "client.event.cut", `want 42["big"`),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("big")
			big := driver.JSON(fmt.Sprintf("%0200000d", 1))
			k.Session().Send(`42["big",` + big + `]`)
			k.WantEvent("big", "["+big+"]")
			k.Emit("big", fmt.Sprintf("%0200000d", 1))
			k.Session().Want(`42["big",` + big + `]`)
		}),
	needing(forClients("client.emit.flush-relative-to-connect-event", "what was sent before the namespace was connected and what is sent when it is reported connected arrive both, once each", clientBoth,
		caught("client.call.inside-listener", "want 42/a", "client.event.buffer-lost", "want 42/a", "client.event.sent-twice", "want"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.When("connect", k.OpEmit("inside"))
				k.Emit("before")
			})
			c := k.Accept()
			first := c.WantAnyOrder(`42/a,["before"]`, `42/a,["inside"]`)
			s.Observe("client.emit.flush-relative-to-connect-event", "%s first", []string{"before", "inside"}[first])
			k.WantNothing()
		}), "when"),
	needing(forClients("client.emit.volatile-engine-open-not-connected", "what stands behind a volatile event that is sent before the namespace is connected is sent when it is", client5Both,
		caught("client.event.unsent", "want 42/a", "client.event.volatile-sticks", "want 42/a"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.EmitWith(driver.Op{"volatile": true}, "v")
			k.Emit("n")
			k.AcceptOn(c)
			c.WantOptional("client.emit.volatile-engine-open-not-connected", `42/a,["v"]`)
			c.Want(`42/a,["n"]`)
		}), "volatile"),
	forClients("client.recv.numeric-event-name", "an event whose name is a number is delivered to who listens for that number", clientBoth,
		caught("client.event.undelivered", "want event 7", "client.event.arguments-lost", "args"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("7")
			k.Session().Send(`42[7,"x"]`)
			k.WantEvent("7", `["x"]`)
		}),
}

// wantNoPackets fails the scenario when the client has sent something over the session.
func wantNoPackets(s *driver.Stage, c *driver.Session) {
	if got := c.Waiting(); len(got) > 0 {
		s.Failf("want nothing before the namespace is connected, got %s", got[0])
	}
}

// reservedNames are the names of events that belong to the library.
var reservedNames = []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}

// reservedNames4 belong to the library in revision 4 too, and are names like any other in revision 5.
var reservedNames4 = []string{
	"error", "ping", "pong", "connecting", "connect_timeout", "reconnect", "reconnect_attempt", "reconnecting", "reconnect_error", "reconnect_failed",
}

// clientReservedScenarios are about the names of events that belong to the library.
var clientReservedScenarios = func() []run.Scenario {
	var list []run.Scenario
	for _, name := range reservedNames {
		list = append(list, forClients("client.emit.reserved-"+name, "the application cannot send an event named "+name, client5WS,
			caught("client.event.reserved-sent", "got 42"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.EmitRefused(name)
				k.Emit("marker")
				k.Session().Want(`42["marker"]`)
				k.WantNothing()
			}))
	}
	return append(list, forClients("client.emit.reserved-v4-extra", "the names that a client of revision 4 keeps for itself are sent in revision 5 only", clientWS,
		slices.Concat(caught("client.event.reserved-sent", "got 42"), in5(caught("client.event.unsent", `want 42["error"]`))),
		func(s *driver.Stage) {
			k := s.Connected("/")
			if s.Revision4() {
				k.Tolerate("error") // a client may hand what it does not send to its own listeners
			}
			for _, name := range reservedNames4 {
				k.EmitRefused(name)
			}
			k.Emit("marker")
			if !s.Revision4() {
				for _, name := range reservedNames4 {
					k.Session().Want(`42["` + name + `"]`)
				}
			}
			k.Session().Want(`42["marker"]`)
			k.WantNothing()
		}))
}()
