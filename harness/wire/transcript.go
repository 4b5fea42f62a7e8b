package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"
)

// Direction says who sent what an entry records.
type Direction string

// The directions, seen from the harness.
const (
	Out  Direction = "out"  // from the harness to the target
	In   Direction = "in"   // from the target to the harness
	Note Direction = "note" // from nobody: what the harness did, saw or expected
)

// Kind says what an entry records.
type Kind string

// The kinds of entries.
const (
	KindPacket  Kind = "packet"  // one Engine.IO packet
	KindHTTP    Kind = "http"    // a request line or a status line, with headers and body
	KindOpen    Kind = "open"    // a connection was made
	KindClose   Kind = "close"   // a connection ended; Text has the cause
	KindExpect  Kind = "expect"  // what the scenario waits for
	KindFailure Kind = "failure" // what was wrong
	KindFault   Kind = "fault"   // what a wire fault did
)

// An Entry is one line of a transcript.
type Entry struct {
	At        time.Duration // since the transcript began, monotonic
	Session   string        // the peer's name, "main" for the scenario's own
	Transport string        // "polling", "websocket" or ""
	Direction Direction
	Kind      Kind
	Binary    bool   // Data is a binary frame or attachment
	Data      []byte // the bytes as they were, never cut
	Text      string // decoded form or remark, in our words
}

type entryJSON struct {
	At        int64     `json:"us"`
	Session   string    `json:"session,omitempty"`
	Transport string    `json:"transport,omitempty"`
	Direction Direction `json:"direction"`
	Kind      Kind      `json:"kind"`
	Binary    bool      `json:"binary,omitempty"`
	Data      *string   `json:"data,omitempty"`
	Base64    *string   `json:"base64,omitempty"`
	Text      string    `json:"text,omitempty"`
}

// MarshalJSON writes Data as a string ("data") where it is valid UTF-8 and not binary, and as base64 ("base64") elsewhere.
// The time is in microseconds ("us").
func (e Entry) MarshalJSON() ([]byte, error) {
	j := entryJSON{At: e.At.Microseconds(), Session: e.Session, Transport: e.Transport, Direction: e.Direction, Kind: e.Kind, Binary: e.Binary, Text: e.Text}
	switch {
	case e.Data == nil:
	case e.Binary || !utf8.Valid(e.Data):
		s := base64.StdEncoding.EncodeToString(e.Data)
		j.Base64 = &s
	default:
		s := string(e.Data)
		j.Data = &s
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Entry) UnmarshalJSON(b []byte) error {
	var j entryJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return fmt.Errorf("wire: transcript entry: %w", err)
	}
	*e = Entry{At: time.Duration(j.At) * time.Microsecond, Session: j.Session, Transport: j.Transport, Direction: j.Direction, Kind: j.Kind, Binary: j.Binary, Text: j.Text}
	switch {
	case j.Base64 != nil:
		d, err := base64.StdEncoding.DecodeString(*j.Base64)
		if err != nil {
			return fmt.Errorf("wire: transcript entry: %w", err)
		}
		e.Data = d
	case j.Data != nil:
		e.Data = []byte(*j.Data)
	}
	return nil
}

// A Transcript records what went over the wire in one scenario, in the order in which the harness saw it. It may be used by several
// goroutines at once.
type Transcript struct {
	start time.Time

	entriesMu sync.Mutex
	entries   []Entry
}

// NewTranscript returns an empty transcript whose clock starts now.
func NewTranscript() *Transcript {
	return &Transcript{start: time.Now()}
}

// Add records e with the present time. It keeps a copy of e.Data.
func (t *Transcript) Add(e Entry) {
	if e.Data != nil {
		e.Data = append(make([]byte, 0, len(e.Data)), e.Data...)
	}
	t.entriesMu.Lock()
	defer t.entriesMu.Unlock()
	e.At = time.Since(t.start)
	t.entries = append(t.entries, e)
}

// Entries returns a copy of what was recorded so far.
func (t *Transcript) Entries() []Entry {
	t.entriesMu.Lock()
	defer t.entriesMu.Unlock()
	return append([]Entry(nil), t.entries...)
}
