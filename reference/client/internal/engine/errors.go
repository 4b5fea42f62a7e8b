package engine

import (
	"errors"
	"fmt"
)

// A Reason says why a session ended, in the words of the original.
type Reason string

// The reasons why a session ends.
const (
	TransportClose Reason = "transport close"
	TransportError Reason = "transport error"
	PingTimeout    Reason = "ping timeout"
)

// ErrTimeout says that the handshake took too long.
var ErrTimeout = errors.New("timeout")

// Why a session ends or an upgrade fails, beyond what the network says.
var (
	errClosePacket = errors.New("the server sent a close packet")
	errNoPing      = errors.New("no ping in time")
	errNoPong      = errors.New("no pong in time")
	errProbe       = errors.New("wrong answer to the probe")
	errNotRead     = errors.New("the server does not read")
	errTooLarge    = errors.New("message is too large")
	errNotOpen     = errors.New("the first packet is not an open packet")
)

// A StatusError says that the server answered a request with a status other than
// 200, or to a WebSocket with one other than 101.
type StatusError struct {
	Status int
	Body   string // the beginning
}

// Error returns the status and the beginning of the body.
func (e *StatusError) Error() string {
	if e.Body == "" {
		return fmt.Sprintf("HTTP status %d", e.Status)
	}
	return fmt.Sprintf("HTTP status %d: %q", e.Status, e.Body)
}

// A TransportFailure is an error of a transport.
type TransportFailure struct {
	Transport string
	Err       error
}

// Error names the transport and what went wrong.
func (e *TransportFailure) Error() string { return e.Transport + ": " + e.Err.Error() }

// Unwrap returns what went wrong.
func (e *TransportFailure) Unwrap() error { return e.Err }
