package main

import (
	"encoding/json"
	"strings"
)

// members are those of an operation.
type members map[string]any

// A check says whether a member is what it must be.
type check func(any) bool

// A shape is what the members of an operation may be. Anything else is "unsupported".
type shape struct{ required, optional map[string]check }

// shapes has the operations of section 4 that the library has the means for. What replies later is not among them, because what the handler returns is the reply, and the session is not
// read meanwhile; nor are those about all sockets of a namespace, and leaving one.
var shapes = map[string]shape{
	"hello":      {},
	"echo":       {required: map[string]check{"value": anything}},
	"info":       {},
	"rooms":      {},
	"members":    {required: map[string]check{"room": text}},
	"join":       {required: map[string]check{"rooms": texts}},
	"leave":      {required: map[string]check{"room": text}},
	"set":        {required: map[string]check{"data": object}},
	"disconnect": {required: map[string]check{"close": yes}},
	"declare":    {required: map[string]check{"nsp": namespace}},
	"emit": {
		required: map[string]check{"via": way, "args": event},
		optional: map[string]check{"of": namespace, "to": texts, "in": texts, "times": count},
	},
	"batch": {required: map[string]check{"ops": list}},
}

// fits reports whether m has all required members, maybe some of the optional ones, and no others.
func (s shape) fits(m members) bool {
	for name := range s.required {
		if _, there := m[name]; !there {
			return false
		}
	}
	for name, value := range m {
		fits := s.required[name]
		if fits == nil {
			fits = s.optional[name]
		}
		if name != "do" && (fits == nil || !fits(value)) {
			return false
		}
	}
	return true
}

func anything(any) bool { return true }
func yes(v any) bool    { return v == true }
func way(v any) bool    { return v == "socket" || v == "nsp" }
func text(v any) bool   { _, ok := v.(string); return ok }
func object(v any) bool { _, ok := v.(map[string]any); return ok }
func list(v any) bool   { _, ok := v.([]any); return ok }

func texts(v any) bool {
	items, ok := v.([]any)
	for _, item := range items {
		ok = ok && text(item)
	}
	return ok
}

func event(v any) bool {
	items, _ := v.([]any)
	return len(items) > 0 && text(items[0])
}

func namespace(v any) bool {
	name, _ := v.(string)
	return strings.HasPrefix(name, "/")
}

func count(v any) bool {
	number, _ := v.(json.Number)
	n, err := number.Int64()
	return err == nil && n >= 0
}
