package server

import (
	"context"
	"slices"
	"time"
)

// An Operator says which sockets an operation is for. Its methods that select
// return a new one and change nothing, so that an operator can be kept, shared
// and derived from. The zero value is of no use; namespaces, parents and sockets
// make operators.
type Operator struct {
	namespace *Namespace // or
	parent    *Parent
	options   BroadcastOptions
	timeout   time.Duration
}

// To selects the members of rooms, in addition to those selected before; without
// any selection all members of the namespace are meant. A socket that is in
// several rooms is selected once. The id of a socket is the name of a room.
func (o Operator) To(rooms ...string) Operator {
	o.options.Rooms = append(slices.Clip(o.options.Rooms), rooms...)
	return o
}

// In does what To does.
func (o Operator) In(rooms ...string) Operator { return o.To(rooms...) }

// Except leaves out the members of rooms.
func (o Operator) Except(rooms ...string) Operator {
	o.options.Except = append(slices.Clip(o.options.Except), rooms...)
	return o
}

// Volatile drops the event for a client that cannot take it at once.
func (o Operator) Volatile() Operator {
	o.options.Volatile = true
	return o
}

// Compress says whether the event is compressed, where the client negotiated
// that. It is unless said otherwise.
func (o Operator) Compress(compress bool) Operator {
	o.options.Uncompressed = !compress
	return o
}

// Local keeps the event on this server.
func (o Operator) Local() Operator {
	o.options.Local = true
	return o
}

// Timeout bounds how long EmitWithAck waits.
func (o Operator) Timeout(d time.Duration) Operator {
	o.timeout = d
	return o
}

// targets returns the namespaces that the operator is for.
func (o Operator) targets() []*Namespace {
	if o.parent != nil {
		return o.parent.Children()
	}
	return []*Namespace{o.namespace}
}

// Emit sends an event. Arguments are marshalled as encoding/json does, with
// []byte, at any depth, as binary; [Args.Forward] passes on what was received.
// The error says that an argument has no JSON form, or is a
// [*ReservedEventError].
func (o Operator) Emit(event string, args ...any) error {
	for _, n := range o.targets() {
		m, err := encodeEvent(n.name, noAck, event, args)
		if err != nil {
			return err
		}
		n.adapter.Broadcast(m, o.options)
	}
	return nil
}

// FetchSockets returns the selected sockets. It is not supported on a parent.
func (o Operator) FetchSockets(ctx context.Context) ([]RemoteSocket, error) {
	if o.parent != nil {
		return nil, ErrParent
	}
	return o.namespace.adapter.FetchSockets(ctx, o.options)
}

// SocketsJoin adds the selected sockets to rooms.
func (o Operator) SocketsJoin(rooms ...string) {
	for _, n := range o.targets() {
		n.adapter.AddSockets(o.options, rooms)
	}
}

// SocketsLeave removes the selected sockets from rooms.
func (o Operator) SocketsLeave(rooms ...string) {
	for _, n := range o.targets() {
		n.adapter.DelSockets(o.options, rooms)
	}
}

// DisconnectSockets disconnects the selected sockets, as [Socket.Disconnect]
// does.
func (o Operator) DisconnectSockets(close bool) {
	for _, n := range o.targets() {
		n.adapter.DisconnectSockets(o.options, close)
	}
}
