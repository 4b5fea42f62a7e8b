package suite

import (
	"fmt"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientRetryScenarios are about events that are sent again until they are acknowledged.
var clientRetryScenarios = func() []run.Scenario {
	list := []run.Scenario{
		forClients("client.retry.one-at-a-time", "events are sent one by one, the next behind the acknowledgement of the one before", client5WS,
			caught("client.option.retries", "want an acknowledgement id"),
			func(s *driver.Stage) {
				k := s.Connected("/", driver.Opts{"retries": 2, "ackTimeout": 60000})
				s.Batch(func() {
					for i := range 3 {
						k.Emit("e", i)
					}
				})
				for i := range 3 {
					id := k.Session().Want(fmt.Sprintf(`42<id:integer>["e",%d]`, i))["id"]
					k.WantNothing()
					k.Session().Send("43" + id + "[]")
				}
			}),
		forClients("client.retry.implicit-ack", "an event is sent with an id though the application wants no acknowledgement", client5WS,
			caught("client.option.retries", "want an acknowledgement id", "client.ack.no-id", "want an acknowledgement id"),
			func(s *driver.Stage) {
				k := s.Connected("/", driver.Opts{"retries": 1, "ackTimeout": 60000})
				k.Emit("x")
				id := k.Session().Want(`42<id:integer>["x"]`)["id"]
				k.Session().Send("43" + id + "[]")
			}),
		slowly(needing(forClients("client.retry.resend-on-timeout", "an event that is not acknowledged is sent again as often as was asked for, then fails, and the next one follows", client5WS,
			caught("client.retry.never", "want 42<integer>[\"x\"]", "client.ack.error-lost", "it did not fail", "client.ack.undelivered", "want failure", "client.retry.once", `want 42<integer>["x"]`),
			func(s *driver.Stage) {
				k := s.Connected("/", driver.Opts{"retries": 2, "ackTimeout": 120})
				k.EmitAck("k", "x")
				k.EmitWith(driver.Op{"timeout": 60000}, "y")
				k.Session().Want(`42<integer>["x"]`, `42<integer>["x"]`, `42<integer>["x"]`)
				k.WantAckError("k")
				id := k.Session().Want(`42<id:integer>["y"]`)["id"]
				k.Session().Send("43" + id + "[]")
			}), "timeout")),
		slowly(forClients("client.retry.ack-any-try", "an acknowledgement of an earlier try has no effect, and that of the latest ends the trying", client5WS,
			caught("client.retry.never", "want 42<id:integer>[\"x\"]", "client.ack.delivered-twice", "want nothing; got"),
			func(s *driver.Stage) {
				k := s.Connected("/", driver.Opts{"retries": 3, "ackTimeout": s.Scaled(400 * time.Millisecond).Milliseconds()})
				k.EmitAck("k", "x")
				first := k.Session().Want(`42<id:integer>["x"]`)["id"]
				second := k.Session().Want(`42<id:integer>["x"]`)["id"]
				k.Session().Send("43"+first+`["old"]`, "43"+second+`["new"]`)
				k.WantAck("k", `["new"]`)
				s.LetPass(s.Scaled(500 * time.Millisecond))
				k.WantNothing()
			})),
		needing(forClients("client.retry.volatile-bypasses", "a volatile event is sent at once and without an id, whatever waits", client5WS,
			caught("client.retry.volatile-too", `want 42["v"]`, "client.event.volatile-dropped", `want 42["v"]`, "client.event.unsent", "want 42"),
			func(s *driver.Stage) {
				k := s.Connected("/", driver.Opts{"retries": 2, "ackTimeout": 60000})
				k.Emit("x")
				id := k.Session().Want(`42<id:integer>["x"]`)["id"]
				s.LetPass(s.Scaled(50 * time.Millisecond))
				k.EmitWith(driver.Op{"volatile": true}, "v")
				k.Session().Want(`42["v"]`)
				k.Session().Send("43" + id + "[]")
			}), "volatile"),
		forClients("client.retry.queue-while-disconnected", "events wait for the namespace and are then sent one by one", client5WS,
			caught("client.option.retries", "want", "client.event.early", "want"),
			func(s *driver.Stage) {
				var k *driver.Socket
				s.Batch(func() {
					k = s.Open("/a", driver.Opts{"retries": 1, "ackTimeout": 60000})
					k.Emit("e", 1)
					k.Emit("e", 2)
				})
				c := k.Accept()
				for i := range 2 {
					id := c.Want(fmt.Sprintf(`42/a,<id:integer>["e",%d]`, i+1))["id"]
					k.WantNothing()
					c.Send("43/a," + id + "[]")
				}
			}),
		forClients("client.retry.resend-after-reconnect", "an event that was not acknowledged is sent again over the next connection", client5WS,
			caught("client.retry.never", "want 42/a", "client.ack.undelivered", "want acknowledgement"),
			func(s *driver.Stage) {
				k := s.Connected("/a", driver.Reconnecting.And(driver.Opts{"retries": 5, "ackTimeout": 60000}))
				k.EmitAck("k", "x")
				k.Session().Want(`42/a,<integer>["x"]`)
				lose(s, k.Session(), k)
				c := k.Accept()
				id := c.Want(`42/a,<id:integer>["x"]`)["id"]
				c.Send("43/a," + id + `["done"]`)
				k.WantAck("k", `["done"]`)
			}),
		forClients("client.retry.per-namespace-queue", "a namespace that waits does not hold back another one", client5WS,
			caught("client.ack.no-id", "want an acknowledgement id", "client.event.unsent", "want 42/"),
			func(s *driver.Stage) {
				a := s.Connected("/a", driver.Opts{"retries": 1, "ackTimeout": 60000})
				b := s.Connected("/b", driver.Opts{"retries": 1, "ackTimeout": 60000})
				a.Emit("x")
				b.Emit("x")
				a.Session().Want(`42/a,<integer>["x"]`, `42/b,<integer>["x"]`)
			}),
	}
	for i := range list {
		list[i] = needing(list[i], "retries")
	}
	return list
}()
