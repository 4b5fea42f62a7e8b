package eio

import (
	"errors"
	"strings"
	"testing"
)

// A refusal is an input that breaks one rule.
type refusal struct {
	name   string
	parse  func(input []byte) error
	input  string
	rule   Rule
	offset int
}

func text(r Revision) func([]byte) error {
	return func(b []byte) error { _, err := ParseFrame(r, false, b); return err }
}

func binary(r Revision) func([]byte) error {
	return func(b []byte) error { _, err := ParseFrame(r, true, b); return err }
}

func payload(r Revision) func([]byte) error {
	return func(b []byte) error { _, err := ParsePayload(nil, r, b, Limits{}); return err }
}

func binaryPayload(b []byte) error { _, err := ParseBinaryPayload(nil, b, Limits{}); return err }

func open(r Revision) func([]byte) error {
	return func(b []byte) error { _, err := ParseOpen(r, b); return err }
}

func twoPackets(r Revision) func([]byte) error {
	return func(b []byte) error { _, err := ParsePayload(nil, r, b, Limits{Packets: 2}); return err }
}

func twoBinaryPackets(b []byte) error {
	_, err := ParseBinaryPayload(nil, b, Limits{Packets: 2})
	return err
}

var refusals = []refusal{
	{"empty text frame", text(Revision4), "", RuleEmpty, 0},
	{"empty text frame in revision 3", text(Revision3), "", RuleEmpty, 0},
	{"empty binary frame in revision 3", binary(Revision3), "", RuleEmpty, 0},
	{"letter as type", text(Revision4), "abc", RuleType, 0},
	{"type 7", text(Revision4), "7", RuleType, 0},
	{"type 9", text(Revision3), `9["x"]`, RuleType, 0},
	{"blank before the type", text(Revision4), ` 42["message",1]`, RuleType, 0},
	{"control byte as type", text(Revision4), "\x044", RuleType, 0},
	{"character of two bytes as type", text(Revision4), "é", RuleType, 0},
	{"unknown type in a binary frame", binary(Revision3), "\xaa\xbb", RuleType, 0},
	{"digit as type in a binary frame", binary(Revision3), "4\xbb", RuleType, 0},
	{"unknown type of a base64 packet", text(Revision3), "b7AQID", RuleType, 1},
	{"base64 packet of revision 4 in revision 3", text(Revision3), "bAQID", RuleType, 1},
	{"binary ping", binary(Revision3), "\x02", RuleBinaryType, 0},
	{"base64 ping", text(Revision3), "b2AQID", RuleBinaryType, 1},
	{"base64 packet without type", text(Revision3), "b", RuleBase64Type, 1},
	{"base64 without padding", text(Revision4), "bAQIDBA", RuleBase64, 5},
	{"base64 with too much padding", text(Revision4), "bAQID=", RuleBase64, 5},
	{"base64 of the URL alphabet", text(Revision4), "b-_-_", RuleBase64, 1},
	{"base64 with a line break", text(Revision4), "bAQID\r\n", RuleBase64, 5},
	{"base64 with a line feed inside", text(Revision3), "b4AQ\nID", RuleBase64, 4},
	{"base64 with a blank", text(Revision4), "bAQ ID", RuleBase64, 3},
	{"base64 with stray bits", text(Revision4), "bAR==", RuleBase64, 3},
	{"base64 that is cut", text(Revision3), "b4AQIDB", RuleBase64, 6},
	{"base64 with bytes that are not UTF-8", text(Revision4), "bAQ\xffD", RuleBase64, 3},
	{"byte that is not UTF-8", text(Revision4), "4a\xff", RuleUTF8, 2},
	{"overlong encoding", text(Revision4), "4\xc0\x80", RuleUTF8, 1},
	{"lone surrogate", text(Revision3), "4ab\xed\xa0\x80", RuleUTF8, 3},
	{"surrogate pair in UTF-8", text(Revision4), "4\xed\xa0\xbd\xed\xb8\x80", RuleUTF8, 1},
	{"character that is cut", text(Revision4), "4é\xe2\x82", RuleUTF8, 3},

	{"empty payload", payload(Revision4), "", RulePayloadEmpty, 0},
	{"empty payload in revision 3", payload(Revision3), "", RulePayloadEmpty, 0},
	{"empty binary payload", binaryPayload, "", RulePayloadEmpty, 0},
	{"three packets where two are allowed", twoPackets(Revision4), "6\x1e6\x1e6", RulePackets, 4},
	{"three packets with length where two are allowed", twoPackets(Revision3), "1:61:61:6", RulePackets, 6},
	{"three packets of bytes where two are allowed", twoBinaryPackets, "\x01\x01\xff\x04\x01\x01\xff\x04\x01\x01\xff\x04", RulePackets, 8},
	{"separator only", payload(Revision4), "\x1e", RuleEmpty, 0},
	{"separator at the end", payload(Revision4), "40\x1e", RuleEmpty, 3},
	{"separator at the start", payload(Revision4), "\x1e40", RuleEmpty, 0},
	{"two separators", payload(Revision4), "40\x1e\x1e40", RuleEmpty, 3},
	{"unknown type in a payload", payload(Revision4), "40/b,\x1eabc\x1e40/c,", RuleType, 6},
	{"bad base64 in a payload", payload(Revision4), "40\x1ebA*==", RuleBase64, 5},
	{"payload of revision 3 in revision 4", payload(Revision4), "b:4x", RuleBase64, 1},
	{"byte that is not UTF-8 in a payload", payload(Revision4), "40\x1e4\x80", RuleUTF8, 4},

	{"payload of revision 4 in revision 3", payload(Revision3), `42["message",1]`, RuleLengthDigit, 2},
	{"letter as length", payload(Revision3), "x:40", RuleLengthDigit, 0},
	{"negative length", payload(Revision3), "-1:40", RuleLengthDigit, 0},
	{"length with exponent", payload(Revision3), "2e0:40", RuleLengthDigit, 1},
	{"blank before a length", payload(Revision3), " 2:40", RuleLengthDigit, 0},
	{"line break behind a packet", payload(Revision3), "2:40\r\n", RuleLengthDigit, 4},
	{"colon only", payload(Revision3), ":", RuleLength, 0},
	{"second packet without length", payload(Revision3), "2:40:40", RuleLength, 4},
	{"no length in a binary payload", binaryPayload, "\x00\xff4", RuleLength, 1},
	{"digit character in a binary length", binaryPayload, "\x001\xff4", RuleLengthDigit, 1},
	{"payload ends in a length", payload(Revision3), "2:4012", RuleLengthEnd, 6},
	{"binary payload ends in a length", binaryPayload, "\x00\x01", RuleLengthEnd, 2},
	{"binary payload ends behind the mark", binaryPayload, "\x01", RuleLengthEnd, 1},
	{"nothing behind a length", payload(Revision3), "5:", RuleTruncated, 2},
	{"length exceeds the payload", payload(Revision3), "99:40", RuleTruncated, 5},
	{"length in bytes", payload(Revision3), `22:42["message","€€"]`, RuleTruncated, 25},
	{"length beyond every integer", payload(Revision3), "99999999999999999999999:40", RuleTruncated, 26},
	{"length exceeds a binary payload", binaryPayload, "\x01\x05\xff\x04\x01", RuleTruncated, 5},
	{"length 0", payload(Revision3), "0:2:40", RuleEmpty, 2},
	{"length 0 of text in a binary payload", binaryPayload, "\x00\x00\xff", RuleEmpty, 3},
	{"length 0 of bytes in a binary payload", binaryPayload, "\x01\x00\xff", RuleEmpty, 3},
	{"astral character counted once", payload(Revision3), "2:4😀", RuleLengthSplit, 3},
	{"byte that is not UTF-8 behind a length", payload(Revision3), "2:4\xff", RuleUTF8, 3},
	{"lone surrogate behind a length", payload(Revision3), "2:4\xed\xa0\x80", RuleUTF8, 3},
	{"unknown type behind a length", payload(Revision3), "5:40/b,3:abc5:40/c,", RuleType, 9},
	{"bad base64 behind a length", payload(Revision3), "4:b4A=", RuleBase64, 5},
	{"mark 2", binaryPayload, "\x02\x01\xff4", RuleMarker, 0},
	{"text payload as binary payload", binaryPayload, "2:40", RuleMarker, 0},
	{"second packet without mark", binaryPayload, "\x00\x02\xff40\xff", RuleMarker, 5},
	{"unknown type in a binary payload", binaryPayload, "\x01\x01\xff\x09", RuleType, 3},
	{"binary noop in a binary payload", binaryPayload, "\x01\x01\xff\x06", RuleBinaryType, 3},
	{"byte that is not UTF-8 in a binary payload", binaryPayload, "\x00\x02\xff4\xff", RuleUTF8, 4},

	{"open packet without data", open(Revision4), "", RuleOpenJSON, 0},
	{"open packet that is cut", open(Revision4), `{"sid":"a"`, RuleOpenJSON, 10},
	{"open packet with single quotes", open(Revision4), `{'sid':1}`, RuleOpenJSON, 2},
	{"something behind the open packet", open(Revision4), `{}x`, RuleOpenJSON, 3},
	{"open packet that is not UTF-8", open(Revision4), "{\"sid\":\"\xff\"}", RuleUTF8, 8},
	{"open packet that starts with no UTF-8", open(Revision4), "\xff{}", RuleUTF8, 0},
	{"open packet is an array", open(Revision4), ` ["sid"]`, RuleOpenObject, 1},
	{"open packet is null", open(Revision3), `null`, RuleOpenObject, 0},
	{"sid twice", open(Revision4), `{"sid":"a","sid":"b"}`, RuleOpenDuplicate, 11},
	{"sid twice, once escaped", open(Revision4), `{"sid":"a" , "\u0073id":"b"}`, RuleOpenDuplicate, 13},
	{"unknown member twice", open(Revision4), `{"x":[1,{}],"x":2}`, RuleOpenDuplicate, 12},
	{"no member", open(Revision4), `{}`, RuleOpenMissing, 2},
	{"sid in another case", open(Revision4), `{"SID":"a","upgrades":[],"pingInterval":1,"pingTimeout":1}`, RuleOpenMissing, 58},
	{"no upgrades in revision 4", open(Revision4), `{"sid":"a","pingInterval":1,"pingTimeout":1}`, RuleOpenMissing, 44},
	{"no pingInterval", open(Revision3), `{"sid":"a","pingTimeout":1}`, RuleOpenMissing, 27},
	{"no pingTimeout", open(Revision3), `{"sid":"a","pingInterval":1}`, RuleOpenMissing, 28},
	{"sid is a number", open(Revision4), `{"sid": 1}`, RuleOpenSID, 8},
	{"sid is empty", open(Revision4), `{"sid":""}`, RuleOpenSID, 7},
	{"upgrades is a string", open(Revision4), `{"upgrades":"websocket"}`, RuleOpenUpgrades, 12},
	{"upgrades is null", open(Revision4), `{"upgrades":null}`, RuleOpenUpgrades, 12},
	{"upgrades holds a number", open(Revision4), `{"upgrades":["websocket",1]}`, RuleOpenUpgrades, 25},
	{"upgrades holds an array", open(Revision4), `{"upgrades":[["websocket"]]}`, RuleOpenUpgrades, 13},
	{"pingInterval is a string", open(Revision4), `{"pingInterval":"25000"}`, RuleOpenDuration, 16},
	{"pingInterval is a fraction", open(Revision4), `{"pingInterval":1.5}`, RuleOpenDuration, 16},
	{"pingInterval has an exponent", open(Revision4), `{"pingInterval":1e3}`, RuleOpenDuration, 16},
	{"pingInterval is 0", open(Revision4), `{"pingInterval":0}`, RuleOpenDuration, 16},
	{"pingTimeout is negative", open(Revision4), `{"pingTimeout":-1}`, RuleOpenDuration, 15},
	{"pingTimeout is null", open(Revision4), `{"pingTimeout":null}`, RuleOpenDuration, 15},
	{"pingTimeout exceeds a duration", open(Revision4), `{"pingTimeout":9223372036855}`, RuleOpenDuration, 15},
	{"pingTimeout exceeds an integer", open(Revision4), `{"pingTimeout":1` + strings.Repeat("0", 400) + `}`, RuleOpenDuration, 15},
	{"maxPayload is a string", open(Revision4), `{"maxPayload":"1"}`, RuleOpenMaxPayload, 14},
	{"maxPayload is 0", open(Revision4), `{"maxPayload":0}`, RuleOpenMaxPayload, 14},
	{"maxPayload is a fraction", open(Revision4), `{"maxPayload":1.0}`, RuleOpenMaxPayload, 14},
}

func TestRefusals(t *testing.T) {
	for _, row := range refusals {
		t.Run(row.name, func(t *testing.T) {
			wantRule(t, row.parse([]byte(row.input)), row.rule, row.offset)
		})
	}
}

func TestEveryRuleIsReached(t *testing.T) {
	reached := map[Rule]bool{}
	for _, row := range refusals {
		if e, ok := errors.AsType[*SyntaxError](row.parse([]byte(row.input))); ok {
			reached[e.Rule] = true
		}
	}
	for _, rule := range Rules() {
		if !reached[rule] {
			t.Errorf("no row breaks %q", rule)
		}
	}
}

func TestEveryRuleHasATextOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range Rules() {
		if s := rule.String(); s == "" || seen[s] {
			t.Errorf("rule %d has the text %q", int(rule), s)
		} else {
			seen[s] = true
		}
	}
	if got := Rule(0).String(); got != "rule(0)" {
		t.Errorf("text of no rule is %q", got)
	}
}

func TestEveryTruncationHasItsOffsetInRange(t *testing.T) {
	inputs := []struct {
		name  string
		parse func([]byte) error
		input string
	}{
		{"text frame", text(Revision4), `42["message","é€😀"]`},
		{"base64 frame", text(Revision4), "bAQIDBA=="},
		{"base64 frame of revision 3", text(Revision3), "b4AQIDBA=="},
		{"binary frame", binary(Revision3), "\x04\x01\x02"},
		{"payload", payload(Revision4), "42[\"€\"]\x1ebAQIDBA==\x1e2"},
		{"payload of revision 3", payload(Revision3), `18:42["message","😀"]10:b4AQIDBA==`},
		{"binary payload", binaryPayload, "\x00\x04\xff4€\x01\x01\x00\xff\x04123456789"},
		{"open packet", open(Revision4), `{"sid":"a","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`},
	}
	for _, row := range inputs {
		t.Run(row.name, func(t *testing.T) {
			for n := range len(row.input) {
				err := row.parse([]byte(row.input[:n]))
				if e, ok := errors.AsType[*SyntaxError](err); err != nil && (!ok || e.Offset < 0 || e.Offset > n) {
					t.Errorf("%q: %v", row.input[:n], err)
				}
			}
			if err := row.parse([]byte(row.input)); err != nil {
				t.Errorf("the whole input: %v", err)
			}
		})
	}
}
