package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/sio"
)

func TestPathOfTheServer(t *testing.T) {
	for _, row := range []struct{ path, url string }{
		{"", "/socket.io/"},
		{"/my/path", "/my/path/"},
		{"my/path/", "/my/path/"},
		{"/", "/"},
	} {
		t.Run(row.path, func(t *testing.T) {
			inBubble(t, server.Config{Path: row.path}, func(t *testing.T, r rig) {
				if got := r.Get(row.url + "?EIO=4&transport=polling"); got.Status != 200 {
					t.Errorf("status %d", got.Status)
				}
			})
		})
	}
}

func TestConfigurationsThatPanic(t *testing.T) {
	for _, row := range []struct {
		name   string
		config server.Config
	}{
		{"revision", server.Config{Revisions: []sio.Revision{3}}},
		{"transport", server.Config{Transports: []string{"carrier pigeon"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			server.New(row.config)
		})
	}
}

func TestCORS(t *testing.T) {
	const origin = "http://ok.example"
	for _, row := range []struct {
		name, method  string
		allow         []string
		origin        string
		status        int
		allowed, cred string
	}{
		{"none configured", "GET", nil, origin, 200, "", ""},
		{"allowed", "GET", []string{origin}, origin, 200, origin, "true"},
		{"foreign", "GET", []string{origin}, "http://evil.example", 200, "", ""},
		{"all", "GET", []string{"*"}, origin, 200, "*", ""},
		{"preflight", "OPTIONS", []string{origin}, origin, 204, origin, "true"},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := server.Config{}
			if row.allow != nil {
				config.CORS = server.AllowOrigins(row.allow...)
			}
			inBubble(t, config, func(t *testing.T, r rig) {
				got := r.Do(row.method, "EIO=4&transport=polling", "", "Origin", row.origin, "Access-Control-Request-Headers", "content-type")
				if got.Status != row.status || got.Header.Get("Access-Control-Allow-Origin") != row.allowed ||
					got.Header.Get("Access-Control-Allow-Credentials") != row.cred {
					t.Errorf("got %d %v", got.Status, got.Header)
				}
				if row.method == http.MethodOptions && got.Header.Get("Access-Control-Allow-Headers") != "content-type" {
					t.Errorf("headers %v", got.Header)
				}
			})
		})
	}
}

func TestConnections(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.joined("/", "/a")
		r.Polling("")
		if got := r.server.Connections(); got != 2 {
			t.Errorf("%d connections", got)
		}
	})
}

func TestData(t *testing.T) {
	var d server.Data
	if got := d.All(); got == nil || len(got) != 0 || d.Get("a") != nil {
		t.Errorf("empty store holds %v", got)
	}
	d.Set("a", 1)
	d.Set("b", 2)
	d.Delete("a")
	all := d.All()
	all["c"] = 3
	if d.Get("a") != nil || d.Get("b") != 2 || d.Get("c") != nil {
		t.Errorf("store holds %v", d.All())
	}
}

func TestCookie(t *testing.T) {
	config := server.Config{Cookie: &http.Cookie{Name: "io", HttpOnly: true, SameSite: http.SameSiteLaxMode}}
	inBubble(t, config, func(t *testing.T, r rig) {
		opened := r.Do("GET", "EIO=4&transport=polling", "")
		id := sidOf(opened.Body)
		if got, want := opened.Header.Get("Set-Cookie"), "io="+id+"; Path=/; HttpOnly; SameSite=Lax"; got != want {
			t.Errorf("cookie %q, want %q", got, want)
		}
		r.Do("POST", "EIO=4&transport=polling&sid="+id, "40")
		if got := r.Do("GET", "EIO=4&transport=polling&sid="+id, "").Header.Get("Set-Cookie"); got != "" {
			t.Errorf("another cookie: %q", got)
		}
	})
}

func sidOf(open string) string {
	_, rest, _ := strings.Cut(open, `"sid":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func TestMaxDepth(t *testing.T) {
	inBubble(t, server.Config{MaxDepth: 10}, func(_ *testing.T, r rig) {
		c := r.joined("/")
		c.Send(`42["message",` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `]`)
		c.Want(`42["message-back",` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `]`)
		c.Send(`42["message",` + strings.Repeat("[", 10) + strings.Repeat("]", 10) + `]`)
		c.WantClosed()
	})
}

// TestPanicsOutsideOfSockets lets functions of the application panic that run
// where no socket can be ended.
func TestPanicsOutsideOfSockets(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.OnNewNamespace(func(*server.Namespace) { panic("out of order") })
		r.server.Of("/a").Use(func(context.Context, *server.Socket) error {
			return &server.Error{Message: "no", Data: explosive{}}
		})
		r.server.Of("/new")
		c := r.joined("/", "/new")
		c.Send("40/a,")
		c.Want(`44/a,{"message":"internal server error"}`)
		alive(c, "/")
	})
}

// explosive cannot be marshalled.
type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("out of order") }

func TestHTTPServer(t *testing.T) {
	s := server.New(server.Config{})
	h := s.HTTPServer("127.0.0.1:0", nil)
	if h.ReadHeaderTimeout == 0 || h.IdleTimeout == 0 || h.WriteTimeout != 0 || h.Handler != s {
		t.Errorf("server %+v", h)
	}
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		c := r.joined("/")
		h := r.server.HTTPServer("", nil)
		if err := h.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		c.WantClosed()
		wantNotes(t, r, "/ disconnecting server shutting down []", "/ disconnect server shutting down []")
	})
}

func TestSameOrigin(t *testing.T) {
	for _, row := range []struct {
		origin string
		status int
	}{
		{"", 200},
		{"http://server", 200},
		{"https://SERVER", 200}, // behind a proxy that ends TLS
		{"http://server:8080", 403},
		{"http://server.evil.example", 403},
		{"null", 403},
		{"://", 403},
	} {
		t.Run(row.origin, func(t *testing.T) {
			inBubble(t, server.Config{AllowRequest: server.SameOrigin}, func(t *testing.T, r rig) {
				var headers []string
				if row.origin != "" {
					headers = []string{"Origin", row.origin}
				}
				crossDomain := make(chan bool, 1)
				r.server.OnConnection(func(s *server.Socket) { crossDomain <- s.Handshake().CrossDomain })
				open := r.Do("GET", "EIO=4&transport=polling", "", headers...)
				if open.Status != row.status {
					t.Fatalf("got %d %s", open.Status, open.Body)
				}
				if row.status != 200 {
					return
				}
				r.Do("POST", "EIO=4&transport=polling&sid="+sidOf(open.Body), "40")
				if got := <-crossDomain; got != (row.origin != "") {
					t.Errorf("cross domain: %v", got)
				}
			})
		})
	}
}
