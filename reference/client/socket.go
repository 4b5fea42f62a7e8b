package client

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// A Socket is the client's end of one namespace. All methods may be called from
// any goroutine, also from handlers.
type Socket struct {
	manager    *Manager
	namespace  string
	retries    int
	ackTimeout time.Duration
	functions
	status atomic.Pointer[status]

	// What follows belongs to the loop of the manager.

	state      socketState
	authFunc   func(context.Context) (any, error)
	auth       json.RawMessage // nil if there is none
	query      url.Values      // revision 4
	asked      bool            // a CONNECT of this session is not answered yet
	stay       *stay           // not nil in joined
	cancelAuth context.CancelFunc
	pid        string // of the session that the server can recover
	offset     string
	nextID     int64
	acks       map[int64]*Question
	held       []sio.Message // events that came before the answer to CONNECT
	buffer     []*outgoing   // events that wait for the answer to CONNECT
	queue      []*outgoing   // events that are sent one by one
}

// A stay is the time from one CONNECT to the end of it.
type stay struct {
	left atomic.Bool // by the application: it hears nothing more
}

// A status is what the application sees of a socket.
type status struct {
	connected, active, recovered bool
	id                           string
	err                          error         // why nothing happens by itself to connect
	changed                      chan struct{} // closed when there is a newer one
}

func newSocket(m *Manager, namespace string, c Config) (*Socket, error) {
	auth, err := encodeAuth(c.Auth)
	if err != nil {
		return nil, err
	}
	s := &Socket{
		manager:    m,
		namespace:  namespace,
		retries:    c.Retries,
		ackTimeout: c.AckTimeout,
		auth:       auth,
		authFunc:   c.AuthFunc,
		query:      maps.Clone(c.Query),
		acks:       map[int64]*Question{},
	}
	s.status.Store(&status{err: ErrDisconnected, changed: make(chan struct{})})
	return s, nil
}

// Namespace returns the name of the namespace.
func (s *Socket) Namespace() string { return s.namespace }

// Manager returns the manager of the connection.
func (s *Socket) Manager() *Manager { return s.manager }

// ID returns the id that the server gave to the socket, empty unless connected.
func (s *Socket) ID() string { return s.status.Load().id }

// Connected reports whether the socket is in its namespace.
func (s *Socket) Connected() bool { return s.status.Load().connected }

// Active reports whether the socket is connected or takes part in the attempts to
// connect. It does from [Socket.Connect] until one side disconnects it, or the
// server refuses it.
func (s *Socket) Active() bool { return s.status.Load().active }

// Recovered reports whether the server recovered what the socket was before the
// connection was lost: its id, its rooms and what it has missed.
func (s *Socket) Recovered() bool { return s.status.Load().recovered }

// Transport returns the transport of the connection, empty if none is open.
func (s *Socket) Transport() (name string) {
	s.manager.loop.Do(func() {
		if s.manager.state == open {
			name = s.manager.session.Transport()
		}
	})
	return name
}

// SetAuth replaces [Config.Auth] from the next CONNECT on. The error is an
// [*AuthError].
func (s *Socket) SetAuth(v any) error {
	auth, err := encodeAuth(v)
	if err == nil {
		s.manager.loop.Do(func() { s.auth = auth })
	}
	return err
}

// SetQuery replaces [Config.Query] from the next connection on, for all sockets
// that share it, and in revision 4 from the next CONNECT of the socket on.
func (s *Socket) SetQuery(q url.Values) {
	q = maps.Clone(q)
	s.manager.loop.Do(func() { s.query, s.manager.query = q, q })
}

// Connect starts to connect, and returns at once. It has no effect on a socket
// that is about it already.
func (s *Socket) Connect() {
	m := s.manager
	m.loop.Do(func() {
		if m.closed {
			s.update(status{err: ErrClosed})
			s.tellConnectError(ErrClosed)
			return
		}
		if s.state == inactive {
			s.become(pending)
		}
		if s.state == pending {
			s.update(status{active: true})
			m.activate(s)
		}
	})
}

// WaitConnected waits until the socket is connected. The error is that of ctx if
// it ends first, a [*RefusedError], [ErrDisconnected] if nobody connects it, and
// what happened to the connection if it is not tried again.
func (s *Socket) WaitConnected(ctx context.Context) error {
	for {
		now := s.status.Load()
		if now.connected || now.err != nil {
			return now.err
		}
		select {
		case <-now.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Disconnect leaves the namespace, after what was emitted before. When it returns
// the socket is not connected, and handlers that have not begun to run for an event
// never will. What is emitted from now on waits for [Socket.Connect].
func (s *Socket) Disconnect() { s.manager.loop.Do(s.disconnect) }

// update changes what the application sees.
func (s *Socket) update(now status) {
	now.changed = make(chan struct{})
	close(s.status.Swap(&now).changed)
}

// encodeAuth returns the JSON of credentials, nil if there are none.
func encodeAuth(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	b, err := marshal(v)
	switch {
	case err != nil:
		return nil, &AuthError{err}
	case string(b) == "null":
		return nil, nil
	case b[0] != '{':
		return nil, &AuthError{errNoObject}
	default:
		return b, nil
	}
}

// encodeQuery returns the query in the form that the original sends.
func encodeQuery(q url.Values) string { return strings.ReplaceAll(q.Encode(), "+", "%20") }

// send sends a message in the namespace.
func (s *Socket) send(m sio.Message) {
	m.Namespace = s.namespace
	packets := make([]eio.Packet, 0, 1+len(m.Binary))
	packets = append(packets, eio.Packet{Type: eio.Message, Data: sio.AppendPacket(nil, m.Packet)})
	for _, data := range m.Binary {
		packets = append(packets, eio.Packet{Type: eio.Message, Binary: true, Data: data})
	}
	s.manager.session.Send(packets...)
}

// control sends a packet that has no id.
func (s *Socket) control(t sio.Type, query string, data []byte) {
	s.send(sio.Message{Packet: sio.Packet{Type: t, Query: query, AckID: sio.NoAck, Data: data}})
}
