package engine_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
)

func TestRefusedRequests(t *testing.T) {
	for _, row := range []struct {
		name, method, query string
		body                string
	}{
		{"no transport", "GET", "EIO=4", errTransport},
		{"unknown transport", "GET", "EIO=4&transport=abc", errTransport},
		{"prototype name as transport", "GET", "EIO=4&transport=constructor", errTransport},
		{"webtransport", "GET", "EIO=4&transport=webtransport", errTransport},
		{"unknown session, GET", "GET", "EIO=4&transport=polling&sid=unknown", errSession},
		{"unknown session, POST", "POST", "EIO=4&transport=polling&sid=unknown", errSession},
		{"prototype name as session", "GET", "EIO=4&transport=polling&sid=__proto__", errSession},
		{"POST opens", "POST", "EIO=4&transport=polling", errMethod},
		{"PUT opens", "PUT", "EIO=4&transport=polling", errMethod},
		{"OPTIONS opens", "OPTIONS", "EIO=4&transport=polling", errMethod},
		{"WebSocket by name only", "GET", "EIO=4&transport=websocket", errRequest},
		{"no EIO", "GET", "transport=polling", errVersion},
		{"EIO abc", "GET", "EIO=abc&transport=polling", errVersion},
		{"EIO 5", "GET", "EIO=5&transport=polling", errVersion},
		{"EIO 3", "GET", "EIO=3&transport=polling", errVersion},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				res := r.Do(row.method, row.query, "")
				wantStatus(t, res, 400, row.body)
				if got := res.Header.Get("Content-Type"); got != "application/json" {
					t.Errorf("content type %q", got)
				}
			})
		})
	}
}

func TestRefusedWebSockets(t *testing.T) {
	for _, row := range []struct{ name, query, text string }{
		{"polling by name", "transport=polling", "Bad request"},
		{"no EIO", "EIO=", "Unsupported protocol version"},
		{"EIO 3", "EIO=3", "Unsupported protocol version"},
		{"unknown transport", "transport=abc", "Transport unknown"},
		{"unknown session", "sid=unknown", "Session ID unknown"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				req, _ := http.NewRequest(http.MethodGet, "http://server/engine.io/?"+override(row.query), nil)
				for name, value := range map[string]string{
					"Connection": "Upgrade", "Upgrade": "websocket",
					"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
				} {
					req.Header.Set(name, value)
				}
				res, err := r.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil || res.StatusCode != 400 || string(body) != row.text {
					t.Errorf("got %d %q (%v), want 400 %q", res.StatusCode, body, err, row.text)
				}
			})
		})
	}
}

// override returns the query of a WebSocket, with the parameter in it changed.
func override(parameter string) string {
	switch parameter[:3] {
	case "tra":
		return "EIO=4&" + parameter
	case "EIO":
		return parameter + "&transport=websocket"
	default:
		return "EIO=4&transport=websocket&" + parameter
	}
}

func TestPaths(t *testing.T) {
	for _, row := range []struct {
		url    string
		status int
	}{
		{"/engine.io/?EIO=4&transport=polling", 200},
		{"/engine.io/default/?EIO=4&transport=polling", 200},
		{"/engine.io?EIO=4&transport=polling", 404},
		{"/engine.iox/?EIO=4&transport=polling", 404},
		{"/other/?EIO=4&transport=polling", 404},
	} {
		t.Run(row.url, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				if res := r.Get(row.url); res.Status != row.status {
					t.Errorf("got %d, want %d", res.Status, row.status)
				}
			})
		})
	}
}

func TestEmptySIDOpensASession(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		if res := r.Do("GET", "EIO=4&transport=polling&sid=", ""); res.Status != 200 {
			t.Errorf("got %d", res.Status)
		}
	})
}

func TestRequestOfAnotherRevision(t *testing.T) {
	for _, query := range []string{"EIO=3&", "", "EIO=5&"} {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			wantStatus(t, r.Do("POST", query+"transport=polling&sid="+p.SID, "4x"), 400, errRequest)
			wantStatus(t, p.Post("4alive"), 200, "ok")
			wantStatus(t, p.Get(), 200, "4alive")
		})
	}
}

func TestDisabledTransportIsUnknown(t *testing.T) {
	only := func(c *engine.Config) { c.Transports = []string{engine.WebSocket} }
	inBubble(t, only, func(t *testing.T, r rig) {
		wantStatus(t, r.Do("GET", "EIO=4&transport=polling", ""), 400, errTransport)
		r.WebSocket("").Send("4x")
	})
}

func TestAllowRequest(t *testing.T) {
	deny := func(c *engine.Config) {
		c.AllowRequest = func(r *http.Request) error {
			if r.URL.Query().Has("deny") {
				return errors.New("no entry")
			}
			return nil
		}
	}
	inBubble(t, deny, func(t *testing.T, r rig) {
		wantStatus(t, r.Do("GET", "EIO=4&transport=polling&deny=1", ""), 403, `{"code":4,"message":"no entry"}`)
		if _, res, err := r.Dial("deny=1"); err == nil || res.Status != 400 {
			t.Errorf("WebSocket: %v", err)
		}
		r.Polling("ok=1")
	})
}
