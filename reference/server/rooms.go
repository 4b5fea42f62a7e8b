package server

import "slices"

// Join adds the socket to rooms. It is effective when Join returns. A socket
// that is still with the middlewares receives nothing from its rooms until it
// has joined the namespace; one that has left joins nothing.
func (s *Socket) Join(rooms ...string) {
	s.roomsMu.Lock()
	defer s.roomsMu.Unlock()
	if !s.left {
		s.namespace.adapter.AddAll(s.id, rooms)
	}
}

// Leave removes the socket from a room.
func (s *Socket) Leave(room string) {
	s.roomsMu.Lock()
	defer s.roomsMu.Unlock()
	if !s.left { // its id may be that of another socket by now
		s.namespace.adapter.Del(s.id, room)
	}
}

// Rooms returns the rooms that the socket is in, its own among them, sorted.
func (s *Socket) Rooms() []string {
	s.roomsMu.Lock()
	defer s.roomsMu.Unlock()
	if s.left {
		return slices.Clone(s.last)
	}
	return s.namespace.adapter.SocketRooms(s.id)
}

// leaveAll leaves all rooms for good, and returns them.
func (s *Socket) leaveAll() []string {
	s.roomsMu.Lock()
	defer s.roomsMu.Unlock()
	s.left = true
	rooms := s.namespace.adapter.SocketRooms(s.id)
	s.namespace.adapter.DelAll(s.id)
	return rooms
}

func (s *Socket) setLast(rooms []string) {
	s.roomsMu.Lock()
	defer s.roomsMu.Unlock()
	s.last = rooms
}
