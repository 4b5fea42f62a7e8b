package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// connectNameScenarios are about which names are namespaces.
var connectNameScenarios = []run.Scenario{
	{
		ID:    "namespace.connect.unknown",
		Title: "a CONNECT for a namespace that does not exist is refused with CONNECT_ERROR and the message of the documentation",
		Rules: rules("sio.ns.connect.unknown"),
		On:    everyTransport,
		Catches: []run.Catch{
			catch("connect.unknown-accepted", "want CONNECT_ERROR, got CONNECT"),
			catch("connect-error.dropped", "got nothing"),
			catch5("connect-error.message-lost", `member "message" is missing`),
			catch5("connect-error.text", "the data of CONNECT_ERROR is not an object"),
			catch("connect-error.in-main", "want namespace /sio-conform-unknown"),
			catch("connect-error.as-disconnect", "want CONNECT_ERROR, got DISCONNECT"),
			catch("connect-error.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `"Invalid namespace"`)
			p.WantOpen()
		},
	},
	{
		ID:    "namespace.connect.unknown-without-comma",
		Title: "a CONNECT for a namespace that does not exist is refused in that namespace, also when no comma follows the name",
		Rules: rules("sio.ns.connect.unknown"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect.comma-required", "got nothing"),
			catch("connect.comma-required-closes", "the session was closed"),
			catch("connect-error.in-main", "want namespace /sio-conform-unknown"),
		},
		Run: func(p *peer.Peer) {
			p.Send("40/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `"Invalid namespace"`)
		},
	},
	{
		ID:    "namespace.connect.unknown-first",
		Title: "a connection whose first CONNECT was refused can join a namespace that exists",
		Rules: rules("sio.ns.connect.unknown-first"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect-error.deafens", "got nothing"),
			catch("connect-error.closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `<text>`)
			p.SendConnect("/custom")
			p.WantConnect("/custom")
			p.WantConnected("/custom")
		},
	},
	{
		ID:    "namespace.connect.unknown-leaves-others",
		Title: "a refused CONNECT leaves the namespaces that the connection has joined as they are",
		Rules: rules("sio.ns.connect.unknown-first"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect-error.leaves-others", "want 43"),
			catch("connect-error.closes", "the session was closed"),
			catch("connect-error.deafens", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.SendConnect("/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `<text>`)
			p.WantConnected("/")
			p.WantConnected("/custom")
		},
	},
	{
		ID:    "namespace.connect.unknown-again",
		Title: "a namespace that does not exist is refused every time, not created by being asked for",
		Rules: rules("sio.ns.connect.unknown-not-created"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect.unknown-created", "want CONNECT_ERROR, got CONNECT"),
			catch("connect-error.deafens", "got nothing"),
		},
		Run: func(p *peer.Peer) {
			q := p.Peer("other")
			for range 2 {
				p.SendConnect("/sio-conform-unknown")
				p.WantRefused("/sio-conform-unknown", `<text>`)
				q.SendConnect("/sio-conform-unknown")
				q.WantRefused("/sio-conform-unknown", `<text>`)
			}
		},
	},
	{
		ID:    "namespace.connect.unknown-not-created",
		Title: "a namespace that was refused is not among the server's namespaces",
		Rules: rules("sio.ns.connect.unknown-not-created"),
		Needs: needs("namespaces"),
		On:    webSocketOnly,
		After: []string{"namespace.connect.unknown", "namespace.connect.main"},
		Catches: []run.Catch{
			catch("connect.unknown-listed", "is among the namespaces"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.SendConnect("/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", `<text>`)
			var names []string
			p.OpInto("/", peer.Op{"do": "namespaces"}, &names)
			for _, name := range names {
				if name == "/sio-conform-unknown" {
					p.Failf("%s: %s was refused, and is among the namespaces %q", p.Name(), name, names)
				}
			}
		},
	},
	{
		ID:    "namespace.connect.declared-later",
		Title: "a namespace that was refused can be joined once the application has declared it",
		Rules: rules("sio.ns.declare-runtime"),
		Needs: needs("declare"),
		On:    webSocketOnly,
		After: []string{"namespace.connect.unknown", "namespace.connect.main"},
		Catches: []run.Catch{
			catch("connect.refused-for-good", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			name := fmt.Sprintf("/sio-conform-%d", p.Unique())
			p.Connect("/")
			p.SendConnect(name)
			p.WantRefused(name, `<text>`)
			p.Op("/", peer.Op{"do": "declare", "nsp": name})
			p.SendConnect(name)
			p.WantConnect(name)
			p.WantConnected(name)
		},
	},
	{
		ID:    "namespace.connect.declared-without-slash",
		Title: "a namespace that the application declares without a slash before its name has one for its clients",
		Rules: rules("sio.ns.declare-without-slash"),
		Needs: needs("declare"),
		On:    webSocketOnly,
		After: []string{"namespace.connect.declared-later"},
		Catches: []run.Catch{
			catch("connect.declared-bare-lost", "want CONNECT, got CONNECT_ERROR"),
		},
		Run: func(p *peer.Peer) {
			name := fmt.Sprintf("sio-conform-%d", p.Unique())
			p.Connect("/")
			p.Op("/", peer.Op{"do": "declare", "nsp": name})
			p.Connect("/" + name)
			p.WantConnected("/" + name)
		},
	},
	otherName("prototype", "members of a prototype are no namespaces", "sio.ns.connect.proto-names",
		[]string{"/constructor", "/toString", "/hasOwnProperty", "/__proto__"},
		catch("connect.prototype-accepted", "want CONNECT_ERROR, got CONNECT"),
		catch("connect.prototype-unanswered", "got nothing")),
	otherName("case", "names of namespaces that differ in case are different", "sio.ns.name.exact",
		[]string{"/Custom", "/CUSTOM"},
		catch("connect.case-folded", "want CONNECT_ERROR, got CONNECT")),
	otherName("slash", "names of namespaces that differ in a slash are different", "sio.ns.name.exact",
		[]string{"/custom/", "//custom", "/custom//"},
		catch("connect.slash-folded", "want CONNECT_ERROR, got CONNECT")),
	otherName("prefix", "a name that begins like a namespace, or that a namespace begins with, is another name", "sio.ns.name.exact",
		[]string{"/custom/sub", "/customs", "/custo", "/c"},
		catch("connect.prefix-matched", "want CONNECT_ERROR, got CONNECT")),
	otherName("query", "a question mark belongs to the name of a namespace", "sio.ns.name.exact",
		[]string{"/custom?", "/custom?token=secret"},
		catch("connect.query-stripped", "want CONNECT_ERROR, got CONNECT")),
	otherName("encoding", "the name of a namespace is not percent-decoded", "sio.ns.name.exact",
		[]string{"/cust%6Fm"},
		catch("connect.name-decoded", "want CONNECT_ERROR, got CONNECT")),
	otherName("path", "the name of a namespace is not a path whose dots are followed", "sio.ns.name.exact",
		[]string{"/custom/.", "/x/../custom", "/../custom"},
		catch("connect.path-cleaned", "want CONNECT_ERROR, got CONNECT")),
	otherName("space", "spaces belong to the name of a namespace", "sio.ns.name.exact",
		[]string{"/custom ", "/ custom"},
		catch("connect.space-trimmed", "want CONNECT_ERROR, got CONNECT")),
}

// otherName returns a scenario in which names that come near to that of a namespace are refused, each under its own name.
func otherName(topic, title, rule string, names []string, catches ...run.Catch) run.Scenario {
	return run.Scenario{
		ID:      "namespace.name." + topic,
		Title:   title,
		Rules:   rules(rule),
		Needs:   needsEcho,
		On:      pollingAndWS,
		After:   []string{"namespace.connect.main", "namespace.connect.custom", "namespace.connect.unknown"},
		Catches: catches,
		Run: func(p *peer.Peer) {
			p.Connect("/")
			for _, name := range names {
				p.SendConnect(name)
				p.WantRefused(name, `<text>`)
			}
			p.WantNothing()
		},
	}
}
