package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// clientHeartbeatScenarios are about the heartbeat of revision 4, in which the client sends the pings.
var clientHeartbeatScenarios = []run.Scenario{
	{
		ID:    "heartbeat.client.answered",
		Title: "each ping of the client is answered with one pong",
		Rules: rules("eio.heartbeat.client-ping"),
		On:    pollingAndWS,
		Catches: []run.Catch{
			catch("revision4.ping-unanswered", "got no pong"),
			catch("revision4.pong-twice", "3 pings were answered with 6 pongs"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			pongs := 0
			for range 3 {
				p.Send("2")
				if _, ok := arrivalsUpTo(p, func(q *wire.Packet) bool { return string(q.Raw) == "3" }); !ok {
					p.Fail(&peer.Failure{Reason: p.Name() + ": want a pong, after a ping; got no pong", Expected: "3", Actual: "none"})
				}
				pongs++
			}
			p.Send("40/sio-conform-unknown,")
			more, _ := arrivalsUpTo(p, func(q *wire.Packet) bool {
				return q.Engine == '4' && q.Type == '4' && q.Namespace == "/sio-conform-unknown"
			})
			pongs += len(slices.DeleteFunc(more, func(packet string) bool { return packet != "3" }))
			if pongs != 3 {
				p.Failf("%s: 3 pings were answered with %d pongs", p.Name(), pongs)
			}
		},
	},
	{
		ID:     "heartbeat.client.keeps",
		Title:  "pings of the client keep the session open",
		Rules:  rules("eio.heartbeat.timeout-eio3"),
		Needs:  run.Needs{Level: peer.Echo, Profile: "fast"},
		On:     everyTransport,
		After:  []string{"heartbeat.client.answered"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("revision4.pings-ignored", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			interval, timeout := heartbeat(p)
			p.Silent(2 * (interval + timeout))
			p.WantConnected("/")
		},
	},
	{
		ID:     "heartbeat.client.timeout",
		Title:  "a session that sends nothing for ping interval and time-out together is closed, and not before",
		Rules:  rules("eio.heartbeat.timeout-eio3"),
		Needs:  run.Needs{Profile: "fast"},
		On:     pollingAndWS,
		After:  []string{"heartbeat.client.answered"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("revision4.silence-unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Mute()
			began := time.Now()
			interval, timeout := heartbeat(p)
			p.WantClosedBetween(began, interval, 2*interval+2*timeout+p.Patience())
		},
	},
}

// arrivalsUpTo returns what arrives on a manual session up to the packet that is the last, and whether it came within the patience.
func arrivalsUpTo(p *peer.Peer, last func(*wire.Packet) bool) ([]string, bool) {
	var before []string
	for deadline := time.Now().Add(p.Patience()); time.Now().Before(deadline); {
		wait := time.Until(deadline)
		if p.Transport() == peer.Polling {
			wait = 0
		}
		packet, ok := p.Next(wait)
		switch {
		case ok && last(&packet):
			return before, true
		case ok:
			before = append(before, string(packet.Raw))
		case p.Transport() != peer.Polling: // the patience or the session is over
			return before, false
		default:
			get := p.StartGet()
			if !get.WaitDone() || get.Result().Status != http.StatusOK {
				return before, false
			}
			p.Arrive(get.Result())
		}
	}
	return before, false
}

// lengthPayloadScenarios are about the payloads and frames of Engine.IO revision 3.
var lengthPayloadScenarios = []run.Scenario{
	{
		ID:    "polling.length.characters",
		Title: "the length of a packet in a payload counts UTF-16 code units",
		Rules: rules("eio.payload.eio3-char-count"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("revision4.bytes-counted", "want HTTP status 200, got 400"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			if res := postBody(p, "text/plain;charset=UTF-8", `18:42["message","é€"]18:42["message","😀"]`); res.Status != http.StatusOK {
				p.Failf("a payload with lengths in characters: want HTTP status 200, got %d", res.Status)
			}
			p.Want(`42["message-back","é€"]`, `42["message-back","😀"]`)
		},
	},
	{
		ID:     "malformed.length",
		Title:  "a payload whose lengths are wrong closes the session",
		Rules:  rules("eio.payload.eio3-malformed"),
		On:     pollingOnly,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			for i, body := range []string{"2", "x:2", ":2", "9:2", "1:2junk", "22:42[\"message\",\"€€\"]99"} {
				q := p.Peer(fmt.Sprintf("p%d", i))
				q.Open()
				p.About("the payload "+body, func() {
					postBody(q, "text/plain;charset=UTF-8", body)
					q.WantClosed()
				})
			}
		},
	},
	{
		ID:    "polling.octets.in",
		Title: "a POST of application/octet-stream is a binary payload, in which attachments need no base64",
		Rules: rules("eio.payload.binary-in-octets"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.post.ok"},
		Catches: []run.Catch{
			catch("binary.dropped", "got nothing"),
			catch("binary.large-cut", "the bytes of the attachment differ"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			header := `451-["message",` + blob(0) + `]`
			if res := postBody(p, "application/octet-stream", octets(0, header)+octets(1, "\x04\x01\xff\x03")); res.Status != http.StatusOK {
				p.Failf("a binary payload: want HTTP status 200, got %d", res.Status)
			}
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, []byte{1, 0xff, 3})
			large := bytes.Repeat(everyByte(), affordable(p, 70_000)/256)
			postBody(p, "application/octet-stream", octets(0, header)+octets(1, "\x04"+string(large)))
			p.WantMessage(`451-["message-back",`+blob(0)+`]`, large)
		},
	},
	{
		ID:    "binary.sent.base64",
		Title: "who has opened the session with b64=1 is sent attachments as base64 text",
		Rules: rules("sio.packet.binary.b64-client"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"binary.event.apart"},
		Catches: []run.Catch{
			catch("revision4.base64-refused", "as base64"),
		},
		Run: func(p *peer.Peer) {
			p.Open("b64=1")
			p.Connect("/")
			p.SendMessage(`451-["message",`+blob(0)+`]`, []byte{1, 2, 3})
			p.Want(`451-["message-back",` + blob(0) + `]`)
			if packet, _ := p.Next(p.Patience()); packet.Binary || string(packet.Raw) != "b4AQID" {
				p.Failf("%s: want the attachment as base64, b4AQID, got %s", p.Name(), wire.Quote(packet.Raw))
			}
		},
	},
}

// postBody sends a body as it stands.
func postBody(p *peer.Peer, contentType, body string) peer.Response {
	return p.HTTP(peer.Request{
		Method: http.MethodPost, Query: p.SessionQuery(peer.Polling), Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body),
	})
}

// octets returns a packet of a binary payload: mark is 0 for text and 1 for binary.
func octets(mark byte, packet string) string {
	length := []byte{mark}
	for _, digit := range strconv.AppendInt(nil, int64(len(packet)), 10) {
		length = append(length, digit-'0')
	}
	return string(append(length, 255)) + packet
}

// jsonpScenarios are about long-polling by script elements.
var jsonpScenarios = []run.Scenario{
	{
		ID:    "polling.jsonp.poll",
		Title: "with the parameter j a poll is answered with a call of the function of that number",
		Rules: rules("eio.jsonp"),
		On:    pollingOnly,
		After: []string{"handshake.polling.open"},
		Catches: []run.Catch{
			catch("revision4.jsonp-plain", "no call of ___eio[7]"),
		},
		Run: func(p *peer.Peer) {
			res := p.HTTP(peer.Request{Query: p.Query(peer.Polling, "j=7")})
			body := calledWith(p, 7, res)
			packets := peer.DecodePayload(wire.Revision4, nil, []byte(body))
			if len(packets) == 0 || !strings.HasPrefix(string(packets[0].Data), "0{") {
				p.Failf("the first packet of a handshake by JSONP is not OPEN: %s", wire.Quote([]byte(body)))
			}
			p.Observe("content type of JSONP", "%s", res.Header.Get("Content-Type"))
		},
	},
	{
		ID:    "polling.jsonp.post",
		Title: "a payload in the field d of a form is taken, with line feeds escaped",
		Rules: rules("eio.jsonp.post"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.jsonp.poll"},
		Catches: []run.Catch{
			catch("revision4.form-dropped", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			query := openByCall(p)
			payload := peer.EncodePayload(wire.Revision4, `42["message","a\nb"]`)
			postForm(p, query, strings.ReplaceAll(payload, `\n`, `\\n`))
			wantCalledWith(p, query, `42["message-back","a\nb"]`, "the answer to a payload in a form")
		},
	},
	{
		ID:    "polling.jsonp.script",
		Title: "an answer by JSONP is one call of a function and nothing else, whatever the parameter j and the payload hold",
		Rules: rules("eio.jsonp.script"),
		Needs: needsEcho,
		On:    pollingOnly,
		After: []string{"polling.jsonp.post"},
		Catches: []run.Catch{
			catch("revision4.jsonp-injected", "a part of the parameter j is run as a script"),
			catch("revision4.jsonp-separator", "a line separator ends a line of the script"),
		},
		Run: func(p *peer.Peer) {
			if res := p.HTTP(peer.Request{Query: p.Query(peer.Polling, "j="+url.QueryEscape("7](0);alert(1)//"))}); strings.Contains(string(res.Body), "alert") {
				p.Failf("a part of the parameter j is run as a script: %s", wire.Quote(res.Body))
			}
			query := openByCall(p)
			postForm(p, query, peer.EncodePayload(wire.Revision4, "42[\"message\",\"a\u2028b\u2029c\"]"))
			body := wantCalledWith(p, query, `42["message-back","a`, "the answer to line separators")
			if strings.ContainsAny(body, "\u2028\u2029") {
				p.Failf("a line separator ends a line of the script: %s", wire.Quote([]byte(body)))
			}
		},
	},
}

// wantCalledWith polls by JSONP until the text is among what the function is called with.
func wantCalledWith(p *peer.Peer, query, text, what string) string {
	for deadline := time.Now().Add(p.Patience()); ; {
		get := p.StartHTTP(peer.Request{Query: query})
		if !get.WaitDone() || time.Now().After(deadline) {
			p.Failf("%s: want %s, got nothing", what, text)
		}
		if res := get.Result(); strings.Contains(calledWith(p, 0, res), text) {
			return string(res.Body)
		}
	}
}

// calledWith returns the text with which the answer calls the function of that number.
func calledWith(p *peer.Peer, number int, res peer.Response) string {
	before, after := fmt.Sprintf("___eio[%d](", number), ");"
	script := strings.TrimSpace(string(res.Body))
	text, ok := strings.CutPrefix(script, before)
	text, closed := strings.CutSuffix(text, after)
	var called string
	if !ok || !closed || json.Unmarshal([]byte(text), &called) != nil {
		p.Failf("the answer by JSONP is no call of ___eio[%d] with a text: %s", number, wire.Quote(res.Body))
	}
	return called
}

// openByCall opens a session by JSONP, joins the main namespace, and returns the query of its further requests.
func openByCall(p *peer.Peer) string {
	open := calledWith(p, 0, p.HTTP(peer.Request{Query: p.Query(peer.Polling, "j=0")}))
	var handshake peer.Handshake
	packets := peer.DecodePayload(wire.Revision4, nil, []byte(open))
	if len(packets) == 0 || json.Unmarshal(packets[0].Data[1:], &handshake) != nil {
		p.Failf("the first packet of a handshake by JSONP is not OPEN: %s", wire.Quote([]byte(open)))
	}
	query := p.Query(peer.Polling, "j=0&sid="+url.QueryEscape(handshake.SID))
	wantCalledWith(p, query, "2:40", "the main namespace")
	return query
}

// postForm sends a payload in the field d of a form.
func postForm(p *peer.Peer, query, payload string) {
	p.HTTP(peer.Request{
		Method: http.MethodPost, Query: query, Body: []byte("d=" + url.QueryEscape(payload)), Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
}
