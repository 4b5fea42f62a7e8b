package suite

import (
	"fmt"
	"net/http"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// enginePacketScenarios are about Engine.IO packets and what carries them, right and wrong.
var enginePacketScenarios = []run.Scenario{
	{
		ID:     "malformed.engine.type",
		Title:  "a packet of a type that does not exist closes the session",
		Rules:  rules("eio.packet.unknown-type"),
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.packet.unknown-ignored", "want the session closed"),
			catch("engine.close.unnoticed", "want the session closed"),
			catch("engine.packet.type-7-ignored", "after 7; it is still open"),
		},
		Run: func(p *peer.Peer) {
			for i, packet := range []string{"abc", "7", `9["x"]`, ` 42["message",1]`, "é4"} {
				q := p.Peer(fmt.Sprintf("p%d", i))
				q.Send(packet)
				q.WantClosed()
			}
		},
	},
	{
		ID:     "malformed.engine.empty",
		Title:  "a packet without even a type closes the session",
		Rules:  rules("eio.packet.empty"),
		On:     only(rev5, everyTransport),
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.packet.empty-ignored", "want the session closed"),
			catch("engine.close.unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Send("")
			p.WantClosed()
		},
	},
	{
		ID:     "malformed.engine.empty-message",
		Title:  "a message without content is no Socket.IO packet, and nothing comes of it",
		Rules:  rules("eio.packet.empty-message"),
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.packet.empty-message-answered", "want the session closed or the packet ignored"),
			catch("engine.packet.empty-message-deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			p.Send("4")
			p.Observe("message without content", "%s", p.WantClosedOrIgnored())
		},
	},
	{
		ID:     "packet.engine.server-types",
		Title:  "OPEN, UPGRADE and NOOP mean nothing on a session that is established, and nothing comes of them",
		Rules:  rules("eio.packet.ignored-types"),
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.packet.open-answered", "want the session closed or the packet ignored"),
			catch("engine.packet.noop-deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			for i, packet := range []string{"0", `0{"sid":"x"}`, "5", "6"} {
				q := p.Peer(fmt.Sprintf("p%d", i))
				q.Send(packet)
				p.Observe("the packet "+packet+" on an established session", "%s", q.WantClosedOrIgnored())
			}
		},
	},
	{
		ID:     "packet.engine.one-a-frame",
		Title:  "a WebSocket frame carries one packet: the separator of long-polling does not separate there",
		Rules:  rules("eio.packet.frame-not-split"),
		Needs:  needsEcho,
		On:     overWebSocket,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.packet.frame-split", "want the session closed or the packet ignored"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["message",1]` + "\x1e" + `42["message",2]`)
			p.Observe("two packets in a frame", "%s", p.WantClosedOrIgnored())
		},
	},
	{
		ID:    "packet.frame.fragmented",
		Title: "a message in several WebSocket frames, with a ping frame between them, is one packet",
		Rules: rules("eio.ws.fragmented"),
		Needs: needsEcho,
		On:    overWebSocket,
		Catches: []run.Catch{
			catch("engine.event.message-back-dropped", "got nothing"),
			catch("engine.frame.pong-lost", "want a WebSocket pong frame"),
			catch("engine.frame.fragment-lost", `want 42["message-back","one packet"]`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendFrames(
				peer.RawFrame{Opcode: 1, More: true, Payload: []byte(`42["mess`)},
				peer.RawFrame{Opcode: 9, Payload: []byte("between")},
				peer.RawFrame{More: true, Payload: []byte(`age","one`)},
				peer.RawFrame{Payload: []byte(` packet"]`)},
			)
			p.WantPong("between")
			p.Want(`42["message-back","one packet"]`)
		},
	},
	{
		ID:    "packet.frame.ping",
		Title: "a WebSocket ping frame is answered with a pong frame of the same content, and is no packet",
		Rules: rules("eio.ws.rfc6455-ping"),
		On:    overWebSocket,
		Catches: []run.Catch{
			catch("engine.frame.pong-lost", "want a WebSocket pong frame"),
			catch("engine.frame.pong-empty", "another content than the ping frame"),
		},
		Run: func(p *peer.Peer) {
			p.SendFrames(peer.RawFrame{Opcode: 9, Payload: []byte("sio-conform")})
			p.WantPong("sio-conform")
			p.SendFrames(peer.RawFrame{Opcode: 9})
			p.WantPong("")
			p.WantNothing()
		},
	},
	{
		ID:    "packet.frame.pong",
		Title: "a WebSocket pong frame that nobody asked for is no packet and does nothing",
		Rules: rules("eio.ws.rfc6455-pong"),
		On:    overWebSocket,
		Catches: []run.Catch{
			catch5("connect-error.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.SendFrames(peer.RawFrame{Opcode: 10, Payload: []byte("3")})
			p.WantNothing()
		},
	},
	{
		ID:     "malformed.frame.invalid",
		Title:  "a WebSocket frame that RFC 6455 forbids closes the connection",
		Rules:  rules("eio.ws.invalid-frame"),
		On:     overWebSocket,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			noop := []byte("6")
			for _, c := range []struct {
				name   string
				frames []peer.RawFrame
			}{
				{"reserved bit 1", []peer.RawFrame{{Opcode: 1, Reserved: 4, Payload: noop}}},
				{"reserved bits 2 and 3", []peer.RawFrame{{Opcode: 1, Reserved: 3, Payload: noop}}},
				{"reserved opcode", []peer.RawFrame{{Opcode: 3, Payload: noop}}},
				{"unmasked", []peer.RawFrame{{Opcode: 1, Unmasked: true, Payload: noop}}},
				{"continuation of nothing", []peer.RawFrame{{Opcode: 0, Payload: noop}}},
				{"message inside another", []peer.RawFrame{{Opcode: 1, More: true, Payload: noop}, {Opcode: 1, Payload: noop}}},
				{"fragmented ping", []peer.RawFrame{{Opcode: 9, More: true}}},
				{"long ping", []peer.RawFrame{{Opcode: 9, Payload: make([]byte, 126)}}},
			} {
				q := p.Peer(c.name)
				q.SendFrames(c.frames...)
				q.WantClosed()
			}
		},
	},
	{
		ID:     "malformed.frame.refused-handshake",
		Title:  "an invalid WebSocket frame right behind a handshake that is refused does no harm",
		Rules:  rules("eio.ws.invalid-frame-early"),
		On:     webSocketOnly,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.refused.unanswered", "neither accepted nor refused"),
		},
		Run: func(p *peer.Peer) {
			for _, query := range []string{"EIO=4&transport=abc", "EIO=abc&transport=websocket", p.Query(peer.WebSocket, "sid=unknown")} {
				raw := p.Raw()
				raw.Request(http.MethodGet, query, webSocketHeader...)
				raw.Write("\xf1\x80\x00\x00\x00\x00") // a text frame with all reserved bits, masked, empty
				wantTurnedAway(p, "WebSocket ?"+query, raw.Response())
				raw.Drop()
			}
		},
	},
}
