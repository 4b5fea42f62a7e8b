package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// shutdownTimeout bounds the polite end of serve.
const shutdownTimeout = 5 * time.Second

func newServe() *cobra.Command {
	var config server.Config
	var address string
	var revisions []int
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference server with the conformance app",
		Long: "Run the reference server with the conformance app of docs/contract.md, which also answers as the app of the official test suite does. " +
			"It prints one line when it accepts connections, \"listening on http://HOST:PORT\", and ends on an interrupt.",
		Example: "  sio-conform serve --addr 127.0.0.1:3000\n  sio-conform serve --addr 127.0.0.1:0 --ping-interval 300ms --ping-timeout 200ms",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkServe(&config, revisions); err != nil {
				return usageError(err)
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
	f.Int64Var(&config.MaxPayload, "max-payload", 1_000_000, "largest payload or message in bytes")
	return c
}

func checkServe(config *server.Config, revisions []int) error {
	for _, r := range revisions {
		if r != int(sio.Revision4) && r != int(sio.Revision5) {
			return fmt.Errorf("--revisions %d: there are 4 and 5", r)
		}
		config.Revisions = append(config.Revisions, sio.Revision(r))
	}
	for name, d := range map[string]time.Duration{"--ping-interval": config.PingInterval, "--ping-timeout": config.PingTimeout, "--connect-timeout": config.ConnectTimeout} {
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
