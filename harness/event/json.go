package event

import (
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// AppendJSON appends v to dst as JSON in the form that the stream has: members of maps are sorted, nil slices and maps are empty ones,
// and the bytes are valid UTF-8 whatever is in v's strings, because an invalid sequence becomes U+FFFD. Control and formatting
// characters (C1 controls, bidirectional overrides, line separators, the byte order mark) are written as \u escapes, so that a line
// stays one line for every tool and the text can be looked at. Two keys of one map that differ only in invalid bytes are an error. opts
// may add to this.
func AppendJSON(dst []byte, v any, opts ...json.Options) ([]byte, error) {
	opts = append([]json.Options{
		jsonv1.OmitEmptyWithLegacySemantics(true),
		jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true),
	}, opts...)
	b, err := json.Marshal(v, opts...)
	if err != nil {
		return dst, err
	}
	return appendEscaped(dst, b), nil
}

// appendEscaped appends JSON with every character that does not show itself replaced by its escape. Outside of strings JSON has none.
func appendEscaped(dst, b []byte) []byte {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			dst = append(dst, b[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = appendUnit(appendUnit(dst, high), low)
		default:
			dst = appendUnit(dst, r)
		}
		b = b[size:]
	}
	return dst
}

func appendUnit(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
