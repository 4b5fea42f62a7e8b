package fault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// An operation is what an op event asks of the conformance app: {"do": "join", …}. A fault that changes it makes a correct server do the wrong thing, in earnest.
type operation map[string]any

// nothing is the operation in place of one that has no effect.
func nothing() operation { return operation{"do": "echo", "value": nil} }

// several is the operation that carries out others in one turn.
func several(ops ...operation) operation { return operation{"do": "batch", "ops": ops} }

// with returns a copy with the member set, without it when the value is nil.
func (o operation) with(member string, value any) operation {
	c := operation{}
	maps.Copy(c, o)
	delete(c, member)
	if value != nil {
		c[member] = value
	}
	return c
}

func (o operation) without(members ...string) operation {
	for _, m := range members {
		o = o.with(m, nil)
	}
	return o
}

func (o operation) text(member string) string {
	s, _ := o[member].(string)
	return s
}

// list returns a member that is a list of names.
func (o operation) list(member string) []string {
	items, _ := o[member].([]any)
	var names []string
	for _, v := range items {
		if s, ok := v.(string); ok {
			names = append(names, s)
		}
	}
	return names
}

// targets returns the rooms to send to.
func (o operation) targets() []string { return slices.Concat(o.list("to"), o.list("in")) }

// aimed returns a copy that sends to these rooms.
func (o operation) aimed(rooms []string) operation {
	if len(rooms) == 0 {
		return o.without("to", "in")
	}
	return o.without("in").with("to", rooms)
}

// decode reads JSON and keeps numbers as they stand.
func decode(data []byte, v any) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v) == nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("fault: %w", err)) // what came from JSON goes back to it
	}
	return b
}

// operationIn returns the operation that a packet to the target asks for.
func operationIn(c *Crossing) (operation, bool) {
	var args []any
	if !out(message("25"))(c) || !decode(c.Packet.Data, &args) || len(args) != 2 || args[0] != "op" {
		return nil, false
	}
	op, ok := args[1].(map[string]any)
	return op, ok
}

// withData replaces the data of a packet.
func withData(c *Crossing, data any) {
	c.Data = append(slices.Clone(c.Data[:c.Packet.DataOffset]), encode(data)...)
}

// A reworker returns what is to be done in place of an operation, nil when it stays.
type reworker func(c *Crossing, op operation) operation

// rework makes a fault that changes operations on their way to the target, those in a batch too.
func rework(f reworker) func() *peer.Tap { return reworking(func() reworker { return f }) }

// reworking is rework for a function with a memory.
func reworking(newF func() reworker) func() *peer.Tap {
	return func() *peer.Tap {
		f := newF()
		return frames(func(c *Crossing) []peer.Frame {
			if op, ok := operationIn(c); ok {
				if changed := reworked(c, op, f); changed != nil {
					withData(c, []any{"op", changed})
				}
			}
			return passed(c)
		})
	}
}

func reworked(c *Crossing, op operation, f reworker) operation {
	if changed := f(c, op); changed != nil || op.text("do") != "batch" {
		return changed
	}
	ops, _ := op["ops"].([]any)
	var list []any
	found := false
	for _, v := range ops {
		inner, _ := v.(map[string]any)
		changed := f(c, inner)
		found = found || changed != nil
		if inside, ok := changed["ops"].([]operation); ok { // no batch inside a batch
			for _, o := range inside {
				list = append(list, o)
			}
			continue
		}
		if changed != nil {
			v = changed
		}
		list = append(list, v)
	}
	if !found {
		return nil
	}
	return op.with("ops", list)
}

// doing is rework for operations with one of these names.
func doing(f func(op operation) operation, names ...string) func() *peer.Tap {
	return rework(func(_ *Crossing, op operation) operation {
		if !slices.Contains(names, op.text("do")) {
			return nil
		}
		return f(op)
	})
}

// emits is rework for events that are sent through an operator.
func emits(f func(op operation) operation) func() *peer.Tap { return doing(f, "emit") }

// replies makes a fault that changes the values with which operations are answered.
func replies(f func(op operation, value any) any, names ...string) func() *peer.Tap {
	return func() *peer.Tap {
		asked := map[string]operation{}
		key := func(c *Crossing) string { return c.Session + " " + c.Packet.Namespace + " " + c.Packet.AckID }
		return frames(func(c *Crossing) []peer.Frame {
			if op, ok := operationIn(c); ok && slices.Contains(names, op.text("do")) {
				asked[key(c)] = op
			}
			var args []map[string]any
			if op := asked[key(c)]; op != nil && in(message("3"))(c) && decode(c.Packet.Data, &args) && len(args) == 1 && args[0]["ok"] != nil {
				args[0]["ok"] = f(op, args[0]["ok"])
				withData(c, args)
			}
			return passed(c)
		})
	}
}

// credentials makes a fault that changes the credentials of a CONNECT, as f does with them and reports.
func credentials(newF func() func(c *Crossing, auth map[string]any) bool) func() *peer.Tap {
	return func() *peer.Tap {
		f := newF()
		return frames(func(c *Crossing) []peer.Frame {
			auth := map[string]any{}
			if out(message("0"))(c) && (c.Packet.Data == nil || decode(c.Packet.Data, &auth)) && f(c, auth) {
				if c.Packet.Data == nil {
					c.Packet.DataOffset = len(c.Data)
				}
				withData(c, auth)
			}
			return passed(c)
		})
	}
}

// chain makes a fault of several: a packet passes one after the other.
func chain(faults ...func() *peer.Tap) func() *peer.Tap {
	return func() *peer.Tap {
		var taps []*peer.Tap
		for _, f := range faults {
			taps = append(taps, f())
		}
		return &peer.Tap{Frames: func(f peer.Frame) []peer.Frame {
			passing := []peer.Frame{f}
			for _, tap := range taps {
				var next []peer.Frame
				for _, f := range passing {
					next = append(next, tap.Frames(f)...)
				}
				passing = next
			}
			return passing
		}}
	}
}

// hiddenID is the first of the acknowledgement ids of operations that a fault asks for itself.
const hiddenID = 700_000

// A place is a peer in a namespace.
type place struct{ session, namespace string }

// A roster is what a tap has seen of who is where.
type roster struct {
	present []place          // in the order in which they came
	sid     map[place]string // also of those who have left
	rooms   map[place][]string
	emptied map[string]bool // namespace and room: was left by its last member
	hidden  int
}

// watching makes a fault that knows who is in which rooms. f sees the roster as it was before the packet.
func watching(newF func(r *roster) func(c *Crossing) []peer.Frame) func() *peer.Tap {
	return func() *peer.Tap {
		r := &roster{sid: map[place]string{}, rooms: map[place][]string{}, emptied: map[string]bool{}}
		f := newF(r)
		return frames(func(c *Crossing) []peer.Frame {
			if id, err := strconv.Atoi(c.Packet.AckID); err == nil && id >= hiddenID && in(message("3"))(c) {
				return nil
			}
			passing := f(c)
			r.see(c)
			return passing
		})
	}
}

// knowing is rework with a roster.
func knowing(f func(r *roster, c *Crossing, op operation) operation) func() *peer.Tap {
	return watching(func(r *roster) func(c *Crossing) []peer.Frame {
		return func(c *Crossing) []peer.Frame {
			if op, ok := operationIn(c); ok {
				changed := reworked(c, op, func(c *Crossing, op operation) operation { return f(r, c, op) })
				if changed != nil {
					passing := c.Frame
					passing.Data = append(slices.Clone(c.Data[:c.Packet.DataOffset]), encode([]any{"op", changed})...)
					return []peer.Frame{passing}
				}
			}
			return passed(c)
		}
	})
}

// here returns the place of a packet.
func here(c *Crossing) place { return place{c.Session, c.Packet.Namespace} }

func (r *roster) see(c *Crossing) {
	at := here(c)
	switch {
	case in(message("0"))(c):
		var data struct {
			SID string `json:"sid"`
		}
		if decode(c.Packet.Data, &data) && !slices.Contains(r.present, at) {
			r.present = append(r.present, at)
			r.sid[at], r.rooms[at] = data.SID, []string{data.SID}
		}
	case out(message("1"))(c):
		r.present = slices.DeleteFunc(r.present, func(p place) bool { return p == at })
	}
	if op, ok := operationIn(c); ok {
		r.carryOut(at, op)
	}
}

func (r *roster) carryOut(at place, op operation) {
	switch op.text("do") {
	case "join":
		r.rooms[at] = append(r.rooms[at], op.list("rooms")...)
	case "leave":
		room := op.text("room")
		r.rooms[at] = slices.DeleteFunc(r.rooms[at], func(s string) bool { return s == room })
		if len(r.members(at.namespace, room)) == 0 {
			r.emptied[at.namespace+" "+room] = true
		}
	case "batch":
		ops, _ := op["ops"].([]any)
		for _, inner := range ops {
			if m, ok := inner.(map[string]any); ok {
				r.carryOut(at, m)
			}
		}
	}
}

// members returns who is in one of the rooms.
func (r *roster) members(namespace string, rooms ...string) []place {
	var list []place
	for _, p := range r.present {
		if p.namespace == namespace && slices.ContainsFunc(rooms, func(room string) bool { return slices.Contains(r.rooms[p], room) }) {
			list = append(list, p)
		}
	}
	return list
}

// namespaceOf returns the namespace to which an operation sends.
func namespaceOf(c *Crossing, op operation) string {
	switch {
	case op.text("via") == "server":
		return "/"
	case op.text("of") != "":
		return op.text("of")
	}
	return c.Packet.Namespace
}

// unseen returns whether nobody is in the room.
func (r *roster) unseen(c *Crossing, op operation) func(room string) bool {
	return func(room string) bool { return len(r.members(namespaceOf(c, op), room)) == 0 }
}

// ask returns a packet with which a fault asks for an operation at a place. Its acknowledgement is not shown.
func (r *roster) ask(c *Crossing, at place, op operation) peer.Frame {
	r.hidden++
	packet := fmt.Sprintf(`42%s%d["op",%s]`, peer.Prefix(at.namespace), hiddenID+r.hidden, encode(op))
	return peer.Frame{Session: at.session, Direction: wire.Out, Transport: c.Transport, Data: []byte(packet)}
}
