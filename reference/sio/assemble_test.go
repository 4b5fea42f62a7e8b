package sio

import (
	"bytes"
	"testing"
)

// A frame is what an assembler is given: the text of a packet, a packet that no
// text stands for, or an attachment.
type frame struct {
	text   string
	packet *Packet
	binary []byte
}

func header(text string) frame { return frame{text: text} }
func attach(b ...byte) frame   { return frame{binary: append([]byte{}, b...)} }
func forged(p Packet) frame    { return frame{packet: &p} }

type assembly struct {
	messages []Message
	err      error
}

// assemble gives the frames to a, up to the first error.
func assemble(a *Assembler, frames ...frame) assembly {
	var got assembly
	for _, f := range frames {
		m, complete, err := add(a, f)
		if err != nil {
			got.err = err
			return got
		}
		if complete {
			got.messages = append(got.messages, m)
		}
	}
	return got
}

func add(a *Assembler, f frame) (Message, bool, error) {
	if f.binary != nil {
		return a.AddBinary(f.binary)
	}
	if f.packet != nil {
		return a.Add(*f.packet)
	}
	p, err := ParsePacket(Revision5, []byte(f.text), a.Limits)
	if err != nil {
		return Message{}, false, err
	}
	return a.Add(p)
}

func TestAssembler(t *testing.T) {
	rows := []struct {
		name   string
		frames []frame
		want   [][][]byte // the attachments of each message
	}{
		{"text packets", []frame{header(`2["a"]`), header(`31[]`)}, [][][]byte{nil, nil}},
		{"one attachment", []frame{header(`51-["a",{"_placeholder":true,"num":0}]`), attach(1, 2)}, [][][]byte{{{1, 2}}}},
		{"two attachments", []frame{header(`52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`), attach(1), attach(2)},
			[][][]byte{{{1}, {2}}}},
		{"empty attachment", []frame{header(`51-["a",{"_placeholder":true,"num":0}]`), attach()}, [][][]byte{{{}}}},
		{"attachment that no placeholder names", []frame{header(`52-["a",{"_placeholder":true,"num":0}]`), attach(1), attach(2)},
			[][][]byte{{{1}, {2}}}},
		{"no placeholder", []frame{header(`51-["a"]`), attach(1)}, [][][]byte{{{1}}}},
		{"text behind a binary packet", []frame{header(`61-1[]`), attach(1), header(`2["b"]`)}, [][][]byte{{{1}}, nil}},
		{"two binary packets", []frame{header(`61-1[]`), attach(1), header(`51-["b"]`), attach(2)}, [][][]byte{{{1}}, {{2}}}},
		{"placeholder in a text packet", []frame{header(`2["a",{"_placeholder":true,"num":7}]`)}, [][][]byte{nil}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var a Assembler
			got := assemble(&a, row.frames...)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if len(got.messages) != len(row.want) {
				t.Fatalf("%d messages, want %d", len(got.messages), len(row.want))
			}
			for i, m := range got.messages {
				if !sameBinary(m.Binary, row.want[i]) {
					t.Errorf("attachments of message %d are %v, want %v", i, m.Binary, row.want[i])
				}
			}
			if a.Pending() != 0 {
				t.Errorf("%d attachments are pending", a.Pending())
			}
		})
	}
}

// assemblyRefusals are sequences of frames whose last one breaks a rule.
var assemblyRefusals = []struct {
	name   string
	limits Limits
	frames []frame
	rule   Rule
	offset int
}{
	{"text while pending", Limits{}, []frame{header(`51-["a"]`), header(`2["b"]`)}, RuleTextPending, 0},
	{"binary packet while pending", Limits{}, []frame{header(`52-["a"]`), attach(1), header(`51-["b"]`)}, RuleTextPending, 0},
	{"binary without header", Limits{}, []frame{attach(1)}, RuleBinaryUnannounced, 0},
	{"binary behind a text packet", Limits{}, []frame{header(`2["a"]`), attach(1)}, RuleBinaryUnannounced, 0},
	{"one attachment too many", Limits{}, []frame{header(`51-["a"]`), attach(1), attach(2)}, RuleBinaryUnannounced, 0},
	{"one attachment is too large", Limits{AttachmentBytes: 2}, []frame{header(`51-["a"]`), attach(1, 2, 3)}, RuleAttachmentBytes, 0},
	{"two attachments are too large", Limits{AttachmentBytes: 3}, []frame{header(`52-["a"]`), attach(1, 2), attach(3, 4)}, RuleAttachmentBytes, 0},
	{"num is out of range", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":1}]`), attach(1)}, RulePlaceholder, 5},
	{"num is negative", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":-1}]`), attach(1)}, RulePlaceholder, 5},
	{"num is negative zero", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":-0}]`), attach(1)}, RulePlaceholder, 5},
	{"num is a fraction", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":0.5}]`), attach(1)}, RulePlaceholder, 5},
	{"num has an exponent", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":0e0}]`), attach(1)}, RulePlaceholder, 5},
	{"num is a string", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":"0"}]`), attach(1)}, RulePlaceholder, 5},
	{"num is the name of a method", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":"splice"}]`), attach(1)}, RulePlaceholder, 5},
	{"num is null", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":null}]`), attach(1)}, RulePlaceholder, 5},
	{"num is missing", Limits{}, []frame{header(`51-["a",{"_placeholder":true}]`), attach(1)}, RulePlaceholder, 5},
	{"num is beyond 64 bits", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":18446744073709551616}]`), attach(1)}, RulePlaceholder, 5},
	{"num is a placeholder", Limits{}, []frame{header(`51-["a",{"num":{"_placeholder":true,"num":0},"_placeholder":true}]`), attach(1)}, RulePlaceholder, 5},
	{"last num counts", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":0,"num":1}]`), attach(1)}, RulePlaceholder, 5},
	{"last _placeholder counts", Limits{}, []frame{header(`51-["a",{"_placeholder":false,"_placeholder":true,"num":1}]`), attach(1)}, RulePlaceholder, 5},
	{"escaped names", Limits{}, []frame{header(`51-["a",{"\u005fplaceholder":true,"n\u0075m":1}]`), attach(1)}, RulePlaceholder, 5},
	{"bad placeholder in depth", Limits{}, []frame{header(`51-["a",[{"b": {"_placeholder":true,"num":2}}]]`), attach(1)}, RulePlaceholder, 12},
	{"bad placeholder behind empty values", Limits{}, []frame{header(`51-["a",[],{},[ ],{ },{"_placeholder":true,"num":1}]`), attach(1)}, RulePlaceholder, 19},
	{"first of two bad placeholders", Limits{}, []frame{header(`51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":7},{"_placeholder":true,"num":8}]`), attach(1)},
		RulePlaceholder, 35},
	{"forged packet without count", Limits{}, []frame{forged(Packet{Type: BinaryEvent, Data: []byte(`["a"]`)})}, RuleAttachmentsZero, 0},
	{"forged packet with a negative count", Limits{}, []frame{forged(Packet{Type: BinaryAck, Attachments: -1, Data: []byte(`[]`)})}, RuleAttachmentsZero, 0},
	{"forged packet with many attachments", Limits{}, []frame{forged(Packet{Type: BinaryAck, Attachments: 11, Data: []byte(`[]`)})}, RuleAttachments, 0},
	{"forged packet without data", Limits{}, []frame{forged(Packet{Type: BinaryAck, Attachments: 1})}, RuleJSONEnd, 0},
	{"forged packet that is no JSON", Limits{}, []frame{forged(Packet{Type: BinaryAck, Attachments: 1, Data: []byte(`[{"a"}]`)})}, RuleJSONColon, 5},
	{"forged packet that is a placeholder", Limits{}, []frame{forged(Packet{Type: BinaryAck, Attachments: 1, Data: []byte(`{"_placeholder":true,"num":1}`)}), attach(1)},
		RulePlaceholder, 0},
	{"forged packet with a rest", Limits{}, []frame{forged(Packet{Type: BinaryAck, Attachments: 1, Data: []byte(`[]]`)})}, RuleTrailing, 2},
}

func TestAssemblerRefusals(t *testing.T) {
	for _, row := range assemblyRefusals {
		t.Run(row.name, func(t *testing.T) {
			a := Assembler{Limits: row.limits}
			wantRule(t, assemble(&a, row.frames...).err, row.rule, row.offset)
			if a.Pending() != 0 {
				t.Errorf("%d attachments are pending after the error", a.Pending())
			}
			if got := assemble(&a, header(`2["next"]`)); got.err != nil || len(got.messages) != 1 {
				t.Errorf("the next packet gives %v", got)
			}
		})
	}
}

func TestWhatIsNoPlaceholder(t *testing.T) {
	rows := []struct{ name, arg string }{
		{"_placeholder is false", `{"_placeholder":false,"num":9}`},
		{"_placeholder is 1", `{"_placeholder":1,"num":9}`},
		{"_placeholder is a string", `{"_placeholder":"true","num":9}`},
		{"last _placeholder is false", `{"_placeholder":true,"num":9,"_placeholder":false}`},
		{"_placeholder in another case", `{"_Placeholder":true,"num":9}`},
		{"_placeholder is a value", `["_placeholder",true,"num",9]`},
		{"inside a placeholder", `{"_placeholder":true,"num":0,"x":{"_placeholder":true,"num":9}}`},
		{"inside a placeholder, before its mark", `{"x":[{"_placeholder":true,"num":9}],"_placeholder":true,"num":0}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := assemble(&Assembler{}, header(`51-["a",`+row.arg+`]`), attach(1))
			if got.err != nil || len(got.messages) != 1 {
				t.Errorf("messages are %v and the error %v", got.messages, got.err)
			}
		})
	}
}

func TestAttachmentBytesAreCountedPerMessage(t *testing.T) {
	a := Assembler{Limits: Limits{AttachmentBytes: 3}}
	got := assemble(&a, header(`51-["a"]`), attach(1, 2, 3), header(`52-["b"]`), attach(1, 2), attach(3))
	if got.err != nil || len(got.messages) != 2 {
		t.Errorf("%d messages and %v, want 2 messages", len(got.messages), got.err)
	}
}

func TestDefaultOfAttachmentBytes(t *testing.T) {
	whole := make([]byte, 10_000_000)
	if got := assemble(&Assembler{}, header(`51-["a"]`), frame{binary: whole}); got.err != nil {
		t.Errorf("ten million bytes: %v", got.err)
	}
	got := assemble(&Assembler{}, header(`52-["a"]`), frame{binary: whole}, attach(1))
	wantRule(t, got.err, RuleAttachmentBytes, 0)
}

func TestReset(t *testing.T) {
	a := Assembler{Limits: Limits{AttachmentBytes: 2}}
	assemble(&a, header(`53-["a"]`), attach(1, 2))
	if a.Pending() != 2 {
		t.Fatalf("%d attachments are pending, want 2", a.Pending())
	}
	a.Reset()
	got := assemble(&a, header(`51-["b"]`), attach(3, 4))
	if got.err != nil || len(got.messages) != 1 || !sameBinary(got.messages[0].Binary, [][]byte{{3, 4}}) {
		t.Errorf("after a reset: %v", got)
	}
	if a.Limits.AttachmentBytes != 2 {
		t.Error("a reset changes the limits")
	}
}

func TestHugeCountTakesNoMemory(t *testing.T) {
	a := Assembler{Limits: Limits{Attachments: -1}}
	p, err := ParsePacket(Revision5, []byte(`59223372036854775807-["a"]`), a.Limits)
	if err != nil {
		t.Fatal(err)
	}
	allocations := testing.AllocsPerRun(10, func() {
		a.Reset()
		_, _, err = a.Add(p)
	})
	if allocations > 0 || err != nil {
		t.Errorf("%v allocations and %v", allocations, err)
	}
}

func sameBinary(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
