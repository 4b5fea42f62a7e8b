package suite

import (
	"fmt"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// parentScenarios are about what is sent through a parent.
var parentScenarios = []run.Scenario{
	{
		ID:     "dynamic.parent.all-children",
		Title:  "an event sent through the parent reaches everybody in all its children, and nobody else",
		Rules:  rules("sio.dyn.parent.emit"),
		Needs:  needs("dynamic.pattern", "parent"),
		On:     everyTransport,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.child.isolated"},
		Catches: []run.Catch{
			catch("dynamic.parent-is-child", "main: want 42"),
			catch5("dynamic.parent-everywhere", "e: want nothing"),
			catch("emit.one-recipient", "b: want 42"),
			catch("dynamic.parent-unheard", "main: want 42"),
			catch("emit.twice", "main: want 42"),
			catch("app.dynamic.parent-first-child", "want 42"),
			catch("app.dynamic.parent-everywhere", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two := dynamicName(p), dynamicName(p)
			a := c.enter(p, one)
			second := c.enter(p, two)
			b := c.enter(p.Peer("b"), one)
			d := c.enter(p.Peer("d"), two)
			c.enter(p.Peer("e"), "/")
			c.enter(p.Peer("e"), "/orders")
			c.emit(a, through("parent"), a, second, b, d)
			c.emit(d, through("parent"), a, second, b, d)
		},
	},
	{
		ID:     "dynamic.parent.to-room",
		Title:  "an event sent to a room through the parent reaches the members of that room in every child, and only them",
		Rules:  rules("sio.dyn.parent.to-room"),
		Needs:  needs("dynamic.pattern", "parent"),
		On:     everyTransport,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.child.rooms"},
		Catches: []run.Catch{
			catch("dynamic.parent-is-child", "b: want 42"),
			catch("dynamic.parent-drops-rooms", "d: want nothing"),
			catch("dynamic.parent-everywhere", "e: want nothing"),
			catch("dynamic.parent-later-children-all", "d: want nothing"),
			catch("app.dynamic.parent-own-child", "b: want 42"),
			catch("app.dynamic.parent-rooms-ignored", "d: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two, r := dynamicName(p), dynamicName(p), c.room("r")
			a := c.enter(p, one, r)
			b := c.enter(p.Peer("b"), two, r)
			c.enter(p.Peer("d"), two)
			c.enter(p.Peer("e"), "/orders", r)
			c.emit(a, through("parent").to(r), a, b)
			c.emit(b, through("parent").in(r), a, b)
			c.emit(b, through("parent").to(a.sid), a)
			c.emit(b, through("parent").to(c.room("nobody")))
		},
	},
	{
		ID:     "dynamic.parent.except",
		Title:  "the parent's except takes out the members of a room in every child",
		Rules:  rules("sio.dyn.parent.to-room"),
		Needs:  needs("dynamic.pattern", "parent", "except"),
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.to-room"},
		Catches: []run.Catch{
			catch("emit.except-ignored", "want nothing"),
			catch("dynamic.parent-drops-rooms", "want nothing"),
			catch("emit.except-ids-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two := dynamicName(p), dynamicName(p)
			r, s, x := c.room("r"), c.room("s"), c.room("x")
			a := c.enter(p, one, r)
			b := c.enter(p.Peer("b"), two, s)
			c.enter(p.Peer("d"), one, r, x)
			c.enter(p.Peer("e"), two, s, x)
			c.enter(p.Peer("f"), two)
			c.emit(a, through("parent").to(r, s).except(x), a, b)
			c.emit(a, through("parent").to(r, s).except(x, b.sid), a)
			c.emit(a, through("parent").to(r, s).except(x).with("compress"), a, b)
		},
	},
	{
		ID:     "dynamic.parent.both-on-one-connection",
		Title:  "a client in the room of two children gets an event sent through the parent in each of the two namespaces",
		Rules:  rules("sio.dyn.parent.to-room"),
		Needs:  needs("dynamic.pattern", "parent"),
		On:     everyTransport,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.to-room", "dynamic.child.several"},
		Catches: []run.Catch{
			catch("dynamic.parent-once-a-connection", "main: want 42"),
			catch("dynamic.parent-is-child", "main: want 42"),
			catch("dynamic.events-in-first-child", "main: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two, r := dynamicName(p), dynamicName(p), c.room("r")
			a := c.enter(p, one, r)
			second := c.enter(p, two, r)
			b := c.enter(p.Peer("b"), two, r)
			c.emit(b, through("parent").to(r), a, second, b)
		},
	},
	{
		ID:     "dynamic.parent.later-and-left",
		Title:  "what is sent through the parent reaches children created since, and not who has left a child",
		Rules:  rules("sio.dyn.parent.to-room"),
		Needs:  needs("dynamic.pattern", "parent"),
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.to-room"},
		Catches: []run.Catch{
			catch("dynamic.parent-remembers-children", "d: want 42"),
			catch("room.disconnect-ignored", "b: want nothing"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, dynamicName(p), r)
			c.enter(p.Peer("b"), "/")
			b := c.enter(p.Peer("b"), dynamicName(p), r)
			c.emit(a, through("parent").to(r), a, b)
			b.Leave(b.nsp)
			c.settle("after leaving a child")
			d := c.enter(p.Peer("d"), dynamicName(p), r)
			c.emit(a, through("parent").to(r), a, d)
		},
	},
	{
		ID:     "dynamic.parent.other-parent",
		Title:  "what is sent through one parent does not reach the children of another",
		Rules:  rules("sio.dyn.parent.emit"),
		Needs:  needs("dynamic.pattern", "dynamic.function", "parent"),
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.to-room", "dynamic.function.allow"},
		Catches: []run.Catch{
			catch("dynamic.parents-are-one", "want nothing"),
			catch("dynamic.parent-is-child", "d: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r := c.room("r")
			a := c.enter(p, dynamicName(p), r)
			b := c.enter(p.Peer("b"), tenantName(p), r)
			d := c.enter(p.Peer("d"), dynamicName(p), r)
			e := c.enter(p.Peer("e"), tenantName(p), r)
			c.emit(a, through("parent").to(r), a, d)
			c.emit(b, through("parent").to(r), b, e)
		},
	},
	{
		ID:     "dynamic.parent.operators",
		Title:  "what is sent to different rooms through the parent in one turn reaches each child's members of just these rooms, in order",
		Rules:  rules("sio.dyn.parent.to-room", "sio.rooms.operator-immutable"),
		Needs:  needs("dynamic.pattern", "parent", "except"),
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.except"},
		Catches: []run.Catch{
			catch("operator.sticky-rooms", "want 42"),
			catch("operator.mutable-rooms", "want 42"),
			catch("emit.overtaken", "want 42"),
			catch("dynamic.parent-later-children-all", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			one, two, r, s := dynamicName(p), dynamicName(p), c.room("r"), c.room("s")
			a := c.enter(p, one, r)
			b := c.enter(p.Peer("b"), two, s)
			d := c.enter(p.Peer("d"), two, r, s)
			a.batch(
				through("parent").to(r).send("n", 0),
				through("parent").to(s).discard(through("").to(r)).send("n", 1),
				through("parent").to(r, s).except(d.sid).send("n", 2),
				through("parent").to(r).discard(through("").except(a.sid)).send("n", 3),
			)
			a.Want("42"+one+`,["n",0]`, "42"+one+`,["n",2]`, "42"+one+`,["n",3]`)
			b.Want("42"+two+`,["n",1]`, "42"+two+`,["n",2]`)
			d.Want("42"+two+`,["n",0]`, "42"+two+`,["n",1]`, "42"+two+`,["n",3]`)
			c.settle("a batch")
		},
	},
	{
		ID:     "dynamic.parent.volatile",
		Title:  "a volatile event sent through the parent reaches who can be written to, in each child, and is dropped for who cannot",
		Rules:  rules("sio.rooms.flags.volatile-not-writable", "sio.dyn.parent.emit"),
		Needs:  needs("dynamic.pattern", "parent", "volatile"),
		On:     pollingOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.all-children", "rooms.flags.volatile-not-ready-namespace"},
		Catches: []run.Catch{
			catch("dynamic.parent-drops-flags", "the polls"),
			catch("emit.volatile-kept", "the polls"),
			catch("emit.volatile-lost", "d: want 42"),
		},
		Run: func(p *peer.Peer) {
			a, b, d := p.PeerOver("a", peer.WebSocket), p.Peer("b"), p.PeerOver("d", peer.WebSocket)
			one, two := dynamicName(p), dynamicName(p)
			a.Connect(one)
			d.Connect(two)
			b.Manual()
			b.Open()
			wantJoinedPolled(b) // in revision 4 what comes for the main namespace would come in between
			b.Post("40" + two + ",")
			pollUntil(b, "42"+two+`,["auth",`)
			a.Op(one, through("parent").with("volatile").send("lost"))
			d.Want("42" + two + `,["lost"]`)
			a.Op(one, through("parent").send("kept"))
			a.Want("42"+one+`,["lost"]`, "42"+one+`,["kept"]`)
			d.Want("42" + two + `,["kept"]`)
			if got, want := strings.Join(pollUntil(b, "42"+two+`,["kept"`), " "), "42"+two+`,["kept"]`; got != want {
				p.Fail(&peer.Failure{Reason: fmt.Sprintf("the polls of b: want %s, got %s", want, got), Expected: want, Actual: got})
			}
		},
	},
	{
		ID:     "dynamic.parent.binary",
		Title:  "a binary event sent through the parent reaches each child with its attachments",
		Rules:  rules("sio.dyn.parent.emit", "sio.rooms.broadcast-binary"),
		Needs:  needs("dynamic.pattern", "parent"),
		On:     everyTransport,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.to-room", "rooms.binary.all"},
		Catches: []run.Catch{
			catch("emit.attachments-for-one", "b: want an attachment"),
			catch("dynamic.parent-is-child", "b: want 451-"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			r, data := c.room("r"), []byte{0, 4, 0xfe}
			a := c.enter(p, dynamicName(p), r)
			c.enter(p.Peer("b"), dynamicName(p), r)
			for _, o := range []operatorCall{through("parent").to(r), through("parent")} {
				a.StartBinaryOp(a.nsp, o.send("file", peer.Placeholder(0)), data).Value()
				for _, s := range c.all {
					s.Want("451-" + s.nsp + `,["file",{"_placeholder":true,"num":0}]`)
					s.WantBinary(data)
				}
				c.settle("a binary event to " + c.describe(o))
			}
		},
	},
	{
		ID:    "dynamic.parent.not-joinable",
		Title: "a client cannot join a parent itself, whatever its internal name may be",
		Rules: rules("sio.dyn.parent.not-joinable"),
		Needs: needs("dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"dynamic.pattern.no-match"},
		Catches: []run.Catch{
			catch("dynamic.parents-joinable", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect(dynamicName(p))
			for _, name := range []string{"/_0", "/_1", "/_2", `/^\/dynamic-\d+$/`, `/^\\/dynamic-\\d+$`, "/*"} {
				p.SendConnect(name)
				p.WantRefused(name, `"Invalid namespace"`)
			}
		},
	},
}
