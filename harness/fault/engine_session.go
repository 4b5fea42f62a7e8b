package fault

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// heartbeatFaults are the faults of the heartbeat and of time-outs.
var heartbeatFaults = []Fault{
	{"engine.ping.none", "sends no pings", drop(always(in(ping)))},
	{"engine.ping.once", "sends one ping and no other", drop(func() Match { return in(ping, not(nth(1, ping))) })},
	{"engine.ping.early", "sends a ping right behind the handshake", after(always(in(message("0"))), "2")},
	{"engine.ping.late", "sends its pings later than a client waits for them", change(always(in(ping)), func(c *Crossing) []peer.Frame {
		late := c.Frame
		late.Delay = 1500 * time.Millisecond
		return []peer.Frame{late, {Session: c.Session, Direction: wire.Out, Transport: c.Transport, Data: []byte("3")}}
	})},
	{"engine.ping.content", "puts content into its pings", alter(always(in(ping)), func(*Crossing) []byte { return []byte("2ping") })},
	{"engine.ping.twice", "sends every ping twice", duplicate(always(in(ping)))},
	{"engine.pong.lost", "takes no notice of pongs", drop(always(out(engine("3"))))},
	{"engine.pong.closes", "closes a session that sends pongs unasked", hangUp(func() Match { return nth(20, out(engine("3"), accused)) })},
	{"engine.pong.storm", "answers every pong with another ping", func() *peer.Tap {
		seen := 0
		return frames(func(c *Crossing) []peer.Frame {
			if c.Closing != nil || !out(engine("3"), accused)(c) || seen >= 60 {
				return []peer.Frame{c.Frame}
			}
			seen++
			return []peer.Frame{c.Frame, delivered(c.Session, c.Transport, "2")}
		})
	}},
	{"engine.pong.ends-pings", "sends no pings any more when it gets pongs unasked", func() *peer.Tap {
		pongs := 0
		return frames(func(c *Crossing) []peer.Frame {
			if c.Closing == nil && out(engine("3"))(c) {
				pongs++
			}
			if c.Closing == nil && in(ping)(c) && pongs > 50 {
				return nil
			}
			return []peer.Frame{c.Frame}
		})
	}},
	{"engine.heartbeat.closes-busy", "closes a session that is busy between two pings", hangUp(func() Match { return nth(4, in(containing("message-back"))) })},
	{"engine.client-ping.answered", "answers pings of the client", answer(always(out(exactly("2"))), "3")},
	{"engine.client-ping.deafens", "takes notice of nothing more behind a ping of the client", deafen(always(out(exactly("2"), accused)))},
	{"engine.timeout.never", "does not close a session that does not answer pings", func() *peer.Tap {
		return frames(func(c *Crossing) []peer.Frame {
			if c.Closing != nil || !in(ping)(c) {
				return []peer.Frame{c.Frame}
			}
			return []peer.Frame{c.Frame, {Session: c.Session, Direction: wire.Out, Transport: c.Transport, Data: []byte("3")}}
		})
	}},
	{"engine.timeout.late", "gives a session a second ping time-out before it closes it", func() *peer.Tap {
		return frames(func(c *Crossing) []peer.Frame {
			if !closings(c) || !accused(c) {
				return []peer.Frame{c.Frame}
			}
			late := ended(c.Session, c.Transport)
			late.Delay = 1500 * time.Millisecond
			return []peer.Frame{late}
		})
	}},
	{"engine.timeout.early", "closes a session as soon as a ping has gone out", hangUp(func() Match { return nth(1, in(ping, accused)) })},
	{"engine.timeout.early-second", "closes a session as soon as its second ping has gone out", hangUp(func() Match { return nth(2, in(ping, accused)) })},
	{"engine.timeout.closes-others", "closes another session along with one that does not answer", alongWith(accused, "other")},
	{"engine.timeout.connected-too", "does not stop the connect time-out when a namespace is joined", hangUp(func() Match { return nth(2, in(ping)) })},
	{"engine.reason.timeout-as-close", "gives a transport close as the reason of a ping time-out", replace(always(in(message("3"))), `"ping timeout"`, `"transport close"`)},
	{"engine.log.custom-disconnect-lost", "does not tell a custom namespace that its socket has gone", replace(always(in(message("3"))), `["disconnect","/custom",`, `["lost","/custom",`)},
}

// upgradeFaults are the faults of upgrades.
var upgradeFaults = []Fault{
	{"engine.probe.unanswered", "does not answer the probe", drop(always(in(exactly("3probe"))))},
	{"engine.probe.bare", "answers the probe without its content", alter(always(in(exactly("3probe"))), func(*Crossing) []byte { return []byte("3") })},
	{"engine.probe.second-unanswered", "does not answer a second probe", drop(func() Match { return nth(2, in(exactly("3probe"))) })},
	{"engine.probe.second-closes", "closes the WebSocket at a second probe", hangUp(func() Match { return nth(2, out(exactly("2probe"))) })},
	{"engine.probe.any", "takes every ping for a probe", alter(always(out(func(c *Crossing) bool { return c.Data[0] == '2' })), func(*Crossing) []byte { return []byte("2probe") })},
	{"engine.upgrade.second-open", "sends a second open packet over the new WebSocket", answerFirst(out(exactly("2probe")), `0{"sid":"another"}`)},
	{"engine.upgrade.not-released", "does not release the open poll during an upgrade", response(func(r *http.Request, res *peer.Response) bool { return noop(r, res) && unanswered(res) })},
	{"engine.upgrade.released-with-close", "releases the open poll during an upgrade with a close packet", response(func(r *http.Request, res *peer.Response) bool {
		return noop(r, res) && reanswer(res, http.StatusOK, "1")
	})},
	{"engine.upgrade.noop-once", "releases one poll during an upgrade and no other", secondNoop(unanswered)},
	{"engine.upgrade.get-refused", "refuses a second poll during an upgrade", secondNoop(func(res *peer.Response) bool { return reanswer(res, http.StatusBadRequest, "") })},
	{"engine.upgrade.deaf", "takes no notice of anything behind the upgrade packet", deafen(always(out(exactly("5"), accused)))},
	{"engine.upgrade.buffer-lost", "loses the first packet that waited when the upgrade came", drop(always(in(containing(`["n",0]`))))},
	{"engine.upgrade.buffer-reversed", "sends what waited when the upgrade came in another order", swap(always(in(containing(`["n",0]`))))},
	{"engine.upgrade.buffer-twice", "sends what waited when the upgrade came twice", duplicate(always(in(containing(`["n",0]`))))},
	{"engine.upgrade.noop-leaks", "sends over the WebSocket a noop that was meant for a poll", answerFirst(in(containing(`["n",0]`), over(peer.WebSocket)), "6")},
	{"engine.upgrade.data-lost", "loses what it has to send during an upgrade", drop(always(in(containing(`["n",3]`))))},
	{"engine.upgrade.data-twice", "sends over both transports what it has to send during an upgrade", duplicate(always(in(containing(`["n",3]`))))},
	{"engine.upgrade.post-refused", "refuses a POST during an upgrade", response(func(r *http.Request, res *peer.Response) bool {
		return strings.Contains(bodyOf(r), `"times":50`) && reanswer(res, http.StatusBadRequest, "")
	})},
	{"engine.upgrade.post-after-handled", "handles a POST that comes after the upgrade", answerFirst(out(exactly(`42["message",2]`)), `42["message-back","stray"]`)},
	{"engine.upgrade.early-handled", "handles an event before the upgrade", answerFirst(in(containing(`"message-back",2]`)), `42["message-back","early"]`)},
	{"engine.upgrade.new-id", "gives a socket a new id at the upgrade", replace(always(in(message("3"))), `"id":"`, `"id":"new-`)},
	{"engine.upgrade.rooms-lost", "forgets the rooms of a socket at the upgrade", alter(always(in(message("3"), containing(`"ok":["`))), func(c *Crossing) []byte {
		return regexp.MustCompile(`"ok":\["[^\]]*\]`).ReplaceAll(c.Data, []byte(`"ok":[]`))
	})},
	{"engine.log.connected-twice", "runs the connection handler again after the upgrade", replace(always(in(message("3"))), `["connection","/"]`, `["connection","/"],["connection","/"]`)},
	{"engine.abandoned.noops", "releases polls at once and for ever when an upgrade was given up", sinceUpgrade(http.StatusOK, "6")},
	{"engine.abandoned.closes", "closes a session whose upgrade was given up", sinceUpgrade(http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)},
	{"engine.abandoned.lost", "sends what a session is to get over a WebSocket that was given up", response(func(r *http.Request, res *peer.Response) bool {
		return carriesEvents(r, res) && unanswered(res)
	})},
	{"engine.abandoned.blocks", "allows a session one upgrade only, even if it was given up", func() *peer.Tap {
		tried := false
		return request(func(r *http.Request) bool {
			again := tried && webSocket(r)
			tried = tried || webSocket(r)
			return again && requery(r, "sid", "tried-before")
		})()
	}},
	{"engine.second-ws.kept", "keeps a second WebSocket of a session open", dropEnds(func(c *Crossing) bool { return c.Session == "second" })},
	{"engine.second-ws.takes-over", "closes the first WebSocket of a session for a second", func() *peer.Tap {
		opened := 0
		tap := frames(func(c *Crossing) []peer.Frame {
			if opened == 2 && c.Session == "ws" {
				return []peer.Frame{ended("ws", c.Transport)}
			}
			return []peer.Frame{c.Frame}
		})
		tap.Request = func(r *http.Request) bool {
			if webSocket(r) && sid(r) != "" {
				opened++
			}
			return false
		}
		return tap
	}},
	{"engine.upgrade.timeout-early", "gives an upgrade up sooner than it should", change(always(out(exactly("2probe"))), func(c *Crossing) []peer.Frame {
		soon := ended(c.Session, c.Transport)
		soon.Delay = 5 * time.Millisecond
		return []peer.Frame{c.Frame, soon}
	})},
	{"engine.upgrade.timeout-closes-session", "closes the session along with an upgrade that took too long", alongWith(func(c *Crossing) bool { return c.Session != "polling" }, "polling")},
}

// closingFaults are the faults of the end of sessions.
var closingFaults = []Fault{
	{"engine.close.unnoticed", "does not close a session that it should close", dropEnds(accused)},
	{"engine.close.post-refused", "refuses the POST of a close packet", response(func(r *http.Request, res *peer.Response) bool {
		return bodyOf(r) == "1" && reanswer(res, http.StatusBadRequest, "")
	})},
	{"engine.close.get-held", "does not release the open poll when it gets a close packet", response(func(r *http.Request, res *peer.Response) bool { return noop(r, res) && unanswered(res) })},
	{"engine.close.packet-ignored", "takes no notice of a close packet", request(func(r *http.Request) bool { return bodyOf(r) == "1" && rebody(r, "6") })},
	{"engine.close.deafens", "takes notice of nothing more behind a close packet", deafen(always(out(exactly("1"))))},
	{"engine.close.answered", "answers a close packet", answer(always(out(exactly("1"))), "3")},
	{"engine.reason.close-as-error", "gives a transport error as the reason when the client ends its session", replace(always(in(message("3"))), `"transport close"`, `"transport error"`)},
	{"engine.reason.close-as-timeout", "notices a lost connection by its ping time-out only", alter(always(in(message("3"))), func(c *Crossing) []byte {
		return regexp.MustCompile(`"transport (close|error)"`).ReplaceAll(c.Data, []byte(`"ping timeout"`))
	})},
	{"engine.log.disconnected-twice", "tells a namespace twice that its socket has gone", replace(always(in(message("3"))), `["disconnect","/","transport close"]`, `["disconnect","/","transport close"],["disconnect","/","transport close"]`)},
	{"engine.server-close.first-only", "closes the connection before all namespaces have their DISCONNECT", drop(func() Match {
		return in(message("1"), not(nth(1, message("1"))))
	})},
	{"engine.server-close.wordless", "closes a session without a DISCONNECT", drop(always(in(message("1"))))},
	{"engine.close.noop-instead", "releases the open poll with a noop when it closes a session", response(func(r *http.Request, res *peer.Response) bool {
		return closePacket(r, res) && reanswer(res, http.StatusOK, "6")
	})},
	{"engine.close.get-left-open", "leaves the open poll waiting when it closes a session", response(func(r *http.Request, res *peer.Response) bool {
		return closePacket(r, res) && unanswered(res)
	})},
	{"engine.server-close.no-packet", "closes a long-polling session without a close packet", drop(always(in(engine("1"), over(peer.Polling))))},
	{"engine.server-close.pending-lost", "loses what waited for a poll when it closes a session", drop(always(in(containing(`["last"]`))))},
}

// ping matches Engine.IO pings without content.
func ping(c *Crossing) bool { return c.Packet.Engine == '2' && len(c.Packet.Body) == 0 }

// noop reports whether an answer releases a poll with nothing.
func noop(r *http.Request, res *peer.Response) bool {
	return r.Method == http.MethodGet && sid(r) != "" && res.Err == nil && bytes.Equal(res.Body, []byte("6"))
}

// closePacket reports whether an answer releases a poll with a close packet.
func closePacket(r *http.Request, res *peer.Response) bool {
	return r.Method == http.MethodGet && sid(r) != "" && res.Err == nil && bytes.Equal(res.Body, []byte("1"))
}

// secondNoop makes a fault of the second poll that is released with nothing.
func secondNoop(f func(res *peer.Response) bool) func() *peer.Tap {
	return func() *peer.Tap {
		seen := 0
		return response(func(r *http.Request, res *peer.Response) bool {
			if !noop(r, res) {
				return false
			}
			seen++
			return seen == 2 && f(res)
		})()
	}
}

// sinceUpgrade makes a fault that answers all polls at once, from the first WebSocket of a session on.
func sinceUpgrade(status int, body string) func() *peer.Tap {
	return func() *peer.Tap {
		tried := false
		return &peer.Tap{
			Request: func(r *http.Request) bool {
				tried = tried || webSocket(r)
				return tried && r.Method == http.MethodGet && !webSocket(r) && sid(r) != "" && !elsewhere(r) && requery(r, "sid", "since-upgrade")
			},
			Response: func(r *http.Request, res *peer.Response) bool {
				return sid(r) == "since-upgrade" && reanswer(res, status, body)
			},
		}
	}
}

// dropEnds makes a fault that hides the end of connections, and the close packets that announce it.
func dropEnds(m Match) func() *peer.Tap {
	return func() *peer.Tap {
		return frames(func(c *Crossing) []peer.Frame {
			if closings(c) && m(c) {
				return nil
			}
			return []peer.Frame{c.Frame}
		})
	}
}

// alongWith makes a fault that ends the connection of the peer with that name along with another one.
func alongWith(m Match, name string) func() *peer.Tap {
	return func() *peer.Tap {
		return frames(func(c *Crossing) []peer.Frame {
			if closings(c) && m(c) {
				return []peer.Frame{c.Frame, ended(name, c.Transport)}
			}
			return []peer.Frame{c.Frame}
		})
	}
}
