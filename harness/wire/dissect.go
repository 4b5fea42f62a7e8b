// Package wire reads what goes over the wire. Its dissector accepts any bytes, never fails, and says what each part of a packet is and what
// is wrong with it, at which offset. Its patterns compare packets strictly. It knows nothing of the strict codecs under reference/, so that
// a bug there cannot blind the judge.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A Revision is a revision of the Socket.IO protocol. It decides the Engine.IO revision below it as well.
type Revision int

// The revisions.
const (
	Revision4 Revision = 4 // Socket.IO 2.x, over Engine.IO revision 3
	Revision5 Revision = 5 // Socket.IO 3.x and 4.x, over Engine.IO revision 4
)

// EIO returns the Engine.IO revision below r, as it stands in the query parameter EIO.
func (r Revision) EIO() int { return int(r) - 1 }

// A Problem is something in a packet that the protocol does not allow.
type Problem struct {
	Offset int // in [0, len(Raw)]
	Text   string
}

// A Packet is a dissected Engine.IO packet. All slices alias the input.
type Packet struct {
	Raw    []byte
	Binary bool // a binary frame, or a base64 packet of a long-polling payload decoded to its bytes

	Engine byte   // the Engine.IO type digit '0' to '6' as it stands; 0 in binary and empty packets
	Body   []byte // what follows the Engine.IO type; all of a binary packet

	// The parts of a Socket.IO packet, set when Engine is '4'.
	Type        byte   // the type digit as it stands, 0 when there is none
	Attachments string // what stands before the dash, "" when there is no dash
	Namespace   string // "/" when omitted
	Query       string // revision 4 only: what follows the question mark in the namespace
	AckID       string // the digits as they stand, "" when omitted
	Data        []byte // the rest, nil when there is none
	DataOffset  int    // of Data in Raw

	Problems []Problem
}

// The names of the Engine.IO packet types, by digit.
var engineNames = []string{"OPEN", "CLOSE", "PING", "PONG", "MESSAGE", "UPGRADE", "NOOP"}

// The names of the Socket.IO packet types, by digit.
var typeNames = []string{"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"}

// Dissect takes a packet apart. The input is the content of a WebSocket frame, or one packet of a long-polling payload; binary says
// that it is a binary one.
func Dissect(r Revision, binary bool, raw []byte) Packet {
	p := Packet{Raw: raw, Binary: binary, Namespace: "/"}
	if binary {
		p.Body = raw
		return p
	}
	if len(raw) == 0 {
		p.problem(0, "empty packet")
		return p
	}
	p.Engine, p.Body = raw[0], raw[1:]
	if p.Engine < '0' || p.Engine > '6' {
		p.problem(0, "unknown Engine.IO packet type")
		return p
	}
	if !utf8.Valid(raw) {
		p.problem(invalidUTF8(raw), "invalid UTF-8")
	}
	if p.Engine == '4' {
		p.dissectMessage(r)
	}
	return p
}

func (p *Packet) problem(offset int, format string, args ...any) {
	p.Problems = append(p.Problems, Problem{Offset: offset, Text: fmt.Sprintf(format, args...)})
}

func (p *Packet) dissectMessage(r Revision) {
	s, i := p.Raw, 1
	if i == len(s) {
		p.problem(i, "message without a Socket.IO packet")
		return
	}
	p.Type = s[i]
	i++
	if p.Type < '0' || p.Type > '6' {
		p.problem(1, "unknown Socket.IO packet type")
		p.Data, p.DataOffset = s[i:], i
		return
	}
	if p.IsBinaryHeader() {
		i = p.dissectAttachments(i)
	}
	if i < len(s) && s[i] == '/' {
		i = p.dissectNamespace(r, i)
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	p.AckID = string(s[start:i])
	if i < len(s) {
		p.Data, p.DataOffset = s[i:], i
	}
	p.checkData(r)
}

func (p *Packet) dissectAttachments(i int) int {
	dash := bytes.IndexByte(p.Raw[i:], '-')
	end := i
	for end < len(p.Raw) && isDigit(p.Raw[end]) {
		end++
	}
	if dash < 0 || i+dash != end {
		p.problem(i, "no attachment count")
		return i
	}
	p.Attachments = string(p.Raw[i:end])
	if p.Attachments == "" {
		p.problem(i, "empty attachment count")
	}
	return end + 1
}

func (p *Packet) dissectNamespace(r Revision, i int) int {
	end := len(p.Raw)
	next := end
	if comma := bytes.IndexByte(p.Raw[i:], ','); comma >= 0 {
		end, next = i+comma, i+comma+1
	}
	p.Namespace = string(p.Raw[i:end])
	if r == Revision4 {
		p.Namespace, p.Query, _ = strings.Cut(p.Namespace, "?")
	}
	return next
}

// checkData notes what is wrong with the JSON and with its shape for the packet's type.
func (p *Packet) checkData(r Revision) {
	if p.Data == nil {
		if p.Type == '2' || p.Type == '3' || p.Type == '4' || p.IsBinaryHeader() {
			p.problem(len(p.Raw), "%s without data", p.TypeName())
		}
		return
	}
	if offset, text := checkJSON(p.Data); text != "" {
		p.problem(p.DataOffset+offset, "%s", text)
		return
	}
	first := jsontext.Value(p.Data).Kind()
	switch p.Type {
	case '0':
		if r == Revision5 && first != '{' {
			p.problem(p.DataOffset, "the data of CONNECT is not an object")
		}
	case '1':
		p.problem(p.DataOffset, "DISCONNECT with data")
	case '4':
		if r == Revision5 && first != '{' {
			p.problem(p.DataOffset, "the data of CONNECT_ERROR is not an object")
		}
	case '3', '6':
		if first != '[' {
			p.problem(p.DataOffset, "the data of %s is not an array", p.TypeName())
		}
	default:
		if first != '[' {
			p.problem(p.DataOffset, "the data of %s is not an array", p.TypeName())
		} else if name := firstKind(p.Data); name != '"' && name != '0' {
			p.problem(p.DataOffset, "the first element of %s is no event name", p.TypeName())
		}
	}
}

// checkJSON returns where and why data is not one strict JSON text: unique names, valid UTF-8, nothing behind it.
func checkJSON(data []byte) (int, string) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if err := d.SkipValue(); err != nil {
		return jsonProblem(data, err)
	}
	end := int(d.InputOffset())
	if rest := bytes.TrimLeft(data[end:], " \t\r\n"); len(rest) > 0 {
		return len(data) - len(rest), "garbage behind the JSON text"
	}
	return 0, ""
}

func jsonProblem(data []byte, err error) (int, string) {
	offset := len(data)
	text := err.Error()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = min(int(syntax.ByteOffset), len(data))
		text = syntax.Err.Error()
	}
	return offset, "invalid JSON: " + text
}

// firstKind returns the kind of the first element of the array data, 0 when it is empty.
func firstKind(data []byte) jsontext.Kind {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if _, err := d.ReadToken(); err != nil {
		return 0
	}
	return d.PeekKind()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// IsBinaryHeader reports whether p is a BINARY_EVENT or BINARY_ACK.
func (p *Packet) IsBinaryHeader() bool {
	return p.Engine == '4' && (p.Type == '5' || p.Type == '6')
}

// IsEvent reports whether p is an EVENT or BINARY_EVENT.
func (p *Packet) IsEvent() bool {
	return p.Engine == '4' && (p.Type == '2' || p.Type == '5')
}

// IsAck reports whether p is an ACK or BINARY_ACK.
func (p *Packet) IsAck() bool {
	return p.Engine == '4' && (p.Type == '3' || p.Type == '6')
}

// AttachmentCount returns the announced number of attachments, 0 where none can be read.
func (p *Packet) AttachmentCount() int {
	n, err := strconv.Atoi(p.Attachments)
	if err != nil {
		return 0
	}
	return n
}

// TypeName returns the name of the packet's type: of the Socket.IO packet in a message, of the Engine.IO packet elsewhere.
func (p *Packet) TypeName() string {
	switch {
	case p.Binary:
		return "attachment"
	case p.Engine == '4' && p.Type >= '0' && p.Type <= '6':
		return typeNames[p.Type-'0']
	case p.Engine >= '0' && p.Engine <= '6':
		return engineNames[p.Engine-'0']
	default:
		return "unknown packet"
	}
}

// String returns a line for people: what the packet is, and what is wrong with it.
func (p *Packet) String() string {
	var b strings.Builder
	b.WriteString(p.TypeName())
	switch {
	case p.Binary:
		fmt.Fprintf(&b, " of %d bytes", len(p.Body))
	case p.Engine == '4':
		if p.Type != 0 {
			fmt.Fprintf(&b, " in %s", Quote([]byte(p.Namespace)))
		}
		if p.AckID != "" {
			fmt.Fprintf(&b, ", id %s", p.AckID)
		}
		if p.IsBinaryHeader() {
			fmt.Fprintf(&b, ", %d attachments", p.AttachmentCount())
		}
	}
	for _, problem := range p.Problems {
		fmt.Fprintf(&b, "; %s at offset %d", problem.Text, problem.Offset)
	}
	return b.String()
}

// quoteLimit is the number of bytes of a packet that Quote shows.
const quoteLimit = 300

// Quote returns b for reasons and log lines, which a transcript's bytes never need: as it stands when it is short and printable ASCII, as a Go string literal elsewhere, shortened in the
// middle when it is long.
func Quote(b []byte) string {
	switch {
	case len(b) > quoteLimit:
		return fmt.Sprintf("%+q… (%d bytes) …%+q", b[:quoteLimit/2], len(b), b[len(b)-quoteLimit/4:])
	case len(b) > 0 && printableASCII(b):
		return string(b)
	default:
		return strconv.QuoteToASCII(string(b))
	}
}

func printableASCII(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r > '~' })
}
