package event

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// A Writer writes a stream, one line an event:
//
//	{"event":"result","scenario":"namespace.connect.unknown","axes":"rev5,websocket",…}
//
// Every line is given to the underlying writer in one piece, and flushed where that has a method Flush() error, before Write returns:
// what was written stays readable when the process is killed. A Writer may be used by several goroutines at once.
type Writer struct {
	streamMu sync.Mutex // guards what is below, and keeps lines whole
	w        io.Writer
	order    order
	err      error // of the underlying writer
}

// NewWriter returns a Writer of a new stream.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes one event, which must not be nil.
//
// An event that the stream does not allow here is an error and nothing is written: ErrNoHeader, ErrSecondHeader, ErrAfterFooter,
// ErrVersion, ErrVerdict, or ErrCounts for a footer that does not agree with the results. A Header with version 0 gets Version, and a
// Footer with a nil Summary gets the counts of the results written; e itself is not changed. Strings may hold any bytes, see AppendJSON.
//
// Once the underlying writer has failed, every Write returns that error, because the line that it cut short must remain the last one.
func (w *Writer) Write(e Event) error {
	w.streamMu.Lock()
	defer w.streamMu.Unlock()
	if w.err != nil {
		return w.err
	}
	e = w.complete(e)
	line, err := appendLine(nil, e)
	if err != nil {
		return err
	}
	if err := w.order.accept(e); err != nil {
		return err
	}
	w.err = w.put(line)
	return w.err
}

// Summary returns a count for every verdict, zero included, of the results written so far; nil before the header.
func (w *Writer) Summary() map[Verdict]int {
	w.streamMu.Lock()
	defer w.streamMu.Unlock()
	return w.order.summary()
}

func (w *Writer) complete(e Event) Event {
	switch e := e.(type) {
	case *Header:
		if e.Version == 0 {
			h := *e
			h.Version = Version
			return &h
		}
	case *Footer:
		if e.Summary == nil {
			f := *e
			f.Summary = w.order.summary()
			return &f
		}
	}
	return e
}

func (w *Writer) put(line []byte) error {
	n, err := w.w.Write(line)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	if err == nil {
		if f, ok := w.w.(interface{ Flush() error }); ok {
			err = f.Flush()
		}
	}
	if err != nil {
		return fmt.Errorf("event: write: %w", err)
	}
	return nil
}

// appendLine appends the line of e, its kind first.
func appendLine(dst []byte, e Event) ([]byte, error) {
	body, err := AppendJSON(nil, e)
	if err != nil {
		return dst, fmt.Errorf("event: %s: %w", e.kind(), err)
	}
	if body[0] != '{' {
		return dst, errors.New("event: the event is nil")
	}
	dst = append(dst, `{"event":"`...)
	dst = append(dst, e.kind()...)
	dst = append(dst, `",`...)
	dst = append(dst, body[1:]...)
	return append(dst, '\n'), nil
}
