package live

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A world is the model of one case, and the sessions on which it is played. The model is right until a step shows that the target does otherwise.
type world struct {
	stage   *peer.Stage
	config  peer.Config
	offers  func(feature string) bool
	clients []*client
	step    *Step
	rule    string                                         // that the step is about
	sent    int                                            // events given a number
	anyHow  bool                                           // what arrives in a namespace may come in any order
	learn   func(state, reaction string, packets []Packet) // told of reactions to Frames; nil: nobody is
	alone   bool                                           // nobody else uses the target

	violation *violation                 // that has ended the case
	strangers map[string]map[string]bool // by namespace, ids of sockets that were there before
	unclear   map[string]bool            // ids of sockets of which nobody can say whether they are members still
}

// A client is one of our connections.
type client struct {
	*peer.Peer
	number  int
	open    bool
	used    bool // it was open at least once
	halfWay bool // an upgrade was given up
	moved   bool // it was upgraded
	members map[string]*member
	ids     []string // all socket ids that it was ever given
	wants   []*delivery
	got     []wire.Packet

	frames   []wire.Packet // that were sent by steps Frames
	doubtful bool          // it was admitted somewhere at a time of which nothing is known
}

// A member is a client's socket in a namespace.
type member struct {
	client *client
	nsp    string
	sid    string
	rooms  map[string]bool
}

// A delivery is a packet that must arrive.
type delivery struct {
	nsp, text   string
	attachments [][]byte
	may         bool // it need not arrive
	arrived     bool
}

// A violation is a difference between target and model. It ends the case.
type violation struct {
	Rule     string
	State    string
	Reaction string
	Reason   string
}

func (v *violation) Error() string { return v.Reason }

// violate ends the case, with a violation unless the target has said meanwhile that it does not support an operation.
func (w *world) violate(c *client, reaction, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	w.violation = &violation{Rule: w.rule, State: string(w.step.Do) + " over " + c.transport(), Reaction: reaction, Reason: reason}
	w.stage.Fail(&peer.Failure{Reason: reason})
}

// peers is how many clients a case has. The first is the bystander.
const peers = 4

func newWorld(stage *peer.Stage, offers func(string) bool) *world {
	w := &world{stage: stage, config: stage.Config(), offers: offers, unclear: map[string]bool{}, strangers: map[string]map[string]bool{}}
	for n := range peers {
		w.clients = append(w.clients, &client{number: n, members: map[string]*member{}})
	}
	return w
}

// transport returns how the client's session travels.
func (c *client) transport() string {
	if c.moved {
		return string(peer.Upgraded)
	}
	return string(c.Transport())
}

// polls reports whether the client's session travels over long-polling.
func (c *client) polls() bool { return c.Transport() == peer.Polling && !c.moved }

// name returns how the client is called in transcripts.
func (c *client) name() string {
	if c.number == 0 {
		return "bystander"
	}
	return fmt.Sprintf("peer %d", c.number)
}

// admit notes that the client has a socket in the namespace.
func (c *client) admit(nsp, sid string, rooms ...string) *member {
	m := &member{client: c, nsp: nsp, sid: sid, rooms: map[string]bool{}}
	for _, r := range rooms {
		m.rooms[r] = true
	}
	c.members[nsp] = m
	c.ids = append(c.ids, sid)
	return m
}

// want notes that a packet must arrive at m.
func (m *member) want(text string, attachments ...[]byte) *delivery {
	d := &delivery{nsp: m.nsp, text: text, attachments: attachments}
	m.client.wants = append(m.client.wants, d)
	return d
}

// in reports whether m is in one of the rooms.
func (m *member) in(rooms []string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return m.rooms[r] || r == fmt.Sprintf("@%d", m.client.number) })
}

// membersOf returns the members of a namespace, by number of the client.
func (w *world) membersOf(nsp string) []*member {
	var all []*member
	for _, c := range w.clients {
		if m := c.members[nsp]; m != nil {
			all = append(all, m)
		}
	}
	return all
}

// reach returns whom an emission of m reaches.
func (w *world) reach(m *member, e *Emission) []*member {
	nsp, parent := e.target(m.nsp), e.Via == "parent"
	var reached []*member
	for _, c := range w.clients {
		for _, name := range sortedNames(c.members) {
			q := c.members[name]
			at := q.nsp == nsp || parent && familyOf(q.nsp) == familyOf(m.nsp)
			if at && e.matches(q) && (e.Via != "broadcast" || q != m) && (e.Via != "socket" || q == m) {
				reached = append(reached, q)
			}
		}
	}
	return reached
}

// target returns the namespace in which a member of nsp sends.
func (e *Emission) target(nsp string) string {
	switch {
	case e.Via == "server":
		return "/"
	case e.Of != "":
		return e.Of
	default:
		return nsp
	}
}

// matches reports whether the operator's rooms select m.
func (e *Emission) matches(m *member) bool {
	rooms := slices.Concat(e.To, e.In)
	return (len(rooms) == 0 || m.in(rooms)) && !m.in(e.Except)
}

// familyOf returns the pattern that a dynamic namespace matches, or the name itself.
func familyOf(nsp string) string {
	if strings.HasPrefix(nsp, "/dynamic-") {
		return "/dynamic-"
	}
	return nsp
}

// settle makes a round trip on each connection and compares what has arrived with what must have.
func (w *world) settle() {
	w.noteExpectations()
	for _, c := range w.clients {
		if !c.open {
			continue
		}
		packets, outcome := c.Settle()
		c.got = append(c.got, packets...)
		if outcome == peer.Closed {
			w.violate(c, "closed", "%s: the session was closed unasked, after %s", c.name(), w.step)
		}
	}
	for _, c := range w.clients {
		w.compare(c)
		c.wants, c.got = nil, nil
		if c.doubtful {
			c.doubtful = false
			w.retire(c)
		}
	}
}

// noteExpectations writes into the step what must arrive behind it.
func (w *world) noteExpectations() {
	for _, c := range w.clients {
		for _, d := range c.wants {
			if d.may {
				continue
			}
			e := Expectation{Peer: c.number, Packet: d.text}
			for _, a := range d.attachments {
				e.Attachments = append(e.Attachments, string(a))
			}
			w.step.Expect = append(w.step.Expect, e)
		}
	}
}

// A message is a packet with its attachments.
type message struct {
	wire.Packet
	attachments [][]byte
}

// assemble puts attachments behind the headers that announce them.
func (w *world) assemble(c *client) []message {
	var all []message
	missing := 0
	for i := range c.got {
		p := c.got[i]
		switch {
		case p.Binary && missing == 0:
			w.violate(c, "stray attachment", "%s: an attachment of %d bytes that no packet has announced, after %s", c.name(), len(p.Body), w.step)
		case p.Binary:
			last := &all[len(all)-1]
			last.attachments = append(last.attachments, p.Body)
			missing--
		case missing > 0:
			w.violate(c, "attachment missing", "%s: %s between a packet and its attachments, after %s", c.name(), wire.Quote(p.Raw), w.step)
		default:
			all = append(all, message{Packet: p})
			missing = p.AttachmentCount()
		}
	}
	if missing > 0 {
		w.violate(c, "attachment missing", "%s: %d announced attachments have not come, after %s", c.name(), missing, w.step)
	}
	return all
}

// compare compares what has arrived with what must have.
func (w *world) compare(c *client) {
	for _, m := range w.assemble(c) {
		if len(m.Problems) > 0 {
			w.violate(c, "malformed packet", "%s: %s, which is malformed: %s, after %s", c.name(), wire.Quote(m.Raw), m.Problems[0].Text, w.step)
		}
		w.take(c, m)
	}
	for _, d := range c.wants {
		if !d.arrived && !d.may {
			w.violate(c, "missing", "%s: %s has not arrived, after %s", c.name(), d.text, w.step)
		}
	}
}

// take finds the delivery that m is.
func (w *world) take(c *client, m message) {
	for _, d := range c.wants {
		if d.arrived || d.nsp != m.Namespace {
			continue
		}
		if why := d.differs(m); why == "" {
			d.arrived = true
			return
		}
		if !w.anyHow && !d.may {
			break // the next in order is another one
		}
	}
	if w.isLate(c, m) {
		return
	}
	w.violate(c, w.reactionTo(c, m), "%s: %s has arrived unasked, after %s", c.name(), wire.Quote(m.Raw), w.step)
}

// differs returns how a message differs from the delivery, "" if it does not.
func (d *delivery) differs(m message) string {
	pattern, err := wire.ParsePattern(d.text)
	if err != nil {
		panic(fmt.Errorf("live: %w", err)) // a defect of ours
	}
	if _, diff := pattern.Match(&m.Packet); diff != "" {
		return diff
	}
	if !slices.EqualFunc(d.attachments, m.attachments, bytes.Equal) {
		return "the attachments differ"
	}
	return ""
}

// reactionTo says in what way a packet is wrong.
func (w *world) reactionTo(c *client, m message) string {
	for _, other := range w.clients {
		for _, d := range other.wants {
			switch same := d.differs(m) == ""; {
			case same && other == c && d.arrived:
				return "twice"
			case same && other == c:
				return "out of order"
			case same:
				return "at another client"
			}
		}
	}
	for _, d := range c.wants {
		if !d.arrived && d.nsp == m.Namespace && m.IsEvent() {
			return "altered"
		}
	}
	return "unasked " + m.TypeName()
}
