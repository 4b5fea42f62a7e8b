package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Differences says where runs are not as m has them, one line each: another verdict, a scenario or a run that m does not have. What a run left out says nothing; what m has beyond the runs says
// nothing either. A run is that column of m that has its name.
func (m *Matrix) Differences(runs []MatrixRun) []string {
	var lines []string
	names := map[string]bool{}
	for _, r := range runs {
		name := uniqueName(r, names)
		cells, found := m.column(name)
		if !found {
			lines = append(lines, fmt.Sprintf("%s: there is no such column", name))
			continue
		}
		for i := range r.Run.Results {
			result := &r.Run.Results[i]
			if result.Verdict == event.Skipped {
				continue
			}
			if was, same := cells[clip(result.Scenario, nameLimit)].had(result); !same {
				lines = append(lines, fmt.Sprintf("%s: %s: %s, was %s: %s", name, result.Name(), result.Verdict, was, steadyReason(result)))
			}
		}
	}
	return lines
}

// column returns the cells of a column by scenario.
func (m *Matrix) column(name string) (cells map[string]*Cell, found bool) {
	for _, t := range m.Tables {
		at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if at < 0 {
			continue
		}
		cells = map[string]*Cell{}
		for _, row := range t.Scenarios {
			cells[row.ID] = row.Cells[at]
		}
		return cells, true
	}
	return nil, false
}

// had says what the cell has of the execution of r, and whether that is the same verdict. A cell lists the executions that do not pass; of the others it has the numbers.
func (c *Cell) had(r *event.Result) (was string, same bool) {
	if c == nil {
		return "not run", false
	}
	for _, listed := range c.Results {
		if slices.Contains(listed.Axes, clip(r.Axes, nameLimit)) {
			return string(listed.Verdict), listed.Verdict == r.Verdict
		}
	}
	if c.Counts[event.Skipped] > 0 {
		return string(event.Skipped), true // nobody knows which
	}
	var rest []string
	for _, v := range []event.Verdict{event.Pass, event.Unsupported} {
		if c.Counts[v] > 0 {
			rest = append(rest, string(v))
		}
	}
	return strings.Join(rest, " or "), slices.Contains(rest, string(r.Verdict))
}
