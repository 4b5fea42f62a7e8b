package driver

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// The rules that a stage takes for granted in every scenario.
const (
	RuleDriver = "client.driver" // the driver keeps to its protocol
	RuleStray  = "client.stray"  // nothing is sent, opened or reported unasked
	RuleZombie = "client.zombie" // a connected socket works
)

// Prefix returns what stands between type and data of a packet in the namespace: nothing for the main one.
func Prefix(namespace string) string { return peer.Prefix(namespace) }

// WantSession waits for a new session that no verb has asked for.
func (v *Server) WantSession() *Session {
	s := v.stage
	var found *Session
	s.expect("a new session")
	if !s.await(s.Patience(), func() bool {
		for _, c := range v.sessions {
			if c.ready && !c.claimed {
				found, c.claimed = c, true
				return true
			}
		}
		return false
	}) {
		s.missing("a new session", "none")
	}
	return found
}

// WantConnect waits until the client asks to join the namespace, with data that matches the pattern if there is one and with none or an empty object elsewhere, and returns the session that
// carried the CONNECT. In revision 4, where the main namespace is joined without asking, it is the first session that it has not returned before.
func (s *Stage) WantConnect(namespace string, data ...string) *Session {
	return s.Server().WantConnect(namespace, data...)
}

// WantConnect is Stage.WantConnect on this server.
func (v *Server) WantConnect(namespace string, data ...string) *Session {
	s := v.stage
	if s.Revision4() && namespace == "/" {
		return v.wantRoot()
	}
	var found *Session
	var packet wire.Packet
	s.expect("CONNECT in %s", namespace)
	if !s.await(s.Patience(), func() bool {
		for _, c := range v.sessions {
			i := slices.IndexFunc(c.in, func(p wire.Packet) bool { return p.Engine == '4' && p.Type == '0' && p.Namespace == namespace })
			if i >= 0 {
				found, packet, c.claimed = c, c.in[i], true
				c.in = slices.Delete(c.in, i, i+1)
				return true
			}
		}
		return false
	}) {
		s.missing("CONNECT in "+namespace, v.got())
	}
	found.checkConnect(&packet, data)
	return found
}

// WantConnects waits for CONNECTs in these namespaces on the session, in this order and with nothing between them, each without data or with an empty object.
func (c *Session) WantConnects(namespaces ...string) {
	for _, namespace := range namespaces {
		want := "CONNECT in " + namespace
		p := c.next(want)
		if p.Engine != '4' || p.Type != '0' || p.Namespace != namespace {
			c.mismatch(want, &p, "another packet")
		}
		c.checkConnect(&p, nil)
	}
}

func (v *Server) wantRoot() *Session {
	s := v.stage
	var found *Session
	s.expect("a session, and with it the main namespace")
	if !s.await(s.Patience(), func() bool {
		for _, c := range v.sessions {
			if c.ready && !c.rootTaken {
				found, c.claimed, c.rootTaken = c, true, true
				return true
			}
		}
		return false
	}) {
		s.missing("a session, and with it the main namespace", v.got())
	}
	return found
}

// got describes what came and was not asked for.
func (v *Server) got() string {
	var parts []string
	v.stage.locked(func() {
		for _, c := range v.sessions {
			for i := range c.in {
				parts = append(parts, fmt.Sprintf("%s in %s", wire.Quote(c.in[i].Raw), c.name))
			}
			if c.closed != nil {
				parts = append(parts, fmt.Sprintf("the end of %s: %s", c.name, c.closed.Cause))
			}
		}
	})
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func (c *Session) checkConnect(p *wire.Packet, data []string) {
	s := c.stage
	if len(p.Problems) > 0 {
		c.mismatch("CONNECT in "+p.Namespace, p, fmt.Sprintf("%s at offset %d", p.Problems[0].Text, p.Problems[0].Offset))
	}
	got := string(p.Data)
	switch {
	case len(data) == 0 && (s.Revision4() || p.Data == nil || matchJSON("{}", got) == ""):
	case len(data) == 0:
		c.mismatch("a CONNECT without data", p, "it has data")
	case p.Data == nil:
		c.mismatch("a CONNECT with data "+data[0], p, "it has none")
	default:
		if diff := matchJSON(data[0], got); diff != "" {
			c.mismatch("a CONNECT with data "+data[0], p, diff)
		}
	}
}

// Accept joins the client to the namespace and returns its socket id, "" in revision 4.
func (c *Session) Accept(namespace string) string {
	if c.stage.Revision4() {
		if namespace != "/" || c.server.Script.WithholdRoot {
			c.Send("40" + Prefix(namespace))
		}
		return ""
	}
	sid := fmt.Sprintf("sid-%d-%s", c.number, strings.Trim(namespace, "/"))
	c.Send(fmt.Sprintf(`40%s{"sid":%q}`, Prefix(namespace), sid))
	return sid
}

// Refuse refuses the namespace, with that message and data.
func (c *Session) Refuse(namespace, message string) {
	if c.stage.Revision4() {
		c.Send(fmt.Sprintf(`44%s%s`, Prefix(namespace), JSON(message)))
		return
	}
	c.Send(fmt.Sprintf(`44%s{"message":%s}`, Prefix(namespace), JSON(message)))
}

// Send sends Engine.IO packets as they stand, one after the other.
func (c *Session) Send(packets ...string) {
	for _, p := range packets {
		c.transmit([]peer.Frame{c.frame(p)})
	}
}

// SendTogether sends packets in one payload where the transport is long-polling, and back to back elsewhere.
func (c *Session) SendTogether(packets ...string) {
	var frames []peer.Frame
	for _, p := range packets {
		frames = append(frames, c.frame(p))
	}
	c.transmit(frames)
}

// SendMessage sends a packet with its attachments, together.
func (c *Session) SendMessage(packet string, attachments ...[]byte) {
	frames := []peer.Frame{c.frame(packet)}
	for _, a := range attachments {
		frames = append(frames, peer.Frame{Session: c.name, Direction: wire.Out, Binary: true, Data: a})
	}
	c.transmit(frames)
}

// SendBinary sends an attachment.
func (c *Session) SendBinary(data []byte) {
	c.transmit([]peer.Frame{{Session: c.name, Direction: wire.Out, Binary: true, Data: data}})
}

// Close ends the session: the WebSocket with a close frame, long-polling with a close packet.
func (c *Session) Close() {
	socket := c.over()
	if socket == nil {
		c.Send("1")
		return
	}
	_ = socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(writeWithin))
	c.end(&peer.Closing{Cause: "closed by the scripted server"})
}

// Cut ends the session without a word: the TCP connection of the WebSocket is closed, and the next poll fails with status 400.
func (c *Session) Cut() {
	socket := c.over()
	c.end(&peer.Closing{Cause: "cut by the scripted server"})
	if socket != nil {
		_ = socket.NetConn().Close()
	}
}

// FailPoll answers the present or next poll with that status, and ends the session.
func (c *Session) FailPoll(status int) {
	c.stage.locked(func() {
		c.failPoll = status
		c.stage.notify()
	})
	c.end(&peer.Closing{Cause: "ended by the scripted server"})
}

// over returns the WebSocket over which the session travels, nil with long-polling.
func (c *Session) over() *websocket.Conn {
	c.stage.stateMu.Lock()
	defer c.stage.stateMu.Unlock()
	if c.transport == peer.WebSocket {
		return c.socket
	}
	return nil
}

// next removes the first packet that came on the session, waiting for it.
func (c *Session) next(want string) wire.Packet {
	s := c.stage
	var packet wire.Packet
	s.expect("%s", want)
	if !s.await(s.Patience(), func() bool {
		if len(c.in) == 0 {
			return false
		}
		packet, c.in = c.in[0], c.in[1:]
		return true
	}) {
		actual := "nothing"
		if closing := c.ended(); closing != nil {
			actual = "the end of the session: " + closing.Cause
		}
		s.missing(want+" in "+c.name, actual)
	}
	return packet
}

// Want waits for packets that match the patterns, in this order and with nothing between them. Heartbeats are not seen.
func (c *Session) Want(patterns ...string) wire.Captures {
	all := wire.Captures{}
	for _, text := range patterns {
		p := c.next(text)
		caps, diff := pattern(text).Match(&p)
		if diff != "" {
			c.mismatch(text, &p, diff)
		}
		maps.Copy(all, caps)
	}
	return all
}

// WantAnyOrder waits for as many packets as there are patterns, each matched by one of them. It returns which pattern matched the first packet.
func (c *Session) WantAnyOrder(patterns ...string) (first int) {
	left := slices.Clone(patterns)
	for len(left) > 0 {
		want := strings.Join(left, " and ")
		p := c.next(want)
		i := slices.IndexFunc(left, func(text string) bool {
			_, diff := pattern(text).Match(&p)
			return diff == ""
		})
		if i < 0 {
			c.mismatch(want, &p, "matches none")
		}
		if len(left) == len(patterns) {
			first = i
		}
		left = slices.Delete(left, i, i+1)
	}
	return first
}

// WantOptional waits for a packet, takes it if it matches the pattern, and records under the name whether it did. It is for packets that a client sends or does not, and that others follow.
func (c *Session) WantOptional(name, text string) {
	s := c.stage
	sent := "not sent"
	s.expect("%s, or what follows it", text)
	s.await(s.Patience(), func() bool {
		if len(c.in) == 0 {
			return false
		}
		if _, diff := pattern(text).Match(&c.in[0]); diff == "" {
			sent, c.in = "sent", c.in[1:]
		}
		return true
	})
	s.Observe(name, "%s", sent)
}

// WantRaw waits for a text packet with exactly these bytes.
func (c *Session) WantRaw(text string) {
	p := c.next(text)
	if p.Binary || string(p.Raw) != text {
		c.mismatch(text, &p, "the bytes differ")
	}
}

// WantBinary waits for attachments with exactly these bytes.
func (c *Session) WantBinary(attachments ...[]byte) {
	for _, want := range attachments {
		text := fmt.Sprintf("an attachment of %d bytes", len(want))
		p := c.next(text)
		if !p.Binary {
			c.mismatch(text, &p, "want an attachment, got "+p.TypeName())
		}
		if !bytes.Equal(p.Body, want) {
			c.mismatch(wire.Quote(want), &p, "the bytes of the attachment differ")
		}
	}
}

func pattern(text string) *wire.Pattern {
	p, err := wire.ParsePattern(text)
	if err != nil {
		panic(err) // a defect of the scenario
	}
	return p
}

func (c *Session) mismatch(want string, got *wire.Packet, diff string) {
	c.stage.checkAlive()
	c.stage.Fail(&peer.Failure{
		Reason:   fmt.Sprintf("%s: want %s; got %s: %s", c.name, want, wire.Quote(got.Raw), diff),
		Expected: want, Actual: wire.Quote(got.Raw),
	})
}

// WantClosed waits until the client ends the session.
func (c *Session) WantClosed() *peer.Closing {
	s := c.stage
	s.expect("the client ends %s", c.name)
	if !s.await(s.Patience(), func() bool { return c.closed != nil }) {
		s.missing("the end of "+c.name, "an open session")
	}
	return c.ended()
}

// WantOpen fails the scenario when the session has ended.
func (c *Session) WantOpen() {
	if closing := c.ended(); closing != nil {
		c.stage.checkAlive()
		c.stage.Failf("%s: want an open session; got the end of it: %s", c.name, closing.Cause)
	}
}

// WantUpgraded waits until the client has moved the session to WebSocket.
func (c *Session) WantUpgraded() {
	s := c.stage
	s.expect("%s is upgraded", c.name)
	if !s.await(s.Patience(), func() bool { return c.upgraded }) {
		s.missing("the upgrade of "+c.name, "none")
	}
}

// WantProbe waits until the client has probed the WebSocket of an upgrade.
func (c *Session) WantProbe() {
	s := c.stage
	s.expect("the probe of %s", c.name)
	if !s.await(s.Patience(), func() bool { return c.probed > 0 }) {
		s.missing("the probe of "+c.name, "none")
	}
}

// WantHeartbeats waits for n heartbeats of the client since the session began: pings in revision 4, pongs in revision 5.
func (c *Session) WantHeartbeats(n int, within time.Duration) {
	s := c.stage
	s.expect("%d heartbeats of %s", n, c.name)
	if !s.await(within, func() bool { return c.pings >= n }) {
		s.missing(fmt.Sprintf("%d heartbeats of %s", n, c.name), fmt.Sprint(c.Heartbeats()))
	}
}

// Heartbeats returns how many heartbeats of the client have come.
func (c *Session) Heartbeats() int {
	c.stage.stateMu.Lock()
	defer c.stage.stateMu.Unlock()
	return c.pings
}

// Posts returns the long-polling payloads of the client.
func (c *Session) Posts() []string {
	c.stage.stateMu.Lock()
	defer c.stage.stateMu.Unlock()
	var list []string
	for _, p := range c.posts {
		list = append(list, string(p))
	}
	return list
}

// Number returns the session's number on its server, from 1.
func (c *Session) Number() int { return c.number }

// ID returns the Engine.IO session id.
func (c *Session) ID() string { return c.id }

// WantSame fails the scenario when the other namespace came over another session.
func (c *Session) WantSame(other *Session) {
	if c != other {
		c.stage.Failf("want one connection for both namespaces, got %s and %s", c.name, other.name)
	}
}

// WantOther fails the scenario when the other namespace came over the same session.
func (c *Session) WantOther(other *Session) {
	if c == other {
		c.stage.Failf("want a connection of its own for each, got %s for both", c.name)
	}
}

// WantManager waits for an event of that name of a connection object, with an argument that matches the pattern if there is one.
func (s *Stage) WantManager(name string, arg ...string) {
	s.Needs("manager-events")
	s.expect("%s of the connection", name)
	var got Line
	if !s.await(s.Patience(), func() bool {
		i := slices.IndexFunc(s.managers, func(l Line) bool { return l.Text("name") == name })
		if i >= 0 {
			got = s.managers[i]
			s.managers = slices.Delete(s.managers, 0, i+1)
		}
		return i >= 0
	}) {
		s.missing(name+" of the connection", "none")
	}
	if len(arg) > 0 {
		if diff := matchJSON(arg[0], got.JSON("arg")); diff != "" {
			s.Failf("%s of the connection: want %s, got %s: %s", name, arg[0], got.JSON("arg"), diff)
		}
	}
}

// ExpectUncaught allows exceptions whose message contains the text to escape.
func (s *Stage) ExpectUncaught(text string) { s.allowed = append(s.allowed, text) }

// LetPass lets d pass by the driver's clock. Everything that the client had planned for that time has then begun.
func (s *Stage) LetPass(d time.Duration) {
	reply := s.ask(Op{"op": "pause", "ms": d.Milliseconds()}, d+s.replyWithin())
	if !reply.True("ok") {
		s.Failf("the driver cannot pause: %s", reply.Text("err"))
	}
}

// Waiting returns the packets that came on the session and that no verb has asked for.
func (c *Session) Waiting() []string {
	c.stage.stateMu.Lock()
	defer c.stage.stateMu.Unlock()
	var list []string
	for i := range c.in {
		list = append(list, wire.Quote(c.in[i].Raw))
	}
	return list
}

// AnswerPoll answers the present or next poll with that body, whatever it is.
func (c *Session) AnswerPoll(body string) {
	c.stage.locked(func() {
		c.sayPoll = &body
		c.stage.notify()
	})
}

// Ended reports whether the session is over.
func (c *Session) Ended() bool { return c.ended() != nil }

// WantNoEvents fails the scenario, for that reason, when the driver has reported something of the socket that was not asked for.
func (k *Socket) WantNoEvents(reason string) {
	var got Line
	k.stage.locked(func() {
		if len(k.events) > 0 {
			got = k.events[0]
		}
	})
	if got != nil {
		text := wire.Quote([]byte(JSON(without(got, "t"))))
		k.stage.Fail(&peer.Failure{Reason: fmt.Sprintf("%s: %s; got %s", k, reason, text), Expected: "nothing", Actual: text})
	}
}

// Drain forgets what was sent, opened and reported, where the scenario does not know which of it comes.
func (s *Stage) Drain() {
	s.locked(func() {
		for _, v := range s.servers {
			for _, c := range v.sessions {
				c.claimed, c.in = true, nil
			}
		}
		for _, k := range s.sockets {
			k.events = nil
		}
		s.drained = true
	})
}
