package clientfault

import (
	"encoding/json"
	"net/url"
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
	{"client.connect.gives-up", "ends the connection while it waits for the server's answer", adds(sent("0"), func(*crossing) string { return "1" })},
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
	{"client.credentials.query-unencoded", "sends the query of a namespace as it stands", queryOfConnect(func(q string) string {
		plain, err := url.QueryUnescape(q)
		if err != nil {
			return q
		}
		return plain
	})},
	{"client.credentials.query-dropped", "does not send the query with CONNECT", queryOfConnect(func(string) string { return "" })},
	{"client.credentials.query-first-only", "sends the query of the first namespace with all of them", replace(sent("0"), "/b?k=2", "/b?k=1")},
	{"client.credentials.query-in-main", "asks for the main namespace with its query", adds(all(received("0"), main), func(*crossing) string { return "40/?token=1," })},
	{"client.credentials.query-in-events", "sends the query with events", replace(sent("2"), "/admin,", "/admin?k=1,")},
	{"client.refusal.data-invented", "reports a refusal with data that the server did not send", says(reported("connect_error"), "data", "invented")},
	{"client.credentials.change-ignored", "takes no notice of changed credentials", refuses("set")},
}

func main(c *crossing) bool { return c.packet.Namespace == "/" }

// queryOfConnect makes a fault that changes the query with which a namespace is asked for in revision 4.
func queryOfConnect(f func(query string) string) func() *driver.Tap {
	return alter(sent("0"), func(c *crossing) string {
		name, query, ok := strings.Cut(strings.TrimSuffix(string(c.Data), ","), "?")
		if !ok {
			return string(c.Data)
		}
		if query = f(query); query == "" {
			return name + ","
		}
		return name + "?" + query + ","
	})
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
