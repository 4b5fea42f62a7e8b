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
// # Middlewares of net/http
//
// A Server is an [http.Handler]: what stands around it sees every request and its
// response. [Wrap] brings a middleware into a namespace, where there is a request
// but no response any more; what it leaves in the request is there in the
// handlers, from [Socket.Request].
//
// # Recovery
//
// With [Config].Recovery a client that lost its connection takes up its socket
// again: id, rooms and data, and the events that it missed. [Socket.Recovered]
// tells the connection handler. It needs a client that has received an event.
//
// # Several servers
//
// Rooms and broadcasts are the business of an [Adapter]. The one in memory serves
// a server that is alone; one for a cluster embeds it, and passes on what
// operators ask for.
//
// # Limits
//
// Everything that a client can make the server keep is bounded in [Config]: what
// it sends, how deep it nests, how many namespaces and pending requests it has,
// what waits for it and for its handlers. Time-outs for headers and idle
// connections are those of the [http.Server] that the server runs on;
// [Server.HTTPServer] returns one that has them. Browsers let every page open a
// WebSocket: a server that trusts cookies wants [SameOrigin].
//
// # Where this server differs from Socket.IO
//
// It keeps to the written protocol where that costs no real client anything, and
// is strict where the original is unsafe. docs/decisions.md in the repository
// lists each difference with its reason.
//
// Middlewares and the functions of parents run side by side, yet CONNECT
// requests about which nobody has to think long are answered in their order, as
// the original does.
//
// # Revision 4
//
// [Config].Revisions lets in clients of Socket.IO 2.x, to the same namespaces
// and handlers. They are members of the main namespace before they join any
// other, see only the data of an [Error] or else its message, and have the query
// of the namespace in the place of credentials, see [Handshake].
package server
