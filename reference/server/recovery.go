package server

import (
	"encoding/json"
	"time"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// Recovery configures the recovery of sockets after a lost connection. Events
// that are neither volatile nor to be acknowledged are then kept for a while, and
// travel with one more argument, a string that says where the client stands.
type Recovery struct {
	// MaxDisconnection is how long a socket and the events that it misses are
	// kept. Default 2 minutes.
	MaxDisconnection time.Duration
	// RunMiddlewares lets the middlewares decide about a socket that continues
	// an earlier one. Otherwise they are not asked again.
	RunMiddlewares bool
}

// A Session is what an [Adapter] keeps of a socket whose connection was lost.
type Session struct {
	SID   string    // the id of the socket
	PID   string    // a secret of the client, by which the session is found
	Rooms []string  // that the socket was in, its own included
	Data  *Data     // the store of the socket, still in use by its handlers
	Until time.Time // when the session is to be forgotten

	// Missed calls join, which makes the socket a member again, and returns the
	// events that it missed, each with its offset as the last argument. An
	// event that is broadcast meanwhile is among them or reaches the member,
	// and not both. It does not block. It is set by RestoreSession.
	Missed func(join func()) []sio.Message
}

// recoverable reports whether the end of a socket for this reason is an accident.
func (r Reason) recoverable() bool {
	switch r {
	case TransportClose, TransportError, PingTimeout, ForcedClose, ServerShuttingDown:
		return true
	default:
		return false
	}
}

// claim returns what the client says about the session that it wants to continue.
func (c *conn) claim(m *member) (pid, offset string, ok bool) {
	if c.server.config.Recovery == nil || c.revision != sio.Revision5 {
		return "", "", false
	}
	var auth map[string]any
	if json.Unmarshal(m.handshake.Auth, &auth) != nil {
		return "", "", false
	}
	pid, isText := auth["pid"].(string)
	offset, ok = auth["offset"].(string)
	return pid, offset, ok && isText
}

// restored says which session a member continues, if any.
type restored struct {
	member    *member
	namespace *Namespace
	session   *Session
}

func (t restored) Do(*engine.Session) {
	if t.member.stage != pending {
		t.drop()
		return
	}
	t.member.past = t.session
	t.member.conn.present(t.member, t.namespace)
}

// drop puts back what nobody wants any more.
func (t restored) drop() {
	if t.session != nil {
		t.namespace.adapter.PersistSession(*t.session)
	}
	t.namespace.release()
}

// Recovered reports whether the socket continues an earlier one, whose id, rooms
// and data it has, because the client lost its connection.
func (s *Socket) Recovered() bool { return s.recovered }

// keeps reports whether what is sent to the socket is kept for its recovery: from
// when it has joined, and also when it was lost.
func (s *Socket) keeps() bool { return s.pid != "" && s.entered.Load() }

// admission returns the payload of the CONNECT that admits the socket.
func (s *Socket) admission() []byte {
	payload := `{"sid":"` + s.id + `"`
	if s.pid != "" {
		payload += `,"pid":"` + s.pid + `"`
	}
	return []byte(payload + "}")
}

// enter makes the socket a member and returns what it missed before.
func (s *Socket) enter(past *Session) []sio.Message {
	s.entered.Store(true)
	if past == nil {
		s.namespace.add(s)
		return nil
	}
	return past.Missed(func() { s.namespace.add(s) })
}

// persist keeps what there is to be kept of a socket that was lost.
func (s *Socket) persist(reason Reason, rooms []string) {
	if s.pid == "" || !reason.recoverable() {
		return
	}
	until := time.Now().Add(s.namespace.server.config.Recovery.MaxDisconnection)
	s.namespace.adapter.PersistSession(Session{SID: s.id, PID: s.pid, Rooms: rooms, Data: s.data, Until: until})
}
