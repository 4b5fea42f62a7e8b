package server_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/reference/server"
)

type visitsKey struct{}

// counting is a middleware of net/http that counts how often it saw a
// connection, in the request.
func counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", "true")
		visits, _ := r.Context().Value(visitsKey{}).(int)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitsKey{}, visits+1)))
	})
}

func visits(r *http.Request) int {
	n, _ := r.Context().Value(visitsKey{}).(int)
	return n
}

func TestWrapShowsDecoratedRequest(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		n := r.server.Of("/http")
		n.Use(server.Wrap(counting))
		n.Use(func(ctx context.Context, s *server.Socket) error {
			if visits(server.RequestFrom(ctx)) != visits(s.Request()) {
				t.Error("two requests")
			}
			return nil
		})
		n.OnConnection(func(s *server.Socket) {
			_ = s.Emit("visits", visits(s.Request()), visits(s.Handshake().Request), s.Request().URL.Query().Get("x"))
		})
		r.server.Of("/later").OnConnection(func(s *server.Socket) { _ = s.Emit("visits", visits(s.Request())) })
		c := r.WebSocket("x=1")
		c.Connect("/http")
		c.Want(`42/http,["visits",1,0,"1"]`)
		c.Send("41/http,")
		c.Connect("/http")
		c.Want(`42/http,["visits",2,0,"1"]`) // the connection remembers
		c.Connect("/later")
		c.Want(`42/later,["visits",2]`)
		c.Send("41/http,") // another connection does not
		c = r.WebSocket("x=2")
		c.Connect("/http")
		c.Want(`42/http,["visits",1,0,"2"]`)
	})
}

func TestWrapRefusesWhenMiddlewareAnswers(t *testing.T) {
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret", http.StatusUnauthorized) },
			`{"message":"Unauthorized","data":{"status":401}}`},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
			`{"message":"Found","data":{"status":302}}`},
		{"body", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")); w.WriteHeader(500) },
			`{"message":"OK","data":{"status":200}}`},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, `{"message":"OK","data":{"status":200}}`},
		{"early hints", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(403) },
			`{"message":"Forbidden","data":{"status":403}}`},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("out of order") }, `{"message":"internal server error"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, server.Config{}, func(_ *testing.T, r rig) {
				r.server.Of("/a").Use(server.Wrap(func(http.Handler) http.Handler { return row.answer }))
				c := r.joined("/")
				c.Send("40/a,")
				c.Want("44/a," + row.want)
				alive(c, "/")
			})
		})
	}
}

// TestWrapLeavesRequestOfOthersAlone lets the middlewares of two namespaces
// change the request in place at the same time; the race detector looks on.
func TestWrapLeavesRequestOfOthersAlone(t *testing.T) {
	mark := func(value string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Add("X-Mark", value)
				next.ServeHTTP(w, r)
			})
		}
	}
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		for _, name := range []string{"/a", "/b"} {
			r.server.Of(name).Use(server.Wrap(mark(name)))
			r.server.Of(name).OnConnection(func(s *server.Socket) {
				if !slices.Contains(s.Request().Header.Values("X-Mark"), name) {
					t.Errorf("%s lost its mark", name)
				}
				if len(s.Handshake().Header.Values("X-Mark")) != 0 {
					t.Error("the handshake was changed")
				}
				r.log <- name
			})
		}
		c := r.WebSocket("")
		c.Send("40/a,", "40/b,")
		c.Next()
		c.Next()
		if got := strings.Join(r.notes(), " "); len(got) != len("/a /b") {
			t.Errorf("connected %s", got)
		}
	})
}

// TestWrapEndsWithClient looks at the context of the request: it ends with the
// client while the middleware runs, and outlives the middleware.
func TestWrapEndsWithClient(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.Of("/a").Use(server.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				if q.URL.Query().Get("wait") != "" {
					<-q.Context().Done()
					r.log <- "ended"
				}
				next.ServeHTTP(w, q)
			})
		}))
		r.server.Of("/a").OnConnection(func(s *server.Socket) {
			if err := s.Request().Context().Err(); err != nil {
				t.Error(err)
			}
		})
		r.joined("/a")
		c := r.WebSocket("wait=1")
		c.Send("40/a,")
		_ = c.WS.Close()
		wantNotes(t, r, "ended")
	})
}

// TestWrapOfTimeoutHandler wraps a middleware that calls the next handler in a
// goroutine, ends the context of the request when it returns, and does not wait
// for a next handler that comes late.
func TestWrapOfTimeoutHandler(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		n := r.server.Of("/http")
		n.Use(server.Wrap(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Second, "too late") }))
		n.OnConnection(func(s *server.Socket) {
			if err := s.Request().Context().Err(); err != nil {
				t.Error(err)
			}
		})
		r.server.Of("/slow").Use(server.Wrap(func(next http.Handler) http.Handler {
			return http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
				<-time.After(2 * time.Second)
				next.ServeHTTP(w, q)
			}), time.Second, "too late")
		}))
		c := r.joined("/", "/http")
		c.Send("40/slow,")
		c.Want(`44/slow,{"message":"Service Unavailable","data":{"status":503}}`)
		<-time.After(2 * time.Second) // the next handler is called too late
		alive(c, "/")
	})
}
