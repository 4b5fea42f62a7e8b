package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// differencesShown is how many scenarios the texts of a matrix list where the implementations differ.
const differencesShown = 200

// MatrixMarkdown writes m as Markdown, for a page of a repository: what the runs came to, the areas, where the implementations differ, what they offer, and their badges. badges is the address
// under which these are published, "badges" when they lie beside the page. What comes from the streams stands in code elements only. The error is w's.
func MatrixMarkdown(w io.Writer, m *Matrix, badges string) error {
	p := &markdownPage{limit: markdownLimit}
	p.line("# Socket.IO conformance: %s\n", m.headline())
	p.line("Numbers are of scenarios on combinations of protocol revision and transport: how many pass, of those that were judged. `✓` stands for all; of what is known, the list of deviations of that implementation explains all the rest.\n")
	files := m.Badges()
	for i := range m.Tables {
		t := &m.Tables[i]
		p.line("## %ss\n", strings.ToUpper(t.Role[:1])+t.Role[1:])
		p.columns(t, files[:len(t.Columns)], badges)
		p.matrixAreas(t, files)
		p.differences(t)
		p.compared("Features and limits that not all have in common", t, t.Features)
		p.compared("Observations that are not the same everywhere", t, t.Observations)
		files = files[len(t.Columns):]
	}
	p.line("### Markdown of the badges\n\n```")
	for _, f := range m.Badges() {
		p.line("%s", strings.Join(badgeMarkdown(badges, f.Name), "\n"))
	}
	p.line("```")
	_, err := io.WriteString(w, p.text.String())
	return err
}

// columns adds a row for each run.
func (p *markdownPage) columns(t *MatrixTable, files []BadgeFile, badges string) {
	p.line("| | run | what it came to | expected deviations | badge |\n|---:|---|---|---:|---|")
	for i := range t.Columns {
		c := &t.Columns[i]
		name := markdownCode(c.Name, nameLimit)
		if c.Report != "" {
			name = fmt.Sprintf("[%s](<%s>)", name, c.Report)
		}
		outcome := c.Outcome
		if c.SetupError != "" {
			outcome += " " + markdownCode(c.SetupError, entryLimit)
		}
		p.line("| %d | %s | %s: %s | %d | %s |", i+1, name, outcome, c.Counts, c.Expected.Total(), badgeMarkdown(badges, files[i].Name)[0])
	}
	p.line("")
}

// heads adds the head of a table with a column for each run, by its number.
func (p *markdownPage) heads(first string, t *MatrixTable) {
	var heads strings.Builder
	for i := range t.Columns {
		fmt.Fprintf(&heads, " %d |", i+1)
	}
	p.line("| %s |%s\n|---|%s", first, heads.String(), strings.Repeat("---|", len(t.Columns)))
}

// matrixAreas adds a row for each area. What is more to say than that all passes is linked to.
func (p *markdownPage) matrixAreas(t *MatrixTable, files []BadgeFile) {
	p.heads("area", t)
	for _, a := range t.areas() {
		var cells strings.Builder
		for i, sum := range a.sums {
			text := areaText(&a, i, sum)
			if a.explained(i) {
				text = fmt.Sprintf("[%s](evidence/%s.md#%s)", text, files[i].Name, fileName(a.name))
			}
			fmt.Fprintf(&cells, " %s |", text)
		}
		p.line("| %s |%s", markdownCode(a.name, nameLimit), cells.String())
	}
	p.line("")
}

// areaText says how much of an area passes: "✓ 12", "10 of 12", "10 of 12 (known)", "–".
func areaText(a *matrixArea, column int, sum Counts) string {
	v := newSumView(a, column, sum, "")
	switch {
	case v.Verdict == "pass":
		return "✓ " + fmt.Sprint(sum[event.Pass])
	case v.Known:
		return v.Text + " (known)"
	default:
		return v.Text
	}
}

// explained says whether there is more to say of the area in a column than that all passes.
func (a *matrixArea) explained(column int) bool {
	return slices.ContainsFunc(a.rows, func(r *MatrixRow) bool { return r.Cells[column] != nil && len(r.Cells[column].Results) > 0 })
}

// apart returns the scenarios on which the runs differ, sorted by id.
func (t *MatrixTable) apart() []*MatrixRow {
	var rows []*MatrixRow
	for i := range t.Scenarios {
		if t.Scenarios[i].differ() {
			rows = append(rows, &t.Scenarios[i])
		}
	}
	return rows
}

// cellText says what a run does with a scenario: "✓", "fail", "–".
func cellText(c *Cell) string {
	switch {
	case c == nil || c.judged() == 0:
		return "–"
	case c.Verdict == event.Pass:
		return "✓"
	default:
		return string(c.Verdict)
	}
}

// differences adds the scenarios on which the runs differ.
func (p *markdownPage) differences(t *MatrixTable) {
	rows := t.apart()
	p.folded("Scenarios on which they differ", len(rows), func() {
		p.heads("scenario", t)
		for i, row := range rows {
			line := tableLine(row.ID, texts(row.Cells, cellText))
			if i == differencesShown || p.text.Len()+len(line) > p.limit {
				p.line("\n%s more.", count(len(rows)-i, "scenario", "scenarios"))
				break
			}
			p.line("%s", line)
		}
		p.line("")
	})
}

// compared adds what the runs do not have in common of what is not judged.
func (p *markdownPage) compared(title string, t *MatrixTable, all []Policy) {
	all = slices.DeleteFunc(slices.Clone(all), func(o Policy) bool { return !o.differ() && !slices.Contains(o.Values, "") })
	p.folded(title, len(all), func() {
		p.heads("what", t)
		for i, o := range all {
			line := tableLine(o.Name, texts(o.Values, func(v string) string { return markdownCode(v, shortValue) }))
			if i == markdownRows || p.text.Len()+len(line) > p.limit {
				p.line("\n%s more.", count(len(all)-i, "observation", "observations"))
				break
			}
			p.line("%s", line)
		}
		p.line("")
	})
}

// MatrixEvidence writes what one run has to say beyond passes, as Markdown: each scenario that does not pass, with the reason, and why that is expected. The error is w's.
func MatrixEvidence(w io.Writer, m *Matrix, c *Column) error {
	p := &markdownPage{limit: markdownLimit}
	p.line("# %s\n\n%s: %s.\n", markdownCode(c.Name, nameLimit), c.Outcome, c.Counts)
	if c.SetupError != "" {
		p.line("Set-up: %s\n", markdownCode(c.SetupError, fieldLimit))
	}
	p.line("To make this run again: %s\n", markdownCode(c.Command, fieldLimit))
	for i := range m.Tables {
		t := &m.Tables[i]
		for at := range t.Columns {
			if &t.Columns[at] == c {
				p.evidence(t, at)
			}
		}
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// evidence adds what a column of a table has to say, area by area.
func (p *markdownPage) evidence(t *MatrixTable, column int) {
	left := 0
	for _, a := range t.areas() {
		if !a.explained(column) {
			continue
		}
		p.line("## %s\n", fileName(a.name))
		for _, row := range a.rows {
			left += p.cell(row, column)
		}
		p.line("")
	}
	if left > 0 {
		p.line("%s more.", count(left, "result", "results"))
	}
}

// cell adds what a cell has to say, and returns how much of that is left out.
func (p *markdownPage) cell(row *MatrixRow, column int) int {
	left := 0
	if c := row.Cells[column]; c != nil {
		for _, r := range c.Results {
			line := fmt.Sprintf("- **%s** %s %s<br>%s", r.Verdict, markdownCode(row.ID, nameLimit), markdownCode(strings.Join(r.Axes, " "), nameLimit), markdownCode(r.Reason, entryLimit))
			if r.Why != "" {
				line += "<br>Expected: " + markdownCode(r.Why, entryLimit)
			}
			if p.text.Len()+len(line) > p.limit {
				left++
				continue
			}
			p.line("%s", line)
		}
	}
	return left
}

// tableLine returns a row of a table.
func tableLine(name string, cells []string) string {
	return "| " + markdownCode(name, nameLimit) + " | " + strings.Join(cells, " | ") + " |"
}

// shortValue is how many bytes of an observation a table of Markdown shows.
const shortValue = 80

// MatrixText writes m for a terminal of so many columns, 0 for no limit: what the runs came to, and the scenarios on which they differ. Nothing that a target sent gets out unescaped. The error
// is w's.
func MatrixText(w io.Writer, m *Matrix, width int, color, utf8 bool) error {
	p := &page{width: width, color: color, utf8: utf8, spaced: true}
	for i := range m.Tables {
		t := &m.Tables[i]
		p.gap()
		for i := range t.Columns {
			c := &t.Columns[i]
			p.line(6, dim(fmt.Sprintf("%3d ", i+1)), bold(c.Name).max(nameLimit), plain(": "+c.Outcome+"; "+c.Counts.String()))
		}
		rows := t.apart()
		p.gap()
		p.line(2, plain(fmt.Sprintf("%ss differ on %d of %s", t.Role, len(rows), count(len(t.Scenarios), "scenario", "scenarios"))))
		for _, row := range rows[:min(len(rows), changesShown)] {
			p.line(6, plain("    "), bold(row.ID).max(nameLimit), plain(": "), plain(verdictsOf(row)))
		}
		if left := len(rows) - changesShown; left > 0 {
			p.leftOutOf(4, left, "scenario", "scenarios")
		}
	}
	_, err := io.WriteString(w, p.text.String())
	return err
}

// verdictsOf says which columns of a row have which verdict: "pass 1, 2; fail 3".
func verdictsOf(row *MatrixRow) string {
	var parts []string
	for _, v := range event.Verdicts() {
		var columns []string
		for i, c := range row.Cells {
			if c != nil && c.judged() > 0 && c.Verdict == v {
				columns = append(columns, fmt.Sprint(i+1))
			}
		}
		if len(columns) > 0 {
			parts = append(parts, string(v)+" "+strings.Join(columns, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
