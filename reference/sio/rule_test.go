package sio

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const both Revision = 0 // a row holds in both revisions

// refusals are packets that break one rule.
var refusals = []struct {
	name   string
	rev    Revision
	input  string
	rule   Rule
	offset int
}{
	{"no packet", both, "", RuleEmpty, 0},
	{"byte that is not UTF-8", both, "2[\"a\xff\"]", RuleUTF8, 4},
	{"encoded lone surrogate", both, "2[\"\xed\xa0\x80\"]", RuleUTF8, 3},
	{"overlong encoding", both, "2[\"\xc0\x80\"]", RuleUTF8, 3},
	{"namespace that is not UTF-8", both, "0/a\xc3,", RuleUTF8, 3},
	{"type that is not UTF-8", both, "\x80", RuleUTF8, 0},
	{"type 7", both, `7`, RuleType, 0},
	{"type 8", both, `8["x"]`, RuleType, 0},
	{"letter as type", both, `abc`, RuleType, 0},
	{"negative type", both, `-1`, RuleType, 0},
	{"namespace without type", both, `/a,`, RuleType, 0},
	{"character of two bytes as type", both, `é`, RuleType, 0},
	{"byte order mark", both, "\ufeff2[\"x\"]", RuleType, 0},

	{"no count", both, `5["message"]`, RuleAttachmentsMissing, 1},
	{"nothing behind a binary type", both, `6`, RuleAttachmentsMissing, 1},
	{"dash without count", both, `5-["message","x"]`, RuleAttachmentsMissing, 1},
	{"negative count", both, `5-1-["x"]`, RuleAttachmentsMissing, 1},
	{"count in letters", both, `5abc-["x"]`, RuleAttachmentsMissing, 1},
	{"count with sign", both, `5+1-["x"]`, RuleAttachmentsMissing, 1},
	{"blank before the count", both, `5 1-["x"]`, RuleAttachmentsMissing, 1},
	{"namespace before the count", both, `5/a,1-["x"]`, RuleAttachmentsMissing, 1},
	{"no dash", both, `51["message",{"_placeholder":true,"num":0}]`, RuleAttachmentsDash, 2},
	{"no dash until the end", both, `51`, RuleAttachmentsDash, 2},
	{"fraction as count", both, `51.5-["x"]`, RuleAttachmentsDash, 2},
	{"count in hexadecimal", both, `50x1-["x"]`, RuleAttachmentsDash, 2},
	{"count with exponent", both, `51e0-["x"]`, RuleAttachmentsDash, 2},
	{"blank behind the count", both, `51 -["x"]`, RuleAttachmentsDash, 2},
	{"count 0", both, `50-["message","x"]`, RuleAttachmentsZero, 1},
	{"count 00 of an acknowledgement", both, `600-1[]`, RuleAttachmentsZero, 1},
	{"eleven attachments", both, `511-["message"]`, RuleAttachments, 1},
	{"count beyond 32 bits", both, `54294967297-["x"]`, RuleAttachments, 1},
	{"count beyond 64 bits", both, `518446744073709551617-["x"]`, RuleAttachments, 1},

	{"namespace of 65537 bytes", both, `0/` + strings.Repeat("n", 65536) + `,`, RuleNamespaceLength, 1},
	{"namespace without slash", both, `0admin,`, RuleHeader, 1},
	{"namespace without slash and comma", both, `0admin`, RuleHeader, 1},
	{"event of a namespace without slash", both, `2a,["message"]`, RuleHeader, 1},
	{"comma without namespace", both, `2,["message"]`, RuleHeader, 1},
	{"comma in a namespace", both, `0/a,b,`, RuleHeader, 4},
	{"two namespaces", both, `2/a,/b,["x"]`, RuleHeader, 4},
	{"letters as id", both, `2abc["x",1]`, RuleHeader, 1},
	{"negative id", both, `2-1["x"]`, RuleHeader, 1},
	{"fraction as id", both, `21.5["x"]`, RuleHeader, 2},
	{"id with exponent", both, `21e3["x"]`, RuleHeader, 2},
	{"id with sign", both, `2+1["x"]`, RuleHeader, 1},
	{"digits that are not ASCII", both, `2١["x"]`, RuleHeader, 1},
	{"single quotes", both, `2'x'`, RuleHeader, 1},
	{"letters behind a disconnect", both, `1x`, RuleHeader, 1},
	{"blank before the payload", both, `2 ["x"]`, RuleBlank, 1},
	{"blank before the id", both, `2 5["x"]`, RuleBlank, 1},
	{"blank behind the namespace", both, "2/a,\t[\"x\"]", RuleBlank, 4},
	{"line break instead of a payload", both, "0\r\n", RuleBlank, 1},
	{"id 2^53", both, `29007199254740992["x"]`, RuleAckIDSize, 1},
	{"id of 22 digits", both, `2/a,1000000000000000000000["x"]`, RuleAckIDSize, 4},
	{"id of an acknowledgement beyond 64 bits", both, `318446744073709551617[]`, RuleAckIDSize, 1},

	{"connect with an array", both, `0/a,[]`, RuleConnectPayload, 4},
	{"connect with null", both, `0/a,null`, RuleConnectPayload, 4},
	{"connect with a string", both, `0/a,"x"`, RuleConnectPayload, 4},
	{"connect with true", both, `0true`, RuleConnectPayload, 1},
	{"connect with a word", both, `0/a,token`, RuleConnectPayload, 4},
	{"disconnect with an object", both, `1{"a":1}`, RuleDisconnectPayload, 1},
	{"disconnect with an array", both, `1/a,[]`, RuleDisconnectPayload, 4},
	{"event with an object", both, `2{"a":["message"]}`, RuleEventArray, 1},
	{"event with a string", both, `2"message"`, RuleEventArray, 1},
	{"event with null", both, `2null`, RuleEventArray, 1},
	{"event with true", both, `2true`, RuleEventArray, 1},
	{"binary event with an object", both, `51-{"a":{"_placeholder":true,"num":0}}`, RuleEventArray, 3},
	{"event without name", both, `2[]`, RuleEventEmpty, 2},
	{"event of a namespace without name", both, `2/a,[ ]`, RuleEventEmpty, 6},
	{"binary event without name", both, `51-[]`, RuleEventEmpty, 4},
	{"name is null", both, `2[null,1]`, RuleEventName, 2},
	{"name is true", both, `2[true]`, RuleEventName, 2},
	{"name is false", both, `2[ false]`, RuleEventName, 3},
	{"name is an object", both, `2[{},1]`, RuleEventName, 2},
	{"name is an array", both, `2[["message"],1]`, RuleEventName, 2},
	{"name is a placeholder", both, `51-[{"_placeholder":true,"num":0}]`, RuleEventName, 4},
	{"acknowledgement with an object", both, `31{}`, RuleAckArray, 2},
	{"acknowledgement with a string", both, `31"x"`, RuleAckArray, 2},
	{"acknowledgement with null", both, `31null`, RuleAckArray, 2},
	{"binary acknowledgement with an object", both, `61-1{}`, RuleAckArray, 4},
	{"binary event without payload", both, `51-`, RuleBinaryMissing, 3},
	{"binary acknowledgement without payload", both, `61-/a,1`, RuleBinaryMissing, 7},
	{"refusal with an array", Revision5, `4/n,["x"]`, RuleErrorPayload, 4},
	{"refusal with true", Revision5, `4true`, RuleErrorPayload, 1},
	{"refusal with null", Revision5, `4/n,null`, RuleErrorPayload, 4},
	{"refusal with a negative number", Revision5, `4-1`, RuleErrorPayload, 1},
	{"refusal with a string that is cut", Revision5, `4"x`, RuleJSONEnd, 3},

	{"array that is cut", both, `2["message"`, RuleJSONEnd, 11},
	{"array that is cut behind a comma", both, `2["message",`, RuleJSONEnd, 12},
	{"array that is cut at its start", both, `2[`, RuleJSONEnd, 2},
	{"string that is cut", both, `2["mess`, RuleJSONEnd, 7},
	{"escape that is cut", both, `2["\`, RuleJSONEnd, 4},
	{"escape that is cut in its digits", both, `2["\u00`, RuleJSONEnd, 7},
	{"word that is cut", both, `2["x",tru`, RuleJSONEnd, 9},
	{"number that is cut behind its sign", both, `2["x",-`, RuleJSONEnd, 7},
	{"number that is cut behind its dot", both, `2["x",1.`, RuleJSONEnd, 8},
	{"number that is cut behind its exponent", both, `2["x",1e+`, RuleJSONEnd, 9},
	{"object that is cut", both, `0/a,{`, RuleJSONEnd, 5},
	{"object that is cut behind a name", both, `0/a,{"a"`, RuleJSONEnd, 8},
	{"object that is cut behind a colon", both, `0/a,{"a":`, RuleJSONEnd, 9},
	{"object that is cut behind a value", both, `0/a,{"a":1`, RuleJSONEnd, 10},
	{"NaN", both, `2["message",NaN]`, RuleJSONValue, 12},
	{"undefined", both, `2["message",undefined]`, RuleJSONValue, 12},
	{"single quotes in an array", both, `2['message']`, RuleJSONValue, 2},
	{"comma at the end of an array", both, `2["x",]`, RuleJSONValue, 6},
	{"two commas", both, `2["x",,1]`, RuleJSONValue, 6},
	{"number that starts with a dot", both, `2["x",.5]`, RuleJSONValue, 6},
	{"number with a plus sign", both, `2["x",+5]`, RuleJSONValue, 6},
	{"comment", both, `2[/**/"x"]`, RuleJSONValue, 2},
	{"blank that is not JSON's", both, "2[\u00a0\"x\"]", RuleJSONValue, 2},
	{"NUL", both, "2[\"x\",\x00]", RuleJSONValue, 6},
	{"True", both, `2["x",True]`, RuleJSONValue, 6},
	{"nul", both, `2["x",nul]`, RuleJSONLiteral, 9},
	{"falsy", both, `2["x",falsy]`, RuleJSONLiteral, 10},
	{"minus only", both, `2["x",-]`, RuleJSONNumber, 7},
	{"minus Infinity", both, `2["x",-Infinity]`, RuleJSONNumber, 7},
	{"dot without digits", both, `2["x",1.]`, RuleJSONNumber, 8},
	{"exponent without digits", both, `2["x",1e]`, RuleJSONNumber, 8},
	{"exponent with sign without digits", both, `2["x",1e-]`, RuleJSONNumber, 9},
	{"line break in a string", both, "2[\"a\nb\"]", RuleJSONControl, 4},
	{"NUL in a string", both, "2[\"\x00\"]", RuleJSONControl, 3},
	{"unknown escape", both, `2["\x41"]`, RuleJSONEscape, 4},
	{"escaped single quote", both, `2["\'"]`, RuleJSONEscape, 4},
	{"escape with three digits", both, `2["\u004"]`, RuleJSONEscape, 8},
	{"escape with a letter beyond f", both, `2["\u00G0"]`, RuleJSONEscape, 7},
	{"name without quotes", both, `2["x",{a:1}]`, RuleJSONName, 7},
	{"number as name", both, `0{1:1}`, RuleJSONName, 2},
	{"comma at the end of an object", both, `0{"a":1,}`, RuleJSONName, 8},
	{"no colon", both, `0{"a" 1}`, RuleJSONColon, 6},
	{"no value", both, `0{"a"}`, RuleJSONColon, 5},
	{"no comma in an array", both, `2["x" 1]`, RuleJSONComma, 6},
	{"no comma in an object", both, `0{"a":1 "b":2}`, RuleJSONComma, 8},
	{"wrong end of an array", both, `2["x"}`, RuleJSONComma, 5},
	{"wrong end of an object", both, `0{"a":1]`, RuleJSONComma, 7},
	{"number with a leading zero", both, `2["x",01]`, RuleJSONComma, 7},
	{"number in hexadecimal", both, `2["x",0x1]`, RuleJSONComma, 7},
	{"1001 arrays", both, `2["x",` + strings.Repeat("[", 1000), RuleJSONDepth, 1005},
	{"1001 objects", both, `0` + strings.Repeat(`{"a":`, 1001), RuleJSONDepth, 5001},
	{"letter behind the payload", both, `2["message",1]x`, RuleTrailing, 14},
	{"comma behind the payload", both, `2["message",1],`, RuleTrailing, 14},
	{"second packet behind the payload", both, `2["message",1]42["message",2]`, RuleTrailing, 14},
	{"second packet behind a separator", both, "2[\"message\",1]\x1e42[\"message\",2]", RuleTrailing, 14},
	{"blank and letter behind the payload", both, "0{} \nx", RuleTrailing, 5},

	{"event without payload", both, `2`, RuleEventMissing, 1},
	{"acknowledgement without payload", both, `31`, RuleAckMissing, 2},
	{"acknowledgement without id", both, `3["x"]`, RuleAckIDMissing, 1},
	{"refusal without payload", both, `4`, RuleErrorMissing, 1},
	{"refusal with a string", Revision5, `4"x"`, RuleErrorString, 1},
}

// revisions returns the revisions in which a row holds.
func revisions(r Revision) []Revision {
	if r == both {
		return []Revision{Revision4, Revision5}
	}
	return []Revision{r}
}

func TestRefusals(t *testing.T) {
	for _, row := range refusals {
		for _, rev := range revisions(row.rev) {
			t.Run(fmt.Sprintf("%s/%d", row.name, rev), func(t *testing.T) {
				p, err := ParsePacket(rev, []byte(row.input), Limits{})
				wantRule(t, err, row.rule, row.offset)
				if !row.rule.Tolerated() {
					wantPacket(t, p, Packet{})
				}
			})
		}
	}
}

func TestEveryRuleIsReached(t *testing.T) {
	reached := map[Rule]bool{}
	note := func(err error) {
		if e, ok := errors.AsType[*SyntaxError](err); ok {
			reached[e.Rule] = true
		}
	}
	for _, row := range refusals {
		for _, rev := range revisions(row.rev) {
			_, err := ParsePacket(rev, []byte(row.input), Limits{})
			note(err)
		}
	}
	for _, row := range assemblyRefusals {
		note(assemble(&Assembler{Limits: row.limits}, row.frames...).err)
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

func TestLimits(t *testing.T) {
	deep := func(n int) string { return `2["x",` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `]` }
	rows := []struct {
		name   string
		limits Limits
		input  string
		rule   Rule // 0 when it is accepted
	}{
		{"2 attachments of 2", Limits{Attachments: 2}, `52-["x"]`, 0},
		{"3 attachments of 2", Limits{Attachments: 2}, `53-["x"]`, RuleAttachments},
		{"9 attachments of 5", Limits{Attachments: 5}, `59-["x"]`, RuleAttachments},
		{"attachments without limit", Limits{Attachments: -1}, `59223372036854775807-["x"]`, 0},
		{"attachments without limit beyond 63 bits", Limits{Attachments: -1}, `59223372036854775808-["x"]`, RuleAttachments},
		{"attachments without limit beyond 64 bits", Limits{Attachments: -1}, `518446744073709551616-["x"]`, RuleAttachments},
		{"depth 3 of 3", Limits{Depth: 3}, deep(3), 0},
		{"depth 4 of 3", Limits{Depth: 3}, deep(4), RuleJSONDepth},
		{"depth 1000 of the default", Limits{}, deep(1000), 0},
		{"depth 9999 without limit", Limits{Depth: -1}, deep(9999), 0},
		{"depth 10000 without limit", Limits{Depth: -1}, deep(10_000), RuleJSONDepth},
		{"depth 10000 of a million", Limits{Depth: 1_000_000}, deep(10_000), RuleJSONDepth},
		{"namespace of 5 bytes of 5", Limits{NamespaceLength: 5}, `0/abcd,`, 0},
		{"namespace of 6 bytes of 5", Limits{NamespaceLength: 5}, `0/abcde,`, RuleNamespaceLength},
		{"namespace of 5001 bytes of the default", Limits{}, `0/` + strings.Repeat("z", 5000) + `,`, 0},
		{"namespace without limit", Limits{NamespaceLength: -1}, `0/` + strings.Repeat("z", 100_000) + `,`, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := ParsePacket(Revision5, []byte(row.input), row.limits)
			e, _ := errors.AsType[*SyntaxError](err)
			if row.rule == 0 && err != nil || row.rule != 0 && (e == nil || e.Rule != row.rule) {
				t.Errorf("error is %v, want the rule %v", err, row.rule)
			}
		})
	}
}

func TestEveryTruncationHasItsOffsetInRange(t *testing.T) {
	inputs := []string{
		`0/admin,{"token":"123"}`,
		`2/admin,456["project:delete",{"a":[1.5e+3,true,null,"\u00e9€😀\n"]}]`,
		`4/a,{"message":"x","data":{}}`,
		`510-/a?b=c,12["hello",{"_placeholder":true,"num":0}]`,
	}
	for _, input := range inputs {
		for _, rev := range []Revision{Revision4, Revision5} {
			for n := range len(input) + 1 {
				_, err := ParsePacket(rev, []byte(input[:n]), Limits{})
				if e, ok := errors.AsType[*SyntaxError](err); err != nil && (!ok || e.Offset < 0 || e.Offset > n) {
					t.Errorf("%q: %v", input[:n], err)
				}
			}
		}
	}
}
