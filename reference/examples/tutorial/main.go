// Command tutorial is the tutorial of the namespace documentation as one
// program: it serves a page, the browser bundle that the page loads, and the
// namespace /my-namespace, which greets everyone in it each time someone joins.
package main

import (
	_ "embed"
	"flag"
	"io/fs"
	"log"
	"net/http"
	"os"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

//go:embed index.html
var page []byte

// newSite returns the site. The bundles of the client are in the root of bundles.
func newSite(bundles fs.FS) (*server.Server, http.Handler) {
	srv := server.New(server.Config{
		ClientFiles:  bundles,
		AllowRequest: server.SameOrigin,
		Revisions:    []sio.Revision{sio.Revision4, sio.Revision5}, // clients of Socket.IO 2 too
	})

	namespace := srv.Of("/my-namespace")
	namespace.OnConnection(func(*server.Socket) {
		_ = namespace.Emit("hi", "Hello everyone!")
	})

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	return srv, mux
}

func main() {
	bundles := flag.String("bundles", "node_modules/socket.io-client/dist", "directory with socket.io.js")
	flag.Parse()
	srv, site := newSite(os.DirFS(*bundles))
	log.Fatal(srv.HTTPServer("127.0.0.1:3000", site).ListenAndServe())
}
