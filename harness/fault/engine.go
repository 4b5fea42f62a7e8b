package fault

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// engineFaults are the faults below Socket.IO: in handshakes, long-polling, heartbeats and upgrades.
var engineFaults = slices.Concat(openFaults, refusalFaults, postFaults, pollFaults, framingFaults, heartbeatFaults, upgradeFaults, closingFaults)

// openFaults are the faults of handshakes that succeed.
var openFaults = []Fault{
	{"engine.handshake.status-201", "answers a handshake with HTTP status 201", response(func(_ *http.Request, res *peer.Response) bool {
		return opens(res) && restatus(res, http.StatusCreated)
	})},
	{"engine.handshake.sid-renamed", "calls the session id otherwise in its open packet", opening(`"sid"`, `"id"`)},
	{"engine.handshake.upgrades-missing", "does not say in its open packet what a session can be upgraded to", opening(`"upgrades"`, `"upgrade"`)},
	{"engine.handshake.upgrades-numbers", "names upgrades by number", opening(`\["websocket"\]`, `[1]`)},
	{"engine.handshake.ws-upgrades", "offers a WebSocket session an upgrade to WebSocket", opening(`"upgrades":\[\]`, `"upgrades":["websocket"]`)},
	{"engine.handshake.interval-negative", "announces a negative ping interval", opening(`"pingInterval":`, `"pingInterval":-`)},
	{"engine.handshake.heartbeat-swapped", "announces interval and time-out of its heartbeat the wrong way round", opening(`"pingInterval":(\d+),"pingTimeout":(\d+)`, `"pingInterval":$2,"pingTimeout":$1`)},
	{"engine.handshake.heartbeat-default", "announces the default heartbeat whatever its own is", opening(`"pingInterval":\d+,"pingTimeout":\d+`, `"pingInterval":25000,"pingTimeout":20000`)},
	{"engine.handshake.max-payload-missing", "does not say how large a payload may be", opening(`"maxPayload"`, `"max"`)},
	{"engine.handshake.max-payload-default", "announces the default limit whatever its own is", opening(`"maxPayload":\d+`, `"maxPayload":1000000`)},
	{"engine.handshake.behind-ping", "sends a ping before the open packet", opening(`^0`, "2\x1e0")},
	{"engine.handshake.ws-dropped", "sends no open packet over a WebSocket", drop(always(in(engine("0"), over(peer.WebSocket))))},
	{"engine.sid.constant", "gives every session the same id", opening(`"sid":"[^"]*"`, `"sid":"session"`)},
	{"engine.sid.counted", "numbers its sessions", func() *peer.Tap {
		var n atomic.Int64
		return changedOpen(func(packet string) string {
			return regexp.MustCompile(`"sid":"[^"]*"`).ReplaceAllString(packet, fmt.Sprintf(`"sid":"session-%06d"`, n.Add(1)))
		})
	}},
	{"engine.content-type.html", "serves payloads as text/html", pollHeader("Content-Type", "text/html")},
	{"engine.content-type.no-charset", "serves payloads without a charset", pollHeader("Content-Type", "text/plain")},
	{"engine.content-type.octets", "serves payloads of text as binary ones", pollHeader("Content-Type", "application/octet-stream")},
	{"engine.cookie.set", "puts something else than the session id into its cookie", pollHeader("Set-Cookie", "io=x; Path=/")},
	{"engine.cors.handshake-only", "allows every origin to open sessions, and none to use them", response(func(_ *http.Request, res *peer.Response) bool {
		return opens(res) && allow(res, "*")
	})},
	{"engine.cors.reflected", "allows the origin that asks to open sessions, and not to use them", response(func(r *http.Request, res *peer.Response) bool {
		return opens(res) && reflect(r, res)
	})},
	{"engine.cors.refusal-reflected", "allows the origin that asks to read why it is refused", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && reflect(r, res)
	})},
	{"engine.query.lost", "does not hand the query of the handshake to the application", request(func(r *http.Request) bool {
		return r.URL.Query().Has("foo") && requery(r, "foo", "")
	})},
	{"engine.query.raw", "hands the query to the application without decoding it", request(func(r *http.Request) bool {
		return r.URL.Query().Has("foo") && requery(r, "foo", strings.ReplaceAll(r.URL.Query().Get("foo"), " ", "%20"))
	})},
	{"engine.query.lowered", "hands the query to the application in small letters", request(func(r *http.Request) bool {
		return r.URL.Query().Has("foo") && requery(r, "foo", strings.ToLower(r.URL.Query().Get("foo")))
	})},
	{"engine.query.refused", "refuses a handshake for a query parameter that it does not know", request(func(r *http.Request) bool {
		return r.URL.Query().Has("t") && requery(r, "transport", "refused")
	})},
	{"engine.details.url-lost", "does not tell the application the URL of the handshake", detail("url", "")},
	{"engine.details.address-lost", "does not tell the application the address of the client", detail("address", "")},
	{"engine.details.secure-wrong", "takes every connection for one over TLS", detail("secure", true)},
	{"engine.details.origin-wrong", "takes every connection for one from another origin", detail("xdomain", true)},
	{"engine.details.origin-unseen", "does not see that a connection comes from another origin", detail("xdomain", false)},
	{"engine.details.seconds", "counts the time of the handshake in seconds", detail("issued", 1_700_000_000)},
	{"engine.details.time-lost", "does not tell the application the time of the handshake", detail("time", "")},
	{"engine.headers.lost", "does not hand the headers of the handshake to the application", request(func(r *http.Request) bool {
		had := r.Header.Get("X-Sio-Conform") != ""
		r.Header.Del("X-Sio-Conform")
		return had
	})},
	{"engine.path.exact", "serves its path only, and nothing below", response(func(r *http.Request, res *peer.Response) bool {
		return r.URL.Path != "/socket.io/" && restatus(res, http.StatusNotFound)
	})},
}

// request makes a fault that changes requests before they go out: the target takes no notice of what they say. f reports whether it changed something.
func request(f func(r *http.Request) bool) func() *peer.Tap {
	return func() *peer.Tap { return &peer.Tap{Request: f} }
}

// requery sets a parameter of the query, or removes it when value is empty. It returns true.
func requery(r *http.Request, name, value string) bool {
	q := r.URL.Query()
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	r.URL.RawQuery = q.Encode()
	return true
}

// rebody replaces the body of a request. It returns true.
func rebody(r *http.Request, body string) bool {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	return true
}

// bodyOf returns the body of a request, which can still be sent afterwards.
func bodyOf(r *http.Request) string {
	if r.GetBody == nil {
		return ""
	}
	body, err := r.GetBody()
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(body) // it is in memory
	return string(text)
}

// restatus gives an answer another HTTP status. It returns true.
func restatus(res *peer.Response, status int) bool {
	res.Status = status
	return true
}

// reanswer gives an answer another HTTP status and body. It returns true.
func reanswer(res *peer.Response, status int, body string) bool {
	res.Status, res.Body = status, []byte(body)
	return true
}

// reflect allows the origin of a request to read the answer.
func reflect(r *http.Request, res *peer.Response) bool {
	origin := r.Header.Get("Origin")
	return origin != "" && allow(res, origin)
}

// allow lets an origin read a response. It returns true.
func allow(res *peer.Response, origin string) bool {
	res.Header = res.Header.Clone()
	res.Header.Set("Access-Control-Allow-Origin", origin)
	return true
}

// sid returns the session id that a request names.
func sid(r *http.Request) string { return r.URL.Query().Get("sid") }

// webSocket reports whether a request opens a WebSocket.
func webSocket(r *http.Request) bool { return strings.HasPrefix(r.URL.Scheme, "ws") }

// elsewhere reports whether a request has only been made to let time pass, see Peer.Elsewhere.
func elsewhere(r *http.Request) bool { return sid(r) == "sio-conform-unknown" }

// opens reports whether an answer opens a session.
func opens(res *peer.Response) bool {
	return res.Err == nil && openBody.Match(res.Body)
}

// openBody matches payloads that begin with an open packet, in either revision.
var openBody = regexp.MustCompile(`^(\d+:)?0\{`)

// rewritten applies f to the packets of a payload of text and reports whether that changed anything.
func rewritten(r *http.Request, res *peer.Response, f func(packets []string) []string) bool {
	before := string(res.Body)
	if r.URL.Query().Get("EIO") != "3" {
		res.Body = []byte(strings.Join(f(strings.Split(before, "\x1e")), "\x1e"))
		return before != string(res.Body)
	}
	var packets []string
	for _, part := range peer.DecodePayload(wire.Revision4, res.Header, res.Body) {
		packets = append(packets, string(part.Data))
	}
	res.Body = []byte(peer.EncodePayload(wire.Revision4, f(packets)...))
	return before != string(res.Body)
}

// refused reports whether a request was answered with HTTP status 400.
func refused(r *http.Request, res *peer.Response) bool {
	return res.Err == nil && res.Status == http.StatusBadRequest && !elsewhere(r)
}

// over matches packets on that transport.
func over(t peer.Transport) Match { return func(c *Crossing) bool { return c.Transport == t } }

// longer matches packets of more than n bytes.
func longer(n int) Match { return func(c *Crossing) bool { return len(c.Data) > n } }

// opening makes a fault that replaces what the expression matches in open packets.
func opening(expression, replacement string) func() *peer.Tap {
	e := regexp.MustCompile(expression)
	return func() *peer.Tap {
		return changedOpen(func(packet string) string { return e.ReplaceAllString(packet, replacement) })
	}
}

// changedOpen makes a tap of a function on open packets.
func changedOpen(f func(packet string) string) *peer.Tap {
	tap := frames(func(c *Crossing) []peer.Frame {
		if in(engine("0"), over(peer.WebSocket))(c) {
			c.Data = []byte(f(string(c.Data)))
		}
		return []peer.Frame{c.Frame}
	})
	tap.Response = func(r *http.Request, res *peer.Response) bool {
		return opens(res) && rewritten(r, res, func(packets []string) []string {
			packets[0] = f(packets[0])
			return packets
		})
	}
	return tap
}

// pollHeader makes a fault that sets a header of all answers that carry packets.
func pollHeader(name, value string) func() *peer.Tap {
	return response(func(r *http.Request, res *peer.Response) bool {
		if r.Method != http.MethodGet || res.Err != nil || res.Status != http.StatusOK {
			return false
		}
		res.Header = res.Header.Clone()
		res.Header.Set(name, value)
		return true
	})
}

// delivered returns a packet that seems to come from the target, for the peer with that name.
func delivered(session string, t peer.Transport, packet string) peer.Frame {
	return peer.Frame{Session: session, Direction: wire.In, Transport: t, Data: []byte(packet)}
}

// ended returns the end of a connection of the peer with that name.
func ended(session string, t peer.Transport) peer.Frame {
	return peer.Frame{Session: session, Direction: wire.In, Transport: t, Closing: &peer.Closing{Cause: "closed by the fault"}}
}

// detail makes a fault that shows the application another value of a detail of the handshake.
func detail(name string, value any) func() *peer.Tap {
	return member("handshake", name, plainly(func(*Crossing, any) any { return value }))
}
