package reports

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
)

// An htmlView is what the templates show. All its texts are escaped as by Printable, and cut; the templates escape them for HTML.
type htmlView struct {
	Policy      string
	CSS         template.CSS
	JS          template.JS
	Title       string
	State       string // of the run: "good", "bad" or "broken"
	Headline    string
	Remarks     []string
	Setup       string
	Problems    []string // what is not as the baseline says
	Counts      []htmlCount
	Facts       []htmlFact
	Profiles    []htmlProfile
	Repeat      string
	Tables      []htmlTable
	Failures    []*htmlScenario // with something that is not expected
	Expected    []*htmlScenario // with expected deviations only
	Policies    []htmlPolicy
	Notes       []htmlNote
	Areas       []htmlArea
	Axes        []string
	Words       [][2]string // verdicts and levels, with what they mean
	ResultCount int
}

// An htmlCount is how many results have a verdict, and the part of a bar that stands for them, in thousandths.
type htmlCount struct {
	Verdict  string
	N        int
	X, Width int
}

// An htmlFact is one thing to know about the run.
type htmlFact struct {
	Name, Value string
	Code        bool
}

type htmlProfile struct {
	Name, URL, Interval, Timeout, Payload string
}

// An htmlTable has a row for each area or level, and a column for each verdict.
type htmlTable struct {
	Title, First string
	Verdicts     []string
	Rows         []htmlRow
}

type htmlRow struct {
	Name, Href, Hint string
	Cells            []htmlCell
	Total            int
}

type htmlCell struct {
	Verdict string
	N       int
}

// An htmlPolicy is what was observed.
type htmlPolicy struct {
	Name, Value, Where string
	Split              bool // elsewhere the target did something else
}

type htmlNote struct {
	At, Profile, Text, Output string
}

// verdictMeanings say what the verdicts mean, in the order of event.Verdicts.
var verdictMeanings = map[event.Verdict]string{
	event.Pass:        "does what the rules say",
	event.Fail:        "breaks a rule of the protocol text or of the user documentation",
	event.Crashed:     "the target did not survive",
	event.Differs:     "does something else than the official implementation, or than safety asks for; a failure only in a strict run",
	event.Unsupported: "the target lacks a feature that the scenario needs",
	event.Blocked:     "not judged, because a scenario that this one builds on did not pass",
	event.Skipped:     "left out on request, or not reached",
	event.Error:       "a defect of sio-conform itself",
}

// nameText returns a name or a short text as a report may show it.
func nameText(s string) string { return printable(s, nameLimit, false) }

func newHTMLView(m *Model) *htmlView {
	v := &htmlView{Title: nameText(strings.TrimSpace(m.Header.Target.Name + " " + m.Header.Target.Version)), ResultCount: len(m.Results)}
	v.outcome(m)
	v.counts(m)
	v.facts(m.Header, m.Footer)
	v.Tables = []htmlTable{
		countTable(m, "Verdicts by area", "area", m.Areas(), func(name string) (href, hint string) { return "#area-" + nameText(name), "" }),
		countTable(m, "Verdicts by level of the rules", "level", m.levels(), func(name string) (href, hint string) { return "", levelNamed(name).source }),
	}
	v.policies(m)
	for _, n := range m.Notes {
		v.Notes = append(v.Notes, htmlNote{At: n.At.UTC().Format("15:04:05.000"), Profile: nameText(n.Profile), Text: Printable(n.Text), Output: outputText(n.Output)})
	}
	v.scenarios(m)
	for _, verdict := range event.Verdicts() {
		v.Words = append(v.Words, [2]string{string(verdict), verdictMeanings[verdict]})
	}
	for _, l := range levels {
		v.Words = append(v.Words, [2]string{l.name, "level of a rule: " + l.means})
	}
	return v
}

// outcome says what the run came to.
func (v *htmlView) outcome(m *Model) {
	h, f := m.Header, m.Footer
	meaning := outcomeText(h, f)
	v.Headline = strings.ToUpper(meaning[:1]) + meaning[1:]
	v.State = "broken"
	switch f.ExitCode {
	case 0:
		v.State = "good"
	case 1:
		v.State = "bad"
	}
	counts := m.Counts()
	v.Remarks = append(v.Remarks, fmt.Sprintf("%d of %s judged in %s; exit code %d.", counts.judged(), count(h.Planned, "result", "results"), duration(f.DurationUS), f.ExitCode))
	if n := counts[event.Unsupported]; n > 0 {
		v.Remarks = append(v.Remarks, fmt.Sprintf("%s not judged, because the target does not offer what they need.", count(n, "result was", "results were")))
	}
	if n := counts[event.Differs]; n > 0 && !h.Strict {
		v.Remarks = append(v.Remarks, count(n, "result differs", "results differ")+", which is a failure only in a strict run.")
	}
	if f.Expected > 0 {
		v.Remarks = append(v.Remarks, fmt.Sprintf("%s as the baseline says: %s.", count(f.Expected, "result is", "results are"), nameText(h.Baseline)))
	}
	if f.Interrupted {
		v.Remarks = append(v.Remarks, fmt.Sprintf("Interrupted: %d of %d planned results are here.", len(m.Results), h.Planned))
	}
	v.Setup = fieldText(f.SetupError)
	v.Problems = texts(f.Baseline[:min(len(f.Baseline), problemsShown)], func(s string) string { return Printable(s) })
	if left := len(f.Baseline) - problemsShown; left > 0 {
		v.Problems = append(v.Problems, "… "+count(left, "more entry of the baseline", "more entries of the baseline"))
	}
}

func duration(us int64) string {
	return (time.Duration(us) * time.Microsecond).Round(time.Millisecond).String()
}

// counts makes the bar of verdicts. What there is of a verdict can be seen, however little it is.
func (v *htmlView) counts(m *Model) {
	const whole, least = 1000, 6
	counts := m.Counts()
	used, total := 0, max(counts.Total(), 1)
	for _, verdict := range m.shownVerdicts() {
		c := htmlCount{Verdict: string(verdict), N: counts[verdict], X: used}
		if c.N > 0 {
			c.Width = max(least, c.N*whole/total)
		}
		used += c.Width
		v.Counts = append(v.Counts, c)
	}
	for i := range v.Counts { // what was added for the small ones
		c := &v.Counts[i]
		c.X, c.Width = c.X*whole/max(used, 1), c.Width*whole/max(used, 1)
	}
}

func (v *htmlView) facts(h *event.Header, f *event.Footer) {
	t := h.Target
	add := func(name, value string, code bool) {
		if value != "" {
			v.Facts = append(v.Facts, htmlFact{Name: name, Value: Printable(value), Code: code})
		}
	}
	add("target", strings.TrimSpace(t.Name+" "+t.Version), false)
	add("implementation", t.Implementation, false)
	add("address", t.URL, true)
	add("started by", t.Command, true)
	add("level", t.Level, false)
	add("protocol revisions", strings.Join(texts(t.Revisions, func(r int) string { return fmt.Sprint(r) }), ", "), false)
	add("transports", strings.Join(t.Transports, ", "), false)
	add("features", strings.Join(t.Features, ", "), false)
	add("judged by", h.Tool, false)
	add("started", h.Started.UTC().Format("2006-01-02 15:04:05 MST"), false)
	add("took", duration(f.DurationUS), false)
	add("seed", strconv.FormatUint(h.Seed, 10), true)
	add("options", options(h), false)
	for _, p := range t.Profiles {
		v.Profiles = append(v.Profiles, htmlProfile{
			Name: nameText(p.Name), URL: nameText(p.URL), Interval: milli(p.PingInterval), Timeout: milli(p.PingTimeout), Payload: amount(p.MaxPayload, "bytes"),
		})
	}
	v.Repeat = Printable(repeatCommand(h))
}

func options(h *event.Header) string {
	list := []string{count(h.Jobs, "job", "jobs"), "time scale " + strconv.FormatFloat(h.TimeScale, 'g', -1, 64)}
	if h.Strict {
		list = append(list, "strict")
	}
	for _, pattern := range h.Only {
		list = append(list, "only "+pattern)
	}
	for _, pattern := range h.Skip {
		list = append(list, "without "+pattern)
	}
	return strings.Join(list, ", ")
}

func milli(ms int64) string { return amount(ms, "ms") }

// amount returns "" for what was not announced.
func amount(n int64, unit string) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10) + " " + unit
}

// countTable returns a table of counts, with the total where there is more than one row.
func countTable(m *Model, title, first string, rows []Area, about func(name string) (href, hint string)) htmlTable {
	verdicts := m.shownVerdicts()
	t := htmlTable{Title: title, First: first, Verdicts: texts(verdicts, func(v event.Verdict) string { return string(v) })}
	row := func(name string, c Counts) htmlRow {
		r := htmlRow{Name: nameText(name), Total: c.Total()}
		for _, v := range verdicts {
			r.Cells = append(r.Cells, htmlCell{string(v), c[v]})
		}
		return r
	}
	for _, a := range rows {
		r := row(a.Name, a.Counts)
		r.Href, r.Hint = about(a.Name)
		t.Rows = append(t.Rows, r)
	}
	if len(rows) > 1 {
		t.Rows = append(t.Rows, row("total", m.Counts()))
	}
	return t
}

func (v *htmlView) policies(m *Model) {
	all := m.policies()
	for i, p := range all {
		v.Policies = append(v.Policies, htmlPolicy{Name: nameText(p.name), Value: fieldText(p.value), Where: where(p.seen), Split: split(all, i)})
	}
}

// where says which results saw something: their scenarios with the axes.
func where(seen []*event.Result) string {
	const most = 6
	var names []string
	for i, r := range seen {
		switch {
		case i == most:
			return strings.Join(names, " ") + fmt.Sprintf(" and %d more", len(seen)-most)
		case i > 0 && seen[i-1].Scenario == r.Scenario:
			last := &names[len(names)-1]
			*last = strings.TrimSuffix(*last, "]") + "; " + nameText(r.Axes) + "]"
		default:
			names = append(names, nameText(r.Name()))
		}
	}
	return strings.Join(names, " ")
}

// fieldText returns a text of several lines, each escaped, and how many are left out.
func fieldText(s string) string {
	lines, left := firstLines(s, fieldLines)
	for i, line := range lines {
		lines[i] = Printable(line)
	}
	if left > 0 {
		lines = append(lines, "… "+count(left, "more line", "more lines"))
	}
	return strings.Join(lines, "\n")
}

// outputText returns what a target printed, the last lines of it.
func outputText(s string) string {
	const most = 60
	if s == "" {
		return ""
	}
	p := &page{utf8: true}
	p.output(0, s, most)
	return p.text.String()
}
