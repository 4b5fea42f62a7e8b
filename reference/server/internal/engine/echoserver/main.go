// Command echoserver serves Engine.IO sessions, revisions 3 and 4, that send
// every message back: what the official test suites of Engine.IO are run
// against. It prints one line when it accepts connections.
package main

import (
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

// An echo sends every message back.
type echo struct{ session *engine.Session }

func (e echo) Message(p eio.Packet) { e.session.Send(engine.NewMessage(false, p)) }
func (e echo) Pong(uint64)          {}
func (e echo) Closed(engine.Reason) {}

func main() {
	address := flag.String("addr", "127.0.0.1:0", "address to listen on")
	interval := flag.Duration("ping-interval", 25*time.Second, "time between heartbeats")
	timeout := flag.Duration("ping-timeout", 20*time.Second, "how long a client may take to answer one")
	flag.Parse()
	if err := serve(*address, *interval, *timeout); err != nil {
		log.Fatal(err)
	}
}

func serve(address string, interval, timeout time.Duration) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: newEngine(interval, timeout)}
	return server.Serve(listener)
}

func newEngine(interval, timeout time.Duration) *engine.Engine {
	return engine.New(engine.Config{
		Path:           "/engine.io/",
		Revisions:      []eio.Revision{eio.Revision3, eio.Revision4},
		Transports:     []string{engine.Polling, engine.WebSocket},
		Upgrades:       true,
		PingInterval:   interval,
		PingTimeout:    timeout,
		UpgradeTimeout: 10 * time.Second,
		MaxPayload:     1_000_000,
		MaxBuffered:    16 << 20,
		CloseGrace:     5 * time.Second,
		DrainTimeout:   30 * time.Second,
		Logger:         slog.New(slog.DiscardHandler),
		Open:           func(s *engine.Session) engine.Upper { return echo{s} },
	})
}
