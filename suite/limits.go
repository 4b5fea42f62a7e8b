package suite

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// needsSmall is the profile whose limit can be reached with little.
var needsSmall = run.Needs{Level: peer.Contract, Profile: "small"}

// smallLimit is the size of the largest payload under it, in bytes, as docs/contract.md has it.
const smallLimit = 10_000

// limitScenarios are about how much a server takes at once.
var limitScenarios = []run.Scenario{
	{
		ID:    "limits.announced",
		Title: "the open packet announces the limit that the server was started with",
		Rules: rules("eio.handshake.maxpayload"),
		Needs: needsSmall,
		On:    pollingAndWS,
		After: []string{"handshake.open.max-payload"},
		Catches: []run.Catch{
			catch("engine.handshake.max-payload-default", "maxPayload: want 10000, got 1000000"),
			catch("engine.handshake.max-payload-missing", `member "maxPayload" is missing`),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			wantJSON(p, "the data of the open packet", `{"maxPayload":10000,...}`, p.Handshake().Raw)
		},
	},
	{
		ID:    "limits.exact",
		Title: "a payload and a WebSocket message of exactly the announced size are taken",
		Rules: rules("eio.limit.exact"),
		Needs: needsSmall,
		On:    everyTransport,
		After: []string{"limits.announced"},
		Catches: []run.Catch{
			catch5("engine.limit.exact-refused", "the session was closed"),
			catch("engine.limit.answer-refused", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for _, filler := range []string{"y", "€"} {
				message := largestPosted(p, filler)
				p.Send(message)
				p.Want(strings.Replace(message, `"message"`, `"message-back"`, 1))
			}
		},
	},
	{
		ID:     "limits.post.exceeded",
		Title:  "a payload above the announced size is refused and not handled, counted in bytes",
		Rules:  rules("eio.limit.post-too-large", "eio.limit.post-status"),
		Needs:  needsSmall,
		On:     pollingOnly,
		After:  []string{"limits.exact"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.limit.post-ok", "want a refusal, got HTTP status 200"),
			catch("engine.limit.post-400", "want HTTP status 413, got 400"),
			catch("engine.refused.handled", "want the session closed or the packet ignored"),
			catch("engine.refused.deaf", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			for _, c := range []struct {
				name    string
				packets []string
			}{
				{"one byte more", []string{messageOf(smallLimit+1, "y")}},
				{"long characters", []string{messageOf(smallLimit+2, "€")}},
				{"two packets", []string{messageOf(smallLimit/2, "y"), messageOf(smallLimit/2+1, "y")}},
			} {
				q := p.Peer(c.name)
				q.Connect("/")
				post := q.StartPost(c.packets...)
				if !post.WaitDone() {
					p.Failf("a POST above the limit (%s) was not answered within %v", c.name, p.Patience())
				}
				wantTooLarge(p, c.name, post.Result())
				p.Observe("session behind a POST above the limit, "+c.name, "%s", q.WantClosedOrIgnored())
				if res := post.Result(); res.Err == nil && res.Status != http.StatusRequestEntityTooLarge {
					p.Fail(&peer.Failure{Reason: fmt.Sprintf("a POST above the limit (%s): want HTTP status 413, got %d", c.name, res.Status), Rules: rules("eio.limit.post-status")})
				}
			}
		},
	},
	{
		ID:     "limits.post.endless",
		Title:  "a payload without a length is refused as soon as it is too large, not when it ends",
		Rules:  rules("eio.limit.post-endless"),
		Needs:  needsSmall,
		On:     pollingOnly,
		After:  []string{"limits.post.exceeded"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.limit.post-unanswered", "was not refused within"),
		},
		Run: func(p *peer.Peer) {
			p.Open()
			raw := p.Raw()
			raw.Request(http.MethodPost, p.SessionQuery(peer.Polling), "Content-Type: text/plain;charset=UTF-8", "Transfer-Encoding: chunked")
			part := strings.Repeat("6\x1e", 2048)
			for range 4 * smallLimit / len(part) {
				raw.Write(fmt.Sprintf("%x\r\n%s\r\n", len(part), part))
			}
			res := raw.Response()
			if timedOut(res.Err) {
				p.Failf("a POST of %d bytes without an end was not refused within %v", 4*smallLimit, p.Patience())
			}
			wantTooLarge(p, "without an end", res)
			raw.Drop()
			p.Observe("session behind an endless POST above the limit", "%s", p.WantClosedOrIgnored())
		},
	},
	{
		ID:     "limits.websocket.exceeded",
		Title:  "a WebSocket message above the announced size closes the connection, also when it comes in fragments and after an upgrade",
		Rules:  rules("eio.limit.ws-too-large"),
		Needs:  needsSmall,
		On:     overWebSocket,
		After:  []string{"limits.exact"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.limit.ws-dropped", "want the session closed"),
			catch("engine.close.unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			whole, fragments, binary := p.Peer("whole"), p.Peer("fragments"), p.Peer("binary")
			for _, q := range []*peer.Peer{whole, fragments, binary} {
				q.Connect("/")
			}
			whole.Send(messageOf(smallLimit+1, "y"))
			p.Observe("WebSocket message above the limit", "%s", whole.WantClosed().Cause)
			half := []byte(messageOf(smallLimit/2+1, "y"))
			fragments.SendFrames(peer.RawFrame{Opcode: 1, More: true, Payload: half}, peer.RawFrame{More: true, Payload: half})
			fragments.WantClosed()
			binary.SendMessage(`451-["message",{"_placeholder":true,"num":0}]`, make([]byte, smallLimit+1))
			binary.WantClosed()
		},
	},
}

// messageOf returns the event message with a text of the filler, so many bytes long in all. The rest is made up with the letter x.
func messageOf(size int, filler string) string {
	const head, tail = `42["message","`, `"]`
	room := size - len(head) - len(tail)
	return head + strings.Repeat(filler, room/len(filler)) + strings.Repeat("x", room%len(filler)) + tail
}

// largestPosted returns an event that is as large as the target accepts over the peer's transport. Over long-polling it is the body of the POST that counts.
func largestPosted(p *peer.Peer, filler string) string {
	for size := smallLimit; ; size-- {
		message := messageOf(size, filler)
		if p.Transport() != peer.Polling || len(peer.EncodePayload(p.Config().Revision, message)) <= smallLimit {
			return message
		}
	}
}

// wantTooLarge checks that a POST above the limit was refused, or torn.
func wantTooLarge(p *peer.Peer, what string, res peer.Response) {
	if res.Err == nil && res.Status < 400 {
		p.Failf("a POST above the limit (%s): want a refusal, got HTTP status %d", what, res.Status)
	}
	if res.Err != nil {
		p.Observe("POST above the limit, "+what, "the connection is torn")
		return
	}
	p.Observe("POST above the limit, "+what, "HTTP status %d", res.Status)
}
