package clientfault

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// stateFaults are about what a socket says of itself.
var stateFaults = []Fault{
	{"client.state.connected-late", "is not connected while it says that it is", says(reported("connect"), "connected", false)},
	{"client.state.connected-on", "is connected while it says that it is not any more", says(reported("disconnect"), "connected", true)},
	{"client.state.id-kept", "keeps its id when it is disconnected", says(reported("disconnect"), "id", "kept")},
	{"client.state.always-active", "is always active", says(ending, "active", true)},
	{"client.state.never-active", "is never active", says(ending, "active", false)},
	{"client.state.no-details", "gives no details of the end of a connection", lines(reported("disconnect"), func(l driver.Line) []driver.Line {
		delete(l, "details")
		return []driver.Line{l}
	})},
	{"client.disconnect.invented", "says that it is disconnected when it is not", invents(reported("connect"), "disconnect", map[string]any{"reason": "transport close"})},
	{"client.ack.error-behind", "says of an acknowledgement that has come that it has not", invents(reported("ack"), "ack", map[string]any{"label": "k", "err": "late", "args": []any{}})},
	{"client.engine.late-timeout", "takes its time before it gives up a silent server", lines(reported("disconnect"), func(l driver.Line) []driver.Line {
		l["t"] = json.RawMessage(driver.JSON(l.Number("t") + 5000))
		return []driver.Line{l}
	})},
}

func ending(l driver.Line) bool {
	return l.Text("ev") == "disconnect" || l.Text("ev") == "connect_error"
}

// listenerFaults are about listeners that come and go.
var listenerFaults = []Fault{
	{"client.event.once-ignored", "calls a listener for one time again and again", ops("on", func(op driver.Op) driver.Op {
		delete(op, "once")
		return op
	})},
	{"client.event.listeners-reversed", "calls the listeners of an event in the opposite order", replace(sent("3"), `"first"`, `"second"`)},
	{"client.event.one-listener", "has one listener for each event", oneListener},
	{"client.event.deaf", "is deaf behind an event that nobody listens to", deafBehind(always(all(received("2"), containing("unlistened"))))},
	{"client.call.off", "takes no listener away", refuses("off")},
	{"client.call.off-any", "takes no catch-all listener away", refuses("offAny")},
	{"client.call.sibling", "hands out no further namespace", refuses("sibling")},
}

// oneListener does not listen a second time.
func oneListener() *driver.Tap {
	listens := map[string]bool{}
	return ops("on", func(op driver.Op) driver.Op {
		key := driver.JSON([]any{op["sock"], op["event"]})
		if listens[key] {
			return nil
		}
		listens[key] = true
		return op
	})()
}

// requestFaults are about options and the requests that they change.
var requestFaults = []Fault{
	{"client.option.randomization", "waits for the same time whatever randomization it was told", setsOption("randomizationFactor", 0.01)},
	{"client.option.add-trailing-slash", "takes no notice of the wish for no slash at the end of the path", ignores("addTrailingSlash")},
	{"client.option.timestamps", "takes no notice of the wish for time stamps", ignores("timestampRequests", "timestampParam")},
	{"client.option.cookies", "keeps no cookies", ignores("withCredentials")},
	{"client.option.cookies-always", "keeps cookies that nobody wants", setsOption("withCredentials", true)},
	{"client.engine.slash-dropped", "drops the slash at the end of the path", path(func(p string) string { return strings.TrimSuffix(p, "/") })},
	{"client.engine.slash-doubled", "doubles the slash at the end of the path", path(func(p string) string { return p + "/" })},
	{"client.engine.query-mangled", "cuts values of the query off where they would have to be encoded", request(func(r *http.Request) bool {
		q := r.URL.Query()
		before, _, cut := strings.Cut(q.Get("token"), " ")
		q.Set("token", before)
		r.URL.RawQuery = q.Encode()
		return cut
	})},
	{"client.engine.any-probe-answer", "upgrades whatever the answer to its probe is", alter(all(direction(wire.Out), engine("3")), func(*crossing) string { return "3probe" })},
	{"client.engine.no-timestamp", "asks for the same URL again and again", query("t", "")},
	{"client.engine.old-session", "asks with the id of the first session for the second", oldSession},
}

func path(f func(p string) string) func() *driver.Tap {
	return request(func(r *http.Request) bool {
		r.URL.Path = f(r.URL.Path)
		return true
	})
}

// oldSession names the first session in every later handshake.
func oldSession() *driver.Tap {
	first := ""
	return &driver.Tap{Request: func(r *http.Request) bool {
		q := r.URL.Query()
		switch {
		case q.Get("sid") != "":
			first = q.Get("sid")
		case first != "":
			q.Set("sid", first)
			r.URL.RawQuery = q.Encode()
			return true
		}
		return false
	}}
}
