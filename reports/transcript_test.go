package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// numbered returns n entries with their numbers as data; those at failures are failures.
func numbered(n int, failures ...int) (entries []wire.Entry) {
	for i := range n {
		e := wire.Entry{At: time.Duration(i) * time.Millisecond, Session: "main", Transport: "polling", Direction: wire.In, Kind: wire.KindPacket, Data: []byte{byte(i)}}
		if slices.Contains(failures, i) {
			e.Kind = wire.KindFailure
		}
		entries = append(entries, e)
	}
	return entries
}

func TestExcerptIsAroundTheLastFailure(t *testing.T) {
	tests := []struct {
		name                 string
		entries              []wire.Entry
		first, before, after int
	}{
		{"no failure", numbered(40), 28, 28, 0},
		{"failure in the middle", numbered(40, 20), 11, 11, 17},
		{"failure at the end", numbered(40, 39), 28, 28, 0},
		{"failure near the end", numbered(40, 38), 28, 28, 0},
		{"failure at the beginning", numbered(40, 0), 0, 0, 28},
		{"two failures", numbered(40, 2, 20), 11, 11, 17},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			part, before, after := excerpt(tt.entries, 12)
			if len(part) != 12 || int(part[0].Data[0]) != tt.first || before != tt.before || after != tt.after {
				t.Errorf("%d entries from %d on, %d before and %d after; want 12 from %d on, %d and %d", len(part), part[0].Data[0], before, after, tt.first, tt.before, tt.after)
			}
		})
	}
}

func TestExcerptOfFewEntriesIsAll(t *testing.T) {
	if part, before, after := excerpt(numbered(12, 3), 12); len(part) != 12 || before != 0 || after != 0 {
		t.Errorf("%d entries, %d before, %d after", len(part), before, after)
	}
}

// transcript returns entries as text.
func transcript(t testing.TB, entries []wire.Entry, opts TranscriptOptions) string {
	t.Helper()
	var b strings.Builder
	if err := WriteTranscript(&b, entries, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteTranscriptLine(t *testing.T) {
	entry := wire.Entry{At: 1234567 * time.Nanosecond, Session: "main", Transport: "polling", Direction: wire.Out, Kind: wire.KindPacket, Data: []byte("40"), Text: "CONNECT /"}
	with := func(change func(*wire.Entry)) wire.Entry {
		e := entry
		change(&e)
		return e
	}
	tests := []struct {
		name  string
		entry wire.Entry
		want  string
	}{
		{"out", entry, "    1.235 main -> polling 40  # CONNECT /"},
		{"in", with(func(e *wire.Entry) { e.Direction = wire.In }), "    1.235 main <- polling 40  # CONNECT /"},
		{"note", with(func(e *wire.Entry) { e.Direction, e.Kind, e.Data = wire.Note, wire.KindClose, nil }), "    1.235 main -- polling close CONNECT /"},
		{"failure", with(func(e *wire.Entry) { e.Direction, e.Kind, e.Data = wire.Note, wire.KindFailure, nil }), "    1.235 main !! polling failure CONNECT /"},
		{"no transport", with(func(e *wire.Entry) { e.Transport = "" }), "    1.235 main -> 40  # CONNECT /"},
		{"no session", with(func(e *wire.Entry) { e.Session = "" }), "    1.235  -> polling 40  # CONNECT /"},
		{"no text", with(func(e *wire.Entry) { e.Text = "" }), "    1.235 main -> polling 40"},
		{"empty packet", with(func(e *wire.Entry) { e.Data, e.Text = nil, "" }), "    1.235 main -> polling"},
		{"binary", with(func(e *wire.Entry) { e.Binary, e.Data = true, []byte{0, 'a'} }), `    1.235 main -> polling binary, 2 bytes: \x00a  # CONNECT /`},
		{"controls", with(func(e *wire.Entry) { e.Data = []byte("4\x1b[2J\n") }), `    1.235 main -> polling 4\x1b[2J\x0a  # CONNECT /`},
		{"space at the end", with(func(e *wire.Entry) { e.Data, e.Text = []byte("40  "), "" }), `    1.235 main -> polling 40 \x20`},
		{"long names", with(func(e *wire.Entry) { e.Session, e.Transport = "a-very-long-session", "\x00\x00\x00\x00" }), `    1.235 a-very-long-... -> \x00\x00\x00... 40  # CONNECT /`},
		{"fault", with(func(e *wire.Entry) { e.Kind = wire.KindFault }), "    1.235 main -> polling fault 40  # CONNECT /"},
		{"request", with(func(e *wire.Entry) { e.Kind, e.Data = wire.KindHTTP, []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }),
			"    1.235 main -> polling GET / HTTP/1.1\n                          Host: a  # CONNECT /"},
		{"long after", with(func(e *wire.Entry) { e.At = 100 * time.Hour }), "360000000.000 main -> polling 40  # CONNECT /"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := transcript(t, []wire.Entry{tt.entry}, TranscriptOptions{}); got != tt.want+"\n" {
				t.Errorf("\n%swant\n%s", got, tt.want)
			}
		})
	}
}

func TestWriteTranscriptSaysWhatItLeavesOut(t *testing.T) {
	got := transcript(t, numbered(40, 20), TranscriptOptions{Entries: 12})
	if !strings.HasPrefix(got, "... 11 earlier entries left out\n") || !strings.HasSuffix(got, "... 17 later entries left out\n") || strings.Count(got, "\n") != 14 {
		t.Errorf("\n%s", got)
	}
}

func TestWriteTranscriptShowsAllWhenAsked(t *testing.T) {
	long := strings.Repeat("x", 100000)
	entries := []wire.Entry{{Kind: wire.KindPacket, Data: []byte(long), Text: long}, {Kind: wire.KindHTTP, Data: []byte(strings.Repeat("Name: value\r\n", 1000))}}
	if got := transcript(t, entries, TranscriptOptions{Bytes: -1}); !strings.Contains(got, long+"  # "+long) || strings.Count(got, "Name: value") != 1000 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestWriteTranscriptCutsByDefault(t *testing.T) {
	entries := []wire.Entry{{Kind: wire.KindPacket, Data: make([]byte, 100000)}, {Kind: wire.KindHTTP, Data: []byte(strings.Repeat("Name: value\r\n", 1000))}}
	got := transcript(t, entries, TranscriptOptions{})
	for _, want := range []string{"... (100000 bytes)", "... 980 more lines"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestWriteTranscriptOfNothingWritesNothing(t *testing.T) {
	if got := transcript(t, nil, TranscriptOptions{Entries: 12}); got != "" {
		t.Errorf("%q", got)
	}
}
