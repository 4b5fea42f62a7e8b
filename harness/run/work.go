package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/target"
)

// work runs the plan: first what may run together, in waves by what builds on what, then what must be alone.
func (r *runner) work(ctx context.Context) {
	var together, apart []Execution
	for _, e := range r.plan.run {
		if alone(e, r.plan.instances[e.Scenario.Profile()]) {
			apart = append(apart, e)
		} else {
			together = append(together, e)
		}
	}
	for _, wave := range waves(together) {
		r.together(ctx, wave)
	}
	for _, wave := range waves(apart) {
		for _, e := range wave {
			r.single(ctx, e)
		}
	}
}

// waves splits executions so that none builds on another of its own wave or a later one. Slow ones come first in a wave.
func waves(all []Execution) [][]Execution {
	depth := map[string]int{}
	byID := map[string]*Scenario{}
	for _, e := range all {
		byID[e.Scenario.ID] = e.Scenario
	}
	var measure func(s *Scenario) int
	measure = func(s *Scenario) int {
		if d, ok := depth[s.ID]; ok {
			return d
		}
		depth[s.ID] = 0 // ends a circle
		d := 0
		for _, id := range s.After {
			if base := byID[id]; base != nil {
				d = max(d, measure(base)+1)
			}
		}
		depth[s.ID] = d
		return d
	}
	var list [][]Execution
	for _, e := range all {
		d := measure(e.Scenario)
		for len(list) <= d {
			list = append(list, nil)
		}
		list[d] = append(list[d], e)
	}
	for _, wave := range list {
		slices.SortStableFunc(wave, func(a, b Execution) int { return slowness(b) - slowness(a) })
	}
	return list
}

func slowness(e Execution) int {
	if e.Scenario.Traits.Slow {
		return 1
	}
	return 0
}

func (r *runner) alive(ctx context.Context, i *target.Instance) bool {
	return i.Alive(ctx, r.target.Connection, r.patience())
}

// instance returns the present instance for e.
func (r *runner) instance(e Execution) *target.Instance {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	return r.plan.instances[e.Scenario.Profile()]
}

func ended(i *target.Instance) bool {
	select {
	case <-i.Exited():
		return true
	default:
		return false
	}
}

// awaitEnd waits for the end of a process that does not answer any more: its connections end before it does. It reports whether the end came. An attached target has no end that can be
// seen.
func (r *runner) awaitEnd(ctx context.Context, i *target.Instance) bool {
	if i.Exited() == nil {
		return false
	}
	timer := time.NewTimer(r.patience())
	defer timer.Stop()
	select {
	case <-i.Exited():
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (r *runner) restart(ctx context.Context, old *target.Instance) {
	i, err := r.target.Restart(ctx, old.Profile)
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	if err != nil {
		r.gone = fmt.Sprintf("the target could not be started again: %v", err)
		return
	}
	r.plan.instances[old.Profile] = i
}

// giveUp says why the target cannot be used any more.
func (r *runner) giveUp(why string) {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	r.gone = why
}

// unexplained counts an end of the target that no scenario was found to cause.
func (r *runner) unexplained(i *target.Instance) {
	r.note(i.Profile, "no scenario was found that ends the target when it runs alone", "")
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	r.ends++
}

func (r *runner) lost() string {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	return r.gone
}

// single runs one execution while no other runs, looks after the target's life, and returns the verdict.
func (r *runner) single(ctx context.Context, e Execution) event.Verdict {
	if i := r.instance(e); ended(i) && ctx.Err() == nil && r.lost() == "" && r.revive(ctx, i, "") {
		r.unexplained(i) // what ran before has left it alive
	}
	if result := r.withheld(ctx, e); result != nil {
		r.report(result)
		return result.Verdict
	}
	i := r.instance(e)
	r.send(&event.Started{Scenario: e.Scenario.ID, Axes: e.Axes(), At: time.Now().UTC()})
	result := r.executor.execute(ctx, e, i)
	if result.Verdict != event.Skipped && !r.alive(ctx, i) && ctx.Err() == nil {
		r.crashed(ctx, result, i)
	}
	r.report(result)
	return result.Verdict
}

// patience is how long a target may take to answer the liveness check.
func (r *runner) patience() time.Duration {
	return time.Duration(float64(10*time.Second) * r.options.TimeScale)
}

func (r *runner) crashed(ctx context.Context, result *event.Result, i *target.Instance) {
	because := result.Reason
	result.Verdict = event.Crashed
	end := r.awaitEnd(ctx, i)
	result.Output = i.Printed()
	if end {
		result.Reason = fmt.Sprintf("the target ended: %s", i.ExitStatus())
	} else {
		result.Reason = "the target does not answer any more"
	}
	if because != "" {
		result.Reason += "; " + because
	}
	if i.Exited() == nil { // nobody here can start it again
		r.giveUp("the target did not survive " + result.Name())
		return
	}
	r.note(i.Profile, "the target is started again", "")
	r.restart(ctx, i)
}

// withheld returns the verdict of an execution that cannot run: interrupted, without a target, or blocked by a failure of what it builds on.
func (r *runner) withheld(ctx context.Context, e Execution) *event.Result {
	result := &event.Result{Scenario: e.Scenario.ID, Axes: e.Axes(), Profile: e.Scenario.Profile(), Rules: e.Scenario.Rules}
	if ctx.Err() != nil {
		result.Verdict, result.Reason = event.Skipped, "interrupted"
		return result
	}
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	if r.gone != "" {
		result.Verdict, result.Reason = event.Blocked, r.gone
		return result
	}
	for _, id := range e.Scenario.After {
		base := id + "[" + e.Axes() + "]"
		switch r.outcome[base] {
		case event.Fail, event.Crashed, event.Blocked, event.Error:
			result.Verdict, result.Reason = event.Blocked, fmt.Sprintf("it builds on %s, which did not pass", base)
			result.Deviation = r.comparer.listed[base]
			return result
		}
	}
	return nil
}
