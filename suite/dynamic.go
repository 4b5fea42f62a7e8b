package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// dynamicScenarios are about namespaces that come into being when a client asks for them.
var dynamicScenarios = slices.Concat(childScenarios, parentMiddlewareScenarios, parentScenarios, functionScenarios)

// childScenarios are about the names that a pattern takes, and about the namespaces that they become.
var childScenarios = []run.Scenario{
	{
		ID:    "dynamic.pattern.match",
		Title: "a CONNECT for a name that matches a pattern creates the namespace and is answered there, once",
		Rules: rules("sio.dyn.regex.match"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("dynamic.refused", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.refused-afterwards", "want nothing"),
			catch("dynamic.unanswered", "got nothing"),
			catch("dynamic.answered-in-main", "want namespace /dynamic-"),
			catch("dynamic.answered-twice", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			name := dynamicName(p)
			p.SendConnect(name)
			p.WantConnect(name)
			p.WantNothing()
			p.Send("42" + name + `,["message",1]`)
			p.Want("42" + name + `,["message-back",1]`)
			p.WantConnected(name)
		},
	},
	{
		ID:    "dynamic.pattern.no-match",
		Title: "a CONNECT for a name that matches no pattern is refused, and leaves the rest of the connection alone",
		Rules: rules("sio.dyn.regex.no-match", "sio.dyn.static-vs-dynamic-unknown"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("dynamic.pattern-wide", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.refusal-unanswered", "got nothing"),
			catch("dynamic.refusal-closes", "the session was closed"),
			catch("dynamic.refusal-renamed", `"Invalid namespace"`),
			catch("app.dynamic.pattern-too-wide", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for _, name := range []string{"/dynamic-", "/dynamic-abc", "/dynamic-1x", "/x/dynamic-1", "/dynamic-1/2", "/Dynamic-1", "/dynamic--1", "/dynamic1"} {
				p.SendConnect(name)
				p.WantRefused(name, `"Invalid namespace"`)
			}
			p.WantConnected("/")
		},
	},
	{
		ID:    "dynamic.child.name",
		Title: "the application sees the name that was asked for as the name of the socket's namespace",
		Rules: rules("sio.dyn.child.name"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("dynamic.named-as-parent", `the value of {"do":"info"}`),
			catch("app.dynamic.name-wrong", `the value of {"do":"info"}`),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{dynamicName(p), dynamicName(p)} {
				sid := p.Connect(name)
				p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"id":%q,"nsp":%q,...}`, sid, name))
			}
		},
	},
	{
		ID:    "dynamic.child.auth",
		Title: "the application sees in each child namespace the credentials of the CONNECT for that child",
		Rules: rules("sio.dyn.child.auth"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.pattern.match", "namespace.connect.auth"},
		Catches: []run.Catch{
			catch("dynamic.auth-lost", "the credentials that the application sees"),
			catch("dynamic.auth-of-creator", "the credentials that the application sees"),
		},
		Run: func(p *peer.Peer) {
			one, two := dynamicName(p), dynamicName(p)
			p.Connect(one, map[string]any{"token": 1})
			p.WantAuth(one, `{"token":1}`)
			p.Connect(two, map[string]any{"token": 2})
			p.WantAuth(two, `{"token":2}`)
			b := p.Peer("b")
			b.Connect(one, map[string]any{"token": 3})
			b.WantAuth(one, `{"token":3}`)
			d := p.Peer("d")
			d.Connect(one)
			d.WantAuth(one, `{}`)
		},
	},
	{
		ID:    "dynamic.child.isolated",
		Title: "two children of one parent are two namespaces: what is sent to one does not reach the other",
		Rules: rules("sio.dyn.child.isolation"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("dynamic.emits-through-parent", "d: want nothing"),
			catch("dynamic.child-for-all", "d: want nothing"),
			catch("emit.sender-excluded", "main: want 42"),
			catch("app.dynamic.children-are-one", "d: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two := dynamicName(p), dynamicName(p)
			a := c.enter(p, one)
			b := c.enter(p.Peer("b"), one)
			d := c.enter(p.Peer("d"), two)
			c.emit(a, through("nsp"), a, b)
			c.emit(a, through("broadcast"), b)
			c.emit(d, through("nsp"), d)
			c.emit(d, through("broadcast"))
		},
	},
	{
		ID:    "dynamic.child.rooms",
		Title: "rooms of the same name in two children of one parent have nothing to do with each other",
		Rules: rules("sio.dyn.child.isolation"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.child.isolated"},
		Catches: []run.Catch{
			catch("dynamic.emits-through-parent", "want nothing"),
			catch("room.join-everywhere", "want nothing"),
			catch("app.dynamic.children-share-rooms", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two, r := dynamicName(p), dynamicName(p), c.room("r")
			both := c.enter(p, two)
			a := c.enter(p, one, r)
			b := c.enter(p.Peer("b"), two, r)
			c.emit(b, through("nsp").to(r), b)
			c.emit(a, through("nsp").to(r), a)
			c.wantMembers(a, r, a)
			c.wantMembers(both, r, b)
		},
	},
	{
		ID:    "dynamic.child.shared",
		Title: "clients that ask for the same dynamic name are in one namespace",
		Rules: rules("sio.dyn.child.shared"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("dynamic.child-per-client", "b: want 42"),
			catch("dynamic.second-refused", "want CONNECT, got CONNECT_ERROR"),
			catch("emit.twice", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name, r := dynamicName(p), c.room("r")
			a := c.enter(p, name, r)
			b := c.enter(p.Peer("b"), name, r)
			d := c.enter(p.Peer("d"), name)
			c.emit(a, through("nsp"), a, b, d)
			c.emit(d, through("nsp").to(r), a, b)
			c.wantMembers(d, r, a, b)
		},
	},
	{
		ID:    "dynamic.child.several",
		Title: "one connection can be in several children of one parent, and leave one of them",
		Rules: rules("sio.dyn.child.multiplex"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("dynamic.one-child-a-connection", "want CONNECT, got CONNECT_ERROR"),
			catch5("dynamic.leaves-siblings", "the session was closed"),
			catch("dynamic.events-in-first-child", "want namespace /dynamic-"),
		},
		Run: func(p *peer.Peer) {
			names := []string{dynamicName(p), dynamicName(p), dynamicName(p)}
			for _, name := range names {
				p.Connect(name)
			}
			for _, name := range names {
				p.Send("42" + name + `,["message",1]`)
				p.Want("42" + name + `,["message-back",1]`)
			}
			p.Leave(names[0])
			p.WantConnected(names[1])
			p.WantConnected(names[2])
		},
	},
	{
		ID:    "dynamic.child.spelling",
		Title: "two names that are written differently are two namespaces, though their digits mean the same number",
		Rules: rules("sio.dyn.child.isolation"),
		Needs: needs("dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"dynamic.child.isolated"},
		Catches: []run.Catch{
			catch("dynamic.names-as-numbers", "want namespace /dynamic-0"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name := dynamicName(p)
			padded := strings.Replace(name, "-", "-00", 1)
			b := c.enter(p.Peer("b"), padded)
			a := c.enter(p, name)
			c.emit(a, through("nsp"), a)
			c.emit(b, through("nsp"), b)
			b.WantOp(padded, peer.Op{"do": "info"}, fmt.Sprintf(`{"nsp":%q,...}`, padded))
		},
	},
	{
		ID:    "dynamic.child.rejoined",
		Title: "a child whose last member has left can be joined again, and its rooms are empty then",
		Rules: rules("sio.dyn.rejoin"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.child.shared"},
		Catches: []run.Catch{
			catch("dynamic.left-is-gone", "want CONNECT, got CONNECT_ERROR"),
			catch("room.remembered", `the value of {"do":"rooms"}`),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name, r := dynamicName(p), c.room("r")
			main := c.enter(p, "/")
			c.enter(p.Peer("b"), name, r)
			p.Peer("b").Leave(name)
			p.Peer("b").WantNothing()
			observeNamespace(p, "dynamic.child.empty", name)
			b := c.enter(p.Peer("b"), name)
			b.wantRooms()
			c.awaitMembers(b, r)
			c.emit(main, through("nsp").of(name), b)
		},
	},
	{
		ID:    "dynamic.child.sent-to-from-elsewhere",
		Title: "a handler of another namespace can send to a child by its name",
		Rules: rules("sio.dyn.child.cross-emit"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.child.shared"},
		Catches: []run.Catch{
			catch("emit.of-ignored", "want namespace /dynamic-"),
			catch("dynamic.emits-through-parent", "main: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two, r := dynamicName(p), dynamicName(p), c.room("r")
			a := c.enter(p, "/orders", r)
			child := c.enter(p, one, r)
			b := c.enter(p.Peer("b"), one, r)
			d := c.enter(p.Peer("d"), two, r)
			c.emit(a, through("nsp").of(one).to(r), child, b)
			c.emit(child, through("nsp").of(two), d)
		},
	},
}

// dynamicName returns a name for the parent with the pattern that nobody has asked for yet.
func dynamicName(p *peer.Peer) string { return fmt.Sprintf("/dynamic-%d", p.Unique()) }

// tenantName returns a name for the parent with the function that nobody has asked for yet.
func tenantName(p *peer.Peer) string { return freshName(p, "/tenant") }

// observeNamespace records whether the target still has a namespace, where it can tell.
func observeNamespace(p *peer.Peer, what, name string) {
	defer func() {
		r := recover()
		if _, ok := r.(*peer.Unsupported); r != nil && !ok {
			panic(r)
		}
	}()
	kept := strings.Contains(string(p.Op("/", peer.Op{"do": "namespaces"})), peer.JSON(name))
	p.Observe(what, "%s", map[bool]string{true: "kept", false: "removed"}[kept])
}
