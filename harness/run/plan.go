package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/target"
)

// A plan says, for a target, what runs where and what cannot run at all.
type plan struct {
	instances map[string]*target.Instance // by profile
	run       []Execution
	without   []*event.Result // verdicts that need no exchange: skipped and unsupported
}

// newPlan starts the instances that the chosen executions need and sorts the executions. The default instance must be there.
func newPlan(ctx context.Context, t *target.Target, first *target.Instance, chosen, left []Execution) (*plan, error) {
	p := &plan{instances: map[string]*target.Instance{first.Profile: first}}
	for _, e := range left {
		p.leaveOut(e, event.Skipped, "not selected")
	}
	for _, e := range chosen {
		i, err := p.instance(ctx, t, e.Scenario.Profile())
		switch {
		case errors.Is(err, target.ErrNoProfile) && declared(e, t, first):
			p.leaveOut(e, event.Fail, fmt.Sprintf("the profile %s is declared: %v", e.Scenario.Profile(), err))
		case errors.Is(err, target.ErrNoProfile):
			p.leaveOut(e, event.Unsupported, fmt.Sprintf("the target is not offered under the profile %s", e.Scenario.Profile()))
		case err != nil:
			return nil, err
		default:
			missing := missingFor(e, i.Probe)
			if e.Scenario.Needs.Declared {
				missing = undeclared(e, t, first)
			}
			if missing != "" {
				p.leaveOut(e, event.Unsupported, missing)
				continue
			}
			p.run = append(p.run, e)
		}
	}
	return p, nil
}

// declared reports whether e is about what is declared, and what it is about is.
func declared(e Execution, t *target.Target, first *target.Instance) bool {
	if d := t.Declared; d != nil && d.Revisions == nil && !slices.Contains(first.Probe.Revisions, e.Revision) {
		return false
	}
	return e.Scenario.Needs.Declared && t.Declared.Covers(e.Scenario.Needs.Level, e.Revision, e.Transport, e.Scenario.Profile())
}

// undeclared returns what the target's declaration lacks for e, "" if nothing.
func undeclared(e Execution, t *target.Target, first *target.Instance) string {
	if declared(e, t, first) {
		return ""
	}
	return fmt.Sprintf("the target's description does not declare the level %s in revision %d over %s under the profile %s", e.Scenario.Needs.Level, e.Revision, e.Transport, e.Scenario.Profile())
}

// instance returns the instance of a profile. A target that was attached to under another profile than the default has that one only; it offers all
// scenarios of the default profile too, as those hold under any.
func (p *plan) instance(ctx context.Context, t *target.Target, profile string) (*target.Instance, error) {
	if i := p.instances[profile]; i != nil {
		return i, nil
	}
	i, err := t.Instance(ctx, profile)
	if err == nil {
		p.instances[profile] = i
	}
	return i, err
}

func (p *plan) leaveOut(e Execution, v event.Verdict, reason string) {
	p.without = append(p.without, &event.Result{Scenario: e.Scenario.ID, Axes: e.Axes(), Verdict: v, Reason: reason, Rules: e.Scenario.Rules})
}

// missingFor returns what the target lacks for e, "" if nothing.
func missingFor(e Execution, probe target.Probe) string {
	n := e.Scenario.Needs
	switch {
	case !slices.Contains(probe.Revisions, e.Revision):
		return fmt.Sprintf("the target does not speak protocol revision %d", e.Revision)
	case !slices.Contains(probe.Transports, e.Transport):
		return fmt.Sprintf("the target does not offer the transport %s", e.Transport)
	case probe.Level < n.Level:
		return fmt.Sprintf("the target offers the level %s, and the scenario needs %s", probe.Level, n.Level)
	}
	for _, f := range n.Features {
		if !slices.Contains(probe.Features, f) {
			return fmt.Sprintf("the target does not announce the feature %s", f)
		}
	}
	return ""
}

// sortedInstances returns the instances, the default one first.
func (p *plan) sortedInstances() []*target.Instance {
	var list []*target.Instance
	for _, profile := range target.Profiles() {
		if i := p.instances[profile.Name]; i != nil {
			list = append(list, i)
		}
	}
	return list
}

// alone reports whether e must run while nothing else does.
func alone(e Execution, i *target.Instance) bool {
	t := e.Scenario.Traits
	return t.Alone || t.Destructive || t.Malformed && i.Exited() == nil // what cannot be started again is not risked while others run
}
