package peer

import (
	"slices"
	"strings"
	"testing"
)

func TestAboutNamesWhatAFailureIsAbout(t *testing.T) {
	p := stage(t, serve(t, correct)).Peer("main")
	defer func() {
		f, ok := recover().(*Failure)
		if !ok || f.Reason != "the list: it is empty" {
			t.Errorf("got %v, want a failure that begins with what it is about", f)
		}
	}()
	p.About("the list", func() { p.Failf("it is empty") })
}

func TestAboutPassesOtherPanics(t *testing.T) {
	p := stage(t, serve(t, correct)).Peer("main")
	defer func() {
		if r := recover(); r != "a defect" {
			t.Errorf("got %v, want the panic as it was", r)
		}
	}()
	p.About("the list", func() { panic("a defect") })
}

func TestStartBinaryOpSendsThePlaceholdersAndTheAttachments(t *testing.T) {
	sent := make(chan string, 8)
	p := stage(t, serve(t, func(packet string) []string {
		if !strings.HasPrefix(packet, "40") {
			sent <- packet
		}
		if packet == "two" {
			return []string{`43/custom,1[{"ok":null}]`}
		}
		return correct(packet)
	})).Peer("main")
	p.Connect("/custom")
	p.StartBinaryOp("/custom", Op{"do": "emit", "args": []any{"e", Placeholder(0), Placeholder(1)}}, []byte("one"), []byte("two")).Value()
	got := []string{<-sent, <-sent, <-sent}
	want := []string{`452-/custom,1["op",{"args":["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}],"do":"emit"}]`, "one", "two"}
	if !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}
