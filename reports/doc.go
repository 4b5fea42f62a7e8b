// Package reports renders a run. Every report is a reader of the event stream and knows nothing else: a Model is read from a whole stream
// and rendered by JSON and JUnit, a Terminal takes the events one by one while they come. What a run means, its exit code included, stands
// in the stream; reports decide nothing.
//
// A stream without a footer is not a run. Read returns what is there of it, so that a report can tell what is missing, and no function
// renders it.
//
// Most strings of a stream may hold what a target sent. None of them gets out of here raw: terminal and JUnit escape them by the rule of
// Printable, JSON by its own, and every format cuts them where they are too long and says so. The stream itself cuts nothing.
package reports
