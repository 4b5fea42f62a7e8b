package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server"
)

// A bench is a server on loopback.
type bench struct {
	server *server.Server
	url    string
}

func newBench(b *testing.B, config server.Config) *bench {
	b.Helper()
	srv := server.New(config)
	srv.OnConnection(func(s *server.Socket) {
		s.On("message-with-ack", func(args server.Args, ack server.Ack) { _ = ack(args.Forward()...) })
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	h := srv.HTTPServer("", http.Handler(srv))
	go func() { _ = h.Serve(listener) }()
	b.Cleanup(func() {
		_ = h.Close()
		_ = srv.Shutdown(context.Background())
	})
	return &bench{srv, "ws://" + listener.Addr().String() + "/socket.io/?EIO=4&transport=websocket"}
}

// join opens a connection and joins namespaces.
func (s *bench) join(b *testing.B, namespaces ...string) *websocket.Conn {
	b.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(s.url, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ws.Close() })
	next(b, ws)
	for _, name := range namespaces {
		send(b, ws, "40"+name+",")
		next(b, ws)
	}
	return ws
}

func send(b *testing.B, ws *websocket.Conn, frame string) {
	b.Helper()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		b.Fatal(err)
	}
}

func next(b *testing.B, ws *websocket.Conn) {
	b.Helper()
	if _, _, err := ws.ReadMessage(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEcho is one event and its acknowledgement.
func BenchmarkEcho(b *testing.B) {
	ws := newBench(b, server.Config{}).join(b, "/")
	for b.Loop() {
		send(b, ws, `420["message-with-ack","hello",{"a":[1,2,3]}]`)
		next(b, ws)
	}
}

// BenchmarkBroadcast is one event to all of a hundred clients, and its arrival.
func BenchmarkBroadcast(b *testing.B) {
	for _, row := range []struct {
		name   string
		config server.Config
	}{{"plain", server.Config{}}, {"recovery", server.Config{Recovery: &server.Recovery{}}}} {
		b.Run(row.name, func(b *testing.B) {
			s := newBench(b, row.config)
			var clients []*websocket.Conn
			for range 100 {
				clients = append(clients, s.join(b, "/"))
			}
			for b.Loop() {
				_ = s.server.Emit("news", "hello", 1)
				for _, ws := range clients {
					next(b, ws)
				}
			}
		})
	}
}

// BenchmarkMemory measures what a connection, and what a joined namespace, takes
// of the heap and of the stacks, both ends together.
func BenchmarkMemory(b *testing.B) {
	const connections, namespaces = 200, 10
	s := newBench(b, server.Config{MaxNamespaces: namespaces + 1})
	var names []string
	for i := range namespaces {
		names = append(names, fmt.Sprintf("/n%d", i))
		s.server.Of(names[i])
	}
	for b.Loop() {
		start := inUse()
		var clients []*websocket.Conn
		for range connections {
			clients = append(clients, s.join(b, "/"))
		}
		connected := inUse()
		for _, ws := range clients {
			for _, name := range names {
				send(b, ws, "40"+name+",")
				next(b, ws)
			}
		}
		joined := inUse()
		b.ReportMetric(float64(connected-start)/connections, "B/connection")
		b.ReportMetric(float64(joined-connected)/connections/namespaces, "B/namespace")
		for _, ws := range clients {
			_ = ws.Close()
		}
	}
}

// inUse returns the bytes of the live heap and of the stacks.
func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
