package suite

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// lifecycleScenarios are about what the application hears of the sockets of a connection: that they came, and why they went.
var lifecycleScenarios = []run.Scenario{
	{
		ID:    "multiplex.lifecycle.connection",
		Title: "the connection handler of each namespace runs once for a client that joins it",
		Rules: rules("sio.ns.connection.once"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("lifecycle.connection-twice", "the log of /custom"),
			catch("lifecycle.connection-missing", "the log of /custom"),
			catch("lifecycle.connection-in-main", "the log of /custom"),
			catch5("app.middleware.connected-twice", "the log of /custom"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/custom")
			p.WantLog("/custom", tag, "/custom", `["connection","/custom"]`)
			p.Connect("/users")
			p.WantLog("/custom", tag, "/custom", `["connection","/custom"]`)
		},
	},
	{
		ID:    "multiplex.lifecycle.leaving",
		Title: "the application is told once that a client leaves a namespace, before and after it has left its rooms, and in no other namespace",
		Rules: rules("sio.ns.disconnect.told"),
		Needs: needs("log"),
		On:    everyTransport,
		After: []string{"multiplex.lifecycle.connection", "namespace.disconnect.leaves-others"},
		Catches: []run.Catch{
			catch("lifecycle.disconnect-missing", "the log of /custom"),
			catch("lifecycle.disconnect-twice", "the log of /custom"),
			catch("lifecycle.disconnecting-missing", "the log of /custom"),
			catch("lifecycle.disconnecting-last", "the log of /custom"),
			catch("lifecycle.rooms-left-early", "the log of /custom"),
			catch("lifecycle.disconnect-everywhere", "the log of /"),
			catch("disconnect.ignored", "the log of /custom"),
			catch("app.log.disconnect-missing", "the log of /custom"),
			catch("app.log.disconnect-twice", "the log of /custom"),
			catch("app.log.disconnecting-missing", "the log of /custom"),
			catch("app.rooms.gone-when-disconnecting", "the log of /custom"),
			catch("app.namespaces.leaving-leaves-all", "want 43"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			sid := p.Connect("/custom")
			p.Join("/custom", "~r")
			p.WantOpen()
			p.Send("41/custom,")
			p.WantLog("/", tag, "/custom", `["connection","/custom"]`, inRooms("/custom", "<string>", sid, "~r"), `["disconnect","/custom",<string>]`)
			p.WantLog("/", tag, "/", `["middleware",...]`, `["middleware",...]`, `["middleware",...]`, `["connection","/"]`)
		},
	},
	reasonScenario("leaving", "client namespace disconnect", "a client that leaves a namespace", func(p *peer.Peer) {
		p.Leave("/custom")
	}),
	reasonScenario("server-disconnect", "server namespace disconnect", "a client that the application disconnects from a namespace", func(p *peer.Peer) {
		p.StartOp("/custom", peer.Op{"do": "disconnect", "close": false})
		p.Want("41/custom,")
	}),
	reasonScenario("server-close", "server namespace disconnect", "a client whose connection the application closes", func(p *peer.Peer) {
		p.StartOp("/", peer.Op{"do": "disconnect", "close": true})
		p.WantClosed()
	}),
	reasonScenario("hang-up", "transport close", "a client that closes its connection", func(p *peer.Peer) {
		p.HangUp()
	}),
	malformed(reasonScenario("violation", "forced close", "a client whose packet is malformed", func(p *peer.Peer) {
		p.Send("42{}")
		p.WantClosed()
	})),
	malformed(reasonScenario("engine-violation", "parse error", "a client that sends a packet of a type that Engine.IO does not have", func(p *peer.Peer) {
		p.Send("9")
		p.WantClosed()
	})),
	{
		ID:    "multiplex.lifecycle.server-disconnect",
		Title: "the application is told once, and in that namespace only, of a client that it disconnects from a namespace",
		Rules: rules("sio.ns.disconnect.told"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"multiplex.lifecycle.leaving", "namespace.server-disconnect.one"},
		Catches: []run.Catch{
			catch("lifecycle.disconnect-missing", "the log of /custom"),
			catch("lifecycle.disconnect-twice", "the log of /custom"),
			catch("lifecycle.disconnect-everywhere", "the log of /"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			p.Connect("/custom")
			p.StartOp("/custom", peer.Op{"do": "disconnect", "close": false})
			p.Want("41/custom,")
			p.WantLog("/", tag, "/custom", `["connection","/custom"]`, `["disconnecting","/custom",<string>,<array>]`, `["disconnect","/custom",<string>]`)
			p.WantLog("/", tag, "/", `["middleware",...]`, `["middleware",...]`, `["middleware",...]`, `["connection","/"]`)
		},
	},
	endScenario("hang-up", "a client that closes its connection leaves each of its namespaces, and the application is told once in each", everyTransport, run.Traits{},
		func(p *peer.Peer) { p.HangUp() }),
	endScenario("drop", "a client whose network is lost leaves each of its namespaces, and the application is told once in each", overWebSocket, run.Traits{},
		func(p *peer.Peer) { p.Drop() }),
	endScenario("server-close", "a client whose connection the application closes leaves each of its namespaces, and the application is told once in each", pollingAndWS, run.Traits{},
		func(p *peer.Peer) {
			p.StartOp("/custom", peer.Op{"do": "disconnect", "close": true})
			p.WantClosed()
		}),
	endScenario("not-joined", "a client whose connection is closed for a packet in a namespace that it has not joined leaves each of its namespaces, and the application is told once in each", pollingAndWS,
		run.Traits{Malformed: true}, func(p *peer.Peer) {
			p.Send("41/orders,")
			if _, outcome := p.Settle(); outcome == peer.Ignored {
				p.HangUp()
			}
		}),
	endScenario("violation", "a client whose connection is closed for a malformed packet leaves each of its namespaces, and the application is told once in each", pollingAndWS, run.Traits{Malformed: true},
		func(p *peer.Peer) {
			p.Send("42{}")
			p.WantClosed()
		}),
	silentScenario("ping-timeout", "a client that answers no pings leaves each of its namespaces, and the application is told once in each", "sio.ns.disconnect.ping-timeout", "<string>",
		catch("lifecycle.disconnect-missing", "the log of /custom"),
		catch("lifecycle.disconnect-twice", "the log of /custom"),
		catch("lifecycle.main-only", "the log of /orders")),
	silentScenario("reason-ping-timeout", `the reason that the application is given for a client that answers no pings is "ping timeout"`, "sio.ns.disconnect.reason", `"ping timeout"`,
		catch("lifecycle.reason-other", "the log of /orders")),
	{
		ID:    "multiplex.lifecycle.left-before",
		Title: "a client that closes its connection is not gone a second time from a namespace that it had left",
		Rules: rules("sio.ns.disconnect.told"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"multiplex.lifecycle.leaving"},
		Catches: []run.Catch{
			catch("lifecycle.disconnect-twice", "the log of /custom"),
		},
		Run: func(p *peer.Peer) {
			q, tag := p.Peer("other"), openTagged(p)
			q.Connect("/")
			p.Connect("/")
			p.Connect("/custom")
			p.Leave("/custom")
			p.HangUp()
			q.WantLog("/", tag, "/", gone("/", "<string>")...)
			q.WantLog("/", tag, "/custom", gone("/custom", "<string>")...)
		},
	},
	{
		ID:    "multiplex.lifecycle.rejoined",
		Title: "each time that a client joins and leaves a namespace the application is told, in that order",
		Rules: rules("sio.ns.disconnect.told", "sio.ns.connection.once"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"multiplex.lifecycle.leaving", "namespace.disconnect.rejoin"},
		Catches: []run.Catch{
			catch("lifecycle.connection-first-only", "the log of /custom"),
			catch("lifecycle.disconnect-missing", "the log of /custom"),
		},
		Run: func(p *peer.Peer) {
			tag := openTagged(p)
			p.Connect("/")
			var want []string
			for range 2 {
				p.Connect("/custom")
				p.Leave("/custom")
				want = append(want, gone("/custom", "<string>")...)
				p.WantLog("/", tag, "/custom", want...)
			}
		},
	},
	{
		ID:    "multiplex.lifecycle.rooms-released",
		Title: "a client that is gone is in no room of any of its namespaces",
		Rules: rules("sio.ns.disconnect.rooms-released"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"multiplex.lifecycle.hang-up"},
		Catches: []run.Catch{
			catch("disconnect.member-kept", "the value of"),
			catch("lifecycle.rooms-kept-custom", "the value of"),
		},
		Run: func(p *peer.Peer) {
			q, tag, room := p.Peer("other"), openTagged(p), fmt.Sprintf("r%x", p.Unique())
			names := []string{"/", "/custom", "/users"}
			for _, name := range names {
				q.Connect(name)
				p.Connect(name)
				p.Join(name, room)
			}
			p.HangUp()
			for _, name := range names {
				q.WantLog("/", tag, name, gone(name, "<string>")...)
				q.WantOp(name, peer.Op{"do": "members", "room": room}, "[]")
			}
		},
	},
}

// inRooms returns the pattern of a log entry about a socket that is about to leave these rooms, sorted.
func inRooms(namespace, reason string, rooms ...string) string {
	return fmt.Sprintf(`["disconnecting",%q,%s,%s]`, namespace, reason, peer.JSON(rooms))
}

// gone returns the patterns of the log of a namespace that was joined and left once.
func gone(namespace, reason string) []string {
	var patterns []string
	if namespace != "/custom" {
		patterns = append(patterns, `["middleware",...]`, `["middleware",...]`, `["middleware",...]`)
	}
	return append(patterns, fmt.Sprintf(`["connection",%q]`, namespace),
		fmt.Sprintf(`["disconnecting",%q,%s,<array>]`, namespace, reason), fmt.Sprintf(`["disconnect",%q,%s]`, namespace, reason))
}

// endScenario returns a scenario in which the connection of a client ends that has joined three namespaces.
func endScenario(topic, title string, on run.Axes, traits run.Traits, end func(p *peer.Peer)) run.Scenario {
	return run.Scenario{
		ID:     "multiplex.lifecycle." + topic,
		Title:  title,
		Rules:  rules("sio.ns.disconnect.transport-close"),
		Needs:  needs("log"),
		On:     on,
		After:  []string{"namespace.connect.main", "multiplex.lifecycle.connection"},
		Traits: traits,
		Catches: []run.Catch{
			catch("lifecycle.main-only", "the log of /users"),
			catch("lifecycle.disconnect-missing", "the log of /custom"),
			catch("lifecycle.disconnect-twice", "the log of /custom"),
			catch("lifecycle.disconnecting-missing", "the log of /custom"),
		},
		Run: func(p *peer.Peer) {
			q, tag := p.Peer("other"), openTagged(p)
			q.Connect("/")
			names := []string{"/", "/users", "/custom"}
			for _, name := range names {
				p.Connect(name)
			}
			end(p)
			for _, name := range names {
				q.WantLog("/", tag, name, gone(name, "<string>")...)
			}
		},
	}
}

// reasonScenario returns a scenario about the reason that the application is given in the namespace /custom.
func reasonScenario(topic, reason, who string, end func(p *peer.Peer)) run.Scenario {
	return run.Scenario{
		ID:    "multiplex.lifecycle.reason-" + topic,
		Title: fmt.Sprintf("the reason that the application is given for %s is %q", who, reason),
		Rules: rules("sio.ns.disconnect.reason", "sio.ns.disconnect.reason-of-another"),
		Needs: needs("log"),
		On:    pollingAndWS,
		After: []string{"multiplex.lifecycle.leaving"},
		Catches: []run.Catch{
			catch("lifecycle.reason-other", "the log of /custom"),
			catch("app.log.reason-wrong", "the log of /custom"),
			catch("lifecycle.reason-of-another", `told "server shutting down"`),
		},
		Run: func(p *peer.Peer) {
			q, tag := p.Peer("other"), openTagged(p)
			q.Connect("/")
			p.Connect("/")
			p.Connect("/custom")
			end(p)
			wantNoOtherReason(q, tag, "/custom", reason)
			wantReason(q, tag, "/custom", reason)
		},
	}
}

// documentedReasons are the reasons that the documentation lists, by the cause for which they stand.
var documentedReasons = map[string]string{
	"server namespace disconnect": "the server",
	"client namespace disconnect": "the client",
	"server shutting down":        "the end of the server",
	"ping timeout":                "silence",
	"transport close":             "the connection",
	"transport error":             "the connection",
	"parse error":                 "an invalid packet",
	"forced close":                "an invalid packet",
	"forced server close":         "no namespace",
}

// wantNoOtherReason shows that the application is not given a reason that stands for another cause. A name of its own for the right one is another matter.
func wantNoOtherReason(q *peer.Peer, tag, namespace, reason string) {
	last := fmt.Sprintf(`["disconnect",%q`, namespace)
	for _, entry := range awaitEntries(q, "/", tag, last, last) {
		var words []string
		if json.Unmarshal([]byte(entry), &words) != nil || len(words) != 3 {
			continue
		}
		if cause := documentedReasons[words[2]]; cause != "" && cause != documentedReasons[reason] {
			q.Fail(&peer.Failure{
				Reason:   fmt.Sprintf("the application is told %q, which stands for something else than %q", words[2], reason),
				Expected: reason, Actual: words[2], Rules: rules("sio.ns.disconnect.reason-of-another"),
			})
		}
	}
}

// wantReason shows that the application is given the reason of the official implementation. One with a name of its own breaks no other rule.
func wantReason(q *peer.Peer, tag, namespace, reason string) {
	q.WantLog("/", tag, namespace, gone(namespace, "<string>")...)
	want := fmt.Sprintf(`["disconnect",%q,%q]`, namespace, reason)
	if log := q.Log("/", tag); !slices.Contains(log, want) {
		q.Fail(&peer.Failure{
			Reason:   fmt.Sprintf("the log of %s: want %s, got %s", namespace, want, strings.Join(log, " ")),
			Expected: want, Actual: strings.Join(log, " "), Rules: rules("sio.ns.disconnect.reason"),
		})
	}
}

// malformed returns the scenario as one that sends what the protocol forbids.
func malformed(c run.Scenario) run.Scenario {
	c.Traits.Malformed = true
	return c
}

// silentScenario returns a scenario in which a client stops answering pings, and what the application is told is compared with the pattern of a reason.
func silentScenario(topic, title, rule, reason string, catches ...run.Catch) run.Scenario {
	return run.Scenario{
		ID:      "multiplex.lifecycle." + topic,
		Title:   title,
		Rules:   rules(rule),
		Needs:   run.Needs{Level: peer.Contract, Profile: "fast", Features: []string{"log"}},
		On:      pollingAndWS,
		After:   []string{"namespace.connect.custom"},
		Traits:  run.Traits{Slow: true},
		Catches: catches,
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			q.Connect("/")
			tag := openTagged(p) // late: the connect time-out of the profile is short
			p.Connect("/orders")
			p.Connect("/custom")
			p.Mute()
			p.WantClosedBetween(time.Now(), 0, 2*(p.Config().PingInterval+p.Config().PingTimeout)+p.Slack())
			for _, name := range []string{"/orders", "/custom"} {
				q.WantLog("/", tag, name, gone(name, reason)...)
			}
		},
	}
}
