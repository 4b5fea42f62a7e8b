package event

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A LineError says at which line of a stream reading ended, and why. Lines are counted from 1; where the stream ends too early it is the
// number of the last line.
type LineError struct {
	Line int
	Err  error
}

// Error returns the line and the cause.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// A Reader reads a stream. It is strict, because verdicts are read from it: besides the order of events it refuses unknown and missing
// members, other letter case, duplicate names and invalid UTF-8. It accepts CRLF line ends, empty lines, a byte order mark at the
// beginning, a last line without a line end, and lines of any length.
type Reader struct {
	r     *bufio.Reader
	line  int
	order order
	err   error
}

// NewReader returns a Reader of the stream in r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReader(r)} }

// Read returns the events of the stream in r, each with a nil error. An error ends the sequence; it comes with a nil event, behind all
// events that could be read, and is what Reader.Next returns. A sequence without an error is a whole run. It can be ranged over once.
func Read(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for reader := NewReader(r); ; {
			e, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Next returns the next event. Behind the footer, at the end of the stream, the error is io.EOF; every other error is a *LineError and
// comes again with the next call. Its cause is one of this package's errors (ErrNoFooter …), what is wrong with the line, or the
// underlying reader's error.
func (r *Reader) Next() (Event, error) {
	if r.err != nil {
		return nil, r.err
	}
	e, err := r.next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = &LineError{Line: r.line, Err: err}
	}
	r.err = err
	return e, err
}

func (r *Reader) next() (Event, error) {
	line, whole, err := r.readLine()
	if errors.Is(err, io.EOF) {
		return nil, r.atEnd()
	}
	if err != nil {
		return nil, fmt.Errorf("event: read: %w", err)
	}
	e, err := decode(line)
	if !whole && errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, r.torn()
	}
	if r.order.state == closed {
		return nil, ErrAfterFooter
	}
	if err != nil {
		return nil, err
	}
	if err := r.order.accept(e); err != nil {
		return nil, err
	}
	return e, nil
}

// readLine returns the next line that is not empty, without its line end, and whether it had one.
func (r *Reader) readLine() (line []byte, whole bool, err error) {
	for {
		line, err = r.r.ReadBytes('\n')
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return nil, false, err
		}
		r.line++
		whole = err == nil
		if r.line == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, whole, nil
		}
	}
}

// atEnd is the error for a stream that ends where it stands.
func (r *Reader) atEnd() error {
	switch r.order.state {
	case empty:
		return fmt.Errorf("%w: it is empty", ErrNoHeader)
	case open:
		return ErrNoFooter
	default:
		return io.EOF
	}
}

// torn is the error for a stream whose last line was cut.
func (r *Reader) torn() error {
	if r.order.state == closed {
		return fmt.Errorf("%w: %w", ErrTorn, ErrAfterFooter)
	}
	return fmt.Errorf("%w: %w", ErrTorn, ErrNoFooter)
}

// decoders decode the line of an event, by its kind.
var decoders = map[string]func(line []byte, members map[string]jsontext.Value) (Event, error){
	"header":  decodeAs[Header],
	"started": decodeAs[Started],
	"result":  decodeAs[Result],
	"target":  decodeAs[TargetNote],
	"footer":  decodeAs[Footer],
}

func decode(line []byte) (Event, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(line, &members); err != nil {
		return nil, fmt.Errorf("event: not a JSON object: %w", err)
	}
	var kind string
	if err := json.Unmarshal(members["event"], &kind); err != nil {
		return nil, fmt.Errorf("%w: the member \"event\" is missing or not a string", ErrKind)
	}
	as, known := decoders[kind]
	if !known {
		return nil, fmt.Errorf("%w: %q", ErrKind, kind)
	}
	// A newer stream is told by its version, before its members make no sense.
	if kind == "header" && string(members["version"]) != fmt.Sprint(Version) {
		return nil, fmt.Errorf("%w: %q, want %d", ErrVersion, members["version"], Version)
	}
	return as(line, members)
}

func decodeAs[T any, P interface {
	*T
	Event
}](line []byte, members map[string]jsontext.Value) (Event, error) {
	for _, name := range required(reflect.TypeFor[T]()) {
		if v := members[name]; len(v) == 0 || v.Kind() == 'n' {
			return nil, fmt.Errorf("event: %s without the member %q", P(nil).kind(), name)
		}
	}
	l := struct {
		Event string `json:"event"`
		Body  T      `json:",embed"`
	}{}
	if err := json.Unmarshal(line, &l, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("event: %s: %w", P(nil).kind(), err)
	}
	return P(&l.Body), nil
}

// required returns the names of the members that a JSON object of type t must have: those that are never omitted.
func required(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "-" && !strings.Contains(options, "omit") {
			names = append(names, name)
		}
	}
	return names
}
