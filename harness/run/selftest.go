package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver/clientfault"
	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/fault"
	"github.com/sio-conform/sio-conform/harness/target"
)

// A Rig is a conformance app that was started for one pair of the self-test.
type Rig struct {
	Instance   *target.Instance
	Connection target.Connection
	Fired      func() int // how often the app's fault was in effect
	Stop       func()
}

// A Bench supplies the self-test with conformance apps, right or wrong on purpose.
type Bench struct {
	Faults []string // ids of the app faults that can be had
	Start  func(p target.Profile, fault string) (Rig, error)
	Stop   func() // when all is proved
}

// A Pair is a scenario on one combination of axes, and a fault that it must catch, or none, and then it must pass.
type Pair struct {
	Execution
	Catch Catch // the zero value: the correct app
}

func (p Pair) String() string {
	switch {
	case p.Catch.Fault == "" && p.Scenario.Client != nil:
		return p.Name() + " on the correct client"
	case p.Catch.Fault == "":
		return p.Name() + " on the correct app"
	}
	return p.Name() + " on " + p.Catch.Fault
}

// A Proof is the outcome of a pair.
type Proof struct {
	Pair   Pair
	Result *event.Result
	Wrong  string // why the pair proves nothing; "" when all is well
}

// Pairs returns the pairs of the chosen executions.
func Pairs(chosen []Execution) []Pair {
	var pairs []Pair
	for _, e := range chosen {
		pairs = append(pairs, Pair{Execution: e})
		for _, c := range e.Scenario.Catches {
			if c.shows(e) {
				pairs = append(pairs, Pair{Execution: e, Catch: c})
			}
		}
	}
	return pairs
}

// shows reports whether the fault shows in e.
func (c Catch) shows(e Execution) bool {
	return (c.Transport == "" || c.Transport == e.Transport) && (c.Revision == 0 || c.Revision == e.Revision)
}

// Unproved returns what no pair can show: faults that do not exist, and faults that no scenario of the suite claims to catch.
func Unproved(s *Suite, b Bench) []error {
	known := map[string]bool{}
	for _, id := range s.wireFaults() {
		if known[id] {
			return []error{fmt.Errorf("run: the fault %s is there twice", id)}
		}
		known[id] = true
	}
	for _, id := range b.Faults {
		known[id] = true
	}
	var errs []error
	claimed := map[string]bool{}
	for _, c := range s.Scenarios {
		for _, catch := range c.Catches {
			if !known[catch.Fault] {
				errs = append(errs, fmt.Errorf("run: scenario %s catches the unknown fault %s", c.ID, catch.Fault))
			}
			claimed[catch.Fault] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if !claimed[id] {
			errs = append(errs, fmt.Errorf("run: no scenario catches the fault %s", id))
		}
	}
	return errs
}

// Prove runs one pair on an app of its own: on the correct one the scenario must pass; on a faulty one it must fail for its own reason, and the fault must have been in effect.
func Prove(ctx context.Context, s *Suite, b Bench, pair Pair, seed uint64, scale float64) Proof {
	proof := Proof{Pair: pair}
	profile, ok := target.ProfileByName(pair.Scenario.Profile())
	if !ok {
		proof.Wrong = "unknown profile " + pair.Scenario.Profile()
		return proof
	}
	x := executor{suite: s, timeout: defaultTimeout, timeScale: scale, seed: seed}
	app := ""
	if pair.Catch.Fault != "" {
		if !x.commit(pair) {
			app = pair.Catch.Fault
		}
	}
	rig, err := b.Start(profile, app)
	if err != nil {
		proof.Wrong = err.Error()
		return proof
	}
	defer rig.Stop()
	x.connection = rig.Connection
	result, fired := x.executeFaulted(ctx, pair.Execution, rig.Instance)
	if app != "" {
		fired = rig.Fired()
	}
	proof.Result = result
	proof.Wrong = wrong(pair, result, fired)
	return proof
}

// wireFaults returns the ids of the faults that the harness itself commits: between it and a server, or between it and a client.
func (s *Suite) wireFaults() []string {
	var ids []string
	if s.forClients() {
		for _, f := range clientfault.All() {
			ids = append(ids, f.ID)
		}
		return ids
	}
	for _, f := range fault.All() {
		ids = append(ids, f.ID)
	}
	return ids
}

// forClients reports whether the suite judges clients.
func (s *Suite) forClients() bool {
	return len(s.Scenarios) > 0 && s.Scenarios[0].Client != nil
}

// commit sets the tap for the pair's fault, if it is one that the harness commits.
func (x *executor) commit(pair Pair) bool {
	if pair.Scenario.Client != nil {
		f, ok := clientfault.ByID(pair.Catch.Fault)
		x.clientTap = f.New
		return ok
	}
	f, ok := fault.ByID(pair.Catch.Fault)
	x.tap = f.New
	return ok
}

// Offered returns the executions for which the target has what they need.
func Offered(all []Execution, probe target.Probe) []Execution {
	return slices.DeleteFunc(slices.Clone(all), func(e Execution) bool { return missingFor(e, probe) != "" })
}

// wrong returns why a pair's result is not what it must be.
func wrong(pair Pair, result *event.Result, fired int) string {
	if pair.Catch.Fault == "" {
		if result.Verdict != event.Pass {
			return fmt.Sprintf("want pass, got %s: %s", result.Verdict, result.Reason)
		}
		return ""
	}
	switch {
	case fired == 0:
		return fmt.Sprintf("the fault was never in effect: %s %s", result.Verdict, result.Reason)
	case result.Verdict != event.Fail && result.Verdict != event.Differs && result.Verdict != event.Crashed:
		return fmt.Sprintf("the fault was not caught: %s %s", result.Verdict, result.Reason)
	case !strings.Contains(result.Reason, pair.Catch.Reason):
		return fmt.Sprintf("it failed for another reason than %q: %s", pair.Catch.Reason, result.Reason)
	}
	return ""
}

// SelfTest proves the pairs, several at once, and hands each proof to done, one at a time. Most pairs wait for what never comes, so that many can be at it at once; but none begins while the machine
// does not keep up with those that are.
func SelfTest(ctx context.Context, s *Suite, b Bench, pairs []Pair, jobs int, seed uint64, scale float64, done func(Proof)) {
	queue := make(chan Pair)
	var doneMu sync.Mutex
	var workers sync.WaitGroup
	for range min(jobs, len(pairs)) {
		workers.Go(func() {
			for pair := range queue {
				proof := Prove(ctx, s, b, pair, seed, scale)
				doneMu.Lock()
				done(proof)
				doneMu.Unlock()
			}
		})
	}
	for _, pair := range pairs {
		keepUp(ctx)
		if ctx.Err() != nil {
			break
		}
		queue <- pair
	}
	close(queue)
	workers.Wait()
}

const (
	tick      = time.Millisecond       // how long keepUp waits at least
	tolerance = 10 * time.Millisecond  // by how much a timer may be late on a machine that keeps up
	longest   = 200 * time.Millisecond // a machine that is never idle must get on as well
)

// keepUp waits until a timer goes off in time, but not very long.
func keepUp(ctx context.Context) {
	for began := time.Now(); time.Since(began) < longest && ctx.Err() == nil; {
		asked := time.Now()
		select {
		case <-time.After(tick):
		case <-ctx.Done():
		}
		if time.Since(asked) < tick+tolerance {
			return
		}
	}
}
