package wire

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Captures are the JSON texts that the named holes of a pattern stood for.
type Captures map[string]string

// A Pattern describes packets. It is written as the packet itself, with holes for what is free:
//
//	40/orders,{"sid":<text>,...}    any string that is not empty; any further members
//	42<id:integer>["ask",<any>]     an acknowledgement id, captured as "id"; any value
//	44/x,{"message":<string>}
//
// The hole types are any, string, text, number, integer, boolean, object and array; `...` at the end of an object or array allows more.
// All else is compared strictly: names in their case, no duplicates, valid UTF-8, numbers by value whatever their size. White space and the
// order of members are free.
type Pattern struct {
	text        string
	engine      byte
	typ         byte
	attachments string
	namespace   string
	ackID       string
	ackHole     *hole
	data        *value // nil: no data
	body        string // of Engine.IO packets other than messages
}

// ParsePattern reads a pattern. The error says what is wrong with it.
func ParsePattern(text string) (*Pattern, error) {
	p := &Pattern{text: text, namespace: "/"}
	if text == "" {
		return nil, fmt.Errorf("wire: empty pattern")
	}
	p.engine = text[0]
	rest := text[1:]
	if p.engine != '4' {
		p.body = rest
		return p, nil
	}
	if rest == "" || rest[0] < '0' || rest[0] > '6' {
		return nil, fmt.Errorf("wire: pattern %q: no Socket.IO packet type", text)
	}
	p.typ, rest = rest[0], rest[1:]
	if p.typ == '5' || p.typ == '6' {
		count, after, ok := strings.Cut(rest, "-")
		if !ok {
			return nil, fmt.Errorf("wire: pattern %q: no attachment count", text)
		}
		p.attachments, rest = count, after
	}
	if strings.HasPrefix(rest, "/") {
		p.namespace, rest, _ = strings.Cut(rest, ",")
	}
	return p, p.parseData(rest)
}

func (p *Pattern) parseData(rest string) error {
	r := &patternReader{s: rest}
	for r.i < len(rest) && isDigit(rest[r.i]) {
		r.i++
	}
	p.ackID = rest[:r.i]
	if p.ackID == "" && r.peek() == '<' && p.typ != '0' && p.typ != '4' { // those have no acknowledgement id: it is their data
		h, err := r.hole()
		if err != nil {
			return fmt.Errorf("wire: pattern %q: %w", p.text, err)
		}
		p.ackHole = &h.hole
	}
	if r.i == len(rest) {
		return nil
	}
	v, err := r.value()
	if err != nil {
		return fmt.Errorf("wire: pattern %q: %w", p.text, err)
	}
	if r.space(); r.i < len(rest) {
		return fmt.Errorf("wire: pattern %q: %q behind the data", p.text, rest[r.i:])
	}
	p.data = &v
	return nil
}

// String returns the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// Match compares a packet with the pattern. It returns the captures, or what the first difference is.
func (p *Pattern) Match(got *Packet) (Captures, string) {
	if got.Binary {
		return nil, fmt.Sprintf("want %s, got a binary packet", p.kind())
	}
	if p.engine != got.Engine || p.typ != got.Type {
		return nil, fmt.Sprintf("want %s, got %s", p.kind(), got.TypeName())
	}
	if len(got.Problems) > 0 {
		return nil, fmt.Sprintf("%s at offset %d", got.Problems[0].Text, got.Problems[0].Offset)
	}
	if p.engine != '4' {
		if p.body != string(got.Body) {
			return nil, fmt.Sprintf("want %q behind the packet type, got %s", p.body, Quote(got.Body))
		}
		return Captures{}, ""
	}
	return p.matchMessage(got)
}

func (p *Pattern) matchMessage(got *Packet) (Captures, string) {
	caps := Captures{}
	switch {
	case p.attachments != got.Attachments:
		return nil, fmt.Sprintf("want %s attachments, got %s", p.attachments, got.Attachments)
	case p.namespace != got.Namespace:
		return nil, fmt.Sprintf("want namespace %s, got %s", p.namespace, Quote([]byte(got.Namespace)))
	case p.ackHole != nil:
		if got.AckID == "" {
			return nil, "want an acknowledgement id, got none"
		}
		if p.ackHole.name != "" {
			caps[p.ackHole.name] = got.AckID
		}
	case p.ackID != got.AckID:
		return nil, fmt.Sprintf("want acknowledgement id %q, got %q", p.ackID, got.AckID)
	}
	if p.data == nil {
		if got.Data != nil {
			return nil, fmt.Sprintf("want no data, got %s", Quote(got.Data))
		}
		return caps, ""
	}
	if got.Data == nil {
		return nil, "want data, got none"
	}
	v, err := parseValue(got.Data)
	if err != nil {
		return nil, err.Error()
	}
	if diff := p.data.match("data", v, caps); diff != "" {
		return nil, diff
	}
	return caps, ""
}

func (p *Pattern) kind() string {
	q := Packet{Engine: p.engine, Type: p.typ}
	return q.TypeName()
}

// patternReader reads the JSON of a pattern.
type patternReader struct {
	s string
	i int
}

func (r *patternReader) peek() byte {
	if r.i < len(r.s) {
		return r.s[r.i]
	}
	return 0
}

func (r *patternReader) space() {
	for r.i < len(r.s) && strings.IndexByte(" \t\r\n", r.s[r.i]) >= 0 {
		r.i++
	}
}

func (r *patternReader) value() (value, error) {
	r.space()
	switch r.peek() {
	case '<':
		return r.hole()
	case '[', '{':
		return r.composite(r.peek())
	default:
		return r.scalar()
	}
}

func (r *patternReader) hole() (value, error) {
	end := strings.IndexByte(r.s[r.i:], '>')
	if end < 0 {
		return value{}, fmt.Errorf("hole without end at offset %d", r.i)
	}
	text := r.s[r.i+1 : r.i+end]
	h := hole{typ: text}
	if name, typ, ok := strings.Cut(text, ":"); ok {
		h = hole{name: name, typ: typ}
	}
	if holeTypes[h.typ] == nil {
		return value{}, fmt.Errorf("hole of unknown type %q at offset %d", h.typ, r.i)
	}
	r.i += end + 1
	return value{kind: 'h', hole: h}, nil
}

func (r *patternReader) scalar() (value, error) {
	d := jsontext.NewDecoder(strings.NewReader(r.s[r.i:]))
	raw, err := d.ReadValue()
	if err != nil {
		return value{}, fmt.Errorf("value at offset %d: %w", r.i, err)
	}
	v, err := valueOf(bytes.Clone(raw))
	r.i += int(d.InputOffset())
	return v, err
}

func (r *patternReader) composite(open byte) (value, error) {
	v := value{kind: jsontext.Kind(open)}
	shut := byte(']')
	if open == '{' {
		shut = '}'
		v.members = map[string]value{}
	}
	r.i++
	for first := true; ; first = false {
		r.space()
		if r.peek() == shut {
			r.i++
			return v, nil
		}
		if !first {
			if r.peek() != ',' {
				return v, fmt.Errorf("want a comma or %q at offset %d", shut, r.i)
			}
			r.i++
			r.space()
		}
		if v.open {
			return v, fmt.Errorf("... is not the last member at offset %d", r.i)
		}
		if strings.HasPrefix(r.s[r.i:], "...") {
			v.open = true
			r.i += 3
			continue
		}
		if err := r.member(&v); err != nil {
			return v, err
		}
	}
}

func (r *patternReader) member(v *value) error {
	var name string
	if v.kind == '{' {
		key, err := r.scalar()
		if err != nil {
			return err
		}
		if key.kind != '"' {
			return fmt.Errorf("member name is no string at offset %d", r.i)
		}
		if _, ok := v.members[key.text]; ok {
			return fmt.Errorf("member %q twice", key.text)
		}
		name = key.text
		if r.space(); r.peek() != ':' {
			return fmt.Errorf("want a colon at offset %d", r.i)
		}
		r.i++
	}
	item, err := r.value()
	if err != nil {
		return err
	}
	if v.kind == '{' {
		v.members[name] = item
	} else {
		v.items = append(v.items, item)
	}
	return nil
}
