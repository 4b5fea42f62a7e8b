package suite

import (
	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientListenerScenarios are about listeners that come and go.
var clientListenerScenarios = []run.Scenario{
	forClients("client.recv.two-listeners", "every listener of an event is called", clientWS,
		caught("client.event.one-listener", "want event m with [1]"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m")
			k.On("m")
			k.Session().Send(`42["m",1]`)
			k.WantEvent("m", "[1]")
			k.WantEvent("m", "[1]")
			k.WantNothing()
		}),
	forClients("client.recv.listener-order", "the listeners of an event are called in the order in which they were registered", clientBoth,
		caught("client.event.listeners-reversed", "data[0]", "client.event.one-listener", "want event q", "client.event.undelivered", "want event q"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("q", driver.Reply("first"))
			k.On("q", driver.Reply("second"))
			k.Session().Send(`427["q"]`)
			k.WantEvent("q", "[]")
			k.WantEvent("q", "[]")
			k.Session().Want(`437["first"]`) // the first listener is the first to acknowledge, and only that counts
			k.WantNothing()
		}),
	needing(forClients("client.recv.once", "a listener for one time is called once, and leaves the others in place", clientWS,
		caught("client.event.once-ignored", "want event n", "client.call.listen", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m", driver.Once())
			k.On("n")
			k.Session().Send(`42["m",1]`, `42["m",2]`, `42["n",3]`)
			k.WantEvent("m", "[1]")
			k.WantEvent("n", "[3]")
			k.WantNothing()
		}), "once"),
	needing(forClients("client.recv.off", "a listener that was taken away is not called any more, and the others are", clientWS,
		caught("client.call.off", "want event n"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m")
			k.On("n")
			k.Session().Send(`42["m",1]`)
			k.WantEvent("m", "[1]")
			k.Off("m")
			k.Session().Send(`42["m",2]`, `42["n",3]`)
			k.WantEvent("n", "[3]")
			k.WantNothing()
		}), "off"),
	needing(forClients("client.recv.off-one", "taking one listener away leaves the other one of the same event", clientWS,
		caught("client.call.off", "want nothing", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m")
			k.On("m")
			k.Off("m")
			k.Session().Send(`42["m",1]`)
			k.WantEvent("m", "[1]")
			k.WantNothing()
		}), "off"),
	needing(forClients("client.recv.off-any", "a catch-all listener that was taken away is not called any more", client5WS,
		caught("client.call.off-any", "another kind of event"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Any("in")
			k.On("m")
			k.OffAny("in")
			k.Session().Send(`42["m",1]`)
			k.WantEvent("m", "[1]")
			k.WantNothing()
		}), "any-off"),
	needing(forClients("client.recv.catch-all-connected", "an outgoing catch-all listener is called for an event that is sent at once", client5WS,
		caught("client.event.catch-all-unreported", "want any_out", "client.event.catch-all-twice", "want nothing"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Any("out")
			k.Emit("x", 1)
			k.WantAny("any_out", "x", "[1]")
			k.Session().Want(`42/a,["x",1]`)
			k.WantNothing()
		}), "any-out"),
	needing(forClients("client.recv.off-any-outgoing", "an outgoing catch-all listener that was taken away is not called any more", client5WS,
		caught("client.call.off-any", "want nothing"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Any("out")
			k.OffAny("out")
			k.Emit("x", 1)
			k.Session().Want(`42/a,["x",1]`)
			k.WantNothing()
		}), "any-out", "any-off"),
}
