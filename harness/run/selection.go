package run

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Selection says which executions to run. Its patterns are globs, * for any text and ? for any character, over the scenario's id, its rules and its axes; a pattern
// may be an id ("rooms.*"), a full name ("rooms.*[rev5,polling]"), a rule ("sio.mw.*"), or an axis ("polling", "rev5").
type Selection struct {
	Only []string // all when empty
	Skip []string
}

// Select splits the executions into those to run and those left out. A pattern that matches nothing is an error.
func (s Selection) Select(all []Execution) (chosen, left []Execution, err error) {
	only, err := compile(s.Only)
	if err != nil {
		return nil, nil, err
	}
	skip, err := compile(s.Skip)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range all {
		in := len(only) == 0
		for i := range only {
			in = only[i].matches(e) || in
		}
		for i := range skip {
			if skip[i].matches(e) {
				in = false
			}
		}
		if in {
			chosen = append(chosen, e)
		} else {
			left = append(left, e)
		}
	}
	for _, p := range slices.Concat(only, skip) {
		if !p.used {
			return nil, nil, fmt.Errorf("run: the pattern %q matches no scenario, rule or axis", p.text)
		}
	}
	return chosen, left, nil
}

type glob struct {
	text   string
	regexp *regexp.Regexp
	used   bool
}

func compile(patterns []string) ([]glob, error) {
	var globs []glob
	for _, text := range patterns {
		if text == "" {
			return nil, fmt.Errorf("run: an empty pattern selects nothing")
		}
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(text))
		globs = append(globs, glob{text: text, regexp: regexp.MustCompile("^" + expr + "$")})
	}
	return globs, nil
}

// names reports whether the scenario's id or the full name of e matches.
func (g *glob) names(e Execution) bool {
	return g.regexp.MatchString(e.Scenario.ID) || g.regexp.MatchString(e.Name())
}

// matches reports whether any name of e matches, and notes that the pattern is of use.
func (g *glob) matches(e Execution) bool {
	names := append([]string{e.Scenario.ID, e.Name(), fmt.Sprintf("rev%d", e.Revision), string(e.Transport)}, e.Scenario.Rules...)
	if !slices.ContainsFunc(names, g.regexp.MatchString) {
		return false
	}
	g.used = true
	return true
}
