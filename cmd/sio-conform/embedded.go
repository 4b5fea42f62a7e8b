package main

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// embeddedName is the name of the target that is judged when none is named.
const embeddedName = "embedded reference server"

// embedded returns the reference server with the conformance app, started on loopback under each profile that is needed.
func embedded() *target.Target {
	t := target.New(embeddedName, embeddedStarter{})
	t.Version = release
	t.Declared = &target.Declaration{
		Level: peer.Contract, Transports: []peer.Transport{peer.Polling, peer.WebSocket, peer.Upgraded}, Profiles: target.ProfileNames(),
	}
	return t
}

type embeddedStarter struct{}

// Start starts the app on a port of loopback.
func (embeddedStarter) Start(_ context.Context, p target.Profile) (target.Running, error) {
	a, err := app.New(configOf(p), app.Options{})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return host(a, listener, "http://"+listener.Addr().String()), nil
}

// configOf returns the server options of a profile. What the profile leaves open stays the server's default.
func configOf(p target.Profile) server.Config {
	c := server.Config{
		Revisions:    []sio.Revision{sio.Revision4, sio.Revision5},
		PingInterval: p.PingInterval, PingTimeout: p.PingTimeout, ConnectTimeout: p.ConnectTimeout, UpgradeTimeout: p.UpgradeTimeout,
		MaxPayload: p.MaxPayload,
	}
	if p.Recovery > 0 {
		c.Recovery = &server.Recovery{MaxDisconnection: p.Recovery, RunMiddlewares: p.Middlewares}
	}
	return c
}

// A hosted is an app that runs in this process.
type hosted struct {
	app    *app.App
	server *http.Server
	url    string
	exited chan struct{}
	once   sync.Once
}

// headerTimeout bounds how long a client may take to send the head of a request.
const headerTimeout = 10 * time.Second

// host serves the app on the listener, until Stop.
func host(a *app.App, listener net.Listener, url string) *hosted {
	h := &hosted{app: a, server: &http.Server{Handler: a, ReadHeaderTimeout: headerTimeout}, url: url, exited: make(chan struct{})}
	go func() {
		defer close(h.exited)
		_ = h.server.Serve(listener) // ends when Stop closes the server
	}()
	return h
}

func (h *hosted) URL() string             { return h.url }
func (h *hosted) Exited() <-chan struct{} { return h.exited }
func (h *hosted) ExitStatus() string      { return "the embedded server has ended" }
func (h *hosted) Printed() string         { return "" }

// Stop ends the app and waits for the end.
func (h *hosted) Stop() {
	h.once.Do(func() {
		_ = h.app.Server().Close() // sessions first: they hold the connections
		_ = h.server.Close()
	})
	<-h.exited
}

// A listening is a listener, and how to reach it.
type listening struct {
	net.Listener
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// socketsIn returns a function that listens on Unix sockets in dir. Unlike ports of loopback they do not run out when thousands of connections are made.
func socketsIn(dir string) func() (listening, error) {
	var number atomic.Int64
	return func() (listening, error) {
		name := filepath.Join(dir, strconv.FormatInt(number.Add(1), 36))
		listener, err := net.Listen("unix", name)
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", name)
		}
		return listening{listener, dial}, err
	}
}

// bench returns the apps for the self-test: each in this process, its own for each pair. What the correct app offers under a profile is probed once; a faulty one is not probed, as it may fail
// that too.
func bench(ctx context.Context, listen func() (listening, error)) (run.Bench, error) {
	b := run.Bench{}
	for _, f := range app.Faults() {
		b.Faults = append(b.Faults, f.ID)
	}
	probes := map[string]target.Probe{}
	for _, p := range target.Profiles() {
		rig, err := startRig(p, "", listen)
		if err != nil {
			return b, err
		}
		probes[p.Name], err = target.ProbeTarget(ctx, rig.Instance.URL(), rig.Connection, 1)
		rig.Stop()
		if err != nil {
			return b, err
		}
	}
	b.Start = func(p target.Profile, fault string) (run.Rig, error) {
		rig, err := startRig(p, fault, listen)
		if err == nil {
			rig.Instance.Probe = probes[p.Name]
		}
		return rig, err
	}
	return b, nil
}

func startRig(p target.Profile, fault string, listen func() (listening, error)) (run.Rig, error) {
	var options app.Options
	if fault != "" {
		options.Faults = []string{fault}
	}
	a, err := app.New(configOf(p), options)
	if err != nil {
		return run.Rig{}, err
	}
	l, err := listen()
	if err != nil {
		return run.Rig{}, err
	}
	h := host(a, l, "http://self-test")
	return run.Rig{
		Instance:   &target.Instance{Running: h, Profile: p.Name},
		Connection: target.Connection{Dial: l.dial},
		Fired:      a.Fired, Stop: h.Stop,
	}, nil
}
