// Package engine is the client side of Engine.IO, revisions 3 and 4: a [Session]
// over long-polling and WebSocket, from the handshake to the end.
//
// It knows nothing of what its messages carry. A session is a state machine: all
// methods are called on the strand of its [Config], and it calls its [Upper] there.
// Goroutines that read, write and dial hand what happens to that strand.
package engine
