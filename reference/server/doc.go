// Package server is the reference server of Socket.IO: the documentation of
// namespaces as running Go. A [Server] is an [http.Handler] that serves Engine.IO
// sessions over long-polling and WebSocket, and on them namespaces, each with
// its own event handlers, rooms and middlewares.
//
//	srv := server.New(server.Config{})
//	orders := srv.Of("/orders")
//	orders.Use(func(ctx context.Context, s *server.Socket) error {
//		return authorize(ctx, s.Handshake().Auth)
//	})
//	orders.OnConnection(func(s *server.Socket) {
//		s.Join("room1")
//		orders.To("room1").Emit("hello")
//		s.On("order:list", func(args server.Args, ack server.Ack) { … })
//	})
//	http.Handle("/socket.io/", srv)
//
// # Goroutines
//
// The functions that an application registers run in goroutines that the server
// starts. Those of one socket run one after the other, in the order of what the
// client sent: first the connection handlers, then the event handlers, at last
// the disconnecting and disconnect handlers. A function that blocks delays only
// its own socket: heartbeat, other namespaces of the same client and other
// clients go on. One that waits for something should watch [Socket.Context]. A
// panic is logged and ends its socket. The middlewares of one CONNECT run one
// after the other in a goroutine of their own.
//
// All methods may be called from any goroutine.
//
// # Where this server differs from Socket.IO 4.8.4
//
// It keeps to the written protocol where that costs no real client anything: an
// EVENT or ACK without payload closes the connection, and so does an Engine.IO
// close packet on WebSocket; a session that has a WebSocket takes no second one.
// A second CONNECT for a namespace closes the connection also while the first
// one is still with a middleware, so that one connection is never two members of
// a namespace. A packet for a namespace that is not joined closes the
// connection, unless it may have crossed a DISCONNECT of the server: until the
// client has answered a ping that was sent behind the DISCONNECT, packets for
// that namespace are dropped. Nothing is sent in a namespace that was left.
//
// Middlewares and the functions of parents run side by side, yet CONNECT
// requests about which nobody has to think long are answered in their order, as
// the original does.
//
// Time-outs for headers and idle connections are those of the [http.Server] that
// the server runs on.
//
// # Revision 4
//
// [Config].Revisions lets in clients of Socket.IO 2.x, to the same namespaces
// and handlers. They are members of the main namespace before they join any
// other, see only the data of an [Error] or else its message, and have the query
// of the namespace in the place of credentials, see [Handshake].
package server
