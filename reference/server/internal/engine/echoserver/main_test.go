package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestEcho shows that a message comes back as it was sent, text and bytes, in both revisions.
func TestEcho(t *testing.T) {
	e := newEngine(time.Minute, time.Minute)
	s := httptest.NewServer(e)
	defer s.Close()
	for _, row := range []struct {
		revision string
		kind     int
		message  string
	}{
		{"3", websocket.TextMessage, "4hello €"},
		{"3", websocket.BinaryMessage, "\x04\x00\xff"},
		{"4", websocket.TextMessage, "4hello €"},
		{"4", websocket.BinaryMessage, "\x00\xff"},
	} {
		url := "ws" + strings.TrimPrefix(s.URL, "http") + "/engine.io/?transport=websocket&EIO=" + row.revision
		conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, open, err := conn.ReadMessage(); err != nil || open[0] != '0' {
			t.Fatalf("EIO=%s: open packet %q, %v", row.revision, open, err)
		}
		if err := conn.WriteMessage(row.kind, []byte(row.message)); err != nil {
			t.Fatal(err)
		}
		kind, message, err := conn.ReadMessage()
		if err != nil || kind != row.kind || string(message) != row.message {
			t.Errorf("EIO=%s: got %d %q, %v, want %d %q", row.revision, kind, message, err, row.kind, row.message)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}
