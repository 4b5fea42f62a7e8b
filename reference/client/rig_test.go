package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/client"
)

// patience is how long a test waits for what it wants, in the time of its bubble.
const patience = time.Minute

// A rig is a client and what it talks to over connections in memory: a server
// that does what the test says, or any handler.
type rig struct {
	t    *testing.T
	io   *client.Client
	pipe listener
	ws   chan *wire    // WebSockets that the client opens
	poll chan *request // polling requests of the client
	log  chan string   // what the client noted
}

// inBubble runs a test with a rig in a synctest bubble: a goroutine of the client
// that is left over fails the test. A nil handler stands for the scripted server.
func inBubble(t *testing.T, h http.Handler, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{
			t: t, io: &client.Client{}, log: make(chan string, 10_000),
			pipe: listener{conns: make(chan net.Conn), done: make(chan struct{})},
			ws:   make(chan *wire, 100), poll: make(chan *request, 100),
		}
		if h == nil {
			h = http.HandlerFunc(r.serve)
		}
		server := &http.Server{Handler: h, ReadHeaderTimeout: patience}
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(&r.pipe) })
		t.Cleanup(func() {
			_ = server.Close()
			serving.Wait()
			<-time.After(time.Second) // net/http keeps some connections for a moment
		})
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := r.io.Close(ctx); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		test(t, r)
	})
}

// serve is the scripted server.
func (r *rig) serve(w http.ResponseWriter, q *http.Request) {
	if q.URL.Query().Get("transport") == client.WebSocket {
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		conn, err := up.Upgrade(w, q, nil)
		if err == nil {
			c := &wire{t: r.t, conn: conn, url: q.URL.String(), header: q.Header, got: make(chan string, 1000)}
			go c.read()
			r.ws <- c
		}
		return
	}
	body, _ := io.ReadAll(q.Body)
	p := &request{t: r.t, method: q.Method, url: q.URL.String(), header: q.Header, body: string(body), answer: make(chan response, 1)}
	r.poll <- p
	select {
	case a := <-p.answer:
		w.Header().Set("Content-Type", a.kind)
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	case <-q.Context().Done():
	}
}

// A wire is the server's end of a WebSocket.
type wire struct {
	t      *testing.T
	conn   *websocket.Conn
	url    string
	header http.Header
	got    chan string
}

func (c *wire) read() {
	for {
		kind, b, err := c.conn.ReadMessage()
		if err != nil {
			c.got <- "closed"
			return
		}
		if kind == websocket.BinaryMessage {
			c.got <- fmt.Sprintf("bin %x", b)
		} else {
			c.got <- string(b)
		}
	}
}

func (c *wire) send(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		if err := c.conn.WriteMessage(websocket.TextMessage, []byte(f)); err != nil {
			c.t.Fatalf("send %q: %v", f, err)
		}
	}
}

func (c *wire) sendBinary(b ...byte) { _ = c.conn.WriteMessage(websocket.BinaryMessage, b) }

// want fails the test unless the next frames of the client are these.
func (c *wire) want(frames ...string) {
	c.t.Helper()
	for _, want := range frames {
		if got := next(c.t, c.got); got != want {
			c.t.Fatalf("the client sent %q, want %q", got, want)
		}
	}
}

// wantNothing fails the test if the client has sent something.
func (c *wire) wantNothing() {
	c.t.Helper()
	synctest.Wait()
	select {
	case got := <-c.got:
		c.t.Fatalf("the client sent %q, want nothing", got)
	default:
	}
}

// cut ends the connection without a closing handshake.
func (c *wire) cut() { _ = c.conn.NetConn().Close() }

// A request is a polling request.
type request struct {
	t                 *testing.T
	method, url, body string
	header            http.Header
	answer            chan response
}

type response struct {
	status     int
	kind, body string
}

func (p *request) ok(body string) { p.answer <- response{200, "text/plain; charset=UTF-8", body} }

func (p *request) fail(status int, body string) { p.answer <- response{status, "text/plain", body} }

// next returns what comes next, and fails the test if nothing does.
func next[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

const handshake = `{"sid":"E","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`

// accept waits for a WebSocket and opens the session.
func (r *rig) accept() *wire {
	r.t.Helper()
	c := next(r.t, r.ws)
	c.send("0" + handshake)
	return c
}

// want waits for a polling request.
func (r *rig) want(method, body string) *request {
	r.t.Helper()
	p := next(r.t, r.poll)
	if p.method != method || p.body != body {
		r.t.Fatalf("the client sent %s %q, want %s %q", p.method, p.body, method, body)
	}
	return p
}

// wantIdle fails the test if the client has opened or asked for something.
func (r *rig) wantIdle() {
	r.t.Helper()
	synctest.Wait()
	if n := len(r.ws) + len(r.poll); n > 0 {
		r.t.Fatalf("%d requests, want none", n)
	}
}

// config returns a configuration for the rig.
func (r *rig) config(c client.Config) client.Config {
	c.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return r.pipe.dial(ctx) }
	if c.Transports == nil {
		c.Transports = []string{client.WebSocket}
	}
	return c
}

// socket returns a socket that notes what happens, and connects it.
func (r *rig) socket(namespace string, c client.Config) *client.Socket {
	r.t.Helper()
	s := r.open("http://server"+namespace, c)
	s.Connect()
	return s
}

func (r *rig) open(url string, c client.Config) *client.Socket {
	r.t.Helper()
	s, err := r.io.Open(url, r.config(c))
	if err != nil {
		r.t.Fatal(err)
	}
	r.note(s)
	return s
}

// note has the events of s noted, with the namespace in front.
func (r *rig) note(s *client.Socket) {
	name := s.Namespace()
	s.OnConnect(func(id string, _ bool) { r.log <- name + " connect " + id })
	s.OnConnectError(func(err error) {
		if e, ok := errors.AsType[*client.RefusedError](err); ok {
			r.log <- fmt.Sprintf("%s refused %s %s", name, e.Message, e.Data)
			return
		}
		r.log <- name + " connect_error " + err.Error()
	})
	s.OnDisconnect(func(reason client.Reason, _ error) { r.log <- name + " disconnect " + string(reason) })
	s.OnAny(func(event string, args client.Args) {
		values, _ := args.Values()
		r.log <- fmt.Sprintf("%s %s %v", name, event, values)
	})
}

// wantNotes fails the test unless these are the notes since the last call, when
// everything is idle.
func (r *rig) wantNotes(want ...string) {
	r.t.Helper()
	got := r.notes()
	if !slices.Equal(got, want) {
		r.t.Fatalf("notes are\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// notes returns the notes since the last call, when everything is idle.
func (r *rig) notes() []string {
	synctest.Wait()
	var got []string
	for len(r.log) > 0 {
		got = append(got, <-r.log)
	}
	return got
}

// joined opens a WebSocket session and has sockets join namespaces of it.
func (r *rig) joined(c client.Config, namespaces ...string) (*wire, []*client.Socket) {
	r.t.Helper()
	var sockets []*client.Socket
	for _, name := range namespaces {
		sockets = append(sockets, r.socket(name, c))
	}
	w := r.accept()
	var notes []string
	for _, name := range namespaces {
		w.join(name)
		notes = append(notes, name+" connect id-"+name)
	}
	r.wantNotes(notes...)
	return w, sockets
}

// join answers the CONNECT of a namespace.
func (c *wire) join(name string) {
	c.t.Helper()
	c.want(connectPacket(name))
	c.send(fmt.Sprintf(`%s{"sid":"id-%s"}`, connectPacket(name), name))
}

func connectPacket(name string) string {
	if name == "/" {
		return "40"
	}
	return "40" + name + ","
}

// A listener hands out one end of connections in memory.
type listener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
	down  atomic.Bool
}

func (l *listener) dial(ctx context.Context) (net.Conn, error) {
	if l.down.Load() {
		return nil, errors.New("connection refused")
	}
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// expired returns a context that has ended.
func (r *rig) expired() (context.Context, context.CancelFunc) {
	return context.WithDeadline(r.t.Context(), time.Now())
}
