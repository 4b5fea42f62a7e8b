package sio

import (
	"strings"
	"testing"
)

func BenchmarkParsePacket(b *testing.B) {
	rows := []struct{ name, in string }{
		{"event of 31 bytes", `2["message","hello world",1234]`},
		{"event of a namespace", `2/admin,456["project:delete",123]`},
		{"binary header", `51-["hello",{"_placeholder":true,"num":0}]`},
		{"event of 200 kB", `2["message","` + strings.Repeat("q", 200_000) + `"]`},
		{"refused", `2["message","hello world",1234`},
	}
	for _, row := range rows {
		b.Run(row.name, func(b *testing.B) {
			in := []byte(row.in)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = ParsePacket(Revision5, in, Limits{})
			}
		})
	}
}

func BenchmarkEvent(b *testing.B) {
	m := Message{Packet: Packet{Type: Event, Data: []byte(`["message","hello world",1234]`)}}
	b.ReportAllocs()
	for b.Loop() {
		_, args, err := m.Event()
		if err != nil || args.Len() != 2 {
			b.Fatal(err)
		}
	}
}

func BenchmarkAssembler(b *testing.B) {
	p, err := ParsePacket(Revision5, []byte(`52-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	var a Assembler
	data := make([]byte, 1000)
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = a.Add(p)
		_, _, _ = a.AddBinary(data)
		if _, complete, err := a.AddBinary(data); !complete {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendPacket(b *testing.B) {
	p := Packet{Type: Event, Namespace: "/admin", AckID: 456, Data: []byte(`["project:delete",123]`)}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendPacket(dst[:0], p)
	}
}

func BenchmarkEncodeEvent(b *testing.B) {
	rows := []struct {
		name string
		arg  any
	}{
		{"text", "hello world"},
		{"attachment", map[string]any{"data": []byte{1, 2, 3}}},
		{"forwarded", Arg{Raw: []byte(`{"a":[1,2,3]}`)}},
	}
	for _, row := range rows {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := EncodeEvent("message", row.arg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
