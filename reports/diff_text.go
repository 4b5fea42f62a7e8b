package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// headings say for people what the kinds of changes are.
var headings = map[ChangeKind]string{
	Regression: "Regressions", Fixed: "Fixed", Changed: "Other verdicts and reasons", New: "New scenarios", Gone: "Scenarios that are gone", Observation: "Observations",
}

// changesShown is how many changes of a kind the texts list. New and gone scenarios are only counted where they pass.
const changesShown = 50

// A side is one of the two runs in words: "socketio-4 4.8.4: 1094 pass, 2 differs (sio-conform 0.1.0)".
func side(m *Model) string {
	t := m.Header.Target
	return fmt.Sprintf("%s: %s (%s)", strings.TrimSpace(t.Name+" "+t.Version), m.Counts(), m.Header.Tool)
}

// String says in words what a change was: "pass, now fail: no answer".
func (c *Change) String() string {
	switch {
	case c.Kind == Observation:
		return fmt.Sprintf("%s: %s, now %s", c.Observation, quoted(c.Before), quoted(c.After))
	case c.Before == nil:
		return described(c.After)
	case c.After == nil:
		return "was " + string(c.Before.Verdict)
	case c.Before.Verdict == c.After.Verdict:
		return fmt.Sprintf("%s; before: %s", described(c.After), c.Before.Reason)
	case c.After.Verdict == event.Pass:
		return fmt.Sprintf("pass, was %s", described(c.Before))
	default:
		return fmt.Sprintf("%s, now %s", c.Before.Verdict, described(c.After))
	}
}

func described(o *Outcome) string {
	if o.Reason == "" {
		return string(o.Verdict)
	}
	return string(o.Verdict) + ": " + o.Reason
}

func quoted(o *Outcome) string {
	if o == nil {
		return "not observed"
	}
	return o.Value
}

// ofKind returns the changes of a kind that texts list, and how many there are besides.
func (d *Diff) ofKind(k ChangeKind) (list []Change, more int) {
	for _, c := range d.Changes {
		switch {
		case c.Kind != k:
		case len(list) == changesShown, c.Kind == New && c.After.Verdict == event.Pass, c.Kind == Gone && c.Before.Verdict == event.Pass:
			more++
		default:
			list = append(list, c)
		}
	}
	return list, more
}

// summary counts the changes in one line: "2 regression, 1 fixed", "nothing changed".
func (d *Diff) summary() string {
	counts := d.Counts()
	var parts []string
	for _, k := range ChangeKinds() {
		if counts[k] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[k], k))
		}
	}
	if parts == nil {
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// DiffText writes d for a terminal of so many columns, 0 for no limit. Nothing that a target sent gets out unescaped. The error is w's.
func DiffText(w io.Writer, d *Diff, width int, color, utf8 bool) error {
	p := &page{width: width, color: color, utf8: utf8, spaced: true}
	p.line(6, dim("base  "), plain(side(d.Base)))
	p.line(6, dim("head  "), plain(side(d.Head)))
	for _, k := range ChangeKinds() {
		list, more := d.ofKind(k)
		if len(list)+more == 0 {
			continue
		}
		p.gap()
		p.line(0, bold(fmt.Sprintf("%s (%d)", headings[k], len(list)+more)))
		for _, c := range list {
			p.line(4, plain("  "), bold(c.Name()).max(nameLimit), plain(": "), plain(c.String()))
		}
		if more > 0 {
			p.line(2, dim(fmt.Sprintf("  %s %d more", p.mark("…", "..."), more)))
		}
	}
	p.gap()
	p.line(6, dim("diff  "), plain(d.summary()))
	_, err := io.WriteString(w, p.text.String())
	return err
}

// commentLimit is how many bytes DiffMarkdown writes at most; GitHub takes no comment beyond 65,536.
const commentLimit = 60 << 10

// DiffMarkdown writes d as Markdown, for a comment on a change or the summary of a job. What comes from the streams stands in code elements only. What does not fit a comment is counted. The
// error is w's.
func DiffMarkdown(w io.Writer, d *Diff) error {
	p := &markdownPage{limit: commentLimit}
	p.line("### Socket.IO conformance: %s\n", d.summary())
	p.line("| | |\n|---|---|\n| base | %s |\n| head | %s |", markdownCode(side(d.Base), nameLimit), markdownCode(side(d.Head), nameLimit))
	for _, k := range ChangeKinds() {
		list, more := d.ofKind(k)
		if len(list)+more > 0 {
			p.line("\n#### %s (%d)\n", headings[k], len(list)+more)
			p.changes(list, more)
		}
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// changes adds a list of changes, as far as it fits, and how many there are besides.
func (p *markdownPage) changes(list []Change, more int) {
	for _, c := range list {
		line := fmt.Sprintf("- %s %s", markdownCode(c.Name(), nameLimit), markdownCode(c.String(), entryLimit))
		if p.text.Len()+len(line) > p.limit {
			more++
			continue
		}
		p.line("%s", line)
	}
	if more > 0 {
		p.line("- … %d more", more)
	}
}
