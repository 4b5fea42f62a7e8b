package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reports"
	"github.com/sio-conform/sio-conform/suite"
)

func newSelfTest() *cobra.Command {
	var selection run.Selection
	var jobs, verbose int
	var seed uint64
	var scale float64
	c := &cobra.Command{
		Use:   "selftest",
		Short: "Prove the suite: each scenario passes on the correct app and fails on each of its faults",
		Long: "Prove the suite. Each scenario is run against the correct conformance app, where it must pass, and against each of the faults that it claims to catch, where it must fail for its own reason. " +
			"A scenario without a fault and a fault that nothing catches are failures too.\n\nExit codes: 0 proved, 4 not proved, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			selection, err := expand(selection)
			if err != nil {
				return err
			}
			chosen, left, err := selection.Select(suite.Default().Executions())
			if err != nil {
				return usageError(err)
			}
			if jobs < 1 || scale <= 0 {
				return usageError(errors.New("--jobs and --time-scale must be above 0"))
			}
			sockets, err := os.MkdirTemp("", "sio-conform")
			if err != nil {
				return setupError(err)
			}
			defer os.RemoveAll(sockets) //nolint:errcheck // a temporary folder
			apps, err := bench(c.Context(), socketsIn(sockets))
			if err != nil {
				return &exitError{code: run.ExitDefect, err: err}
			}
			p := prover{w: c.OutOrStdout(), verbose: verbose > 0}
			if len(left) == 0 {
				p.check(suite.Default().Validate())
				p.check(run.Unproved(suite.Default(), apps))
			}
			pairs := run.Pairs(chosen)
			began := time.Now()
			run.SelfTest(c.Context(), suite.Default(), apps, pairs, jobs, seed, scale, p.proof)
			p.printf("%d scenarios and axes, %d pairs in %.1f s: %d proved, %d not\n", len(chosen), len(pairs), time.Since(began).Seconds(), p.proved, p.wrong)
			switch {
			case p.err != nil:
				return setupError(p.err)
			case c.Context().Err() != nil:
				return &exitError{code: run.ExitInterrupted}
			case p.wrong > 0:
				return &exitError{code: run.ExitDefect}
			}
			return nil
		},
	}
	addSelection(c.Flags(), &selection)
	c.Flags().IntVar(&jobs, "jobs", 256, "pairs at once")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of everything random")
	c.Flags().Float64Var(&scale, "time-scale", 1, "factor for all waits")
	c.Flags().CountVarP(&verbose, "verbose", "v", "print every pair")
	return c
}

// A prover prints proofs and counts them.
type prover struct {
	w             io.Writer
	verbose       bool
	proved, wrong int
	err           error
}

func (p *prover) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format, args...); err != nil && p.err == nil {
		p.err = err
	}
}

func (p *prover) check(errs []error) {
	for _, err := range errs {
		p.wrong++
		p.printf("NOT PROVED  %v\n", err)
	}
}

func (p *prover) proof(proof run.Proof) {
	switch {
	case proof.Wrong != "":
		p.wrong++
		p.printf("NOT PROVED  %s: %s\n", proof.Pair, reports.Printable(proof.Wrong))
	case p.verbose:
		p.proved++
		p.printf("proved      %s: %s\n", proof.Pair, reports.Printable(proof.Result.Reason))
	default:
		p.proved++
	}
}
