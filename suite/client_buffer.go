package suite

import (
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientBufferScenarios are about what waits for a connection.
var clientBufferScenarios = []run.Scenario{
	forClients("client.emit.flushed-once", "what has waited for the connection is sent over one connection, and not over the next one again", clientBoth,
		caught("client.event.repeated-after-loss", "want nothing; got 42/a", "client.event.unsent", "want 42/a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			lose(s, k.Session(), k)
			k.Emit("x")
			k.Accept().Want(`42/a,["x"]`)
			lose(s, k.Session(), k)
			k.Accept()
			k.WantNothing()
		}),
	forClients("client.emit.received-early-once", "what was received before the namespace was connected is delivered once, and not behind the next connection again", clientBoth,
		caught("client.event.delivered-twice", "want", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a", driver.Reconnecting)
				k.On("m")
			})
			c := s.WantConnect("/a")
			c.Send(`42/a,["m",1]`)
			s.FenceDriver()
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.Tolerate("connect")
			k.WantEvent("m", "[1]")
			k.WantNothing()
			lose(s, c, k)
			c = s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.WantNothing()
		}),
	forClients("client.emit.kept-through-loss", "what waits for a namespace is not lost with a connection over which it was not joined", clientBoth,
		caught("client.event.unsent", "want 42/a", "client.reconnect.never", "want CONNECT in /a", "client.event.early", "want an acknowledgement id"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a", driver.Reconnecting)
				k.Tolerate("disconnect", "error", "connect_error")
				k.EmitAck("k", "x", 1)
			})
			s.WantConnect("/a").Cut()
			c := k.Accept()
			c.Send(`43/a,` + c.Want(`42/a,<id:integer>["x",1]`)["id"] + `["ok"]`)
			k.WantAck("k", `["ok"]`)
		}),
	forClients("client.emit.buffered-while-pending", "what is sent while the server has not answered the CONNECT waits for the answer", clientBoth,
		caught("client.event.unsent", "want 42/a", "client.event.early", "want nothing before"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.Emit("x", 1)
			s.LetPass(s.Scaled(50 * time.Millisecond))
			wantNoPackets(s, c)
			k.AcceptOn(c)
			c.Want(`42/a,["x",1]`)
		}),
	forClients("client.recv.error", "error is a name like any other for events", client5WS,
		caught("client.event.undelivered", "want event error", "client.event.unsent", "want 42"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("error")
			k.Session().Send(`42["error",1]`)
			k.WantEvent("error", "[1]")
			k.Emit("error", 2)
			k.Session().Want(`42["error",2]`)
		}),
	needing(forClients("client.emit.buffer-first", "what has waited for the connection is sent before what a listener for connect sends", clientBoth,
		caught("client.event.reordered", "want 42/a", "client.event.unsent", "want 42/a"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.When("connect", k.OpEmit("late"))
				k.Emit("early")
			})
			k.Accept().Want(`42/a,["early"]`, `42/a,["late"]`)
		}), "when"),
}
