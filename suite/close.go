package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// closeScenarios are about the end of sessions, by either side.
var closeScenarios = []run.Scenario{
	{
		ID:    "close.packet.polling",
		Title: "a close packet in a POST ends the session: the POST is answered, the open GET released, and the id unknown from then on",
		Rules: rules("eio.close.polling"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch5("engine.close.post-refused", "want HTTP status 200 for the close packet, got 400"),
			catch5("engine.close.get-held", "was not answered within"),
			catch("engine.gone.lives", "the session lives on"),
			catch5("engine.close.packet-ignored", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			get := p.StartGet().Sent()
			if res := p.Post("1"); res.Status != http.StatusOK {
				p.Failf("want HTTP status 200 for the close packet, got %d", res.Status)
			}
			res := get.Wait()
			p.Observe("open GET at a close packet", "released with HTTP status %d %q", res.Status, shown(string(res.Body)))
			wantGone(p, "a close packet")
		},
	},
	{
		ID:    "close.packet.websocket",
		Title: "a close packet over a WebSocket ends the session or does nothing",
		Rules: rules("eio.close.ws"),
		On:    overWebSocket,
		After: []string{"handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.close.deafens", "open but deaf"),
			catch5("engine.close.answered", "want the session closed or the packet ignored"),
		},
		Run: func(p *peer.Peer) {
			p.Send("1")
			p.Observe("close packet over a WebSocket", "%s", p.WantClosedOrIgnored())
		},
	},
	{
		ID:     "close.packet.rest",
		Title:  "packets behind a close packet in its payload are not handled",
		Rules:  rules("eio.close.rest"),
		Needs:  needsContract,
		On:     pollingOnly,
		After:  []string{"close.packet.polling"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.payload.invalid-skipped", `got 42["behind"]`),
		},
		Run: func(p *peer.Peer) {
			room, other := watcher(p)
			p.Connect("/")
			p.Post("1", `421["op",`+peer.JSON(emitTo(room, "behind"))+`]`)
			p.WantClosed()
			other.WantNothing()
		},
	},
	{
		ID:    "close.sid",
		Title: "the id of a session that was closed opens nothing: not by GET, not by POST, not by WebSocket",
		Rules: rules("eio.close.after"),
		On:    pollingAndWS,
		After: []string{"handshake.sid.unknown", "handshake.sid.unknown-websocket"},
		Catches: []run.Catch{
			catchOver(peer.Polling, "engine.gone.lives", "the session lives on"),
			catchOver(peer.Polling, "engine.gone.post-ok", "want HTTP status 400 for a POST with its id, got 200"),
			catch("engine.sid.websocket-opens-anew", "want the WebSocket refused or closed"),
		},
		Run: func(p *peer.Peer) {
			if p.Transport() == peer.WebSocket {
				p.CloseWebSocket(1000)
				p.WantClosed()
				p.Elsewhere()
			} else {
				p.Manual()
				p.Open()
				p.Post("1")
			}
			wantGone(p, "it was closed")
			wantNoWebSocket(p, p.SessionQuery(peer.WebSocket))
		},
	},
	{
		ID:    "close.reason.polite",
		Title: "when the client ends its session, every namespace of it learns of a transport close, once",
		Rules: rules("eio.close.reason"),
		Needs: needs("log"),
		On:    everyTransport,
		Catches: []run.Catch{
			catch("engine.reason.close-as-error", `want the log to have one of ["disconnect","/","transport close"] once`),
			catch("engine.log.custom-disconnect-lost", `want the log to have one of ["disconnect","/custom","transport close"] once`),
			catch("engine.log.disconnected-twice", "it has it 2 times"),
		},
		Run: func(p *peer.Peer) {
			tag := uniqueTag(p)
			p.Open("tag=" + tag)
			p.Connect("/")
			p.Connect("/custom")
			p.HangUp()
			other := p.PeerBeside("other", peer.WebSocket)
			other.Connect("/")
			wantDisconnected(other, tag, "/", "transport close")
			wantDisconnected(other, tag, "/custom", "transport close")
		},
	},
	{
		ID:    "close.reason.drop",
		Title: "when a WebSocket is cut, every namespace of its session learns of it, once and long before a ping time-out",
		Rules: rules("eio.close.drop"),
		Needs: needs("log"),
		On:    overWebSocket,
		Catches: []run.Catch{
			catch("engine.reason.close-as-timeout", `want the log to have one of ["disconnect","/","transport close"]`),
			catch("engine.log.custom-disconnect-lost", `want the log to have one of ["disconnect","/custom","transport close"]`),
		},
		Run: func(p *peer.Peer) {
			tag := uniqueTag(p)
			p.Open("tag=" + tag)
			p.Connect("/")
			p.Connect("/custom")
			p.Drop()
			other := p.PeerBeside("other", peer.WebSocket)
			other.Connect("/")
			wantDisconnected(other, tag, "/", "transport close", "transport error")
			wantDisconnected(other, tag, "/custom", "transport close", "transport error")
		},
	},
	{
		ID:    "close.reason.abort",
		Title: "when the open GET of a session breaks off, the application learns of it, once and long before a ping time-out",
		Rules: rules("eio.close.drop"),
		Needs: needs("log"),
		On:    pollingOnly,
		After: []string{"polling.abort.get"},
		Catches: []run.Catch{
			catch("engine.reason.close-as-timeout", `want the log to have one of ["disconnect","/","transport error"]`),
		},
		Run: func(p *peer.Peer) {
			tag := uniqueTag(p)
			joinPolled(p, "tag="+tag)
			p.StartGet().Sent().Cancel()
			other := p.PeerBeside("other", peer.WebSocket)
			other.Connect("/")
			wantDisconnected(other, tag, "/", "transport error", "transport close")
		},
	},
	{
		ID:    "close.websocket.code",
		Title: "a WebSocket that the client closes, with whichever code, is closed in return, and that is a transport close",
		Rules: rules("eio.ws.client-close-code"),
		Needs: needs("log"),
		On:    overWebSocket,
		After: []string{"close.reason.polite"},
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "want the session closed"),
			catch("engine.reason.close-as-error", `want the log to have one of ["disconnect","/","transport close"] once`),
		},
		Run: func(p *peer.Peer) {
			other := p.PeerBeside("other", peer.WebSocket)
			other.Connect("/")
			for _, code := range []int{1000, 1001, 3000, 4999, 0} {
				tag := uniqueTag(p)
				q := p.Peer(fmt.Sprint("code ", code))
				q.Open("tag=" + tag)
				q.Connect("/")
				q.CloseWebSocket(code)
				q.WantClosed()
				wantDisconnected(other, tag, "/", "transport close")
			}
		},
	},
	{
		ID:    "close.server",
		Title: "when the server closes a session, each namespace gets its DISCONNECT first",
		Rules: rules("eio.close.server"),
		Needs: needsContract,
		On:    everyTransport,
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("engine.server-close.first-only", "the session was closed"),
			catch("engine.server-close.wordless", "the session was closed"),
			catch("engine.close.unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/orders")
			p.Connect("/custom")
			p.StartOp("/", peer.Op{"do": "disconnect", "close": true})
			p.WantAnyOrder("41", "41/orders,", "41/custom,")
			p.WantClosed()
		},
	},
	{
		ID:     "close.packet.out",
		Title:  "when the server closes a long-polling session because of a packet, the open GET brings a close packet",
		Rules:  rules("eio.close.packet-out"),
		On:     pollingOnly,
		After:  []string{"malformed.engine.type"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch5("engine.close.noop-instead", "want 1"),
			catch5("engine.close.get-left-open", "was not answered within"),
			catch("engine.gone.lives", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			for n := 1; !closedWhilePolled(p.Peer(fmt.Sprint("session ", n))) && n < 5; n++ {
				continue // the GET has come behind the POST, or a ping has released it, which says nothing about open ones
			}
		},
	},
	{
		ID:    "close.server.pending",
		Title: "when the server closes a long-polling session with no GET open, the next ones bring what was sent before, and then a close packet",
		Rules: rules("eio.close.server-side-polling"),
		Needs: needsContract,
		On:    pollingOnly,
		After: []string{"close.server", "polling.poll.buffered"},
		Catches: []run.Catch{
			catch("engine.server-close.pending-lost", `want 42["last"]`),
			catch("engine.server-close.no-packet", "want 1"),
			catch("engine.gone.lives", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			p.Post(`421["op",{"do":"batch","ops":[{"do":"emit","via":"socket","args":["last"]},{"do":"disconnect","close":true}]}]`)
			p.Elsewhere()
			p.WantPolled(`42["last"]`, "41", "1")
			wantGone(p, "the server closed it")
		},
	},
}

// wantDisconnected waits until the log says under the tag that the namespace lost its socket, and checks that it says so once, for one of the given reasons.
func wantDisconnected(p *peer.Peer, tag, namespace string, reasons ...string) {
	var entries []string
	for _, reason := range reasons {
		entries = append(entries, fmt.Sprintf(`["disconnect",%s,%s]`, peer.JSON(namespace), peer.JSON(reason)))
	}
	var log []string
	is := func(e string) bool { return slices.Contains(entries, e) }
	for deadline := time.Now().Add(p.Patience()); !slices.ContainsFunc(log, is) && time.Now().Before(deadline); {
		log = p.Log("/", tag)
	}
	count := len(slices.DeleteFunc(slices.Clone(log), func(e string) bool { return !is(e) }))
	if count != 1 {
		p.Fail(&peer.Failure{
			Reason:   fmt.Sprintf("want the log to have one of %s once; it has it %d times", strings.Join(entries, " "), count),
			Expected: strings.Join(entries, " or "), Actual: strings.Join(log, " "),
		})
	}
}

// closedWhilePolled has a session closed because of a packet, shows what its open GET brings, and reports whether the GET was open by then.
func closedWhilePolled(p *peer.Peer) (open bool) {
	p.Manual()
	p.Open()
	wantServedPolled(p)
	get := p.StartGet().Sent()
	p.Post("abc")
	res := get.Wait()
	wantGone(p, "an invalid packet")
	if res.Status == http.StatusBadRequest || string(res.Body) == "2" {
		return false
	}
	p.Arrive(res)
	p.Want("1")
	return true
}
