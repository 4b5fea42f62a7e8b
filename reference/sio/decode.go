package sio

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// jsonOptions are the semantics of encoding/json, without its escapes for HTML,
// which JSON.stringify does not write, and with the names of members case
// sensitive, which they are in JavaScript.
var jsonOptions = json.JoinOptions(
	jsonv1.DefaultOptionsV1(),
	jsontext.EscapeForHTML(false),
	jsontext.EscapeForJS(false),
	json.MatchCaseInsensitiveNames(false),
)

// An Arg is one argument of an event or acknowledgement. The zero value stands
// for an argument that is missing.
//
// An Arg can itself be an argument of [EncodeEvent] and [EncodeAck]: they write
// what was received, its white space removed and its attachments renumbered.
type Arg struct {
	Raw    []byte // JSON in which placeholders stand for attachments
	binary [][]byte
}

// Decode stores the argument in the value that v points to, with the semantics
// of encoding/json, member names being case sensitive. In a message of a binary
// type an attachment is stored as []byte, at any depth, in a value of type
// []byte or any, without copying it. Types with their own UnmarshalJSON see the
// placeholder. A missing argument leaves the value alone.
func (a Arg) Decode(v any) error {
	if a.Raw == nil {
		return nil
	}
	if len(a.binary) == 0 {
		return json.Unmarshal(a.Raw, v, jsonOptions)
	}
	return json.Unmarshal(a.Raw, v, jsonOptions, json.WithUnmarshalers(a.unmarshalers()))
}

// Value returns the argument as what encoding/json makes of it for an any, with
// []byte for each attachment. A missing argument is nil.
func (a Arg) Value() (any, error) {
	var v any
	err := a.Decode(&v)
	return v, err
}

// Binary returns the attachment that is the whole argument, if it is one.
func (a Arg) Binary() (data []byte, ok bool) {
	if len(a.binary) == 0 {
		return nil, false
	}
	found := findPlaceholders(a.Raw, len(a.binary))
	if len(found) == 0 || found[0].at != 0 {
		return nil, false
	}
	return a.binary[found[0].num], true
}

// unmarshalers returns a function, for values of every type, that stores an
// attachment where a placeholder stands.
func (a Arg) unmarshalers() *json.Unmarshalers {
	found := findPlaceholders(a.Raw, len(a.binary))
	return json.UnmarshalFromFunc(func(dec *jsontext.Decoder, v any) error {
		if len(found) == 0 || dec.PeekKind() != '{' {
			return errors.ErrUnsupported // the default is taken
		}
		at := int(dec.InputOffset())
		for c := a.Raw[at]; isSpace(c) || c == ',' || c == ':'; c = a.Raw[at] {
			at++
		}
		k, ok := slices.BinarySearchFunc(found, at, func(p placeholder, at int) int { return cmp.Compare(p.at, at) })
		if !ok {
			return errors.ErrUnsupported // the default is taken
		}
		data := a.binary[found[k].num]
		switch v := v.(type) {
		case *[]byte:
			*v = data
		case *any:
			*v = data
		case json.Unmarshaler, json.UnmarshalerFrom:
			return errors.ErrUnsupported // the default is taken
		default:
			if reflect.TypeOf(v).Elem().Kind() == reflect.Pointer {
				return errors.ErrUnsupported // comes back with what it points to
			}
			return fmt.Errorf("attachment for a value of type %T", v)
		}
		return dec.SkipValue()
	})
}

// eventName returns the name that a JSON string or number stands for.
func eventName(raw []byte) (string, error) {
	switch c := raw[0]; {
	case c == '"':
		name, _ := jsontext.AppendUnquote(nil, raw) // an error is a lone surrogate, replaced by U+FFFD
		return string(name), nil
	case c == '-' || isDigit(c):
		return numberName(string(raw)), nil
	default:
		return "", &SyntaxError{0, RuleEventName}
	}
}

// numberName returns what JavaScript makes of a JSON number as the name of a
// property.
func numberName(raw string) string {
	f, _ := strconv.ParseFloat(raw, 64) // out of range it is infinite
	abs := math.Abs(f)
	switch {
	case f == 0:
		return "0"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strconv.FormatFloat(f, 'f', -1, 64)+"inity", "+")
	case abs >= 1e-6 && abs < 1e21:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	name := strconv.FormatFloat(f, 'e', -1, 64)
	return strings.Replace(name, "e-0", "e-", 1)
}
