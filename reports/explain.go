package reports

import (
	"fmt"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Limits of what text explains of one result.
const (
	fieldLines   = 8  // of a field of several lines
	rulesShown   = 6  // of the rules of a scenario
	observations = 20 // of the policies seen in one result
)

// explain adds what was asked of the target, what it did, and by which rules that is wrong.
func (p *page) explain(h *event.Header, r *event.Result) {
	if h == nil {
		h = new(event.Header)
	}
	if title := h.Scenarios[r.Scenario].Title; title != "" {
		p.line(2, plain("  "), plain(title))
	}
	for _, f := range [][2]string{{"reason", r.Reason}, {"expected", r.Expected}, {"actual", r.Actual}, {"profile", r.Profile}} {
		if f[1] != "" {
			p.field(f[0], f[1], fieldLines)
		}
	}
	p.deviation(r.Deviation)
	for i, id := range r.Rules {
		if i == rulesShown {
			p.leftOutOf(12, len(r.Rules)-rulesShown, "rule", "rules")
			break
		}
		p.rule(id, h.Rules[id])
	}
}

// deviation adds why a result that is no pass is expected.
func (p *page) deviation(d *event.Deviation) {
	if d != nil {
		p.field("listed", deviationText(d), fieldLines)
	}
}

// deviationText says why a result is expected, where more is said, until when, and by which entry.
func deviationText(d *event.Deviation) string {
	parts := []string{d.Why}
	if d.See != "" {
		parts = append(parts, "see "+d.See)
	}
	if d.Until != "" {
		parts = append(parts, "until "+d.Until)
	}
	return strings.Join(parts, "; ") + " (" + d.At + ")"
}

// rule adds a rule: its id and level, its statement, its sources.
func (p *page) rule(id string, r event.Rule) {
	const column = 12
	level := ""
	if r.Level != "" {
		level = " (" + r.Level + ")"
	}
	p.line(column, dim(pad("  rule", column)), plain(id).max(nameLimit), plain(level).max(nameLimit))
	if r.Statement != "" {
		p.line(column, plain(strings.Repeat(" ", column)), plain(r.Statement))
	}
	for i, s := range r.Source {
		if i == rulesShown {
			p.leftOutOf(column, len(r.Source)-rulesShown, "source", "sources")
			return
		}
		p.line(column, plain(strings.Repeat(" ", column)), dim("source: "), span{text: s, style: dimStyle, limit: nameLimit})
	}
}

func (p *page) leftOutOf(indent, n int, one, many string) {
	p.line(indent, dim(strings.Repeat(" ", indent)+p.mark("…", "...")+" "+count(n, "more "+one, "more "+many)))
}

// observations adds the policies seen in a result.
func (p *page) observations(indent int, list []event.Observation) {
	space := strings.Repeat(" ", indent)
	for i, o := range list {
		if i == observations {
			p.leftOutOf(indent, len(list)-observations, "observation", "observations")
			return
		}
		p.line(indent+2, plain(space+"observed "), plain(o.Name).max(nameLimit), plain(": "), plain(o.Value))
	}
}

// output adds the last lines of what a target printed, each behind a mark, so that none can pass for a line of ours.
func (p *page) output(indent int, text string, lines int) {
	space := strings.Repeat(" ", indent)
	last, left := lastLines(text, lines)
	if left > 0 {
		p.line(indent, dim(space+p.mark("…", "...")+" "+count(left, "earlier line", "earlier lines")+" left out"))
	}
	for _, l := range last {
		p.line(indent+2, dim(space+"| "), plain(strings.TrimSuffix(l, "\r")).max(entryLimit))
	}
}

// exitMeaning says what an exit code of the command means, for a run with that header.
func exitMeaning(h *event.Header, code int) string {
	switch code {
	case 0:
		return "as expected"
	case 1:
		if h != nil && h.Baseline != "" {
			return "not as the baseline says"
		}
		return "the target does not conform"
	case 2:
		return "the command was not used as it must be"
	case 3:
		return "the target could not be reached or set up"
	case 4:
		return "a defect of sio-conform itself"
	case 130:
		return "interrupted, so this is a part of a run"
	default:
		return fmt.Sprintf("no meaning is known for exit code %d", code)
	}
}
