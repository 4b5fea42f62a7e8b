package server_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// TestLoad puts a server on loopback under mixed load for as long as SIO_LOAD
// says, for instance 10m: clients connect, join, talk, upgrade, do not read, and
// go at any moment, while the server broadcasts. Memory must stay flat, and at
// the end nothing must be left.
func TestLoad(t *testing.T) {
	duration, err := time.ParseDuration(os.Getenv("SIO_LOAD"))
	if err != nil {
		t.Skip("SIO_LOAD is no duration")
	}
	before := runtime.NumGoroutine()
	l := newLoad(t)
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	var workers sync.WaitGroup
	for i := range 12 {
		workers.Go(func() { l.work(ctx, rand.New(rand.NewPCG(1, uint64(i)))) })
	}
	workers.Go(func() { l.broadcast(ctx) })
	heap := sample(ctx, duration/20)
	workers.Wait()
	l.close(t)
	t.Logf("heap in KiB: %v; sessions %d", heap, l.sessions)
	if l.sessions == 0 {
		t.Fatal("there was no load")
	}
	wantFlat(t, heap)
	wantGoroutines(t, before)
}

// A load is a server and what is needed to put it under load.
type load struct {
	server *server.Server
	http   *httptest.Server
	client *http.Client

	sessionsMu sync.Mutex // guards sessions
	sessions   int
}

func newLoad(t *testing.T) *load {
	t.Helper()
	srv := server.New(server.Config{
		Revisions:    []sio.Revision{sio.Revision4, sio.Revision5},
		PingInterval: time.Second, PingTimeout: time.Second, ConnectTimeout: time.Second, UpgradeTimeout: time.Second,
		MaxBuffered: 1 << 18, CleanupEmptyChildren: true,
		Recovery: &server.Recovery{MaxDisconnection: 2 * time.Second},
	})
	srv.OfPattern(regexp.MustCompile(`^/dyn-\d$`)).OnConnection(furnishForLoad)
	srv.OnConnection(furnishForLoad)
	srv.Of("/a").Use(func(context.Context, *server.Socket) error { return nil })
	srv.Of("/a").OnConnection(furnishForLoad)
	return &load{server: srv, http: httptest.NewServer(srv), client: &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}}
}

func furnishForLoad(s *server.Socket) {
	s.Join("r")
	s.On("message", func(args server.Args, _ server.Ack) { _ = s.Emit("message-back", args.Forward()...) })
	s.On("ask", func(args server.Args, ack server.Ack) { _ = ack(args.Forward()...) })
}

func (l *load) close(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := l.server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	l.http.Close()
	l.client.CloseIdleConnections()
}

// broadcast sends to everybody and to a room, ten times a second.
func (l *load) broadcast(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = l.server.Emit("all", strings.Repeat("x", 10_000))
			_ = l.server.Of("/a").To("r").Except("x").Emit("room", n, make([]byte, 1000))
			_ = l.server.Volatile().Emit("volatile", n)
		}
	}
}

// work is one client after another.
func (l *load) work(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		switch random.IntN(4) {
		case 0:
			l.poll(ctx, random)
		default:
			l.talk(ctx, random, random.IntN(5) == 0)
		}
		l.sessionsMu.Lock()
		l.sessions++
		l.sessionsMu.Unlock()
	}
}

var loadFrames = []string{
	"40", "40/a,", "40/a,", "40/dyn-1,", "40/dyn-2,", "40/unknown,", "41/a,", "3", `42["message",1]`, `420["ask",{"a":[1]}]`,
	`42/a,["message","` + strings.Repeat("y", 2000) + `"]`, `451-["message",{"_placeholder":true,"num":0}]`, "bAQID", "41", "4nonsense",
}

// talk is a client over WebSocket, which is cut at any moment. One that is
// stalled does not read, for longer than the server puts up with it.
func (l *load) talk(ctx context.Context, random *rand.Rand, stalled bool) {
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.http.URL, "http")+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return
	}
	var reading sync.WaitGroup
	if !stalled {
		reading.Go(func() { _, _ = io.Copy(io.Discard, ws.NetConn()) })
	}
	_ = ws.WriteMessage(websocket.TextMessage, []byte("40"))
	for range random.IntN(50) {
		if ws.WriteMessage(websocket.TextMessage, []byte(loadFrames[random.IntN(len(loadFrames))])) != nil {
			break
		}
		pace(ctx, time.Duration(random.IntN(20))*time.Millisecond)
	}
	if stalled {
		pace(ctx, 3*time.Second)
	}
	if tcp, ok := ws.NetConn().(*net.TCPConn); ok && random.IntN(2) == 0 {
		_ = tcp.SetLinger(0) // a reset instead of an end
	}
	_ = ws.Close()
	reading.Wait()
}

// poll is a client over polling of either revision, which may begin an upgrade.
func (l *load) poll(ctx context.Context, random *rand.Rand) {
	url := l.http.URL + "/socket.io/?transport=polling&EIO=" + []string{"3", "4"}[random.IntN(2)]
	id := sidOf(l.request(ctx, http.MethodGet, url, ""))
	if id == "" {
		return
	}
	url += "&sid=" + id
	for range random.IntN(10) {
		l.request(ctx, http.MethodPost, url, `40/a,`)
		l.request(ctx, http.MethodGet, url, "")
		pace(ctx, time.Duration(random.IntN(20))*time.Millisecond)
	}
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(strings.Replace(url, "polling", "websocket", 1), "http"), nil)
	if err != nil {
		return
	}
	for _, f := range []string{"2probe", "5", "42[\"message\"]"}[:random.IntN(4)] {
		_ = ws.WriteMessage(websocket.TextMessage, []byte(f))
		pace(ctx, time.Duration(random.IntN(50))*time.Millisecond)
	}
	_ = ws.Close()
}

// request returns the body of the answer, of whatever kind.
func (l *load) request(ctx context.Context, method, url, body string) string {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return ""
	}
	res, err := l.client.Do(r)
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return string(text)
}

// pace lets a client take its time.
func pace(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// sample returns the size of the live heap in KiB, at intervals, until ctx ends.
func sample(ctx context.Context, interval time.Duration) []uint64 {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var heap []uint64
	for {
		select {
		case <-ctx.Done():
			return heap
		case <-tick.C:
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heap = append(heap, m.HeapAlloc>>10)
		}
	}
}

// wantFlat compares the last third of the samples with the middle one; in the
// first the server warms up.
func wantFlat(t *testing.T, heap []uint64) {
	t.Helper()
	third := len(heap) / 3
	if third == 0 {
		t.Fatalf("%d samples", len(heap))
	}
	middle, last := mean(heap[third:2*third]), mean(heap[len(heap)-third:])
	if last > middle*5/4+2048 {
		t.Errorf("the heap grew from %d to %d KiB", middle, last)
	}
}

func mean(values []uint64) uint64 {
	var sum uint64
	for _, v := range values {
		sum += v
	}
	return sum / uint64(len(values))
}

// wantGoroutines waits until there are no more goroutines than before.
func wantGoroutines(t *testing.T, before int) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		case <-time.After(100 * time.Millisecond):
		}
	}
}
