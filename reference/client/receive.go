package client

import (
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// received takes a message of the session.
func (m *Manager) received(p eio.Packet) {
	message, complete, err := m.assemble(p)
	if err == nil && complete && message.Type.IsEvent() {
		if name, _, _ := message.Event(); reserved(name) {
			err = &ReservedEventError{name}
		}
	}
	switch {
	case err != nil:
		m.drop(ParseError, err)
	case complete:
		m.dispatch(message)
	}
}

func (m *Manager) assemble(p eio.Packet) (message sio.Message, complete bool, err error) {
	if p.Binary {
		return m.assembler.AddBinary(p.Data)
	}
	packet, err := sio.ParsePacket(m.config.Revision, p.Data, m.limits())
	if err != nil && !harmless(err) {
		return sio.Message{}, false, err
	}
	return m.assembler.Add(packet)
}

// harmless reports whether a packet can be understood although it breaks a rule.
func harmless(err error) bool {
	e, ok := errors.AsType[*sio.SyntaxError](err)
	return ok && e.Rule.Tolerated() && e.Rule != sio.RuleEventMissing
}

// reserved reports whether name is one of the events that Socket.IO emits itself.
// Neither side may send one.
func reserved(name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	default:
		return false
	}
}

// dispatch hands a message to the socket of its namespace.
func (m *Manager) dispatch(message sio.Message) {
	revision4 := m.config.Revision == sio.Revision4
	if revision4 && message.Namespace == "/" {
		switch message.Type {
		case sio.Connect:
			m.main = mainJoined
		case sio.ConnectError: // who is refused there is refused everywhere
			for _, s := range slices.Clone(m.active) {
				s.refused(refusal4(message.Data))
			}
			return
		default:
		}
	}
	if s := m.lookup(message.Namespace); s != nil {
		s.receive(message)
	}
}

// receive takes a message of the namespace.
func (s *Socket) receive(m sio.Message) {
	switch m.Type {
	case sio.Connect:
		s.onConnect(m.Data)
	case sio.ConnectError:
		s.onConnectError(m.Data)
	case sio.Disconnect:
		s.asked = false
		s.expelled()
	case sio.Event, sio.BinaryEvent:
		s.onEvent(m)
	case sio.Ack, sio.BinaryAck:
		if q := s.acks[m.AckID]; q != nil && s.state == joined {
			delete(s.acks, m.AckID)
			q.finish(m.Args(), nil)
		}
	}
}

// onConnect takes the answer to CONNECT.
func (s *Socket) onConnect(data []byte) {
	asked := s.asked
	s.asked = false
	id, pid := member(data, "sid"), member(data, "pid")
	if s.manager.config.Revision == sio.Revision4 {
		id, pid = s.manager.session.SID(), ""
		if s.namespace != "/" {
			id = s.namespace + "#" + id
		}
	}
	switch {
	case s.state == inactive && asked: // it was disconnected in the meantime
		s.control(sio.Disconnect, "", nil)
		s.leftMain()
	case s.state != joining && s.state != joined:
	case s.state == joined && asked: // as was assumed
	case id == "":
		s.asked = asked
		s.tellConnectError(ErrIncompatible)
	default:
		s.accepted(id, pid)
	}
}

// member returns the member of a JSON object if it is a string.
func member(data []byte, name string) string {
	var members map[string]json.RawMessage
	var value string
	if json.Unmarshal(data, &members) == nil {
		_ = json.Unmarshal(members[name], &value) // anything else is as good as nothing
	}
	return value
}

// onConnectError takes a refusal.
func (s *Socket) onConnectError(data []byte) {
	if s.state != joining && s.state != joined {
		s.asked = false
		return
	}
	if s.manager.config.Revision == sio.Revision4 {
		s.refused(refusal4(data))
		return
	}
	var members map[string]json.RawMessage
	err := &RefusedError{Message: member(data, "message")}
	if json.Unmarshal(data, &members) == nil {
		err.Data = members["data"]
	} else {
		_ = json.Unmarshal(data, &err.Message) // a string, or nothing
	}
	s.refused(err)
}

// refusal4 returns what an ERROR packet of revision 4 says.
func refusal4(data []byte) *RefusedError {
	err := &RefusedError{Message: member(data, "message"), Data: data}
	var text string
	if json.Unmarshal(data, &text) == nil {
		err.Message = text
	}
	return err
}

// onEvent takes an event. One that comes before the answer to CONNECT waits for
// that.
func (s *Socket) onEvent(m sio.Message) {
	if s.state != joining && s.state != joined {
		return
	}
	if !s.manager.backlog.take(messageSize(m)) {
		s.manager.drop(Overflow, ErrOverflow)
		return
	}
	if s.state == joining {
		s.held = append(s.held, m)
		return
	}
	s.deliver(m)
}

// release delivers what has waited for the answer to CONNECT.
func (s *Socket) release() {
	held := s.held
	s.held = nil
	for _, m := range held {
		s.deliver(m)
	}
}

// deliver has the handlers run for an event.
func (s *Socket) deliver(m sio.Message) {
	event, args, _ := m.Event()
	s.keepOffset(m.AckID, args)
	stay := s.stay
	s.manager.handle(func() {
		s.manager.backlog.give(messageSize(m))
		if !stay.left.Load() {
			s.run(event, args, s.ack(stay, m.AckID))
		}
	})
}

// keepOffset remembers where in the stream of its events a server that recovers
// sessions can go on: it says so with the last argument, of events without
// acknowledgement.
func (s *Socket) keepOffset(id int64, args Args) {
	if s.pid == "" || id != sio.NoAck {
		return
	}
	last := args.At(args.Len() - 1)
	if len(last.Raw) > 0 && last.Raw[0] == '"' {
		_ = last.Decode(&s.offset)
	}
}

// ack returns the function that acknowledges the event with the id.
func (s *Socket) ack(stay *stay, id int64) Ack {
	if id == sio.NoAck {
		return nil
	}
	var once atomic.Bool
	return func(args ...any) (err error) {
		m, err := sio.EncodeAck(id, args...)
		if err != nil {
			return err
		}
		if once.Swap(true) {
			return nil
		}
		s.manager.loop.Do(func() { err = s.acknowledge(stay, m) })
		return err
	}
}

func (s *Socket) acknowledge(stay *stay, m sio.Message) error {
	switch {
	case s.stay != stay:
		return ErrDisconnected
	case !s.manager.room(messageSize(m)):
		return ErrBufferFull
	default:
		m.Binary = cloned(m.Binary)
		s.send(m)
		return nil
	}
}
