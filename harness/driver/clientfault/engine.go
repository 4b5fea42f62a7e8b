package clientfault

import (
	"net/http"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/wire"
)

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
