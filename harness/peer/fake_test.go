package peer

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// A script says what the fake server sends for each text frame that it receives. The answer "close" closes the WebSocket.
type script func(packet string) []string

const fakeOpen = `0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`

// correct behaves as a server with the app of the official test suite does.
func correct(packet string) []string {
	switch {
	case packet == "40":
		return []string{`40{"sid":"socket"}`, `42["auth",{}]`}
	case strings.HasPrefix(packet, "40/custom"):
		return []string{`40/custom,{"sid":"other"}`, `42/custom,["auth",{}]`}
	case strings.HasPrefix(packet, "40/"):
		name := strings.TrimSuffix(strings.TrimPrefix(packet, "40"), ",")
		return []string{"44" + name + `,{"message":"Invalid namespace"}`}
	case strings.Contains(packet, `["message-with-ack",`):
		id, data, _ := strings.Cut(strings.TrimPrefix(packet, "42"), `["message-with-ack",`)
		return []string{"43" + id + "[" + data}
	case strings.HasPrefix(packet, `42["message",`):
		return []string{strings.Replace(packet, "message", "message-back", 1)}
	}
	return nil
}

// serve starts a fake server that speaks WebSocket and returns its address. push, if not nil, is sent behind the open packet.
func serve(t *testing.T, s script, push ...string) string {
	t.Helper()
	upgrader := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		send := func(packets []string) bool {
			for _, p := range packets {
				if p == "close" {
					return false
				}
				kind := websocket.TextMessage
				if b, ok := strings.CutPrefix(p, "bin:"); ok {
					kind, p = websocket.BinaryMessage, b
				}
				if conn.WriteMessage(kind, []byte(p)) != nil {
					return false
				}
			}
			return true
		}
		if !send(append([]string{fakeOpen}, push...)) {
			return
		}
		for {
			_, data, err := conn.ReadMessage()
			if err != nil || !send(s(string(data))) {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// stage returns a stage over WebSocket with short waits.
func stage(t *testing.T, url string, change ...func(c *Config)) *Stage {
	t.Helper()
	c := Config{URL: url, Revision: wire.Revision5, Transport: WebSocket, Level: Echo, PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second, TimeScale: 0.1}
	for _, f := range change {
		f(&c)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	s, err := NewStage(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// failure runs f and the checks at the end of every scenario, and returns why they failed, "" if they passed.
func failure(s *Stage, f func(p *Peer)) (reason string) {
	return failed(s, f).Reason
}

func failed(s *Stage, f func(p *Peer)) (failure *Failure) {
	failure = &Failure{}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Failure:
			failure = r
		case error:
			failure = &Failure{Reason: r.Error()}
		default:
			failure = &Failure{Reason: fmt.Sprint(r)}
		}
	}()
	f(s.Peer("main"))
	s.Finish()
	return failure
}
