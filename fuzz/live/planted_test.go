package live_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/fuzz/live"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

// The app's faults that no single packet reveals: it takes a membership, an earlier packet or another client to see them.
var plantedInApp = []string{
	"app.rooms.joined-everywhere", "app.rooms.shared-across-namespaces", "app.rooms.leave-ignored", "app.rooms.leave-leaves-all", "app.rooms.leave-empties", "app.rooms.join-replaces",
	"app.rooms.kept-after-drop", "app.rooms.kept-after-leaving", "app.rooms.kept-after-kick", "app.rooms.join-deferred",
	"app.operator.mutable", "app.operator.sticky", "app.operator.last-room-only", "app.operator.first-except-only", "app.operator.duplicates", "app.operator.unknown-room-broadcasts", "app.operator.batch-reversed",
	"app.middleware.refused-kept", "app.middleware.join-lost", "app.middleware.once", "app.middleware.refusal-spreads",
	"app.namespaces.events-crossed", "app.namespaces.disconnect-all", "app.namespaces.leaving-leaves-all",
	"app.dynamic.children-share-rooms", "app.dynamic.children-are-one", "app.dynamic.parent-first-child", "app.dynamic.parent-rooms-ignored",
	"app.ack.mixed-up", "app.ack.partial-lost",
}

// A plant is a fault in a server that is otherwise right.
type plant struct {
	name   string
	faults []string // of the app
	tap    func() *peer.Tap
}

func plants() []plant {
	all := slices.Clone(plantedOnWire)
	for _, id := range plantedInApp {
		all = append(all, plant{name: id, faults: []string{id}})
	}
	return all
}

// A planted starts the app with faults.
type planted struct{ faults []string }

func (s planted) Start(_ context.Context, p target.Profile) (target.Running, error) {
	a, err := app.New(server.Config{PingInterval: p.PingInterval, PingTimeout: p.PingTimeout}, app.Options{Faults: s.faults})
	if err != nil {
		return nil, err
	}
	return &running{app: a, server: httptest.NewServer(a), exited: make(chan struct{})}, nil
}

type running struct {
	app     *app.App
	server  *httptest.Server
	exited  chan struct{}
	stopped atomic.Bool
}

func (r *running) URL() string             { return r.server.URL }
func (r *running) Exited() <-chan struct{} { return r.exited }
func (r *running) ExitStatus() string      { return "stopped" }
func (r *running) Printed() string         { return "" }

func (r *running) Stop() {
	if r.stopped.CompareAndSwap(false, true) {
		_ = r.app.Server().Close()
		r.server.CloseClientConnections()
		r.server.Close()
		close(r.exited)
	}
}

// started returns the app with faults as a target.
func started(t *testing.T, faults ...string) *target.Target {
	t.Helper()
	found := target.New("planted", planted{faults})
	t.Cleanup(found.Stop)
	return found
}

// plantedVariable makes the test plant all faults.
const plantedVariable = "SIO_CONFORM_PLANTED"

// The bounds of the search: each fault for this time, from this seed; the steps that show it; and how many faults may stay hidden.
const (
	plantedTime  = 60 * time.Second
	plantedSeed  = 1
	plantedSteps = 12
	mayHide      = 2
)

// TestPlantedFaultsAreFound shows that the fuzzer finds what no single packet reveals. Without the variable one fault is planted.
func TestPlantedFaultsAreFound(t *testing.T) {
	all := plants()
	if os.Getenv(plantedVariable) == "" {
		all = all[:1]
	}
	var hidden []string
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			if why := unearth(t, p); why != "" {
				hidden = append(hidden, p.name)
				t.Logf("not found: %s", why)
			}
		})
	}
	t.Logf("%d of %d planted faults were found", len(all)-len(hidden), len(all))
	if len(hidden) > mayHide || len(all) < 10 && len(hidden) > 0 {
		t.Errorf("not found: %v", hidden)
	}
}

// unearth fuzzes a server with the fault and returns why it was not found, "" if it was.
func unearth(t *testing.T, p plant) string {
	t.Helper()
	began := time.Now()
	var within time.Duration
	summary, err := live.Fuzz(t.Context(), started(t, p.faults...), live.Options{Seed: plantedSeed, Duration: plantedTime, Tap: p.tap, Found: func(*live.Finding) { within = time.Since(began) }})
	switch {
	case err != nil:
		return err.Error()
	case len(summary.Findings) == 0:
		return fmt.Sprintf("%d cases found nothing; seen once: %d", summary.Cases, len(summary.Unconfirmed))
	case len(summary.Findings[0].Steps) > plantedSteps:
		return fmt.Sprintf("found with %d steps: %s", len(summary.Findings[0].Steps), summary.Findings[0].Reason)
	}
	f := summary.Findings[0]
	t.Logf("case %d, %.1f s, %d steps: %s: %s", f.Case, within.Seconds(), len(f.Steps), f.Rule, f.Reaction)
	return ""
}

// TestTheCorrectAppHasNoFinding shows that the model is right about the reference server.
func TestTheCorrectAppHasNoFinding(t *testing.T) {
	summary, err := live.Fuzz(t.Context(), started(t), live.Options{Seed: plantedSeed, MaxCases: 40, Duration: plantedTime, Continue: true})
	if err != nil {
		t.Fatal(err)
	}
	if summary.Cases == 0 || summary.Steps < 10*summary.Cases {
		t.Errorf("%d steps in %d cases", summary.Steps, summary.Cases)
	}
	for _, f := range summary.Findings {
		t.Errorf("%s: %s: %s", f.Rule, f.Reason, peer.JSON(f.Steps))
	}
}
