package peer

import (
	"slices"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/harness/wire"
)

func TestVerbs(t *testing.T) {
	answering := func(packet, answer string) script {
		return func(p string) []string {
			if p == packet {
				return strings.Split(answer, "|")
			}
			return correct(p)
		}
	}
	deafAfter := func(packet string) script {
		deaf := false
		return func(p string) []string {
			if p == packet {
				deaf = true
			}
			if deaf {
				return nil
			}
			return correct(p)
		}
	}
	// Instead of answering the fence in the main namespace the server ends that namespace.
	ending := func(elsewhere script) script {
		return func(p string) []string {
			if strings.HasPrefix(p, "42") && strings.HasSuffix(p, `["message-with-ack","fence"]`) {
				return []string{"41"}
			}
			return elsewhere(p)
		}
	}
	rows := []struct {
		name   string
		server script
		run    func(p *Peer)
		want   string // part of the reason; "" for a pass
	}{
		{"a conforming exchange", correct, func(p *Peer) {
			p.Connect("/")
			p.Send(`42["message",1]`)
			p.Want(`42["message-back",1]`)
			p.WantNothing()
		}, ""},
		{"the wrong packet", answering("x", `42["b"]`), func(p *Peer) { p.Connect("/"); p.Send("x"); p.Want(`42["a"]`) }, `want 42["a"], after x; got 42["b"]: data[0]: want "a", got "b"`},
		{"no packet", correct, func(p *Peer) { p.Connect("/"); p.Send("x"); p.Want(`42["a"]`) }, `after x; got nothing`},
		{"a close instead of a packet", answering("x", "close"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.Want(`42["a"]`) }, "the session was closed: WebSocket"},
		{"something where nothing is wanted", answering("x", `42["a"]`), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantNothing() }, `want nothing, after x; got 42["a"]`},
		{"nothing is shown by a fence in no namespace too", correct, func(p *Peer) { p.Send("x"); p.WantNothing() }, ""},
		{"a namespace that ends while a fence is up is something", ending(correct), func(p *Peer) { p.Connect("/"); p.WantNothing() }, "want nothing, after 40; got 41 ("},
		{"a session whose namespace ends while a fence is up is open", ending(correct), func(p *Peer) { p.Connect("/"); p.WantOpen(); p.Want("41") }, ""},
		{"an answer behind the end of its namespace is nothing of note", ending(func(p string) []string {
			if p == "40/sio-conform-fence-1," {
				return append([]string{`431["fence"]`}, correct(p)...)
			}
			return correct(p)
		}), func(p *Peer) { p.Connect("/"); p.WantOpen(); p.Want("41") }, ""},
		{"deaf once a namespace has ended", ending(func(p string) []string {
			if p == "40" {
				return correct(p)
			}
			return nil
		}), func(p *Peer) { p.Connect("/"); p.WantOpen() }, "main: the fence 40/sio-conform-fence-1, was not answered within 450ms"},
		{"a stray packet at the end", answering("x", `42["a"]`), func(p *Peer) { p.Connect("/"); p.Send("x") }, `want nothing more on main, after x; got 42["a"]`},
		{"deaf at the end", deafAfter("x"), func(p *Peer) { p.Connect("/"); p.Send("x") }, "main is open but deaf"},
		{"closed at the end, unasked", answering("x", "close"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.awaitClosing(p.Patience()) }, "main: the session was closed: WebSocket"},
		{"a wanted close", answering("x", "close"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantClosed() }, ""},
		{"a close that does not come", correct, func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantClosed() }, "want the session closed within 450ms, after x; it is still open"},
		{"closed or ignored: closed", answering("x", "close"), func(p *Peer) {
			p.Connect("/")
			p.Send("x")
			p.Expect(p.WantClosedOrIgnored()).To(is(Closed))
		}, ""},
		{"closed or ignored: ignored", correct, func(p *Peer) {
			p.Connect("/")
			p.Send("x")
			p.Expect(p.WantClosedOrIgnored()).To(is(Ignored))
		}, ""},
		{"closed or ignored: acted upon", answering("x", `42["a"]`), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantClosedOrIgnored() }, "want the session closed or the packet ignored"},
		{"closed or ignored: deaf", deafAfter("x"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantClosedOrIgnored() }, "open but deaf"},
		{"any order", answering("x", `42["b"]|42["a"]`), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantAnyOrder(`42["a"]`, `42["b"]`) }, ""},
		{"any order, one of them twice", answering("x", `42["b"]|42["b"]`), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantAnyOrder(`42["a"]`, `42["b"]`) }, `got 42["b"]`},
		{"an attachment", answering("x", "bin:\x01\x02"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantBinary([]byte{1, 2}) }, ""},
		{"another attachment", answering("x", "bin:\x01\x03"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantBinary([]byte{1, 2}) }, "the bytes of the attachment differ"},
		{"the credentials that the application saw", correct, func(p *Peer) { p.Connect("/"); p.WantAuth("/", "{}") }, ""},
		{"other credentials", correct, func(p *Peer) { p.Connect("/"); p.WantAuth("/", `{"a":1}`) }, `member "a" is missing`},
		{"the event auth with an offset that the CONNECT does not announce", answering("40", `40{"sid":"s"}|42["auth",{},"offset"]`), func(p *Peer) { p.Connect("/"); p.WantNothing() }, `got 42["auth",{},"offset"]`},
		{"the event auth with an offset that the CONNECT announces", answering("40", `40{"sid":"s","pid":"p"}|42["auth",{},"offset"]`), func(p *Peer) { p.Connect("/"); p.WantAuth("/", "{}") }, ""},
		{"the event auth twice", answering("x", `42["auth",{}]`), func(p *Peer) { p.Connect("/"); p.Send("x") }, `got 42["auth",{}]`},
		{"the event auth before the CONNECT", answering("40", `42["auth",{}]|40{"sid":"s"}`), func(p *Peer) { p.Connect("/"); p.WantAuth("/", "{}") }, ""},
		{"the event auth before a CONNECT that has its place", answering("40", `42["auth",{}]|40{"sid":"s"}`), func(p *Peer) { p.Send("40"); p.Want(p.Connected("/")) }, `got 42["auth",{}]`},
		{"another event before the CONNECT", answering("40", `42["a",{}]|40{"sid":"s"}`), func(p *Peer) { p.Connect("/") }, `got 42["a",{}]`},
		{"an operation that the app does not support", answering("x", `431[{"error":"unsupported"}]`), func(p *Peer) { p.Connect("/"); p.Send("x"); p.Want(`431["late"]`) }, "does not support an operation"},
		{"a NOOP on the WebSocket", answering("x", "6"), func(p *Peer) {
			p.Connect("/")
			p.Send("x")
			p.WantNothing()
			if n := p.Noops(); n != 1 {
				p.Failf("%d noops", n)
			}
		}, ""},
		{"a NOOP with content on the WebSocket", answering("x", "6x"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantNothing() }, "got 6x"},
		{"a close packet", answering("x", "1"), func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantClosed() }, ""},
		{"acknowledged in a namespace", correct, func(p *Peer) { p.Connect("/custom"); p.WantConnected("/custom") }, ""},
		{"acknowledged with another id", answering(`421["message-with-ack",1]`, `432[1]`), func(p *Peer) { p.Connect("/"); p.WantConnected("/") }, `want 431[1] within 450ms`},
		{"an operation that is not supported, whose reply nobody reads", answering(`421["op",{"do":"leave"}]`, `431[{"error":"unsupported"}]`), func(p *Peer) {
			p.Connect("/")
			p.StartOp("/", Op{"do": "leave"})
			p.WantClosed()
		}, "the target does not support"},
		{"an operation of a batch that is not supported", answering("x", `431[{"ok":[{"ok":null},{"error":"unsupported"}]}]`), func(p *Peer) {
			p.Connect("/")
			p.Send("x")
			p.Want(`431[{"ok":[{"ok":null},{"ok":null}]}]`)
		}, "the target does not support"},
		{"a Gomega assertion", correct, func(p *Peer) { p.Expect(Closed).To(is(Ignored)) }, "closed is not ignored"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := failure(stage(t, serve(t, r.server)), r.run)
			if r.want == "" && got != "" || !strings.Contains(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

// is is a Gomega matcher for outcomes.
type is Outcome

func (m is) Match(actual any) (bool, error) { return actual == Outcome(m), nil }
func (m is) FailureMessage(actual any) string {
	return string(actual.(Outcome)) + " is not " + string(m)
}
func (m is) NegatedFailureMessage(actual any) string {
	return string(actual.(Outcome)) + " is " + string(m)
}

func TestPingsAreAnsweredUnlessMuted(t *testing.T) {
	heard := make(chan string, 10)
	listening := func(p string) []string {
		heard <- p
		return correct(p)
	}
	if got := failure(stage(t, serve(t, listening, "2")), func(p *Peer) { p.Connect("/") }); got != "" {
		t.Fatal(got)
	}
	var first []string
	for range 2 {
		first = append(first, <-heard)
	}
	if !slices.Contains(first, "3") {
		t.Errorf("the server heard %v, want a pong", first)
	}
}

func TestEventsAreTheTargetsOwnAffairAtLevelWire(t *testing.T) {
	chatty := func(p string) []string {
		if p == "40" {
			return []string{`40{"sid":"s"}`, `42["news",1]`, `451-["picture",{"_placeholder":true,"num":0}]`, "bin:abc", `42["news",2]`}
		}
		return correct(p)
	}
	s := stage(t, serve(t, chatty), func(c *Config) { c.Level = Wire })
	if got := failure(s, func(p *Peer) { p.Connect("/"); p.WantNothing() }); got != "" {
		t.Error(got)
	}
}

func TestASetUpFailureBlamesItsOwnRule(t *testing.T) {
	s := stage(t, serve(t, func(string) []string { return nil }))
	got := failed(s, func(p *Peer) { p.Connect("/") })
	if !slices.Equal(got.Rules, []string{RuleConnect}) {
		t.Errorf("got %q, %v", got.Reason, got.Rules)
	}
}

func TestAMissingServerIsAFailureOfTheHandshake(t *testing.T) {
	s := stage(t, "http://127.0.0.1:1")
	got := failed(s, func(p *Peer) { p.Open() })
	if !strings.Contains(got.Reason, "no WebSocket connection") || len(got.Rules) != 1 {
		t.Errorf("got %q, %v", got.Reason, got.Rules)
	}
}

func TestATapChangesWhatPassesBothWaysAndIsCounted(t *testing.T) {
	tap := &Tap{Frames: func(f Frame) []Frame {
		switch {
		case f.Direction == wire.Out && string(f.Data) == `42["message",1]`:
			f.Data = []byte(`42["message",2]`)
			return []Frame{f}
		case f.Direction == wire.In && string(f.Data) == `42["message-back",2]`:
			back := f
			back.Data = []byte(`42["message-back",3]`)
			return []Frame{f, back}
		}
		return []Frame{f}
	}}
	s := stage(t, serve(t, correct), func(c *Config) { c.Tap = tap })
	got := failure(s, func(p *Peer) {
		p.Connect("/")
		p.Send(`42["message",1]`)
		p.Want(`42["message-back",2]`, `42["message-back",3]`)
	})
	if got != "" || s.Faulted() != 2 {
		t.Errorf("got %q, %d changes", got, s.Faulted())
	}
}

func TestATapMovesAPacketToAnotherSession(t *testing.T) {
	tap := &Tap{Frames: func(f Frame) []Frame {
		if f.Direction == wire.In && strings.HasPrefix(string(f.Data), `42["message-back"`) {
			f.Session = "other"
		}
		return []Frame{f}
	}}
	s := stage(t, serve(t, correct), func(c *Config) { c.Tap = tap })
	got := failure(s, func(p *Peer) {
		p.Connect("/")
		p.Peer("other").Connect("/")
		p.Send(`42["message",1]`)
		p.WantNothing()
	})
	if !strings.Contains(got, "nothing more on other") {
		t.Errorf("got %q", got)
	}
}

func TestATapHidesTheEndOfAConnection(t *testing.T) {
	tap := &Tap{Frames: func(f Frame) []Frame {
		if f.Closing != nil {
			return nil
		}
		return []Frame{f}
	}}
	closing := func(p string) []string {
		if p == "x" {
			return []string{"close"}
		}
		return correct(p)
	}
	s := stage(t, serve(t, closing), func(c *Config) { c.Tap = tap })
	got := failure(s, func(p *Peer) { p.Connect("/"); p.Send("x"); p.WantClosed() })
	if !strings.Contains(got, "it is still open") {
		t.Errorf("got %q", got)
	}
}

func TestUnsupportedOperationsEndTheScenario(t *testing.T) {
	server := func(p string) []string {
		if strings.Contains(p, `["op",`) {
			return []string{`431[{"error":"unsupported"}]`}
		}
		return correct(p)
	}
	s := stage(t, serve(t, server), func(c *Config) { c.Level = Contract })
	got := failure(s, func(p *Peer) { p.Connect("/"); p.Join("/", "r") })
	if !strings.Contains(got, "does not support the operation") {
		t.Errorf("got %q", got)
	}
}

func TestTheTranscriptHoldsEverything(t *testing.T) {
	s := stage(t, serve(t, correct))
	failure(s, func(p *Peer) { p.Connect("/"); p.Send(`42["message","x"]`); p.Want(`42["message-back","y"]`) })
	var texts []string
	for _, e := range s.Transcript().Entries() {
		texts = append(texts, string(e.Direction)+" "+string(e.Kind)+" "+string(e.Data))
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"out packet 40", `in packet 40{"sid":"socket"}`, `out packet 42["message","x"]`, `in packet 42["message-back","x"]`, "note expect", "note failure"} {
		if !strings.Contains(all, want) {
			t.Errorf("the transcript lacks %q:\n%s", want, all)
		}
	}
}
