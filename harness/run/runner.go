package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/target"
)

// Options say how to run a suite.
type Options struct {
	Tool      string // name and version, for the header
	Selection Selection
	Profile   string // of the first instance: "default" when empty
	Jobs      int    // scenarios at once, 16 when 0
	Timeout   time.Duration
	TimeScale float64 // 1 when 0
	Seed      uint64
	Strict    bool      // a verdict differs makes the target non-conformant too
	Baseline  *Baseline // what is expected although it is no pass; nil: no list, and not the same as an empty one, which makes the run strict
}

// defaultTimeout bounds one execution. It is far above what any needs, so that only a target that keeps a scenario busy meets it.
const defaultTimeout = 60 * time.Second

func (o Options) withDefaults() Options {
	if o.Profile == "" {
		o.Profile = "default"
	}
	if o.Jobs == 0 {
		o.Jobs = 16
	}
	if o.TimeScale == 0 {
		o.TimeScale = 1
	}
	if o.Timeout == 0 {
		o.Timeout = time.Duration(float64(defaultTimeout) * max(1, o.TimeScale))
	}
	o.Strict = o.Strict || o.Baseline != nil
	return o
}

// Run judges the target with the suite and writes the stream of events to emit, which is called by one goroutine at a time. It returns the footer. The error is for
// wrong use only, a pattern that matches nothing, in the selection or the baseline; then nothing was written. Everything else stands in the stream.
func Run(ctx context.Context, s *Suite, t *target.Target, o Options, emit func(event.Event)) (*event.Footer, error) {
	o = o.withDefaults()
	chosen, left, err := o.Selection.Select(s.Executions())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	comparer, err := newComparer(o.Baseline, s.Executions(), began)
	if err != nil {
		return nil, err
	}
	r := &runner{
		suite: s, target: t, options: o, emit: emit, began: began, comparer: comparer,
		executor: executor{suite: s, connection: t.Connection, timeout: o.Timeout, timeScale: o.TimeScale, seed: o.Seed},
		outcome:  map[string]event.Verdict{}, summary: map[event.Verdict]int{},
	}
	for _, v := range event.Verdicts() {
		r.summary[v] = 0
	}
	return r.run(ctx, chosen, left), nil
}

// A runner is one run.
type runner struct {
	suite    *Suite
	target   *target.Target
	options  Options
	executor executor
	began    time.Time
	plan     *plan

	emitMu   sync.Mutex // guards emit and what follows
	emit     func(event.Event)
	comparer *comparer
	outcome  map[string]event.Verdict // by name of the execution
	summary  map[event.Verdict]int
	gone     string // why the target cannot be used any more
	ends     int    // of the target, that no scenario was found to cause
}

func (r *runner) run(ctx context.Context, chosen, left []Execution) *event.Footer {
	first, err := r.target.Instance(ctx, r.options.Profile)
	if err == nil {
		r.plan, err = newPlan(ctx, r.target, first, chosen, left)
	}
	if err != nil {
		r.header(nil, 0)
		return r.footer(ctx, err)
	}
	r.header(r.plan.sortedInstances(), len(chosen)+len(left))
	for _, result := range r.plan.without {
		r.report(result)
	}
	r.work(ctx)
	return r.footer(ctx, nil)
}

func (r *runner) header(instances []*target.Instance, planned int) {
	h := &event.Header{
		Version: event.Version, Tool: r.options.Tool, Started: r.began.UTC(), Seed: r.options.Seed, Strict: r.options.Strict, Jobs: r.options.Jobs,
		TimeScale: r.options.TimeScale, Only: r.options.Selection.Only, Skip: r.options.Selection.Skip,
		Target: r.target.Describe(instances), Planned: planned, Baseline: r.options.Baseline.name(),
		Scenarios: map[string]event.Scenario{}, Rules: map[string]event.Rule{},
	}
	for i := range r.suite.Scenarios {
		c := &r.suite.Scenarios[i]
		catches := []string{}
		for _, catch := range c.Catches {
			catches = append(catches, catch.Fault)
		}
		h.Scenarios[c.ID] = event.Scenario{Title: c.Title, Rules: c.Rules, Catches: catches}
	}
	for _, rule := range r.suite.Rules {
		sources := []string{}
		for _, s := range rule.Source {
			sources = append(sources, s.String())
		}
		h.Rules[rule.ID] = event.Rule{Statement: rule.Statement, Level: string(rule.Level), Source: sources, Note: rule.Note}
	}
	r.send(h)
}

func (r *runner) send(e event.Event) {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	r.emit(e)
}

// report records a result for good.
func (r *runner) report(result *event.Result) {
	r.emitMu.Lock()
	defer r.emitMu.Unlock()
	scenario, _ := r.suite.Scenario(result.Scenario)
	r.comparer.compare(result, r.plan.instances[scenario.Profile()] != nil)
	r.outcome[result.Name()] = result.Verdict
	r.summary[result.Verdict]++
	r.emit(result)
}

func (r *runner) note(profile, text, output string) {
	r.send(&event.TargetNote{At: time.Now().UTC(), Profile: profile, Text: text, Output: output})
}

func (r *runner) footer(ctx context.Context, setup error) *event.Footer {
	f := &event.Footer{Ended: time.Now().UTC(), DurationUS: time.Since(r.began).Microseconds(), Summary: r.summary, Expected: r.comparer.expected}
	f.Interrupted = errors.Is(context.Cause(ctx), context.Canceled)
	switch {
	case setup != nil && !f.Interrupted:
		f.SetupError = setup.Error()
	case setup == nil && !f.Interrupted && r.executed() == 0:
		f.SetupError = fmt.Sprintf("nothing could be judged: of %d executions %d are unsupported by the target and %d were left out", len(r.outcome), r.summary[event.Unsupported], r.summary[event.Skipped])
	case setup == nil && !f.Interrupted && r.ends > 0:
		f.SetupError = fmt.Sprintf("the target ended %d times while scenarios ran of which none ends it when it runs alone", r.ends)
	}
	if f.SetupError == "" && !f.Interrupted {
		f.Baseline = r.comparer.close()
	}
	f.ExitCode = ExitCode(f, r.options.Strict)
	r.send(f)
	return f
}

func (r *runner) executed() int {
	return r.summary[event.Pass] + r.summary[event.Fail] + r.summary[event.Differs] + r.summary[event.Crashed] + r.summary[event.Error]
}

// The exit codes of the command.
const (
	ExitConformant    = 0
	ExitNonConformant = 1
	ExitUsage         = 2
	ExitSetup         = 3
	ExitDefect        = 4
	ExitInterrupted   = 130
)

// ExitCode returns the exit code for a run with that footer.
func ExitCode(f *event.Footer, strict bool) int {
	s := f.Summary
	failures := s[event.Fail] + s[event.Crashed] + s[event.Blocked]
	if strict {
		failures += s[event.Differs]
	}
	switch {
	case f.Interrupted:
		return ExitInterrupted
	case f.SetupError != "":
		return ExitSetup
	case s[event.Error] > 0:
		return ExitDefect
	case failures > f.Expected, len(f.Baseline) > 0:
		return ExitNonConformant
	}
	return ExitConformant
}
