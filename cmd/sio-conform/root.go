package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reports"
)

// An exitError ends the program with a code. Its text, if it has one, is printed.
type exitError struct {
	code int
	err  error // nil: everything was said already
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usageError(err error) error { return &exitError{code: run.ExitUsage, err: err} }
func setupError(err error) error { return &exitError{code: run.ExitSetup, err: err} }

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := run.ExitUsage // what cobra itself finds wrong: an unknown command, missing arguments
	exit, typed := errors.AsType[*exitError](err)
	if typed {
		code = exit.code
	}
	if _, ok := errors.AsType[*target.SetupError](err); ok {
		code = run.ExitSetup
	}
	if errors.Is(err, context.Canceled) {
		code = run.ExitInterrupted
	}
	if !typed || exit.err != nil {
		_, _ = fmt.Fprintln(stderr, "sio-conform: "+reports.Printable(err.Error())) // nowhere left to report to
	}
	return code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "sio-conform",
		Short:         "Conformance suite and protocol fuzzer for Socket.IO namespaces",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
	})
	root.AddCommand(newRun(), newClient(), newList(), newExplain(), newServe(), newSelfTest(), newFuzz(), newReplay(), newPromote(), newReport(), newBaseline(), newDiff(), newInit(), newMan(), newVersion())
	completeFlags(root)
	return root
}
