package driver

import (
	"slices"
	"strings"
)

// reasons are the reasons of a disconnect, docs/driver.md.
var reasons = []string{"io client disconnect", "io server disconnect", "transport close", "transport error", "ping timeout", "parse error", "forced close", connectionLost}

// connectionLost is the reason of a disconnect by a library that does not say how its connection was lost.
const connectionLost = "connection lost"

// saysLess reports whether the reason that the client gives is true where want is, and says less.
func saysLess(got, want string) bool {
	return got == connectionLost && !strings.HasPrefix(want, "io ")
}

// WantDisconnected waits until the client says that the socket is disconnected, for that reason, or that its connection is lost where that is the reason.
func (k *Socket) WantDisconnected(reason string) Line {
	l := k.next("disconnect", "disconnect: "+reason)
	if saysLess(l.Text("reason"), reason) {
		return l
	}
	k.match(l, "disconnect: "+reason, "reason", JSON(reason))
	return l
}

// WantLost waits until the client says that the socket is disconnected because its connection was cut: libraries differ in whether that is a close or an error.
func (k *Socket) WantLost(reason string) Line {
	l := k.next("disconnect", "disconnect: "+reason)
	if got := l.Text("reason"); saysLess(got, reason) || slices.Contains([]string{"transport close", "transport error"}, got) {
		return l
	}
	k.match(l, "disconnect: "+reason, "reason", JSON(reason))
	return l
}
