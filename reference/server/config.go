package server

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// The transports.
const (
	Polling   = engine.Polling
	WebSocket = engine.WebSocket
)

// A Config configures a [Server]. The zero value works. Defaults are those of
// Socket.IO 4.8.4 where it has the option.
type Config struct {
	// Path is the prefix of the URLs that are served. Default "/socket.io/".
	Path string

	// PingInterval is the time between an answered ping and the next one.
	// Default 25 s.
	PingInterval time.Duration
	// PingTimeout is how long a client may take to answer a ping. Default 20 s.
	PingTimeout time.Duration
	// ConnectTimeout is how long a connection may stay without having joined a
	// namespace. Default 45 s. It does not concern revision 4, whose clients do
	// not ask for the main namespace.
	ConnectTimeout time.Duration
	// UpgradeTimeout is how long an upgrade may take. Default 10 s.
	UpgradeTimeout time.Duration

	// MaxPayload is the largest body of a request and the largest WebSocket
	// message that is taken, in bytes. Default 1,000,000.
	MaxPayload int64
	// MaxAttachments is how many attachments one packet may announce. Default
	// 10.
	MaxAttachments int
	// MaxNamespaces is how many namespaces one connection may have joined or
	// asked for at a time. Default 1000.
	MaxNamespaces int
	// MaxDepth is how deep arrays and objects may nest in the data of a packet.
	// Default 1000, at most 9999.
	MaxDepth int
	// MaxChildren is how many namespaces one parent may have that clients asked
	// for. Who asks for more is refused. Default 100,000. See also
	// CleanupEmptyChildren.
	MaxChildren int
	// MaxPending is how many CONNECT requests of one connection may wait for
	// middlewares and for the functions of parents at a time. Default 100.
	MaxPending int
	// MaxBuffered is how many bytes may wait for a client that does not read,
	// and how many bytes of events may wait for the handlers of a socket. A
	// connection that exceeds it is closed. Default 16 MiB.
	MaxBuffered int64
	// MaxQueued is how many events may wait for the handlers of a socket. A
	// connection that exceeds it is closed. Default 10,000.
	MaxQueued int

	// Transports are the transports that are served. Default both.
	Transports []string
	// NoUpgrades leaves polling sessions on polling.
	NoUpgrades bool
	// Compression lets clients negotiate permessage-deflate.
	Compression bool
	// Revisions are the revisions of the protocol that are served, side by side.
	// Default: revision 5 only, as in Socket.IO 4.8.4.
	Revisions []sio.Revision

	// AllowRequest decides whether a request may open a session. The text of
	// its error is sent to the client. Browsers ask no permission before they
	// open a WebSocket to another site: a server that trusts cookies must check
	// the Origin header here. Default: every request.
	AllowRequest func(*http.Request) error
	// CORS is called first for every request below Path. It may set headers,
	// and reports whether it has answered the request. [AllowOrigins] returns
	// such a function. Default: no headers.
	CORS func(http.ResponseWriter, *http.Request) (answered bool)

	// Cookie is set with the id of the session as its value by the request that
	// opens a session over polling, for load balancers. Default: none. A cookie
	// without a Path is for "/".
	Cookie *http.Cookie
	// ClientFiles holds the bundles of the client in its root: socket.io.js,
	// socket.io.min.js, socket.io.esm.min.js and so on, and their source maps.
	// They are served below Path. Default: none.
	ClientFiles fs.FS
	// Recovery lets clients of revision 5 take up their sockets again after a
	// lost connection. Default: none does.
	Recovery *Recovery

	// CleanupEmptyChildren removes a dynamic namespace when its last client has
	// left. What was kept for recovery goes with it.
	CleanupEmptyChildren bool
	// Adapter makes the adapter of a namespace. It must not call the server.
	// Default [NewMemoryAdapter].
	Adapter func(*Namespace) Adapter
	// Logger takes what goes wrong in the application, and at level debug what
	// happens to sessions. Default: nothing is logged.
	Logger *slog.Logger
}

// How long a client is given to take its last packets and the end of its
// session: over WebSocket, and over polling until its next GET.
const (
	closeGrace   = 5 * time.Second
	drainTimeout = 30 * time.Second
)

// withDefaults returns c with every default in place. It panics if c asks for
// what this server cannot do.
func (c Config) withDefaults() Config {
	c.Path = strings.TrimRight("/"+strings.Trim(cmp.Or(c.Path, "/socket.io/"), "/"), "/") + "/"
	c.PingInterval = cmp.Or(c.PingInterval, 25*time.Second)
	c.PingTimeout = cmp.Or(c.PingTimeout, 20*time.Second)
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 45*time.Second)
	c.UpgradeTimeout = cmp.Or(c.UpgradeTimeout, 10*time.Second)
	c.MaxPayload = cmp.Or(c.MaxPayload, 1_000_000)
	c.MaxAttachments = cmp.Or(c.MaxAttachments, 10)
	c.MaxNamespaces = cmp.Or(c.MaxNamespaces, 1000)
	c.MaxChildren = cmp.Or(c.MaxChildren, 100_000)
	c.MaxPending = cmp.Or(c.MaxPending, 100)
	c.MaxBuffered = cmp.Or(c.MaxBuffered, 16<<20)
	c.MaxQueued = cmp.Or(c.MaxQueued, 10_000)
	if c.Transports == nil {
		c.Transports = []string{Polling, WebSocket}
	}
	if c.Revisions == nil {
		c.Revisions = []sio.Revision{sio.Revision5}
	}
	if c.Recovery != nil {
		recovery := *c.Recovery
		recovery.MaxDisconnection = cmp.Or(recovery.MaxDisconnection, 2*time.Minute)
		c.Recovery = &recovery
	}
	if c.Adapter == nil {
		c.Adapter = NewMemoryAdapter
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, r := range c.Revisions {
		if r != sio.Revision4 && r != sio.Revision5 {
			panic(fmt.Sprintf("server: unknown revision %d", r))
		}
	}
	for _, t := range c.Transports {
		if t != Polling && t != WebSocket {
			panic(fmt.Sprintf("server: unknown transport %q", t))
		}
	}
	return c
}

// engine returns the part of c that concerns Engine.IO.
func (c Config) engine(open func(*engine.Session) engine.Upper) engine.Config {
	var revisions []eio.Revision
	for _, r := range c.Revisions {
		revisions = append(revisions, engineRevision(r))
	}
	return engine.Config{
		Path:           c.Path,
		Revisions:      revisions,
		Transports:     c.Transports,
		Upgrades:       !c.NoUpgrades,
		PingInterval:   c.PingInterval,
		PingTimeout:    c.PingTimeout,
		UpgradeTimeout: c.UpgradeTimeout,
		MaxPayload:     c.MaxPayload,
		MaxBuffered:    c.MaxBuffered,
		Compression:    c.Compression,
		CloseGrace:     closeGrace,
		DrainTimeout:   drainTimeout,
		Logger:         c.Logger,
		Open:           open,
		CORS:           c.CORS,
		AllowRequest:   c.AllowRequest,
		Cookie:         c.Cookie,
	}
}

// AllowOrigins returns a [Config].CORS that lets pages of the origins use the
// server, with credentials. The origin "*" stands for all, without credentials.
func AllowOrigins(origins ...string) func(http.ResponseWriter, *http.Request) bool {
	all := slices.Contains(origins, "*")
	return func(w http.ResponseWriter, r *http.Request) bool {
		origin, header := r.Header.Get("Origin"), w.Header()
		switch {
		case all:
			header.Set("Access-Control-Allow-Origin", "*")
		case slices.Contains(origins, origin):
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
			header.Add("Vary", "Origin")
		default:
			header.Add("Vary", "Origin")
		}
		if r.Method != http.MethodOptions {
			return false
		}
		header.Set("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
		if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
			header.Set("Access-Control-Allow-Headers", asked)
		}
		w.WriteHeader(http.StatusNoContent)
		return true
	}
}

// SameOrigin is a [Config].AllowRequest for a server that trusts cookies: it
// refuses what pages of other sites ask for. Clients that are no browsers name no
// origin and are let in.
func SameOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	if u, err := url.Parse(origin); err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) {
		return errOrigin
	}
	return nil
}

var errOrigin = errors.New("origin not allowed")
