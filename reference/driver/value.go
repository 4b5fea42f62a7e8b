package driver

import (
	"bytes"
	"encoding/json"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// undefined is the driver protocol's form of a value that is absent.
var undefined = map[string]any{"$undef": 1}

// orUndefined returns JSON text, or what stands for none.
func orUndefined(data json.RawMessage) any {
	if data == nil {
		return undefined
	}
	return data
}

// packAll returns arguments as the driver protocol has them.
func packAll(args client.Args) []any {
	all := []any{}
	for _, a := range args.All() {
		all = append(all, pack(a))
	}
	return all
}

// pack returns an argument as the driver protocol has it: its JSON as it came, with the protocol's form of binary data for each attachment.
func pack(a sio.Arg) any {
	value, err := a.Value()
	if a.Raw == nil || err != nil {
		return undefined
	}
	return packNode(a.Raw, value)
}

// packNode returns what raw says, with the attachments that are in its value.
func packNode(raw json.RawMessage, value any) any {
	switch v := value.(type) {
	case []byte:
		return map[string]any{"$bin": v}
	case []any:
		var elements []json.RawMessage
		_ = json.Unmarshal(raw, &elements) // it was an array
		list := make([]any, len(elements))
		for i := range elements {
			list[i] = packNode(elements[i], v[i])
		}
		return list
	case map[string]any:
		var members map[string]json.RawMessage
		_ = json.Unmarshal(raw, &members) // it was an object
		object := map[string]any{}
		for name := range members {
			object[name] = packNode(members[name], v[name])
		}
		return object
	default:
		return raw
	}
}

// unpackAll returns arguments for the client.
func unpackAll(raw []json.RawMessage) ([]any, error) {
	all := make([]any, len(raw))
	for i := range raw {
		var err error
		if all[i], err = unpack(raw[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unpack returns a value for the client: with []byte where the driver protocol has binary data, and nil where it has a value that is absent.
func unpack(raw json.RawMessage) (any, error) {
	switch bytes.TrimSpace(raw)[0] {
	case '[':
		var elements []json.RawMessage
		if err := json.Unmarshal(raw, &elements); err != nil {
			return nil, err
		}
		return unpackAll(elements)
	case '{':
		return unpackObject(raw)
	default:
		return raw, nil
	}
}

func unpackObject(raw json.RawMessage) (any, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	if members["$undef"] != nil {
		return nil, nil
	}
	if text := members["$bin"]; text != nil {
		data := []byte{}
		err := json.Unmarshal(text, &data)
		return data, err
	}
	object := map[string]any{}
	for name := range members {
		var err error
		if object[name], err = unpack(members[name]); err != nil {
			return nil, err
		}
	}
	return object, nil
}
