package clientfault

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// lifeFaults are about the end of a namespace or connection, and what comes after it.
var lifeFaults = []Fault{
	{"client.disconnect.unsent", "leaves a namespace without a word", drop(sent("1"))},
	{"client.disconnect.sent-twice", "leaves a namespace twice", twice(sent("1"))},
	{"client.disconnect.main-instead", "leaves the main namespace in place of a custom one", alter(all(sent("1"), custom), inMain)},
	{"client.disconnect.answered", "answers the server's DISCONNECT", adds(received("1"), func(c *crossing) string { return "41" + peer.Prefix(c.packet.Namespace) })},
	{"client.disconnect.ignored", "takes no notice of the server's DISCONNECT", drop(received("1"))},
	{"client.disconnect.of-all", "takes the server's DISCONNECT for that of all namespaces", alter(received("1"), func(*crossing) string { return "1" })},
	{"client.disconnect.rejoins", "asks again for a namespace that the server has ended", adds(received("1"), func(c *crossing) string { return "40" + peer.Prefix(c.packet.Namespace) })},
	{"client.disconnect.ends-connection", "ends the connection when it leaves a namespace", adds(sent("1"), func(*crossing) string { return "1" })},
	{"client.disconnect.of-left-too", "reports the end of a connection for a namespace that it is not in any more", lines(both(reported("disconnect"), from("b")), func(l driver.Line) []driver.Line {
		again := maps.Clone(l)
		again["sock"] = json.RawMessage(`"a"`)
		return []driver.Line{l, again}
	})},
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
	{"client.reconnect.once", "asks for namespaces again behind the first lost connection only", frames(againFrom(3), func(*crossing) []peer.Frame { return nil })},
	{"client.reconnect.left-too", "asks for namespaces that it has left when it connects again", leftToo},
	{"client.reconnect.unreported", "does not say that it connects again", silent(reported("mgr"))},
	{"client.reconnect.miscounted", "gives a wrong number of attempts", says(reported("mgr"), "arg", 7)},
	{"client.reconnect.count-kept", "goes on counting attempts behind a connection that was made", countKept},
	{"client.reconnect.failure-unreported", "does not say that it gives up", silent(func(l driver.Line) bool { return l.Text("name") == "reconnect_failed" })},
	{"client.recovery.offset-invented", "says that it has received something, though it has not", alter(sent("0"), func(c *crossing) string {
		return strings.Replace(string(c.Data), `{"pid":"P1"}`, `{"pid":"P1","offset":"invented"}`, 1)
	})},
	{"client.recovery.first-only", "goes on asking for the recovery of the first session", replace(sent("0"), `"P2"`, `"P1"`)},
	{"client.recovery.of-all", "asks for the recovery of a session in every namespace", recoversAll},
	{"client.recovery.by-any-argument", "takes any event for one with an offset", replace(sent("0"), `"offset":"off1"`, `"offset":{"x":1}`)},
	{"client.recovery.acknowledged-too", "takes an event that wants an acknowledgement for one with an offset", replace(sent("0"), `"offset":"off1"`, `"offset":"off2"`)},
	{"client.recovery.over-credentials", "puts what asks for the recovery over the credentials", frames(again, func(c *crossing) []peer.Frame {
		c.Data = bytes.Replace(c.Data, []byte(`"pid":"mine"`), []byte(`"pid":"P1"`), 1)
		return []peer.Frame{c.Frame}
	})},
	{"client.recovery.in-credentials", "writes what asks for the recovery into the credentials", recoversForEver},
	{"client.recovery.unsent", "does not ask for the recovery of a session", alter(sent("0"), func(c *crossing) string { return strings.TrimSuffix(string(c.Data), string(c.packet.Data)) })},
	{"client.recovery.offset-lost", "does not say what it has received last", alter(sent("0"), withoutOffset)},
}

// from matches what the driver reports of the socket with that label.
func from(label string) lineMatch {
	return func(l driver.Line) bool { return l.Text("sock") == label }
}

// countKept numbers all attempts to connect again.
func countKept() *driver.Tap {
	n := 0
	return lines(func(l driver.Line) bool { return l.Text("name") == "reconnect_attempt" }, func(l driver.Line) []driver.Line {
		n++
		l = maps.Clone(l)
		l["arg"] = json.RawMessage(driver.JSON(n))
		return []driver.Line{l}
	})()
}

func withoutOffset(c *crossing) string {
	var data map[string]json.RawMessage
	if json.Unmarshal(c.packet.Data, &data) != nil || data["offset"] == nil {
		return string(c.Data)
	}
	delete(data, "offset")
	return strings.TrimSuffix(string(c.Data), string(c.packet.Data)) + driver.JSON(data)
}

// recoversAll sends with a CONNECT without data what the one before had.
func recoversAll() *driver.Tap {
	var last []byte
	return frames(always(sent("0")), func(c *crossing) []peer.Frame {
		if c.packet.Data == nil {
			c.Data = slices.Concat(c.Data, last)
		}
		last = slices.Clone(c.packet.Data)
		return []peer.Frame{c.Frame}
	})()
}

// recoversForEver sends with every CONNECT behind one that asks for a recovery the same data.
func recoversForEver() *driver.Tap {
	var asked []byte
	return frames(always(sent("0")), func(c *crossing) []peer.Frame {
		switch {
		case bytes.Contains(c.packet.Data, []byte(`"pid"`)):
			asked = slices.Clone(c.packet.Data)
		case asked != nil:
			c.Data = slices.Concat(c.Data[:len(c.Data)-len(c.packet.Data)], asked)
		}
		return []peer.Frame{c.Frame}
	})()
}

// again matches the CONNECTs of a namespace behind its first session.
func again() match { return againFrom(2)() }

// againFrom matches the CONNECTs of a namespace from its nth session on.
func againFrom(n int) func() match {
	return func() match {
		sessions := map[string][]string{}
		return func(c *crossing) bool {
			if !sent("0")(c) {
				return false
			}
			name := c.packet.Namespace
			if !slices.Contains(sessions[name], c.Session) {
				sessions[name] = append(sessions[name], c.Session)
			}
			return slices.Index(sessions[name], c.Session) >= n-1
		}
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
