package suite

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// upgradeScenarios are about the way from long-polling to WebSocket, and about the end of sessions.
var upgradeScenarios = slices.Concat(upgradingScenarios, failedUpgradeScenarios, closeScenarios)

// onUpgrade is the axis of scenarios that make the upgrade themselves.
var onUpgrade = run.Axes{Transports: []peer.Transport{peer.Upgraded}}

// upgradingScenarios are about upgrades that succeed.
var upgradingScenarios = []run.Scenario{
	{
		ID:    "upgrade.probe",
		Title: "a probe is answered, the open GET is released, and after the upgrade packet the session goes on over the WebSocket",
		Rules: rules("eio.upgrade.probe"),
		Needs: needsEcho,
		On:    onUpgrade,
		After: []string{"polling.post.ok", "handshake.websocket.open"},
		Catches: []run.Catch{
			catch("engine.probe.unanswered", "want 3probe"),
			catch("engine.probe.bare", "want 3probe"),
			catch5("engine.upgrade.not-released", "was not answered within"),
			catch5("engine.upgrade.released-with-close", "want 6"),
			catch("engine.upgrade.deaf", "want 42[\"message-back\",\"after\"]"),
			catch("engine.upgrade.second-open", "want 3probe"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			get := p.StartGet().Sent()
			ws := probed(p, "ws")
			p.Arrive(get.Wait())
			p.WantPolled("6") // a ping may have been the answer
			ws.Send("5", `42["message","after"]`)
			ws.Want(`42["message-back","after"]`)
			ws.WantNothing()
		},
	},
	{
		ID:    "upgrade.get-again",
		Title: "until the upgrade packet arrives every further GET is released, too",
		Rules: rules("eio.upgrade.noop-each"),
		Needs: needsEcho,
		On:    onUpgrade,
		After: []string{"upgrade.probe"},
		Catches: []run.Catch{
			catch5("engine.upgrade.noop-once", "was not answered within"),
			catch5("engine.upgrade.get-refused", "the session was closed: GET answered 400"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			ws := probed(p, "ws")
			for range 3 {
				p.WantPolled("6")
			}
			ws.Send("5", `42["message","after"]`)
			ws.Want(`42["message-back","after"]`)
			ws.WantNothing()
		},
	},
	{
		ID:    "upgrade.flush",
		Title: "what waits for a GET when the upgrade comes is sent over the WebSocket at once and in order, however long the upgrade takes",
		Rules: rules("eio.upgrade.flush"),
		Needs: needsContract,
		On:    onUpgrade,
		After: []string{"upgrade.probe"},
		Catches: []run.Catch{
			catch("engine.upgrade.buffer-lost", `want 42["n",`),
			catch("engine.upgrade.buffer-reversed", `want 42["n",`),
			catch("engine.upgrade.buffer-twice", `want 42["n",1]`),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			p.Post(`421["op",{"do":"emit","via":"socket","args":["n","<n>"],"times":10}]`)
			p.Elsewhere()
			ws := probed(p, "ws")
			ws.Silent(p.Patience() / 20)
			ws.Send("5")
			ws.Want(append(numbered(10), `431[{"ok":null}]`)...)
			ws.WantNothing()
		},
	},
	{
		ID:    "upgrade.noop",
		Title: "no noop is sent over the WebSocket: noops end polls",
		Rules: rules("eio.upgrade.noop-polls-only"),
		Needs: needsContract,
		On:    onUpgrade,
		After: []string{"upgrade.flush"},
		Catches: []run.Catch{
			catch("engine.upgrade.noop-leaks", "1 noops came over the WebSocket"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			p.Post(`421["op",{"do":"emit","via":"socket","args":["n","<n>"],"times":10}]`)
			ws := probed(p, "ws")
			ws.Send("5")
			ws.Want(append(numbered(10), `431[{"ok":null}]`)...)
			ws.WantNothing()
			if n := ws.Noops(); n > 0 {
				p.Failf("%d noops came over the WebSocket", n)
			}
		},
	},
	{
		ID:    "upgrade.data",
		Title: "what is sent during an upgrade, by either side, is handled and delivered once and in order, over one transport or the other",
		Rules: rules("eio.upgrade.data"),
		Needs: needsContract,
		On:    onUpgrade,
		After: []string{"upgrade.flush"},
		Catches: []run.Catch{
			catch("engine.upgrade.data-lost", `want 42["n",3]`),
			catch("engine.upgrade.data-twice", `want 42["n",4]`),
			catch("engine.upgrade.post-refused", "want HTTP status 200, got 400"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			get := p.StartGet().Sent()
			ws := probed(p, "ws")
			if res := p.Post(`421["op",{"do":"emit","via":"socket","args":["n","<n>"],"times":50}]`); res.Status != http.StatusOK {
				p.Failf("a POST between probe and upgrade packet: want HTTP status 200, got %d", res.Status)
			}
			p.Arrive(get.Wait())
			ws.Send("5")
			wantAcross(p, ws, append(numbered(50), `431[{"ok":null}]`)...)
			ws.Send(`42["message","last"]`)
			ws.Want(`42["message-back","last"]`)
			ws.WantNothing()
		},
	},
	{
		ID:    "upgrade.same-socket",
		Title: "the application notices nothing of an upgrade: it is the same socket, in the same rooms, and did not connect again",
		Rules: rules("eio.upgrade.same-socket"),
		Needs: needs("log"),
		On:    onUpgrade,
		After: []string{"upgrade.probe"},
		Catches: []run.Catch{
			catch("engine.upgrade.new-id", "the value of"),
			catch("engine.upgrade.rooms-lost", "the value of"),
			catch("engine.log.connected-twice", `want the log to have ["connection","/"] once; it has it 2 times`),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			tag := uniqueTag(p)
			p.Open("tag=" + tag)
			id := p.Connect("/")
			room := fmt.Sprintf("r%x", p.Random().Uint64())
			p.Join("/", room)
			p.Upgrade()
			p.WantOp("/", peer.Op{"do": "info"}, `{"id":`+peer.JSON(id)+`,...}`)
			p.WantOp("/", peer.Op{"do": "members", "room": room}, `[`+peer.JSON(id)+`]`)
			wantLogged(p, tag, `["connection","/"]`)
		},
	},
	{
		ID:    "upgrade.probe-twice",
		Title: "a probe may be repeated: each is answered, and the upgrade goes on",
		Rules: rules("eio.upgrade.probe-twice"),
		Needs: needsEcho,
		On:    onUpgrade,
		After: []string{"upgrade.probe"},
		Catches: []run.Catch{
			catch("engine.probe.second-unanswered", "want 3probe"),
			catch("engine.probe.second-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			ws := probed(p, "ws")
			ws.Send("2probe")
			ws.Want("3probe")
			ws.Send("5", `42["message","after"]`)
			ws.Want(`42["message-back","after"]`)
			ws.WantNothing()
		},
	},
	{
		ID:     "upgrade.without-probe",
		Title:  "an upgrade packet without a probe upgrades the session or closes the WebSocket, and the session works either way",
		Rules:  rules("eio.upgrade.without-probe"),
		Needs:  needsEcho,
		On:     onUpgrade,
		After:  []string{"upgrade.probe"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.upgrade.deaf", "the fence"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			ws := dialSession(p, "ws")
			ws.Send("5")
			if ws.Silent(p.Patience() / 8) {
				ws.WantNothing()
				p.Observe("upgrade packet without probe", "taken")
				return
			}
			p.WantPolledNothing()
			p.Observe("upgrade packet without probe", "refused")
		},
	},
	{
		ID:     "upgrade.polling-after",
		Title:  "long-polling requests of a session that has moved to a WebSocket are refused, and do it no harm",
		Rules:  rules("eio.upgrade.polling-after"),
		Needs:  needsEcho,
		On:     onUpgrade,
		After:  []string{"upgrade.probe"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.sid.mismatch-ok", "GET after the upgrade: want HTTP status 400, got 200"),
			catch("engine.sid.mismatch-hangs", "was not answered within"),
			catch("engine.upgrade.post-after-handled", `got 42["message-back","stray"]`),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			ws := probed(p, "ws")
			ws.Send("5", `42["message",1]`)
			ws.Want(`42["message-back",1]`)
			wantRefused(p, "GET after the upgrade", p.Get())
			wantRefused(p, "POST after the upgrade", p.Post(`42["message","stray"]`))
			ws.Send(`42["message",2]`)
			ws.Want(`42["message-back",2]`)
			ws.WantNothing()
		},
	},
}

// failedUpgradeScenarios are about upgrades that are given up, refused, or should not have been tried.
var failedUpgradeScenarios = []run.Scenario{
	{
		ID:    "upgrade.abandoned",
		Title: "when the WebSocket of an upgrade is lost, before the probe or behind it, the session goes on over long-polling and its GETs wait again",
		Rules: rules("eio.upgrade.abandoned"),
		Needs: needsEcho,
		On:    onUpgrade,
		After: []string{"upgrade.probe"},
		Catches: []run.Catch{
			catch("engine.abandoned.noops", "the polls bring nothing"),
			catch("engine.abandoned.closes", "the session was closed"),
			catch("engine.abandoned.lost", "was not answered within"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			for _, withProbe := range []bool{false, true} {
				ws, _ := redialed(p, fmt.Sprint("ws", withProbe))
				if withProbe {
					ws.Send("2probe")
					ws.Want("3probe")
				}
				ws.Drop()
				get := heldGet(p)
				p.Post(fmt.Sprintf(`42["message",%v]`, withProbe))
				p.Arrive(get.Wait())
				p.WantPolled(fmt.Sprintf(`42["message-back",%v]`, withProbe))
			}
			p.WantPolledNothing()
		},
	},
	{
		ID:    "upgrade.abandoned.again",
		Title: "an upgrade that was abandoned can be tried again",
		Rules: rules("eio.upgrade.again"),
		Needs: needsEcho,
		On:    onUpgrade,
		After: []string{"upgrade.abandoned"},
		Catches: []run.Catch{
			catch("engine.abandoned.blocks", "cannot be tried again"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			probed(p, "lost").Drop()
			ws, _ := redialed(p, "ws")
			ws.Send("2probe")
			ws.Want("3probe")
			ws.Send("5", `42["message","after"]`)
			ws.Want(`42["message-back","after"]`)
			ws.WantNothing()
		},
	},
	{
		ID:     "upgrade.bad-first-frame",
		Title:  "a WebSocket of a session that begins with anything but a probe is closed, and the session goes on over long-polling",
		Rules:  rules("eio.upgrade.bad-first-frame"),
		Needs:  needsEcho,
		On:     onUpgrade,
		After:  []string{"upgrade.abandoned.again"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.probe.any", "want the session closed"),
			catch("engine.close.unnoticed", "want the session closed"),
			catch("engine.upgrade.early-handled", `want 42["message-back",2]`),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			for i, first := range []string{"2", "2foo", `42["message","early"]`, "6", "abc"} {
				ws, _ := redialed(p, fmt.Sprint("ws", i))
				ws.Send(first)
				ws.WantClosed()
				p.Post(fmt.Sprintf(`42["message",%d]`, i))
				p.WantPolled(fmt.Sprintf(`42["message-back",%d]`, i))
			}
			p.WantPolledNothing()
		},
	},
	{
		ID:     "upgrade.second-websocket",
		Title:  "a second WebSocket of a session is closed, during an upgrade and after it, and the first goes on",
		Rules:  rules("eio.upgrade.second-ws"),
		Needs:  needsEcho,
		On:     onUpgrade,
		After:  []string{"upgrade.probe"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.second-ws.kept", "want the second WebSocket"),
			catch("engine.second-ws.takes-over", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			joinPolled(p)
			ws := probed(p, "ws")
			wantSecondClosed(p, "second", "during an upgrade")
			ws.Send("5", `42["message",1]`)
			ws.Want(`42["message-back",1]`)
			wantSecondClosed(p, "third", "after an upgrade")
			ws.Send(`42["message",2]`)
			ws.Want(`42["message-back",2]`)
			ws.WantNothing()
		},
	},
	{
		ID:     "upgrade.second-websocket.native",
		Title:  "a second WebSocket of a session that began with one is closed or takes over; until then the first works, and one of the two always",
		Rules:  rules("eio.upgrade.second-ws-native"),
		Needs:  needsEcho,
		On:     webSocketOnly,
		After:  []string{"handshake.websocket.open"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "want the session closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			second, _ := p.Dial("second", p.SessionQuery(peer.WebSocket))
			if second != nil {
				second.Send("2probe")
				if answer, ok := second.Next(p.Patience()); ok {
					if string(answer.Raw) != "3probe" {
						p.Failf("a second WebSocket of a session is sent %s", wire.Quote(answer.Raw))
					}
					second.Silent(p.Patience() / 20)
					p.WantNothing()
					second.Send("5")
					second.WantNothing()
					p.WantClosed()
					p.Observe("second WebSocket of a WebSocket session", "takes the session over")
					return
				}
				second.WantClosed()
			}
			p.WantConnected("/")
			p.Observe("second WebSocket of a WebSocket session", "closed")
		},
	},
	{
		ID:    "upgrade.close-during",
		Title: "a session that is closed during an upgrade takes the new WebSocket with it",
		Rules: rules("eio.upgrade.close-during"),
		On:    onUpgrade,
		After: []string{"upgrade.probe", "close.packet.polling"},
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "want the session closed"),
			catch("engine.gone.lives", "the session lives on"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			p.Manual()
			p.Open()
			ws := probed(p, "ws")
			p.Post("1")
			ws.WantClosed()
			wantGone(p, "a close packet during an upgrade")
		},
	},
	{
		ID:     "upgrade.timeout",
		Title:  "an upgrade that does not come to its end is given up when its time is over, not earlier, and the session goes on over long-polling",
		Rules:  rules("eio.upgrade.timeout"),
		Needs:  run.Needs{Level: peer.Contract, Profile: "fast"},
		On:     onUpgrade,
		After:  []string{"upgrade.abandoned"},
		Traits: slowTrait,
		Catches: []run.Catch{
			catch("engine.close.unnoticed", "it is still open"),
			catch("engine.upgrade.timeout-early", "the session was closed earlier than"),
			catch("engine.upgrade.timeout-closes-session", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p = p.PeerOver("polling", peer.Polling)
			p.Connect("/")
			for _, withProbe := range []bool{true, false} {
				ws, began := redialed(p, fmt.Sprint("ws", withProbe))
				if withProbe {
					ws.Send("2probe")
				}
				ws.WantClosedBetween(began, fastUpgradeTimeout-early, fastUpgradeTimeout+2*p.Slack())
				p.WantConnected("/")
			}
		},
	},
}

// dialSession opens a WebSocket with the id of a session over long-polling.
func dialSession(p *peer.Peer, name string) *peer.Peer {
	ws, res := p.Dial(name, p.SessionQuery(peer.WebSocket))
	if ws == nil {
		p.Fail(&peer.Failure{Reason: fmt.Sprintf("no WebSocket for the upgrade: HTTP status %d", res.Status), Expected: "101", Actual: fmt.Sprintf("%d %s", res.Status, wire.Quote(res.Body))})
	}
	return ws
}

// probed opens a WebSocket with the id of a session over long-polling and makes the probe.
func probed(p *peer.Peer, name string) *peer.Peer {
	ws := dialSession(p, name)
	ws.Send("2probe")
	ws.Want("3probe")
	return ws
}

// redialed is dialSession for a session that may have lost another WebSocket a moment ago: until the target has noticed, it closes the new one. It also returns when it began to open it.
func redialed(p *peer.Peer, name string) (*peer.Peer, time.Time) {
	n := 0
	for deadline := time.Now().Add(p.Patience()); ; {
		began := time.Now()
		ws, _ := p.Dial(fmt.Sprint(name, " ", n), p.SessionQuery(peer.WebSocket))
		p.Elsewhere()
		p.Silent(p.Patience() / 50)
		if ws != nil && ws.Silent(0) {
			return ws, began
		}
		n++
		if time.Now().After(deadline) {
			p.Failf("an upgrade that was given up cannot be tried again: for %v every new WebSocket is closed", p.Patience())
		}
	}
}

// heldGet begins a GET that the target holds open. During an upgrade, and for a moment after one was given up, it releases it.
func heldGet(p *peer.Peer) *peer.Exchange {
	for deadline := time.Now().Add(p.Patience()); ; {
		get := p.StartGet().Sent()
		p.Silent(p.Patience() / 12)
		if !get.Done() {
			return get
		}
		if res := get.Result(); res.Status != http.StatusOK || string(res.Body) != "6" {
			return get
		}
		if time.Now().After(deadline) {
			p.Failf("the upgrade was given up, but for %v the polls bring nothing but noops", p.Patience())
		}
	}
}

// wantSecondClosed opens another WebSocket of a session that has one already. It must be refused or closed.
func wantSecondClosed(p *peer.Peer, name, when string) {
	second, res := p.Dial(name, p.SessionQuery(peer.WebSocket))
	if second == nil {
		wantTurnedAway(p, "a second WebSocket "+when, res)
		return
	}
	if second.Silent(second.Patience()) {
		p.Failf("want the second WebSocket %s closed within %v; it is open", when, p.Patience())
	}
}

// wantAcross wants packets of which the first have arrived over long-polling, at a manual peer, and the rest arrive over the WebSocket that took over.
func wantAcross(p, ws *peer.Peer, patterns ...string) {
	for {
		packet, ok := p.Next(0)
		if !ok {
			break
		}
		if raw := string(packet.Raw); raw == "6" || raw == "2" && p.Config().Revision == wire.Revision5 {
			continue // it only says that a poll is over, or comes when the target likes
		}
		if len(patterns) == 0 {
			p.Failf("want nothing more over long-polling; got %s", wire.Quote(packet.Raw))
		}
		pattern, err := wire.ParsePattern(patterns[0])
		if err != nil {
			panic(err) // a defect of the scenario
		}
		if _, diff := pattern.Match(&packet); diff != "" {
			p.Failf("want %s over long-polling; got %s: %s", patterns[0], wire.Quote(packet.Raw), diff)
		}
		patterns = patterns[1:]
	}
	ws.Want(patterns...)
}

// numbered returns the patterns of the events that an op with times has sent.
func numbered(times int) []string {
	patterns := make([]string, times)
	for n := range patterns {
		patterns[n] = fmt.Sprintf(`42["n",%d]`, n)
	}
	return patterns
}
