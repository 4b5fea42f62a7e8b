package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/driver/clientfault"
	"github.com/sio-conform/sio-conform/harness/fault"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/suite"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:     "explain ID",
		Short:   "Explain a scenario, a rule or a fault",
		Long:    "Explain a scenario (its rules and the faults that it catches), a rule (its statement, level, source, and what covers it) or a fault (what a server or client with it does, and who catches it).",
		Example: "  sio-conform explain namespace.connect.unknown\n  sio-conform explain sio.ns.connect\n  sio-conform explain connect.unanswered",
		Args:    cobra.ExactArgs(1),

		ValidArgsFunction: completeIDs,
		RunE: func(c *cobra.Command, args []string) error {
			id, _, _ := strings.Cut(args[0], "[") // a full name, with its axes
			for _, s := range []*run.Suite{suite.Default(), suite.Clients()} {
				if explained, err := explain(c.OutOrStdout(), s, id); explained {
					return err
				}
			}
			return usageError(fmt.Errorf("there is no scenario, rule or fault %q; see sio-conform list", args[0]))
		},
	}
}

// explain writes what s knows of the id, and reports whether it knows anything.
func explain(w io.Writer, s *run.Suite, id string) (bool, error) {
	if scenario, ok := s.Scenario(id); ok {
		return true, explainScenario(w, s, scenario)
	}
	if rule, ok := s.Rule(id); ok {
		return true, explainRule(w, s, rule)
	}
	if title, ok := faultTitle(id); ok && catches(s, id) {
		return true, explainFault(w, s, id, title)
	}
	return false, nil
}

// faultTitle returns what a server, or a client, with the fault does.
func faultTitle(id string) (string, bool) {
	if f, ok := clientfault.ByID(id); ok {
		return f.Title, true
	}
	if f, ok := fault.ByID(id); ok {
		return f.Title, true
	}
	all := app.Faults()
	i := slices.IndexFunc(all, func(f app.Fault) bool { return f.ID == id })
	if i < 0 {
		return "", false
	}
	return all[i].Title, true
}

// catches reports whether a scenario of s catches the fault.
func catches(s *run.Suite, fault string) bool {
	return slices.ContainsFunc(s.Scenarios, func(c run.Scenario) bool {
		return slices.ContainsFunc(c.Catches, func(k run.Catch) bool { return k.Fault == fault })
	})
}

func explainScenario(w io.Writer, s *run.Suite, c *run.Scenario) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n\n", c.ID, c.Title)
	fmt.Fprintf(&b, "needs      level %s, profile %s", c.Needs.Level, c.Profile())
	if len(c.Needs.Features) > 0 {
		fmt.Fprintf(&b, ", features %s", strings.Join(c.Needs.Features, ", "))
	}
	b.WriteString("\non         ")
	for i, r := range c.On.Revisions {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "revision %d", r)
	}
	for _, t := range c.On.Transports {
		fmt.Fprintf(&b, ", %s", t)
	}
	b.WriteString("\n")
	if len(c.After) > 0 {
		fmt.Fprintf(&b, "builds on  %s\n", strings.Join(c.After, ", "))
	}
	b.WriteString("\nrules\n")
	for _, id := range c.Rules {
		if r, ok := s.Rule(id); ok {
			writeRule(&b, r)
		}
	}
	b.WriteString("\nfaults that it catches\n")
	for _, catch := range c.Catches {
		title, _ := faultTitle(catch.Fault)
		fmt.Fprintf(&b, "  %s: %s\n    its reason then: …%s…\n", catch.Fault, title, catch.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRule(b *strings.Builder, r run.Rule) {
	fmt.Fprintf(b, "  %s (%s)\n    %s\n", r.ID, r.Level, r.Statement)
	for _, source := range r.Source {
		fmt.Fprintf(b, "    source: %s\n", source)
	}
	if r.Note != "" {
		fmt.Fprintf(b, "    note: %s\n", strings.TrimSpace(r.Note))
	}
}

func explainRule(w io.Writer, s *run.Suite, r run.Rule) error {
	var b strings.Builder
	writeRule(&b, r)
	b.WriteString("\nscenarios that cover it\n")
	for i := range s.Scenarios {
		if c := &s.Scenarios[i]; slices.Contains(c.Rules, r.ID) {
			fmt.Fprintf(&b, "  %s: %s\n", c.ID, c.Title)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainFault(w io.Writer, s *run.Suite, id, title string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  what has this fault %s\n\nscenarios that catch it\n", id, title)
	for i := range s.Scenarios {
		c := &s.Scenarios[i]
		for _, catch := range c.Catches {
			if catch.Fault == id {
				fmt.Fprintf(&b, "  %s, because: …%s…\n", c.ID, catch.Reason)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
