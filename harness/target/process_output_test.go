package target

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

func TestMuchOutput(t *testing.T) {
	p := start(t, child("loud"))
	p.Stop()
	o := p.Output()
	if total := int64(len(o.Head)+len(o.Tail)) + o.Omitted; total < 100_000_006 {
		t.Errorf("%d bytes accounted for", total)
	}
	if len(o.Head) != keepHead || len(o.Tail) != keepTail {
		t.Errorf("kept %d and %d bytes", len(o.Head), len(o.Tail))
	}
	if !strings.HasPrefix(o.String(), "first\n") || runtime.GOOS != "windows" && !strings.HasSuffix(o.String(), "\nlast\n") {
		t.Error("beginning or end are missing")
	}
}

func TestGarbageIsKeptAndShownEscaped(t *testing.T) {
	p := start(t, child("garbage"))
	if got := p.Output().Head; !strings.HasPrefix(string(got), "\x00\xff\xfe\x1b[2J\x07\r\n\x00\x00") {
		t.Errorf("kept %q", got[:20])
	}
	if got := p.Printed(); strings.ContainsFunc(got, func(r rune) bool { return r < ' ' && r != '\n' }) {
		t.Errorf("printed %q", got)
	}
}

// pieces is a reader that gives one piece a call.
type pieces []string

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	*p = (*p)[1:]
	return n, nil
}

func TestRecorder(t *testing.T) {
	long := strings.Repeat("y", keepLine+1)
	for _, test := range []struct {
		name    string
		streams []pieces
		output  string
		address string
	}{
		{"lines are put together", []pieces{{"listening on ht", "tp://a:1\nnext"}}, "listening on http://a:1\nnext", "http://a:1"},
		{"the first match counts", []pieces{{"listening on http://a:1\nlistening on http://b:2\n"}}, "listening on http://a:1\nlistening on http://b:2\n", "http://a:1"},
		{"Windows line ends", []pieces{{"listening on http://a:1\r\n"}}, "listening on http://a:1\r\n", "http://a:1"},
		{"the other stream", []pieces{{"x\n"}, {"listening on http://a:1\n"}}, "x\nlistening on http://a:1\n", "http://a:1"},
		{"a line without an end", []pieces{{long, "z"}}, long + "z", ""},
		{"nothing", []pieces{{}}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRecorder(contractLine)
			for i := range test.streams {
				r.read(&test.streams[i])
			}
			if got := r.snapshot().String(); got != test.output {
				t.Errorf("output %q", got)
			}
			address := ""
			select {
			case address = <-r.ready:
			default:
			}
			if address != test.address {
				t.Errorf("address %q", address)
			}
		})
	}
}

func TestOutputSaysWhatIsLeftOut(t *testing.T) {
	r := newRecorder(nil)
	for range 10 {
		r.record([]byte(strings.Repeat("z", 9_999) + "\n"))
	}
	o := r.snapshot()
	if want := int64(100_000 - keepHead - keepTail); o.Omitted != want || !strings.Contains(o.String(), fmt.Sprintf("[… %d bytes left out …]", want)) {
		t.Errorf("omitted %d", o.Omitted)
	}
}

func TestLast(t *testing.T) {
	for _, test := range []struct {
		output Output
		n      int
		want   string
	}{
		{Output{Head: []byte("a\nb\nc\n")}, 2, "b\nc"},
		{Output{Head: []byte("a")}, 2, "a"},
		{Output{}, 2, ""},
		{Output{Head: []byte("a\nb"), Tail: []byte("c\nd\n")}, 2, "bc\nd"},
		{Output{Head: []byte("a"), Omitted: 5, Tail: []byte("c\nd\n")}, 3, "c\nd"},
		{Output{Head: []byte("ä\t\x00\x1b\u202e\xff\u007f\r\n\n")}, 1, `ä` + "\t" + `\x00\x1b\u202e\xff\x7f`},
		{Output{Head: []byte(strings.Repeat("w", 10_000))}, 1, strings.Repeat("w", lastBytes)},
	} {
		if got := test.output.Last(test.n); got != test.want {
			t.Errorf("%q: got %q, want %q", test.output.String(), got, test.want)
		}
	}
}
