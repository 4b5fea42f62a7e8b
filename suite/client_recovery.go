package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// recovering returns a socket whose server offers recovery under that id.
func recovering(s *driver.Stage, pid string, opts driver.Opts) *driver.Socket {
	k := s.Open("/a", driver.Reconnecting.And(opts))
	acceptWith(k, s.WantConnect("/a"), pid)
	return k
}

// acceptWith accepts the CONNECT of /a with a session that can be recovered.
func acceptWith(k *driver.Socket, c *driver.Session, pid string) driver.Line {
	k.ID = fmt.Sprintf("sid-%d", c.Number())
	c.Send(fmt.Sprintf(`40/a,{"sid":%q,"pid":%q}`, k.ID, pid))
	k.Joined(c)
	return k.WantConnected()
}

// clientRecoveryScenarios are about the recovery of a session.
var clientRecoveryScenarios = func() []run.Scenario {
	list := []run.Scenario{
		showing(forClients("client.recovery.pid-and-offset-sent", "the next CONNECT asks for the recovery of the session, from the last event on", client5WS,
			caught("client.recovery.unsent", "it has none", "client.recovery.offset-lost", "offset"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				k.On("m")
				k.Session().Send(`42/a,["m",1,"off1"]`)
				k.WantEvent("m", `[1,"off1"]`)
				lose(s, k.Session(), k)
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1","offset":"off1"}`), "P1")
			}), "client.recovery.offset-visible"),
		forClients("client.recovery.recovered-flag", "a session that was recovered says so, and a new one does not", client5WS,
			caught("client.connect.never-recovered", "recovered", "client.connect.always-recovered", "recovered"),
			func(s *driver.Stage) {
				k := s.Open("/a", driver.Reconnecting)
				wantMember(s, acceptWith(k, s.WantConnect("/a"), "P1"), "recovered", "false")
				lose(s, k.Session(), k)
				wantMember(s, acceptWith(k, s.WantConnect("/a", `{"pid":"P1"}`), "P1"), "recovered", "true")
				lose(s, k.Session(), k)
				wantMember(s, acceptWith(k, s.WantConnect("/a", `{"pid":"P1"}`), "P2"), "recovered", "false")
			}),
		forClients("client.recovery.new-pid", "another session than the one before is not a recovered one, and is the one to recover next", client5WS,
			caught("client.connect.always-recovered", "recovered", "client.recovery.unsent", "it has none", "client.recovery.first-only", "pid"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				lose(s, k.Session(), k)
				wantMember(s, acceptWith(k, s.WantConnect("/a", `{"pid":"P1"}`), "P2"), "recovered", "false")
				lose(s, k.Session(), k)
				wantMember(s, acceptWith(k, s.WantConnect("/a", `{"pid":"P2"}`), "P2"), "recovered", "true")
			}),
		forClients("client.recovery.no-event-no-offset", "without an event there is no offset", client5WS,
			caught("client.recovery.unsent", "it has none", "client.credentials.invented", "it has data", "client.recovery.offset-invented", "offset"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				lose(s, k.Session(), k)
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1"}`), "P1")
			}),
		forClients("client.recovery.event-with-ack", "an event that wants an acknowledgement has no offset", client5WS,
			caught("client.recovery.acknowledged-too", "offset", "client.recovery.offset-lost", "offset"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				k.On("m")
				k.Session().Send(`42/a,["m","off1"]`, `42/a,7["m","off2"]`)
				k.WantEvent("m", `["off1"]`)
				k.WantEvent("m", `["off2"]`)
				lose(s, k.Session(), k)
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1","offset":"off1"}`), "P1")
			}),
		forClients("client.recovery.offset-only-from-trailing-string", "an event whose last argument is no string has no offset", client5WS,
			caught("client.recovery.offset-lost", "offset", "client.recovery.by-any-argument", "offset"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				k.On("m")
				k.Session().Send(`42/a,["m","off1"]`, `42/a,["m",{"x":1}]`)
				k.WantEvent("m", `["off1"]`)
				k.WantEvent("m", `[{"x":1}]`)
				lose(s, k.Session(), k)
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1","offset":"off1"}`), "P1")
			}),
		forClients("client.recovery.kept-after-manual-disconnect", "a socket that has left and connects again asks for the recovery of its session", client5WS,
			caught("client.recovery.unsent", "it has none"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				k.Disconnect()
				k.WantDisconnected("io client disconnect")
				k.Session().Want("41/a,")
				k.Connect()
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1"}`), "P1")
			}),
		forClients("client.recovery.merge-with-auth", "the credentials are sent together with what asks for the recovery", client5WS,
			caught("client.credentials.data-dropped", "it has none"),
			func(s *driver.Stage) {
				k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"auth": map[string]any{"token": "t"}}))
				k.On("m")
				acceptWith(k, s.WantConnect("/a", `{"token":"t"}`), "P1")
				k.Session().Send(`42/a,["m","off1"]`)
				k.WantEvent("m", `["off1"]`)
				lose(s, k.Session(), k)
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1","offset":"off1","token":"t"}`), "P1")
			}),
		forClients("client.recovery.credentials-first", "credentials have their way where they have the names of what asks for the recovery", client5WS,
			caught("client.recovery.over-credentials", "pid", "client.credentials.data-dropped", "it has none"),
			func(s *driver.Stage) {
				k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"auth": map[string]any{"pid": "mine"}}))
				acceptWith(k, s.WantConnect("/a", `{"pid":"mine"}`), "P1")
				lose(s, k.Session(), k)
				acceptWith(k, s.WantConnect("/a", `{"pid":"mine"}`), "P1")
			}),
		forClients("client.recovery.credentials-unchanged", "what asks for the recovery of a session is forgotten with it, and the credentials are not", client5WS,
			caught("client.recovery.in-credentials", "pid", "client.credentials.data-dropped", "it has none"),
			func(s *driver.Stage) {
				k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"auth": map[string]any{"token": "t"}}))
				acceptWith(k, s.WantConnect("/a", `{"token":"t"}`), "P1")
				lose(s, k.Session(), k)
				c := s.WantConnect("/a", `{"pid":"P1","token":"t"}`)
				k.AcceptOn(c)
				lose(s, c, k)
				k.AcceptOn(s.WantConnect("/a", `{"token":"t"}`))
			}),
		forClients("client.recovery.per-namespace", "each namespace asks for the recovery of its own session", client5WS,
			caught("client.recovery.unsent", "it has none", "client.credentials.first-only", "want", "client.recovery.of-all", "it has data"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				b := s.Connected("/b", driver.Reconnecting)
				lose(s, k.Session(), k, b)
				acceptWith(k, s.WantConnect("/a", `{"pid":"P1"}`), "P1")
				b.Accept()
			}),
		forClients("client.recovery.replay-after-connect", "what was missed is delivered behind the connect, in order", client5WS,
			caught("client.event.delivered-reordered", "args", "client.event.undelivered", "want event m", "client.connect.never-recovered", "recovered"),
			func(s *driver.Stage) {
				k := recovering(s, "P1", nil)
				k.On("m")
				lose(s, k.Session(), k)
				c := s.WantConnect("/a", `{"pid":"P1"}`)
				wantMember(s, acceptWith(k, c, "P1"), "recovered", "true")
				c.Send(`42/a,["m",1,"o1"]`, `42/a,["m",2,"o2"]`)
				k.WantEvent("m", `[1,"o1"]`)
				k.WantEvent("m", `[2,"o2"]`)
			}),
	}
	for i := range list {
		list[i] = needing(list[i], "recovery")
	}
	return append(list, forClients("client.recovery.no-pid-no-payload", "without a session to recover, nothing is sent with CONNECT", client5WS,
		caught("client.credentials.invented", "it has data"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			k.On("m")
			k.Session().Send(`42/a,["m","off1"]`)
			k.WantEvent("m", `["off1"]`)
			lose(s, k.Session(), k)
			k.Accept()
		}))
}()
