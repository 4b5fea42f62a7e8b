// Command authentication lets only those users into a namespace who have logged
// in on the web site. The middlewares are those of github.com/go-chi/jwtauth: a
// verifier, which leaves the user in the request, and an authenticator, which
// answers the request of somebody who is not logged in by itself.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"log"
	"net/http"
	"time"

	"github.com/go-chi/jwtauth/v5"

	"github.com/sio-conform/sio-conform/reference/server"
)

// newSite returns a site with a login and two namespaces for users.
func newSite() (*server.Server, http.Handler) {
	tokens := jwtauth.New("HS256", []byte(rand.Text()), nil)
	srv := server.New(server.Config{AllowRequest: server.SameOrigin})

	// Like the example of the documentation with Passport: the middleware of the
	// library finds out who it is, and one of our own decides.
	private := srv.Of("/private")
	private.Use(server.Wrap(jwtauth.Verifier(tokens)))
	private.Use(func(ctx context.Context, _ *server.Socket) error {
		if _, _, err := jwtauth.FromContext(server.RequestFrom(ctx).Context()); err != nil {
			return &server.Error{Message: "unauthorized"}
		}
		return nil
	})
	private.OnConnection(func(s *server.Socket) { _ = s.Emit("hello", user(s)) })

	// A middleware that answers instead of passing the request on refuses too.
	strict := srv.Of("/strict")
	strict.Use(server.Wrap(jwtauth.Verifier(tokens)))
	strict.Use(server.Wrap(jwtauth.Authenticator(tokens)))
	strict.OnConnection(func(s *server.Socket) { _ = s.Emit("hello", user(s)) })

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) { login(w, r, tokens) })
	return srv, mux
}

// user returns the name of the user whom the middlewares have found.
func user(s *server.Socket) any {
	_, claims, _ := jwtauth.FromContext(s.Request().Context())
	return claims["name"]
}

// login believes whoever says a name, and gives out a token as a cookie.
func login(w http.ResponseWriter, r *http.Request, tokens *jwtauth.JWTAuth) {
	claims := map[string]any{"name": cmp.Or(r.PostFormValue("name"), "nobody")}
	jwtauth.SetExpiryIn(claims, time.Hour)
	_, token, err := tokens.Encode(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "jwt", Value: token, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode}) //nolint:gosec // Secure only where there is TLS
}

func main() {
	srv, site := newSite()
	log.Fatal(srv.HTTPServer("127.0.0.1:3000", site).ListenAndServe())
}
