package sio

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestEncodeEvent(t *testing.T) {
	type blob []byte
	type inner struct{ B []byte }
	type record struct {
		ID   int             `json:"id"`
		Data []byte          `json:"data"`
		Ptr  *[]byte         `json:"ptr"`
		None []byte          `json:"none"`
		Omit []byte          `json:"omit,omitempty"`
		Raw  json.RawMessage `json:"raw"`
		inner
		Any any
	}
	two := []byte{2}
	rows := []struct {
		name   string
		args   []any
		want   string
		binary [][]byte
	}{
		{"no argument", nil, `2["e"]`, nil},
		{"plain values", []any{1, "a", true, nil, 1.5, []int{1}, map[string]any{"b": 1, "a": 2}}, `2["e",1,"a",true,null,1.5,[1],{"a":2,"b":1}]`, nil},
		{"nil slices and maps", []any{[]int(nil), map[string]int(nil), []byte(nil)}, `2["e",null,null,null]`, nil},
		{"no escapes for HTML", []any{"<&>\u2028"}, "2[\"e\",\"<&>\u2028\"]", nil},
		{"string that is not UTF-8", []any{"a\xff"}, "2[\"e\",\"a\ufffd\"]", nil},
		{"raw JSON", []any{json.RawMessage(`{ "a" : 1.50 }`)}, `2["e",{"a":1.50}]`, nil},
		{"types that marshal themselves", []any{time.Unix(0, 0).UTC(), time.Second}, `2["e","1970-01-01T00:00:00Z",1000000000]`, nil},
		{"placeholder-shaped map", []any{map[string]any{"_placeholder": true, "num": 0}}, `2["e",{"_placeholder":true,"num":0}]`, nil},
		{"bytes of a named type", []any{blob{1}}, `2["e","AQ=="]`, nil},
		{"array of bytes", []any{[2]byte{1, 2}}, `2["e",[1,2]]`, nil},
		{"attachment", []any{[]byte{1}}, `51-["e",{"_placeholder":true,"num":0}]`, [][]byte{{1}}},
		{"empty attachment", []any{[]byte{}}, `51-["e",{"_placeholder":true,"num":0}]`, [][]byte{{}}},
		{"attachments in a map, ordered by key", []any{map[string][]byte{"b": {2}, "a": {1}}},
			`52-["e",{"a":{"_placeholder":true,"num":0},"b":{"_placeholder":true,"num":1}}]`, [][]byte{{1}, {2}}},
		{"attachments in depth", []any{map[string]any{"l": []any{[]byte{1}, map[string]any{"x": [][]byte{{2}}}}}, &two},
			`53-["e",{"l":[{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]},{"_placeholder":true,"num":2}]`, [][]byte{{1}, {2}, {2}}},
		{"attachments in fields", []any{&record{ID: 7, Data: []byte{1}, Ptr: &two, Raw: json.RawMessage(`[]`), inner: inner{[]byte{3}}, Any: []byte{4}}},
			`54-["e",{"id":7,"data":{"_placeholder":true,"num":0},"ptr":{"_placeholder":true,"num":1},"none":null,"raw":[],` +
				`"B":{"_placeholder":true,"num":2},"Any":{"_placeholder":true,"num":3}}]`, [][]byte{{1}, {2}, {3}, {4}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m, err := EncodeEvent("e", row.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(AppendPacket(nil, m.Packet)); got != row.want {
				t.Errorf("packet is %s, want %s", got, row.want)
			}
			if !sameBinary(m.Binary, row.binary) {
				t.Errorf("attachments are %v, want %v", m.Binary, row.binary)
			}
			if _, err := ParsePacket(Revision5, AppendPacket(nil, m.Packet), Limits{}); err != nil {
				t.Errorf("parsed it is refused: %v", err)
			}
		})
	}
}

func TestEncodeAck(t *testing.T) {
	rows := []struct {
		name string
		args []any
		want string
	}{
		{"no argument", nil, `30[]`},
		{"null", []any{nil}, `30[null]`},
		{"attachment", []any{"a", []byte{1}}, `61-0["a",{"_placeholder":true,"num":0}]`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m, err := EncodeAck(0, row.args...)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(AppendPacket(nil, m.Packet)); got != row.want {
				t.Errorf("packet is %s, want %s", got, row.want)
			}
		})
	}
}

func TestEncodeRefusesWhatJSONCannotHold(t *testing.T) {
	for _, v := range []any{math.NaN(), make(chan int), func() {}, json.RawMessage(`{`)} {
		m, err := EncodeEvent("e", v)
		if err == nil || !strings.HasPrefix(err.Error(), "sio: EVENT: ") || m.Data != nil {
			t.Errorf("%T gives %s and %v", v, m.Data, err)
		}
	}
}

// failing is a type that refuses to be marshalled.
type failing struct{ err error }

func (f failing) MarshalJSON() ([]byte, error) { return nil, f.err }

func TestErrorsOfMarshallingAreWrapped(t *testing.T) {
	cause := errors.New("cause")
	if _, err := EncodeAck(1, failing{cause}); !errors.Is(err, cause) {
		t.Errorf("error is %v", err)
	}
}

func TestAttachmentsAreNotCopied(t *testing.T) {
	data := []byte{1}
	m, err := EncodeEvent("e", data)
	if err != nil {
		t.Fatal(err)
	}
	if &m.Binary[0][0] != &data[0] {
		t.Error("the attachment is a copy")
	}
}

func TestEncodeDoesNotChangeItsArguments(t *testing.T) {
	args := make([]any, 1, 4)
	args[0] = "a"
	if _, err := EncodeAck(1, args...); err != nil || args[0] != "a" {
		t.Errorf("arguments are %v and the error %v", args, err)
	}
}

func TestForward(t *testing.T) {
	rows := []struct {
		name   string
		frames []frame
		want   string
		binary [][]byte
	}{
		{"white space", []frame{header(`2["m", { "a" : 1.50 } ,"\u00e9\ud800<"]`)}, `2["e",{"a":1.50},"\u00e9\ud800<"]`, nil},
		{"member twice", []frame{header(`2["m",{"a":1,"a":2}]`)}, `2["e",{"a":1,"a":2}]`, nil},
		{"attachments by number",
			[]frame{header(`52-["m",{"a":[{"_placeholder":true,"num":1}],"b":{"c":{"_placeholder":true,"num":0}}}]`), attach(0xaa), attach(0xbb)},
			`52-["e",{"a":[{"_placeholder":true,"num":0}],"b":{"c":{"_placeholder":true,"num":1}}}]`, [][]byte{{0xbb}, {0xaa}}},
		{"attachment twice", []frame{header(`51-["m",{"_placeholder":true,"num":0},{"num":0,"_placeholder":true}]`), attach(1)},
			`52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, [][]byte{{1}, {1}}},
		{"attachment that is not named", []frame{header(`52-["m",{"_placeholder":true,"num":0}]`), attach(1), attach(2)},
			`51-["e",{"_placeholder":true,"num":0}]`, [][]byte{{1}}},
		{"placeholder in a text packet", []frame{header(`2["m",{"_placeholder":true,"num":0}]`)}, `2["e",{"_placeholder":true,"num":0}]`, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			m, err := EncodeEvent("e", message(t, row.frames...).Args().Forward()...)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(AppendPacket(nil, m.Packet)); got != row.want {
				t.Errorf("packet is %s, want %s", got, row.want)
			}
			if !sameBinary(m.Binary, row.binary) {
				t.Errorf("attachments are %v, want %v", m.Binary, row.binary)
			}
		})
	}
}

func TestMissingArgumentIsForwardedAsNull(t *testing.T) {
	m, err := EncodeAck(1, Arg{}, []Arg{{}})
	if err != nil || string(m.Data) != `[null,[null]]` {
		t.Errorf("data is %s and the error %v", m.Data, err)
	}
}

func TestConcurrentEncodersKeepTheirAttachments(t *testing.T) {
	var group sync.WaitGroup
	for id := range 8 {
		group.Go(func() {
			for range 200 {
				m, err := EncodeAck(int64(id), []byte{byte(id)})
				if err != nil || len(m.Binary) != 1 || m.Binary[0][0] != byte(id) {
					t.Errorf("encoder %d gives %v and %v", id, m.Binary, err)
					return
				}
			}
		})
	}
	group.Wait()
}
