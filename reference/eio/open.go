package eio

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// A Handshake is what the open packet of a session announces.
type Handshake struct {
	SID          string
	Upgrades     []string      // the transports that the session can be upgraded to
	PingInterval time.Duration // whole milliseconds on the wire
	PingTimeout  time.Duration // whole milliseconds on the wire
	MaxPayload   int64         // bytes; 0 when it is not announced
}

// AppendOpen appends the JSON data of the open packet that announces h, without
// the packet type. MaxPayload is left out when it is 0.
func AppendOpen(dst []byte, h Handshake) []byte {
	dst = append(dst, `{"sid":`...)
	dst = appendString(dst, h.SID)
	dst = append(dst, `,"upgrades":[`...)
	for i, name := range h.Upgrades {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
	}
	dst = append(dst, `],"pingInterval":`...)
	dst = strconv.AppendInt(dst, h.PingInterval.Milliseconds(), 10)
	dst = append(dst, `,"pingTimeout":`...)
	dst = strconv.AppendInt(dst, h.PingTimeout.Milliseconds(), 10)
	if h.MaxPayload != 0 {
		dst = append(dst, `,"maxPayload":`...)
		dst = strconv.AppendInt(dst, h.MaxPayload, 10)
	}
	return append(dst, '}')
}

func appendString(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string always has a JSON form
	return append(dst, quoted...)
}

// ParseOpen decodes the JSON data of an open packet. It is strict where
// encoding/json is not: the names of members are case sensitive, none may
// appear twice, the text is valid UTF-8. Members that the protocol does not
// know are skipped. Upgrades may be missing in revision 3, whose text leaves it
// out of the handshake over WebSocket. The error is a *SyntaxError.
func ParseOpen(r Revision, data []byte) (Handshake, error) {
	if at := invalidUTF8(data); at >= 0 {
		return Handshake{}, &SyntaxError{at, RuleUTF8}
	}
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		at := len(data)
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = min(int(e.Offset), len(data))
		}
		return Handshake{}, &SyntaxError{at, RuleOpenJSON}
	}
	q := openParser{data: data, dec: json.NewDecoder(bytes.NewReader(data)), seen: map[string]bool{}}
	q.dec.UseNumber()
	if q.next() != json.Delim('{') {
		return Handshake{}, q.fail(RuleOpenObject)
	}
	for q.dec.More() {
		if err := q.member(); err != nil {
			return Handshake{}, err
		}
	}
	required := []string{"sid", "pingInterval", "pingTimeout"}
	if r != Revision3 {
		required = append(required, "upgrades")
	}
	for _, name := range required {
		if !q.seen[name] {
			return Handshake{}, &SyntaxError{len(data), RuleOpenMissing}
		}
	}
	return q.h, nil
}

// An openParser walks over the tokens of data that is known to be JSON.
type openParser struct {
	data []byte
	dec  *json.Decoder
	at   int // where the current token starts
	seen map[string]bool
	h    Handshake
}

func (q *openParser) next() json.Token {
	behind := q.data[q.dec.InputOffset():]
	q.at = len(q.data) - len(bytes.TrimLeft(behind, " \t\r\n,:"))
	token, _ := q.dec.Token() // the data is known to be JSON
	return token
}

func (q *openParser) fail(rule Rule) error { return &SyntaxError{q.at, rule} }

func (q *openParser) member() error {
	name, _ := q.next().(string)
	if q.seen[name] {
		return q.fail(RuleOpenDuplicate)
	}
	q.seen[name] = true
	switch name {
	case "sid":
		sid, ok := q.next().(string)
		if !ok || sid == "" {
			return q.fail(RuleOpenSID)
		}
		q.h.SID = sid
	case "upgrades":
		return q.upgrades()
	case "pingInterval":
		return q.duration(&q.h.PingInterval)
	case "pingTimeout":
		return q.duration(&q.h.PingTimeout)
	case "maxPayload":
		n, ok := q.positive()
		if !ok {
			return q.fail(RuleOpenMaxPayload)
		}
		q.h.MaxPayload = n
	default:
		var skipped json.RawMessage
		_ = q.dec.Decode(&skipped) // the data is known to be JSON
	}
	return nil
}

func (q *openParser) upgrades() error {
	if q.next() != json.Delim('[') {
		return q.fail(RuleOpenUpgrades)
	}
	for q.dec.More() {
		name, ok := q.next().(string)
		if !ok {
			return q.fail(RuleOpenUpgrades)
		}
		q.h.Upgrades = append(q.h.Upgrades, name)
	}
	q.next()
	return nil
}

func (q *openParser) duration(d *time.Duration) error {
	const most = int64(1<<63-1) / int64(time.Millisecond)
	n, ok := q.positive()
	if !ok || n > most {
		return q.fail(RuleOpenDuration)
	}
	*d = time.Duration(n) * time.Millisecond
	return nil
}

// positive reads a number and reports whether it is a positive integer in the
// form of decimal digits only.
func (q *openParser) positive() (int64, bool) {
	number, ok := q.next().(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	return n, err == nil && n > 0
}
