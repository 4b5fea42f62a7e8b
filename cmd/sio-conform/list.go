package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/suite"
)

func newList() *cobra.Command {
	var selection run.Selection
	var byRule, clients bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List scenarios, or rules and what covers them",
		Example: "  sio-conform list --only 'middleware.*'\n  sio-conform list --rules",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			selection, err := expand(selection)
			if err != nil {
				return err
			}
			s := suite.Default()
			if clients {
				s = suite.Clients()
			}
			chosen, _, err := selection.Select(s.Executions())
			if err != nil {
				return usageError(err)
			}
			if byRule {
				return listRules(c.OutOrStdout(), s, chosen)
			}
			return listScenarios(c.OutOrStdout(), chosen)
		},
	}
	addSelection(c.Flags(), &selection)
	c.Flags().BoolVar(&clients, "client", false, "list the suite for clients")
	c.Flags().BoolVar(&byRule, "rules", false, "list the rules, each with its level and the scenarios that cover it")
	return c
}

func listScenarios(w io.Writer, chosen []run.Execution) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	scenarios := 0
	for i := 0; i < len(chosen); {
		c := chosen[i].Scenario
		var axes []string
		for ; i < len(chosen) && chosen[i].Scenario == c; i++ {
			if t := string(chosen[i].Transport); !slices.Contains(axes, t) {
				axes = append(axes, t)
			}
		}
		scenarios++
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", c.ID, strings.Join(axes, ","), c.Title) // Flush returns the error
	}
	_, _ = fmt.Fprintf(t, "%d scenarios, %d executions\n", scenarios, len(chosen))
	return t.Flush()
}

func listRules(w io.Writer, s *run.Suite, chosen []run.Execution) error {
	covering := map[string][]string{}
	for _, e := range chosen {
		for _, id := range e.Scenario.Rules {
			if !slices.Contains(covering[id], e.Scenario.ID) {
				covering[id] = append(covering[id], e.Scenario.ID)
			}
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	n, bare := 0, 0
	for _, r := range s.Rules {
		if len(chosen) < len(s.Executions()) && covering[r.ID] == nil {
			continue
		}
		n++
		by := strings.Join(covering[r.ID], " ")
		if by == "" {
			by = "(no scenario)"
			bare++
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", r.ID, r.Level, by) // Flush returns the error
	}
	_, _ = fmt.Fprintf(t, "%d rules, %d without a scenario\n", n, bare)
	return t.Flush()
}
