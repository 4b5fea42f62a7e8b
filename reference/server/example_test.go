package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"github.com/sio-conform/sio-conform/reference/server"
)

// The two namespaces of the introduction, with rooms of the same name that have
// nothing to do with each other.
func Example() {
	srv := server.New(server.Config{})
	orders, users := srv.Of("/orders"), srv.Of("/users")
	orders.OnConnection(func(s *server.Socket) {
		s.Join("room1")
		_ = orders.To("room1").Emit("hello")
	})
	users.OnConnection(func(s *server.Socket) {
		s.Join("room1") // distinct from the room in the "orders" namespace
		_ = users.To("room1").Emit("holà")
	})
	http.Handle("/socket.io/", srv)
	fmt.Println(srv.Namespaces())
	// Output: [/ /orders /users]
}

// A namespace that only authorized users have access to.
func ExampleNamespace_Use() {
	srv := server.New(server.Config{})
	admin := srv.Of("/admin")
	admin.Use(func(_ context.Context, s *server.Socket) error {
		var credentials struct{ Token string }
		if err := json.Unmarshal(s.Handshake().Auth, &credentials); err != nil {
			return err
		}
		if credentials.Token != "secret" {
			return &server.Error{Message: "not authorized", Data: map[string]string{"code": "TOKEN"}}
		}
		return nil
	})
	admin.OnConnection(func(s *server.Socket) {
		s.On("delete user", func(args server.Args, ack server.Ack) {
			var name string
			if args.Decode(&name) == nil && ack != nil {
				_ = ack(name + " is gone")
			}
		})
	})
}

// A namespace for each tenant.
func ExampleServer_OfPattern() {
	srv := server.New(server.Config{})
	workspaces := srv.OfPattern(regexp.MustCompile(`^/\w+$`))
	workspaces.OnConnection(func(s *server.Socket) {
		workspace := s.Namespace()
		_ = workspace.Emit("hello")
	})
	_ = workspaces.Emit("hello, everybody in every workspace")
}
