package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

func TestPacketsThatRevision4Ignores(t *testing.T) {
	for _, packet := range []string{`42/a,1["message"]`, "41/a,", "43/a,1[]", `42/nope,["message"]`, `42/?x=1,["message"]`, `41/?x=1,`} {
		t.Run(packet, func(t *testing.T) {
			inBubble4(t, func(t *testing.T, r rig) {
				c := r.greeted()
				c.Send(packet)
				alive(c, "/")
			})
		})
	}
	t.Run("binary", func(t *testing.T) {
		inBubble4(t, func(t *testing.T, r rig) {
			c := r.greeted()
			c.Send(`451-/a,["message",{"_placeholder":true,"num":0}]`)
			c.SendBinary(4, 1)
			alive(c, "/")
		})
	})
}

func TestPacketsThatCloseInRevision4(t *testing.T) {
	for _, packet := range []string{"47", "4abc", "42{}", "42", `44"x"`, `42["disconnect"]`, "431", "4"} {
		t.Run(packet, func(t *testing.T) {
			inBubble4(t, func(t *testing.T, r rig) {
				c := r.greeted("/a")
				c.Send(packet)
				c.WantClosed()
				wantNotesInAnyOrder(t, r,
					"/ disconnecting forced close []", "/ disconnect forced close []",
					"/a disconnecting forced close []", "/a disconnect forced close []")
			})
		})
	}
}

func TestBothRevisionsShareNamespaces(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		old := r.greeted("/a")
		r.Speak("4")
		current := r.joined("/a")
		for _, c := range []*servertest.Conn{old, current} {
			c.Send(`42/a,1["join","r"]`)
			c.Next()
		}
		if err := r.server.Of("/a").To("r").Emit("hi", []byte{1}); err != nil {
			t.Fatal(err)
		}
		const event = `451-/a,["hi",{"_placeholder":true,"num":0}]`
		old.Want(event, "bin 0401")
		current.Want(event, "bin 01")

		answers := make(chan int, 1)
		go func() {
			all, _ := r.server.Of("/a").Timeout(time.Second).EmitWithAck(context.Background(), "q")
			answers <- len(all)
		}()
		for _, c := range []*servertest.Conn{old, current} {
			c.Want(`42/a,0["q"]`)
			c.Send(`43/a,0["r"]`)
		}
		if got := <-answers; got != 2 {
			t.Errorf("%d answers", got)
		}
	})
}

func TestBinaryOverPollingInRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		p := r.Polling("")
		p.Post(payload3(`451-["message","€",{"_placeholder":true,"num":0}]`, "b4AQID"))
		header := `451-["message-back","€",{"_placeholder":true,"num":0}]`
		want := "\x00\x05\x06\xff" + header + "\x01\x04\xff\x04\x01\x02\x03"
		if got := p.Get().Body; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// payload3 returns the payload of revision 3 that holds packets without
// characters that count two.
func payload3(packets ...string) string {
	var all strings.Builder
	for _, p := range packets {
		fmt.Fprintf(&all, "%d:%s", len([]rune(p)), p)
	}
	return all.String()
}
