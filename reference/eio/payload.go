package eio

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// separator stands between the packets of a revision 4 payload.
const separator = 0x1e

// Limits bounds what the parsers of payloads accept. The zero value works.
type Limits struct {
	// Packets is the largest number of packets in one payload. 0 means 10000,
	// a negative value no limit.
	Packets int
}

const defaultPackets = 10_000

// exceeded reports whether a payload may not hold packet number n, counted from
// one.
func (l Limits) exceeded(n int) bool {
	switch {
	case l.Packets < 0:
		return false
	case l.Packets == 0:
		return n > defaultPackets
	default:
		return n > l.Packets
	}
}

// AppendPayload appends the text payload that holds ps: in revision 4 separated
// by 0x1e, in revision 3 each packet behind its length in UTF-16 code units and
// a colon. Without packets it appends nothing, which is not a payload.
func AppendPayload(dst []byte, r Revision, ps []Packet) []byte {
	if r == Revision3 {
		return appendPayload3(dst, ps)
	}
	for i, p := range ps {
		if i > 0 {
			dst = append(dst, separator)
		}
		dst = AppendText(dst, r, p)
	}
	return dst
}

func appendPayload3(dst []byte, ps []Packet) []byte {
	for _, p := range ps {
		length := 1 + utf16Length(p.Data)
		if p.Binary {
			length = 2 + base64Encoding.EncodedLen(len(p.Data))
		}
		dst = strconv.AppendInt(dst, int64(length), 10)
		dst = append(dst, ':')
		dst = AppendText(dst, Revision3, p)
	}
	return dst
}

// ParsePayload appends to dst the packets of a text payload. On an error, which
// is a *SyntaxError, it returns those before the bad one as well. The packets
// alias body, base64 data excepted.
func ParsePayload(dst []Packet, r Revision, body []byte, l Limits) ([]Packet, error) {
	if len(body) == 0 {
		return dst, &SyntaxError{0, RulePayloadEmpty}
	}
	if r == Revision3 {
		return parsePayload3(dst, body, l)
	}
	for start, n := 0, 1; ; n++ {
		if l.exceeded(n) {
			return dst, &SyntaxError{start, RulePackets}
		}
		end := len(body)
		if i := bytes.IndexByte(body[start:], separator); i >= 0 {
			end = start + i
		}
		p, err := parseText(r, body[start:end:end], start)
		if err != nil {
			return dst, err
		}
		dst = append(dst, p)
		if end == len(body) {
			return dst, nil
		}
		start = end + 1
	}
}

func parsePayload3(dst []Packet, body []byte, l Limits) ([]Packet, error) {
	for start, n := 0, 1; start < len(body); n++ {
		if l.exceeded(n) {
			return dst, &SyntaxError{start, RulePackets}
		}
		length, at, err := parseLength(body, start, ':', '0')
		if err != nil {
			return dst, err
		}
		size, rule := utf16Prefix(body[at:], length)
		if rule != 0 {
			return dst, &SyntaxError{at + size, rule}
		}
		p, err := parseText(Revision3, body[at:at+size:at+size], at)
		if err != nil {
			return dst, err
		}
		dst = append(dst, p)
		start = at + size
	}
	return dst, nil
}

// parseLength reads the decimal length at offset i of body, whose digits count
// from zero and which ends with the byte end. It returns the length and the
// offset behind end. A length that exceeds the whole body is returned as
// len(body)+1, whatever its number of digits.
func parseLength(body []byte, i int, end, zero byte) (length, next int, err error) {
	for start := i; i < len(body); i++ {
		c := body[i]
		if c == end {
			if i == start {
				return 0, 0, &SyntaxError{i, RuleLength}
			}
			return length, i + 1, nil
		}
		digit := c - zero
		if digit > 9 {
			return 0, 0, &SyntaxError{i, RuleLengthDigit}
		}
		length = min(length*10+int(digit), len(body)+1)
	}
	return 0, 0, &SyntaxError{i, RuleLengthEnd}
}

// utf16Length returns how many UTF-16 code units b has. A byte that is not
// UTF-8 counts one.
func utf16Length(b []byte) int {
	n := 0
	for _, c := range string(b) {
		n += utf16Units(c)
	}
	return n
}

// utf16Prefix returns the size in bytes of the first units UTF-16 code units of
// b. A byte that is not UTF-8 counts one. With a rule, the size is where the
// rule is broken.
func utf16Prefix(b []byte, units int) (size int, rule Rule) {
	for units > 0 {
		if size == len(b) {
			return size, RuleTruncated
		}
		c, n := utf8.DecodeRune(b[size:])
		units -= utf16Units(c)
		if units < 0 {
			return size, RuleLengthSplit
		}
		size += n
	}
	return size, 0
}

func utf16Units(c rune) int {
	if c > 0xffff {
		return 2
	}
	return 1
}
