package suite

import (
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
		caught("client.event.unsent", "want 42/a", "client.reconnect.never", "want CONNECT in /a", "client.event.early", "want nothing; got 42/a"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a", driver.Reconnecting)
				k.Tolerate("disconnect", "error", "connect_error")
				k.Emit("x", 1)
			})
			s.WantConnect("/a").Cut()
			k.Accept().Want(`42/a,["x",1]`)
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
