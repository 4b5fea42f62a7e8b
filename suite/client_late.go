package suite

import (
	"fmt"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientLateScenarios are about acknowledgements, and events sent again, that come late or not at all.
var clientLateScenarios = []run.Scenario{
	needing(slowly(forClients("client.ack.timeout-stops", "an acknowledgement that came in time does not fail when the time is over", client5WS,
		caught("client.ack.error-behind", "want nothing", "client.ack.undelivered", "want acknowledgement"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			wait := s.Scaled(800 * time.Millisecond)
			k.EmitWith(driver.Op{"timeout": wait.Milliseconds(), "ack": "k"}, "e")
			id := k.Session().Want(`42<id:integer>["e"]`)["id"]
			k.Session().Send("43" + id + `["v"]`)
			k.WantAck("k", `["v"]`)
			s.LetPass(wait)
			k.WantNothing()
		})), "timeout"),
	needing(forClients("client.ack.promise-disconnect", "a promise of an acknowledgement fails when the socket is disconnected", client5WS,
		caught("client.ack.undelivered", "want failure", "client.ack.error-lost", "it did not fail"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"promise": true, "ack": "k"}, "e")
			k.Session().Want(`42<integer>["e"]`)
			lose(s, k.Session(), k)
			k.WantAckError("k")
		}), "promise"),
	needing(slowly(forClients("client.retry.own-timeout", "an event with a time-out of its own is sent again when that is over", client5WS,
		caught("client.retry.never", `want 42<integer>["x"]`, "client.ack.timeout-ignored", `want 42<integer>["x"]`),
		func(s *driver.Stage) {
			k := s.Connected("/", driver.Opts{"retries": 1})
			k.EmitWith(driver.Op{"timeout": 150, "ack": "k"}, "x")
			k.Session().Want(`42<integer>["x"]`, `42<integer>["x"]`)
			k.WantAckError("k")
		})), "retries", "timeout"),
	needing(forClients("client.retry.emitted-in-connect", "an event that a listener for connect sends is sent once", client5WS,
		caught("client.event.sent-twice", "want nothing", "client.option.retries", "want an acknowledgement id"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a", driver.Opts{"retries": 1, "ackTimeout": 60000})
				k.When("connect", k.OpEmit("x"))
			})
			c := k.Accept()
			id := c.Want(`42/a,<id:integer>["x"]`)["id"]
			k.WantNothing()
			c.Send("43/a," + id + "[]")
		}), "retries", "when"),
	needing(forClients("client.recovery.forgotten", "a session that cannot be recovered ends the asking for the one before it", client5WS,
		caught("client.recovery.unsent", "it has none", "client.credentials.invented", "want"),
		func(s *driver.Stage) {
			k := recovering(s, "P1", nil)
			lose(s, k.Session(), k)
			c := s.WantConnect("/a", `{"pid":"P1"}`)
			k.AcceptOn(c)
			lose(s, c, k)
			k.Accept()
		}), "recovery"),
}

// clientAgainScenarios are about the ways back to a connection.
var clientAgainScenarios = []run.Scenario{
	forClients("client.reconnect.after-manual-connect", "a socket that has left and was asked to connect is connected again behind a lost connection, as ever", clientBoth,
		caught("client.reconnect.never", "want CONNECT in /a", "client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			c := k.Session()
			k.Disconnect()
			k.WantDisconnected("io client disconnect")
			c.Want("41/a,")
			c.WantClosed()
			k.Connect()
			k.Accept()
			lose(s, k.Session(), k)
			k.Accept()
		}),
	forClients("client.reconnect.connect-after-stop", "a socket that has left while the client waited, and is asked to connect, is connected", clientBoth,
		caught("client.call.connect", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", slowReconnecting)
			lose(s, k.Session(), k)
			k.Disconnect()
			s.FenceDriver()
			k.Connect()
			k.Accept()
		}),
	forClients("client.reconnect.query-kept", "the handshake of the next connection has the query again, and asks for a new session", clientPolling,
		caught("client.engine.query-dropped", "want the query", "client.engine.old-session", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"query": map[string]any{"token": "1"}}))
			lose(s, k.Session(), k)
			k.Accept()
			wantQuery(s, "token", "1")
		}),
	timed(forClients("client.reconnect.delay", "the first attempt to connect again comes behind the delay that was asked for", clientWS,
		caught("client.option.delay", "want a delay of", "client.option.delay-doubled", "want a delay of", "client.reconnect.never", "want 2 handshakes"),
		func(s *driver.Stage) {
			const delay = 1700 * time.Millisecond // above the usual second
			k := s.Connected("/a", driver.Opts{"reconnection": true, "reconnectionDelay": delay.Milliseconds(), "reconnectionDelayMax": 5000, "randomizationFactor": 0.01})
			cut := s.Elapsed()
			lose(s, k.Session(), k)
			wantDelay(s, delay, func() time.Duration { return s.Server().WantHandshakes(2)[1].At - cut }, "")
			k.Accept()
		})),
	timed(forClients("client.reconnect.randomized", "the delay before the first attempt is not the same for all clients, and within its bounds", clientWS,
		caught("client.option.randomization", "want delays that differ", "client.option.delay", "want a delay"),
		randomizedDelays)),
	timed(forClients("client.reconnect.doubling", "each delay is twice the one before", clientWS,
		caught("client.option.delay-doubled", "want a delay", "client.option.delay-constant", "want a delay"),
		doublingDelays)),
	slowly(forClients("client.reconnect.not-randomized", "without randomization the delay before the first attempt is the one that was asked for", client5WS,
		caught("client.option.randomization-default", "want a delay", "client.option.delay", "want a delay"),
		func(s *driver.Stage) {
			least, _ := firstDelays(s, 600, 0)
			if floor := 570 * time.Millisecond; least < floor {
				s.Failf("want a delay of 600ms before each attempt, got %v", least.Round(time.Millisecond))
			}
		})),
	forClients("client.connect.lost-while-pending", "a connection that fails before the namespace is joined is a failure to connect", client5Polling,
		caught("client.refusal.unreported", "want connect_error", "client.refusal.as-disconnect", "another kind of event"),
		func(s *driver.Stage) {
			k := s.Open("/a")
			s.WantConnect("/a").FailPoll(400)
			k.WantConnectError("<text>")
			k.Tolerate("disconnect")
		}),
	forClients("client.connect.asked-twice", "a socket that is asked to connect more than once before it is connected delivers each event once", clientWS,
		caught("client.event.delivered-twice", "want nothing", "client.connect.reported-twice", "another kind of event"),
		func(s *driver.Stage) {
			k := s.Open("/a", driver.Opts{"autoConnect": false})
			k.On("m")
			s.Batch(func() {
				k.Connect()
				k.Connect()
			})
			k.Accept().Send(`42/a,["m"]`)
			k.WantEvent("m", "[]")
			k.WantNothing()
		}),
	slowly(forClients("client.transport.timeout-cleared", "the time for a connection attempt has no effect on the connection that was made", clientWS,
		caught("client.disconnect.invented", "want nothing"),
		func(s *driver.Stage) {
			wait := s.Scaled(2 * time.Second)
			k := s.Connected("/a", driver.Opts{"timeout": wait.Milliseconds()})
			s.LetPass(wait + s.Scaled(200*time.Millisecond))
			k.WantNothing()
		})),
	slowly(forClients("client.transport.timeout-cleared-failed", "the time for a connection attempt that failed has no effect on the connection that was made behind it", clientWS,
		caught("client.disconnect.invented", "want nothing", "client.reconnect.never", "want CONNECT in /a"),
		func(s *driver.Stage) {
			wait := s.Scaled(2 * time.Second)
			s.Server().Next(driver.Reaction{Status: 503})
			k := s.Open("/a", driver.Reconnecting.And(driver.Opts{"timeout": wait.Milliseconds()}))
			k.WantConnectError("<text>")
			k.Accept()
			s.LetPass(wait + s.Scaled(200*time.Millisecond))
			k.WantNothing()
		})),
	needing(forClients("client.mux.sibling", "a connection object hands out a further namespace over its connection, and asks for a namespace that it is about to join no second time", client5WS,
		caught("client.connect.twice", "want nothing; got 40/", "client.call.sibling", "there is no socket"),
		func(s *driver.Stage) {
			var a, b *driver.Socket
			s.Batch(func() {
				a = s.Open("/a")
				b = a.Sibling("/b")
			})
			c := s.WantConnect("/a")
			s.WantConnect("/b").WantSame(c)
			a.Sibling("/b").Tolerate("connect")
			a.AcceptOn(c)
			b.AcceptOn(c)
			a.WantNothing()
		}), "sibling"),
	needing(forClients("client.mux.sibling-again", "a namespace that was left is joined again when its socket is asked for again", client5WS,
		caught("client.call.sibling", "there is no socket", "client.connect.dropped", "want CONNECT in /"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			b := a.Sibling("/b")
			b.Accept()
			b.Disconnect()
			b.WantDisconnected("io client disconnect")
			a.Session().Want("41/b,")
			again := a.Sibling("/b")
			b.Tolerate("connect")
			again.Accept().WantSame(a.Session())
		}), "sibling"),
}

// doublingDelays refuses the attempts to connect again, and compares the delays before them. The second tells doubling from growing by steps, and a factor of two from larger ones.
func doublingDelays(s *driver.Stage) {
	const delay = 300 * time.Millisecond
	k := s.Connected("/a", driver.Opts{"reconnection": true, "reconnectionDelay": delay.Milliseconds(), "reconnectionDelayMax": 20000, "randomizationFactor": 0.01, "reconnectionAttempts": 3})
	refuse := driver.Reaction{Status: 503}
	s.Server().Next(refuse, refuse, refuse)
	k.Tolerate("connect_error")
	lose(s, k.Session(), k)
	wantDelays(s, 2*delay, 4*delay)
}

// wantDelays fails the scenario unless the attempts to connect again behind the first come at these distances.
func wantDelays(s *driver.Stage, delays ...time.Duration) {
	for i, want := range delays {
		before := s.Server().WantHandshakes(i + 2)[i+1].At
		wantDelay(s, want, func() time.Duration { return s.Server().WantHandshakes(i + 3)[i+2].At - before }, fmt.Sprintf(" before attempt %d", i+2))
	}
}

// wantDelay fails the scenario unless the time that is measured from now on is about as long as wanted: not shorter by more than a fifth, and no longer than half as much more than the driver takes to let that time pass, so that a
// busy machine is not taken for a client that is late.
func wantDelay(s *driver.Stage, want time.Duration, measure func() time.Duration, what string) {
	began := s.Elapsed()
	s.LetPass(want)
	most := (s.Elapsed() - began) * 3 / 2
	if got := measure(); got < want*4/5 || got > most+s.Scaled(200*time.Millisecond) {
		s.Failf("want a delay of %v%s, got %v", want, what, got.Round(time.Millisecond))
	}
}

// wantInTime fails the scenario unless what is waited for has come when the driver has let d pass, or soon after that.
func wantInTime(s *driver.Stage, d time.Duration, wait func()) {
	s.LetPass(d)
	began := s.Elapsed()
	wait()
	if late := s.Elapsed() - began; late > s.Scaled(200*time.Millisecond) {
		s.Failf("want it in time, got it %v after %v had passed", late.Round(time.Millisecond), d)
	}
}

// randomizedDelays shows that the delays of many clients differ.
func randomizedDelays(s *driver.Stage) {
	const delay = 1600
	least, most := firstDelays(s, delay, 0.5)
	if floor := delay * time.Millisecond * 9 / 20; least < floor {
		s.Failf("want a delay of at least %v before each attempt, got %v", floor, least.Round(time.Millisecond))
	}
	// A busy machine may make delays longer, and does not bring them together so closely around the middle.
	if least > delay*time.Millisecond*9/10 && most < delay*time.Millisecond*12/10 {
		s.Failf("want delays that differ, got %v to %v", least.Round(time.Millisecond), most.Round(time.Millisecond))
	}
}

// firstDelays lets many clients lose their connection, and returns how long they wait at least and at most before they connect again. The delay is in milliseconds.
func firstDelays(s *driver.Stage, delay int, randomization float64) (least, most time.Duration) {
	const clients = 16
	opts := driver.Opts{"forceNew": true, "reconnection": true, "reconnectionDelay": delay, "reconnectionDelayMax": 5000, "randomizationFactor": randomization}
	var all []*driver.Socket
	s.Batch(func() {
		for i := range clients {
			all = append(all, s.Open(fmt.Sprintf("/n%d", i), opts))
		}
	})
	for _, k := range all {
		k.Accept()
	}
	cut := s.Elapsed()
	for _, k := range all {
		k.Session().Cut()
	}
	for _, k := range all {
		k.WantLost("transport close")
	}
	least = time.Hour
	for _, r := range s.Server().WantHandshakes(2 * clients)[clients:] {
		least, most = min(least, r.At-cut), max(most, r.At-cut)
	}
	s.Drain() // who has waited long for the others may have given up
	return least, most
}
