package suite

import (
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// ackOnceScenarios are about the callback of the application, which is called once, whatever comes afterwards.
var ackOnceScenarios = []run.Scenario{
	onceScenario("ack.server.once-answered", "the callback of an event that was acknowledged is not called again when the time is over", nil, func(p *peer.Peer) {
		op, id := ask(p, "/", 1000)
		p.Send("43" + id + `["r"]`)
		op.Want(`["r"]`)
		pause(p, "/", 1100)
	}),
	onceScenario("ack.server.once-late", "the callback of an event whose time is over is not called again for an acknowledgement", nil, func(p *peer.Peer) {
		op, id := ask(p, "/", 50)
		op.WantTimeout()
		p.Send("43" + id + `["late"]`)
		p.WantNothing()
	}),
	onceScenario("ack.server.once-twice", "the callback of an event that is acknowledged twice is called once", nil, func(p *peer.Peer) {
		op, id := ask(p, "/", 5000)
		p.Send("43" + id + `["first"]`)
		op.Want(`["first"]`)
		p.Send("43" + id + `["second"]`)
		p.WantNothing()
	}),
	onceScenario("ack.broadcast.once-answered", "the callback of a broadcast that all have acknowledged is not called again when the time is over", []string{"ack.broadcast"}, func(p *peer.Peer) {
		room := freshName(p, "gather")
		p.Join("/", room)
		op := p.StartOp("/", gather(1000, peer.Op{"to": []string{room}}))
		p.Send("43" + asked(p) + `["r"]`)
		wantAnswers(p, op.Value(), `"r"`)
		pause(p, "/", 1100)
	}),
	onceScenario("ack.broadcast.once-late", "the callback of a broadcast whose time is over is not called again for the last acknowledgement", []string{"ack.broadcast"}, func(p *peer.Peer) {
		room := freshName(p, "gather")
		p.Join("/", room)
		op := p.StartOp("/", gather(50, peer.Op{"to": []string{room}}))
		id := asked(p)
		op.Reply()
		p.Send("43" + id + `["late"]`)
		p.WantNothing()
	}),
}

// onceScenario returns a scenario about an event that wants acknowledgements. exchange goes on until the callback could have been called a second time.
func onceScenario(id, title string, features []string, exchange func(p *peer.Peer)) run.Scenario {
	return run.Scenario{
		ID:    id,
		Title: title,
		Rules: rules("sio.ack.server.callback-once"),
		Needs: needs(append(features, "ack.timeout", "log.answered")...),
		On:    webSocketOnly,
		After: []string{"ack.server.late"},
		Catches: []run.Catch{
			catch("ask.callback-again", "the log of /: want"),
			catch("ask.callback-unheard", "the log of /: want"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			exchange(p)
			p.WantLog("/", tag, "/", append(ran("/"), `["answered","/"]`)...)
		},
	}
}
