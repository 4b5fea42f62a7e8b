package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
)

// areasShown is how many rows the table of the summary has at most, so that the summary fits one screen of 24 lines.
const areasShown = 10

// summary adds the end of the run: what was judged, a table of areas and verdicts, what the exit code means, what to do next.
func (t *Terminal) summary(p *page, f *event.Footer) {
	if t.Quiet < 2 {
		p.gap()
		if t.header != nil {
			t.target(p, t.header)
		}
		if t.done > 0 {
			t.table(p)
		}
		if f.SetupError != "" {
			p.line(10, red(pad("set-up", 10)), plain(f.SetupError).max(entryLimit))
		}
		t.problems(p, f.Baseline)
		for _, line := range t.next(f) {
			p.line(10, dim(pad("next", 10)), plain(line).max(entryLimit))
		}
	}
	style := greenStyle
	if f.ExitCode != 0 {
		style = redStyle
	}
	took := (time.Duration(f.DurationUS) * time.Microsecond).Round(time.Millisecond)
	p.line(10, dim(pad("result", 10)),
		span{text: fmt.Sprintf("exit code %d, %s", f.ExitCode, exitMeaning(t.header, f.ExitCode)), style: style},
		plain(fmt.Sprintf("; %s%s in %s", t.tally.total, expectedNote(f), took)))
}

// expectedNote says how many results are expected deviations, where some are.
func expectedNote(f *event.Footer) string {
	if f.Expected == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of them expected)", f.Expected)
}

// problemsShown is how many lines the summary has at most on what is not as the baseline says.
const problemsShown = 8

// problems adds what is not as the baseline says.
func (t *Terminal) problems(p *page, problems []string) {
	for i, line := range problems {
		if i == problemsShown {
			p.leftOutOf(10, len(problems)-problemsShown, "entry of the baseline", "entries of the baseline")
			return
		}
		p.line(10, red(pad("baseline", 10)), plain(line).max(entryLimit))
	}
}

// next returns what one may do now, most useful first.
func (t *Terminal) next(f *event.Footer) []string {
	var lines []string
	if t.worst != nil {
		if len(t.worst.Rules) > 0 {
			lines = append(lines, "sio-conform explain "+t.worst.Rules[0])
		}
		if command := t.replay(t.worst); command != "" {
			lines = append(lines, command)
		}
	}
	switch differs := t.tally.total[event.Differs]; {
	case f.SetupError != "" && t.done == 0:
		lines = append(lines, "see that the target runs, and at this address")
	case f.Interrupted:
		lines = append(lines, "run again; --only makes it shorter")
	case f.ExitCode == 4:
		lines = append(lines, "please report this, with the event stream")
	case len(f.Baseline) > 0 && t.worst == nil:
		lines = append(lines, "correct the baseline; sio-conform baseline writes one from a run")
	case f.ExitCode == 0 && differs > f.Expected:
		lines = append(lines, "--strict makes a failure of each of the "+count(differs, "result that differs", "results that differ"))
	}
	return append(lines, t.Next...)
}

// shortVerdicts are the heads of the table's columns where the verdicts themselves are too wide.
var shortVerdicts = map[event.Verdict]string{
	event.Pass: "pass", event.Fail: "fail", event.Crashed: "crash", event.Differs: "diff", event.Unsupported: "unsup",
	event.Blocked: "block", event.Skipped: "skip", event.Error: "error",
}

// table adds the counts by area and verdict. It leaves out verdicts that no result has, but for pass and fail.
func (t *Terminal) table(p *page) {
	var verdicts []event.Verdict
	for _, v := range event.Verdicts() {
		if v == event.Pass || v == event.Fail || t.tally.total[v] > 0 {
			verdicts = append(verdicts, v)
		}
	}
	rows := t.rows()
	heads := func(name func(event.Verdict) string) (line []string) {
		for _, v := range verdicts {
			line = append(line, name(v))
		}
		return line
	}
	long := heads(func(v event.Verdict) string { return string(v) })
	short := heads(func(v event.Verdict) string { return shortVerdicts[v] })
	for _, head := range [][]string{long, short} {
		if p.table(rows, verdicts, head) {
			return
		}
	}
	for _, a := range rows {
		p.line(2, span{text: a.Name, limit: areaLimit, brief: true}, plain(": "+a.Counts.String()))
	}
}

// rows returns the rows of the table: areas, of many those with something else than passes first, then what the rest has, then the total.
func (t *Terminal) rows() []Area {
	rows := slices.Clone(t.tally.areas)
	if len(rows) > areasShown {
		slices.SortStableFunc(rows, func(a, b Area) int { return spoilt(b) - spoilt(a) })
		rest := Area{Name: fmt.Sprintf("%d more", len(rows)-areasShown+1), Counts: newCounts()}
		for _, a := range rows[areasShown-1:] {
			for v, n := range a.Counts {
				rest.Counts[v] += n
			}
		}
		rows = rows[:areasShown-1]
		slices.SortFunc(rows, func(a, b Area) int { return strings.Compare(a.Name, b.Name) })
		rows = append(rows, rest)
	}
	return append(rows, Area{Name: "total", Counts: t.tally.total})
}

// spoilt says how much of an area failed, the more the higher.
func spoilt(a Area) int {
	c := a.Counts
	return (c[event.Fail]+c[event.Crashed]+c[event.Error])*1000 + c[event.Differs]
}

// areaLimit is what the table shows of the name of an area, in bytes.
const areaLimit = 20

// table adds rows below heads. When they do not fit the page, it adds nothing and returns false.
func (p *page) table(rows []Area, verdicts []event.Verdict, heads []string) bool {
	short := func(name string) string { return brief(name, areaLimit, !p.utf8) }
	name, counts := 0, make([]string, len(rows)) // counts: the cells of each row behind its name
	for i, a := range rows {
		name = max(name, textColumns(short(a.Name)))
		for column, v := range verdicts {
			counts[i] += fmt.Sprintf("  %*d", len(heads[column]), a.Counts[v])
		}
	}
	head := "  " + strings.Join(heads, "  ")
	width := max(len(head), len(slices.MaxFunc(counts, func(a, b string) int { return len(a) - len(b) })))
	if p.width > 0 && name+width > p.width {
		return false
	}
	p.line(0, dim(strings.Repeat(" ", name)+head))
	for i, a := range rows {
		fill := strings.Repeat(" ", name-textColumns(short(a.Name)))
		p.line(0, span{text: a.Name, limit: areaLimit, brief: true}, plain(fill+counts[i]))
	}
	return true
}
