package client

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sio-conform/sio-conform/reference/client/internal/engine"
)

// A Reason says why a socket was disconnected, in the words of the original.
type Reason string

// The reasons why a socket is disconnected.
const (
	// ServerDisconnect: the server removed the socket from the namespace. The
	// socket does not come back by itself.
	ServerDisconnect Reason = "io server disconnect"
	// ClientDisconnect: [Socket.Disconnect] or a Close was called.
	ClientDisconnect Reason = "io client disconnect"
	// PingTimeout: no heartbeat came in time.
	PingTimeout = Reason(engine.PingTimeout)
	// TransportClose: the connection was closed or lost.
	TransportClose = Reason(engine.TransportClose)
	// TransportError: a request failed, or the server broke a rule of Engine.IO
	// or a limit.
	TransportError = Reason(engine.TransportError)
	// ForcedClose: [Manager.Interrupt] was called.
	ForcedClose Reason = "forced close"
	// ParseError: the server broke a rule of Socket.IO.
	ParseError Reason = "parse error"
	// Overflow: the handlers are too slow for what the server sends.
	Overflow Reason = "overflow"
)

var (
	// ErrTimeout says that a connection was not open in time.
	ErrTimeout = engine.ErrTimeout
	// ErrDisconnected says that a socket is not connected, or no longer.
	ErrDisconnected = errors.New("client: socket is disconnected")
	// ErrClosed says that the [Client] or [Manager] was closed.
	ErrClosed = errors.New("client: closed")
	// ErrBufferFull says that too much waits for the server already.
	ErrBufferFull = errors.New("client: buffer is full")
	// ErrDropped says that a volatile event was dropped.
	ErrDropped = errors.New("client: volatile event was dropped")
	// ErrAckTimeout says that an acknowledgement did not come in time.
	ErrAckTimeout = errors.New("client: no acknowledgement in time")
	// ErrIncompatible says that the server speaks revision 4 of the protocol and
	// the client revision 5.
	ErrIncompatible = errors.New("client: CONNECT was answered without a sid: the server seems to speak revision 4")
	// ErrServerDisconnect says that the server removed a socket before it was
	// connected.
	ErrServerDisconnect = errors.New("client: the server disconnected the socket")
	// ErrOverflow is the cause of [Overflow].
	ErrOverflow = errors.New("client: the handlers do not keep up")
)

// A StatusError says that the server answered a request with an HTTP status other
// than the one that goes on.
type StatusError = engine.StatusError

// A TransportFailure is an error of a transport: of the network, a [*StatusError],
// or what is wrong with what the server sent.
type TransportFailure = engine.TransportFailure

// A RefusedError says that the server refused a CONNECT, or in revision 4 what it
// reports with an ERROR packet.
type RefusedError struct {
	// Message is the message of the server. In revision 4 it is the whole
	// payload if that is a string, or its member of that name.
	Message string
	// Data is the member data of the payload, and in revision 4 the whole
	// payload. It is nil if there is none.
	Data json.RawMessage
}

// Error returns the message.
func (e *RefusedError) Error() string { return "client: refused: " + e.Message }

// An AuthError says that there are no credentials to send: the function that
// gives them failed, or what it gave is no JSON object.
type AuthError struct{ Err error }

// Error returns what went wrong.
func (e *AuthError) Error() string { return "client: credentials: " + e.Err.Error() }

// Unwrap returns what went wrong.
func (e *AuthError) Unwrap() error { return e.Err }

// A ReservedEventError says that an event has a name that the protocol keeps for
// itself.
type ReservedEventError struct{ Name string }

// Error names the event.
func (e *ReservedEventError) Error() string {
	return fmt.Sprintf("client: %q is a reserved event name", e.Name)
}

// A NamespaceError says that no packet can carry the name of a namespace.
type NamespaceError struct{ Name string }

// Error names the namespace.
func (e *NamespaceError) Error() string {
	return fmt.Sprintf("client: %q cannot be the name of a namespace", e.Name)
}
