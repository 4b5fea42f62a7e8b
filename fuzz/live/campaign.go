package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// Options say how to fuzz.
type Options struct {
	Tool      string // name and version, for findings
	Command   string // that does the same again, but for the seed
	Profile   string // "default" when empty
	Seed      uint64
	First     int           // number of the first case
	MaxCases  int           // 0: no bound
	Duration  time.Duration // 0: no bound
	Continue  bool          // goes on behind a finding
	TimeScale float64       // 1 when 0
	Shared    bool          // others use the target as well
	Tap       func() *peer.Tap
	Progress  func(Summary)  // called behind each case; nil: not
	Found     func(*Finding) // called for each finding; nil: not
}

// A Summary is what a campaign has done.
type Summary struct {
	Cases       int
	Steps       int
	Pairs       int // of states and reactions to what may be anything, that were seen
	Elapsed     time.Duration
	Findings    []*Finding
	Again       int        // cases that ended with a finding that was there already
	Unconfirmed []*Finding // what was seen once and not again
}

// A campaign is one run of the fuzzer.
type campaign struct {
	bench   bench
	options Options
	mutator *mutator
	known   map[string]bool
	summary Summary
	began   time.Time

	described event.Target
}

// Fuzz plays cases on the target until the options or ctx end it, or a finding does. The error says why the target cannot be fuzzed, or is a defect of ours; the end of ctx is none.
func Fuzz(ctx context.Context, t *target.Target, o Options) (Summary, error) {
	if o.Profile == "" {
		o.Profile = "default"
	}
	if o.TimeScale == 0 {
		o.TimeScale = 1
	}
	c := &campaign{options: o, mutator: newMutator(), known: map[string]bool{}, began: time.Now()}
	c.bench = bench{target: t, profile: o.Profile, tap: o.Tap, timeScale: o.TimeScale, alone: !o.Shared}
	instance, err := t.Instance(ctx, o.Profile)
	if err != nil {
		return c.summary, err
	}
	c.described = t.Describe([]*target.Instance{instance})
	if err := suitable(instance.Probe); err != nil {
		return c.summary, err
	}
	if err := c.bench.probe(ctx); err != nil {
		return c.summary, unlessOver(ctx, err)
	}
	return c.run(ctx)
}

// ErrUnsuitable is returned for a target that the fuzzer cannot play on.
var ErrUnsuitable = errors.New("live: the target cannot be fuzzed")

// suitable reports why a target cannot be fuzzed.
func suitable(p target.Probe) error {
	has := map[string]bool{}
	for _, t := range p.Transports {
		has[string(t)] = true
	}
	speaks := false
	for _, r := range p.Revisions {
		speaks = speaks || r == wire.Revision5
	}
	switch {
	case p.Level < peer.Contract:
		return fmt.Errorf("%w: it has no conformance app, see docs/contract.md", ErrUnsuitable)
	case !speaks:
		return fmt.Errorf("%w: it does not speak revision 5", ErrUnsuitable)
	case !has[string(peer.Polling)] || !has[string(peer.WebSocket)]:
		return fmt.Errorf("%w: it does not offer long-polling and WebSocket", ErrUnsuitable)
	}
	return nil
}

func (c *campaign) run(ctx context.Context) (Summary, error) {
	for n := c.options.First; c.more(ctx); n++ {
		o := c.bench.invent(ctx, c.options.Seed, n, c.mutator)
		if o.err != nil || ctx.Err() != nil {
			return c.summary, unlessOver(ctx, o.err)
		}
		c.summary.Cases++
		c.summary.Steps += len(o.steps)
		if o.violation != nil {
			if err := c.examine(ctx, n, o); err != nil {
				return c.summary, err
			}
		}
		c.progress()
	}
	c.progress()
	return c.summary, nil
}

func (c *campaign) progress() {
	c.summary.Elapsed = time.Since(c.began)
	c.summary.Pairs = len(c.mutator.seen)
	if c.options.Progress != nil {
		c.options.Progress(c.summary)
	}
}

// more reports whether another case is to be played.
func (c *campaign) more(ctx context.Context) bool {
	o := &c.options
	switch {
	case ctx.Err() != nil:
		return false
	case o.MaxCases > 0 && c.summary.Cases >= o.MaxCases:
		return false
	case o.Duration > 0 && time.Since(c.began) >= o.Duration:
		return false
	}
	return o.Continue || len(c.summary.Findings) == 0
}

// examine makes a finding of what a case has shown, if it shows again.
func (c *campaign) examine(ctx context.Context, number int, o outcome) error {
	f := c.finding(number, o)
	if c.known[f.Key()] {
		c.summary.Again++
		return nil
	}
	c.known[f.Key()] = true
	if err := c.restart(ctx); err != nil {
		return err
	}
	again, ok := c.confirm(ctx, o)
	if !ok {
		delete(c.known, f.Key())
		if ctx.Err() == nil {
			c.summary.Unconfirmed = append(c.summary.Unconfirmed, f)
		}
		return c.restart(ctx)
	}
	s := &shrinker{bench: &c.bench, ctx: ctx, want: again.violation, deadline: time.Now().Add(shrinkTime), best: again.steps, haste: haste(c.bench.perStep)}
	short := s.shrink()
	if err := c.restart(ctx); err != nil {
		return err
	}
	if o, ok := c.confirm(ctx, outcome{steps: short, violation: again.violation}); ok {
		again = o
	}
	f = c.finding(number, again)
	if c.fresh(f) {
		c.known[f.Key()] = true
		c.summary.Findings = append(c.summary.Findings, f)
		if c.options.Found != nil {
			c.options.Found(f)
		}
	}
	return c.restart(ctx)
}

func (c *campaign) fresh(f *Finding) bool {
	for _, other := range c.summary.Findings {
		if other.Key() == f.Key() {
			return false
		}
	}
	return true
}

// confirmations is how often a case is played again before it counts as seen once.
const confirmations = 3

// confirm plays the case again with all the time that there is.
func (c *campaign) confirm(ctx context.Context, o outcome) (outcome, bool) {
	for range confirmations {
		again := c.bench.again(ctx, c.options.TimeScale, o.steps)
		if again.err == nil && o.violation.same(again.violation) {
			return again, true
		}
	}
	return o, false
}

// restart gives the target a new life, where it was started here: what a case has left behind must not count for the next one.
func (c *campaign) restart(ctx context.Context) error {
	_, err := c.bench.target.Restart(ctx, c.options.Profile)
	return unlessOver(ctx, err)
}

// unlessOver returns err unless ctx is over, which explains it.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

func (c *campaign) finding(number int, o outcome) *Finding {
	v := o.violation
	f := &Finding{
		Version: FindingVersion, Tool: c.options.Tool, Target: c.described, Profile: c.options.Profile, TimeScale: c.options.TimeScale, Shared: c.options.Shared, Seed: c.options.Seed, Case: number,
		Command: fmt.Sprintf("%s --seed %d --max-cases %d", c.options.Command, c.options.Seed, number+1),
		Rule:    v.Rule, State: v.State, Reaction: v.Reaction, Reason: v.Reason, Steps: o.steps, Transcript: o.transcript,
	}
	return f
}

// Replay plays the finding's steps on the target and returns what they show now: nil when nothing is wrong any more. The transcript is that of the case.
func Replay(ctx context.Context, t *target.Target, f *Finding, tap func() *peer.Tap) (now *Finding, transcript []wire.Entry, err error) {
	b := &bench{target: t, profile: f.Profile, tap: tap, timeScale: f.TimeScale, alone: !f.Shared}
	o := b.again(ctx, f.TimeScale, f.Steps)
	if o.err != nil || o.violation == nil {
		return nil, o.transcript, o.err
	}
	v := o.violation
	again := *f
	again.Rule, again.State, again.Reaction, again.Reason, again.Steps, again.Transcript = v.Rule, v.State, v.Reaction, v.Reason, o.steps, o.transcript
	return &again, o.transcript, nil
}
