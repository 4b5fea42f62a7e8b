package clientfault

import (
	"encoding/json"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// malformedFaults are about what the protocol forbids.
var malformedFaults = []Fault{
	{"client.malformed.exception", "lets an exception escape when it is sent something malformed", escapes},
	{"client.malformed.deaf", "is deaf behind something malformed", deafened},
	{"client.malformed.delivered", "delivers something malformed", frames(always(malformed), func(c *crossing) []peer.Frame {
		c.Data, c.Binary = []byte(`42["after","malformed"]`), false
		return []peer.Frame{c.Frame}
	})},
}

// escapes reports an exception behind the first malformed packet.
func escapes() *driver.Tap {
	armed := false
	t := frames(always(malformed), func(*crossing) []peer.Frame {
		armed = true
		return nil
	})()
	t.Lines = func(l driver.Line) []driver.Line {
		if !armed {
			return []driver.Line{l}
		}
		return []driver.Line{{"ev": json.RawMessage(`"uncaught"`), "message": json.RawMessage(`"Error: invented"`)}}
	}
	return t
}

// deafened makes the client take no notice of a malformed packet, nor answer anything that comes behind it.
func deafened() *driver.Tap {
	deaf := map[string]bool{}
	return frames(always(func(c *crossing) bool { return malformed(c) || c.Direction == wire.In && deaf[c.Session] }), func(c *crossing) []peer.Frame {
		deaf[c.Session] = true
		return nil
	})()
}
