package suite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// functionScenarios are about names on which a function decides, and about clients that ask for one name at the same time.
var functionScenarios = []run.Scenario{
	{
		ID:    "dynamic.function.allow",
		Title: "a CONNECT for a name that the function allows creates the namespace and is answered there, once",
		Rules: rules("sio.dyn.fn.allow", "sio.dyn.fn.auth-default"),
		Needs: needs("dynamic.function"),
		On:    everyTransport,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("dynamic.refused", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.refused-afterwards", "want nothing"),
			catch("dynamic.answered-twice", "want nothing"),
			catch("dynamic.named-as-parent", `the value of {"do":"info"}`),
		},
		Run: func(p *peer.Peer) {
			for n, auth := range [][]any{nil, {struct{}{}}, {credentials(`{"tenant":{"allow":true}}`)}} {
				name := fmt.Sprintf("%s-%d", tenantName(p), n)
				p.SendConnect(name, auth...)
				p.WantConnect(name)
				p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"nsp":%q,...}`, name))
				p.WantNothing()
			}
		},
	},
	{
		ID:    "dynamic.function.deny",
		Title: "a CONNECT for a name that the function denies is refused and creates nothing",
		Rules: rules("sio.dyn.fn.deny"),
		Needs: needs("dynamic.function"),
		On:    everyTransport,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("dynamic.decision-ignored", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.refusal-unanswered", "got nothing"),
			catch("dynamic.refusal-closes", "the session was closed"),
			catch("dynamic.refusal-renamed", `"Invalid namespace"`),
			catch("app.dynamic.answer-ignored", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			name := tenantName(p)
			p.SendConnect(name, credentials(`{"tenant":{"allow":false}}`))
			p.WantRefused(name, `"Invalid namespace"`)
			p.WantConnected("/")
		},
	},
	{
		ID:    "dynamic.function.denied-name",
		Title: "a name that was denied to one client is open to the next one whom the function allows it",
		Rules: rules("sio.dyn.fn.auth"),
		Needs: needs("dynamic.function"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.deny", "dynamic.function.allow"},
		Catches: []run.Catch{
			catch("dynamic.decision-remembered", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.decision-ignored", "want CONNECT_ERROR, got CONNECT"),
			catch("app.dynamic.auth-lost", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			name, b := tenantName(p), p.Peer("b")
			for range 2 {
				p.SendConnect(name, credentials(`{"tenant":{"allow":false}}`))
				p.WantRefused(name, `"Invalid namespace"`)
			}
			b.SendConnect(name, credentials(`{"tenant":{"allow":true}}`))
			b.WantConnect(name)
			b.WantAuth(name, `{"tenant":{"allow":true}}`)
		},
	},
	{
		ID:    "dynamic.function.error",
		Title: "a name for which the function fails is refused, and the text of the error does not leave the server",
		Rules: rules("sio.dyn.fn.error"),
		Needs: needs("dynamic.function"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.deny"},
		Catches: []run.Catch{
			catch("dynamic.error-ignored", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.error-told", `"Invalid namespace"`),
			catch("dynamic.refusal-unanswered", "got nothing"),
			catch("app.dynamic.error-ignored", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			name := tenantName(p)
			for _, tenant := range []string{`{"error":"database is down"}`, `{"error":"database is down","allow":true}`, `{"error":"database is down","ms":20}`} {
				p.SendConnect(name, credentials(`{"tenant":`+tenant+`}`))
				p.WantRefused(name, `"Invalid namespace"`)
			}
		},
	},
	{
		ID:    "dynamic.function.slow",
		Title: "the answer to a CONNECT waits for a slow decision, and the other namespaces do not",
		Rules: rules("sio.dyn.fn.async"),
		Needs: needs("dynamic.function"),
		On:    everyTransport,
		After: []string{"dynamic.function.allow", "dynamic.function.deny"},
		Catches: []run.Catch{
			catch("dynamic.decision-not-awaited", "want ACK, got CONNECT"),
			catch("dynamic.decision-blocks", "want ACK, got CONNECT"),
			catch("dynamic.unanswered", "want CONNECT, got EVENT"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			one, two := tenantName(p), tenantName(p)
			ms := (p.Patience() / 2).Milliseconds()
			p.SendTogether(p.ConnectPacket(one, credentials(fmt.Sprintf(`{"tenant":{"ms":%d}}`, ms))), p.ConnectPacket(two, credentials(fmt.Sprintf(`{"tenant":{"ms":%d,"allow":false}}`, ms))))
			letCome(p, "/custom")
			p.Send(`42900["message-with-ack","meanwhile"]`)
			p.Want(`43900["meanwhile"]`)
			p.WantAnyOrder(p.Connected(one), p.Refused(two, `"Invalid namespace"`))
			p.WantConnected(one)
		},
	},
	{
		ID:    "dynamic.function.asked",
		Title: "the function is asked with the exact name while the namespace does not exist, each time anew",
		Rules: rules("sio.dyn.fn.allow", "sio.dyn.fn.auth"),
		Needs: needs("dynamic.function", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.denied-name"},
		Catches: []run.Catch{
			catch("dynamic.function-unasked", "want the log entries"),
			catch("dynamic.function-asked-twice", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			b := p.Peer("b")
			tag := openTagged(b)
			one, two := tenantName(p), tenantName(p)
			b.SendConnect(one, credentials(`{"tenant":{"allow":false}}`))
			b.WantRefused(one, `"Invalid namespace"`)
			b.Connect(one)
			b.Connect(two)
			wantEntries(p, decisions(b.Log(one, tag)), fmt.Sprintf(`["decide",%[1]q],["decide",%[1]q],["decide",%[2]q]`, one, two))
		},
	},
	{
		ID:    "dynamic.function.not-asked-again",
		Title: "the function is not asked about a namespace that exists, not even for a client to whom it would deny it",
		Rules: rules("sio.dyn.fn.called-once"),
		Needs: needs("dynamic.function", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.asked"},
		Catches: []run.Catch{
			catch("dynamic.function-asked-again", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.function-logged-again", "want the log entries"),
			catch("app.dynamic.asked-again", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name := tenantName(p)
			a := c.enter(p, name, c.room("r")) // whoever is in a room has come in
			tag := openTagged(p.Peer("b"))
			b := c.enterWith(p.Peer("b"), name, map[string]any{"tenant": map[string]any{"allow": false}})
			wantEntries(p, decisions(b.Log(name, tag)))
			c.emit(a, through("nsp"), a, b)
		},
	},
	{
		ID:    "dynamic.function.names",
		Title: "a dynamic name, whatever it holds but a comma, is taken and answered as it stands",
		Rules: rules("sio.dyn.names"),
		Needs: needs("dynamic.function"),
		On:    everyTransport,
		After: []string{"dynamic.function.allow"},
		Catches: []run.Catch{
			catch("dynamic.names-cut", "want namespace /tenant-"),
			catch("dynamic.names-decoded", "want namespace /tenant-"),
			catch("dynamic.names-lowered", "want namespace /tenant-"),
		},
		Run: func(p *peer.Peer) {
			name := tenantName(p)
			for _, end := range []string{"-a/b", "-é日本", "-A a", "-%20%2F", "-a-1[2]", "-#1", "-__proto__", "-" + strings.Repeat("x", 300)} {
				p.SendConnect(name + end)
				p.WantConnect(name + end)
				p.WantOp(name+end, peer.Op{"do": "info"}, fmt.Sprintf(`{"nsp":%s,...}`, peer.JSON(name+end)))
			}
		},
	},
	{
		ID:    "dynamic.function.middleware",
		Title: "the middlewares of a function's parent guard each of its children",
		Rules: rules("sio.dyn.parent.middleware"),
		Needs: needs("dynamic.function", "middleware", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.allow"},
		Catches: []run.Catch{
			catch("dynamic.middleware-skipped", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.middleware-reversed", "want the log entries"),
			catch("dynamic.middleware-last-missing", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			b, name := p.Peer("b"), tenantName(p)
			p.SendConnect(name, scripted(refusal("no entry", nil)))
			p.WantRefused(name, `"no entry"`, `null`)
			tag := openTagged(b)
			b.Connect(name)
			// A server that drops children without clients asks the function again.
			asked := func(e string) bool { return e == fmt.Sprintf(`["decide",%q]`, name) }
			wantEntries(p, slices.DeleteFunc(b.Log(name, tag), asked), servedByParent(name))
		},
	},
	{
		ID:    "dynamic.function.gone-meanwhile",
		Title: "a client that goes while the function decides becomes no member, and the namespace serves others",
		Rules: rules("sio.dyn.fn.gone-meanwhile"),
		Needs: needs("dynamic.function", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.slow"},
		Catches: []run.Catch{
			catch("dynamic.gone-kept", `the value of {"do":"members"}`),
			catch("dynamic.second-refused", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for _, ms := range []int{100, 400, 1600} {
				name := tenantName(p)
				noticed := leaveUndecided(p, name, ms)
				c := newCrowd(p)
				a := c.enterWith(p.Peer(fmt.Sprint("a", ms)), name, map[string]any{"tenant": map[string]any{"ms": 2 * ms}})
				c.awaitMembers(a, "", a)
				c.emit(a, through("nsp"), a)
				if noticed {
					return
				}
			}
			p.Observe("a client that goes while the function decides", "noticed too late")
		},
	},
	{
		ID:    "dynamic.static.wins",
		Title: "a namespace that was declared is joined without asking the function, and without its parent's middlewares",
		Rules: rules("sio.dyn.order.static-before"),
		Needs: needs("dynamic.function", "middleware", "declare", "log"),
		On:    pollingAndWS,
		After: []string{"dynamic.function.asked"},
		Catches: []run.Catch{
			catch("dynamic.function-asked-again", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.function-logged-again", "want the log entries"),
			catch("dynamic.declared-as-child", "want the log entries"),
		},
		Run: func(p *peer.Peer) {
			b, name := p.Peer("b"), tenantName(p)
			p.Connect("/")
			p.Op("/", peer.Op{"do": "declare", "nsp": name})
			tag := openTagged(b)
			b.Connect(name, map[string]any{"tenant": map[string]any{"allow": false}})
			wantEntries(p, b.Log(name, tag), fmt.Sprintf(`["connection",%q]`, name))
			b.WantConnected(name)
		},
	},
	{
		ID:    "dynamic.concurrent.pattern",
		Title: "clients that ask for one new name at the same time get one answer each and are in one namespace",
		Rules: rules("sio.dyn.child.shared", "sio.dyn.fn.async-concurrent"),
		Needs: needs("dynamic.pattern"),
		On:    everyTransport,
		After: []string{"dynamic.child.shared"},
		Catches: []run.Catch{
			catch("dynamic.child-per-client", "want 42"),
			catch("dynamic.answered-twice", "want nothing"),
			catch("dynamic.second-refused", "want CONNECT, got CONNECT_ERROR"),
			catch("dynamic.second-unanswered", "got nothing"),
		},
		Run: func(p *peer.Peer) { joinAtOnce(p, dynamicName(p), "{}") },
	},
	{
		ID:    "dynamic.concurrent.function",
		Title: "clients that ask for one new name while the function still decides get one answer each and are in one namespace",
		Rules: rules("sio.dyn.child.shared", "sio.dyn.fn.async-concurrent"),
		Needs: needs("dynamic.function"),
		On:    everyTransport,
		After: []string{"dynamic.function.slow"},
		Catches: []run.Catch{
			catch("dynamic.child-per-client", "want 42"),
			catch("dynamic.second-unanswered", "got nothing"),
			catch("dynamic.refused-afterwards", "want nothing"),
			catch("app.dynamic.two-children", "want 42"),
		},
		Run: func(p *peer.Peer) { joinAtOnce(p, tenantName(p), `{"tenant":{"ms":150}}`) },
	},
	{
		ID:     "dynamic.concurrent.listed",
		Title:  "a name that several clients asked for at the same time is one namespace in the server's list, and one for the parent",
		Rules:  rules("sio.dyn.fn.async-concurrent", "sio.dyn.parent.to-room"),
		Needs:  needs("dynamic.function", "namespaces", "parent"),
		On:     pollingAndWS,
		Traits: run.Traits{Alone: true},
		After:  []string{"dynamic.concurrent.function"},
		Catches: []run.Catch{
			catch("dynamic.listed-twice", "in the list of namespaces"),
			catch("emit.twice", "want nothing"),
			catch("app.dynamic.two-children", "want 42"),
		},
		Run: func(p *peer.Peer) {
			c := joinAtOnce(p, tenantName(p), `{"tenant":{"ms":150}}`)
			r := c.room("r")
			for _, a := range c.all {
				a.join(r)
			}
			c.emit(c.all[0], through("parent").to(r), c.all...)
			if n := listed(p, c.all[0].nsp); n != 1 {
				p.Failf("want %s once in the list of namespaces, got it %d times", c.all[0].nsp, n)
			}
		},
	},
	{
		ID:    "dynamic.concurrent.denied-beside-allowed",
		Title: "of two clients that ask for one new name at the same time, the one is refused that the function denies, and the other let in",
		Rules: rules("sio.dyn.fn.auth", "sio.dyn.fn.async-concurrent"),
		Needs: needs("dynamic.function"),
		On:    pollingAndWS,
		After: []string{"dynamic.concurrent.function"},
		Catches: []run.Catch{
			catch("dynamic.decision-ignored", "want CONNECT_ERROR, got CONNECT"),
			catch("dynamic.denial-for-all", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			c := newCrowd(p)
			name, b := tenantName(p), c.enter(p.Peer("b"), "/")
			b.SendTogether(b.ConnectPacket(name, credentials(`{"tenant":{"ms":50,"allow":false}}`)), `42900["message-with-ack","asked"]`)
			b.Want(`43900["asked"]`)
			a := c.enterWith(p, name, map[string]any{"tenant": map[string]any{"ms": 150}})
			b.WantRefused(name, `"Invalid namespace"`)
			c.emit(a, through("nsp"), a)
		},
	},
}

// decisions returns the entries of a log about the function.
func decisions(entries []string) []string {
	var list []string
	for _, e := range entries {
		if strings.HasPrefix(e, `["decide"`) {
			list = append(list, e)
		}
	}
	return list
}

// joinAtOnce lets five clients ask for one name at the same time, and shows that each is answered once and that all are in one namespace.
func joinAtOnce(p *peer.Peer, name, auth string) *crowd {
	c := newCrowd(p)
	peers := []*peer.Peer{p, p.Peer("b"), p.Peer("d"), p.PeerBeside("e", peer.WebSocket), p.PeerBeside("f", peer.Polling)}
	for _, q := range peers {
		q.Open()
	}
	for _, q := range peers {
		q.SendConnect(name, credentials(auth))
	}
	for _, q := range peers {
		c.entered(q, name, q.WantConnect(name), nil)
	}
	c.settle("after joining")
	for _, a := range c.all {
		c.emit(a, through("nsp"), c.all...)
	}
	c.wantMembers(c.all[0], "", c.all...)
	return c
}

// listed returns how often a namespace stands in the target's list.
func listed(p *peer.Peer, name string) int {
	nsp := "/"
	if p.SID(nsp) == "" {
		nsp = name
	}
	var names []string
	p.OpInto(nsp, peer.Op{"do": "namespaces"}, &names)
	n := 0
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}

// leaveUndecided lets a client go while the function decides for that long whether it may join the namespace, and reports whether the target noticed before the decision. A busy one may
// notice too late.
func leaveUndecided(p *peer.Peer, name string, ms int) bool {
	b, tag := p.Peer(fmt.Sprint("b", ms)), uniqueTag(p)
	b.Open("tag=" + tag)
	b.Connect("/")
	decision := time.Now().Add(time.Duration(ms) * time.Millisecond)
	b.SendTogether(b.ConnectPacket(name, credentials(fmt.Sprintf(`{"tenant":{"ms":%d}}`, ms))), `42900["message-with-ack","asked"]`)
	b.Want(`43900["asked"]`)
	b.HangUp()
	has := func(e string) bool { return strings.HasPrefix(e, `["disconnect","/"`) }
	for !slices.ContainsFunc(p.Log("/", tag), has) {
		if time.Now().After(decision) {
			return false
		}
	}
	return time.Now().Before(decision)
}
