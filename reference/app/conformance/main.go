// Command conformance is a server for sio-conform to judge: the conformance app of docs/contract.md on the reference server, with the options and the line of section 6 there.
//
// For a server of your own, keep this file and put your server in the place of the reference server: what the app must do on it is said in the contract, and package app shows one way.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// serve serves the app until ctx ends.
func serve(ctx context.Context) error {
	config, err := configFromEnvironment()
	if err != nil {
		return err
	}
	a, err := app.New(config, app.Options{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("SIO_PORT")))
	if err != nil {
		return err
	}
	s := &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = errors.Join(a.Server().Close(), s.Close()) }) // nothing is left to tell the error to
	fmt.Printf("listening on http://%s\n", listener.Addr())
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// configFromEnvironment returns the options of the profile under which the server is started. What is not set stays the server's default.
func configFromEnvironment() (server.Config, error) {
	config := server.Config{Path: os.Getenv("SIO_PATH"), Revisions: []sio.Revision{sio.Revision4, sio.Revision5}}
	var err error
	number := func(variable string) int64 {
		text := os.Getenv(variable)
		if text == "" {
			return 0
		}
		n, wrong := strconv.ParseInt(text, 10, 64)
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", variable, wrong))
		}
		return n
	}
	milliseconds := func(variable string) time.Duration { return time.Duration(number(variable)) * time.Millisecond }
	config.PingInterval, config.PingTimeout = milliseconds("SIO_PING_INTERVAL"), milliseconds("SIO_PING_TIMEOUT")
	config.ConnectTimeout, config.UpgradeTimeout = milliseconds("SIO_CONNECT_TIMEOUT"), milliseconds("SIO_UPGRADE_TIMEOUT")
	config.MaxPayload = number("SIO_MAX_PAYLOAD")
	if lost := milliseconds("SIO_RECOVERY"); lost > 0 {
		config.Recovery = &server.Recovery{MaxDisconnection: lost, RunMiddlewares: os.Getenv("SIO_RECOVERY_MIDDLEWARES") == "true"}
	}
	return config, err
}
