// Package clientfault holds the faults of clients: what a broken client library, or a driver that lies, would do to what passes between the driver, the wire and the harness. A scenario for clients
// is proved by the faults that it catches.
package clientfault

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Fault is one way of being wrong.
type Fault struct {
	ID    string // "client.connect.dropped"
	Title string // what a client with this fault does
	New   func() *driver.Tap
}

// All returns all faults. Their ids are unique.
func All() []Fault {
	return slices.Concat(connectFaults, openFaults, eventFaults, ackFaults, lifeFaults, engineFaults, malformedFaults, stateFaults, listenerFaults, requestFaults, attachmentFaults)
}

// ByID returns the fault with that id.
func ByID(id string) (Fault, bool) {
	all := All()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.ID == id })
	if i < 0 {
		return Fault{}, false
	}
	return all[i], true
}

// A crossing is a packet that passes a tap.
type crossing struct {
	peer.Frame
	packet wire.Packet
}

// A match says whether a fault concerns a packet.
type match func(c *crossing) bool

func all(ms ...match) match {
	return func(c *crossing) bool {
		return !slices.ContainsFunc(ms, func(m match) bool { return !m(c) })
	}
}

// sent matches what the client sends, of the given Socket.IO types.
func sent(types string) match { return all(direction(wire.In), message(types)) }

// received matches what the client is sent, of the given Socket.IO types.
func received(types string) match { return all(direction(wire.Out), message(types)) }

func direction(d wire.Direction) match {
	return func(c *crossing) bool { return c.Direction == d }
}

func message(types string) match {
	return func(c *crossing) bool {
		return c.packet.Engine == '4' && c.packet.Type != 0 && strings.IndexByte(types, c.packet.Type) >= 0 && !fence(c)
	}
}

// fence matches the packets with which the harness makes sure that all has arrived; no fault is about them.
func fence(c *crossing) bool {
	return bytes.Contains(c.Data, []byte("sio-conform-fence")) || c.packet.IsAck() && strings.HasPrefix(c.packet.AckID, "70000")
}

func engine(types string) match {
	return func(c *crossing) bool {
		return !c.packet.Binary && c.packet.Engine != 0 && strings.IndexByte(types, c.packet.Engine) >= 0
	}
}

func attachment(c *crossing) bool { return c.packet.Binary }

func custom(c *crossing) bool { return c.packet.Namespace != "/" }

func always(m match) func() match { return func() match { return m } }

// frames makes a fault that does something to the packets that match.
func frames(m func() match, f func(c *crossing) []peer.Frame) func() *driver.Tap {
	return func() *driver.Tap {
		matches := m()
		return &driver.Tap{Frames: func(fr peer.Frame) []peer.Frame {
			c := &crossing{Frame: fr, packet: wire.Dissect(wire.Revision5, fr.Binary, fr.Data)}
			if matches(c) {
				return f(c)
			}
			return []peer.Frame{fr}
		}}
	}
}

func drop(m match) func() *driver.Tap {
	return frames(always(m), func(*crossing) []peer.Frame { return nil })
}

func twice(m match) func() *driver.Tap {
	return frames(always(m), func(c *crossing) []peer.Frame { return []peer.Frame{c.Frame, c.Frame} })
}

// alter replaces the bytes of what matches.
func alter(m match, f func(c *crossing) string) func() *driver.Tap {
	return frames(always(m), func(c *crossing) []peer.Frame {
		c.Data = []byte(f(c))
		return []peer.Frame{c.Frame}
	})
}

func replace(m match, from, to string) func() *driver.Tap {
	return alter(m, func(c *crossing) string { return strings.ReplaceAll(string(c.Data), from, to) })
}

// inMain moves a packet to the main namespace.
func inMain(c *crossing) string {
	return strings.Replace(string(c.Data), peer.Prefix(c.packet.Namespace), "", 1)
}

// swap holds back what matches until the next packet of the same session and direction has passed.
func swap(m match) func() *driver.Tap {
	return func() *driver.Tap {
		held := map[string]*peer.Frame{}
		return &driver.Tap{Frames: func(fr peer.Frame) []peer.Frame {
			c := &crossing{Frame: fr, packet: wire.Dissect(wire.Revision5, fr.Binary, fr.Data)}
			key := fr.Session + string(fr.Direction)
			if h := held[key]; h != nil && (c.packet.Engine == '4' || c.packet.Binary) {
				delete(held, key)
				return []peer.Frame{fr, *h}
			}
			if m(c) {
				held[key] = &fr
				return nil
			}
			return []peer.Frame{fr}
		}}
	}
}

// adds sends something of the client's behind what matches.
func adds(m match, f func(c *crossing) string) func() *driver.Tap {
	return frames(always(m), func(c *crossing) []peer.Frame {
		text := f(c)
		return []peer.Frame{c.Frame, {Session: c.Session, Direction: wire.In, Transport: c.Transport, Data: []byte(text)}}
	})
}

// A lineMatch says whether a fault concerns an event of the driver.
type lineMatch func(l driver.Line) bool

func reported(kind string) lineMatch {
	return func(l driver.Line) bool { return l.Text("ev") == kind && l.Text("name") != "sio-conform-fence" }
}

func both(a, b lineMatch) lineMatch {
	return func(l driver.Line) bool { return a(l) && b(l) }
}

// lines makes a fault that does something to the events that match.
func lines(m lineMatch, f func(l driver.Line) []driver.Line) func() *driver.Tap {
	return func() *driver.Tap {
		return &driver.Tap{Lines: func(l driver.Line) []driver.Line {
			if m(l) {
				return f(l)
			}
			return []driver.Line{l}
		}}
	}
}

func silent(m lineMatch) func() *driver.Tap {
	return lines(m, func(driver.Line) []driver.Line { return nil })
}

func reportedTwice(m lineMatch) func() *driver.Tap {
	return lines(m, func(l driver.Line) []driver.Line { return []driver.Line{l, l} })
}

// says replaces a member of the events that match.
func says(m lineMatch, member string, value any) func() *driver.Tap {
	return lines(m, func(l driver.Line) []driver.Line {
		l = maps.Clone(l)
		l[member] = json.RawMessage(driver.JSON(value))
		return []driver.Line{l}
	})
}

// invents reports something else behind the events that match.
func invents(m lineMatch, ev string, more map[string]any) func() *driver.Tap {
	return lines(m, func(l driver.Line) []driver.Line {
		extra := driver.Line{"ev": json.RawMessage(driver.JSON(ev)), "t": l["t"], "sock": l["sock"]}
		for k, v := range more {
			extra[k] = json.RawMessage(driver.JSON(v))
		}
		return []driver.Line{l, extra}
	})
}

// ops makes a fault that changes what the client is asked.
func ops(name string, f func(op driver.Op) driver.Op) func() *driver.Tap {
	return func() *driver.Tap {
		return &driver.Tap{Op: func(op driver.Op) driver.Op {
			if op["op"] == name && op["event"] != "sio-conform-fence" {
				return f(maps.Clone(op))
			}
			return op
		}}
	}
}

// option makes a fault that changes the options with which a socket is opened. The options of the harness's own sockets are left alone.
func option(f func(o driver.Opts)) func() *driver.Tap {
	return ops("open", func(op driver.Op) driver.Op {
		if url, _ := op["url"].(string); strings.HasSuffix(url, "sio-conform-fence") {
			return op
		}
		if o, ok := op["opts"].(driver.Opts); ok {
			o = maps.Clone(o)
			f(o)
			op["opts"] = o
		}
		return op
	})
}

// ignores makes a fault that takes no notice of options.
func ignores(names ...string) func() *driver.Tap {
	return option(func(o driver.Opts) {
		for _, n := range names {
			delete(o, n)
		}
	})
}

// setsOption makes a fault that behaves as if an option had another value.
func setsOption(name string, value any) func() *driver.Tap {
	return option(func(o driver.Opts) { o[name] = value })
}

// onURL makes a fault that takes the URL for another one.
func onURL(f func(url string) string) func() *driver.Tap {
	return ops("open", func(op driver.Op) driver.Op {
		if url, ok := op["url"].(string); ok && !strings.HasSuffix(url, "sio-conform-fence") {
			op["url"] = f(url)
		}
		return op
	})
}

// refuses makes a fault that does nothing when it is asked for something.
func refuses(name string) func() *driver.Tap {
	return ops(name, func(driver.Op) driver.Op { return nil })
}

// request makes a fault that changes requests.
func request(f func(r *http.Request) bool) func() *driver.Tap {
	return func() *driver.Tap { return &driver.Tap{Request: f} }
}
