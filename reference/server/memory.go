package server

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// memory is the adapter of a server that is alone.
type memory struct {
	namespace *Namespace
	history   *history // nil without recovery

	sendingMu sync.Mutex // has events that are kept sent in the order of their offsets

	roomsMu sync.RWMutex   // guards members and rooms
	members map[string]set // sockets by room
	rooms   map[string]set // rooms by socket
}

type set map[string]struct{}

// NewMemoryAdapter returns an adapter that knows the sockets of this server
// only.
func NewMemoryAdapter(n *Namespace) Adapter {
	a := &memory{namespace: n, members: map[string]set{}, rooms: map[string]set{}}
	if n.server.config.Recovery != nil {
		a.history = newHistory(n.server.config)
	}
	return a
}

func (a *memory) AddAll(id string, rooms []string) {
	a.roomsMu.Lock()
	defer a.roomsMu.Unlock()
	for _, room := range rooms {
		add(a.members, room, id)
		add(a.rooms, id, room)
	}
}

func (a *memory) Del(id, room string) {
	a.roomsMu.Lock()
	defer a.roomsMu.Unlock()
	del(a.members, room, id)
	del(a.rooms, id, room)
}

func (a *memory) DelAll(id string) {
	a.roomsMu.Lock()
	defer a.roomsMu.Unlock()
	for room := range a.rooms[id] {
		del(a.members, room, id)
	}
	delete(a.rooms, id)
}

func add(m map[string]set, key, value string) {
	if m[key] == nil {
		m[key] = set{}
	}
	m[key][value] = struct{}{}
}

func del(m map[string]set, key, value string) {
	delete(m[key], value)
	if len(m[key]) == 0 {
		delete(m, key)
	}
}

func (a *memory) SocketRooms(id string) []string {
	a.roomsMu.RLock()
	defer a.roomsMu.RUnlock()
	return slices.Sorted(maps.Keys(a.rooms[id]))
}

func (a *memory) Members(rooms []string) []string {
	ids := []string{}
	for _, s := range a.matching(BroadcastOptions{Rooms: rooms}) {
		ids = append(ids, s.id)
	}
	slices.Sort(ids)
	return ids
}

// matching returns the members of the namespace that o is for, each once.
func (a *memory) matching(o BroadcastOptions) []*Socket {
	if len(o.Rooms) == 0 && len(o.Except) == 0 {
		return a.namespace.LocalSockets()
	}
	a.roomsMu.RLock()
	defer a.roomsMu.RUnlock()
	except := a.union(o.Except)
	for _, id := range o.Except {
		except[id] = struct{}{}
	}
	var matching []*Socket
	take := func(id string) {
		if _, out := except[id]; out {
			return
		}
		if s := a.namespace.Socket(id); s != nil { // not one that is with the middlewares
			matching = append(matching, s)
		}
	}
	if len(o.Rooms) == 0 {
		for _, s := range a.namespace.LocalSockets() {
			take(s.id)
		}
		return matching
	}
	for id := range a.union(o.Rooms) {
		take(id)
	}
	return matching
}

// union returns the members of rooms.
func (a *memory) union(rooms []string) set {
	ids := set{}
	for _, room := range rooms {
		maps.Copy(ids, a.members[room])
	}
	return ids
}

func (a *memory) Broadcast(m sio.Message, o BroadcastOptions) {
	var sockets []*Socket
	if a.history == nil || o.Volatile {
		sockets = a.matching(o)
		send(sockets, m, nil, o)
	} else {
		sockets = a.broadcastKept(m, o)
	}
	for _, s := range sockets {
		s.notice(m)
	}
}

// broadcastKept broadcasts an event that is kept, and returns to whom.
func (a *memory) broadcastKept(m sio.Message, o BroadcastOptions) (sockets []*Socket) {
	a.sendingMu.Lock()
	defer a.sendingMu.Unlock()
	kept := a.history.keep(m, o, func() { sockets = a.matching(o) })
	send(sockets, m, &kept, o)
	return sockets
}

// send sends m to sockets, and kept, unless that is nil, to those that can be
// recovered.
func send(sockets []*Socket, m sio.Message, kept *sio.Message, o BroadcastOptions) {
	if len(sockets) == 0 {
		return
	}
	plain := wire(m, !o.Uncompressed)
	numbered := plain
	if kept != nil {
		numbered = wire(*kept, !o.Uncompressed)
	}
	for _, s := range sockets {
		message := plain
		if s.pid != "" {
			message = numbered
		}
		_ = s.send(outbound{member: s.member, message: message, volatile: o.Volatile}) // one that has left is none of them
	}
}

func (a *memory) BroadcastWithAck(ctx context.Context, m sio.Message, o BroadcastOptions, expect func(int), answer func(Args)) {
	sockets := a.matching(o)
	expect(len(sockets))
	message := wire(m, !o.Uncompressed)
	for _, s := range sockets {
		_ = s.send(outbound{member: s.member, message: message, volatile: o.Volatile, id: m.AckID, answer: answer}) // one that has left does not answer
	}
	for _, s := range sockets {
		s.notice(m)
	}
	context.AfterFunc(ctx, func() {
		for _, s := range sockets {
			s.member.conn.session.Post(forget{s.member, m.AckID})
		}
	})
}

func (a *memory) FetchSockets(_ context.Context, o BroadcastOptions) ([]RemoteSocket, error) {
	fetched := []RemoteSocket{}
	for _, s := range a.matching(o) {
		fetched = append(fetched, NewRemoteSocket(a.namespace, s.id, s.Rooms(), s.data.All(), s.handshake))
	}
	return fetched, nil
}

func (a *memory) AddSockets(o BroadcastOptions, rooms []string) {
	for _, s := range a.matching(o) {
		s.Join(rooms...)
	}
}

func (a *memory) DelSockets(o BroadcastOptions, rooms []string) {
	for _, s := range a.matching(o) {
		for _, room := range rooms {
			s.Leave(room)
		}
	}
}

func (a *memory) DisconnectSockets(o BroadcastOptions, close bool) {
	for _, s := range a.matching(o) {
		s.Disconnect(close)
	}
}

func (a *memory) ServerSideEmit(context.Context, sio.Message) ([]Args, error) { return nil, nil }

func (a *memory) ServerCount(context.Context) (int, error) { return 1, nil }

func (a *memory) PersistSession(s Session) {
	if a.history != nil {
		a.history.persist(s)
	}
}

func (a *memory) RestoreSession(_ context.Context, pid, offset string) *Session {
	if a.history == nil {
		return nil
	}
	return a.history.restore(pid, offset)
}

func (a *memory) Close() {
	if a.history != nil {
		a.history.close()
	}
}
