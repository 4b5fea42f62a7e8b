package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// An Op is an operation of the conformance app, as docs/contract.md describes it: {"do": "join", …}.
type Op map[string]any

// A Pending is an operation whose reply has not been asked for yet.
type Pending struct {
	peer      *Peer
	namespace string
	id        int
	op        Op
}

// StartOp sends an operation to the socket in that namespace and does not wait for the reply.
func (p *Peer) StartOp(namespace string, op Op) *Pending {
	id := p.NextID()
	p.Send(fmt.Sprintf(`42%s%d["op",%s]`, Prefix(namespace), id, JSON(op)))
	return &Pending{peer: p, namespace: namespace, id: id, op: op}
}

// Op carries an operation out and returns its value as JSON. A target that does not support it ends the scenario as unsupported, one that fails at it fails the scenario. What arrived
// before the reply stays to be wanted.
func (p *Peer) Op(namespace string, op Op) json.RawMessage {
	return p.StartOp(namespace, op).Value()
}

// A Reply is the argument of an operation's acknowledgement.
type Reply struct {
	OK      json.RawMessage `json:"ok"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Answers json.RawMessage `json:"answers"`
}

// unsupported reports whether the data of an acknowledgement is the reply to an operation, or to a batch with one, that the target does not support.
func unsupported(data []byte) bool {
	var args []Reply
	if !bytes.Contains(data, []byte("unsupported")) || json.Unmarshal(data, &args) != nil || len(args) != 1 {
		return false
	}
	says := func(r Reply) bool { return r.Error == "unsupported" }
	var batch []Reply
	return says(args[0]) || json.Unmarshal(args[0].OK, &batch) == nil && slices.ContainsFunc(batch, says)
}

// lacksStep says whether the data of a CONNECT_ERROR are the refusal of an app that cannot do a step of a middleware's script.
func lacksStep(data []byte) bool {
	var text string
	var refusal struct{ Message string }
	return json.Unmarshal(data, &text) == nil && text == "unsupported" || json.Unmarshal(data, &refusal) == nil && refusal.Message == "unsupported"
}

// Reply waits for the reply and returns it, whether the operation was carried out or failed. A target that does not support the operation ends the scenario as unsupported.
func (o *Pending) Reply() Reply {
	p := o.peer
	packet := p.takeAck(o.namespace, o.id, fmt.Sprintf("43%s%d[<object>]", Prefix(o.namespace), o.id))
	var args []Reply
	if err := json.Unmarshal(packet.Data, &args); err != nil || len(args) != 1 {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: the reply to %s is no reply of the contract: %s", p.name, JSON(o.op), wire.Quote(packet.Raw)), Expected: `[{"ok":…}]`, Actual: wire.Quote(packet.Data), Rules: []string{RuleAck}})
	}
	r := args[0]
	if r.Error == "unsupported" {
		panic(&Unsupported{Feature: fmt.Sprintf("the operation %s", JSON(o.op))})
	}
	if r.Error != "" && r.Error != "failed" || r.Error == "" && r.OK == nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s: the reply to %s is no reply of the contract: %s", p.name, JSON(o.op), wire.Quote(packet.Raw)), Expected: `[{"ok":…}]`, Actual: wire.Quote(packet.Data), Rules: []string{RuleAck}})
	}
	return r
}

// Value waits for the reply of an operation that must succeed and returns its value.
func (o *Pending) Value() json.RawMessage {
	r := o.Reply()
	if r.Error != "" {
		o.peer.Fail(&Failure{Reason: fmt.Sprintf("%s: the operation %s failed: %s", o.peer.name, JSON(o.op), wire.Quote([]byte(r.Message))), Expected: `{"ok":…}`, Actual: r.Error})
	}
	return r.OK
}

// WantOp carries an operation out and compares its value with a JSON pattern.
func (p *Peer) WantOp(namespace string, op Op, want string) {
	p.wantJSON("the value of "+JSON(op), want, p.Op(namespace, op))
}

// OpInto carries an operation out and decodes its value into v.
func (p *Peer) OpInto(namespace string, op Op, v any) {
	value := p.Op(namespace, op)
	if err := json.Unmarshal(value, v); err != nil {
		p.Failf("%s: the value of %s has the wrong shape: %s", p.name, JSON(op), wire.Quote(value))
	}
}

// Join joins rooms.
func (p *Peer) Join(namespace string, rooms ...string) {
	p.Op(namespace, Op{"do": "join", "rooms": rooms})
}

// LeaveRoom leaves a room.
func (p *Peer) LeaveRoom(namespace, room string) {
	p.Op(namespace, Op{"do": "leave", "room": room})
}

// Rooms returns the rooms that the target says the socket is in.
func (p *Peer) Rooms(namespace string) []string {
	var rooms []string
	p.OpInto(namespace, Op{"do": "rooms"}, &rooms)
	return rooms
}

// Log returns the entries of the target's log with that tag, each as JSON text.
func (p *Peer) Log(namespace, tag string) []string {
	var entries []json.RawMessage
	p.OpInto(namespace, Op{"do": "log", "tag": tag}, &entries)
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = string(e)
	}
	return texts
}
