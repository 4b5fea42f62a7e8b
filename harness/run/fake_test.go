package run

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A fakeTarget is a Starter whose servers answer a long-polling handshake and nothing else, and which the test can let die.
type fakeTarget struct {
	t      *testing.T
	offers []string
	refuse bool // does not start any more

	declared *target.Declaration

	mu      sync.Mutex
	started []*fakeServer
}

type fakeServer struct {
	*httptest.Server
	exited chan struct{}
	once   sync.Once
}

func (f *fakeTarget) Start(_ context.Context, p target.Profile) (target.Running, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	offered := false
	for _, name := range f.offers {
		offered = offered || name == p.Name
	}
	switch {
	case !offered:
		return nil, fmt.Errorf("%w: %s", target.ErrNoProfile, p.Name)
	case f.refuse:
		return nil, fmt.Errorf("fake: refuses to start")
	}
	s := &fakeServer{exited: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("sid") != "" || r.URL.Query().Get("transport") != "polling" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprint(w, `0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`)
	}))
	f.t.Cleanup(s.die)
	f.started = append(f.started, s)
	return s, nil
}

// last returns the server that was started last.
func (f *fakeTarget) last() *fakeServer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.started[len(f.started)-1]
}

func (s *fakeServer) URL() string             { return s.Server.URL }
func (s *fakeServer) Exited() <-chan struct{} { return s.exited }
func (s *fakeServer) ExitStatus() string      { return "exit status 7" }
func (s *fakeServer) Printed() string         { return "its last words" }
func (s *fakeServer) Stop()                   { s.die() }

func (s *fakeServer) die() {
	s.once.Do(func() {
		s.Close()
		close(s.exited)
	})
}

// scenario returns a valid scenario over long-polling.
func scenario(id string, f func(p *peer.Peer)) Scenario {
	return Scenario{
		ID: id, Title: "does " + id, Rules: []string{"must.rule"}, Run: f,
		On:      Axes{Revisions: []wire.Revision{wire.Revision5}, Transports: []peer.Transport{peer.Polling}},
		Catches: []Catch{{Fault: "f", Reason: "r"}},
	}
}

func passes(*peer.Peer)  {}
func fails(p *peer.Peer) { p.Failf("wanted this, got that") }

// fakeSuite returns a suite of the scenarios with a rule of each level.
func fakeSuite(scenarios ...Scenario) *Suite {
	return &Suite{Scenarios: scenarios, Rules: []Rule{
		{ID: "must.rule", Statement: "must", Level: Must},
		{ID: "documented.rule", Statement: "documented", Level: Documented},
		{ID: "reference.rule", Statement: "reference", Level: Reference},
		{ID: "robust.rule", Statement: "robust", Level: Robust},
	}}
}

// outcome is what a run emitted.
type outcome struct {
	results map[string]*event.Result
	notes   []*event.TargetNote
	header  *event.Header
	footer  *event.Footer
	order   []string // names of the results
}

func judge(ctx context.Context, t *testing.T, s *Suite, f *fakeTarget, o Options) outcome {
	t.Helper()
	if f.offers == nil {
		f.offers = []string{"default"}
	}
	f.t = t
	tg := target.New("fake", f)
	tg.Declared = f.declared
	t.Cleanup(tg.Stop)
	out := outcome{results: map[string]*event.Result{}}
	_, err := Run(ctx, s, tg, o, func(e event.Event) {
		switch e := e.(type) {
		case *event.Header:
			out.header = e
		case *event.Result:
			if out.results[e.Scenario] != nil {
				t.Errorf("two results for %s", e.Scenario)
			}
			out.results[e.Scenario] = e
			out.order = append(out.order, e.Scenario)
		case *event.TargetNote:
			out.notes = append(out.notes, e)
		case *event.Footer:
			out.footer = e
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if out.header == nil || out.footer == nil {
		t.Fatal("the stream has no header or no footer")
	}
	return out
}
