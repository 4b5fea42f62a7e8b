package suite

import (
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// clientMalformedScenarios are about what the protocol forbids. Which way a client keeps its balance, by closing the connection or by taking no notice, is recorded; that it does is judged.
var clientMalformedScenarios = slices.Concat(malformedPackets(), clientHandshakeScenarios)

// malformedPackets makes a scenario of each packet that a server must not send.
func malformedPackets() []run.Scenario {
	rows := []struct{ id, what, packet string }{
		{"unknown-type-7", "a packet of the unknown type 7", `47["x"]`},
		{"unknown-type-9", "a packet of the unknown type 9", `49`},
		{"type-not-a-digit", "a packet whose type is a letter", `4x["y"]`},
		{"empty-message", "a message without a packet", `4`},
		{"attachments-missing-dash", "a binary event without the dash behind the count", `451["x"]`},
		{"attachments-no-count", "a binary event without a count", `45-["x"]`},
		{"attachments-not-number", "a binary event whose count is no number", `45abc-["x"]`},
		{"attachments-fraction", "a binary event whose count is a fraction", `451.5-["x",{"_placeholder":true,"num":0}]`},
		{"attachments-negative", "a binary event whose count is negative", `45-1-["x",{"_placeholder":true,"num":0}]`},
		{"bad-json", "an event whose JSON is cut off", `42["x"`},
		{"trailing-garbage", "an event with something behind its JSON", `42["x"]zz`},
		{"event-object-payload", "an event whose data is an object", `42{"a":1}`},
		{"event-string-payload", "an event whose data is a string", `42"x"`},
		{"event-empty-array", "an event whose data is an empty array", `42[]`},
		{"event-name-object", "an event whose name is an object", `42[{"toString":"x"},1]`},
		{"event-name-null", "an event whose name is null", `42[null,1]`},
		{"event-name-boolean", "an event whose name is a boolean", `42[true]`},
		{"event-no-payload", "an event without data", `42`},
		{"event-no-payload-with-id", "an event with an id and without data", `427`},
		{"ack-object-payload", "an acknowledgement whose data is an object", `430{"a":1}`},
		{"ack-no-payload", "an acknowledgement without data", `430`},
		{"connect-error-boolean-payload", "a refusal whose data is a boolean", `44/n,true`},
		{"disconnect-with-payload", "a DISCONNECT with data", `41/n,{"x":1}`},
		{"namespace-without-slash", "an event whose namespace has no slash", `42n,["after"]`},
		{"namespace-without-comma", "an event whose namespace has no comma behind it", `42/n["after"]`},
		{"id-negative", "an event whose id is negative", `42-1["x"]`},
		{"attachments-zero", "a binary event without attachments", `450-["after",1]`},
		{"connect-array-payload", "a CONNECT whose data is an array", `40["x"]`},
		{"connect-string-payload", "a CONNECT whose data is a string", `40"x"`},
		{"connect-null-payload", "a CONNECT whose data is null", `40null`},
		{"connect-error-array-payload", "a refusal whose data is an array", `44/n,["x"]`},
		{"connect-error-number-payload", "a refusal whose data is a number", `44/n,5`},
		{"connect-error-null-payload", "a refusal whose data is null", `44/n,null`},
		{"disconnect-with-id", "a DISCONNECT with an id", `41/n,3`},
		{"eio-empty-frame", "an empty frame", ``},
		{"eio-unknown-type", "an Engine.IO packet of an unknown type", `9abc`},
		{"eio-letter-type", "an Engine.IO packet whose type is a letter", `hello`},
	}
	var list []run.Scenario
	for _, r := range rows {
		list = append(list, forClients("client.invalid."+r.id, "the client keeps its balance when it is sent "+r.what, clientBoth,
			caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work", "client.malformed.delivered", "delivered"),
			func(s *driver.Stage) {
				keepsBalance(s, r.id, func(c *driver.Session) { c.Send(r.packet) }, namesAnother(r.packet)...)
			}))
	}
	for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
		list = append(list, forClients("client.invalid.reserved-"+name, "an event of the server cannot pass for the library's own "+name, clientWS,
			caught("client.connect.reported-twice", "another kind of event", "client.event.undelivered", "want event m"),
			func(s *driver.Stage) { cannotPass(s, name) }))
	}
	list = append(list, malformedAttachments()...)
	for _, r := range []struct{ id, what, packet string }{
		{"ack-no-id", "an acknowledgement without an id", `43["x"]`},
		{"id-leading-zeros", "an event whose id has leading zeros", `420007["q"]`},
		{"explicit-root-namespace", "an event that names the main namespace", `42/,["n"]`},
		{"prototype-payload", "an event named __proto__", `42["__proto__",1]`},
		{"eio-second-open", "a second OPEN", `0{"sid":"zzz","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
		{"eio-noop-ws", "a NOOP", `6`},
		{"eio-upgrade-from-server", "an UPGRADE", `5`},
	} {
		list = append(list, forClients("client.invalid."+r.id, "the session goes on behind "+r.what+" of the server", clientWS,
			caught("client.event.undelivered", "want event m", "client.connect.reported-twice", "another kind of event"),
			func(s *driver.Stage) { undisturbed(s, r.packet) }))
	}
	return list
}

// namesAnother returns the namespace beside the main one that the packet is about, if any.
func namesAnother(packet string) []string {
	if strings.Contains(packet, "n,") || strings.Contains(packet, "/n") {
		return []string{"/n"}
	}
	return nil
}

// keepsBalance sends something malformed, and shows that the client delivers nothing of it, in the main namespace or the others, and either closes the connection or works on.
func keepsBalance(s *driver.Stage, id string, send func(c *driver.Session), others ...string) {
	sockets := s.ConnectedTogether(append([]string{"/"}, others...)...)
	k := sockets[0]
	for _, x := range sockets {
		x.On("after")
		x.On("x")
		x.WantNothing()
		x.Tolerate("disconnect", "connect_error", "error", "connect")
	}
	send(k.Session())
	outcome := "ignored"
	if k.Settle() {
		k.Session().WantClosed()
		outcome = "closed"
	}
	s.Observe("client.invalid."+id, "%s", outcome)
	s.FenceDriver()
	for _, x := range sockets {
		x.WantNoEvents("want nothing delivered of a malformed packet")
	}
	s.Drain()
}

// cannotPass sends an event under a name that the library uses for itself. The client may close the connection over it, and then says so; it may not report what has not happened.
func cannotPass(s *driver.Stage, name string) {
	k := s.Connected("/")
	k.On("m")
	k.Session().Send(`42["m"]`)
	k.WantEvent("m", "[]")
	k.WantNothing()
	k.Session().Send(`42["` + name + `","spoof"]`)
	closed := k.Settle()
	if closed {
		k.Tolerate(driver.Lost)
	}
	s.FenceDriver()
	k.WantNoEvents("want nothing reported of an event with the reserved name " + name)
	if closed {
		k.Session().WantClosed()
	}
	s.Drain()
}

// clientHandshakeScenarios are about a handshake that is none, and about malformed packets at special moments.
var clientHandshakeScenarios = []run.Scenario{
	slowly(forClients("client.invalid.handshake-bad-json", "a handshake that is no JSON is a failure to connect", clientWS,
		caught("client.refusal.unreported", "want connect_error"),
		func(s *driver.Stage) {
			s.Server().Next(driver.Reaction{Say: `0{"sid":`})
			k := s.Open("/a", driver.Opts{"timeout": s.Scaled(2 * time.Second).Milliseconds()})
			s.Server().WantSession()
			k.WantConnectError("<text>")
			s.Drain()
		})),
	forClients("client.invalid.ack-no-payload-pending", "an acknowledgement without data does not bring the client down", clientWS,
		caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work"),
		func(s *driver.Stage) {
			k, answer := clientAsks(s, "/")
			k.Tolerate("ack", "disconnect")
			answer("")
			k.Settle()
			s.Drain()
		}),
	needing(forClients("client.invalid.ack-no-payload-timeout", "an acknowledgement without data of an event with a time-out does not bring the client down", client5WS,
		caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.EmitWith(driver.Op{"timeout": 60000, "ack": "k"}, "e")
			id := k.Session().Want(`42<id:integer>["e"]`)["id"]
			k.Tolerate("ack", "disconnect")
			k.Session().Send("43" + id)
			k.Settle()
			s.Drain()
		}), "timeout"),
	forClients("client.zombie", "a socket that is connected works, behind an event that nobody listens to as well", clientBoth,
		caught("client.event.deaf", "does not work"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Session().Send(`42["unlistened"]`)
			k.Fence()
		}),
	forClients("client.stray", "a client with two namespaces sends, opens and reports nothing beside what it was asked for", clientEverywhere,
		caught("client.connect.twice", "want nothing; got 40/", "client.connect.reported-twice", "want nothing; got", "client.ack.unasked", "want nothing; got 43"),
		func(s *driver.Stage) {
			a, b := s.Connected("/a"), s.Connected("/b")
			a.Session().Send(`42/b,["unlistened"]`)
			a.WantNothing()
			b.WantNothing()
		}),
	forClients("client.invalid.payload-closes", "the client closes the connection over an event whose data is no array", client5Both,
		caught("client.malformed.deaf", "want the end of"),
		func(s *driver.Stage) {
			k := s.Connected("/")
			k.Tolerate("disconnect", "error")
			k.Session().Send(`42{"a":1}`)
			k.Session().WantClosed()
		}),
	forClients("client.invalid.parse-error-reconnects", "behind a connection that it closed over a malformed packet, the client connects again", client5WS,
		caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work"),
		func(s *driver.Stage) {
			k := s.Connected("/n", driver.Reconnecting)
			k.Session().Send(`42/n,[]`)
			if k.Settle() {
				k.WantDisconnected("parse error")
				k.Accept()
			}
		}),
	forClients("client.invalid.rest-after-parse-error-ws", "what comes behind a malformed packet is not delivered when the client closes the connection over it", client5WS,
		caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work"),
		restOfMalformed),
	forClients("client.invalid.polling-bad-packet", "over long-polling too, what comes behind a malformed packet is not delivered when the client closes the connection over it", clientPolling,
		caught("client.malformed.exception", "an exception escaped", "client.malformed.deaf", "does not work"),
		restOfMalformed),
}

// restOfMalformed sends a malformed packet and an event behind it, and shows that the event is delivered only if the client works on.
func restOfMalformed(s *driver.Stage) {
	k := s.Connected("/")
	k.On("m")
	k.Tolerate("disconnect")
	k.Session().SendTogether(`42[]`, `42["m"]`)
	if k.Settle() {
		s.FenceDriver()
		k.WantNoEvents("want nothing delivered behind the packet over which the connection was closed")
	} else {
		k.WantEvent("m", "[]")
	}
	s.Drain()
}
