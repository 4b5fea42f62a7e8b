package client

import (
	"log/slog"
	"slices"
	"testing"
)

// The steps that the pictures above connState and socketState show, and no other.
func TestStates(t *testing.T) {
	conns := map[connState][]connState{
		idle: {opening}, opening: {open, waiting, idle}, open: {waiting, idle}, waiting: {opening, idle},
	}
	for from, to := range conns {
		for s := idle; s <= waiting; s++ {
			m := &Manager{state: from, config: Config{Logger: slog.New(slog.DiscardHandler)}}
			if got := steps(func() { m.become(s) }); got != slices.Contains(to, s) {
				t.Errorf("connection from %s to %s: %v", from, s, got)
			}
		}
	}
	sockets := map[socketState][]socketState{
		inactive: {pending}, pending: {asking, joining, inactive}, asking: {joining, pending, inactive},
		joining: {joined, pending, inactive}, joined: {pending, inactive},
	}
	for from, to := range sockets {
		for s := inactive; s <= joined; s++ {
			m := &Manager{config: Config{Logger: slog.New(slog.DiscardHandler)}}
			socket := &Socket{manager: m, state: from}
			if got := steps(func() { socket.become(s) }); got != slices.Contains(to, s) {
				t.Errorf("socket from %s to %s: %v", from, s, got)
			}
		}
	}
}

// steps reports whether f returns without a panic.
func steps(f func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	f()
	return true
}
