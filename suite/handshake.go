package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// handshakeScenarios are about the opening of sessions: what a handshake is answered with, and which requests are refused.
var handshakeScenarios = slices.Concat(openingScenarios, detailScenarios, refusalScenarios, sessionIDScenarios)

// openingScenarios are about handshakes that succeed.
var openingScenarios = []run.Scenario{
	{
		ID:    "handshake.polling.open",
		Title: "a GET without a session id opens a session: the first packet is OPEN, with the session id, the upgrades and the heartbeat",
		Rules: rules("eio.handshake.polling.open"),
		On:    pollingOnly,
		Catches: []run.Catch{
			catch("engine.handshake.status-201", "the handshake was answered with HTTP status 201"),
			catch("engine.handshake.sid-renamed", "the open packet has no readable data with a sid"),
			catch("engine.handshake.upgrades-missing", `member "upgrades" is missing`),
			catch("engine.handshake.interval-negative", "pingInterval: want a value of type integer"),
			catch5("engine.handshake.behind-ping", "the first packet is not OPEN"),
		},
		Run: func(p *peer.Peer) {
			res := p.HTTP(peer.Request{Query: p.Query(peer.Polling, "")})
			q := adopted(p, "other", res)
			if !opens(p, res) {
				p.Failf("a handshake: the first packet is not OPEN: %q", shown(string(res.Body)))
			}
			wantJSON(p, "the data of the open packet", `{"sid":<text>,"upgrades":<array>,"pingInterval":<integer>,"pingTimeout":<integer>,...}`, q.Handshake().Raw)
			wantServedPolled(q)
		},
	},
	{
		ID:    "handshake.websocket.open",
		Title: "a WebSocket without a session id opens a session: the first frame is OPEN, and there is nothing to upgrade to",
		Rules: rules("eio.handshake.ws.open"),
		On:    webSocketOnly,
		Catches: []run.Catch{
			catch("engine.handshake.sid-renamed", "the open packet has no readable data with a sid"),
			catch("engine.handshake.interval-negative", "pingInterval: want a value of type integer"),
			catch("engine.handshake.ws-upgrades", "upgrades: want 0 elements"),
			catch("engine.handshake.ws-dropped", "no open packet within"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			wantJSON(p, "the data of the open packet", `{"sid":<text>,"upgrades":[],"pingInterval":<integer>,"pingTimeout":<integer>,...}`, p.Handshake().Raw)
			p.WantOpen()
		},
	},
	{
		ID:    "handshake.open.max-payload",
		Title: "the open packet says how large a payload may be",
		Rules: rules("eio.handshake.maxpayload"),
		On:    pollingAndWS,
		After: []string{"handshake.polling.open", "handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.handshake.max-payload-missing", `member "maxPayload" is missing`),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			wantJSON(p, "the data of the open packet", `{"maxPayload":<integer>,...}`, p.Handshake().Raw)
		},
	},
	{
		ID:    "handshake.open.upgrades",
		Title: "the open packet of a long-polling session names what the session can be upgraded to, as a list of names",
		Rules: rules("eio.handshake.upgrades"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.handshake.upgrades-numbers", "no readable data"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			p.Observe("upgrades of a long-polling session", "%q", p.Handshake().Upgrades)
		},
	},
	{
		ID:    "handshake.open.heartbeat",
		Title: "the open packet announces the heartbeat that the server was started with",
		Rules: rules("eio.handshake.heartbeat-value"),
		Needs: run.Needs{Level: peer.Contract, Profile: "fast"},
		On:    pollingAndWS,
		After: []string{"handshake.polling.open", "handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.handshake.heartbeat-swapped", "pingInterval: want 1500, got 1200"),
			catch("engine.handshake.heartbeat-default", "pingInterval: want 1500, got 25000"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			wantJSON(p, "the data of the open packet", `{"pingInterval":1500,"pingTimeout":1200,...}`, p.Handshake().Raw)
		},
	},
	{
		ID:    "handshake.polling.content-type",
		Title: "payloads of text are served as text/plain with the charset UTF-8, to a handshake and to a poll",
		Rules: rules("eio.handshake.polling.content-type"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.content-type.html", `want the content type text/plain; charset=UTF-8, got "text/html"`),
			catch("engine.content-type.no-charset", `want the content type text/plain; charset=UTF-8, got "text/plain"`),
			catch5("engine.content-type.octets", `want the content type text/plain; charset=UTF-8, got "application/octet-stream"`),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			first := p.HTTP(peer.Request{Query: p.Query(peer.Polling, "")})
			wantTextPlain(p, "a handshake", first)
			p.Send("40/sio-conform-unknown,")
			wantTextPlain(p, "a poll", p.Get())
			p.Observe("cache-control of polls", "%s", first.Header.Get("Cache-Control"))
		},
	},
	{
		ID:    "handshake.query.extra",
		Title: "query parameters beyond the protocol's own do not disturb the handshake, and the application sees them decoded",
		Rules: rules("eio.query.extra"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"handshake.polling.open", "handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.query.lost", `member "foo" is missing`),
			catch("engine.query.raw", "query.foo: want"),
			catch("engine.query.lowered", "query.foo: want"),
			catch("engine.query.refused", "400"),
		},
		Run: func(p *peer.Peer) {
			p.Open("t=abc&foo=b%20R%26%E2%82%AC&empty=&Foo=Caf%C3%89")
			p.Connect("/")
			p.WantOp("/", peer.Op{"do": "info"}, `{"query":{"t":"abc","foo":"b R&€","empty":"","Foo":"CafÉ",...},...}`)
		},
	},
	{
		ID:    "handshake.headers.visible",
		Title: "the application sees the headers of the request that opened the session",
		Rules: rules("eio.handshake.headers"),
		Needs: needsContract,
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.headers.lost", `member "x-sio-conform" is missing`),
		},
		Run: func(p *peer.Peer) {
			q := adopted(p, "other", p.HTTP(peer.Request{Query: p.Query(peer.Polling, ""), Header: http.Header{"X-Sio-Conform": {"yes"}}}))
			wantJoinedPolled(q)
			q.Send(`421["op",{"do":"info"}]`)
			q.WantPolled(`431[{"ok":{"headers":{"x-sio-conform":"yes",...},...}}]`)
		},
	},
	{
		ID:    "handshake.path.sub",
		Title: "an address below the path opens a session like the path itself",
		Rules: rules("eio.path.sub"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.path.exact", "answered with HTTP status 404"),
		},
		Run: func(p *peer.Peer) {
			q := adopted(p, "other", p.HTTP(peer.Request{Path: path(p) + "orders/", Query: p.Query(peer.Polling, "")}))
			wantServedPolled(q)
		},
	},
	{
		ID:    "handshake.cors.agree",
		Title: "an origin is allowed in all answers of a long-polling session or in none, and in no refusal when not in those",
		Rules: rules("eio.cors.default"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.cors.handshake-only", `the handshake allows the origin "*", the POST ""`),
			catch("engine.cors.reflected", `the handshake allows the origin "http://foreign.example", the POST ""`),
			catch("engine.cors.refusal-reflected", `the handshake allows the origin "", the refusal "http://foreign.example"`),
		},
		Run: func(p *peer.Peer) {
			foreign := http.Header{"Origin": {"http://foreign.example"}}
			res := p.HTTP(peer.Request{Query: p.Query(peer.Polling, ""), Header: foreign})
			p.Observe("a foreign origin", "HTTP status %d, allowed: %q", res.Status, allowedOrigin(res))
			if !opens(p, res) {
				return
			}
			q := adopted(p, "foreign", res)
			q.Manual()
			post := p.HTTP(peer.Request{Method: http.MethodPost, Query: q.SessionQuery(peer.Polling), Header: foreign, Body: []byte(peer.EncodePayload(p.Config().Revision, "40"))})
			poll := p.HTTP(peer.Request{Query: q.SessionQuery(peer.Polling), Header: foreign})
			refusal := p.HTTP(peer.Request{Query: p.Query(peer.Polling, "sid=unknown"), Header: foreign})
			for _, other := range []struct {
				name string
				peer.Response
			}{{"POST", post}, {"poll", poll}, {"refusal", refusal}} {
				want, got := allowedOrigin(res), allowedOrigin(other.Response)
				if want != got && (other.name != "refusal" || want == "") {
					p.Failf("the handshake allows the origin %q, the %s %q", want, other.name, got)
				}
			}
		},
	},
	{
		ID:    "handshake.cookie.io",
		Title: "the cookie io, when the handshake sets it, holds the session id",
		Rules: rules("eio.cookie.default"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.cookie.set", "the cookie io of the handshake does not hold the session id"),
		},
		Run: func(p *peer.Peer) {
			res := p.HTTP(peer.Request{Query: p.Query(peer.Polling, "")})
			name, rest, _ := strings.Cut(res.Header.Get("Set-Cookie"), "=")
			p.Observe("cookie of the handshake", "%q", name)
			q := adopted(p, "other", res)
			if value, _, _ := strings.Cut(rest, ";"); name == "io" && !strings.Contains(value, q.Handshake().SID) {
				p.Failf("the cookie io of the handshake does not hold the session id %s: %s", q.Handshake().SID, value)
			}
		},
	},
	{
		ID:    "handshake.sid.unique",
		Title: "every handshake gives another session id, and it cannot be guessed from the ones before",
		Rules: rules("eio.handshake.sid-unique"),
		On:    pollingAndWS,
		After: []string{"handshake.polling.open", "handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.sid.constant", "two sessions have the id"),
			catch("engine.sid.counted", "can be guessed from each other"),
		},
		Run: func(p *peer.Peer) {
			var sids []string
			for i := range 6 {
				q := p.Peer(fmt.Sprintf("p%d", i))
				q.Open()
				sids = append(sids, q.Handshake().SID)
			}
			wantUnguessable(p, "session", sids)
		},
	},
}

// catchOver is catch for a fault that shows on one transport only.
func catchOver(t peer.Transport, fault, reason string) run.Catch {
	return run.Catch{Fault: fault, Reason: reason, Transport: t}
}

// adopted returns a peer for the session that a plain HTTP request opened.
func adopted(p *peer.Peer, name string, res peer.Response) *peer.Peer {
	q := p.PeerOver(name, peer.Polling)
	q.Adopt(res)
	return q
}

// jsonDiff compares a JSON text with a pattern for one and returns the first difference, "" when there is none.
func jsonDiff(want, got string) string {
	pattern, err := wire.ParsePattern(`42["",` + want + `]`)
	if err != nil {
		panic(err) // a defect of the scenario
	}
	packet := wire.Dissect(wire.Revision5, false, []byte(`42["",`+got+`]`))
	_, diff := pattern.Match(&packet)
	return diff
}

// wantJSON compares a JSON text with a pattern for one.
func wantJSON(p *peer.Peer, what, want, got string) {
	if diff := jsonDiff(want, got); diff != "" {
		p.Fail(&peer.Failure{Reason: fmt.Sprintf("%s: %s", what, diff), Expected: want, Actual: got})
	}
}

// wantTextPlain checks the content type of a payload of text.
func wantTextPlain(p *peer.Peer, what string, res peer.Response) {
	got := res.Header.Get("Content-Type")
	if !strings.EqualFold(strings.ReplaceAll(got, " ", ""), "text/plain;charset=UTF-8") {
		p.Failf("%s: want the content type text/plain; charset=UTF-8, got %q", what, got)
	}
}

// allowedOrigin returns the origin that may read a response.
func allowedOrigin(res peer.Response) string { return res.Header.Get("Access-Control-Allow-Origin") }

// wantUnguessable shows that the ids are different and differ in more than a counter would make them.
func wantUnguessable(p *peer.Peer, what string, ids []string) {
	for i, a := range ids {
		for _, b := range ids[:i] {
			switch d := distance(a, b); {
			case d == 0:
				p.Failf("two %ss have the id %q", what, a)
			case d < 6:
				p.Failf("the %s ids %q and %q can be guessed from each other: they differ in %d characters", what, a, b, d)
			}
		}
	}
}

// distance returns in how many characters two ids differ.
func distance(a, b string) int {
	d := max(len(a), len(b)) - min(len(a), len(b))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			d++
		}
	}
	return d
}
