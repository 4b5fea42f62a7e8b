package suite

import (
	"fmt"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientAckScenarios are about acknowledgements, both ways.
var clientAckScenarios = []run.Scenario{
	forClients("client.ack.id-sequence", "events that want an acknowledgement have ids that differ, and others have none", clientBoth,
		caught("client.ack.no-id", "want an acknowledgement id", "client.ack.same-id", "want ids that differ"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitAck("k0", "e0")
			k.Emit("e1")
			k.EmitAck("k2", "e2")
			got := k.Session().Want(`42<one:integer>["e0"]`, `42["e1"]`, `42<two:integer>["e2"]`)
			if got["one"] == got["two"] {
				s.Failf("want ids that differ, got %s twice", got["one"])
			}
		}),
	forClients("client.ack.callback-args", "the arguments of an acknowledgement are handed over", clientEverywhere,
		caught("client.ack.undelivered", "want acknowledgement k", "client.ack.arguments-lost", "args", "client.ack.delivered-twice", "want nothing", "client.ack.no-id", "want an acknowledgement id", "client.ack.first-argument-only", "args"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.EmitAck("k", "e")
			id := k.Session().Want(`42/a,<id:integer>["e"]`)["id"]
			k.Session().Send(`43/a,` + id + `["r",{"x":1},null]`)
			k.WantAck("k", `["r",{"x":1},null]`)
		}),
	forClients("client.ack.empty", "an acknowledgement without arguments is handed over without", clientBoth,
		caught("client.ack.arguments-invented", "args", "client.ack.undelivered", "want acknowledgement"),
		func(s *driver.Stage) {
			k, answer := clientAsks(s, "/")
			answer("[]")
			k.WantAck("k", "[]")
		}),
	forClients("client.ack.once", "a second acknowledgement of the same event has no effect", clientBoth,
		caught("client.ack.delivered-twice", "want nothing; got"),
		func(s *driver.Stage) {
			k, answer := clientAsks(s, "/")
			answer("[1]")
			answer("[2]")
			k.WantAck("k", "[1]")
		}),
	forClients("client.ack.unknown-id", "an acknowledgement that nobody waits for has no effect", clientBoth,
		caught("client.ack.any-id", "args", "client.ack.undelivered", "want acknowledgement"),
		func(s *driver.Stage) {
			k, answer := clientAsks(s, "/")
			k.Session().Send(`4399["no"]`)
			answer(`["yes"]`)
			k.WantAck("k", `["yes"]`)
		}),
	forClients("client.ack.wrong-namespace", "an acknowledgement of another namespace has no effect", clientBoth,
		caught("client.ack.by-id-only", "args"),
		func(s *driver.Stage) {
			a := s.Connected("/a")
			s.Connected("/b")
			a.EmitAck("k", "e")
			id := a.Session().Want(`42/a,<id:integer>["e"]`)["id"]
			a.Session().Send(fmt.Sprintf(`43/b,%s["wrong"]`, id), fmt.Sprintf(`43/a,%s["right"]`, id))
			a.WantAck("k", `["right"]`)
		}),
	forClients("client.ack.out-of-order", "acknowledgements may come in any order", clientBoth,
		caught("client.ack.undelivered", "want acknowledgement", "client.ack.same-id", "label"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitAck("k0", "e0")
			k.EmitAck("k1", "e1")
			got := k.Session().Want(`42<one:integer>["e0"]`, `42<two:integer>["e1"]`)
			k.Session().Send(fmt.Sprintf(`43%s["one"]`, got["two"]), fmt.Sprintf(`43%s["zero"]`, got["one"]))
			k.WantAck("k1", `["one"]`)
			k.WantAck("k0", `["zero"]`)
		}),
	needing(slowly(forClients("client.ack.timeout", "an acknowledgement that does not come in time fails, and has no effect later", client5WS,
		caught("client.ack.timeout-ignored", "want", "client.ack.error-lost", "it did not fail", "client.ack.undelivered", "want", "client.ack.late-too", "want nothing; got", "client.ack.timeout-longer", "in time"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"timeout": 300, "ack": "k"}, "e")
			wantInTime(s, 350*time.Millisecond, func() { k.WantAckError("k") })
			id := k.Session().Want(`42<id:integer>["e"]`)["id"]
			k.Session().Send(`43` + id + `["late"]`)
			k.WantNothing()
		})), "timeout"),
	needing(forClients("client.ack.timeout-success", "an acknowledgement that comes in time is handed over without an error", client5WS,
		caught("client.ack.error-invented", "it failed", "client.ack.arguments-lost", "args"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"timeout": 5000, "ack": "k"}, "e")
			id := k.Session().Want(`42<id:integer>["e"]`)["id"]
			k.Session().Send(`43` + id + `["v",2]`)
			k.WantAck("k", `["v",2]`)
		}), "timeout"),
	needing(slowly(forClients("client.ack.timeout-removes-buffered", "an event whose time is over before the namespace is connected is not sent, and others are", client5WS,
		caught("client.ack.timeout-ignored", "want failure", "client.event.early", "want 42/a", "client.event.unsent", "want 42/a"),
		func(s *driver.Stage) {
			var k *driver.Socket
			s.Batch(func() {
				k = s.Open("/a")
				k.Emit("n", 1)
				k.EmitWith(driver.Op{"timeout": 100, "ack": "k"}, "e")
				k.Emit("n", 2)
			})
			c := s.WantConnect("/a")
			k.WantAckError("k")
			k.AcceptOn(c)
			c.Want(`42/a,["n",1]`, `42/a,["n",2]`)
			k.WantNothing()
		})), "timeout"),
	needing(slowly(forClients("client.ack.timeout-flag-single-use", "the event behind one with a time-out has none", client5WS,
		caught("client.ack.timeout-sticks", "want nothing"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"timeout": 80, "ack": "k0"}, "e0")
			k.EmitAck("k1", "e1")
			k.Session().Want(`42<integer>["e0"]`, `42<integer>["e1"]`)
			k.WantAckError("k0")
			s.LetPass(s.Scaled(150 * time.Millisecond))
			k.WantNothing()
		})), "timeout"),
	needing(forClients("client.ack.promise", "a promise of an acknowledgement becomes its first argument", client5WS,
		caught("client.ack.error-invented", "it failed", "client.ack.arguments-lost", "args"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"promise": true, "ack": "k"}, "e")
			id := k.Session().Want(`42<id:integer>["e"]`)["id"]
			k.Session().Send(`43` + id + `["v","ignored"]`)
			k.WantAck("k", `["v"]`)
		}), "promise"),
	needing(slowly(forClients("client.ack.promise-timeout", "a promise of an acknowledgement that does not come in time fails", client5WS,
		caught("client.ack.error-lost", "it did not fail", "client.ack.timeout-ignored", "want failure"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"promise": true, "timeout": 100, "ack": "k"}, "e")
			k.Session().Want(`42<integer>["e"]`)
			k.WantAckError("k")
		})), "promise"),
	needing(slowly(forClients("client.ack.default-timeout-option", "a time-out for all acknowledgements holds for each", client5WS,
		caught("client.option.ack-timeout", "want failure", "client.ack.error-lost", "it did not fail"),
		func(s *driver.Stage) {
			k := s.Connected("/", driver.Opts{"ackTimeout": 120})
			k.EmitAck("k", "e")
			k.Session().Want(`42<integer>["e"]`)
			k.WantAckError("k")
		})), "ack-timeout"),
	needing(forClients("client.ack.error-on-disconnect", "an acknowledgement with a time-out fails at once when the socket is disconnected", client5WS,
		caught("client.ack.undelivered", "want failure", "client.ack.error-lost", "it did not fail"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"timeout": 60000, "ack": "k"}, "e")
			k.Session().Want(`42<integer>["e"]`)
			lose(s, k.Session(), k)
			k.WantAckError("k")
		}), "timeout"),
	forClients("client.ack.discarded-on-disconnect", "an acknowledgement in the next session is not that of an event of the session before", client5WS,
		caught("client.ack.stale", "want nothing handed over", "client.reconnect.never", "want CONNECT in /a", "client.reconnect.forgets", "want CONNECT in /a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			k.EmitAck("k", "e")
			id := k.Session().Want(`42/a,<id:integer>["e"]`)["id"]
			k.Tolerate(driver.AckFailure) // some clients say so
			lose(s, k.Session(), k)
			k.Accept().Send(`43/a,` + id + `["stale"]`)
			k.Fence()
			k.WantNoEvents("want nothing handed over of an event of the session before")
		}),
	forClients("client.ack.buffered-survives-disconnect", "an event that waits for the connection keeps its wish for an acknowledgement", clientBoth,
		caught("client.ack.undelivered", "want acknowledgement", "client.ack.no-id", "want an acknowledgement id", "client.event.unsent", "want 42/a"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			lose(s, k.Session(), k)
			k.EmitAck("k", "e")
			c := k.Accept()
			id := c.Want(`42/a,<id:integer>["e"]`)["id"]
			c.Send(`43/a,` + id + `["ok"]`)
			k.WantAck("k", `["ok"]`)
		}),
	forClients("client.ack.id-continues-after-reconnect", "an id is not used again in the next session", clientBoth,
		caught("client.ack.same-id", "want ids that differ"),
		func(s *driver.Stage) {
			k := s.Connected("/a", driver.Reconnecting)
			k.EmitAck("k0", "e")
			one := k.Session().Want(`42/a,<id:integer>["e"]`)["id"]
			k.Tolerate(driver.AckFailure) // some clients say so
			lose(s, k.Session(), k)
			k.Accept()
			k.EmitAck("k1", "f")
			if two := k.Session().Want(`42/a,<id:integer>["f"]`)["id"]; one == two {
				s.Failf("want ids that differ, got %s twice", one)
			}
		}),
	forClients("client.ack.reply", "an event with an id is acknowledged in its namespace, with its id and the arguments", clientEverywhere,
		caught("client.ack.unsent", "want 43/a", "client.ack.sent-in-main", "want namespace /a", "client.ack.other-id", "acknowledgement id", "client.event.undelivered", "want event q", "client.ack.wish-lost", "ack: want true"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.On("q", driver.Reply("r", map[string]any{"x": 1}))
			k.Session().Send(`42/a,7["q","arg"]`)
			if l := k.WantEvent("q", `["arg"]`); l["ack"] != nil { // some libraries do not tell
				wantMember(s, l, "ack", "true")
			}
			k.Session().Want(`43/a,7["r",{"x":1}]`)
		}),
	forClients("client.ack.reply-empty", "an acknowledgement without arguments is an empty array", clientBoth,
		caught("client.ack.no-array", "without data", "client.ack.unsent", "want 430[]"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("q", driver.Reply())
			k.Session().Send(`420["q"]`)
			k.WantEvent("q", "[]")
			k.Session().Want("430[]")
		}),
	forClients("client.ack.reply-once", "an event is acknowledged once, however often the application does it", clientBoth,
		caught("client.ack.sent-twice", "want nothing; got 435"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("q", driver.Reply(1), driver.Times(3))
			k.Session().Send(`425["q"]`)
			k.WantEvent("q", "[]")
			k.Session().Want("435[1]")
			k.WantNothing()
		}),
	forClients("client.ack.no-handler-no-reply", "what the application does not acknowledge is not acknowledged", clientBoth,
		caught("client.ack.unasked", "want nothing; got 430[]"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Session().Send(`423["q"]`)
			k.WantNothing()
		}),
	forClients("client.ack.reply-large-id", "large ids are given back unchanged", clientBoth,
		caught("client.ack.rounded-id", "acknowledgement id"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.On("q", driver.Reply(1))
			k.Session().Send(`424294967296["q"]`, `429007199254740991["q"]`)
			k.WantEvent("q", "[]")
			k.WantEvent("q", "[]")
			k.Session().Want(`434294967296[1]`, `439007199254740991[1]`)
		}),
	needing(forClients("client.ack.reply-after-disconnect", "an acknowledgement behind a disconnect is not sent", clientWS,
		caught("client.ack.unasked", "want", "client.call.inside-listener", "want disconnect"),
		func(s *driver.Stage) {
			k := s.Connected("/a")
			k.When("q", k.OpDisconnect())
			k.On("q", driver.Reply(1))
			k.Tolerate("event") // the listeners behind the disconnect are called or not
			k.Session().Send(`42/a,1["q"]`)
			k.WantDisconnected("io client disconnect")
			k.Session().Want("41/a,")
			k.Session().WantClosed()
		}), "when"),
}

// clientAsks returns a socket that has sent an event that wants the acknowledgement k, and what answers it.
func clientAsks(s *driver.Stage, namespace string) (*driver.Socket, func(args string)) {
	k := s.Connected(namespace)
	k.EmitAck("k", "e")
	id := k.Session().Want(`42` + driver.Prefix(namespace) + `<id:integer>["e"]`)["id"]
	return k, func(args string) { k.Session().Send(`43` + driver.Prefix(namespace) + id + args) }
}
