package reports

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/internal/schematest"
)

// clientEvents are the events of a run of a client.
func clientEvents() []event.Event {
	h := sampleHeader()
	h.Planned, h.Target = 2, event.Target{Name: "client", Version: "4", Level: "contract", Revisions: []int{5}, Transports: []string{"polling"}, Profiles: []event.Profile{{Name: "default"}}}
	h.Scenarios = map[string]event.Scenario{"client.connect.main": {Title: "the client joins", Rules: []string{"sio.connect.answer"}}}
	return []event.Event{
		h,
		&event.Result{Scenario: "client.connect.main", Axes: "rev5,polling", Verdict: event.Pass, Rules: []string{"sio.connect.answer"}},
		&event.Result{Scenario: "client.connect.main", Axes: "rev5,websocket", Verdict: event.Fail, Reason: "no CONNECT within 1200ms in /abcdef0123456789", Rules: []string{"sio.connect.answer"}},
		&event.Footer{Ended: start.Add(time.Second), DurationUS: 1000000, ExitCode: 1},
	}
}

// sampleMatrix is of four runs: one with every verdict, one with a baseline, one that could not begin, and one of a client.
func sampleMatrix(t testing.TB) *Matrix {
	t.Helper()
	m, err := NewMatrix([]MatrixRun{
		{Run: model(t, sampleEvents()), Report: "app/report.html"}, {Run: model(t, listedEvents())}, {Name: "no server", Run: model(t, setupEvents())}, {Run: model(t, clientEvents())},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func withBadges(render func(io.Writer, *Matrix, string) error, badges string) func(io.Writer, *Matrix) error {
	return func(w io.Writer, m *Matrix) error { return render(w, m, badges) }
}

func renderMatrix(t testing.TB, write func(io.Writer, *Matrix) error, m *Matrix) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMatrixSaysWhatTheRunsSay(t *testing.T) {
	m := sampleMatrix(t)
	if len(m.Tables) != 2 || m.headline() != "3 servers and 1 client" {
		t.Fatalf("%d tables: %s", len(m.Tables), m.headline())
	}
	servers := m.Tables[0]
	if names := texts(servers.Columns, func(c Column) string { return c.Name }); !slices.Equal(names, []string{"app 1.2.3", "app 1.2.3 (2)", "no server"}) {
		t.Errorf("columns %q", names)
	}
	row := servers.Scenarios[slices.IndexFunc(servers.Scenarios, func(r MatrixRow) bool { return r.ID == "connect.unknown" })]
	if row.differ() || row.Cells[0].expected() || !row.Cells[1].expected() || row.Cells[2] != nil {
		t.Errorf("connect.unknown: %+v", row)
	}
	client := m.Tables[1].Scenarios[0]
	if c := client.Cells[0]; c.Verdict != event.Fail || c.Counts[event.Pass] != 1 || c.Results[0].Reason != "no CONNECT within … in /…" {
		t.Errorf("client: %+v", c)
	}
	if a := m.Tables[1].areas(); len(a) != 1 || a[0].name != "connect" {
		t.Errorf("areas of the client: %+v", a)
	}
}

func TestMatrixRowsDifferByWhatWasJudged(t *testing.T) {
	cell := func(verdicts ...event.Verdict) *Cell {
		g := group{}
		for _, v := range verdicts {
			g.results = append(g.results, event.Result{Verdict: v})
		}
		return newCell(&g)
	}
	for _, row := range []struct {
		name  string
		cells []*Cell
		want  bool
	}{
		{"all pass", []*Cell{cell(event.Pass), cell(event.Pass, event.Unsupported)}, false},
		{"one fails", []*Cell{cell(event.Pass), cell(event.Pass, event.Fail)}, true},
		{"all fail", []*Cell{cell(event.Fail), cell(event.Pass, event.Fail)}, false},
		{"not offered", []*Cell{cell(event.Pass), cell(event.Unsupported), cell(event.Skipped), nil}, false},
		{"blocked", []*Cell{cell(event.Pass), cell(event.Blocked)}, false},
	} {
		if got := (&MatrixRow{Cells: row.cells}).differ(); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

func TestMatrixOfAPartOfARunIsRefused(t *testing.T) {
	if _, err := NewMatrix([]MatrixRun{{Run: new(Model)}}); err == nil {
		t.Error("accepted")
	}
}

func TestMatrixJSONIsReadBack(t *testing.T) {
	m := sampleMatrix(t)
	text := renderMatrix(t, MatrixJSON, m)
	if err := schematest.Validate(t, compile(t, "matrix.schema.json"), text); err != nil {
		t.Error(err)
	}
	again, err := ReadMatrix(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if second := renderMatrix(t, MatrixJSON, again); second != text {
		t.Errorf("read and written again it is\n%s", second)
	}
	if !reflect.DeepEqual(again.Tables[0].Columns, m.Tables[0].Columns) {
		t.Errorf("columns %+v", again.Tables[0].Columns)
	}
	for _, row := range [][2]string{{`{"version":1,`, `{"version":2,`}, {`"role":`, `"part":`}, {`"cells":[`, `"cells":[null,`}, {`"values":[`, `"values":["",`}} {
		if _, err := ReadMatrix(strings.NewReader(strings.Replace(text, row[0], row[1], 1))); err == nil {
			t.Errorf("with %s it is accepted", row[1])
		}
	}
}

func TestMatrixTellsDifferencesFromAnEarlierOne(t *testing.T) {
	earlier := sampleMatrix(t)
	runs := func(change func(r *event.Result)) []MatrixRun {
		m := model(t, sampleEvents())
		for i := range m.Results {
			change(&m.Results[i])
		}
		return []MatrixRun{{Run: m}}
	}
	for _, row := range []struct {
		name   string
		change func(r *event.Result)
		want   []string
	}{
		{"nothing", func(*event.Result) {}, nil},
		{"times and names", func(r *event.Result) { r.DurationUS, r.Reason = 5, "other" }, nil},
		{"left out", func(r *event.Result) { r.Verdict = event.Skipped }, nil},
		{"was left out", func(r *event.Result) {
			if r.Verdict == event.Skipped {
				r.Verdict = event.Fail
			}
		}, nil},
		{"a pass that fails", func(r *event.Result) {
			if r.Name() == "connect.main[rev5,polling]" {
				r.Verdict, r.Reason = event.Fail, "no answer"
			}
		}, []string{"app 1.2.3: connect.main[rev5,polling]: fail, was pass: no answer"}},
		{"a failure that passes", func(r *event.Result) {
			if r.Verdict == event.Fail {
				r.Verdict, r.Reason = event.Pass, ""
			}
		}, []string{"app 1.2.3: connect.unknown[rev5,websocket]: pass, was fail: "}},
		{"a scenario that is new", func(r *event.Result) {
			if r.Verdict == event.Crashed {
				r.Scenario, r.Verdict, r.Reason = "new.one", event.Pass, ""
			}
		}, []string{"app 1.2.3: new.one[rev5,websocket]: pass, was not run: "}},
	} {
		if got := earlier.Differences(runs(row.change)); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	if got := earlier.Differences([]MatrixRun{{Name: "stranger", Run: model(t, sampleEvents())}}); !slices.Equal(got, []string{"stranger: there is no such column"}) {
		t.Errorf("a stranger: %q", got)
	}
}

var (
	matrixCellsOf = regexp.MustCompile(`<td[^>]*>.*?</td>`)
	ofNumbers     = regexp.MustCompile(`([0-9]+) of ([0-9]+)|✓ ([0-9]+)`)
	moreNumbers   = regexp.MustCompile(`([0-9]+) (fail|crashed|differs|unsupported|blocked|skipped|error)\b`)
)

// TestMatrixFormatsSayTheSameNumbers reads each format back, adds up the areas of each run, and compares that with the footers.
func TestMatrixFormatsSayTheSameNumbers(t *testing.T) {
	m := sampleMatrix(t)
	var doc struct {
		Tables []struct {
			Columns   []struct{ Counts map[string]int }
			Scenarios []struct {
				Cells []*struct{ Counts map[string]int }
			}
		}
	}
	if err := json.Unmarshal([]byte(renderMatrix(t, MatrixJSON, m)), &doc); err != nil {
		t.Fatal(err)
	}
	page := withoutAssets([]byte(renderMatrix(t, withBadges(MatrixHTML, "badges"), m)))
	text := renderMatrix(t, withBadges(MatrixMarkdown, "badges"), m)
	for ti, table := range m.Tables {
		for ci, c := range table.Columns {
			want := map[string]int{}
			for v, n := range c.Counts {
				if n > 0 {
					want[string(v)] = n
				}
			}
			got := map[string]int{}
			for _, s := range doc.Tables[ti].Scenarios {
				if s.Cells[ci] != nil {
					for v, n := range s.Cells[ci].Counts {
						got[v] += n
					}
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("JSON, %s: %v, want %v", c.Name, got, want)
			}
			if got := areasOfHTML(t, string(page), ti, ci); !maps.Equal(got, want) {
				t.Errorf("HTML, %s: %v, want %v", c.Name, got, want)
			}
			pass, judged := areasOfMarkdown(t, text, ti, ci)
			if pass != want["pass"] || judged != c.Counts.judged() {
				t.Errorf("Markdown, %s: %d of %d, want %d of %d", c.Name, pass, judged, want["pass"], c.Counts.judged())
			}
			if !strings.Contains(text, ": "+c.Counts.String()) {
				t.Errorf("Markdown does not have the counts of %s", c.Name)
			}
		}
	}
}

// areasOfHTML adds up what the table by area has in a column.
func areasOfHTML(t *testing.T, page string, table, column int) map[string]int {
	t.Helper()
	byArea := strings.Split(page, "<caption>By area</caption>")[table+1]
	byArea, _, _ = strings.Cut(byArea, "</table>")
	counts := map[string]int{}
	for _, row := range strings.Split(byArea, "<tr>")[2:] {
		cell := matrixCellsOf.FindAllString(row, -1)[column]
		if n := ofNumbers.FindStringSubmatch(cell); n != nil && n[1] != "0" {
			counts["pass"] += number(t, n[1])
		}
		for _, n := range moreNumbers.FindAllStringSubmatch(cell, -1) {
			counts[n[2]] += number(t, n[1])
		}
	}
	return counts
}

// areasOfMarkdown adds up what the table by area has in a column.
func areasOfMarkdown(t *testing.T, text string, table, column int) (pass, judged int) {
	t.Helper()
	byArea, _, _ := strings.Cut(strings.Split(text, "| area |")[table+1], "\n\n")
	for _, line := range strings.Split(byArea, "\n")[2:] {
		n := ofNumbers.FindStringSubmatch(strings.Split(line, "|")[column+2])
		switch {
		case n == nil:
		case n[3] != "":
			pass += number(t, n[3])
			judged += number(t, n[3])
		default:
			pass += number(t, n[1])
			judged += number(t, n[2])
		}
	}
	return pass, judged
}

func TestBadges(t *testing.T) {
	for _, row := range []struct {
		name    string
		events  []event.Event
		message string
		color   string
	}{
		{"sample", sampleEvents(), "2 of 5 pass", "red"},
		{"set-up", setupEvents(), "not judged", "lightgrey"},
		{"all pass", run(false, event.Footer{}, &event.Result{Scenario: "a", Verdict: event.Pass}), "1 of 1 pass", "brightgreen"},
		{"differs", run(false, event.Footer{}, &event.Result{Scenario: "a", Verdict: event.Differs}), "0 of 1 pass", "yellow"},
		{"listed", run(false, event.Footer{Expected: 1}, &event.Result{Scenario: "a", Verdict: event.Fail, Deviation: &event.Deviation{Why: "w", At: "b:1"}}), "0 of 1 pass", "orange"},
		{"fails", run(false, event.Footer{ExitCode: 1}, &event.Result{Scenario: "a", Verdict: event.Fail}), "0 of 1 pass", "red"},
		{"stale baseline", run(false, event.Footer{ExitCode: 1}, &event.Result{Scenario: "a", Verdict: event.Pass}), "1 of 1 pass", "red"},
		{"interrupted", run(false, event.Footer{Interrupted: true, ExitCode: 130}, &event.Result{Scenario: "a", Verdict: event.Pass}), "incomplete", "lightgrey"},
		{"only unsupported", run(false, event.Footer{ExitCode: 3}, &event.Result{Scenario: "a", Verdict: event.Unsupported}), "not judged", "lightgrey"},
	} {
		var doc struct {
			SchemaVersion         int
			Label, Message, Color string
		}
		if err := json.Unmarshal(render(t, BadgeJSON, row.events), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.SchemaVersion != 1 || doc.Label != badgeLabel || doc.Message != row.message || doc.Color != row.color {
			t.Errorf("%s: %+v", row.name, doc)
		}
		root, err := parseXML(render(t, BadgeSVG, row.events))
		if err != nil || root.attrs["aria-label"] != badgeLabel+": "+row.message {
			t.Errorf("%s: %v %v", row.name, root, err)
		}
	}
}

func TestBadgeFilesHaveNamesOfTheirOwn(t *testing.T) {
	columns := []Column{{Name: "../../etc/passwd"}, {Name: "Socket.IO 4"}, {Name: "socket.io-4"}, {Name: "\x1b\u202e"}, {Name: strings.Repeat("x", 300)}}
	got := texts((&Matrix{Tables: []MatrixTable{{Columns: columns}}}).Badges(), func(f BadgeFile) string { return f.Name })
	want := []string{"etc-passwd", "socket.io-4", "socket.io-4-2", "run", strings.Repeat("x", 60)}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMatrixHoldsHostileStrings(t *testing.T) {
	schema := compile(t, "matrix.schema.json")
	page := func(m *Matrix) string {
		return string(withoutAssets([]byte(renderMatrix(t, withBadges(MatrixHTML, "badges"), m))))
	}
	of := func(s string) *Matrix {
		m, err := NewMatrix([]MatrixRun{{Run: hostileModel(t, hostileEvents(s))}, {Name: "s", Run: hostileModel(t, hostileEvents(s+"x")), Report: "a/report.html"}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	harmless := tagsOf(t, page(sampleMatrix(t)))
	maps.Copy(harmless, tagsOf(t, page(of("4abc ]"))))
	own := regexp.MustCompile(`</?(code|details|summary)>|<br>|\]\([a-z0-9./#-]*\)|\]\(<a/report\.html>\)|!?\[|` + "```|`✓`")
	for name, s := range hostileStrings() {
		t.Run(name, func(t *testing.T) {
			m := of(s)
			text := renderMatrix(t, MatrixJSON, m)
			if err := schematest.Validate(t, schema, text); err != nil {
				t.Error(err)
			}
			wantPrintable(t, strings.ReplaceAll(text, "\n", ""))
			html := page(m)
			for found := range tagsOf(t, html) {
				if !harmless[found] {
					t.Errorf("the tag %s is in no harmless page", found)
				}
			}
			wantPrintable(t, strings.ReplaceAll(html, "\n", ""))
			markdown := renderMatrix(t, withBadges(MatrixMarkdown, "badges"), m) + renderMatrix(t, func(w io.Writer, m *Matrix) error { return MatrixEvidence(w, m, &m.Tables[0].Columns[0]) }, m)
			wantPrintable(t, strings.ReplaceAll(markdown, "\n", ""))
			if rest := own.ReplaceAllString(markdown, ""); strings.ContainsAny(rest, "<>`[]@\\") {
				t.Errorf("markup in …%.80q", rest[strings.IndexAny(rest, "<>`[]@\\"):])
			}
			terminal := renderMatrix(t, func(w io.Writer, m *Matrix) error { return MatrixText(w, m, 60, false, false) }, m)
			wantASCII(t, terminal)
			wantPrintable(t, strings.ReplaceAll(terminal, "\n", ""))
			wantWidth(t, terminal, 60)
			for what, size := range map[string]int{"JSON": len(text), "HTML": len(html), "Markdown": len(markdown), "text": len(terminal)} {
				if most := 256 << 10; size > most {
					t.Errorf("%s: %d bytes, want at most %d", what, size, most)
				}
			}
		})
	}
}

// TestMatrixHTMLLeadsToEvidence shows that each cell leads to the report of its run, or to the place in the page that explains it.
func TestMatrixHTMLLeadsToEvidence(t *testing.T) {
	page := renderMatrix(t, withBadges(MatrixHTML, "https://example.org/badges/"), sampleMatrix(t))
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !ids[m[1]] {
			t.Errorf("#%s leads nowhere", m[1])
		}
	}
	for _, want := range []string{
		`href="app/report.html#connect.unknown"`, `href="app/report.html#area-connect"`, `href="#connect.unknown"`, `https://img.shields.io/endpoint?url=https%3A%2F%2Fexample.org%2Fbadges%2Fapp-1.2.3.json`,
		`Expected: before 1.3 every name is accepted`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(page, `<svg xmlns`); n != 4 {
		t.Error(strconv.Itoa(n) + " badges")
	}
}
