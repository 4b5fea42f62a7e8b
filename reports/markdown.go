package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Limits of a job summary.
const (
	markdownLimit = 900 << 10 // bytes; GitHub shows no summary beyond 1 MiB
	markdownRows  = 400       // of one table
)

// Markdown writes m as a job summary, in the Markdown of GitHub and GitLab: the outcome, the verdicts by area, tables of what failed and of what
// differs with their reasons, and the observations. It stays below 1 MiB, and says what it left out for that. What the target sent stands in
// code elements, in which nothing is a link, a mention or markup.
//
// The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func Markdown(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	p := &markdownPage{limit: markdownLimit}
	p.heading(m)
	p.areas(m)
	p.problems(m.Footer.Baseline)
	if list := m.byWeight(func(r *event.Result) bool { return news(r) && r.Verdict != event.Differs }); len(list) > 0 {
		p.line("### Failures\n")
		p.results(m.Header, list)
	}
	for _, fold := range []struct {
		title string
		list  []*event.Result
	}{
		{"Differs from the official implementation", m.byWeight(func(r *event.Result) bool { return news(r) && r.Verdict == event.Differs })},
		{"Blocked", m.byWeight(func(r *event.Result) bool { return r.Deviation == nil && r.Verdict == event.Blocked })},
		{"Expected, as the baseline says", m.byWeight(func(r *event.Result) bool { return r.Deviation != nil })},
	} {
		p.folded(fold.title, len(fold.list), func() { p.results(m.Header, fold.list) })
	}
	policies := m.policies()
	p.folded("Observations", len(policies), func() { p.policies(policies) })
	p.again(m)
	_, err := io.WriteString(w, p.text.String())
	return err
}

// A markdownPage is Markdown under construction.
type markdownPage struct {
	text  strings.Builder
	limit int
}

func (p *markdownPage) line(format string, args ...any) {
	fmt.Fprintf(&p.text, format+"\n", args...)
}

// heading adds what was judged and what came of it.
func (p *markdownPage) heading(m *Model) {
	h, f := m.Header, m.Footer
	t := h.Target
	mark := "❌"
	if f.ExitCode == 0 {
		mark = "✅"
	}
	p.line("## %s Socket.IO conformance: %s\n", mark, markdownCode(strings.TrimSpace(t.Name+" "+t.Version), nameLimit))
	p.line("**Exit code %d, %s.** %s%s in %s.\n", f.ExitCode, outcomeText(h, f), m.Counts(), expectedNote(f), duration(f.DurationUS))
	if f.SetupError != "" {
		p.line("Set-up: %s\n", markdownCode(f.SetupError, fieldLimit))
	}
	facts := []string{"level " + markdownCode(t.Level, nameLimit)}
	if t.Implementation != "" {
		facts = append(facts, "implementation "+markdownCode(t.Implementation, nameLimit))
	}
	for _, list := range [][2]string{
		{"revisions", strings.Join(texts(t.Revisions, func(r int) string { return fmt.Sprint(r) }), ", ")},
		{"transports", strings.Join(t.Transports, ", ")}, {"judged by", h.Tool}, {"seed", fmt.Sprint(h.Seed)},
	} {
		if list[1] != "" {
			facts = append(facts, list[0]+" "+markdownCode(list[1], nameLimit))
		}
	}
	p.line("%s\n", strings.Join(facts, " · "))
}

// areas adds the table of verdicts.
func (p *markdownPage) areas(m *Model) {
	rows := m.Areas()
	if len(rows) == 0 {
		return
	}
	verdicts := m.shownVerdicts()
	p.line("| area | %s | all |", strings.Join(texts(verdicts, func(v event.Verdict) string { return string(v) }), " | "))
	p.line("|---|%s---:|", strings.Repeat("---:|", len(verdicts)))
	row := func(name string, c Counts) {
		p.line("| %s | %s | %d |", name, strings.Join(texts(verdicts, func(v event.Verdict) string { return fmt.Sprint(c[v]) }), " | "), c.Total())
	}
	for i, a := range rows {
		if i == markdownRows {
			p.line("\n%s more.", count(len(rows)-i, "area", "areas"))
			break
		}
		row(markdownCode(a.Name, nameLimit), a.Counts)
	}
	row("**total**", m.Counts())
	p.line("")
}

// problems adds what is not as the baseline says.
func (p *markdownPage) problems(list []string) {
	for i, problem := range list {
		if i == problemsShown {
			p.line("- %s", count(len(list)-i, "more entry of the baseline", "more entries of the baseline"))
			break
		}
		p.line("- baseline: %s", markdownCode(problem, entryLimit))
	}
	if len(list) > 0 {
		p.line("")
	}
}

// results adds a table of results, one row for those of a scenario that have the same reason. Of an expected one it has why it is so.
func (p *markdownPage) results(h *event.Header, all []*event.Result) {
	p.line("| verdict | scenario | axes | reason | level |\n|---|---|---|---|---|")
	for i := 0; i < len(all); {
		r, axes, next := all[i], []string{all[i].Axes}, i+1
		for next < len(all) && all[next].Scenario == r.Scenario && all[next].Verdict == r.Verdict && reasonOf(all[next]) == reasonOf(r) {
			axes = append(axes, all[next].Axes)
			next++
		}
		row := fmt.Sprintf("| %s | %s | %s | %s | %s |", r.Verdict, markdownCode(r.Scenario, nameLimit), markdownCode(strings.Join(axes, " "), nameLimit),
			markdownCode(reasonOf(r), entryLimit), markdownCode(levelOf(h, r), nameLimit))
		if i >= markdownRows || p.text.Len()+len(row) > p.limit {
			p.line("\n%s more; report.html and the event stream have them.", count(len(all)-i, "result", "results"))
			break
		}
		p.line("%s", row)
		i = next
	}
	p.line("")
}

func (p *markdownPage) policies(all []policy) {
	p.line("| what | the target | seen |\n|---|---|---:|")
	for i, o := range all {
		row := fmt.Sprintf("| %s | %s | %d× |", markdownCode(o.name, nameLimit), markdownCode(o.value, nameLimit), len(o.seen))
		if i == markdownRows || p.text.Len()+len(row) > p.limit {
			p.line("\n%s more; report.html and the event stream have them.", count(len(all)-i, "observation", "observations"))
			break
		}
		p.line("%s", row)
	}
	p.line("")
}

// folded adds what body writes, folded, when there are any.
func (p *markdownPage) folded(title string, n int, body func()) {
	if n == 0 {
		return
	}
	p.line("<details><summary>%s: %d</summary>\n", title, n)
	body()
	p.line("</details>\n")
}

// again adds how the run and its first failure are seen again.
func (p *markdownPage) again(m *Model) {
	if command := repeatCommand(m.Header); command != "" {
		p.line("Again: %s", markdownCode(command, fieldLimit))
	}
	if failed := m.byWeight(news); len(failed) > 0 {
		if command := ReplayCommand(m.Stream, failed[0]); command != "" {
			p.line("\nThe first failure: %s", markdownCode(command, fieldLimit))
		}
	}
}

// markdownCode returns s, in the form of Printable, as a code element. All that could be markup, or that GitHub would make a link of, is written
// as a character reference.
func markdownCode(s string, limit int) string {
	if s == "" {
		return ""
	}
	const plainOnes = " ,;=(){}'-+%\""
	var b strings.Builder
	b.WriteString("<code>")
	text := []rune(printable(s, limit, false))
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r > '~', strings.ContainsRune(plainOnes, r),
			r == '/' && (i == 0 || text[i-1] != ':'), r == ':' && i+1 < len(text) && text[i+1] != '/', r == '.' && !endsWithWWW(text[:i]):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// endsWithWWW says whether a dot behind text would make a link.
func endsWithWWW(text []rune) bool {
	return strings.EqualFold(string(text[max(0, len(text)-3):]), "www")
}
