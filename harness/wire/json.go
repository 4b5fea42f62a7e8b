package wire

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A value is a JSON value, or a hole of a pattern that stands for one.
type value struct {
	kind    jsontext.Kind // of jsontext: n f t " 0 { [ ; 'h' for a hole
	text    string        // the decoded string, or the number as it stands
	items   []value       // of an array
	members map[string]value
	open    bool   // pattern only: an array or object that may have more than is listed
	raw     string // the JSON text, for captures; not set in patterns
	hole    hole
}

// A hole stands for a value of a given type, and may give it a name.
type hole struct {
	name string
	typ  string
}

// parseValue reads one strict JSON text.
func parseValue(data []byte) (value, error) {
	if offset, text := checkJSON(data); text != "" {
		return value{}, fmt.Errorf("%s at offset %d", text, offset)
	}
	return readValue(jsontext.NewDecoder(bytes.NewReader(data)))
}

func readValue(d *jsontext.Decoder) (value, error) {
	raw, err := d.ReadValue()
	if err != nil {
		return value{}, err
	}
	return valueOf(raw.Clone())
}

func valueOf(raw jsontext.Value) (value, error) {
	v := value{kind: raw.Kind(), raw: strings.TrimSpace(string(raw))}
	switch v.kind {
	case '"':
		s, err := jsontext.AppendUnquote(nil, raw)
		v.text = string(s)
		return v, err
	case '0':
		v.text = v.raw
		return v, nil
	case '[', '{':
		return v, v.readMembers(raw)
	default:
		return v, nil
	}
}

func (v *value) readMembers(raw jsontext.Value) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if v.kind == '{' {
		v.members = map[string]value{}
	}
	for d.PeekKind() != ']' && d.PeekKind() != '}' {
		var name string
		if v.kind == '{' {
			t, err := d.ReadToken()
			if err != nil {
				return err
			}
			name = t.String()
		}
		item, err := readValue(d)
		if err != nil {
			return err
		}
		if v.kind == '{' {
			v.members[name] = item
		} else {
			v.items = append(v.items, item)
		}
	}
	return nil
}

// match compares got with the pattern v and returns the first difference, "" when there is none. Captures are added to caps.
func (v *value) match(path string, got value, caps Captures) string {
	if v.kind == 'h' {
		return v.matchHole(path, got, caps)
	}
	if v.kind != got.kind {
		return fmt.Sprintf("%s: want %s, got %s", path, v, &got)
	}
	switch v.kind {
	case '"':
		if v.text != got.text {
			return fmt.Sprintf("%s: want %s, got %s", path, v, &got)
		}
	case '0':
		if !sameNumber(v.text, got.text) {
			return fmt.Sprintf("%s: want %s, got %s", path, v, &got)
		}
	case '[':
		return v.matchArray(path, got, caps)
	case '{':
		return v.matchObject(path, got, caps)
	}
	return ""
}

func (v *value) matchHole(path string, got value, caps Captures) string {
	if !holeTypes[v.hole.typ](got) {
		return fmt.Sprintf("%s: want a value of type %s, got %s", path, v.hole.typ, &got)
	}
	if v.hole.name == "" {
		return ""
	}
	if before, seen := caps[v.hole.name]; seen && before != got.raw {
		return fmt.Sprintf("%s: want %s again (%s), got %s", path, v.hole.name, before, &got)
	}
	caps[v.hole.name] = got.raw
	return ""
}

func (v *value) matchArray(path string, got value, caps Captures) string {
	for i := range v.items {
		if i >= len(got.items) {
			return fmt.Sprintf("%s: want at least %d elements, got %d", path, len(v.items), len(got.items))
		}
		if diff := v.items[i].match(fmt.Sprintf("%s[%d]", path, i), got.items[i], caps); diff != "" {
			return diff
		}
	}
	if !v.open && len(got.items) > len(v.items) {
		return fmt.Sprintf("%s: want %d elements, got %d", path, len(v.items), len(got.items))
	}
	return ""
}

func (v *value) matchObject(path string, got value, caps Captures) string {
	for _, name := range slices.Sorted(maps.Keys(v.members)) {
		want := v.members[name]
		item, ok := got.members[name]
		if !ok {
			return fmt.Sprintf("%s: member %q is missing", path, name)
		}
		if diff := want.match(path+"."+name, item, caps); diff != "" {
			return diff
		}
	}
	if v.open {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(got.members)) {
		if _, ok := v.members[name]; !ok {
			return fmt.Sprintf("%s: unexpected member %q", path, name)
		}
	}
	return ""
}

// holeTypes says which values a hole of each type stands for.
var holeTypes = map[string]func(value) bool{
	"any":     func(value) bool { return true },
	"string":  func(v value) bool { return v.kind == '"' },
	"text":    func(v value) bool { return v.kind == '"' && v.text != "" },
	"number":  func(v value) bool { return v.kind == '0' },
	"integer": func(v value) bool { return v.kind == '0' && !strings.ContainsAny(v.text, ".eE-") },
	"boolean": func(v value) bool { return v.kind == 't' || v.kind == 'f' },
	"object":  func(v value) bool { return v.kind == '{' },
	"array":   func(v value) bool { return v.kind == '[' },
}

// String returns the value for a reason: its JSON text, or the hole.
func (v *value) String() string {
	switch {
	case v.kind == 'h':
		return "<" + v.hole.typ + ">"
	case v.raw != "":
		return Quote([]byte(v.raw))
	case v.kind == '"':
		return Quote([]byte(`"` + v.text + `"`))
	case v.kind == '0':
		return v.text
	case v.kind == '[':
		return "an array"
	case v.kind == '{':
		return "an object"
	default:
		return map[jsontext.Kind]string{'n': "null", 't': "true", 'f': "false"}[v.kind]
	}
}

// sameNumber reports whether two JSON numbers have the same value, however large they are. Two fractions are the same when they are spellings of one double: 5e-324 and 4.9E-324.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, y := normalNumber(a), normalNumber(b)
	return x == y || x.fraction() && y.fraction() && sameDouble(a, b)
}

func sameDouble(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && x == y
}

// fraction reports whether d is no integer.
func (d decimal) fraction() bool { return len(d.digits) > d.exponent }

// decimal is the value 0.digits × 10^exponent, digits without zeros at either end; "" is zero.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// normalNumber returns the one form that all spellings of a number share.
func normalNumber(s string) decimal {
	var d decimal
	s, d.negative = strings.CutPrefix(s, "-")
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		e, ok := smallInt(s[i+1:])
		if !ok {
			return decimal{digits: s} // an exponent beyond reason equals only its own spelling
		}
		exponent = e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent += len(whole) - (len(whole+fraction) - len(digits))
	d.digits = strings.TrimRight(digits, "0")
	if d.digits == "" {
		return decimal{}
	}
	d.exponent = exponent
	return d
}

// smallInt reads a signed decimal integer of at most nine digits.
func smallInt(s string) (int, bool) {
	s, negative := strings.CutPrefix(strings.TrimPrefix(s, "+"), "-")
	s = strings.TrimLeft(s, "0")
	if len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}
