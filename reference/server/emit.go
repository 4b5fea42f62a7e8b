package server

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// encodeEvent returns the event of a namespace. The id is sio.NoAck, or that of
// the acknowledgement that is wanted.
func encodeEvent(namespace string, id int64, name string, args []any) (sio.Message, error) {
	if reserved(name) {
		return sio.Message{}, &ReservedEventError{name}
	}
	m, err := sio.EncodeEvent(name, args...)
	if err != nil {
		return sio.Message{}, fmt.Errorf("server: event %q: %w", name, err)
	}
	m.Namespace, m.AckID = namespace, id
	return m, nil
}

// wire returns what travels for m: header and attachments, next to each other.
func wire(m sio.Message, compress bool) *engine.Message {
	packets := make([]eio.Packet, 0, 1+len(m.Binary))
	packets = append(packets, eio.Packet{Type: eio.Message, Data: sio.AppendPacket(nil, m.Packet)})
	for _, data := range m.Binary {
		packets = append(packets, eio.Packet{Type: eio.Message, Binary: true, Data: data})
	}
	return engine.NewMessage(compress, packets...)
}

// control returns the packet that travels for a packet type without an id.
func control(t sio.Type, namespace string, data []byte) *engine.Message {
	return wire(sio.Message{Packet: sio.Packet{Type: t, Namespace: namespace, AckID: sio.NoAck, Data: data}}, true)
}

// refusal returns the payload of CONNECT_ERROR for what asError returned.
func refusal(err *Error) []byte {
	payload := struct {
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{err.Message, err.Data}
	data, _ := marshal(payload) // the data is JSON already
	return data
}

// marshal returns the JSON of v, without escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
