package reports

import "strings"

// A style is how a span looks where colours are on.
type style int

const (
	plainStyle style = iota
	boldStyle
	dimStyle
	redStyle
	greenStyle
	yellowStyle
)

// codes are the SGR parameters of the styles.
var codes = [...]string{plainStyle: "", boldStyle: "1", dimStyle: "2", redStyle: "31", greenStyle: "32", yellowStyle: "33"}

// Limits of what text shows of one string, in bytes.
const (
	nameLimit  = 200  // names, addresses
	fieldLimit = 1000 // reasons, statements, what was expected and what came
	entryLimit = 300  // one entry of a transcript in a failure
	noLimit    = -1
)

// A span is a piece of a line. Its text is raw, as it came from the stream; the page escapes it, once, when it lays it out.
type span struct {
	text  string
	style style
	limit int  // bytes of escaped text; 0: fieldLimit
	brief bool // a cut shows as a mark only
	exact bool // a space at the end is escaped, because it would not be seen
}

func plain(s string) span { return span{text: s} }
func bold(s string) span  { return span{text: s, style: boldStyle} }
func dim(s string) span   { return span{text: s, style: dimStyle} }
func red(s string) span   { return span{text: s, style: redStyle} }

// max returns s with another limit.
func (s span) max(limit int) span {
	s.limit = limit
	return s
}

// exactly returns s as it came from a target.
func exactly(s string) span { return span{text: s, exact: true} }

// A page is text under construction: the only way to it goes through line, which lets no unescaped byte pass.
type page struct {
	width int // columns; 0: lines are not wrapped
	color bool
	utf8  bool
	text  strings.Builder

	spaced bool // what stands before this page ends with an empty line, or nothing does
}

// minWidth is the width that narrower terminals are taken to have.
const minWidth = 20

// A cell is one character of a line, escaped, with what it looks like.
type cell struct {
	r       rune
	columns int
	style   style
}

// line adds a line. What does not fit goes on below, hang columns from the left.
func (p *page) line(hang int, spans ...span) {
	cells := p.cells(spans)
	width := p.width
	if width <= 0 {
		p.put(0, cells)
		return
	}
	width = max(width, minWidth)
	hang = min(hang, width/3)
	indent := 0
	for {
		n := fit(cells, width-indent)
		p.put(indent, cells[:n])
		cells = cells[n:]
		for len(cells) > 0 && cells[0].r == ' ' {
			cells = cells[1:]
		}
		if len(cells) == 0 {
			return
		}
		indent = hang
	}
}

// gap adds an empty line, unless one stands there.
func (p *page) gap() {
	if !p.endsSpaced() {
		p.text.WriteByte('\n')
	}
}

func (p *page) endsSpaced() bool {
	text := p.text.String()
	return text == "" && p.spaced || text == "\n" || strings.HasSuffix(text, "\n\n")
}

// fit returns how many cells go on a line of so many columns: up to the last space where there is one beyond the first third.
func fit(cells []cell, width int) int {
	used, space, spaceAt := 0, 0, 0
	for i, c := range cells {
		if c.r == ' ' {
			space, spaceAt = i, used
		}
		if used += c.columns; used > width {
			if spaceAt > width/3 {
				return space
			}
			return max(i, 1)
		}
	}
	return len(cells)
}

// cells escapes spans.
func (p *page) cells(spans []span) []cell {
	var cells []cell
	for _, s := range spans {
		for _, r := range p.escaped(s) {
			cells = append(cells, cell{r: r, columns: columns(r), style: s.style})
		}
	}
	return cells
}

// escaped returns what a span shows.
func (p *page) escaped(s span) string {
	limit := s.limit
	if limit == 0 {
		limit = fieldLimit
	}
	text := printable(s.text, limit, !p.utf8)
	if s.brief {
		text = brief(s.text, limit, !p.utf8)
	}
	if before, found := strings.CutSuffix(text, " "); s.exact && found {
		text = before + `\x20`
	}
	return text
}

// put writes one line of cells, without spaces at its end.
func (p *page) put(indent int, cells []cell) {
	for len(cells) > 0 && cells[len(cells)-1].r == ' ' {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > 0 {
		p.text.WriteString(strings.Repeat(" ", indent))
	}
	current := plainStyle
	for _, c := range cells {
		if p.color && c.style != current {
			p.switchTo(current, c.style)
			current = c.style
		}
		p.text.WriteRune(c.r)
	}
	if p.color {
		p.switchTo(current, plainStyle)
	}
	p.text.WriteByte('\n')
}

func (p *page) switchTo(from, to style) {
	if from != plainStyle && from != to {
		p.text.WriteString("\x1b[0m")
	}
	if to != plainStyle {
		p.text.WriteString("\x1b[" + codes[to] + "m")
	}
}

// field adds "  label  text". A text of several lines stays one below the label's column, up to so many lines.
func (p *page) field(label, text string, lines int) {
	const indent, column = 2, 12
	parts, left := firstLines(text, lines)
	for i, part := range parts {
		if i > 0 {
			label = ""
		}
		p.line(column, dim(pad(strings.Repeat(" ", indent)+label, column)), exactly(part))
	}
	p.leftOut(column, left)
}

// leftOut adds a note that so many lines are left out, when there are any.
func (p *page) leftOut(indent, lines int) {
	if lines > 0 {
		p.line(indent, dim(strings.Repeat(" ", indent)+p.mark("…", "...")+" "+count(lines, "more line", "more lines")))
	}
}

// mark returns utf8 where the page may hold it, and else ascii.
func (p *page) mark(utf8, ascii string) string {
	if p.utf8 {
		return utf8
	}
	return ascii
}

// firstLines returns the first n lines of s and how many follow.
func firstLines(s string, n int) (lines []string, left int) {
	lines = strings.SplitN(s, "\n", n+1)
	if len(lines) > n {
		left = 1 + strings.Count(strings.TrimSuffix(lines[n], "\n"), "\n")
		lines = lines[:n]
	}
	return lines, left
}

// lastLines returns the last n lines of s, without an empty one at the end, and how many stand before them.
func lastLines(s string, n int) (lines []string, left int) {
	s = strings.TrimSuffix(s, "\n")
	left = max(0, strings.Count(s, "\n")+1-n)
	for end := len(s); n > 0; n-- {
		start := strings.LastIndexByte(s[:end], '\n')
		lines = append(lines, s[start+1:end])
		if start < 0 {
			break
		}
		end = start
	}
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	return lines, left
}

// pad fills an ASCII s up with spaces to width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-len(s)))
}
