package wire

import (
	"bytes"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"
)

func TestEntrySurvivesJSON(t *testing.T) {
	rows := []Entry{
		{At: 1500 * time.Microsecond, Session: "main", Transport: "polling", Direction: In, Kind: KindPacket, Data: []byte(`42["é"]`), Text: "EVENT"},
		{Direction: In, Kind: KindPacket, Data: []byte("4\xff\x00")},
		{Direction: Out, Kind: KindPacket, Binary: true, Data: []byte("abc")},
		{Direction: Out, Kind: KindHTTP, Data: []byte{}},
		{Direction: Note, Kind: KindExpect, Text: "x"},
	}
	for _, want := range rows {
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Entry
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Data, want.Data) || (got.Data == nil) != (want.Data == nil) || got.At != want.At || got.Text != want.Text || got.Binary != want.Binary || got.Kind != want.Kind {
			t.Errorf("%s: got %+v, want %+v", b, got, want)
		}
	}
}

func TestTranscriptKeepsOrderTimeAndItsOwnBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transcript := NewTranscript()
		data := []byte("40")
		transcript.Add(Entry{Data: data})
		data[0] = 'x'
		time.Sleep(3 * time.Second) //nolint:forbidigo // fake time
		transcript.Add(Entry{Text: "later"})
		entries := transcript.Entries()
		if len(entries) != 2 || string(entries[0].Data) != "40" || entries[0].At != 0 || entries[1].At != 3*time.Second {
			t.Errorf("got %+v", entries)
		}
	})
}
