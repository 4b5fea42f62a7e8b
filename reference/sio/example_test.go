package sio_test

import (
	"errors"
	"fmt"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// Two frames of a connection become one message, which is answered with its own
// arguments.
func Example() {
	header, err := sio.ParsePacket(sio.Revision5, []byte(`51-/files,7["upload",{"name":"a.txt","data":{"_placeholder":true,"num":0}}]`), sio.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var assembler sio.Assembler
	if _, _, err := assembler.Add(header); err != nil {
		fmt.Println(err)
		return
	}
	m, complete, err := assembler.AddBinary([]byte("hello"))
	if err != nil || !complete {
		fmt.Println(complete, err)
		return
	}

	name, args, err := m.Event()
	if err != nil {
		fmt.Println(err)
		return
	}
	var file struct {
		Name string `json:"name"`
		Data []byte `json:"data"`
	}
	if err := args.Decode(&file); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s in %s: %s holds %q\n", name, m.Namespace, file.Name, file.Data)

	answer, err := sio.EncodeAck(m.AckID, args.Forward()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer.Namespace = m.Namespace
	fmt.Printf("%s + %q\n", sio.AppendPacket(nil, answer.Packet), answer.Binary)
	// Output:
	// upload in /files: a.txt holds "hello"
	// 61-/files,7[{"name":"a.txt","data":{"_placeholder":true,"num":0}}] + ["hello"]
}

func ExampleParsePacket() {
	for _, text := range []string{`2/admin,12["hello"]`, `2["hello"`, `3/admin,12`} {
		p, err := sio.ParsePacket(sio.Revision5, []byte(text), sio.Limits{})
		e, refused := errors.AsType[*sio.SyntaxError](err)
		switch {
		case !refused:
			fmt.Println(p.Type, p.Namespace, p.AckID, string(p.Data))
		case e.Rule.Tolerated():
			fmt.Println(p.Type, p.Namespace, p.AckID, "although", e.Rule)
		default:
			fmt.Println(err)
		}
	}
	// Output:
	// EVENT /admin 12 ["hello"]
	// sio: packet ends inside JSON at offset 9
	// ACK /admin 12 although ACK without payload
}

func ExampleEncodeEvent() {
	m, err := sio.EncodeEvent("frame", map[string]any{"width": 2, "pixels": []byte{1, 2, 3, 4}})
	if err != nil {
		fmt.Println(err)
		return
	}
	m.Namespace = "/video"
	fmt.Printf("%s + %v\n", sio.AppendPacket(nil, m.Packet), m.Binary)
	// Output:
	// 51-/video,["frame",{"pixels":{"_placeholder":true,"num":0},"width":2}] + [[1 2 3 4]]
}
