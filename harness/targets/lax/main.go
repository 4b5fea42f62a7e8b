// Lax is a Socket.IO server that is careless on purpose: it accepts every namespace, ignores DISCONNECT and every malformed packet, never misses a CONNECT, has no limits, and
// closes nothing but on ping time-out. Its app is the one of the official test suite. A conformance suite that is content with it proves little; sio-conform must not be.
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+environ("SIO_PORT", "0"))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(environ("SIO_PATH", "/socket.io/"), newServer())
	fmt.Printf("listening on http://%s\n", l.Addr())
	log.Fatal((&http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}).Serve(l))
}

func environ(name, missing string) string {
	if s := os.Getenv(name); s != "" {
		return s
	}
	return missing
}

func milliseconds(name, missing string) time.Duration {
	ms, err := strconv.Atoi(environ(name, missing))
	if err != nil || ms <= 0 {
		log.Fatalf("%s is no number of milliseconds", name)
	}
	return time.Duration(ms) * time.Millisecond
}

// A server holds the sessions and what it announces.
type server struct {
	pingInterval, pingTimeout time.Duration
	maxPayload                json.Number // announced, and not heeded

	sessionsMu sync.Mutex
	sessions   map[string]*session
}

func newServer() *server {
	return &server{
		pingInterval: milliseconds("SIO_PING_INTERVAL", "25000"),
		pingTimeout:  milliseconds("SIO_PING_TIMEOUT", "20000"),
		maxPayload:   json.Number(environ("SIO_MAX_PAYLOAD", "1000000")),
		sessions:     map[string]*session{},
	}
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id, transport := query.Get("sid"), query.Get("transport")
	switch {
	case query.Get("EIO") != "4":
		refuse(w, 5, "Unsupported protocol version")
	case transport != "polling" && transport != "websocket":
		refuse(w, 0, "Transport unknown")
	case id == "" && r.Method != http.MethodGet:
		refuse(w, 2, "Bad handshake method")
	case id == "" && transport == "polling":
		e := s.open(`["websocket"]`)
		e.poll(w, r)
	case id == "":
		if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
			s.open(`[]`).serve(conn, true)
		}
	default:
		s.existing(w, r, id, transport)
	}
}

func (s *server) existing(w http.ResponseWriter, r *http.Request, id, transport string) {
	s.sessionsMu.Lock()
	e := s.sessions[id]
	s.sessionsMu.Unlock()
	switch {
	case e == nil:
		refuse(w, 1, "Session ID unknown")
	case transport == "websocket":
		if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
			e.serve(conn, false)
		}
	case e.onWebSocket():
		refuse(w, 3, "Bad request")
	case r.Method == http.MethodGet:
		e.poll(w, r)
	default:
		e.post(w, r)
	}
}

func refuse(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"code":%d,"message":%q}`, code, message) //nolint:errcheck // the client has gone
}

// open makes a session, greets its client and begins with the heartbeat.
func (s *server) open(upgrades string) *session {
	e := &session{id: rand.Text(), wake: make(chan struct{}, 1), pong: make(chan struct{}, 1), closed: make(chan struct{})}
	s.sessionsMu.Lock()
	s.sessions[e.id] = e
	s.sessionsMu.Unlock()
	e.send(text(`0{"sid":"%s","upgrades":%s,"pingInterval":%d,"pingTimeout":%d,"maxPayload":%s}`,
		e.id, upgrades, s.pingInterval.Milliseconds(), s.pingTimeout.Milliseconds(), s.maxPayload))
	go func() {
		e.heartbeat(s.pingInterval, s.pingTimeout)
		s.sessionsMu.Lock()
		delete(s.sessions, e.id)
		s.sessionsMu.Unlock()
		e.close()
	}()
	return e
}

// A packet is a packet of Socket.IO.
type packet struct {
	kind      byte
	namespace string
	id        string
	data      string
	missing   int // attachments that are still to come
	binaries  [][]byte
}

// parse takes what it can from a packet and looks at nothing twice.
func parse(s string) packet {
	p := packet{namespace: "/"}
	if s == "" {
		return p
	}
	p.kind, s = s[0], s[1:]
	if count, rest, ok := strings.Cut(s, "-"); ok && (p.kind == '5' || p.kind == '6') {
		p.missing, _ = strconv.Atoi(count) // careless
		s = rest
	}
	if strings.HasPrefix(s, "/") {
		p.namespace, s, _ = strings.Cut(s, ",")
	}
	p.data = strings.TrimLeft(s, "0123456789")
	p.id = s[:len(s)-len(p.data)]
	return p
}

func (p *packet) prefix() string {
	if p.namespace == "/" {
		return ""
	}
	return p.namespace + ","
}

// handle answers a packet whose attachments have come.
func (e *session) handle(p packet) {
	switch p.kind {
	case '0':
		if p.data == "" {
			p.data = "{}"
		}
		if !json.Valid([]byte(p.data)) {
			return
		}
		e.send(text(`40%s{"sid":"%s"}`, p.prefix(), rand.Text()))
		e.send(text(`42%s["auth",%s]`, p.prefix(), p.data))
	case '2', '5':
		var args []json.RawMessage
		if json.Unmarshal([]byte(p.data), &args) != nil || len(args) == 0 {
			return
		}
		switch string(args[0]) {
		case `"message"`:
			args[0] = json.RawMessage(`"message-back"`)
			e.answer(p, '2', "", args)
		case `"message-with-ack"`:
			if p.id != "" {
				e.answer(p, '3', p.id, args[1:])
			}
		}
	}
}

// answer sends an EVENT or an ACK, with the attachments of p.
func (e *session) answer(p packet, kind byte, id string, args []json.RawMessage) {
	parts := make([]string, 0, len(args))
	for _, arg := range args {
		parts = append(parts, string(arg))
	}
	count := ""
	if len(p.binaries) > 0 {
		kind += '5' - '2'
		count = strconv.Itoa(len(p.binaries)) + "-"
	}
	frames := make([]frame, 0, 1+len(p.binaries))
	frames = append(frames, text("4%c%s%s%s[%s]", kind, count, p.prefix(), id, strings.Join(parts, ",")))
	for _, b := range p.binaries {
		frames = append(frames, frame{binary: true, data: b})
	}
	e.send(frames...)
}
