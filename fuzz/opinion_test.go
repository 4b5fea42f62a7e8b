package fuzz

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// packetLimits are small, so that a short input reaches them.
var packetLimits = sio.Limits{Attachments: 10, AttachmentBytes: 16, Depth: 20, NamespaceLength: 40}

// grammar is the grammar of a packet: type, attachments, namespace, id, payload.
var grammar = regexp.MustCompile(`(?s)^(?:[0-4]|[56](\d+)-)(?:(/[^,]*)(?:,|$))?(\d*)(.*)$`)

// opinion decodes a packet by a second algorithm, on a regular expression and
// encoding/json, and reports whether it is accepted or tolerated. It does not
// count the depth of the payload, which it returns as JSON.
func opinion(r sio.Revision, b []byte) (p sio.Packet, accepted, tolerated bool) {
	groups := grammar.FindSubmatch(b)
	if groups == nil || !utf8.Valid(b) {
		return p, false, false
	}
	p = sio.Packet{Type: sio.Type(b[0] - '0'), Namespace: "/", AckID: sio.NoAck}
	if count := groups[1]; count != nil {
		n, err := strconv.Atoi(string(count))
		if err != nil || n < 1 || n > packetLimits.Attachments {
			return p, false, false
		}
		p.Attachments = n
	}
	if name := string(groups[2]); name != "" {
		if len(name) > packetLimits.NamespaceLength {
			return p, false, false
		}
		p.Namespace = name
		if r == sio.Revision4 {
			p.Namespace, p.Query, _ = strings.Cut(name, "?")
		}
	}
	if digits := string(groups[3]); digits != "" {
		id, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || id > 1<<53-1 {
			return p, false, false
		}
		p.AckID = id
	} else {
		tolerated = p.Type.IsAck()
	}
	text := groups[4]
	accepted, byPayload := payloadOpinion(r, p.Type, text)
	if accepted && len(text) > 0 {
		p.Data = []byte(strings.TrimRight(string(text), " \t\r\n"))
	}
	return p, accepted, accepted && (tolerated || byPayload)
}

// payloadOpinion reports whether a packet may have this payload.
func payloadOpinion(r sio.Revision, kind sio.Type, text []byte) (accepted, tolerated bool) {
	if len(text) == 0 {
		tolerated = kind == sio.Event || kind == sio.Ack || kind == sio.ConnectError
		return !kind.Binary(), tolerated
	}
	if strings.IndexByte(" \t\r\n", text[0]) >= 0 || kind == sio.Disconnect || !json.Valid(text) {
		return false, false
	}
	first := text[0]
	switch {
	case kind == sio.Connect:
		return first == '{', false
	case kind.IsAck():
		return first == '[', false
	case kind.IsEvent():
		var elements []json.RawMessage
		if json.Unmarshal(text, &elements) != nil || len(elements) == 0 {
			return false, false
		}
		return strings.IndexByte(`"-0123456789`, elements[0][0]) >= 0, false
	case r == sio.Revision4:
		return true, false
	default:
		return first == '{' || first == '"', first == '"'
	}
}
