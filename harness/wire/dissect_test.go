package wire

import (
	"strings"
	"testing"
)

func TestDissect(t *testing.T) {
	rows := []struct {
		name, raw string
		want      Packet
	}{
		{"connect", "40", Packet{Engine: '4', Type: '0', Namespace: "/"}},
		{"connect in a namespace", `40/a,{"t":1}`, Packet{Engine: '4', Type: '0', Namespace: "/a", Data: []byte(`{"t":1}`), DataOffset: 5}},
		{"event with id", `42/a,7["x"]`, Packet{Engine: '4', Type: '2', Namespace: "/a", AckID: "7", Data: []byte(`["x"]`), DataOffset: 6}},
		{"event in the main namespace, named", `42/,["x"]`, Packet{Engine: '4', Type: '2', Namespace: "/", Data: []byte(`["x"]`), DataOffset: 4}},
		{"binary header", `452-/a,3["x"]`, Packet{Engine: '4', Type: '5', Attachments: "2", Namespace: "/a", AckID: "3", Data: []byte(`["x"]`), DataOffset: 8}},
		{"ping", "2probe", Packet{Engine: '2', Namespace: "/"}},
		{"question mark is an ordinary character", "40/a?b,", Packet{Engine: '4', Type: '0', Namespace: "/a?b"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := Dissect(Revision5, false, []byte(r.raw))
			if len(got.Problems) > 0 {
				t.Fatalf("problems: %v", got.Problems)
			}
			same := got.Engine == r.want.Engine && got.Type == r.want.Type && got.Attachments == r.want.Attachments && got.Namespace == r.want.Namespace &&
				got.AckID == r.want.AckID && string(got.Data) == string(r.want.Data) && got.DataOffset == r.want.DataOffset
			if !same {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
}

func TestDissectRevision4TakesTheQueryOffTheNamespace(t *testing.T) {
	got := Dissect(Revision4, false, []byte("40/a?token=x,"))
	if got.Namespace != "/a" || got.Query != "token=x" {
		t.Errorf("got %q %q", got.Namespace, got.Query)
	}
}

func TestDissectSaysWhatIsWrongAndWhere(t *testing.T) {
	rows := []struct {
		name, raw, problem string
		offset             int
	}{
		{"empty", "", "empty packet", 0},
		{"unknown Engine.IO type", "9", "unknown Engine.IO packet type", 0},
		{"message without packet", "4", "without a Socket.IO packet", 1},
		{"unknown Socket.IO type", "47", "unknown Socket.IO packet type", 1},
		{"event without data", "42", "EVENT without data", 2},
		{"event that is no array", `42{"a":1}`, "not an array", 2},
		{"event with an empty array", "42[]", "no event name", 2},
		{"event with null for a name", "42[null]", "no event name", 2},
		{"broken JSON", `42["a`, "invalid JSON", 2},
		{"garbage behind", `42["a"]b`, "garbage behind", 7},
		{"duplicate member", `40{"a":1,"a":2}`, "duplicate", 2},
		{"connect with an array", "40[]", "not an object", 2},
		{"disconnect with data", "41{}", "DISCONNECT with data", 2},
		{"refusal with a string", `44"no"`, "not an object", 2},
		{"ack without data", "431", "ACK without data", 3},
		{"binary without count", `45["a"]`, "no attachment count", 2},
		{"binary with an empty count", `45-["a"]`, "empty attachment count", 2},
		{"binary without dash", `451["a"]`, "no attachment count", 2},
		{"invalid UTF-8", "42[\"\xff\"]", "invalid UTF-8", 4},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := Dissect(Revision5, false, []byte(r.raw))
			for _, p := range got.Problems {
				if strings.Contains(p.Text, r.problem) && p.Offset >= 0 && p.Offset <= len(r.raw) {
					if r.problem == "duplicate" || r.problem == "invalid JSON" || p.Offset == r.offset {
						return
					}
				}
			}
			t.Errorf("got %v, want %q at %d", got.Problems, r.problem, r.offset)
		})
	}
}

func TestDissectAcceptsAnyBytes(t *testing.T) {
	for _, seed := range []string{`451-/a,12["x",{"_placeholder":true,"num":0}]`, "40/a?b=c,{\"t\":1}", "4\xff\x00/,,,"} {
		for cut := range len(seed) + 1 {
			for _, r := range []Revision{Revision4, Revision5} {
				p := Dissect(r, false, []byte(seed[:cut]))
				for _, problem := range p.Problems {
					if problem.Offset < 0 || problem.Offset > cut {
						t.Errorf("%q: offset %d", seed[:cut], problem.Offset)
					}
				}
				if p.String() == "" {
					t.Errorf("%q has no description", seed[:cut])
				}
			}
		}
	}
}

func TestQuoteIsPrintableASCIIAndBounded(t *testing.T) {
	long := strings.Repeat("\x1b[2J\u202e\xff", 1<<16)
	got := Quote([]byte(long))
	if len(got) > 4*quoteLimit {
		t.Errorf("%d bytes", len(got))
	}
	for i := range len(got) {
		if got[i] < 0x20 || got[i] == 0x7f {
			t.Fatalf("byte %#x at %d", got[i], i)
		}
	}
}
