package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// heartbeatScenarios are about everything that depends on time: the heartbeat, and how long a session may stay without a namespace.
var heartbeatScenarios = slices.Concat(pingScenarios, pingTimeoutScenarios, connectTimeoutScenarios)

// needsFast is the profile with a heartbeat that can be waited for. Its connect time-out is short as well: whoever is to stay must join a namespace.
var needsFast = run.Needs{Level: peer.Echo, Profile: "fast"}

// The options of the profile fast that no packet announces, as docs/contract.md has them.
const (
	fastConnectTimeout = 2000 * time.Millisecond
	fastUpgradeTimeout = 1200 * time.Millisecond
)

// early is how much earlier than announced a timer may go off: clocks are not that exact.
const early = 20 * time.Millisecond

// slowTrait marks a scenario that waits for a time-out.
var slowTrait = run.Traits{Slow: true}

// pingScenarios are about the heartbeat of a healthy session.
var pingScenarios = []run.Scenario{
	{
		ID:     "heartbeat.ping",
		Title:  "the server sends a ping when its interval is over, not earlier, and again and again as long as pongs come back, in time for a client that waits for them",
		Rules:  rules("eio.heartbeat.server-ping"),
		Needs:  needsFast,
		On:     everyTransport,
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.ping.none", "want a ping within"),
			catch("engine.ping.once", "want a ping within"),
			catch("engine.ping.early", "ping 1 came before its time"),
			catch("engine.ping.twice", "ping 2 came before its time"),
			catch("engine.ping.late", "want a ping within 2.7s; got none"),
			catch("engine.pong.lost", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p = joinedEarly(p)
			interval, timeout := heartbeat(p)
			for n := 1; n <= 4; n++ {
				at := p.WantPing(interval + timeout) // a client that has heard nothing for so long takes the connection for lost
				if at.Sub(began) < time.Duration(n)*interval-early {
					p.Failf("ping %d came before its time: earlier than %v after the handshake", n, time.Duration(n)*interval)
				}
			}
			p.WantOpen()
		},
	},
	{
		ID:     "heartbeat.ping.form",
		Title:  "a ping is a packet of its own, without content",
		Rules:  rules("eio.heartbeat.ping-form"),
		Needs:  needsFast,
		On:     pollingAndWS,
		After:  []string{"heartbeat.ping"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.ping.content", "want 2, after"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Send("40")
			if p.Transport() == peer.Polling {
				p.WantPolled(`40{"sid":<text>,...}`, `42["auth",<object>]`, "2")
				return
			}
			p.Want(`40{"sid":<text>,...}`, `42["auth",<object>]`, "2")
		},
	},
	{
		ID:     "heartbeat.traffic",
		Title:  "a session whose pings are answered is not closed for what else it sends, before a ping or behind a pong",
		Rules:  rules("eio.heartbeat.server-ping"),
		Needs:  needsFast,
		On:     everyTransport,
		After:  []string{"heartbeat.ping"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.pong.lost", "the session was closed"),
			catch("engine.heartbeat.closes-busy", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p = joinedEarly(p)
			interval, timeout := heartbeat(p)
			for n := range 3 {
				p.WantPing(interval + timeout + p.Slack())
				for m := range 3 {
					p.Send(fmt.Sprintf(`42["message",%d,%d]`, n, m))
					p.Want(fmt.Sprintf(`42["message-back",%d,%d]`, n, m))
					p.Silent(interval / 3)
				}
			}
			p.Silent(interval + timeout)
			p.WantNothing()
		},
	},
	{
		ID:     "heartbeat.pong.unsolicited",
		Title:  "pongs that nobody asked for change nothing: no ping the more, no close",
		Rules:  rules("eio.heartbeat.unsolicited-pong"),
		Needs:  needsFast,
		On:     everyTransport,
		After:  []string{"heartbeat.ping"},
		Traits: run.Traits{Slow: true, Malformed: true},
		Catches: []run.Catch{
			catch("engine.pong.storm", "pings came in"),
			catch("engine.pong.closes", "the session was closed"),
			catch("engine.pong.ends-pings", "want a ping within"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p = joinedEarly(p)
			interval, timeout := heartbeat(p)
			p.SendTogether(slices.Repeat([]string{"3"}, 200)...)
			p.WantPing(2*interval + timeout + p.Slack())
			p.WantPing(interval + timeout + p.Slack())
			p.WantOpen()
			seen := 2 + p.Pings()
			if most := int(time.Since(began)/interval) + 1; seen > most {
				p.Failf("after 200 unsolicited pongs: %d pings came in %d intervals", seen, most-1)
			}
		},
	},
	{
		ID:     "heartbeat.direction",
		Title:  "a ping from the client has the wrong direction: it is not answered",
		Rules:  rules("eio.heartbeat.wrong-direction"),
		On:     everyTransport,
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.client-ping.answered", "want the session closed or the packet ignored"),
			catch("engine.client-ping.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			p.Send("2")
			p.Observe("ping from the client", "%s", p.WantClosedOrIgnored())
		},
	},
}

// connectTimeoutScenarios are about sessions that join no namespace.
var connectTimeoutScenarios = []run.Scenario{
	{
		ID:     "namespace.timeout.none",
		Title:  "a session that asks for no namespace is closed when the connect time-out is over, not earlier, however well it answers pings",
		Rules:  rules("sio.ns.connect.timeout"),
		Needs:  run.Needs{Profile: "fast"},
		On:     everyTransport,
		After:  []string{"heartbeat.ping"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "it is still open"),
			catch("engine.timeout.early", "the session was closed earlier than"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p.Open()
			p.WantClosedBetween(began, fastConnectTimeout-early, fastConnectTimeout+p.Slack())
		},
	},
	{
		ID:     "namespace.timeout.gone",
		Title:  "a long-polling session that asked for no namespace in time is gone: its open GET is released, and its id unknown",
		Rules:  rules("sio.ns.connect.timeout"),
		Needs:  run.Needs{Profile: "fast", Level: peer.Contract},
		On:     pollingOnly,
		After:  []string{"namespace.timeout.none"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.gone.lives", "a GET behind the close packet: want HTTP status 400, got 200"),
			catch("engine.gone.held", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			p.Manual()
			p.Open()
			pollUntilClosed(p)
			wantRefused(p, "a GET behind the close packet", p.Get())
		},
	},
	{
		ID:     "namespace.timeout.refused",
		Title:  "a CONNECT that is refused does not stop the connect time-out",
		Rules:  rules("sio.ns.connect.timeout-refused"),
		Needs:  run.Needs{Profile: "fast", Level: peer.Contract, Features: []string{"middleware"}},
		On:     pollingAndWS,
		After:  []string{"namespace.timeout.none"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "it is still open"),
			catch("engine.timeout.early", "the session was closed earlier than"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p.Send("40/sio-conform-unknown,", `40/orders,{"mw":[[{"reject":{"message":"no"}}]]}`)
			p.WantClosedBetween(began, fastConnectTimeout-early, fastConnectTimeout+p.Slack())
		},
	},
	{
		ID:     "namespace.timeout.pending",
		Title:  "a CONNECT that a middleware never decides does not stop the connect time-out",
		Rules:  rules("sio.ns.connect.timeout-refused"),
		Needs:  run.Needs{Profile: "fast", Level: peer.Contract, Features: []string{"middleware"}},
		On:     pollingAndWS,
		After:  []string{"namespace.timeout.none"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "it is still open"),
			catch("engine.timeout.early", "the session was closed earlier than"),
		},
		Run: func(p *peer.Peer) {
			began := time.Now()
			p.Send(`40/orders,{"mw":[[{"never":true}]]}`)
			p.WantClosedBetween(began, fastConnectTimeout-early, fastConnectTimeout+p.Slack())
		},
	},
	{
		ID:     "namespace.timeout.joined",
		Title:  "once a namespace was joined the connect time-out is over, even if all are left again",
		Rules:  rules("sio.ns.connect.timeout-cancelled"),
		Needs:  run.Needs{Profile: "fast", Level: peer.Contract},
		On:     pollingAndWS,
		After:  []string{"namespace.timeout.none"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.timeout.connected-too", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			stays := p.Peer("stays")
			stays.Connect("/custom")
			p.Connect("/custom")
			p.WantConnected("/custom")
			p.Leave("/custom")
			p.Silent(2 * fastConnectTimeout)
			p.WantOpen()
			stays.WantConnected("/custom")
		},
	},
}

// joinedEarly returns a peer that has joined the main namespace: p itself, or for an upgraded session one that joins before it upgrades, so that the time that the upgrade takes does not count
// towards the connect time-out.
func joinedEarly(p *peer.Peer, query ...string) *peer.Peer {
	upgrade := p.Transport() == peer.Upgraded
	if upgrade {
		p = p.PeerOver("early", peer.Polling)
	}
	p.Open(query...)
	p.Connect("/")
	if upgrade {
		p.Upgrade()
	}
	return p
}

// pollUntilClosed polls for a manual session, and answers its pings, until the target closes it.
func pollUntilClosed(p *peer.Peer) {
	for {
		p.Poll()
		switch packet, ok := p.Next(0); {
		case !ok, string(packet.Raw) == "1":
			return
		case string(packet.Raw) == "2":
			p.Send("3")
		case string(packet.Raw) == "6": // a poll that was there when the session was closed ends with it
		default:
			p.Failf("want pings and a close packet, got %q", packet.Raw)
		}
	}
}

// heartbeat returns the interval and the time-out that the target has announced to the peer.
func heartbeat(p *peer.Peer) (interval, timeout time.Duration) {
	p.Open()
	h := p.Handshake()
	return time.Duration(h.PingInterval) * time.Millisecond, time.Duration(h.PingTimeout) * time.Millisecond
}

// uniqueTag returns a tag for the log that nobody else uses, nor an earlier run with the same seed: a log lives as long as its server.
func uniqueTag(p *peer.Peer) string {
	return fmt.Sprintf("t%x-%x", p.Random().Uint64(), time.Now().UnixNano())
}

// wantLogged waits until the log has an entry under the tag, and checks that it has it once.
func wantLogged(p *peer.Peer, tag, entry string) {
	var log []string
	for deadline := time.Now().Add(p.Patience()); !slices.Contains(log, entry) && time.Now().Before(deadline); {
		log = p.Log("/", tag)
	}
	count := 0
	for _, e := range log {
		if e == entry {
			count++
		}
	}
	if count != 1 {
		p.Fail(&peer.Failure{
			Reason:   fmt.Sprintf("want the log to have %s once; it has it %d times", entry, count),
			Expected: entry, Actual: strings.Join(log, " "),
		})
	}
}
