// Package sio is the strict codec of the Socket.IO protocol, revisions 4 and 5:
// packets, the assembly of binary packets, and the JSON arguments inside.
//
// Encoding appends to a slice that the caller owns and validates nothing,
// because a peer must be able to send what the protocol forbids. Decoding is a
// function from bytes to a value or a [*SyntaxError], which says which [Rule]
// is broken and at which offset. The law that binds both is
// Parse(Append(Parse(b))) == Parse(b), on packets, since the wire form of a
// packet is not unique.
//
// Received data stays raw JSON until an argument is asked for: [ParsePacket]
// validates it once, [Assembler] checks its placeholders, [Message] walks over
// its arguments without building them.
package sio
