package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// handshake returns what the library tells of the request that opened the connection.
func handshake(s *server.Socket) any {
	h := s.Handshake()
	return map[string]any{
		"url": h.URL, "address": h.Address, "secure": h.Secure, "xdomain": h.CrossDomain, "issued": h.Time.UnixMilli(), "time": h.Time.Format(time.RFC1123Z),
	}
}

// features are those of section 7 of the contract. The step "twice" is missing:
// a middleware of the reference server cannot pass on twice.
var features = []string{
	"middleware", "dynamic.pattern", "dynamic.function", "parent", "except", "ack.timeout", "ack.broadcast",
	"fetch", "sockets", "volatile", "declare", "namespaces", "log", "log.answered", "handshake",
}

// features returns what the app can do on its server.
func (a *App) features() []string {
	if a.recovers {
		return append(slices.Clip(features), "recovery")
	}
	return features
}

// operations are the operations that have a reply of their own, by the value of
// the member do. Each takes its members from r and returns the value of the
// reply.
var operations map[string]func(a *App, s *server.Socket, r *reader) (any, error)

func init() {
	operations = map[string]func(*App, *server.Socket, *reader) (any, error){
		"hello": func(a *App, _ *server.Socket, r *reader) (any, error) {
			return value(r, func() any {
				return map[string]any{"contract": 1, "implementation": implementation(), "features": a.features()}
			})
		},
		"echo": func(a *App, _ *server.Socket, r *reader) (any, error) {
			v := r.node("value")
			return value(r, func() any { return a.do.echo([]any{v.pass()})[0] })
		},
		"info": func(a *App, s *server.Socket, r *reader) (any, error) {
			return value(r, func() any { return a.info(s) })
		},
		"handshake": func(_ *App, s *server.Socket, r *reader) (any, error) {
			return value(r, func() any { return handshake(s) })
		},
		"rooms": func(_ *App, s *server.Socket, r *reader) (any, error) {
			return value(r, func() any { return s.Rooms() })
		},
		"members": func(a *App, s *server.Socket, r *reader) (any, error) {
			room := maybe(r, "room", node.text, "")
			return value(r, func() any { return a.do.members(s, room) })
		},
		"namespaces": func(a *App, _ *server.Socket, r *reader) (any, error) {
			return value(r, func() any { return a.server.Namespaces() })
		},
		"log": func(a *App, _ *server.Socket, r *reader) (any, error) {
			tag := take(r, "tag", node.text)
			return value(r, func() any { return a.log.of(tag) })
		},

		"join": func(a *App, s *server.Socket, r *reader) (any, error) {
			rooms := take(r, "rooms", node.texts)
			return null(r, func() { a.do.join(s, rooms) })
		},
		"leave": func(a *App, s *server.Socket, r *reader) (any, error) {
			room := take(r, "room", node.text)
			return null(r, func() { a.do.leave(s, room) })
		},
		"set": func(a *App, s *server.Socket, r *reader) (any, error) {
			data := take(r, "data", node.object)
			return null(r, func() {
				for key, v := range data {
					a.do.set(s, key, v.pass())
				}
			})
		},
		"disconnect": func(a *App, s *server.Socket, r *reader) (any, error) {
			close := maybe(r, "close", node.boolean, false)
			return null(r, func() { a.do.disconnect(s, close) })
		},
		"declare": func(a *App, _ *server.Socket, r *reader) (any, error) {
			name := take(r, "nsp", node.text)
			r.bad = r.bad || name == ""
			return null(r, func() { a.declare(name) })
		},

		"fetch": func(a *App, s *server.Socket, r *reader) (any, error) {
			o := matching(a, s, r)
			if !r.known() {
				return nil, errNotSupported
			}
			return fetch(s.Context(), o)
		},
		"sockets-join": func(a *App, s *server.Socket, r *reader) (any, error) {
			o, rooms := matching(a, s, r), take(r, "rooms", node.texts)
			return null(r, func() { o.SocketsJoin(rooms...) })
		},
		"sockets-leave": func(a *App, s *server.Socket, r *reader) (any, error) {
			o, rooms := matching(a, s, r), take(r, "rooms", node.texts)
			return null(r, func() { o.SocketsLeave(rooms...) })
		},
		"sockets-disconnect": func(a *App, s *server.Socket, r *reader) (any, error) {
			o, close := matching(a, s, r), maybe(r, "close", node.boolean, false)
			return null(r, func() { o.DisconnectSockets(close) })
		},
	}
}

// value carries an operation out if the app knows it.
func value(r *reader, do func() any) (any, error) {
	if !r.known() {
		return nil, errNotSupported
	}
	return do(), nil
}

// null carries out an operation that has no value.
func null(r *reader, do func()) (any, error) {
	return value(r, func() any {
		do()
		return nil
	})
}

// op handles the event "op".
func (a *App) op(s *server.Socket, args server.Args, ack server.Ack) {
	if ack == nil {
		ack = func(...any) error { return nil }
	}
	a.do.begin(s)
	request := nodeOf(args, 0)
	if args.Len() != 1 {
		request = node{}
	}
	if a.ack(request, ack) {
		return
	}
	a.carryOut(s, request, func(reply any) { _ = ack(reply) }) // who has left gets no reply
}

// ack carries out the operation ack, and reports whether that was it.
func (a *App) ack(request node, ack server.Ack) bool {
	r := read(request)
	if do := take(r, "do", node.text); do != "ack" {
		return false
	}
	args := take(r, "args", node.array)
	times := maybe(r, "times", node.count, 1)
	wait := maybe(r, "wait", node.count, 0)
	if !r.known() {
		return false
	}
	call := func() {
		for range times {
			a.do.acknowledge(ack, pass(args))
		}
	}
	if wait == 0 {
		call()
	} else {
		time.AfterFunc(time.Duration(wait)*time.Millisecond, call)
	}
	return true
}

func pass(nodes []node) []any {
	args := make([]any, len(nodes))
	for i, n := range nodes {
		args[i] = n.pass()
	}
	return args
}

// carryOut carries out an operation and gives its reply to the function, before
// it returns unless the operation waits for an acknowledgement.
func (a *App) carryOut(s *server.Socket, request node, reply func(any)) {
	r := read(request)
	do := take(r, "do", node.text)
	switch run := operations[do]; {
	case do == "batch":
		a.batch(s, r, reply)
	case do == "emit":
		a.emission(s, r, reply)
	case run == nil || r.bad:
		reply(outcome(nil, errNotSupported))
	default:
		reply(outcome(run(a, s, r)))
	}
}

// outcome returns the reply of an operation.
func outcome(value any, err error) any {
	switch {
	case err == nil:
		return map[string]any{"ok": value}
	case errors.Is(err, errNotSupported), errors.Is(err, server.ErrParent):
		return map[string]any{"error": "unsupported"}
	case errors.Is(err, context.DeadlineExceeded):
		failure := map[string]any{"error": "failed", "message": "timeout"}
		if value != nil {
			failure["answers"] = value
		}
		return failure
	default:
		return map[string]any{"error": "failed", "message": err.Error()}
	}
}

// batch carries out operations one after the other. The replies are together
// when the last one is there.
func (a *App) batch(s *server.Socket, r *reader, reply func(any)) {
	ops := take(r, "ops", node.array)
	for _, op := range ops {
		members, _ := op.object()
		do, _ := members["do"].text()
		r.bad = r.bad || members == nil || do == "ack" || do == "batch"
	}
	if !r.known() {
		reply(outcome(nil, errNotSupported))
		return
	}
	replies := make([]any, len(ops))
	var missing atomic.Int64
	missing.Store(int64(len(ops)) + 1) // one for the turn itself
	done := func() {
		if missing.Add(-1) == 0 {
			reply(outcome(replies, nil))
		}
	}
	for i, op := range a.do.batch(ops) {
		a.carryOut(s, op, func(reply any) {
			replies[i] = reply
			done()
		})
	}
	done()
}

// emission carries out the operation emit.
func (a *App) emission(s *server.Socket, r *reader, reply func(any)) {
	e := emission{
		Via:   take(r, "via", node.text),
		Event: take(r, "args", node.event),
		Of:    maybe(r, "of", node.text, ""),
		Rooms: rooms(r),
		Flags: maybe(r, "flags", node.texts, nil),
	}
	if r.has("discard") {
		discard := read(r.node("discard"))
		e.Discard = rooms(discard)
		r.bad = r.bad || !discard.known()
	}
	if r.has("ack") {
		wait := time.Duration(take(r, "ack", node.count)) * time.Millisecond
		e.Ack = &wait
	}
	if r.has("times") {
		times := take(r, "times", node.count)
		e.Times = &times
	}
	if !r.known() || !e.valid() {
		reply(outcome(nil, errNotSupported))
		return
	}
	e = a.do.emission(s, e)
	if e.Ack == nil {
		reply(outcome(nil, a.send(s, e)))
		return
	}
	wait := a.do.ask(s.Context(), s, e)
	go func() {
		answers, err := wait()
		a.do.note(tag(s.Handshake().Request), "answered", s.Namespace().Name())
		if err != nil && e.Via == "socket" {
			reply(outcome(nil, err))
			return
		}
		reply(outcome(answers, err))
	}()
}

func rooms(r *reader) selection {
	return selection{
		To:     maybe(r, "to", node.texts, nil),
		In:     maybe(r, "in", node.texts, nil),
		Except: maybe(r, "except", node.texts, nil),
	}
}

// matching returns the operator of an operation on sockets.
func matching(a *App, s *server.Socket, r *reader) server.Operator {
	if via := maybe(r, "via", node.text, "nsp"); via != "nsp" {
		r.bad = true
	}
	e := a.do.emission(s, emission{Via: "nsp", Rooms: rooms(r)})
	return e.Rooms.narrow(s.Namespace().To())
}

func fetch(ctx context.Context, o server.Operator) (any, error) {
	fetched, err := o.FetchSockets(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(fetched, func(a, b server.RemoteSocket) int { return strings.Compare(a.ID, b.ID) })
	all := []any{}
	for _, f := range fetched {
		all = append(all, map[string]any{"id": f.ID, "rooms": f.Rooms, "data": f.Data})
	}
	return all, nil
}

func (a *App) info(s *server.Socket) any {
	h := s.Handshake()
	query := map[string]string{}
	for name := range h.Query {
		query[name] = h.Query.Get(name)
	}
	return map[string]any{
		"id":        s.ID(),
		"nsp":       a.do.name(s),
		"auth":      a.do.auth(s),
		"query":     query,
		"headers":   headers(h.Request),
		"data":      s.Data().All(),
		"recovered": s.Recovered(),
	}
}

// headers returns the headers of a request as Node does: names in lower case.
func headers(r *http.Request) map[string]string {
	all := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		all[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return all
}

// declare declares a namespace. The first time it gets the connection handler,
// unless it has a parent, whose handler it has.
func (a *App) declare(name string) {
	before := a.server.Namespaces()
	n := a.server.Of(name)
	name = n.Name() // with its slash
	a.declaredMu.Lock()
	defer a.declaredMu.Unlock()
	if !slices.Contains(before, name) && !a.declared[name] && n.Parent() == nil {
		n.OnConnection(a.do.connected)
	}
	a.declared[name] = true
}
