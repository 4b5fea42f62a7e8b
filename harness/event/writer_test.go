package event

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

func TestWriterPutsTheKindFirst(t *testing.T) {
	kinds := []string{"header", "target", "started", "result", "started", "result", "footer"}
	got := strings.Split(strings.TrimSuffix(string(stream(t, sample()...)), "\n"), "\n")
	if len(got) != len(kinds) {
		t.Fatalf("%d lines, want %d", len(got), len(kinds))
	}
	for i, kind := range kinds {
		if want := `{"event":"` + kind + `",`; !strings.HasPrefix(got[i], want) {
			t.Errorf("line %d is %.60q, want it to begin with %q", i+1, got[i], want)
		}
	}
}

func TestWriterRefusesWrongOrder(t *testing.T) {
	s := sample()
	header, note, started, result, footer := s[0], s[1], s[2], s[3], s[6]
	listed := &Result{Scenario: "a", Verdict: Fail, Deviation: &Deviation{Why: "w", At: "b:1"}}
	tests := []struct {
		name   string
		events []Event // the last one is refused
		want   error
	}{
		{"result first", []Event{result}, ErrNoHeader},
		{"started first", []Event{started}, ErrNoHeader},
		{"note first", []Event{note}, ErrNoHeader},
		{"footer first", []Event{footer}, ErrNoHeader},
		{"second header", []Event{header, header}, ErrSecondHeader},
		{"second footer", append(sample(), footer), ErrAfterFooter},
		{"result behind the footer", append(sample(), result), ErrAfterFooter},
		{"header behind the footer", append(sample(), header), ErrAfterFooter},
		{"other version", []Event{&Header{Version: 2}}, ErrVersion},
		{"unknown verdict", []Event{header, &Result{Scenario: "a", Verdict: "passed"}}, ErrVerdict},
		{"no verdict", []Event{header, &Result{Scenario: "a"}}, ErrVerdict},
		{"wrong count", []Event{header, result, result, footer}, ErrCounts},
		{"results missing", []Event{header, result, &Footer{}}, ErrCounts},
		{"more results than planned", []Event{header, result, result, result, &Footer{Interrupted: true}}, ErrCounts},
		{"summary not complete", []Event{header, &Footer{Interrupted: true, Summary: map[Verdict]int{Pass: 0}}}, ErrCounts},
		{"expected deviations that no result has", []Event{header, &Footer{Interrupted: true, Expected: 1}}, ErrCounts},
		{"deviation that the footer does not count", []Event{header, listed, &Footer{Interrupted: true}}, ErrCounts},
		{"unknown verdict in the summary", []Event{header, &Footer{Interrupted: true, Summary: map[Verdict]int{"good": 0}}}, ErrVerdict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			w := NewWriter(&b)
			last := len(tt.events) - 1
			for _, e := range tt.events[:last] {
				if err := w.Write(e); err != nil {
					t.Fatal(err)
				}
			}
			before := b.Len()
			if err := w.Write(tt.events[last]); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if b.Len() != before {
				t.Errorf("wrote %q", b.Bytes()[before:])
			}
		})
	}
}

func TestWriterGoesOnBehindARefusedEvent(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, e := range append([]Event{&Footer{}}, sample()...) {
		if err := w.Write(e); err != nil && !errors.Is(err, ErrNoHeader) {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), stream(t, sample()...)) {
		t.Errorf("the stream is %q", b.Bytes())
	}
}

func TestWriterAcceptsFewerResultsThanPlannedWhenTheFooterSaysWhy(t *testing.T) {
	for name, footer := range map[string]*Footer{
		"interrupted": {Interrupted: true},
		"set-up":      {SetupError: "the target cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			if b := stream(t, sample()[0], footer); !bytes.Contains(b, []byte(`"event":"footer"`)) {
				t.Errorf("no footer in %q", b)
			}
		})
	}
}

func TestWriterCompletesVersionAndSummary(t *testing.T) {
	header, footer := &Header{Planned: 1}, &Footer{}
	b := stream(t, header, &Result{Scenario: "a", Verdict: Differs}, footer)
	if !bytes.Contains(b, []byte(`{"event":"header","version":1,`)) {
		t.Errorf("no version in %q", b)
	}
	want := `"summary":{"blocked":0,"crashed":0,"differs":1,"error":0,"fail":0,"pass":0,"skipped":0,"unsupported":0}`
	if !bytes.Contains(b, []byte(want)) {
		t.Errorf("no %s in %q", want, b)
	}
	if header.Version != 0 || footer.Summary != nil {
		t.Error("the caller's events were changed")
	}
}

func TestWriterSummaryListsEveryVerdict(t *testing.T) {
	w := NewWriter(new(bytes.Buffer))
	if got := w.Summary(); got != nil {
		t.Errorf("before the header: %v", got)
	}
	if err := w.Write(&Header{}); err != nil {
		t.Fatal(err)
	}
	if got := w.Summary(); len(got) != len(Verdicts()) {
		t.Errorf("summary %v has %d verdicts, want %d", got, len(got), len(Verdicts()))
	}
}

func TestWriterRefusesWhatJSONCannotSay(t *testing.T) {
	tests := []struct {
		name   string
		header *Header
	}{
		{"not a number", &Header{TimeScale: math.NaN()}},
		{"keys that become one", &Header{Rules: map[string]Rule{"\xfe": {}, "\xff": {}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := NewWriter(&b).Write(tt.header); err == nil || b.Len() > 0 {
				t.Errorf("error %v, wrote %q", err, b.Bytes())
			}
		})
	}
}

func TestWriterMakesOneValidLineOfAnyBytes(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"invalid UTF-8", "a\xffb\xed\xa0\x80", "a\ufffdb\ufffd\ufffd\ufffd"},
		{"NUL and line ends", "\x00\r\n", "\x00\r\n"},
		{"escape sequence", "\x1b[2J\u009b2J\x7f", "\x1b[2J\u009b2J\x7f"},
		{"line separators", "\u2028\u2029\u0085", "\u2028\u2029\u0085"},
		{"bidirectional overrides", "\u202e\u2066\u200e\ufeff", "\u202e\u2066\u200e\ufeff"},
		{"not printable above U+FFFF", "\U000e0001\U0010ffff", "\U000e0001\U0010ffff"},
		{"markup", "<script>]]>&", "<script>]]>&"},
		{"a surrogate spelled out", `\ud800`, `\ud800`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			line := lines(t, &Result{Scenario: "a", Verdict: Fail, Reason: tt.text})
			body := bytes.TrimSuffix(line, []byte("\n"))
			if !jsontext.Value(body).IsValid() {
				t.Fatalf("not valid JSON: %q", body)
			}
			for _, r := range string(body) {
				if !unicode.IsPrint(r) {
					t.Errorf("%U stands in the line", r)
				}
			}
			e, err := decode(body)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.(*Result).Reason; got != tt.want {
				t.Errorf("reads back as %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWriterKeepsLinesWholeUnderConcurrency(t *testing.T) {
	const writers, each = 8, 50
	var b bytes.Buffer
	w := NewWriter(&b)
	if err := w.Write(&Header{Planned: writers * each}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range each {
				if err := w.Write(&Result{Scenario: fmt.Sprint("s", i), Verdict: Pass, Reason: strings.Repeat("x", 1000)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := w.Write(&Footer{}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range Read(&b) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != writers*each+2 {
		t.Errorf("%d events, want %d", n, writers*each+2)
	}
}

func TestWriterFlushesEveryLine(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(bufio.NewWriterSize(&b, 1<<16))
	for i, e := range sample() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(b.Bytes(), []byte("\n")); got != i+1 {
			t.Fatalf("%d lines came through behind event %d", got, i)
		}
	}
}

// A tearing writer takes so many bytes and then no more.
type tearing struct {
	room int
	b    bytes.Buffer
}

var errFull = errors.New("no space")

func (w *tearing) Write(p []byte) (int, error) {
	if len(p) > w.room {
		n, _ := w.b.Write(p[:w.room])
		w.room = 0
		return n, errFull
	}
	w.room -= len(p)
	return w.b.Write(p)
}

func TestWriterWritesNothingBehindATornLine(t *testing.T) {
	s := sample()
	room := len(lines(t, s[0])) + 10
	torn := &tearing{room: room}
	w := NewWriter(torn)
	if err := w.Write(s[0]); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(s[1]); !errors.Is(err, errFull) {
		t.Fatalf("error %v, want %v", err, errFull)
	}
	torn.room = 1 << 20
	if err := w.Write(s[2]); !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
	if torn.b.Len() != room {
		t.Errorf("%d bytes written, want %d", torn.b.Len(), room)
	}
}

func TestWriterReportsAShortWrite(t *testing.T) {
	w := NewWriter(writerFunc(func(p []byte) (int, error) { return len(p) - 1, nil }))
	if err := w.Write(&Header{}); err == nil {
		t.Error("no error")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestWriterRefusesNil(t *testing.T) {
	for name, e := range map[string]Event{"nil": nil, "nil result": (*Result)(nil)} {
		t.Run(name, func(t *testing.T) {
			if err := NewWriter(new(bytes.Buffer)).Write(e); err == nil {
				t.Error("no error")
			}
		})
	}
}
