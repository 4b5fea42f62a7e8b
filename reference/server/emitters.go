package server

import (
	"context"
	"time"
)

// Emit sends an event to the client. Arguments are marshalled as encoding/json
// does, with []byte, at any depth, as binary; [Args.Forward] passes on what was
// received. The error says that an argument has no JSON form, is a
// [*ReservedEventError], or [ErrDisconnected]; with [Config].Recovery the event
// is kept nevertheless for a client that lost its connection.
func (s *Socket) Emit(event string, args ...any) error { return s.sender().Emit(event, args...) }

// Send sends the event "message".
func (s *Socket) Send(args ...any) error { return s.Emit("message", args...) }

// EmitWithAck sends an event to the client and waits for its acknowledgement,
// whose arguments it returns. The error is that of ctx, or of the time-out, if
// that ends first, and [ErrDisconnected] if the client leaves.
func (s *Socket) EmitWithAck(ctx context.Context, event string, args ...any) (Args, error) {
	return s.sender().EmitWithAck(ctx, event, args...)
}

// Ask sends an event to the client and returns at once, as [Sender.Ask] does.
func (s *Socket) Ask(ctx context.Context, event string, args ...any) *Question {
	return s.sender().Ask(ctx, event, args...)
}

// Volatile returns a sender that drops an event if the client cannot take it at
// once.
func (s *Socket) Volatile() Sender { return s.sender().Volatile() }

// Compress returns a sender that does or does not compress.
func (s *Socket) Compress(compress bool) Sender { return s.sender().Compress(compress) }

// Timeout returns a sender that does not wait longer for an acknowledgement.
func (s *Socket) Timeout(d time.Duration) Sender { return s.sender().Timeout(d) }

func (s *Socket) sender() Sender { return Sender{socket: s} }

// Broadcast returns an operator for all members of the namespace but this
// socket.
func (s *Socket) Broadcast() Operator { return s.namespace.operator().Except(s.id) }

// To returns an operator for the members of rooms, without this socket.
func (s *Socket) To(rooms ...string) Operator { return s.Broadcast().To(rooms...) }

// In does what To does.
func (s *Socket) In(rooms ...string) Operator { return s.To(rooms...) }

// Except returns an operator for all members of the namespace but this socket
// and the members of rooms.
func (s *Socket) Except(rooms ...string) Operator { return s.Broadcast().Except(rooms...) }

// Local returns an operator for all members on this server but this socket.
func (s *Socket) Local() Operator { return s.Broadcast().Local() }

func (n *Namespace) operator() Operator { return Operator{namespace: n} }

// Emit sends an event to all members, as [Operator.Emit] does.
func (n *Namespace) Emit(event string, args ...any) error { return n.operator().Emit(event, args...) }

// Send sends the event "message" to all members.
func (n *Namespace) Send(args ...any) error { return n.Emit("message", args...) }

// EmitWithAck sends an event to all members and waits for their
// acknowledgements, as [Operator.EmitWithAck] does.
func (n *Namespace) EmitWithAck(ctx context.Context, event string, args ...any) ([]Args, error) {
	return n.operator().EmitWithAck(ctx, event, args...)
}

// Ask sends an event to all members and returns at once, as [Operator.Ask] does.
func (n *Namespace) Ask(ctx context.Context, event string, args ...any) *Questions {
	return n.operator().Ask(ctx, event, args...)
}

// To returns an operator for the members of rooms.
func (n *Namespace) To(rooms ...string) Operator { return n.operator().To(rooms...) }

// In does what To does.
func (n *Namespace) In(rooms ...string) Operator { return n.To(rooms...) }

// Except returns an operator for all members but those of rooms.
func (n *Namespace) Except(rooms ...string) Operator { return n.operator().Except(rooms...) }

// Volatile returns an operator as [Operator.Volatile] does.
func (n *Namespace) Volatile() Operator { return n.operator().Volatile() }

// Compress returns an operator as [Operator.Compress] does.
func (n *Namespace) Compress(compress bool) Operator { return n.operator().Compress(compress) }

// Local returns an operator as [Operator.Local] does.
func (n *Namespace) Local() Operator { return n.operator().Local() }

// Timeout returns an operator as [Operator.Timeout] does.
func (n *Namespace) Timeout(d time.Duration) Operator { return n.operator().Timeout(d) }

// FetchSockets returns all members.
func (n *Namespace) FetchSockets(ctx context.Context) ([]RemoteSocket, error) {
	return n.operator().FetchSockets(ctx)
}

// SocketsJoin adds all members to rooms.
func (n *Namespace) SocketsJoin(rooms ...string) { n.operator().SocketsJoin(rooms...) }

// SocketsLeave removes all members from rooms.
func (n *Namespace) SocketsLeave(rooms ...string) { n.operator().SocketsLeave(rooms...) }

// DisconnectSockets disconnects all members, as [Socket.Disconnect] does.
func (n *Namespace) DisconnectSockets(close bool) { n.operator().DisconnectSockets(close) }

func (p *Parent) operator() Operator { return Operator{parent: p} }

// Emit sends an event to the members of all children, as [Operator.Emit] does.
func (p *Parent) Emit(event string, args ...any) error { return p.operator().Emit(event, args...) }

// To returns an operator for the members of rooms in all children.
func (p *Parent) To(rooms ...string) Operator { return p.operator().To(rooms...) }

// In does what To does.
func (p *Parent) In(rooms ...string) Operator { return p.To(rooms...) }

// Except returns an operator for the members of all children but those of rooms.
func (p *Parent) Except(rooms ...string) Operator { return p.operator().Except(rooms...) }

// Volatile returns an operator as [Operator.Volatile] does.
func (p *Parent) Volatile() Operator { return p.operator().Volatile() }

// Compress returns an operator as [Operator.Compress] does.
func (p *Parent) Compress(compress bool) Operator { return p.operator().Compress(compress) }

// Local returns an operator as [Operator.Local] does.
func (p *Parent) Local() Operator { return p.operator().Local() }
