package server

import (
	"context"
	"net/http"
	"time"
)

// The time-outs of [Server.HTTPServer].
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// HTTPServer returns an [http.Server] for the address that serves h, which is
// nil for the server alone. It has the time-outs that a public server needs: for
// request headers and idle connections, but none for responses, since a poll is
// answered when there is something to say. Its Shutdown also ends the sessions,
// as [Server.Shutdown] does.
func (s *Server) HTTPServer(address string, h http.Handler) *http.Server {
	if h == nil {
		h = s
	}
	server := &http.Server{Addr: address, Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	server.RegisterOnShutdown(func() { _ = s.Shutdown(context.Background()) })
	return server
}
