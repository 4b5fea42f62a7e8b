package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/server"
)

// Two namespaces of one server, over one connection.
func Example() {
	srv := server.New(server.Config{})
	for _, name := range []string{"/orders", "/users"} {
		srv.Of(name).OnConnection(func(s *server.Socket) {
			s.On("list", func(_ server.Args, ack server.Ack) { _ = ack("the list of " + name) })
		})
	}
	web := httptest.NewServer(srv)
	defer web.Close()

	var io client.Client
	defer func() { _ = io.Close(context.Background()) }()
	for _, name := range []string{"/orders", "/users"} {
		s, err := io.Open(web.URL+name, client.Config{})
		if err != nil {
			fmt.Println(err)
			return
		}
		s.Connect()
		args, err := s.EmitWithAck(context.Background(), "list")
		var answer string
		if err == nil {
			err = args.Decode(&answer)
		}
		fmt.Println(answer, err)
	}
	// Output:
	// the list of /orders <nil>
	// the list of /users <nil>
}

// A namespace that only authorized users have access to.
func ExampleSocket_WaitConnected() {
	srv := server.New(server.Config{})
	srv.Of("/admin").Use(func(context.Context, *server.Socket) error {
		return &server.Error{Message: "not authorized", Data: map[string]string{"code": "TOKEN"}}
	})
	web := httptest.NewServer(srv)
	defer web.Close()

	var io client.Client
	defer func() { _ = io.Close(context.Background()) }()
	admin, err := io.Open(web.URL+"/admin", client.Config{Auth: map[string]string{"token": "wrong"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	admin.Connect()
	err = admin.WaitConnected(context.Background())
	if refused, ok := errors.AsType[*client.RefusedError](err); ok {
		fmt.Printf("%s %s\n", refused.Message, refused.Data)
	}
	// Output: not authorized {"code":"TOKEN"}
}

// Handlers are registered before the socket connects, so that nothing is missed.
func ExampleSocket_On() {
	srv := server.New(server.Config{})
	srv.OnConnection(func(s *server.Socket) { _ = s.Emit("hello", "world", []byte{1, 2}) })
	web := httptest.NewServer(srv)
	defer web.Close()

	var io client.Client
	defer func() { _ = io.Close(context.Background()) }()
	s, err := io.Open(web.URL, client.Config{Transports: []string{client.WebSocket}})
	if err != nil {
		fmt.Println(err)
		return
	}
	heard := make(chan string)
	s.On("hello", func(args client.Args, _ client.Ack) {
		var name string
		var data []byte
		_ = args.Decode(&name, &data)
		heard <- fmt.Sprintf("%s %x", name, data)
	})
	s.Connect()
	fmt.Println(<-heard)
	// Output: world 0102
}

// An event that nobody acknowledges, and one that is sent again until somebody does.
func ExampleSocket_EmitWithAck() {
	srv := server.New(server.Config{})
	tries := 0
	srv.OnConnection(func(s *server.Socket) {
		s.On("unreliable", func(_ server.Args, ack server.Ack) {
			if tries++; tries > 2 {
				_ = ack("at last")
			}
		})
	})
	web := httptest.NewServer(srv)
	defer web.Close()

	var io client.Client
	defer func() { _ = io.Close(context.Background()) }()
	once, err := io.Open(web.URL, client.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	once.Connect()
	_, err = once.Timeout(20*time.Millisecond).EmitWithAck(context.Background(), "nothing")
	fmt.Println(errors.Is(err, client.ErrAckTimeout))

	again, err := io.Open(web.URL, client.Config{Retries: 1000, AckTimeout: 20 * time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	again.Connect()
	args, err := again.EmitWithAck(context.Background(), "unreliable")
	answer, _ := args.At(0).Value()
	fmt.Println(answer, err)
	// Output:
	// true
	// at last <nil>
}
