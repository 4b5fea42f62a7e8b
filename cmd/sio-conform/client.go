package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/suite"
)

// clientFlags say which client is judged.
type clientFlags struct {
	runFlags
	dir     string
	urlOnly bool
	listen  string
}

func newClient() *cobra.Command {
	var f clientFlags
	c := &cobra.Command{
		Use:   "client [flags] [-- COMMAND...]",
		Short: "Judge a client",
		Long: "Judge a Socket.IO client library with the conformance suite for clients.\n\n" +
			"The client is reached through a driver, a small program around the library that speaks the protocol of docs/driver.md on its standard input and output: COMMAND starts it, or it is described by --target. " +
			"When none is named, the embedded reference client is judged. With --url-only, nothing is started: drivers that somebody starts by hand, or in a debugger, connect to the address that is printed.\n\n" +
			"Exit codes as for run.",
		Example: "  sio-conform client\n" +
			"  sio-conform client -- node driver.js 4\n" +
			"  sio-conform client --target harness/targets/socketio-client --only 'client.mux.*'\n" +
			"  sio-conform client --url-only --only client.connect.custom-frame",
		RunE: func(c *cobra.Command, args []string) error {
			t, err := f.resolve(c, args)
			if err != nil {
				return err
			}
			defer t.Stop()
			return f.run(c, suite.Clients(), t)
		},
	}
	c.Flags().StringVar(&f.dir, "target", "", "start the driver described by `DIR`/target.yaml, or by a .yaml file")
	c.Flags().BoolVar(&f.urlOnly, "url-only", false, "start nothing: print an address, and wait for drivers that connect to it")
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "`ADDRESS` to which drivers connect with --url-only")
	f.add(c)
	return c
}

// resolve returns the client that the flags and the arguments name, the embedded one when they name none.
func (f *clientFlags) resolve(c *cobra.Command, command []string) (*target.Target, error) {
	named := 0
	for _, is := range []bool{len(command) > 0, f.dir != "", f.urlOnly} {
		if is {
			named++
		}
	}
	if named > 1 {
		return nil, usageError(errors.New("name one client: a command behind --, --target, or --url-only"))
	}
	switch {
	case f.urlOnly:
		return f.attach(c)
	case f.dir != "":
		return clientOf(f.dir, f.options.TimeScale)
	case len(command) > 0:
		return spawnedClient(target.DriverCommand(command), f.options.TimeScale), nil
	default:
		return embeddedClient(f.options.TimeScale), nil
	}
}

// clientOf returns the client whose driver is described in the folder, or by the file.
func clientOf(name string, scale float64) (*target.Target, error) {
	spec, err := target.Load(name)
	if err != nil {
		return nil, usageError(fmt.Errorf("--target: %w", err))
	}
	if spec.Role != target.RoleClient {
		return nil, usageError(fmt.Errorf("--target: %s is no client; see sio-conform run", spec.Name))
	}
	t := spawnedClient(spec, scale)
	t.Dir, t.Baseline = name, spec.Baseline
	return t, nil
}

func spawnedClient(spec *target.Spec, scale float64) *target.Target {
	t := target.New(spec.Name, driver.Starter{Launch: driver.Spawn(spec), TimeScale: scale})
	t.Version, t.Command = spec.Version, spec.CommandLine()
	return t
}

// realClientBench returns a client with a driver of its own for the self-test. All pairs share its drivers; what is wrong is done between them and the harness.
func realClientBench(client *target.Target, instance *target.Instance) run.Bench {
	return run.Bench{
		Start: func(target.Profile, string) (run.Rig, error) {
			return run.Rig{Instance: instance, Stop: func() {}}, nil
		},
		Stop: client.Stop,
	}
}

// attach returns a client whose drivers connect by themselves.
func (f *clientFlags) attach(c *cobra.Command) (*target.Target, error) {
	desk, err := driver.NewDesk(f.listen)
	if err != nil {
		return nil, setupError(err)
	}
	if f.options.Jobs > 1 && !c.Flags().Changed("jobs") {
		f.options.Jobs = 1 // one driver is started by hand at a time
	}
	c.PrintErrf("waiting for a driver: JSON lines over TCP to %s, or a WebSocket to ws://%[1]s/\n", strings.TrimPrefix(desk.Address(), "tcp://"))
	return target.New("driver at "+desk.Address(), driver.Starter{Launch: desk.Start, TimeScale: f.options.TimeScale}), nil
}
