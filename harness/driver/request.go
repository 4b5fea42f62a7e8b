package driver

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// FailPost answers the next payload of the client with that status, and takes nothing of it.
func (c *Session) FailPost(status int) {
	c.stage.locked(func() { c.failPost = status })
}

// refusePost answers a payload with the status that FailPost has set, and reports whether there is one.
func (c *Session) refusePost(w http.ResponseWriter) bool {
	status := 0
	c.stage.locked(func() { status, c.failPost = c.failPost, 0 })
	if status != 0 {
		c.server.answer(w, status, `{"code":0,"message":"Transport unknown"}`)
	}
	return status != 0
}

// WantHangUp waits until the client has given up a handshake that is not answered.
func (v *Server) WantHangUp() {
	s := v.stage
	s.expect("the client gives up its handshake")
	if !s.await(s.Patience(), func() bool { return v.hungUp > 0 }) {
		s.missing("the end of the handshake that is not answered", "it is still waited for")
	}
}

// WantProbeOver waits until the client has closed the WebSocket of an upgrade that did not come about.
func (c *Session) WantProbeOver() {
	s := c.stage
	s.expect("the client closes the probe of %s", c.name)
	if !s.await(s.Patience(), func() bool { return c.probeOver }) {
		s.missing("the end of the probe of "+c.name, "an open WebSocket")
	}
}

// WantHandshakeTransports fails the scenario unless the handshakes so far began with these transports: polling or websocket.
func (v *Server) WantHandshakeTransports(want ...string) {
	var got []string
	for _, r := range v.Handshakes() {
		got = append(got, map[bool]string{true: "websocket", false: "polling"}[r.WebSocket])
	}
	if !slices.Equal(got, want) {
		v.stage.Failf("want handshakes over %v, got %v", fmt.Sprint(want), fmt.Sprint(got))
	}
}

// Elapsed returns the time since the stage began, as Request.At gives it.
func (s *Stage) Elapsed() time.Duration { return time.Since(s.began) }

// WantPolling fails the scenario when the client has moved the session to WebSocket.
func (c *Session) WantPolling() {
	upgraded := false
	c.stage.locked(func() { upgraded = c.upgraded })
	if upgraded {
		c.stage.checkAlive()
		c.stage.Failf("%s: want long-polling; it was upgraded", c.name)
	}
}
