package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// maxBody bounds what is read of one request, in bytes, only to keep the machine alive.
const maxBody = 256 << 20

// A frame is one packet of Engine.IO; a binary one has no type.
type frame struct {
	binary bool
	data   []byte
}

func text(format string, args ...any) frame { return frame{data: fmt.Appendf(nil, format, args...)} }

// A session is one Engine.IO session.
type session struct {
	id     string
	wake   chan struct{} // something is to be sent over polling
	pong   chan struct{}
	closed chan struct{}

	sendMu    sync.Mutex
	queue     []frame         // waits for a poll
	conn      *websocket.Conn // nil: polling
	upgrading bool            // polls are answered with a noop

	handleMu sync.Mutex
	pending  *packet // waits for attachments
}

// heartbeat pings until a pong does not come in time.
func (e *session) heartbeat(interval, timeout time.Duration) {
	for {
		<-time.After(interval)
		select {
		case <-e.pong: // one that nobody asked for
		default:
		}
		e.send(text("2"))
		select {
		case <-e.pong:
		case <-time.After(timeout):
			return
		}
	}
}

func (e *session) close() {
	close(e.closed)
	e.sendMu.Lock()
	defer e.sendMu.Unlock()
	if e.conn != nil {
		e.conn.Close() //nolint:errcheck // that is all that can be done
	}
}

func (e *session) onWebSocket() bool {
	e.sendMu.Lock()
	defer e.sendMu.Unlock()
	return e.conn != nil
}

// send sends frames, one behind the other.
func (e *session) send(frames ...frame) {
	e.sendMu.Lock()
	defer e.sendMu.Unlock()
	if e.conn == nil {
		e.queue = append(e.queue, frames...)
		e.ring()
		return
	}
	for _, f := range frames {
		write(e.conn, f)
	}
}

func (e *session) ring() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func write(conn *websocket.Conn, f frame) {
	kind := websocket.TextMessage
	if f.binary {
		kind = websocket.BinaryMessage
	}
	conn.SetWriteDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // the write says it
	conn.WriteMessage(kind, f.data)                         //nolint:errcheck // the heartbeat will notice
}

// poll answers a GET with what is to be sent, as soon as there is something.
func (e *session) poll(w http.ResponseWriter, r *http.Request) {
	for {
		e.sendMu.Lock()
		frames := e.queue
		switch {
		case e.upgrading || e.conn != nil:
			frames = []frame{text("6")}
		default:
			e.queue = nil
		}
		e.sendMu.Unlock()
		if len(frames) > 0 {
			w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
			w.Write(payload(frames)) //nolint:errcheck // the heartbeat will notice
			return
		}
		select {
		case <-e.wake:
		case <-r.Context().Done():
			return
		case <-e.closed:
			refuse(w, 1, "Session ID unknown")
			return
		}
	}
}

const separator = "\x1e"

func payload(frames []frame) []byte {
	var body []byte
	for i, f := range frames {
		if i > 0 {
			body = append(body, separator...)
		}
		if f.binary {
			body = base64.StdEncoding.AppendEncode(append(body, 'b'), f.data)
		} else {
			body = append(body, f.data...)
		}
	}
	return body
}

// post takes what a client sends over polling.
func (e *session) post(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err == nil {
		for part := range bytes.SplitSeq(body, []byte(separator)) {
			if len(part) > 0 && part[0] == 'b' {
				if data, err := base64.StdEncoding.DecodeString(string(part[1:])); err == nil {
					e.receive(frame{binary: true, data: data})
				}
				continue
			}
			e.receive(frame{data: part})
		}
	}
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "ok") //nolint:errcheck // the client has gone
}

// serve reads a WebSocket to its end. One that belongs to a session on polling must be probed first.
func (e *session) serve(conn *websocket.Conn, native bool) {
	defer conn.Close() //nolint:errcheck // that is all that can be done
	if !native && !e.upgrade(conn) {
		return
	}
	e.attach(conn)
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		e.receive(frame{binary: kind == websocket.BinaryMessage, data: data})
	}
}

// upgrade answers the probe and reports whether the client goes over.
func (e *session) upgrade(conn *websocket.Conn) bool {
	if e.onWebSocket() {
		return false
	}
	for {
		_, data, err := conn.ReadMessage()
		switch {
		case err != nil:
			e.setUpgrading(false)
			return false
		case string(data) == "2probe":
			write(conn, text("3probe"))
			e.setUpgrading(true)
			e.ring()
		case string(data) == "5":
			return true
		}
	}
}

func (e *session) setUpgrading(on bool) {
	e.sendMu.Lock()
	defer e.sendMu.Unlock()
	e.upgrading = on
}

// attach makes the WebSocket the session's transport and sends what has waited.
func (e *session) attach(conn *websocket.Conn) {
	e.sendMu.Lock()
	defer e.sendMu.Unlock()
	for _, f := range e.queue {
		write(conn, f)
	}
	e.queue, e.conn, e.upgrading = nil, conn, false
	e.ring()
	select {
	case <-e.closed:
		conn.Close() //nolint:errcheck // that is all that can be done
	default:
	}
}

// receive takes one packet. What makes no sense is ignored.
func (e *session) receive(f frame) {
	e.handleMu.Lock()
	defer e.handleMu.Unlock()
	switch {
	case f.binary && e.pending != nil:
		e.pending.binaries = append(e.pending.binaries, f.data)
		if e.pending.missing--; e.pending.missing <= 0 {
			p := *e.pending
			e.pending = nil
			e.handle(p)
		}
	case f.binary || len(f.data) == 0:
	case f.data[0] == '3':
		select {
		case e.pong <- struct{}{}:
		default:
		}
	case f.data[0] == '4':
		p := parse(string(f.data[1:]))
		if p.missing > 0 {
			e.pending = &p
			return
		}
		e.handle(p)
	}
}
