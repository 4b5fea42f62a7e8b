package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/server"
)

// atServer runs a test against the reference server, over each transport.
func atServer(t *testing.T, test func(t *testing.T, r *rig, srv *server.Server, config client.Config)) {
	t.Helper()
	for name, config := range map[string]client.Config{
		"polling":    {Transports: []string{client.Polling}},
		"websocket":  {Transports: []string{client.WebSocket}},
		"compressed": {Transports: []string{client.WebSocket}, Compression: true},
		"base64":     {Transports: []string{client.WebSocket}, ForceBase64: true},
		"upgrade":    {Transports: []string{client.Polling, client.WebSocket}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := server.New(server.Config{Compression: true})
			inBubble(t, srv, func(t *testing.T, r *rig) {
				t.Cleanup(func() {
					if err := srv.Shutdown(context.Background()); err != nil {
						t.Error(err)
					}
				})
				test(t, r, srv, config)
			})
		})
	}
}

func TestServerEvents(t *testing.T) {
	atServer(t, func(t *testing.T, r *rig, srv *server.Server, config client.Config) {
		questions := make(chan *server.Question, 1)
		srv.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("ask", func(args server.Args, ack server.Ack) { _ = ack(args.Forward()...) })
			s.On("start", func(server.Args, server.Ack) {
				for i := range 100 {
					_ = s.Emit("n", i, []byte{byte(i)})
				}
				questions <- s.Ask(context.Background(), "question", 7)
			})
		})
		s := r.socket("/a", config)
		var got []int
		s.On("n", func(args client.Args, _ client.Ack) {
			var n int
			var b []byte
			if args.Decode(&n, &b) == nil && len(b) == 1 {
				got = append(got, int(b[0]))
			}
		})
		s.On("question", func(args client.Args, ack client.Ack) { _ = ack(args.Forward()...) })
		b := bytes.Repeat([]byte{0, 30, 255}, 10_000)
		args, err := s.EmitWithAck(t.Context(), "ask", "é", b)
		if echo, _ := args.At(1).Binary(); err != nil || !bytes.Equal(echo, b) {
			t.Fatalf("answer has %d bytes, %v", len(echo), err)
		}
		_ = s.Emit("start")
		answer, err := (<-questions).Wait()
		if values, _ := answer.Values(); err != nil || fmt.Sprint(values) != "[7]" {
			t.Errorf("answer is %v %v", values, err)
		}
		if len(got) != 100 || !slices.IsSorted(got) {
			t.Errorf("events are %v", got)
		}
		<-time.After(5 * time.Minute) // many heartbeats
		if !s.Connected() {
			t.Error("disconnected")
		}
	})
}

func TestServerNamespaces(t *testing.T) {
	atServer(t, func(t *testing.T, r *rig, srv *server.Server, config client.Config) {
		srv.Of("/a").OnConnection(func(s *server.Socket) {
			s.On("leave", func(server.Args, server.Ack) { s.Disconnect(false) })
			s.On("close", func(server.Args, server.Ack) { s.Disconnect(true) })
		})
		srv.Of("/admin").Use(func(_ context.Context, s *server.Socket) error {
			var auth struct {
				Token string `json:"token"`
			}
			if err := json.Unmarshal(s.Handshake().Auth, &auth); err != nil || auth.Token != "right" {
				return &server.Error{Message: "not authorized", Data: 1}
			}
			return nil
		})
		main, a, admin, none := r.socket("/", config), r.socket("/a", config), r.socket("/admin", config), r.socket("/none", config)
		for _, s := range []*client.Socket{main, a} {
			if err := s.WaitConnected(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for s, want := range map[*client.Socket]string{admin: "not authorized", none: "Invalid namespace"} {
			if err, ok := errors.AsType[*client.RefusedError](s.WaitConnected(t.Context())); !ok || err.Message != want {
				t.Errorf("refusal is %v", err)
			}
		}
		_ = admin.SetAuth(map[string]string{"token": "right"})
		admin.Connect()
		if err := admin.WaitConnected(t.Context()); err != nil {
			t.Error(err)
		}
		_ = a.Emit("leave")
		synctest.Wait()
		if a.Active() || !main.Connected() {
			t.Error("leaving one namespace has another effect")
		}
		a.Connect()
		if err := a.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.notes()
		_ = a.Emit("close")
		<-time.After(patience)
		notes := r.notes()
		slices.Sort(notes)
		if want := []string{"/ disconnect", "/a disconnect", "/admin disconnect"}; len(notes) != 3 || !slices.EqualFunc(notes, want, strings.HasPrefix) {
			t.Errorf("notes are %q", notes)
		}
	})
}

func TestTLS(t *testing.T) {
	srv := server.New(server.Config{})
	web := httptest.NewTLSServer(srv)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	for _, scheme := range []string{"https", "wss"} {
		var io client.Client
		s, err := io.Open(scheme+strings.TrimPrefix(web.URL, "https"), client.Config{TLS: &tls.Config{RootCAs: roots}})
		if err != nil {
			t.Fatal(err)
		}
		upgraded := make(chan string, 1)
		s.Manager().Notify(func(e client.Event) {
			if e.Kind == client.EventUpgrade || e.Kind == client.EventUpgradeError {
				upgraded <- e.Transport
			}
		})
		s.Connect()
		if err := s.WaitConnected(t.Context()); err != nil {
			t.Fatal(err)
		}
		if transport := next(t, upgraded); transport != client.WebSocket {
			t.Errorf("upgraded to %q", transport)
		}
		if err := io.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
