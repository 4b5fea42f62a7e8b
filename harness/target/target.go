package target

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Running is a started target.
type Running interface {
	URL() string             // base address
	Exited() <-chan struct{} // closed when the target has ended; never for one that was not started here
	ExitStatus() string
	Printed() string // the end of what it printed
	Stop()           // ends the target if it was started here; waits for the end
}

// A Prober is a Running that says itself what it offers and whether it lives: a client driver, of which there is nothing to ask over the wire.
type Prober interface {
	Probe(ctx context.Context) (Probe, error)
	Alive() bool
}

// A Starter starts a target under a profile, or returns ErrNoProfile.
type Starter interface {
	Start(ctx context.Context, p Profile) (Running, error)
}

// ErrNoProfile is returned by a Starter that does not offer a profile.
var ErrNoProfile = errors.New("target: profile is not offered")

// A Connection says how to reach the target beyond its address.
type Connection struct {
	Path   string
	Header http.Header
	TLS    *tls.Config
	Dial   func(ctx context.Context, network, address string) (net.Conn, error) // nil: the network
}

// An Instance is the target under one profile, running and probed.
type Instance struct {
	Running
	Profile string
	Probe   Probe
}

// Config returns the configuration of a stage for this instance.
func (i *Instance) Config(c Connection, r wire.Revision, t peer.Transport) peer.Config {
	return peer.Config{
		URL: i.URL(), Path: c.Path, Header: c.Header, TLS: c.TLS, Dial: c.Dial,
		Revision: r, Transport: t, Offered: i.Probe.Transports, Level: i.Probe.Level,
		PingInterval: i.Probe.PingInterval, PingTimeout: i.Probe.PingTimeout, MaxPayload: i.Probe.MaxPayload,
	}
}

// A Target is what is judged: an implementation that runs under one or several profiles. Its methods may be called concurrently.
type Target struct {
	Name       string
	Version    string
	Command    string // how it is spawned, "" when it is not
	Dir        string // folder of its target.yaml, "" when it has none
	Baseline   string // file with the deviations that are expected of it, "" when none are
	Connection Connection
	Declared   *Declaration // what it is known to offer; nil when nothing is
	TimeScale  float64

	starter Starter

	instancesMu sync.Mutex // also held while an instance starts: one at a time
	instances   map[string]*Instance
	missing     map[string]error // profiles that could not be had
}

// New returns a target that is started with starter when it is first needed.
func New(name string, starter Starter) *Target {
	return &Target{Name: name, starter: starter, TimeScale: 1, instances: map[string]*Instance{}, missing: map[string]error{}}
}

// Instance returns the target under the profile, started and probed at the first call. The error wraps ErrNoProfile when the target does not offer the profile.
func (t *Target) Instance(ctx context.Context, profile string) (*Instance, error) {
	t.instancesMu.Lock()
	defer t.instancesMu.Unlock()
	if i := t.instances[profile]; i != nil {
		return i, nil
	}
	if err := t.missing[profile]; err != nil {
		return nil, err
	}
	i, err := t.start(ctx, profile)
	if err != nil {
		t.missing[profile] = err
		return nil, err
	}
	t.instances[profile] = i
	return i, nil
}

func (t *Target) start(ctx context.Context, profile string) (*Instance, error) {
	p, ok := ProfileByName(profile)
	if !ok {
		return nil, fmt.Errorf("target: unknown profile %q", profile)
	}
	running, err := t.starter.Start(ctx, p)
	if err != nil {
		return nil, err
	}
	probe, err := t.probe(ctx, running)
	if err != nil {
		select {
		case <-running.Exited():
			err = fmt.Errorf("%w; the target ended: %s\n%s", err, running.ExitStatus(), running.Printed())
		default:
		}
		running.Stop()
		return nil, err
	}
	if why := notInEffect(p, probe, running); why != "" {
		running.Stop()
		return nil, fmt.Errorf("%w: the target announces %s under %s", ErrNoProfile, why, p.Name)
	}
	return &Instance{Running: running, Profile: profile, Probe: probe}, nil
}

func (t *Target) probe(ctx context.Context, running Running) (Probe, error) {
	if p, ok := running.(Prober); ok {
		return p.Probe(ctx)
	}
	return ProbeTarget(ctx, running.URL(), t.Connection, t.TimeScale)
}

// featureRecovery is announced by the conformance app on a server that recovers lost connections. A client driver means something else by it.
const featureRecovery = "recovery"

// notInEffect returns what the target announces that is not as in the profile, "" if nothing. The default profile holds for any heartbeat that leaves time for a scenario.
func notInEffect(p Profile, probe Probe, running Running) string {
	_, isClient := running.(Prober)
	recovers := slices.Contains(probe.Features, featureRecovery)
	switch {
	case !isClient && recovers && p.Recovery == 0:
		return "the feature " + featureRecovery
	case p.Recovery > 0 && !recovers:
		return "no feature " + featureRecovery
	case p.Name == "default":
		return ""
	case probe.PingInterval != p.PingInterval, probe.PingTimeout != p.PingTimeout:
		return fmt.Sprintf("a heartbeat of %v and %v", probe.PingInterval, probe.PingTimeout)
	case probe.MaxPayload != 0 && probe.MaxPayload != p.MaxPayload:
		return fmt.Sprintf("payloads of up to %d bytes", probe.MaxPayload)
	}
	return ""
}

// Restart starts the profile's instance again after its end.
func (t *Target) Restart(ctx context.Context, profile string) (*Instance, error) {
	t.instancesMu.Lock()
	if i := t.instances[profile]; i != nil {
		i.Stop()
		delete(t.instances, profile)
	}
	t.instancesMu.Unlock()
	return t.Instance(ctx, profile)
}

// Stop ends all instances that were started here.
func (t *Target) Stop() {
	t.instancesMu.Lock()
	defer t.instancesMu.Unlock()
	for _, i := range t.instances {
		i.Stop()
	}
	clear(t.instances)
}

// Describe returns the target for the header of a stream. The instances name the profiles.
func (t *Target) Describe(instances []*Instance) event.Target {
	d := event.Target{Name: t.Name, Version: t.Version, Command: t.Command, Dir: t.Dir, Level: peer.Wire.String(), Revisions: []int{}, Transports: []string{}, Profiles: []event.Profile{}}
	for n, i := range instances {
		if n == 0 {
			d.URL = i.URL()
			d.Level = i.Probe.Level.String()
			d.Implementation = i.Probe.Implementation
			d.Features = i.Probe.Features
			for _, r := range i.Probe.Revisions {
				d.Revisions = append(d.Revisions, int(r))
			}
			for _, tr := range i.Probe.Transports {
				d.Transports = append(d.Transports, string(tr))
			}
		}
		d.Profiles = append(d.Profiles, event.Profile{
			Name: i.Profile, URL: i.URL(),
			PingInterval: i.Probe.PingInterval.Milliseconds(), PingTimeout: i.Probe.PingTimeout.Milliseconds(), MaxPayload: i.Probe.MaxPayload,
		})
	}
	return d
}

// Spawned is a Starter for a target that is started by its description.
type Spawned struct{ Spec *Spec }

// Start spawns the target under the profile, if it offers it.
func (s Spawned) Start(ctx context.Context, p Profile) (Running, error) {
	if !s.Spec.Offers(p.Name) {
		return nil, fmt.Errorf("%w: %s cannot be started with %s", ErrNoProfile, s.Spec.Name, p.Name)
	}
	process, err := s.Spec.Start(ctx, p)
	if err != nil {
		return nil, err
	}
	return process, nil
}

// Attached is a Starter for a target that somebody else started: it offers one profile.
type Attached struct {
	Address string
	Offers  string // name of the profile
}

// Start returns the running target.
func (a Attached) Start(_ context.Context, p Profile) (Running, error) {
	if p.Name != a.Offers {
		return nil, fmt.Errorf("%w: the target at %s was not started with %s", ErrNoProfile, a.Address, p.Name)
	}
	return attached(a.Address), nil
}

type attached string

func (a attached) URL() string           { return string(a) }
func (attached) Exited() <-chan struct{} { return nil }
func (attached) ExitStatus() string      { return "" }
func (attached) Printed() string         { return "" }
func (attached) Stop()                   {}

// Alive reports whether the target still answers a handshake within d, and admits a client to the main namespace where it has done so before, over one transport at least.
func (i *Instance) Alive(ctx context.Context, c Connection, d time.Duration) bool {
	select {
	case <-i.Exited():
		return false
	default:
	}
	if p, ok := i.Running.(Prober); ok {
		return p.Alive()
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	probe := prober{ctx: ctx, url: i.URL(), connection: c, scale: 1, result: Probe{PingInterval: assumedInterval, PingTimeout: assumedTimeout}}
	r := i.Probe.Revisions[0]
	return slices.ContainsFunc(i.Probe.Transports, func(t peer.Transport) bool {
		return probe.on(r, t, func(q *peer.Peer) {
			q.Open()
			if i.Probe.Level > peer.Wire {
				q.Connect("/")
			}
		}) == nil
	})
}
