package servertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A Conn is our end of a WebSocket. What it reads are Engine.IO packets: text as
// it is, and binary as "bin " and hexadecimal digits.
type Conn struct {
	tb  testing.TB
	WS  *websocket.Conn
	SID string // of the session that was opened over it
}

// Connect joins namespaces and returns the ids of the sockets.
func (c *Conn) Connect(namespaces ...string) []string {
	c.tb.Helper()
	var ids []string
	for _, name := range namespaces {
		prefix := "40"
		if name != "/" {
			prefix += name + ","
		}
		c.Send(prefix)
		answer := c.Next()
		if !strings.HasPrefix(answer, prefix+`{"sid":"`) {
			c.tb.Fatalf("CONNECT for %s got %q", name, answer)
		}
		ids = append(ids, sid(answer))
	}
	return ids
}

// Send sends text frames.
func (c *Conn) Send(frames ...string) {
	c.tb.Helper()
	for _, f := range frames {
		if err := c.WS.WriteMessage(websocket.TextMessage, []byte(f)); err != nil {
			c.tb.Fatalf("send %q: %v", f, err)
		}
	}
}

// SendBinary sends a binary frame.
func (c *Conn) SendBinary(data ...byte) {
	c.tb.Helper()
	if err := c.WS.WriteMessage(websocket.BinaryMessage, data); err != nil {
		c.tb.Fatalf("send %x: %v", data, err)
	}
}

// Next returns the next frame, or what is wrong in the form of "closed …".
func (c *Conn) Next() string {
	_ = c.WS.SetReadDeadline(time.Now().Add(patience))
	kind, data, err := c.WS.ReadMessage()
	if e, ok := errors.AsType[*websocket.CloseError](err); ok {
		return fmt.Sprintf("closed %d", e.Code)
	}
	if err != nil {
		return "closed: " + err.Error()
	}
	if kind == websocket.BinaryMessage {
		return fmt.Sprintf("bin %x", data)
	}
	return string(data)
}

// Want fails the test unless the next frames are these.
func (c *Conn) Want(frames ...string) {
	c.tb.Helper()
	for i, want := range frames {
		if got := c.Next(); got != want {
			c.tb.Fatalf("frame %d is %q, want %q", i, got, want)
		}
	}
}

// WantClosed fails the test unless the server closes the connection, without a
// status and before anything else comes.
func (c *Conn) WantClosed() {
	c.tb.Helper()
	c.Want("closed 1005")
}
