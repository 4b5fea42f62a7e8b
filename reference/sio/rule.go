package sio

import "strconv"

// A Rule is one requirement that an input can break. Every error path of the
// package has a Rule of its own.
type Rule int

// The rules, in the order in which a packet is read.
const (
	// RuleEmpty: a packet has no type.
	RuleEmpty Rule = iota + 1
	// RuleUTF8: a packet is not valid UTF-8. Encoded surrogates are not.
	RuleUTF8
	// RuleType: the packet type is not one of 0 to 6.
	RuleType

	// RuleAttachmentsMissing: a binary packet begins with no attachment count.
	RuleAttachmentsMissing
	// RuleAttachmentsDash: the count is followed by something else than a
	// dash. A sign, a fraction and an exponent are no part of a count.
	RuleAttachmentsDash
	// RuleAttachmentsZero: a binary packet announces no attachment.
	RuleAttachmentsZero
	// RuleAttachments: a packet announces more than Limits.Attachments.
	RuleAttachments

	// RuleNamespaceLength: a namespace is longer than Limits.NamespaceLength.
	RuleNamespaceLength
	// RuleBlank: white space stands where the payload should. The originals
	// read it as id 0.
	RuleBlank
	// RuleHeader: what stands before the payload is neither a namespace, which
	// starts with a slash, nor an id, which is decimal digits.
	RuleHeader
	// RuleAckIDSize: an acknowledgement id exceeds 2^53-1.
	RuleAckIDSize
	// RuleAckIDMissing: an ACK or BINARY_ACK has no id. Tolerated.
	RuleAckIDMissing

	// RuleConnectPayload: the payload of CONNECT is not an object.
	RuleConnectPayload
	// RuleDisconnectPayload: a DISCONNECT has a payload.
	RuleDisconnectPayload
	// RuleEventMissing: an EVENT has no payload. Tolerated.
	RuleEventMissing
	// RuleEventArray: the payload of EVENT or BINARY_EVENT is not an array.
	RuleEventArray
	// RuleEventEmpty: the payload of EVENT or BINARY_EVENT is an empty array.
	RuleEventEmpty
	// RuleEventName: the name of an event is neither a string nor a number.
	RuleEventName
	// RuleAckMissing: an ACK has no payload. Tolerated.
	RuleAckMissing
	// RuleAckArray: the payload of ACK or BINARY_ACK is not an array.
	RuleAckArray
	// RuleBinaryMissing: a BINARY_EVENT or BINARY_ACK has no payload.
	RuleBinaryMissing
	// RuleErrorMissing: a CONNECT_ERROR has no payload. Tolerated.
	RuleErrorMissing
	// RuleErrorString: the payload of CONNECT_ERROR is a string in revision 5.
	// Tolerated.
	RuleErrorString
	// RuleErrorPayload: the payload of CONNECT_ERROR is neither an object nor
	// a string in revision 5.
	RuleErrorPayload

	// RuleJSONEnd: the packet ends inside a JSON value.
	RuleJSONEnd
	// RuleJSONValue: a byte begins no JSON value.
	RuleJSONValue
	// RuleJSONLiteral: a word is not true, false or null.
	RuleJSONLiteral
	// RuleJSONNumber: a number breaks the grammar of JSON.
	RuleJSONNumber
	// RuleJSONControl: a string holds an unescaped control character.
	RuleJSONControl
	// RuleJSONEscape: a string holds an unknown or incomplete escape.
	RuleJSONEscape
	// RuleJSONName: a member of an object begins with no string.
	RuleJSONName
	// RuleJSONColon: the name of a member is followed by no colon.
	RuleJSONColon
	// RuleJSONComma: an element or member is followed by neither a comma nor
	// the end of its array or object.
	RuleJSONComma
	// RuleJSONDepth: arrays and objects nest deeper than Limits.Depth.
	RuleJSONDepth
	// RuleTrailing: something follows the payload.
	RuleTrailing

	// RuleTextPending: a text packet arrives while attachments are missing.
	RuleTextPending
	// RuleBinaryUnannounced: an attachment arrives that no packet announced.
	RuleBinaryUnannounced
	// RuleAttachmentBytes: the attachments of a packet exceed
	// Limits.AttachmentBytes.
	RuleAttachmentBytes
	// RulePlaceholder: the num of a placeholder is missing, is not decimal
	// digits, or is not below the number of attachments.
	RulePlaceholder

	ruleEnd
)

var ruleTexts = [ruleEnd]string{
	RuleEmpty:              "packet without type",
	RuleUTF8:               "packet is not valid UTF-8",
	RuleType:               "unknown packet type",
	RuleAttachmentsMissing: "binary packet without attachment count",
	RuleAttachmentsDash:    "attachment count without dash",
	RuleAttachmentsZero:    "binary packet announces no attachment",
	RuleAttachments:        "too many attachments",
	RuleNamespaceLength:    "namespace is too long",
	RuleBlank:              "white space before the payload",
	RuleHeader:             "neither a namespace nor an acknowledgement id",
	RuleAckIDSize:          "acknowledgement id exceeds 2^53-1",
	RuleAckIDMissing:       "acknowledgement without id",
	RuleConnectPayload:     "payload of CONNECT is not an object",
	RuleDisconnectPayload:  "DISCONNECT with a payload",
	RuleEventMissing:       "EVENT without payload",
	RuleEventArray:         "payload of an event is not an array",
	RuleEventEmpty:         "payload of an event is an empty array",
	RuleEventName:          "event name is neither a string nor a number",
	RuleAckMissing:         "ACK without payload",
	RuleAckArray:           "payload of an acknowledgement is not an array",
	RuleBinaryMissing:      "binary packet without payload",
	RuleErrorMissing:       "CONNECT_ERROR without payload",
	RuleErrorString:        "payload of CONNECT_ERROR is a string",
	RuleErrorPayload:       "payload of CONNECT_ERROR is not an object",
	RuleJSONEnd:            "packet ends inside JSON",
	RuleJSONValue:          "not a JSON value",
	RuleJSONLiteral:        "not a JSON literal",
	RuleJSONNumber:         "malformed number",
	RuleJSONControl:        "control character in a string",
	RuleJSONEscape:         "malformed escape in a string",
	RuleJSONName:           "member without name",
	RuleJSONColon:          "member without colon",
	RuleJSONComma:          "element or member without comma",
	RuleJSONDepth:          "JSON nests too deep",
	RuleTrailing:           "data behind the payload",
	RuleTextPending:        "text packet while attachments are missing",
	RuleBinaryUnannounced:  "attachment that no packet announced",
	RuleAttachmentBytes:    "attachments are too large",
	RulePlaceholder:        "placeholder names no attachment",
}

// String returns the rule as a short phrase that says what is wrong.
func (r Rule) String() string {
	if r > 0 && r < ruleEnd {
		return ruleTexts[r]
	}
	return "rule(" + strconv.Itoa(int(r)) + ")"
}

// Tolerated reports whether r stands in the protocol text, while Socket.IO
// 4.8.4 accepts a packet that breaks it. With such an error [ParsePacket]
// returns the packet too, so that a server can go on as the original does.
func (r Rule) Tolerated() bool {
	switch r {
	case RuleAckIDMissing, RuleEventMissing, RuleAckMissing, RuleErrorMissing, RuleErrorString:
		return true
	default:
		return false
	}
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
	return "sio: " + e.Rule.String() + " at offset " + strconv.Itoa(e.Offset)
}
