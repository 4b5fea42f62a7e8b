package eio

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func TestParsePayload(t *testing.T) {
	text := func(s string) Packet { return Packet{Type: Message, Data: []byte(s)} }
	data := func(b ...byte) Packet { return Packet{Type: Message, Binary: true, Data: b} }
	rows := []struct {
		name string
		rev  Revision
		body string
		want []Packet
	}{
		{"one packet", Revision4, "40", []Packet{text("0")}},
		{"three packets", Revision4, "42[\"message\",1]\x1e42[\"message\",2]\x1e42[\"message\",\"€\"]",
			[]Packet{text(`2["message",1]`), text(`2["message",2]`), text(`2["message","€"]`)}},
		{"text and bytes", Revision4, "451-[\"bin\",{\"_placeholder\":true,\"num\":0}]\x1ebAQIDBA==",
			[]Packet{text(`51-["bin",{"_placeholder":true,"num":0}]`), data(1, 2, 3, 4)}},
		{"sample of the protocol text", Revision4, "4hello\x1e2\x1e4world", []Packet{text("hello"), {Type: Ping}, text("world")}},
		{"one packet with length", Revision3, "2:40", []Packet{text("0")}},
		{"sample of the protocol text with lengths", Revision3, "6:4hello2:4€", []Packet{text("hello"), text("€")}},
		{"three packets with lengths", Revision3, `15:42["message",1]15:42["message",2]17:42["message","€"]`,
			[]Packet{text(`2["message",1]`), text(`2["message",2]`), text(`2["message","€"]`)}},
		{"length counts an astral character twice", Revision3, `18:42["message","😀"]`, []Packet{text(`2["message","😀"]`)}},
		{"length counts characters and not bytes", Revision3, `18:42["message","€€"]`, []Packet{text(`2["message","€€"]`)}},
		{"text and bytes with lengths", Revision3, `45:451-["message",{"_placeholder":true,"num":0}]6:b4AQID`,
			[]Packet{text(`51-["message",{"_placeholder":true,"num":0}]`), data(1, 2, 3)}},
		{"bytes only", Revision3, "10:b4AQIDBA==", []Packet{data(1, 2, 3, 4)}},
		{"replacement character", Revision3, "3:4\ufffda", []Packet{text("\ufffda")}},
		{"largest character that counts once", Revision3, "2:4\uffff", []Packet{text("\uffff")}},
		{"smallest character that counts twice", Revision3, "3:4\U00010000", []Packet{text("\U00010000")}},
		{"line breaks count", Revision3, "4:4a\r\n1:6", []Packet{text("a\r\n"), {Type: Noop}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParsePayload(nil, row.rev, []byte(row.body), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(got, row.want, samePacket) {
				t.Errorf("packets are %v, want %v", got, row.want)
			}
			wantBytes(t, AppendPayload(nil, row.rev, got), []byte(row.body))
		})
	}
}

func TestParseBinaryPayload(t *testing.T) {
	text := func(s string) Packet { return Packet{Type: Message, Data: []byte(s)} }
	data := func(b ...byte) Packet { return Packet{Type: Message, Binary: true, Data: b} }
	rows := []struct {
		name string
		body string // hexadecimal
		want []Packet
	}{
		{"text", "0002ff3430", []Packet{text("0")}},
		{"length counts bytes", "0004ff34e282ac", []Packet{text("€")}},
		{"bytes", "0105ff0401020304", []Packet{data(1, 2, 3, 4)}},
		{"no bytes", "0101ff04", []Packet{data()}},
		{"text and bytes, sample of the protocol text", "0004ff34e282ac0105ff0401020304", []Packet{text("€"), data(1, 2, 3, 4)}},
		{"length of two digits", "000405ff3435312d5b226d657373616765222c7b225f706c616365686f6c646572223a747275652c226e756d223a307d5d0104ff04010203",
			[]Packet{text(`51-["message",{"_placeholder":true,"num":0}]`), data(1, 2, 3)}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			body := unhex(t, row.body)
			got, err := ParseBinaryPayload(nil, body, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(got, row.want, samePacket) {
				t.Errorf("packets are %v, want %v", got, row.want)
			}
			wantBytes(t, AppendBinaryPayload(nil, got), body)
		})
	}
}

func TestBinaryPayloadTakesBase64AsText(t *testing.T) {
	got, err := ParseBinaryPayload(nil, append([]byte{0x00, 6, 0xff}, "b4AQID"...), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	wantPacket(t, got[0], Packet{Type: Message, Binary: true, Data: []byte{1, 2, 3}})
}

func TestLeadingZerosOfALengthDoNotMatter(t *testing.T) {
	got, err := ParsePayload(nil, Revision3, []byte("0002:40"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	wantPacket(t, got[0], Packet{Type: Message, Data: []byte("0")})
}

func TestPacketsBeforeABadOneComeBack(t *testing.T) {
	rows := []struct {
		name  string
		parse func([]Packet, Limits) ([]Packet, error)
	}{
		{"revision 4", func(dst []Packet, l Limits) ([]Packet, error) {
			return ParsePayload(dst, Revision4, []byte("40/b,\x1eabc\x1e40/c,"), l)
		}},
		{"revision 3", func(dst []Packet, l Limits) ([]Packet, error) {
			return ParsePayload(dst, Revision3, []byte("5:40/b,3:abc5:40/c,"), l)
		}},
		{"revision 3 binary", func(dst []Packet, l Limits) ([]Packet, error) {
			return ParseBinaryPayload(dst, []byte("\x00\x05\xff40/b,\x00\x03\xffabc\x00\x05\xff40/c,"), l)
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.parse([]Packet{{Type: Open}}, Limits{})
			if err == nil {
				t.Fatal("no error")
			}
			want := []Packet{{Type: Open}, {Type: Message, Data: []byte("0/b,")}}
			if !slices.EqualFunc(got, want, samePacket) {
				t.Errorf("packets are %v, want %v", got, want)
			}
		})
	}
}

func TestLimitOfPackets(t *testing.T) {
	bodies := []struct {
		name  string
		parse func(count int, l Limits) ([]Packet, error)
	}{
		{"revision 4", func(count int, l Limits) ([]Packet, error) {
			body := strings.TrimSuffix(strings.Repeat("6\x1e", count), "\x1e")
			return ParsePayload(nil, Revision4, []byte(body), l)
		}},
		{"revision 3", func(count int, l Limits) ([]Packet, error) {
			return ParsePayload(nil, Revision3, []byte(strings.Repeat("1:6", count)), l)
		}},
		{"revision 3 binary", func(count int, l Limits) ([]Packet, error) {
			return ParseBinaryPayload(nil, bytes.Repeat([]byte{0, 1, 0xff, '6'}, count), l)
		}},
	}
	rows := []struct {
		name          string
		limit, accept int
	}{
		{"zero is the default", 0, 10_000},
		{"one", 1, 1},
		{"three", 3, 3},
		{"negative is none", -1, 30_000},
	}
	for _, body := range bodies {
		for _, row := range rows {
			t.Run(body.name+"/"+row.name, func(t *testing.T) {
				got, err := body.parse(row.accept, Limits{Packets: row.limit})
				if err != nil || len(got) != row.accept {
					t.Fatalf("%d packets and %v, want %d packets", len(got), err, row.accept)
				}
				if row.limit < 0 {
					return
				}
				got, err = body.parse(row.accept+1, Limits{Packets: row.limit})
				if err == nil || len(got) != row.accept {
					t.Errorf("%d packets and %v, want %d packets and an error", len(got), err, row.accept)
				}
			})
		}
	}
}

func TestAnnouncedLengthTakesNoMemory(t *testing.T) {
	text := []byte("999999999999999999999999999999:4x")
	binary := append(append([]byte{1}, bytes.Repeat([]byte{9}, 30)...), 0xff, 4)
	rows := map[string]func([]Packet) error{
		"text": func(dst []Packet) error {
			_, err := ParsePayload(dst, Revision3, text, Limits{})
			return err
		},
		"binary": func(dst []Packet) error {
			_, err := ParseBinaryPayload(dst, binary, Limits{})
			return err
		},
	}
	for name, parse := range rows {
		t.Run(name, func(t *testing.T) {
			dst := make([]Packet, 0, 1)
			if err := parse(dst); err == nil {
				t.Error("no error")
			}
			if n := testing.AllocsPerRun(100, func() { _ = parse(dst) }); n > 1 {
				t.Errorf("%v allocations, want the error only", n)
			}
		})
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
