package suite

import (
	"net/http"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// pollScenarios are about receiving over long-polling.
var pollScenarios = []run.Scenario{
	{
		ID:    "polling.poll.waits",
		Title: "a GET with nothing to deliver is held open, and answered once there is something",
		Rules: rules("eio.poll.waits"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.poll.empty", "want 42[\"message-back\",1]"),
			catch("engine.poll.not-released", "was not answered within"),
			catch("engine.poll.immediate", "a GET with nothing to deliver was answered at once"),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			get := p.StartGet().Sent()
			if get.Done() {
				p.Failf("a GET with nothing to deliver was answered at once: %q", shown(string(get.Result().Body)))
			}
			p.Post(`42["message",1]`)
			res := get.Wait()
			if string(res.Body) == "6" {
				p.Failf("a GET with nothing to deliver was answered at once: %q", shown(string(res.Body)))
			}
			p.Arrive(res)
			p.Want(`42["message-back",1]`)
			p.WantPolledNothing()
		},
	},
	{
		ID:    "polling.poll.buffered",
		Title: "packets that find no GET open wait for the next one, in their order",
		Rules: rules("eio.poll.buffered"),
		Needs: needsContract,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.payload.first-only", "was not answered within"),
			catch("engine.payload.reversed", `want 42["n",`),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			p.Post(`421["op",{"do":"emit","via":"socket","args":["n","<n>"],"times":5}]`)
			p.Elsewhere()
			p.WantPolled(`42["n",0]`, `42["n",1]`, `42["n",2]`, `42["n",3]`, `42["n",4]`, `431[{"ok":null}]`)
			p.WantPolledNothing()
		},
	},
	{
		ID:    "polling.session.separate",
		Title: "a GET brings what is for its own session only",
		Rules: rules("eio.poll.own-session"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("engine.sid.crossed", `want 42["message-back","other"]`),
		},
		Run: func(p *peer.Peer) {
			other := p.Peer("other")
			joinPolled(p)
			joinPolled(other)
			p.Post(`42["message","main"]`)
			other.Post(`42["message","other"]`)
			other.WantPolled(`42["message-back","other"]`)
			p.WantPolled(`42["message-back","main"]`)
			p.WantPolledNothing()
			other.WantPolledNothing()
		},
	},
	{
		ID:     "polling.overlap.get",
		Title:  "a GET while another one of the session is open is refused, and the session is closed",
		Rules:  rules("eio.poll.overlap-get"),
		On:     pollingOnly,
		After:  []string{"handshake.polling.open"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.overlap.get-ok", "neither of two overlapping GETs was refused with HTTP status 400"),
			catch("engine.overlap.status-500", "neither of two overlapping GETs was refused with HTTP status 400"),
			catch("engine.overlap.get-held", "was not answered within"),
			catch("engine.gone.lives", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			wantServedPolled(p)
			first := p.StartGet().Sent()
			second := p.Get()
			if a, b := first.Wait().Status, second.Status; a != http.StatusBadRequest && b != http.StatusBadRequest {
				p.Failf("neither of two overlapping GETs was refused with HTTP status 400: got %d and %d", a, b)
			}
			wantGone(p, "overlapping GETs")
		},
	},
	{
		ID:     "polling.abort.get",
		Title:  "a session whose open GET breaks off is closed",
		Rules:  rules("eio.poll.client-abort"),
		On:     pollingOnly,
		After:  []string{"handshake.polling.open"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.gone.lives", "the session lives on"),
			catch("engine.gone.held", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			p.StartGet().Sent().Cancel()
			p.Elsewhere()
			wantGone(p, "a GET that broke off")
		},
	},
	{
		ID:    "polling.poll.compression",
		Title: "the answer to a GET is compressed only when the client accepts that, and in a way that it accepts",
		Rules: rules("eio.http.compression"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.large"},
		Catches: []run.Catch{
			catch("engine.compression.unasked", "is compressed though nobody accepts that"),
			catch("engine.compression.unknown", `is compressed with "br"`),
			catch("engine.compression.broken", "cannot be decompressed"),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			text := strings.Repeat("compressible ", 300)
			for _, accept := range []string{"gzip", ""} {
				p.Post(`42["message","` + text + `"]`)
				r := peer.Request{Query: p.SessionQuery(peer.Polling)}
				if accept != "" {
					r.Header = http.Header{"Accept-Encoding": {accept}}
				}
				p.Arrive(decompressed(p, p.HTTP(r), accept))
				p.Want(`42["message-back","` + text + `"]`)
			}
			p.WantPolledNothing()
		},
	},
}
