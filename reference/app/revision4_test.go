package app_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// inBubble4 runs a test against the app on a server of revision 4.
func inBubble4(t *testing.T, test func(*testing.T, rig)) {
	t.Helper()
	inBubbleOf(t, server.Config{Revisions: []sio.Revision{sio.Revision4}}, nil, func(t *testing.T, r rig) {
		r.Speak("3")
		test(t, r)
	})
}

// dial4 opens a connection of revision 4, with credentials for the main
// namespace.
func (r rig) dial4(auth string) *servertest.Conn {
	return r.WebSocket("tag=t&auth=" + url.QueryEscape(auth))
}

func TestCredentialsOfRevision4(t *testing.T) {
	const wrong = `44/guarded,{"code":"TOKEN"}`
	in := func(name, auth string) string { return fmt.Sprintf("40%s,\n42%s,[\"auth\",%s]", name, name, auth) }
	query := func(auth string) string { return "?auth=" + url.QueryEscape(auth) }
	for _, row := range []struct{ name, query, answer string }{
		{"/custom", "", in("/custom", "{}")},
		{"/custom", query(`{"k":[1.50,"ü,?&"]}`), in("/custom", `{"k":[1.50,"ü,?&"]}`)},
		{"/custom", "?auth=", in("/custom", "{}")},
		{"/custom", query(`[1]`), in("/custom", "{}")},
		{"/custom", query(`{`), in("/custom", "{}")},
		{"/custom", query(`{"a":1}`) + "&auth=2", in("/custom", "{}")},
		{"/custom", "?token=secret", in("/custom", "{}")},
		{"/orders", query(`{"mw":[[],[{"reject":{"message":"no"}}]]}`), `44/orders,"no"`},
		{"/orders", query(`{"mw":[[],[{"reject":{"message":"no","data":{"n":1}}}]]}`), `44/orders,{"n":1}`},
		{"/orders", query(`{"mw":1}`), `44/orders,"unsupported"`},
		{"/orders", query(`{"mw":[[{"emit":["early",1]}]]}`), "42/orders,[\"early\",1]\n" + in("/orders", `{"mw":[[{"emit":["early",1]}]]}`)},
		{"/guarded", "", wrong},
		{"/guarded", "?token=secret", wrong},
		{"/guarded", query(`{"token":"secret"}`), in("/guarded", `{"token":"secret"}`)},
		{"/dynamic-1", query(`{"k":1}`), in("/dynamic-1", `{"k":1}`)},
		{"/dynamic-x", "", `44/dynamic-x,"Invalid namespace"`},
		{"/tenant-a", "", in("/tenant-a", "{}")},
		{"/tenant-a", query(`{"tenant":{"allow":true,"ms":50}}`), in("/tenant-a", `{"tenant":{"allow":true,"ms":50}}`)},
		{"/tenant-a", query(`{"tenant":{"allow":false}}`), `44/tenant-a,"Invalid namespace"`},
	} {
		t.Run(row.name+row.query, func(t *testing.T) {
			inBubble4(t, func(_ *testing.T, r rig) {
				c := r.dial4(`{"main":true}`)
				c.Want("40", `42["auth",{"main":true}]`)
				c.Send("40" + row.name + row.query + ",")
				c.Want(strings.Split(row.answer, "\n")...)
			})
		})
	}
}

func TestScriptsOfTheMainNamespaceInRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		c := r.dial4(`{"mw":[[{"wait":50}],[{"set":{"k":1}}]]}`)
		c.Send("40/custom,", `40/orders?auth=%7B%22mw%22%3A%5B%5B%7B%22reject%22%3A%7B%22message%22%3A%22no%22%7D%7D%5D%5D%7D,`)
		c.Want("40")
		synctest.Wait()
		c.Send(`421["op",{"do":"log","tag":"t"}]`)
		for {
			if frame := c.Next(); strings.HasPrefix(frame, "431") {
				want := `431[{"ok":[["middleware","/",0],["middleware","/",1],["middleware","/",2],`
				if !strings.HasPrefix(frame, want) {
					t.Errorf("got %s", frame)
				}
				return
			}
		}
	})
	inBubble4(t, func(_ *testing.T, r rig) {
		c := r.dial4(`{"mw":[[{"reject":{"message":"no","data":"why"}}]]}`)
		c.Want(`44"why"`)
	})
}

func TestInfoInRevision4(t *testing.T) {
	inBubble4(t, func(t *testing.T, r rig) {
		c := r.dial4("")
		c.Want("40", `42["auth",{}]`)
		c.Send("40/custom?a=b%20c&tag=own,")
		c.Want("40/custom,", `42/custom,["auth",{}]`)
		c.Send(`42/custom,1["op",{"do":"info"}]`)
		info := c.Next()
		for _, want := range []string{
			`"id":"/custom#` + c.SID + `"`, `"nsp":"/custom"`, `"auth":{}`,
			`"query":{"EIO":"3","a":"b c","auth":"","tag":"own","transport":"websocket"}`,
		} {
			if !strings.Contains(info, want) {
				t.Errorf("%s is missing in %s", want, info)
			}
		}
	})
}
