package client_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/client"
)

// What is malformed ends the session, in both revisions but where it says so.
func TestMalformed(t *testing.T) {
	for _, row := range []struct {
		name, frames, reason string
		revisions            []int
	}{
		{"unknown type", "47", "parse error", nil},
		{"letter as type", "4x", "parse error", nil},
		{"empty message", "4", "parse error", nil},
		{"event without payload", "42", "parse error", nil},
		{"event with id without payload", "421", "parse error", nil},
		{"empty event", "42[]", "parse error", nil},
		{"event with an object", `42{"x":1}`, "parse error", nil},
		{"truncated event", `42["x"`, "parse error", nil},
		{"trailing text", `42["x"]y`, "parse error", nil},
		{"null as name", `42[null]`, "parse error", nil},
		{"reserved name", `42["connect"]`, "parse error", nil},
		{"ack with an object", `431{}`, "parse error", nil},
		{"no attachments", `450-["x"]`, "parse error", nil},
		{"too many attachments", `4511-["x"]`, "parse error", nil},
		{"negative count", `45-1-["x"]`, "parse error", nil},
		{"text while an attachment is missing", `451-["x",{"_placeholder":true,"num":0}]|42["x"]`, "parse error", nil},
		{"attachment without packet", `bAQ==`, "parse error", []int{5}},
		{"placeholder of nothing", `451-["x",{"_placeholder":true,"num":1}]|bAQ==`, "parse error", []int{5}},
		{"CONNECT with an array", `40[]`, "parse error", []int{5}},
		{"CONNECT_ERROR with null", `44null`, "parse error", []int{5}},
		{"DISCONNECT with payload", `41["x"]`, "parse error", nil},
		{"namespace without comma", `42/n["x"]`, "parse error", nil},
		{"namespace without slash", `42n,["x"]`, "parse error", nil},
		{"Engine.IO type", "9", "transport error", nil},
		{"Engine.IO letter", "hello", "transport error", nil},
		{"empty frame", "", "transport error", nil},
		{"Engine.IO close", "1", "transport close", nil},
		{"too large", "4" + strings.Repeat("x", 3000), "transport error", nil},
	} {
		for _, revision := range []int{4, 5} {
			if len(row.revisions) > 0 && row.revisions[0] != revision {
				continue
			}
			t.Run(row.name, func(t *testing.T) {
				inBubble(t, nil, func(t *testing.T, r *rig) {
					s, c := r.connected(revision)
					c.send(strings.Split(row.frames, "|")...)
					r.wantNotes("/ disconnect " + row.reason)
					c.want("closed")
					r.accept()
					if synctest.Wait(); s.Connected() {
						t.Error("still connected")
					}
				})
			})
		}
	}
}

// What is odd but understood changes nothing.
func TestTolerated(t *testing.T) {
	for _, frames := range []string{
		"6", "5", "3", "0" + handshake, "0", "43[]", "43", "4399", `4399["x"]`, `40/n,{"sid":"x"}`, `41/n,`,
		`44/n,{"message":"x"}`, `42/,["unheard"]`, `42/n,["m"]`, `4299["m2"]`, `420007["m2"]`, `42["__proto__"]`, `42["hasOwnProperty",1]`,
	} {
		t.Run(frames, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r *rig) {
				s, c := r.connected(5)
				c.send(frames, `42["fence"]`)
				if notes := r.notes(); len(notes) == 0 || notes[len(notes)-1] != "/ fence []" {
					t.Errorf("notes are %q", notes)
				}
				c.wantNothing()
				if !s.Connected() {
					t.Error("disconnected")
				}
			})
		})
	}
}

// connected returns a socket that is in the main namespace, and the server's end.
func (r *rig) connected(revision int) (*client.Socket, *wire) {
	r.t.Helper()
	config := client.Config{MaxMessage: 2000}
	answer := `40{"sid":"A"}`
	if revision == 4 {
		config.Revision, answer = 4, "40"
	}
	s := r.socket("/", config)
	c := r.accept()
	if revision == 5 {
		c.want("40")
	}
	c.send(answer)
	if err := s.WaitConnected(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.notes()
	return s, c
}
