package clientfault

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// malformedFaults are about what the protocol forbids.
var malformedFaults = []Fault{
	{"client.malformed.exception", "lets an exception escape when it is sent something malformed", escapes},
	{"client.malformed.deaf", "is deaf behind something malformed", deafBehind(malformed)},
	{"client.malformed.delivered", "delivers something malformed", frames(malformed, func(c *crossing) []peer.Frame {
		c.Data, c.Binary = []byte(`42["after","malformed"]`), false
		return []peer.Frame{c.Frame}
	})},
}

// escapes reports an exception behind the first malformed packet.
func escapes() *driver.Tap {
	armed := false
	t := frames(malformed, func(*crossing) []peer.Frame {
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

// malformed matches what the server must not send: a packet that is wrong by itself, or where it stands among the attachments of another one.
func malformed() match {
	due := map[string]int{} // attachments that are still to come, by session
	return func(c *crossing) bool {
		if c.Direction != wire.Out {
			return false
		}
		left := due[c.Session]
		switch {
		case attachment(c):
			due[c.Session] = max(0, left-1)
			return left == 0
		case c.packet.Engine == '4':
			wrong := left > 0 || misfit(&c.packet)
			due[c.Session] = 0
			if !wrong {
				due[c.Session] = c.packet.AttachmentCount()
			}
			return wrong
		}
		return len(c.packet.Problems) > 0
	}
}

var placeholderNumber = regexp.MustCompile(`"_placeholder":true,"num":([^}]*)}`)

// misfit reports whether a packet is wrong by itself, also in what its form does not show: a DISCONNECT has no id, and a binary header as many placeholders as attachments, by their numbers.
func misfit(p *wire.Packet) bool {
	if len(p.Problems) > 0 || p.Type == '1' && p.AckID != "" {
		return true
	}
	if !p.IsBinaryHeader() {
		return false
	}
	found := placeholderNumber.FindAllSubmatch(p.Data, -1)
	return len(found) == 0 || len(found) != p.AttachmentCount() || slices.ContainsFunc(found, func(m [][]byte) bool {
		n, err := strconv.Atoi(string(m[1]))
		return err != nil || n >= len(found)
	})
}
