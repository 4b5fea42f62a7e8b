package suite

import (
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// spellingScenarios are about how the header of a packet is written, the name of the namespace above all.
var spellingScenarios = []run.Scenario{
	{
		ID:    "packet.main.omitted",
		Title: "packets of the main namespace that the server sends do not name it",
		Rules: rules("sio.packet.encode.root-no-nsp"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"packet.event.echo"},
		Catches: []run.Catch{
			catch("main.named", "the main namespace is named"),
			catch("main.named-in-events", "the main namespace is named"),
		},
		Run: func(p *peer.Peer) {
			p.SendConnect("/")
			if p.Config().Revision == wire.Revision5 {
				wantUnnamed(p, p.Connected("/"))
			}
			p.WantAuth("/", "{}")
			p.Send(`42["message",1]`)
			wantUnnamed(p, `42["message-back",1]`)
			p.Send(`42456["message-with-ack",1]`)
			wantUnnamed(p, `43456[1]`)
		},
	},
	{
		ID:    "packet.custom.comma",
		Title: "a packet of a custom namespace that the server sends has a comma behind the name, even if nothing follows",
		Rules: rules("sio.packet.event.namespace"),
		Needs: needsContract,
		On:    webSocketOnly,
		After: []string{"packet.event.namespace"},
		Catches: []run.Catch{
			catch("disconnect.without-comma", "the comma behind the namespace is missing"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Connect("/custom")
			p.StartOp("/custom", peer.Op{"do": "disconnect", "close": false})
			if raw := string(p.WantPacket("41/custom,").Raw); raw != "41/custom," {
				p.Failf("the comma behind the namespace is missing in %q", raw)
			}
		},
	},
	{
		ID:    "packet.main.spelled-event",
		Title: "an event may write the main namespace out",
		Rules: rules("sio.packet.event.root-explicit"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.main.omitted"},
		Catches: []run.Catch{
			catch("main.spelled-ignored", "got nothing"),
			catch("main.spelled-closes", "the session was closed"),
			catch("main.spelling-kept", "the main namespace is named"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			p.Send(`42/,["message",1]`)
			wantUnnamed(p, `42["message-back",1]`)
			p.Send(`42/,457["message-with-ack",1]`)
			wantUnnamed(p, `43457[1]`)
		},
	},
	{
		ID:    "packet.main.spelled-connect",
		Title: "a CONNECT may write the main namespace out, with or without a comma",
		Rules: rules("sio.packet.nsp.root-spelled"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.main.omitted"},
		Catches: []run.Catch{
			catch("main.spelled-connect-ignored", "got nothing"),
			catch("main.spelled-connect-refused", "want CONNECT, got CONNECT_ERROR"),
			catch("main.spelling-kept", "the main namespace is named"),
		},
		Run: func(p *peer.Peer) {
			for _, packet := range []string{"40", "40{}", "40/", "40/,", "40/,{}", `40/,{"a":1}`} {
				q := p.Peer("who sends " + packet)
				q.Send(packet)
				wantUnnamed(q, `40{"sid":<text>,...}`)
				q.WantConnected("/")
			}
		},
	},
	{
		ID:    "packet.connect.no-comma",
		Title: "a CONNECT joins a custom namespace without a comma behind the name too, and the answer has one",
		Rules: rules("sio.packet.nsp.no-comma-connect"),
		Needs: needsEcho,
		On:    pollingAndWS,
		After: []string{"namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect.no-comma-ignored", "got nothing"),
			catch("connect.no-comma-refused", "want CONNECT, got CONNECT_ERROR"),
			catch("connect.no-comma-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Send("40/custom")
			p.WantConnect("/custom")
			p.Send("40/sio-conform-unknown")
			p.WantRefused("/sio-conform-unknown", "<string>")
		},
	},
	{
		ID:    "packet.connect.with-id",
		Title: "an acknowledgement id in a CONNECT has no effect",
		Rules: rules("sio.packet.connect.with-ack-id"),
		Needs: needsEcho,
		On:    only(rev5, webSocketOnly),
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch("connect.id-echoed", `want acknowledgement id "", got "12"`),
			catch("connect.id-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Send("40/custom,12")
			p.WantConnect("/custom")
			p.Send(`407{"token":"t"}`)
			p.WantConnect("/")
			p.WantAuth("/", `{"token":"t"}`)
		},
	},
	{
		ID:    "packet.connect.data-without-comma",
		Title: "a CONNECT whose data follows the name without a comma does not join that namespace",
		Rules: rules("sio.packet.nsp.connect-payload-without-comma"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"packet.connect.no-comma", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("connect.data-found", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			p.Send(`40/custom{"token":1}`)
			p.Want(`44/custom{"token":1},{"message":<string>,...}`)
		},
	},
	{
		ID:    "packet.disconnect.no-comma",
		Title: "a DISCONNECT leaves a custom namespace without a comma behind the name too",
		Rules: rules("sio.packet.disconnect.no-comma"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"namespace.connect.custom"},
		Catches: []run.Catch{
			catch5("disconnect.no-comma-ignored", "the socket id is the same"),
			catch("disconnect.no-comma-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			p.Connect("/")
			before := p.Connect("/custom")
			p.WantAuth("/custom", `{}`)
			p.Send("41/custom")
			p.WantOpen()
			p.SendConnect("/custom")
			after := p.WantConnect("/custom")
			if p.Config().Revision == wire.Revision5 && before == after {
				p.Failf("the socket id is the same after leaving with 41/custom and joining again: %s", after)
			}
		},
	},
	{
		ID:    "packet.namespace.exact",
		Title: "the name of a namespace is compared as it stands",
		Rules: rules("sio.packet.nsp.case-sensitive"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("namespace.case-folded", "want CONNECT_ERROR, got CONNECT"),
			catch("namespace.slash-trimmed", "want CONNECT_ERROR, got CONNECT"),
			catch("namespace.dots-resolved", "want CONNECT_ERROR, got CONNECT"),
			catch("namespace.unescaped", "want CONNECT_ERROR, got CONNECT"),
			catch("namespace.prefix-matched", "want CONNECT_ERROR, got CONNECT"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{
				"/CUSTOM", "/Custom", "/custom/", "//custom", "/custom//", "/../custom", "/./custom", "/x/../custom",
				"/%63ustom", "/custom ", "/ custom", "/customs", "/custo", "/custom/x", "//", "/custom\u0301",
			} {
				p.SendConnect(name)
				p.WantRefused(name, "<string>")
			}
		},
	},
	{
		ID:    "packet.namespace.query",
		Title: "a question mark and what follows it belong to the name of a namespace",
		Rules: rules("sio.packet.nsp.case-sensitive"),
		Needs: needsEcho,
		On:    webSocketOnly,
		After: []string{"namespace.connect.custom", "namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("namespace.query-cut", "want CONNECT_ERROR, got CONNECT"),
			catch("namespace.query-cut-in-answer", "want namespace /custom?token=x"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/custom?token=x", "/custom?", "/custom#x", "/custom&a=b"} {
				p.SendConnect(name)
				p.WantRefused(name, "<string>")
			}
		},
	},
	{
		ID:    "packet.namespace.verbatim",
		Title: "a namespace with blanks, slashes or characters beyond ASCII in its name is joined and answered under exactly that name",
		Rules: rules("sio.packet.nsp.unicode"),
		Needs: needs("dynamic.function"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.custom", "packet.event.unicode"},
		Catches: []run.Catch{
			catch("namespace.percent-encoded", "want namespace /tenant-"),
			catch("namespace.last-segment", "want namespace /tenant-"),
			catch("event.namespace-lost", "want namespace /tenant-"),
		},
		Run: func(p *peer.Peer) {
			for _, name := range []string{"/tenant-with space", "/tenant-é€😀", "/tenant-a/b//c", `/tenant-"{[0]}`, "/tenant-?q=1&r#s", "/tenant-1-2"} {
				p.Connect(name)
				p.Send("42" + name + `,["message",1]`)
				p.Want("42" + name + `,["message-back",1]`)
			}
		},
	},
	{
		ID:    "packet.namespace.number",
		Title: "digits at the beginning of the data behind a namespace are an acknowledgement id, those in the name are not",
		Rules: rules("sio.packet.event.namespace"),
		Needs: needs("dynamic.pattern"),
		On:    webSocketOnly,
		After: []string{"packet.event.namespace", "ack.event.args"},
		Catches: []run.Catch{
			catch("namespace.digits-as-id", "want namespace /dynamic-"),
		},
		Run: func(p *peer.Peer) {
			name := dynamicName(p)
			p.Connect(name)
			p.Send("42" + name + `,["message",1]`)
			p.Want("42" + name + `,["message-back",1]`)
			p.Send("42" + name + `,12["message-with-ack",1]`)
			p.Want("43" + name + `,12[1]`)
		},
	},
	{
		ID:    "packet.namespace.long",
		Title: "a CONNECT for a name of 5,000 characters that does not exist is refused with the whole name",
		Rules: rules("sio.packet.nsp.long"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.unknown"},
		Catches: []run.Catch{
			catch("namespace.long-cut", "want namespace /zzz"),
			catch("namespace.long-closes", "the session was closed"),
		},
		Run: func(p *peer.Peer) {
			name := "/" + strings.Repeat("z", 5000)
			p.SendConnect(name)
			p.WantRefused(name, "<string>")
		},
	},
}

// wantUnnamed waits for a packet of the main namespace and shows that it does not name it.
func wantUnnamed(p *peer.Peer, pattern string) {
	packet := p.WantPacket(pattern)
	if len(packet.Raw) > 2 && packet.Raw[2] == '/' {
		p.Failf("the main namespace is named in %q", packet.Raw)
	}
}
