package reports

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printableLimit is how many bytes Printable returns, before the note on what it left out.
const printableLimit = 1000

// marksLimit is how many combining marks Printable leaves on one character.
const marksLimit = 3

// Printable returns s in a form that does nothing to a terminal and hides nothing from a reader. Characters that show themselves stay as
// they are. A control character and a byte that is not UTF-8 become \x and two hex digits; any other character that does not show itself
// (C1 controls, bidirectional overrides, zero width, line separators, spaces but the common one, the byte order mark, private use) becomes
// \u{hex}, and so does a combining mark at the beginning, behind an escape, or beyond the third on one character. JSON has neither form, so
// an escape of ours is told from one that was sent; backslashes in front of x, of u{ and of an escape are doubled, so that no two strings
// look the same.
//
// Of a long s, about the first 1000 bytes of this form are returned, with a note of how many bytes s has: "… (5242880 bytes)".
func Printable(s string) string { return printable(s, printableLimit, false) }

// printable is Printable with another limit (none when negative). With ascii set it escapes everything beyond ASCII too.
func printable(s string, limit int, ascii bool) string {
	text, cut := escape(s, limit, ascii)
	if cut {
		return text + cutNote(len(s), ascii)
	}
	return text
}

// brief is printable for names in columns: of a long s it returns the beginning and a mark.
func brief(s string, limit int, ascii bool) string {
	text, cut := escape(s, limit, ascii)
	switch {
	case cut && ascii:
		return text + "..."
	case cut:
		return text + "…"
	default:
		return text
	}
}

// escape returns the form of s, and whether it ends early because it would have more than limit bytes.
func escape(s string, limit int, ascii bool) (text string, cut bool) {
	var b strings.Builder
	marks := marksLimit // on the character before
	for rest := s; len(rest) > 0; {
		backslashes := len(rest) - len(strings.TrimLeft(rest, `\`))
		rest = rest[backslashes:]
		if backslashes > 0 {
			marks = 0
		}
		r, size := utf8.DecodeRuneInString(rest)
		piece := rest[:size]
		switch {
		case r == utf8.RuneError && size == 1, size == 1 && !unicode.IsPrint(r):
			piece = fmt.Sprintf(`\x%02x`, rest[0])
		case size > 1 && (ascii || !unicode.IsPrint(r) || columns(r) == 0 && marks == marksLimit):
			piece = fmt.Sprintf(`\u{%x}`, r)
		}
		switch {
		case piece != rest[:size]:
			marks = marksLimit
		case size > 0 && columns(r) == 0:
			marks++
		default:
			marks = 0
		}
		if piece != rest[:size] || strings.HasPrefix(rest, "x") || strings.HasPrefix(rest, "u{") {
			backslashes *= 2
		}
		if limit >= 0 && b.Len()+backslashes+len(piece) > limit {
			return b.String(), true
		}
		for range backslashes {
			b.WriteByte('\\')
		}
		b.WriteString(piece)
		rest = rest[size:]
	}
	return b.String(), false
}

// cutNote says that something was cut from a string of so many bytes.
func cutNote(size int, ascii bool) string {
	if ascii {
		return fmt.Sprintf("... (%d bytes)", size)
	}
	return fmt.Sprintf("… (%d bytes)", size)
}

// clip returns s, or of an s that is longer than limit bytes its beginning and the note of Printable. It escapes nothing.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + cutNote(len(s), false)
}

// columns returns how many columns of a terminal a printable r takes.
func columns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && wide(r):
		return 2
	default:
		return 1
	}
}

// wide says whether r is one of the characters that East Asian Width (UAX 11) calls wide. The ranges are coarse: a character that is
// taken for wide and is not makes a line end early, and nothing worse.
func wide(r rune) bool {
	for _, in := range [][2]rune{
		{0x1100, 0x115f}, {0x231a, 0x231b}, {0x23e9, 0x23f3}, {0x25fd, 0x25fe}, {0x2614, 0x2615}, {0x2648, 0x2653}, {0x26aa, 0x26ab},
		{0x2705, 0x2705}, {0x274c, 0x274e}, {0x2753, 0x2757}, {0x2795, 0x2797}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b55}, {0x2e80, 0xa4cf},
		{0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x16fe0, 0x18dff},
		{0x1aff0, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f1ff}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f9ff}, {0x1fa70, 0x1faff},
		{0x20000, 0x3fffd},
	} {
		if r >= in[0] && r <= in[1] {
			return true
		}
	}
	return false
}

// textColumns returns how many columns a printable s takes.
func textColumns(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}
