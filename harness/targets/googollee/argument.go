package main

import (
	"bytes"
	"encoding/json"

	"github.com/googollee/go-socket.io/parser"
)

// An argument is one of an event. The library does not tell one that is null from one that is missing.
type argument struct {
	Value any // placeholders in it are *parser.Buffer, which the library fills with attachments
	There bool
}

// UnmarshalJSON keeps numbers as they are.
func (a *argument) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&a.Value); err != nil {
		return err
	}
	a.There = true
	var err error
	a.Value, err = withBuffers(a.Value)
	return err
}

// withBuffers returns the value with the library's type in place of placeholders.
func withBuffers(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case []any:
		for i := range v {
			if v[i], err = withBuffers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if v["_placeholder"] == true && len(v) == 2 {
			return buffer(v)
		}
		for name := range v {
			if v[name], err = withBuffers(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func buffer(placeholder map[string]any) (*parser.Buffer, error) {
	text, err := json.Marshal(placeholder)
	if err != nil {
		return nil, err
	}
	b := new(parser.Buffer)
	return b, b.UnmarshalJSON(text)
}

// values returns the arguments up to the last one that was there.
func values(arguments ...argument) []any {
	n := len(arguments)
	for n > 0 && !arguments[n-1].There {
		n--
	}
	list := make([]any, n)
	for i := range list {
		list[i] = arguments[i].Value
	}
	return list
}
