package reports

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"text", `42["a \"b\"",{"é":"日本"}]`, `42["a \"b\"",{"é":"日本"}]`},
		{"NUL", "a\x00b", `a\x00b`},
		{"clear screen", "\x1b[2J", `\x1b[2J`},
		{"C1 CSI", "\u009b2J", `\u{9b}2J`},
		{"line ends and tab", "a\r\n\tb", `a\x0d\x0a\x09b`},
		{"delete", "\x7f", `\x7f`},
		{"override", "a\u202eb", `a\u{202e}b`},
		{"embeddings", "\u202a\u202b\u202c\u202d", `\u{202a}\u{202b}\u{202c}\u{202d}`},
		{"isolates", "\u2066\u2067\u2068\u2069", `\u{2066}\u{2067}\u{2068}\u{2069}`},
		{"marks of direction", "\u200e\u200f\u061c", `\u{200e}\u{200f}\u{61c}`},
		{"zero width", "a\u200b\u200d\u2060", `a\u{200b}\u{200d}\u{2060}`},
		{"byte order mark", "\ufeffa", `\u{feff}a`},
		{"separators", "\u2028\u2029\u0085", `\u{2028}\u{2029}\u{85}`},
		{"odd spaces", "a\u00a0\u3000b", `a\u{a0}\u{3000}b`},
		{"not a character", "\ufffe\uffff", `\u{fffe}\u{ffff}`},
		{"private use", "\ue000\U0010ffff", `\u{e000}\u{10ffff}`},
		{"tags", "\U000e0041", `\u{e0041}`},
		{"invalid UTF-8", "a\xff\xc3", `a\xff\xc3`},
		{"surrogate as UTF-8", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"replacement character", "\ufffd", "\ufffd"},
		{"JSON escapes", `"\u202e\n\\"`, `"\u202e\n\\"`},
		{"spelled like an escape", `\x1b \u{1b}`, `\\x1b \\u{1b}`},
		{"backslash before a control", "\\\x1b", `\\\x1b`},
		{"two backslashes before x", `\\x`, `\\\\x`},
		{"backslash at the end", `a\`, `a\`},
		{"backslash before u", `\u0041`, `\u0041`},
		{"accent", "e\u0301", "e\u0301"},
		{"mark at the beginning", "\u0301e", `\u{301}e`},
		{"mark behind an escape", "\x00\u0301", `\x00\u{301}`},
		{"mark on a backslash", "\\\u0301", "\\\u0301"},
		{"marks in a heap", "e\u0301\u0302\u0303\u0304\u0305", "e\u0301\u0302\u0303" + `\u{304}\u{305}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Printable(tt.in); got != tt.want {
				t.Errorf("Printable(%q) is %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestPrintableBoundsLength(t *testing.T) {
	const size = 5 << 20
	for name, unit := range map[string]string{"text": "a", "NUL": "\x00", "backslash": `\`, "wide": "日", "override": "\u202e", "invalid": "\xff", "mark": "\u0301"} {
		t.Run(name, func(t *testing.T) {
			in := strings.Repeat(unit, size/len(unit))
			got := Printable(in)
			note := "… (" + strconv.Itoa(len(in)) + " bytes)"
			if !strings.HasSuffix(got, note) || len(got) > printableLimit+len(note) {
				t.Errorf("%d bytes, ending with %q", len(got), got[max(0, len(got)-40):])
			}
		})
	}
}

func TestPrintableCutsNoCharacterAndNoEscape(t *testing.T) {
	for limit := range 20 {
		got := printable("é\x00日\u202e", limit, false)
		kept, _, cut := strings.Cut(got, "…")
		if full := printable("é\x00日\u202e", noLimit, false); !strings.HasPrefix(full, kept) || !cut && got != full {
			t.Errorf("limit %d: %q", limit, got)
		}
		if strings.HasSuffix(kept, `\`) || strings.HasSuffix(kept, `\x`) || strings.HasSuffix(kept, `\x0`) || strings.Count(kept, "{") != strings.Count(kept, "}") {
			t.Errorf("limit %d: cut inside of an escape: %q", limit, got)
		}
	}
}

func TestPrintableInASCII(t *testing.T) {
	if got, want := printable("é\u202e… a", noLimit, true), `\u{e9}\u{202e}\u{2026} a`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := printable("éé", 6, true), `\u{e9}... (4 bytes)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// unprintable is the inverse of printable without a limit. That it exists shows that no two strings look the same.
func unprintable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		n := len(s) - len(strings.TrimLeft(s, `\`))
		s = s[n:]
		hex, long := strings.HasPrefix(s, "x"), strings.HasPrefix(s, "u{")
		if !hex && !long {
			b.WriteString(strings.Repeat(`\`, n))
		} else {
			b.WriteString(strings.Repeat(`\`, n/2))
		}
		switch {
		case n%2 == 1 && hex:
			v, _ := strconv.ParseUint(s[1:3], 16, 8)
			b.WriteByte(byte(v))
			s = s[3:]
		case n%2 == 1 && long:
			end := strings.IndexByte(s, '}')
			v, _ := strconv.ParseUint(s[2:end], 16, 32)
			b.WriteRune(rune(v))
			s = s[end+1:]
		case s != "":
			_, size := utf8.DecodeRuneInString(s)
			b.WriteString(s[:size])
			s = s[size:]
		}
	}
	return b.String()
}

func FuzzPrintable(f *testing.F) {
	for _, s := range hostileStrings() {
		if len(s) < 1000 {
			f.Add(s)
		}
	}
	f.Add("\\\x1b\\x\\\\x\\u{}\\\\\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, ascii := range []bool{false, true} {
			got := printable(s, noLimit, ascii)
			for _, r := range got {
				if !unicode.IsPrint(r) || ascii && r >= utf8.RuneSelf {
					t.Errorf("%q has %U", got, r)
				}
			}
			if !utf8.ValidString(got) {
				t.Errorf("%q is not UTF-8", got)
			}
			if back := unprintable(got); back != s {
				t.Errorf("%q looks like %q: %q", s, back, got)
			}
		}
	})
}

func TestClip(t *testing.T) {
	tests := []struct {
		in    string
		limit int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "abc… (4 bytes)"},
		{"aéb", 2, "a… (4 bytes)"},
		{"日本", 5, "日… (6 bytes)"},
		{"\xff\xff\xff", 2, "\xff\xff… (3 bytes)"},
	}
	for _, tt := range tests {
		if got := clip(tt.in, tt.limit); got != tt.want {
			t.Errorf("clip(%q, %d) is %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{{"", 0}, {"abc", 3}, {"é", 1}, {"e\u0301", 1}, {"日本", 4}, {"한", 2}, {"😀", 2}, {"✓✗≠○…", 5}}
	for _, tt := range tests {
		if got := textColumns(tt.in); got != tt.want {
			t.Errorf("%q takes %d columns, want %d", tt.in, got, tt.want)
		}
	}
}

func TestBrief(t *testing.T) {
	tests := []struct {
		in    string
		ascii bool
		want  string
	}{{"abc", false, "abc"}, {"abcd", false, "abc…"}, {"abcd", true, "abc..."}, {"é", true, "..."}}
	for _, tt := range tests {
		if got := brief(tt.in, 3, tt.ascii); got != tt.want {
			t.Errorf("brief(%q) is %q, want %q", tt.in, got, tt.want)
		}
	}
}
