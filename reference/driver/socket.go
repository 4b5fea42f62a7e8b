package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

// A socket is one that the harness has opened.
type socket struct {
	*client.Socket
	driver    *driver
	scene     *scene
	label     string
	revision4 bool

	offMu sync.Mutex // guards off
	off   map[string]func()
}

// keep remembers how the listener that was registered last under that name is taken away.
func (s *socket) keep(name string, off func()) {
	s.offMu.Lock()
	defer s.offMu.Unlock()
	if s.off == nil {
		s.off = map[string]func(){}
	}
	s.off[name] = off
}

func (s *socket) takeAway(name string) error {
	s.offMu.Lock()
	defer s.offMu.Unlock()
	if s.off[name] == nil {
		return fmt.Errorf("nobody listens for %s", name)
	}
	s.off[name]()
	return nil
}

// report writes an event of the socket, unless its scene is over.
func (s *socket) report(ev string, l line) {
	if s.scene.over.Load() {
		return
	}
	l["sock"] = s.label
	s.driver.report(ev, l)
}

// event returns the name of an event that the harness gives as text.
func (op *operation) event() (string, error) {
	var name string
	err := json.Unmarshal(op.Event, &name)
	return name, err
}

func (s *socket) on(op operation) error {
	name, err := op.event()
	if err != nil {
		return err
	}
	reply, err := unpackAll(op.Reply)
	if err != nil {
		return err
	}
	listen := s.On
	if op.Once {
		listen = s.Once
	}
	s.keep("event "+string(op.Event), listen(name, func(args client.Args, ack client.Ack) {
		s.report("event", line{"name": name, "args": packAll(args), "ack": ack != nil})
		if ack == nil || op.Reply == nil {
			return
		}
		for range max(1, op.Times) {
			_ = ack(reply...) // a connection that has ended shows elsewhere
		}
	}))
	return nil
}

func (s *socket) emit(op operation) error {
	args, err := unpackAll(op.Args)
	if err != nil {
		return err
	}
	var number int64
	if json.Unmarshal(op.Event, &number) == nil {
		return s.EmitNumber(number, args...)
	}
	name, err := op.event()
	if err != nil {
		return err
	}
	if op.Ack != nil {
		s.ask(op, name, args)
		return nil
	}
	err = s.sender(op).Emit(name, args...)
	if errors.Is(err, client.ErrDropped) { // as it was asked for
		return nil
	}
	return err
}

// sender returns what sends an event with the options of the operation.
func (s *socket) sender(op operation) client.Sender {
	sender := s.Sender()
	if op.Volatile {
		sender = sender.Volatile()
	}
	if op.Timeout > 0 {
		sender = sender.Timeout(milliseconds(op.Timeout))
	}
	return sender
}

// ask sends an event and reports its acknowledgement. What a promise carries is one value, the first argument.
func (s *socket) ask(op operation, name string, args []any) {
	s.sender(op).Ask(context.Background(), name, args...).Then(func(got client.Args, err error) {
		l := line{"label": *op.Ack, "err": nil, "args": packAll(got)}
		switch {
		case err != nil:
			l["err"] = err.Error()
		case op.Promise:
			l["args"] = []any{pack(got.At(0))}
		}
		s.report("ack", l)
	})
}

func (s *socket) state() line {
	return s.seen(line{"id": orNull(s.ID()), "transport": orNull(s.Transport())})
}

func (s *socket) set(op operation) error {
	if op.Auth != nil {
		if s.revision4 {
			return errors.New("unsupported: option auth")
		}
		return s.SetAuth(op.Auth)
	}
	query, err := values(op.Query)
	if err != nil {
		return err
	}
	s.SetQuery(query)
	return nil
}

// when has operations run inside a listener.
func (s *socket) when(op operation) error {
	name, err := op.event()
	if err != nil {
		return err
	}
	run := func() {
		for _, inner := range op.Ops {
			if reply := s.driver.attempt(inner); reply["ok"] != true && !s.scene.over.Load() {
				s.driver.report("op_error", line{"message": reply["err"]})
			}
		}
	}
	switch name {
	case "connect":
		s.OnConnect(func(string, bool) { run() })
	case "disconnect":
		s.OnDisconnect(func(client.Reason, error) { run() })
	default:
		s.On(name, func(client.Args, client.Ack) { run() })
	}
	return nil
}

func (s *socket) any(op operation) {
	tell := func(ev string) func(string, client.Args) {
		return func(name string, args client.Args) { s.report(ev, line{"name": name, "args": packAll(args)}) }
	}
	if op.Dir == "out" {
		s.keep("any out", s.OnAnyOutgoing(tell("any_out")))
	} else {
		s.keep("any in", s.OnAny(tell("any")))
	}
}

func (s *socket) throwOn(op operation) error {
	name, err := op.event()
	if err != nil {
		return err
	}
	s.On(name, func(client.Args, client.Ack) { panic(fmt.Errorf("thrown by the listener")) })
	return nil
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }
