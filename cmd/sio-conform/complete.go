package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/suite"
)

// completeFlags tells shells what the flags of all commands below c take.
func completeFlags(c *cobra.Command) {
	for _, sub := range c.Commands() {
		completeFlags(sub)
	}
	for name, values := range map[string]cobra.CompletionFunc{"only": completeIDs, "skip": completeIDs, "out": completeDirs, "target": completeDirs} {
		if c.Flags().Lookup(name) != nil {
			_ = c.RegisterFlagCompletionFunc(name, values) // fails for a flag that there is not
		}
	}
}

// completeFormats returns what completes --format.
func completeFormats(formats []string) cobra.CompletionFunc {
	return cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)
}

func completeDirs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeIDs returns the scenarios and rules that begin so, each with what it is.
func completeIDs(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var all []cobra.Completion
	for _, s := range []*run.Suite{suite.Default(), suite.Clients()} {
		for _, scenario := range s.Scenarios {
			if strings.HasPrefix(scenario.ID, begun) {
				all = append(all, cobra.CompletionWithDesc(scenario.ID, scenario.Title))
			}
		}
	}
	slices.Sort(all)
	return all, cobra.ShellCompDirectiveNoFileComp
}
