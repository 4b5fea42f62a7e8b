// Package servertest drives a Socket.IO server in tests, over connections in
// memory. It is for use inside a testing/synctest bubble: there the longest
// heartbeat takes no time, and a goroutine that is left over fails the test.
//
// It speaks revision 5 unless told otherwise, and knows nothing of the packets
// that it carries. It does not answer pings by itself.
package servertest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// patience is how long a test waits for what it wants.
const patience = time.Minute

// linger is how long, in the time of the bubble, net/http is given to get rid of
// connections: it keeps one open for a moment after it has refused a body.
const linger = time.Second

// A Net serves a handler over connections in memory.
type Net struct {
	tb       testing.TB
	path     string
	eio      string // what clients announce
	listener listener
	client   *http.Client
}

// New serves the handler until the test ends. Path is that of the handler.
func New(tb testing.TB, h http.Handler, path string) *Net {
	tb.Helper()
	n := &Net{tb: tb, path: path, eio: "4", listener: listener{conns: make(chan net.Conn), done: make(chan struct{})}}
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return n.listener.dial("", "") },
		DisableCompression: true,
	}
	n.client = &http.Client{Transport: transport}
	server := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(&n.listener) })
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
		<-time.After(linger)
	})
	return n
}

// Speak makes the clients to come announce a revision of Engine.IO: "3" or "4".
func (n *Net) Speak(eio string) { n.eio = eio }

// A Response is the response to a request.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request for the path of the handler. Headers are given as name and
// value in turn. The zero Response stands for a request that failed.
func (n *Net) Do(method, query, body string, headers ...string) Response {
	r, _ := n.do(method, n.path+"?"+query, strings.NewReader(body), headers...)
	return r
}

// Get sends a GET for any URL of the server, which begins with a slash.
func (n *Net) Get(url string) Response {
	r, _ := n.do(http.MethodGet, url, nil)
	return r
}

// Request sends a request without a body for any URL of the server, with headers
// as for [Net.Do].
func (n *Net) Request(method, url string, headers ...string) Response {
	r, _ := n.do(method, url, nil, headers...)
	return r
}

func (n *Net) do(method, url string, body io.Reader, headers ...string) (Response, error) {
	r, err := http.NewRequest(method, "http://server"+url, body)
	if err != nil {
		return Response{}, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := n.client.Do(r)
	if err != nil {
		return Response{}, err
	}
	text, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return Response{res.StatusCode, res.Header, string(text)}, err
}

// Client returns the client that reaches the server, under any host name.
func (n *Net) Client() *http.Client { return n.client }

// Dial opens a WebSocket, with what is given added to the query. The connection is closed when the test ends.
func (n *Net) Dial(query string) (*Conn, Response, error) {
	return n.dial(query, websocket.Dialer{NetDial: n.listener.dial})
}

func (n *Net) dial(query string, dialer websocket.Dialer) (*Conn, Response, error) {
	ws, res, err := dialer.Dial("ws://server"+n.path+"?EIO="+n.eio+"&transport=websocket&"+query, nil)
	var r Response
	if res != nil {
		text, _ := io.ReadAll(res.Body) // what there is of it
		_ = res.Body.Close()
		r = Response{res.StatusCode, res.Header, string(text)}
	}
	if err != nil {
		return nil, r, err
	}
	n.tb.Cleanup(func() { _ = ws.Close() })
	return &Conn{tb: n.tb, WS: ws}, r, nil
}

// WebSocket opens a session over WebSocket, or offers a WebSocket to a session
// if the query has a sid. It fails the test if that is refused.
func (n *Net) WebSocket(query string) *Conn {
	n.tb.Helper()
	c, _, err := n.Dial(query)
	if err != nil {
		n.tb.Fatalf("no WebSocket: %v", err)
	}
	if !strings.Contains(query, "sid=") {
		c.SID = sid(c.Next())
	}
	return c
}

// Compressed opens a session over a WebSocket that compresses what it sends, and
// reports whether the server lets it.
func (n *Net) Compressed() (c *Conn, negotiated bool) {
	n.tb.Helper()
	c, res, err := n.dial("", websocket.Dialer{NetDial: n.listener.dial, EnableCompression: true})
	if err != nil {
		n.tb.Fatalf("no WebSocket: %v", err)
	}
	c.SID = sid(c.Next())
	return c, res.Header.Get("Sec-WebSocket-Extensions") != ""
}

// Polling opens a session over long-polling.
func (n *Net) Polling(query string) *Poller {
	n.tb.Helper()
	r := n.Do(http.MethodGet, "EIO="+n.eio+"&transport=polling&"+query, "")
	if r.Status != http.StatusOK {
		n.tb.Fatalf("no session: %+v", r)
	}
	return &Poller{net: n, query: "EIO=" + n.eio + "&transport=polling&sid=" + sid(r.Body), SID: sid(r.Body)}
}

// sid returns the session id that an open packet announces, also when it is in a
// string of JavaScript.
func sid(open string) string {
	_, rest, _ := strings.Cut(strings.ReplaceAll(open, `\"`, `"`), `"sid":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// A Poller is a session over long-polling.
type Poller struct {
	net   *Net
	query string // of its requests
	SID   string
}

// Get polls once.
func (p *Poller) Get() Response {
	return p.net.Do(http.MethodGet, p.query, "")
}

// Park polls in the background.
func (p *Poller) Park() <-chan Response {
	answered := make(chan Response, 1)
	go func() { answered <- p.Get() }()
	return answered
}

// Post sends a payload.
func (p *Poller) Post(payload string, headers ...string) Response {
	return p.net.Do(http.MethodPost, p.query, payload, headers...)
}

// A listener hands out one end of connections in memory.
type listener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (l *listener) dial(string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.done:
		return nil, errors.New("servertest: server is closed")
	}
}

// Accept waits for a connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr returns the address of nothing.
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }
