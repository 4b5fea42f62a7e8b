package engine

import (
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/http"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// The transports, by the names that they have in the query of a request.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

// A Config is what an [Engine] is made of. Every field must be set, except
// those that say otherwise; the defaults are those of the server package.
type Config struct {
	Path           string
	Revisions      []eio.Revision
	Transports     []string
	Upgrades       bool
	PingInterval   time.Duration
	PingTimeout    time.Duration
	UpgradeTimeout time.Duration
	MaxPayload     int64 // bytes of a request body and of a WebSocket message
	MaxBuffered    int64 // bytes that wait for one client
	Compression    bool  // permessage-deflate
	CloseGrace     time.Duration
	DrainTimeout   time.Duration
	Logger         *slog.Logger
	Open           func(*Session) Upper
	CORS           func(http.ResponseWriter, *http.Request) (answered bool) // may be nil
	AllowRequest   func(*http.Request) error                                // may be nil
	Cookie         *http.Cookie                                             // set with the id of the session; may be nil
}

// An Upper is the protocol above a session. Its methods are called on the
// goroutine of the session, one at a time, and do not block.
type Upper interface {
	// Message takes a message, text or binary. Its data is not used again.
	Message(p eio.Packet)
	// Pong says that the client answered a ping, with the number of that ping
	// as counted by [Session.Pings].
	Pong(ping uint64)
	// Closed says that the session has ended. It is called once, and nothing
	// after it. It may be called while a method of Session runs that ends the
	// session.
	Closed(reason Reason)
}

// A Reason says why a session ended, in the words of Socket.IO.
type Reason string

// The reasons why a session ends.
const (
	TransportClose     Reason = "transport close"
	TransportError     Reason = "transport error"
	PingTimeout        Reason = "ping timeout"
	ParseError         Reason = "parse error"
	ForcedClose        Reason = "forced close"
	ServerShuttingDown Reason = "server shutting down"
)

// NewID returns 120 random bits as 20 characters that need no escaping in a
// URL. An id gives access to a session, so it must not be guessable.
func NewID() string {
	var b [15]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
