// Package app is the conformance app of docs/contract.md on the reference
// server: right, or wrong on purpose.
//
// What the app does at the points where it can be wrong is its behaviour; a
// [Fault] changes some of it. Neither touches the server.
package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// Options say how the app is wrong.
type Options struct {
	Faults []string // ids of the faults to commit; none for the correct app
}

// An App is a conformance app. It is an [http.Handler].
type App struct {
	server   *server.Server
	recovers bool
	do       behaviour
	log      log
	fired    atomic.Int64

	declaredMu sync.Mutex // guards declared
	declared   map[string]bool
}

// New returns the app on a server of its own. The error says that there is no
// such fault.
func New(config server.Config, o Options) (*App, error) {
	a := &App{server: server.New(config), recovers: config.Recovery != nil, declared: map[string]bool{}}
	a.do = a.right()
	for _, id := range o.Faults {
		f, ok := faultByID(id)
		if !ok {
			return nil, fmt.Errorf("app: there is no fault %q", id)
		}
		f.commit(a, &a.do)
	}
	a.namespaces()
	return a, nil
}

// ServeHTTP serves the requests below the path of the server.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.server.ServeHTTP(w, r) }

// Server returns the server of the app.
func (a *App) Server() *server.Server { return a.server }

// Fired returns how often a fault was in effect.
func (a *App) Fired() int { return int(a.fired.Load()) }

func (a *App) fire() { a.fired.Add(1) }

// Shutdown ends the app, as [server.Server.Shutdown] does.
func (a *App) Shutdown(ctx context.Context) error { return a.server.Shutdown(ctx) }

// implementation names the app in the answer to hello.
func implementation() string {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(info.Main.Version, version)
	}
	return "sio-conform reference " + version
}

// namespaces declares the namespaces of section 1 of the contract.
func (a *App) namespaces() {
	for _, name := range []string{"/", "/custom", "/orders", "/users", "/guarded"} {
		n := a.server.Of(name)
		var chain []server.Middleware
		if name == "/guarded" {
			chain = append(chain, a.checkToken)
		}
		if name != "/custom" {
			chain = append(chain, a.scripts()...)
		}
		for _, m := range a.do.chain(name, chain) {
			n.Use(m)
		}
		n.OnConnection(a.do.connected)
	}
	for _, p := range []*server.Parent{
		a.server.OfPattern(regexp.MustCompile(a.do.pattern)),
		a.server.OfFunc(a.do.decide),
	} {
		for _, m := range a.do.chain(parents, a.scripts()) {
			p.Use(m)
		}
		p.OnConnection(a.do.connected)
	}
}

// parents stands for both parents where a namespace is named.
const parents = "parents"

// checkToken is the first middleware of /guarded.
func (a *App) checkToken(_ context.Context, s *server.Socket) error {
	payload, _ := node{raw: credentials(s)}.object()
	if token, ok := payload["token"].text(); ok && token == "secret" {
		return nil
	}
	return a.do.refuse(s, &server.Error{Message: "not authorized", Data: json.RawMessage(`{"code":"TOKEN"}`)})
}

// decide is the function of /tenant-….
func (a *App) decide(ctx context.Context, name string, auth json.RawMessage) (bool, error) {
	if !strings.HasPrefix(name, "/tenant-") {
		return false, nil
	}
	request := server.RequestFrom(ctx)
	a.do.note(tag(request), "decide", name)
	payload, _ := node{raw: credentialsOf(request, auth)}.object()
	if _, asked := payload["tenant"]; !asked {
		return true, nil
	}
	r := read(payload["tenant"])
	allow := maybe(r, "allow", node.boolean, true)
	ms := maybe(r, "ms", node.count, 0)
	failure := maybe(r, "error", node.text, "")
	if !r.known() {
		return false, errUnsupported
	}
	if err := pause(ctx, time.Duration(ms)*time.Millisecond); err != nil {
		return false, err
	}
	if failure != "" {
		return false, errors.New(failure)
	}
	return allow, nil
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connected is the connection handler of every namespace.
func (a *App) connected(s *server.Socket) {
	name, tag := s.Namespace().Name(), tag(s.Handshake().Request)
	a.do.note(tag, "connection", name)
	_ = s.Emit("auth", a.do.auth(s))

	s.On("message", func(args server.Args, _ server.Ack) { a.do.messageBack(s, a.do.echo(args.Forward())) })
	s.On("message-with-ack", func(args server.Args, ack server.Ack) {
		if ack != nil {
			a.do.acknowledge(ack, a.do.echo(args.Forward()))
		}
	})
	s.On("op", func(args server.Args, ack server.Ack) { a.op(s, args, ack) })
	s.OnDisconnecting(func(reason server.Reason) {
		a.do.note(tag, "disconnecting", name, string(reason), s.Rooms())
	})
	s.OnDisconnect(func(reason server.Reason) { a.do.note(tag, "disconnect", name, string(reason)) })
}

// tag returns the tag of a connection, "" if it has none.
func tag(r *http.Request) string { return r.URL.Query().Get("tag") }

// credentials returns the CONNECT payload of a socket, or what takes its place
// in revision 4.
func credentials(s *server.Socket) json.RawMessage {
	h := s.Handshake()
	return credentialsOf(h.Request, h.Auth)
}

// credentialsOf returns the credentials in what a connection, opened by the
// request, was given for one namespace: section 8 of the contract.
func credentialsOf(r *http.Request, auth json.RawMessage) json.RawMessage {
	if r.URL.Query().Get("EIO") != "3" {
		return auth
	}
	query, _ := node{raw: auth}.object()
	text, _ := query["auth"].text()
	if _, ok := (node{raw: []byte(text)}).object(); !ok {
		return json.RawMessage("{}")
	}
	return json.RawMessage(text)
}
