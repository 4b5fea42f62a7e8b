package peer

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// Prefix returns how a packet's header names the namespace: nothing for the main one, the name and a comma for others.
func Prefix(namespace string) string {
	if namespace == "/" {
		return ""
	}
	return namespace + ","
}

// JSON returns v as JSON text. It panics when v has no JSON form, which is a defect of the scenario.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("peer: %w", err))
	}
	return string(b)
}

// Connect joins a namespace with the given credentials, if any, and waits until it is joined. It returns the socket id. Scenarios take it for granted; those about joining use
// SendConnect and WantConnect.
func (p *Peer) Connect(namespace string, auth ...any) string {
	p.SendConnect(namespace, auth...)
	return p.WantConnect(namespace, RuleConnect)
}

// SendConnect asks to join a namespace with the given credentials, if any. In revision 4 the main namespace is joined unasked: its credentials travel in the URL of the handshake, so that it
// must come first, and nothing is sent unless it has been left before; other namespaces are asked for once it is joined.
func (p *Peer) SendConnect(namespace string, auth ...any) {
	if !p.implicit(namespace) {
		p.Open()
		p.awaitMain()
		p.Send(p.ConnectPacket(namespace, auth...))
		return
	}
	if len(auth) > 0 && p.currentLink() != nil {
		panic("peer: credentials for the main namespace of a session that is open")
	}
	p.said = "the handshake"
	p.Open(authQuery(auth))
}

// ConnectPacket returns the CONNECT for a namespace with the given credentials, if any.
func (p *Peer) ConnectPacket(namespace string, auth ...any) string {
	if p.config.Revision == wire.Revision4 {
		if query := authQuery(auth); query != "" {
			namespace += "?" + query
		}
		return "40" + Prefix(namespace)
	}
	packet := "40" + Prefix(namespace)
	if len(auth) > 0 {
		packet += JSON(auth[0])
	}
	return packet
}

// WantConnect waits for the CONNECT that admits the peer to the namespace, in revision 5 with a socket id, and returns the id. A failure is put down to the given rules, or to the
// scenario's own when there are none. What clients put up with is no failure here but one for
// Want: an event auth ahead of the CONNECT, which they keep until it is there, and a list behind it in revision 4.
func (p *Peer) WantConnect(namespace string, rules ...string) string {
	if p.implicit(namespace) {
		p.wantMain(rules)
		p.welcomed = true
		return p.SID(namespace)
	}
	var caps wire.Captures
	p.blaming(rules, func() { caps = p.wantAdmission(namespace) })
	if p.config.Revision == wire.Revision4 {
		return p.SID(namespace)
	}
	var sid string
	if err := json.Unmarshal([]byte(caps["sid"]), &sid); err != nil {
		panic(fmt.Errorf("peer: captured sid: %w", err))
	}
	return sid
}

// wantAdmission waits for the CONNECT of a namespace, and takes an event auth ahead of it for the one that belongs to it, or to the main namespace when that is joined later.
func (p *Peer) wantAdmission(namespace string) wire.Captures {
	want := p.Connected(namespace)
	packet := p.next(want)
	for (packet.Namespace == namespace || packet.Namespace == "/") && p.early[packet.Namespace] == nil && greeting(&packet, false) != nil {
		p.early[packet.Namespace] = greeting(&packet, false)
		packet = p.next(want)
	}
	caps, diff := p.pattern(want).Match(&packet)
	if diff != "" && !p.admitsWithList(namespace, &packet) {
		p.mismatch(want, &packet, diff)
	}
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	if m := p.joined[namespace]; m != nil && p.early[namespace] != nil {
		m.auth = p.early[namespace]
	}
	delete(p.early, namespace)
	return caps
}

// admitsWithList reports whether packet is a CONNECT of revision 4 with a list behind the namespace, where nothing should be: clients do not mind.
func (p *Peer) admitsWithList(namespace string, packet *wire.Packet) bool {
	_, diff := p.pattern("40" + Prefix(namespace) + "<array>").Match(packet)
	return p.config.Revision == wire.Revision4 && diff == ""
}

// Connected returns the pattern of the CONNECT that admits the peer to a namespace.
func (p *Peer) Connected(namespace string) string {
	if p.config.Revision == wire.Revision4 {
		return "40" + Prefix(namespace)
	}
	return "40" + Prefix(namespace) + `{"sid":<sid:text>,...}`
}

// falsy are the data that revision 4 takes for none.
var falsy = []string{"null", "false", "0", `""`}

// Refused returns the pattern of the packet that refuses the peer a namespace: CONNECT_ERROR in revision 5, and ERROR in revision 4, where data takes the place of the message. message and
// data are JSON patterns.
func (p *Peer) Refused(namespace, message string, data ...string) string {
	switch {
	case p.config.Revision == wire.Revision4 && len(data) > 0 && !slices.Contains(falsy, data[0]):
		return "44" + Prefix(namespace) + data[0]
	case p.config.Revision == wire.Revision4:
		return "44" + Prefix(namespace) + message
	case len(data) > 0:
		return "44" + Prefix(namespace) + `{"message":` + message + `,"data":` + data[0] + "}"
	default:
		return "44" + Prefix(namespace) + `{"message":` + message + "}"
	}
}

// WantRefused waits until the peer is refused a namespace, see Refused.
func (p *Peer) WantRefused(namespace, message string, data ...string) {
	p.Open()
	p.Want(p.Refused(namespace, message, data...))
}

// blaming puts a failure of f down to rules.
func (p *Peer) blaming(rules []string, f func()) {
	if len(rules) > 0 {
		defer func() {
			switch r := recover().(type) {
			case nil:
			case *Failure:
				if r.Rules == nil {
					r.Rules = rules
				}
				panic(r)
			default:
				panic(r)
			}
		}()
	}
	f()
}

// SID returns the socket id in a joined namespace, "" elsewhere. In revision 4 both ends make it up from the session's id and the namespace.
func (p *Peer) SID(namespace string) string {
	p.stateMu.Lock()
	defer p.stateMu.Unlock()
	m := p.joined[namespace]
	switch {
	case m == nil:
		return ""
	case p.config.Revision == wire.Revision5:
		return m.sid
	case namespace == "/":
		return p.handshake.SID
	default:
		return namespace + "#" + p.handshake.SID
	}
}

// WantAuth waits for the event auth in a joined namespace and compares its argument, what the application saw as credentials, with the JSON text.
func (p *Peer) WantAuth(namespace, want string) {
	var got json.RawMessage
	p.in.await(p.ctx, p.Patience(), func() bool {
		p.stateMu.Lock()
		defer p.stateMu.Unlock()
		if m := p.joined[namespace]; m != nil {
			got = m.auth
		}
		return got != nil
	})
	if got == nil {
		p.Failf("%s: the event auth did not arrive in %s within %v", p.name, namespace, p.Patience())
	}
	p.wantJSON(fmt.Sprintf("the credentials that the application sees in %s", namespace), want, got)
}

// wantJSON compares a JSON text with a pattern for one.
func (p *Peer) wantJSON(what, want string, got []byte) {
	pattern := p.pattern(`42["x",` + want + `]`)
	packet := wire.Dissect(p.config.Revision, false, []byte(`42["x",`+string(got)+`]`))
	if _, diff := pattern.Match(&packet); diff != "" {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: want %s %s, got %s: %s", p.name, what, want, wire.Quote(got), diff), Expected: want, Actual: wire.Quote(got)})
	}
}

// Leave leaves a namespace and waits, with a fence, until the target has taken notice. A CONNECT on the heels of a DISCONNECT may overtake it in the official
// implementation (4.8.4 handles the one at once and the other a tick later).
func (p *Peer) Leave(namespace string) {
	p.Send("41" + Prefix(namespace))
	p.WantOpen()
}

// WantConnected shows that the namespace is joined: an event there is acknowledged there.
func (p *Peer) WantConnected(namespace string) {
	id := p.NextID()
	p.Send(fmt.Sprintf(`42%s%d["message-with-ack",%d]`, Prefix(namespace), id, id))
	p.wantAck(namespace, id, fmt.Sprintf(`[%d]`, id))
}

// wantAck waits for the acknowledgement with that id; packets before it stay in the inbox.
func (p *Peer) wantAck(namespace string, id int, data string) wire.Captures {
	want := fmt.Sprintf("43%s%d%s", Prefix(namespace), id, data)
	packet := p.takeAck(namespace, id, want)
	caps, diff := p.pattern(want).Match(&packet)
	if diff != "" {
		p.mismatch(want, &packet, diff)
	}
	return caps
}

// takeAck waits for an ACK or BINARY_ACK with that id and namespace and removes it from the inbox; what came before stays there.
func (p *Peer) takeAck(namespace string, id int, want string) wire.Packet {
	p.record(wire.Entry{Direction: wire.Note, Kind: wire.KindExpect, Text: want})
	var packet wire.Packet
	mine := func(q *wire.Packet) bool {
		return q.IsAck() && q.Namespace == namespace && q.AckID == fmt.Sprint(id)
	}
	if p.in.await(p.ctx, p.Patience(), func() bool {
		var ok bool
		packet, ok = p.in.take(mine)
		return ok
	}) {
		return packet
	}
	actual := "nothing"
	if left := p.in.waiting(); len(left) > 0 {
		actual = wire.Quote(left[0].Raw)
	}
	if c := p.in.ended(); c != nil {
		actual = "the session was closed: " + c.Cause
	}
	p.Fail(&Failure{Reason: fmt.Sprintf("%s: want %s within %v, after %s; got %s", p.name, want, p.Patience(), p.said, actual), Expected: want, Actual: actual})
	return packet
}
