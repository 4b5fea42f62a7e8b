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
			session.Want("40/c,", "40/a,", "40/b,")
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
		caught("client.connect.twice", "want nothing; got 40/a"),
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
}

var clientCredentialScenarios = []run.Scenario{
	forClients("client.connect.auth-object", "the credentials of a socket are the data of its CONNECT", client5Both,
		caught("client.credentials.data-dropped", "it has none", "client.credentials.ignored", "it has none"),
		func(s *driver.Stage) {
			k := s.Open("/", driver.Opts{"auth": map[string]any{"token": "t1"}})
			k.AcceptOn(s.WantConnect("/", `{"token":"t1"}`))
			k = s.Open("/admin", driver.Opts{"forceNew": true, "auth": map[string]any{"token": "t2", "n": 1}})
			k.AcceptOn(s.WantConnect("/admin", `{"token":"t2","n":1}`))
		}),
	forClients("client.connect.auth-per-namespace", "each namespace of a connection gets its own credentials, and one without credentials gets none", client5Both,
		caught("client.credentials.first-only", "want a CONNECT", "client.credentials.invented", "want a CONNECT with data", "client.credentials.data-dropped", "it has none"),
		func(s *driver.Stage) {
			var a, b, c *driver.Socket
			s.Batch(func() {
				a = s.Open("/a", driver.Opts{"auth": map[string]any{"k": 1}})
				b = s.Open("/b", driver.Opts{"auth": map[string]any{"k": 2}})
				c = s.Open("/c")
			})
			on := s.WantConnect("/a", `{"k":1}`)
			on.WantSame(s.WantConnect("/b", `{"k":2}`))
			on.WantSame(s.WantConnect("/c"))
			for _, k := range []*driver.Socket{a, b, c} {
				k.AcceptOn(on)
			}
		}),
	needing(forClients("client.connect.auth-function", "credentials may come from a function", client5Both,
		caught("client.credentials.data-dropped", "it has none", "client.credentials.ignored", "it has none"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Opts{"authFunction": []any{map[string]any{"n": 1}}})
			k.AcceptOn(s.WantConnect("/a", `{"n":1}`))
		}), "auth-function"),
	needing(forClients("client.connect.auth-function-async", "a function that takes its time with the credentials holds back its own namespace only", client5WS,
		caught("client.credentials.data-dropped", "it has none", "client.credentials.ignored", "it has none"),
		func(s *driver.Stage) {
			var a, b *driver.Socket
			s.Batch(func() {
				a = s.Open("/a", driver.Opts{"authFunction": []any{map[string]any{"n": 1}}, "authDelay": 150})
				b = s.Open("/b")
			})
			c := b.Accept()
			c.WantSame(s.WantConnect("/a", `{"n":1}`))
			a.AcceptOn(c)
		}), "auth-function"),
	forClients("client.connect.query-v4-object", "the query of a socket travels with the CONNECT of its namespace, encoded, and with the requests", client4Both,
		caught("client.credentials.ignored", "the bytes differ"),
		func(s *driver.Stage) {
			k := s.Open("/admin", driver.Opts{"query": map[string]any{"token": "a b&c", "u": "é"}})
			c := s.Server().WantSession()
			c.WantRaw("40/admin?token=a%20b%26c&u=%C3%A9,")
			k.AcceptOn(c)
			wantQuery(s, "token", "a b&c")
		}),
	forClients("client.connect.query-v4-url", "a query in the URL is a query of the socket", client4Both,
		caught("client.engine.query-dropped", "want the query"),
		func(s *driver.Stage) {
			k := s.OpenURL(s.Server().URL+"/admin?token=abc", "/admin")
			c := s.Server().WantSession()
			c.WantRaw("40/admin?token=abc,")
			k.AcceptOn(c)
			wantQuery(s, "token", "abc")
		}),
	forClients("client.connect.query-v4-root-not-sent", "the query of the main namespace travels with the requests only", client4Both,
		caught("client.engine.query-dropped", "want the query", "client.credentials.ignored", "want the query"),
		func(s *driver.Stage) {
			k := s.Connected("/", driver.Opts{"query": map[string]any{"token": "1"}})
			wantQuery(s, "token", "1")
			k.WantNothing()
		}),
	forClients("client.connect.query-http", "the query travels with every request, and not with CONNECT", client5Everywhere,
		caught("client.engine.query-dropped", "want the query", "client.credentials.invented", "it has data"),
		func(s *driver.Stage) {
			s.OpenURL(s.Server().URL+"/admin?token=abc", "/admin").Accept()
			wantQuery(s, "token", "abc")
		}),
	forClients("client.emit.query-not-in-events-v4", "the query travels with CONNECT and not with other packets", client4Both,
		caught("client.event.sent-in-main", "the bytes differ", "client.disconnect.main-instead", "the bytes differ"),
		func(s *driver.Stage) {
			k := s.Connected("/admin", driver.Opts{"query": map[string]any{"k": "1"}})
			k.Emit("x")
			k.Disconnect()
			k.Session().WantRaw(`42/admin,["x"]`)
			k.Session().WantRaw("41/admin,")
			k.WantDisconnected("io client disconnect")
		}),
}

// wantQuery fails the scenario unless every request had the parameter.
func wantQuery(s *driver.Stage, name, value string) {
	for _, r := range s.Server().Requests() {
		if r.Query.Get(name) != value {
			s.Failf("want the query %s=%s in every request; %s of %s has %q", name, value, r.Method, r.Path, r.Query.Get(name))
		}
	}
}

var clientRefusalScenarios = []run.Scenario{
	forClients("client.refuse.connect-error", "a refusal is reported with its message and data", client5Everywhere,
		caught("client.refusal.unreported", "want connect_error", "client.refusal.message-lost", "message", "client.refusal.data-lost", "data", "client.refusal.as-disconnect", "another kind of event",
			"client.connect.ignores-refusal", "want connect_error", "client.refusal.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			k := s.Open("/admin")
			s.WantConnect("/admin").Send(`44/admin,{"message":"Not authorized","data":{"code":"E1","label":[1]}}`)
			l := k.WantConnectError(`"Not authorized"`)
			wantMember(s, l, "data", `{"code":"E1","label":[1]}`)
			k.WantState("connected", "false")
		}),
	forClients("client.refuse.error-v4", "a refusal of revision 4 is reported as the event error, with what the server said", client4Both,
		caught("client.refusal.unreported", "want error", "client.refusal.message-lost", "data", "client.refusal.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			k := s.Open("/admin")
			s.WantConnect("/admin").Send(`44/admin,"Not authorized"`)
			k.WantError(`"Not authorized"`)
			k = s.Open("/users")
			s.WantConnect("/users").Send(`44/users,{"code":1}`)
			k.WantError(`{"code":1}`)
		}),
	forClients("client.refuse.no-data", "a refusal without data is reported without", client5Both,
		caught("client.refusal.message-lost", "message", "client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			k := s.Open("/admin")
			s.WantConnect("/admin").Send(`44/admin,{"message":"nope"}`)
			wantMember(s, k.WantConnectError(`"nope"`), "data", `{"$undef":1}`)
		}),
	forClients("client.refuse.no-automatic-retry", "a refused namespace is not asked for again while the connection lives", clientBoth,
		caught("client.refusal.retried", "want nothing; got 40/admin"),
		func(s *driver.Stage) {
			ok := s.Connected("/ok", driver.Reconnecting)
			k := s.Open("/admin", driver.Reconnecting)
			s.WantConnect("/admin").Refuse("/admin", "no")
			k.WantRefused("no")
			s.LetPass(s.Scaled(200 * time.Millisecond))
			ok.WantNothing()
		}),
	forClients("client.refuse.inactive", "a refused namespace is not asked for again behind a lost connection", client5WS,
		caught("client.reconnect.left-too", "want nothing; got 40/admin"),
		func(s *driver.Stage) {
			ok := s.Connected("/ok", driver.Reconnecting)
			k := s.Open("/admin", driver.Reconnecting)
			s.WantConnect("/admin").Refuse("/admin", "no")
			k.WantRefused("no")
			lose(s, ok.Session(), ok)
			ok.Accept()
			ok.WantNothing()
		}),
	forClients("client.refuse.manual-retry", "a refused socket that is asked to connect asks for its namespace again", clientBoth,
		caught("client.call.connect", "want CONNECT in /admin", "client.connect.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			s.Connected("/ok")
			k := s.Open("/admin")
			s.WantConnect("/admin").Refuse("/admin", "no")
			k.WantRefused("no")
			k.Connect()
			k.Accept()
		}),
	forClients("client.refuse.others-unaffected", "the refusal of one namespace leaves the others of the connection working", clientEverywhere,
		caught("client.event.undelivered", "want event m", "client.refusal.unreported", "want"),
		func(s *driver.Stage) {
			ok := s.Connected("/ok")
			ok.On("m")
			k := s.Open("/admin")
			s.WantConnect("/admin").Refuse("/admin", "no")
			k.WantRefused("no")
			k.Tolerate("disconnect")
			ok.Session().Send(`42/ok,["m",1]`)
			ok.WantEvent("m", "[1]")
		}),
	forClients("client.refuse.root-error-not-broadcast-v5", "the refusal of the main namespace concerns no other", client5Both,
		caught("client.refusal.unreported", "want connect_error", "client.refusal.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			var root, a *driver.Socket
			s.Batch(func() { root, a = s.Open("/"), s.Open("/a") })
			s.WantConnect("/").Send(`44{"message":"no"}`)
			root.WantConnectError(`"no"`)
			a.Accept()
		}),
	forClients("client.refuse.root-error-broadcast-v4", "an error of the main namespace of revision 4 is reported to the namespaces of the connection", client4Both,
		caught("client.refusal.unreported", "want error"),
		func(s *driver.Stage) {
			root, a := s.Connected("/"), s.Connected("/a")
			a.Session().Send(`44"boom"`)
			root.WantError(`"boom"`)
			a.WantError(`"boom"`)
		}),
	forClients("client.refuse.buffer-kept", "what was sent to a namespace that is refused is kept until it is joined", client5Both,
		caught("client.event.unsent", "want 42/admin", "client.event.buffer-lost", "want 42/admin", "client.event.early", "want"),
		func(s *driver.Stage) {
			s.Connected("/ok")
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/admin")
				k.Emit("x")
			})
			c := s.WantConnect("/admin")
			c.Refuse("/admin", "no")
			k.WantRefused("no")
			k.Connect()
			k.Accept()
			c.Want(`42/admin,["x"]`)
		}),
	forClients("client.refuse.string-payload-v5", "a refusal whose data is a string is reported as a refusal", client5Both,
		caught("client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			k := s.Open("/admin")
			s.WantConnect("/admin").Send(`44/admin,"Not authorized"`)
			k.WantConnectError("<string>")
		}),
	forClients("client.refuse.no-payload-v5", "a refusal without data does not bring the client down", client5Both,
		caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work"),
		func(s *driver.Stage) {
			ok := s.Connected("/ok")
			k := s.Open("/admin")
			s.WantConnect("/admin").Send("44/admin,")
			k.Tolerate("connect_error", "disconnect")
			ok.Tolerate("disconnect")
			ok.Settle()
		}),
	forClients("client.refuse.no-payload-v4", "an error of revision 4 without data is reported", client4Both,
		caught("client.refusal.unreported", "want error"),
		func(s *driver.Stage) {
			k := s.Open("/admin")
			s.WantConnect("/admin").Send("44/admin,")
			k.WantError("<any>")
		}),
}

// wantMember compares a member of what the driver reported with a pattern.
func wantMember(s *driver.Stage, l driver.Line, member, pattern string) {
	if diff := driver.Match(pattern, l.JSON(member)); diff != "" {
		s.Failf("%s: want %s, got %s: %s", member, pattern, l.JSON(member), diff)
	}
}
