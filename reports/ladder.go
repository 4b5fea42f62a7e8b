package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	var p *wire.Packet // nil where it is none: a line of a driver, a request
	if e.Kind == wire.KindPacket && e.Transport != "" {
		dissected := wire.Dissect(d.revision, e.Binary, e.Data)
		p = &dissected
	}
	r := rung{Y: d.y + 11, X: d.textX, At: milliText(e.At), Class: d.class(e), HeadX: d.textX}
	r.Head = d.head(e, p, &r)
	d.y += 17
	if len(e.Data) > 0 || e.Kind == wire.KindExpect {
		d.bytes(e, p, &r)
	}
	if from, known := d.lanes[e.Session]; known {
		r.Path = arrowPath(e, d.Lanes[from].X, d.targetX, d.y+1)
	}
	d.y += 12
	d.Rows = append(d.Rows, r)
}

func milliText(d time.Duration) string {
	return fmt.Sprintf("%.3f", float64(d)/float64(time.Millisecond))
}

// confront draws what was expected beside what came.
func (d *draft) confront(e wire.Entry) {
	if d.Verdict != nil {
		return // a second failure is what the first one led to
	}
	const padding = 10
	c := &confrontation{X: gutterWidth - 12, Y: d.y + 4, At: milliText(e.At)}
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
