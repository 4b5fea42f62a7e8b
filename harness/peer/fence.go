package peer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// A fence is a round trip behind all that was sent before: packets that must be answered. A target may handle namespaces side by side, so there is one in each.
type fence struct {
	packets []string
	answers []fenceAnswer // those that have not come yet
}

// A fenceAnswer is no longer due once the target has ended the membership that it needs.
type fenceAnswer struct {
	member string // the namespace that must be joined for it, "" for none
	is     func(*wire.Packet) bool
}

// newFence returns an acknowledged event for each joined namespace in which the target's app acknowledges events, or else a CONNECT to a namespace that does not exist.
func (p *Peer) newFence() *fence {
	f := &fence{}
	for _, name := range p.talkative() {
		id := fmt.Sprint(p.NextID())
		f.packets = append(f.packets, "42"+Prefix(name)+id+`["message-with-ack","fence"]`)
		f.answers = append(f.answers, fenceAnswer{name, func(q *wire.Packet) bool {
			return q.Engine == '4' && q.IsAck() && q.Namespace == name && q.AckID == id
		}})
	}
	if f.packets == nil {
		p.lastFence++
		name := fmt.Sprintf("/sio-conform-fence-%d", p.lastFence)
		f.packets = append(f.packets, "40"+name+",")
		f.answers = append(f.answers, fenceAnswer{"", func(q *wire.Packet) bool {
			return q.Engine == '4' && (q.Type == '4' || q.Type == '0') && q.Namespace == name
		}})
	}
	return f
}

// talkative returns the joined namespaces in which events are acknowledged.
func (p *Peer) talkative() []string {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	switch {
	case p.config.Level == Contract:
		return slices.Sorted(maps.Keys(p.joined))
	case p.config.Level == Echo && p.joined["/"] != nil:
		return []string{"/"}
	}
	return nil
}

func (f *fence) String() string { return wire.Quote([]byte(f.packets[0])) }

// passed takes the answers of f that have come and reports whether no other is due.
func (p *Peer) passed(f *fence) bool {
	f.answers = slices.DeleteFunc(f.answers, func(a fenceAnswer) bool {
		_, ok := p.in.take(a.is)
		return ok
	})
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	return !slices.ContainsFunc(f.answers, func(a fenceAnswer) bool { return a.member == "" || p.joined[a.member] != nil })
}

// WantNothing shows that nothing has arrived: nothing may come before the answer to a fence.
func (p *Peer) WantNothing() {
	p.WantOpen()
	p.wantEmpty("nothing")
}

// WantOpen shows that the session works: a fence is answered.
func (p *Peer) WantOpen() {
	if why := p.fence(); why != "" {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: %s, after %s", p.name, why, p.said), Expected: "an answer to the fence", Actual: why, Rules: []string{RuleZombie}})
	}
}

func (p *Peer) wantEmpty(want string) {
	left := slices.DeleteFunc(p.in.waiting(), func(q wire.Packet) bool { return p.unaskedPing(&q, want) })
	if len(left) > 0 {
		got := &left[0]
		p.Fail(&Failure{
			Reason:   fmt.Sprintf("want %s, after %s; got %s (%s)", want, p.said, wire.Quote(got.Raw), got),
			Expected: want, Actual: wire.Quote(got.Raw),
		})
	}
}

// fence makes a round trip behind all that was sent. It returns why it was not answered, "" if it was. When the target ends a namespace while an answer in it is due, only another round
// trip, through what is still joined, shows that the session works.
func (p *Peer) fence() string {
	var cut []*fence
	for {
		f := p.sendFence()
		if !p.in.await(p.ctx, p.Patience(), func() bool {
			for _, late := range cut {
				p.passed(late)
			}
			return p.passed(f)
		}) {
			if c := p.in.ended(); c != nil {
				return "the session was closed: " + c.Cause
			}
			return fmt.Sprintf("the fence %s was not answered within %v", f, p.Patience())
		}
		if len(f.answers) == 0 {
			return ""
		}
		cut = append(cut, f)
	}
}

// sendFence sends a fence, which is not what reasons name as said last.
func (p *Peer) sendFence() *fence {
	said := p.said
	defer func() { p.said = said }()
	f := p.newFence()
	p.SendTogether(f.packets...)
	return f
}
