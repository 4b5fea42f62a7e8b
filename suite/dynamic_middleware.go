package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// parentMiddlewareScenarios are about the middlewares of a parent, which guard its children however these came into being.
var parentMiddlewareScenarios = []run.Scenario{
	{
		ID:    "dynamic.middleware.each-child",
		Title: "the parent's middlewares run for each child, in order, before the parent's connection handler",
		Rules: rules("sio.dyn.parent.middleware"),
		Needs: needs("dynamic.pattern", "middleware", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.pattern.match"},
		Catches: []run.Catch{
			catch("dynamic.middleware-first-child-only", "want the log entries"),
			catch("dynamic.middleware-reversed", "want the log entries"),
			catch("dynamic.handler-twice", "want the log entries"),
			catch("dynamic.middleware-last-missing", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			b := p.Peer("b")
			tag := openTagged(b)
			one, two := dynamicName(p), dynamicName(p)
			b.Connect(one)
			b.WantAuth(one, "{}") // the connection handler has begun
			b.Connect(two)
			b.WantAuth(two, "{}")
			wantEntries(p, b.Log(one, tag), servedByParent(one), servedByParent(two))
			b.WantOp(two, peer.Op{"do": "info"}, `{"data":{"trace":[0,1,2]},...}`)
		},
	},
	{
		ID:    "dynamic.middleware.refuses",
		Title: "a middleware of the parent refuses a client of a child with its message and data; others are let in",
		Rules: rules("sio.dyn.parent.middleware"),
		Needs: needs("dynamic.pattern", "middleware"),
		On:    everyTransport,
		After: []string{"dynamic.child.shared"},
		Catches: []run.Catch{
			catch("dynamic.middleware-skipped", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.refusal-generic", "want"),
			catch("room.refused-kept", "b: want nothing"),
			catch("app.dynamic.middleware-skipped", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name := dynamicName(p)
			a := c.enter(p, name)
			c.enter(p.Peer("b"), "/")
			p.Peer("b").SendConnect(name, scripted(refusal("no entry", map[string]any{"code": 7})))
			p.Peer("b").WantRefused(name, `"no entry"`, `{"code":7}`)
			c.emit(a, through("nsp"), a)
			b := c.enter(p.Peer("b"), name)
			c.emit(a, through("nsp"), a, b)
		},
	},
	{
		ID:    "dynamic.middleware.every-client",
		Title: "the parent's middlewares run for every client of a child, not only for the one that created it",
		Rules: rules("sio.dyn.parent.middleware"),
		Needs: needs("dynamic.pattern", "middleware", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.middleware.refuses"},
		Catches: []run.Catch{
			catch("dynamic.middleware-first-client-only", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.middleware-unrun", "want the log entries"),
			catch("app.dynamic.middleware-first-only", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			name, b, d := dynamicName(p), p.Peer("b"), p.Peer("d")
			p.Connect(name)
			b.SendConnect(name, scripted(refusal("later", nil)))
			b.WantRefused(name, `"later"`, `null`)
			tag := openTagged(d)
			d.Connect(name)
			wantEntries(p, d.Log(name, tag), servedByParent(name))
		},
	},
	{
		ID:    "dynamic.middleware.refused-first",
		Title: "a child whose first client is refused can be joined by the next one",
		Rules: rules("sio.dyn.refused-first"),
		Needs: needs("dynamic.pattern", "middleware"),
		On:    pollingAndWS,
		After: []string{"dynamic.middleware.refuses"},
		Catches: []run.Catch{
			catch("dynamic.second-refused", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.middleware-skipped", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name := dynamicName(p)
			c.enter(p, "/")
			p.SendConnect(name, scripted(refusal("not you", nil)))
			p.WantRefused(name, `"not you"`, `null`)
			observeNamespace(p, "dynamic.child.refused", name)
			b := c.enter(p.Peer("b"), name)
			a := c.enter(p, name)
			c.emit(b, through("nsp"), a, b)
		},
	},
	{
		ID:    "dynamic.declared.middleware",
		Title: "the parent's middlewares also guard a child that the server touched before its first client",
		Rules: rules("sio.dyn.parent.middleware"),
		Needs: needs("dynamic.pattern", "middleware", "declare"),
		On:    everyTransport,
		After: []string{"dynamic.middleware.refuses"},
		Catches: []run.Catch{
			catch("dynamic.declared-unguarded", "want CONNECT_ERROR, got CONNECT"),
			catch("app.dynamic.touched-unguarded", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			declared, sentTo := dynamicName(p), dynamicName(p)
			a := c.enter(p, "/")
			a.Op("/", peer.Op{"do": "declare", "nsp": declared})
			a.Op("/", peer.Op{"do": "declare", "nsp": sentTo})
			c.emit(a, through("nsp").of(sentTo))
			for _, name := range []string{declared, sentTo} {
				p.SendConnect(name, scripted(refusal("guarded", map[string]any{"by": "parent"})))
				p.WantRefused(name, `"guarded"`, `{"by":"parent"}`)
			}
		},
	},
	{
		ID:    "dynamic.declared.served",
		Title: "a child that the server declared before its first client is served by the parent's middlewares and connection handler, once each",
		Rules: rules("sio.dyn.declared-child"),
		Needs: needs("dynamic.pattern", "middleware", "declare", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.declared.middleware"},
		Catches: []run.Catch{
			catch("dynamic.middleware-unrun", "want the log entries"),
			catch("dynamic.handler-twice", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			name, b := dynamicName(p), p.Peer("b")
			p.Connect("/")
			p.Op("/", peer.Op{"do": "declare", "nsp": name})
			p.Op("/", peer.Op{"do": "declare", "nsp": name})
			tag := openTagged(b)
			b.Connect(name)
			wantEntries(p, b.Log(name, tag), servedByParent(name))
			b.WantConnected(name)
		},
	},
	{
		ID:     "dynamic.declared.reached-by-parent",
		Title:  "what is sent through the parent reaches a child that the server declared before its first client",
		Rules:  rules("sio.dyn.declared-child"),
		Needs:  needs("dynamic.pattern", "parent", "declare"),
		On:     webSocketOnly,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.parent.to-room"},
		Catches: []run.Catch{
			catch("dynamic.declared-unreached", "b: want 42"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name, r := dynamicName(p), c.room("r")
			a := c.enter(p, dynamicName(p), r)
			a.Op(a.nsp, peer.Op{"do": "declare", "nsp": name})
			b := c.enter(p.Peer("b"), name, r)
			c.emit(a, through("parent").to(r), a, b)
			c.emit(b, through("parent").to(r), a, b)
		},
	},
}

// servedByParent returns the entries of the log of a connection that joins a child.
func servedByParent(name string) string {
	return fmt.Sprintf(`["middleware",%[1]q,0],["middleware",%[1]q,1],["middleware",%[1]q,2],["connection",%[1]q]`, name)
}

// refusal is the step of a scripted middleware that refuses.
func refusal(message string, data any) scriptStep {
	return scriptStep{"reject": map[string]any{"message": message, "data": data}}
}
