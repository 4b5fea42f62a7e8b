package servertest_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

func TestBothTransportsReachTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server.New(server.Config{})
		n := servertest.New(t, s, "/socket.io/")
		t.Cleanup(func() { _ = s.Shutdown(context.Background()) })

		c := n.WebSocket("")
		if ids := c.Connect("/"); len(c.SID) != 20 || len(ids) != 1 || len(ids[0]) != 20 {
			t.Errorf("session %q, sockets %q", c.SID, ids)
		}
		c.SendBinary(1)
		c.WantClosed()

		p := n.Polling("")
		answer := p.Park()
		if got := p.Post("40"); got.Status != 200 || got.Body != "ok" {
			t.Errorf("POST: %+v", got)
		}
		if got := <-answer; got.Status != 200 || got.Body[:3] != "40{" {
			t.Errorf("GET: %+v", got)
		}
		if got := n.Get("/elsewhere"); got.Status != 404 {
			t.Errorf("elsewhere: %+v", got)
		}
	})
}
