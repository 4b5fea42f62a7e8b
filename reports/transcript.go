package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// TranscriptOptions say how WriteTranscript shows a transcript. The zero value shows every entry, plainly, in ASCII.
type TranscriptOptions struct {
	Width   int  // columns; 0: lines are not wrapped
	Color   bool // ANSI colours
	UTF8    bool // the reader sees UTF-8; else everything beyond ASCII is escaped
	Entries int  // shows so many entries, those around the failure, and says how many it left out; 0: all
	Bytes   int  // shows so many bytes of what an entry holds, and says how many there are; 0: 1000, negative: all
}

// WriteTranscript writes entries as text, one line each: milliseconds since the transcript began, session, direction (-> sent by us, <-
// sent by the target, -- neither, !! what was wrong), transport, the data as they were in the form of Printable, and behind a # what they
// mean. A request or a response of HTTP takes a line for each of its own. The error is w's.
//
//	1.204 main -> websocket 40/nope,  # CONNECT /nope
//	2.017 main <- websocket 44/nope,{"message":"Invalid namespace"}  # CONNECT_ERROR /nope
//	2.100 main !!           failure the message is wrong
func WriteTranscript(w io.Writer, entries []wire.Entry, opts TranscriptOptions) error {
	p := &page{width: opts.Width, color: opts.Color, utf8: opts.UTF8}
	p.transcript(0, entries, opts)
	_, err := io.WriteString(w, p.text.String())
	return err
}

// transcript adds entries, indented.
func (p *page) transcript(indent int, entries []wire.Entry, opts TranscriptOptions) {
	before, after := 0, 0
	if opts.Entries > 0 {
		entries, before, after = excerpt(entries, opts.Entries)
	}
	row := entryRow{page: p, indent: indent, limit: opts.Bytes}
	if row.limit == 0 {
		row.limit = fieldLimit
	}
	for _, e := range entries {
		row.session = max(row.session, p.columnsOf(e.Session))
		row.transport = max(row.transport, p.columnsOf(e.Transport))
	}
	p.entriesLeftOut(indent, before, "earlier")
	for _, e := range entries {
		row.put(e)
	}
	p.entriesLeftOut(indent, after, "later")
}

func (p *page) entriesLeftOut(indent, n int, which string) {
	if n > 0 {
		p.line(indent, dim(strings.Repeat(" ", indent)+p.mark("…", "...")+" "+count(n, which+" entry", which+" entries")+" left out"))
	}
}

// shortLimit is what is shown of the names of sessions and transports, in bytes.
const shortLimit = 12

// columnsOf returns how many columns the short form of a name takes.
func (p *page) columnsOf(name string) int { return textColumns(brief(name, shortLimit, !p.utf8)) }

// short returns name as a span of the given columns, and the space that fills it up and parts it from what follows.
func (p *page) short(name string, columns int) []span {
	return []span{{text: name, limit: shortLimit, brief: true}, plain(strings.Repeat(" ", columns-p.columnsOf(name)+1))}
}

// An entryRow lays out the entries of one transcript in columns.
type entryRow struct {
	*page
	indent, session, transport int // columns
	limit                      int // bytes of what an entry holds
}

func (r *entryRow) put(e wire.Entry) {
	lead := fmt.Sprintf("%s%9.3f ", strings.Repeat(" ", r.indent), float64(e.At)/float64(time.Millisecond))
	spans := append([]span{dim(lead)}, r.short(e.Session, r.session)...)
	spans = append(spans, arrow(e), plain(" "))
	if r.transport > 0 {
		spans = append(spans, r.short(e.Transport, r.transport)...)
	}
	hang := 0
	for _, c := range r.cells(spans) {
		hang += c.columns
	}
	if r.width > 0 {
		hang = min(hang, r.width/3)
	}
	if label := entryLabel(e); label != "" {
		spans = append(spans, dim(label+" ").max(nameLimit))
	}
	lines, left := []string{string(e.Data)}, 0
	if e.Kind == wire.KindHTTP && !e.Binary {
		lines, left = r.httpLines(e.Data)
	}
	for i, line := range lines {
		if i > 0 {
			r.line(hang, spans...)
			spans = []span{plain(strings.Repeat(" ", hang)).max(noLimit)}
		}
		spans = append(spans, exactly(line).max(r.limit))
	}
	switch {
	case e.Text == "":
	case len(e.Data) == 0 && entryLabel(e) != "":
		spans = append(spans, exactly(e.Text).max(r.limit))
	default:
		spans = append(spans, dim("  # "), span{text: e.Text, style: dimStyle, limit: r.limit})
	}
	r.line(hang, spans...)
	r.leftOut(hang, left)
}

// httpLines returns the lines of a request or a response, of a long one the first.
func (r *entryRow) httpLines(data []byte) (lines []string, left int) {
	const most = 20
	n := most
	if r.limit < 0 {
		n = bytes.Count(data, []byte("\n")) + 1
	}
	lines, left = firstLines(strings.TrimRight(string(data), "\r\n"), n)
	for i := range len(lines) - 1 {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	return lines, left
}

// arrow returns the mark of e's direction.
func arrow(e wire.Entry) span {
	switch {
	case e.Kind == wire.KindFailure:
		return red("!!")
	case e.Direction == wire.Out:
		return plain("->")
	case e.Direction == wire.In:
		return plain("<-")
	default:
		return dim("--")
	}
}

// entryLabel says what e is, where that is not plain to see.
func entryLabel(e wire.Entry) string {
	switch {
	case e.Binary:
		return fmt.Sprintf("binary, %s:", count(len(e.Data), "byte", "bytes"))
	case e.Kind == wire.KindPacket, e.Kind == wire.KindHTTP:
		return ""
	default:
		return string(e.Kind)
	}
}

// excerpt returns n entries around the last failure, most of them before it, or the last n when there is none, and how many it left out
// on either side.
func excerpt(entries []wire.Entry, n int) (part []wire.Entry, before, after int) {
	if len(entries) <= n {
		return entries, 0, 0
	}
	end := len(entries)
	for i := end - 1; i >= 0; i-- {
		if entries[i].Kind == wire.KindFailure {
			end = min(end, i+1+n/6)
			break
		}
	}
	start := max(0, end-n)
	end = start + n
	return entries[start:end], start, len(entries) - end
}
