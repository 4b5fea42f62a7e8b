package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// playFrames sends packets that may be anything, together. Whether the target closes the session, ignores them or does what they seem to say is its own affair; it must do one of these, to this
// client and in the namespaces that they name only, and well-formed.
func (w *world) playFrames(s *Step) {
	c := w.clients[s.Peer]
	packets := w.dissect(c, s.Wire)
	c.frames = append(c.frames, packets...)
	w.sendWire(c, s.Wire)
	outcome := w.settleFrames(c, packets)
	w.noteReaction(c, string(outcome))
	connects := w.reactions(c, packets)
	if outcome == peer.Closed {
		w.rule = "sio.rooms.disconnect-leaves-all"
		w.gone(c, !c.polls()) // a POST that is refused ends the session here, and perhaps not there
		return
	}
	w.follow(c, packets, connects)
}

// settleRounds is how many round trips the answer to a CONNECT may take that is behind others.
const settleRounds = 10

// settleFrames makes round trips until nothing is to be expected any more: the answer to a CONNECT may be later than one to an event behind it.
func (w *world) settleFrames(c *client, sent []wire.Packet) peer.Outcome {
	for round := 0; ; round++ {
		got, outcome := c.Settle()
		c.got = append(c.got, got...)
		if outcome == peer.Closed || round == settleRounds || !slices.ContainsFunc(sent, func(p wire.Packet) bool { return w.isAwaited(c, p) }) {
			return outcome
		}
		w.clients[0].LetPass("/", againMS*time.Millisecond)
	}
}

// isAwaited reports whether p is a CONNECT that has not been answered.
func (w *world) isAwaited(c *client, p wire.Packet) bool {
	if p.Engine != '4' || p.Type != '0' || c.members[p.Namespace] != nil {
		return false
	}
	return !slices.ContainsFunc(c.got, func(q wire.Packet) bool {
		return q.Engine == '4' && q.Namespace == p.Namespace && (q.Type == '0' || q.Type == '4')
	})
}

// isLate reports whether m is the late answer to a CONNECT among packets that may be anything. A client that was admitted so has a session of which too little is known to go on with.
func (w *world) isLate(c *client, m message) bool {
	if m.Engine != '4' || m.Type != '0' && m.Type != '4' || len(c.frames) == 0 || w.stray(c, m, c.frames) != "" {
		return false
	}
	c.doubtful = c.doubtful || m.Type == '0'
	return true
}

// retire ends the session of a client of which too little is known.
func (w *world) retire(c *client) {
	c.HangUp()
	w.rule = "sio.rooms.disconnect-leaves-all"
	w.gone(c, true)
}

// noteReaction tells what the target has done about packets, and in which state.
func (w *world) noteReaction(c *client, outcome string) {
	if w.learn == nil {
		return
	}
	reaction := []string{outcome}
	for i := range c.got {
		reaction = append(reaction, c.got[i].TypeName())
	}
	state := fmt.Sprintf("%s, %d namespaces, %s", c.transport(), len(c.members), shape(w.dissect(c, w.step.Wire)))
	w.learn(state, strings.Join(reaction, ", "), w.step.Wire)
}

// sendWire sends the packets in one payload, or back to back over a WebSocket.
func (w *world) sendWire(c *client, packets []Packet) {
	if texts, ok := onlyText(packets); ok {
		c.SendTogether(texts...)
		return
	}
	for i, p := range packets {
		switch {
		case p.Binary:
			c.SendBinary(p.Bytes)
		case i+1 < len(packets) && packets[i+1].Binary:
			var blobs [][]byte
			for _, q := range packets[i+1:] {
				if !q.Binary {
					break
				}
				blobs = append(blobs, q.Bytes)
			}
			c.SendMessage(string(p.data()), blobs...)
		default:
			c.Send(string(p.data()))
		}
	}
}

func onlyText(packets []Packet) ([]string, bool) {
	var texts []string
	for _, p := range packets {
		if p.Binary {
			return nil, false
		}
		texts = append(texts, string(p.data()))
	}
	return texts, true
}

// separator stands between the packets of a payload.
const separator = "\x1e"

// dissect returns the packets as the target meets them: over long-polling, a text may hold several.
func (w *world) dissect(c *client, packets []Packet) []wire.Packet {
	var all []wire.Packet
	for _, p := range packets {
		parts := [][]byte{p.data()}
		if c.polls() && !p.Binary {
			parts = bytes.Split(p.data(), []byte(separator))
		}
		for _, part := range parts {
			all = append(all, wire.Dissect(w.config.Revision, p.Binary, part))
		}
	}
	return all
}

// reactions looks at what the target has sent, and returns in which namespaces it has admitted the client, and how often.
func (w *world) reactions(c *client, sent []wire.Packet) map[string]int {
	connects := map[string]int{}
	messages := w.assemble(c)
	c.got = nil
	for _, m := range messages {
		if len(m.Problems) > 0 {
			w.rule = "robust.stray"
			w.violate(c, "malformed packet", "%s: %s, which is malformed: %s, after %s", c.name(), wire.Quote(m.Raw), m.Problems[0].Text, w.step)
		}
		if why := w.stray(c, m, sent); why != "" {
			w.rule = "robust.stray"
			w.violate(c, why, "%s: %s has arrived, %s, after %s", c.name(), wire.Quote(m.Raw), why, w.step)
		}
		switch {
		case m.Engine == '4' && m.Type == '0':
			connects[m.Namespace]++
			c.ids = append(c.ids, sidOf(m))
		case m.Engine == '4' && m.Type == '1':
			delete(c.members, m.Namespace)
		}
	}
	return connects
}

// sidOf returns the socket id in a CONNECT, "" if there is none.
func sidOf(m message) string {
	var data struct {
		SID string `json:"sid"`
	}
	_ = json.Unmarshal(m.Data, &data) // data of another shape have none
	return data.SID
}

// stray says what is wrong with a packet as an answer to what was sent, "" if nothing is.
func (w *world) stray(c *client, m message, sent []wire.Packet) string {
	mentions := func(text string) bool {
		return slices.ContainsFunc(sent, func(p wire.Packet) bool { return resembles(p, text) })
	}
	switch {
	case m.Engine != '4':
		return ""
	case m.Type == '4' || m.Type == '0': // of any namespace that the target reads out of the packet
		if m.Namespace != "/" && !mentions(strings.TrimPrefix(m.Namespace, "/")) && c.members[m.Namespace] == nil {
			return "in a namespace that was not named"
		}
	case m.IsAck():
		if !mentions(m.AckID) {
			return "with an id that was not sent"
		}
		return w.misplaced(c, m, sent)
	case m.IsEvent():
		if !mentions("message") && !bytes.Contains(m.Data, []byte(`"auth"`)) {
			return "which nobody has caused"
		}
		return w.misplaced(c, m, sent)
	}
	return ""
}

// resembles reports whether a target may have read the text out of p. What it makes of invalid UTF-8 is its own affair.
func resembles(p wire.Packet, text string) bool {
	return bytes.Contains(p.Raw, []byte(text)) || !utf8.Valid(p.Raw)
}

// misplaced says so when a packet is in a namespace that no sent packet has named.
func (w *world) misplaced(c *client, m message, sent []wire.Packet) string {
	named := slices.ContainsFunc(sent, func(p wire.Packet) bool {
		return p.Namespace == m.Namespace || len(p.Problems) > 0 && resembles(p, strings.TrimPrefix(m.Namespace, "/"))
	})
	if !named {
		return "in a namespace that was not named"
	}
	return ""
}

// follow makes the model what the target has made of packets that join and leave namespaces.
func (w *world) follow(c *client, sent []wire.Packet, connects map[string]int) {
	touched := map[string]bool{}
	for _, p := range sent {
		if p.Engine == '4' && (p.Type == '0' || p.Type == '1' || p.Type < '0' || p.Type > '6') {
			touched[p.Namespace] = true
		}
	}
	for nsp := range connects {
		touched[nsp] = true
	}
	retired := false
	for _, nsp := range sortedNames(touched) {
		retired = w.followIn(c, nsp) || retired
	}
	if retired {
		w.retire(c)
	}
}

// followIn takes over whether the client is a member of the namespace. It reports whether that cannot be known.
func (w *world) followIn(c *client, nsp string) (unknown bool) {
	sid := c.SID(nsp)
	before := c.members[nsp]
	delete(c.members, nsp)
	if w.clients[0].members[nsp] == nil {
		return sid != "" || before != nil
	}
	w.rule = "sio.ns.connect.twice-zombie"
	mine := w.memberships(c, nsp)
	switch {
	case len(mine) > 1:
		w.violate(c, "a member twice", "%s: is %d members of %s, after %s", c.name(), len(mine), nsp, w.step)
	case len(mine) == 0:
		return sid != ""
	case before != nil && before.sid == mine[0] && sid == mine[0]:
		c.members[nsp] = before
	case sid == mine[0]:
		c.members[nsp] = &member{client: c, nsp: nsp, sid: sid, rooms: map[string]bool{}}
	default:
		return true
	}
	return false
}

// memberships returns the ids of the client's sockets in the namespace, as the target tells the bystander. More than one have to last.
func (w *world) memberships(c *client, nsp string) []string {
	asker := w.clients[0].members[nsp]
	mine := func() []string {
		var ids []string
		asker.client.OpInto(nsp, peer.Op{"do": "members"}, &ids)
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(c.ids, id) })
		return slices.Compact(ids)
	}
	got := mine()
	for range 20 {
		if len(got) <= 1 {
			break
		}
		asker.client.LetPass(nsp, againMS*time.Millisecond)
		got = mine()
	}
	return got
}

// shape returns a short form of packets in which what does not matter is left out, for telling findings apart.
func shape(sent []wire.Packet) string {
	var parts []string
	for _, p := range sent {
		switch {
		case p.Binary:
			parts = append(parts, "attachment")
		case len(p.Problems) > 0:
			parts = append(parts, fmt.Sprintf("%s (%s)", p.TypeName(), p.Problems[0].Text))
		default:
			parts = append(parts, p.TypeName())
		}
	}
	return strings.Join(parts, ", ")
}
