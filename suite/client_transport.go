package suite

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientTransportScenarios are about the connection below.
var clientTransportScenarios = []run.Scenario{
	forClients("client.transport.default-polling-then-upgrade", "a session that begins with long-polling goes on over WebSocket", clientUpgraded,
		caught("client.option.never-upgrades", "want the upgrade"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			if hs := s.Server().Handshakes(); hs[0].WebSocket {
				s.Failf("want a handshake over long-polling first")
			}
			polls := countRequests(s, http.MethodGet)
			k.Emit("x")
			k.Session().Want(`42["x"]`)
			k.WantNothing()
			if n := countRequests(s, http.MethodGet); n > polls+1 {
				s.Failf("want no poll behind the upgrade, got %d", n-polls)
			}
		}),
	forClients("client.transport.eio-version", "every request names the version of Engine.IO and the transport", clientEverywhere,
		caught("client.engine.other-version", "want EIO=", "client.engine.no-transport", "want the transport"),
		func(s *driver.Stage) {
			s.Connected("/")
			for _, r := range s.Server().Requests() {
				if want := fmt.Sprint(s.Config().Revision.EIO()); r.Query.Get("EIO") != want {
					s.Failf("want EIO=%s in every request, got %q", want, r.Query.Get("EIO"))
				}
				if want := map[bool]string{true: "websocket", false: "polling"}[r.WebSocket]; r.Query.Get("transport") != want {
					s.Failf("want the transport %s in the request, got %q", want, r.Query.Get("transport"))
				}
			}
		}),
	forClients("client.transport.default-path", "the path of every request is /socket.io/, whatever the namespace", clientEverywhere,
		caught("client.engine.namespace-in-path", "want the path"),
		func(s *driver.Stage) {
			s.Connected("/orders")
			wantPath(s, "/socket.io/")
		}),
	forClients("client.transport.custom-path", "the path of every request is the one that was asked for", clientBoth,
		caught("client.option.path", "want the path"),
		func(s *driver.Stage) {
			s.Connected("/admin", driver.Opts{"path": "/socket.io/v9"})
			wantPath(s, "/socket.io/v9/")
		}),
	forClients("client.transport.websocket-only", "a client that is to use WebSocket only does not poll", clientWS,
		caught("client.option.transports", "want no poll"),
		func(s *driver.Stage) {
			s.Connected("/")
			if n := len(s.Server().Requests()); n != 1 || !s.Server().Requests()[0].WebSocket {
				s.Failf("want no poll and one WebSocket, got %d requests", n)
			}
		}),
	forClients("client.transport.polling-only", "a client that is to poll only opens no WebSocket", clientPolling,
		caught("client.option.transports", "want no WebSocket"),
		func(s *driver.Stage) {
			s.Connected("/")
			s.Connected("/a").WantNothing()
			wantOnlyPolling(s)
		}),
	forClients("client.transport.upgrade-false", "a client that is not to upgrade stays with long-polling", clientPolling,
		caught("client.option.upgrade", "want no WebSocket"),
		func(s *driver.Stage) {
			s.Connected("/", driver.Opts{"transports": []string{"polling", "websocket"}, "upgrade": false}).WantNothing()
			s.LetPass(s.Scaled(100 * time.Millisecond))
			wantOnlyPolling(s)
		}),
	forClients("client.transport.no-upgrades-offered", "a client does not upgrade when the server does not offer it", clientPolling,
		caught("client.engine.upgrades-unoffered", "want no WebSocket", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			s.Server().Script.Upgrades = []string{}
			k := s.Connected("/", driver.Opts{"transports": []string{"polling", "websocket"}})
			k.On("m")
			k.Session().Send(`42["m"]`)
			k.WantEvent("m", "[]")
			k.WantNothing()
			wantOnlyPolling(s)
		}),
	forClients("client.transport.unknown-upgrade-ignored", "an upgrade that the client does not know is passed over", clientUpgraded,
		caught("client.option.never-upgrades", "want the upgrade"),
		func(s *driver.Stage) {
			s.Server().Script.Upgrades = []string{"smoke-signals", "websocket"}
			s.Connected("/")
		}),
	forClients("client.transport.upgrade-refused", "when the WebSocket cannot be opened the session goes on over long-polling", clientPolling,
		caught("client.event.unsent", "want 42", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			s.Server().Script.RefuseUpgrade = true
			staysWithPolling(s, s.Connected("/", driver.Opts{"transports": []string{"polling", "websocket"}}))
		}),
	forClients("client.transport.probe-wrong-answer", "a wrong answer to the probe leaves the session with long-polling", clientPolling,
		caught("client.event.unsent", "want 42", "client.option.never-upgrades", "want the probe", "client.engine.any-probe-answer", "want"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Connected("/", driver.Opts{"transports": []string{"polling", "websocket"}})
			k.Session().WantProbe()
			k.Session().AnswerProbe("3nope")
			s.LetPass(s.Scaled(50 * time.Millisecond))
			staysWithPolling(s, k)
		}),
	forClients("client.transport.probe-unanswered", "while the probe is not answered the session works over long-polling", clientPolling,
		caught("client.event.unsent", "want 42", "client.option.never-upgrades", "want the probe"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Connected("/", driver.Opts{"transports": []string{"polling", "websocket"}})
			k.Session().WantProbe()
			staysWithPolling(s, k)
		}),
	forClients("client.transport.order-across-upgrade", "what is sent while the session is upgraded arrives once and in order", clientUpgraded,
		caught("client.event.reordered", "want 42", "client.event.sent-twice", "want", "client.option.never-upgrades", "want the probe"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Open("/")
			c := s.WantConnect("/")
			k.ID = c.Accept("/")
			k.Joined(c)
			k.WantConnected()
			c.WantProbe()
			var want []string
			for i := range 30 {
				if i == 10 {
					c.AnswerProbe("3probe")
				}
				k.Emit("n", i)
				want = append(want, fmt.Sprintf(`42["n",%d]`, i))
			}
			c.Want(want...)
			c.WantUpgraded()
		}),
	forClients("client.transport.payload-across-upgrade", "a payload that is under way when the session is upgraded is not sent again", clientUpgraded,
		caught("client.event.sent-twice", "want nothing; got 42", "client.option.never-upgrades", "want the probe", "client.event.unsent", "want 42"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			s.Server().Script.SlowPost = s.Scaled(300 * time.Millisecond)
			k := s.Open("/")
			c := s.WantConnect("/")
			k.ID = c.Accept("/")
			k.Joined(c)
			k.WantConnected()
			c.WantProbe()
			k.Emit("x")
			c.Want(`42["x"]`)
			c.AnswerProbe("3probe")
			c.WantUpgraded()
			k.WantNothing()
		}),
	forClients("client.transport.sid-in-requests", "every request behind the handshake names the session", clientPolling,
		append(caught("client.event.unsent", "want 42"), in5(caught("client.engine.no-session", "want CONNECT in /"))...),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Emit("x")
			k.Session().Want(`42["x"]`)
			k.WantNothing()
			wantHandshakes(s, 1)
		}),
	forClients("client.transport.single-get-post", "there are never two polls, nor two payloads, under way at once", clientPolling,
		caught("client.event.unsent", "want 42"),
		func(s *driver.Stage) {
			s.Server().Script.SlowPost = s.Scaled(20 * time.Millisecond)
			k := s.Connected("/")
			for i := range 5 {
				k.Emit("n", i)
			}
			k.Session().Want(`42["n",0]`, `42["n",1]`, `42["n",2]`, `42["n",3]`, `42["n",4]`)
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				if n := s.Server().MostAtOnce(method); n > 1 {
					s.Failf("want one %s at a time, got %d", method, n)
				}
			}
		}),
	forClients("client.transport.payload-encoding-out", "several packets in one payload are separated as the revision wants it", clientPolling,
		caught("client.event.unsent", "want 42", "client.event.reordered", "want"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			s.Batch(func() {
				k.Emit("hello")
				k.Emit("world")
				k.Emit("again")
			})
			k.Session().Want(`42["hello"]`, `42["world"]`, `42["again"]`)
		}),
	forClients("client.transport.payload-encoding-in", "the packets of one payload are handled one by one, in order", clientPolling,
		caught("client.event.delivered-reordered", "args", "client.event.undelivered", "want event n", "client.event.delivered-twice", "want event n"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("n")
			k.Session().SendTogether(`42["n",0]`, `42["n",1]`, `42["n","é€😀"]`, `42["n",2]`)
			for _, want := range []string{"[0]", "[1]", `["é€😀"]`, "[2]"} {
				k.WantEvent("n", want)
			}
		}),
	forClients("client.transport.utf8-length-v3", "the lengths in a payload of revision 4 count characters, and not bytes", client4Polling,
		caught("client.event.latin1", "want"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Emit("x", "é€")
			k.Session().Want(`42["x","é€"]`)
		}),
	forClients("client.transport.handshake-with-message", "what stands behind the handshake in its payload is handled", client4Polling,
		caught("client.connect.ignores-answer", "want connect", "client.connect.unreported", "want connect"),
		func(s *driver.Stage) { s.Connected("/") }),
	needing(forClients("client.transport.max-payload", "payloads are no larger than the server takes", client5Polling,
		caught("client.event.unsent", "want 42", "client.event.reordered", "want 42", "client.engine.ignores-limit", "payloads of at most"),
		func(s *driver.Stage) {
			s.Server().Script.MaxPayload = 60
			k := s.Connected("/")
			var want []string
			s.Batch(func() {
				for i := range 6 {
					k.Emit("n", fmt.Sprintf("%020d", i))
					want = append(want, fmt.Sprintf(`42["n","%020d"]`, i))
				}
			})
			k.Session().Want(want...)
			wantPayloads(s, k, 60)
		}), "max-payload"),
	forClients("client.transport.ws-first-fallback-off", "a client that begins with WebSocket does not turn to long-polling when that fails", clientWS,
		append(caught("client.refusal.unreported", "want connect_error"), in5(caught("client.option.try-all-always", "want connect_error"))...),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Status: 400})
			s.Open("/", driver.Opts{"transports": []string{"websocket", "polling"}}).WantConnectError("<text>")
			s.FenceDriver()
			wantHandshakes(s, 1)
		}),
	needing(forClients("client.transport.try-all-transports", "a client that may try all transports turns to the next when one fails", client5WS,
		caught("client.option.try-all", "want CONNECT in /a"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Status: 400})
			s.Connected("/a", driver.Opts{"transports": []string{"websocket", "polling"}, "upgrade": false, "tryAllTransports": true})
		}), "try-all-transports"),
	forClients("client.transport.extra-headers", "further headers are sent with every request", clientEverywhere,
		append(caught("client.option.headers", "want the header"),
			run.Catch{Fault: "client.engine.headers-dropped", Reason: "want the header", Transport: peer.Polling},
			run.Catch{Fault: "client.engine.headers-dropped", Reason: "want the header", Transport: peer.Upgraded}),
		func(s *driver.Stage) {
			k := s.Connected("/", driver.Opts{"extraHeaders": map[string]any{"x-test": "42"}})
			k.WantNothing()
			for _, r := range s.Server().Requests() {
				if r.Header.Get("X-Test") != "42" {
					s.Failf("want the header x-test in every request, got none in %s of %s", r.Method, r.Path)
				}
			}
		}),
	forClients("client.transport.post-content-type", "payloads of text are sent as plain text in UTF-8", clientPolling,
		caught("client.engine.content-type", "want text/plain"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Emit("x")
			k.Session().Want(`42/a,["x"]`)
			for _, r := range s.Server().Requests() {
				if kind := strings.ToLower(strings.ReplaceAll(r.Header.Get("Content-Type"), " ", "")); r.Method == http.MethodPost && kind != "text/plain;charset=utf-8" {
					s.Failf("want text/plain;charset=UTF-8 as the content type of a payload, got %q", kind)
				}
			}
		}),
	forClients("client.transport.handshake-http-error", "a handshake that is refused is reported at every socket of the connection", clientBoth,
		caught("client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Status: 403})
			var root, a *driver.Socket
			s.Batch(func() { root, a = s.Open("/"), s.Open("/a") })
			root.WantConnectError("<text>")
			a.WantConnectError("<text>")
		}),
	slowly(forClients("client.transport.connect-timeout", "a handshake that is not answered in time is given up, and reported", clientBoth,
		caught("client.option.timeout", "want connect_error", "client.refusal.unreported", "want connect_error", "client.option.timeout-longer", "in time"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Hang: true})
			k := s.Open("/", driver.Opts{"timeout": 400})
			wantInTime(s, 500*time.Millisecond, func() { k.WantConnectError("<text>") })
		})),
	needing(forClients("client.transport.remember-upgrade", "a client that is to remember that an upgrade went well begins with WebSocket the next time", clientUpgraded,
		caught("client.option.remember-upgrade", "want a handshake over WebSocket"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"rememberUpgrade": true}))
			c := s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.WantConnected()
			if !s.Server().Handshakes()[0].WebSocket { // it may remember an earlier scenario
				c.WantUpgraded()
			}
			leaveAndConnect(k, c)
			c = s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.WantConnected()
			if hs := s.Server().Handshakes(); !hs[len(hs)-1].WebSocket {
				s.Failf("want a handshake over WebSocket, got one over long-polling")
			}
		}), "remember-upgrade"),
	forClients("client.transport.repoll", "behind every poll there is the next, also when there was nothing to say", clientPolling,
		caught("client.event.undelivered", "want event m"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("m")
			for i := range 3 {
				k.Session().Send("6")
				k.Session().Send(fmt.Sprintf(`42["m",%d]`, i))
				k.WantEvent("m", fmt.Sprintf("[%d]", i))
			}
		}),
	forClients("client.invalid.polling-payload-garbage", "a poll whose answer is no payload ends the session", clientPolling,
		caught("client.disconnect.unreported", "want disconnect", "client.disconnect.wrong-reason", "reason"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Tolerate("error")
			k.Session().AnswerPoll("zzz")
			k.WantDisconnected("transport error")
			s.Drain()
		}),
	forClients("client.transport.cache-buster", "no two requests of long-polling have the same address", clientPolling,
		caught("client.engine.same-stamp", "want requests that differ", "client.engine.no-timestamp", "want requests that differ"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.WantNothing()
			seen := map[string]bool{}
			for _, r := range s.Server().Requests() {
				address := r.Method + " " + r.Query.Encode()
				if seen[address] {
					s.Failf("want requests that differ, got %s twice", address)
				}
				seen[address] = true
			}
		}),
}

// leaveAndConnect lets the only socket of the session leave and connect again: for some clients a connection that is cut is a failure of its transport.
func leaveAndConnect(k *driver.Socket, c *driver.Session) {
	k.Disconnect()
	k.WantDisconnected("io client disconnect")
	c.Want("41/a,")
	c.WantClosed()
	k.Connect()
}

func wantPath(s *driver.Stage, path string) {
	for _, r := range s.Server().Requests() {
		if strings.TrimSuffix(r.Path, "/") != strings.TrimSuffix(path, "/") {
			s.Failf("want the path %s in every request, got %s", path, r.Path)
		}
	}
}

func wantOnlyPolling(s *driver.Stage) {
	for _, r := range s.Server().Requests() {
		if r.WebSocket {
			s.Failf("want no WebSocket, got one")
		}
	}
}

func countRequests(s *driver.Stage, method string) int {
	n := 0
	for _, r := range s.Server().Requests() {
		if r.Method == method && !r.WebSocket {
			n++
		}
	}
	return n
}

func staysWithPolling(s *driver.Stage, k *driver.Socket) {
	k.On("m")
	k.Emit("x")
	k.Session().Want(`42["x"]`)
	k.Session().Send(`42["m"]`)
	k.WantEvent("m", "[]")
	k.WantNothing()
	k.Session().WantPolling()
}
