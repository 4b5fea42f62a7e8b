package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// socketState is where a socket stands.
//
//	inactive ──Connect──▶ pending ──credentials──▶ asking ──CONNECT──▶ joining ──answer──▶ joined
//	   ▲                   │  ▲ └──────────────────CONNECT───────────────▲ │                 │
//	   │                   │  └────────connection lost────┴────────────────┴─────────────────┘
//	   └───refused, left───┴──────────────────────────────┴────────────────┴─────────────────┘
type socketState int

const (
	inactive socketState = iota
	pending
	asking
	joining
	joined
)

var socketStateNames = [...]string{"inactive", "pending", "asking", "joining", "joined"}

func (s socketState) String() string { return socketStateNames[s] }

// follows reports whether to may follow s.
func (s socketState) follows(to socketState) bool {
	switch s {
	case inactive:
		return to == pending
	case pending:
		return to == asking || to == joining || to == inactive
	case asking:
		return to == joining || to == pending || to == inactive
	case joining:
		return to == joined || to == pending || to == inactive
	case joined:
		return to == pending || to == inactive
	default:
		return false
	}
}

// become changes the state. A change that the picture above does not show is a
// defect of this package: no input leads to it.
func (s *Socket) become(to socketState) {
	if !s.state.follows(to) {
		panic("client: socket goes from " + s.state.String() + " to " + to.String())
	}
	s.manager.config.Logger.Debug("socket", "namespace", s.namespace, "from", s.state, "to", to)
	s.state = to
}

var (
	errNoObject = errors.New("they are not a JSON object")
	errPanicked = errors.New("the function panicked")
)

// join asks the server for the namespace.
func (s *Socket) join() {
	switch {
	case s.state != pending:
	case s.manager.config.Revision == sio.Revision4 && s.namespace == "/":
		s.joinMain()
	case s.manager.config.Revision == sio.Revision4:
		s.ask(encodeQuery(s.query), nil)
	case s.authFunc != nil:
		s.authenticate()
	default:
		s.ask("", s.credentials(s.auth))
	}
}

// joinMain joins the main namespace of revision 4, to which the server has the
// client belong without being asked.
func (s *Socket) joinMain() {
	m := s.manager
	switch m.main {
	case mainPending:
		s.become(joining)
	case mainJoined:
		s.become(joining)
		s.accepted(m.session.SID(), "")
	case mainLeft:
		s.rejoinMain()
	}
}

// rejoinMain asks for the main namespace of revision 4. A server 2.5.1 answers only
// if it has a middleware to ask, and drops what comes in the same moment: silence
// until it answers a ping is taken for consent.
func (s *Socket) rejoinMain() {
	m := s.manager
	pings := !s.asked
	s.ask("", nil)
	if pings {
		m.session.Ping(func() {
			switch {
			case !s.asked: // there was an answer
			case s.state == joining:
				m.main = mainJoined
				s.accepted(m.session.SID(), "")
			case s.state == inactive: // it was disconnected in the meantime
				s.asked = false
				s.control(sio.Disconnect, "", nil)
			}
		})
	}
}

// ask sends CONNECT, unless one is on its way.
func (s *Socket) ask(query string, payload []byte) {
	s.become(joining)
	if !s.asked {
		s.asked = true
		s.control(sio.Connect, query, payload)
	}
}

// authenticate has the application say what the credentials are.
func (s *Socket) authenticate() {
	s.become(asking)
	ctx, cancel := context.WithCancel(context.Background())
	s.cancelAuth = cancel
	m := s.manager
	m.crew.Go(func() {
		var v any
		err := errPanicked
		m.guard(func() { v, err = s.authFunc(ctx) })
		m.loop.Do(func() {
			if ctx.Err() == nil {
				cancel()
				s.authenticated(v, err)
			}
		})
	})
}

func (s *Socket) authenticated(v any, err error) {
	var auth json.RawMessage
	if err == nil {
		auth, err = encodeAuth(v)
	}
	if err != nil {
		if _, ok := errors.AsType[*AuthError](err); !ok {
			err = &AuthError{err}
		}
		s.refused(err)
		return
	}
	s.ask("", s.credentials(auth))
}

// credentials returns the payload of CONNECT: what names the session that the
// server may recover, and what the application says, which takes precedence.
func (s *Socket) credentials(auth json.RawMessage) []byte {
	if s.pid == "" {
		return auth
	}
	members := map[string]any{"pid": s.pid}
	if s.offset != "" {
		members["offset"] = s.offset
	}
	var own map[string]json.RawMessage
	_ = json.Unmarshal(auth, &own) // an object, or nothing
	for name, value := range own {
		members[name] = value
	}
	b, _ := marshal(members)
	return b
}

// accepted says that the server has let the socket in.
func (s *Socket) accepted(id, pid string) {
	again := s.state == joined
	if !again {
		s.become(joined)
		s.stay = &stay{}
	}
	recovered := pid != "" && pid == s.pid
	s.pid = pid
	s.update(status{connected: true, active: true, recovered: recovered, id: id})
	s.tellConnect(id, recovered)
	if again {
		return
	}
	s.release()
	s.flush()
	s.drain()
}

// refused says that the socket cannot be in the namespace.
func (s *Socket) refused(err error) {
	assumed := s.state == joined && s.asked
	leaves := assumed || s.state != joined
	s.asked = false
	if leaves {
		s.update(status{err: err})
	}
	s.tellConnectError(err)
	if assumed {
		s.tellDisconnect(ServerDisconnect, err)
	}
	if leaves {
		s.deactivate()
	}
}

// disconnect leaves the namespace for the application.
func (s *Socket) disconnect() {
	if s.state == inactive {
		return
	}
	s.update(status{err: ErrDisconnected})
	if s.state == joined {
		s.stay.left.Store(true)
		s.control(sio.Disconnect, "", nil)
		s.leftMain()
		s.tellDisconnect(ClientDisconnect, nil)
	}
	s.deactivate()
}

// expelled says that the server has removed the socket.
func (s *Socket) expelled() {
	s.leftMain()
	switch s.state {
	case joined:
		s.update(status{err: ErrServerDisconnect})
		s.tellDisconnect(ServerDisconnect, nil)
		s.deactivate()
	case joining:
		s.refused(ErrServerDisconnect)
	default: // it is not there anyway
	}
}

func (s *Socket) leftMain() {
	if s.namespace == "/" {
		s.manager.main = mainLeft
	}
}

// deactivate takes the socket off the connection.
func (s *Socket) deactivate() {
	s.suspend(inactive)
	s.manager.deactivate(s)
}

// lost says that the connection has gone. Again says whether a new one comes.
func (s *Socket) lost(reason Reason, err error, again bool) {
	now := status{active: true}
	if !again {
		now.err = err
	}
	s.update(now)
	if s.state == joined {
		s.tellDisconnect(reason, err)
	} else {
		s.tellConnectError(err)
	}
	if s.state != pending {
		s.suspend(pending)
	}
}

// suspend ends what belongs to a stay in the namespace. What waits to be sent goes
// on waiting.
func (s *Socket) suspend(to socketState) {
	s.become(to)
	s.stay = nil
	if s.cancelAuth != nil {
		s.cancelAuth()
		s.cancelAuth = nil
	}
	for _, m := range s.held {
		s.manager.backlog.give(messageSize(m))
	}
	s.held = nil
	for _, q := range s.pendingQuestions() {
		q.finish(Args{}, ErrDisconnected)
	}
}

// close ends the socket for good.
func (s *Socket) close() {
	s.disconnect()
	s.update(status{err: ErrClosed})
	waiting := append(s.buffer, s.queue...)
	s.buffer, s.queue = nil, nil
	for _, o := range waiting {
		s.manager.buffered -= o.size
		o.finish(Args{}, ErrClosed)
	}
}

// marshal returns the JSON of v, without escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
