package suite

import (
	"fmt"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// connectAuthScenarios are about what the application sees of a CONNECT and of the handshake.
var connectAuthScenarios = []run.Scenario{
	{
		ID:    "namespace.connect.auth",
		Title: "the application sees the credentials of each CONNECT in the namespace that it names, and no others",
		Rules: rules("sio.ns.connect.auth"),
		Needs: needsEcho,
		On:    everyTransport,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.auth-lost", "the credentials that the application sees"),
			catch("connect.auth-lost-custom", "the credentials that the application sees in /custom"),
			catch5("connect.auth-first", "the credentials that the application sees in /custom"),
			catch("app.auth.first-namespace", "the credentials that the application sees in /custom"),
		},
		Run: func(p *peer.Peer) {
			token := fmt.Sprintf(`{"token":"%x","n":1.50,"nested":{"a":[null,true]}}`, p.Random().Uint32())
			p.SendConnect("/", credentials(token))
			p.WantConnect("/")
			p.WantAuth("/", token)
			p.SendConnect("/custom", credentials(`{"token":"other"}`))
			p.WantConnect("/custom")
			p.WantAuth("/custom", `{"token":"other"}`)
		},
	},
	{
		ID:    "namespace.connect.auth-missing",
		Title: "the application sees an empty object where a CONNECT has no credentials",
		Rules: rules("sio.ns.connect.auth"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.auth-null", "the credentials that the application sees"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/")
			p.WantConnect("/")
			p.WantAuth("/", "{}")
			p.SendConnect("/custom")
			p.WantConnect("/custom")
			p.WantAuth("/custom", "{}")
		},
	},
	{
		ID:    "namespace.connect.auth-not-inherited",
		Title: "credentials given in one namespace do not count in another one that is joined later",
		Rules: rules("sio.ns.connect.root-auth-then-custom"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.auth"},
		Catches: []run.Catch{
			catch5("connect.auth-inherited", "the credentials that the application sees in /custom"),
			catch4("revision4.query-inherited", "the credentials that the application sees in /custom"),
			catch5("connect.auth-first", "the credentials that the application sees in /custom"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/", map[string]any{"token": "secret"})
			p.Connect("/custom")
			p.WantAuth("/custom", "{}")
		},
	},
	{
		ID:    "namespace.connect.auth-each-time",
		Title: "who joins a namespace again is seen with the credentials of that time",
		Rules: rules("sio.ns.connect.auth"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.auth", "namespace.disconnect.rejoin"},
		Catches: []run.Catch{
			catch("connect.auth-kept", "the credentials that the application sees in /custom"),
			catch("connect.auth-inherited", "the credentials that the application sees in /custom"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom", map[string]any{"n": 1})
			p.Leave("/custom")
			p.Connect("/custom", map[string]any{"n": 2})
			p.WantAuth("/custom", `{"n":2}`)
			p.Leave("/custom")
			p.Connect("/custom")
			p.WantAuth("/custom", "{}")
		},
	},
	{
		ID:    "namespace.connect.auth-each-client",
		Title: "the credentials of one client are not seen at another one in the same namespace",
		Rules: rules("sio.ns.connect.auth"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.auth"},
		Catches: []run.Catch{
			catch("connect.auth-of-others", "other: want the credentials"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/custom", map[string]any{"user": "one"})
			q := p.Peer("other")
			q.Connect("/custom", map[string]any{"user": "two"})
			q.WantAuth("/custom", `{"user":"two"}`)
			p.WantAuth("/custom", `{"user":"one"}`)
		},
	},
	{
		ID:    "namespace.connect.auth-text",
		Title: "credentials of any script, with quotes and control characters, reach the application unchanged",
		Rules: rules("sio.ns.connect.auth"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.auth"},
		Catches: []run.Catch{
			catch("connect.auth-mangled", "the credentials that the application sees in /custom"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/custom", credentials(`{"clé":"é \"ω\" 日本 🦄 \\ \u2028\n","":"/a,1[\"x\"]"}`))
			p.WantConnect("/custom")
			p.WantAuth("/custom", `{"clé":"é \"ω\" 日本 🦄 \\ \u2028\n","":"/a,1[\"x\"]"}`)
		},
	},
	{
		ID:    "namespace.connect.auth-kept",
		Title: "the application goes on seeing the credentials of each namespace when others have been joined",
		Rules: rules("sio.ns.connect.auth"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.connect.auth"},
		Catches: []run.Catch{
			catch("connect.auth-last", "data[1].auth"),
			catch("connect.auth-lost", "data[1].auth"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/", "/custom", "/users"} {
				p.Connect(name, map[string]any{"for": name})
			}
			for _, name := range []string{"/", "/custom", "/users"} {
				p.WantOp(name, peer.Op{"do": "info"}, fmt.Sprintf(`{"nsp":%q,"auth":{"for":%q},...}`, name, name))
			}
		},
	},
	{
		ID:    "namespace.connect.handshake",
		Title: "the application sees the query and the headers of the connection's handshake in each of its namespaces",
		Rules: rules("sio.ns.handshake.fields"),
		Needs: needsContract,
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.query-main-only", `member "colour" is missing`),
			catch("connect.headers-main-only", `member "host" is missing`),
		},
		Run: func(p *peer.Peer) {
			p.Open("colour=blue%20sky")
			for _, name := range []string{"/", "/custom", "/users"} {
				p.Connect(name)
				p.WantOp(name, peer.Op{"do": "info"}, `{"query":{"colour":"blue sky",...},"headers":{"host":<text>,...},...}`)
			}
		},
	},
}
