package run

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"time"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// canary is the name of the healthy peer beside a scenario that sends malformed packets.
const canary = "canary"

// errTimeout is the cause of a context whose scenario has used up its time.
var errTimeout = errors.New("run: the scenario has used up its time")

// An executor runs executions, one at a time, without regard to the others.
type executor struct {
	suite      *Suite
	connection target.Connection
	timeout    time.Duration // of one execution
	timeScale  float64
	seed       uint64
	tap        func() *peer.Tap   // nil: none
	clientTap  func() *driver.Tap // nil: none
}

// A stage is what one execution happens on: peers of a server, or a scripted server and the driver of a client.
type stage interface {
	Finish()
	Close()
	Observations() []event.Observation
	Transcript() *wire.Transcript
	Faulted() int
}

// execute runs e on the instance and judges it.
func (x *executor) execute(ctx context.Context, e Execution, i *target.Instance) *event.Result {
	result, _ := x.executeFaulted(ctx, e, i)
	return result
}

// executeFaulted is execute, and returns how often the tap changed something.
func (x *executor) executeFaulted(ctx context.Context, e Execution, i *target.Instance) (*event.Result, int) {
	began := time.Now()
	result := &event.Result{Scenario: e.Scenario.ID, Axes: e.Axes(), Profile: i.Profile, Rules: e.Scenario.Rules}
	ctx, cancel := context.WithTimeoutCause(ctx, x.timeout, errTimeout)
	defer cancel()
	stage, play, err := x.stage(ctx, e, i)
	if err != nil {
		result.Verdict, result.Reason = event.Error, err.Error()
		return result, 0
	}
	failure := perform(e, play)
	stage.Close()
	x.judge(result, failure)
	result.Observations = stage.Observations()
	result.DurationUS = time.Since(began).Microseconds()
	if result.Verdict != event.Pass {
		result.Transcript = stage.Transcript().Entries()
	}
	return result, stage.Faulted()
}

// stage returns the stage for e, and the scenario on it with the checks with which all end.
func (x *executor) stage(ctx context.Context, e Execution, i *target.Instance) (stage, func(), error) {
	if e.Scenario.Client != nil {
		return x.clientStage(ctx, e, i)
	}
	config := i.Config(x.connection, e.Revision, e.Transport)
	config.TimeScale, config.Seed = x.timeScale, seedOf(x.seed, e.Name())
	if x.tap != nil {
		config.Tap = x.tap()
	}
	s, err := peer.NewStage(ctx, config)
	return s, func() {
		main := s.Peer("main")
		if e.Scenario.Traits.Malformed {
			s.PeerOver(canary, s.Config().Transport).Guard()
		}
		e.Scenario.Run(main)
		s.Finish()
	}, err
}

func (x *executor) clientStage(ctx context.Context, e Execution, i *target.Instance) (stage, func(), error) {
	pool, ok := i.Running.(*driver.Pool)
	if !ok {
		return nil, nil, fmt.Errorf("run: %s is for clients, and the target is none", e.Scenario.ID)
	}
	config := driver.Config{Pool: pool, Revision: e.Revision, Transport: e.Transport, TimeScale: x.timeScale, Seed: seedOf(x.seed, e.Name())}
	if x.clientTap != nil {
		config.Tap = x.clientTap()
	}
	s, err := driver.NewStage(ctx, config)
	return s, func() {
		e.Scenario.Client(s)
		s.Finish()
	}, err
}

// perform plays the scenario and returns what it panicked with.
func perform(e Execution, play func()) (failure any) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *peer.Failure, *peer.Unsupported, *driver.Died:
			failure = r
		case error:
			failure = r
			if !errors.Is(r, errTimeout) && !errors.Is(r, context.Canceled) {
				failure = fmt.Errorf("run: panic in %s: %w\n%s", e.Name(), r, debug.Stack())
			}
		default:
			failure = fmt.Errorf("run: panic in %s: %v\n%s", e.Name(), r, debug.Stack())
		}
	}()
	play()
	return nil
}

// judge turns what a scenario ended with into a verdict.
func (x *executor) judge(result *event.Result, failure any) {
	switch f := failure.(type) {
	case nil:
		result.Verdict = event.Pass
	case *peer.Unsupported:
		result.Verdict, result.Reason = event.Unsupported, f.Error()
	case *peer.Failure:
		result.Reason, result.Expected, result.Actual = f.Reason, f.Expected, f.Actual
		if f.Rules != nil {
			result.Rules = f.Rules
		}
		result.Verdict = x.weigh(result.Rules)
	case *driver.Died:
		result.Verdict, result.Reason, result.Output = event.Crashed, f.Reason, f.Printed
	case error:
		switch {
		case errors.Is(f, errTimeout):
			result.Verdict, result.Reason = x.weigh(result.Rules), fmt.Sprintf("the scenario did not come to its end within %v", x.timeout)
		case errors.Is(f, context.Canceled):
			result.Verdict, result.Reason = event.Skipped, "interrupted"
		default:
			result.Verdict, result.Reason = event.Error, f.Error()
		}
	}
}

// weigh returns the verdict for broken rules: a failure when one of them stands in the protocol or its documentation.
func (x *executor) weigh(rules []string) event.Verdict {
	for _, id := range rules {
		if r, ok := x.suite.Rule(id); !ok || r.Level == Must || r.Level == Documented {
			return event.Fail
		}
	}
	return event.Differs
}

// seedOf derives the seed of one execution from the run's, so that it does not depend on which others run.
func seedOf(seed uint64, name string) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s", seed, name) // a hash cannot fail
	return h.Sum64()
}
