package peer

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// Unique returns a number that no other execution uses, in this run or another one, for tags, rooms and namespaces that only this execution may meet. The run's seed does not repeat it.
func (s *Stage) Unique() uint64 { return rand.Uint64() } //nolint:gosec // it has to be new, not secret

// Settle makes a round trip behind all that was sent, takes what arrived meanwhile, and says whether the session was closed or works. It is for packets on which healthy implementations
// differ, where what arrives decides. A session that is open and deaf fails the scenario.
func (p *Peer) Settle() ([]wire.Packet, Outcome) {
	p.Open()
	p.expects = true
	why := p.fence()
	switch {
	case p.in.ended() != nil || why != "" && p.awaitClosing(p.Patience()) != nil:
		return p.takeAll(), Closed
	case why != "":
		p.Fail(&Failure{Reason: fmt.Sprintf("%s is open but deaf: %s, after %s", p.name, why, p.said), Expected: "a session that is closed or works", Actual: why, Rules: []string{RuleZombie}})
	}
	p.expects = false
	return p.takeAll(), Ignored
}

// WantUpTo waits for a packet that matches the pattern, and returns what came before it, whatever that is.
func (p *Peer) WantUpTo(text string) []wire.Packet {
	pattern := p.pattern(text)
	var before []wire.Packet
	for {
		packet := p.next(text)
		if _, diff := pattern.Match(&packet); diff == "" {
			return before
		}
		before = append(before, packet)
	}
}

// WantEither waits for a packet that matches one of the patterns, and returns which one, from 0.
func (p *Peer) WantEither(patterns ...string) int {
	want := strings.Join(patterns, " or ")
	packet := p.next(want)
	var diffs []string
	for i, text := range patterns {
		_, diff := p.pattern(text).Match(&packet)
		if diff == "" {
			return i
		}
		diffs = append(diffs, diff)
	}
	p.mismatch(want, &packet, strings.Join(diffs, "; "))
	return -1
}

// WantAmong waits for a packet that matches the pattern, and takes it from among what else has arrived, which stays.
func (p *Peer) WantAmong(text string) {
	pattern := p.pattern(text)
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: text})
	if p.in.await(p.ctx, p.Patience(), func() bool {
		_, came := p.in.take(func(q *wire.Packet) bool {
			_, diff := pattern.Match(q)
			return diff == ""
		})
		return came
	}) {
		return
	}
	actual := "nothing"
	if c := p.in.ended(); c != nil {
		actual = "the session was closed: " + c.Cause
	} else if left := p.in.waiting(); len(left) > 0 {
		actual = wire.Quote(left[0].Raw)
	}
	p.Fail(&Failure{Reason: fmt.Sprintf("%s: want %s within %v, after %s; got %s", p.name, text, p.Patience(), p.said, actual), Expected: text, Actual: actual})
}

// takeAll empties the inbox.
func (p *Peer) takeAll() []wire.Packet {
	var all []wire.Packet
	for {
		packet, ok := p.in.take(func(*wire.Packet) bool { return true })
		if !ok {
			return all
		}
		all = append(all, packet)
	}
}

// logPause is how long WantLog waits between two looks at a log that is not yet complete.
const logPause = 10 * time.Millisecond

// WantLog asks the socket in the namespace via for the log with that tag until its entries about namespace are as many as the patterns, and compares them in order. Each pattern is that of a
// JSON array. More entries than patterns fail at once, and a complete log is looked at a second time.
func (p *Peer) WantLog(via, tag, namespace string, patterns ...string) {
	deadline := time.Now().Add(p.Patience())
	for confirmed := 0; confirmed < 2; {
		got := p.logOf(via, tag, namespace)
		switch {
		case len(got) < len(patterns) && time.Now().Before(deadline):
			p.in.await(p.ctx, logPause, func() bool { return false })
			continue
		case len(got) != len(patterns):
			p.logMismatch(namespace, patterns, got, fmt.Sprintf("want %d entries, got %d", len(patterns), len(got)))
		}
		for i, pattern := range patterns {
			packet := wire.Dissect(p.config.Revision, false, []byte(`42["x",`+got[i]+`]`))
			if _, diff := p.pattern(`42["x",` + pattern + `]`).Match(&packet); diff != "" {
				p.logMismatch(namespace, patterns, got, fmt.Sprintf("entry %d: %s", i, strings.ReplaceAll(diff, "data[1]", "entry")))
			}
		}
		confirmed++
	}
}

// logOf returns the entries about one namespace.
func (p *Peer) logOf(via, tag, namespace string) []string {
	var entries []string
	for _, text := range p.Log(via, tag) {
		var words []json.RawMessage
		var about string
		if json.Unmarshal([]byte(text), &words) == nil && len(words) > 1 && json.Unmarshal(words[1], &about) == nil && about == namespace {
			entries = append(entries, text)
		}
	}
	return entries
}

func (p *Peer) logMismatch(namespace string, patterns, got []string, diff string) {
	want, have := strings.Join(patterns, " "), strings.Join(got, " ")
	p.Fail(&Failure{
		Reason:   fmt.Sprintf("the log of %s: want %s, got %s: %s", namespace, orNothing(want), wire.Quote([]byte(orNothing(have))), diff),
		Expected: orNothing(want), Actual: orNothing(have),
	})
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// LetPass lets d pass by the target's clock: an operation in the namespace is acknowledged that much later.
func (p *Peer) LetPass(namespace string, d time.Duration) {
	id := p.NextID()
	want := fmt.Sprintf("43%s%d[]", Prefix(namespace), id)
	p.Send(fmt.Sprintf(`42%s%d["op",%s]`, Prefix(namespace), id, JSON(Op{"do": "ack", "args": []any{}, "wait": d.Milliseconds()})))
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: want})
	mine := func(q *wire.Packet) bool {
		return q.IsAck() && q.Namespace == namespace && q.AckID == fmt.Sprint(id)
	}
	if p.in.await(p.ctx, d+p.Patience(), func() bool {
		_, came := p.in.take(mine)
		return came
	}) {
		p.needAll()
		return
	}
	actual := "nothing"
	if c := p.in.ended(); c != nil {
		actual = "the session was closed: " + c.Cause
	}
	p.Fail(&Failure{Reason: fmt.Sprintf("%s: want %s within %v, after %s; got %s", p.name, want, d+p.Patience(), p.said, actual), Expected: want, Actual: actual})
}
