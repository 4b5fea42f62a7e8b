package peer

import (
	"encoding/json"
	"fmt"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// Want waits for the reply of an operation that must succeed and compares its value with a JSON pattern.
func (o *Pending) Want(pattern string) {
	o.peer.wantJSON("the value of "+JSON(o.op), pattern, o.Value())
}

// WantTimeout waits until an emit with an acknowledgement fails because its time is over, and returns the answers that came before, nil when the reply has none.
func (o *Pending) WantTimeout() json.RawMessage {
	r := o.Reply()
	if r.Error != "failed" || r.Message != "timeout" {
		o.peer.Fail(&Failure{
			Reason:   fmt.Sprintf("%s: want a time-out of %s, got %s", o.peer.name, JSON(o.op), wire.Quote([]byte(JSON(r)))),
			Expected: `{"error":"failed","message":"timeout"}`, Actual: JSON(r),
		})
	}
	return r.Answers
}
