package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A ladder is the picture of an exchange: a lifeline for each session on our end, one for the target, and an arrow for each packet, the latest
// at the bottom. All texts are escaped, all numbers are pixels.
type ladder struct {
	Width, Height int
	Label         string // what the picture is, for who does not see it
	Lanes         []lane
	Target        lane
	Rows          []rung
	Verdict       *confrontation
	Notes         []string // what is left out
}

// A lane is a lifeline, with the name at its top.
type lane struct {
	X, Y, Bottom int
	Name         string
}

// A rung is one step of the exchange.
type rung struct {
	Y      int    // of its first line of text
	X      int    // of its text
	At     string // milliseconds
	Class  string // how it looks
	Path   string // the arrow
	Pill   *pill  // the namespace
	HeadX  int
	Head   string    // what it is
	Wire   [3]string // the bytes as they were: before what is wrong, that, and behind it
	WireY  int
	Carets []caret // what is wrong
}

// A pill is the name of a namespace in its colour.
type pill struct {
	X, Y, Width int
	Color       int
	Text        string
}

// A caret is a remark below the bytes, in the same columns.
type caret struct {
	Y    int
	Text string
}

// A confrontation has what was expected beside what came.
type confrontation struct {
	Y, X, Width, Height int
	Middle              int
	At                  string
	Expected, Actual    []placed
	ExpectedX, ActualX  int
}

// A placed is a line of text at its height.
type placed struct {
	Y    int
	Text string
}

// The measures of a ladder, in pixels and columns.
const (
	ladderEntries = 48  // steps that are drawn
	ladderLanes   = 8   // lifelines on our end
	ladderColumns = 92  // of the bytes of a packet
	laneWidth     = 22  // from one lifeline to the next
	gutterWidth   = 78  // for the times
	monoTenths    = 73  // of a column, in tenths
	headHeight    = 15  // of a line of text
	textWidth     = 700 // of the texts between our lifelines and the target's
)

// ladderOf draws the transcript of r, of a long one the part around the failure; nil when there is nothing to draw.
func ladderOf(h *event.Header, r *event.Result) *ladder {
	steps, requests := ladderSteps(r.Transcript)
	if len(steps) == 0 {
		return nil
	}
	steps, before, after := excerpt(steps, ladderEntries)
	d := &draft{result: r, ladder: &ladder{Label: "Ladder diagram of the exchange; the transcript below says the same in words"}, lanes: map[string]int{}, colors: map[string]int{"/": 0}}
	d.revision = wire.Revision5
	if strings.HasPrefix(r.Axes, "rev4") {
		d.revision = wire.Revision4
	}
	d.heads(steps, h.Target.Name)
	for i := range steps {
		d.step(steps, i)
	}
	d.finish()
	for _, left := range []struct {
		n         int
		one, many string
	}{
		{before, "earlier step", "earlier steps"}, {after, "later step", "later steps"},
		{requests, "request or answer of long-polling", "requests and answers of long-polling"},
	} {
		if left.n > 0 {
			d.Notes = append(d.Notes, count(left.n, left.one, left.many))
		}
	}
	return d.ladder
}

// ladderSteps returns what is drawn of a transcript: without what is only waited for, but for what failed, and without the requests and answers
// that carry packets which are there on their own. It says how many of those there were.
func ladderSteps(entries []wire.Entry) (steps []wire.Entry, requests int) {
	carried := map[string]bool{} // by session: its packets over long-polling are there
	failure := slices.IndexFunc(entries, func(e wire.Entry) bool { return e.Kind == wire.KindFailure })
	expected := -1
	for i, e := range entries {
		switch {
		case e.Kind == wire.KindPacket && e.Transport == "polling":
			server, _, _ := strings.Cut(e.Session, "/") // the requests of all sessions of a scripted server are recorded as the server's
			carried[e.Session], carried[server] = true, true
		case e.Kind == wire.KindExpect && i < failure:
			expected = i
		}
	}
	for i, e := range entries {
		switch {
		case e.Kind == wire.KindExpect && i != expected:
		case e.Kind == wire.KindHTTP && carried[e.Session] && ordinary(entries[i:]):
			requests++
		default:
			steps = append(steps, e)
		}
	}
	return steps, requests
}

// ordinary says whether the first of the entries is an answer with status 200, or a request or body that gets one, as far as can be told.
func ordinary(entries []wire.Entry) bool {
	e := entries[0]
	if status, _, _ := strings.Cut(e.Text, " "); len(status) == 3 && strings.Trim(status, "0123456789") == "" {
		return status == "200"
	}
	for _, next := range entries[1:] {
		if next.Kind == wire.KindHTTP && next.Session == e.Session && next.Direction != e.Direction {
			return strings.HasPrefix(next.Text, "200")
		}
	}
	return true
}

// columnsIn returns how many columns of the bytes of a packet so many pixels hold.
func columnsIn(pixels int) int { return pixels * 10 / monoTenths }

// A draft is a ladder that is being drawn.
type draft struct {
	*ladder
	result   *event.Result
	revision wire.Revision
	lanes    map[string]int // by session: index of its lane
	colors   map[string]int // by namespace
	y        int            // where the next step begins
	textX    int
	targetX  int
	waiting  bool // what is expected was drawn, and what failed was not
}

// heads puts the lifelines, in the order in which the sessions come.
func (d *draft) heads(steps []wire.Entry, target string) {
	var names []string
	for _, e := range steps {
		if e.Session != "" && !slices.Contains(names, e.Session) {
			names = append(names, e.Session)
		}
	}
	for i, name := range names {
		d.lanes[name] = min(i, ladderLanes-1)
	}
	more := len(names) - ladderLanes
	names = names[:min(len(names), ladderLanes)]
	d.textX = gutterWidth + len(names)*laneWidth + 8
	d.targetX = d.textX + textWidth
	d.Width = d.targetX + 16
	for i, name := range names {
		shown := shorten(brief(name, 4*ladderColumns, false), ladderColumns-12, "…")
		if i == ladderLanes-1 && more > 0 {
			shown += " and " + count(more, "session", "sessions") + " more"
		}
		d.Lanes = append(d.Lanes, lane{X: gutterWidth + i*laneWidth, Y: headHeight * (i + 1), Name: shown})
	}
	d.Target = lane{X: d.targetX, Y: headHeight, Name: shorten(brief(target, 4*ladderColumns, false), 30, "…")}
	d.y = headHeight*(max(len(names), 1)+1) + 8
}

// step draws steps[i].
func (d *draft) step(steps []wire.Entry, i int) {
	e := steps[i]
	switch e.Kind {
	case wire.KindFailure:
		d.confront(e)
		return
	case wire.KindExpect:
		d.waiting = true
	}
	r := rung{Y: d.y + 11, X: d.textX, At: fmt.Sprintf("%.3f", float64(e.At)/float64(time.Millisecond)), Class: d.class(e), HeadX: d.textX}
	r.Head = d.head(e, &r)
	d.y += 17
	if len(e.Data) > 0 || e.Kind == wire.KindExpect {
		d.bytes(e, &r)
	}
	if from, known := d.lanes[e.Session]; known {
		r.Path = arrowPath(e, d.Lanes[from].X, d.targetX, d.y+1)
	}
	d.y += 12
	d.Rows = append(d.Rows, r)
}

// class says how a step looks: its kind, and whether it is the one that was not expected.
func (d *draft) class(e wire.Entry) string {
	class := string(e.Kind)
	switch e.Kind {
	case wire.KindPacket, wire.KindHTTP, wire.KindOpen, wire.KindClose, wire.KindExpect, wire.KindFault:
	default:
		class = "note"
	}
	if e.Kind == wire.KindPacket && e.Direction == wire.In && d.waiting && d.result.Actual == wire.Quote(e.Data) {
		d.waiting = false
		return class + " actual"
	}
	return class
}

// head returns the first line of a step, and puts the namespace in front of it.
func (d *draft) head(e wire.Entry, r *rung) string {
	head := ""
	switch {
	case e.Kind == wire.KindExpect:
		head = "expected"
	case e.Kind == wire.KindPacket && e.Transport != "":
		head = d.packetHead(e, r)
	case e.Kind == wire.KindPacket, e.Kind == wire.KindHTTP:
		head = brief(e.Text, fieldLimit, false)
	default:
		head = string(e.Kind) + " " + brief(e.Text, fieldLimit, false)
	}
	if lane, known := d.lanes[e.Session]; known && (len(d.Lanes) > 1 || lane == ladderLanes-1) {
		head = strings.TrimSpace(head+" · ") + " " + brief(e.Session, shortLimit+8, false)
	}
	if e.Transport != "" {
		head += " · " + brief(e.Transport, shortLimit, false)
	}
	return shorten(strings.TrimPrefix(head, "· "), ladderColumns-columnsIn(r.HeadX-r.X), "…")
}

// packetHead says what an Engine.IO packet is.
func (d *draft) packetHead(e wire.Entry, r *rung) string {
	p := wire.Dissect(d.revision, e.Binary, e.Data)
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
	if len(e.Data) > ladderColumns || e.Binary {
		head += ", " + count(len(e.Data), "byte", "bytes")
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
func (d *draft) bytes(e wire.Entry, r *rung) {
	d.y += 13
	r.WireY = d.y - 3
	if e.Kind == wire.KindExpect {
		r.Wire[0] = cutColumns(e.Text, ladderColumns)
		return
	}
	var problems []wire.Problem
	if e.Kind == wire.KindPacket && e.Transport != "" && !e.Binary {
		p := wire.Dissect(d.revision, false, e.Data)
		problems = p.Problems
	}
	if len(problems) == 0 {
		r.Wire[0] = cutColumns(string(e.Data), ladderColumns)
		return
	}
	at := 0
	r.Wire, at = markAt(string(e.Data), problems[0].Offset)
	for i, problem := range problems[:min(len(problems), 3)] {
		text := fmt.Sprintf("^ offset %d: %s", problem.Offset, problem.Text)
		if i == 0 || problem.Offset == problems[0].Offset {
			text = strings.Repeat(" ", min(at, ladderColumns/2)) + text
		}
		d.y += 12
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

// confront draws what was expected beside what came.
func (d *draft) confront(e wire.Entry) {
	if d.Verdict != nil {
		return // a second failure is what the first one led to
	}
	const padding = 10
	c := &confrontation{X: gutterWidth - 12, Y: d.y + 4, At: fmt.Sprintf("%.3f", float64(e.At)/float64(time.Millisecond))}
	c.Width = d.targetX + 8 - c.X
	c.Middle = c.X + c.Width/2
	c.ExpectedX, c.ActualX = c.X+padding, c.Middle+padding
	expected, actual := d.result.Expected, d.result.Actual
	wide := columnsIn(c.Width/2 - 2*padding)
	if expected == "" && actual == "" {
		actual, wide = e.Text, columnsIn(c.Width-2*padding)
		c.ActualX, c.Middle = c.ExpectedX, 0
	}
	var lines int
	place := func(text string) (all []placed) {
		for _, line := range wrapColumns(text, wide, 6) {
			all = append(all, placed{Y: c.Y + 34 + 13*len(all), Text: line})
		}
		lines = max(lines, len(all))
		return all
	}
	c.Expected, c.Actual = place(expected), place(actual)
	c.Height = 34 + 13*lines
	d.Verdict = c
	d.y = c.Y + c.Height + 12
}

// wrapColumns returns s escaped, in lines of so many columns, at most so many.
func wrapColumns(s string, columnsMost, linesMost int) []string {
	cells := []rune(cutColumns(s, columnsMost*linesMost))
	var lines []string
	for len(cells) > 0 && len(lines) < linesMost {
		n, used := 0, 0
		for n < len(cells) && used+columns(cells[n]) <= columnsMost {
			used += columns(cells[n])
			n++
		}
		n = max(n, 1)
		lines = append(lines, string(cells[:n]))
		cells = cells[n:]
	}
	return lines
}

// finish gives the picture its height.
func (d *draft) finish() {
	d.Height = d.y + 6
	d.Target.Bottom = d.Height
	for i := range d.Lanes {
		d.Lanes[i].Bottom = d.Height
	}
}
