package fault

import (
	"testing"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// pass sends packets through a tap; those to the target begin with ">". It returns what comes out, all of it.
func pass(tap *peer.Tap, packets ...string) []string {
	var all []string
	for _, p := range packets {
		f := peer.Frame{Session: "main", Direction: wire.In, Data: []byte(p)}
		if p[0] == '>' {
			f.Direction, f.Data = wire.Out, f.Data[1:]
		}
		for _, o := range tap.Frames(f) {
			text := string(o.Data)
			if o.Direction == wire.Out {
				text = ">" + text
			}
			all = append(all, text)
		}
	}
	return all
}

// last returns what comes out of a tap for the last packet, when it is one.
func last(t *testing.T, tap *peer.Tap, packets ...string) string {
	t.Helper()
	out := pass(tap, packets...)
	if len(out) == 0 {
		return ""
	}
	return out[len(out)-1]
}

func TestReworkedOperations(t *testing.T) {
	rows := []struct{ name, fault, packet, want string }{
		{"an operation", "room.leave-ignored", `>42/a,1["op",{"do":"leave","room":"r"}]`, `>42/a,1["op",{"do":"echo","value":null}]`},
		{"one of a batch", "room.leave-ignored", `>421["op",{"do":"batch","ops":[{"do":"x"},{"do":"leave"}]}]`, `>421["op",{"do":"batch","ops":[{"do":"x"},{"do":"echo","value":null}]}]`},
		{"several in place of one of a batch", "emit.once-a-room", `>421["op",{"do":"batch","ops":[{"do":"emit","to":["a","b"]}]}]`, `>421["op",{"do":"batch","ops":[{"do":"emit","to":["a"]},{"do":"emit","to":["b"]}]}]`},
		{"another operation stays as it is", "room.leave-ignored", `>42/a,1["op",{"room": "r", "do": "join"}]`, `>42/a,1["op",{"room": "r", "do": "join"}]`},
		{"an event that is no operation", "room.leave-ignored", `>42["message",{"do":"leave"}]`, `>42["message",{"do":"leave"}]`},
		{"a packet from the target", "room.leave-ignored", `42["op",{"do":"leave"}]`, `42["op",{"do":"leave"}]`},
		{"numbers keep their digits", "emit.to-ignored", `>421["op",{"args":["e",9007199254740993],"do":"emit","to":["r"]}]`, `>421["op",{"args":["e",9007199254740993],"do":"emit"}]`},
		{"attachments keep their header", "emit.to-ignored", `>451-/a,1["op",{"args":["e",{"_placeholder":true,"num":0}],"do":"emit","to":["r"]}]`, `>451-/a,1["op",{"args":["e",{"_placeholder":true,"num":0}],"do":"emit"}]`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			f, ok := ByID(r.fault)
			if !ok {
				t.Fatalf("no fault %s", r.fault)
			}
			if got := last(t, f.New(), r.packet); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestReplies(t *testing.T) {
	f, _ := ByID("fetch.data-lost")
	ask, reply := `>42/a,3["op",{"do":"fetch"}]`, `43/a,3[{"ok":[{"data":{"n":1},"id":"x"}]}]`
	rows := []struct {
		name    string
		packets []string
		want    string
	}{
		{"a reply", []string{ask, reply}, `43/a,3[{"ok":[{"data":{},"id":"x"}]}]`},
		{"a reply to nothing", []string{reply}, reply},
		{"a reply in another namespace", []string{ask, `43/b,3[{"ok":[{"data":{"n":1}}]}]`}, `43/b,3[{"ok":[{"data":{"n":1}}]}]`},
		{"an operation that failed", []string{ask, `43/a,3[{"error":"failed"}]`}, `43/a,3[{"error":"failed"}]`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := last(t, f.New(), r.packets...); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestARosterKnowsWhoIsWhere(t *testing.T) {
	var seen *roster
	tap := watching(func(r *roster) func(c *Crossing) []peer.Frame {
		seen = r
		return passed
	})()
	pass(tap, `40/a,{"sid":"x"}`, `>42/a,1["op",{"do":"join","rooms":["r","s"]}]`, `>42/a,2["op",{"do":"batch","ops":[{"do":"leave","room":"s"},{"do":"join","rooms":["t"]}]}]`)
	for room, want := range map[string]int{"x": 1, "r": 1, "s": 0, "t": 1} {
		if got := len(seen.members("/a", room)); got != want {
			t.Errorf("%d members of %s, want %d", got, room, want)
		}
	}
	if len(seen.members("/b", "r")) != 0 {
		t.Error("a room of another namespace has members")
	}
	pass(tap, ">41/a,")
	if len(seen.members("/a", "r")) != 0 {
		t.Error("who has left the namespace is still a member")
	}
}

func TestAFaultsOwnQuestionsStayHidden(t *testing.T) {
	f, _ := ByID("room.join-everywhere")
	out := pass(f.New(), `40{"sid":"x"}`, `40/a,{"sid":"y"}`, `>421["op",{"do":"join","rooms":["r"]}]`, `43/a,700001[{"ok":null}]`, `431[{"ok":null}]`)
	want := []string{`40{"sid":"x"}`, `40/a,{"sid":"y"}`, `>42/a,700001["op",{"do":"join","rooms":["r"]}]`, `>421["op",{"do":"join","rooms":["r"]}]`, `431[{"ok":null}]`}
	if len(out) != len(want) {
		t.Fatalf("got %q, want %q", out, want)
	}
	for i := range want {
		if out[i] != want[i] {
			t.Errorf("got %q, want %q", out, want)
		}
	}
}
