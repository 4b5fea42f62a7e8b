package peer

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// A Raw is a connection to the target on which the scenario itself writes HTTP, for requests that no HTTP client would make. Taps see
// the answers only.
type Raw struct {
	peer *Peer
	conn net.Conn
	in   *bufio.Reader
	last *http.Request // what was asked for last, for the tap
}

// Raw opens a connection to the target. It is closed with the stage.
func (p *Peer) Raw() *Raw {
	ctx, cancel := context.WithTimeout(p.ctx, p.Patience())
	defer cancel()
	dial := p.config.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	port := p.endpoint.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[p.endpoint.Scheme]
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(p.endpoint.Hostname(), port))
	if err == nil && p.endpoint.Scheme == "https" {
		config := p.config.TLS.Clone()
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		config.ServerName = cmp.Or(config.ServerName, p.endpoint.Hostname())
		secure := tls.Client(conn, config)
		conn, err = secure, secure.HandshakeContext(ctx)
	}
	if err != nil {
		p.Failf("%s: no connection to the target: %v", p.name, withoutAddress(err))
	}
	context.AfterFunc(p.ctx, func() { _ = conn.Close() })
	return &Raw{peer: p, conn: conn, in: bufio.NewReader(conn)}
}

// Request writes the head of a request for the target's path, or for another when query begins with a slash, with the given header lines behind the necessary ones.
func (r *Raw) Request(method, query string, header ...string) {
	u := *r.peer.endpoint
	target := u.EscapedPath() + "?" + query
	if strings.HasPrefix(query, "/") {
		target = query
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, u.Host)
	for name, values := range r.peer.config.Header {
		for _, v := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	for _, line := range header {
		b.WriteString(line + "\r\n")
	}
	r.peer.said = fmt.Sprintf("%s ?%s", method, r.peer.anonymous(query))
	if last, err := http.NewRequestWithContext(r.peer.ctx, method, target, nil); err == nil { // the scenario may write what is no request
		for _, line := range header {
			name, value, _ := strings.Cut(line, ":")
			last.Header.Add(name, strings.TrimSpace(value))
		}
		r.last = last
	}
	r.Write(b.String() + "\r\n")
}

// Write writes bytes. The target may have closed the connection already; then the answer is there to be read.
func (r *Raw) Write(text string) {
	r.peer.record(wire.Entry{Direction: wire.Out, Kind: wire.KindHTTP, Transport: string(Polling), Data: []byte(text), Text: "bytes on a connection of its own"})
	_ = r.conn.SetWriteDeadline(time.Now().Add(r.peer.Patience())) // a connection that is closed says so at the write
	if _, err := io.WriteString(r.conn, text); err != nil {
		r.peer.record(wire.Entry{Direction: wire.Note, Kind: wire.KindClose, Text: withoutAddress(err).Error()})
	}
}

// WantContinue waits for the 100 Continue of a request that asks for one, not very long: some targets give none. It reports whether it came.
func (r *Raw) WantContinue() bool {
	_ = r.conn.SetReadDeadline(time.Now().Add(r.peer.Patience() / 8)) // without an answer by then, the target has read the head all the same
	head, _ := r.in.Peek(len("HTTP/1.1 100"))
	if string(head) != "HTTP/1.1 100" {
		return false
	}
	return r.read().Status == http.StatusContinue
}

// Response reads one answer within the patience. Its error is set when none comes, or a torn one.
func (r *Raw) Response() Response {
	_ = r.conn.SetReadDeadline(time.Now().Add(r.peer.Patience())) // a connection that is closed says so at the read
	res := r.read()
	if r.last != nil {
		r.peer.tapResponse(r.last, &res)
		ctx, cancel := context.WithTimeout(r.peer.ctx, r.peer.Patience())
		defer cancel()
		res.hold(ctx)
	}
	if res.Err != nil {
		r.peer.record(wire.Entry{Direction: wire.In, Kind: wire.KindHTTP, Transport: string(Polling), Text: res.Err.Error()})
		return res
	}
	r.peer.record(wire.Entry{Direction: wire.In, Kind: wire.KindHTTP, Transport: string(Polling), Data: res.Body, Text: fmt.Sprint(res.Status, " ", res.Header.Get("Content-Type"))})
	return res
}

func (r *Raw) read() Response {
	answer, err := http.ReadResponse(r.in, nil)
	if err != nil {
		return Response{Err: fmt.Errorf("peer: no answer: %w", withoutAddress(err))}
	}
	defer answer.Body.Close() //nolint:errcheck // everything was read
	res := Response{Status: answer.StatusCode, Header: answer.Header}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		res.Body, res.Err = io.ReadAll(io.LimitReader(answer.Body, maxBody))
	}
	return res
}

// Drop closes the connection, with a reset where that is possible.
func (r *Raw) Drop() {
	r.peer.record(wire.Entry{Direction: wire.Note, Kind: wire.KindClose, Text: "dropped by the scenario"})
	if tcp, ok := r.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the connection is closed less rudely
	}
	_ = r.conn.Close() // closing twice is harmless
}
