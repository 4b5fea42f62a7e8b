package sio

import (
	"errors"
	"fmt"
	"iter"
)

// A Message is a packet with its attachments: what an application sends and
// receives.
type Message struct {
	Packet
	Binary [][]byte // as many as Attachments; binary types only
}

// Event returns the name and the arguments of an event. A name that is a number
// becomes what JavaScript makes of it as a property name. The error says that
// the message is no event or has no name, which is only the case for a message
// that ParsePacket refused or never saw.
func (m Message) Event() (name string, args Args, err error) {
	if !m.Type.IsEvent() {
		return "", Args{}, fmt.Errorf("sio: %v has no event name", m.Type)
	}
	all := elements(m.Data, m.Binary)
	first, args, ok := all.next()
	if !ok {
		return "", Args{}, errors.New("sio: event without name")
	}
	name, err = eventName(first.Raw)
	if err != nil {
		return "", Args{}, err
	}
	return name, args, nil
}

// Args returns the arguments of an event or an acknowledgement: the elements of
// the data, without the name of an event. Other types have none.
func (m Message) Args() Args {
	switch {
	case m.Type.IsEvent():
		_, args, _ := elements(m.Data, m.Binary).next()
		return args
	case m.Type.IsAck():
		return elements(m.Data, m.Binary)
	default:
		return Args{}
	}
}

// Args are the arguments of an event or acknowledgement, as raw JSON that is
// read when it is asked for. The zero value has none.
type Args struct {
	rest   []byte // from the first argument to the end of the array
	binary [][]byte
}

// elements returns the elements of a JSON array, none if data is no array.
func elements(data []byte, binary [][]byte) Args {
	if len(data) == 0 || data[0] != '[' {
		return Args{}
	}
	return Args{data[scanner{b: data}.space(1):], binary}
}

// next splits off the first argument.
func (a Args) next() (first Arg, rest Args, ok bool) {
	s := scanner{a.rest, maxDepth}
	end, rule := s.value(0, 0)
	if rule != 0 {
		return Arg{}, Args{}, false // the end of the array is no value
	}
	first = Arg{a.rest[:end:end], a.binary}
	if next, more, _ := s.comma(end, ']'); more {
		rest = Args{a.rest[next:], a.binary}
	}
	return first, rest, true
}

// All yields the arguments with their positions, which count from zero.
func (a Args) All() iter.Seq2[int, Arg] {
	return func(yield func(int, Arg) bool) {
		rest := a
		for i := 0; ; i++ {
			arg, next, ok := rest.next()
			if !ok || !yield(i, arg) {
				return
			}
			rest = next
		}
	}
}

// Len returns how many arguments there are. It reads all of them.
func (a Args) Len() int {
	n := 0
	for range a.All() {
		n++
	}
	return n
}

// At returns argument i, counted from zero, or the zero Arg if there is none,
// as JavaScript gives undefined. It reads the arguments before it.
func (a Args) At(i int) Arg {
	for k, arg := range a.All() {
		if k == i {
			return arg
		}
	}
	return Arg{}
}

// Decode stores the first arguments in the values that dst points to, by the
// rules of [Arg.Decode]. Arguments beyond dst are ignored, destinations beyond
// the arguments are left alone.
func (a Args) Decode(dst ...any) error {
	for i, arg := range a.All() {
		if i == len(dst) {
			return nil
		}
		if err := arg.Decode(dst[i]); err != nil {
			return fmt.Errorf("sio: argument %d: %w", i, err)
		}
	}
	return nil
}

// Values returns every argument as [Arg.Value] does.
func (a Args) Values() ([]any, error) {
	values := []any{}
	for i, arg := range a.All() {
		v, err := arg.Value()
		if err != nil {
			return nil, fmt.Errorf("sio: argument %d: %w", i, err)
		}
		values = append(values, v)
	}
	return values, nil
}

// Forward returns the arguments in the form that [EncodeEvent] and [EncodeAck]
// take, each an [Arg]: sent on, they are what was received.
func (a Args) Forward() []any {
	args := []any{}
	for _, arg := range a.All() {
		args = append(args, arg)
	}
	return args
}
