package target

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	keepHead = 32 << 10 // bytes kept from the beginning of the output
	keepTail = 32 << 10 // bytes kept from its end
	keepLine = 8 << 10  // bytes of a line that are waited for before it is taken as it is
)

// An Output is what a process printed: everything, or its beginning and its end.
type Output struct {
	Head    []byte
	Omitted int64 // bytes left out between Head and Tail
	Tail    []byte
}

// String returns the output as it was printed, with a note where bytes were left out.
func (o Output) String() string {
	if o.Omitted == 0 {
		return string(o.Head) + string(o.Tail)
	}
	return fmt.Sprintf("%s\n[… %d bytes left out …]\n%s", o.Head, o.Omitted, o.Tail)
}

// lastBytes bounds what Last returns.
const lastBytes = 4 << 10

// Last returns the last n lines, at most 4 KiB of them, with everything escaped that is not printable, and without an end of line.
func (o Output) Last(n int) string {
	text := o.Tail
	if o.Omitted == 0 {
		text = slices.Concat(o.Head, o.Tail)
	}
	text = bytes.TrimRight(text, "\r\n")
	if len(text) > lastBytes {
		text = text[len(text)-lastBytes:]
	}
	lines := strings.Split(string(text), "\n")
	lines = lines[max(len(lines)-n, 0):]
	for i, line := range lines {
		lines[i] = printable(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n")
}

// printable escapes what could disturb a terminal: control characters, invisible ones and bytes that are no text.
func printable(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		i += size
	}
	return b.String()
}

// A recorder keeps the output of a process and looks for the line that says that it is ready.
type recorder struct {
	line  *regexp.Regexp // nil: not looked for
	ready chan string    // gets the group of the first line that matches

	outputMu sync.Mutex
	head     []byte
	tail     []byte // the last bytes, up to twice as many as are kept
	total    int64
	found    bool
}

func newRecorder(line *regexp.Regexp) *recorder {
	return &recorder{line: line, ready: make(chan string, 1)}
}

// read records one stream to its end. Lines of several streams are not mixed, unless they are longer than keepLine.
func (r *recorder) read(stream io.Reader) {
	chunk := make([]byte, 32<<10)
	var line []byte // read, and not yet recorded
	for {
		n, err := stream.Read(chunk)
		line = append(line, chunk[:n]...)
		if whole := bytes.LastIndexByte(line, '\n') + 1; whole > 0 {
			r.record(line[:whole])
			line = append(line[:0], line[whole:]...)
		}
		if len(line) > keepLine || err != nil {
			r.record(line)
			line = line[:0]
		}
		if err != nil {
			return
		}
	}
}

// record keeps a piece of output that ends with a line, if possible.
func (r *recorder) record(piece []byte) {
	r.outputMu.Lock()
	defer r.outputMu.Unlock()
	r.total += int64(len(piece))
	r.look(piece)
	n := min(len(piece), keepHead-len(r.head))
	r.head = append(r.head, piece[:n]...)
	r.tail = append(r.tail, piece[n:]...)
	if len(r.tail) > 2*keepTail {
		r.tail = append(r.tail[:0], r.tail[len(r.tail)-keepTail:]...)
	}
}

func (r *recorder) look(piece []byte) {
	if r.line == nil || r.found {
		return
	}
	for line := range bytes.Lines(piece) {
		if m := r.line.FindSubmatch(bytes.TrimRight(line, "\r\n")); m != nil {
			r.found = true
			r.ready <- string(m[1])
			return
		}
	}
}

func (r *recorder) snapshot() Output {
	r.outputMu.Lock()
	defer r.outputMu.Unlock()
	tail := r.tail[max(len(r.tail)-keepTail, 0):]
	return Output{Head: slices.Clone(r.head), Tail: slices.Clone(tail), Omitted: r.total - int64(len(r.head)+len(tail))}
}
