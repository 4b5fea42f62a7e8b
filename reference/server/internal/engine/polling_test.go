package engine_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/server/internal/engine"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
)

func TestPostThenPoll(t *testing.T) {
	for _, row := range []struct{ name, payload, echoed string }{
		{"one packet", "4hello", "4hello"},
		{"several", "4a\x1e4€\x1e4😀", "4a\x1e4€\x1e4😀"},
		{"text and binary", "4hello\x1ebAQIDBA==", "4hello\x1ebAQIDBA=="},
		{"types without meaning", "0\x1e5\x1e6\x1e4x", "4x"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				p := r.Polling("")
				posted := p.Post(row.payload)
				wantStatus(t, posted, 200, "ok")
				if got := posted.Header.Get("Content-Type"); got != "text/html" {
					t.Errorf("content type %q", got)
				}
				wantStatus(t, p.Get(), 200, row.echoed)
			})
		})
	}
}

func TestContentTypeOfTextDoesNotMatter(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		wantStatus(t, p.Post("4x", "Content-Type", "application/json"), 200, "ok")
		wantStatus(t, p.Get(), 200, "4x")
	})
}

func TestGETWaits(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		synctest.Wait()
		select {
		case a := <-answer:
			t.Fatalf("answered with %+v", a)
		default:
		}
		p.Post("4x")
		wantStatus(t, <-answer, 200, "4x")
	})
}

func TestBodiesThatEndTheSession(t *testing.T) {
	for _, row := range []struct {
		name, payload, contentType string
		reason                     engine.Reason
	}{
		{"unknown packet type", "abc", "", engine.ParseError},
		{"empty", "", "", engine.ParseError},
		{"empty packet", "4x\x1e", "", engine.ParseError},
		{"bad base64", "b!", "", engine.ParseError},
		{"octets", "4x", "application/octet-stream", engine.TransportError},
		{"ping", "2", "", engine.TransportError},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				p := r.Polling("")
				p.Post(row.payload, "Content-Type", row.contentType)
				if got := r.end(t); got != row.reason {
					t.Errorf("reason %q, want %q", got, row.reason)
				}
				wantStatus(t, p.Get(), 400, errSession)
			})
		})
	}
}

func TestMalformedBodyIsRefused(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		wantStatus(t, r.Polling("").Post("abc"), 400, "")
	})
}

func TestPacketsBehindAMalformedOneAreNotHandled(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		synctest.Wait()
		p.Post("4before\x1eabc\x1e4behind")
		wantStatus(t, <-answer, 200, "4before\x1e1")
	})
}

func TestSecondGETEndsTheSession(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		first := p.Park()
		synctest.Wait()
		wantStatus(t, p.Get(), 400, "")
		wantStatus(t, <-first, 200, "1")
		if got := r.end(t); got != engine.TransportError {
			t.Errorf("reason %q", got)
		}
		wantStatus(t, p.Get(), 400, errSession)
	})
}

func TestSecondPOSTEndsTheSession(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		body, write := io.Pipe()
		go func() {
			req, _ := http.NewRequest(http.MethodPost, "http://server/engine.io/?EIO=4&transport=polling&sid="+p.SID, body)
			if res, err := r.Client().Do(req); err == nil {
				res.Body.Close()
			}
		}()
		_, _ = write.Write([]byte("4"))
		synctest.Wait()
		wantStatus(t, p.Post("4x"), 400, "")
		if got := r.end(t); got != engine.TransportError {
			t.Errorf("reason %q", got)
		}
		_ = write.Close()
		wantStatus(t, p.Get(), 400, errSession)
	})
}

func TestAbortedGETEndsTheSession(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://server/engine.io/?EIO=4&transport=polling&sid="+p.SID, nil)
			if res, err := r.Client().Do(req); err == nil {
				res.Body.Close()
			}
		}()
		synctest.Wait()
		cancel()
		if got := r.end(t); got != engine.TransportError {
			t.Errorf("reason %q", got)
		}
		wantStatus(t, p.Get(), 400, errSession)
	})
}

func TestOtherMethodsLeaveTheSessionAlone(t *testing.T) {
	for _, method := range []string{"PUT", "DELETE", "HEAD"} {
		t.Run(method, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				p := r.Polling("")
				wantStatus(t, r.Do(method, "EIO=4&transport=polling&sid="+p.SID, ""), 500, "")
				p.Post("4x")
				wantStatus(t, p.Get(), 200, "4x")
			})
		})
	}
}

func TestBodyLimit(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		most := "4" + strings.Repeat("x", 999)
		wantStatus(t, p.Post(most), 200, "ok")
		wantStatus(t, p.Get(), 200, most)
	})
	for _, chunked := range []bool{false, true} {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			var body io.Reader = strings.NewReader("4" + strings.Repeat("x", 1000))
			if chunked {
				body = io.MultiReader(body)
			}
			req, _ := http.NewRequest(http.MethodPost, "http://server/engine.io/?EIO=4&transport=polling&sid="+p.SID, body)
			res, err := r.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 413 {
				t.Fatalf("chunked %t: got %d", chunked, res.StatusCode)
			}
			wantStatus(t, p.Post("4x"), 200, "ok")
			wantStatus(t, p.Get(), 200, "4x")
		})
	}
}

func TestSlowBodyEndsTheSession(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		body, write := io.Pipe()
		go func() {
			req, _ := http.NewRequest(http.MethodPost, "http://server/engine.io/?EIO=4&transport=polling&sid="+p.SID, body)
			if res, err := r.Client().Do(req); err == nil {
				res.Body.Close()
			}
		}()
		_, _ = write.Write([]byte("4"))
		r.end(t)
		synctest.Wait()
		if got := r.engine.Sessions(); got != 0 {
			t.Errorf("%d sessions", got)
		}
		_ = write.Close()
	})
}

func TestClientClosesOverPolling(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		answer := p.Park()
		synctest.Wait()
		wantStatus(t, p.Post("1\x1e4x"), 200, "ok")
		wantStatus(t, <-answer, 200, "6")
		if got := r.end(t); got != engine.TransportClose {
			t.Errorf("reason %q", got)
		}
		wantStatus(t, p.Get(), 400, errSession)
		wantStatus(t, p.Post("4x"), 400, errSession)
		if _, res, err := r.Dial("sid=" + p.SID); err == nil || res.Status != 400 {
			t.Errorf("WebSocket: %v", err)
		}
	})
}

func TestGETThatTheCloseOvertookIsAnswered(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		posted := make(chan servertest.Response, 1)
		go func() { posted <- p.Post("1") }()
		synctest.Wait()
		if got := r.end(t); got != engine.TransportClose {
			t.Errorf("reason %q", got)
		}
		wantStatus(t, p.Get(), 200, "6")
		wantStatus(t, <-posted, 200, "ok")
		wantStatus(t, p.Get(), 400, errSession)
	})
}

func TestServerClosesOverPolling(t *testing.T) {
	t.Run("with a GET waiting", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			answer := p.Park()
			synctest.Wait()
			p.Post("4last\x1e4close")
			wantStatus(t, <-answer, 200, "4last")
			wantStatus(t, p.Get(), 200, "1")
			wantStatus(t, p.Get(), 400, errSession)
		})
	})
	t.Run("with a GET waiting, and nothing else to say", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			answer := p.Park()
			synctest.Wait()
			p.Post("4close")
			wantStatus(t, <-answer, 200, "1")
			wantStatus(t, p.Get(), 400, errSession)
		})
	})
	t.Run("with the next GETs", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			p.Post("4last\x1e4close")
			wantStatus(t, p.Post("4ignored"), 200, "ok")
			wantStatus(t, p.Get(), 200, "4last")
			wantStatus(t, p.Get(), 200, "1")
			wantStatus(t, p.Get(), 400, errSession)
		})
	})
	t.Run("without a next GET", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			p.Post("4close")
			if got := r.end(t); got != engine.ForcedClose {
				t.Errorf("reason %q", got)
			}
			<-time.After(31 * time.Second)
			wantStatus(t, p.Get(), 400, errSession)
		})
	})
}

func TestVolatileOverPolling(t *testing.T) {
	t.Run("without a GET it is dropped", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			p.Post("4volatile\x1e4kept")
			wantStatus(t, p.Get(), 200, "4kept")
		})
	})
	t.Run("with a GET the first one is sent", func(t *testing.T) {
		inBubble(t, nil, func(t *testing.T, r rig) {
			p := r.Polling("")
			answer := p.Park()
			synctest.Wait()
			p.Post("4volatile")
			wantStatus(t, <-answer, 200, "41")
		})
	})
}

func TestSlowReaderIsDisconnected(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		p := r.Polling("")
		p.Post("4big")
		if got := r.end(t); got != engine.TransportError {
			t.Errorf("reason %q", got)
		}
		wantStatus(t, p.Get(), 400, errSession)
	})
}
