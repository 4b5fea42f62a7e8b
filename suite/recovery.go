package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// recoveryScenarios are about clients that lose their connection and take up their sockets again.
var recoveryScenarios = slices.Concat(offsetScenarios, continueScenarios, missedScenarios, returnScenarios, freshScenarios, unrecoveredScenarios)

// needsRecovery returns the contract level on a server that recovers lost connections, with further features.
func needsRecovery(features ...string) run.Needs {
	return run.Needs{Level: peer.Contract, Profile: "recovery", Features: append([]string{"recovery", "log"}, features...)}
}

// fastRecovery returns what needsRecovery does, on a server with a fast heartbeat that does not keep sessions for long, and asks the middlewares again.
func fastRecovery(features ...string) run.Needs {
	n := needsRecovery(features...)
	n.Profile = "recovery-fast"
	return n
}

// A claim is what a client says in its CONNECT to continue a session.
type claim struct {
	PID    string `json:"pid"`
	Offset string `json:"offset"`
}

// A past is what a client knows of a session in a namespace: its ids, and the offset of the last event that it looked at. The tag is that of its connection.
type past struct {
	namespace, tag string
	sid            string
	claim          claim
}

// begin joins a namespace and looks at one event there.
func begin(p *peer.Peer, namespace string, auth ...any) past {
	return beginTagged(p, openTagged(p), namespace, auth...)
}

// beginTagged is begin for a connection that is open and has a tag.
func beginTagged(p *peer.Peer, tag, namespace string, auth ...any) past {
	p.SendConnect(namespace, auth...)
	caps := p.Want("40" + peer.Prefix(namespace) + `{"sid":<sid:text>,"pid":<pid:text>,...}`)
	s := past{namespace: namespace, tag: tag, sid: unquoted(caps["sid"]), claim: claim{PID: unquoted(caps["pid"])}}
	s.look(p)
	return s
}

// unquoted returns the text that a captured JSON string stands for.
func unquoted(captured string) string {
	var s string
	if err := json.Unmarshal([]byte(captured), &s); err != nil {
		panic(fmt.Errorf("suite: a captured text: %w", err))
	}
	return s
}

// look has the server send an event, and takes its offset.
func (s *past) look(p *peer.Peer) {
	p.Send("42" + peer.Prefix(s.namespace) + `["message","look"]`)
	caps := p.Want("42" + peer.Prefix(s.namespace) + `["message-back","look",<offset:text>]`)
	s.claim.Offset = unquoted(caps["offset"])
}

// lost waits until the application has been told that the session has ended. The witness is in /custom.
func (s past) lost(witness *peer.Peer) {
	witness.WantLog("/custom", s.tag, s.namespace, gone(s.namespace, "<string>")...)
}

// lose hangs up, and waits until the application has been told. The witness is in /custom.
func (s past) lose(p, witness *peer.Peer) {
	p.HangUp()
	s.lost(witness)
}

// claimed connects to the namespace of the session, to continue it, with more credentials.
func (s past) claimed(q *peer.Peer, more ...map[string]any) past {
	tag := openTagged(q)
	auth := map[string]any{"pid": s.claim.PID, "offset": s.claim.Offset}
	for _, m := range more {
		maps.Copy(auth, m)
	}
	q.SendConnect(s.namespace, auth)
	s.tag = tag
	return s
}

// admission returns the pattern of the CONNECT by which the session is continued.
func (s past) admission() string {
	return fmt.Sprintf(`40%s{"sid":%s,"pid":%s,...}`, peer.Prefix(s.namespace), peer.JSON(s.sid), peer.JSON(s.claim.PID))
}

// wantContinued waits for the CONNECT that continues the session, and for the events that were missed, in their order, before or behind it. Each pattern is that of the name and the arguments
// of an event, without an offset. Nothing else may come.
func (s past) wantContinued(q *peer.Peer, missed ...string) {
	admitted := false
	for !admitted || len(missed) > 0 {
		var next []string
		if !admitted {
			next = append(next, s.admission())
		}
		if len(missed) > 0 {
			next = append(next, s.event(missed[0]))
		}
		if i := q.WantEither(next...); !admitted && i == 0 {
			admitted = true
			continue
		}
		missed = missed[1:]
	}
	q.WantNothing()
}

// event returns the pattern of an event in the namespace, given its name and arguments, with an offset behind them.
func (s past) event(args string) string {
	return "42" + peer.Prefix(s.namespace) + "[" + args + ",<text>]"
}

// comesBack claims the session as a peer of that name and expects it to be continued with the events that were missed.
func (s past) comesBack(p *peer.Peer, name string, missed ...string) (*peer.Peer, past) {
	q := p.Peer(name)
	again := s.claimed(q)
	again.wantContinued(q, missed...)
	return q, again
}

// witness returns another client, in /custom.
func witness(p *peer.Peer) *peer.Peer {
	w := p.Peer("other")
	w.Connect("/custom")
	return w
}

// ownRoom returns the name of a room that no other execution uses.
func ownRoom(p *peer.Peer) string { return fmt.Sprintf("r%x", p.Unique()) }

// toRoom returns the operation that sends an event to a room of the namespace.
func toRoom(room string, args ...any) peer.Op {
	return peer.Op{"do": "emit", "via": "nsp", "to": []string{room}, "args": args}
}

// offsetScenarios are about what a server that recovers sends to every client: private ids and offsets.
var offsetScenarios = []run.Scenario{
	{
		ID:    "recovery.connect.pid",
		Title: "the answer to a CONNECT holds a private id beside the socket id, another one, and the socket is no recovered one",
		Rules: rules("sio.csr.connect-pid"),
		Needs: needsRecovery(),
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("recovery.pid-missing", `member "pid" is missing`),
			catch("recovery.pid-number", "data.pid: want a value of type text"),
			catch("recovery.pid-is-sid", "the private id is the socket id"),
			catch("recovery.always-recovered", "recovered: want false, got true"),
		},
		Run: func(p *peer.Peer) {
			for _, namespace := range []string{"/", "/custom"} {
				p.SendConnect(namespace)
				caps := p.Want("40" + peer.Prefix(namespace) + `{"sid":<sid:text>,"pid":<pid:text>,...}`)
				if caps["sid"] == caps["pid"] {
					p.Failf("%s: the private id is the socket id, %s, which others may know", p.Name(), caps["pid"])
				}
				p.WantOp(namespace, peer.Op{"do": "info"}, `{"recovered":false,...}`)
			}
		},
	},
	{
		ID:    "recovery.connect.pid-unguessable",
		Title: "private ids have so little in common that who knows some cannot guess another one",
		Rules: rules("sio.csr.pid-unguessable"),
		Needs: needsRecovery(),
		On:    webSocketOnly,
		After: []string{"recovery.connect.pid"},
		Catches: []run.Catch{
			catch("recovery.pid-counted", "differ in 1 place"),
			catch("recovery.pid-of-connection", "differ in 0 places"),
		},
		Run: func(p *peer.Peer) {
			var pids []string
			for i := range 6 {
				q := p.Peer(fmt.Sprintf("client %d", i))
				for _, namespace := range []string{"/", "/custom"} {
					q.SendConnect(namespace)
					caps := q.Want("40" + peer.Prefix(namespace) + `{"sid":<text>,"pid":<pid:text>,...}`)
					pids = append(pids, unquoted(caps["pid"]))
				}
			}
			wantUnlike(p, pids)
		},
	},
	{
		ID:    "recovery.offset.events",
		Title: "every event that is to be kept has an offset behind its arguments, a string that no other event has",
		Rules: rules("sio.csr.offset"),
		Needs: needsRecovery(),
		On:    everyTransport,
		After: []string{"recovery.connect.pid", "rooms.to.members"},
		Catches: []run.Catch{
			catch("recovery.offset-missing", "main: want 42"),
			catch("recovery.offset-number", "main: want 42"),
			catch("recovery.offset-in-front", "main: want 42"),
			catch("recovery.offset-repeated", "has the offset of another event"),
			catch("recovery.offset-only-to-socket", `["nsp",1,<offset:text>]`),
		},
		Run: func(p *peer.Peer) {
			q, room := witness(p), ownRoom(p)
			s := begin(p, "/custom")
			p.Join("/custom", room)
			offsets := []string{s.claim.Offset}
			for _, send := range []struct {
				sender *peer.Peer
				op     peer.Op
			}{
				{p, peer.Op{"do": "emit", "via": "socket", "args": []any{"socket", 1}}},
				{q, peer.Op{"do": "emit", "via": "nsp", "to": []string{room}, "args": []any{"nsp", 1}}},
				{q, peer.Op{"do": "emit", "via": "broadcast", "to": []string{s.sid}, "args": []any{"broadcast", 1}}},
			} {
				send.sender.Op("/custom", send.op)
				caps := p.Want(fmt.Sprintf(`42/custom,["%s",1,<offset:text>]`, send.op["via"]))
				offset := unquoted(caps["offset"])
				if slices.Contains(offsets, offset) {
					p.Failf("%s: the event %q has the offset of another event, %q", p.Name(), send.op["via"], offset)
				}
				offsets = append(offsets, offset)
			}
		},
	},
	{
		ID:    "recovery.offset.binary",
		Title: "the offset of an event with attachments stands in its JSON part, behind the arguments",
		Rules: rules("sio.csr.binary"),
		Needs: needsRecovery(),
		On:    pollingAndWS,
		After: []string{"recovery.offset.events"},
		Catches: []run.Catch{
			catch("recovery.offset-missing-binary", "main: want 451-"),
			catch("recovery.offset-attached", "main: want 451-"),
		},
		Run: func(p *peer.Peer) {
			data := []byte{1, 2}
			s := begin(p, "/custom")
			op := p.StartBinaryOp("/custom", peer.Op{"do": "emit", "via": "nsp", "to": []string{s.sid}, "args": []any{"bin", peer.Placeholder(0)}}, data)
			p.Want(`451-/custom,["bin",{"_placeholder":true,"num":0},<text>]`)
			p.WantBinary(data)
			op.Value()
		},
	},
	{
		ID:    "recovery.offset.parent",
		Title: "an event that is sent to a room in all children of a parent has one offset in each of them",
		Rules: rules("sio.csr.offset-of-parent"),
		Needs: needsRecovery("dynamic.pattern", "parent"),
		On:    pollingAndWS,
		After: []string{"recovery.offset.events", "dynamic.parent.to-room"},
		Catches: []run.Catch{
			catch("recovery.offset-of-all-children", `["all",1,<text>]`),
		},
		Run: func(p *peer.Peer) {
			children, room := []string{ownNamespace(p), ownNamespace(p), ownNamespace(p)}, ownRoom(p)
			for _, name := range children {
				p.Connect(name)
				p.Join(name, room)
			}
			p.Op(children[0], peer.Op{"do": "emit", "via": "parent", "to": []string{room}, "args": []any{"all", 1}})
			var want []string
			for _, name := range children {
				want = append(want, "42"+peer.Prefix(name)+`["all",1,<text>]`)
			}
			p.WantAnyOrder(want...)
		},
	},
	{
		ID:    "recovery.offset.not-kept",
		Title: "volatile events, events to be acknowledged, and acknowledgements have no offset: they are not kept",
		Rules: rules("sio.csr.offset-not-on-ack"),
		Needs: needsRecovery("volatile", "ack.timeout"),
		On:    webSocketOnly, // what is volatile may be dropped while no GET is open
		After: []string{"recovery.offset.events", "rooms.flags.volatile", "ack.server.args"},
		Catches: []run.Catch{
			catch("recovery.offset-on-volatile", `want 42/custom,["volatile",1]`),
			catch("recovery.offset-on-question", `["question",1]`),
			catch("recovery.offset-on-ack", `["r"]`),
		},
		Run: func(p *peer.Peer) {
			begin(p, "/custom")
			p.Op("/custom", peer.Op{"do": "emit", "via": "socket", "flags": []string{"volatile"}, "args": []any{"volatile", 1}})
			p.Want(`42/custom,["volatile",1]`)
			asked := p.StartOp("/custom", peer.Op{"do": "emit", "via": "socket", "args": []any{"question", 1}, "ack": p.Patience().Milliseconds()})
			caps := p.Want(`42/custom,<id:integer>["question",1]`)
			p.Send("43/custom," + caps["id"] + `["answer"]`)
			p.WantJSON("the answer that the application got", `["answer"]`, asked.Value())
			p.Send(`42/custom,901["message-with-ack","r"]`)
			p.Want(`43/custom,901["r"]`)
		},
	},
	{
		ID:    "recovery.offset.revision-4",
		Title: "clients of revision 4, which cannot continue a session, get their events without an offset",
		Rules: rules("sio.csr.eio3"),
		Needs: needsRecovery(),
		On:    only([]wire.Revision{wire.Revision4}, pollingAndWS),
		After: []string{"namespace.connect.main"},
		Catches: []run.Catch{
			catch("recovery.offset-for-all", `["auth",{},"`),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42["message","m"]`)
			p.Want(`42["message-back","m"]`)
		},
	},
}

// wantUnlike fails when two of the ids are nearly the same.
func wantUnlike(p *peer.Peer, ids []string) {
	const places = 8 // as many as a random number has that cannot be tried out
	for i, a := range ids {
		for _, b := range ids[:i] {
			n := max(len(a), len(b)) - min(len(a), len(b))
			for k := range min(len(a), len(b)) {
				if a[k] != b[k] {
					n++
				}
			}
			if n < places {
				plural := "s"
				if n == 1 {
					plural = ""
				}
				p.Failf("the private ids %q and %q differ in %d place%s, want at least %d", b, a, n, plural, places)
			}
		}
	}
}
