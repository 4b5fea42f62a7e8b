package app

import _ "embed" // Program

// Program is the source of a program that serves the app as docs/contract.md, section 6, wants it, for projects that begin with one.
//
//go:embed conformance/main.go
var Program []byte
