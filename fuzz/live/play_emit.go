package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// canEmit reports whether the application can send what the step asks for.
func canEmit(w *world, s *Step) bool {
	e := s.Emission
	return e != nil && isMember(w, s) && w.allows(e) && (e.Via != "parent" || familyOf(s.Namespace) != s.Namespace)
}

// allows reports whether the target offers what the emission uses.
func (w *world) allows(e *Emission) bool {
	rooms := slices.Concat(e.To, e.In, e.Except)
	return (len(e.Except) == 0 || w.offers("except")) && (e.Via != "parent" || w.offers("parent")) &&
		(!slices.Contains(e.Flags, "volatile") || w.offers("volatile")) && (e.Via != "socket" || len(rooms) == 0) &&
		(e.Via != "parent" || !slices.ContainsFunc(rooms, func(r string) bool { return strings.HasPrefix(r, "@") })) // an id belongs to one namespace
}

// canMatch returns the condition of operations on sockets.
func canMatch(feature string) func(w *world, s *Step) bool {
	return func(w *world, s *Step) bool {
		return w.offers(feature) && canEmit(w, s) && s.Emission.Via == "nsp" && s.Emission.Of == "" && len(s.Emission.Flags) == 0
	}
}

// canExpel is canMatch for an emission that does not reach the bystander.
func canExpel(w *world, s *Step) bool {
	return canMatch("sockets")(w, s) && !slices.ContainsFunc(w.reach(w.member(s), s.Emission), func(m *member) bool { return m.client.number == 0 })
}

// room returns the name of a room as the target knows it. One that begins with @ is the id of a client's socket.
func (w *world) room(nsp, name string) string {
	var number int
	if _, err := fmt.Sscanf(name, "@%d", &number); err != nil {
		return name
	}
	if number < 0 || number >= peers || w.clients[number].members[nsp] == nil {
		return "nobody"
	}
	return w.clients[number].members[nsp].sid
}

// matching returns the members of an operation that select sockets.
func (w *world) matching(e *Emission, nsp string) peer.Op {
	op := peer.Op{}
	for name, rooms := range map[string][]string{"to": e.To, "in": e.In, "except": e.Except} {
		for _, r := range rooms {
			list, _ := op[name].([]string)
			op[name] = append(list, w.room(nsp, r))
		}
	}
	return op
}

// emitOp returns the operation that sends an event with the next number, and the event's arguments.
func (w *world) emitOp(m *member, e *Emission, more ...any) (peer.Op, []any) {
	w.sent++
	args := append([]any{"news", w.sent}, more...)
	op := w.matching(e, e.target(m.nsp))
	op["do"], op["via"], op["args"] = "emit", e.Via, args
	if e.Of != "" {
		op["of"] = e.Of
	}
	if e.Flags != nil {
		op["flags"] = e.Flags
	}
	if len(e.Discard) > 0 {
		op["discard"] = map[string]any{"to": e.Discard}
	}
	return op, args
}

// ruleOf returns the rule that an emission is about.
func ruleOf(e *Emission) string {
	switch {
	case e.Via == "socket":
		return "sio.rooms.socket-emit"
	case e.Via == "parent":
		return "sio.dyn.parent.emit"
	case len(e.Except) > 0:
		return "sio.rooms.except"
	case e.Of != "":
		return "sio.rooms.cross-namespace-emit"
	case len(e.To)+len(e.In) > 1:
		return "sio.rooms.union"
	case e.Via == "broadcast" && len(e.To)+len(e.In) == 0:
		return "sio.rooms.socket-broadcast"
	case len(e.To)+len(e.In) == 0:
		return "sio.rooms.nsp-emit"
	default:
		return "sio.rooms.delivery"
	}
}

// expect notes whom an event must reach.
func (w *world) expect(m *member, e *Emission, args []any, attachments ...[]byte) {
	for _, q := range w.reach(m, e) {
		d := q.want(eventText(q.nsp, args, len(attachments)), attachments...)
		d.may = slices.Contains(e.Flags, "volatile")
	}
}

// eventText returns the pattern of an event.
func eventText(nsp string, args []any, attachments int) string {
	if attachments > 0 {
		return fmt.Sprintf("45%d-%s%s", attachments, peer.Prefix(nsp), peer.JSON(args))
	}
	return "42" + peer.Prefix(nsp) + peer.JSON(args)
}

func (w *world) playEmit(s *Step) {
	m := w.member(s)
	w.rule = ruleOf(s.Emission)
	placeholders, blobs := attachmentsOf(s)
	op, args := w.emitOp(m, s.Emission, placeholders...)
	w.expect(m, s.Emission, args, blobs...)
	if len(blobs) > 0 {
		w.rule = "sio.rooms.broadcast-binary"
		m.client.StartBinaryOp(s.Namespace, op, blobs...).Value()
		return
	}
	m.client.Op(s.Namespace, op)
}

// attachmentsOf returns the placeholders and the bytes of a step's attachments.
func attachmentsOf(s *Step) (placeholders []any, blobs [][]byte) {
	for i, b := range s.Blobs {
		placeholders = append(placeholders, peer.Placeholder(i))
		blobs = append(blobs, []byte(b))
	}
	return placeholders, blobs
}

func (w *world) playMove(s *Step) {
	m := w.member(s)
	op := w.matching(s.Emission, s.Namespace)
	op["do"], op["rooms"] = "sockets-join", s.Rooms
	if s.Mode == "leave" {
		op["do"] = "sockets-leave"
	}
	m.client.Op(s.Namespace, op)
	for _, q := range w.reach(m, s.Emission) {
		for _, r := range s.Rooms {
			if delete(q.rooms, r); s.Mode != "leave" {
				q.enter(r)
			}
		}
	}
}

func (w *world) playExpel(s *Step) {
	m := w.member(s)
	op := w.matching(s.Emission, s.Namespace)
	op["do"] = "sockets-disconnect"
	reached := w.reach(m, s.Emission)
	if slices.Contains(reached, m) {
		m.client.StartOp(s.Namespace, op) // who has left gets no reply
	} else {
		m.client.Op(s.Namespace, op)
	}
	for _, q := range reached {
		q.isDisconnected()
	}
}

// canInOneTurn reports whether all steps are ones of the same socket that an application carries out at once.
func canInOneTurn(w *world, s *Step) bool {
	for i := range s.Steps {
		t := &s.Steps[i]
		if t.Peer != s.Peer || t.Namespace != s.Namespace || len(t.Blobs) > 0 || !slices.Contains([]Verb{Join, LeaveRoom, Emit}, t.Do) || t.Emission == nil && len(t.Rooms) == 0 || !plays[t.Do].ready(w, t) {
			return false
		}
	}
	return len(s.Steps) > 0 && isMember(w, s)
}

func (w *world) playInOneTurn(s *Step) {
	m := w.member(s)
	var ops []peer.Op
	for i := range s.Steps {
		switch t := &s.Steps[i]; t.Do {
		case Join:
			ops = append(ops, peer.Op{"do": "join", "rooms": t.Rooms})
			m.enter(t.Rooms...)
		case LeaveRoom:
			for _, r := range t.Rooms {
				ops = append(ops, peer.Op{"do": "leave", "room": r})
				delete(m.rooms, r)
			}
		default:
			op, args := w.emitOp(m, t.Emission)
			ops = append(ops, op)
			w.expect(m, t.Emission, args)
		}
	}
	m.client.Op(s.Namespace, peer.Op{"do": "batch", "ops": ops})
}

// canTogether reports whether both steps are emissions or messages of different clients.
func canTogether(w *world, s *Step) bool {
	if len(s.Steps) != 2 || s.Steps[0].Peer == s.Steps[1].Peer {
		return false
	}
	for i := range s.Steps {
		t := &s.Steps[i]
		if t.Peer < 0 || t.Peer >= peers || t.Do != Emit || !canEmit(w, t) || slices.Contains(t.Emission.Flags, "volatile") || len(t.Blobs) > 0 {
			return false
		}
	}
	return true
}

func (w *world) playTogether(s *Step) {
	w.anyHow = true
	var pending []*peer.Pending
	for i := range s.Steps {
		t := &s.Steps[i]
		m := w.member(t)
		for range 3 {
			op, args := w.emitOp(m, t.Emission)
			w.expect(m, t.Emission, args)
			pending = append(pending, m.client.StartOp(t.Namespace, op))
		}
	}
	for _, p := range pending {
		p.Value()
	}
}
