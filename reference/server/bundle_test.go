package server_test

import (
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/sio-conform/sio-conform/reference/server"
)

var clientFiles = fstest.MapFS{
	"socket.io.js":     {Data: []byte("bundle")},
	"socket.io.js.map": {Data: []byte("{}")},
	"secret.txt":       {Data: []byte("secret")},
}

func TestClientFiles(t *testing.T) {
	for _, row := range []struct {
		method, file string
		status       int
		content      string
		body         string
	}{
		{"GET", "socket.io.js", 200, "application/javascript; charset=utf-8", "bundle"},
		{"GET", "socket.io.js?v=1", 200, "application/javascript; charset=utf-8", "bundle"},
		{"HEAD", "socket.io.js", 200, "application/javascript; charset=utf-8", ""},
		{"GET", "socket.io.js.map", 200, "application/json; charset=utf-8", "{}"},
		{"GET", "socket.io.esm.min.js", 404, "text/plain; charset=utf-8", "404 page not found\n"},
		{"POST", "socket.io.js", 405, "text/plain; charset=utf-8", "Method Not Allowed\n"},
		{"GET", "secret.txt", 400, "application/json", `{"code":0,"message":"Transport unknown"}`},
		{"GET", "?EIO=4&transport=polling&sid=x", 400, "application/json", `{"code":1,"message":"Session ID unknown"}`},
	} {
		t.Run(row.method+" "+row.file, func(t *testing.T) {
			inBubble(t, server.Config{ClientFiles: clientFiles}, func(t *testing.T, r rig) {
				got := r.Request(row.method, "/socket.io/"+row.file)
				if got.Status != row.status || got.Header.Get("Content-Type") != row.content || got.Body != row.body {
					t.Errorf("got %d %q %q", got.Status, got.Header.Get("Content-Type"), got.Body)
				}
			})
		})
	}
}

func TestClientFilesAreCached(t *testing.T) {
	config := server.Config{ClientFiles: clientFiles, CORS: server.AllowOrigins("http://ok.example")}
	inBubble(t, config, func(t *testing.T, r rig) {
		first := r.Request("GET", "/socket.io/socket.io.js", "Origin", "http://ok.example")
		again := r.Request("GET", "/socket.io/socket.io.js", "If-None-Match", first.Header.Get("ETag"))
		if again.Status != http.StatusNotModified || again.Body != "" {
			t.Errorf("got %d %q", again.Status, again.Body)
		}
		if got := first.Header.Get("Access-Control-Allow-Origin"); got != "http://ok.example" {
			t.Errorf("allowed origin %q", got)
		}
	})
}

func TestNoClientFiles(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		if got := r.Get("/socket.io/socket.io.js"); got.Status != http.StatusBadRequest {
			t.Errorf("got %d", got.Status)
		}
	})
}
