package live

import (
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// How an event of the application is answered.
const (
	answerOnce      = "once"
	answerTwice     = "twice"     // the second answer is another one
	answerLate      = "late"      // when the application does not wait any more
	answerElsewhere = "elsewhere" // an answer with the same id in another namespace comes first
	answerImpostor  = "impostor"  // an answer with the same id of another client comes first
	answerSilent    = "silent"    // of a room, one member does not answer
)

// briefMS is how long the application waits for an answer that does not come, in milliseconds; patientMS how long it waits for one that does.
const (
	briefMS   = 40
	patientMS = 30000
)

func canAsk(w *world, s *Step) bool {
	c := w.clients[s.Peer]
	switch s.Mode {
	case answerElsewhere:
		return isMember(w, s) && c.members[s.Beside] != nil && s.Beside != s.Namespace && w.offers("ack.timeout")
	case answerImpostor:
		return isMember(w, s) && s.Other != s.Peer && w.clients[s.Other].members[s.Namespace] != nil && w.offers("ack.timeout")
	}
	return isMember(w, s) && w.offers("ack.timeout")
}

// A question is an event that the application has sent and that wants an answer.
type question struct {
	m       *member
	id      string
	pending *peer.Pending
}

// ask has the application send m an event that wants an answer.
func (w *world) ask(m *member, ms int) *question {
	w.sent++
	args := []any{"ask", w.sent}
	q := &question{m: m, pending: m.client.StartOp(m.nsp, peer.Op{"do": "emit", "via": "socket", "args": args, "ack": ms})}
	q.id = m.asked(args)
	return q
}

// asked waits for an event that wants an answer, and returns its id.
func (m *member) asked(args []any) string {
	return m.client.Want("42" + peer.Prefix(m.nsp) + "<id:integer>" + peer.JSON(args))["id"]
}

// answer sends the answer to the event with that id.
func (m *member) answer(id string, args ...any) {
	m.client.Send("43" + peer.Prefix(m.nsp) + id + peer.JSON(args))
}

func (w *world) playAsk(s *Step) {
	m := w.member(s)
	if s.Mode == answerLate {
		w.rule = "sio.ack.server.timeout-late"
		q := w.ask(m, briefMS)
		q.pending.WantTimeout()
		m.answer(q.id, "late")
		return
	}
	q := w.ask(m, patientMS)
	switch s.Mode {
	case answerElsewhere:
		w.rule = "sio.ack.server.wrong-namespace"
		m.client.members[s.Beside].answer(q.id, "elsewhere")
		m.client.WantOpen()
	case answerImpostor:
		w.rule = "sio.ack.server.wrong-client"
		impostor := w.clients[s.Other].members[s.Namespace]
		impostor.answer(q.id, "impostor")
		impostor.client.WantOpen()
	}
	m.answer(q.id, "answer", w.sent)
	if s.Mode == answerTwice {
		w.rule = "sio.ack.server.double"
		m.answer(q.id, "again", w.sent)
	}
	q.pending.Want(peer.JSON([]any{"answer", w.sent}))
}

func canCross(w *world, s *Step) bool {
	other := w.clients[s.Other].members[s.Beside]
	return isMember(w, s) && other != nil && other != w.member(s) && w.offers("ack.timeout")
}

func (w *world) playCross(s *Step) {
	first := w.ask(w.member(s), patientMS)
	second := w.ask(w.clients[s.Other].members[s.Beside], patientMS)
	second.m.answer(second.id, "second")
	first.m.answer(first.id, "first")
	first.pending.Want(`["first"]`)
	second.pending.Want(`["second"]`)
}

// canAskRoom reports whether all members of the room can be heard: of those that are perhaps members still, nobody knows.
func canAskRoom(w *world, s *Step) bool {
	return len(s.Rooms) > 0 && isMember(w, s) && w.offers("ack.broadcast") && len(w.unclear) == 0
}

func (w *world) playAskRoom(s *Step) {
	m := w.member(s)
	e := &Emission{Via: "nsp", To: s.Rooms}
	reached := w.reach(m, e)
	op, args := w.emitOp(m, e)
	op["ack"] = patientMS
	silent := s.Mode == answerSilent && len(reached) > 0
	if silent {
		op["ack"] = briefMS * len(reached)
	}
	pending := m.client.StartOp(s.Namespace, op)
	var answers []string
	for i, q := range reached {
		id := q.asked(args)
		if silent && i == 0 {
			continue
		}
		q.answer(id, q.client.name())
		if s.Mode == answerTwice {
			q.answer(id, "again")
		}
		answers = append(answers, peer.JSON(q.client.name()))
	}
	if silent {
		w.rule = "sio.ack.broadcast.partial"
		w.sameList("the answers", answers, elements(pending.WantTimeout()))
		return
	}
	w.sameList("the answers", answers, elements(pending.Value()))
}

// sameList compares two lists whose order is free.
func (w *world) sameList(what string, want, got []string) {
	want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	if !slices.Equal(want, got) {
		w.violate(w.clients[w.step.Peer], "other "+what, "%s: want %s to be %v, got %v, after %s", w.clients[w.step.Peer].name(), what, want, got, w.step)
	}
}

// playCall sends an event that the application acknowledges with its arguments.
func (w *world) playCall(s *Step) {
	m := w.member(s)
	w.sent++
	placeholders, blobs := attachmentsOf(s)
	args := append([]any{w.sent}, placeholders...)
	list := peer.JSON(append([]any{"message-with-ack"}, args...))
	ack := fmt.Sprintf("43%s%s%s", peer.Prefix(s.Namespace), s.ID, peer.JSON(args))
	if len(blobs) > 0 {
		w.rule = "sio.packet.binary.ack"
		m.client.SendMessage(fmt.Sprintf("45%d-%s%s%s", len(blobs), peer.Prefix(s.Namespace), s.ID, list), blobs...)
		ack = fmt.Sprintf("46%d-%s%s%s", len(blobs), peer.Prefix(s.Namespace), s.ID, peer.JSON(args))
	} else {
		m.client.Send("42" + peer.Prefix(s.Namespace) + s.ID + list)
	}
	m.want(ack, blobs...)
}

func (w *world) playReply(s *Step) {
	m := w.member(s)
	w.sent++
	op := peer.Op{"do": "ack", "args": []any{w.sent}, "times": s.Times}
	m.client.Send("42" + peer.Prefix(s.Namespace) + s.ID + peer.JSON([]any{"op", op}))
	if s.Times > 0 {
		m.want(fmt.Sprintf("43%s%s[%d]", peer.Prefix(s.Namespace), s.ID, w.sent))
	}
}

// playMessage sends an event that comes back.
func (w *world) playMessage(s *Step) {
	m := w.member(s)
	w.sent++
	placeholders, blobs := attachmentsOf(s)
	args := append([]any{w.sent}, placeholders...)
	m.client.SendMessage(eventText(s.Namespace, append([]any{"message"}, args...), len(blobs)), blobs...)
	m.want(eventText(s.Namespace, append([]any{"message-back"}, args...), len(blobs)), blobs...)
}

func canBothAttach(w *world, s *Step) bool {
	other := w.clients[s.Other]
	return s.Other != s.Peer && isMember(w, s) && other.members[s.Beside] != nil && len(s.Blobs) > 1
}

// playBothAttach sends two binary events side by side, their packets in turn. The attachments of the second one differ from those of the first.
func (w *world) playBothAttach(s *Step) {
	first, second := w.member(s), w.clients[s.Other].members[s.Beside]
	placeholders, blobs := attachmentsOf(s)
	var others [][]byte
	for _, b := range blobs {
		others = append(others, append([]byte("other "), b...))
	}
	for i, m := range []*member{first, second} {
		w.sent++
		args := append([]any{w.sent}, placeholders...)
		m.client.Send(eventText(m.nsp, append([]any{"message"}, args...), len(blobs)))
		m.want(eventText(m.nsp, append([]any{"message-back"}, args...), len(blobs)), [][][]byte{blobs, others}[i]...)
	}
	for i := range blobs {
		first.client.SendBinary(blobs[i])
		second.client.SendBinary(others[i])
	}
}
