package run

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/target"
)

// together runs a wave with several workers. When an instance ends, those that may have ended it run again at once, one at a time, to see whose doing it was; what had not begun goes on
// side by side.
func (r *runner) together(ctx context.Context, wave []Execution) {
	for len(wave) > 0 {
		round := r.round(ctx, wave)
		for _, i := range round.lost {
			r.findOut(ctx, i, round)
		}
		rest := round.postponed
		if len(rest) == len(wave) { // it ends before anything can begin
			r.single(ctx, rest[0])
			rest = rest[1:]
		}
		wave = rest
	}
}

// round runs the wave until each execution has ended or has lost its instance.
func (r *runner) round(ctx context.Context, wave []Execution) *round {
	queue := make(chan Execution)
	round := &round{}
	var workers sync.WaitGroup
	for range min(r.options.Jobs, len(wave)) {
		workers.Go(func() {
			for e := range queue {
				r.attempt(ctx, e, round)
			}
		})
	}
	for _, e := range wave {
		queue <- e
	}
	close(queue)
	workers.Wait()
	for _, i := range round.unsure() {
		r.lookAfter(ctx, i, round)
	}
	return round
}

// attempt runs one execution beside others.
func (r *runner) attempt(ctx context.Context, e Execution, round *round) {
	if result := r.withheld(ctx, e); result != nil {
		r.report(result)
		return
	}
	i := r.instance(e)
	began, ok := round.begin(e, i)
	if !ok {
		return
	}
	r.send(&event.Started{Scenario: e.Scenario.ID, Axes: e.Axes(), At: time.Now().UTC()})
	result := r.executor.execute(ctx, e, i)
	round.end(e, i, result)
	switch result.Verdict {
	case event.Pass:
		r.release(round, i, began)
	case event.Unsupported: // shows neither life nor death
	default:
		r.lookAfter(ctx, i, round)
	}
}

// lookAfter reports what ended before now when the instance lives, and gives the instance up when it does not.
func (r *runner) lookAfter(ctx context.Context, i *target.Instance, round *round) {
	now := round.now()
	if r.alive(ctx, i) || ctx.Err() != nil {
		r.release(round, i, now)
		return
	}
	round.lose(i)
}

// release reports what ended on the instance before that place.
func (r *runner) release(round *round, i *target.Instance, place int) {
	for _, result := range round.take(i, place) {
		r.report(result)
	}
}

// findOut runs the suspects one at a time, on an instance that was started again. An end that none of them brings about counts by itself. Where nobody can start it again, what ran when it ended
// and did not pass has crashed.
func (r *runner) findOut(ctx context.Context, i *target.Instance, round *round) {
	suspects := round.suspects(i)
	again := ""
	if len(suspects) > 0 {
		again = fmt.Sprintf("; %d are run again, one at a time, among them %s", len(suspects), suspects[0].Name())
	}
	revived := r.revive(ctx, i, again)
	if r.lost() != "" {
		r.bury(round, i)
		return
	}
	found := false
	for _, e := range suspects {
		found = r.single(ctx, e) == event.Crashed || found
	}
	if revived && !found && ctx.Err() == nil {
		r.unexplained(i)
	}
}

// bury reports what is held of an instance that nobody can start again.
func (r *runner) bury(round *round, i *target.Instance) {
	for _, result := range round.take(i, round.now()) {
		if result.Verdict != event.Pass && result.Verdict != event.Unsupported {
			result.Reason = r.lost() + "; " + result.Reason
			result.Verdict = event.Crashed
		}
		r.report(result)
	}
}

// revive starts an instance again that gave no sign of life, and reports whether it did: not when the instance has come to itself, nor when nobody here can start it.
func (r *runner) revive(ctx context.Context, i *target.Instance, then string) bool {
	what := "the target does not answer any more"
	switch {
	case r.awaitEnd(ctx, i):
		what = "the target ended (" + i.ExitStatus() + ")"
	case r.alive(ctx, i):
		r.note(i.Profile, "the target answers again after a while"+then, "")
		return false
	}
	if i.Exited() == nil { // nobody here can start it again
		r.giveUp(what)
		return false
	}
	r.note(i.Profile, what+then, i.Printed())
	r.restart(ctx, i)
	return true
}
