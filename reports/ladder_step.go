package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// class says how a step looks: its kind, and whether it is the one that was not expected.
func (d *draft) class(e wire.Entry) string {
	class := string(e.Kind)
	switch e.Kind {
	case wire.KindPacket, wire.KindHTTP, wire.KindOpen, wire.KindClose, wire.KindExpect, wire.KindFault:
	default:
		class = "note"
	}
	if e.Kind == wire.KindPacket && e.Direction == wire.In && d.waiting && (d.result.Actual == wire.Quote(e.Data) || d.result.Actual == string(e.Data)) {
		d.waiting = false
		return class + " actual"
	}
	return class
}

// head returns the first line of a step: what it is, of which session, over which transport. It puts the namespace in front of it.
func (d *draft) head(e wire.Entry, p *wire.Packet, r *rung) string {
	var parts []string
	switch {
	case p != nil:
		parts = append(parts, d.packetHead(p, r))
	case e.Kind == wire.KindExpect:
		parts = append(parts, "expected")
	case e.Kind == wire.KindPacket, e.Kind == wire.KindHTTP:
		parts = append(parts, brief(e.Text, fieldLimit, false))
	default:
		parts = append(parts, brief(string(e.Kind), nameLimit, false), brief(e.Text, fieldLimit, false))
	}
	if lane, known := d.lanes[e.Session]; known && (len(d.Lanes) > 1 || lane == ladderLanes-1) {
		parts = append(parts, brief(e.Session, shortLimit+8, false))
	}
	parts = append(parts, brief(e.Transport, shortLimit, false))
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return shorten(strings.Join(parts, " · "), ladderColumns-columnsIn(r.HeadX-r.X), "…")
}

// packetHead says what an Engine.IO packet is.
func (d *draft) packetHead(p *wire.Packet, r *rung) string {
	head := p.TypeName()
	if p.Engine == '4' && p.Type != 0 && !p.Binary {
		r.Pill = d.pill(p.Namespace, r)
		r.HeadX = r.Pill.X + r.Pill.Width + 6
	}
	if p.AckID != "" {
		head += ", id " + brief(p.AckID, shortLimit, false)
	}
	if p.IsBinaryHeader() {
		head += ", " + count(p.AttachmentCount(), "attachment", "attachments")
	}
	if len(p.Raw) > ladderColumns || p.Binary {
		head += ", " + count(len(p.Raw), "byte", "bytes")
	}
	return head
}

// pill returns the name of a namespace in its colour: that of / is 0, the others have 1 to 5 in the order in which they come.
func (d *draft) pill(namespace string, r *rung) *pill {
	color, known := d.colors[namespace]
	if !known {
		color = (len(d.colors)-1)%5 + 1
		d.colors[namespace] = color
	}
	text := shorten(brief(namespace, 4*shortLimit, false), 28, "…")
	return &pill{X: r.X, Y: r.Y - 10, Width: textColumns(text)*monoTenths/10 + 9, Color: color, Text: text}
}

// bytes adds what a step carries, and marks what is wrong with it where it is.
func (d *draft) bytes(e wire.Entry, p *wire.Packet, r *rung) {
	d.y += 13
	r.WireY = d.y - 3
	switch {
	case e.Kind == wire.KindExpect:
		r.Wire[0] = cutColumns(e.Text, ladderColumns)
	case p == nil || p.Binary || len(p.Problems) == 0:
		r.Wire[0] = cutColumns(string(e.Data), ladderColumns)
	default:
		d.mark(p, r)
	}
}

// mark adds the bytes of a packet, and below them what is wrong with it.
func (d *draft) mark(p *wire.Packet, r *rung) {
	const most = 3
	var at int
	problems := p.Problems
	r.Wire, at = markAt(string(p.Raw), problems[0].Offset)
	for _, problem := range problems[:min(len(problems), most)] {
		text := fmt.Sprintf("^ offset %d: %s", problem.Offset, problem.Text)
		if problem.Offset == problems[0].Offset {
			text = strings.Repeat(" ", min(at, ladderColumns/2)) + text
		}
		d.y += 13
		r.Carets = append(r.Carets, caret{Y: d.y - 3, Text: shorten(brief(text, fieldLimit, false), ladderColumns+4, "…")})
	}
}

// markAt splits s into what stands before the character at offset, that, and what is behind, escaped and cut to the columns of a ladder. It says
// in which column the character is.
func markAt(s string, offset int) (parts [3]string, column int) {
	offset = min(offset, len(s))
	_, size := utf8.DecodeRuneInString(s[offset:])
	before := s[:offset]
	if most := 4 * ladderColumns; len(before) > most {
		before = before[len(before)-most:]
		for !utf8.RuneStart(before[0]) && len(before) > 1 {
			before = before[1:]
		}
	}
	parts[0], _ = escape(before, noLimit, false)
	for cells := []rune(parts[0]); textColumns(parts[0]) > ladderColumns/2; {
		cells = cells[1:]
		parts[0] = "…" + string(cells)
	}
	column = textColumns(parts[0])
	parts[1], _ = escape(s[offset:offset+size], noLimit, false)
	if size == 0 {
		parts[1] = "⟨end⟩"
	}
	if column+textColumns(parts[1]) < ladderColumns {
		parts[2] = cutColumns(s[offset+size:], ladderColumns-column-textColumns(parts[1]))
	}
	return parts, column
}

// cutColumns returns s escaped and cut to so many columns.
func cutColumns(s string, most int) string {
	return shorten(brief(s, 8*most, false), most, "…")
}

// arrowPath returns the arrow of a step from the lifeline at from to the target's at to, or the other way round.
func arrowPath(e wire.Entry, from, to, y int) string {
	switch {
	case e.Kind == wire.KindClose:
		x := from
		if e.Direction == wire.Out {
			x = to
		}
		return fmt.Sprintf("M%d %dH%dM%d %dl8 8m0-8l-8 8", from, y, to, x-4, y-4)
	case e.Direction == wire.Out:
		return fmt.Sprintf("M%d %dH%dm-7-4l7 4-7 4", from, y, to-1)
	case e.Direction == wire.In, e.Kind == wire.KindExpect:
		return fmt.Sprintf("M%d %dH%dm7-4l-7 4 7 4", to, y, from+1)
	default:
		return fmt.Sprintf("M%d %dl4-4 4 4-4 4z", from-4, y-4)
	}
}
