package sio

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// EncodeEvent returns the event of the main namespace, without id, that carries
// the arguments. The caller sets Namespace and AckID.
//
// An argument is marshalled with the semantics of encoding/json, without
// escapes for HTML. A value of type []byte that is not nil becomes an
// attachment, at any depth: in maps, slices, fields and behind pointers. The
// message is a BINARY_EVENT if there is one. Attachments are numbered in the
// order of the JSON, maps in the order of their keys, and are not copied.
// json.RawMessage passes through, and so does an [Arg]. The error comes from
// marshalling.
func EncodeEvent(name string, args ...any) (Message, error) {
	return encode(Event, BinaryEvent, NoAck, append([]any{name}, args...))
}

// EncodeAck returns the acknowledgement of the main namespace for the event
// with the id. The caller sets Namespace. The arguments are those of
// [EncodeEvent].
func EncodeAck(id int64, args ...any) (Message, error) {
	return encode(Ack, BinaryAck, id, append([]any{}, args...))
}

func encode(text, binary Type, id int64, elements []any) (Message, error) {
	w, _ := writers.Get().(*attachmentWriter)
	data, err := json.Marshal(elements, w.options)
	attachments := w.binary
	w.binary = nil
	writers.Put(w)
	if err != nil {
		return Message{}, fmt.Errorf("sio: %v: %w", text, err)
	}
	m := Message{Packet: Packet{Type: text, Namespace: "/", AckID: id, Data: data}, Binary: attachments}
	if len(attachments) > 0 {
		m.Type, m.Attachments = binary, len(attachments)
	}
	return m, nil
}

// An attachmentWriter collects attachments and writes placeholders for them.
type attachmentWriter struct {
	binary  [][]byte
	options json.Options // jsonOptions, and the functions that write to binary
}

// writers keeps writers, since what the options learn about types is worth
// keeping.
var writers = sync.Pool{New: func() any {
	w := &attachmentWriter{}
	w.options = json.JoinOptions(jsonOptions, json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(w.bytes),
		json.MarshalToFunc(w.arg),
	)))
	return w
}}

// appendPlaceholder collects data and appends its placeholder to dst.
func (w *attachmentWriter) appendPlaceholder(dst, data []byte) []byte {
	dst = append(dst, `{"_placeholder":true,"num":`...)
	dst = strconv.AppendInt(dst, int64(len(w.binary)), 10)
	w.binary = append(w.binary, data)
	return append(dst, '}')
}

func (w *attachmentWriter) bytes(enc *jsontext.Encoder, data []byte) error {
	if data == nil {
		return errors.ErrUnsupported // the default is taken
	}
	return enc.WriteValue(w.appendPlaceholder(nil, data))
}

func (w *attachmentWriter) arg(enc *jsontext.Encoder, a Arg) error {
	if a.Raw == nil {
		return enc.WriteToken(jsontext.Null)
	}
	if len(a.binary) == 0 {
		return enc.WriteValue(a.Raw)
	}
	var value []byte
	done := 0
	for _, p := range findPlaceholders(a.Raw, len(a.binary)) {
		value = append(value, a.Raw[done:p.at]...)
		value = w.appendPlaceholder(value, a.binary[p.num])
		done = p.end
	}
	return enc.WriteValue(append(value, a.Raw[done:]...))
}
