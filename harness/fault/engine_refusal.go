package fault

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// never is how much later an answer comes that does not come.
const never = time.Hour

// refusalFaults are the faults of requests that must be refused.
var refusalFaults = []Fault{
	{"engine.refused.status-500", "refuses with HTTP status 500 instead of 400", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && restatus(res, http.StatusInternalServerError)
	})},
	{"engine.refused.status-200", "refuses with HTTP status 200", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && restatus(res, http.StatusOK)
	})},
	{"engine.refused.unanswered", "does not answer what it should refuse", response(func(r *http.Request, res *peer.Response) bool {
		return (refused(r, res) || res.Status == http.StatusSwitchingProtocols) && unanswered(res)
	})},
	{"engine.refused.cut-off", "cuts the connection instead of saying why it refuses", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && torn(res)
	})},
	{"engine.refused.left-open", "leaves the connection open, and unheard, of which it has refused something", func() *peer.Tap {
		answers := 0
		return response(func(_ *http.Request, res *peer.Response) bool {
			answers++
			return answers == 2 && unanswered(res)
		})()
	}},
	{"engine.eio.not-read", "does not look at the revision", request(func(r *http.Request) bool {
		return r.URL.Query().Get("EIO") != "4" && requery(r, "EIO", "4")
	})},
	{"engine.eio.newer-accepted", "takes every later revision for its own", request(func(r *http.Request) bool {
		return r.URL.Query().Get("EIO") == "5" && requery(r, "EIO", "4")
	})},
	{"engine.transport.assumed", "takes a transport for granted when it is not named or not known", request(func(r *http.Request) bool {
		name := r.URL.Query().Get("transport")
		return name != "polling" && name != "websocket" && requery(r, "transport", map[bool]string{true: "websocket", false: "polling"}[webSocket(r)])
	})},
	{"engine.transport.unknown-taken", "takes a WebSocket whatever it calls itself", request(func(r *http.Request) bool {
		return webSocket(r) && r.URL.Query().Get("transport") == "abc" && requery(r, "transport", "websocket")
	})},
	{"engine.transport.prototype-crash", "breaks down when a transport has the name of something in its language", response(func(r *http.Request, res *peer.Response) bool {
		return slices.Contains(languageNames, r.URL.Query().Get("transport")) && torn(res)
	})},
	{"engine.transport.polling-by-websocket", "opens a session for a WebSocket that calls itself long-polling", request(func(r *http.Request) bool {
		return webSocket(r) && r.URL.Query().Get("transport") == "polling" && requery(r, "transport", "websocket")
	})},
	{"engine.transport.websocket-by-get", "opens a session for a GET that calls itself a WebSocket", request(func(r *http.Request) bool {
		return !webSocket(r) && r.URL.Query().Get("transport") == "websocket" && requery(r, "transport", "polling")
	})},
	{"engine.method.any", "takes every method for GET, or for POST when the request names a session", request(func(r *http.Request) bool {
		switch {
		case r.Method == http.MethodGet, sid(r) != "" && r.Method == http.MethodPost:
			return false
		case sid(r) == "":
			r.Method = http.MethodGet
			return rebody(r, "")
		}
		r.Method = http.MethodPost
		return true
	})},
	{"engine.method.put", "opens a session for a PUT", request(func(r *http.Request) bool {
		put := r.Method == http.MethodPut && sid(r) == ""
		if put {
			r.Method = http.MethodGet
		}
		return put
	})},
	{"engine.method.closes", "closes a session for a request with another method than GET and POST", func() *peer.Tap {
		other := func(r *http.Request) bool { return r.Header.Get("X-Method") != "" }
		return &peer.Tap{
			Request: func(r *http.Request) bool {
				if r.Method == http.MethodGet || r.Method == http.MethodPost {
					return false
				}
				r.Header.Set("X-Method", r.Method)
				r.Method = http.MethodPost
				return rebody(r, "1")
			},
			Response: func(r *http.Request, res *peer.Response) bool {
				return other(r) && restatus(res, http.StatusInternalServerError)
			},
		}
	}},
	{"engine.error.body-empty", "refuses without a word", inErrors(func(string) string { return "" })},
	{"engine.error.code-text", "gives the code of an error as a string", inErrors(func(body string) string { return strings.ReplaceAll(body, `"code":0`, `"code":"0"`) })},
	{"engine.error.code-1-for-method", "gives the code of another error for a bad method", inErrors(func(body string) string { return strings.ReplaceAll(body, `"code":2`, `"code":1`) })},
	{"engine.error.message-lost", "refuses with a code and no message", inErrors(func(body string) string { return strings.ReplaceAll(body, `"message"`, `"text"`) })},
	{"engine.error.content-type", "does not say that the body of a refusal is JSON", response(func(r *http.Request, res *peer.Response) bool {
		if !refused(r, res) {
			return false
		}
		res.Header = res.Header.Clone()
		res.Header.Set("Content-Type", "text/html")
		return true
	})},
	{"engine.path.any", "opens sessions whatever the path", func() *peer.Tap {
		outside := func(r *http.Request) bool { return !strings.HasPrefix(r.URL.Path, "/socket.io/") }
		return &peer.Tap{
			Request: func(r *http.Request) bool {
				if !outside(r) {
					return false
				}
				r.URL.Path = "/socket.io/"
				return true
			},
			Response: func(r *http.Request, res *peer.Response) bool {
				if outside(r) {
					*res = peer.Response{Status: http.StatusSwitchingProtocols}
				}
				return outside(r)
			},
		}
	}},
	{"engine.path.websocket-held", "leaves a WebSocket outside its path waiting", response(func(r *http.Request, res *peer.Response) bool {
		return !strings.HasPrefix(r.URL.Path, "/socket.io/") && unanswered(res)
	})},
	{"engine.sid.unknown-opens", "opens a session for a session id that it does not know", request(func(r *http.Request) bool {
		return sid(r) == "unknown" && r.Method == http.MethodGet && requery(r, "sid", "")
	})},
	{"engine.sid.unknown-post-ok", "says ok to a POST of a session that it does not know", response(func(r *http.Request, res *peer.Response) bool {
		return sid(r) == "unknown" && r.Method == http.MethodPost && reanswer(res, http.StatusOK, "ok")
	})},
	{"engine.sid.prototype-crash", "breaks down when a session id has the name of something in its language", response(func(r *http.Request, res *peer.Response) bool {
		return slices.Contains(languageNames, sid(r)) && torn(res)
	})},
	{"engine.sid.prototype-500", "stumbles over a session id that has the name of something in its language", response(func(r *http.Request, res *peer.Response) bool {
		return slices.Contains(languageNames, sid(r)) && restatus(res, http.StatusInternalServerError)
	})},
	{"engine.sid.prototype-opens", "takes a session id that has the name of something in its language for none", request(func(r *http.Request) bool {
		return webSocket(r) && slices.Contains(languageNames, sid(r)) && requery(r, "sid", "")
	})},
	{"engine.sid.websocket-opens-anew", "opens a new session for a WebSocket that names an old one", request(func(r *http.Request) bool {
		return webSocket(r) && sid(r) != "" && requery(r, "sid", "")
	})},
	{"engine.sid.empty-unknown", "takes an empty session id for one that it does not know", response(func(r *http.Request, res *peer.Response) bool {
		return r.URL.Query().Has("sid") && sid(r) == "" && reanswer(res, http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)
	})},
	{"engine.sid.mismatch-ok", "answers a long-polling request of a WebSocket session as if it were one", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && sid(r) != "" && reanswer(res, http.StatusOK, "6")
	})},
	{"engine.sid.mismatch-hangs", "does not answer a long-polling request of a WebSocket session", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && sid(r) != "" && unanswered(res)
	})},
	{"engine.sid.mismatch-closes", "closes a WebSocket session of which it gets a long-polling request", func() *peer.Tap {
		closes := false
		tap := frames(func(c *Crossing) []peer.Frame {
			if closes {
				return []peer.Frame{ended(c.Session, c.Transport)}
			}
			return []peer.Frame{c.Frame}
		})
		tap.Response = func(r *http.Request, res *peer.Response) bool {
			closes = closes || refused(r, res) && sid(r) != ""
			return false
		}
		return tap
	}},
	{"engine.sid.revision-ignored", "does not look at the revision of a request that names a session", request(func(r *http.Request) bool {
		return sid(r) != "" && r.URL.Query().Get("EIO") == "3" && requery(r, "EIO", "4")
	})},
}

// languageNames are names that stand for something in the languages that servers are written in.
var languageNames = []string{"constructor", "__proto__", "hasOwnProperty", "toString", "__init__", "null"}

// unanswered delays an answer beyond all patience. It returns true.
func unanswered(res *peer.Response) bool {
	res.Delay = never
	return true
}

// torn makes an answer one that did not come because the connection broke. It returns true.
func torn(res *peer.Response) bool {
	*res = peer.Response{Err: io.ErrUnexpectedEOF}
	return true
}

// inErrors makes a fault that changes the bodies of refusals.
func inErrors(f func(body string) string) func() *peer.Tap {
	return response(func(r *http.Request, res *peer.Response) bool {
		if !refused(r, res) {
			return false
		}
		before := res.Body
		res.Body = []byte(f(string(before)))
		return !bytes.Equal(before, res.Body)
	})
}
