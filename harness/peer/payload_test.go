package peer

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/sio-conform/sio-conform/harness/wire"
)

func TestPayloadsOfRevision4AreReadAndWritten(t *testing.T) {
	octets := http.Header{"Content-Type": {"application/octet-stream"}}
	for _, c := range []struct {
		name   string
		header http.Header
		body   string
		want   []Payload
	}{
		{"two packets", nil, `2:405:42["a`, []Payload{{Data: []byte("40")}, {Data: []byte(`42["a`)}}},
		{"UTF-16 code units", nil, "4:4é😀2:40", []Payload{{Data: []byte("4é😀")}, {Data: []byte("40")}}},
		{"base64", nil, "6:b4AQID", []Payload{{Binary: true, Data: []byte{1, 2, 3}}}},
		{"too short", nil, "9:40", []Payload{{Data: []byte("9:40")}}},
		{"half a character", nil, "2:4😀", []Payload{{Data: []byte("2:4😀")}}},
		{"octets", octets, "\x00\x02\xff40\x01\x04\xff\x04\x01\x02\x03", []Payload{{Data: []byte("40")}, {Binary: true, Data: []byte{1, 2, 3}}}},
		{"octets without a length", octets, "\x00\xff40", []Payload{{Data: []byte("\x00\xff40")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := DecodePayload(wire.Revision4, c.header, []byte(c.body))
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i].Binary != c.want[i].Binary || !bytes.Equal(got[i].Data, c.want[i].Data) {
					t.Errorf("packet %d: got %v, want %v", i, got[i], c.want[i])
				}
			}
		})
	}
	if got, want := EncodePayload(wire.Revision4, "40", "4é😀"), "2:404:4é😀"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
