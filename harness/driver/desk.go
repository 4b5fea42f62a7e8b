package driver

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// A Desk is where drivers arrive that somebody else starts. They speak the protocol over a plain TCP connection, or over a WebSocket, one line a message.
type Desk struct {
	listener net.Listener
	arrived  chan Link
	done     chan struct{}
	doneOnce sync.Once
}

// NewDesk listens on the address.
func NewDesk(address string) (*Desk, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	d := &Desk{listener: l, arrived: make(chan Link), done: make(chan struct{})}
	go d.accept()
	return d, nil
}

// Address returns where the desk listens, "127.0.0.1:4321".
func (d *Desk) Address() string { return d.listener.Addr().String() }

// Close sends away who comes later.
func (d *Desk) Close() {
	d.doneOnce.Do(func() {
		close(d.done)
		_ = d.listener.Close()
	})
}

// Start waits for the next driver, as long as ctx allows.
func (d *Desk) Start(ctx context.Context) (Link, error) {
	select {
	case l := <-d.arrived:
		return l, nil
	case <-ctx.Done():
		return Link{}, context.Cause(ctx)
	}
}

func (d *Desk) accept() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		go d.receive(conn)
	}
}

// receive finds out what the newcomer speaks: an HTTP request begins with a letter, a line of ours with a brace; a driver that speaks plain TCP waits for hello.
func (d *Desk) receive(conn net.Conn) {
	r := bufio.NewReader(conn)
	_ = conn.SetReadDeadline(time.Now().Add(sniffWithin))
	first, err := r.Peek(1)
	_ = conn.SetReadDeadline(time.Time{})
	if err == nil && first[0] == 'G' {
		d.receiveWebSocket(conn, r)
		return
	}
	d.hand(Link{In: conn, Out: readCloser{r, conn}, Stop: func() { _ = conn.Close() }})
}

// sniffWithin is how long a newcomer may take to send the request of a WebSocket.
const sniffWithin = 500 * time.Millisecond

func (d *Desk) hand(l Link) {
	select {
	case d.arrived <- l:
	case <-d.done:
		l.Stop()
	}
}

type readCloser struct {
	io.Reader
	io.Closer
}

// receiveWebSocket upgrades the connection and carries lines as messages.
func (d *Desk) receiveWebSocket(conn net.Conn, r *bufio.Reader) {
	one := &oneConn{conn: &peeked{Conn: conn, r: r}, closed: make(chan struct{})}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		socket, err := upgrader.Upgrade(w, q, nil)
		if err != nil {
			return
		}
		in, out := io.Pipe()
		go readMessages(socket, out)
		d.hand(Link{In: messageWriter{socket}, Out: in, Stop: func() { _ = socket.Close(); one.Close() }}) //nolint:errcheck // both are over
	})}
	_ = server.Serve(one)
}

func readMessages(socket *websocket.Conn, out *io.PipeWriter) {
	for {
		_, text, err := socket.ReadMessage()
		if err != nil {
			_ = out.CloseWithError(io.EOF)
			return
		}
		if _, err := out.Write(append(text, '\n')); err != nil {
			return
		}
	}
}

type messageWriter struct{ socket *websocket.Conn }

func (w messageWriter) Write(line []byte) (int, error) {
	return len(line), w.socket.WriteMessage(websocket.TextMessage, line)
}

func (w messageWriter) Close() error { return w.socket.Close() }

// A peeked is a connection of which something was read ahead.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

// A oneConn is a listener that hands out one connection.
type oneConn struct {
	conn   net.Conn
	once   sync.Once
	shut   sync.Once
	closed chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	var c net.Conn
	l.once.Do(func() { c = l.conn })
	if c != nil {
		return c, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	l.shut.Do(func() { close(l.closed) })
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }
