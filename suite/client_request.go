package suite

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientRequestScenarios are about the requests of which a session is made, and what becomes of them.
var clientRequestScenarios = []run.Scenario{
	forClients("client.transport.path-slash", "a path that ends with a slash is not given a second one", clientBoth,
		caught("client.option.path", "want the path", "client.engine.slash-doubled", "want the path"),
		func(s *driver.Stage) {
			s.Connected("/a", driver.Opts{"path": "/socket.io/v9/"})
			wantExactPath(s, "/socket.io/v9/")
		}),
	forClients("client.transport.trailing-slash", "the path of every request ends with a slash", clientEverywhere,
		caught("client.engine.slash-dropped", "want the path"),
		func(s *driver.Stage) {
			s.Connected("/a")
			wantExactPath(s, "/socket.io/")
		}),
	needing(forClients("client.transport.add-trailing-slash", "the slash at the end of the path is left out when that is asked for", client5Both,
		caught("client.option.add-trailing-slash", "want the path"),
		func(s *driver.Stage) {
			s.Connected("/a", driver.Opts{"addTrailingSlash": false})
			wantExactPath(s, "/socket.io")
		}), "add-trailing-slash"),
	forClients("client.transport.query-encoded", "what has a meaning in URLs is encoded in the query", client5Both,
		caught("client.engine.query-mangled", "want the query", "client.engine.query-dropped", "want the query"),
		func(s *driver.Stage) {
			const awkward = "a b&c=d+é#" // each of these has a meaning in URLs
			s.Connected("/a", driver.Opts{"query": map[string]any{"token": awkward}})
			wantQuery(s, "token", awkward)
		}),
	forClients("client.transport.query-url-encoded", "a query in the URL reaches the server as it was meant", clientBoth,
		caught("client.engine.query-mangled", "want the query", "client.engine.query-dropped", "want the query"),
		func(s *driver.Stage) {
			s.OpenURL(s.Server().URL+"/?token=a%20b%26c", "/").Accept()
			wantQuery(s, "token", "a b&c")
		}),
	needing(forClients("client.transport.timestamp", "requests have a parameter against caches when that is asked for, over WebSocket too, under the name that was asked for", clientBoth,
		caught("client.option.timestamps", "want the parameter"),
		func(s *driver.Stage) {
			s.Connected("/", driver.Opts{"timestampRequests": true, "timestampParam": "when"})
			if r := s.Server().Requests()[0]; r.Query.Get("when") == "" {
				s.Failf("want the parameter when in the request, got %s", r.Query.Encode())
			}
		}), "timestamps"),
	needing(forClients("client.transport.cookies", "cookies of the server come with the next requests when that is asked for", client5Polling,
		caught("client.option.cookies", "want the cookie"),
		func(s *driver.Stage) {
			s.Server().Script.SetCookie = "route=7"
			s.Connected("/", driver.Opts{"withCredentials": true}).WantNothing()
			for _, r := range s.Server().Requests() {
				if r.SID != "" && r.Header.Get("Cookie") != "route=7" {
					s.Failf("want the cookie route=7 in every request of the session, got %q in %s", r.Header.Get("Cookie"), r.Method)
				}
			}
		}), "cookies"),
	needing(forClients("client.transport.no-cookies", "cookies of the server do not come with the next requests when nobody has asked for it", client5Polling,
		caught("client.option.cookies-always", "want no cookie"),
		func(s *driver.Stage) {
			s.Server().Script.SetCookie = "route=7"
			s.Connected("/").WantNothing()
			for _, r := range s.Server().Requests() {
				if got := r.Header.Get("Cookie"); got != "" {
					s.Failf("want no cookie, got %q in %s", got, r.Method)
				}
			}
		}), "cookies"),
	forClients("client.disconnect.payload-fails", "a payload that the server refuses ends the session, and is reported", clientPolling,
		caught("client.disconnect.wrong-reason", "reason", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.Tolerate("error")
			k.Session().FailPost(http.StatusBadRequest)
			k.Emit("x")
			k.WantDisconnected("transport error")
			s.Drain()
		}),
	slowly(forClients("client.transport.connect-timeout-ends", "a WebSocket that is not opened in time is given up", clientWS,
		caught("client.option.timeout", "want connect_error"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Hang: true})
			s.Open("/", driver.Opts{"timeout": 200}).WantConnectError("<text>")
			s.Server().WantHangUp()
		})),
	forClients("client.disconnect.during-handshake", "a socket that leaves while its WebSocket is opened gives it up", clientWS,
		caught("client.call.disconnect", "want the end of the handshake"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Hang: true})
			k := s.Open("/")
			s.Server().WantHandshakes(1)
			k.Disconnect()
			s.Server().WantHangUp()
			s.FenceDriver()
			k.WantNoEvents("want nothing reported")
		}),
	forClients("client.transport.probe-closed", "the probe of an upgrade ends with the session that it was for", clientPolling,
		caught("client.option.never-upgrades", "want the probe", "client.disconnect.unreported", "want disconnect"),
		func(s *driver.Stage) {
			s.Server().Script.HoldProbe = true
			k := s.Connected("/", driver.Opts{"transports": []string{"polling", "websocket"}})
			k.Tolerate("error")
			k.Session().WantProbe()
			k.Session().FailPoll(http.StatusBadRequest)
			k.WantDisconnected("transport error")
			k.Session().WantProbeOver()
		}),
	needing(forClients("client.transport.remember-until-failure", "a client that remembers an upgrade begins with long-polling again when WebSocket has failed", clientUpgraded,
		caught("client.option.remember-upgrade", "want handshakes over"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"rememberUpgrade": true}))
			c := s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.Joined(c)
			k.WantConnected()
			first := "polling"
			if s.Server().Handshakes()[0].WebSocket { // it remembers an earlier scenario
				first = "websocket"
			} else {
				c.WantUpgraded()
			}
			s.Server().Next(driver.Reaction{Status: 503})
			k.Tolerate("connect_error")
			leaveAndConnect(k, c)
			s.WantConnect("/a").Accept("/a")
			k.ID = ""
			k.WantConnected()
			s.Server().WantHandshakeTransports(first, "websocket", "polling")
			s.Drain()
		}), "remember-upgrade"),
	needing(forClients("client.transport.try-all-from-first", "a client that may try all transports begins with the first for every connection", client5WS,
		caught("client.option.try-all", "another kind of event"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Status: 400})
			k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"transports": []string{"websocket", "polling"}, "upgrade": false, "tryAllTransports": true}))
			s.Tolerate("error")
			k.Session().FailPoll(http.StatusBadRequest)
			k.WantDisconnected("transport error")
			k.Accept()
			s.Server().WantHandshakeTransports("websocket", "polling", "websocket")
		}), "try-all-transports"),
	needing(forClients("client.transport.max-payload-utf8", "the limit of payloads counts bytes, and not characters", client5Polling,
		caught("client.event.unsent", "want 42", "client.event.reordered", "want 42", "client.engine.ignores-limit", "payloads of at most"),
		func(s *driver.Stage) {
			s.Server().Script.MaxPayload = 60
			k := s.Connected("/")
			var want []string
			s.Batch(func() {
				for i := range 4 {
					k.Emit("n", fmt.Sprintf("%d€€€€€€", i))
					want = append(want, fmt.Sprintf(`42["n","%d€€€€€€"]`, i))
				}
			})
			k.Session().Want(want...)
			wantPayloads(s, k, 60)
		}), "max-payload"),
	needing(forClients("client.transport.max-payload-binary", "the limit of payloads counts attachments as they are encoded", client5Polling,
		caught("client.binary.attachment-lost", "want an attachment", "client.event.unsent", "want 451-", "client.engine.ignores-limit", "payloads of at most"),
		func(s *driver.Stage) {
			s.Server().Script.MaxPayload = 90
			k := s.Connected("/")
			data := make([]byte, 40)
			s.Batch(func() {
				for range 3 {
					k.Emit("b", driver.Binary(data...))
				}
			})
			for range 3 {
				k.Session().Want(`451-["b",` + placeholder0 + `]`)
				k.Session().WantBinary(data)
			}
			wantPayloads(s, k, 90)
		}), "max-payload", "binary"),
	needing(forClients("client.heartbeat.reported", "a ping of the server is reported by the connection", client5WS,
		caught("client.reconnect.unreported", "want ping"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Session().Send("2")
			s.WantManager("ping")
		}), "manager-ping", "manager-events"),
	timed(forClients("client.heartbeat.missing-ping-soon", "a server that sends no ping is given up as soon as its time is over", client5WS,
		caught("client.engine.late-timeout", "want a disconnect", "client.engine.ignores-silence", "want disconnect"),
		func(s *driver.Stage) {
			if after, most := givenUp(s, 1000, 500), s.Scaled(2900*time.Millisecond); after > most {
				s.Failf("want a disconnect when ping interval and time-out are over, got one %v behind the connect", after.Round(time.Millisecond))
			}
		})),
}

func wantExactPath(s *driver.Stage, path string) {
	for _, r := range s.Server().Requests() {
		if r.Path != path {
			s.Failf("want the path %s in every request, got %s", path, r.Path)
		}
	}
}

func wantPayloads(s *driver.Stage, k *driver.Socket, most int) {
	for _, p := range k.Session().Posts() {
		if len(p) > most {
			s.Failf("want payloads of at most %d bytes, got one of %d", most, len(p))
		}
	}
}
