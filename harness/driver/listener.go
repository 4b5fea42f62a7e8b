package driver

import "fmt"

// Once lets a listener hear one event only.
func Once() OnOption { return func(op Op) { op["once"] = true } }

// Off takes away the listener for an event that On has registered last.
func (k *Socket) Off(name string) {
	k.stage.do(Op{"op": "off", "sock": k.label, "event": name})
}

// OffAny takes away the catch-all listener that Any has registered last.
func (k *Socket) OffAny(dir string) {
	k.stage.do(Op{"op": "offAny", "sock": k.label, "dir": dir})
}

// Sibling asks the connection object of the socket for the socket of another namespace, or once more for its own.
func (k *Socket) Sibling(namespace string) *Socket {
	s := k.stage
	other := s.newSocket(namespace)
	ask := func() {
		s.do(Op{"op": "sibling", "sock": other.label, "of": k.label, "namespace": namespace})
		other.On(fenceEvent, Reply())
	}
	if s.collecting != nil {
		ask()
	} else {
		s.Batch(ask)
	}
	return other
}

// WantMember compares a member of what the driver reported of the socket with a pattern.
func (k *Socket) WantMember(l Line, member, pattern string) {
	k.match(l, fmt.Sprintf("%s with %s %s", l.Text("ev"), member, pattern), member, pattern)
}
