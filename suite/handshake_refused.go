package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// refusalScenarios are about handshakes that must not open a session.
var refusalScenarios = []run.Scenario{
	{
		ID:    "handshake.eio.missing",
		Title: "a handshake that does not say which revision it speaks opens no session of revision 4",
		Rules: rules("eio.handshake.eio-missing"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.eio.not-read", "a session of revision 4 was opened without EIO"),
			catch("engine.refused.status-500", "without EIO: want HTTP status 400, got 500"),
			catch("engine.refused.status-200", "without EIO: want HTTP status 400, got 200"),
		},
		Run: func(p *peer.Peer) { wantRevisionRefused(p, "without EIO", "transport=polling") },
	},
	{
		ID:    "handshake.eio.invalid",
		Title: "a handshake with a revision that does not exist opens no session of revision 4",
		Rules: rules("eio.handshake.eio-invalid"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.eio.not-read", "a session of revision 4 was opened with EIO=abc"),
			catch("engine.eio.newer-accepted", "a session of revision 4 was opened with EIO=5"),
			catch("engine.refused.status-500", "with EIO=abc: want HTTP status 400, got 500"),
		},
		Run: func(p *peer.Peer) {
			for _, revision := range []string{"abc", "5", "44", "-4"} {
				wantRevisionRefused(p, "with EIO="+revision, "EIO="+revision+"&transport=polling")
			}
		},
	},
	{
		ID:    "handshake.eio.websocket",
		Title: "a WebSocket without a revision, or with one that does not exist, gets no session of revision 4",
		Rules: rules("eio.handshake.ws-bad-eio"),
		On:    webSocketOnly,
		After: []string{"handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.eio.not-read", "a session of revision 4 was opened by WebSocket ?transport=websocket"),
			catch("engine.eio.newer-accepted", "a session of revision 4 was opened by WebSocket ?EIO=5"),
		},
		Run: func(p *peer.Peer) {
			for i, query := range []string{"transport=websocket", "EIO=abc&transport=websocket", "EIO=5&transport=websocket"} {
				q, res := p.Dial(fmt.Sprintf("ws%d", i), query)
				if q == nil {
					wantTurnedAway(p, "WebSocket ?"+query, res)
					continue
				}
				wantNotRevision4(p, q, query)
			}
		},
	},
	{
		ID:    "handshake.transport.missing",
		Title: "a handshake that does not name its transport is refused",
		Rules: rules("eio.handshake.transport-missing"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.transport.assumed", "GET without transport: want HTTP status 400, got 200"),
			catch("engine.refused.status-500", "GET without transport: want HTTP status 400, got 500"),
		},
		Run: func(p *peer.Peer) {
			wantRefused(p, "GET without transport", p.HTTP(peer.Request{Query: "EIO=4"}))
			wantRefused(p, "GET with an empty transport", p.HTTP(peer.Request{Query: "EIO=4&transport="}))
		},
	},
	{
		ID:     "handshake.transport.unknown",
		Title:  "a handshake over a transport that does not exist is refused, also when the name means something to the server's language",
		Rules:  rules("eio.handshake.transport-unknown"),
		On:     pollingOnly,
		After:  []string{"handshake.polling.open"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.transport.assumed", "transport=abc: want HTTP status 400, got 200"),
			catch("engine.transport.prototype-crash", "got no whole answer"),
			catch("engine.refused.status-500", "transport=abc: want HTTP status 400, got 500"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range append([]string{"abc", "Polling", "webtransport"}, languageNames...) {
				wantRefused(p, "transport="+name, p.HTTP(peer.Request{Query: "EIO=4&transport=" + name}))
			}
		},
	},
	{
		ID:     "handshake.transport.websocket",
		Title:  "a WebSocket that names no transport, or one that does not exist, is refused and does no harm",
		Rules:  rules("eio.handshake.ws-bad-transport"),
		On:     webSocketOnly,
		After:  []string{"handshake.websocket.open"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.transport.assumed", "WebSocket ?EIO=4: want the WebSocket refused or closed"),
			catch("engine.transport.unknown-taken", "transport=abc: want the WebSocket refused or closed"),
		},
		Run: func(p *peer.Peer) {
			queries := []string{"EIO=4", "EIO=4&transport=abc"}
			for _, name := range languageNames {
				queries = append(queries, "EIO=4&transport="+name)
			}
			for _, query := range queries {
				wantNoWebSocket(p, query)
			}
		},
	},
	{
		ID:    "handshake.transport.polling-by-websocket",
		Title: "a WebSocket that calls itself long-polling gets no session",
		Rules: rules("eio.handshake.polling-name-over-ws"),
		On:    webSocketOnly,
		After: []string{"handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.transport.polling-by-websocket", "want the WebSocket refused or closed"),
		},
		Run: func(p *peer.Peer) { wantNoWebSocket(p, "EIO=4&transport=polling") },
	},
	{
		ID:    "handshake.transport.websocket-by-get",
		Title: "a plain GET that calls itself a WebSocket is refused",
		Rules: rules("eio.handshake.ws-name-over-http"),
		On:    webSocketOnly,
		After: []string{"handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.transport.websocket-by-get", "want HTTP status 400, got 200"),
			catch("engine.refused.unanswered", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			wantRefused(p, "GET with transport=websocket", p.HTTP(peer.Request{Query: p.Query(peer.WebSocket, "")}))
		},
	},
	{
		ID:    "handshake.method",
		Title: "only GET opens a session: POST, PUT and DELETE without a session id are refused",
		Rules: rules("eio.handshake.method"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.method.any", "POST without sid: want HTTP status 400, got 200"),
			catch("engine.method.put", "PUT without sid: want HTTP status 400, got 200"),
			catch("engine.refused.status-500", "POST without sid: want HTTP status 400, got 500"),
		},
		Run: func(p *peer.Peer) {
			for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
				wantRefused(p, method+" without sid", p.HTTP(peer.Request{Method: method, Query: p.Query(peer.Polling, "")}))
			}
			res := p.HTTP(peer.Request{Method: http.MethodOptions, Query: p.Query(peer.Polling, "")})
			if opens(p, res) {
				p.Failf("OPTIONS without sid opens a session")
			}
			p.Observe("OPTIONS without sid", "HTTP status %d", res.Status)
		},
	},
	{
		ID:    "handshake.error.body",
		Title: "a refusal says why in JSON: a code and a message, as the documentation lists them",
		Rules: rules("eio.error.body"),
		On:    pollingOnly,
		After: []string{"handshake.transport.unknown", "handshake.sid.unknown", "handshake.method"},
		Catches: []run.Catch{
			catch("engine.error.body-empty", "GET with transport=abc: the body of the refusal"),
			catch("engine.error.code-text", `code: want 0, got "0"`),
			catch("engine.error.code-1-for-method", "code: want 2, got 1"),
			catch("engine.error.message-lost", `member "message" is missing`),
			catch("engine.error.content-type", "want the content type application/json"),
		},
		Run: func(p *peer.Peer) {
			wantErrorBody(p, "GET with transport=abc", peer.Request{Query: "EIO=4&transport=abc"}, `{"code":0,"message":"Transport unknown"}`)
			wantErrorBody(p, "GET with an unknown sid", peer.Request{Query: p.Query(peer.Polling, "sid=unknown")}, `{"code":1,"message":"Session ID unknown"}`)
			wantErrorBody(p, "POST without sid", peer.Request{Method: http.MethodPost, Query: p.Query(peer.Polling, "")}, `{"code":2,"message":"Bad handshake method"}`)
			if p.Offers(peer.WebSocket) {
				wantErrorBody(p, "GET with transport=websocket", peer.Request{Query: p.Query(peer.WebSocket, "")}, `{"code":3,"message":"Bad request"}`)
			}
			wantErrorBody(p, "GET with EIO=abc", peer.Request{Query: "EIO=abc&transport=polling"}, `{"code":5,"message":"Unsupported protocol version"}`)
		},
	},
	{
		ID:    "handshake.path.outside",
		Title: "a request outside the path opens no session",
		Rules: rules("eio.path.outside"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.path.any", "opens a session"),
		},
		Run: func(p *peer.Peer) {
			short := strings.TrimSuffix(path(p), "/")
			for _, outside := range []string{short + "x/", "/sio-conform/", "/sio-conform" + path(p)} {
				if res := p.HTTP(peer.Request{Path: outside, Query: p.Query(peer.Polling, "")}); opens(p, res) {
					p.Failf("a GET for %s opens a session", outside)
				}
			}
			p.Observe("path without its last slash", "HTTP status %d", p.HTTP(peer.Request{Path: short, Query: p.Query(peer.Polling, "")}).Status)
		},
	},
	{
		ID:    "handshake.path.websocket",
		Title: "a WebSocket outside the path is not accepted, and not left waiting",
		Rules: rules("eio.path.websocket"),
		On:    webSocketOnly,
		After: []string{"handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.path.any", "was accepted"),
			catch("engine.path.websocket-held", "neither accepted nor refused"),
		},
		Run: func(p *peer.Peer) {
			raw := p.Raw()
			raw.Request(http.MethodGet, "/sio-conform/?"+p.Query(peer.WebSocket, ""), webSocketHeader...)
			res := raw.Response()
			if res.Status == http.StatusSwitchingProtocols {
				p.Failf("a WebSocket for /sio-conform/ was accepted")
			}
			wantTurnedAway(p, "WebSocket for /sio-conform/", res)
		},
	},
}

// sessionIDScenarios are about requests with a session id that belongs to no session, or to another kind of one.
var sessionIDScenarios = []run.Scenario{
	{
		ID:    "handshake.sid.unknown",
		Title: "GET and POST with an unknown session id are refused",
		Rules: rules("eio.sid.unknown"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.sid.unknown-opens", "GET with an unknown sid: want HTTP status 400, got 200"),
			catch("engine.sid.unknown-post-ok", "POST with an unknown sid: want HTTP status 400, got 200"),
			catch("engine.refused.status-500", "GET with an unknown sid: want HTTP status 400, got 500"),
			catch("engine.refused.unanswered", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			query := p.Query(peer.Polling, "sid=unknown")
			wantRefused(p, "GET with an unknown sid", p.HTTP(peer.Request{Query: query}))
			wantRefused(p, "POST with an unknown sid", p.HTTP(peer.Request{Method: http.MethodPost, Query: query, Body: []byte("40")}))
		},
	},
	{
		ID:    "handshake.sid.unknown-websocket",
		Title: "a WebSocket with an unknown session id is refused",
		Rules: rules("eio.sid.unknown-ws"),
		On:    webSocketOnly,
		After: []string{"handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.sid.unknown-opens", "want the WebSocket refused or closed"),
		},
		Run: func(p *peer.Peer) { wantNoWebSocket(p, p.Query(peer.WebSocket, "sid=unknown")) },
	},
	{
		ID:    "handshake.websocket.refusal",
		Title: "a WebSocket that is refused is answered with HTTP status 400, and its connection is closed or goes on being served",
		Rules: rules("eio.handshake.ws-refusal"),
		On:    webSocketOnly,
		After: []string{"handshake.sid.unknown-websocket"},
		Catches: []run.Catch{
			catch("engine.refused.status-500", "want HTTP status 400, got 500"),
			catch("engine.refused.cut-off", "want HTTP status 400; got no answer"),
			catch("engine.refused.left-open", "neither closed nor served"),
		},
		Run: func(p *peer.Peer) {
			for _, query := range []string{"EIO=4&transport=abc", p.Query(peer.WebSocket, "sid=unknown")} {
				raw := p.Raw()
				raw.Request(http.MethodGet, query, webSocketHeader...)
				switch res := raw.Response(); {
				case res.Err != nil:
					p.Failf("WebSocket ?%s: want HTTP status 400; got no answer", query)
				case res.Status != http.StatusBadRequest:
					p.Failf("WebSocket ?%s: want HTTP status 400, got %d", query, res.Status)
				}
				raw.Request(http.MethodGet, p.Query(peer.Polling, "sid=unknown"))
				if res := raw.Response(); timedOut(res.Err) {
					p.Failf("the connection of a WebSocket that was refused is neither closed nor served within %v", p.Patience())
				}
			}
		},
	},
	{
		ID:     "handshake.sid.language-names",
		Title:  "a session id that means something to the server's language is as unknown as any other",
		Rules:  rules("eio.sid.prototype-key"),
		On:     pollingAndWS,
		After:  []string{"handshake.sid.unknown", "handshake.sid.unknown-websocket"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catchOver(peer.Polling, "engine.sid.prototype-crash", "got no whole answer"),
			catchOver(peer.Polling, "engine.sid.prototype-500", "want HTTP status 400, got 500"),
			catchOver(peer.WebSocket, "engine.sid.prototype-opens", "want the WebSocket refused or closed"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range append([]string{"..%2F..%2F", "%00", "%27%20or%201%3D1", strings.Repeat("x", 4000)}, languageNames...) {
				query := p.Query(p.Transport(), "sid="+name)
				if p.Transport() == peer.WebSocket {
					wantNoWebSocket(p, query)
					continue
				}
				wantRefused(p, "GET with sid="+shown(name), p.HTTP(peer.Request{Query: query}))
				wantRefused(p, "POST with sid="+shown(name), p.HTTP(peer.Request{Method: http.MethodPost, Query: query, Body: []byte("1")}))
			}
		},
	},
	{
		ID:    "handshake.sid.empty",
		Title: "an empty session id is none: the request opens a session",
		Rules: rules("eio.sid.empty"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.sid.empty-unknown", "the handshake was answered with HTTP status 400"),
		},
		Run: func(p *peer.Peer) {
			q := adopted(p, "other", p.HTTP(peer.Request{Query: p.Query(peer.Polling, "sid=")}))
			wantServedPolled(q)
		},
	},
	{
		ID:    "handshake.sid.of-websocket",
		Title: "long-polling requests with the session id of a WebSocket session are refused, and leave that session alone",
		Rules: rules("eio.sid.transport-mismatch"),
		On:    webSocketOnly,
		After: []string{"handshake.sid.unknown"},
		Catches: []run.Catch{
			catch("engine.sid.mismatch-ok", "GET with the sid of a WebSocket session: want HTTP status 400, got 200"),
			catch("engine.sid.mismatch-hangs", "was not answered within"),
			catch("engine.sid.mismatch-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			wantRefused(p, "GET with the sid of a WebSocket session", p.Get())
			wantRefused(p, "POST with the sid of a WebSocket session", p.Post("40"))
			p.WantNothing()
		},
	},
	{
		ID:    "handshake.sid.other-revision",
		Title: "a request that names the session but another revision than its own is refused, and leaves the session alone",
		Rules: rules("eio.sid.revision-mismatch"),
		On:    pollingOnly,
		After: []string{"handshake.sid.unknown"},
		Catches: []run.Catch{
			catch("engine.sid.revision-ignored", "POST with EIO=3: want HTTP status 400, got 200"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			sid := url.QueryEscape(p.Handshake().SID)
			wantRefused(p, "POST with EIO=3", p.HTTP(peer.Request{Method: http.MethodPost, Query: "EIO=3&transport=polling&sid=" + sid, Body: []byte("40/sio-conform-unknown,")}))
			p.WantNothing()
		},
	},
	{
		ID:    "handshake.sid.without-revision",
		Title: "a request of a session that does not say which revision it speaks is refused",
		Rules: rules("eio.sid.revision-missing"),
		On:    pollingOnly,
		After: []string{"handshake.sid.other-revision"},
		Catches: []run.Catch{
			catch("engine.eio.not-read", "POST without EIO: want HTTP status 400, got 200"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			sid := url.QueryEscape(p.Handshake().SID)
			wantRefused(p, "POST without EIO", p.HTTP(peer.Request{Method: http.MethodPost, Query: "transport=polling&sid=" + sid, Body: []byte("40/sio-conform-unknown,")}))
			p.WantNothing()
		},
	},
}

// webSocketHeader is the header of a request that opens a WebSocket, see Raw.Request.
var webSocketHeader = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: c2lvLWNvbmZvcm0gcHJvYg=="}

// languageNames are names that stand for something in the languages that servers are written in.
var languageNames = []string{"constructor", "__proto__", "hasOwnProperty", "toString", "__init__", "null"}

// wantRefused checks that a request was refused with HTTP status 400.
func wantRefused(p *peer.Peer, what string, res peer.Response) {
	if res.Status != http.StatusBadRequest {
		p.Fail(&peer.Failure{
			Reason:   fmt.Sprintf("%s: want HTTP status 400, got %d", what, res.Status),
			Expected: "400", Actual: fmt.Sprintf("%d %s", res.Status, wire.Quote(res.Body)),
		})
	}
}

// wantErrorBody sends a request that must be refused and compares the body of the refusal with a JSON pattern.
func wantErrorBody(p *peer.Peer, what string, r peer.Request, want string) {
	res := p.HTTP(r)
	if strings.Contains(r.Query, "EIO=abc") && res.Status == http.StatusOK {
		return // it speaks revision 3 as well
	}
	wantRefused(p, what, res)
	wantJSON(p, what+": the body of the refusal", want, string(res.Body))
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		p.Failf("%s: want the content type application/json, got %q", what, got)
	}
}

// wantRevisionRefused sends a handshake of a revision that is not ours. It must be refused, or be taken for one of revision 3 by a server that speaks it as well.
func wantRevisionRefused(p *peer.Peer, what, query string) {
	res := p.HTTP(peer.Request{Query: query})
	switch {
	case opens(p, res):
		p.Failf("a session of revision 4 was opened %s", what)
	case res.Status == http.StatusOK && opensRevision3(res):
		p.Observe("handshake "+what, "taken for revision 3")
	default:
		wantRefused(p, what, res)
		p.Observe("handshake "+what, "refused")
	}
}

// wantNoWebSocket opens a WebSocket from which no session must come.
func wantNoWebSocket(p *peer.Peer, query string) {
	what := "WebSocket ?" + shown(query)
	if sid := p.Handshake().SID; sid != "" {
		what = strings.ReplaceAll(what, url.QueryEscape(sid), "...")
	}
	q, res := p.Dial("ws "+query, query)
	if q == nil {
		wantTurnedAway(p, what, res)
		return
	}
	packet, opened := q.Next(q.Patience())
	if opened || q.Silent(0) {
		p.Fail(&peer.Failure{Reason: what + ": want the WebSocket refused or closed; it is open", Expected: "no session", Actual: wire.Quote(packet.Raw)})
	}
}

// wantNotRevision4 checks that a WebSocket that should not have been accepted is closed without a packet, or carries a session of revision 3, in which the client sends the pings.
func wantNotRevision4(p, q *peer.Peer, query string) {
	if _, opened := q.Next(q.Patience()); !opened {
		if q.Silent(0) {
			p.Failf("WebSocket ?%s: want it refused or closed; it is open", query)
		}
		return
	}
	q.Send("2")
	for {
		packet, ok := q.Next(q.Patience())
		switch {
		case !ok:
			p.Failf("a session of revision 4 was opened by WebSocket ?%s", query)
		case string(packet.Raw) == "3":
			p.Observe("WebSocket ?"+query, "taken for revision 3")
			return
		}
	}
}

// wantTurnedAway checks that a WebSocket that was not opened got an answer, whichever, or was cut off, and was not just left waiting.
func wantTurnedAway(p *peer.Peer, what string, res peer.Response) {
	if res.Status == 0 && timedOut(res.Err) {
		p.Failf("%s: neither accepted nor refused within %v", what, p.Patience())
	}
}

// timedOut reports whether an exchange failed because nothing came.
func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout()
}

// opens reports whether an answer opens a session of revision 4.
func opens(p *peer.Peer, res peer.Response) bool {
	packets := peer.DecodePayload(p.Config().Revision, res.Header, res.Body)
	return res.Status == http.StatusOK && len(packets) > 0 && bytes.HasPrefix(packets[0].Data, []byte("0{"))
}

// opensRevision3 reports whether an answer opens a session of revision 3, whose packets are preceded by their length.
func opensRevision3(res peer.Response) bool {
	length, packet, ok := strings.Cut(string(res.Body), ":")
	return ok && strings.HasPrefix(packet, "0{") && strings.Trim(length, "0123456789") == "" || len(res.Body) > 0 && res.Body[0] == 0
}

// path returns the path of the target.
func path(p *peer.Peer) string {
	if configured := p.Config().Path; configured != "" {
		return configured
	}
	return "/socket.io/"
}

// shown returns text that may be long, for a reason.
func shown(text string) string {
	if len(text) > 60 {
		return text[:60] + "..."
	}
	return text
}
