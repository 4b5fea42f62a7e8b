// Package engine serves the Engine.IO protocol: sessions over long-polling and
// WebSocket, the upgrade from one to the other, heartbeat and limits. What
// travels in the messages is the business of an [Upper].
//
// A [Session] is a state machine that one goroutine owns. HTTP handlers, the
// reader of a WebSocket, its writer and the application send it a [Task]; the
// goroutine never waits for any of them.
package engine
