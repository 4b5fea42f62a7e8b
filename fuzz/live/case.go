package live

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// An outcome is what came of a case.
type outcome struct {
	steps      []Step // that were taken
	violation  *violation
	transcript []wire.Entry
	err        error // a defect of ours, or the end of the context

	unsupported *Step // that the target does not support
}

// errTimeout is the cause of a context whose case has used up its time.
var errTimeout = errors.New("live: the case has used up its time")

// caseTimeout bounds one case.
const caseTimeout = 60 * time.Second

// A bench is what cases are played on.
type bench struct {
	target    *target.Target
	profile   string
	tap       func() *peer.Tap // nil: none
	timeScale float64
	alone     bool
	perStep   time.Duration   // that the target takes
	lacks     map[string]bool // traits of steps that the target does not support
}

// play plays a case on the target: script takes its steps, until it returns or the target does otherwise than the model.
func (b *bench) play(ctx context.Context, timeScale float64, script func(w *world, take func(Step))) outcome {
	instance, err := b.alive(ctx)
	if err != nil {
		return outcome{err: err}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, caseTimeout, errTimeout)
	defer cancel()
	config := instance.Config(b.target.Connection, wire.Revision5, peer.WebSocket)
	config.TimeScale = timeScale
	if b.tap != nil {
		config.Tap = b.tap()
	}
	stage, err := peer.NewStage(ctx, config)
	if err != nil {
		return outcome{err: err}
	}
	defer stage.Close()
	w := newWorld(stage, b.offers(instance.Probe))
	w.alone = b.alone
	o := perform(w, script)
	o.transcript = stage.Transcript().Entries()
	if o.violation != nil {
		o.noteEnd(instance)
	}
	return o
}

// alive returns the target, started again if it has ended.
func (b *bench) alive(ctx context.Context) (*target.Instance, error) {
	i, err := b.target.Instance(ctx, b.profile)
	if err != nil {
		return nil, err
	}
	select {
	case <-i.Exited():
		return b.target.Restart(ctx, b.profile)
	default:
		return i, nil
	}
}

// offers returns whether the target has a feature, or supports steps with a trait.
func (b *bench) offers(p target.Probe) func(string) bool {
	return func(f string) bool {
		if strings.HasPrefix(f, traitPrefix) {
			return !b.lacks[f]
		}
		return slices.Contains(p.Features, f)
	}
}

// perform plays the steps of script and recovers what ends them.
func perform(w *world, script func(w *world, take func(Step))) (o outcome) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *peer.Failure:
			o.violation = w.violationOf(r)
		case *peer.Unsupported:
			o.unsupported = w.step
		case error:
			o.err = r
			if !errors.Is(r, errTimeout) && !errors.Is(r, context.Canceled) {
				o.err = fmt.Errorf("live: panic at %s: %w\n%s", w.step, r, debug.Stack())
			}
		default:
			o.err = fmt.Errorf("live: panic at %s: %v\n%s", w.step, r, debug.Stack())
		}
	}()
	script(w, func(s Step) {
		s = s.clone()
		o.steps = append(o.steps, s)
		if !w.takeStep(&o.steps[len(o.steps)-1]) {
			o.steps = o.steps[:len(o.steps)-1]
		}
	})
	if w.step != nil {
		w.settle()
	}
	return o
}

// violationOf returns what a failure of a verb says about the step.
func (w *world) violationOf(f *peer.Failure) *violation {
	if w.violation != nil {
		return w.violation
	}
	v := &violation{Rule: w.rule, State: string(w.step.Do) + " over " + w.clients[w.step.Peer].transport(), Reason: fmt.Sprintf("%s, after %s", f.Reason, w.step)}
	if len(f.Rules) > 0 {
		v.Rule = f.Rules[0]
	}
	switch {
	case strings.Contains(f.Reason, "open but deaf"):
		v.Reaction = "deaf"
	case strings.Contains(f.Reason, "the session was closed"), strings.Contains(f.Reason, "unasked"):
		v.Reaction = "closed"
	case strings.Contains(f.Reason, "got nothing"), strings.Contains(f.Reason, "not answered"):
		v.Reaction = "missing"
	default:
		v.Reaction = "altered"
	}
	return v
}

// noteEnd makes a violation the end of the target when that is what it was.
func (o *outcome) noteEnd(i *target.Instance) {
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case <-i.Exited():
		v := *o.violation
		v.Rule, v.Reaction, v.Reason = "robust.stray", "crashed", "the target has ended ("+i.ExitStatus()+"): "+v.Reason
		o.violation = &v
	case <-timer.C:
	}
}

// endGrace is how long a target that is about to end may take for it.
const endGrace = 100 * time.Millisecond

// again plays recorded steps.
func (b *bench) again(ctx context.Context, timeScale float64, steps []Step) outcome {
	return b.play(ctx, timeScale, func(_ *world, take func(Step)) {
		for _, s := range steps {
			take(s)
		}
	})
}

// invent plays the case with that number.
func (b *bench) invent(ctx context.Context, seed uint64, number int, m *mutator) outcome {
	r := rand.New(rand.NewPCG(seed, uint64(number))) //nolint:gosec // a seed must give the same case again
	return b.play(ctx, b.timeScale*impatience, func(w *world, take func(Step)) {
		w.learn = m.learn
		g := newGenerator(w, r, number, m)
		for _, s := range g.opening() {
			take(s)
		}
		for range shortest + r.IntN(longest-shortest) {
			take(g.next())
		}
		for _, s := range g.closing() {
			take(s)
		}
	})
}

// A case has between shortest and longest steps beside its opening and its closing.
const (
	shortest = 6
	longest  = 32
)

// impatience makes a case wait shorter than a scenario, as a finding is played again before it counts, with all the time that there is.
const impatience = 0.3
