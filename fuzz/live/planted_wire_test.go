package live_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A crossing is a packet that passes the tap.
type crossing struct {
	peer.Frame
	wire.Packet
}

func (c *crossing) from() bool { return c.Direction == wire.In && c.Closing == nil }
func (c *crossing) to() bool   { return c.Direction == wire.Out && c.Closing == nil }

// news reports whether c is an event that an operator of the app has sent.
func (c *crossing) news() bool {
	return c.from() && c.IsEvent() && bytes.HasPrefix(c.Packet.Data, []byte(`["news"`))
}

// place is a session's membership in a namespace.
func (c *crossing) place() string { return c.Session + " " + c.Namespace }

// with returns the frame with other bytes.
func (c *crossing) with(format string, args ...any) peer.Frame {
	f := c.Frame
	f.Data = fmt.Appendf(nil, format, args...)
	return f
}

// onWire makes a fault of a function that makes, with what it remembers, the function that changes packets. It returns nil for what passes as it is.
func onWire(name string, remember func() func(c *crossing) []peer.Frame) plant {
	return plant{name: name, tap: func() *peer.Tap {
		change := remember()
		return &peer.Tap{Frames: func(f peer.Frame) []peer.Frame {
			c := &crossing{Frame: f}
			if f.Closing == nil {
				c.Packet = wire.Dissect(wire.Revision5, f.Binary, f.Data)
			}
			if out := change(c); out != nil {
				return out
			}
			return []peer.Frame{f}
		}}
	}}
}

// none is what passes in place of a packet that is lost.
var none = []peer.Frame{}

// asked is the argument of an operation.
type asked struct {
	Do     string   `json:"do"`
	Via    string   `json:"via"`
	To     []string `json:"to"`
	Args   []any    `json:"args"`
	Flags  []string `json:"flags"`
	Except []string `json:"except"`
}

// op returns the operation that c asks for.
func (c *crossing) op() (o asked, ok bool) {
	var list []json.RawMessage
	if !c.to() || c.Type != '2' || json.Unmarshal(c.Packet.Data, &list) != nil || len(list) != 2 || string(list[0]) != `"op"` {
		return o, false
	}
	return o, json.Unmarshal(list[1], &o) == nil
}

var plantedOnWire = []plant{
	onWire("a room that a middleware joined is kept when the client is refused", func() func(*crossing) []peer.Frame {
		ghosts, pending := map[string]peer.Frame{}, map[string]string{} // by namespace and room; by place, what its middleware joins
		return func(c *crossing) []peer.Frame {
			switch o, isOp := c.op(); {
			case c.to() && c.Type == '0' && bytes.Contains(c.Packet.Data, []byte(`"join"`)) && bytes.Contains(c.Packet.Data, []byte(`"reject"`)):
				_, rest, _ := strings.Cut(string(c.Packet.Data), `"join":"`)
				room, _, _ := strings.Cut(rest, `"`)
				pending[c.place()] = room
			case c.from() && c.Type == '4' && pending[c.place()] != "":
				ghosts[c.Namespace+" "+pending[c.place()]] = c.Frame
			case isOp && o.Do == "emit" && o.Via == "nsp" && len(o.To) > 0:
				for _, room := range o.To {
					if ghost, ok := ghosts[c.Namespace+" "+room]; ok {
						ghost.Data = []byte("42" + peer.Prefix(c.Namespace) + peer.JSON(o.Args))
						return []peer.Frame{c.Frame, ghost}
					}
				}
			}
			return nil
		}
	}),
	onWire("the tenth acknowledgement of a connection with two namespaces goes to the other one", func() func(*crossing) []peer.Frame {
		joined, count := map[string]string{}, map[string]int{}
		return func(c *crossing) []peer.Frame {
			if c.from() && c.Type == '0' && !c.IsAck() && c.Engine == '4' {
				joined[c.Session] = c.Namespace
			}
			if !c.from() || !c.IsAck() || joined[c.Session] == c.Namespace {
				return nil
			}
			if count[c.Session]++; count[c.Session]%10 != 0 {
				return nil
			}
			return []peer.Frame{c.with("4%c%s%s%s", c.Type, peer.Prefix(joined[c.Session]), c.AckID, c.Packet.Data)}
		}
	}),
	onWire("an upgrade that is given up loses the memberships beside the first", func() func(*crossing) []peer.Frame {
		first, lost := map[string]string{}, map[string]bool{}
		return func(c *crossing) []peer.Frame {
			if c.from() && c.Engine == '4' && c.Type == '0' && first[c.Session] == "" {
				first[c.Session] = c.Namespace
			}
			if session, upgrade := strings.CutSuffix(c.Session, ", upgrade"); upgrade {
				lost[session] = true
			}
			if c.news() && lost[c.Session] && c.Namespace != first[c.Session] {
				return none
			}
			return nil
		}
	}),
	onWire("an upgrade loses the rooms", func() func(*crossing) []peer.Frame {
		upgraded := map[string]bool{}
		rooms := map[int]bool{} // events that were sent to rooms
		return func(c *crossing) []peer.Frame {
			if c.to() && string(c.Raw) == "5" {
				upgraded[c.Session] = true
			}
			if o, ok := c.op(); ok && len(o.To) > 0 && len(o.Args) > 1 {
				rooms[int(o.Args[1].(float64))] = true
			}
			if c.news() && upgraded[c.Session] && rooms[number(c)] {
				return none
			}
			return nil
		}
	}),
	onWire("attachments of two clients that send at the same time are mixed up", func() func(*crossing) []peer.Frame {
		missing, last := map[string]int{}, map[string][]byte{}
		return func(c *crossing) []peer.Frame {
			switch {
			case c.to() && c.IsBinaryHeader():
				missing[c.Session] = c.AttachmentCount()
			case c.to() && c.Frame.Binary:
				missing[c.Session]--
				last[c.Session] = c.Frame.Data
				for other, n := range missing {
					if other != c.Session && n > 0 && last[other] != nil {
						return []peer.Frame{c.with("%s", last[other])}
					}
				}
			}
			return nil
		}
	}),
	onWire("except leaks into the next emission of the socket", func() func(*crossing) []peer.Frame {
		leaked := map[string][]string{}
		return func(c *crossing) []peer.Frame {
			o, ok := c.op()
			if !ok || o.Do != "emit" || o.Via == "socket" {
				return nil
			}
			before := leaked[c.place()]
			leaked[c.place()] = o.Except
			if before == nil || o.Except != nil {
				return nil
			}
			return []peer.Frame{c.with("%s", strings.Replace(string(c.Raw), `"do":"emit"`, `"do":"emit","except":`+peer.JSON(before), 1))}
		}
	}),
	onWire("the event behind a volatile one is lost", func() func(*crossing) []peer.Frame {
		volatile := false
		return func(c *crossing) []peer.Frame {
			if o, ok := c.op(); ok && o.Do == "emit" {
				was := volatile
				volatile = len(o.Flags) > 0 && o.Flags[0] == "volatile"
				if was && !volatile {
					return []peer.Frame{c.with("%s", strings.Replace(string(c.Raw), `"do":"emit"`, `"do":"emit","in":["nobody"]`, 1))}
				}
			}
			return nil
		}
	}),
	onWire("a client that was upgraded gets every third event twice", func() func(*crossing) []peer.Frame {
		upgraded, count := map[string]bool{}, map[string]int{}
		return func(c *crossing) []peer.Frame {
			if c.to() && string(c.Raw) == "5" {
				upgraded[c.Session] = true
			}
			if c.news() && upgraded[c.Session] && c.Type == '2' {
				if count[c.Session]++; count[c.Session]%3 == 0 {
					return []peer.Frame{c.Frame, c.Frame}
				}
			}
			return nil
		}
	}),
	onWire("acknowledgement ids are kept in 32 bits", func() func(*crossing) []peer.Frame {
		return func(c *crossing) []peer.Frame {
			if c.from() && c.IsAck() && c.AckID == "4294967296" {
				return []peer.Frame{c.with("%s", strings.Replace(string(c.Raw), "4294967296", "0", 1))}
			}
			return nil
		}
	}),
	onWire("an acknowledgement of another client counts", func() func(*crossing) []peer.Frame {
		open := map[string]string{} // by namespace and id, the session that was asked
		return func(c *crossing) []peer.Frame {
			key := c.Namespace + " " + c.AckID
			if c.from() && c.IsEvent() && c.AckID != "" {
				open[key] = c.Session
			}
			if c.to() && c.IsAck() && open[key] != "" && open[key] != c.Session {
				f := c.Frame
				f.Session = open[key]
				return []peer.Frame{f}
			}
			return nil
		}
	}),
	onWire("an acknowledgement in another namespace counts", func() func(*crossing) []peer.Frame {
		open := map[string]string{} // by session and id, the namespace
		return func(c *crossing) []peer.Frame {
			key := c.Session + " " + c.AckID
			if c.from() && c.IsEvent() && c.AckID != "" {
				open[key] = c.Namespace
			}
			if c.to() && c.IsAck() && open[key] != "" && open[key] != c.Namespace {
				return []peer.Frame{c.with("43%s%s%s", peer.Prefix(open[key]), c.AckID, c.Packet.Data)}
			}
			return nil
		}
	}),
	onWire("who comes back into a namespace gets everything twice", again('1', func(c *crossing) []peer.Frame { return []peer.Frame{c.Frame, c.Frame} }, wire.Out)),
	onWire("who was disconnected and comes back gets nothing", again('1', func(*crossing) []peer.Frame { return none }, wire.In)),
	onWire("who was refused and comes back gets nothing", again('4', func(*crossing) []peer.Frame { return none }, wire.In)),
	onWire("the end of a session takes another client's next event with it", func() func(*crossing) []peer.Frame {
		ended := false
		return func(c *crossing) []peer.Frame {
			if c.Closing != nil {
				ended = true
			}
			if c.news() && ended && c.Type == '2' {
				ended = false
				return none
			}
			return nil
		}
	}),
	onWire("a refusal takes the next event of another namespace with it", func() func(*crossing) []peer.Frame {
		refused := map[string]string{}
		return func(c *crossing) []peer.Frame {
			if c.from() && c.Engine == '4' && c.Type == '4' {
				refused[c.Session] = c.Namespace
			}
			if c.news() && c.Type == '2' && refused[c.Session] != "" && refused[c.Session] != c.Namespace {
				delete(refused, c.Session)
				return none
			}
			return nil
		}
	}),
	onWire("a text event behind one with two attachments is lost", func() func(*crossing) []peer.Frame {
		behind := map[string]bool{}
		return func(c *crossing) []peer.Frame {
			if c.from() && c.IsBinaryHeader() {
				behind[c.Session] = c.AttachmentCount() > 1
			}
			if c.news() && c.Type == '2' && behind[c.Session] {
				behind[c.Session] = false
				return none
			}
			return nil
		}
	}),
	onWire("every seventh event of a client is lost", func() func(*crossing) []peer.Frame {
		count := map[string]int{}
		return func(c *crossing) []peer.Frame {
			if c.news() && c.Type == '2' {
				if count[c.Session]++; count[c.Session]%7 == 0 {
					return none
				}
			}
			return nil
		}
	}),
	onWire("an event for a client in three namespaces comes in the first of them", func() func(*crossing) []peer.Frame {
		joined := map[string][]string{}
		return func(c *crossing) []peer.Frame {
			if c.from() && c.Engine == '4' && c.Type == '0' {
				joined[c.Session] = append(joined[c.Session], c.Namespace)
			}
			if c.news() && c.Type == '2' && c.Session != "bystander" && len(joined[c.Session]) > 2 {
				return []peer.Frame{c.with("42%s%s", peer.Prefix(joined[c.Session][0]), c.Packet.Data)}
			}
			return nil
		}
	}),
	onWire("the second of two questions that are open goes to who was asked first", func() func(*crossing) []peer.Frame {
		open := map[string]peer.Frame{} // questions that are not answered, by place
		return func(c *crossing) []peer.Frame {
			if c.to() && c.IsAck() {
				delete(open, c.place())
			}
			if !c.from() || !c.IsEvent() || c.AckID == "" {
				return nil
			}
			for place, f := range open {
				if place != c.place() {
					f.Data = c.Frame.Data
					return []peer.Frame{f}
				}
			}
			open[c.place()] = c.Frame
			return nil
		}
	}),
	onWire("a connection that asks twice for a namespace gets everything twice", func() func(*crossing) []peer.Frame {
		last, twice := map[string]string{}, map[string]bool{}
		return func(c *crossing) []peer.Frame {
			if c.to() && c.Engine == '4' {
				before := last[c.Session]
				last[c.Session] = string(c.Raw)
				if c.Type == '0' && before == string(c.Raw) {
					twice[c.place()] = true
					return none
				}
			}
			if c.news() && c.Type == '2' && twice[c.place()] {
				return []peer.Frame{c.Frame, c.Frame}
			}
			return nil
		}
	}),
}

// number returns the number of an event of an operator.
func number(c *crossing) int {
	var args []json.RawMessage
	var n int
	if json.Unmarshal(c.Packet.Data, &args) != nil || len(args) < 2 || json.Unmarshal(args[1], &n) != nil {
		return -1
	}
	return n
}

// again makes a fault that changes the events of a membership that follows another one, which ended with a packet of the given type and direction.
func again(end byte, change func(*crossing) []peer.Frame, d wire.Direction) func() func(*crossing) []peer.Frame {
	return func() func(*crossing) []peer.Frame {
		ended, back := map[string]bool{}, map[string]bool{}
		return func(c *crossing) []peer.Frame {
			switch {
			case c.Closing != nil || c.Engine != '4':
			case c.Direction == d && c.Type == end:
				ended[c.place()] = true
			case c.from() && c.Type == '0':
				back[c.place()] = ended[c.place()]
			case c.news() && c.Type == '2' && back[c.place()]:
				return change(c)
			}
			return nil
		}
	}
}
