package eio

import "strconv"

// A Rule is one requirement that an input can break. Every error path of the
// package has a Rule of its own.
type Rule int

// The rules, in the order of the chapters: frames, payloads, open packet.
const (
	// RuleEmpty: a frame, or a packet inside a payload, has no type.
	RuleEmpty Rule = iota + 1
	// RuleType: the packet type is not one of 0 to 6.
	RuleType
	// RuleBinaryType: a binary packet of revision 3 is not a message.
	RuleBinaryType
	// RuleBase64Type: a base64 packet of revision 3 ends before its type.
	RuleBase64Type
	// RuleBase64: base64 data is not padded canonical standard base64.
	RuleBase64
	// RuleUTF8: text is not valid UTF-8. Encoded surrogates are not.
	RuleUTF8

	// RulePayloadEmpty: a payload holds no packet.
	RulePayloadEmpty
	// RulePackets: a payload holds more packets than Limits.Packets.
	RulePackets
	// RuleLength: a packet of a revision 3 payload has no length.
	RuleLength
	// RuleLengthDigit: the length holds something else than decimal digits.
	RuleLengthDigit
	// RuleLengthEnd: the payload ends inside a length.
	RuleLengthEnd
	// RuleTruncated: a length exceeds what follows it.
	RuleTruncated
	// RuleLengthSplit: a length ends inside a surrogate pair, that is inside
	// one character that counts two.
	RuleLengthSplit
	// RuleMarker: a packet of a binary payload starts with neither 0 nor 1.
	RuleMarker

	// RuleOpenJSON: the data of an open packet is not JSON. The offset is
	// behind the byte that shows it.
	RuleOpenJSON
	// RuleOpenObject: the data of an open packet is not an object.
	RuleOpenObject
	// RuleOpenDuplicate: a member of the open packet appears twice.
	RuleOpenDuplicate
	// RuleOpenMissing: sid, upgrades (revision 4), pingInterval or pingTimeout
	// is missing.
	RuleOpenMissing
	// RuleOpenSID: sid is not a non-empty string.
	RuleOpenSID
	// RuleOpenUpgrades: upgrades is not an array of strings.
	RuleOpenUpgrades
	// RuleOpenDuration: pingInterval or pingTimeout is not a positive integer
	// of milliseconds, written without fraction or exponent.
	RuleOpenDuration
	// RuleOpenMaxPayload: maxPayload is not a positive integer of bytes,
	// written without fraction or exponent.
	RuleOpenMaxPayload

	ruleEnd
)

var ruleTexts = [ruleEnd]string{
	RuleEmpty:          "packet without type",
	RuleType:           "unknown packet type",
	RuleBinaryType:     "binary packet is not a message",
	RuleBase64Type:     "base64 packet without type",
	RuleBase64:         "malformed base64",
	RuleUTF8:           "text is not valid UTF-8",
	RulePayloadEmpty:   "empty payload",
	RulePackets:        "too many packets in a payload",
	RuleLength:         "packet without length",
	RuleLengthDigit:    "length is not decimal digits",
	RuleLengthEnd:      "payload ends inside a length",
	RuleTruncated:      "length exceeds the payload",
	RuleLengthSplit:    "length ends inside a surrogate pair",
	RuleMarker:         "binary payload packet starts with neither 0 nor 1",
	RuleOpenJSON:       "open packet is not JSON",
	RuleOpenObject:     "open packet is not an object",
	RuleOpenDuplicate:  "open packet has a member twice",
	RuleOpenMissing:    "open packet lacks a member",
	RuleOpenSID:        "sid is not a non-empty string",
	RuleOpenUpgrades:   "upgrades is not an array of strings",
	RuleOpenDuration:   "heartbeat time is not a positive integer of milliseconds",
	RuleOpenMaxPayload: "maxPayload is not a positive integer of bytes",
}

// String returns the rule as a short phrase that says what is wrong.
func (r Rule) String() string {
	if r > 0 && r < ruleEnd {
		return ruleTexts[r]
	}
	return "rule(" + strconv.Itoa(int(r)) + ")"
}

// Rules returns every rule, so that a test or a fuzz run can list those that
// it never reached.
func Rules() []Rule {
	rules := make([]Rule, 0, ruleEnd-1)
	for r := Rule(1); r < ruleEnd; r++ {
		rules = append(rules, r)
	}
	return rules
}

// A SyntaxError says which rule an input breaks, and where.
type SyntaxError struct {
	Offset int // in bytes, in [0, len(input)]
	Rule   Rule
}

// Error returns the package, the rule and the offset.
func (e *SyntaxError) Error() string {
	return "eio: " + e.Rule.String() + " at offset " + strconv.Itoa(e.Offset)
}
