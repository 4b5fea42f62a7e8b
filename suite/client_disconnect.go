package suite

import (
	"net/http"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientDisconnectScenarios are about the end of a namespace and of a connection.
var clientDisconnectScenarios = []run.Scenario{
	forClients("client.disconnect.client-root", "leaving the main namespace sends DISCONNECT, and is reported", clientEverywhere,
		caught("client.disconnect.unsent", "want 41", "client.disconnect.unreported", "want disconnect", "client.disconnect.wrong-reason", "reason", "client.call.disconnect", "want disconnect",
			"client.disconnect.reported-twice", "want nothing; got", "client.disconnect.sent-twice", "want"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Disconnect()
			k.WantDisconnected("io client disconnect")
			k.Session().Want("41")
			k.WantState("connected", "false")
			k.Session().WantClosed()
		}),
	forClients("client.disconnect.client-custom", "leaving a custom namespace sends a DISCONNECT that names it", clientEverywhere,
		caught("client.disconnect.main-instead", "want namespace /admin", "client.disconnect.unsent", "want 41/admin"),
		func(s *driver.Stage) {
			k := s.Connected("/admin")
			k.Disconnect()
			k.WantDisconnected("io client disconnect")
			k.Session().Want("41/admin,")
			k.Session().WantClosed()
		}),
	forClients("client.disconnect.twice", "a socket that has left leaves only once", clientBoth,
		caught("client.disconnect.sent-twice", "want nothing; got 41/a", "client.disconnect.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.Disconnect()
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			a.Session().Want("41/a,")
			b.WantNothing()
		}),
	forClients("client.disconnect.before-connected", "a socket that is not connected leaves without DISCONNECT, and its connection is ended", clientBoth,
		caught("client.engine.kept-open", "want the end of", "client.call.disconnect", "want the end of"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.Disconnect()
			c.WantClosed()
		}),
	forClients("client.disconnect.flush-before", "what was sent before a disconnect goes out before the DISCONNECT", clientBoth,
		caught("client.disconnect.before-events", "want EVENT", "client.event.unsent", "want EVENT"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			s.Batch(func() {
				k.Emit("x")
				k.Disconnect()
			})
			k.Session().Want(`42/a,["x"]`, "41/a,")
			k.WantDisconnected("io client disconnect")
		}),
	forClients("client.disconnect.polling", "over long-polling a session is ended with a close packet behind the DISCONNECT", clientPolling,
		caught("client.disconnect.unsent", "want 41/a", "client.engine.no-close", "want the end of"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Disconnect()
			k.WantDisconnected("io client disconnect")
			k.Session().Want("41/a,")
			k.Session().WantClosed()
		}),
	forClients("client.disconnect.server", "a DISCONNECT of the server ends its namespace only, and is not answered", clientEverywhere,
		caught("client.disconnect.ignored", "want disconnect", "client.disconnect.answered", "want nothing; got 41/a", "client.disconnect.wrong-reason", "reason", "client.disconnect.of-all", "want",
			"client.disconnect.unreported", "want disconnect", "client.disconnect.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.Session().Send("41/a,")
			a.WantDisconnected("io server disconnect")
			b.WantNothing()
		}),
	forClients("client.disconnect.server-root-only-root", "a DISCONNECT of the main namespace ends no other", clientBoth,
		caught("client.disconnect.ignored", "want disconnect", "client.disconnect.of-all", "want"),
		func(s *driver.Stage) {
			root, b := s.Connected("/"), s.Connected("/b")
			root.Session().Send("41")
			root.WantDisconnected("io server disconnect")
			b.WantNothing()
		}),
	forClients("client.disconnect.server-no-reconnect", "a namespace that the server has ended is not asked for again by itself", clientBoth,
		caught("client.disconnect.rejoins", "want nothing; got 40/a", "client.disconnect.ignored", "want disconnect", "client.disconnect.wrong-reason", "reason"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			a.Session().Send("41/a,")
			a.WantDisconnected("io server disconnect")
			s.LetPass(s.Scaled(200 * time.Millisecond))
			b.WantNothing()
		}),
	forClients("client.disconnect.server-last-closes", "behind the server's DISCONNECT of the only namespace the connection is not made again", clientWS,
		caught("client.disconnect.rejoins", "40/a", "client.disconnect.ignored", "want disconnect"),
		func(s *driver.Stage) {
			a := s.Connected("/a", driver.Reconnecting)
			a.Session().Send("41/a,")
			a.WantDisconnected("io server disconnect")
			s.WantNoMore(200)
		}),
	forClients("client.disconnect.server-manual-reconnect", "a namespace that the server has ended can be joined again over the same connection", clientBoth,
		caught("client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.Session().Send("41/a,")
			a.WantDisconnected("io server disconnect")
			a.Connect()
			a.Accept().WantSame(b.Session())
		}),
	forClients("client.disconnect.transport-close", "a WebSocket that was closed is reported", clientWS,
		caught("client.disconnect.wrong-reason", "reason", "client.disconnect.unreported", "want disconnect", "client.disconnect.as-error", "another kind of event"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Session().Close()
			k.WantDisconnected("transport close")
		}),
	forClients("client.disconnect.tcp-reset", "a WebSocket whose connection was cut is reported", clientWS,
		caught("client.disconnect.wrong-reason", "reason", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Session().Cut()
			k.WantLost("transport close")
		}),
	forClients("client.disconnect.polling-request-fails", "a poll that fails ends the session, and is reported", clientPolling,
		caught("client.disconnect.wrong-reason", "reason", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Tolerate("error")
			k.Session().FailPoll(http.StatusBadRequest)
			k.WantDisconnected("transport error")
		}),
	forClients("client.disconnect.engine-close-packet-polling", "a close packet over long-polling ends the session, and is reported", clientPolling,
		caught("client.disconnect.wrong-reason", "reason", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Session().Close()
			k.WantDisconnected("transport close")
		}),
	forClients("client.disconnect.connected-flag", "a socket is connected from its connect to its disconnect", clientBoth,
		caught("client.disconnect.unreported", "want disconnect", "client.connect.unreported", "want connect"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.WantState("connected", "false")
			k.AcceptOn(c)
			k.WantState("connected", "true")
			c.Send("41/a,")
			k.WantDisconnected("io server disconnect")
			k.WantState("connected", "false")
		}),
	needing(forClients("client.disconnect.local-engine-close", "a connection that ends inside the client is made again", clientBoth,
		caught("client.call.kill", "want disconnect", "client.reconnect.never", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			k.Kill()
			k.WantDisconnected("forced close")
			k.Accept()
		}), "kill"),
	forClients("client.disconnect.no-connect-error-when-connected", "the loss of a connection is no failure to connect", clientPolling,
		caught("client.disconnect.error-too", "want nothing; got", "client.disconnect.as-error", "another kind of event"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Tolerate("error")
			k.Session().FailPoll(http.StatusInternalServerError)
			k.WantDisconnected("transport error")
		}),
	forClients("client.disconnect.server-then-close", "of a namespace that the server has ended the end of the connection is not reported", clientBoth,
		caught("client.disconnect.of-left-too", "want nothing; got", "client.disconnect.ignored", "want disconnect: io server disconnect", "client.disconnect.unreported", "want disconnect", "client.reconnect.never", "want CONNECT in /b"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			a.Session().Send("41/a,")
			a.WantDisconnected("io server disconnect")
			lose(s, b.Session(), b)
			b.Accept()
			b.WantNothing()
		}),
	forClients("client.disconnect.during-upgrade", "a socket that leaves while its connection is upgraded leaves cleanly", clientUpgraded,
		caught("client.engine.upgrade-kept-open", "want", "client.disconnect.unsent", "want 41", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Open("/")
			c := s.WantConnect("/")
			k.ID = c.Accept("/")
			k.WantConnected()
			c.WantProbe()
			k.Disconnect()
			c.AnswerProbe("3probe")
			c.Want("41")
			k.WantDisconnected("io client disconnect")
			c.WantClosed()
		}),
	forClients("client.disconnect.while-pausing", "a socket that leaves while its connection waits for the last poll before an upgrade leaves cleanly", clientUpgraded,
		caught("client.disconnect.unsent", "want 41", "client.engine.upgrade-kept-open", "want", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Open("/")
			c := s.WantConnect("/")
			k.ID = c.Accept("/")
			k.WantConnected()
			c.WantProbe()
			c.AnswerProbeOnly()
			s.LetPass(s.Scaled(50 * time.Millisecond))
			k.Disconnect()
			k.WantDisconnected("io client disconnect")
			c.Send("6")
			c.Want("41")
			c.WantClosed()
		}),
	forClients("client.disconnect.joining-while-pausing", "a socket that leaves before it has joined, while its connection waits for the last poll before an upgrade, ends the connection", clientUpgraded,
		caught("client.engine.upgrade-kept-open", "want the end of", "client.call.disconnect", "want the end of"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Open("/a")
			c := s.WantConnect("/a")
			c.WantProbe()
			c.AnswerProbeOnly()
			s.LetPass(s.Scaled(50 * time.Millisecond))
			k.Disconnect()
			s.FenceDriver()
			c.Send("6")
			c.WantClosed()
		}),
	forClients("client.disconnect.payload-while-pausing", "a socket that leaves while its connection waits for the last poll and for its last payload before an upgrade ends the connection", clientUpgraded,
		caught("client.engine.upgrade-kept-open", "want the end of", "client.call.disconnect", "want the end of"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			s.Server().Script.SlowPost = s.Scaled(400 * time.Millisecond)
			k := s.Open("/a")
			c := s.WantConnect("/a")
			c.WantProbe()
			c.AnswerProbeOnly()
			s.LetPass(s.Scaled(50 * time.Millisecond))
			k.Disconnect()
			s.LetPass(s.Scaled(500 * time.Millisecond)) // the payload of the CONNECT is answered meanwhile
			c.Send("6")
			c.WantClosed()
		}),
	forClients("client.disconnect.engine-close-packet-ws", "behind a close packet over WebSocket the client closes the connection or works on", clientWS,
		caught("client.engine.deaf-behind-close", "does not work"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Tolerate("disconnect")
			k.Session().Send("1")
			s.Observe("client.disconnect.engine-close-packet-ws", "closed: %v", k.Settle())
			s.Drain()
		}),
}
