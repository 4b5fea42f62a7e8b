package server

import (
	"context"
	"net/http"
	"sync/atomic"
)

// Wrap makes a middleware of a namespace from one of net/http, such as those of
// session and authentication libraries. It is called with the request that
// opened the connection, as the middlewares before it left it, for every CONNECT
// anew. The request that it passes on is what [Socket.Request] and [RequestFrom]
// return from then on, its context included, whose end is the end of the client;
// later CONNECT requests of the same connection start from it.
//
// There is no response: headers and cookies that the middleware sets go nowhere,
// and what it does after the next handler is done before the socket joins. So a
// session must be saved by calling its library. A middleware that answers the
// request instead of passing it on refuses the socket, with the text of the
// status as the message and {"status": n} as the data.
//
// A middleware that needs the response belongs around the [Server], which is a
// handler: what it puts into the request is in [Handshake].Request.
func Wrap(middleware func(http.Handler) http.Handler) Middleware {
	return func(ctx context.Context, _ *Socket) error {
		box, _ := ctx.Value(requestKey{}).(*requestBox)
		before := box.get()
		values, cancel := context.WithCancel(before.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()

		var passed atomic.Pointer[http.Request] // a middleware may call the next handler from another goroutine
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { passed.Store(r) })
		response := discarded{header: http.Header{}, status: http.StatusOK}
		middleware(next).ServeHTTP(&response, before.Clone(values))
		decorated := passed.Load()
		if decorated == nil {
			return response.refusal()
		}
		box.set(decorated.WithContext(context.WithoutCancel(decorated.Context())))
		return nil
	}
}

// discarded is the response to a request that was answered long ago.
type discarded struct {
	header  http.Header
	status  int
	written bool
}

func (d *discarded) Header() http.Header { return d.header }

func (d *discarded) WriteHeader(status int) {
	if !d.written && status >= http.StatusOK { // and not informational
		d.status, d.written = status, true
	}
}

func (d *discarded) Write(b []byte) (int, error) {
	d.written = true
	return len(b), nil
}

// refusal is what the client learns from the response.
func (d *discarded) refusal() *Error {
	return &Error{Message: http.StatusText(d.status), Data: map[string]int{"status": d.status}}
}

// Request returns the request that opened the connection, as the middlewares of
// [Wrap] left it. It is shared and must not be changed.
func (s *Socket) Request() *http.Request { return RequestFrom(s.member.ctx) }

// RequestFrom returns the request that opened the connection, as the middlewares
// of [Wrap] have left it so far, from the context that a [Middleware] or an
// [AllowFunc] is called with or that [Socket.Context] returns. For other
// contexts it is nil.
func RequestFrom(ctx context.Context) *http.Request {
	box, _ := ctx.Value(requestKey{}).(*requestBox)
	return box.get()
}

// requestKey is the key of a request box in a context.
type requestKey struct{}

// A requestBox holds a request. What is set in the box of a socket is also set
// in that of its connection, where the boxes of later sockets take it from.
type requestBox struct {
	request    atomic.Pointer[http.Request]
	connection *requestBox
}

func newRequestBox(connection *requestBox) *requestBox {
	b := &requestBox{connection: connection}
	b.request.Store(connection.get())
	return b
}

func (b *requestBox) get() *http.Request {
	if b == nil {
		return nil
	}
	return b.request.Load()
}

func (b *requestBox) set(r *http.Request) {
	for ; b != nil; b = b.connection {
		b.request.Store(r)
	}
}
