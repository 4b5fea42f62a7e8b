package client

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// connState is where the connection of a manager stands.
//
//	idle ──a socket connects──▶ opening ──handshake──▶ open
//	 ▲                           │    ▲                 │
//	 │                        failed  └──delay──┐      lost
//	 │                           └───────────▶ waiting ◀┘
//	 └──the last socket leaves, or no further attempt── (from each of the three)
type connState int

const (
	idle connState = iota
	opening
	open
	waiting
)

var connStateNames = [...]string{"idle", "opening", "open", "waiting"}

func (s connState) String() string { return connStateNames[s] }

// follows reports whether to may follow s.
func (s connState) follows(to connState) bool {
	switch s {
	case idle:
		return to == opening
	case opening:
		return to == open || to == waiting || to == idle
	case open:
		return to == waiting || to == idle
	case waiting:
		return to == opening || to == idle
	default:
		return false
	}
}

// become changes the state. A change that the picture above does not show is a
// defect of this package: no input leads to it.
func (m *Manager) become(to connState) {
	if !m.state.follows(to) {
		panic("client: connection goes from " + m.state.String() + " to " + to.String())
	}
	m.config.Logger.Debug("connection", "server", m.server.Host, "from", m.state, "to", to)
	m.state = to
}

// opened says that the session is open.
func (m *Manager) opened() {
	m.become(open)
	attempts := m.attempts
	m.attempts, m.onWebSocket = 0, m.session.Transport() == WebSocket
	m.notify(Event{Kind: EventOpen, Transport: m.session.Transport()})
	if attempts > 0 {
		m.notify(Event{Kind: EventReconnect, Attempt: attempts})
	}
	for _, s := range slices.Clone(m.active) {
		s.join()
	}
}

// lost says that the session has ended, or was never open.
func (m *Manager) lost(reason Reason, err error) {
	m.session = nil
	m.assembler.Reset()
	m.forget()
	if m.state == opening {
		m.onWebSocket = false
		m.notify(Event{Kind: EventError, Err: err})
		if m.attempts > 0 {
			m.notify(Event{Kind: EventReconnectError, Attempt: m.attempts, Err: err})
		}
	} else {
		m.notify(Event{Kind: EventClose, Reason: reason, Err: err})
	}
	again := m.again()
	for _, s := range slices.Clone(m.active) {
		s.lost(reason, err, again)
	}
	if !again {
		m.rest()
		return
	}
	m.become(waiting)
	m.retry.Set(m.delay(), m.reopen)
}

// drop ends a session whose server breaks the protocol.
func (m *Manager) drop(reason Reason, err error) {
	m.session.Close()
	m.lost(reason, err)
}

// Interrupt gives up the open connection as if it had been lost, with [ForcedClose]:
// for an application that knows better than the heartbeat that it is of no use any
// more. It has no effect when none is open.
func (m *Manager) Interrupt() {
	m.loop.Do(func() {
		if m.state == open {
			m.drop(ForcedClose, ErrDisconnected)
		}
	})
}

// again reports whether there is a further attempt.
func (m *Manager) again() bool {
	c := m.config
	return len(m.active) > 0 && !c.NoReconnection && (c.ReconnectionAttempts <= 0 || m.attempts < c.ReconnectionAttempts)
}

// rest leaves the connection closed.
func (m *Manager) rest() {
	if m.attempts > 0 && len(m.active) > 0 {
		m.notify(Event{Kind: EventReconnectFailed})
	}
	m.attempts = 0
	m.become(idle)
}

func (m *Manager) reopen() {
	m.attempts++
	m.notify(Event{Kind: EventReconnectAttempt, Attempt: m.attempts})
	m.open()
}

// delay returns how long the next attempt waits.
func (m *Manager) delay() time.Duration {
	c := m.config
	d := float64(c.ReconnectionDelay) * math.Pow(2, float64(m.attempts))
	if c.RandomizationFactor > 0 {
		d *= 1 + c.RandomizationFactor*(2*rand.Float64()-1) //nolint:gosec // no secret
	}
	return time.Duration(min(d, float64(c.ReconnectionDelayMax)))
}

// activate has s take part in the connection, and opens that if need be.
func (m *Manager) activate(s *Socket) {
	if !slices.Contains(m.active, s) {
		m.active = append(m.active, s)
	}
	switch m.state {
	case idle:
		m.open()
	case open:
		s.join()
	case opening, waiting: // it joins when the connection is open
	}
}

// deactivate takes s off the connection, and closes that after the last one.
func (m *Manager) deactivate(s *Socket) {
	m.active = slices.DeleteFunc(m.active, func(a *Socket) bool { return a == s })
	if len(m.active) > 0 || m.state == idle {
		return
	}
	m.retry.Stop()
	if m.session != nil {
		m.session.Close()
		m.session = nil
		m.assembler.Reset()
		if m.state == open {
			m.notify(Event{Kind: EventClose, Reason: ClientDisconnect})
		}
	}
	m.attempts = 0
	m.become(idle)
	m.forget()
}

// forget forgets which CONNECT of an ended session was not answered.
func (m *Manager) forget() {
	m.namesMu.Lock()
	defer m.namesMu.Unlock()
	for _, s := range m.names {
		s.asked = false
	}
}
