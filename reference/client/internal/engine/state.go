package engine

// state is where a session stands.
//
//	opening ──OPEN came──▶ open ──dial──▶ probing ──answered──▶ pausing
//	   │                    │ ◀─────────────┴─failed, or upgraded─┘
//	   │                    │ (from each of the three)
//	   │                    ├──▶ closing
//	   │                    │       │
//	   └────────────────────┴───────┴──────▶ closed
//
// In probing a WebSocket is tried while polling goes on. In pausing the GET and
// the POST under way come to their end, and nothing else is sent. In closing the
// layer above is gone and what was queued is on its way.
type state int

const (
	opening state = iota
	open
	probing
	pausing
	closing
	closed
)

var stateNames = [...]string{"opening", "open", "probing", "pausing", "closing", "closed"}

func (s state) String() string { return stateNames[s] }

// follows reports whether to may follow s.
func (s state) follows(to state) bool {
	switch s {
	case opening:
		return to == open || to == closed
	case open:
		return to == probing || to == closing || to == closed
	case probing:
		return to == pausing || to == open || to == closing || to == closed
	case pausing:
		return to == open || to == closing || to == closed
	case closing:
		return to == closed
	default:
		return false
	}
}

// become changes the state. A change that the picture above does not show is a
// defect of this package: no input leads to it.
func (s *Session) become(to state) {
	if !s.state.follows(to) {
		panic("engine: session goes from " + s.state.String() + " to " + to.String())
	}
	s.config.Logger.Debug("session", "sid", s.handshake.SID, "from", s.state, "to", to)
	s.state = to
}
