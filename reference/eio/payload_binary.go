package eio

import "strconv"

// The marks of the binary payload form.
const (
	textMark   = 0x00
	binaryMark = 0x01
	lengthEnd  = 0xff
)

// AppendBinaryPayload appends the binary payload of revision 3 that holds ps:
// for each packet 0x00 for text or 0x01 for bytes, its length in bytes as
// decimal digits of the values 0 to 9, 0xff, and the packet.
func AppendBinaryPayload(dst []byte, ps []Packet) []byte {
	for _, p := range ps {
		mark := byte(textMark)
		if p.Binary {
			mark = binaryMark
		}
		dst = append(dst, mark)
		digits := len(dst)
		dst = strconv.AppendInt(dst, int64(1+len(p.Data)), 10)
		for i := digits; i < len(dst); i++ {
			dst[i] -= '0'
		}
		dst = append(dst, lengthEnd)
		dst = AppendFrame(dst, Revision3, p)
	}
	return dst
}

// ParseBinaryPayload appends to dst the packets of a binary payload of revision
// 3. On an error, which is a *SyntaxError, it returns those before the bad one
// as well. The packets alias body, base64 data excepted.
func ParseBinaryPayload(dst []Packet, body []byte, l Limits) ([]Packet, error) {
	if len(body) == 0 {
		return dst, &SyntaxError{0, RulePayloadEmpty}
	}
	for start, n := 0, 1; start < len(body); n++ {
		if l.exceeded(n) {
			return dst, &SyntaxError{start, RulePackets}
		}
		mark := body[start]
		if mark != textMark && mark != binaryMark {
			return dst, &SyntaxError{start, RuleMarker}
		}
		length, at, err := parseLength(body, start+1, lengthEnd, 0)
		if err != nil {
			return dst, err
		}
		if length > len(body)-at {
			return dst, &SyntaxError{len(body), RuleTruncated}
		}
		end := at + length
		parse := parseText
		if mark == binaryMark {
			parse = parseBinary
		}
		p, err := parse(Revision3, body[at:end:end], at)
		if err != nil {
			return dst, err
		}
		dst = append(dst, p)
		start = end
	}
	return dst, nil
}
