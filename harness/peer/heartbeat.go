package peer

import (
	"fmt"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// pingsKept bounds how many pings are remembered for WantPing.
const pingsKept = 4096

// pinged remembers when a ping arrived; it has been answered by then. It runs on the goroutines of links.
func (p *Peer) pinged(at time.Time) {
	select {
	case p.pings <- at:
	default: // nobody counts that far
	}
}

// WantPing waits for the next ping of the target, at most d, and returns when it arrived. A target that is held up is waited for: the ping may come as late as the
// answer to a fence that is sent when d is over. The peer answers the ping by itself unless it is muted. It is for sessions that are not manual, where a ping is
// a packet like any other.
func (p *Peer) WantPing(d time.Duration) time.Time {
	p.Open()
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: fmt.Sprintf("a ping within %v", d)})
	if at, ok := p.awaitPing(d); ok {
		return at
	}
	actual := "none"
	if why := p.fence(); why != "" {
		actual += ", and " + why
	}
	if at, ok := p.awaitPing(0); ok {
		return at
	}
	p.Fail(&Failure{Reason: fmt.Sprintf("%s: want a ping within %v; got %s", p.name, d, actual), Expected: "2", Actual: actual})
	return time.Time{}
}

// awaitPing waits for a ping, at most d.
func (p *Peer) awaitPing(d time.Duration) (time.Time, bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case at := <-p.pings:
		return at, true
	default:
	}
	select {
	case at := <-p.pings:
		return at, true
	case <-timer.C:
	case <-p.ctx.Done():
	}
	return time.Time{}, false
}

// Pings returns how many pings have arrived that WantPing has not returned yet.
func (p *Peer) Pings() int { return len(p.pings) }

// Silent lets d pass, in which the scenario does nothing, and reports whether the session is still open. Pings are answered meanwhile unless the peer is muted.
func (p *Peer) Silent(d time.Duration) bool {
	p.in.await(p.ctx, d, func() bool { return false })
	if p.ctx.Err() != nil {
		p.Fail(&Failure{})
	}
	return p.in.ended() == nil
}

// At returns when the end of the session was seen.
func (c Closing) At() time.Time { return c.at }

// WantClosedBetween waits for the end of the session without sending anything that might put it off. It must come no earlier than earliest after since, and no
// later than latest after since. A target may end a long-polling session without answering the open GET; at the very end it is asked.
func (p *Peer) WantClosedBetween(since time.Time, earliest, latest time.Duration) Closing {
	p.Open()
	p.expects = true
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: fmt.Sprintf("the session is closed between %v and %v after the handshake", earliest, latest)})
	if p.Silent(latest-time.Since(since)) && p.currentLink().kind() == Polling && !p.manual.Load() {
		p.send(p.cross(p.frame(p.newFence().packets[0])))
		p.Silent(p.Patience())
	}
	c := p.in.ended()
	if c == nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: want the session closed within %v of the handshake; it is still open", p.name, latest), Expected: "a closed session", Actual: "an open one"})
	}
	if c.at.IsZero() {
		c.at = time.Now()
	}
	if after := c.at.Sub(since); after < earliest {
		p.Fail(&Failure{
			Reason:   fmt.Sprintf("%s: the session was closed earlier than %v after the handshake: %s", p.name, earliest, c.Cause),
			Expected: fmt.Sprintf("an open session until %v", earliest), Actual: fmt.Sprintf("closed after %v: %s", after.Round(time.Millisecond), c.Cause),
		})
	}
	return *c
}
