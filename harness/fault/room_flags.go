package fault

import (
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// flagFaults are about events that are sent with a flag.
var flagFaults = []Fault{
	{"emit.local-unheard", "sends nothing with the flag local", flagged("local", func(operation) operation { return nothing() })},
	{"emit.volatile-lost", "sends nothing with the flag volatile", flagged("volatile", func(operation) operation { return nothing() })},
	{"emit.volatile-lost-to-socket", "sends no volatile events to a socket by itself", emits(func(op operation) operation {
		if op.text("via") != "socket" || !slices.Contains(op.list("flags"), "volatile") {
			return nil
		}
		return nothing()
	})},
	{"emit.volatile-kept", "keeps volatile events for who cannot be written to", flagged("volatile", func(op operation) operation { return op.without("flags") })},
	{"operator.server-volatile-kept", "keeps volatile events that are sent through the server", emits(func(op operation) operation {
		if op.text("via") != "server" || !slices.Contains(op.list("flags"), "volatile") {
			return nil
		}
		return op.without("flags")
	})},
	{"emit.flagged-to-sender", "sends to the socket itself what has a flag and no rooms", emits(func(op operation) operation {
		if op["flags"] == nil || len(op.targets()) > 0 {
			return nil
		}
		return op.without("flags").with("via", "socket")
	})},
}

// flagged changes events with that flag.
func flagged(flag string, f func(op operation) operation) func() *peer.Tap {
	return emits(func(op operation) operation {
		if !slices.Contains(op.list("flags"), flag) {
			return nil
		}
		return f(op)
	})
}
