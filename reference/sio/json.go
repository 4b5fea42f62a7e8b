package sio

// A scanner finds the ends of JSON values without building them. Its methods
// take the offset where something starts and return the offset behind it. With
// a rule, the offset is where the rule is broken. The bytes are known to be
// valid UTF-8.
type scanner struct {
	b     []byte
	depth int // how deep arrays and objects may nest
}

// value scans the value that starts at i, inside depth arrays and objects.
func (s scanner) value(i, depth int) (int, Rule) {
	if i == len(s.b) {
		return i, RuleJSONEnd
	}
	switch c := s.b[i]; c {
	case '"':
		return s.string(i)
	case '[':
		return s.array(i, depth+1)
	case '{':
		return s.object(i, depth+1)
	case 't':
		return s.literal(i, "true")
	case 'f':
		return s.literal(i, "false")
	case 'n':
		return s.literal(i, "null")
	default:
		if c == '-' || isDigit(c) {
			return s.number(i)
		}
		return i, RuleJSONValue
	}
}

func (s scanner) array(i, depth int) (int, Rule) {
	if depth > s.depth {
		return i, RuleJSONDepth
	}
	if i = s.space(i + 1); i < len(s.b) && s.b[i] == ']' {
		return i + 1, 0
	}
	var rule Rule
	for more := true; more; {
		if i, rule = s.value(i, depth); rule != 0 {
			return i, rule
		}
		if i, more, rule = s.comma(i, ']'); rule != 0 {
			return i, rule
		}
	}
	return i, 0
}

func (s scanner) object(i, depth int) (int, Rule) {
	if depth > s.depth {
		return i, RuleJSONDepth
	}
	if i = s.space(i + 1); i < len(s.b) && s.b[i] == '}' {
		return i + 1, 0
	}
	var rule Rule
	for more := true; more; {
		if i, rule = s.name(i); rule != 0 {
			return i, rule
		}
		if i, rule = s.value(i, depth); rule != 0 {
			return i, rule
		}
		if i, more, rule = s.comma(i, '}'); rule != 0 {
			return i, rule
		}
	}
	return i, 0
}

// name scans the name of a member, the colon and the white space behind it.
func (s scanner) name(i int) (int, Rule) {
	if i == len(s.b) {
		return i, RuleJSONEnd
	}
	if s.b[i] != '"' {
		return i, RuleJSONName
	}
	i, rule := s.string(i)
	if rule != 0 {
		return i, rule
	}
	if i = s.space(i); i == len(s.b) {
		return i, RuleJSONEnd
	}
	if s.b[i] != ':' {
		return i, RuleJSONColon
	}
	return s.space(i + 1), 0
}

// comma scans what follows an element or member: a comma and white space, and
// then there are more, or the byte end.
func (s scanner) comma(i int, end byte) (next int, more bool, rule Rule) {
	if i = s.space(i); i == len(s.b) {
		return i, false, RuleJSONEnd
	}
	switch s.b[i] {
	case end:
		return i + 1, false, 0
	case ',':
		return s.space(i + 1), true, 0
	default:
		return i, false, RuleJSONComma
	}
}

func (s scanner) string(i int) (int, Rule) {
	for i++; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			return i + 1, 0
		case c < ' ':
			return i, RuleJSONControl
		case c == '\\':
			end, rule := s.escape(i)
			if rule != 0 {
				return end, rule
			}
			i = end - 1
		}
	}
	return i, RuleJSONEnd
}

func (s scanner) escape(i int) (int, Rule) {
	if i++; i == len(s.b) {
		return i, RuleJSONEnd
	}
	switch s.b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, 0
	case 'u':
		for range 4 {
			if i++; i == len(s.b) {
				return i, RuleJSONEnd
			}
			if !isHex(s.b[i]) {
				return i, RuleJSONEscape
			}
		}
		return i + 1, 0
	default:
		return i, RuleJSONEscape
	}
}

func (s scanner) literal(i int, word string) (int, Rule) {
	for k := range len(word) {
		if i+k == len(s.b) {
			return i + k, RuleJSONEnd
		}
		if s.b[i+k] != word[k] {
			return i + k, RuleJSONLiteral
		}
	}
	return i + len(word), 0
}

func (s scanner) number(i int) (int, Rule) {
	if s.b[i] == '-' {
		i++
	}
	if i < len(s.b) && s.b[i] == '0' {
		i++
	} else if end, rule := s.digits(i); rule != 0 {
		return end, rule
	} else {
		i = end
	}
	if i < len(s.b) && s.b[i] == '.' {
		end, rule := s.digits(i + 1)
		if rule != 0 {
			return end, rule
		}
		i = end
	}
	if i < len(s.b) && (s.b[i] == 'e' || s.b[i] == 'E') {
		if i++; i < len(s.b) && (s.b[i] == '+' || s.b[i] == '-') {
			i++
		}
		return s.digits(i)
	}
	return i, 0
}

// digits scans at least one decimal digit.
func (s scanner) digits(i int) (int, Rule) {
	start := i
	for i < len(s.b) && isDigit(s.b[i]) {
		i++
	}
	if i > start {
		return i, 0
	}
	if i == len(s.b) {
		return i, RuleJSONEnd
	}
	return i, RuleJSONNumber
}

func (s scanner) space(i int) int {
	for i < len(s.b) && isSpace(s.b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isDigit(c byte) bool { return c-'0' <= 9 }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
