package engine

// state is where a session stands.
//
//	opening ──OPEN queued──▶ open ◀─probe failed, or upgraded─ upgrading
//	                         │  └───────────probe─────────────▶  │
//	                         │                                   │
//	                         ├──▶ closing ◀──────────────────────┤
//	                         │       │                           │
//	                         └───────┴───────▶ closed ◀──────────┘
//
// In upgrading, polling is paused: every GET is answered with a NOOP. In
// closing, the layer above is gone and a polling client has yet to fetch its
// last packets.
type state int

const (
	opening state = iota
	open
	upgrading
	closing
	closed
)

var stateNames = [...]string{"opening", "open", "upgrading", "closing", "closed"}

func (s state) String() string { return stateNames[s] }

// follows reports whether to may follow s.
func (s state) follows(to state) bool {
	switch s {
	case opening:
		return to == open
	case open:
		return to == upgrading || to == closing || to == closed
	case upgrading:
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
	s.log.Debug("session", "sid", s.id, "from", s.state, "to", to)
	s.state = to
}
