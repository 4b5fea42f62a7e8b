package eio_test

import (
	"errors"
	"fmt"

	"github.com/sio-conform/sio-conform/reference/eio"
)

func ExampleAppendPayload() {
	packets := []eio.Packet{
		{Type: eio.Message, Data: []byte(`2["price","5€"]`)},
		{Type: eio.Message, Binary: true, Data: []byte{1, 2, 3, 4}},
	}
	fmt.Printf("%q\n", eio.AppendPayload(nil, eio.Revision4, packets))
	fmt.Printf("%q\n", eio.AppendPayload(nil, eio.Revision3, packets))
	fmt.Printf("%q\n", eio.AppendBinaryPayload(nil, packets[1:]))
	// Output:
	// "42[\"price\",\"5€\"]\x1ebAQIDBA=="
	// "16:42[\"price\",\"5€\"]10:b4AQIDBA=="
	// "\x01\x05\xff\x04\x01\x02\x03\x04"
}

func ExampleParsePayload() {
	packets, err := eio.ParsePayload(nil, eio.Revision4, []byte("2\x1e40\x1eabc"), eio.Limits{})
	for _, p := range packets {
		fmt.Printf("%v %q\n", p.Type, p.Data)
	}
	if e, ok := errors.AsType[*eio.SyntaxError](err); ok {
		fmt.Println(e.Rule, "at", e.Offset)
	}
	// Output:
	// ping ""
	// message "0"
	// unknown packet type at 5
}
