package suite

import (
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/peer"
)

func TestReachIsTheSetModel(t *testing.T) {
	in := func(nsp, sid string, rooms ...string) *attendee {
		a := &attendee{nsp: nsp, sid: sid, rooms: map[string]bool{sid: true}}
		for _, r := range rooms {
			a.rooms[r] = true
		}
		return a
	}
	a, b, d := in("/a", "A", "r"), in("/a", "B", "r", "s"), in("/a", "D")
	e, f := in("/b", "E", "r"), in("/", "F", "s")
	c := &crowd{all: []*attendee{a, b, d, e, f}}
	rows := []struct {
		o    operatorCall
		want string
	}{
		{through("nsp"), "A B D"},
		{through("broadcast"), "B D"},
		{through("server"), "F"},
		{through("nsp").of("/b"), "E"},
		{through("nsp").to("r"), "A B"},
		{through("nsp").in("s"), "B"},
		{through("nsp").to("r").in("s"), "A B"},
		{through("broadcast").to("r"), "B"},
		{through("nsp").to("nobody"), ""},
		{through("nsp").to("nobody", "s"), "B"},
		{through("nsp").to("D"), "D"},
		{through("nsp").except("s"), "A D"},
		{through("nsp").except("A", "D"), "B"},
		{through("nsp").to("r").except("r"), ""},
		{through("broadcast").except("s"), "D"},
		{through("server").to("r"), ""},
		{through("nsp").of("/b").to("r", "s"), "E"},
	}
	for _, r := range rows {
		t.Run(r.o.String(), func(t *testing.T) {
			var ids []string
			for _, x := range c.reach(a, r.o) {
				ids = append(ids, x.sid)
			}
			if got := strings.Join(ids, " "); got != r.want {
				t.Errorf("reaches %q, want %q", got, r.want)
			}
		})
	}
}

func TestAnOperatorCallIsAnOperation(t *testing.T) {
	rows := []struct {
		o          operatorCall
		text, want string
	}{
		{through("socket"), "socket", `{"args":["e",1],"do":"emit","via":"socket"}`},
		{through("nsp").of("/b").to("r", "s").in("t").except("x").with("local"), "nsp(/b).to(r).to(s).in(t).except(x).local",
			`{"args":["e",1],"do":"emit","except":["x"],"flags":["local"],"in":["t"],"of":"/b","to":["r","s"],"via":"nsp"}`},
		{through("nsp").discard(through("").to("r")), "nsp, beside.to(r)", `{"args":["e",1],"discard":{"to":["r"]},"do":"emit","via":"nsp"}`},
	}
	for _, r := range rows {
		t.Run(r.text, func(t *testing.T) {
			if got := r.o.String(); got != r.text {
				t.Errorf("it is described as %s", got)
			}
			if got := peer.JSON(r.o.send("e", 1)); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestDerivingAnOperatorCallKeepsTheOriginal(t *testing.T) {
	base := through("nsp").to("r")
	base.to("s").in("t").except("x").with("local")
	if base.String() != "nsp.to(r)" {
		t.Errorf("it has become %s", base)
	}
}
