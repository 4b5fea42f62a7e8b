package server

import (
	"errors"
	"fmt"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

// An Error is a refusal that a middleware returns: its message and data go out
// to the client. Of any other error the text goes out.
type Error struct {
	Message string
	Data    any // marshalled as encoding/json does; nil is left out
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// ErrDisconnected says that a socket has left its namespace.
var ErrDisconnected = errors.New("server: socket is disconnected")

// ErrParent says that an operation does not exist for a parent namespace.
var ErrParent = errors.New("server: not supported on a parent namespace")

// A ReservedEventError says that an event has a name that the protocol keeps
// for itself.
type ReservedEventError struct{ Name string }

// Error names the event.
func (e *ReservedEventError) Error() string {
	return fmt.Sprintf("server: %q is a reserved event name", e.Name)
}

// reserved reports whether name is one of the events that Socket.IO emits
// itself. Neither side may send one.
func reserved(name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	default:
		return false
	}
}

// A Reason says why a socket left its namespace, in the words of the original.
type Reason string

// The reasons why a socket leaves its namespace.
const (
	// TransportClose: the client closed the connection, or it was lost.
	TransportClose = Reason(engine.TransportClose)
	// TransportError: the client broke a rule or a limit of a transport.
	TransportError = Reason(engine.TransportError)
	// PingTimeout: the client did not answer a ping in time.
	PingTimeout = Reason(engine.PingTimeout)
	// ParseError: the client sent what is no Engine.IO packet.
	ParseError = Reason(engine.ParseError)
	// ForcedClose: the server closed the connection, because the client broke
	// the Socket.IO protocol or joined no namespace in time.
	ForcedClose = Reason(engine.ForcedClose)
	// ServerShuttingDown: the server was shut down.
	ServerShuttingDown = Reason(engine.ServerShuttingDown)
	// ClientNamespaceDisconnect: the client left the namespace.
	ClientNamespaceDisconnect Reason = "client namespace disconnect"
	// ServerNamespaceDisconnect: the server disconnected the socket.
	ServerNamespaceDisconnect Reason = "server namespace disconnect"
)
