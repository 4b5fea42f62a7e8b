package eio

import (
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

// base64Mark begins the text form of a binary packet in both revisions.
const base64Mark = 'b'

var base64Encoding = base64.StdEncoding.Strict()

// AppendFrame appends the content of the one WebSocket frame that carries p:
// text, or bytes when p.Binary. Revision 3 begins a binary frame with the type
// as a byte, revision 4 sends the bare data.
func AppendFrame(dst []byte, r Revision, p Packet) []byte {
	if !p.Binary {
		return append(append(dst, '0'+byte(p.Type)), p.Data...)
	}
	if r == Revision3 {
		dst = append(dst, byte(p.Type))
	}
	return append(dst, p.Data...)
}

// AppendText appends the text form of p, which is what a text payload holds,
// and what a revision 3 client with b64=1 receives in a text frame. Binary data
// becomes base64: "b<base64>" in revision 4, "b4<base64>" in revision 3.
func AppendText(dst []byte, r Revision, p Packet) []byte {
	if !p.Binary {
		return AppendFrame(dst, r, p)
	}
	dst = append(dst, base64Mark)
	if r == Revision3 {
		dst = append(dst, '0'+byte(p.Type))
	}
	return base64Encoding.AppendEncode(dst, p.Data)
}

// ParseFrame decodes the content of one WebSocket frame; binary says whether it
// is a binary frame. A text frame may hold a base64 packet, as the original
// implementation allows. Data aliases frame, base64 data excepted. The error is
// a *SyntaxError.
func ParseFrame(r Revision, binary bool, frame []byte) (Packet, error) {
	if binary {
		return parseBinary(r, frame, 0)
	}
	return parseText(r, frame, 0)
}

// parseBinary decodes a binary packet that stands at offset base of the input.
func parseBinary(r Revision, b []byte, base int) (Packet, error) {
	if r != Revision3 {
		return Packet{Type: Message, Binary: true, Data: b}, nil
	}
	if len(b) == 0 {
		return Packet{}, &SyntaxError{base, RuleEmpty}
	}
	if t := Type(b[0]); !t.valid() {
		return Packet{}, &SyntaxError{base, RuleType}
	} else if t != Message {
		return Packet{}, &SyntaxError{base, RuleBinaryType}
	}
	return Packet{Type: Message, Binary: true, Data: b[1:]}, nil
}

// parseText decodes the text form of a packet that stands at offset base of the
// input.
func parseText(r Revision, b []byte, base int) (Packet, error) {
	if len(b) == 0 {
		return Packet{}, &SyntaxError{base, RuleEmpty}
	}
	if b[0] == base64Mark {
		return parseBase64(r, b, base)
	}
	t := Type(b[0] - '0')
	if !t.valid() {
		return Packet{}, &SyntaxError{base, RuleType}
	}
	if at := invalidUTF8(b); at >= 0 {
		return Packet{}, &SyntaxError{base + at, RuleUTF8}
	}
	return Packet{Type: t, Data: b[1:]}, nil
}

// parseBase64 decodes b, which begins with base64Mark.
func parseBase64(r Revision, b []byte, base int) (Packet, error) {
	start := 1
	if r == Revision3 {
		if len(b) == 1 {
			return Packet{}, &SyntaxError{base + 1, RuleBase64Type}
		}
		if t := Type(b[1] - '0'); !t.valid() {
			return Packet{}, &SyntaxError{base + 1, RuleType}
		} else if t != Message {
			return Packet{}, &SyntaxError{base + 1, RuleBinaryType}
		}
		start = 2
	}
	text := b[start:]
	// The decoder of the standard library skips line breaks.
	for i, c := range text {
		if c == '\r' || c == '\n' {
			return Packet{}, &SyntaxError{base + start + i, RuleBase64}
		}
	}
	data := make([]byte, base64Encoding.DecodedLen(len(text)))
	n, err := base64Encoding.Decode(data, text)
	if at, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return Packet{}, &SyntaxError{base + start + min(int(at), len(text)), RuleBase64}
	}
	return Packet{Type: Message, Binary: true, Data: data[:n]}, nil
}

// invalidUTF8 returns the offset of the first byte of b that begins no valid
// UTF-8 sequence, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	i := 0
	for {
		c, size := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
