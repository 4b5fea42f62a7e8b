package client_test

import (
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

func TestInterruptIsALossThatTheApplicationAskedFor(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a")
		sockets[0].Manager().Interrupt()
		c.want("closed")
		r.wantNotes("/a disconnect forced close")
		sockets[0].Manager().Interrupt() // there is no connection
		r.accept().join("/a")
		synctest.Wait()
		if !sockets[0].Connected() {
			t.Error("it did not connect again")
		}
	})
}

func TestInterruptWithoutReconnectionEndsIt(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		_, sockets := r.joined(client.Config{NoReconnection: true}, "/a")
		sockets[0].Manager().Interrupt()
		if err := sockets[0].WaitConnected(t.Context()); !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestANumberIsTheNameOfAnEvent(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/")
		if err := errors.Join(sockets[0].EmitNumber(7, "x"), sockets[0].EmitNumber(-1, []byte{1})); err != nil {
			t.Error(err)
		}
		c.want(`42[7,"x"]`, `451-[-1,{"_placeholder":true,"num":0}]`, "bin 01")
		if sockets[0].EmitNumber(1, func() {}) == nil {
			t.Error("a function is sent")
		}
	})
}

// TestHandlersSeeTheStateThatTheyAreToldOf looks at the state from inside the functions that hear of it.
func TestHandlersSeeTheStateThatTheyAreToldOf(t *testing.T) {
	for name, end := range map[string]func(c *wire, s *client.Socket){
		"by the application": func(_ *wire, s *client.Socket) { s.Disconnect() },
		"by the server":      func(c *wire, _ *client.Socket) { c.send("41/a,") },
		"by the network":     func(c *wire, _ *client.Socket) { c.cut() },
		"refused":            func(c *wire, _ *client.Socket) { c.send(`44/b,{"message":"no"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				c, sockets := r.joined(client.Config{NoReconnection: true}, "/a")
				b := r.socket("/b", client.Config{})
				c.want("40/b,")
				told := make(chan bool, 2)
				sockets[0].OnDisconnect(func(client.Reason, error) { told <- sockets[0].Connected() || sockets[0].ID() != "" })
				b.OnConnectError(func(err error) {
					_, refused := errors.AsType[*client.RefusedError](err)
					told <- refused && b.Active()
				})
				end(c, sockets[0])
				if <-told {
					t.Error("a handler is told of the end, and sees the state of before")
				}
			})
		})
	}
}

func TestListenersAreTakenAwayOneByOne(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/")
		s := sockets[0]
		heard := make(chan string, 20)
		hear := func(name string) client.Handler { return func(client.Args, client.Ack) { heard <- name } }
		off, once := s.On("m", hear("gone")), s.Once("m", hear("once"))
		s.On("m", hear("stays"))
		offAny := s.OnAny(func(string, client.Args) { heard <- "any" })
		offOut := s.OnAnyOutgoing(func(string, client.Args) { heard <- "out" })
		for _, f := range []func(){off, once, offAny, offOut, off} { // the second time it has no effect
			f()
		}
		_ = s.Emit("x")
		c.want(`42["x"]`)
		c.send(`42["m"]`)
		synctest.Wait()
		close(heard)
		for name := range heard {
			if name != "stays" {
				t.Errorf("%s was taken away, and was called", name)
			}
		}
	})
}

func TestTheURLOfRequestsIsAsConfigured(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, _ := r.joined(client.Config{NoTrailingSlash: true, TimestampRequests: true, TimestampParam: "when"}, "/")
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if u.Path != "/socket.io" || u.Query().Get("when") == "" || u.Query().Has("t") {
			t.Errorf("url is %s", c.url)
		}
	})
}

// TestAWebSocketThatIsNotOpenedIsGivenUp has a server that never answers: what waits for it ends with the session.
func TestAWebSocketThatIsNotOpenedIsGivenUp(t *testing.T) {
	for name, end := range map[string]func(s *client.Socket){
		"left":     func(s *client.Socket) { s.Disconnect() },
		"too late": func(*client.Socket) { <-time.After(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			over := atomic.Bool{}
			silent := http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
				<-q.Context().Done()
				over.Store(true)
			})
			inBubble(t, silent, func(t *testing.T, r *rig) {
				s := r.socket("/", client.Config{Transports: []string{client.WebSocket}, Timeout: time.Second, NoReconnection: true})
				synctest.Wait()
				end(s)
				synctest.Wait()
				if !over.Load() {
					t.Error("the handshake is still waited for")
				}
			})
		})
	}
}
