package app_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/server"
)

var (
	pid    = regexp.MustCompile(`"pid":"([\w-]+)"`)
	offset = regexp.MustCompile(`"([^"]+)"\]$`)
)

// TestRecovery loses the connection of a socket and takes it up again, on a
// server that recovers sockets and on one that does not.
func TestRecovery(t *testing.T) {
	for _, recovers := range []bool{false, true} {
		var config server.Config
		if recovers {
			config.Recovery = &server.Recovery{}
		}
		inBubbleOf(t, config, nil, func(t *testing.T, r rig) {
			c := r.dial()
			answer := c.join("/orders", `{"mw":[[{"set":{"early":1}}]]}`)
			if got := strings.Contains(c.op("/orders", `{"do":"hello"}`), `"recovery"`); got != recovers {
				t.Errorf("the feature is announced: %v, want %v", got, recovers)
			}
			auth := c.seen[0]
			_ = c.WS.Close()
			synctest.Wait()

			claim := `{}`
			if recovers {
				claim = `{"pid":"` + pid.FindStringSubmatch(answer)[1] + `","offset":"` + offset.FindStringSubmatch(auth)[1] + `"}`
			}
			c = r.dial()
			if got := c.join("/orders", claim); (got == answer) != recovers {
				t.Errorf("was %s, is %s", answer, got)
			}
			want := map[bool]string{false: `"recovered":false`, true: `"recovered":true`}[recovers]
			info := c.op("/orders", `{"do":"info"}`)
			if !strings.Contains(info, want) || strings.Contains(info, `"early":1`) != recovers {
				t.Errorf("info %s, want %s", info, want)
			}
		})
	}
}
