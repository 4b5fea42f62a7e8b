package suite

import (
	"fmt"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientMultiplexScenarios are about several namespaces on one connection, and about when there are several connections.
var clientMultiplexScenarios = []run.Scenario{
	forClients("client.mux.single-connection", "sockets for different namespaces of one server share one connection", clientEverywhere,
		caught("client.multiplex.never", "want one connection", "client.connect.in-main", "want CONNECT in /orders"),
		func(s *driver.Stage) {
			var root, a, b *driver.Socket
			s.Batch(func() { root, a, b = s.Open("/"), s.Open("/orders"), s.Open("/users") })
			c := root.Accept()
			c.WantSame(a.Accept())
			c.WantSame(b.Accept())
		}),
	forClients("client.mux.polling", "several namespaces share one long-polling session", clientPolling,
		caught("client.multiplex.never", "want one handshake"),
		func(s *driver.Stage) {
			s.Connected("/")
			s.Connected("/a")
			s.Connected("/b")
			wantHandshakes(s, 1)
		}),
	forClients("client.mux.same-namespace-twice", "the main namespace opened twice gets two connections", clientBoth,
		append(caught("client.connect.unreported", "want connect"), in5(caught("client.connect.twice", "want"))...),
		func(s *driver.Stage) {
			a, b := s.Connected("/"), s.Connected("/")
			a.Session().WantOther(b.Session())
			a.WantNothing()
			b.WantNothing()
		}),
	forClients("client.mux.same-custom-namespace-twice", "a custom namespace opened twice gets two connections", clientBoth,
		caught("client.connect.in-main", "want CONNECT in /admin"),
		func(s *driver.Stage) {
			a, b := s.Connected("/admin"), s.Connected("/admin")
			a.Session().WantOther(b.Session())
		}),
	forClients("client.mux.third-uses-cached-first", "a further namespace is joined over the connection that was shared first", clientBoth,
		caught("client.multiplex.never", "want one connection"),
		func(s *driver.Stage) {
			a := s.Connected("/")
			s.Connected("/")
			s.Connected("/c").Session().WantSame(a.Session())
		}),
	forClients("client.mux.documented-four-sockets", "the main namespace twice and a custom one twice make three connections", clientBoth,
		caught("client.multiplex.never", "want one connection"),
		func(s *driver.Stage) {
			a, b, c, d := s.Connected("/"), s.Connected("/"), s.Connected("/admin"), s.Connected("/admin")
			a.Session().WantSame(c.Session())
			a.Session().WantOther(b.Session())
			a.Session().WantOther(d.Session())
			b.Session().WantOther(d.Session())
			wantHandshakes(s, 3)
		}),
	forClients("client.mux.root-aliases", "a URL without a path and one with the path / name the main namespace both", clientBoth,
		caught("client.connect.unreported", "want connect"),
		func(s *driver.Stage) {
			a := s.Connected("/")
			b := s.OpenURL(s.Server().URL+"/", "/")
			b.Accept().WantOther(a.Session())
		}),
	forClients("client.mux.different-port", "two servers are two connections", clientBoth,
		caught("client.connect.dropped", "want CONNECT in /a"),
		func(s *driver.Stage) {
			other := s.NewServer("other")
			s.Connected("/a")
			b := s.OpenURL(other.URL+"/b", "/b")
			b.AcceptOn(other.WantConnect("/b"))
			wantHandshakes(s, 1)
		}),
	forClients("client.mux.different-hostname", "host names are told apart as they are written", clientBoth,
		caught("client.url.host-resolved", "want a connection of its own", "client.connect.dropped", "want CONNECT in /a"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			b := s.OpenURL(strings.Replace(s.Server().URL, "127.0.0.1", "localhost", 1)+"/b", "/b")
			b.Accept().WantOther(a.Session())
		}),
	forClients("client.mux.different-scheme", "http and ws are two connections", clientWS,
		caught("client.url.scheme", "want a connection of its own", "client.connect.dropped", "want CONNECT in /a"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			b := s.OpenURL(strings.Replace(s.Server().URL, "http", "ws", 1)+"/b", "/b")
			b.Accept().WantOther(a.Session())
		}),
	forClients("client.mux.force-new", "a socket that is to have a connection of its own gets one", clientBoth,
		caught("client.multiplex.always", "want a connection of its own"),
		func(s *driver.Stage) {
			a := s.Connected("/")
			s.Connected("/admin", driver.Opts{"forceNew": true}).Session().WantOther(a.Session())
		}),
	forClients("client.mux.multiplex-false", "a socket that is not to be multiplexed gets a connection of its own", clientBoth,
		caught("client.multiplex.always", "want a connection of its own"),
		func(s *driver.Stage) {
			a := s.Connected("/")
			s.Connected("/admin", driver.Opts{"multiplex": false}).Session().WantOther(a.Session())
		}),
	forClients("client.mux.force-new-not-cached", "a connection that was asked for as a new one is not shared later", clientBoth,
		caught("client.multiplex.always", "want a connection of its own"),
		func(s *driver.Stage) {
			a := s.Connected("/a", driver.Opts{"forceNew": true})
			s.Connected("/b").Session().WantOther(a.Session())
		}),
	forClients("client.mux.force-new-isolated", "the end of a connection of its own does not disturb another one", clientBoth,
		caught("client.call.disconnect", "want", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			a := s.Connected("/")
			b := s.Connected("/admin", driver.Opts{"forceNew": true})
			b.Disconnect()
			b.WantDisconnected("io client disconnect")
			b.Session().Want("41/admin,")
			b.Session().WantClosed()
			a.WantNothing()
		}),
	forClients("client.mux.different-path", "another path is another connection", client5Both,
		caught("client.option.path", "want a connection of its own"),
		func(s *driver.Stage) {
			a := s.Connected("/a", driver.Opts{"path": "/socket.io/x"})
			b := s.Connected("/b", driver.Opts{"path": "/socket.io/y"})
			a.Session().WantOther(b.Session())
			for i, r := range s.Server().Handshakes() {
				if want := []string{"/socket.io/x", "/socket.io/y"}[i]; strings.TrimSuffix(r.Path, "/") != want {
					s.Failf("want the path %s, got %s", want, r.Path)
				}
			}
		}),
	forClients("client.mux.different-query-shared", "another query is no reason for another connection", clientBoth,
		caught("client.multiplex.never", "want one connection", "client.multiplex.by-query", "want one connection"),
		func(s *driver.Stage) {
			a := s.Connected("/a", driver.Opts{"query": map[string]any{"k": "1"}})
			s.Connected("/b", driver.Opts{"query": map[string]any{"k": "2"}}).Session().WantSame(a.Session())
		}),
	forClients("client.mux.same-namespace-different-query", "a query in the URL is no part of the namespace", clientBoth,
		caught("client.connect.unreported", "want connect"),
		func(s *driver.Stage) {
			a := s.OpenURL(s.Server().URL+"/?woot=1", "/")
			a.Accept()
			s.Connected("/").Session().WantOther(a.Session())
			if hs := s.Server().Handshakes(); hs[0].Query.Get("woot") != "1" || hs[1].Query.Get("woot") != "" {
				s.Failf("want the query in the first handshake only, got %q and %q", hs[0].Query, hs[1].Query)
			}
		}),
	forClients("client.mux.late-namespace", "a further namespace is joined over the open connection", clientEverywhere,
		caught("client.multiplex.never", "want one connection", "client.connect.dropped", "want CONNECT in /"),
		func(s *driver.Stage) {
			a := s.Connected("/")
			s.Connected("/foo").Session().WantSame(a.Session())
		}),
	forClients("client.mux.route-by-namespace", "an event reaches the socket of its namespace and no other", clientEverywhere,
		caught("client.event.misrouted", "args[0]", "client.event.undelivered", "want event m", "client.event.of-main-everywhere", "want"),
		func(s *driver.Stage) {
			root, a, b := s.Connected("/"), s.Connected("/a"), s.Connected("/b")
			for _, k := range []*driver.Socket{a, b, root} {
				k.On("m")
			}
			c := a.Session()
			c.Send(`42/b,["m",2]`, `42["m",0]`, `42/a,["m",1]`)
			for i, k := range []*driver.Socket{root, a, b} {
				k.WantEvent("m", fmt.Sprintf("[%d]", i))
				k.WantNothing()
			}
		}),
	forClients("client.mux.close-one-keeps-connection", "leaving one of several namespaces leaves the connection and the others working", clientEverywhere,
		caught("client.disconnect.ends-connection", "want", "client.disconnect.unsent", "want 41/a", "client.disconnect.main-instead", "want namespace /a", "client.disconnect.sent-twice", "want", "client.call.disconnect", "want"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			b.On("m")
			a.Disconnect()
			b.Emit("x")
			a.WantDisconnected("io client disconnect")
			a.Session().Want("41/a,", `42/b,["x"]`)
			b.Session().Send(`42/b,["m"]`)
			b.WantEvent("m", "[]")
			b.Session().WantOpen()
		}),
	forClients("client.mux.close-root-keeps-others", "leaving the main namespace leaves the connection and the others working", clientEverywhere,
		caught("client.disconnect.ends-connection", "the end of", "client.disconnect.unsent", "want 41", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			root, b := s.Connected("/"), s.Connected("/b")
			root.Disconnect()
			root.WantDisconnected("io client disconnect")
			b.Session().Want("41")
			b.Session().WantOpen()
			b.WantNothing()
		}),
	forClients("client.mux.close-custom-keeps-root", "leaving a custom namespace leaves the connection and the main namespace working", clientBoth,
		caught("client.disconnect.ends-connection", "close packet", "client.disconnect.unsent", "want 41/b", "client.disconnect.main-instead", "want namespace /b"),
		func(s *driver.Stage) {
			root, b := s.Connected("/"), s.Connected("/b")
			b.Disconnect()
			b.WantDisconnected("io client disconnect")
			root.Session().Want("41/b,")
			root.WantNothing()
			root.Session().WantOpen()
		}),
	forClients("client.mux.close-last-closes-connection", "leaving the last namespace ends the connection", clientEverywhere,
		caught("client.disconnect.unsent", "want 41/a", "client.engine.kept-open", "want the end of"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			c := a.Session()
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			b.WantNothing()
			b.Disconnect()
			b.WantDisconnected("io client disconnect")
			c.Want("41/b,")
			c.WantClosed()
		}),
	forClients("client.mux.asked-twice-closes", "leaving the last namespace ends the connection, also when the socket was asked to connect while it waited for the answer", clientBoth,
		caught("client.disconnect.unsent", "want 41/a", "client.engine.kept-open", "want the end of"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			c := s.WantConnect("/a")
			k.Connect()
			s.FenceDriver()
			k.AcceptOn(c)
			k.Fence()
			if len(c.Waiting()) > 0 { // a client may ask again
				c.Want("40/a,")
			}
			k.Disconnect()
			k.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			c.WantClosed()
		}),
	forClients("client.mux.reopen-after-last-closed", "a socket that has left can connect again, over a new connection", clientBoth,
		append(caught("client.call.connect", "want CONNECT in /a"), in5(caught("client.connect.own-id", "want connect; got"))...),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			c := a.Session()
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			c.WantClosed()
			a.Connect()
			a.Accept().WantOther(c)
		}),
	forClients("client.mux.disconnect-connect-same-tick", "a socket that leaves and connects again at once is connected again", clientWS,
		caught("client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			c := a.Session()
			s.Batch(func() {
				a.Disconnect()
				a.Connect()
			})
			a.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			a.Accept()
		}),
	forClients("client.mux.new-namespace-after-closed", "a namespace that is opened when the connection has ended gets a new one, and those that were left are not asked for", clientBoth,
		caught("client.reconnect.left-too", "want nothing; got 40/a"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			a.Session().Want("41/a,")
			a.Session().WantClosed()
			s.Connected("/b").WantNothing()
		}),
	forClients("client.mux.lookup-after-disconnect", "a namespace that was left and is opened again gets a socket of its own", clientBoth,
		caught("client.connect.dropped", "want CONNECT in /a"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			a.Session().Want("41/a,")
			s.Connected("/a")
			a.WantState("connected", "false")
		}),
	forClients("client.mux.drop-hits-all-namespaces", "the loss of the connection disconnects every namespace of it, for the same reason", clientEverywhere,
		caught("client.disconnect.unreported", "want disconnect", "client.disconnect.wrong-reason", "reason", "client.disconnect.as-error", "another kind of event", "client.disconnect.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			root, a, b := s.Connected("/"), s.Connected("/a"), s.Connected("/b")
			lose(s, a.Session(), root, a, b)
		}),
	forClients("client.mux.trailing-slash-distinct", "a namespace with a slash at its end is another one", clientBoth,
		caught("client.url.slash", "want CONNECT in /admin/"),
		func(s *driver.Stage) {
			a := s.Connected("/admin")
			s.Connected("/admin/").Session().WantSame(a.Session())
		}),
	forClients("client.mux.prefix-shared", "a namespace with whose name that of another one begins is joined over the same connection", clientBoth,
		caught("client.multiplex.by-prefix", "want one connection", "client.multiplex.never", "want one connection"),
		func(s *driver.Stage) {
			a := s.Connected("/admin")
			s.Connected("/adm").Session().WantSame(a.Session())
			if !s.Revision4() { // there the main namespace is joined when the connection begins, or not at all
				s.Connected("/").Session().WantSame(a.Session())
			}
		}),
	forClients("client.mux.case-sensitive", "upper and lower case are told apart in the names of namespaces", clientBoth,
		caught("client.url.case", "want CONNECT in /Admin", "client.connect.lower-case", "want CONNECT in /Admin"),
		func(s *driver.Stage) {
			k := s.Connected("/Admin")
			k.On("m")
			k.Session().Send(`42/admin,["m",1]`, `42/Admin,["m",2]`)
			k.WantEvent("m", "[2]")
		}),
	forClients("client.mux.nested-and-special-names", "names of namespaces stand in the packets as they are written", clientBoth,
		caught("client.url.encoded", "want CONNECT in /caf%C3%A9", "client.url.first-segment", "want CONNECT in /a/b/c"),
		func(s *driver.Stage) {
			for _, name := range []string{"/a/b/c", "/dynamic-101", "/x.y_z", "/caf%C3%A9"} {
				s.Connected(name)
			}
			wantHandshakes(s, 1)
		}),
	forClients("client.mux.fragment-ignored", "a fragment of the URL is no part of the namespace", clientBoth,
		caught("client.url.fragment", "want CONNECT in /a"),
		func(s *driver.Stage) { s.OpenURL(s.Server().URL+"/a#frag", "/a").Accept() }),
	forClients("client.mux.many-namespaces", "fifty namespaces share one connection", clientBoth,
		caught("client.multiplex.never", "want one connection"),
		func(s *driver.Stage) {
			var all []*driver.Socket
			s.Batch(func() {
				for i := range 50 {
					all = append(all, s.Open(fmt.Sprintf("/t%d", i)))
				}
			})
			for _, k := range all {
				k.Accept().WantSame(all[0].Session())
			}
		}),
	forClients("client.mux.close-one-while-other-pending", "leaving a namespace does not end the connection while another waits for its answer", clientBoth,
		caught("client.disconnect.ends-connection", "want", "client.disconnect.unsent", "want 41/a", "client.connect.unreported", "want connect"),
		func(s *driver.Stage) {
			var a, b *driver.Socket
			s.Batch(func() { a, b = s.Open("/a"), s.Open("/b") })
			c := a.Accept()
			c.WantSame(s.WantConnect("/b"))
			a.Disconnect()
			a.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			c.WantOpen()
			b.AcceptOn(c)
		}),
}

// wantHandshakes fails the scenario unless the client asked for so many sessions.
func wantHandshakes(s *driver.Stage, n int) {
	if got := len(s.Server().Handshakes()); got != n {
		word := "handshakes"
		if n == 1 {
			word = "handshake"
		}
		s.Failf("want %s %s, got %d", map[int]string{1: "one", 2: "two", 3: "three"}[n], word, got)
	}
}
