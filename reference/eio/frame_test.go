package eio

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParseFrameText(t *testing.T) {
	rows := []struct {
		name  string
		rev   Revision
		frame string
		want  Packet
	}{
		{"open", Revision4, `0{"sid":"x"}`, Packet{Type: Open, Data: []byte(`{"sid":"x"}`)}},
		{"open without data", Revision4, "0", Packet{Type: Open}},
		{"close", Revision4, "1", Packet{Type: Close}},
		{"ping", Revision4, "2", Packet{Type: Ping}},
		{"probe", Revision3, "2probe", Packet{Type: Ping, Data: []byte("probe")}},
		{"probe answer", Revision4, "3probe", Packet{Type: Pong, Data: []byte("probe")}},
		{"message", Revision4, `42["message","é€😀"]`, Packet{Type: Message, Data: []byte(`2["message","é€😀"]`)}},
		{"message without data", Revision3, "4", Packet{Type: Message}},
		{"upgrade", Revision4, "5", Packet{Type: Upgrade}},
		{"noop", Revision3, "6", Packet{Type: Noop}},
		{"line breaks are data", Revision4, "4a\r\nb", Packet{Type: Message, Data: []byte("a\r\nb")}},
		{"separator is data", Revision4, "4a\x1e4b", Packet{Type: Message, Data: []byte("a\x1e4b")}},
		{"base64 in revision 4", Revision4, "bAQID", Packet{Type: Message, Binary: true, Data: []byte{1, 2, 3}}},
		{"padded base64 in revision 4", Revision4, "bAQIDBA==", Packet{Type: Message, Binary: true, Data: []byte{1, 2, 3, 4}}},
		{"empty base64 in revision 4", Revision4, "b", Packet{Type: Message, Binary: true}},
		{"base64 in revision 3", Revision3, "b4AQID", Packet{Type: Message, Binary: true, Data: []byte{1, 2, 3}}},
		{"empty base64 in revision 3", Revision3, "b4", Packet{Type: Message, Binary: true}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParseFrame(row.rev, false, []byte(row.frame))
			if err != nil {
				t.Fatal(err)
			}
			wantPacket(t, got, row.want)
			wantBytes(t, AppendText(nil, row.rev, got), []byte(row.frame))
		})
	}
}

func TestParseFrameBinary(t *testing.T) {
	rows := []struct {
		name  string
		rev   Revision
		frame []byte
		want  []byte
	}{
		{"revision 4 is bare data", Revision4, []byte{0x04, 0xaa, 0xbb}, []byte{0x04, 0xaa, 0xbb}},
		{"revision 4 without data", Revision4, []byte{}, []byte{}},
		{"revision 3 begins with the type", Revision3, []byte{0x04, 0xaa, 0xbb}, []byte{0xaa, 0xbb}},
		{"revision 3 without data", Revision3, []byte{0x04}, []byte{}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParseFrame(row.rev, true, row.frame)
			if err != nil {
				t.Fatal(err)
			}
			wantPacket(t, got, Packet{Type: Message, Binary: true, Data: row.want})
			wantBytes(t, AppendFrame(nil, row.rev, got), row.frame)
		})
	}
}

func TestParseFrameAliasesText(t *testing.T) {
	frame := []byte("4abc")
	p, err := ParseFrame(Revision4, false, frame)
	if err != nil {
		t.Fatal(err)
	}
	frame[1] = 'x'
	wantBytes(t, p.Data, []byte("xbc"))
}

func TestAppendValidatesNothing(t *testing.T) {
	wantBytes(t, AppendFrame(nil, Revision4, Packet{Type: 9, Data: []byte("x")}), []byte("9x"))
	wantBytes(t, AppendFrame(nil, Revision3, Packet{Type: Ping, Binary: true, Data: []byte{1}}), []byte{2, 1})
	wantBytes(t, AppendText(nil, Revision3, Packet{Type: Ping, Binary: true, Data: []byte{1}}), []byte("b2AQ=="))
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	wantBytes(t, AppendFrame([]byte("before "), Revision4, Packet{Type: Pong}), []byte("before 3"))
}

func TestTypeString(t *testing.T) {
	var names []string
	for k := Open; k <= Noop+1; k++ {
		names = append(names, k.String())
	}
	want := []string{"open", "close", "ping", "pong", "message", "upgrade", "noop", "type(7)"}
	if !slices.Equal(names, want) {
		t.Errorf("names are %q, want %q", names, want)
	}
}

func wantPacket(t *testing.T, got, want Packet) {
	t.Helper()
	if !samePacket(got, want) {
		t.Errorf("packet is %s, want %s", show(got), show(want))
	}
}

// samePacket compares packets; whether empty data is nil does not matter.
func samePacket(a, b Packet) bool {
	return a.Type == b.Type && a.Binary == b.Binary && bytes.Equal(a.Data, b.Data)
}

func show(p Packet) string {
	return fmt.Sprintf("{%v binary=%t %q}", p.Type, p.Binary, p.Data)
}

func wantBytes(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("bytes are %q, want %q", got, want)
	}
}

// wantRule fails unless err is the SyntaxError with this rule and offset.
func wantRule(t *testing.T, err error, rule Rule, offset int) {
	t.Helper()
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok {
		t.Fatalf("error is %v, want %q at offset %d", err, rule, offset)
	}
	if e.Rule != rule || e.Offset != offset {
		t.Errorf("error is %q at offset %d, want %q at offset %d", e.Rule, e.Offset, rule, offset)
	}
	if !strings.HasPrefix(e.Error(), "eio: "+rule.String()) {
		t.Errorf("text of the error is %q", e.Error())
	}
}
