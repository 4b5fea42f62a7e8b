package client_test

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// FuzzServerFrames feeds a client with frames of a server. Whatever they are, no
// state machine takes a step that it does not have, each disconnect follows a
// connect, and the client can be closed and leaves nothing behind.
//
// A script is a list of lines. The first byte of a line says what the server does
// with the rest: t and b send a text and a binary frame, x cuts the connection, e
// has the client emit, d and c have it disconnect and connect.
func FuzzServerFrames(f *testing.F) {
	open := "t0" + handshake
	for _, seed := range []string{
		open + "\nt40{\"sid\":\"A\"}\ne\nt42[\"x\"]\nt421[\"q\"]\nt430[1]",
		open + "\nt40\nt44\nt41\nc\nd\nc",
		open + "\nt40{\"sid\":\"A\",\"pid\":\"P\"}\nt42[\"x\",\"off\"]\nx",
		open + "\nt451-[\"b\",{\"_placeholder\":true,\"num\":0}]\nb\x01\x02\nt40{\"sid\":\"A\"}\nt42",
		open + "\nt2\nt3\nt5\nt6\nt1",
		"t0{\"sid\":\nt42[]",
		"thello\nb\nt\nt9",
		open + "\nt40/a,{\"sid\":\"A\"}\nt42/a,[\"x\"]\nt41/a,\nt44/a,{\"message\":\"no\"}\nt44\"all\"",
	} {
		f.Add(seed, false, false)
		f.Add(seed, true, false)
		f.Add(seed, false, true)
		f.Add(seed, true, true)
	}
	f.Fuzz(func(t *testing.T, script string, revision4, polling bool) {
		if len(script) > 10_000 || strings.Count(script, "\n") > 100 {
			t.Skip("too long")
		}
		synctest.Test(t, func(t *testing.T) { play(t, strings.Split(script, "\n"), revision4, polling) })
	})
}

func play(t *testing.T, lines []string, revision4, polling bool) {
	t.Helper()
	config := client.Config{Transports: []string{client.WebSocket}, ReconnectionAttempts: 2, Retries: 1, AckTimeout: time.Second}
	if polling {
		config.Transports = []string{client.Polling}
	}
	if revision4 {
		config.Revision = sio.Revision4
	}
	server := newScripted(lines)
	config.Dial = server.dial
	var io client.Client
	for _, name := range []string{"/", "/a"} {
		s, err := io.Open("http://server"+name, config)
		if err != nil {
			t.Fatal(err)
		}
		connected := false
		s.OnConnect(func(string, bool) { connected = true })
		s.OnDisconnect(func(client.Reason, error) {
			if !connected {
				t.Error("a disconnect without a connect")
			}
			connected = false
		})
		s.On("q", func(_ client.Args, ack client.Ack) {
			if ack != nil {
				_ = ack(1)
			}
		})
		server.sockets = append(server.sockets, s)
		_ = s.Emit("buffered", []byte{1})
	}
	for _, s := range server.sockets {
		s.Connect()
	}
	<-time.After(10 * time.Second)
	for _, s := range server.sockets {
		s.Disconnect()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := io.Close(ctx); err != nil {
		t.Error(err)
	}
	server.close()
}

// A scripted is a server that plays a script to whoever comes, from the beginning
// each time.
type scripted struct {
	lines   []string
	sockets []*client.Socket
	pipe    listener
	http    *http.Server
	done    chan struct{}
	acts    atomic.Int64
}

func newScripted(lines []string) *scripted {
	s := &scripted{lines: lines, pipe: listener{conns: make(chan net.Conn), done: make(chan struct{})}, done: make(chan struct{})}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(&s.pipe)
	}()
	return s
}

func (s *scripted) dial(ctx context.Context, _, _ string) (net.Conn, error) { return s.pipe.dial(ctx) }

func (s *scripted) close() {
	_ = s.http.Close()
	<-s.done
	<-time.After(time.Second) // net/http keeps some connections for a moment
}

// ServeHTTP plays the script over a WebSocket, or gives a polling client all of it
// as the answer to each GET.
func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("transport") == client.Polling {
		s.servePolling(w, r)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	}()
	s.play(conn)
	<-drained
	_ = conn.Close()
}

func (s *scripted) play(conn *websocket.Conn) {
	for _, line := range s.lines {
		if line == "" {
			continue
		}
		switch rest := []byte(line[1:]); line[0] {
		case 't':
			_ = conn.WriteMessage(websocket.TextMessage, rest)
		case 'b':
			_ = conn.WriteMessage(websocket.BinaryMessage, rest)
		case 'x':
			_ = conn.NetConn().Close()
			return
		default:
			s.act(line[0])
		}
	}
}

// act has the client do something, not for ever: each connection that it opens
// hears the script again.
func (s *scripted) act(verb byte) {
	if s.acts.Add(1) > 50 {
		return
	}
	for _, socket := range s.sockets {
		switch verb {
		case 'e':
			_ = socket.Emit("x", []byte{1})
		case 'd':
			socket.Disconnect()
		case 'c':
			socket.Connect()
		}
	}
}

func (s *scripted) servePolling(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		_, _ = w.Write([]byte("ok"))
		return
	}
	if r.URL.Query().Get("sid") != "" {
		select { // each poll waits, as with a real server
		case <-time.After(time.Second):
		case <-r.Context().Done():
			return
		}
	}
	var packets []string
	for _, line := range s.lines {
		if line != "" {
			packets = append(packets, line[1:])
		}
	}
	if r.URL.Query().Get("EIO") == "3" {
		for i, p := range packets {
			packets[i] = strconv.Itoa(len(utf16.Encode([]rune(p)))) + ":" + p
		}
		_, _ = w.Write([]byte(strings.Join(packets, "")))
		return
	}
	_, _ = w.Write([]byte(strings.Join(packets, "\x1e")))
}
