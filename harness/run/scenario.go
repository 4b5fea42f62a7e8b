// Package run holds what a suite is made of, and runs it: rules, scenarios, the plan, the workers, verdicts and the stream of events.
package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Level says where a requirement comes from, and with that how much it weighs.
type Level string

// The levels.
const (
	Must       Level = "must"       // the protocol text says so
	Documented Level = "documented" // the user documentation says so
	Reference  Level = "reference"  // what the official implementation does, and no text says
	Robust     Level = "robust"     // what a user may count on for safety, and no text says
)

// A Source is a place that states a rule.
type Source struct {
	Document string
	Section  string
}

func (s Source) String() string { return s.Document + " § " + s.Section }

// A Rule is one requirement.
type Rule struct {
	ID        string
	Statement string // in our words
	Level     Level
	Role      string // server, client or both
	Revisions []int  // Socket.IO protocol revisions
	Source    []Source
	Note      string // where versions deviate, and why
}

// Axes are the combinations on which a scenario runs.
type Axes struct {
	Revisions  []wire.Revision
	Transports []peer.Transport
}

// Needs is what a scenario needs of the target. Where it is missing the verdict is unsupported.
type Needs struct {
	Level    peer.Level
	Profile  string   // "default" when empty
	Features []string // as the conformance app announces them
	Declared bool     // the level, the transport and the profile are not probed but declared: where they are, the scenario runs and shows them
}

// Traits say how a scenario must be run.
type Traits struct {
	Slow        bool // waits for a time-out of the target; begins early
	Alone       bool // sees or disturbs what other scenarios do, for instance with a broadcast to a whole namespace
	Destructive bool // may end the target; implies Alone and a liveness check
	Malformed   bool // sends what the protocol forbids; a canary must go on being served
}

// A Catch is a fault that a scenario catches, and a part of the reason that it then gives.
type Catch struct {
	Fault     string
	Reason    string
	Transport peer.Transport // the fault shows on this transport only; all when empty
	Revision  wire.Revision  // the fault shows, or the reason is so, in this revision only; all when 0
}

// A Scenario is one exchange with the target and what it must show.
type Scenario struct {
	ID      string // "namespace.connect.unknown": stable, never reused
	Title   string // what a conforming implementation does, one sentence
	Rules   []string
	Needs   Needs
	On      Axes
	After   []string // scenarios whose failure makes this one meaningless
	Traits  Traits
	Catches []Catch
	Run     func(p *peer.Peer)    // of a scenario for servers
	Client  func(s *driver.Stage) // of a scenario for clients
}

// Area returns the first part of the scenario's id.
func (s *Scenario) Area() string {
	area, _, _ := strings.Cut(s.ID, ".")
	return area
}

// Profile returns the profile under which the scenario runs.
func (s *Scenario) Profile() string {
	if s.Needs.Profile == "" {
		return "default"
	}
	return s.Needs.Profile
}

// A Suite is a set of rules and the scenarios that show whether they are kept.
type Suite struct {
	Rules     []Rule
	Scenarios []Scenario
}

// Rule returns the rule with that id.
func (s *Suite) Rule(id string) (Rule, bool) {
	for i := range s.Rules {
		if s.Rules[i].ID == id {
			return s.Rules[i], true
		}
	}
	return Rule{}, false
}

// Scenario returns the scenario with that id.
func (s *Suite) Scenario(id string) (*Scenario, bool) {
	for i := range s.Scenarios {
		if s.Scenarios[i].ID == id {
			return &s.Scenarios[i], true
		}
	}
	return nil, false
}

// Validate returns everything that is wrong with the suite itself: names used twice, rules and scenarios that do not exist, scenarios without a fault, and rules of level must
// or documented that nothing covers.
func (s *Suite) Validate() []error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf("run: "+format, args...)) }
	rules := map[string]*Rule{}
	for i := range s.Rules {
		r := &s.Rules[i]
		if rules[r.ID] != nil {
			add("rule %s is there twice", r.ID)
		}
		rules[r.ID] = r
		if !slices.Contains([]Level{Must, Documented, Reference, Robust}, r.Level) {
			add("rule %s has the unknown level %q", r.ID, r.Level)
		}
	}
	covered := map[string]bool{}
	scenarios := map[string]bool{}
	for i := range s.Scenarios {
		c := &s.Scenarios[i]
		if scenarios[c.ID] {
			add("scenario %s is there twice", c.ID)
		}
		scenarios[c.ID] = true
		for _, problem := range c.problems() {
			add("scenario %s: %s", c.ID, problem)
		}
		for _, id := range c.Rules {
			if rules[id] == nil {
				add("scenario %s names the unknown rule %s", c.ID, id)
			}
			covered[id] = true
		}
	}
	for i := range s.Scenarios {
		for _, id := range s.Scenarios[i].After {
			if !scenarios[id] {
				add("scenario %s builds on the unknown scenario %s", s.Scenarios[i].ID, id)
			}
		}
	}
	for _, r := range s.Rules {
		if (r.Level == Must || r.Level == Documented) && !covered[r.ID] {
			add("rule %s of level %s is covered by no scenario", r.ID, r.Level)
		}
	}
	return errs
}

func (s *Scenario) problems() []string {
	var problems []string
	for name, missing := range map[string]bool{
		"no title": s.Title == "", "no rule": len(s.Rules) == 0, "no fault": len(s.Catches) == 0,
		"no axes": len(s.On.Revisions) == 0 || len(s.On.Transports) == 0, "no function": s.Run == nil && s.Client == nil,
	} {
		if missing {
			problems = append(problems, name)
		}
	}
	slices.Sort(problems)
	for _, c := range s.Catches {
		if c.Fault == "" || c.Reason == "" {
			problems = append(problems, "a fault without a name or without a reason")
		}
	}
	return problems
}

// An Execution is a scenario on one combination of axes.
type Execution struct {
	Scenario  *Scenario
	Revision  wire.Revision
	Transport peer.Transport
}

// Axes returns the combination, "rev5,websocket".
func (e Execution) Axes() string { return fmt.Sprintf("rev%d,%s", e.Revision, e.Transport) }

// Name returns the full name, "namespace.connect.unknown[rev5,websocket]".
func (e Execution) Name() string { return e.Scenario.ID + "[" + e.Axes() + "]" }

// Executions returns all executions of the suite in the order of the scenarios.
func (s *Suite) Executions() []Execution {
	var all []Execution
	for i := range s.Scenarios {
		c := &s.Scenarios[i]
		for _, r := range c.On.Revisions {
			for _, t := range c.On.Transports {
				all = append(all, Execution{Scenario: c, Revision: r, Transport: t})
			}
		}
	}
	return all
}
