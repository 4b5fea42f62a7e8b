package suite

import (
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// heart sets the heartbeat that the scripted server announces, in milliseconds before the time scale.
func heart(s *driver.Stage, interval, timeout int) {
	s.Server().Script.PingInterval = s.Scaled(time.Duration(interval) * time.Millisecond)
	s.Server().Script.PingTimeout = s.Scaled(time.Duration(timeout) * time.Millisecond)
}

// clientHeartScenarios are about the heartbeat.
var clientHeartScenarios = []run.Scenario{
	forClients("client.heartbeat.pong-ws", "each ping of the server is answered with one pong", client5WS,
		caught("client.engine.no-pong", "want 3 heartbeats", "client.engine.pong-twice", "want 3 pongs"),
		func(s *driver.Stage) { wantPongs(s) }),
	forClients("client.heartbeat.pong-polling", "over long-polling too, each ping of the server is answered with one pong", client5Polling,
		caught("client.engine.no-pong", "want 3 heartbeats", "client.engine.pong-twice", "want 3 pongs"),
		func(s *driver.Stage) { wantPongs(s) }),
	forClients("client.heartbeat.pong-payload", "a ping with something in it is answered with a bare pong", client5Both,
		caught("client.engine.no-pong", "want 1 heartbeats", "client.engine.ping-payload", "want 1 heartbeats"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Session().Send("2abc")
			k.Session().WantHeartbeats(1, s.Patience())
		}),
	timed(forClients("client.heartbeat.no-client-ping", "the client sends no pings of its own", client5WS,
		caught("client.engine.pings-itself", "want nothing; got 2", "client.engine.no-pong", "want 3 heartbeats"),
		wantThreeBeats)),
	timed(forClients("client.heartbeat.missing-ping", "a server that sends no ping in time is given up", client5WS,
		caught("client.engine.ignores-silence", "want disconnect", "client.disconnect.wrong-reason", "reason"),
		func(s *driver.Stage) {
			if after, least := givenUp(s, 600, 400), s.Scaled(800*time.Millisecond); after < least {
				s.Failf("want a disconnect when ping interval and time-out are over, got one %v behind the connect", after.Round(time.Millisecond))
			}
		})),
	timed(forClients("client.heartbeat.ping-resets-timer", "each ping gives the server time again", client5WS,
		caught("client.disconnect.invented", "want nothing", "client.engine.no-pong", "want 6 heartbeats"),
		func(s *driver.Stage) {
			heart(s, 200, 800)
			k := s.Connected("/")
			k.Session().WantHeartbeats(6, 3*s.Patience())
			k.WantNothing()
		})),
	timed(forClients("client.heartbeat.client-ping-v3", "the client of revision 4 sends pings", client4WS,
		caught("client.engine.no-ping", "want 3 heartbeats"),
		wantThreeBeats)),
	timed(forClients("client.heartbeat.client-ping-polling-v3", "the client of revision 4 sends pings over long-polling too", client4Polling,
		caught("client.engine.no-ping", "want 3 heartbeats"),
		wantThreeBeats)),
	timed(forClients("client.heartbeat.missing-pong-v3", "a server of revision 4 that does not answer a ping in time is given up", client4WS,
		caught("client.engine.ignores-silence", "want disconnect", "client.engine.no-ping", "want 1 heartbeats"),
		func(s *driver.Stage) {
			heart(s, 600, 400)
			s.Server().Script.SilentHeart = true
			k := s.Open("/")
			c := s.WantConnect("/")
			c.Accept("/")
			k.WantConnected()
			c.WantHeartbeats(1, s.Patience())
			k.WantDisconnected("ping timeout")
		})),
	timed(forClients("client.heartbeat.pong-resets-timer-v3", "each pong gives the server of revision 4 time again", client4WS,
		caught("client.engine.pong-unseen", "want 2 heartbeats", "client.engine.no-ping", "want 2 heartbeats", "client.disconnect.invented", "want nothing"),
		func(s *driver.Stage) {
			heart(s, 900, 700) // the time for the first pong is over before the second ping
			k := s.Connected("/")
			k.Session().WantHeartbeats(2, s.Patience())
			k.WantNothing()
		})),
	forClients("client.heartbeat.server-ping-v3-ignored", "a ping of a server of revision 4 disturbs nothing", client4WS,
		caught("client.engine.answers-pings", "want nothing; got 3", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) { undisturbed(s, "2") }),
	forClients("client.heartbeat.server-pong-v4-ignored", "a pong of the server disturbs nothing", client5WS,
		caught("client.engine.answers-pongs", "want nothing; got 2", "client.event.undelivered", "want event m"),
		func(s *driver.Stage) { undisturbed(s, "3") }),
	timed(forClients("client.heartbeat.timeout-then-reconnect", "behind a heartbeat that failed, the client connects again", clientWS,
		caught("client.reconnect.never", "want CONNECT in /a", "client.engine.ignores-silence", "want disconnect"),
		func(s *driver.Stage) {
			heart(s, 600, 400)
			s.Server().Script.SilentHeart = true
			k := s.Open("/a", driver.Reconnecting)
			c := s.WantConnect("/a")
			k.ID = c.Accept("/a")
			k.WantConnected()
			k.WantDisconnected("ping timeout")
			s.WantConnect("/a").Accept("/a")
			k.ID = ""
			k.WantConnected()
			k.Disconnect()
			k.Tolerate("disconnect")
			s.Drain()
		})),
	timed(forClients("client.heartbeat.data-does-not-reset", "data of the server does not stand for its ping", client5WS,
		caught("client.engine.data-counts", "want a disconnect"),
		func(s *driver.Stage) {
			heart(s, 600, 400)
			s.Server().Script.SilentHeart = true
			k := s.Open("/")
			c := s.WantConnect("/")
			k.ID = c.Accept("/")
			connected := k.WantConnected().Number("t")
			for range 8 {
				s.LetPass(s.Scaled(100 * time.Millisecond))
				c.Send(`42["m"]`)
			}
			after := time.Duration((k.WantDisconnected("ping timeout").Number("t") - connected) * float64(time.Millisecond))
			if most := s.Scaled(1500 * time.Millisecond); after > most {
				s.Failf("want a disconnect when ping interval and time-out are over, got one %v behind the connect", after.Round(time.Millisecond))
			}
			c.WantClosed()
		})),
	timed(forClients("client.heartbeat.data-counts-v3", "in revision 4 data of the server is a sign of life", client4WS,
		caught("client.engine.data-ignored", "want event m"),
		func(s *driver.Stage) {
			heart(s, 300, 500)
			s.Server().Script.SilentHeart = true
			k := s.Connected("/")
			k.On("m")
			for range 20 {
				s.LetPass(s.Scaled(100 * time.Millisecond))
				k.Session().Send(`42["m"]`)
				k.WantEvent("m", "[]")
			}
		})),
}

func wantPongs(s *driver.Stage) {
	k := s.Connected("/")
	for range 3 {
		k.Session().Send("2")
	}
	k.Session().WantHeartbeats(3, s.Patience())
	k.WantNothing()
	if n := k.Session().Heartbeats(); n != 3 {
		s.Failf("want 3 pongs for 3 pings, got %d", n)
	}
}

// undisturbed shows that a packet has no effect.
func undisturbed(s *driver.Stage, packet string) {
	k := s.Connected("/")
	k.On("m")
	k.Session().Send(packet, `42["m"]`)
	k.WantEvent("m", "[]")
	k.WantNothing()
	k.Session().WantPolling()
}

// wantThreeBeats shows that the client takes its part in three heartbeats, and sends nothing else.
func wantThreeBeats(s *driver.Stage) {
	heart(s, 150, 1500)
	k := s.Connected("/")
	k.Session().WantHeartbeats(3, s.Patience())
	k.WantNothing()
}

// givenUp has a server fall silent behind the CONNECT, and returns how long behind it the client has given the session up. Times are in milliseconds before the time scale.
func givenUp(s *driver.Stage, interval, timeout int) time.Duration {
	heart(s, interval, timeout)
	s.Server().Script.SilentHeart = true
	k := s.Open("/")
	c := s.WantConnect("/")
	k.ID = c.Accept("/")
	connected := k.WantConnected().Number("t")
	after := k.WantDisconnected("ping timeout").Number("t") - connected
	c.WantClosed()
	return time.Duration(after * float64(time.Millisecond))
}
