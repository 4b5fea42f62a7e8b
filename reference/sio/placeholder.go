package sio

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A placeholder stands in JSON for an attachment. It is an object with a member
// _placeholder that is true; its member num is the number of the attachment,
// counted from zero. Other members, and what is inside them, do not matter. Of
// members with one name the last counts, as in every JavaScript engine.
type placeholder struct {
	at, end int // where the object starts and ends in the JSON
	num     int
}

// A finder collects the placeholders of valid JSON, in one pass, whatever the
// nesting.
type finder struct {
	scanner
	count int // of attachments
	found []placeholder
	keep  bool // whether to collect found

	bad bool // a placeholder names no attachment
	at  int  // where the first such placeholder stands
}

// checkPlaceholders returns the offset of the first placeholder in data that
// names none of count attachments, or -1.
func checkPlaceholders(data []byte, count int) int {
	f := finder{scanner: scanner{data, maxDepth}, count: count}
	f.find(0)
	if f.bad {
		return f.at
	}
	return -1
}

// findPlaceholders returns the placeholders in data, ordered by offset, that
// name one of count attachments.
func findPlaceholders(data []byte, count int) []placeholder {
	f := finder{scanner: scanner{data, maxDepth}, count: count, keep: true}
	f.find(0)
	return f.found
}

// find walks over the value that starts at i and returns the offset behind it.
func (f *finder) find(i int) int {
	switch f.b[i] {
	case '[':
		if i = f.space(i + 1); f.b[i] == ']' {
			return i + 1
		}
		for more := true; more; {
			i, more, _ = f.comma(f.find(i), ']')
		}
		return i
	case '{':
		return f.findObject(i)
	default:
		end, _ := f.value(i, 0)
		return end
	}
}

func (f *finder) findObject(start int) int {
	i := f.space(start + 1)
	if f.b[i] == '}' {
		return i + 1
	}
	bad, at, found := f.bad, f.at, len(f.found)
	marked, num := false, -1
	for more := true; more; {
		nameEnd, _ := f.string(i)
		name := f.b[i:nameEnd]
		value := f.space(f.space(nameEnd) + len(":"))
		end := f.find(value)
		switch {
		case isName(name, "_placeholder"):
			marked = string(f.b[value:end]) == "true"
		case isName(name, "num"):
			num = f.number(value, end)
		}
		i, more, _ = f.comma(end, '}')
	}
	if !marked {
		return i
	}
	f.bad, f.at, f.found = bad, at, f.found[:found]
	switch {
	case num >= 0 && f.keep:
		f.found = append(f.found, placeholder{start, i, num})
	case num < 0 && !f.bad:
		f.bad, f.at = true, start
	}
	return i
}

// number returns the number of an attachment that stands in the JSON from start
// to end, or -1 if it is none.
func (f *finder) number(start, end int) int {
	if !isDigit(f.b[start]) {
		return -1
	}
	n, err := strconv.Atoi(string(f.b[start:end]))
	if err != nil || n >= f.count {
		return -1
	}
	return n
}

// isName reports whether a JSON string stands for name.
func isName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	text, _ := jsontext.AppendUnquote(nil, quoted) // an error is a lone surrogate, which is in no name
	return string(text) == name
}
