package peer

import (
	"fmt"
	"net/url"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// RuleImplicit is the rule that the main namespace is joined without a CONNECT of the client. The peer takes it for granted in revision 4.
const RuleImplicit = "sio.ns.connect.root.implicit"

// implicit reports whether the main namespace is joined by the server's own CONNECT, and its scenario has not asked for that yet.
func (p *Peer) implicit(namespace string) bool {
	return p.config.Revision == wire.Revision4 && namespace == "/" && !p.welcomed
}

// awaitMain waits until the main namespace is joined, which in revision 4 comes before everything else. It reports whether it was joined before the session's end, a refusal or the end of
// the patience. Who waits for the packets of a manual session does not wait here.
func (p *Peer) awaitMain() bool {
	if p.config.Revision != wire.Revision4 || p.manual.Load() {
		return true
	}
	p.in.await(p.ctx, p.Patience(), func() bool { return p.wasJoined() || len(p.in.waiting()) > 0 })
	return p.wasJoined()
}

// wasJoined reports whether the server's own CONNECT has come.
func (p *Peer) wasJoined() bool {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	return p.mainJoined
}

// wantMain waits until the main namespace is joined, and fails the scenario when it is not. That is put down to the given rules, or to RuleImplicit when there are none.
func (p *Peer) wantMain(rules []string) {
	p.Open()
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: "40, unasked"})
	if p.awaitMain() {
		return
	}
	actual := "nothing"
	if left := p.in.waiting(); len(left) > 0 {
		actual = wire.Quote(left[0].Raw)
	}
	if c := p.in.ended(); c != nil {
		actual = "the session was closed: " + c.Cause
	}
	if len(rules) == 0 {
		rules = []string{RuleImplicit}
	}
	p.Fail(&Failure{
		Reason:   fmt.Sprintf("%s: want the CONNECT of the main namespace within %v of the handshake, unasked; got %s", p.name, p.Patience(), actual),
		Expected: "40", Actual: actual, Rules: rules,
	})
}

// authQuery returns credentials as the query parameter that carries them in revision 4, "" when there are none.
func authQuery(auth []any) string {
	if len(auth) == 0 {
		return ""
	}
	return "auth=" + url.QueryEscape(JSON(auth[0]))
}

// shortestBeat bounds how often a peer sends pings, whatever the target has announced.
const shortestBeat = 10 * time.Millisecond

// beat sends a ping every pingInterval, as clients of revision 4 do, until the session ends or the peer is muted.
func (p *Peer) beat() {
	interval := max(time.Duration(p.Handshake().PingInterval)*time.Millisecond, shortestBeat)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for p.in.ended() == nil {
		select {
		case <-ticker.C:
		case <-p.ctx.Done():
			return
		}
		if p.in.ended() == nil && !p.mute.Load() {
			p.send(p.cross(p.frame("2")))
		}
	}
}
