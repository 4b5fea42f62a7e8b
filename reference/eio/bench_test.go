package eio

import (
	"bytes"
	"testing"
)

func BenchmarkParseFrame(b *testing.B) {
	frame := []byte(`42["message","hello world",1234]`)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseFrame(Revision4, false, frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParsePayload(b *testing.B) {
	packets := make([]Packet, 100)
	for i := range packets {
		packets[i] = Packet{Type: Message, Data: []byte(`2["message","hello wörld",1234]`)}
	}
	bodies := []struct {
		name  string
		body  []byte
		parse func(dst []Packet, body []byte) ([]Packet, error)
	}{
		{"revision 4", AppendPayload(nil, Revision4, packets), func(dst []Packet, body []byte) ([]Packet, error) {
			return ParsePayload(dst, Revision4, body, Limits{})
		}},
		{"revision 3", AppendPayload(nil, Revision3, packets), func(dst []Packet, body []byte) ([]Packet, error) {
			return ParsePayload(dst, Revision3, body, Limits{})
		}},
		{"revision 3 binary", AppendBinaryPayload(nil, packets), func(dst []Packet, body []byte) ([]Packet, error) {
			return ParseBinaryPayload(dst, body, Limits{})
		}},
	}
	for _, row := range bodies {
		b.Run(row.name, func(b *testing.B) {
			dst := make([]Packet, 0, len(packets))
			b.SetBytes(int64(len(row.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := row.parse(dst, row.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendPayload(b *testing.B) {
	packets := []Packet{
		{Type: Message, Data: []byte(`51-["message",{"_placeholder":true,"num":0}]`)},
		{Type: Message, Binary: true, Data: bytes.Repeat([]byte{0xaa}, 1000)},
	}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendPayload(dst[:0], Revision4, packets)
	}
}
