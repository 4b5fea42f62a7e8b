package clientfault

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// connectFaults are about joining namespaces.
var connectFaults = []Fault{
	{"client.connect.dropped", "never asks for a namespace", drop(sent("0"))},
	{"client.connect.twice", "asks for each namespace twice", twice(sent("0"))},
	{"client.connect.in-main", "asks for the main namespace in place of a custom one", alter(all(sent("0"), custom), inMain)},
	{"client.connect.main-too", "asks for the main namespace beside each custom one", adds(all(sent("0"), custom), func(*crossing) string { return "40" })},
	{"client.connect.ignores-answer", "takes no notice of the server's CONNECT", drop(received("0"))},
	{"client.connect.ignores-refusal", "takes no notice of a refusal", drop(received("4"))},
	{"client.connect.reversed", "asks for namespaces in another order", swap(sent("0"))},
	{"client.connect.lower-case", "asks for namespaces in lower case", alter(sent("0"), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.Namespace, strings.ToLower(c.packet.Namespace), 1)
	})},
	{"client.connect.unreported", "does not say that a socket is connected", silent(reported("connect"))},
	{"client.connect.reported-twice", "says twice that a socket is connected", reportedTwice(reported("connect"))},
	{"client.connect.own-id", "has a socket id of its own", says(reported("connect"), "id", "made-up")},
	{"client.connect.never-recovered", "does not say that a session was recovered", says(reported("connect"), "recovered", false)},
	{"client.connect.always-recovered", "says of every session that it was recovered", says(reported("connect"), "recovered", true)},
	{"client.refusal.unreported", "does not report that it was refused", silent(refusal)},
	{"client.refusal.reported-twice", "reports each refusal twice", reportedTwice(refusal)},
	{"client.refusal.as-disconnect", "reports a refusal as the end of the connection", lines(refusal, func(l driver.Line) []driver.Line {
		l["ev"], l["reason"] = json.RawMessage(`"disconnect"`), json.RawMessage(`"transport close"`)
		return []driver.Line{l}
	})},
	{"client.refusal.message-lost", "loses the message of a refusal", lines(refusal, func(l driver.Line) []driver.Line {
		l["message"], l["data"] = json.RawMessage(`"error"`), json.RawMessage(`"error"`)
		return []driver.Line{l}
	})},
	{"client.refusal.data-lost", "loses the data of a refusal", says(reported("connect_error"), "data", driver.Undefined)},
	{"client.refusal.retried", "asks again for a namespace that was refused", func() *driver.Tap {
		return frames(always(received("4")), func(c *crossing) []peer.Frame {
			again := "40" + peer.Prefix(c.packet.Namespace)
			return []peer.Frame{c.Frame, {Session: c.Session, Direction: wire.In, Data: []byte(again)}}
		})()
	}},
	{"client.credentials.data-dropped", "does not send the credentials with CONNECT", alter(sent("0"), func(c *crossing) string {
		return strings.TrimSuffix(string(c.Data), string(c.packet.Data))
	})},
	{"client.credentials.invented", "sends data with every CONNECT", alter(sent("0"), func(c *crossing) string {
		return strings.TrimSuffix(string(c.Data), string(c.packet.Data)) + `{"invented":true}`
	})},
	{"client.credentials.ignored", "does not send the credentials", ignores("auth", "authFunction", "query")},
	{"client.credentials.first-only", "goes on sending the first credentials", firstCredentials},
	{"client.credentials.change-ignored", "takes no notice of changed credentials", refuses("set")},
}

func refusal(l driver.Line) bool { return l.Text("ev") == "connect_error" || l.Text("ev") == "error" }

// firstCredentials sends with every CONNECT the data of the first.
func firstCredentials() *driver.Tap {
	var first []byte
	return frames(always(sent("0")), func(c *crossing) []peer.Frame {
		if first == nil {
			first = append([]byte{}, c.packet.Data...)
			return []peer.Frame{c.Frame}
		}
		c.Data = slices.Concat(c.Data[:len(c.Data)-len(c.packet.Data)], first)
		return []peer.Frame{c.Frame}
	})()
}

// openFaults are about the options of a socket and the sharing of connections.
var openFaults = []Fault{
	{"client.multiplex.never", "makes a connection for each socket", setsOption("forceNew", true)},
	{"client.multiplex.always", "takes no notice of the wish for a connection of its own", ignores("forceNew", "multiplex")},
	{"client.option.path", "takes no notice of the path", ignores("path")},
	{"client.option.headers", "takes no notice of further headers", ignores("extraHeaders")},
	{"client.option.auto-connect", "connects though it was told not to", ignores("autoConnect")},
	{"client.option.upgrade", "upgrades though it was told not to", setsOption("upgrade", true)},
	{"client.option.transports", "takes no notice of the choice of transports", setsOption("transports", []string{"polling", "websocket"})},
	{"client.option.never-upgrades", "never upgrades", setsOption("upgrade", false)},
	{"client.option.timeout", "waits for a handshake without end", setsOption("timeout", 600000)},
	{"client.option.attempts", "takes no notice of the limit of attempts", ignores("reconnectionAttempts")},
	{"client.option.delay", "takes no notice of the delay before it connects again", setsOption("reconnectionDelay", 1)},
	{"client.option.delay-max", "waits longer and longer before it connects again", setsOption("reconnectionDelayMax", 600000)},
	{"client.option.ack-timeout", "takes no notice of the time-out for acknowledgements", ignores("ackTimeout")},
	{"client.option.retries", "takes no notice of retries", ignores("retries")},
	{"client.option.try-all", "tries the first transport only", ignores("tryAllTransports")},
	{"client.option.remember-upgrade", "does not remember that an upgrade went well", ignores("rememberUpgrade")},
	{"client.option.base64", "takes no notice of the wish for base64", ignores("forceBase64")},
	{"client.url.fragment", "takes a fragment for a part of the namespace", onURL(func(u string) string { return strings.Replace(u, "#", "-", 1) })},
	{"client.url.slash", "cuts a slash off the end of a namespace", onURL(func(u string) string { return strings.TrimSuffix(u, "/") })},
	{"client.url.case", "writes namespaces in lower case", onURL(strings.ToLower)},
	{"client.url.encoded", "encodes the name of a namespace", onURL(func(u string) string { return strings.ReplaceAll(u, "%C3%A9", "e") })},
	{"client.url.first-segment", "takes the first segment for the namespace", onURL(func(u string) string {
		parts := strings.SplitN(u, "/", 5)
		return strings.Join(parts[:min(len(parts), 4)], "/")
	})},
	{"client.reconnect.never", "does not connect again", setsOption("reconnection", false)},
	{"client.reconnect.always", "connects again though it was told not to", option(func(o driver.Opts) {
		o["reconnection"], o["reconnectionDelay"], o["randomizationFactor"] = true, 20, 0.01
	})},
	{"client.call.connect", "does nothing when it is asked to connect", refuses("connect")},
	{"client.call.disconnect", "does nothing when it is asked to disconnect", refuses("disconnect")},
	{"client.call.emit", "does nothing when it is asked to send", refuses("emit")},
	{"client.call.kill", "does not notice that its connection has ended", refuses("kill")},
	{"client.call.listen", "does not listen", refuses("on")},
	{"client.call.catch-all", "has no catch-all listener", refuses("any")},
}

// eventFaults are about events and attachments.
var eventFaults = []Fault{
	{"client.event.unsent", "sends no events", drop(sent("25"))},
	{"client.event.sent-twice", "sends each event twice", twice(sent("2"))},
	{"client.event.sent-in-main", "sends all events in the main namespace", alter(all(sent("25"), custom), inMain)},
	{"client.event.reordered", "sends events in another order", swap(sent("2"))},
	{"client.event.renamed", "sends events under another name", alter(sent("25"), func(c *crossing) string { return strings.Replace(string(c.Data), `["`, `["x`, 1) })},
	{"client.event.undelivered", "does not deliver events", silent(reported("event"))},
	{"client.event.delivered-twice", "delivers each event twice", reportedTwice(reported("event"))},
	{"client.event.arguments-lost", "delivers events without their arguments", says(reported("event"), "args", []any{})},
	{"client.event.misrouted", "delivers events of every namespace to its first socket", lines(reported("event"), func(l driver.Line) []driver.Line {
		l["sock"] = json.RawMessage(`"a"`)
		return []driver.Line{l}
	})},
	{"client.event.of-main-everywhere", "delivers what was sent in the main namespace in every namespace", alter(all(received("2"), func(c *crossing) bool { return c.packet.Namespace == "/" }), func(c *crossing) string {
		return "42/a," + string(c.Data[2:])
	})},
	{"client.event.of-others", "delivers what was sent in a namespace that it has not joined", alter(all(received("2"), func(c *crossing) bool { return c.packet.Namespace == "/zzz" || c.packet.Namespace == "/left" }), func(c *crossing) string {
		return strings.Replace(strings.Replace(string(c.Data), "/zzz", "/a", 1), "/left", "/a", 1)
	})},
	{"client.event.early", "sends events before the namespace is connected", earlyEvents},
	{"client.event.repeated-after-loss", "sends again what it had sent before the connection was lost", repeatedAfterLoss},
	{"client.event.latin1", "sends text outside ASCII as question marks", alter(sent("2"), func(c *crossing) string {
		return strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, string(c.Data))
	})},
	{"client.event.catch-all-unreported", "does not call the catch-all listener", silent(func(l driver.Line) bool {
		return strings.HasPrefix(l.Text("ev"), "any") && l.Text("name") != "sio-conform-fence"
	})},
	{"client.event.catch-all-twice", "calls the catch-all listener twice", reportedTwice(func(l driver.Line) bool {
		return strings.HasPrefix(l.Text("ev"), "any") && l.Text("name") != "sio-conform-fence"
	})},
	{"client.event.volatile-kept", "keeps volatile events", ops("emit", func(op driver.Op) driver.Op { delete(op, "volatile"); return op })},
	{"client.event.volatile-dropped", "drops volatile events always", ops("emit", func(op driver.Op) driver.Op {
		if op["volatile"] != nil {
			return nil
		}
		return op
	})},
	{"client.event.volatile-sticks", "treats the events behind a volatile one as volatile", ops("emit", func(op driver.Op) driver.Op { op["volatile"] = true; return op })},
	{"client.event.reserved-sent", "sends events under reserved names", adds(all(sent("2"), containing(`"marker"`)), func(*crossing) string { return `42["disconnect"]` })},
	{"client.event.buffer-lost", "loses what is sent before the namespace is connected", dropFirst(sent("25"), 1)},
	{"client.binary.attachment-lost", "loses attachments", drop(all(direction(wire.In), attachment))},
	{"client.binary.attachment-altered", "alters attachments", frames(always(all(direction(wire.In), attachment)), func(c *crossing) []peer.Frame {
		c.Data = append([]byte{255}, c.Data...)
		return []peer.Frame{c.Frame}
	})},
	{"client.binary.reordered", "sends attachments in another order", swap(all(direction(wire.In), attachment))},
	{"client.binary.header-behind", "sends a binary event behind its attachment", swap(sent("56"))},
	{"client.binary.as-text", "sends binary events as plain ones", alter(sent("56"), func(c *crossing) string {
		return strings.Replace(string(c.Data), fmt.Sprintf("4%c%s-", c.packet.Type, c.packet.Attachments), fmt.Sprintf("4%c", c.packet.Type-3), 1)
	})},
	{"client.binary.wrong-count", "announces another number of attachments", alter(sent("56"), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.Attachments+"-", "9-", 1)
	})},
	{"client.binary.delivered-empty", "delivers binary data without its content", lines(func(l driver.Line) bool { return strings.Contains(l.JSON("args"), "$bin") }, func(l driver.Line) []driver.Line {
		l["args"] = json.RawMessage(`[{"$bin":""}]`)
		return []driver.Line{l}
	})},
	{"client.binary.plain-as-binary", "takes what looks like a placeholder for one", alter(all(sent("2"), containing("_placeholder")), func(c *crossing) string {
		return "451-" + string(c.Data[2:])
	})},
}

func containing(text string) match {
	return func(c *crossing) bool { return strings.Contains(string(c.Data), text) }
}

// dropFirst drops the first n packets that match.
func dropFirst(m match, n int) func() *driver.Tap {
	return func() *driver.Tap {
		left := n
		return frames(always(m), func(c *crossing) []peer.Frame {
			if left--; left >= 0 {
				return nil
			}
			return []peer.Frame{c.Frame}
		})()
	}
}

// earlyEvents invents an event behind each CONNECT of the client.
func earlyEvents() *driver.Tap {
	return adds(sent("0"), func(c *crossing) string { return "42" + peer.Prefix(c.packet.Namespace) + `["x",1]` })()
}

// repeatedAfterLoss sends the events of the first session again in the second.
func repeatedAfterLoss() *driver.Tap {
	var before []peer.Frame
	last := ""
	return frames(always(direction(wire.In)), func(c *crossing) []peer.Frame {
		out := []peer.Frame{c.Frame}
		if sent("2")(c) && last == "" {
			before = append(before, c.Frame)
		}
		if sent("0")(c) && len(before) > 0 && c.Session != before[0].Session {
			last = c.Session
			for _, f := range before {
				f.Session = c.Session
				out = append(out, f)
			}
			before = nil
		}
		return out
	})()
}

// ackFaults are about acknowledgements.
var ackFaults = []Fault{
	{"client.ack.unsent", "does not acknowledge", drop(sent("36"))},
	{"client.ack.sent-twice", "acknowledges twice", twice(sent("3"))},
	{"client.ack.sent-in-main", "acknowledges in the main namespace", alter(all(sent("36"), custom), inMain)},
	{"client.ack.other-id", "acknowledges another id", alter(sent("3"), func(c *crossing) string { return strings.Replace(string(c.Data), c.packet.AckID+"[", "9[", 1) })},
	{"client.ack.rounded-id", "keeps no more than 32 bits of an id", alter(all(sent("3"), func(c *crossing) bool { return len(c.packet.AckID) > 9 }), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.AckID, "0", 1)
	})},
	{"client.ack.no-array", "acknowledges without arguments by sending no array", replace(sent("3"), "[]", "")},
	{"client.ack.unasked", "acknowledges what nobody has asked for", adds(received("2"), func(c *crossing) string { return "43" + peer.Prefix(c.packet.Namespace) + "0[]" })},
	{"client.ack.no-id", "asks for acknowledgements without an id", alter(sent("25"), func(c *crossing) string {
		return strings.Replace(string(c.Data), c.packet.AckID+"[", "[", 1)
	})},
	{"client.ack.same-id", "asks for all acknowledgements with the same id", alter(sent("2"), func(c *crossing) string {
		if c.packet.AckID == "" {
			return string(c.Data)
		}
		return strings.Replace(string(c.Data), c.packet.AckID+"[", "0[", 1)
	})},
	{"client.ack.undelivered", "does not hand over acknowledgements", silent(reported("ack"))},
	{"client.ack.delivered-twice", "hands over each acknowledgement twice", reportedTwice(reported("ack"))},
	{"client.ack.arguments-lost", "hands over acknowledgements without arguments", says(reported("ack"), "args", []any{})},
	{"client.ack.arguments-invented", "hands over acknowledgements with an argument that was not sent", says(reported("ack"), "args", []any{"invented"})},
	{"client.ack.by-id-only", "does not look at the namespace of an acknowledgement", alter(all(received("3"), func(c *crossing) bool { return c.packet.Namespace == "/b" }), func(c *crossing) string {
		return strings.Replace(string(c.Data), "/b,", "/a,", 1)
	})},
	{"client.ack.any-id", "takes any acknowledgement for the one that it waits for", alter(all(received("3"), func(c *crossing) bool { return c.packet.AckID == "99" }), func(c *crossing) string {
		return strings.Replace(string(c.Data), "99[", "0[", 1)
	})},
	{"client.ack.error-lost", "does not say that an acknowledgement did not come", says(reported("ack"), "err", nil)},
	{"client.ack.error-invented", "says of every acknowledgement that it did not come", says(reported("ack"), "err", "invented")},
	{"client.ack.timeout-ignored", "waits for acknowledgements without end", ops("emit", func(op driver.Op) driver.Op { delete(op, "timeout"); return op })},
	{"client.ack.timeout-sticks", "treats the events behind one with a time-out as if they had it", ops("emit", func(op driver.Op) driver.Op {
		if op["ack"] != nil && op["timeout"] == nil {
			op["timeout"] = 150
		}
		return op
	})},
	{"client.retry.never", "does not send again what was not acknowledged", dropLaterCopies},
}

// dropLaterCopies drops events with the same data as an earlier one.
func dropLaterCopies() *driver.Tap {
	seen := map[string]bool{}
	return frames(always(sent("2")), func(c *crossing) []peer.Frame {
		if seen[string(c.packet.Data)] {
			return nil
		}
		seen[string(c.packet.Data)] = true
		return []peer.Frame{c.Frame}
	})()
}

// lifeFaults are about the end of a namespace or connection, and what comes after it.
var lifeFaults = []Fault{
	{"client.disconnect.unsent", "leaves a namespace without a word", drop(sent("1"))},
	{"client.disconnect.sent-twice", "leaves a namespace twice", twice(sent("1"))},
	{"client.disconnect.main-instead", "leaves the main namespace in place of a custom one", alter(all(sent("1"), custom), inMain)},
	{"client.disconnect.answered", "answers the server's DISCONNECT", adds(received("1"), func(c *crossing) string { return "41" + peer.Prefix(c.packet.Namespace) })},
	{"client.disconnect.ignored", "takes no notice of the server's DISCONNECT", drop(received("1"))},
	{"client.disconnect.of-all", "takes the server's DISCONNECT for that of all namespaces", alter(received("1"), func(*crossing) string { return "1" })},
	{"client.disconnect.before-events", "leaves a namespace before it sends what was sent before", swap(sent("2"))},
	{"client.disconnect.unreported", "does not say that a socket is disconnected", silent(reported("disconnect"))},
	{"client.disconnect.reported-twice", "says twice that a socket is disconnected", reportedTwice(reported("disconnect"))},
	{"client.disconnect.wrong-reason", "gives a wrong reason", says(reported("disconnect"), "reason", "made up")},
	{"client.disconnect.as-error", "reports the end of a connection as a failure to connect", lines(reported("disconnect"), func(l driver.Line) []driver.Line {
		l["ev"], l["message"] = json.RawMessage(`"connect_error"`), json.RawMessage(`"lost"`)
		return []driver.Line{l}
	})},
	{"client.disconnect.error-too", "reports the end of a connection as a failure to connect as well", invents(reported("disconnect"), "connect_error", map[string]any{"message": "lost"})},
	{"client.reconnect.twice", "asks for each namespace twice when it connects again", frames(again, func(c *crossing) []peer.Frame { return []peer.Frame{c.Frame, c.Frame} })},
	{"client.reconnect.forgets", "asks for no namespace when it connects again", frames(again, func(*crossing) []peer.Frame { return nil })},
	{"client.reconnect.left-too", "asks for namespaces that it has left when it connects again", leftToo},
	{"client.reconnect.unreported", "does not say that it connects again", silent(reported("mgr"))},
	{"client.recovery.unsent", "does not ask for the recovery of a session", alter(sent("0"), func(c *crossing) string { return strings.TrimSuffix(string(c.Data), string(c.packet.Data)) })},
	{"client.recovery.offset-lost", "does not say what it has received last", alter(sent("0"), withoutOffset)},
}

func withoutOffset(c *crossing) string {
	var data map[string]json.RawMessage
	if json.Unmarshal(c.packet.Data, &data) != nil || data["offset"] == nil {
		return string(c.Data)
	}
	delete(data, "offset")
	return strings.TrimSuffix(string(c.Data), string(c.packet.Data)) + driver.JSON(data)
}

// again matches the CONNECTs of a namespace behind its first session.
func again() match {
	first := map[string]string{}
	return func(c *crossing) bool {
		if !sent("0")(c) {
			return false
		}
		name := c.packet.Namespace
		if first[name] == "" {
			first[name] = c.Session
		}
		return first[name] != c.Session
	}
}

// leftToo asks in every session for the namespaces of the one before, too.
func leftToo() *driver.Tap {
	asked := map[string]string{}
	return frames(always(sent("0")), func(c *crossing) []peer.Frame {
		out := []peer.Frame{c.Frame}
		for name, session := range asked {
			if session != c.Session && name != c.packet.Namespace {
				out = append(out, peer.Frame{Session: c.Session, Direction: wire.In, Data: []byte("40" + peer.Prefix(name))})
				asked[name] = c.Session
			}
		}
		asked[c.packet.Namespace] = c.Session
		return out
	})()
}

// engineFaults are about the connection below.
var engineFaults = []Fault{
	{"client.engine.no-pong", "does not answer pings", drop(all(direction(wire.In), engine("3")))},
	{"client.engine.pong-twice", "answers each ping twice", twice(all(direction(wire.In), engine("3")))},
	{"client.engine.no-ping", "sends no pings", drop(all(direction(wire.In), engine("2")))},
	{"client.engine.ping-payload", "answers pings with what stands in them", alter(all(direction(wire.In), engine("3")), func(*crossing) string { return "3abc" })},
	{"client.engine.pings-itself", "sends pings of its own", adds(all(direction(wire.In), engine("3")), func(*crossing) string { return "2" })},
	{"client.engine.ignores-silence", "does not notice that the server is silent", silent(func(l driver.Line) bool { return l.Text("ev") == "disconnect" && l.Text("reason") == "ping timeout" })},
	{"client.engine.no-close", "does not close a connection that it does not need", drop(all(direction(wire.In), engine("1")))},
	{"client.engine.other-version", "asks for another version of Engine.IO", query("EIO", "2")},
	{"client.engine.no-transport", "does not say which transport it wants", query("transport", "")},
	{"client.engine.query-dropped", "takes no notice of the query", request(func(r *http.Request) bool {
		q := r.URL.Query()
		if !q.Has("token") {
			return false
		}
		q.Del("token")
		r.URL.RawQuery = q.Encode()
		return true
	})},
	{"client.engine.namespace-in-path", "asks for the namespace in the path of the connection", request(func(r *http.Request) bool {
		r.URL.Path += "orders"
		return true
	})},
	{"client.engine.headers-dropped", "sends further headers with the first request only", request(func(r *http.Request) bool {
		had := r.Header.Get("X-Test") != "" && r.URL.Query().Get("sid") != ""
		r.Header.Del("X-Test")
		return had
	})},
	{"client.engine.content-type", "sends payloads with another content type", request(func(r *http.Request) bool {
		had := r.Method == http.MethodPost
		if had {
			r.Header.Set("Content-Type", "application/json")
		}
		return had
	})},
}

// query makes a fault that sends another value of a parameter.
func query(name, value string) func() *driver.Tap {
	return request(func(r *http.Request) bool {
		q := r.URL.Query()
		if !q.Has(name) {
			return false
		}
		q.Set(name, value)
		r.URL.RawQuery = q.Encode()
		return true
	})
}

// malformedFaults are about what the protocol forbids.
var malformedFaults = []Fault{
	{"client.malformed.exception", "lets an exception escape when it is sent something malformed", escapes},
	{"client.malformed.deaf", "is deaf behind something malformed", deafened},
	{"client.malformed.delivered", "delivers something malformed", frames(always(malformed), func(c *crossing) []peer.Frame {
		c.Data, c.Binary = []byte(`42["after","malformed"]`), false
		return []peer.Frame{c.Frame}
	})},
}

// escapes reports an exception behind the first malformed packet.
func escapes() *driver.Tap {
	armed := false
	t := frames(always(malformed), func(*crossing) []peer.Frame {
		armed = true
		return nil
	})()
	t.Lines = func(l driver.Line) []driver.Line {
		if !armed {
			return []driver.Line{l}
		}
		return []driver.Line{{"ev": json.RawMessage(`"uncaught"`), "message": json.RawMessage(`"Error: invented"`)}}
	}
	return t
}

// deafened makes the client take no notice of a malformed packet, nor answer anything that comes behind it.
func deafened() *driver.Tap {
	deaf := map[string]bool{}
	return frames(always(func(c *crossing) bool { return malformed(c) || c.Direction == wire.In && deaf[c.Session] }), func(c *crossing) []peer.Frame {
		deaf[c.Session] = true
		return nil
	})()
}
