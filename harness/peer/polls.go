package peer

import (
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// Poll makes one poll of a manual session. What arrives can be wanted like anything else; an answer other than 200 is the session's end.
func (p *Peer) Poll() { p.Arrive(p.Get()) }

// Arrive takes the answer to a poll of a manual session: its packets can be wanted, and an answer other than 200 is the session's end.
func (p *Peer) Arrive(res Response) {
	if res.Status != http.StatusOK {
		p.ended(Polling, Closing{Cause: fmt.Sprintf("GET answered %d %s", res.Status, wire.Quote(res.Body))})
		return
	}
	p.payload(res)
}

// Adopt takes the session that a plain HTTP request opened. The peer is a manual one from then on.
func (p *Peer) Adopt(res Response) {
	p.Manual()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Failure:
			r.Rules = nil // it is what the scenario is about
			panic(r)
		default:
			panic(r)
		}
	}()
	p.adopt(res, "")
}

// Next returns the next packet, whatever it is, if one arrives within d and before the session's end.
func (p *Peer) Next(d time.Duration) (packet wire.Packet, ok bool) {
	p.in.await(p.ctx, d, func() bool {
		packet, ok = p.in.take(func(*wire.Packet) bool { return true })
		return ok
	})
	if p.ctx.Err() != nil {
		p.Fail(&Failure{})
	}
	return packet, ok
}

// WantPolled is Want for a manual session over long-polling: it polls as long as nothing is there. Noops, which only say that a poll is over, and pings, whenever
// the target sends them, are not seen unless they are asked for.
func (p *Peer) WantPolled(patterns ...string) wire.Captures {
	all := wire.Captures{}
	for _, text := range patterns {
		p.pollUntil(text, func() bool {
			p.dropIdle(text)
			return len(p.in.waiting()) > 0
		})
		maps.Copy(all, p.Want(text))
	}
	return all
}

// DropPolled polls a manual session and drops what comes, up to the packet for which last is true. want is for the reason.
func (p *Peer) DropPolled(want string, last func(wire.Packet) bool) {
	found := false
	p.pollUntil(want, func() bool {
		for !found {
			packet, some := p.Next(0)
			if !some {
				return false
			}
			found = last(packet)
		}
		return true
	})
	if !found {
		p.Failf("%s: want %s, after %s; the session was closed: %s", p.name, want, p.said, p.in.ended().Cause)
	}
}

// WantPolledBinary is WantBinary for a manual session over long-polling.
func (p *Peer) WantPolledBinary(attachments ...[]byte) {
	for _, want := range attachments {
		p.pollUntil(fmt.Sprintf("an attachment of %d bytes", len(want)), func() bool {
			p.dropIdle("")
			return len(p.in.waiting()) > 0
		})
		p.WantBinary(want)
	}
}

// WantPolledNothing is WantNothing for a manual session over long-polling.
func (p *Peer) WantPolledNothing() {
	f := p.sendFence()
	p.pollUntil("an answer to the fence "+f.String(), func() bool { return p.passed(f) })
	if c := p.in.ended(); c != nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: the session was closed: %s, after %s", p.name, c.Cause, p.said), Expected: "an open session", Actual: c.Cause, Rules: []string{RuleZombie}})
	}
	p.dropIdle("")
	p.wantEmpty("nothing")
}

// pollUntil polls until done is true or the session has ended. It fails the scenario when that takes longer than the patience.
func (p *Peer) pollUntil(want string, done func() bool) {
	p.Open()
	for deadline := time.Now().Add(p.Patience()); !done() && p.in.ended() == nil; p.Poll() {
		if time.Now().After(deadline) {
			p.Fail(&Failure{Reason: fmt.Sprintf("%s: want %s within %v, after %s; the polls bring nothing of the kind", p.name, want, p.Patience(), p.said), Expected: want, Actual: "other packets or none"})
		}
	}
}

// dropIdle drops the noops and pings that have arrived, but for a packet that is wanted.
func (p *Peer) dropIdle(wanted string) {
	idle := func(q *wire.Packet) bool {
		return p.unaskedPing(q, wanted) || wanted != "6" && !q.Binary && string(q.Raw) == "6"
	}
	for {
		if _, ok := p.in.take(idle); !ok {
			return
		}
	}
}

// unaskedPing says whether a packet is a ping that a manual session may get at any time, and not the packet that is wanted.
func (p *Peer) unaskedPing(q *wire.Packet, wanted string) bool {
	return p.config.Revision == wire.Revision5 && !q.Binary && string(q.Raw) == "2" && wanted != "2"
}

// Sent waits until the request has gone out and, with Elsewhere, until the target has most likely read it.
func (x *Exchange) Sent() *Exchange {
	select {
	case <-x.sent:
	case <-x.peer.ctx.Done():
		x.peer.Fail(&Failure{})
	}
	x.peer.Elsewhere()
	return x
}

// Elsewhere makes two exchanges with the target that have nothing to do with the session, so that it has most likely read what was written before. What a scenario says must not depend on
// that, only how surely it catches a fault.
func (p *Peer) Elsewhere() {
	for range 2 {
		p.HTTP(Request{Query: p.Query(Polling, "sid=sio-conform-unknown")})
	}
}
