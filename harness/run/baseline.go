package run

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/strictyaml"
)

// A Baseline lists the results that are expected of a target although they are no passes. It explains them and hides none: with it, a run is as expected when all that is listed happens as it
// is listed, and nothing else. The form of the file is described in docs/baseline.md.
type Baseline struct {
	File    string
	Entries []Expectation
}

// An Expectation is one entry of a Baseline: all executions that it names and that are judged have this verdict.
type Expectation struct {
	ID      string        // a glob over scenario ids and full names
	Verdict event.Verdict // fail, differs or crashed
	Reason  string        // how the reason begins
	Why     string        // why it is so, for readers
	See     string        // where more is said: a link, a rule, the name of a vulnerability
	Until   time.Time     // the last day on which the entry counts; zero: it always does
	Line    int
}

// dateForm is how a day is written.
const dateForm = time.DateOnly

// ReadBaseline reads the file of a baseline. What is wrong in it is a *strictyaml.Error.
func ReadBaseline(name string) (*Baseline, error) {
	b := &Baseline{File: name}
	err := strictyaml.ReadFile(name, func(n ast.Node) error {
		return strictyaml.EachItem(n, b.readEntry)
	})
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	return b, nil
}

func (b *Baseline) readEntry(n ast.Node) error {
	e := Expectation{Line: strictyaml.Line(n)}
	var verdict string
	err := strictyaml.Object(n, map[string]strictyaml.Field{
		"id":      strictyaml.Text(&e.ID),
		"verdict": strictyaml.Choice(&verdict, string(event.Fail), string(event.Differs), string(event.Crashed)),
		"reason":  strictyaml.Text(&e.Reason),
		"why":     strictyaml.Text(&e.Why),
		"see":     strictyaml.Text(&e.See),
		"until":   day(&e.Until),
	})
	if err != nil {
		return err
	}
	e.Verdict, e.Why = event.Verdict(verdict), strings.TrimSpace(e.Why)
	for _, member := range []struct{ name, value string }{{"id", e.ID}, {"verdict", verdict}, {"reason", e.Reason}, {"why", e.Why}} {
		if member.value == "" {
			return strictyaml.At(n, "%s is missing", member.name)
		}
	}
	for _, other := range b.Entries {
		if other.ID == e.ID {
			return strictyaml.At(n, "%s is listed already, in line %d", e.ID, other.Line)
		}
	}
	b.Entries = append(b.Entries, e)
	return nil
}

func day(into *time.Time) strictyaml.Field {
	return func(n ast.Node) error {
		var s string
		if err := strictyaml.Text(&s)(n); err != nil {
			return err
		}
		t, err := time.Parse(dateForm, s)
		if err != nil {
			return strictyaml.At(n, "%q is no day, as 2027-06-30", s)
		}
		*into = t
		return nil
	}
}

// name returns the name of the file, "" when there is no list.
func (b *Baseline) name() string {
	if b == nil {
		return ""
	}
	return b.File
}

// at returns where the entry stands.
func (b *Baseline) at(e *Expectation) string { return fmt.Sprintf("%s:%d", b.File, e.Line) }

// Check returns what is wrong with the list for a suite: an entry that names none of its executions, an execution that two entries name.
func (b *Baseline) Check(s *Suite) error {
	_, err := b.bind(s.Executions())
	return err
}

// bind finds the entry of each execution, or returns what Check does.
func (b *Baseline) bind(all []Execution) (map[string]*Expectation, error) {
	bound := map[string]*Expectation{}
	for i := range b.Entries {
		e := &b.Entries[i]
		globs, err := compile([]string{e.ID})
		if err != nil {
			return nil, b.wrong(e, err.Error())
		}
		found := false
		for _, x := range all {
			if !globs[0].names(x) {
				continue
			}
			if other := bound[x.Name()]; other != nil {
				return nil, b.wrong(e, fmt.Sprintf("%s is listed already, in line %d", x.Name(), other.Line))
			}
			bound[x.Name()], found = e, true
		}
		if !found {
			return nil, b.wrong(e, fmt.Sprintf("%q names no scenario", e.ID))
		}
	}
	return bound, nil
}

func (b *Baseline) wrong(e *Expectation, what string) error {
	return fmt.Errorf("baseline: %w", &strictyaml.Error{File: b.File, Line: e.Line, Err: errors.New(what)})
}
