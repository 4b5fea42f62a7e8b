package suite

import (
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientConnectScenarios are about joining namespaces.
var clientConnectScenarios = slices.Concat(clientJoinScenarios, clientCredentialScenarios, clientRefusalScenarios)

var clientJoinScenarios = []run.Scenario{
	forClients("client.connect.root-frame", "the main namespace is asked for with a CONNECT that names no namespace", client5Everywhere,
		caught("client.connect.dropped", "want CONNECT in /", "client.connect.twice", "want nothing; got 40", "client.connect.unreported", "want connect of socket a"),
		func(s *driver.Stage) { s.Connected("/") }),
	forClients("client.connect.custom-frame", "a custom namespace is asked for with a CONNECT that names it", clientEverywhere,
		caught("client.connect.dropped", "want CONNECT in /admin", "client.connect.twice", "want nothing; got 40/admin", "client.connect.in-main", "want CONNECT in /admin",
			"client.connect.ignores-answer", "want connect of socket a", "client.connect.reported-twice", "want nothing; got"),
		func(s *driver.Stage) { s.Connected("/admin") }),
	forClients("client.connect.implicit-root-v4", "the main namespace of revision 4 is connected when the server says so, and not before", client4Both,
		caught("client.connect.unreported", "want connect of socket a", "client.connect.ignores-answer", "want connect of socket a"),
		func(s *driver.Stage) {
			s.Server().Script.WithholdRoot = true
			k := s.Open("/")
			c := s.WantConnect("/")
			s.FenceDriver()
			k.WantState("connected", "false")
			k.AcceptOn(c)
		}),
	forClients("client.connect.v4-custom-does-not-wait-root", "a custom namespace of revision 4 is asked for without waiting for the main one", client4Both,
		caught("client.connect.dropped", "want CONNECT in /admin"),
		func(s *driver.Stage) {
			s.Server().Script.WithholdRoot = true
			s.Connected("/admin")
		}),
	forClients("client.connect.v4-root-connect-not-for-custom", "that the main namespace of revision 4 is connected does not connect a custom one", client4Both,
		caught("client.connect.dropped", "want CONNECT in /admin", "client.connect.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			k := s.Open("/admin")
			c := s.WantConnect("/admin")
			s.FenceDriver()
			k.WantState("connected", "false")
			k.AcceptOn(c)
		}),
	forClients("client.connect.no-implicit-root-v5", "a client that wants a custom namespace only does not ask for the main one", client5Both,
		caught("client.connect.main-too", "want nothing; got 40"),
		func(s *driver.Stage) { s.Connected("/admin").WantNothing() }),
	forClients("client.connect.sid-adopted", "the socket id of each namespace is the one of the server's CONNECT", client5Both,
		caught("client.connect.own-id", "want connect; got"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.WantState("id", driver.JSON(a.ID))
			b.WantState("id", driver.JSON(b.ID))
		}),
	forClients("client.connect.no-sid-v5", "a CONNECT of the server without a socket id is a failure to connect", client5Both,
		caught("client.refusal.unreported", "want connect_error", "client.refusal.as-disconnect", "another kind of event"),
		func(s *driver.Stage) {
			k := s.Open("/")
			s.WantConnect("/").Send("40")
			k.WantConnectError("<text>")
			k.WantState("connected", "false")
		}),
	forClients("client.connect.unsolicited-before-connect-v5", "a server of revision 4, which joins the main namespace by itself, is reported as a failure to connect", client5Both,
		caught("client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			k := s.Open("/")
			c := s.Server().WantSession()
			c.Send("40")
			k.WantConnectError("<text>")
			s.WantConnect("/")
		}),
	forClients("client.connect.extra-fields", "what the client does not know in the server's CONNECT does not disturb", client5Both,
		caught("client.connect.own-id", "want connect; got", "client.connect.unreported", "want connect of"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			c.Send(`40/a,{"sid":"X","foo":{"bar":1}}`)
			k.ID = "X"
			k.WantConnected()
			k.Joined(c)
		}),
	forClients("client.connect.empty-sid", "an empty socket id counts as none", client5Both,
		caught("client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			s.WantConnect("/a").Send(`40/a,{"sid":""}`)
			k.WantConnectError("<text>")
		}),
	forClients("client.connect.unknown-namespace-ignored", "a CONNECT of a namespace that was not asked for has no effect", clientBoth,
		caught("client.connect.reported-twice", "want nothing; got", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.On("m")
			if s.Revision4() {
				k.Session().Send("40/zzz,")
			} else {
				k.Session().Send(`40/zzz,{"sid":"Z"}`)
			}
			k.WantNothing()
			k.Session().Send(`42/a,["m"]`)
			k.WantEvent("m", "[]")
		}),
	forClients("client.connect.autoconnect-false", "a socket that is not to connect by itself waits until it is asked to", clientBoth,
		caught("client.option.auto-connect", "want no request", "client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Opts{"autoConnect": false})
			s.LetPass(s.Scaled(100 * time.Millisecond))
			if n := len(s.Server().Requests()); n > 0 {
				s.Failf("want no request before the socket is asked to connect, got %d", n)
			}
			k.Connect()
			k.Accept()
		}),
	forClients("client.connect.idempotent-when-connected", "a socket that is connected does nothing when it is asked to connect", clientBoth,
		caught("client.connect.twice", "want nothing; got 40/a"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Connect()
			k.Connect()
			k.WantNothing()
		}),
	forClients("client.connect.order", "namespaces are asked for in the order in which they were opened", clientWS,
		caught("client.connect.reversed", "want"),
		func(s *driver.Stage) {
			var c, a, b *driver.Socket
			s.Batch(func() { c, a, b = s.Open("/c"), s.Open("/a"), s.Open("/b") })
			session := s.Server().WantSession()
			session.WantConnects("/c", "/a", "/b")
			for _, k := range []*driver.Socket{a, b, c} {
				k.AcceptOn(session)
			}
		}),
	forClients("client.connect.duplicate-reply", "a second CONNECT of the server leaves the socket connected", clientBoth,
		caught("client.connect.ignores-answer", "want connect of", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.On("m")
			again := `40/a,{"sid":"SECOND"}`
			if s.Revision4() {
				again = "40/a,"
			}
			k.Session().Send(again, `42/a,["m"]`)
			k.Tolerate("connect")
			k.WantEvent("m", "[]")
			k.WantState("connected", "true")
		}),
	forClients("client.connect.no-reply-waits", "a CONNECT that is not answered is neither repeated nor given up", clientBoth,
		caught("client.connect.gives-up", "want an open session", "client.connect.twice", "want nothing; got 40/a"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Opts{"timeout": s.Scaled(time.Second).Milliseconds()})
			c := s.WantConnect("/a")
			s.LetPass(s.Scaled(1500 * time.Millisecond))
			c.WantOpen()
			k.AcceptOn(c)
			k.WantNothing()
		}),
	forClients("client.connect.after-handshake-only", "nothing is sent before the handshake", clientWS,
		caught("client.connect.twice", "want nothing; got"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Mute: true})
			k := s.Open("/admin")
			c := s.Server().WantSession()
			s.LetPass(s.Scaled(100 * time.Millisecond))
			wantNoPackets(s, c)
			c.Send(`0{"sid":"engine1","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`)
			s.WantConnect("/admin")
			k.AcceptOn(c)
		}),
	forClients("client.connect.id-v4", "in revision 4 the socket id is made of the namespace and the session id", client4Both,
		caught("client.connect.own-id", "want connect; got"),
		func(s *driver.Stage) {
			c := wantID4(s, "/", "")
			wantID4(s, "/a", "/a#").WantSame(c)
		}),
	forClients("client.connect.sid-payload-v4-ignored", "data in the CONNECT of a server of revision 4 has no effect", client4Both,
		caught("client.connect.ignores-answer", "want connect of", "client.connect.unreported", "want connect of"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			c.Send(`40/a,{"sid":"X"}`)
			k.Joined(c)
			k.WantConnected()
		}),
	forClients("client.connect.repeat-while-pending", "a socket that is asked to connect while it waits for the answer is connected once", clientBoth,
		caught("client.connect.reported-twice", "another kind of event", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.Connect()
			s.FenceDriver()
			k.AcceptOn(c)
			k.On("m")
			c.Send(`42/a,["m"]`)
			k.WantEvent("m", "[]")
			k.Fence()
			asked := 1 + len(c.Waiting())
			s.Observe("client.connect.repeat-while-pending", "%d CONNECTs", asked)
			if asked > 1 {
				c.WantConnects("/a")
			}
		}),
}

// wantID4 opens a socket and shows that its id is the prefix and the session id.
func wantID4(s *driver.Stage, namespace, prefix string) *driver.Session {
	k := s.Open(namespace)
	c := s.WantConnect(namespace)
	c.Accept(namespace)
	k.ID = prefix + c.ID()
	k.Joined(c)
	k.WantConnected()
	return c
}
