package reports

import (
	"slices"
	"strings"
	"testing"
)

func TestLineWraps(t *testing.T) {
	tests := []struct {
		name  string
		width int
		hang  int
		text  string
		want  string
	}{
		{"fits", 20, 4, "12345678901234567890", "12345678901234567890\n"},
		{"at a space", 20, 4, "a line that is longer than that", "a line that is\n    longer than that\n"},
		{"space at the edge", 20, 2, "12345678901234567890 b", "12345678901234567890\n  b\n"},
		{"inside of a word", 20, 2, "12345678901234567890123", "12345678901234567890\n  123\n"},
		{"not at a space that is far to the left", 20, 2, "a 12345678901234567890", "a 123456789012345678\n  90\n"},
		{"many lines", 20, 6, strings.Repeat("abcd ", 8), "abcd abcd abcd abcd\n      abcd abcd abcd\n      abcd\n"},
		{"hang too far", 24, 50, strings.Repeat("abcd ", 6), "abcd abcd abcd abcd abcd\n        abcd\n"},
		{"wide characters", 20, 2, "日本語日本語日本語日本語", "日本語日本語日本語日\n  本語\n"},
		{"narrower than anything", 1, 2, "12345678901234567890123", "12345678901234567890\n  123\n"},
		{"no width", 0, 2, strings.Repeat("x", 300), strings.Repeat("x", 300) + "\n"},
		{"spaces at the end", 20, 2, "a   ", "a\n"},
		{"empty", 20, 2, "", "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &page{width: tt.width, utf8: true}
			p.line(tt.hang, plain(tt.text))
			if got := p.text.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestLineEndsItsColours(t *testing.T) {
	p := &page{width: 20, utf8: true, color: true}
	p.line(2, red("red "), plain("plain "), bold("bold and longer than that"))
	want := "\x1b[31mred \x1b[0mplain \x1b[1mbold and\x1b[0m\n  \x1b[1mlonger than that\x1b[0m\n"
	if got := p.text.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLineWithoutColours(t *testing.T) {
	p := &page{utf8: true}
	p.line(2, red("red"), dim(" dim"))
	if got := p.text.String(); got != "red dim\n" {
		t.Errorf("%q", got)
	}
}

func TestFieldKeepsItsLinesBelowItsLabel(t *testing.T) {
	p := &page{utf8: true}
	p.field("actual", "one\ntwo\nthree\nfour\n", 2)
	want := "  actual    one\n            two\n            … 2 more lines\n"
	if got := p.text.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFirstAndLastLines(t *testing.T) {
	tests := []struct {
		text      string
		n         int
		first     []string
		firstLeft int
		last      []string
		lastLeft  int
	}{
		{"", 2, []string{""}, 0, []string{""}, 0},
		{"a", 2, []string{"a"}, 0, []string{"a"}, 0},
		{"a\nb", 2, []string{"a", "b"}, 0, []string{"a", "b"}, 0},
		{"a\nb\nc", 2, []string{"a", "b"}, 1, []string{"b", "c"}, 1},
		{"a\nb\nc\nd\n", 2, []string{"a", "b"}, 2, []string{"c", "d"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got, left := firstLines(tt.text, tt.n); !slices.Equal(got, tt.first) || left != tt.firstLeft {
				t.Errorf("first %q and %d left, want %q and %d", got, left, tt.first, tt.firstLeft)
			}
			if got, left := lastLines(tt.text, tt.n); !slices.Equal(got, tt.last) || left != tt.lastLeft {
				t.Errorf("last %q and %d left, want %q and %d", got, left, tt.last, tt.lastLeft)
			}
		})
	}
}
