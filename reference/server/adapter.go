package server

import (
	"context"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// An Adapter keeps the rooms of one namespace and delivers to them. The one in
// memory is [NewMemoryAdapter]; others can reach the sockets of several servers.
// Its methods are called from many goroutines. AddAll, Del, DelAll, SocketRooms
// and PersistSession are also called by the server where it must not wait, so
// they do not block.
//
// An adapter for several servers embeds the one in memory: that delivers to the
// sockets of this server what it is given, whether an operator asked for it here
// or a message of another server did.
type Adapter interface {
	// AddAll adds a socket of this server to rooms.
	AddAll(id string, rooms []string)
	// Del removes a socket from a room.
	Del(id, room string)
	// DelAll removes a socket from all rooms.
	DelAll(id string)
	// SocketRooms returns the rooms of a socket of this server, sorted.
	SocketRooms(id string) []string
	// Members returns the ids of the members of this server that are in any of
	// the rooms, or of all if there are none, sorted.
	Members(rooms []string) []string

	// Broadcast sends an event to the matching sockets.
	Broadcast(m sio.Message, o BroadcastOptions)
	// BroadcastWithAck sends an event with an id to the matching sockets. It
	// calls expect with how many there are, once or more often if it learns
	// that in parts, and answer for each acknowledgement, until ctx ends.
	// Neither blocks.
	BroadcastWithAck(ctx context.Context, m sio.Message, o BroadcastOptions, expect func(n int), answer func(Args))

	// FetchSockets returns the matching sockets.
	FetchSockets(ctx context.Context, o BroadcastOptions) ([]RemoteSocket, error)
	// AddSockets adds the matching sockets to rooms.
	AddSockets(o BroadcastOptions, rooms []string)
	// DelSockets removes the matching sockets from rooms.
	DelSockets(o BroadcastOptions, rooms []string)
	// DisconnectSockets disconnects the matching sockets.
	DisconnectSockets(o BroadcastOptions, close bool)

	// ServerSideEmit sends an event to the other servers, which hand it to
	// [Namespace.ServerSide]. If it has an id, ServerSideEmit waits for their
	// answers and returns them; the error then says that some are missing.
	ServerSideEmit(ctx context.Context, m sio.Message) ([]Args, error)
	// ServerCount returns how many servers there are, this one included.
	ServerCount(ctx context.Context) (int, error)

	// PersistSession keeps a session until it is restored or too old.
	PersistSession(s Session)
	// RestoreSession takes out the session with the pid, to go on behind the
	// event with the offset. It returns nil if it cannot.
	RestoreSession(ctx context.Context, pid, offset string) *Session

	// Close says that the namespace is not used any more.
	Close()
}

// BroadcastOptions say which sockets an operation is for, and how it is done.
type BroadcastOptions struct {
	// Rooms are the rooms whose members are meant, each socket once. Without
	// any, all members of the namespace are.
	Rooms []string
	// Except are rooms, and ids of sockets, that are left out.
	Except []string
	// Volatile drops the event for a client that cannot take it at once.
	Volatile bool
	// Uncompressed asks for no compression.
	Uncompressed bool
	// Local keeps the event on this server.
	Local bool
}

// A RemoteSocket is a socket that may be connected to another server, as it was
// when it was asked for.
type RemoteSocket struct {
	ID        string
	Rooms     []string
	Data      map[string]any
	Handshake Handshake

	namespace *Namespace
}

// NewRemoteSocket returns a description of a socket. It is for adapters.
func NewRemoteSocket(n *Namespace, id string, rooms []string, data map[string]any, h Handshake) RemoteSocket {
	return RemoteSocket{ID: id, Rooms: rooms, Data: data, Handshake: h, namespace: n}
}

// Join adds the socket to rooms.
func (r RemoteSocket) Join(rooms ...string) { r.namespace.In(r.ID).SocketsJoin(rooms...) }

// Leave removes the socket from a room.
func (r RemoteSocket) Leave(room string) { r.namespace.In(r.ID).SocketsLeave(room) }

// Emit sends the socket an event, as [Operator.Emit] does.
func (r RemoteSocket) Emit(event string, args ...any) error {
	return r.namespace.In(r.ID).Emit(event, args...)
}

// Disconnect disconnects the socket, as [Socket.Disconnect] does.
func (r RemoteSocket) Disconnect(close bool) { r.namespace.In(r.ID).DisconnectSockets(close) }
