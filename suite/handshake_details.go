package suite

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
)

// detailScenarios are about what the application sees of the request that opened the connection, beside its query and its headers.
var detailScenarios = []run.Scenario{
	{
		ID:    "handshake.details.visible",
		Title: "the application sees in each namespace by which URL, from where, when and how safely the connection was opened",
		Rules: rules("eio.handshake.details"),
		Needs: needs("handshake"),
		On:    pollingAndWS,
		After: []string{"namespace.connect.main", "namespace.connect.custom"},
		Catches: []run.Catch{
			catch("engine.details.url-lost", "the URL of the handshake"),
			catch("engine.details.address-lost", "the address of the client"),
			catch("engine.details.secure-wrong", "whether the connection is safe"),
			catch("engine.details.origin-wrong", "whether the client named an origin"),
			catch("engine.details.seconds", "in milliseconds"),
			catch("engine.details.time-lost", "the time as a text"),
		},
		Run: func(p *peer.Peer) {
			p.Open("colour=blue%20sky")
			for _, name := range []string{"/", "/orders"} {
				p.Connect(name)
				wantDetails(p, name, "colour=blue%20sky")
			}
		},
	},
	{
		ID:    "handshake.details.origin",
		Title: "the application sees that the connection was opened from another origin",
		Rules: rules("eio.handshake.details"),
		Needs: needs("handshake"),
		On:    pollingOnly,
		After: []string{"handshake.details.visible"},
		Catches: []run.Catch{
			catch("engine.details.origin-unseen", "xdomain: want true, got false"),
		},
		Run: func(p *peer.Peer) {
			res := p.HTTP(peer.Request{Query: p.Query(peer.Polling, ""), Header: http.Header{"Origin": {"http://elsewhere.example"}}})
			if res.Status != http.StatusOK {
				return // a server may keep out whom it does not know
			}
			q := adopted(p, "other", res)
			wantJoinedPolled(q)
			q.Send(`421["op",{"do":"handshake"}]`)
			q.WantPolled(`431[{"ok":{"xdomain":true,...}}]`)
		},
	},
}

// wantDetails asks the application for the details of the handshake, whose URL holds that query, and compares them with what the harness knows itself.
func wantDetails(p *peer.Peer, namespace, query string) {
	var got struct {
		URL, Address, Time string
		Secure, XDomain    bool
		Issued             int64
	}
	p.OpInto(namespace, peer.Op{"do": "handshake"}, &got)
	wrong := func(what string, want, got any) {
		p.Failf("%s: %s in %s: want %v, got %v", p.Name(), what, namespace, want, got)
	}
	plain := strings.HasPrefix(p.Config().URL, "http:") // over TLS there may be a proxy before the target
	opened := time.UnixMilli(got.Issued)
	switch {
	case !strings.Contains(got.URL, query):
		wrong("the URL of the handshake", "one with "+query, strconv.Quote(got.URL))
	case got.Address == "":
		wrong("the address of the client", "one", "none")
	case plain && got.Secure:
		wrong("whether the connection is safe", false, true)
	case got.XDomain:
		wrong("whether the client named an origin", false, true)
	case time.Since(opened).Abs() > 48*time.Hour: // clocks and time zones may differ, units may not
		wrong("when the connection was opened, in milliseconds", time.Now().UnixMilli(), got.Issued)
	case got.Time == "":
		wrong("the time as a text", "one", "none")
	}
}
