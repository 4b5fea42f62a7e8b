package live

import (
	"context"
	"slices"
	"time"
)

// A shrinker makes the steps of a finding fewer and simpler, as long as they show the same.
type shrinker struct {
	bench    *bench
	ctx      context.Context
	want     *violation
	deadline time.Time
	best     []Step
	haste    float64
}

// shrinkTime bounds how long one finding is made shorter.
const shrinkTime = 90 * time.Second

// haste returns the time scale for what is played again to be made shorter, for a target that takes so long for a step: it waits for as long as many steps take, and no longer. What comes out
// is played once more, with all the time that there is.
func haste(perStep time.Duration) float64 {
	const steps, longest = 60, 4.5 // seconds that a case waits with the time scale 1
	return min(max(steps*perStep.Seconds()/longest, 0.02), impatience)
}

// same reports whether two violations are of the same kind, whatever the step was.
func (v *violation) same(other *violation) bool {
	return other != nil && v.Rule == other.Rule && v.Reaction == other.Reaction
}

// try keeps the steps if they show the same.
func (s *shrinker) try(steps []Step) bool {
	if s.ctx.Err() != nil || time.Now().After(s.deadline) {
		return false
	}
	o := s.bench.again(s.ctx, s.bench.timeScale*s.haste, steps)
	if o.err != nil || !s.want.same(o.violation) || weight(o.steps) >= weight(s.best) {
		return false
	}
	s.best = o.steps // those that could not be taken are gone
	return true
}

// weight says how long steps are.
func weight(steps []Step) int {
	n := 0
	for i := range steps {
		s := &steps[i]
		n += 100 + len(s.Rooms) + len(s.Blobs) + 10*len(s.Wire) + weight(s.Steps)
		for _, p := range s.Wire {
			n += len(p.data())
		}
		if e := s.Emission; e != nil {
			n += len(e.To) + len(e.In) + len(e.Except) + len(e.Flags) + len(e.Discard) + len(e.Of)
		}
		if s.Mode != "" {
			n++
		}
	}
	return n
}

// withoutKinds leaves out all steps of a kind but the last step: those that only look, and those of one client.
func (s *shrinker) withoutKinds() {
	kinds := []func(*Step) bool{func(t *Step) bool { return t.Do == Look }}
	for n := range peers {
		kinds = append(kinds, func(t *Step) bool { return t.Peer == n })
	}
	for _, is := range kinds {
		var rest []Step
		for i := range s.best {
			if i == len(s.best)-1 || !is(&s.best[i]) {
				rest = append(rest, s.best[i])
			}
		}
		s.try(rest)
	}
}

// shrink leaves out steps, first many at once and then single ones, and then parts of steps.
func (s *shrinker) shrink() []Step {
	s.withoutKinds()
	for size := len(s.best) / 2; size > 0; size /= 2 {
		for from := len(s.best) - size; from >= 0; from -= size {
			from = min(from, len(s.best)-size)
			if from < 0 {
				break
			}
			s.try(slices.Delete(slices.Clone(s.best), from, from+size))
		}
	}
	for changed := true; changed; {
		changed = s.without()
		changed = s.simpler() || changed
	}
	return s.best
}

// without leaves out each step in turn.
func (s *shrinker) without() bool {
	changed := false
	for end := len(s.best); end > 0; end-- {
		if end <= len(s.best) && s.try(slices.Delete(slices.Clone(s.best), end-1, end)) {
			changed = true
		}
	}
	return changed
}

// simpler makes single steps simpler.
func (s *shrinker) simpler() bool {
	changed := false
	for i := 0; i < len(s.best); i++ {
		changed = s.simplerAt(i) || changed
	}
	return changed
}

// simplerAt makes one step simpler, as often as that can be done.
func (s *shrinker) simplerAt(i int) bool {
	changed := false
	for n := 0; i < len(s.best); n++ {
		simple, ok := simplified(s.best[i], n)
		if !ok {
			break
		}
		steps := slices.Clone(s.best)
		steps[i] = simple
		if s.try(steps) {
			changed = true
			n = -1
		}
	}
	return changed
}

// simplified returns the n-th simpler form of a step. It reports whether there are that many.
func simplified(s Step, n int) (Step, bool) {
	for i := range simplifications(&s) {
		c := s.clone()
		if changes := simplifications(&c); i == n {
			changes[i]()
			return c, true
		}
	}
	return s, false
}

// simplifications returns functions that each leave a part of the step out.
func simplifications(s *Step) []func() {
	var all []func()
	lists := []*[]string{&s.Rooms, &s.Blobs}
	if e := s.Emission; e != nil {
		lists = append(lists, &e.To, &e.In, &e.Except, &e.Flags, &e.Discard)
		if e.Of != "" {
			all = append(all, func() { e.Of = "" })
		}
	}
	for _, list := range lists {
		for i := range *list {
			all = append(all, func() { *list = slices.Delete(*list, i, i+1) })
		}
	}
	for i := range s.Wire {
		all = append(all, func() { s.Wire = slices.Delete(s.Wire, i, i+1) })
	}
	for i := range s.Steps {
		all = append(all, func() { s.Steps = slices.Delete(s.Steps, i, i+1) })
	}
	if s.Mode != "" {
		all = append(all, func() { s.Mode = "" })
	}
	return all
}
