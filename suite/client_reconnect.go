package suite

import (
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// slowReconnecting are options with which there is time to act before the client connects again.
var slowReconnecting = driver.Reconnecting.And(driver.Opts{"reconnectionDelay": 250, "reconnectionDelayMax": 250})

// clientReconnectScenarios are about what comes behind a lost connection.
var clientReconnectScenarios = []run.Scenario{
	forClients("client.reconnect.automatic", "behind a lost connection the client makes a new one and joins its namespace again", clientEverywhere,
		append(caught("client.reconnect.never", "want CONNECT in /a", "client.reconnect.forgets", "want CONNECT in /a", "client.reconnect.twice", "want nothing; got 40/a"), in5(caught("client.connect.own-id", "want connect; got"))...),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			before := k.Session()
			lose(s, before, k)
			k.Accept().WantOther(before)
		}),
	forClients("client.reconnect.all-active-namespaces", "all namespaces are joined again, each once, over one connection", clientBoth,
		caught("client.reconnect.never", "want", "client.reconnect.twice", "want nothing; got 40", "client.connect.unreported", "want connect"),
		func(s *driver.Stage) {
			root, a, b := s.Connected("/", driver.Reconnecting), s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			lose(s, root.Session(), root, a, b)
			c := root.Accept()
			c.WantSame(a.Accept())
			c.WantSame(b.Accept())
		}),
	forClients("client.reconnect.not-client-disconnected", "a namespace that was left is not joined again", clientBoth,
		caught("client.reconnect.left-too", "want nothing; got 40/a"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			a.Session().Want("41/a,")
			lose(s, b.Session(), b)
			b.Accept()
			b.WantNothing()
		}),
	forClients("client.reconnect.not-server-disconnected", "a namespace that the server has ended is not joined again", clientBoth,
		caught("client.reconnect.left-too", "want nothing; got 40/a"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			a.Session().Send("41/a,")
			a.WantDisconnected("io server disconnect")
			lose(s, b.Session(), b)
			b.Accept()
			b.WantNothing()
		}),
	forClients("client.reconnect.disabled", "a client that is not to connect again does not, until it is asked to", clientWS,
		caught("client.reconnect.always", "want no further connection", "client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Opts{"reconnectionDelay": 40, "reconnectionDelayMax": 60})
			lose(s, k.Session(), k)
			s.WantNoMore(200)
			k.Connect()
			k.Accept()
		}),
	forClients("client.reconnect.disabled-first", "a client that is not to connect again does not repeat its first attempt either", clientWS,
		caught("client.reconnect.always", "want no further connection", "client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Status: 503})
			k := s.Open("/a", driver.Opts{"reconnectionDelay": 40, "reconnectionDelayMax": 60})
			k.WantConnectError("<text>")
			k.Tolerate("connect_error")
			s.WantNoMore(200)
		}),
	slowly(forClients("client.reconnect.attempts-limit", "a client that may try three times tries three times", clientWS,
		caught("client.option.attempts", "connection", "client.reconnect.never", "want 4 handshakes"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"reconnectionAttempts": 3}))
			s.Server().Next(driver.Reaction{Status: 503}, driver.Reaction{Status: 503}, driver.Reaction{Status: 503})
			lose(s, k.Session(), k)
			k.Tolerate("connect_error")
			s.Server().WantHandshakes(4)
			s.WantNoMore(600)
		})),
	slowly(needing(forClients("client.reconnect.failed", "a client that gives up says so", clientWS,
		caught("client.reconnect.unreported", "want reconnect_attempt", "client.reconnect.failure-unreported", "want reconnect_failed", "client.reconnect.miscounted", "reconnect_attempt of the connection: want 1"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"reconnectionAttempts": 2}))
			s.Server().Next(driver.Reaction{Status: 503}, driver.Reaction{Status: 503})
			lose(s, k.Session(), k)
			k.Tolerate("connect_error")
			s.WantManager("reconnect_attempt", "1")
			s.WantManager("reconnect_error")
			s.WantManager("reconnect_attempt", "2")
			s.WantManager("reconnect_failed")
		}), "manager-events")),
	timed(forClients("client.reconnect.backoff", "the delays between attempts double, up to their limit", clientWS,
		caught("client.option.delay", "want a delay", "client.option.delay-max", "want"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Opts{"reconnection": true, "reconnectionDelay": 150, "reconnectionDelayMax": 500, "randomizationFactor": 0.01, "reconnectionAttempts": 5})
			refuse := driver.Reaction{Status: 503}
			s.Server().Next(refuse, refuse, refuse, refuse, refuse)
			k.Tolerate("connect_error")
			lose(s, k.Session(), k)
			wantDelays(s, 300*time.Millisecond, 500*time.Millisecond, 500*time.Millisecond, 500*time.Millisecond)
		})),
	slowly(needing(forClients("client.reconnect.counter-reset", "a connection that was made resets the count of attempts", clientWS,
		caught("client.reconnect.count-kept", "want 1", "client.reconnect.unreported", "want reconnect_attempt", "client.reconnect.never", "want reconnect_attempt"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"reconnectionAttempts": 5}))
			s.Server().Next(driver.Reaction{Status: 503})
			k.Tolerate("connect_error")
			lose(s, k.Session(), k)
			s.WantManager("reconnect_attempt", "1")
			s.WantManager("reconnect_attempt", "2")
			lose(s, k.Accept(), k)
			s.WantManager("reconnect_attempt", "1")
			k.Accept()
		}), "manager-events")),
	slowly(forClients("client.reconnect.initial-failure-retried", "a first attempt that fails is repeated", clientBoth,
		caught("client.reconnect.never", "want connect_error", "client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Status: 503}, driver.Reaction{Status: 503})
			k := s.Open("/a", driver.Reconnecting)
			k.WantConnectError("<text>")
			k.WantConnectError("<text>")
			k.Accept()
		})),
	slowly(forClients("client.reconnect.server-down", "a server that does not listen is tried again", clientBoth,
		caught("client.reconnect.never", "want connect_error", "client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			gone := s.NewServer("gone")
			gone.Stop()
			k := s.OpenURL(gone.URL+"/a", "/a", driver.Reconnecting.And(driver.Opts{"reconnectionAttempts": 2}))
			for range 3 {
				k.WantConnectError("<text>")
			}
			s.LetPass(s.Scaled(300 * time.Millisecond))
		})),
	slowly(forClients("client.reconnect.disconnect-stops", "a disconnect while the client waits ends the waiting", clientWS,
		caught("client.call.disconnect", "want no further connection"),
		func(s *driver.Stage) {
			k := s.Connected("/a", slowReconnecting)
			lose(s, k.Session(), k)
			k.Disconnect()
			k.Tolerate("disconnect")
			s.WantNoMore(500)
		})),
	slowly(forClients("client.reconnect.disconnect-one-of-two", "a disconnect while the client waits keeps the waiting of the other namespaces", clientBoth,
		caught("client.call.disconnect", "want nothing; got 40/a"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", slowReconnecting), s.Connected("/b", slowReconnecting)
			lose(s, a.Session(), a, b)
			a.Disconnect()
			b.Accept()
			b.WantNothing()
		})),
	slowly(forClients("client.reconnect.open-namespace-during-backoff", "a namespace that is opened while the client waits is joined over the new connection", clientBoth,
		caught("client.multiplex.never", "want"),
		func(s *driver.Stage) {
			a := s.Connected("/a", slowReconnecting)
			lose(s, a.Session(), a)
			b := s.Open("/b", slowReconnecting)
			a.Accept().WantSame(b.Accept())
		})),
	slowly(forClients("client.reconnect.connect-call-during-backoff", "a socket that is asked to connect while the client waits makes no connection of its own", clientBoth,
		caught("client.call.connect", "want CONNECT in /b", "client.reconnect.once", "want CONNECT in /"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", slowReconnecting), s.Connected("/b", slowReconnecting)
			b.Disconnect()
			b.WantDisconnected("io client disconnect")
			b.Session().Want("41/b,")
			lose(s, a.Session(), a)
			b.Connect()
			a.Accept().WantSame(b.Accept())
			lose(s, a.Session(), a, b) // the waiting is over: there is a next one
			a.Accept().WantSame(b.Accept())
		})),
	forClients("client.reconnect.buffer-flush", "what is sent while there is no connection is sent, in order, when the namespace is joined again", clientBoth,
		caught("client.event.reordered", "want 42/a", "client.event.unsent", "want 42/a", "client.event.early", "want"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			lose(s, k.Session(), k)
			for i := range 3 {
				k.Emit("x", i+10)
			}
			k.Accept().Want(`42/a,["x",10]`, `42/a,["x",11]`, `42/a,["x",12]`)
		}),
	forClients("client.reconnect.sent-events-not-repeated", "what was sent before the connection was lost is not sent again", clientBoth,
		caught("client.event.repeated-after-loss", "want nothing; got 42/a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			k.Emit("once")
			k.Session().Want(`42/a,["once"]`)
			lose(s, k.Session(), k)
			k.Accept()
			k.WantNothing()
		}),
	needing(forClients("client.reconnect.volatile-dropped", "a volatile event is dropped while there is no connection", client5WS,
		caught("client.event.volatile-kept", `["v"]`),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			lose(s, k.Session(), k)
			k.EmitWith(driver.Op{"volatile": true}, "v")
			k.Emit("n")
			k.Accept().Want(`42/a,["n"]`)
		}), "volatile"),
	needing(forClients("client.reconnect.auth-function-each-time", "the function for the credentials is asked for each CONNECT", client5Both,
		caught("client.credentials.first-only", "want a CONNECT", "client.credentials.ignored", "it has none"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"authFunction": []any{map[string]any{"n": 1}, map[string]any{"n": 2}}}))
			k.AcceptOn(s.WantConnect("/a", `{"n":1}`))
			lose(s, k.Session(), k)
			k.AcceptOn(s.WantConnect("/a", `{"n":2}`))
		}), "auth-function"),
	needing(forClients("client.reconnect.auth-object-mutation", "changed credentials are sent with the next CONNECT", client5Both,
		caught("client.credentials.change-ignored", "want a CONNECT", "client.credentials.first-only", "want a CONNECT"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"auth": map[string]any{"n": 1}}))
			k.AcceptOn(s.WantConnect("/a", `{"n":1}`))
			k.Set("auth", map[string]any{"n": 2})
			lose(s, k.Session(), k)
			k.AcceptOn(s.WantConnect("/a", `{"n":2}`))
		}), "set"),
	needing(forClients("client.reconnect.query-mutation", "a changed query is sent with the next handshake", clientBoth,
		caught("client.credentials.change-ignored", "want the query n=2"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"query": map[string]any{"n": "1"}}))
			k.Set("query", map[string]any{"n": "2"})
			lose(s, k.Session(), k)
			k.Accept()
			hs := s.Server().Handshakes()
			if got := hs[len(hs)-1].Query.Get("n"); got != "2" {
				s.Failf("want the query n=2 in the next handshake, got %q", got)
			}
		}), "set"),
	forClients("client.reconnect.transport-restart", "a session that was upgraded begins again with the first transport", clientUpgraded,
		caught("client.option.remember-upgrade-always", "want a handshake over long-polling", "client.reconnect.never", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			lose(s, k.Session(), k)
			c := s.WantConnect("/a")
			if hs := s.Server().Handshakes(); hs[len(hs)-1].WebSocket {
				s.Failf("want a handshake over long-polling, got one over WebSocket")
			}
			k.AcceptOn(c)
		}),
	forClients("client.reconnect.handshake-400", "a handshake that is refused while the client connects again is tried again", clientPolling,
		caught("client.reconnect.never", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			s.Server().Next(driver.Reaction{Status: 400})
			k.Tolerate("connect_error")
			lose(s, k.Session(), k)
			k.Accept()
		}),
	forClients("client.reconnect.connected-only-after-connect-reply", "a namespace is connected again when the server says so for it, and what it has to send waits for that", clientBoth,
		caught("client.event.early", "want nothing", "client.connect.reported-twice", "another kind of event"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a", driver.Reconnecting), s.Connected("/b", driver.Reconnecting)
			lose(s, a.Session(), a, b)
			a.Emit("n")
			c := b.Accept()
			s.WantConnect("/a").WantSame(c)
			b.WantNothing()
			a.WantState("connected", "false")
			a.AcceptOn(c)
			c.Want(`42/a,["n"]`)
		}),
	forClients("client.reconnect.drop-before-connect-reply", "a connection that is lost before the namespace is joined is made again", clientBoth,
		caught("client.reconnect.never", "want CONNECT in /a", "client.reconnect.forgets", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Reconnecting)
			k.Tolerate("disconnect", "error", "connect_error")
			s.WantConnect("/a").Cut()
			k.Accept()
		}),
	needing(forClients("client.reconnect.events-on-manager", "the connection says that it is made again", clientWS,
		caught("client.reconnect.unreported", "want reconnect_attempt"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			lose(s, k.Session(), k)
			s.WantManager("reconnect_attempt", "1")
			s.WantManager("reconnect", "1")
			k.Accept()
		}), "manager-events"),
}
