package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// shutdownTimeout bounds the polite end of serve.
const shutdownTimeout = 5 * time.Second

func newServe() *cobra.Command {
	var config server.Config
	var recovery server.Recovery
	var address, profile string
	var revisions []int
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference server with the conformance app",
		Long: "Run the reference server with the conformance app of docs/contract.md, which also answers as the app of the official test suite does. " +
			"It prints one line when it accepts connections, \"listening on http://HOST:PORT\", and ends on an interrupt.",
		Example: "  sio-conform serve --addr 127.0.0.1:3000\n  sio-conform serve --addr 127.0.0.1:0 --profile recovery\n  sio-conform serve --addr 127.0.0.1:0 --ping-interval 300ms --ping-timeout 200ms",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(underProfile(c.Flags(), profile), checkServe(&config, revisions)); err != nil {
				return usageError(err)
			}
			if recovery.MaxDisconnection > 0 {
				config.Recovery = &recovery
			}
			a, err := app.New(config, app.Options{})
			if err != nil {
				return err
			}
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return setupError(err)
			}
			if _, err := fmt.Fprintf(c.OutOrStdout(), "listening on http://%s\n", listener.Addr()); err != nil {
				return setupError(errors.Join(err, listener.Close()))
			}
			return serve(c.Context(), a, listener)
		},
	}
	f := c.Flags()
	f.StringVar(&address, "addr", "127.0.0.1:3000", "address to listen on; port 0 for any")
	f.StringVar(&config.Path, "path", "/socket.io/", "path of the endpoint")
	f.IntSliceVar(&revisions, "revisions", []int{4, 5}, "protocol revisions to serve: 4 is Socket.IO 2.x, 5 is 3.x and 4.x")
	f.DurationVar(&config.PingInterval, "ping-interval", 25*time.Second, "time between heartbeats")
	f.DurationVar(&config.PingTimeout, "ping-timeout", 20*time.Second, "how long a client may take to answer one")
	f.DurationVar(&config.ConnectTimeout, "connect-timeout", 45*time.Second, "how long a connection may stay without a namespace")
	f.DurationVar(&config.UpgradeTimeout, "upgrade-timeout", 10*time.Second, "how long an upgrade may take")
	f.Int64Var(&config.MaxPayload, "max-payload", 1_000_000, "largest payload or message in bytes")
	f.DurationVar(&recovery.MaxDisconnection, "recovery", 0, "for how long a lost connection can be recovered; 0: not at all")
	f.BoolVar(&recovery.RunMiddlewares, "recovery-middlewares", false, "run the middlewares again for what is recovered")
	f.StringVar(&profile, "profile", "default", "profile of docs/contract.md that decides the options not given here: "+strings.Join(target.ProfileNames(), ", "))
	return c
}

// underProfile sets the options that were not given to those of the profile.
func underProfile(f *pflag.FlagSet, name string) error {
	p, ok := target.ProfileByName(name)
	if !ok {
		return fmt.Errorf("--profile %q: there are %s", name, strings.Join(target.ProfileNames(), ", "))
	}
	for option, value := range map[string]string{
		"ping-interval": p.PingInterval.String(), "ping-timeout": p.PingTimeout.String(), "connect-timeout": p.ConnectTimeout.String(), "upgrade-timeout": p.UpgradeTimeout.String(),
		"max-payload": strconv.FormatInt(p.MaxPayload, 10), "recovery": p.Recovery.String(), "recovery-middlewares": strconv.FormatBool(p.Middlewares),
	} {
		if f.Changed(option) {
			continue
		}
		if err := f.Set(option, value); err != nil {
			return fmt.Errorf("--%s: %w", option, err)
		}
	}
	return nil
}

func checkServe(config *server.Config, revisions []int) error {
	for _, r := range revisions {
		if r != int(sio.Revision4) && r != int(sio.Revision5) {
			return fmt.Errorf("--revisions %d: there are 4 and 5", r)
		}
		config.Revisions = append(config.Revisions, sio.Revision(r))
	}
	for name, d := range map[string]time.Duration{"--ping-interval": config.PingInterval, "--ping-timeout": config.PingTimeout, "--connect-timeout": config.ConnectTimeout, "--upgrade-timeout": config.UpgradeTimeout} {
		if d < time.Millisecond {
			return fmt.Errorf("%s %v: at least 1ms", name, d)
		}
	}
	if config.MaxPayload < 1 {
		return fmt.Errorf("--max-payload %d: at least 1", config.MaxPayload)
	}
	return nil
}

// serve serves the app until ctx ends.
func serve(ctx context.Context, a *app.App, listener net.Listener) error {
	s := &http.Server{Handler: a, ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	select {
	case err := <-failed:
		return setupError(err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := errors.Join(a.Shutdown(last), s.Shutdown(last)); err != nil {
		return setupError(err)
	}
	return &exitError{code: run.ExitInterrupted}
}
