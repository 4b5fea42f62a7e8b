// Command session shares the sessions of a web site with a namespace: what a
// page has stored in the session is there in the handlers, and the other way
// round. The sessions are those of github.com/alexedwards/scs, whose cookie the
// browser sends with the request that opens the connection.
package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/alexedwards/scs/v2"

	"github.com/sio-conform/sio-conform/reference/server"
)

// newSite returns a page that counts visits, and a namespace that tells.
func newSite() (*server.Server, http.Handler) {
	sessions := scs.New()
	srv := server.New(server.Config{AllowRequest: server.SameOrigin})

	visits := srv.Of("/visits")
	visits.Use(server.Wrap(sessions.LoadAndSave))
	visits.OnConnection(func(s *server.Socket) {
		session := s.Request().Context()
		_ = s.Emit("visits", sessions.GetInt(session, "visits"))

		s.On("forget", func(_ server.Args, ack server.Ack) {
			sessions.Remove(session, "visits")
			// The response is long gone, so nobody else saves the session.
			_, _, err := sessions.Commit(session)
			if ack != nil {
				_ = ack(err == nil)
			}
		})
	})

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	mux.Handle("GET /{$}", sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := sessions.GetInt(r.Context(), "visits") + 1
		sessions.Put(r.Context(), "visits", n)
		_, _ = fmt.Fprintf(w, "visit %d\n", n)
	})))
	return srv, mux
}

func main() {
	srv, site := newSite()
	log.Fatal(srv.HTTPServer("127.0.0.1:3000", site).ListenAndServe())
}
