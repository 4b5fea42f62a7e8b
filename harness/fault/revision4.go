package fault

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// inRevision4 lets a fault, which is written for revision 5, work on sessions of revision 4 as well: what passes is shown to it in the form of revision 5, and what comes out is put into the
// form of revision 4 again.
func inRevision4(tap *peer.Tap) *peer.Tap {
	inner := tap.Frames
	if inner == nil {
		return tap
	}
	t := translator{sessions: map[string]string{}}
	tap.Frames = func(f peer.Frame) []peer.Frame {
		if f.Revision != wire.Revision4 {
			return inner(f)
		}
		out := inner(t.raised(f))
		for i := range out {
			out[i].Data = lowered(out[i])
		}
		return out
	}
	return tap
}

// A translator knows the ids of the Engine.IO sessions, of which socket ids are made in revision 4, by the names of their peers.
type translator struct{ sessions map[string]string }

// raised returns a frame of revision 4 in the form of revision 5.
func (t *translator) raised(f peer.Frame) peer.Frame {
	if f.Closing != nil || f.Binary {
		return f
	}
	p := wire.Dissect(wire.Revision4, false, f.Data)
	head := "4" + string(p.Type) + peer.Prefix(p.Namespace)
	switch {
	case p.Engine == '0' && f.Direction == wire.In:
		t.sessions[f.Session] = textMember(p.Body, "sid")
	case len(p.Problems) > 0:
	case p.Type == '0' && p.Query != "" && f.Direction == wire.Out:
		query, _ := url.ParseQuery(p.Query)
		f.Data = []byte(head + query.Get("auth"))
	case p.Type == '0' && f.Direction == wire.In && p.Data == nil:
		f.Data = connectAnswer(p.Namespace, t.socketID(f.Session, p.Namespace))
	case p.Type == '4' && f.Direction == wire.In:
		f.Data = append([]byte(head), raisedError(p.Data)...)
	}
	return f
}

func (t *translator) socketID(session, namespace string) string {
	if namespace == "/" {
		return t.sessions[session]
	}
	return namespace + "#" + t.sessions[session]
}

// raisedError returns the data of a CONNECT_ERROR that says what an ERROR with these data says.
func raisedError(data []byte) []byte {
	if len(data) > 0 && data[0] == '"' {
		return []byte(`{"message":` + string(data) + `}`)
	}
	return []byte(`{"message":"","data":` + string(data) + `}`)
}

// lowered returns the bytes of a frame of revision 5 in the form of revision 4. What is not in the form of revision 5 stays as it is.
func lowered(f peer.Frame) []byte {
	if f.Closing != nil || f.Binary {
		return f.Data
	}
	p := wire.Dissect(wire.Revision5, false, f.Data)
	object := bytes.HasPrefix(p.Data, []byte("{"))
	switch {
	case len(p.Problems) > 0 || !object:
		return f.Data
	case p.Type == '0' && f.Direction == wire.Out && p.Namespace != "/":
		return []byte("40" + p.Namespace + "?auth=" + url.QueryEscape(string(p.Data)) + ",")
	case p.Type == '0' && f.Direction == wire.In && p.AckID == "":
		return []byte("40" + peer.Prefix(p.Namespace))
	case p.Type == '4' && f.Direction == wire.In:
		return append([]byte("44"+peer.Prefix(p.Namespace)), loweredError(p.Data)...)
	}
	return f.Data
}

// loweredError returns the data of the ERROR that says what a CONNECT_ERROR with these data says: its data, or its message where there are none.
func loweredError(data []byte) []byte {
	var e struct {
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if json.Unmarshal(data, &e) != nil || e.Message == nil && e.Data == nil {
		return data
	}
	switch string(e.Data) {
	case "", "null", "false", "0", `""`:
		return e.Message
	}
	return e.Data
}

// revision4Faults are faults of revision 4 alone; they see its packets as they are.
var revision4Faults = []Fault{
	{"revision4.custom-first", "lets a client into a custom namespace before the main one", stateful(func() func(c *Crossing) []peer.Frame {
		held := map[string][]peer.Frame{}
		return func(c *Crossing) []peer.Frame {
			switch {
			case in(namespace("/"), anyOf(exactly("40"), containing(`["auth"`)))(c):
				held[c.Session] = append(held[c.Session], c.Frame)
				return nil
			case in(message("0"), not(namespace("/")))(c):
				return append([]peer.Frame{c.Frame}, held[c.Session]...)
			}
			return []peer.Frame{c.Frame}
		}
	})},
	{"revision4.waiting-kept", "lets a client that joins the main namespace again into those that it has asked for before", after(func() Match { return nth(2, in(exactly("40"))) }, "40/custom,")},
	{"revision4.waiting-forgotten", "forgets for which namespace a client has asked before the main one has let it in", undecided(func(*Crossing) []peer.Frame { return nil }, passed)},
	{"revision4.waiting-twice", "lets a client twice into the namespace that it has asked for before the main one has let it in", undecided(passed, func(c *Crossing) []peer.Frame {
		return []peer.Frame{c.Frame, c.Frame}
	})},
	{"revision4.refused-let-in", "lets a client into a custom namespace that the main one has refused", answer(always(out(exactly("40/custom,"))), "40/custom,")},
	{"revision4.not-joined-closes", "closes the connection at a packet in a namespace that is not joined", hangUp(always(out(namespace("/sio-conform-unknown"))))},
	{"revision4.url-query-wins", "prefers the query of the URL to that of the namespace", colour("blue", "red")},
	{"revision4.query-kept", "shows the query of one namespace to all of the connection", colour("red", "blue")},
	{"revision4.connect-list", "answers a CONNECT for a custom namespace with a list", alter(always(in(message("0"), not(namespace("/")))), func(c *Crossing) []byte {
		return []byte("40" + peer.Prefix(c.Packet.Namespace) + "[]")
	})},
	{"revision4.main-middlewares-skipped", "does not run the middlewares of the main namespace for who asks for another", replace(always(in(message("3"))), `["middleware","/",1],`, "")},
	{"revision4.socket-id-bare", "knows a socket by the id of the session in every namespace", replace(always(in(message("3"))), `"id":"/`, `"id":"`)},
	{"revision4.query-inherited", "takes the credentials of the URL for those of a custom namespace", replace(always(in(containing(`["auth",{}]`), not(namespace("/")))), "{}", `{"token":"secret"}`)},
	{"revision4.ping-unanswered", "does not answer pings", drop(always(in(exactly("3"))))},
	{"revision4.pong-twice", "answers pings twice", duplicate(always(in(exactly("3"))))},
	{"revision4.pings-ignored", "takes no notice of pings", drop(always(out(exactly("2"))))},
	{"revision4.silence-unnoticed", "does not close a session that sends nothing", dropEnds(everything)},
	{"revision4.ping-ends-message", "forgets a binary header when a ping comes", stateful(func() func(c *Crossing) []peer.Frame {
		pinged := false
		return func(c *Crossing) []peer.Frame {
			pinged = pinged || out(exactly("2"))(c)
			if pinged && out(binary)(c) {
				return nil
			}
			return []peer.Frame{c.Frame}
		}
	})},
	{"revision4.base64-ignored", "takes no notice of base64 in text frames", drop(always(out(containing("b4AQID"))))},
	{"revision4.base64-refused", "sends binary frames to who cannot take them", alter(always(in(exactly("b4AQID"))), func(*Crossing) []byte { return []byte("4") })},
	{"revision4.bytes-counted", "counts bytes in payloads", request(func(r *http.Request) bool {
		return bytes.Contains([]byte(bodyOf(r)), []byte("€")) && rebody(r, "x")
	})},
	{"revision4.jsonp-plain", "answers polls by JSONP as any others", response(func(r *http.Request, res *peer.Response) bool {
		return r.URL.Query().Has("j") && reanswer(res, http.StatusOK, "1:6")
	})},
	{"revision4.jsonp-injected", "puts the parameter j into a script as it is", response(func(r *http.Request, res *peer.Response) bool {
		j := r.URL.Query().Get("j")
		return len(j) > 1 && reanswer(res, http.StatusOK, "___eio["+j+`]("1:6");`)
	})},
	{"revision4.jsonp-separator", "does not escape the line separators of JavaScript", response(func(r *http.Request, res *peer.Response) bool {
		plain := strings.ReplaceAll(string(res.Body), `\u2028`, "\u2028")
		return r.URL.Query().Has("j") && plain != string(res.Body) && reanswer(res, http.StatusOK, plain)
	})},
	{"revision4.form-dropped", "takes no notice of forms", request(func(r *http.Request) bool {
		return r.URL.Query().Has("j") && r.Method == http.MethodPost && rebody(r, "d=1:6")
	})},
}

// colour makes a fault that shows the application another value of the parameter "colour" than a certain one.
func colour(before, after string) func() *peer.Tap {
	return member("info", "query", plainly(func(_ *Crossing, value any) any {
		if query, ok := value.(map[string]any); ok && query["colour"] == before {
			query["colour"] = after
		}
		return value
	}))
}

// undecided changes the CONNECTs for custom namespaces that a session sends before the main one has let it in, and the answers to them.
func undecided(asked, answered func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return stateful(func() func(c *Crossing) []peer.Frame {
		joined, early := map[string]bool{}, map[string]bool{}
		return func(c *Crossing) []peer.Frame {
			key := c.Session + " " + c.Packet.Namespace
			switch {
			case in(exactly("40"))(c):
				joined[c.Session] = true
			case out(message("0"), not(namespace("/")))(c) && !joined[c.Session]:
				early[key] = true
				return asked(c)
			case in(message("0"))(c) && early[key]:
				return answered(c)
			}
			return passed(c)
		}
	})
}
