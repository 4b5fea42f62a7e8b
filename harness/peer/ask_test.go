package peer

import (
	"strings"
	"testing"
)

// replying is the fake server that replies to operations with these packets.
func replying(packets ...string) script {
	return func(p string) []string {
		if strings.HasPrefix(p, `421["op",`) {
			return packets
		}
		return correct(p)
	}
}

func TestPendingVerbs(t *testing.T) {
	start := func(p *Peer) *Pending {
		p.Connect("/")
		return p.StartOp("/", Op{"do": "emit"})
	}
	rows := []struct {
		name   string
		server script
		run    func(p *Peer)
		want   string // part of the reason; "" for a pass
	}{
		{"the value that is wanted", replying(`431[{"ok":["a",1]}]`), func(p *Peer) { start(p).Want(`["a",<integer>]`) }, ""},
		{"another value", replying(`431[{"ok":["b"]}]`), func(p *Peer) { start(p).Want(`["a"]`) }, `want the value of {"do":"emit"} ["a"], got ["b"]`},
		{"a failure in place of a value", replying(`431[{"error":"failed","message":"timeout"}]`), func(p *Peer) { start(p).Want(`["a"]`) }, "failed: timeout"},
		{"no reply", replying(), func(p *Peer) { start(p).Want(`["a"]`) }, "got nothing"},
		{"a time-out", replying(`431[{"error":"failed","message":"timeout"}]`), func(p *Peer) { start(p).WantTimeout() }, ""},
		{"a value in place of a time-out", replying(`431[{"ok":[]}]`), func(p *Peer) { start(p).WantTimeout() }, "want a time-out"},
		{"another failure than a time-out", replying(`431[{"error":"failed","message":"broken"}]`), func(p *Peer) { start(p).WantTimeout() }, "want a time-out"},
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

func TestATimeoutBringsTheAnswersThatCame(t *testing.T) {
	s := stage(t, serve(t, replying(`431[{"error":"failed","message":"timeout","answers":["a"]}]`)))
	var got string
	if reason := failure(s, func(p *Peer) {
		p.Connect("/")
		got = string(p.StartOp("/", Op{"do": "emit"}).WantTimeout())
	}); reason != "" || got != `["a"]` {
		t.Errorf("got %s, %q", got, reason)
	}
}

func TestBinaryVerbs(t *testing.T) {
	const header = `451-["b",{"_placeholder":true,"num":0}]`
	sending := func(packets ...string) script {
		return func(p string) []string {
			if p == "x" {
				return packets
			}
			return correct(p)
		}
	}
	rows := []struct {
		name   string
		server script
		run    func(p *Peer)
		want   string // part of the reason; "" for a pass
	}{
		{"a message with its attachment", sending(header, "bin:\x01"), func(p *Peer) { p.Send("x"); p.WantMessage(header, []byte{1}) }, ""},
		{"text between a header and its attachment", sending(header, `42["a"]`, "bin:\x01"), func(p *Peer) { p.Send("x"); p.WantMessage(header, []byte{1}) }, "want an attachment, got EVENT"},
		{"a header without its attachment", sending(header), func(p *Peer) { p.Send("x"); p.WantMessage(header, []byte{1}) }, "got nothing"},
		{"a packet as it came", sending(`42/,["a"]`), func(p *Peer) {
			p.Send("x")
			if raw := string(p.WantPacket(`42["a"]`).Raw); raw != `42/,["a"]` {
				p.Failf("got %s", raw)
			}
		}, ""},
		{"another packet than wanted", sending(`42["b"]`), func(p *Peer) { p.Send("x"); p.WantPacket(`42["a"]`) }, `data[0]: want "a", got "b"`},
		{"what was not asked for", sending(`42["a"]`), func(p *Peer) {
			p.Send("x")
			p.WantOpen()
			if n := len(p.Unread()); n != 1 {
				p.Failf("got %d packets", n)
			}
			p.Want(`42["a"]`)
		}, ""},
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
