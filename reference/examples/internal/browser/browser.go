// Package browser is as much of a browser as the tests of the examples need: it
// keeps cookies and sends them, over HTTP and with the request that opens a
// WebSocket.
package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server"
)

// patience is how long a test waits for what it wants.
const patience = 10 * time.Second

// A Browser has one site open.
type Browser struct {
	tb   testing.TB
	url  *url.URL
	http *http.Client
}

// New opens the site, which is served on the loopback interface until the test
// ends. Srv is the server in it.
func New(tb testing.TB, srv *server.Server, site http.Handler) *Browser {
	tb.Helper()
	s := httptest.NewServer(site)
	tb.Cleanup(func() {
		if err := srv.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
		s.Close()
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	address, err := url.Parse(s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	return &Browser{tb: tb, url: address, http: &http.Client{Jar: jar, Timeout: patience}}
}

// Get returns a page.
func (b *Browser) Get(path string) string {
	b.tb.Helper()
	res, err := b.http.Get(b.url.String() + path)
	return b.body(res, err)
}

// Post sends a form.
func (b *Browser) Post(path, form string) {
	b.tb.Helper()
	res, err := b.http.Post(b.url.String()+path, "application/x-www-form-urlencoded", strings.NewReader(form))
	b.body(res, err)
}

func (b *Browser) body(res *http.Response, err error) string {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK {
		b.tb.Fatalf("%s: %s, %v", res.Request.URL, res.Status, err)
	}
	return string(body)
}

// SetCookie stores a cookie for the site.
func (b *Browser) SetCookie(name, value string) {
	b.http.Jar.SetCookies(b.url, []*http.Cookie{{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}}) //nolint:gosec // the site has no TLS
}

// Connect opens a connection and sends a packet on it.
func (b *Browser) Connect(packet string) *Conn {
	b.tb.Helper()
	ws, _, err := b.dial(b.url.String())
	if err != nil {
		b.tb.Fatal(err)
	}
	b.tb.Cleanup(func() { _ = ws.Close() })
	c := &Conn{b.tb, ws}
	c.Next() // the open packet
	c.Send(packet)
	return c
}

// ConnectFrom tries to open a connection from a page of another site, and
// returns the status.
func (b *Browser) ConnectFrom(origin string) int {
	b.tb.Helper()
	ws, res, err := b.dial(origin)
	if err == nil {
		_ = ws.Close()
	}
	if res == nil {
		b.tb.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func (b *Browser) dial(origin string) (*websocket.Conn, *http.Response, error) {
	dialer := websocket.Dialer{Jar: b.http.Jar, HandshakeTimeout: patience}
	return dialer.Dial("ws://"+b.url.Host+"/socket.io/?EIO=4&transport=websocket", http.Header{"Origin": {origin}})
}

// A Conn is a connection to the server.
type Conn struct {
	tb testing.TB
	ws *websocket.Conn
}

// Send sends a packet.
func (c *Conn) Send(packet string) {
	c.tb.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		c.tb.Fatal(err)
	}
}

// Next returns the next packet.
func (c *Conn) Next() string {
	c.tb.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	_, data, err := c.ws.ReadMessage()
	if err != nil {
		c.tb.Fatal(err)
	}
	return string(data)
}

// Want fails the test unless the next packet is this one.
func (c *Conn) Want(packet string) {
	c.tb.Helper()
	if got := c.Next(); got != packet {
		c.tb.Fatalf("got %q, want %q", got, packet)
	}
}
