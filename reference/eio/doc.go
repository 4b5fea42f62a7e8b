// Package eio is the strict codec of the Engine.IO protocol, revisions 3 and 4:
// packets, WebSocket frames, long-polling payloads and the open packet.
//
// Encoding appends to a slice that the caller owns and validates nothing,
// because a peer must be able to send what the protocol forbids. Decoding is a
// function from bytes to a value or a [*SyntaxError], which says which [Rule]
// is broken and at which offset. The law that binds both is
// Parse(Append(Parse(b))) == Parse(b), on packets, since the wire form of a
// packet is not unique.
package eio
