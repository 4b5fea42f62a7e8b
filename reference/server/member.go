package server

import (
	"context"
	"time"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// stage is where a member stands.
//
//	pending ──admitted──▶ joined
//	   │                    │
//	   └─────▶ gone ◀───────┘
type stage int

const (
	pending stage = iota // the functions of parents or the middlewares decide
	joined
	gone
)

// A member is what a connection is in one namespace, from its CONNECT on. It
// belongs to the goroutine of the session, except for the fields that never
// change.
type member struct {
	conn      *conn
	name      string // of the namespace
	handshake Handshake
	number    int
	since     time.Time
	ctx       context.Context // ends when the member is gone
	cancel    context.CancelFunc

	stage   stage
	answer  *answer  // what was decided, while the member is pending; nil before
	repeats int      // further CONNECTs that are to be answered; revision 4
	socket  *Socket  // nil until the namespace is known
	past    *Session // that the socket continues, or nil
	acks    map[int64]func(Args)
}

// An answer is what a CONNECT is answered with: an error, or nil.
type answer struct{ err *Error }

// orderly is how long the answer to a CONNECT waits for the answers to earlier
// ones, so that requests about which nobody has to think long are answered in
// their order.
const orderly = 50 * time.Millisecond

// connect begins to join the namespace that a CONNECT names.
func (c *conn) connect(p sio.Packet) {
	name := p.Namespace
	if m := c.members[name]; m != nil {
		c.repeat(m)
		return
	}
	if len(c.members) >= c.server.config.MaxNamespaces {
		c.sendRefusal(name, &Error{Message: "too many namespaces"})
		return
	}
	m := &member{conn: c, name: name, number: c.asked, since: time.Now(), acks: map[int64]func(Args){}}
	m.handshake = c.handshake.of(c.revision, p)
	m.ctx, m.cancel = context.WithCancel(context.WithValue(c.session.Context(), requestKey{}, newRequestBox(&c.request)))
	c.asked++
	c.pending++
	c.members[name] = m
	delete(c.left, name)

	namespace, parents := c.server.route(name)
	switch {
	case namespace != nil:
		c.introduce(m, namespace)
	case len(parents) == 0:
		c.settle(m, errInvalidNamespace)
	case c.pending > c.server.config.MaxPending:
		c.settle(m, errTooManyPending)
	default:
		c.server.engine.Go(func() {
			t := routed{m, c.server.ask(m.ctx, parents, name, m.handshake.Auth)}
			if !c.session.Post(t) {
				t.drop()
			}
		})
	}
}

var (
	errInvalidNamespace = &Error{Message: "Invalid namespace"}
	errTooManyPending   = &Error{Message: "too many pending requests"}
)

// routed says in which namespace the CONNECT of a member ends up, if any.
type routed struct {
	member    *member
	namespace *Namespace
}

func (t routed) Do(*engine.Session) {
	c := t.member.conn
	switch {
	case t.member.stage != pending:
		t.drop()
	case t.namespace == nil:
		c.settle(t.member, errInvalidNamespace)
	default:
		c.introduce(t.member, t.namespace)
	}
}

func (t routed) drop() {
	if t.namespace != nil {
		t.namespace.release()
	}
}

// introduce brings a member, which holds its namespace from now on, before the
// middlewares, as a new socket or as one that was lost.
func (c *conn) introduce(m *member, n *Namespace) {
	pid, offset, ok := c.claim(m)
	if !ok || c.pending > c.server.config.MaxPending {
		c.present(m, n)
		return
	}
	c.server.engine.Go(func() {
		t := restored{m, n, n.adapter.RestoreSession(m.ctx, pid, offset)}
		if !c.session.Post(t) {
			t.drop()
		}
	})
}

// present brings the socket of a member before the middlewares.
func (c *conn) present(m *member, n *Namespace) {
	m.socket = newSocket(m, n)
	if !c.waits(m) {
		c.examine(m)
	}
}

// examine lets the middlewares decide about a member.
func (c *conn) examine(m *member) {
	chain := m.socket.namespace.chain()
	switch {
	case len(chain) == 0, m.past != nil && !c.server.config.Recovery.RunMiddlewares:
		c.settle(m, nil)
	case c.pending > c.server.config.MaxPending:
		c.settle(m, errTooManyPending)
	default:
		c.server.engine.Go(func() {
			c.session.Post(decided{m, run(m.ctx, chain, m.socket)})
		})
	}
}

// decided says what the middlewares decided.
type decided struct {
	member *member
	err    *Error
}

func (t decided) Do(*engine.Session) {
	c := t.member.conn
	if t.member.stage == pending {
		c.settle(t.member, t.err)
	}
}

// settle notes what was decided about m, and answers what can be answered.
func (c *conn) settle(m *member, err *Error) {
	m.answer = &answer{err}
	c.answerInOrder()
}

// answerInOrder answers the members that are pending and about which something
// was decided. It stops at one that is young and undecided.
func (c *conn) answerInOrder() {
	for _, m := range c.inOrder(pending) {
		switch age := time.Since(m.since); {
		case m.stage != pending:
			// It was answered meanwhile, because it waited for another one.
		case m.answer == nil && age < orderly:
			stop(c.order)
			c.order = time.AfterFunc(orderly-age, func() { c.session.Post(outOfOrder{c}) })
			return
		case m.answer == nil:
			// It takes its time: the others do not wait any longer.
		case m.answer.err != nil:
			c.refuse(m, m.answer.err)
		default:
			c.admit(m)
		}
	}
}

// outOfOrder says that an undecided member is not young any more.
type outOfOrder struct{ conn *conn }

func (t outOfOrder) Do(*engine.Session) { t.conn.answerInOrder() }

// admit makes m a member of its namespace: the answer goes out before anything
// that the connection handlers send.
func (c *conn) admit(m *member) {
	m.stage = joined
	c.pending--
	c.endPatience()
	for range 1 + m.repeats {
		c.session.Send(m.admission())
	}
	for _, missed := range m.socket.enter(m.past) {
		c.session.Send(wire(missed, true))
	}
	m.socket.begin()
	if m.name == "/" {
		c.mainJoined()
	}
}

// admission returns the answer to the CONNECT of a member.
func (m *member) admission() *engine.Message {
	var data []byte
	if m.conn.revision == sio.Revision5 {
		data = m.socket.admission()
	}
	return control(sio.Connect, m.name, data)
}

// refuse tells the client that it may not join.
func (c *conn) refuse(m *member, err *Error) {
	c.leave(m, "")
	for range 1 + m.repeats {
		c.sendRefusal(m.name, err)
	}
}

func (c *conn) sendRefusal(name string, err *Error) {
	data := refusal(err)
	if c.revision == sio.Revision4 {
		data = refusal4(err)
	}
	c.session.Send(control(sio.ConnectError, name, data))
}

// leave ends a member. The reason is of no interest if it was pending.
func (c *conn) leave(m *member, reason Reason) {
	was := m.stage
	m.stage = gone
	m.acks = nil
	m.cancel()
	delete(c.members, m.name)
	if was == pending {
		c.pending--
	}
	if m.socket == nil {
		return
	}
	rooms := m.socket.leaveAll()
	if was == joined {
		m.socket.namespace.remove(m.socket)
		m.socket.persist(reason, rooms)
		m.socket.end(reason, rooms)
	} else if m.past != nil {
		m.socket.namespace.adapter.PersistSession(*m.past) // for the next attempt
	}
	m.socket.namespace.release()
}

// expel is a disconnection by the server.
type expel struct {
	member *member
	close  bool // the whole connection
	done   chan<- struct{}
}

func (t expel) Do(s *engine.Session) {
	defer close(t.done)
	if t.member.stage != joined {
		return // as in 4.8.4 it has no effect before the socket is connected
	}
	c := t.member.conn
	if !t.close {
		c.expel(t.member)
		return
	}
	for _, m := range c.inOrder(joined) {
		c.expel(m)
	}
	s.Close(engine.ForcedClose)
}

// expel disconnects a member, and remembers that its client cannot know yet.
func (c *conn) expel(m *member) {
	c.session.Send(control(sio.Disconnect, m.name, nil))
	if c.revision == sio.Revision5 && len(c.left) < c.server.config.MaxNamespaces {
		c.left[m.name] = c.session.Pings()
	}
	m.socket.events.discard()
	c.leave(m, ServerNamespaceDisconnect)
}

// outbound is a message for the client of a member.
type outbound struct {
	member   *member
	message  *engine.Message
	volatile bool

	// answer takes the acknowledgement with the id. It does not block.
	id     int64
	answer func(Args)
}

func (t outbound) Do(s *engine.Session) {
	switch {
	case t.member.stage == gone:
		return
	case t.volatile:
		s.SendVolatile(t.message)
	default:
		s.Send(t.message)
	}
	if t.answer != nil {
		t.member.acks[t.id] = t.answer
	}
}

// forget says that nobody waits for an acknowledgement any more.
type forget struct {
	member *member
	id     int64
}

func (t forget) Do(*engine.Session) { delete(t.member.acks, t.id) }
