package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/reference/server"
)

// A custom namespace.
func ExampleServer_Of() {
	srv := server.New(server.Config{})
	nsp := srv.Of("/my-namespace")
	nsp.OnConnection(func(*server.Socket) {
		fmt.Println("someone connected")
		_ = nsp.Emit("hi", "Hello everyone!")
	})
	visit(srv, "40/my-namespace,", 1)
	// Output:
	// someone connected
	// 42/my-namespace,["hi","Hello everyone!"]
}

// The main namespace and the server are one thing.
func ExampleServer_Sockets() {
	srv := server.New(server.Config{})
	srv.Use(func(context.Context, *server.Socket) error { return nil })
	srv.Of("/").OnConnection(func(*server.Socket) { _ = srv.Emit("hello") })
	fmt.Println(srv.Sockets() == srv.Of("/"))
	visit(srv, "40", 1)
	// Output:
	// true
	// 42["hello"]
}

// Middlewares run one after the other, until one returns an error.
func ExampleMiddleware() {
	srv := server.New(server.Config{})
	srv.Use(func(context.Context, *server.Socket) error { return nil })
	srv.Use(func(context.Context, *server.Socket) error { return errors.New("thou shall not pass") })
	srv.Use(func(context.Context, *server.Socket) error {
		fmt.Println("not executed, since the previous middleware has returned an error")
		return nil
	})
	visit(srv, "40", 1)
	// Output: 44{"message":"thou shall not pass"}
}

// An error with details for the client.
func ExampleError() {
	srv := server.New(server.Config{})
	srv.Of("/admin").Use(func(context.Context, *server.Socket) error {
		return &server.Error{Message: "not authorized", Data: map[string]string{"content": "Please retry later"}}
	})
	visit(srv, "40/admin,", 1)
	// Output: 44/admin,{"message":"not authorized","data":{"content":"Please retry later"}}
}

// A namespace is created if the function allows it.
func ExampleServer_OfFunc() {
	srv := server.New(server.Config{})
	srv.OfFunc(func(_ context.Context, name string, auth json.RawMessage) (bool, error) {
		return strings.HasPrefix(name, "/tenant-") && strings.Contains(string(auth), "secret"), nil
	})
	visit(srv, "40/tenant-1,", 1)
	visit(srv, `40/tenant-1,{"token":"secret"}`, 0)
	fmt.Println(srv.Namespaces())
	// Output:
	// 44/tenant-1,{"message":"Invalid namespace"}
	// [/ /tenant-1]
}

// A parent has what all of its children have in common.
func ExampleParent() {
	srv := server.New(server.Config{})
	parent := srv.OfPattern(regexp.MustCompile(`^/dynamic-\d+$`))
	parent.Use(func(context.Context, *server.Socket) error { return nil }) // on each child
	parent.OnConnection(func(s *server.Socket) {
		namespace := s.Namespace()
		_ = namespace.Emit("to this child", namespace.Name())
		_ = parent.Emit("to all children")
	})
	visit(srv, "40/dynamic-101,", 2)
	// Output:
	// 42/dynamic-101,["to this child","/dynamic-101"]
	// 42/dynamic-101,["to all children"]
}

type userKey struct{}

// A middleware of net/http finds out who the user is, and a middleware of the
// namespace decides. [server.Wrap] takes those of session and authentication
// libraries as well.
func ExampleWrap() {
	identify := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user := r.URL.Query().Get("user")
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, user)))
		})
	}
	srv := server.New(server.Config{})
	srv.Use(server.Wrap(identify))
	srv.Use(func(ctx context.Context, _ *server.Socket) error {
		if server.RequestFrom(ctx).Context().Value(userKey{}) == "" {
			return errors.New("unauthorized")
		}
		return nil
	})
	srv.OnConnection(func(s *server.Socket) { _ = s.Emit("hello", s.Request().Context().Value(userKey{})) })
	visit(srv, "40", 1)
	visit(srv, "40", 1, "user=ada")
	// Output:
	// 44{"message":"unauthorized"}
	// 42["hello","ada"]
}

// Operators select and can be kept.
func ExampleOperator() {
	srv := server.New(server.Config{})
	srv.OnConnection(func(s *server.Socket) {
		s.Join("room1", "room2")
		room := srv.To("room1").To("room2")
		_ = room.Emit("once") // also to who is in both
		_ = room.Except(s.ID()).Emit("to the others")
		_ = s.Emit("and to this one")
	})
	visit(srv, "40", 2)
	// Output:
	// 42["once"]
	// 42["and to this one"]
}

// A middleware for the events of one socket.
func ExampleSocket_Use() {
	srv := server.New(server.Config{})
	srv.OnConnection(func(s *server.Socket) {
		s.Use(func(e *server.Event) error {
			if e.Name == "forbidden" {
				return errors.New("no such thing")
			}
			return nil
		})
		s.OnError(func(err error) { _ = s.Emit("failed", err.Error()) })
		s.On("allowed", func(args server.Args, _ server.Ack) { _ = s.Emit("done", args.Forward()...) })
	})
	visit(srv, "40\n"+`42["forbidden"]`+"\n"+`42["allowed",1]`, 2)
	// Output:
	// 42["failed","no such thing"]
	// 42["done",1]
}

// An event that the client acknowledges, in time or not.
func ExampleSocket_EmitWithAck() {
	srv := server.New(server.Config{})
	srv.OnConnection(func(s *server.Socket) {
		_, err := s.Timeout(10*time.Millisecond).EmitWithAck(s.Context(), "question")
		_ = s.Emit("result", errors.Is(err, context.DeadlineExceeded))
	})
	visit(srv, "40", 2)
	// Output:
	// 420["question"]
	// 42["result",true]
}

// Clients take up their sockets after a lost connection.
func ExampleRecovery() {
	srv := server.New(server.Config{Recovery: &server.Recovery{MaxDisconnection: 2 * time.Minute}})
	srv.OnConnection(func(s *server.Socket) {
		if !s.Recovered() {
			s.Join("news") // a recovered one is in its rooms already
		}
	})
	visit(srv, "40", 0)
	// Output:
}

// A server with time-outs, which ends in peace.
func ExampleServer_HTTPServer() {
	srv := server.New(server.Config{})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	h := srv.HTTPServer("127.0.0.1:0", mux)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println(h.Shutdown(ctx))
	// Output: <nil>
}

// visit is a client that sends a CONNECT, and lines of further packets when that
// was answered. It prints as many packets of the namespace as are wanted, and the
// answer only if that is a refusal.
func visit(srv *server.Server, lines string, packets int, query ...string) {
	site := httptest.NewServer(srv)
	defer site.Close()
	url := "ws" + strings.TrimPrefix(site.URL, "http") + "/socket.io/?EIO=4&transport=websocket&" + strings.Join(query, "&")
	ws, _, err := websocket.DefaultDialer.Dial(url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = ws.Close() }()
	connect, rest, _ := strings.Cut(lines, "\n")
	_ = ws.WriteMessage(websocket.TextMessage, []byte(connect))
	for frames := -2; frames < packets; frames++ { // the open packet, and the answer
		_, frame, err := ws.ReadMessage()
		if err != nil {
			fmt.Println(err)
			return
		}
		refused := strings.HasPrefix(string(frame), "44")
		if frames >= 0 || refused {
			fmt.Println(string(frame))
		}
		if refused {
			return
		}
		for ; frames == -1 && rest != ""; _, rest, _ = strings.Cut(rest, "\n") {
			packet, _, _ := strings.Cut(rest, "\n")
			_ = ws.WriteMessage(websocket.TextMessage, []byte(packet))
		}
	}
}
