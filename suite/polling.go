package suite

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// pollingScenarios are about the long-polling transport, and about packets below Socket.IO on every transport.
var pollingScenarios = slices.Concat(postScenarios, pollScenarios, enginePacketScenarios, limitScenarios)

// postScenarios are about sending over long-polling.
var postScenarios = []run.Scenario{
	{
		ID:    "polling.post.ok",
		Title: "a POST is answered with 200 and ok, and what the server says to its packet comes with a GET",
		Rules: rules("eio.post.ok"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.post.not-ok", `want the answer 200 "ok", got 200 ""`),
			catch("engine.post.status-204", `want the answer 200 "ok", got 204 "ok"`),
			catch("engine.post.unanswered", "was not answered within"),
			catch("engine.poll.latin1", `want 42["message-back","hé€😀"]`),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			if res := p.Post(`42["message","hé€😀"]`); res.Status != http.StatusOK || string(res.Body) != "ok" {
				p.Failf(`a POST: want the answer 200 "ok", got %d %q`, res.Status, shown(string(res.Body)))
			}
			p.WantPolled(`42["message-back","hé€😀"]`)
			p.WantPolledNothing()
		},
	},
	{
		ID:    "polling.payload.several",
		Title: "the packets of one payload are handled one after the other, each once, and so are the answers in theirs",
		Rules: rules("eio.payload.multi-in"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.payload.reversed", `want 42["message-back"`),
			catch("engine.payload.twice", `want 42["message-back",2]`),
			catch5("engine.payload.newline", `want 42["message-back",1]`),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			p.Post(`42["message",1]`, `42["message",2]`, `42["message","€"]`, `42["message",{"n":4}]`, `42["message"]`)
			p.WantPolled(`42["message-back",1]`, `42["message-back",2]`, `42["message-back","€"]`, `42["message-back",{"n":4}]`, `42["message-back"]`)
			p.WantPolledNothing()
		},
	},
	{
		ID:    "polling.payload.connects",
		Title: "several CONNECTs in one payload are each answered, whatever application there is",
		Rules: rules("eio.payload.multi-in"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("engine.payload.last-connect-only", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			p.Post("40/sio-conform-a,", "40/sio-conform-b,", "40/sio-conform-c,")
			var got []string
			for len(got) < 3 {
				packet, ok := p.Next(0)
				switch {
				case !ok:
					p.Poll()
				case packet.Engine == '4' && packet.Namespace != "/": // where revision 4 brings something unasked
					got = append(got, packet.Namespace)
				}
			}
			sorted := slices.Sorted(slices.Values(got))
			if want := []string{"/sio-conform-a", "/sio-conform-b", "/sio-conform-c"}; !slices.Equal(sorted, want) {
				p.Failf("want one answer for each of %q, got %q", want, got)
			}
			if p.Config().Revision == wire.Revision5 { // in revision 4 the app may still greet the client in the main namespace
				p.WantPolledNothing()
			}
		},
	},
	{
		ID:    "polling.payload.binary",
		Title: "attachments travel through long-polling as base64, in both directions and whatever their length",
		Rules: rules("eio.payload.binary"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.payload.bytes-changed", "the bytes of the attachment differ"),
			catch("engine.payload.base64-with-type", "want an attachment, got"),
			catch("engine.payload.base64-unpadded", "want an attachment, got"),
			catch("engine.payload.base64-as-text", "want an attachment, got"),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			all := make([]byte, 256)
			for i := range all {
				all[i] = byte(i)
			}
			for _, data := range [][]byte{{1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}, all} {
				p.SendMessage(`451-["message",{"_placeholder":true,"num":0}]`, data)
				p.WantPolled(`451-["message-back",{"_placeholder":true,"num":0}]`)
				p.WantPolledBinary(data)
			}
			p.WantPolledNothing()
		},
	},
	{
		ID:    "polling.payload.split-character",
		Title: "a character whose bytes arrive in two pieces is one character",
		Rules: rules("eio.payload.utf8"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.payload.replacement", "data[1]: want"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			body := peer.EncodePayload(p.Config().Revision, `42["message","€€"]`)
			raw := p.Raw()
			raw.Request(http.MethodPost, p.SessionQuery(peer.Polling), "Content-Type: text/plain;charset=UTF-8", fmt.Sprintf("Content-Length: %d", len(body)))
			middle := strings.Index(body, "€") + 1
			raw.Write(body[:middle])
			p.Elsewhere()
			raw.Write(body[middle:])
			p.Want(`42["message-back","€€"]`)
		},
	},
	{
		ID:    "polling.post.chunked",
		Title: "a POST that does not say its length is handled like any other",
		Rules: rules("eio.post.chunked"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.post.length-required", "want HTTP status 200, got 411"),
			catch("engine.event.message-back-dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			raw := p.Raw()
			raw.Request(http.MethodPost, p.SessionQuery(peer.Polling), "Content-Type: text/plain;charset=UTF-8", "Transfer-Encoding: chunked")
			body := peer.EncodePayload(p.Config().Revision, `42["message",1]`)
			raw.Write(chunk(body[:7]))
			raw.Write(chunk(body[7:]) + chunk(""))
			if res := raw.Response(); res.Status != http.StatusOK {
				p.Failf("a POST without a length: want HTTP status 200, got %d", res.Status)
			}
			p.Want(`42["message-back",1]`)
		},
	},
	{
		ID:    "polling.post.large",
		Title: "a payload of many thousand bytes arrives whole, and so does its answer",
		Rules: rules("eio.post.ok"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.poll.cut", "the answer differs"),
			catch("engine.post.large-refused", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			size := 200_000
			if limit := p.Config().MaxPayload; limit > 0 {
				size = min(size, int(limit)/2)
			}
			text := strings.Repeat("0123456789abcdé", size/16)
			p.Send(`42["message","` + text + `"]`)
			caps := p.Want(`42["message-back",<text:text>]`)
			if caps["text"] != `"`+text+`"` {
				p.Failf("a message of %d bytes: the answer differs, it has %d", len(text), len(caps["text"])-2)
			}
		},
	},
	{
		ID:    "polling.post.content-type",
		Title: "a payload of text is one whatever the POST calls it, also when it calls it nothing",
		Rules: rules("eio.post.content-type-ignored"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.post.json-refused", `with the content type "application/json"`),
			catch("engine.post.untyped-refused", `with the content type ""`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for i, name := range []string{"", "application/json", "text/html", "application/x-www-form-urlencoded", "TEXT/PLAIN"} {
				r := peer.Request{Method: http.MethodPost, Query: p.SessionQuery(peer.Polling), Body: []byte(peer.EncodePayload(p.Config().Revision, fmt.Sprintf(`42["message",%d]`, i)))}
				if name != "" {
					r.Header = http.Header{"Content-Type": {name}}
				}
				if res := p.HTTP(r); res.Status != http.StatusOK {
					p.Failf("a POST with the content type %q: want HTTP status 200, got %d", name, res.Status)
				}
				p.Want(fmt.Sprintf(`42["message-back",%d]`, i))
			}
		},
	},
	{
		ID:     "polling.post.octet-stream",
		Title:  "a POST that calls itself binary is answered: taken, or refused",
		Rules:  rules("eio.post.octets"),
		Needs:  needsEcho,
		On:     pollingOnly,
		After:  []string{"polling.post.ok"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.post.octets-unanswered", "was not answered within"),
			catch("engine.post.octets-swallowed", `want 42["message-back",1]`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			octets := http.Header{"Content-Type": {"application/octet-stream"}}
			res := p.HTTP(peer.Request{Method: http.MethodPost, Query: p.SessionQuery(peer.Polling), Header: octets, Body: []byte(`42["message",1]`)})
			if res.Status == http.StatusOK {
				p.Observe("POST of application/octet-stream", "taken")
				p.Want(`42["message-back",1]`)
				return
			}
			p.Observe("POST of application/octet-stream", "refused with HTTP status %d, the session is then %s", res.Status, p.WantClosedOrIgnored())
		},
	},
	{
		ID:     "polling.overlap.post",
		Title:  "a POST while another one of the session is under way is refused, and the session is closed",
		Rules:  rules("eio.poll.overlap-post"),
		On:     pollingOnly,
		After:  []string{"polling.post.ok"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.overlap.post-ok", "want HTTP status 400, got 200"),
			catch("engine.overlap.status-500", "want HTTP status 400, got 500"),
			catch("engine.gone.lives", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			raw := p.Raw()
			raw.Request(http.MethodPost, p.SessionQuery(peer.Polling), "Content-Type: text/plain;charset=UTF-8", "Content-Length: 1000", "Expect: 100-continue")
			begun := raw.WantContinue()
			raw.Write("40/sio-conform-unknown")
			p.Elsewhere()
			res := p.Post("40/sio-conform-unknown,")
			if !begun && res.Status == http.StatusOK {
				p.Observe("overlapping POSTs", "not noticed: a request is looked at when it is complete")
				return
			}
			wantRefused(p, "the second of two overlapping POSTs", res)
			wantGone(p, "overlapping POSTs")
		},
	},
	{
		ID:     "polling.abort.post",
		Title:  "a POST that breaks off is no packet, and its session is closed or goes on",
		Rules:  rules("eio.post.abort"),
		Needs:  needsContract,
		On:     pollingOnly,
		After:  []string{"polling.post.ok"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.payload.invalid-skipped", `got 42["behind"]`),
			catch("engine.refused.deaf", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			room, other := watcher(p)
			p.Connect("/")
			raw := p.Raw()
			raw.Request(http.MethodPost, p.SessionQuery(peer.Polling), "Content-Type: text/plain;charset=UTF-8", "Content-Length: 1000", "Expect: 100-continue")
			raw.WantContinue()
			raw.Write(peer.EncodePayload(p.Config().Revision, `421["op",`+peer.JSON(emitTo(room, "behind"))+`]`, "6"))
			p.Elsewhere()
			raw.Drop()
			p.Elsewhere()
			p.Observe("POST that breaks off", "session %s", p.WantClosedOrIgnored())
			other.WantNothing()
		},
	},
	{
		ID:     "polling.payload.stop-at-error",
		Title:  "no packet is handled that stands behind an invalid one in its payload",
		Rules:  rules("eio.post.stop-at-error"),
		Needs:  needsContract,
		On:     pollingOnly,
		After:  []string{"polling.payload.several", "malformed.engine.type"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.payload.invalid-skipped", "got 42[\"behind\"]"),
		},
		Run: func(p *peer.Peer) {
			room, other := watcher(p)
			p.Connect("/")
			p.Post("6", "abc", `421["op",`+peer.JSON(emitTo(room, "behind"))+`]`)
			p.WantClosed()
			other.WantNothing()
		},
	},
	{
		ID:     "polling.payload.many",
		Title:  "a payload of very many tiny packets is answered in reasonable time",
		Rules:  rules("eio.payload.many"),
		On:     pollingOnly,
		After:  []string{"polling.post.ok"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.post.slow", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			size := 400_000
			if limit := p.Config().MaxPayload; limit > 0 {
				size = min(size, int(limit)/2)
			}
			post := p.StartPost(slices.Repeat([]string{"6"}, size/2+1)...)
			answer := "cut off"
			if !post.WaitDone() || post.Result().Err == nil {
				answer = fmt.Sprintf("HTTP status %d", post.Wait().Status)
			}
			p.Observe(fmt.Sprintf("payload of %d packets", size/2+1), "%s, session %s", answer, p.WantClosedOrIgnored())
		},
	},
	{
		ID:    "polling.method.other",
		Title: "a request of a session with a method other than GET and POST does nothing to it",
		Rules: rules("eio.poll.other-method"),
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch5("engine.method.any", "PUT of a session: want a refusal, got HTTP status 200"),
			catch("engine.method.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
				res := p.HTTP(peer.Request{Method: method, Query: p.SessionQuery(peer.Polling), Body: []byte("40/sio-conform-unknown,")})
				if res.Status < 400 {
					p.Failf("%s of a session: want a refusal, got HTTP status %d", method, res.Status)
				}
				p.Observe(method+" of a session", "HTTP status %d", res.Status)
			}
			p.WantNothing()
		},
	},
}

// joinPolled opens a manual session and joins the main namespace.
func joinPolled(p *peer.Peer, query ...string) {
	p.Manual()
	p.Open(query...)
	wantJoinedPolled(p)
}

// wantJoinedPolled joins the main namespace on a manual session. In revision 4 that needs no CONNECT.
func wantJoinedPolled(p *peer.Peer) {
	if p.Config().Revision == wire.Revision5 {
		p.Send("40")
	}
	p.WantPolled(p.Connected("/"), `42["auth",<object>]`)
}

// wantServedPolled shows that a manual session works: it is refused a namespace that does not exist, or in revision 4 admitted to
// or refused the main one, and its ping is answered.
func wantServedPolled(p *peer.Peer) {
	if p.Config().Revision == wire.Revision5 {
		p.Send("40/sio-conform-unknown,")
		p.DropPolled("an answer in /sio-conform-unknown", func(packet wire.Packet) bool {
			if packet.Engine == '4' && packet.Namespace != "/sio-conform-unknown" {
				p.Failf("want an answer in /sio-conform-unknown, got %s", wire.Quote(packet.Raw))
			}
			return packet.Namespace == "/sio-conform-unknown"
		})
		return
	}
	post := p.StartPost("2")
	admitted, greeted, pong := false, p.Config().Level == peer.Wire, false
	p.DropPolled("a pong, and what a client is sent first", func(packet wire.Packet) bool {
		inMain := packet.Engine == '4' && packet.Namespace == "/"
		admitted = admitted || inMain && (packet.Type == '0' || packet.Type == '4')
		greeted = greeted || inMain && packet.IsEvent()
		pong = pong || packet.Engine == '3'
		return admitted && greeted && pong
	})
	if res := post.Wait(); res.Status != http.StatusOK {
		p.Failf("a ping was posted: want HTTP status 200, got %d", res.Status)
	}
}

// chunk returns one chunk of an HTTP body; an empty one is the last.
func chunk(data string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(data), data) }

// wantGone checks that a session over long-polling is closed: its id is unknown to GET and POST. A target may be in the middle of closing it.
func wantGone(p *peer.Peer, after string) {
	var res peer.Response
	for deadline := time.Now().Add(p.Patience()); res.Status != http.StatusBadRequest; {
		get := p.StartGet()
		if !get.WaitDone() || time.Now().After(deadline) {
			p.Fail(&peer.Failure{Reason: fmt.Sprintf("the session lives on after %s: a GET with its id is not refused", after), Expected: "400", Actual: fmt.Sprint(res.Status)})
		}
		res = get.Result()
	}
	if res := p.Post("6"); res.Status != http.StatusBadRequest {
		p.Failf("the session lives on after %s: want HTTP status 400 for a POST with its id, got %d", after, res.Status)
	}
}

// watcher returns a room of the main namespace that nobody else uses, and a peer that is in it.
func watcher(p *peer.Peer) (string, *peer.Peer) {
	room := fmt.Sprintf("r%x", p.Random().Uint64())
	other := p.Peer("other")
	other.Connect("/")
	other.Join("/", room)
	return room, other
}

// emitTo is the operation that sends an event to a room of the socket's namespace.
func emitTo(room, name string) peer.Op {
	return peer.Op{"do": "emit", "via": "nsp", "to": []string{room}, "args": []string{name}}
}

// decompressed returns the answer to a GET as it was before it was compressed.
func decompressed(p *peer.Peer, res peer.Response, accepted string) peer.Response {
	encoding := res.Header.Get("Content-Encoding")
	switch {
	case encoding == "":
		p.Observe(fmt.Sprintf("poll that accepts %q", accepted), "not compressed")
		return res
	case accepted == "":
		p.Failf("the answer to a GET is compressed though nobody accepts that: %q", encoding)
	case encoding != accepted:
		p.Failf("the answer to a GET is compressed with %q, and only %q is accepted", encoding, accepted)
	}
	p.Observe(fmt.Sprintf("poll that accepts %q", accepted), "compressed")
	body := []byte{}
	r, err := gzip.NewReader(bytes.NewReader(res.Body))
	if err == nil {
		body, err = io.ReadAll(r)
	}
	if err != nil {
		p.Failf("the answer to a GET cannot be decompressed: %v", err)
	}
	res.Body = body
	return res
}
