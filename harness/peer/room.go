package peer

import "fmt"

// About runs f. The reason of a failure in it begins with what it is about.
func (p *Peer) About(what string, f func()) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Failure:
			r.Reason = what + ": " + r.Reason
			panic(r)
		default:
			panic(r)
		}
	}()
	f()
}

// StartBinaryOp is StartOp for an operation that holds the placeholders of attachments.
func (p *Peer) StartBinaryOp(namespace string, op Op, attachments ...[]byte) *Pending {
	id := p.NextID()
	p.SendMessage(fmt.Sprintf(`45%d-%s%d["op",%s]`, len(attachments), Prefix(namespace), id, JSON(op)), attachments...)
	return &Pending{peer: p, namespace: namespace, id: id, op: op}
}

// Placeholder returns what stands for the attachment with that number in the data of a packet.
func Placeholder(num int) map[string]any {
	return map[string]any{"_placeholder": true, "num": num}
}

// WantJSON compares a JSON text with a pattern for one. what says what the text is.
func (p *Peer) WantJSON(what, want string, got []byte) { p.wantJSON(what, want, got) }
