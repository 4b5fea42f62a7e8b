package suite

import (
	"fmt"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// middlewarePendingScenarios are about clients whose middlewares have not answered yet.
var middlewarePendingScenarios = []run.Scenario{
	{
		ID:    "middleware.pending.others-proceed",
		Title: "a middleware that takes its time does not delay the other namespaces of the connection",
		Rules: rules("sio.mw.async-others-proceed"),
		Needs: needs("middleware"),
		On:    everyTransport,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("middleware.blocks-connection", "want namespace /users"),
			catch("connect.custom-unanswered", "got nothing"),
			catch("app.middleware.serialized", "want namespace /users"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/orders", credentials(fmt.Sprintf(`{"mw":[[{"wait":%d}]]}`, (p.Patience()/2).Milliseconds())))
			letCome(p, "/custom")
			p.SendConnect("/users")
			p.WantConnect("/users")
			p.Send(`42/users,["message",1]`)
			p.WantAnyOrder(`42/users,["message-back",1]`, p.Connected("/orders"))
			p.WantConnected("/orders")
		},
	},
	{
		ID:    "middleware.pending.never",
		Title: "a middleware that never answers leaves the rest of the connection alone, and the client without an answer in that namespace",
		Rules: rules("sio.mw.never-next"),
		Needs: needs("middleware", "log"),
		On:    everyTransport,
		After: []string{"middleware.pass.joins"},
		Catches: []run.Catch{
			catch("middleware.never-deafens", "got nothing"),
			catch("middleware.never-admits", "want namespace /users"),
			catch("middleware.never-refuses", "want CONNECT, got CONNECT_ERROR"),
			catch("middleware.goes-on", "the log of /orders"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[],[{"never":true}]]}`))
			p.Connect("/users")
			p.WantConnected("/users")
			p.WantLog("/", tag, "/orders", begun("/orders", 2)...)
			p.WantNothing()
		},
	},
	{
		ID:    "middleware.pending.other-clients",
		Title: "a middleware that never answers one client lets others into the namespace",
		Rules: rules("sio.mw.never-next"),
		Needs: needs("middleware"),
		On:    pollingAndWS,
		After: []string{"middleware.pending.never"},
		Catches: []run.Catch{
			catch("middleware.never-blocks-namespace", "other: want 40/orders"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[{"never":true}]]}`))
			p.WantNothing()
			q.SendConnect("/orders")
			q.WantConnect("/orders")
			q.WantConnected("/orders")
		},
	},
	{
		ID:    "middleware.pending.no-member",
		Title: "who has not passed the middlewares yet is no member of the namespace, and gets none of its broadcasts",
		Rules: rules("sio.mw.pending-not-member"),
		Needs: needs("middleware", "dynamic.pattern"),
		On:    pollingAndWS,
		After: []string{"middleware.pending.never"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
			catch("multiplex.broadcast-to-all", "want nothing"),
		},
		Run: func(p *peer.Peer) {
			name, q, tag := ownNamespace(p), p.Peer("other"), openTagged(p)
			stays := q.Connect(name)
			p.Connect("/")
			p.SendConnect(name, credentials(`{"mw":[[{"join":"r"}],[{"never":true}]]}`))
			p.WantLog("/", tag, name, begun(name, 2)...)
			q.WantOp(name, peer.Op{"do": "members"}, fmt.Sprintf("[%q]", stays))
			q.Op(name, peer.Op{"do": "emit", "via": "nsp", "args": []any{"members only"}})
			q.Op(name, peer.Op{"do": "emit", "via": "nsp", "to": []string{"r"}, "args": []any{"the room only"}})
			q.Want("42" + name + `,["members only"]`)
			p.WantNothing()
		},
	},
	{
		ID:     "middleware.pending.events",
		Title:  "an event of a client that has not passed the middlewares yet never reaches the application",
		Rules:  rules("sio.mw.pending-events"),
		Needs:  needs("middleware", "log"),
		On:     everyTransport,
		After:  []string{"middleware.pending.never"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.handled", "was handled"),
			catch("not-joined.deafens", "open but deaf"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[{"never":true}]]}`))
			p.WantLog("/", tag, "/orders", begun("/orders", 1)...)
			p.Send(`42/orders,9000["message-with-ack","early"]`)
			p.Observe("an event of a client that is not yet let in", "%s", wantUnhandled(p))
		},
	},
	{
		ID:     "middleware.pending.leave",
		Title:  "a DISCONNECT of a client that has not passed the middlewares yet does no harm beyond the connection",
		Rules:  rules("sio.mw.leave-while-pending"),
		Needs:  needs("middleware", "log"),
		On:     pollingAndWS,
		After:  []string{"middleware.pending.never"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("not-joined.deafens", "open but deaf"),
			catch("disconnect.answered", "was handled"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.SendConnect("/orders", credentials(`{"mw":[[{"never":true}]]}`))
			p.WantLog("/", tag, "/orders", begun("/orders", 1)...)
			p.Send("41/orders,")
			p.Observe("a DISCONNECT of a client that is not yet let in", "%s", wantUnhandled(p))
		},
	},
	{
		ID:     "middleware.pending.connect-twice",
		Title:  "who sends a second CONNECT while the middlewares have not answered the first becomes one member at most",
		Rules:  rules("sio.ns.connect.twice-zombie"),
		Needs:  needs("middleware", "dynamic.pattern"),
		On:     webSocketOnly,
		After:  []string{"middleware.pending.no-member", "namespace.connect.twice-one-member"},
		Traits: run.Traits{Malformed: true},
		Catches: []run.Catch{
			catch("connect.second-member-at-once", "became 2 members"),
		},
		Run: func(p *peer.Peer) {
			name, q, tag := ownNamespace(p), p.Peer("other"), openTagged(p)
			q.Connect(name)
			p.Connect("/")
			wait := p.Patience() / 20
			packet := p.ConnectPacket(name, credentials(fmt.Sprintf(`{"mw":[[{"wait":%d}]]}`, wait.Milliseconds())))
			p.Send(packet)
			p.Send(packet)
			q.LetPass(name, 2*wait)
			_, outcome := p.Settle()
			p.Observe("a second CONNECT while the first is pending", "%s", outcome)
			if outcome == peer.Ignored {
				q.WantLog(name, tag, "/", ran("/")...)
			}
			wantOneMember(p, q, name)
		},
	},
	{
		ID:     "middleware.pending.client-gone",
		Title:  "a client that is gone when the middlewares pass it on never comes to be connected",
		Rules:  rules("sio.mw.client-gone-pending"),
		Needs:  needs("middleware", "dynamic.pattern", "log"),
		On:     pollingAndWS,
		After:  []string{"middleware.pending.no-member"},
		Traits: run.Traits{Slow: true},
		Catches: []run.Catch{
			catch("middleware.gone-connects", "was connected"),
			catch("disconnect.member-kept", "the value of"),
		},
		Run: func(p *peer.Peer) {
			name, q, tag := ownNamespace(p), p.Peer("other"), openTagged(p)
			stays := q.Connect(name)
			p.Connect("/custom")
			p.SendConnect(name, credentials(fmt.Sprintf(`{"mw":[[{"join":"r"},{"wait":%d}]]}`, gonePause.Milliseconds())))
			p.WantLog("/custom", tag, name, begun(name, 1)...)
			p.HangUp()
			q.WantLog(name, tag, "/custom", gone("/custom", "<string>")...)
			q.LetPass(name, gonePause+gonePause/4)
			noticed := false // a busy target may notice that the client has gone only when it has let it in
			for _, entry := range q.Log(name, tag) {
				noticed = noticed || strings.HasPrefix(entry, `["disconnect","/custom"`)
				if noticed && entry == fmt.Sprintf(`["connection",%q]`, name) {
					p.Failf("%s: the socket of a client that was gone was connected: %s", p.Name(), entry)
				}
			}
			q.WantOp(name, peer.Op{"do": "members"}, fmt.Sprintf("[%q]", stays))
			q.WantOp(name, peer.Op{"do": "members", "room": "r"}, "[]")
		},
	},
	{
		ID:    "middleware.pending.refused-beside",
		Title: "clients that join at the same time are let in or refused each by its own credentials",
		Rules: rules("sio.mw.concurrent"),
		Needs: needs("middleware"),
		On:    webSocketOnly,
		After: []string{"middleware.refuse.asynchronous"},
		Catches: []run.Catch{
			catch("connect.auth-of-others", "want CONNECT, got CONNECT_ERROR"),
			catch5("middleware.refusals-swapped", "data.message"),
		},
		Run: func(p *peer.Peer) {
			q, r := p.Peer("second"), p.Peer("third")
			p.SendConnect("/orders", credentials(`{"mw":[[{"wait":60}],[{"reject":{"message":"the first"}}]]}`))
			q.SendConnect("/orders", credentials(`{"mw":[[{"wait":40}],[{"wait":10}]]}`))
			r.SendConnect("/orders", credentials(`{"mw":[[{"wait":20}],[{"reject":{"message":"the third"}}]]}`))
			q.WantConnect("/orders")
			p.WantRefused("/orders", `"the first"`)
			r.WantRefused("/orders", `"the third"`)
			q.WantConnected("/orders")
		},
	},
}

// gonePause is how long a middleware keeps a client waiting that is gone meanwhile: long enough for the target to notice that.
const gonePause = 600 * time.Millisecond
