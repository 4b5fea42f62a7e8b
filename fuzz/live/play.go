package live

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// A play is how a verb is carried out.
type play struct {
	rule  string                       // that is broken when the target does otherwise
	ready func(w *world, s *Step) bool // whether the step can be taken in the present state
	run   func(w *world, s *Step)      // takes it and changes the model
}

var plays map[Verb]play

func init() {
	plays = map[Verb]play{
		Open:       {"eio.handshake.ws.open", ready(isFresh), (*world).playOpen},
		Upgrade:    {"sio.ns.multiplex.upgrade", ready(canUpgrade), (*world).playUpgrade},
		HalfWay:    {"sio.ns.multiplex.upgrade", ready(canUpgrade), (*world).playHalfWay},
		Connect:    {"sio.ns.connect", canConnect, (*world).playConnect},
		Leave:      {"sio.ns.disconnect.custom", isMember, (*world).playLeave},
		Join:       {"sio.rooms.join-leave", canJoin, (*world).playJoin},
		LeaveRoom:  {"sio.rooms.leave-stops", canJoin, (*world).playLeaveRoom},
		Emit:       {"sio.rooms.delivery", canEmit, (*world).playEmit},
		Ask:        {"sio.ack.server.basic", canAsk, (*world).playAsk},
		Cross:      {"sio.ack.server.out-of-order", canCross, (*world).playCross},
		AskRoom:    {"sio.ack.broadcast.all", canAskRoom, (*world).playAskRoom},
		Message:    {"sio.packet.binary.event", isMember, (*world).playMessage},
		Call:       {"sio.packet.ack.basic", isMember, (*world).playCall},
		Reply:      {"sio.ack.client.double", isMember, (*world).playReply},
		Kick:       {"sio.ns.server-disconnect.one", isGuest, (*world).playKick},
		Close:      {"sio.ns.server-disconnect.close", isGuest, (*world).playClose},
		Move:       {"sio.rooms.sockets-join", canMatch("sockets"), (*world).playMove},
		Expel:      {"sio.rooms.disconnect-sockets", canExpel, (*world).playExpel},
		Drop:       {"sio.rooms.disconnect-leaves-all", ready(isOpenGuest), (*world).playDrop},
		HangUp:     {"sio.rooms.disconnect-leaves-all", ready(isOpenGuest), (*world).playHangUp},
		Look:       {"sio.rooms.join-leave", canLook, (*world).playLook},
		Together:   {"sio.rooms.delivery", canTogether, (*world).playTogether},
		InOneTurn:  {"sio.rooms.join-then-emit-sync", canInOneTurn, (*world).playInOneTurn},
		Frames:     {"robust.zombie", canSend, (*world).playFrames},
		BothAttach: {"sio.packet.binary.per-connection", canBothAttach, (*world).playBothAttach},
	}
}

// take carries a step out, if the present state allows it, and compares what follows with the model. It reports whether it did.
func (w *world) takeStep(s *Step) bool {
	p, known := plays[s.Do]
	if !known || s.Peer < 0 || s.Peer >= peers || s.Other < 0 || s.Other >= peers || !w.supports(s) || !p.ready(w, s) {
		return false
	}
	w.step, w.rule, w.anyHow = s, p.rule, false
	s.Sent, s.Expect = w.sent, nil
	p.run(w, s)
	if s.Do != Look { // which changes nothing
		w.settle()
	}
	return true
}

// ready makes a condition of one on the client that takes the step.
func ready(is func(*client) bool) func(*world, *Step) bool {
	return func(w *world, s *Step) bool { return is(w.clients[s.Peer]) }
}

func isFresh(c *client) bool     { return !c.used }
func isOpenGuest(c *client) bool { return c.open && c.number > 0 }
func canUpgrade(c *client) bool  { return c.open && c.polls() && !c.halfWay }

// member returns the socket that takes the step, nil when it has none in the namespace.
func (w *world) member(s *Step) *member { return w.clients[s.Peer].members[s.Namespace] }

func isMember(w *world, s *Step) bool { return w.member(s) != nil }
func isGuest(w *world, s *Step) bool  { return s.Peer > 0 && isMember(w, s) }

func canSend(w *world, s *Step) bool { return len(s.Wire) > 0 && isOpenGuest(w.clients[s.Peer]) }
func canJoin(w *world, s *Step) bool { return len(s.Rooms) > 0 && isMember(w, s) }

func canConnect(w *world, s *Step) bool {
	c := w.clients[s.Peer]
	return c.open && c.members[s.Namespace] == nil && s.Namespace != ""
}

func (w *world) playOpen(s *Step) {
	c := w.clients[s.Peer]
	c.Peer = w.stage.PeerOver(c.name(), peer.Transport(s.Transport))
	c.used, c.open = true, true
	c.Open()
}

func (w *world) playUpgrade(s *Step) {
	c := w.clients[s.Peer]
	c.Upgrade()
	c.moved = true
}

func (w *world) playHalfWay(s *Step) {
	c := w.clients[s.Peer]
	c.halfWay = true
	q, res := c.Dial(fmt.Sprintf("%s, upgrade", c.name()), c.SessionQuery(peer.WebSocket))
	if q == nil {
		w.violate(c, "no upgrade", "%s: no WebSocket for the upgrade: HTTP status %d", c.name(), res.Status)
	}
	q.Send("2probe")
	q.Want("3probe")
	q.Drop()
}

// gone takes a client out of the model whose session is over, and shows that the target has noticed, where the bystander can see it and the target can know: the loss of a connection between
// two polls is not noticed before the heartbeat.
func (w *world) gone(c *client, noticeable bool) {
	members := c.members
	c.open, c.members, c.wants, c.got = false, map[string]*member{}, nil, nil
	for _, nsp := range sortedNames(members) {
		sid := members[nsp].sid
		if !noticeable || w.clients[0].members[nsp] == nil {
			w.unclear[sid] = true
			continue
		}
		w.awaitMembers(nsp, "")
	}
}

// leaves takes a member out of the model.
func (m *member) leaves() { delete(m.client.members, m.nsp) }

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (w *world) playLeave(s *Step) {
	m := w.member(s)
	m.leaves()
	m.client.Send("41" + peer.Prefix(s.Namespace))
}

func (w *world) playJoin(s *Step) {
	m := w.member(s)
	m.client.Join(s.Namespace, s.Rooms...)
	m.enter(s.Rooms...)
}

func (m *member) enter(rooms ...string) {
	for _, r := range rooms {
		m.rooms[r] = true
	}
}

func (w *world) playLeaveRoom(s *Step) {
	m := w.member(s)
	for _, r := range s.Rooms {
		m.client.LeaveRoom(s.Namespace, r)
		delete(m.rooms, r)
	}
}

func (w *world) playKick(s *Step) {
	m := w.member(s)
	m.client.StartOp(s.Namespace, peer.Op{"do": "disconnect"})
	m.isDisconnected()
}

// isDisconnected waits for the DISCONNECT of the target: nothing may be sent to the namespace behind it.
func (m *member) isDisconnected() {
	m.client.got = append(m.client.got, m.client.WantUpTo("41"+peer.Prefix(m.nsp))...)
	m.leaves()
}

func (w *world) playClose(s *Step) {
	c := w.clients[s.Peer]
	c.StartOp(s.Namespace, peer.Op{"do": "disconnect", "close": true})
	c.WantClosed()
	w.gone(c, true)
}

func (w *world) playDrop(s *Step) {
	c := w.clients[s.Peer]
	c.Drop()
	w.gone(c, !c.polls())
}

func (w *world) playHangUp(s *Step) {
	c := w.clients[s.Peer]
	c.HangUp()
	w.gone(c, true)
}
