package sio

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// message returns the message that the frames complete.
func message(t *testing.T, frames ...frame) Message {
	t.Helper()
	got := assemble(&Assembler{}, frames...)
	if got.err != nil || len(got.messages) != 1 {
		t.Fatalf("%d messages and %v, want one message", len(got.messages), got.err)
	}
	return got.messages[0]
}

func raw(args Args) []string {
	texts := []string{}
	for _, arg := range args.All() {
		texts = append(texts, string(arg.Raw))
	}
	return texts
}

func TestEvent(t *testing.T) {
	rows := []struct {
		name, in, event string
		args            []string
	}{
		{"no argument", `2["message"]`, "message", []string{}},
		{"arguments", `2["message",1,"2",{"3":[true]}]`, "message", []string{`1`, `"2"`, `{"3":[true]}`}},
		{"white space", "2[ \"m\" ,\t1.50 , [ 1 ] ]", "m", []string{`1.50`, `[ 1 ]`}},
		{"commas and brackets in strings", `2["a],b","],[","\"]"]`, "a],b", []string{`"],["`, `"\"]"`}},
		{"empty name", `2[""]`, "", []string{}},
		{"escapes in the name", `2["a\u0062\n\ud83d\ude00"]`, "ab\n😀", []string{}},
		{"lone surrogate in the name", `2["a\ud800"]`, "a\ufffd", []string{}},
		{"number", `2[1,"x"]`, "1", []string{`"x"`}},
		{"number with a fraction", `2[1.50]`, "1.5", []string{}},
		{"number with an exponent", `2[1e2]`, "100", []string{}},
		{"negative zero", `2[-0]`, "0", []string{}},
		{"large number", `2[1e21]`, "1e+21", []string{}},
		{"number below the large ones", `2[123456789012345678901]`, "123456789012345680000", []string{}},
		{"small number", `2[0.000001]`, "0.000001", []string{}},
		{"smaller number", `2[1.5e-7]`, "1.5e-7", []string{}},
		{"smallest number", `2[-1e-300]`, "-1e-300", []string{}},
		{"number beyond every double", `2[1e999]`, "Infinity", []string{}},
		{"negative number beyond every double", `2[-1e999]`, "-Infinity", []string{}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			name, args, err := message(t, header(row.in)).Event()
			if err != nil {
				t.Fatal(err)
			}
			if name != row.event {
				t.Errorf("name is %q, want %q", name, row.event)
			}
			if got := raw(args); !slices.Equal(got, row.args) {
				t.Errorf("arguments are %q, want %q", got, row.args)
			}
			if args.Len() != len(row.args) {
				t.Errorf("there are %d arguments, want %d", args.Len(), len(row.args))
			}
		})
	}
}

func TestEventOfWhatIsNoEvent(t *testing.T) {
	rows := []struct {
		name string
		p    Packet
	}{
		{"connect", Packet{Type: Connect}},
		{"acknowledgement", Packet{Type: Ack, Data: []byte(`["x"]`)}},
		{"event without data", Packet{Type: Event}},
		{"event with an empty array", Packet{Type: Event, Data: []byte(`[]`)}},
		{"event whose name is null", Packet{Type: Event, Data: []byte(`[null]`)}},
		{"event with an object", Packet{Type: Event, Data: []byte(`{"a":1}`)}},
		{"event with half an array", Packet{Type: Event, Data: []byte(`["a`)}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if name, args, err := (Message{Packet: row.p}).Event(); err == nil || args.Len() != 0 {
				t.Errorf("event %q with %d arguments", name, args.Len())
			}
		})
	}
}

func TestArgs(t *testing.T) {
	rows := []struct {
		name string
		p    Packet
		want []string
	}{
		{"event", Packet{Type: Event, Data: []byte(`["x",1,2]`)}, []string{`1`, `2`}},
		{"acknowledgement", Packet{Type: Ack, Data: []byte(`["x",1]`)}, []string{`"x"`, `1`}},
		{"acknowledgement without arguments", Packet{Type: BinaryAck, Data: []byte(`[]`)}, []string{}},
		{"acknowledgement without data", Packet{Type: Ack}, []string{}},
		{"connect", Packet{Type: Connect, Data: []byte(`{"a":1}`)}, []string{}},
		{"garbage behind the second", Packet{Type: Ack, Data: []byte(`[1,2 x`)}, []string{`1`, `2`}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := raw(Message{Packet: row.p}.Args()); !slices.Equal(got, row.want) {
				t.Errorf("arguments are %q, want %q", got, row.want)
			}
		})
	}
}

func TestArgsAt(t *testing.T) {
	args := Message{Packet: Packet{Type: Ack, Data: []byte(`["a",null]`)}}.Args()
	for i, want := range []string{`"a"`, `null`, ``} {
		if got := string(args.At(i).Raw); got != want {
			t.Errorf("argument %d is %q, want %q", i, got, want)
		}
	}
}

func TestAllStopsWhenAsked(t *testing.T) {
	var seen []int
	for i := range (Message{Packet: Packet{Type: Ack, Data: []byte(`[1,2,3]`)}}).Args().All() {
		seen = append(seen, i)
		if i == 1 {
			break
		}
	}
	if !slices.Equal(seen, []int{0, 1}) {
		t.Errorf("positions are %v", seen)
	}
}

func TestArgsDecode(t *testing.T) {
	args := Message{Packet: Packet{Type: Ack, Data: []byte(`["a",{"n":2}]`)}}.Args()
	rest := "kept"
	var first string
	var second struct {
		N int `json:"n"`
	}
	if err := args.Decode(&first, &second, &rest); err != nil {
		t.Fatal(err)
	}
	if first != "a" || second.N != 2 || rest != "kept" {
		t.Errorf("arguments are %q, %v and %q", first, second, rest)
	}
	if err := args.Decode(&first); err != nil {
		t.Errorf("with fewer destinations than arguments: %v", err)
	}
	err := args.Decode(&first, &first)
	if err == nil || !strings.HasPrefix(err.Error(), "sio: argument 1: ") {
		t.Errorf("with a string for an object: %v", err)
	}
}

func TestValues(t *testing.T) {
	rows := []struct {
		name   string
		frames []frame
		want   []any
	}{
		{"no argument", []frame{header(`31[]`)}, []any{}},
		{"plain values", []frame{header(`31[null,true,-1.5,"a",[1],{"b":{}},{"__proto__":1}]`)},
			[]any{nil, true, -1.5, "a", []any{1.0}, map[string]any{"b": map[string]any{}}, map[string]any{"__proto__": 1.0}}},
		{"member twice", []frame{header(`31[{"a":{"x":1},"a":{"y":2}}]`)}, []any{map[string]any{"a": map[string]any{"y": 2.0}}}},
		{"lone surrogate", []frame{header(`31["\ud800"]`)}, []any{"\ufffd"}},
		{"placeholder in a text packet", []frame{header(`31[{"_placeholder":true,"num":0}]`)},
			[]any{map[string]any{"_placeholder": true, "num": 0.0}}},
		{"attachment", []frame{header(`61-1[{"_placeholder":true,"num":0}]`), attach(1, 2)}, []any{[]byte{1, 2}}},
		{"empty attachment", []frame{header(`61-1[{"_placeholder":true,"num":0}]`), attach()}, []any{[]byte{}}},
		{"attachments by number and at any depth",
			[]frame{header(`62-1[{"a":[{"_placeholder":true,"num":1}],"b":{"c" : {"_placeholder":true,"num":0}}}, 7 , {"num":1,"_placeholder":true}]`), attach(0xaa), attach(0xbb)},
			[]any{map[string]any{"a": []any{[]byte{0xbb}}, "b": map[string]any{"c": []byte{0xaa}}}, 7.0, []byte{0xbb}}},
		{"attachment twice", []frame{header(`61-1[[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]]`), attach(1)},
			[]any{[]any{[]byte{1}, []byte{1}}}},
		{"attachment that is not named", []frame{header(`61-1["a",{"x":{}}]`), attach(1)}, []any{"a", map[string]any{"x": map[string]any{}}}},
		{"members beside a placeholder", []frame{header(`61-1[{"x":{"_placeholder":true,"num":5},"_placeholder":true,"num":0}]`), attach(1)}, []any{[]byte{1}}},
		{"what is no placeholder", []frame{header(`61-1[{"_placeholder":1,"num":0},{"_placeholder":true,"num":0}]`), attach(1)},
			[]any{map[string]any{"_placeholder": 1.0, "num": 0.0}, []byte{1}}},
		{"member twice with a placeholder", []frame{header(`61-1[{"a":{"_placeholder":true,"num":0},"a":2}]`), attach(1)}, []any{map[string]any{"a": 2.0}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := message(t, row.frames...).Args().Values()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("values are %#v, want %#v", got, row.want)
			}
		})
	}
}

func TestValueThatGoCannotHold(t *testing.T) {
	_, err := message(t, header(`31[0,1e999]`)).Args().Values()
	if err == nil || !strings.HasPrefix(err.Error(), "sio: argument 1: ") {
		t.Errorf("error is %v", err)
	}
}

func TestDecodeAttachments(t *testing.T) {
	type file struct {
		Name string  `json:"name"`
		Data []byte  `json:"data"`
		More *[]byte `json:"more"`
		Any  any     `json:"any"`
	}
	m := message(t, header(`62-1[{"name":"n","data":{"_placeholder":true,"num":1},"more":{"_placeholder":true,"num":0},"any":[{"_placeholder":true,"num":0}]}]`),
		attach(1), attach(2))
	var got file
	if err := m.Args().Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := file{"n", []byte{2}, &[]byte{1}, []any{[]byte{1}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("file is %+v, want %+v", got, want)
	}
}

func TestDecodeOfBase64StaysPossible(t *testing.T) {
	m := message(t, header(`61-1[[{"_placeholder":true,"num":0},"AQI=",null]]`), attach(9))
	var got [][]byte
	if err := m.Args().Decode(&got); err != nil {
		t.Fatal(err)
	}
	if want := [][]byte{{9}, {1, 2}, nil}; !reflect.DeepEqual(got, want) {
		t.Errorf("bytes are %v, want %v", got, want)
	}
}

// A custom type decodes itself.
type custom string

func (c *custom) UnmarshalJSON(b []byte) error { *c = custom(b); return nil }

func TestDecodeIntoATypeThatDecodesItself(t *testing.T) {
	m := message(t, header(`61-1[{"_placeholder":true,"num":0}]`), attach(9))
	var got custom
	if err := m.Args().Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got != `{"_placeholder":true,"num":0}` {
		t.Errorf("it sees %s", got)
	}
}

func TestAttachmentsDecodeIntoBytesOnly(t *testing.T) {
	m := message(t, header(`61-1[{"x":{"_placeholder":true,"num":0}}]`), attach(9))
	for _, dst := range []any{new(map[string]string), new(map[string]struct{}), new(map[string]map[string]any), new(map[string]int), new(map[string][1]byte)} {
		if err := m.Args().Decode(dst); err == nil {
			t.Errorf("%T takes an attachment: %v", dst, reflect.ValueOf(dst).Elem())
		}
	}
}

func TestNamesOfMembersAreCaseSensitive(t *testing.T) {
	var got struct{ A int }
	if err := message(t, header(`31[{"a":1}]`)).Args().Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.A != 0 {
		t.Error("member a is stored in the field A")
	}
}

func TestArgBinary(t *testing.T) {
	m := message(t, header(`62-1[{"_placeholder":true,"num":1},{"x":{"_placeholder":true,"num":0}},"a",{}]`), attach(1), attach(2))
	want := [][]byte{{2}, nil, nil, nil}
	for i, arg := range m.Args().All() {
		if data, ok := arg.Binary(); ok != (want[i] != nil) || !slices.Equal(data, want[i]) {
			t.Errorf("argument %d is the attachment %v (%t), want %v", i, data, ok, want[i])
		}
	}
	plain := message(t, header(`31[{"_placeholder":true,"num":0}]`)).Args().At(0)
	if _, ok := plain.Binary(); ok {
		t.Error("an argument of a text packet is an attachment")
	}
}

func TestMissingArgument(t *testing.T) {
	kept := "kept"
	if err := (Arg{}).Decode(&kept); err != nil || kept != "kept" {
		t.Errorf("decoded it gives %q and %v", kept, err)
	}
	if v, err := (Arg{}).Value(); v != nil || err != nil {
		t.Errorf("its value is %v and %v", v, err)
	}
	if _, ok := (Arg{}).Binary(); ok {
		t.Error("it is an attachment")
	}
}

func TestDeepDataIsDecoded(t *testing.T) {
	const depth = 990
	deep := strings.Repeat("[", depth) + `{"_placeholder":true,"num":0}` + strings.Repeat("]", depth)
	v, err := message(t, header(`61-1[`+deep+`]`), attach(1)).Args().At(0).Value()
	if err != nil {
		t.Fatal(err)
	}
	for range depth {
		list, ok := v.([]any)
		if !ok || len(list) != 1 {
			t.Fatalf("not an array of one element: %v", v)
		}
		v = list[0]
	}
	if !reflect.DeepEqual(v, []byte{1}) {
		t.Errorf("innermost is %v", v)
	}
}

func TestBadPlaceholderOfAForgedMessageStaysJSON(t *testing.T) {
	m := Message{Packet{Type: BinaryAck, Attachments: 1, Data: []byte(`[{"_placeholder":true,"num":1}]`)}, [][]byte{{1}}}
	v, err := m.Args().At(0).Value()
	if want := (map[string]any{"_placeholder": true, "num": 1.0}); err != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("value is %v and the error %v", v, err)
	}
}

func TestEventErrorOfABadNameIsTyped(t *testing.T) {
	_, _, err := Message{Packet: Packet{Type: Event, Data: []byte(`[null]`)}}.Event()
	if e, ok := errors.AsType[*SyntaxError](err); !ok || e.Rule != RuleEventName {
		t.Errorf("error is %v", err)
	}
}
