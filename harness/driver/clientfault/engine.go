package clientfault

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// engineFaults are about the connection below.
var engineFaults = []Fault{
	{"client.engine.no-pong", "does not answer pings", drop(all(direction(wire.In), engine("3")))},
	{"client.engine.pong-twice", "answers each ping twice", twice(all(direction(wire.In), engine("3")))},
	{"client.engine.no-ping", "sends no pings", drop(all(direction(wire.In), engine("2")))},
	{"client.engine.ping-payload", "answers pings with what stands in them", alter(all(direction(wire.In), engine("3")), func(*crossing) string { return "3abc" })},
	{"client.engine.pings-itself", "sends pings of its own", adds(all(direction(wire.In), engine("3")), func(*crossing) string { return "2" })},
	{"client.engine.answers-pings", "answers pings that are none of its business", adds(all(direction(wire.Out), engine("2")), func(*crossing) string { return "3" })},
	{"client.engine.answers-pongs", "takes a pong for a request", adds(all(direction(wire.Out), engine("3")), func(*crossing) string { return "2" })},
	{"client.engine.pong-unseen", "does not see that its pings are answered", drop(all(direction(wire.Out), engine("3")))},
	{"client.engine.upgrades-unoffered", "upgrades though the server does not offer it", replace(all(direction(wire.Out), engine("0")), `"upgrades":[]`, `"upgrades":["websocket"]`)},
	{"client.engine.ignores-silence", "does not notice that the server is silent", silent(func(l driver.Line) bool { return l.Text("ev") == "disconnect" && l.Text("reason") == "ping timeout" })},
	{"client.engine.no-close", "does not close a connection that it does not need", drop(all(direction(wire.In), engine("1")))},
	{"client.engine.kept-open", "keeps a connection open when its last namespace was left", keptOpen},
	{"client.engine.upgrade-kept-open", "neither carries an upgrade out nor ends the session that it was for", drop(all(direction(wire.In), engine("15")))},
	{"client.engine.data-counts", "takes data for a sign of life", frames(always(received("2")), func(c *crossing) []peer.Frame {
		return []peer.Frame{c.Frame, {Session: c.Session, Direction: wire.Out, Transport: c.Transport, Data: []byte("2")}}
	})},
	{"client.engine.data-ignored", "does not take data for a sign of life", drop(received("2"))},
	{"client.engine.deaf-behind-close", "is deaf behind a close packet, and leaves the connection open", deafBehind(always(all(direction(wire.Out), engine("1"))))},
	{"client.engine.ignores-limit", "sends payloads that are larger than the server takes", replace(all(direction(wire.Out), engine("0")), `"maxPayload"`, `"ignored"`)},
	{"client.engine.same-stamp", "sends the same stamp with every poll", query("t", "x")},
	{"client.engine.no-session", "does not name its session", query("sid", "")},
	{"client.binary.unpadded", "leaves out the padding of base64", unpadded},
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

// keptOpen opens a namespace of its own over the first connection, and does not show it.
func keptOpen() *driver.Tap {
	opened := false
	t := drop(all(sent("0"), func(c *crossing) bool { return c.packet.Namespace == "/kept" }))()
	t.Op = func(op driver.Op) driver.Op {
		if opened || op["op"] != "open" {
			return op
		}
		opened = true
		kept := maps.Clone(op)
		at, err := url.Parse(fmt.Sprint(op["url"]))
		if err != nil {
			return op
		}
		at.Path, kept["sock"] = "/kept", "kept"
		kept["url"] = at.String()
		return driver.Op{"op": "batch", "ops": []driver.Op{op, kept}}
	}
	return t
}

// unpadded cuts the padding off attachments in payloads.
func unpadded() *driver.Tap {
	return &driver.Tap{Request: func(r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		cut := bytes.ReplaceAll(body, []byte("=="), nil)
		r.Body = io.NopCloser(bytes.NewReader(cut))
		return err == nil && len(cut) < len(body)
	}}
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
