package reports

import (
	"bytes"
	"cmp"
	_ "embed" // of the published matrix
	"slices"
	"strings"
	"sync"

	"github.com/sio-conform/sio-conform/harness/event"
)

//go:embed published/matrix.json
var publishedMatrix []byte

// Published returns the matrix of the known implementations, as it was when this version was made. It must not be changed.
var Published = sync.OnceValue(func() *Matrix {
	m, err := ReadMatrix(bytes.NewReader(publishedMatrix))
	if err != nil {
		panic(err) // a test reads it
	}
	return m
})

// An elsewhere is what other implementations do with a scenario.
type elsewhere struct {
	Verdict string
	Names   string
}

// elsewhere returns what the columns of the matrix but that of a target do with a scenario, passes first. What they do not offer, or was not judged, is left out.
func (m *Matrix) elsewhere(scenario, target string) []elsewhere {
	var all []elsewhere
	for _, t := range m.Tables {
		row, found := t.row(scenario)
		if !found {
			continue
		}
		for _, v := range []event.Verdict{event.Pass, event.Differs, event.Fail, event.Crashed} {
			if names := row.namesWith(v, t.Columns, target); names != "" {
				all = append(all, elsewhere{Verdict: string(v), Names: names})
			}
		}
	}
	return all
}

// row returns the row of a scenario.
func (t *MatrixTable) row(scenario string) (*MatrixRow, bool) {
	at, found := slices.BinarySearchFunc(t.Scenarios, scenario, func(r MatrixRow, id string) int { return cmp.Compare(r.ID, id) })
	if !found {
		return nil, false
	}
	return &t.Scenarios[at], true
}

// namesWith returns the columns but that of a target whose verdict is v.
func (r *MatrixRow) namesWith(v event.Verdict, columns []Column, target string) string {
	var names []string
	for i, c := range r.Cells {
		if c != nil && c.judged() > 0 && c.Verdict == v && columns[i].Name != target {
			names = append(names, nameText(columns[i].Name))
		}
	}
	return strings.Join(names, ", ")
}

// An earlier is the verdict of a run that was made before.
type earlier struct {
	Verdict string
	Day     string
}

// history returns what earlier runs, oldest first, say of an execution.
func (m *Model) history(r *event.Result) []earlier {
	var all []earlier
	for _, run := range m.Earlier {
		at, found := slices.BinarySearchFunc(run.Results, r, func(have event.Result, want *event.Result) int {
			return cmp.Or(cmp.Compare(have.Scenario, want.Scenario), cmp.Compare(have.Axes, want.Axes))
		})
		if found {
			all = append(all, earlier{Verdict: string(run.Results[at].Verdict), Day: run.Header.Started.UTC().Format("2006-01-02 15:04")})
		}
	}
	const most = 20
	return all[max(0, len(all)-most):]
}
