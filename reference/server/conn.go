package server

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// A conn is the Socket.IO part of a connection: it decodes packets and routes
// them to the namespaces that the client has joined. It belongs to the goroutine
// of its session, except for the fields that never change.
type conn struct {
	server    *Server
	session   *engine.Session
	revision  sio.Revision
	limits    sio.Limits
	handshake Handshake
	request   requestBox // what the middlewares have made of the one of handshake

	assembler sio.Assembler
	members   map[string]*member // by namespace
	asked     int                // members so far, those that were refused included
	pending   int                // members that are pending

	// left has the namespaces that the server has disconnected and the client
	// may not know of, each with the number of pings sent before. Revision 5.
	left map[string]uint64
	// patience ends a connection that joins no namespace; nil once it has.
	// Revision 5.
	patience *time.Timer
	// main says whether the main namespace was joined, and waiting has the
	// members that wait for that. Revision 4.
	main    bool
	waiting []*member
	// order lets go of answers that waited for earlier ones.
	order *time.Timer
}

func (s *Server) newConn(session *engine.Session) engine.Upper {
	limits := sio.Limits{
		Attachments:     s.config.MaxAttachments,
		AttachmentBytes: s.config.MaxAttachments * int(s.config.MaxPayload),
		Depth:           s.config.MaxDepth,
	}
	c := &conn{
		server:    s,
		session:   session,
		revision:  revisionOf(session.Revision()),
		limits:    limits,
		handshake: newHandshake(session.Request()),
		assembler: sio.Assembler{Limits: limits},
		members:   map[string]*member{},
		left:      map[string]uint64{},
	}
	c.request.set(c.handshake.Request)
	if c.revision == sio.Revision4 {
		c.connect(sio.Packet{Namespace: "/"})
	} else {
		c.patience = time.AfterFunc(s.config.ConnectTimeout, func() { session.Post(outOfPatience{c}) })
	}
	return c
}

// revisionOf returns the revision of Socket.IO that goes with one of Engine.IO.
func revisionOf(r eio.Revision) sio.Revision {
	if r == eio.Revision3 {
		return sio.Revision4
	}
	return sio.Revision5
}

// engineRevision returns the revision of Engine.IO that goes with one of
// Socket.IO.
func engineRevision(r sio.Revision) eio.Revision {
	if r == sio.Revision4 {
		return eio.Revision3
	}
	return eio.Revision4
}

// outOfPatience says that the connect time-out is over.
type outOfPatience struct{ conn *conn }

func (t outOfPatience) Do(*engine.Session) {
	if t.conn.patience != nil {
		t.conn.violation("no namespace joined in time")
	}
}

func (c *conn) endPatience() {
	stop(c.patience)
	c.patience = nil
}

// stop stops a timer, if there is one.
func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

// violation closes the connection of a client that breaks the protocol.
func (c *conn) violation(why string) {
	c.server.config.Logger.Debug("connection closed", "sid", c.session.ID(), "why", why)
	c.session.Close(engine.ForcedClose)
}

// Message decodes a message of the client.
func (c *conn) Message(p eio.Packet) {
	m, complete, why := c.decode(p)
	switch {
	case why != "":
		c.violation(why)
	case complete:
		c.dispatch(m)
	}
}

// decode returns the message that p completes, if it does, or what is wrong
// with p.
func (c *conn) decode(p eio.Packet) (m sio.Message, complete bool, why string) {
	var err error
	if p.Binary {
		m, complete, err = c.assembler.AddBinary(p.Data)
		return m, complete, text(err)
	}
	packet, err := sio.ParsePacket(c.revision, p.Data, c.limits)
	if err != nil && !tolerated(err) {
		return m, false, text(err)
	}
	if why := c.misplaced(packet); why != "" {
		return m, false, why
	}
	m, complete, err = c.assembler.Add(packet)
	return m, complete, text(err)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// tolerated reports whether a packet with this defect is taken: an ACK without
// id answers nothing, and is ignored as one with an unknown id. All the other
// defects that Socket.IO 4.8.4 tolerates close the connection, as the text asks
// for; no client produces them.
func tolerated(err error) bool {
	e, ok := errors.AsType[*sio.SyntaxError](err)
	return ok && e.Rule == sio.RuleAckIDMissing
}

// misplaced says why a client may not send p now.
func (c *conn) misplaced(p sio.Packet) string {
	switch {
	case p.Type == sio.ConnectError:
		return "CONNECT_ERROR from a client"
	case p.Type == sio.Connect && c.members[p.Namespace] != nil && c.revision == sio.Revision5:
		return "second CONNECT for " + p.Namespace
	case p.Type == sio.Connect:
		return ""
	case c.recipient(p) == nil && !c.ignores(p.Namespace):
		return p.Type.String() + " for " + p.Namespace + ", which is not joined"
	case p.Type.IsEvent():
		if name, _, err := (sio.Message{Packet: p}).Event(); err != nil || reserved(name) {
			return "event with a reserved name"
		}
	}
	return ""
}

// recipient returns the member that a packet is for, nil if there is none. The
// name of a namespace may have a query in CONNECT only.
func (c *conn) recipient(p sio.Packet) *member {
	if m := c.members[p.Namespace]; m != nil && m.stage == joined && p.Query == "" {
		return m
	}
	return nil
}

// ignores reports whether a packet for a namespace that is not joined is
// dropped: if the client may have sent it before it knew that the server has
// disconnected it, and, as in Socket.IO 2.5.1, always in revision 4.
func (c *conn) ignores(namespace string) bool {
	_, crossed := c.left[namespace]
	return crossed || c.revision == sio.Revision4
}

// Pong forgets the namespaces whose DISCONNECT was sent before the ping that
// the client has answered.
func (c *conn) Pong(ping uint64) {
	maps.DeleteFunc(c.left, func(_ string, pings uint64) bool { return pings < ping })
}

// dispatch handles a message that is complete and in place.
func (c *conn) dispatch(m sio.Message) {
	if m.Type == sio.Connect {
		c.connect(m.Packet)
		return
	}
	member := c.recipient(m.Packet)
	switch {
	case member == nil:
		// It is ignored.
	case m.Type.IsEvent():
		if !member.socket.receive(m) {
			c.violation("too many events wait for their handlers")
		}
	case m.Type.IsAck():
		if answer := member.acks[m.AckID]; answer != nil {
			delete(member.acks, m.AckID)
			answer(m.Args())
		}
	case m.Type == sio.Disconnect:
		c.leave(member, ClientNamespaceDisconnect)
	}
}

// Closed disconnects all members, because the session has ended.
func (c *conn) Closed(reason engine.Reason) {
	c.endPatience()
	stop(c.order)
	for _, m := range c.inOrder(pending, joined) {
		c.leave(m, Reason(reason))
	}
}

// inOrder returns the members in some stages, in the order in which the client
// asked for them.
func (c *conn) inOrder(stages ...stage) []*member {
	var all []*member
	for _, m := range c.members {
		if slices.Contains(stages, m.stage) {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b *member) int { return cmp.Compare(a.number, b.number) })
	return all
}
