package driver

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// An Op is one operation for the driver, docs/driver.md.
type Op map[string]any

// A Line is one line of the driver: a reply, or an event.
type Line map[string]json.RawMessage

// parseLine reads a line. It must be one strict JSON object: unique names, valid UTF-8.
func parseLine(text []byte) (Line, error) {
	if v := jsontext.Value(text); !v.IsValid() || v.Kind() != '{' {
		return nil, fmt.Errorf("driver: no JSON object: %s", wire.Quote(text))
	}
	var l Line
	err := json.Unmarshal(text, &l)
	return l, err
}

// Text returns the member as a string, "" when there is none.
func (l Line) Text(name string) string {
	var s string
	if json.Unmarshal(l[name], &s) != nil {
		return ""
	}
	return s
}

// Number returns the member as a number, 0 when there is none.
func (l Line) Number(name string) float64 {
	var n float64
	if json.Unmarshal(l[name], &n) != nil {
		return 0
	}
	return n
}

// True reports whether the member is true.
func (l Line) True(name string) bool { return string(l[name]) == "true" }

// JSON returns the member as it stands, "null" when there is none.
func (l Line) JSON(name string) string {
	if l[name] == nil {
		return "null"
	}
	return string(l[name])
}

// clone returns a copy that a tap may change.
func (l Line) clone() Line {
	return maps.Clone(l)
}

// matchJSON compares a JSON value with a pattern and returns the difference, "" when there is none.
func matchJSON(pattern, got string) string {
	p, err := wire.ParsePattern(`42["x",` + pattern + `]`)
	if err != nil {
		panic(err) // a defect of the scenario
	}
	packet := wire.Dissect(wire.Revision5, false, []byte(`42["x",`+got+`]`))
	_, diff := p.Match(&packet)
	return strings.ReplaceAll(diff, "data[1]", "value")
}

// JSON returns v as JSON text. A []byte becomes the protocol's form of binary.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a defect of the scenario
	}
	return string(b)
}

// Binary returns the protocol's form of binary data, for arguments and patterns.
func Binary(data ...byte) map[string]any { return map[string]any{"$bin": append([]byte{}, data...)} }

// Undefined is the protocol's form of a value that is absent.
var Undefined = map[string]any{"$undef": 1}
