package event

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// read returns the events of b and the error that ends them.
func read(b []byte) (events []Event, err error) {
	for e, err := range Read(bytes.NewReader(b)) {
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
	return events, nil
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	got, err := read(stream(t, sample()...))
	if err != nil {
		t.Fatal(err)
	}
	if want := sample(); !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestReadAcceptsWhatToolsDoToText(t *testing.T) {
	whole := string(stream(t, sample()...))
	tests := []struct{ name, text string }{
		{"CRLF", strings.ReplaceAll(whole, "\n", "\r\n")},
		{"byte order mark", "\ufeff" + whole},
		{"empty lines", "\n" + strings.ReplaceAll(whole, "\n", "\n \r\n\n")},
		{"no last line end", strings.TrimSuffix(whole, "\n")},
		{"white space in lines", strings.ReplaceAll(whole, `,"`, ` , "`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events, err := read([]byte(tt.text))
			if err != nil || len(events) != len(sample()) {
				t.Errorf("%d events, error %v", len(events), err)
			}
		})
	}
}

func TestReadTakesLinesOfAnyLength(t *testing.T) {
	long := strings.Repeat("x", 5<<20)
	events, err := read(stream(t, &Header{Planned: 1}, &Result{Scenario: "a", Verdict: Fail, Actual: long}, &Footer{ExitCode: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if got := events[1].(*Result).Actual; got != long {
		t.Errorf("%d bytes, want %d", len(got), len(long))
	}
}

func TestReadRefuses(t *testing.T) {
	s := sample()
	header, result, footer := string(lines(t, s[0])), string(lines(t, s[3])), string(lines(t, s[6]))
	whole := string(stream(t, s...))
	change := func(line, old, new string) string {
		t.Helper()
		if !strings.Contains(line, old) {
			t.Fatalf("no %q in %q", old, line)
		}
		return strings.Replace(line, old, new, 1)
	}
	tests := []struct {
		name, text string
		line       int
		want       error  // nil: any
		says       string // part of the message
	}{
		{"nothing", "", 0, ErrNoHeader, "empty"},
		{"empty lines only", "\n\r\n", 2, ErrNoHeader, "empty"},
		{"no header", result, 1, ErrNoHeader, "result"},
		{"no footer", header + result, 2, ErrNoFooter, "no footer"},
		{"header only", header, 1, ErrNoFooter, "no footer"},
		{"second header", header + header, 2, ErrSecondHeader, "second header"},
		{"second footer", whole + footer, 8, ErrAfterFooter, "footer"},
		{"result behind the footer", whole + result, 8, ErrAfterFooter, "footer"},
		{"two streams in one", whole + whole, 8, ErrAfterFooter, "footer"},
		{"garbage behind the footer", whole + "garbage\n", 8, ErrAfterFooter, "footer"},
		{"torn behind the footer", whole + result[:20], 8, ErrTorn, "torn"},
		{"other version", change(header, `"version":1`, `"version":2`), 1, ErrVersion, `"2", want 1`},
		{"other version, other members", `{"event":"header","version":2,"shape":"new"}` + "\n", 1, ErrVersion, `"2"`},
		{"version missing", change(header, `"version":1,`, ``), 1, ErrVersion, "version"},
		{"version a string", change(header, `"version":1`, `"version":"1"`), 1, ErrVersion, "version"},
		{"unknown kind", header + `{"event":"progress","n":1}` + "\n", 2, ErrKind, `"progress"`},
		{"no kind", header + `{"scenario":"a"}` + "\n", 2, ErrKind, `"event"`},
		{"kind a number", header + `{"event":1}` + "\n", 2, ErrKind, `"event"`},
		{"not JSON", header + "hello\n", 2, nil, "not a JSON object"},
		{"an array", header + "[]\n", 2, nil, "not a JSON object"},
		{"null", header + "null\n", 2, ErrKind, ""},
		{"two values in a line", header + strings.TrimSpace(result) + result, 2, nil, "not a JSON object"},
		{"an event over two lines", header + change(result, `,"axes"`, ",\n\"axes\""), 2, nil, "not a JSON object"},
		{"unknown member", header + change(result, `"axes"`, `"colour":"red","axes"`), 2, nil, "colour"},
		{"other letter case", header + change(result, `"verdict"`, `"Verdict"`), 2, nil, `without the member "verdict"`},
		{"duplicate name", header + change(result, `"axes"`, `"verdict":"fail","axes"`), 2, nil, "duplicate"},
		{"duplicate name deep inside", change(header, `"level":"must"`, `"level":"must","level":"robust"`), 1, nil, "duplicate"},
		{"invalid UTF-8", header + change(result, "connect.main", "connect.\xff"), 2, nil, "UTF-8"},
		{"lone surrogate", header + change(result, "connect.main", `connect.\ud800`), 2, nil, "surrogate"},
		{"wrong type", header + change(result, `"duration_us":1500`, `"duration_us":"1500"`), 2, nil, "duration_us"},
		{"broken number", header + change(result, `"duration_us":1500`, `"duration_us":1.5`), 2, nil, "duration_us"},
		{"broken transcript", header + change(string(lines(t, s[5])), `"us":1500`, `"us":"x"`), 2, nil, "transcript"},
		{"unknown verdict", header + change(result, `"pass"`, `"passed"`), 2, ErrVerdict, `"passed"`},
		{"no verdict", header + change(result, `"verdict":"pass",`, ``), 2, nil, `"verdict"`},
		{"verdict null", header + change(result, `"verdict":"pass"`, `"verdict":null`), 2, nil, `"verdict"`},
		{"no scenario", header + change(result, `"connect.main"`, `""`), 2, nil, "scenario"},
		{"exit code missing", change(whole, `,"exit_code":1`, ``), 7, nil, `"exit_code"`},
		{"summary missing", change(whole, `"summary"`, `"sum"`), 7, nil, `"summary"`},
		{"summary without a verdict", change(whole, `"skipped":0,`, ``), 7, ErrCounts, `"skipped"`},
		{"summary with an unknown verdict", change(whole, `"skipped":0,`, `"skipped":0,"soso":0,`), 7, ErrVerdict, `"soso"`},
		{"summary that claims more", change(whole, `"pass":1`, `"pass":2`), 7, ErrCounts, `2 "pass" and the results 1`},
		{"summary that hides a failure", change(whole, `"fail":1`, `"fail":0`), 7, ErrCounts, `0 "fail" and the results 1`},
		{"a result lost", change(whole, result, ""), 6, ErrCounts, `1 "pass" and the results 0`},
		{"more planned than there", change(whole, `"planned":2`, `"planned":3`), 7, ErrCounts, "3 planned, 2 there"},
		{"fewer planned than there", change(whole, `"planned":2`, `"planned":1`), 7, ErrCounts, "1 planned, 2 there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read([]byte(tt.text))
			line, ok := errors.AsType[*LineError](err)
			if !ok {
				t.Fatalf("error %v, want a *LineError", err)
			}
			if line.Line != tt.line {
				t.Errorf("line %d, want %d: %v", line.Line, tt.line, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("message %q does not say %q", err, tt.says)
			}
		})
	}
}

// A stream that is cut at any byte gives its whole lines and then says that it has no footer.
func TestReadGivesWhatIsThereOfATornStream(t *testing.T) {
	whole := stream(t, sample()...)
	for n := range len(whole) - 1 {
		cut := whole[:n]
		events, err := read(cut)
		there := bytes.Count(cut, []byte("\n"))
		rest := cut[bytes.LastIndexByte(cut, '\n')+1:]
		complete := n < len(whole) && whole[n] == '\n' // a line without its line end is still whole
		if complete {
			there, rest = there+1, nil
		}
		if len(events) != there {
			t.Fatalf("cut at %d: %d events, want %d", n, len(events), there)
		}
		switch {
		case n == 0:
			if !errors.Is(err, ErrNoHeader) {
				t.Fatalf("cut at %d: %v", n, err)
			}
		case !errors.Is(err, ErrNoFooter) || errors.Is(err, ErrTorn) != (len(rest) > 0):
			t.Fatalf("cut at %d, with %d bytes of a line: %v", n, len(rest), err)
		}
	}
}

func TestReaderRepeatsItsError(t *testing.T) {
	r := NewReader(strings.NewReader("x\n" + string(stream(t, sample()...))))
	_, first := r.Next()
	_, second := r.Next()
	if first == nil || first != second {
		t.Errorf("errors %v and %v", first, second)
	}
}

func TestReaderEndsWithEOF(t *testing.T) {
	r := NewReader(bytes.NewReader(stream(t, sample()...)))
	for range sample() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if e, err := r.Next(); e != nil || err != io.EOF {
			t.Errorf("%v, %v, want nil, EOF", e, err)
		}
	}
}

func TestReaderReportsTheUnderlyingError(t *testing.T) {
	broken := errors.New("broken")
	r := NewReader(io.MultiReader(bytes.NewReader(lines(t, sample()[0])), iotest.ErrReader(broken)))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestReadStopsWhenTheLoopDoes(t *testing.T) {
	n := 0
	for range Read(bytes.NewReader(stream(t, sample()...))) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

// FuzzRead asserts that what the Reader accepts is written again as the same events.
func FuzzRead(f *testing.F) {
	whole := stream(f, sample()...)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(lines(f, &Header{Version: 1}, &Footer{Summary: summary(nil)}))
	f.Add([]byte("\xef\xbb\xbf{\"event\":\"header\",\"version\":1}\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		events, err := read(b)
		if err != nil {
			return
		}
		written := stream(t, events...)
		again, err := read(written)
		if err != nil {
			t.Fatalf("%v in %q", err, written)
		}
		if twice := stream(t, again...); !bytes.Equal(twice, written) {
			t.Errorf("wrote %q and then %q", written, twice)
		}
	})
}
