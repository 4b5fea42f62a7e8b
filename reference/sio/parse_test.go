package sio

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParsePacket(t *testing.T) {
	rows := []struct {
		name string
		in   string
		want Packet
		out  string // what it is appended as; in when empty
	}{
		{"connect", `0`, Packet{Type: Connect, Namespace: "/", AckID: NoAck}, ""},
		{"connect to a namespace", `0/admin,`, Packet{Type: Connect, Namespace: "/admin", AckID: NoAck}, ""},
		{"connect without comma", `0/random`, Packet{Type: Connect, Namespace: "/random", AckID: NoAck}, `0/random,`},
		{"connect with credentials", `0/admin,{"token":"123"}`,
			Packet{Type: Connect, Namespace: "/admin", AckID: NoAck, Data: []byte(`{"token":"123"}`)}, ""},
		{"connect answer", `0{"sid":"oSO0OpakMV_3jnilAAAA"}`,
			Packet{Type: Connect, Namespace: "/", AckID: NoAck, Data: []byte(`{"sid":"oSO0OpakMV_3jnilAAAA"}`)}, ""},
		{"connect with an id", `0/a,12`, Packet{Type: Connect, Namespace: "/a", AckID: 12}, ""},
		{"connect with an id and a payload", `0/b,7{}`, Packet{Type: Connect, Namespace: "/b", AckID: 7, Data: []byte(`{}`)}, ""},
		{"main namespace spelled out", `0/`, Packet{Type: Connect, Namespace: "/", AckID: NoAck}, `0`},
		{"main namespace spelled out with comma", `0/,{}`, Packet{Type: Connect, Namespace: "/", AckID: NoAck, Data: []byte(`{}`)}, `0{}`},
		{"payload in the namespace", `0/a{"token":1}`, Packet{Type: Connect, Namespace: `/a{"token":1}`, AckID: NoAck}, `0/a{"token":1},`},
		{"disconnect", `1`, Packet{Type: Disconnect, Namespace: "/", AckID: NoAck}, ""},
		{"disconnect without comma", `1/a`, Packet{Type: Disconnect, Namespace: "/a", AckID: NoAck}, `1/a,`},
		{"disconnect with an id", `1/n,3`, Packet{Type: Disconnect, Namespace: "/n", AckID: 3}, ""},
		{"event", `2["message",1,"2",{"3":[true]}]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["message",1,"2",{"3":[true]}]`)}, ""},
		{"event of a namespace", `2/a,["message",1]`, Packet{Type: Event, Namespace: "/a", AckID: NoAck, Data: []byte(`["message",1]`)}, ""},
		{"event of the main namespace", `2/,["message",1]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["message",1]`)}, `2["message",1]`},
		{"event without arguments", `2["message"]`, Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["message"]`)}, ""},
		{"event with an id", `2/admin,456["project:delete",123]`,
			Packet{Type: Event, Namespace: "/admin", AckID: 456, Data: []byte(`["project:delete",123]`)}, ""},
		{"id 0", `20["x"]`, Packet{Type: Event, Namespace: "/", AckID: 0, Data: []byte(`["x"]`)}, ""},
		{"id with leading zeros", `2007["x"]`, Packet{Type: Event, Namespace: "/", AckID: 7, Data: []byte(`["x"]`)}, `27["x"]`},
		{"largest id", `29007199254740991["x"]`, Packet{Type: Event, Namespace: "/", AckID: 1<<53 - 1, Data: []byte(`["x"]`)}, ""},
		{"name is a number", `2[1,"x"]`, Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`[1,"x"]`)}, ""},
		{"name is a negative number", `2[-1.5e3]`, Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`[-1.5e3]`)}, ""},
		{"white space in the payload", `2[ "message" , { "a" : 1 } ]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`[ "message" , { "a" : 1 } ]`)}, ""},
		{"white space behind the payload", "2[\"x\"] \t\r\n", Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["x"]`)}, `2["x"]`},
		{"every escape", `2["\"\\\/\b\f\n\r\t\u0000\uD83D\ude00"]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["\"\\\/\b\f\n\r\t\u0000\uD83D\ude00"]`)}, ""},
		{"every hexadecimal digit", `2["\u0123\u4567\u89ab\ucdef\uABCD\uEF00"]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["\u0123\u4567\u89ab\ucdef\uABCD\uEF00"]`)}, ""},
		{"lone surrogate as escape", `2["\ud800"]`, Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["\ud800"]`)}, ""},
		{"characters of every size", "2[\"é€😀\u2028\"]", Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte("[\"é€😀\u2028\"]")}, ""},
		{"numbers", `2["n",0,-0,1.5,-1e10,1E+2,1e-2,0.0,123456789012345678901234567890,1e999]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck,
				Data: []byte(`["n",0,-0,1.5,-1e10,1E+2,1e-2,0.0,123456789012345678901234567890,1e999]`)}, ""},
		{"empty values", `2["",[],{},[ ],{ },[[]],{"":""}]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["",[],{},[ ],{ },[[]],{"":""}]`)}, ""},
		{"member twice", `2["x",{"a":1,"a":2}]`, Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["x",{"a":1,"a":2}]`)}, ""},
		{"member __proto__", `2["message",{"__proto__":{"x":1},"y":2}]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["message",{"__proto__":{"x":1},"y":2}]`)}, ""},
		{"reserved name", `2["disconnect","spoof"]`, Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["disconnect","spoof"]`)}, ""},
		{"placeholder in a text event", `2["message",{"_placeholder":true,"num":0}]`,
			Packet{Type: Event, Namespace: "/", AckID: NoAck, Data: []byte(`["message",{"_placeholder":true,"num":0}]`)}, ""},
		{"acknowledgement", `3/admin,456[]`, Packet{Type: Ack, Namespace: "/admin", AckID: 456, Data: []byte(`[]`)}, ""},
		{"acknowledgement with arguments", `3456[1,"2",{"3":[false]}]`,
			Packet{Type: Ack, Namespace: "/", AckID: 456, Data: []byte(`[1,"2",{"3":[false]}]`)}, ""},
		{"acknowledgement whose first argument is null", `31[null]`, Packet{Type: Ack, Namespace: "/", AckID: 1, Data: []byte(`[null]`)}, ""},
		{"refusal", `4/admin,{"message":"Not authorized"}`,
			Packet{Type: ConnectError, Namespace: "/admin", AckID: NoAck, Data: []byte(`{"message":"Not authorized"}`)}, ""},
		{"binary event", `51-["hello",{"_placeholder":true,"num":0}]`,
			Packet{Type: BinaryEvent, Namespace: "/", AckID: NoAck, Attachments: 1, Data: []byte(`["hello",{"_placeholder":true,"num":0}]`)}, ""},
		{"binary event of a namespace with an id", `51-/admin,456["project:delete",{"_placeholder":true,"num":0}]`,
			Packet{Type: BinaryEvent, Namespace: "/admin", AckID: 456, Attachments: 1,
				Data: []byte(`["project:delete",{"_placeholder":true,"num":0}]`)}, ""},
		{"dashes in names", `52-/a-b-1,3["x-y-z"]`,
			Packet{Type: BinaryEvent, Namespace: "/a-b-1", AckID: 3, Attachments: 2, Data: []byte(`["x-y-z"]`)}, ""},
		{"ten attachments", `510-["x"]`, Packet{Type: BinaryEvent, Namespace: "/", AckID: NoAck, Attachments: 10, Data: []byte(`["x"]`)}, ""},
		{"count with leading zeros", `5001-["x"]`,
			Packet{Type: BinaryEvent, Namespace: "/", AckID: NoAck, Attachments: 1, Data: []byte(`["x"]`)}, `51-["x"]`},
		{"binary acknowledgement", `61-/admin,456[{"_placeholder":true,"num":0}]`,
			Packet{Type: BinaryAck, Namespace: "/admin", AckID: 456, Attachments: 1, Data: []byte(`[{"_placeholder":true,"num":0}]`)}, ""},
		{"empty binary acknowledgement", `61-0[]`, Packet{Type: BinaryAck, Namespace: "/", AckID: 0, Attachments: 1, Data: []byte(`[]`)}, ""},
		{"nested namespace", `0/nested/deep/name,`, Packet{Type: Connect, Namespace: "/nested/deep/name", AckID: NoAck}, ""},
		{"namespace that is not ASCII", `0/unicodé-ж,`, Packet{Type: Connect, Namespace: "/unicodé-ж", AckID: NoAck}, ""},
		{"namespace with a blank", `0/with space,`, Packet{Type: Connect, Namespace: "/with space", AckID: NoAck}, ""},
		{"namespace with dot segments", `0/../a,`, Packet{Type: Connect, Namespace: "/../a", AckID: NoAck}, ""},
		{"namespace with two slashes", `0//a,`, Packet{Type: Connect, Namespace: "//a", AckID: NoAck}, ""},
	}
	for _, row := range rows {
		for _, rev := range []Revision{Revision4, Revision5} {
			t.Run(fmt.Sprintf("%s/%d", row.name, rev), func(t *testing.T) {
				got, err := ParsePacket(rev, []byte(row.in), Limits{})
				if err != nil {
					t.Fatal(err)
				}
				wantPacket(t, got, row.want)
				out := row.out
				if out == "" {
					out = row.in
				}
				if text := string(AppendPacket(nil, got)); text != out {
					t.Errorf("appended it is %q, want %q", text, out)
				}
			})
		}
	}
}

func TestParsePacketOfOneRevision(t *testing.T) {
	rows := []struct {
		name string
		rev  Revision
		in   string
		want Packet
		out  string
	}{
		{"query in revision 4", Revision4, `0/a?token=1234&uid=a%20b,`,
			Packet{Type: Connect, Namespace: "/a", Query: "token=1234&uid=a%20b", AckID: NoAck}, `0/a?token=1234&uid=a%20b,`},
		{"query without comma in revision 4", Revision4, `0/a?x=1`,
			Packet{Type: Connect, Namespace: "/a", Query: "x=1", AckID: NoAck}, `0/a?x=1,`},
		{"query of the main namespace in revision 4", Revision4, `0/?x=1,`,
			Packet{Type: Connect, Namespace: "/", Query: "x=1", AckID: NoAck}, `0/?x=1,`},
		{"empty query in revision 4", Revision4, `0/a?,`, Packet{Type: Connect, Namespace: "/a", AckID: NoAck}, `0/a,`},
		{"two question marks in revision 4", Revision4, `0/a?b?c,`,
			Packet{Type: Connect, Namespace: "/a", Query: "b?c", AckID: NoAck}, `0/a?b?c,`},
		{"question mark in revision 5", Revision5, `0/a?token=x,`, Packet{Type: Connect, Namespace: "/a?token=x", AckID: NoAck}, `0/a?token=x,`},
		{"refusal with a string in revision 4", Revision4, `4/admin,"Not authorized"`,
			Packet{Type: ConnectError, Namespace: "/admin", AckID: NoAck, Data: []byte(`"Not authorized"`)}, `4/admin,"Not authorized"`},
		{"refusal with null in revision 4", Revision4, `4null`,
			Packet{Type: ConnectError, Namespace: "/", AckID: NoAck, Data: []byte(`null`)}, `4null`},
		{"refusal with an array in revision 4", Revision4, `4/n,["x"]`,
			Packet{Type: ConnectError, Namespace: "/n", AckID: NoAck, Data: []byte(`["x"]`)}, `4/n,["x"]`},
		{"refusal with a negative number in revision 4", Revision4, `4-1`,
			Packet{Type: ConnectError, Namespace: "/", AckID: NoAck, Data: []byte(`-1`)}, `4-1`},
		{"refusal with an id and a negative number in revision 4", Revision4, `49-9`,
			Packet{Type: ConnectError, Namespace: "/", AckID: 9, Data: []byte(`-9`)}, `49-9`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParsePacket(row.rev, []byte(row.in), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			wantPacket(t, got, row.want)
			if text := string(AppendPacket(nil, got)); text != row.out {
				t.Errorf("appended it is %q, want %q", text, row.out)
			}
		})
	}
}

func TestToleratedRulesComeWithThePacket(t *testing.T) {
	rows := []struct {
		name string
		rev  Revision
		in   string
		rule Rule
		at   int
		want Packet
	}{
		{"event without payload", Revision5, `2`, RuleEventMissing, 1, Packet{Type: Event, Namespace: "/", AckID: NoAck}},
		{"event with id without payload", Revision4, `212`, RuleEventMissing, 3, Packet{Type: Event, Namespace: "/", AckID: 12}},
		{"event without comma behind the namespace", Revision5, `2/a["message"]`, RuleEventMissing, 14,
			Packet{Type: Event, Namespace: `/a["message"]`, AckID: NoAck}},
		{"acknowledgement without payload", Revision5, `3/a,1`, RuleAckMissing, 5, Packet{Type: Ack, Namespace: "/a", AckID: 1}},
		{"acknowledgement without id", Revision5, `3["x"]`, RuleAckIDMissing, 1,
			Packet{Type: Ack, Namespace: "/", AckID: NoAck, Data: []byte(`["x"]`)}},
		{"binary acknowledgement without id", Revision4, `61-/a,[]`, RuleAckIDMissing, 6,
			Packet{Type: BinaryAck, Namespace: "/a", AckID: NoAck, Attachments: 1, Data: []byte(`[]`)}},
		{"acknowledgement without anything", Revision5, `3`, RuleAckIDMissing, 1, Packet{Type: Ack, Namespace: "/", AckID: NoAck}},
		{"refusal without payload", Revision5, `4/n,5`, RuleErrorMissing, 5, Packet{Type: ConnectError, Namespace: "/n", AckID: 5}},
		{"refusal without payload in revision 4", Revision4, `4`, RuleErrorMissing, 1, Packet{Type: ConnectError, Namespace: "/", AckID: NoAck}},
		{"refusal with a string", Revision5, `4"x"`, RuleErrorString, 1,
			Packet{Type: ConnectError, Namespace: "/", AckID: NoAck, Data: []byte(`"x"`)}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParsePacket(row.rev, []byte(row.in), Limits{})
			wantRule(t, err, row.rule, row.at)
			if !row.rule.Tolerated() {
				t.Errorf("%q is not tolerated", row.rule)
			}
			wantPacket(t, got, row.want)
		})
	}
}

func TestAppendPacketValidatesNothing(t *testing.T) {
	rows := []struct {
		name string
		p    Packet
		want string
	}{
		{"type 9", Packet{Type: 9, AckID: NoAck}, `9`},
		{"no attachment", Packet{Type: BinaryEvent, AckID: NoAck, Data: []byte(`["f"]`)}, `50-["f"]`},
		{"negative count", Packet{Type: BinaryAck, AckID: 1, Attachments: -1}, `6-1-1`},
		{"negative id", Packet{Type: Event, AckID: -2}, `2-2`},
		{"namespace without slash", Packet{Type: Connect, Namespace: "admin", AckID: NoAck}, `0admin,`},
		{"namespace with comma", Packet{Type: Connect, Namespace: "/a,b", AckID: NoAck}, `0/a,b,`},
		{"namespace missing", Packet{Type: Connect, AckID: NoAck}, `0`},
		{"garbage as data", Packet{Type: Event, AckID: NoAck, Data: []byte("\xff[")}, "2\xff["},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := string(AppendPacket([]byte("4"), row.p)); got != "4"+row.want {
				t.Errorf("appended it is %q, want %q", got, "4"+row.want)
			}
		})
	}
}

func TestDataAliasesTheInput(t *testing.T) {
	in := []byte(`2["x"]`)
	p, err := ParsePacket(Revision5, in, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	in[3] = 'y'
	if string(p.Data) != `["y"]` {
		t.Errorf("data is %q, a copy", p.Data)
	}
}

func TestParsePacketTakesLittleMemory(t *testing.T) {
	rows := []struct {
		name string
		in   string
		want float64
	}{
		{"main namespace", `2["message","hello world",1234]`, 0},
		{"other namespace", `2/admin,12["message","hello",1]`, 1},
		{"binary header", `51-["message",{"_placeholder":true,"num":0}]`, 0},
		{"count of attachments beyond the limit", `5999999999999999999999999-["x"]`, 1},
		{"million digits of an id", `2` + strings.Repeat("9", 1_000_000) + `["x"]`, 1},
		{"deep nesting", `2` + strings.Repeat("[", 1_000_000), 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			in := []byte(row.in)
			got := testing.AllocsPerRun(10, func() { _, _ = ParsePacket(Revision5, in, Limits{}) })
			if got > row.want {
				t.Errorf("%v allocations, want %v", got, row.want)
			}
		})
	}
}

func TestTypeNames(t *testing.T) {
	var names []string
	for k := Connect; k <= BinaryAck+1; k++ {
		names = append(names, k.String())
	}
	want := []string{"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK", "type(7)"}
	if !slices.Equal(names, want) {
		t.Errorf("names are %q, want %q", names, want)
	}
}

func wantPacket(t *testing.T, got, want Packet) {
	t.Helper()
	if !samePacket(got, want) {
		t.Errorf("packet is %s, want %s", show(got), show(want))
	}
}

// samePacket compares packets; whether empty data is nil does not matter.
func samePacket(a, b Packet) bool {
	same := bytes.Equal(a.Data, b.Data)
	a.Data, b.Data = nil, nil
	return same && reflect.DeepEqual(a, b)
}

func show(p Packet) string {
	return fmt.Sprintf("{%v %q ?%q id=%d attachments=%d %q}", p.Type, p.Namespace, p.Query, p.AckID, p.Attachments, p.Data)
}

// wantRule fails unless err is the SyntaxError with this rule and offset.
func wantRule(t *testing.T, err error, rule Rule, offset int) {
	t.Helper()
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok {
		t.Fatalf("error is %v, want %q at offset %d", err, rule, offset)
	}
	if e.Rule != rule || e.Offset != offset {
		t.Errorf("error is %q at offset %d, want %q at offset %d", e.Rule, e.Offset, rule, offset)
	}
	if want := fmt.Sprintf("sio: %v at offset %d", rule, offset); e.Error() != want {
		t.Errorf("text of the error is %q, want %q", e.Error(), want)
	}
}
