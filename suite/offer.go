package suite

import (
	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// offerScenarios show that a target offers what it is declared to offer. What the probe does not find makes other scenarios unsupported, and nothing there would say that it is missing.
var offerScenarios = []run.Scenario{
	{
		ID:    "offer.echo",
		Title: "a target that is declared to have the handlers of the official test suite admits clients, and those handlers answer",
		Rules: rules("contract.offer"),
		Needs: run.Needs{Level: peer.Echo, Declared: true},
		On:    everyTransport,
		Catches: []run.Catch{
			catch("connect.unanswered", "the handlers of the official test suite: main: want"),
			catch("engine.event.message-back-dropped", "the handlers of the official test suite: main: want"),
		},
		Run: echoes,
	},
	{
		ID:      "offer.application",
		Title:   "a target that is declared to have the conformance app admits clients to it, and it answers",
		Rules:   rules("contract.offer"),
		Needs:   run.Needs{Level: peer.Contract, Declared: true},
		On:      everyTransport,
		After:   []string{"offer.echo"},
		Catches: offerCatches,
		Run:     answers,
	},
	offeredUnder("fast"), offeredUnder("small"), offeredUnder("recovery"), offeredUnder("recovery-fast"),
}

// offeredUnder is offer.application for another profile.
func offeredUnder(profile string) run.Scenario {
	return run.Scenario{
		ID:      "offer.application." + profile,
		Title:   "a target that is declared to offer the profile " + profile + " has the conformance app there, too",
		Rules:   rules("contract.offer"),
		Needs:   run.Needs{Level: peer.Contract, Declared: true, Profile: profile},
		On:      pollingAndWS,
		After:   []string{"offer.application"},
		Catches: offerCatches,
		Run:     answers,
	}
}

var offerCatches = []run.Catch{
	catch("connect.unanswered", "the handlers of the official test suite: main: want"),
	catch("ack.dropped", "the conformance app: main: want"),
}

// echoes asks what the probe of a target asks first.
func echoes(p *peer.Peer) {
	p.About("the handlers of the official test suite", func() {
		p.Connect("/")
		p.Send(`42["message","sio-conform"]`)
		p.WantNextEvent(`42["message-back","sio-conform",...]`)
	})
}

// answers asks what the probe of a target asks, and says what is missing.
func answers(p *peer.Peer) {
	echoes(p)
	p.About("the conformance app", func() {
		p.WantOp("/", peer.Op{"do": "hello"}, `{"contract":1,...}`)
	})
}
