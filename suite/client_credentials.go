package suite

import (
	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

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
		caught("client.credentials.ignored", "the bytes differ", "client.credentials.query-unencoded", "the bytes differ"),
		func(s *driver.Stage) {
			k := s.Open("/admin", driver.Opts{"query": map[string]any{"token": "a b&c", "u": "é"}})
			c := s.Server().WantSession()
			c.WantRaw("40/admin?token=a%20b%26c&u=%C3%A9,")
			k.AcceptOn(c)
			wantQuery(s, "token", "a b&c")
		}),
	forClients("client.connect.query-v4-url", "a query in the URL is a query of the socket", client4Both,
		caught("client.engine.query-dropped", "want the query", "client.credentials.query-dropped", "the bytes differ"),
		func(s *driver.Stage) {
			k := s.OpenURL(s.Server().URL+"/admin?token=abc", "/admin")
			c := s.Server().WantSession()
			c.WantRaw("40/admin?token=abc,")
			k.AcceptOn(c)
			wantQuery(s, "token", "abc")
		}),
	forClients("client.connect.query-v4-each", "each namespace of a connection is asked for with the query of its own URL", client4Both,
		caught("client.credentials.query-dropped", "the bytes differ", "client.multiplex.never", "want 40/b", "client.credentials.query-first-only", "the bytes differ"),
		func(s *driver.Stage) {
			a := s.OpenURL(s.Server().URL+"/a?k=1", "/a")
			c := s.Server().WantSession()
			c.WantRaw("40/a?k=1,")
			a.AcceptOn(c)
			b := s.OpenURL(s.Server().URL+"/b?k=2", "/b")
			c.WantRaw("40/b?k=2,")
			b.AcceptOn(c)
		}),
	forClients("client.connect.query-v4-root-not-sent", "the query of the main namespace travels with the requests only", client4Both,
		caught("client.engine.query-dropped", "want the query", "client.credentials.ignored", "want the query", "client.credentials.query-in-main", "want nothing; got 40"),
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
		caught("client.event.sent-in-main", "the bytes differ", "client.disconnect.main-instead", "the bytes differ", "client.credentials.query-in-events", "the bytes differ"),
		func(s *driver.Stage) {
			k := s.Connected("/admin", driver.Opts{"query": map[string]any{"k": "1"}})
			k.Emit("x")
			k.Disconnect()
			k.Session().WantRaw(`42/admin,["x"]`)
			k.Session().WantRaw("41/admin,")
			k.WantDisconnected("io client disconnect")
		}),
	forClients("client.connect.auth-empty-object", "credentials that are an empty object are sent as such", client5Both,
		caught("client.credentials.data-dropped", "it has none", "client.credentials.ignored", "it has none"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Opts{"auth": map[string]any{}})
			k.AcceptOn(s.WantConnect("/a", "{}"))
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
