package engine

import (
	"log/slog"
	"testing"
)

// The steps that the picture above state shows, and no other.
func TestStates(t *testing.T) {
	steps := map[state][]state{
		opening: {open, closed},
		open:    {probing, closing, closed},
		probing: {pausing, open, closing, closed},
		pausing: {open, closing, closed},
		closing: {closed},
		closed:  nil,
	}
	for from, to := range steps {
		allowed := map[state]bool{}
		for _, s := range to {
			allowed[s] = true
		}
		for s := opening; s <= closed; s++ {
			if got := becomes(from, s); got != allowed[s] {
				t.Errorf("from %s to %s: %v, want %v", from, s, got, allowed[s])
			}
		}
	}
}

// becomes reports whether a session takes a step without a panic.
func becomes(from, to state) (ok bool) {
	defer func() { ok = recover() == nil }()
	s := &Session{state: from, config: Config{Logger: slog.New(slog.DiscardHandler)}}
	s.become(to)
	return true
}
