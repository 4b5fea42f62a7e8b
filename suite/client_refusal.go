package suite

import (
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

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
		caught("client.refusal.message-lost", "message", "client.refusal.unreported", "want connect_error", "client.refusal.data-invented", "data: want"),
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
			ok.Fence()
			if got := ok.Session().Waiting(); len(got) > 0 {
				s.Failf("want nothing; got %s", got[0])
			}
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
	forClients("client.refuse.last-closes-connection", "behind the refusal of the only namespace no connection is made", client5WS,
		caught("client.refusal.retried", "40/admin", "client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			k := s.Open("/admin", driver.Reconnecting)
			c := s.WantConnect("/admin")
			c.Refuse("/admin", "no")
			k.WantRefused("no")
			s.WantNoMore(200)
			s.Observe("client.refuse.last-closes-connection", "%v", c.Ended())
		}),
	forClients("client.refuse.after-connected", "a refusal of a namespace that is connected is reported, and leaves the others working", clientBoth,
		caught("client.refusal.unreported", "want", "client.refusal.reported-twice", "want nothing; got"),
		func(s *driver.Stage) {
			ok, k := s.Connected("/ok"), s.Connected("/a")
			k.Session().Refuse("/a", "late")
			k.WantRefused("late")
			k.Tolerate("disconnect")
			ok.WantNothing()
			s.Observe("client.refuse.after-connected", "connected %s", k.State().JSON("connected"))
			k.Joined(nil) // whether it still works is what differs
		}),
}

// wantMember compares a member of what the driver reported with a pattern.
func wantMember(s *driver.Stage, l driver.Line, member, pattern string) {
	if diff := driver.Match(pattern, l.JSON(member)); diff != "" {
		s.Failf("%s: want %s, got %s: %s", member, pattern, l.JSON(member), diff)
	}
}
