package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// A Handshake is what a client said when it opened its connection, and when it
// asked for the namespace.
type Handshake struct {
	// Auth is the payload of the CONNECT for this namespace, a JSON object,
	// {} when there was none. Revision 4 has no such payload: there it is the
	// query in the CONNECT, and for the main namespace that of the URL, as an
	// object of strings, and of arrays for parameters that are repeated.
	Auth json.RawMessage
	// Query, Header and URL are those of the request that opened the
	// connection. In revision 4 the parameters of the query in the CONNECT
	// replace those of the same name.
	Query  url.Values
	Header http.Header
	URL    string
	// Address is the network address of the client, as in http.Request.
	Address string
	// Secure says that the connection was opened over TLS.
	Secure bool
	// CrossDomain says that the request named an origin, as browsers do when the
	// page comes from elsewhere.
	CrossDomain bool
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

		CrossDomain: r.Header.Get("Origin") != "",

		Time:    time.Now(),
		Request: r,
	}
}

// of returns h for the namespace that a CONNECT is for.
func (h Handshake) of(r sio.Revision, connect sio.Packet) Handshake {
	if r == sio.Revision4 {
		return h.of4(connect)
	}
	h.Auth = json.RawMessage("{}")
	if len(connect.Data) > 0 {
		h.Auth = json.RawMessage(connect.Data)
	}
	return h
}
