package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// A Handshake is what a client said when it opened its connection, and when it
// asked for the namespace.
type Handshake struct {
	// Auth is the payload of the CONNECT for this namespace, a JSON object,
	// {} when there was none.
	Auth json.RawMessage
	// Query, Header and URL are those of the request that opened the
	// connection.
	Query  url.Values
	Header http.Header
	URL    string
	// Address is the network address of the client, as in http.Request.
	Address string
	// Secure says that the connection was opened over TLS.
	Secure bool
	// Time is when the connection was opened.
	Time time.Time
	// Request is the request that opened the connection, as the middlewares of
	// net/http in front of the server left it. It has no body.
	Request *http.Request
}

func newHandshake(r *http.Request) Handshake {
	return Handshake{
		Query:   r.URL.Query(),
		Header:  r.Header,
		URL:     r.URL.RequestURI(),
		Address: r.RemoteAddr,
		Secure:  r.TLS != nil,
		Time:    time.Now(),
		Request: r,
	}
}

// with returns h for one namespace.
func (h Handshake) with(auth []byte) Handshake {
	h.Auth = json.RawMessage("{}")
	if len(auth) > 0 {
		h.Auth = json.RawMessage(auth)
	}
	return h
}

// requestKey is the key of a request in a context.
type requestKey struct{}

// RequestFrom returns the request that opened the connection, as in
// [Handshake].Request, from the context that a [Middleware] or an [AllowFunc]
// is called with or that [Socket.Context] returns. For other contexts it is nil.
func RequestFrom(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}
