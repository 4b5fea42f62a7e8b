package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// pingTimeoutScenarios are about sessions that do not answer.
var pingTimeoutScenarios = []run.Scenario{
	{
		ID:     "heartbeat.timeout",
		Title:  "a session that does not answer a ping is closed when the ping time-out is over, not earlier, and others are not",
		Rules:  rules("eio.heartbeat.timeout", "eio.heartbeat.timeout-exact"),
		Needs:  needsFast,
		On:     everyTransport,
		After:  []string{"heartbeat.ping"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.timeout.never", "it is still open"),
			catch("engine.timeout.early", "the session was closed earlier than"),
			catch("engine.timeout.late", "the session was closed later than"),
			catch("engine.timeout.closes-others", "the target closed other unasked"),
		},
		Run: func(p *peer.Peer) {
			other := p.PeerBeside("other", peer.WebSocket)
			other.Connect("/")
			began := time.Now()
			p = joinedEarly(p)
			opened := time.Now()
			p.Mute()
			interval, timeout := heartbeat(p)
			if latest := interval + 2*timeout + 2*early; p.Silent(time.Until(opened.Add(latest))) {
				other.WantOpen() // a target that is held up closes the session before it answers
				if p.Silent(early) {
					p.Fail(&peer.Failure{Reason: fmt.Sprintf("the session was closed later than %v after the handshake, if at all: it is still open", latest), Rules: rules("eio.heartbeat.timeout-exact")})
				}
			}
			p.WantClosedBetween(began, interval+timeout-early, 2*interval+timeout+p.Slack())
		},
	},
	{
		ID:     "heartbeat.timeout.in-time",
		Title:  "a session that does not answer a ping is closed well within another ping time-out, by the clock of the server",
		Rules:  rules("eio.heartbeat.timeout-exact"),
		Needs:  run.Needs{Profile: "fast", Level: peer.Contract, Features: []string{"log"}},
		On:     pollingAndWS,
		After:  []string{"heartbeat.timeout"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("app.log.disconnect-missing", "the session was not closed"),
		},
		Run: func(p *peer.Peer) {
			other, tag := p.PeerBeside("other", peer.WebSocket), uniqueTag(p)
			other.Connect("/")
			p = joinedEarly(p, "tag="+tag)
			p.Mute()
			interval, timeout := heartbeat(p)
			p.WantPing(interval + timeout + p.Slack())
			span := timeout * 5 / 3 // begins behind the ping: on a busy target, too, the end of its time-out is due first
			other.LetPass("/", span)
			if log := other.Log("/", tag); !slices.ContainsFunc(log, func(e string) bool { return strings.HasPrefix(e, `["disconnect","/"`) }) {
				p.Failf("the session was not closed %v behind a ping without an answer, by the clock of the target; its log is %s", span, log)
			}
			p.WantClosedWithin(p.Slack())
		},
	},
	{
		ID:     "heartbeat.timeout.second",
		Title:  "a session that answers one ping and not the next is closed after the next",
		Rules:  rules("eio.heartbeat.timeout"),
		Needs:  needsFast,
		On:     everyTransport,
		After:  []string{"heartbeat.timeout"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.timeout.never", "it is still open"),
			catch("engine.timeout.early-second", "the session was closed earlier than"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p = joinedEarly(p)
			interval, timeout := heartbeat(p)
			p.WantPing(interval + timeout + p.Slack())
			p.Mute()
			p.WantClosedBetween(began, 2*interval+timeout-early, time.Since(began)+interval+timeout+p.Slack())
		},
	},
	{
		ID:     "heartbeat.timeout.reason",
		Title:  "the application learns that the ping time-out was the reason, in every namespace of the session",
		Rules:  rules("eio.heartbeat.timeout-reason"),
		Needs:  run.Needs{Profile: "fast", Level: peer.Contract, Features: []string{"log"}},
		On:     everyTransport,
		After:  []string{"heartbeat.timeout"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.reason.timeout-as-close", `want the log to have ["disconnect","/","ping timeout"] once`),
			catch("engine.log.custom-disconnect-lost", `want the log to have ["disconnect","/custom","ping timeout"] once`),
		},
		Run: func(p *peer.Peer) {
			tag := uniqueTag(p)
			p = joinedEarly(p, "tag="+tag)
			p.Connect("/custom")
			p.Mute()
			interval, timeout := heartbeat(p)
			p.WantClosedBetween(time.Now(), 0, 2*interval+2*timeout+p.Slack())
			other := p.PeerBeside("other", peer.WebSocket)
			other.Connect("/")
			wantLogged(other, tag, `["disconnect","/","ping timeout"]`)
			wantLogged(other, tag, `["disconnect","/custom","ping timeout"]`)
		},
	},
	{
		ID:     "heartbeat.timeout.chatter",
		Title:  "only a pong answers a ping: whoever talks and talks without one is closed all the same",
		Rules:  rules("eio.heartbeat.timeout-no-other-traffic"),
		Needs:  needsFast,
		On:     everyTransport,
		After:  []string{"heartbeat.timeout"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.timeout.never", "is kept open by messages alone"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p = joinedEarly(p)
			p.Mute()
			interval, timeout := heartbeat(p)
			for p.Silent(timeout / 3) {
				if longest := 2*interval + 3*timeout + p.Slack(); time.Since(began) > longest {
					p.Failf("a session that answers no ping is kept open by messages alone, longer than %v", longest)
				}
				p.Send("40/sio-conform-unknown,")
			}
			p.WantClosed()
		},
	},
	{
		ID:     "heartbeat.timeout.early-pong",
		Title:  "a pong that came before the ping does not answer it",
		Rules:  rules("eio.heartbeat.early-pong"),
		Needs:  needsFast,
		On:     everyTransport,
		After:  []string{"heartbeat.timeout"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.timeout.never", "it is still open"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p = joinedEarly(p)
			p.Mute()
			interval, timeout := heartbeat(p)
			p.Send("3", "3")
			p.WantClosedBetween(began, interval+timeout-early, 2*interval+timeout+p.Slack())
		},
	},
	{
		ID:     "heartbeat.timeout.silent",
		Title:  "a long-polling session whose client has gone away without a word is closed, and its id is unknown then",
		Rules:  rules("eio.heartbeat.timeout"),
		Needs:  needsFast,
		On:     pollingOnly,
		After:  []string{"heartbeat.timeout"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.gone.lives", "the session lives on"),
			catch("engine.gone.held", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			joinPolled(p)
			interval, timeout := heartbeat(p)
			p.Silent(interval + timeout + p.Slack())
			wantGone(p, "a missing pong")
		},
	},
}
