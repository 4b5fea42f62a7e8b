package suite

import (
	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientStateScenarios are about what a socket says of itself while its listeners run.
var clientStateScenarios = []run.Scenario{
	needing(forClients("client.state.connected", "a socket is connected while its listener for connect runs, and neither connected nor in possession of an id while that for disconnect does", clientBoth,
		caught("client.state.connected-late", "connected", "client.state.connected-on", "connected", "client.state.id-kept", "id"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.WantMember(k.WantConnected(), "connected", "true")
			c.Send("41/a,")
			l := k.WantDisconnected("io server disconnect")
			k.WantMember(l, "connected", "false")
			k.WantMember(l, "id", "null")
		}), "event-state"),
	needing(forClients("client.state.active-left", "a socket that has left, or that the server has ended, is not active", client5WS,
		caught("client.state.always-active", "active"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			a.Session().Send("41/a,")
			a.WantMember(a.WantDisconnected("io server disconnect"), "active", "false")
			b.Disconnect()
			b.WantMember(b.WantDisconnected("io client disconnect"), "active", "false")
			b.Session().Want("41/b,")
		}), "event-active"),
	needing(forClients("client.state.active-refused", "a socket that was refused is not active", client5WS,
		caught("client.state.always-active", "active"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Reconnecting)
			s.WantConnect("/a").Refuse("/a", "no")
			k.WantMember(k.WantConnectError(`"no"`), "active", "false")
		}), "event-active"),
	needing(forClients("client.state.active-lost", "a socket whose connection is lost, or cannot be made, is active while the client tries again", client5WS,
		caught("client.state.never-active", "active"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			s.Server().Next(driver.Reaction{Status: 503})
			k.Session().Cut()
			k.WantMember(k.WantLost("transport close"), "active", "true")
			k.WantMember(k.WantConnectError("<text>"), "active", "true")
			k.Accept()
		}), "event-active"),
	needing(forClients("client.state.details", "the end of a connection is reported with details", client5Both,
		caught("client.state.no-details", "details"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Session().Cut()
			k.WantMember(k.WantLost(lostReason(s)), "details", "<text>")
		}), "disconnect-details"),
}
