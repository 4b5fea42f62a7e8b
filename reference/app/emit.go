package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

// An emission is the operation emit of section 4 of the contract.
type emission struct {
	Via     string
	Of      string
	Rooms   selection
	Flags   []string
	Event   event
	Discard selection
	Ack     *time.Duration
	Times   *int
}

// A selection holds the arrays of rooms of an operation.
type selection struct {
	To     []string `json:"to"`
	In     []string `json:"in"`
	Except []string `json:"except"`
}

// rooms returns the rooms that are selected, in the order of the calls.
func (s selection) rooms() []string { return slices.Concat(s.To, s.In) }

// narrow applies the rooms, each with a call of its own.
func (s selection) narrow(o server.Operator) server.Operator {
	for _, room := range s.To {
		o = o.To(room)
	}
	for _, room := range s.In {
		o = o.In(room)
	}
	for _, room := range s.Except {
		o = o.Except(room)
	}
	return o
}

// errNotSupported makes the reply of an operation "unsupported".
var errNotSupported = errors.New("app: unsupported")

// valid reports whether the members of an emission go together.
func (e emission) valid() bool {
	toSocket := e.Via == "socket"
	switch {
	case toSocket && (e.Rooms.To != nil || e.Rooms.In != nil || e.Rooms.Except != nil || slices.Contains(e.Flags, "local")),
		e.Of != "" && e.Via != "nsp",
		e.Ack != nil && (e.Times != nil || e.Via == "parent"):
		return false
	}
	for _, flag := range e.Flags {
		if !slices.Contains([]string{"volatile", "compress", "uncompressed", "local"}, flag) {
			return false
		}
	}
	return slices.Contains([]string{"socket", "broadcast", "nsp", "server", "parent"}, e.Via)
}

// send carries an emission without acknowledgement out.
func (a *App) send(s *server.Socket, e emission) error {
	times := 1
	if e.Times != nil {
		times = *e.Times
	}
	for n := range times {
		args := e.Event.args
		if e.Times != nil {
			args = numbered(args, n)
		}
		if err := a.do.emit(s, e, args); err != nil {
			return err
		}
	}
	return nil
}

// numbered returns args with n for each "<n>".
func numbered(args []any, n int) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		raw, _ := arg.(rawJSON)
		if text, ok := (node{raw: raw}).text(); ok && text == "<n>" {
			args[i] = n
		}
	}
	return args
}

// emitOnce sends an event through an operator of its own.
func (a *App) emitOnce(s *server.Socket, e emission, args []any) error {
	if e.Via == "socket" {
		return sender(s, e).Emit(e.Event.name, args...)
	}
	o, err := a.operator(s, e)
	if err != nil {
		return err
	}
	return o.Emit(e.Event.name, args...)
}

// ask sends an event with an acknowledgement. What it returns waits for the
// answers: via a socket the arguments of the one, else the first argument of
// each.
func (a *App) ask(ctx context.Context, s *server.Socket, e emission) (wait func() ([]any, error)) {
	ctx, cancel := context.WithTimeout(ctx, *e.Ack)
	if e.Via == "socket" {
		question := sender(s, e).Ask(ctx, e.Event.name, e.Event.args...)
		return func() ([]any, error) {
			defer cancel()
			args, err := question.Wait()
			return args.Forward(), err
		}
	}
	o, err := a.operator(s, e)
	if err != nil {
		cancel()
		return func() ([]any, error) { return nil, err }
	}
	questions := o.Ask(ctx, e.Event.name, e.Event.args...)
	return func() ([]any, error) {
		defer cancel()
		all, err := questions.Wait()
		answers := make([]any, len(all))
		for i, args := range all {
			answers[i] = args.At(0)
		}
		return answers, err
	}
}

// sender returns what sends to the socket alone.
func sender(s *server.Socket, e emission) server.Sender {
	o := s.Compress(true)
	for _, flag := range e.Flags {
		switch flag {
		case "volatile":
			o = o.Volatile()
		case "compress", "uncompressed":
			o = o.Compress(flag == "compress")
		}
	}
	return o
}

// operator returns the operator that an emission asks for.
func (a *App) operator(s *server.Socket, e emission) (server.Operator, error) {
	o, err := a.via(s, e)
	if err != nil {
		return o, err
	}
	o = e.Rooms.narrow(o)
	for _, flag := range e.Flags {
		switch flag {
		case "volatile":
			o = o.Volatile()
		case "compress", "uncompressed":
			o = o.Compress(flag == "compress")
		case "local":
			o = o.Local()
		}
	}
	_ = e.Discard.narrow(o)
	return o, nil
}

func (a *App) via(s *server.Socket, e emission) (server.Operator, error) {
	switch e.Via {
	case "broadcast":
		return s.Broadcast(), nil
	case "server":
		return a.server.To(), nil
	case "parent":
		p := s.Namespace().Parent()
		if p == nil {
			return server.Operator{}, fmt.Errorf("namespace %s has no parent", s.Namespace().Name())
		}
		return p.To(), nil
	default:
		if e.Of == "" {
			return s.Namespace().To(), nil
		}
		if !slices.Contains(a.server.Namespaces(), e.Of) {
			return server.Operator{}, fmt.Errorf("namespace %s does not exist", e.Of)
		}
		return a.server.Of(e.Of).To(), nil
	}
}
