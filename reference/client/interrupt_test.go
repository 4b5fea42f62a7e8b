package client_test

import (
	"errors"
	"testing"
	"testing/synctest"

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
