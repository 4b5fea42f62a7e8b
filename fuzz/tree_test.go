package fuzz

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// A member is a member of an object in a tree.
type member struct {
	name  string
	value any
}

// tree reads JSON with the tokens of encoding/json, numbers as json.Number and
// objects as []member, so that no member is lost.
func tree(data []byte) any {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return subtree(dec)
}

func subtree(dec *json.Decoder) any {
	token, err := dec.Token()
	if err != nil {
		return nil
	}
	switch token {
	case json.Delim('['):
		elements := []any{}
		for dec.More() {
			elements = append(elements, subtree(dec))
		}
		_, _ = dec.Token()
		return elements
	case json.Delim('{'):
		members := []member{}
		for dec.More() {
			name, _ := subtree(dec).(string)
			members = append(members, member{name, subtree(dec)})
		}
		_, _ = dec.Token()
		return members
	default:
		return token
	}
}

// placeholders counts the placeholders in a tree, and those of them that name
// none of count attachments.
func placeholders(v any, count int) (all, bad int) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			a, b := placeholders(element, count)
			all, bad = all+a, bad+b
		}
	case []member:
		if last(v, "_placeholder") == true {
			number, _ := last(v, "num").(json.Number)
			if n, err := strconv.ParseUint(number.String(), 10, 63); err != nil || n >= uint64(count) {
				return 1, 1
			}
			return 1, 0
		}
		for _, m := range v {
			a, b := placeholders(m.value, count)
			all, bad = all+a, bad+b
		}
	}
	return all, bad
}

// last returns the value of the last member with the name.
func last(members []member, name string) any {
	var value any
	for _, m := range members {
		if m.name == name {
			value = m.value
		}
	}
	return value
}
