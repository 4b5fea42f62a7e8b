// Package fuzz holds the native fuzz targets of the codecs and their
// properties.
//
// A fuzz target has its seeds, and the inputs that once broke something, as
// files in testdata/fuzz. Its oracles are the laws that every input obeys: an
// error is typed and its offset lies in the input, what is refused leaves no
// state behind, limits hold, and what is accepted survives a round trip. Where
// a second opinion exists (a regular expression, encoding/json, unicode/utf16)
// the two must agree.
//
//	go test ./fuzz -run '^$' -fuzz '^FuzzSIOPacket5$' -fuzztime 30s -fuzzminimizetime 10x
//
// Without the last flag most of the time is spent on making new inputs smaller.
//
// A property builds its values from a sequence of random choices, so that a
// counter-example shrinks whatever it is made of. It prints its seed, and
// SIO_CONFORM_SEED runs it again:
//
//	SIO_CONFORM_SEED=42 go test ./fuzz -run '^TestPacketRoundTrip$'
//
// Running servers are fuzzed by the package live.
package fuzz
