package peer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// The rules that the peer itself takes for granted in every scenario.
const (
	RuleZombie  = "robust.zombie"        // a session is closed or works
	RuleStray   = "robust.stray"         // nothing is sent unasked
	RulePost    = "eio.post.ok"          // a POST is answered
	RuleConnect = "sio.ns.connect"       // a CONNECT is answered
	RuleAck     = "sio.packet.ack.basic" // an event with an id is acknowledged
)

func quoteSaid(s string) string { return wire.Quote([]byte(s)) }

// Send sends Engine.IO packets as they stand, one after the other: "42[\"a\"]" is a Socket.IO EVENT. It opens the session if need be.
func (p *Peer) Send(packets ...string) {
	p.Open()
	for _, packet := range packets {
		p.transmitAll([]Frame{p.frame(packet)})
	}
}

// SendTogether sends packets in one payload where the transport is long-polling, and back to back elsewhere.
func (p *Peer) SendTogether(packets ...string) {
	p.Open()
	var frames []Frame
	for _, packet := range packets {
		frames = append(frames, p.frame(packet))
	}
	p.transmitAll(frames)
}

// SendBinary sends a binary packet: an attachment.
func (p *Peer) SendBinary(data []byte) {
	p.Open()
	p.transmitAll([]Frame{{Session: p.name, Direction: wire.Out, Transport: p.currentLink().kind(), Binary: true, Data: data}})
}

// SendMessage sends a packet with its attachments, in one payload where the transport is long-polling.
func (p *Peer) SendMessage(packet string, attachments ...[]byte) {
	p.Open()
	frames := []Frame{p.frame(packet)}
	for _, a := range attachments {
		frames = append(frames, Frame{Session: p.name, Direction: wire.Out, Transport: p.currentLink().kind(), Binary: true, Data: a})
	}
	p.transmitAll(frames)
}

func (p *Peer) frame(packet string) Frame {
	return Frame{Session: p.name, Direction: wire.Out, Transport: p.currentLink().kind(), Data: []byte(packet)}
}

func (p *Peer) transmitAll(frames []Frame) {
	p.said = quoteSaid(describe(frames))
	for _, f := range frames {
		p.forget(f)
	}
	var out []Frame
	for _, f := range frames {
		out = append(out, p.cross(f)...)
	}
	if err := p.transmit(out); err != nil && p.in.ended() == nil {
		if p.currentLink().kind() == Polling {
			p.Fail(&Failure{Reason: fmt.Sprintf("%v: %s", err, p.said), Expected: "200 ok", Actual: "no answer", Rules: []string{RulePost}})
		}
		p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindClose, Text: err.Error()}) // the reader sees the end of the connection, and Want says so
	}
}

func describe(frames []Frame) string {
	var parts []string
	for _, f := range frames {
		if f.Binary {
			parts = append(parts, fmt.Sprintf("(%d bytes)", len(f.Data)))
			continue
		}
		parts = append(parts, string(f.Data))
	}
	return strings.Join(parts, " ")
}

// forget drops what the peer knows of a namespace that it leaves.
func (p *Peer) forget(f Frame) {
	packet := wire.Dissect(p.config.Revision, f.Binary, f.Data)
	if packet.Engine == '4' && packet.Type == '1' {
		p.stateMu.Lock()
		defer p.stateMu.Unlock()
		if m := p.joined[packet.Namespace]; m != nil && m.auth == nil {
			p.left[packet.Namespace] = m
		}
		delete(p.joined, packet.Namespace)
	}
}

// Want waits for packets that match the patterns, in this order and with nothing between them. It returns the captures of all. Heartbeats,
// the event auth behind a CONNECT and, at level wire, the target's own events are not seen.
func (p *Peer) Want(patterns ...string) wire.Captures {
	all := wire.Captures{}
	for _, text := range patterns {
		pattern := p.pattern(text)
		packet := p.next(text)
		caps, diff := pattern.Match(&packet)
		if diff != "" {
			p.mismatch(text, &packet, diff)
		}
		maps.Copy(all, caps)
	}
	return all
}

// WantNextEvent waits for a packet that matches the pattern and drops all that comes before it. It is for targets whose own events are not known.
func (p *Peer) WantNextEvent(text string) {
	pattern := p.pattern(text)
	for {
		packet := p.next(text)
		if _, diff := pattern.Match(&packet); diff == "" {
			return
		}
	}
}

// WantAnyOrder waits for as many packets as there are patterns, each matched by one of them.
func (p *Peer) WantAnyOrder(patterns ...string) wire.Captures {
	all := wire.Captures{}
	left := slices.Clone(patterns)
	for len(left) > 0 {
		packet := p.next(strings.Join(left, " and "))
		i, diffs := -1, []string(nil)
		for n, text := range left {
			caps, diff := p.pattern(text).Match(&packet)
			if diff != "" {
				diffs = append(diffs, diff)
				continue
			}
			maps.Copy(all, caps)
			i = n
			break
		}
		if i < 0 {
			p.mismatch(strings.Join(left, " or "), &packet, strings.Join(diffs, "; "))
		}
		left = slices.Delete(left, i, i+1)
	}
	return all
}

// WantBinary waits for attachments with exactly these bytes.
func (p *Peer) WantBinary(attachments ...[]byte) {
	for _, want := range attachments {
		text := fmt.Sprintf("an attachment of %d bytes", len(want))
		packet := p.next(text)
		if !packet.Binary {
			p.mismatch(text, &packet, "want an attachment, got "+packet.TypeName())
		}
		if !bytes.Equal(packet.Body, want) {
			p.mismatch(wire.Quote(want), &packet, "the bytes of the attachment differ")
		}
	}
}

// next removes the first packet from the inbox, waiting for it. want is for the reason.
func (p *Peer) next(want string) wire.Packet {
	p.Open()
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: want})
	var packet wire.Packet
	first := func(q *wire.Packet) bool { return !p.unaskedPing(q, want) }
	if p.in.await(p.ctx, p.Patience(), func() bool {
		var ok bool
		packet, ok = p.in.take(first)
		return ok
	}) {
		return packet
	}
	actual := "nothing"
	if c := p.in.ended(); c != nil {
		actual = "the session was closed: " + c.Cause
	}
	p.Fail(&Failure{
		Reason:   fmt.Sprintf("%s: want %s within %v, after %s; got %s", p.name, want, p.Patience(), p.said, actual),
		Expected: want, Actual: actual,
	})
	return packet
}

// mismatch fails the scenario with what came and how it differs.
func (p *Peer) mismatch(want string, got *wire.Packet, diff string) {
	p.Fail(&Failure{
		Reason:   fmt.Sprintf("%s: want %s, after %s; got %s: %s", p.name, want, p.said, wire.Quote(got.Raw), diff),
		Expected: want, Actual: wire.Quote(got.Raw),
	})
}

func (p *Peer) pattern(text string) *wire.Pattern {
	pattern, err := wire.ParsePattern(text)
	if err != nil {
		panic(err) // a defect of the scenario
	}
	return pattern
}

// NextID returns an acknowledgement id that the peer has not used yet.
func (p *Peer) NextID() int {
	p.lastID++
	return p.lastID
}

// WantClosed waits for the end of the session because of what was sent last: for the slack, which is far shorter than a heartbeat.
func (p *Peer) WantClosed() Closing { return p.WantClosedWithin(p.Slack()) }

// WantClosedWithin waits for the end of the session for d.
func (p *Peer) WantClosedWithin(d time.Duration) Closing {
	p.Open()
	p.expects = true
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: fmt.Sprintf("the session is closed within %v", d)})
	if c := p.awaitClosing(d); c != nil {
		return *c
	}
	p.Fail(&Failure{Reason: fmt.Sprintf("%s: want the session closed within %v, after %s; it is still open", p.name, d, p.said), Expected: "a closed session", Actual: "an open one"})
	return Closing{}
}

// closingChecks is how often a long-polling session is asked whether it is still there. A target may end it without answering the open GET.
const closingChecks = 8

func (p *Peer) awaitClosing(d time.Duration) *Closing {
	never := func() bool { return false }
	l := p.currentLink()
	if l.kind() == WebSocket || p.manual.Load() {
		p.in.await(p.ctx, d, never)
		return p.in.ended()
	}
	for range closingChecks {
		p.in.await(p.ctx, d/closingChecks, never)
		if c := p.in.ended(); c != nil {
			return c
		}
		p.send(p.cross(p.frame(p.newFence().packets[0])))
	}
	return p.in.ended()
}

// An Outcome is what a target did about a packet on which implementations may differ.
type Outcome string

// The outcomes.
const (
	Closed  Outcome = "closed"  // the session was closed
	Ignored Outcome = "ignored" // nothing happened, and the session works
)

// WantClosedOrIgnored shows that what was sent last was not acted upon: the session was closed, or it works and nothing has arrived.
func (p *Peer) WantClosedOrIgnored() Outcome {
	p.expects = true
	why := p.fence()
	if left := p.in.waiting(); len(left) > 0 && p.in.ended() == nil {
		p.wantEmpty("the session closed or the packet ignored")
	}
	switch {
	case p.in.ended() != nil:
		return Closed
	case why != "" && p.awaitClosing(p.Patience()) != nil:
		return Closed
	case why != "":
		p.Fail(&Failure{Reason: fmt.Sprintf("%s is open but deaf: %s, after %s", p.name, why, p.said), Expected: "a session that is closed or works", Actual: why, Rules: []string{RuleZombie}})
	}
	p.expects = false
	return Ignored
}
