package peer

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// separator stands between the packets of a payload in Engine.IO revision 4.
const separator = '\x1e'

// A Payload is one packet of a payload. Data of a binary one is its content, without the type.
type Payload struct {
	Binary bool
	Data   []byte
}

// EncodePayload joins text packets to the body of a POST as the revision wants it.
func EncodePayload(r wire.Revision, packets ...string) string {
	var frames []Frame
	for _, packet := range packets {
		frames = append(frames, Frame{Data: []byte(packet)})
	}
	return string(encodePayload(r, frames))
}

// encodePayload joins packets to the body of a POST. Binary ones are sent as base64 in either revision.
func encodePayload(r wire.Revision, frames []Frame) []byte {
	var body []byte
	for i, f := range frames {
		switch {
		case r == wire.Revision4:
			body = appendLengthPrefixed(body, f)
		case i > 0:
			body = appendText(append(body, separator), f, "b")
		default:
			body = appendText(body, f, "b")
		}
	}
	return body
}

// appendText appends a packet in its textual form. mark stands before the base64 of a binary one.
func appendText(dst []byte, f Frame, mark string) []byte {
	if !f.Binary {
		return append(dst, f.Data...)
	}
	return base64.StdEncoding.AppendEncode(append(dst, mark...), f.Data)
}

func appendLengthPrefixed(dst []byte, f Frame) []byte {
	text := appendText(nil, f, "b4")
	dst = strconv.AppendInt(dst, int64(utf16Length(text)), 10)
	return append(append(dst, ':'), text...)
}

// utf16Length returns the number of UTF-16 code units of text, which is what Engine.IO revision 3 counts.
func utf16Length(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n += utf16Units(r)
	}
	return n
}

func utf16Units(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// DecodePayload splits the body of a poll. What cannot be split or decoded stays as it is.
func DecodePayload(r wire.Revision, header http.Header, body []byte) []Payload {
	switch {
	case r != wire.Revision4:
		return decodeSeparated(body)
	case strings.HasPrefix(header.Get("Content-Type"), "application/octet-stream"):
		return decodeOctets(body)
	default:
		return decodeLengthPrefixed(body)
	}
}

// decodeSeparated reads a payload of Engine.IO revision 4.
func decodeSeparated(body []byte) []Payload {
	var packets []Payload
	for part := range bytes.SplitSeq(body, []byte{separator}) {
		packets = append(packets, decodeText(part, "b"))
	}
	return packets
}

func decodeText(text []byte, mark string) Payload {
	if encoded, ok := bytes.CutPrefix(text, []byte(mark)); ok {
		if data, err := base64.StdEncoding.DecodeString(string(encoded)); err == nil {
			return Payload{Binary: true, Data: data}
		}
	}
	return Payload{Data: text}
}

// decodeLengthPrefixed reads a textual payload of Engine.IO revision 3.
func decodeLengthPrefixed(body []byte) []Payload {
	var packets []Payload
	for len(body) > 0 {
		digits, rest, ok := bytes.Cut(body, []byte{':'})
		n, err := strconv.Atoi(string(digits))
		end := utf16Offset(rest, n)
		if !ok || err != nil || end < 0 {
			return append(packets, Payload{Data: body})
		}
		if n > 0 {
			packets = append(packets, decodeText(rest[:end], "b4"))
		}
		body = rest[end:]
	}
	return packets
}

// utf16Offset returns how many bytes of text hold its first n UTF-16 code units, -1 when there are not as many or the last one is half a character.
func utf16Offset(text []byte, n int) int {
	end := 0
	for n > 0 && end < len(text) {
		r, size := utf8.DecodeRune(text[end:])
		n -= utf16Units(r)
		end += size
	}
	if n != 0 {
		return -1
	}
	return end
}

// decodeOctets reads a binary payload of Engine.IO revision 3: for each packet a mark, 0 for text and 1 for binary, the decimal digits of the length in bytes as bytes from 0 to 9, the
// byte 255, and the packet.
func decodeOctets(body []byte) []Payload {
	var packets []Payload
	for len(body) > 0 {
		head, rest, ok := bytes.Cut(body, []byte{255})
		n := octetLength(head)
		if !ok || n < 0 || n > len(rest) {
			return append(packets, Payload{Data: body})
		}
		packets = append(packets, octetPacket(head[0] == 1, rest[:n]))
		body = rest[n:]
	}
	return packets
}

// octetLength returns the length that the digits behind the mark of head stand for, -1 when there are none.
func octetLength(head []byte) int {
	if len(head) < 2 || len(head) > 11 || head[0] > 1 {
		return -1
	}
	n := 0
	for _, digit := range head[1:] {
		if digit > 9 {
			return -1
		}
		n = n*10 + int(digit)
	}
	return n
}

// octetPacket returns a packet of a binary payload. A binary one begins with its type, which is that of a message.
func octetPacket(binary bool, data []byte) Payload {
	if content, ok := bytes.CutPrefix(data, []byte{messageType}); binary && ok {
		return Payload{Binary: true, Data: content}
	}
	return Payload{Binary: binary, Data: data}
}

// messageType is the type with which a binary message of Engine.IO revision 3 begins.
const messageType = 4
