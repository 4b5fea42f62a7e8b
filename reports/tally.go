package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// Counts says how many results have which verdict.
type Counts map[event.Verdict]int

func newCounts() Counts {
	c := make(Counts)
	for _, v := range event.Verdicts() {
		c[v] = 0
	}
	return c
}

// Total returns the number of results.
func (c Counts) Total() int {
	n := 0
	for _, of := range c {
		n += of
	}
	return n
}

// judged returns how many results are verdicts on the target.
func (c Counts) judged() int {
	return c[event.Pass] + c[event.Fail] + c[event.Crashed] + c[event.Differs]
}

// String lists what there is, in the order of event.Verdicts: "12 pass, 1 fail".
func (c Counts) String() string {
	var parts []string
	for _, v := range event.Verdicts() {
		if c[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c[v], v))
		}
	}
	if len(parts) == 0 {
		return "no results"
	}
	return strings.Join(parts, ", ")
}

// An Area is a part of the suite: the scenarios that share the first part of their id.
type Area struct {
	Name   string
	Counts Counts
}

// AreaOf returns the area of a scenario, "namespace" for "namespace.connect.unknown".
func AreaOf(scenario string) string {
	area, _, _ := strings.Cut(scenario, ".")
	if area == "" {
		return "(none)"
	}
	return area
}

// A tally counts results while they come.
type tally struct {
	areas []Area // sorted by name
	total Counts
}

func (t *tally) add(r *event.Result) {
	if t.total == nil {
		t.total = newCounts()
	}
	name := AreaOf(r.Scenario)
	i, found := slices.BinarySearchFunc(t.areas, name, func(a Area, name string) int { return strings.Compare(a.Name, name) })
	if !found {
		t.areas = slices.Insert(t.areas, i, Area{Name: name, Counts: newCounts()})
	}
	t.areas[i].Counts[r.Verdict]++
	t.total[r.Verdict]++
}

// count returns "1 result", "2 results".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
