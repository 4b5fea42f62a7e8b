package clientfault

import (
	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// attachmentFaults are about attachments that do not come as they were announced.
var attachmentFaults = []Fault{
	{"client.malformed.attachment-delivered", "delivers what comes with attachments, whatever is wrong with it", frames(always(binaryPart), func(c *crossing) []peer.Frame {
		c.Data, c.Binary = []byte(`42["after","malformed"]`), false
		return []peer.Frame{c.Frame}
	})},
	{"client.malformed.attachment-deaf", "is deaf behind what comes with attachments", deafBehind(always(binaryPart))},
}

// binaryPart matches the header and the attachments of what the server sends.
func binaryPart(c *crossing) bool {
	return c.Direction == wire.Out && (attachment(c) || message("56")(c))
}

// deafBehind makes the client take no notice of what matches, nor answer anything that comes behind it.
func deafBehind(m func() match) func() *driver.Tap {
	return func() *driver.Tap {
		matches, deaf := m(), map[string]bool{}
		return frames(always(func(c *crossing) bool { return matches(c) || c.Direction == wire.In && deaf[c.Session] }), func(c *crossing) []peer.Frame {
			deaf[c.Session] = true
			return nil
		})()
	}
}
