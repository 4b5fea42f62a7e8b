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

// selfTestFlags say what is proved, and how.
type selfTestFlags struct {
	selection     run.Selection
	client        string
	jobs, verbose int
	seed          uint64
	scale         float64
}

func newSelfTest() *cobra.Command {
	var f selfTestFlags
	c := &cobra.Command{
		Use:   "selftest",
		Short: "Prove the suite: each scenario passes on the correct app and fails on each of its faults",
		Long: "Prove the suite. Each scenario is run against the correct conformance app, where it must pass, and against each of the faults that it claims to catch, where it must fail for its own reason. " +
			"A scenario without a fault and a fault that nothing catches are failures too. With --client, the suite for clients is proved, with a driver as the correct client.\n\n" +
			"Exit codes: 0 proved, 4 not proved, 130 interrupted.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	addSelection(c.Flags(), &f.selection)
	c.Flags().StringVar(&f.client, "client", "", "prove the suite for clients with the driver described by `DIR`/target.yaml, or by a .yaml file")
	c.Flags().IntVar(&f.jobs, "jobs", 256, "pairs at once")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	c.Flags().Float64Var(&f.scale, "time-scale", 1, "factor for all waits")
	c.Flags().CountVarP(&f.verbose, "verbose", "v", "print every pair")
	return c
}

func (f *selfTestFlags) run(c *cobra.Command) error {
	s := suite.Default()
	if f.client != "" {
		s = suite.Clients()
	}
	selection, err := expand(f.selection)
	if err != nil {
		return err
	}
	chosen, left, err := selection.Select(s.Executions())
	if err != nil {
		return usageError(err)
	}
	if f.jobs < 1 || f.scale <= 0 {
		return usageError(errors.New("--jobs and --time-scale must be above 0"))
	}
	if f.client != "" && !c.Flags().Changed("jobs") {
		f.jobs = 8 // each has a process of its own
	}
	apps, chosen, err := f.bench(c, chosen)
	if err != nil {
		return err
	}
	if apps.Stop != nil {
		defer apps.Stop()
	}
	p := prover{w: c.OutOrStdout(), verbose: f.verbose > 0}
	if len(left) == 0 {
		p.check(s.Validate())
		p.check(run.Unproved(s, apps))
	}
	pairs := run.Pairs(chosen)
	began := time.Now()
	run.SelfTest(c.Context(), s, apps, pairs, f.jobs, f.seed, f.scale, p.proof)
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
}

// serverBench returns the apps for the self-test of the suite for servers.
func serverBench(c *cobra.Command) (run.Bench, error) {
	sockets, err := os.MkdirTemp("", "sio-conform")
	if err != nil {
		return run.Bench{}, setupError(err)
	}
	apps, err := bench(c.Context(), socketsIn(sockets))
	apps.Stop = func() { _ = os.RemoveAll(sockets) } // a temporary folder
	if err != nil {
		apps.Stop()
		return apps, &exitError{code: run.ExitDefect, err: err}
	}
	return apps, nil
}

// bench returns what is right or wrong on purpose, and the executions that it offers.
func (f *selfTestFlags) bench(c *cobra.Command, chosen []run.Execution) (run.Bench, []run.Execution, error) {
	if f.client == "" {
		apps, err := serverBench(c)
		return apps, chosen, err
	}
	client, err := clientOf(f.client, f.scale)
	if err != nil {
		return run.Bench{}, nil, err
	}
	instance, err := client.Instance(c.Context(), "default")
	if err != nil {
		return run.Bench{}, nil, setupError(err)
	}
	return clientBench(client, instance), run.Offered(chosen, instance.Probe), nil
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
