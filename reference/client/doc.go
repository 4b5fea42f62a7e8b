// Package client is the reference client of Socket.IO, for servers 2.x (revision 4
// of the protocol) and 3.x, 4.x (revision 5), over long-polling and WebSocket.
//
//	var io client.Client
//	defer io.Close(context.Background())
//
//	orders, err := io.Open("https://example.com/orders", client.Config{Auth: credentials})
//	if err != nil { … }
//	orders.On("order:new", func(args client.Args, ack client.Ack) { … })
//	orders.OnDisconnect(func(reason client.Reason, err error) { … })
//	orders.Connect()
//	args, err := orders.EmitWithAck(ctx, "order:list")
//
// # Connections
//
// A [Client] is what io is in the original: it has sockets for different
// namespaces of one server share a connection. A [Manager] is one connection; it
// is open as long as a socket is active, and comes back with exponential backoff
// when it is lost, together with the namespaces that are active then. A [Socket] is
// one namespace. It does not connect before [Socket.Connect], so that handlers can
// be registered before anything happens: where the original has the option
// autoConnect, there is a call.
//
// # Goroutines
//
// There are goroutines only while there is something to do: a Client, Manager or
// Socket whose sockets are all disconnected has none, and needs no Close.
//
// The functions that an application registers with the sockets of one connection
// run one after the other, in the order of what happened there. One that blocks
// delays those behind it, but neither the heartbeat nor acknowledgements: it may
// wait for one. What waits for them is limited by [Config.MaxQueued] and
// [Config.MaxBuffered].
//
// # Delivery
//
// An event arrives at most once. It waits while the socket is not connected, in the
// order of the calls, and is lost if the connection ends after it was sent. With
// [Config.Retries] it is sent again until it is acknowledged, and the server may see
// it more than once.
//
// # Where this client differs from socket.io-client 4.8.4
//
// It keeps to the written protocol, and nothing that a server sends makes it panic:
// an EVENT without payload, a reserved event name and whatever else is malformed
// disconnects with [ParseError], and a handshake or CONNECT_ERROR that cannot be
// read is an error. An Engine.IO close packet ends a session on WebSocket too. A
// volatile event is dropped whenever the socket is not connected. There is a
// disconnect only after a connect, and CONNECT is sent once for each answer. A
// namespace that was left before the server answered its CONNECT is left when the
// answer comes. An acknowledgement never goes to another session than that of its
// event.
package client
