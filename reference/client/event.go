package client

// An EventKind is a kind of [Event].
type EventKind string

// The kinds of events of a connection, by the names that the original has for
// them.
const (
	EventOpen             EventKind = "open"              // a connection is open, with Transport
	EventClose            EventKind = "close"             // it was lost, with Reason and Err, or closed
	EventError            EventKind = "error"             // it could not be opened, with Err
	EventPing             EventKind = "ping"              // a heartbeat came
	EventUpgrade          EventKind = "upgrade"           // the connection is on Transport now
	EventUpgradeError     EventKind = "upgrade_error"     // the upgrade failed, with Err
	EventReconnectAttempt EventKind = "reconnect_attempt" // with Attempt
	EventReconnect        EventKind = "reconnect"         // the connection is open again, with Attempt
	EventReconnectError   EventKind = "reconnect_error"   // an attempt failed, with Err
	EventReconnectFailed  EventKind = "reconnect_failed"  // there will be no further attempt
)

// An Event is something that happened to a connection.
type Event struct {
	Kind      EventKind
	Attempt   int // counts from 1
	Transport string
	Reason    Reason
	Err       error
}
