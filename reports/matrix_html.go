package reports

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// matrixPage is the template of the page of a matrix.
var matrixPage = template.Must(template.New("matrix.tmpl").ParseFS(htmlFiles, "html/*.tmpl"))

// A matrixView is what the template shows. All its texts are escaped as by Printable, and cut; the template escapes them for HTML.
type matrixView struct {
	Policy   string
	CSS      template.CSS
	JS       template.JS
	Headline string
	Remarks  []string
	Tables   []matrixTableView
	Words    [][2]string
}

type matrixTableView struct {
	Role, Title string
	Columns     []columnView
	Areas       []matrixAreaView
	Policies    []matrixPolicies
}

type columnView struct {
	Name, Implementation, Level, State, Outcome, Setup, Counts, Day, Command string
	Report                                                                   string
	Badge                                                                    badge
	Markdown                                                                 []string // what shows the badge elsewhere
}

type matrixAreaView struct {
	ID, Name string
	Sums     []sumView
	Apart    string
	Open     bool
	Rows     []matrixRowView
}

// A sumView is what an area has in one run.
type sumView struct {
	Verdict, Text, More, Href string
	Known                     bool // all that does not pass is expected
}

type matrixRowView struct {
	ID, Title, Level string
	Apart            bool
	Cells            []cellView
	Why              []whyView
	Span             int // columns of the table
}

type cellView struct {
	Verdict, Text, Href string
	Known               bool // all that does not pass is expected
}

// A whyView is what one run does with a scenario that it does not pass.
type whyView struct {
	Column, Report, Verdict, Axes, Reason, Why, Command string
}

type matrixPolicies struct {
	Title, Note string
	Rows        []matrixPolicyView
}

type matrixPolicyView struct {
	Name   string
	Values []string
	Apart  bool
}

// matrixLimit is how many bytes of reasons the page has.
const matrixLimit = 3 << 20

// MatrixHTML writes m as one HTML file that needs nothing else and can be read without JavaScript. Each cell leads to the report of its run, where there is one, and else to what the page itself
// has on it. badges is the address under which the badges are published, "badges" when they lie beside the page. The error is w's.
func MatrixHTML(w io.Writer, m *Matrix, badges string) error {
	v := newMatrixView(m, badges)
	v.CSS = template.CSS(asset("style.css") + asset("matrix.css")) //nolint:gosec // our own files
	v.JS = template.JS(asset("copy.js") + asset("matrix.js"))      //nolint:gosec // our own files
	v.Policy = contentPolicy(v.JS, v.CSS)
	var b bytes.Buffer
	if err := matrixPage.Execute(&b, v); err != nil {
		return fmt.Errorf("reports: matrix: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func newMatrixView(m *Matrix, badges string) *matrixView {
	v := &matrixView{Headline: m.headline()}
	if tools := m.tools(); len(tools) > 1 {
		v.Remarks = append(v.Remarks, "These runs were made by different versions: "+strings.Join(texts(tools, nameText), ", ")+".")
	}
	files, room := m.Badges(), matrixLimit
	for i := range m.Tables {
		t := &m.Tables[i]
		v.Tables = append(v.Tables, newMatrixTableView(t, files[:len(t.Columns)], badges, &room))
		files = files[len(t.Columns):]
	}
	for _, verdict := range event.Verdicts() {
		v.Words = append(v.Words, [2]string{string(verdict), verdictMeanings[verdict]})
	}
	return v
}

// headline counts what the matrix has: "9 servers and 8 clients".
func (m *Matrix) headline() string {
	var parts []string
	for _, t := range m.Tables {
		parts = append(parts, count(len(t.Columns), t.Role, t.Role+"s"))
	}
	return strings.Join(parts, " and ")
}

// tools returns the versions of sio-conform that made the runs.
func (m *Matrix) tools() []string {
	var all []string
	seen := map[string]bool{}
	for _, t := range m.Tables {
		for _, c := range t.Columns {
			if !seen[c.Tool] {
				seen[c.Tool] = true
				all = append(all, c.Tool)
			}
		}
	}
	return all
}

func newMatrixTableView(t *MatrixTable, files []BadgeFile, badges string, room *int) matrixTableView {
	v := matrixTableView{Role: t.Role, Title: strings.ToUpper(t.Role[:1]) + t.Role[1:] + "s"}
	for i := range t.Columns {
		v.Columns = append(v.Columns, newColumnView(&t.Columns[i], files[i], badges))
	}
	for _, a := range t.areas() {
		v.Areas = append(v.Areas, newMatrixAreaView(t, &a, v.Columns, room))
	}
	v.policies("Features and limits", "What each says that it offers, and what it announced.", t.Features)
	v.policies("Observations", "What each does where nothing says what is right. No verdict depends on it.", t.Observations)
	return v
}

func newColumnView(c *Column, file BadgeFile, badges string) columnView {
	v := columnView{
		Name: nameText(c.Name), Implementation: nameText(c.Implementation), Level: nameText(c.Level), State: "broken", Outcome: c.Outcome, Setup: fieldText(c.SetupError), Counts: c.Counts.String(),
		Day: c.Started.UTC().Format("2006-01-02"), Command: Printable(c.Command), Report: c.Report, Badge: badgeOf(c), Markdown: badgeMarkdown(badges, file.Name),
	}
	if n := c.Expected.Total(); n > 0 {
		v.Counts += fmt.Sprintf("; %d of them expected", n)
	}
	switch c.ExitCode {
	case 0:
		v.State = "good"
	case 1:
		v.State = "bad"
	}
	return v
}

// badgeMarkdown returns what shows a badge in a page of Markdown: the picture, and, where the badges have an address on the net, one that shields.io draws.
func badgeMarkdown(badges, name string) []string {
	address := strings.TrimSuffix(badges, "/") + "/" + name
	lines := []string{fmt.Sprintf("![%s](%s.svg)", badgeLabel, address)}
	if strings.HasPrefix(badges, "https://") || strings.HasPrefix(badges, "http://") {
		lines = append(lines, fmt.Sprintf("![%s](https://img.shields.io/endpoint?url=%s)", badgeLabel, template.URLQueryEscaper(address+".json")))
	}
	return lines
}

func newMatrixAreaView(t *MatrixTable, a *matrixArea, columns []columnView, room *int) matrixAreaView {
	name := nameText(a.name)
	v := matrixAreaView{ID: t.Role + "-" + name, Name: name, Apart: "all the same", Open: len(t.Scenarios) <= 40}
	if a.apart > 0 {
		v.Apart = count(a.apart, "difference", "differences")
	}
	full := a.name
	if t.Role == "client" && strings.HasPrefix(a.rows[0].ID, "client.") {
		full = "client"
	}
	for i, sum := range a.sums {
		v.Sums = append(v.Sums, newSumView(a, i, sum, linkTo(columns[i].Report, "area-"+nameText(full))))
	}
	for _, row := range a.rows {
		v.Rows = append(v.Rows, newMatrixRowView(row, columns, room))
	}
	return v
}

// linkTo returns the address of a place in a report, "" when there is no report.
func linkTo(report, place string) string {
	if report == "" {
		return ""
	}
	return report + "#" + place
}

// newSumView says how many results of an area pass, of those that are verdicts, and what else there is.
func newSumView(a *matrixArea, column int, sum Counts, href string) sumView {
	v := sumView{Verdict: "pass", Href: href, Text: fmt.Sprintf("%d of %d", sum[event.Pass], sum.judged())}
	var more []string
	for _, verdict := range cellOrder {
		if n := sum[verdict]; n > 0 && verdict != event.Pass {
			more = append(more, fmt.Sprintf("%d %s", n, verdict))
		}
	}
	for _, verdict := range cellOrder[:4] { // those that say that something is wrong
		if sum[verdict] > 0 {
			v.Verdict = string(verdict)
			break
		}
	}
	v.More = strings.Join(more, ", ")
	if sum.judged() == 0 {
		v.Verdict, v.Text = "unsupported", "–"
	}
	v.Known = wrong(event.Verdict(v.Verdict)) && a.allExpected(column)
	return v
}

// allExpected says whether all that does not pass in a column is listed by the baseline of its run.
func (a *matrixArea) allExpected(column int) bool {
	for _, row := range a.rows {
		if c := row.Cells[column]; c != nil && wrong(c.Verdict) && !c.expected() {
			return false
		}
	}
	return true
}

func newMatrixRowView(row *MatrixRow, columns []columnView, room *int) matrixRowView {
	v := matrixRowView{ID: nameText(row.ID), Title: Printable(row.Title), Level: nameText(row.Level), Apart: row.differ(), Span: len(columns) + 1}
	for i, c := range row.Cells {
		if c == nil {
			v.Cells = append(v.Cells, cellView{Text: "not run"})
			continue
		}
		v.Cells = append(v.Cells, newCellView(c, v.ID, columns[i].Report))
		for _, r := range c.Results {
			why := whyView{
				Column: columns[i].Name, Report: linkTo(columns[i].Report, v.ID), Verdict: string(r.Verdict), Axes: nameText(strings.Join(r.Axes, " ")), Reason: printable(r.Reason, entryLimit, false),
				Why: printable(r.Why, entryLimit, false),
			}
			if *room -= len(why.Reason) + len(why.Why); *room > 0 {
				v.Why = append(v.Why, why)
			}
		}
	}
	return v
}

func newCellView(c *Cell, id, report string) cellView {
	v := cellView{Verdict: string(c.Verdict), Text: string(c.Verdict), Href: linkTo(report, id)}
	if n := c.Counts[c.Verdict]; n < c.judged() {
		v.Text += " " + strconv.Itoa(n) + " of " + strconv.Itoa(c.judged())
	}
	if len(c.Results) > 0 && v.Href == "" {
		v.Href = "#" + id
	}
	v.Known = c.expected()
	return v
}

func (v *matrixTableView) policies(title, note string, all []Policy) {
	if len(all) == 0 {
		return
	}
	p := matrixPolicies{Title: title, Note: note}
	for _, apart := range []bool{true, false} {
		for i := range all {
			if all[i].differ() != apart {
				continue
			}
			p.Rows = append(p.Rows, matrixPolicyView{Name: nameText(all[i].Name), Values: texts(all[i].Values, func(s string) string { return printable(s, entryLimit, false) }), Apart: apart})
		}
	}
	v.Policies = append(v.Policies, p)
}
