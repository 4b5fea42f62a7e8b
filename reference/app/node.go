package app

import (
	"bytes"
	stdjson "encoding/json"
	"math"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/reference/server"
)

// A node is a JSON value that was received. Value is the same with []byte where
// an attachment belongs; it is nil in what holds no attachment for sure.
//
// Each method that returns an ok takes the node for one kind of value, and
// reports whether it is: null is never one of them.
type node struct {
	raw   []byte
	value any
}

// rawJSON is JSON that is passed on as it is.
type rawJSON = stdjson.RawMessage

// nodeOf returns argument i.
func nodeOf(args server.Args, i int) node {
	arg := args.At(i)
	value, err := arg.Value()
	if err != nil {
		value = nil
	}
	return node{arg.Raw, value}
}

func (n node) starts(with string) bool { return bytes.HasPrefix(n.raw, []byte(with)) }

// object returns the members of an object in which no name appears twice.
func (n node) object() (members map[string]node, ok bool) {
	var raw map[string]jsontext.Value
	if n.binary() || !n.starts("{") || json.Unmarshal(n.raw, &raw) != nil {
		return nil, false
	}
	values, _ := n.value.(map[string]any)
	members = map[string]node{}
	for name, v := range raw {
		members[name] = node{v, values[name]}
	}
	return members, true
}

// array returns the elements of an array.
func (n node) array() (elements []node, ok bool) {
	var raw []jsontext.Value
	if !n.starts("[") || json.Unmarshal(n.raw, &raw) != nil {
		return nil, false
	}
	values, _ := n.value.([]any)
	elements = make([]node, len(raw))
	for i, v := range raw {
		elements[i].raw = v
		if i < len(values) {
			elements[i].value = values[i]
		}
	}
	return elements, true
}

func (n node) text() (s string, ok bool) {
	return s, n.starts(`"`) && json.Unmarshal(n.raw, &s) == nil
}

// texts returns the elements of an array of strings, never nil.
func (n node) texts() ([]string, bool) {
	elements, ok := n.array()
	all := make([]string, len(elements))
	for i, e := range elements {
		text, isText := e.text()
		all[i], ok = text, ok && isText
	}
	return all, ok
}

func (n node) boolean() (b, ok bool) {
	s := string(n.raw)
	return s == "true", s == "true" || s == "false"
}

// count returns a number that is an integer and not negative.
func (n node) count() (int, bool) {
	var f float64
	if n.starts("n") || json.Unmarshal(n.raw, &f) != nil || f < 0 || f != math.Trunc(f) || f >= 1<<31 {
		return 0, false
	}
	return int(f), true
}

func (n node) binary() bool {
	_, ok := n.value.([]byte)
	return ok
}

// An event is the value of a member args or emit: a name and arguments.
type event struct {
	name string
	args []any
}

func (n node) event() (e event, ok bool) {
	elements, ok := n.array()
	if !ok || len(elements) == 0 {
		return event{}, false
	}
	if e.name, ok = elements[0].text(); !ok {
		return event{}, false
	}
	for _, arg := range elements[1:] {
		e.args = append(e.args, arg.pass())
	}
	return e, true
}

// pass returns the node as an argument to send on: as it was received, or with
// attachments.
func (n node) pass() any {
	if holdsBinary(n.value) {
		return n.value
	}
	return rawJSON(n.raw)
}

func holdsBinary(v any) bool {
	switch v := v.(type) {
	case []byte:
		return true
	case []any:
		return slices.ContainsFunc(v, holdsBinary)
	case map[string]any:
		for _, e := range v {
			if holdsBinary(e) {
				return true
			}
		}
	}
	return false
}

// A reader takes the members of an object one by one. The app knows an object
// if all that it takes is there, is of the right kind, and nothing is left.
type reader struct {
	left map[string]node
	bad  bool
}

func read(n node) *reader {
	members, ok := n.object()
	return &reader{members, !ok}
}

// known reports whether the app knows the object.
func (r *reader) known() bool { return !r.bad && len(r.left) == 0 }

// has reports whether there is a member. Those that are optional are asked for
// before they are taken.
func (r *reader) has(name string) bool {
	_, ok := r.left[name]
	return ok
}

func (r *reader) node(name string) node {
	n, ok := r.left[name]
	delete(r.left, name)
	r.bad = r.bad || !ok
	return n
}

// take takes a member as one kind of value: take(r, "room", node.text).
func take[T any](r *reader, name string, as func(node) (T, bool)) T {
	value, ok := as(r.node(name))
	r.bad = r.bad || !ok
	return value
}

// maybe takes a member if it is there, and returns otherwise what is given.
func maybe[T any](r *reader, name string, as func(node) (T, bool), otherwise T) T {
	if !r.has(name) {
		return otherwise
	}
	return take(r, name, as)
}
