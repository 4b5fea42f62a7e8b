package app

import (
	"context"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// scripts returns the three scripted middlewares of section 2 of the contract.
func (a *App) scripts() []server.Middleware {
	var chain []server.Middleware
	for i := range 3 {
		chain = append(chain, func(ctx context.Context, s *server.Socket) error { return a.script(ctx, s, i) })
	}
	return chain
}

// errUnsupported refuses a CONNECT whose script asks for what the app cannot do.
var errUnsupported = &server.Error{Message: "unsupported"}

// script is middleware i.
func (a *App) script(ctx context.Context, s *server.Socket, i int) error {
	trace, _ := s.Data().Get("trace").([]int)
	a.do.setEarly(s, "trace", append(slices.Clip(trace), i))
	a.do.note(tag(s.Handshake().Request), "middleware", s.Namespace().Name(), i)

	payload, _ := node{raw: credentials(s)}.object()
	mw, ok := payload["mw"]
	if !ok {
		return nil
	}
	scripts, ok := mw.array()
	switch {
	case !ok:
		return errUnsupported
	case i >= len(scripts):
		return nil
	}
	steps, ok := scripts[i].array()
	if !ok {
		return errUnsupported
	}
	for _, step := range steps {
		if done, err := a.step(ctx, s, step); done || err != nil {
			return err
		}
	}
	return nil
}

// step carries out one step of a script. The step "twice" is unsupported: what a
// middleware of this server returns, it returns once.
func (a *App) step(ctx context.Context, s *server.Socket, n node) (done bool, err error) {
	r := read(n)
	switch {
	case r.has("wait"):
		if ms := take(r, "wait", node.count); r.known() {
			return false, a.do.wait(ctx, time.Duration(ms)*time.Millisecond)
		}
	case r.has("join"):
		if room := take(r, "join", node.text); r.known() {
			a.do.joinEarly(s, room)
			return false, nil
		}
	case r.has("emit"):
		if e := take(r, "emit", node.event); r.known() && s.Emit(e.name, e.args...) == nil {
			return false, nil
		}
	case r.has("set"):
		if data := take(r, "set", node.object); r.known() {
			for key, v := range data {
				a.do.setEarly(s, key, v.pass())
			}
			return false, nil
		}
	case r.has("reject"):
		if err := rejection(r.node("reject")); err != nil && r.known() {
			return true, a.do.refuse(s, err)
		}
	case r.has("never"):
		if take(r, "never", node.boolean) && r.known() {
			<-ctx.Done()
			return true, ctx.Err()
		}
	case r.has("disconnect"):
		if close := take(r, "disconnect", node.boolean); r.known() {
			s.Disconnect(close)
			return false, nil
		}
	}
	return true, errUnsupported
}

// rejection returns what the step reject passes on, nil if it is malformed.
func rejection(n node) *server.Error {
	r := read(n)
	err := &server.Error{Message: take(r, "message", node.text)}
	if r.has("data") {
		err.Data = r.node("data").pass()
	}
	if !r.known() {
		return nil
	}
	return err
}
