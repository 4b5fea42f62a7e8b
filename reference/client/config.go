package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/reference/client/internal/engine"
	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// The transports.
const (
	Polling   = engine.Polling
	WebSocket = engine.WebSocket
)

// A Config configures a connection and a socket on it. The zero value works.
// Defaults are those of socket.io-client 4.8.4 where it has the option. Sockets
// that share a connection share what the first of them said about it; their own
// are Auth, AuthFunc, Query (revision 4), Retries and AckTimeout.
type Config struct {
	// Revision is the revision of the protocol: 5, the default, for servers 3.x
	// and 4.x, or 4 for servers 2.x.
	Revision sio.Revision

	// ForceNew has the socket use a connection of its own.
	ForceNew bool
	// NoMultiplex does what ForceNew does: the option multiplex, if it is false.
	NoMultiplex bool

	// Path is the path of the requests. Default "/socket.io/". A slash is
	// added at its end, unless NoTrailingSlash says that there is none.
	Path            string
	NoTrailingSlash bool
	// Query is added to every request. In revision 4 it also goes with the
	// CONNECT of the socket, if that is not for the main namespace. Default: the
	// query of the URL.
	Query url.Values
	// Header is added to every request.
	Header http.Header
	// TimestampParam is the parameter that makes each long-polling request unlike
	// the others, against caches. Default "t". TimestampRequests adds it to the
	// requests of WebSockets, too.
	TimestampParam    string
	TimestampRequests bool
	// Transports are the transports that may be used. The first opens the
	// session. Default polling, then WebSocket.
	Transports []string
	// NoUpgrade stays on the first transport.
	NoUpgrade bool
	// RememberUpgrade opens the next session with WebSocket if the one before
	// was on WebSocket in the end.
	RememberUpgrade bool
	// TryAllTransports tries the next transport if one cannot be opened.
	TryAllTransports bool
	// ForceBase64 sends binary as base64 also where bytes are possible. In
	// revision 4 it asks the server to do the same.
	ForceBase64 bool
	// Compression offers permessage-deflate to the server.
	Compression bool

	// Auth is sent with CONNECT in revision 5: a value whose JSON is an object.
	// Default: nothing is sent.
	Auth any
	// AuthFunc, if set, is called before every CONNECT and returns what Auth
	// would hold. Its context ends when the answer is of no use any more.
	AuthFunc func(ctx context.Context) (any, error)

	// Retries is how often an event is sent again that was not acknowledged
	// within AckTimeout. If it is not 0, every event that is not volatile asks
	// for an acknowledgement, and waits for that of the event before.
	Retries int
	// AckTimeout is how long an acknowledgement may take. Default: as long as
	// the context of the event lasts.
	AckTimeout time.Duration

	// Timeout is how long the opening of a connection may take. Default 20 s,
	// none if negative.
	Timeout time.Duration
	// NoReconnection stays disconnected when a connection cannot be opened or is
	// lost.
	NoReconnection bool
	// ReconnectionAttempts is how often in a row it is tried. Default: for ever.
	ReconnectionAttempts int
	// ReconnectionDelay is the delay before the first attempt. Each further one
	// is twice as long, up to ReconnectionDelayMax. Defaults 1 s and 5 s.
	ReconnectionDelay, ReconnectionDelayMax time.Duration
	// RandomizationFactor is by which part of itself a delay is at most longer
	// or shorter. Default 0.5, none if negative.
	RandomizationFactor float64

	// MaxMessage is the largest message and the largest response that is taken,
	// in bytes. Default 10,000,000.
	MaxMessage int64
	// MaxAttachments is how many attachments a packet may announce. Default 10.
	MaxAttachments int
	// MaxBuffered is how many bytes may wait for the server, and how many for
	// the handlers. Default 16 MiB.
	MaxBuffered int64
	// MaxQueued is how many events may wait for the handlers. Default 10,000.
	MaxQueued int
	// CloseGrace is how long the last packets of a connection may take. Default
	// 5 s.
	CloseGrace time.Duration

	// Dial opens network connections. Default: that of a [net.Dialer].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS configures connections to https and wss URLs. It may be nil.
	TLS *tls.Config
	// Proxy returns the proxy for a request. Default [http.ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)
	// Jar keeps cookies. Default: none are kept.
	Jar http.CookieJar

	// Panic takes the value that a function of the application panicked with,
	// and the client goes on. Default: the program ends, as Go programs do.
	Panic func(v any)
	// Logger takes at level debug what happens to sessions. Default: nothing is
	// logged.
	Logger *slog.Logger
}

// withDefaults returns c with every default in place, or says what it asks for
// that there is not.
func (c Config) withDefaults() (Config, error) {
	c.Revision = cmp.Or(c.Revision, sio.Revision5)
	c.Path = strings.TrimRight("/"+strings.Trim(cmp.Or(c.Path, "/socket.io/"), "/"), "/")
	if !c.NoTrailingSlash {
		c.Path += "/"
	}
	c.TimestampParam = cmp.Or(c.TimestampParam, "t")
	if len(c.Transports) == 0 {
		c.Transports = []string{Polling, WebSocket}
	}
	c.Timeout = cmp.Or(c.Timeout, 20*time.Second)
	c.ReconnectionDelay = cmp.Or(c.ReconnectionDelay, time.Second)
	c.ReconnectionDelayMax = cmp.Or(c.ReconnectionDelayMax, 5*time.Second)
	c.RandomizationFactor = cmp.Or(c.RandomizationFactor, 0.5)
	c.MaxMessage = cmp.Or(c.MaxMessage, 10_000_000)
	c.MaxBuffered = cmp.Or(c.MaxBuffered, 16<<20)
	c.MaxQueued = cmp.Or(c.MaxQueued, 10_000)
	c.CloseGrace = cmp.Or(c.CloseGrace, 5*time.Second)
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.Proxy == nil {
		c.Proxy = http.ProxyFromEnvironment
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Revision != sio.Revision4 && c.Revision != sio.Revision5 {
		return c, fmt.Errorf("client: unknown revision %d", c.Revision)
	}
	for _, t := range c.Transports {
		if t != Polling && t != WebSocket {
			return c, fmt.Errorf("client: unknown transport %q", t)
		}
	}
	return c, nil
}

// engine returns the revision of Engine.IO that goes with that of Socket.IO.
func (c *Config) engine() eio.Revision {
	if c.Revision == sio.Revision4 {
		return eio.Revision3
	}
	return eio.Revision4
}

// transports returns the transports of the next session.
func (c *Config) transports(onWebSocket bool) []string {
	if !onWebSocket || !c.RememberUpgrade {
		return c.Transports
	}
	rest := slices.DeleteFunc(slices.Clone(c.Transports), func(t string) bool { return t == WebSocket })
	return append([]string{WebSocket}, rest...)
}
