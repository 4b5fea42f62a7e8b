package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/event"
)

// MatrixVersion is the version of what MatrixJSON writes, and of schema/matrix.schema.json.
const MatrixVersion = 1

// A Matrix is any number of runs side by side: servers in one table, clients in another, as different scenarios judge them.
type Matrix struct {
	Tables []MatrixTable
}

// A MatrixTable has a column for each run and a row for each scenario.
type MatrixTable struct {
	Role         string      // "server" or "client"
	Columns      []Column    // in the order in which the runs were given
	Scenarios    []MatrixRow // sorted by id
	Features     []Policy    // what the targets said of themselves, sorted by name
	Observations []Policy    // what was observed and not judged, sorted by name
}

// A Column is one run of a Matrix.
type Column struct {
	Name           string    `json:"name"` // of the implementation; no two of a Matrix have the same
	Implementation string    `json:"implementation"`
	Level          string    `json:"level"`
	Tool           string    `json:"tool"`
	Command        string    `json:"command"` // how the run is made again; empty when it would be too long
	Started        time.Time `json:"started"`
	ExitCode       int       `json:"exit_code"`
	Outcome        string    `json:"outcome"`     // in words
	SetupError     string    `json:"setup_error"` // why nothing, or not everything, could be judged
	Counts         Counts    `json:"counts"`
	Expected       Counts    `json:"expected"` // of Counts, those that the baseline lists
	Report         string    `json:"report"`   // address of the HTML report of the run, relative to the matrix; empty when there is none
}

// A MatrixRow is a scenario with its outcome in each run, in the order of the columns.
type MatrixRow struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Level string  `json:"level"` // the strictest of its rules
	Cells []*Cell `json:"cells"` // nil where a run has no result
}

// A Cell is what one run says of one scenario.
type Cell struct {
	Verdict event.Verdict         `json:"verdict"` // the gravest; of what was judged, where something was
	Counts  map[event.Verdict]int `json:"counts"`  // without zeros
	Results []CellResult          `json:"results,omitempty"`
}

// A CellResult is what some combinations of axes have in common where they do not pass and were judged, or are blocked.
type CellResult struct {
	Axes    []string      `json:"axes"`
	Verdict event.Verdict `json:"verdict"`
	Reason  string        `json:"reason"` // with … for what differs from run to run: times, random names
	Why     string        `json:"why"`    // why it is expected; empty when it is not, and where the scenario is blocked
}

// A Policy is what the runs of a table say of one thing, in the order of the columns.
type Policy struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // empty where a run says nothing
}

// A MatrixRun is a run that becomes a column of a Matrix.
type MatrixRun struct {
	Name   string // of the column; "" for the name and version of the target
	Run    *Model // whole, or salvaged
	Report string // address of its HTML report, relative to the matrix; "" when there is none
}

// NewMatrix puts runs side by side. The error is Check's of one of them.
func NewMatrix(entries []MatrixRun) (*Matrix, error) {
	m, names := &Matrix{}, map[string]bool{}
	for _, role := range []string{"server", "client"} {
		var chosen []MatrixRun
		for _, e := range entries {
			if err := e.Run.Check(); err != nil {
				return nil, err
			}
			if ofClient(e.Run.Header) == (role == "client") {
				e.Name = uniqueName(e, names)
				chosen = append(chosen, e)
			}
		}
		if len(chosen) > 0 {
			m.Tables = append(m.Tables, newTable(role, chosen))
		}
	}
	return m, nil
}

// uniqueName returns a name that none of the columns so far has.
func uniqueName(e MatrixRun, taken map[string]bool) string {
	t := e.Run.Header.Target
	name := clip(cmp.Or(e.Name, strings.TrimSpace(t.Name+" "+t.Version), "run"), nameLimit)
	for n, first := 2, name; taken[name]; n++ {
		name = fmt.Sprintf("%s (%d)", first, n)
	}
	taken[name] = true
	return name
}

func newTable(role string, entries []MatrixRun) MatrixTable {
	t := MatrixTable{Role: role}
	rows, features, observed := map[string]*MatrixRow{}, policyRows{}, policyRows{}
	for i, e := range entries {
		t.Columns = append(t.Columns, newColumn(e))
		for _, g := range e.Run.groups() {
			row := rows[g.id]
			if row == nil {
				row = &MatrixRow{ID: clip(g.id, nameLimit), Title: clip(e.Run.Header.Scenarios[g.id].Title, fieldLimit), Level: levelOf(e.Run.Header, &g.results[0]), Cells: make([]*Cell, len(entries))}
				rows[g.id] = row
			}
			row.Cells[i] = newCell(&g)
		}
		for _, o := range traits(e.Run.Header.Target) {
			features.add(o, i, len(entries))
		}
		for _, p := range e.Run.policies() {
			observed.add(event.Observation{Name: p.name, Value: p.value}, i, len(entries))
		}
	}
	for _, row := range rows {
		t.Scenarios = append(t.Scenarios, *row)
	}
	slices.SortFunc(t.Scenarios, func(a, b MatrixRow) int { return cmp.Compare(a.ID, b.ID) })
	t.Features, t.Observations = features.sorted(), observed.sorted()
	return t
}

func newColumn(e MatrixRun) Column {
	h, f := e.Run.Header, e.Run.Footer
	c := Column{
		Name: e.Name, Implementation: clip(h.Target.Implementation, nameLimit), Level: clip(h.Target.Level, nameLimit), Tool: clip(h.Tool, nameLimit), Command: repeatCommand(h),
		Started: h.Started, ExitCode: f.ExitCode, Outcome: outcomeText(h, f), SetupError: clip(f.SetupError, fieldLimit), Counts: e.Run.Counts(), Expected: newCounts(), Report: e.Report,
	}
	for i := range e.Run.Results {
		if r := &e.Run.Results[i]; r.Deviation != nil {
			c.Expected[r.Verdict]++
		}
	}
	return c
}

// cellOrder are the verdicts in the order in which one of them stands for a cell.
var cellOrder = []event.Verdict{event.Crashed, event.Fail, event.Error, event.Differs, event.Pass, event.Blocked, event.Unsupported, event.Skipped}

func newCell(g *group) *Cell {
	c := &Cell{Counts: map[event.Verdict]int{}}
	for i := range g.results {
		r := &g.results[i]
		c.Counts[r.Verdict]++
		switch r.Verdict {
		case event.Pass, event.Unsupported, event.Skipped:
		default:
			c.add(r)
		}
	}
	c.Verdict = cellOrder[slices.IndexFunc(cellOrder, func(v event.Verdict) bool { return c.Counts[v] > 0 })]
	return c
}

// add adds a result to those that it has all but its axes in common with.
func (c *Cell) add(r *event.Result) {
	axes := clip(r.Axes, nameLimit)
	added := CellResult{Verdict: r.Verdict, Reason: steadyReason(r)}
	if r.Deviation != nil && r.Verdict != event.Blocked {
		added.Why = clip(r.Deviation.Why, fieldLimit)
	}
	for i := range c.Results {
		if have := &c.Results[i]; have.Verdict == added.Verdict && have.Reason == added.Reason && have.Why == added.Why {
			have.Axes = append(have.Axes, axes)
			return
		}
	}
	added.Axes = []string{axes}
	c.Results = append(c.Results, added)
}

// steadyReason returns the reason of a result without what differs from run to run. Of a crash that is how the target ended.
func steadyReason(r *event.Result) string {
	if r.Verdict == event.Crashed {
		return clip(beginning(r), 2*entryLimit)
	}
	return clip(varying.ReplaceAllLiteralString(clip(r.Reason, 2*entryLimit), "…"), 2*entryLimit)
}

// expected says whether all that the target does wrong in the cell is listed by the baseline of its run.
func (c *Cell) expected() bool {
	listed := false
	for _, r := range c.Results {
		if r.Why == "" && r.Verdict != event.Blocked {
			return false
		}
		listed = listed || r.Why != ""
	}
	return listed
}

// judged returns how many results of the cell are verdicts on the target.
func (c *Cell) judged() int { return Counts(c.Counts).judged() }

// differ says whether the runs that judged a scenario have different verdicts on it.
func (r *MatrixRow) differ() bool {
	var first event.Verdict
	for _, c := range r.Cells {
		switch {
		case c == nil || c.judged() == 0:
		case first == "":
			first = c.Verdict
		case c.Verdict != first:
			return true
		}
	}
	return false
}

// explained says whether there is something to say of the row beyond its verdicts.
func (r *MatrixRow) explained() bool {
	return slices.ContainsFunc(r.Cells, func(c *Cell) bool { return c != nil && len(c.Results) > 0 })
}

// rank orders rows: those that differ, those that somebody does not pass, the rest.
func (r *MatrixRow) rank() int {
	switch {
	case r.differ():
		return 0
	case r.explained():
		return 1
	default:
		return 2
	}
}

// differ says whether not all runs that say something say the same.
func (p *Policy) differ() bool {
	said := slices.DeleteFunc(slices.Clone(p.Values), func(v string) bool { return v == "" })
	slices.Sort(said)
	return len(slices.Compact(said)) > 1
}

// policyRows collects policies by name.
type policyRows map[string]*Policy

// add adds what one of the columns says. What it says several times stands once.
func (all policyRows) add(o event.Observation, column, columns int) {
	name := clip(o.Name, nameLimit)
	p := all[name]
	if p == nil {
		p = &Policy{Name: name, Values: make([]string, columns)}
		all[name] = p
	}
	value := clip(o.Value, entryLimit)
	if have := p.Values[column]; have != "" {
		if slices.Contains(strings.Split(have, "; "), value) || len(have) > entryLimit {
			return
		}
		value = have + "; " + value
	}
	p.Values[column] = value
}

func (all policyRows) sorted() []Policy {
	var list []Policy
	for _, p := range all {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Policy) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// A matrixArea is the part of a table that shares an area.
type matrixArea struct {
	name  string
	rows  []*MatrixRow // what differs first
	sums  []Counts     // by column
	apart int          // rows that differ
}

// areas returns the areas of the table, sorted by name.
func (t *MatrixTable) areas() []matrixArea {
	var all []matrixArea
	for i := range t.Scenarios {
		row := &t.Scenarios[i]
		name := matrixAreaOf(t.Role, row.ID)
		at, found := slices.BinarySearchFunc(all, name, func(a matrixArea, name string) int { return cmp.Compare(a.name, name) })
		if !found {
			sums := make([]Counts, len(t.Columns))
			for c := range sums {
				sums[c] = newCounts()
			}
			all = slices.Insert(all, at, matrixArea{name: name, sums: sums})
		}
		all[at].add(row)
	}
	for _, a := range all {
		slices.SortStableFunc(a.rows, func(a, b *MatrixRow) int { return cmp.Compare(a.rank(), b.rank()) })
	}
	return all
}

func (a *matrixArea) add(row *MatrixRow) {
	a.rows = append(a.rows, row)
	if row.differ() {
		a.apart++
	}
	for i, c := range row.Cells {
		if c == nil {
			continue
		}
		for v, n := range c.Counts {
			a.sums[i][v] += n
		}
	}
}

// matrixAreaOf returns the area of a scenario within its table: all those of clients begin with the same word.
func matrixAreaOf(role, scenario string) string {
	if rest, ok := strings.CutPrefix(scenario, "client."); ok && role == "client" {
		return AreaOf(rest)
	}
	return AreaOf(scenario)
}
