// Command googollee is the conformance app of sio-conform (docs/contract.md, version 1) on googollee/go-socket.io, which speaks revision 4.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	socketio "github.com/googollee/go-socket.io"
	"github.com/googollee/go-socket.io/engineio"
)

func main() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	options, err := options()
	if err != nil {
		return err
	}
	a := &app{server: socketio.NewServer(options), declared: map[string]bool{}}
	for _, name := range []string{"/", "/custom", "/orders", "/users", "/guarded"} {
		a.declare(name)
	}
	go func() { log.Print(a.server.Serve()) }()
	path := os.Getenv("SIO_PATH")
	if path == "" {
		path = "/socket.io/"
	}
	mux := http.NewServeMux()
	mux.Handle(path, a.server)
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("SIO_PORT"))
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	return (&http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}).Serve(listener)
}

// options returns those of section 6 that the library has: the heartbeat.
func options() (*engineio.Options, error) {
	var o engineio.Options
	for name, into := range map[string]*time.Duration{"SIO_PING_INTERVAL": &o.PingInterval, "SIO_PING_TIMEOUT": &o.PingTimeout} {
		text := os.Getenv(name)
		if text == "" {
			continue
		}
		ms, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		*into = time.Duration(ms) * time.Millisecond
	}
	return &o, nil
}
