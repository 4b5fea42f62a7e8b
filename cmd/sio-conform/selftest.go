package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
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
		Short: "Prove the suites: each scenario passes on what is right and fails on each of its faults",
		Long: "Prove the suites for servers and for clients. Each scenario is run against the correct conformance app or the reference client, where it must pass, and against each of the faults that it " +
			"claims to catch, where it must fail for its own reason. A scenario without a fault and a fault that nothing catches are failures too. With --client, the suite for clients alone is proved, with " +
			"another driver in place of the reference client.\n\n" +
			"Exit codes: 0 proved, 4 not proved, 130 interrupted.",
		Example: "  sio-conform selftest\n  sio-conform selftest --only namespace.connect.unknown\n  sio-conform selftest --client harness/targets/socketio-client --only 'client.mux.*'",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	addSelection(c.Flags(), &f.selection)
	c.Flags().StringVar(&f.client, "client", "", "prove the suite for clients with the driver described by `DIR`/target.yaml, or by a .yaml file")
	c.Flags().IntVar(&f.jobs, "jobs", 256, "pairs at once")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	c.Flags().Float64Var(&f.scale, "time-scale", 1, "factor for all waits")
	c.Flags().CountVarP(&f.verbose, "verbose", "v", "print every pair")
	return c
}

// A side is one of the suites, and what is right or wrong on purpose for it.
type side struct {
	name   string // "servers"
	suite  *run.Suite
	bench  func(c *cobra.Command, chosen []run.Execution) (run.Bench, []run.Execution, error)
	chosen []run.Execution
	whole  bool // nothing of the suite was left out
}

// sides returns what is to be proved.
func (f *selfTestFlags) sides() ([]side, error) {
	all := []side{{name: "servers", suite: suite.Default(), bench: serverBench}, {name: "clients", suite: suite.Clients(), bench: clientBench}}
	if f.client != "" {
		all = []side{{name: "clients", suite: suite.Clients(), bench: f.realClient}}
	}
	selection, err := expand(f.selection)
	if err != nil {
		return nil, err
	}
	var executions []run.Execution
	for _, s := range all {
		executions = append(executions, s.suite.Executions()...)
	}
	chosen, left, err := selection.Select(executions)
	if err != nil {
		return nil, usageError(err)
	}
	for i := range all {
		all[i].chosen, all[i].whole = all[i].of(chosen), len(all[i].of(left)) == 0
	}
	return slices.DeleteFunc(all, func(s side) bool { return len(s.chosen) == 0 }), nil
}

// of returns the executions of the side.
func (s *side) of(executions []run.Execution) []run.Execution {
	return slices.DeleteFunc(slices.Clone(executions), func(e run.Execution) bool {
		c, ok := s.suite.Scenario(e.Scenario.ID)
		return !ok || c != e.Scenario
	})
}

func (f *selfTestFlags) run(c *cobra.Command) error {
	sides, err := f.sides()
	if err != nil {
		return err
	}
	if f.jobs < 1 || f.scale <= 0 {
		return usageError(errors.New("--jobs and --time-scale must be above 0"))
	}
	if f.client != "" && !c.Flags().Changed("jobs") {
		f.jobs = 8 // each has a process of its own
	}
	wrong := 0
	for _, s := range sides {
		n, err := f.prove(c, s)
		if err != nil {
			return err
		}
		wrong += n
	}
	switch {
	case c.Context().Err() != nil:
		return &exitError{code: run.ExitInterrupted}
	case wrong > 0:
		return &exitError{code: run.ExitDefect}
	}
	return nil
}

// prove proves one side, and returns how much is not proved.
func (f *selfTestFlags) prove(c *cobra.Command, s side) (wrong int, err error) {
	bench, chosen, err := s.bench(c, s.chosen)
	if err != nil {
		return 0, err
	}
	defer bench.Stop()
	p := prover{w: c.OutOrStdout(), verbose: f.verbose > 0}
	if s.whole {
		p.check(s.suite.Validate())
		p.check(run.Unproved(s.suite, bench))
	}
	pairs := run.Pairs(chosen)
	began := time.Now()
	run.SelfTest(c.Context(), s.suite, bench, pairs, f.jobs, f.seed, f.scale, p.proof)
	p.printf("%s: %d scenarios and axes, %d pairs in %.1f s: %d proved, %d not\n", s.name, len(chosen), len(pairs), time.Since(began).Seconds(), p.proved, p.wrong)
	if p.err != nil {
		return 0, setupError(p.err)
	}
	return p.wrong, nil
}

// serverBench returns the apps for the suite for servers.
func serverBench(c *cobra.Command, chosen []run.Execution) (run.Bench, []run.Execution, error) {
	listen, remove, err := sockets()
	if err != nil {
		return run.Bench{}, nil, err
	}
	apps, err := bench(c.Context(), listen)
	apps.Stop = remove
	if err != nil {
		remove()
		return apps, nil, &exitError{code: run.ExitDefect, err: err}
	}
	return apps, chosen, nil
}

// clientBench returns the reference client for the suite for clients.
func clientBench(_ *cobra.Command, chosen []run.Execution) (run.Bench, []run.Execution, error) {
	listen, remove, err := sockets()
	if err != nil {
		return run.Bench{}, nil, err
	}
	b := embeddedClientBench(listen)
	b.Stop = remove
	return b, chosen, nil
}

// sockets returns what listens on Unix sockets in a folder of its own, and what removes that.
func sockets() (listen func() (listening, error), remove func(), err error) {
	dir, err := os.MkdirTemp("", "sio-conform")
	if err != nil {
		return nil, nil, setupError(err)
	}
	return socketsIn(dir), func() { _ = os.RemoveAll(dir) }, nil
}

// realClient returns the client that --client names, and the executions for which it has what they need.
func (f *selfTestFlags) realClient(c *cobra.Command, chosen []run.Execution) (run.Bench, []run.Execution, error) {
	client, err := clientOf(f.client, f.scale)
	if err != nil {
		return run.Bench{}, nil, err
	}
	instance, err := client.Instance(c.Context(), "default")
	if err != nil {
		return run.Bench{}, nil, setupError(err)
	}
	return realClientBench(client, instance), run.Offered(chosen, instance.Probe), nil
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
