package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/event"
)

// numbers are what every format must agree on.
type numbers struct {
	counts map[string]int // by verdict
	total  int
	exit   int
}

func (n numbers) equal(m numbers) bool {
	return maps.Equal(n.counts, m.counts) && n.total == m.total && n.exit == m.exit
}

// TestEveryFormatSaysTheSameNumbers reads each format back and compares it with the footer.
func TestEveryFormatSaysTheSameNumbers(t *testing.T) {
	pass := &event.Result{Scenario: "a", Verdict: event.Pass}
	for name, events := range map[string][]event.Event{
		"sample":      sampleEvents(),
		"many areas":  manyAreas(40),
		"one pass":    run(false, event.Footer{}, pass),
		"baseline":    listedEvents(),
		"set-up":      setupEvents(),
		"interrupted": run(false, event.Footer{Interrupted: true, ExitCode: 130}, pass, &event.Result{Scenario: "b", Verdict: event.Skipped}),
		"strict":      run(true, event.Footer{ExitCode: 1}, pass, &event.Result{Scenario: "b", Verdict: event.Differs}),
		"hostile":     hostileEvents("\x1b[2J\ntotal  9  9\n<failure/>\u202e"),
	} {
		t.Run(name, func(t *testing.T) {
			m := model(t, events)
			want := numbers{counts: make(map[string]int), exit: m.Footer.ExitCode}
			for v, n := range m.Footer.Summary {
				want.counts[string(v)] = n
				want.total += n
			}
			if got := numbersOfJSON(t, render(t, JSON, events)); !got.equal(want) {
				t.Errorf("JSON says %+v, the footer %+v", got, want)
			}
			if got := numbersOfTerminal(t, terminal(t, Terminal{Width: 100, UTF8: true}, events)); !got.equal(want) {
				t.Errorf("the terminal says %+v, the footer %+v", got, want)
			}
			if got := numbersOfTerminal(t, terminal(t, Terminal{Width: 75, Quiet: 1}, events)); !got.equal(want) {
				t.Errorf("the narrow terminal says %+v, the footer %+v", got, want)
			}
			if got := numbersOfHTML(t, string(render(t, HTML, events))); !got.equal(want) {
				t.Errorf("HTML says %+v, the footer %+v", got, want)
			}
			if got := numbersOfMarkdown(t, string(render(t, Markdown, events))); !got.equal(want) {
				t.Errorf("Markdown says %+v, the footer %+v", got, want)
			}
			compareCTRF(t, render(t, CTRF, events), want, m)
			compareHAR(t, render(t, HAR, events), m)
			var again bytes.Buffer
			if err := m.WriteStream(&again); err != nil {
				t.Fatal(err)
			}
			if reread, err := Read(&again); err != nil || !maps.Equal(reread.Footer.Summary, m.Footer.Summary) {
				t.Errorf("the stream written again says %+v, the footer %+v: %v", reread.Footer, m.Footer, err)
			}
			compareJUnit(t, junit(t, events), want, m)
		})
	}
}

// numbersOfJSON reads report.json: from its summary, and from its scenarios, which must agree.
func numbersOfJSON(t *testing.T, b []byte) numbers {
	t.Helper()
	var report struct {
		Summary   map[string]int `json:"summary"`
		ExitCode  int            `json:"exit_code"`
		Scenarios []struct {
			Verdict string `json:"verdict"`
		} `json:"scenarios"`
	}
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	counted := make(map[string]int)
	for _, s := range report.Scenarios {
		counted[s.Verdict]++
	}
	for v, n := range report.Summary {
		if counted[v] != n {
			t.Errorf("report.json has %d %s in its summary and %d in its scenarios", n, v, counted[v])
		}
	}
	return numbers{counts: report.Summary, total: len(report.Scenarios), exit: report.ExitCode}
}

// numbersOfTerminal reads the table of the summary, and checks that its rows add up.
func numbersOfTerminal(t *testing.T, out string) numbers {
	t.Helper()
	got := numbers{counts: make(map[string]int)}
	verdictOf := make(map[string]string)
	for _, v := range event.Verdicts() {
		got.counts[string(v)] = 0
		verdictOf[string(v)], verdictOf[shortVerdicts[v]] = string(v), string(v)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	last := strings.Join(lines[max(0, len(lines)-4):], " ")
	_, code, _ := strings.Cut(last, "exit code ")
	if _, err := fmt.Sscan(strings.TrimRight(strings.Fields(code)[0], ","), &got.exit); err != nil {
		t.Fatalf("no exit code in %q", last)
	}
	head := -1
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "pass  fail") {
			head = i
		}
	}
	if head < 0 {
		return got // nothing to count
	}
	heads := strings.Fields(lines[head])
	sums := make([]int, len(heads))
	for _, line := range lines[head+1:] {
		fields := strings.Fields(line)
		cells := fields[len(fields)-len(heads):]
		for i, cell := range cells {
			n, err := strconv.Atoi(cell)
			if err != nil {
				t.Fatalf("%v in %q", err, line)
			}
			if fields[0] == "total" && sums[i] != n {
				t.Errorf("the column %s adds up to %d, the total is %d", heads[i], sums[i], n)
			}
			sums[i] += n
			if fields[0] == "total" {
				got.counts[verdictOf[heads[i]]] = n
				got.total += n
			}
		}
		if fields[0] == "total" {
			return got
		}
	}
	t.Error("no total")
	return got
}

var (
	htmlCounts  = regexp.MustCompile(`<li><span class="v [a-z]+">([a-z]+)</span> ([0-9]+)</li>`)
	htmlResults = regexp.MustCompile(`data-v="([a-z]+)"`)
	htmlTables  = regexp.MustCompile(`(?s)<table class="numbers">.*?</table>`)
	htmlCells   = regexp.MustCompile(`<td[^>]*>([0-9]+)</td>`)
	exitCodes   = regexp.MustCompile(`(?i)exit code ([0-9]+)`)
)

// numbersOfHTML reads the counts at the head of the page, and checks that the sections and the tables have as many.
func numbersOfHTML(t *testing.T, page string) numbers {
	t.Helper()
	got := numbers{counts: make(map[string]int), exit: exitCode(t, page)}
	for _, v := range event.Verdicts() {
		got.counts[string(v)] = 0
	}
	sections := maps.Clone(got.counts)
	for _, m := range htmlCounts.FindAllStringSubmatch(page, -1) {
		got.counts[m[1]] = number(t, m[2])
		got.total += number(t, m[2])
	}
	for _, m := range htmlResults.FindAllStringSubmatch(page, -1) {
		sections[m[1]]++
	}
	if !maps.Equal(sections, got.counts) {
		t.Errorf("HTML has %v at its head and %v in its sections", got.counts, sections)
	}
	for _, table := range htmlTables.FindAllString(page, -1) {
		rows := strings.Split(table, "<tr")[2:]
		sum := 0
		for i, row := range rows {
			cells := htmlCells.FindAllStringSubmatch(row, -1)
			all, added := number(t, cells[len(cells)-1][1]), 0
			for _, c := range cells[:len(cells)-1] {
				added += number(t, c[1])
			}
			if added != all {
				t.Errorf("a row adds up to %d, and has %d", added, all)
			}
			if i < len(rows)-1 || len(rows) == 1 {
				sum += all
			}
		}
		if sum != got.total {
			t.Errorf("a table adds up to %d, the total is %d", sum, got.total)
		}
	}
	return got
}

// numbersOfMarkdown reads the table of areas.
func numbersOfMarkdown(t *testing.T, text string) numbers {
	t.Helper()
	got := numbers{counts: make(map[string]int), exit: exitCode(t, text)}
	for _, v := range event.Verdicts() {
		got.counts[string(v)] = 0
	}
	_, table, found := strings.Cut(text, "| area |")
	if !found {
		return got
	}
	head, table, _ := strings.Cut(table, "\n")
	verdicts := strings.Split(strings.Trim(head, "| "), " | ")
	_, total, _ := strings.Cut(table, "| **total** | ")
	total, _, _ = strings.Cut(total, " |\n")
	for i, cell := range strings.Split(total, " | ") {
		if i < len(verdicts)-1 {
			got.counts[verdicts[i]] = number(t, cell)
		} else {
			got.total = number(t, cell)
		}
	}
	return got
}

func exitCode(t *testing.T, text string) int {
	t.Helper()
	m := exitCodes.FindStringSubmatch(text)
	if m == nil {
		t.Fatal("no exit code")
	}
	return number(t, m[1])
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// compareJUnit compares what JUnit can say: the kinds of its failures, and how many it skipped.
func compareJUnit(t *testing.T, root *node, want numbers, m *Model) {
	t.Helper()
	got := make(map[string]int)
	for _, c := range root.all("testcase") {
		switch o := outcome(c); o {
		case "skipped":
			verdict, _, _ := strings.Cut(c.children[0].attrs["message"], ":")
			got[verdict]++
		case "":
			got["passed"]++
		default:
			got[c.children[0].attrs["type"]]++
		}
	}
	counts := maps.Clone(want.counts)
	for _, r := range m.Results {
		if r.Deviation != nil {
			counts[string(r.Verdict)]--
			counts["expected "+string(r.Verdict)]++
		}
	}
	counts["passed"] = counts["pass"]
	if !m.Header.Strict {
		counts["passed"] += counts["differs"]
		delete(counts, "differs")
	}
	delete(counts, "pass")
	own := 0 // the testcase of the run itself
	for _, kind := range []string{"setup", "interrupted", "baseline", "run"} {
		own += got[kind]
		delete(got, kind)
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	if !maps.Equal(got, counts) {
		t.Errorf("JUnit says %v, the footer %v", got, counts)
	}
	if n := strconv.Itoa(want.total + own); root.attrs["tests"] != n {
		t.Errorf("JUnit has tests=%s, want %s", root.attrs["tests"], n)
	}
	for _, p := range root.all("property") {
		if p.attrs["name"] == "exit_code" && p.attrs["value"] != strconv.Itoa(want.exit) {
			t.Errorf("JUnit has the exit code %s, want %d", p.attrs["value"], want.exit)
		}
	}
}

// compareCTRF compares what the Common Test Report Format says, by its statuses and by our verdicts.
func compareCTRF(t *testing.T, b []byte, want numbers, m *Model) {
	t.Helper()
	var report struct {
		Results struct {
			Summary struct {
				Tests, Passed, Failed, Skipped, Other int
				Extra                                 struct {
					ExitCode int
					Verdicts map[string]int
				}
			}
			Tests []struct{ Status, RawStatus string }
		}
	}
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	statuses, verdicts, own := map[string]int{}, map[string]int{}, 0
	for _, test := range report.Results.Tests {
		statuses[test.Status]++
		switch verdict := strings.TrimPrefix(test.RawStatus, "expected "); verdict {
		case "setup", "interrupted", "baseline", "run":
			own++
		default:
			verdicts[verdict]++
		}
	}
	s := report.Results.Summary
	if got := (numbers{s.Extra.Verdicts, s.Tests - own, s.Extra.ExitCode}); !got.equal(want) {
		t.Errorf("CTRF says %+v, the footer %+v", got, want)
	}
	counts := maps.Clone(want.counts)
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	if !maps.Equal(verdicts, counts) {
		t.Errorf("the tests of CTRF have %v, the footer %v", verdicts, counts)
	}
	if s.Passed != statuses["passed"] || s.Failed != statuses["failed"] || s.Skipped != statuses["skipped"] || s.Other != statuses["other"] || s.Tests != len(report.Results.Tests) {
		t.Errorf("the summary of CTRF is %+v, its tests have %v", s, statuses)
	}
	if failed := s.Failed > 0; failed != (m.Footer.ExitCode != 0) {
		t.Errorf("CTRF has %d failures, the exit code is %d", s.Failed, m.Footer.ExitCode)
	}
}

// compareHAR checks that there is a page for each failure with a transcript, and that each entry belongs to one.
func compareHAR(t *testing.T, b []byte, m *Model) {
	t.Helper()
	var archive struct {
		Log struct {
			Pages   []struct{ ID string }
			Entries []struct{ Pageref string }
		}
	}
	if err := json.Unmarshal(b, &archive); err != nil {
		t.Fatal(err)
	}
	want, pages := 0, map[string]bool{}
	for _, r := range m.Results {
		if wrong(r.Verdict) && len(r.Transcript) > 0 {
			want++
		}
	}
	for _, p := range archive.Log.Pages {
		pages[p.ID] = true
	}
	if len(pages) != want || len(archive.Log.Pages) != want {
		t.Errorf("HAR has %d pages, want %d", len(archive.Log.Pages), want)
	}
	for _, e := range archive.Log.Entries {
		if !pages[e.Pageref] {
			t.Errorf("HAR has an entry of the page %q, which there is not", e.Pageref)
		}
	}
}
