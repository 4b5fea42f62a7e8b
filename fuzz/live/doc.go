// Package live fuzzes a running server. It plays random cases against it, each a sequence of steps on several connections, and compares after every step what each connection has received
// with a model of connections, namespaces, rooms, acknowledgements and transports. What differs is a [Finding]: confirmed, made as short as possible, and kept in a file that can be played again.
//
// A seed decides everything that is random. The model takes over what is a matter of policy, such as whether a malformed packet ends a session, so that the same seed and target give the same cases.
package live
