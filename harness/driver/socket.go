package driver

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// Opts are the options with which the client opens a socket, in the words of docs/driver.md.
type Opts map[string]any

// Reconnecting are options with which the client reconnects soon.
var Reconnecting = Opts{"reconnection": true, "reconnectionDelay": 40, "reconnectionDelayMax": 100, "randomizationFactor": 0.01}

// And returns the options together with others.
func (o Opts) And(others Opts) Opts {
	all := maps.Clone(o)
	maps.Copy(all, others)
	return all
}

// A Socket is a socket of the client, by the driver's label.
type Socket struct {
	stage     *Stage
	label     string
	namespace string
	session   *Session // that carried its CONNECT last; scenario's goroutine only
	ID        string   // socket id that the scripted server gave

	// guarded by the stage's stateMu
	events    []Line
	connected bool
	fenced    int // the last fence that the driver reported
	tolerated []string
}

// fenceEvent is the event behind which nothing can hide.
const fenceEvent = "sio-conform-fence"

// Batch runs the operations that f asks for in the driver without a pause between them, as far as its language allows.
func (s *Stage) Batch(f func()) {
	if s.collecting != nil {
		panic("driver: a batch inside a batch")
	}
	ops := []Op{}
	s.collecting = &ops
	f()
	s.collecting = nil
	reply := s.ask(Op{"op": "batch", "ops": ops}, s.replyWithin())
	var replies []Line
	if err := json.Unmarshal([]byte(reply.JSON("replies")), &replies); err != nil || len(replies) != len(ops) {
		s.Fail(&peer.Failure{Reason: "the driver's reply to a batch does not list the replies: " + JSON(reply), Rules: []string{RuleDriver}})
	}
	for i, r := range replies {
		s.check(ops[i], r)
	}
}

// do asks the driver for an operation that must be done. Inside a batch it is only collected.
func (s *Stage) do(op Op) Line {
	op = s.tapOp(op)
	switch {
	case op == nil:
		return Line{"ok": json.RawMessage("true")}
	case s.collecting != nil:
		*s.collecting = append(*s.collecting, op)
		return nil
	}
	reply := s.ask(op, s.replyWithin())
	s.check(op, reply)
	return reply
}

func (s *Stage) check(op Op, reply Line) {
	if reply.True("ok") {
		return
	}
	why := reply.Text("err")
	if feature, ok := strings.CutPrefix(why, "unsupported: "); ok {
		panic(&peer.Unsupported{Feature: feature})
	}
	s.checkAlive()
	s.Fail(&peer.Failure{Reason: fmt.Sprintf("%s failed: %s", JSON(op), why), Expected: "ok", Actual: why})
}

// ask sends an operation and returns the reply.
func (s *Stage) ask(op Op, within time.Duration) Line {
	reply, err := s.conn.Call(s.ctx, op, within)
	switch {
	case err == nil:
		return reply
	case s.ctx.Err() != nil:
		panic(s.ctx.Err())
	case errors.Is(err, errSilent):
		s.die(&Died{Reason: "the client hangs: " + err.Error(), Printed: s.conn.printed()})
	}
	s.die(s.conn.death(err))
	return nil
}

// defaults returns the options of the execution's transport.
func (s *Stage) defaults() Opts {
	transports := map[peer.Transport][]string{
		peer.Polling: {"polling"}, peer.WebSocket: {"websocket"}, peer.Upgraded: {"polling", "websocket"},
	}[s.config.Transport]
	return Opts{"transports": transports, "reconnection": false}
}

// Open lets the client open a socket for the namespace of the scripted server, and returns at once. Over which transport is the execution's, and there is no reconnection, unless the options say
// otherwise.
func (s *Stage) Open(namespace string, opts ...Opts) *Socket {
	path := namespace
	if path == "/" {
		path = ""
	}
	return s.OpenURL(s.Server().URL+path, namespace, opts...)
}

// OpenURL is Open with a URL; namespace is what the client is expected to make of it.
func (s *Stage) OpenURL(url, namespace string, opts ...Opts) *Socket {
	k := s.newSocket(namespace)
	all := s.defaults()
	for _, o := range opts {
		maps.Copy(all, o)
	}
	open := Op{"op": "open", "sock": k.label, "url": url, "opts": all}
	if len(s.conn.hello.Revisions) > 1 {
		open["revision"] = int(s.config.Revision)
	}
	listen := func() {
		s.do(open)
		k.On(fenceEvent, Reply())
	}
	if s.collecting != nil {
		listen()
	} else {
		s.Batch(listen)
	}
	return k
}

func (s *Stage) newSocket(namespace string) *Socket {
	s.labels++
	k := &Socket{stage: s, label: fmt.Sprintf("%c", 'a'+s.labels-1), namespace: namespace}
	if s.labels > 26 {
		k.label = fmt.Sprintf("s%d", s.labels)
	}
	s.locked(func() { s.sockets = append(s.sockets, k) })
	return k
}

// Connected opens a socket, accepts its CONNECT and waits until the client says that it is connected, over the transport of the execution.
func (s *Stage) Connected(namespace string, opts ...Opts) *Socket {
	k := s.Open(namespace, opts...)
	k.Accept()
	return k
}

// ConnectedTogether opens sockets for several namespaces without a pause between them, and accepts each. A client that is told its namespaces when it makes a connection can do this too.
func (s *Stage) ConnectedTogether(namespaces ...string) []*Socket {
	var sockets []*Socket
	s.Batch(func() {
		for _, namespace := range namespaces {
			sockets = append(sockets, s.Open(namespace))
		}
	})
	for _, k := range sockets {
		k.Accept()
	}
	return sockets
}

// Accept waits for the socket's CONNECT, accepts it and waits until the client says that the socket is connected. It returns the session.
func (k *Socket) Accept() *Session {
	c := k.stage.WantConnect(k.namespace)
	k.AcceptOn(c)
	return c
}

// AcceptOn accepts the socket's CONNECT, which came on the session, and waits until the client says that the socket is connected.
func (k *Socket) AcceptOn(c *Session) {
	k.session = c
	k.ID = c.Accept(k.namespace)
	k.WantConnected()
	if k.stage.config.Transport == peer.Upgraded {
		c.WantUpgraded()
	}
}

// Session returns the session over which the socket was accepted last.
func (k *Socket) Session() *Session { return k.session }

// Joined notes over which session the socket is connected, where the scenario answered the CONNECT itself.
func (k *Socket) Joined(c *Session) { k.session = c }

// Label returns the driver's label of the socket.
func (k *Socket) Label() string { return k.label }

// An OnOption changes how a listener answers.
type OnOption func(Op)

// Reply lets the listener acknowledge with these arguments.
func Reply(args ...any) OnOption {
	return func(op Op) { op["reply"] = append([]any{}, args...) }
}

// Times lets the listener acknowledge that often.
func Times(n int) OnOption { return func(op Op) { op["times"] = n } }

// On listens for an event.
func (k *Socket) On(name string, opts ...OnOption) { k.stage.do(k.OpOn(name, opts...)) }

// OpOn returns the operation of On, for When.
func (k *Socket) OpOn(name string, opts ...OnOption) Op {
	op := Op{"op": "on", "sock": k.label, "event": name}
	for _, o := range opts {
		o(op)
	}
	return op
}

// Emit sends an event.
func (k *Socket) Emit(name string, args ...any) { k.stage.do(k.OpEmit(name, args...)) }

// OpEmit returns the operation of Emit, for When.
func (k *Socket) OpEmit(name string, args ...any) Op {
	return Op{"op": "emit", "sock": k.label, "event": name, "args": append([]any{}, args...)}
}

// EmitAck sends an event whose acknowledgement is reported under the label.
func (k *Socket) EmitAck(label, name string, args ...any) {
	op := k.OpEmit(name, args...)
	op["ack"] = label
	k.stage.do(op)
}

// EmitWith sends an event with further members of the operation: volatile, timeout, promise, ack.
func (k *Socket) EmitWith(more Op, name string, args ...any) {
	op := k.OpEmit(name, args...)
	maps.Copy(op, more)
	k.stage.do(op)
}

// EmitRefused lets the client send an event, and returns whether the call failed.
func (k *Socket) EmitRefused(name string, args ...any) bool {
	op := k.stage.tapOp(k.OpEmit(name, args...))
	if op == nil {
		return false
	}
	return !k.stage.ask(op, k.stage.replyWithin()).True("ok")
}

// Connect calls the client's connect.
func (k *Socket) Connect() { k.stage.do(Op{"op": "connect", "sock": k.label}) }

// Disconnect calls the client's disconnect.
func (k *Socket) Disconnect() { k.stage.do(k.OpDisconnect()) }

// OpDisconnect returns the operation of Disconnect, for When.
func (k *Socket) OpDisconnect() Op { return Op{"op": "disconnect", "sock": k.label} }

// Set changes the socket's auth or the connection's query.
func (k *Socket) Set(what string, value any) {
	k.stage.do(Op{"op": "set", "sock": k.label, what: value})
}

// Kill closes the connection below the socket inside the client.
func (k *Socket) Kill() { k.stage.do(Op{"op": "kill", "sock": k.label}) }

// When runs operations inside a listener.
func (k *Socket) When(event string, ops ...Op) {
	k.stage.do(Op{"op": "when", "sock": k.label, "event": event, "ops": ops})
}

// Any listens for all events, in ("in") or out ("out").
func (k *Socket) Any(dir string) { k.stage.do(Op{"op": "any", "sock": k.label, "dir": dir}) }

// ThrowOn listens for an event and throws.
func (k *Socket) ThrowOn(event string) {
	k.stage.do(Op{"op": "throwOn", "sock": k.label, "event": event})
}

// hear takes an event of the driver; the stage's stateMu is held.
func (k *Socket) hear(ev string, l Line) {
	switch ev {
	case "connect":
		k.connected = true
	case "disconnect":
		k.connected = false
	}
	name := l.Text("name")
	switch {
	case name == fenceEvent && ev == "event":
		var args []int
		if json.Unmarshal([]byte(l.JSON("args")), &args) == nil && len(args) == 1 {
			k.fenced = args[0]
		}
	case name == fenceEvent:
	case slices.ContainsFunc(k.tolerated, func(kind string) bool { return isKind(l, kind) }):
	default:
		k.events = append(k.events, l)
	}
}

// Kinds of events beside those of docs/driver.md.
const (
	AckFailure = "ack failure" // an acknowledgement will not come
	Lost       = "lost"        // a disconnect for one of the reasons that there are
)

// isKind reports whether an event is of the kind.
func isKind(l Line, kind string) bool {
	switch kind {
	case AckFailure:
		return l.Text("ev") == "ack" && l.JSON("err") != "null"
	case Lost:
		return l.Text("ev") == "disconnect" && slices.Contains(reasons, l.Text("reason"))
	}
	return l.Text("ev") == kind
}

// Tolerate does not see events of these kinds at the socket any more.
func (k *Socket) Tolerate(kinds ...string) {
	k.stage.locked(func() {
		k.tolerated = append(k.tolerated, kinds...)
		k.events = slices.DeleteFunc(k.events, func(l Line) bool {
			return slices.ContainsFunc(kinds, func(kind string) bool { return isKind(l, kind) })
		})
	})
}

// Tolerate does not see events of these kinds at any socket any more.
func (s *Stage) Tolerate(kinds ...string) {
	for _, k := range s.sockets {
		k.Tolerate(kinds...)
	}
}

// next removes the first event of the socket, which must be of that kind, waiting for it.
func (k *Socket) next(kind, want string) Line {
	s := k.stage
	var l Line
	s.expect("%s of %s", want, k)
	if !s.await(s.Patience(), func() bool {
		if len(k.events) == 0 {
			return false
		}
		l, k.events = k.events[0], k.events[1:]
		return true
	}) {
		s.missing(fmt.Sprintf("%s of %s", want, k), "nothing; "+s.Server().got())
	}
	if l.Text("ev") != kind {
		k.mismatch(want, l, "another kind of event")
	}
	return l
}

func (k *Socket) mismatch(want string, got Line, diff string) {
	k.stage.checkAlive()
	text := wire.Quote([]byte(JSON(without(got, "t"))))
	k.stage.Fail(&peer.Failure{Reason: fmt.Sprintf("%s: want %s; got %s: %s", k, want, text, diff), Expected: want, Actual: text})
}

func without(l Line, names ...string) Line {
	c := l.clone()
	for _, n := range names {
		delete(c, n)
	}
	return c
}

// match compares a member of an event with a pattern.
func (k *Socket) match(l Line, want, member, pattern string) {
	if diff := matchJSON(pattern, l.JSON(member)); diff != "" {
		k.mismatch(want, l, strings.ReplaceAll(diff, "value", member))
	}
}

// WantConnected waits until the client says that the socket is connected, with the socket id that the server gave.
func (k *Socket) WantConnected() Line {
	l := k.next("connect", "connect")
	if k.ID != "" {
		k.match(l, "connect", "id", JSON(k.ID))
	}
	return l
}

// WantConnectError waits until the client says that the socket could not connect, with a message that matches the pattern.
func (k *Socket) WantConnectError(message string) Line {
	want := "connect_error " + message
	l := k.next("connect_error", want)
	k.match(l, want, "message", message)
	return l
}

// WantRefused waits until the client says that the server refused the namespace with that message: connect_error, or error in revision 4.
func (k *Socket) WantRefused(message string) Line {
	if !k.stage.Revision4() {
		return k.WantConnectError(JSON(message))
	}
	l := k.next("error", "error "+message)
	k.match(l, "error "+message, "data", JSON(message))
	return l
}

// WantError waits for the event error of revision 4, with data that matches the pattern.
func (k *Socket) WantError(data string) Line {
	l := k.next("error", "error "+data)
	k.match(l, "error "+data, "data", data)
	return l
}

// WantEvent waits until the client delivers an event with arguments that match the pattern of an array.
func (k *Socket) WantEvent(name, args string) Line {
	want := fmt.Sprintf("event %s with %s", name, args)
	l := k.next("event", want)
	k.match(l, want, "name", JSON(name))
	k.match(l, want, "args", args)
	return l
}

// WantAny waits until a catch-all listener reports an event: kind any or any_out.
func (k *Socket) WantAny(kind, name, args string) {
	want := fmt.Sprintf("%s %s with %s", kind, name, args)
	l := k.next(kind, want)
	k.match(l, want, "name", JSON(name))
	k.match(l, want, "args", args)
}

// WantAck waits until the client hands over the acknowledgement of that label, without an error and with arguments that match the pattern of an array.
func (k *Socket) WantAck(label, args string) Line {
	want := fmt.Sprintf("acknowledgement %s with %s", label, args)
	l := k.next("ack", want)
	k.match(l, want, "label", JSON(label))
	if err := l.JSON("err"); err != "null" {
		k.mismatch(want, l, "it failed")
	}
	k.match(l, want, "args", args)
	return l
}

// WantAckError waits until the acknowledgement of that label fails.
func (k *Socket) WantAckError(label string) Line {
	want := "failure of the acknowledgement " + label
	l := k.next("ack", want)
	k.match(l, want, "label", JSON(label))
	if l.JSON("err") == "null" {
		k.mismatch(want, l, "it did not fail")
	}
	return l
}

// State asks the driver for the socket's state.
func (k *Socket) State() Line {
	return k.stage.do(Op{"op": "state", "sock": k.label})
}

// WantState asks for the socket's state and compares a member with a pattern.
func (k *Socket) WantState(member, pattern string) {
	l := k.State()
	k.match(l, member+" "+pattern, member, pattern)
}

func (k *Socket) String() string { return fmt.Sprintf("socket %s (%s)", k.label, k.namespace) }
