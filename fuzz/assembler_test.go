package fuzz

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// FuzzAssembler reads its input as the frames of a connection, separated by
// NUL: an attachment after "b", the text of a packet after any other byte.
func FuzzAssembler(f *testing.F) {
	f.Fuzz(func(t *testing.T, revision4 bool, script []byte) {
		r := sio.Revision5
		if revision4 {
			r = sio.Revision4
		}
		c := connection{revision: r, assembler: sio.Assembler{Limits: packetLimits}}
		for frame := range bytes.SplitSeq(script, []byte{0}) {
			if len(frame) == 0 {
				continue
			}
			if err := c.take(frame[0] == 'b', frame[1:]); err != nil {
				t.Fatalf("frame %q of %q: %v", frame, script, err)
			}
		}
	})
}

// A connection gives frames to an assembler, and to a model of it.
type connection struct {
	revision  sio.Revision
	assembler sio.Assembler

	// The model: what the assembler holds.
	header  sio.Packet
	missing int
	held    [][]byte
}

// take gives one frame to the assembler and reports what the model does not
// expect.
func (c *connection) take(binary bool, b []byte) error {
	if binary {
		want := c.takeBinary(b)
		m, complete, err := c.assembler.AddBinary(b)
		return c.compare(want, m, complete, err)
	}
	// What the parser refuses does not reach the assembler.
	if p, err := sio.ParsePacket(c.revision, b, packetLimits); err == nil {
		want := c.takePacket(p)
		m, complete, err := c.assembler.Add(p)
		return c.compare(want, m, complete, err)
	}
	return nil
}

// compare reports how what the assembler returned differs from what the model
// holds, and from the rule that the model expects, which is 0 for no error.
func (c *connection) compare(want sio.Rule, m sio.Message, complete bool, err error) error {
	if want != 0 {
		return c.wantRefusal(err, want)
	}
	if c.missing > 0 {
		if err != nil || complete || c.assembler.Pending() != c.missing {
			return violation("complete %t, %d pending, want %d: %v", complete, c.assembler.Pending(), c.missing, err)
		}
		return nil
	}
	if _, bad := placeholders(tree(c.header.Data), len(c.held)); c.header.Type.Binary() && bad > 0 {
		return c.wantBadPlaceholder(err)
	}
	if err != nil {
		return violation("a complete message is refused: %v", err)
	}
	if !complete || c.assembler.Pending() != 0 {
		return violation("complete %t, %d pending", complete, c.assembler.Pending())
	}
	return c.wantMessage(m)
}

// takePacket gives a packet to the model and returns the rule it breaks.
func (c *connection) takePacket(p sio.Packet) sio.Rule {
	if c.missing > 0 {
		return sio.RuleTextPending
	}
	c.header, c.missing, c.held = p, p.Attachments, nil
	return 0
}

// takeBinary gives an attachment to the model and returns the rule it breaks.
func (c *connection) takeBinary(b []byte) sio.Rule {
	if c.missing == 0 {
		return sio.RuleBinaryUnannounced
	}
	c.held = append(c.held, b)
	if len(bytes.Join(c.held, nil)) > packetLimits.AttachmentBytes {
		return sio.RuleAttachmentBytes
	}
	c.missing--
	return 0
}

func (c *connection) wantRefusal(err error, rule sio.Rule) error {
	c.missing, c.held = 0, nil
	e, ok := errors.AsType[*sio.SyntaxError](err)
	if !ok || e.Rule != rule || e.Offset != 0 {
		return violation("error is %v, want %q at offset 0", err, rule)
	}
	if c.assembler.Pending() != 0 {
		return violation("%d pending after an error", c.assembler.Pending())
	}
	return nil
}

// wantBadPlaceholder checks that a message is refused, at an object.
func (c *connection) wantBadPlaceholder(err error) error {
	e, ok := errors.AsType[*sio.SyntaxError](err)
	if !ok || e.Rule != sio.RulePlaceholder || e.Offset >= len(c.header.Data) || c.header.Data[e.Offset] != '{' {
		return violation("error of a bad placeholder in %q: %v", c.header.Data, err)
	}
	if c.assembler.Pending() != 0 {
		return violation("%d pending after an error", c.assembler.Pending())
	}
	return nil
}

// wantMessage checks a message that the assembler has delivered.
func (c *connection) wantMessage(m sio.Message) error {
	if !sameSIOPacket(m.Packet, c.header) || !reflect.DeepEqual(m.Binary, c.held) {
		return violation("message is %+v, want %+v with %v", m, c.header, c.held)
	}
	// JSON can hold what a Go value cannot, like 1e999.
	if values, err := m.Args().Values(); err == nil {
		return wantForwarded(m, values)
	}
	return nil
}

// wantForwarded sends the arguments of m on, and checks that they arrive as the
// values that they were.
func wantForwarded(m sio.Message, values []any) error {
	sent, err := sio.EncodeAck(1, m.Args().Forward()...)
	if err != nil {
		return violation("forwarded: %v", err)
	}
	if all, _ := placeholders(tree(m.Data), len(m.Binary)); m.Type.Binary() && len(sent.Binary) != all {
		return violation("%d attachments are forwarded for %d placeholders in %q", len(sent.Binary), all, m.Data)
	}
	arrived, err := deliver(sent)
	if err != nil {
		return violation("forwarded: %v", err)
	}
	got, err := arrived.Args().Values()
	if err != nil || !reflect.DeepEqual(got, values) {
		return violation("forwarded, %#v arrives as %#v: %v", values, got, err)
	}
	return nil
}

// deliver takes a message over the wire.
func deliver(sent sio.Message) (sio.Message, error) {
	limits := sio.Limits{Attachments: -1, AttachmentBytes: -1}
	p, err := sio.ParsePacket(sio.Revision5, sio.AppendPacket(nil, sent.Packet), limits)
	if err != nil {
		return sio.Message{}, err
	}
	assembler := sio.Assembler{Limits: limits}
	m, complete, err := assembler.Add(p)
	for _, b := range sent.Binary {
		if complete || err != nil {
			return sio.Message{}, violation("attachments are left: %v", err)
		}
		m, complete, err = assembler.AddBinary(b)
	}
	if err == nil && !complete {
		err = errors.New("attachments are missing")
	}
	return m, err
}

func TestInterleavedFrames(t *testing.T) {
	check(t, func(c *choices) error {
		r := c.revision()
		wire := connection{revision: r, assembler: sio.Assembler{Limits: packetLimits}}
		for range 12 {
			// Mostly what is due, so that messages become complete.
			binary := (wire.missing > 0) != (c.below(8) == 7)
			b := c.bytes(6)
			if !binary {
				p := c.packet(r)
				p.Attachments = min(p.Attachments, 3)
				b = sio.AppendPacket(nil, p)
			}
			if err := wire.take(binary, b); err != nil {
				return violation("frame %q (binary %t): %v", b, binary, err)
			}
		}
		return nil
	})
}

func TestValuesArrive(t *testing.T) {
	check(t, func(c *choices) error {
		args := []any{}
		for range c.below(4) {
			args = append(args, c.value(3))
		}
		name := c.text(4)
		sent, err := sio.EncodeEvent(name, args...)
		if err != nil {
			return err
		}
		arrived, err := deliver(sent)
		if err != nil {
			return violation("%s: %v", sent.Data, err)
		}
		gotName, gotArgs, err := arrived.Event()
		if err != nil || gotName != name {
			return violation("name %q arrives as %q: %v", name, gotName, err)
		}
		got, err := gotArgs.Values()
		if err != nil || !reflect.DeepEqual(got, args) {
			return violation("%#v arrives as %#v: %v", args, got, err)
		}
		return nil
	})
}
