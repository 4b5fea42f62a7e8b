package fuzz

import (
	"strconv"
	"strings"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// choices is a sequence of bytes from which values are built. When it is at its
// end every choice is 0, which builds the smallest value.
type choices struct {
	rest []byte
}

func (c *choices) byte() byte {
	if len(c.rest) == 0 {
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

// below returns a number in [0,n), n being at most 256.
func (c *choices) below(n int) int { return int(c.byte()) % n }

func (c *choices) bool() bool { return c.below(2) == 1 }

func choose[T any](c *choices, options ...T) T { return options[c.below(len(options))] }

func (c *choices) bytes(most int) []byte {
	b := make([]byte, c.below(most+1))
	for i := range b {
		b[i] = c.byte()
	}
	return b
}

// text returns characters of every size in UTF-8 and UTF-16, and those that
// mean something to one of the protocols.
func (c *choices) text(most int) string {
	var b strings.Builder
	for range c.below(most + 1) {
		b.WriteString(choose(c, "a", "0", "é", "€", "😀", "\u2028", "/", "?", "-", ":", "4", "b",
			" ", "\r\n", "\x1e", "\x00", "\x7f", `"`, `\`, "[", "]", "{", "}", "\ufffd", "_placeholder", "num"))
	}
	return b.String()
}

// enginePacket returns an Engine.IO packet.
func (c *choices) enginePacket() eio.Packet {
	if c.below(3) == 1 {
		return eio.Packet{Type: eio.Message, Binary: true, Data: c.bytes(12)}
	}
	kind := choose(c, eio.Message, eio.Open, eio.Close, eio.Ping, eio.Pong, eio.Upgrade, eio.Noop)
	return eio.Packet{Type: kind, Data: []byte(c.text(12))}
}

// enginePackets returns one Engine.IO packet or more.
func (c *choices) enginePackets() []eio.Packet {
	ps := []eio.Packet{c.enginePacket()}
	for range c.below(5) {
		ps = append(ps, c.enginePacket())
	}
	return ps
}

func (c *choices) revision() sio.Revision { return choose(c, sio.Revision5, sio.Revision4) }

// namespace returns the name of a namespace, which holds no comma, and in
// revision 4 no question mark.
func (c *choices) namespace(r sio.Revision) string {
	name := "/" + c.text(6)
	if r == sio.Revision4 {
		name = strings.ReplaceAll(name, "?", "")
	}
	return name
}

// packet returns a Socket.IO packet that breaks no rule.
func (c *choices) packet(r sio.Revision) sio.Packet {
	p := sio.Packet{
		Type:      sio.Type(c.below(int(sio.BinaryAck) + 1)),
		Namespace: "/",
		AckID:     sio.NoAck,
	}
	if c.bool() {
		p.Namespace = c.namespace(r)
	}
	if r == sio.Revision4 && c.below(4) == 1 {
		p.Query = "q" + c.text(4)
	}
	if c.bool() || p.Type.IsAck() {
		p.AckID = choose[int64](c, 0, 1, 10, 1<<31, 1<<53-1)
	}
	if p.Type.Binary() {
		p.Attachments = 1 + c.below(10)
	}
	switch p.Type {
	case sio.Connect:
		if c.bool() {
			p.Data = []byte(c.object(3))
		}
	case sio.Event, sio.BinaryEvent:
		name := choose(c, quote("name"), quote(c.text(4)), "1", "-1.5e-7")
		p.Data = []byte(c.array(3, name))
	case sio.Ack, sio.BinaryAck:
		p.Data = []byte(c.array(3))
	case sio.ConnectError:
		p.Data = []byte(c.object(3))
		if r == sio.Revision4 && c.bool() {
			p.Data = []byte(quote(c.text(5)))
		}
	case sio.Disconnect:
	}
	return p
}

// json returns a JSON text without white space around it.
func (c *choices) json(depth int) string {
	kinds := 8
	if depth == 0 {
		kinds = 5
	}
	switch c.below(kinds) {
	case 0:
		return choose(c, "0", "-0", "1.50", "1E+2", "-12e-3", "123456789012345678901234567890")
	case 1:
		return choose(c, "null", "true", "false")
	case 2:
		return quote(c.text(6))
	case 3:
		return choose(c, `"\u00e9\/"`, `"\ud83d\ude00"`, `"\ud800"`, `""`)
	case 4:
		return choose(c, "[]", "{}")
	case 5:
		return c.object(depth - 1)
	case 6:
		num := choose(c, "0", "1", "2", "10", "-1", "0.5", `"0"`, "null")
		return `{"_placeholder":` + choose(c, "true", "false", "1") + c.space() + `,"num":` + num + `}`
	default:
		return c.array(depth - 1)
	}
}

func (c *choices) space() string { return choose(c, "", "", " ", "\n\t\r ") }

// array returns an array that begins with the given elements.
func (c *choices) array(depth int, elements ...string) string {
	for range c.below(4) {
		elements = append(elements, c.json(depth))
	}
	return "[" + c.space() + strings.Join(elements, c.space()+","+c.space()) + c.space() + "]"
}

func (c *choices) object(depth int) string {
	var members []string
	for range c.below(4) {
		name := choose(c, "a", "b", "", "_placeholder", "num", "__proto__", "é")
		members = append(members, quote(name)+c.space()+":"+c.space()+c.json(depth))
	}
	return "{" + c.space() + strings.Join(members, ",") + c.space() + "}"
}

// value returns what an application may send, with attachments at any depth.
func (c *choices) value(depth int) any {
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch c.below(kinds) {
	case 0:
		return choose[any](c, 0.0, nil, true, -1.5, 1e300)
	case 1:
		return c.text(6)
	case 2, 3:
		return c.bytes(5)
	case 4:
		list := []any{}
		for range c.below(4) {
			list = append(list, c.value(depth-1))
		}
		return list
	default:
		object := map[string]any{}
		for range c.below(4) {
			object[choose(c, "a", "b", "num", "é")] = c.value(depth - 1)
		}
		return object
	}
}

// quote returns s as a JSON string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ':
			b.WriteString(`\u` + strconv.FormatInt(0x10000+int64(c), 16)[1:])
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
