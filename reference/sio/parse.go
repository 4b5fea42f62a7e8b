package sio

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxAckID is the largest integer that every JSON implementation keeps exact.
const maxAckID = 1<<53 - 1

// ParsePacket decodes the text of one Engine.IO message. Data aliases b; the
// only memory taken is that of a namespace other than "/".
//
// The error is a *SyntaxError. It comes with the zero Packet, unless its rule
// is one that Socket.IO 4.8.4 tolerates: then the packet is as valid as its
// other rules make it.
func ParsePacket(r Revision, b []byte, l Limits) (Packet, error) {
	q := parser{b: b, revision: r, limits: l}
	if rule := q.packet(); rule != 0 {
		return Packet{}, &SyntaxError{q.i, rule}
	}
	if q.tolerated != 0 {
		return q.p, &SyntaxError{q.toleratedAt, q.tolerated}
	}
	return q.p, nil
}

// A parser reads one packet. Its methods advance i over what they read, or
// leave it where the rule that they return is broken.
type parser struct {
	b           []byte
	i           int
	revision    Revision
	limits      Limits
	p           Packet
	tolerated   Rule // the first tolerated rule that is broken
	toleratedAt int
}

func (q *parser) packet() Rule {
	if len(q.b) == 0 {
		return RuleEmpty
	}
	if !utf8.Valid(q.b) {
		q.i = invalidUTF8(q.b)
		return RuleUTF8
	}
	q.p.Type = Type(q.b[0] - '0')
	if !q.p.Type.valid() {
		return RuleType
	}
	q.i = 1
	if q.p.Type.Binary() {
		if rule := q.attachments(); rule != 0 {
			return rule
		}
	}
	if rule := q.namespace(); rule != 0 {
		return rule
	}
	if rule := q.ackID(); rule != 0 {
		return rule
	}
	return q.payload()
}

// tolerate notes that rule is broken here, and lets the parser go on.
func (q *parser) tolerate(rule Rule) {
	if q.tolerated == 0 {
		q.tolerated, q.toleratedAt = rule, q.i
	}
}

func (q *parser) attachments() Rule {
	start, most, count := q.i, q.limits.attachments(), 0
	for ; q.i < len(q.b) && isDigit(q.b[q.i]); q.i++ {
		digit := int(q.b[q.i] - '0')
		if count > most/10 || digit > most-count*10 {
			q.i = start
			return RuleAttachments
		}
		count = count*10 + digit
	}
	switch {
	case q.i == start:
		return RuleAttachmentsMissing
	case q.i == len(q.b) || q.b[q.i] != '-':
		return RuleAttachmentsDash
	case count == 0:
		q.i = start
		return RuleAttachmentsZero
	}
	q.i++
	q.p.Attachments = count
	return 0
}

// namespace reads the namespace up to the first comma or the end, since a name
// cannot hold a comma.
func (q *parser) namespace() Rule {
	q.p.Namespace = "/"
	if q.i == len(q.b) || q.b[q.i] != '/' {
		return 0
	}
	name, next := q.b[q.i:], len(q.b)
	if n := bytes.IndexByte(name, ','); n >= 0 {
		name, next = name[:n], q.i+n+1
	}
	if len(name) > q.limits.namespaceLength() {
		return RuleNamespaceLength
	}
	if len(name) > 1 {
		q.p.Namespace = string(name)
	}
	if q.revision == Revision4 {
		q.p.Namespace, q.p.Query, _ = strings.Cut(q.p.Namespace, "?")
	}
	q.i = next
	return 0
}

func (q *parser) ackID() Rule {
	q.p.AckID = NoAck
	start, id := q.i, int64(0)
	for ; q.i < len(q.b) && isDigit(q.b[q.i]); q.i++ {
		id = id*10 + int64(q.b[q.i]-'0')
		if id > maxAckID {
			q.i = start
			return RuleAckIDSize
		}
	}
	if q.i > start {
		q.p.AckID = id
	} else if q.p.Type.IsAck() {
		q.tolerate(RuleAckIDMissing)
	}
	return 0
}

func (q *parser) payload() Rule {
	if q.i == len(q.b) {
		return q.noPayload()
	}
	first := q.b[q.i]
	if isSpace(first) {
		return RuleBlank
	}
	number := first == '-' && q.p.Type == ConnectError
	if !number && strings.IndexByte(`[{"tfn`, first) < 0 {
		return RuleHeader
	}
	if rule := q.form(first); rule != 0 {
		return rule
	}
	s := scanner{q.b, q.limits.depth()}
	end, rule := s.value(q.i, 0)
	if rule != 0 {
		q.i = end
		return rule
	}
	if rest := s.space(end); rest < len(q.b) {
		q.i = rest
		return RuleTrailing
	}
	q.p.Data = q.b[q.i:end:end]
	return 0
}

func (q *parser) noPayload() Rule {
	switch q.p.Type {
	case Event:
		q.tolerate(RuleEventMissing)
	case Ack:
		q.tolerate(RuleAckMissing)
	case ConnectError:
		q.tolerate(RuleErrorMissing)
	case BinaryEvent, BinaryAck:
		return RuleBinaryMissing
	case Connect, Disconnect:
	}
	return 0
}

// form checks what kind of payload starts at i with the byte first.
func (q *parser) form(first byte) Rule {
	switch q.p.Type {
	case Connect:
		if first != '{' {
			return RuleConnectPayload
		}
	case Disconnect:
		return RuleDisconnectPayload
	case Event, BinaryEvent:
		if first != '[' {
			return RuleEventArray
		}
		return q.eventName()
	case Ack, BinaryAck:
		if first != '[' {
			return RuleAckArray
		}
	case ConnectError:
		switch {
		case q.revision == Revision4 || first == '{':
		case first == '"':
			q.tolerate(RuleErrorString)
		default:
			return RuleErrorPayload
		}
	}
	return 0
}

// eventName checks what kind of value begins the array that starts at i.
func (q *parser) eventName() Rule {
	at := scanner{b: q.b}.space(q.i + 1)
	if at == len(q.b) {
		return 0 // the array is incomplete, which the scanner says
	}
	rule := Rule(0)
	switch q.b[at] {
	case ']':
		rule = RuleEventEmpty
	case '[', '{', 't', 'f', 'n':
		rule = RuleEventName
	}
	if rule != 0 {
		q.i = at
	}
	return rule
}

// invalidUTF8 returns the offset of the first byte of b that begins no valid
// UTF-8 sequence, or len(b).
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		c, size := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(b)
}
