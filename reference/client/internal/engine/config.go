package engine

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/client/internal/strand"
	"github.com/sio-conform/sio-conform/reference/eio"
)

// The transports, by the names that they have in requests.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

// A Config says how a session is opened. Every field is set but where it says
// otherwise.
type Config struct {
	URL         url.URL      // http or https, host and path; no query
	Query       url.Values   // of every request; may be nil
	Header      http.Header  // of every request; may be nil
	Revision    eio.Revision // the revision that is spoken
	Transports  []string     // not empty
	TryAll      bool         // whether the next transport is tried when one cannot be opened
	NoUpgrade   bool
	ForceBase64 bool
	Stamp       string // parameter that makes requests differ
	StampAll    bool   // whether those of WebSockets have it, too

	Timeout     time.Duration // of the handshake, and of an upgrade; none if negative
	CloseGrace  time.Duration // how long the last packets may take
	MaxMessage  int64         // bytes of a WebSocket message and of a response
	MaxBuffered int64         // bytes that may wait for the server when it pings

	HTTP   *http.Client
	Dialer *websocket.Dialer
	Crew   *strand.Crew
	Strand *strand.Strand
	Logger *slog.Logger
}

// An Upper is the layer above a session.
type Upper interface {
	// Opened says that the handshake is done.
	Opened(h eio.Handshake)
	// Received takes a message.
	Received(p eio.Packet)
	// Pinged says that a ping, or in revision 3 a pong, came.
	Pinged()
	// Upgraded says whether the upgrade succeeded.
	Upgraded(err error)
	// Closed says that the session has ended, though Close was not called. It is
	// the last call.
	Closed(reason Reason, err error)
}
